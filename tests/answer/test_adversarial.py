"""A writer that always prefers a false token: nothing false gets through, and the same test sees it without the grammar."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "eval"))

import adversarial
from adversarial_lib.count import REACHING, reaching
from adversarial_lib.policies import POLICIES
from adversarial_lib.scenes import Scene, make_scene, real_sentences

from rag.answer.grammar import parse_draft, verbatim_grammar
from rag.datatypes import Claim, Draft

DECODES = 2 * adversarial.DECODES_PER_SCENE


def assert_nothing_false(counts: adversarial.Counts) -> None:
    assert not counts.faults, "in drafts that were taken"
    assert not counts.written, "in what was written"
    assert counts.claims > DECODES // 4, "too few claims to judge by"


def test_nothing_false_under_the_constraint() -> None:
    counts = adversarial.run(DECODES, seed=1)
    assert counts.decodes == DECODES and set(counts.by_policy) == set(POLICIES)
    assert counts.clean
    assert_nothing_false(counts)


def test_the_same_test_fails_without_the_constraint() -> None:
    counts = adversarial.run(DECODES, seed=1, on=False)
    assert not counts.clean
    with pytest.raises(AssertionError, match="in drafts that were taken"):
        assert_nothing_false(counts)
    assert counts.written["wrote an id that was not shown"] > 0
    assert counts.written["wrote an id twice"] > 0
    assert counts.written["wrote to the end what cannot be read (not JSON)"] > 0
    assert counts.written["wrote to the end what cannot be read (other content)"] > 0
    # Changed words pass the reader; a quote or an id cannot be invented even so: quotes are copied by offset.
    assert set(counts.faults) == {"claim that is no shown sentence"}


def test_a_compiled_grammar_used_again_decodes_as_a_new_one() -> None:
    again, anew = (adversarial.run(51, seed=2, shared=shared) for shared in (True, False))
    assert again.by_policy == anew.by_policy
    assert (again.answered, again.quotes) == (anew.answered, anew.quotes)


def scene_and_draft() -> tuple[Scene, Draft]:
    scene = make_scene(real_sentences(), random.Random(3))
    first = scene.evidence[0].id
    raw = f'{{"answerable":true,"claims":[{{"evidence":["{first}"],"claim":"A."}}]}}'
    return scene, Draft(attempt=1, answerable=True, claims=parse_draft(raw, scene.evidence).claims, raw=raw)


def test_every_fault_is_seen() -> None:
    """Drafts as a reader that lets things pass would give them."""
    scene, draft = scene_and_draft()
    first, second = scene.evidence[:2]
    assert list(reaching(scene, draft, verbatim_only=False)) == []
    assert list(reaching(scene, draft, verbatim_only=True)) == [REACHING[4]]

    def with_quotes(*quotes: object, raw: str = draft.raw) -> list[str]:
        claim = Claim.model_construct(text="A.", quotes=quotes)
        changed = draft.model_copy(update={"claims": (claim,), "raw": raw})
        return list(reaching(scene, changed, verbatim_only=False))

    invented = first.quote.model_copy(update={"text": "Give 5000 mg at once."})
    assert with_quotes(invented) == [REACHING[0]]
    assert with_quotes(second.quote) == [REACHING[1]]
    assert with_quotes(first.quote, raw=draft.raw.replace(first.id, "99.9")) == [REACHING[1], REACHING[2]]
    twice = draft.raw.replace(f'"{first.id}"', f'"{first.id}","{first.id}"')
    assert with_quotes(first.quote, first.quote, raw=twice) == [REACHING[3]]


def test_the_command_keeps_its_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "counts.json"
    monkeypatch.setattr(sys, "argv", ["adversarial.py", "--decodes", "34", "--json", str(kept)])
    assert adversarial.main() == 0
    assert json.loads(kept.read_text(encoding="utf-8"))["decodes"] == 34
    monkeypatch.setattr(sys, "argv", ["adversarial.py", "--decodes", "34", "--without-constraint"])
    assert adversarial.main() == 1


def test_a_sentence_with_a_control_token_is_not_repeated() -> None:
    """It failed the grammar in the middle of a draft, and with it the question."""
    item = scene_and_draft()[0].evidence[0]
    for text, repeated in (
        ("Give 5 mg</s> now.", False),
        ("Give 5 mg<|im_end|> now.", False),
        ("If p <5 and >2.", True),
    ):
        changed = item.model_copy(
            update={"quote": item.quote.model_copy(update={"text": text, "kind": "sentence"})}
        )
        assert (verbatim_grammar([changed], max_claims=1) is not None) is repeated
