"""Draft and final, a part of a whole, and texts that only share their subject."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.ingest.duplicates import Overlap, overlaps, shingles

WORDS = [f"word{number}" for number in range(400)]


def text(seed: int, length: int = 1200) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(length))


def slow_overlap(one: str, other: str) -> tuple[float, float, int]:
    """The obvious twin: sets of five words."""
    sets = [
        {tuple(words[at : at + 5]) for at in range(len(words) - 4)} for words in (one.split(), other.split())
    ]
    shared = len(sets[0] & sets[1])
    return shared / len(sets[0] | sets[1]), shared / min(map(len, sets)), shared


def edited(original: str, *, every: int, seed: int) -> str:
    """A final version: one word in ``every`` replaced, the last tenth left out, a new beginning."""
    chance = random.Random(seed)
    words = original.split()
    changed = [f"new{chance.randrange(99)}" if chance.randrange(every) == 0 else word for word in words]
    return " ".join(["This", "is", "the", "final", "version", *changed[: len(changed) * 9 // 10]])


def test_draft_and_final_are_found_with_their_overlap() -> None:
    documents = {f"other-{number}": text(number) for number in range(60)}
    documents["draft"] = text(1000)
    documents["final"] = edited(documents["draft"], every=40, seed=1)
    (found,) = overlaps(list(documents), documents.__getitem__)
    resemblance, containment, shared = slow_overlap(documents["draft"].lower(), documents["final"].lower())
    assert found == Overlap("draft", "final", pytest.approx(resemblance), pytest.approx(containment), shared)  # type: ignore[arg-type]
    assert 0.6 < found.resemblance < 0.95


def test_a_leaflet_inside_a_guideline_is_contained_but_not_alike() -> None:
    guideline = text(1, 6000)
    leaflet = " ".join(guideline.split()[2000:2300])
    documents = {
        "guideline": guideline,
        "leaflet": leaflet.upper().replace(" ", ",  "),
        "other": text(2, 3000),
    }
    (found,) = overlaps(list(documents), documents.__getitem__)
    assert (found.one, found.other) == ("guideline", "leaflet")
    assert found.containment == 1.0
    assert found.resemblance < 0.1


def test_nothing_is_found_in_nothing() -> None:
    documents = {"empty": "", "short": "three words only", "one": text(1)}
    assert overlaps(list(documents), documents.__getitem__) == []
    assert overlaps([], documents.__getitem__) == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(WORDS[:12]), max_size=60))
def test_shingles_count_as_the_plain_way_does(words: list[str]) -> None:
    plain = {tuple(words[at : at + 5]) for at in range(len(words) - 4)}
    assert len(shingles(" ".join(words))) == len(plain)
