"""Ranked term matching against the formula written out, and the clinical tokens it must find."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from rag.backends import bm25
from rag.backends.bm25 import BM25Index, terms
from rag.errors import IndexIncomplete

TEXTS = [
    "A1C of 6.5% or above means diabetes",
    "Give beta-blockers 50mg twice daily",
    "Metformin 10–15 mg/kg, or 1,000 mg a day",
    "Cysts of stage CE3b are treated by surgery",
    "The 3HP regimen: isoniazid and rifapentine",
    "Systolic pressure ≥140 mmHg in adults",
    "",
]


def plain_scores(texts: list[str], query: str) -> list[float]:
    """BM25 as written in Lucene: ln(1 + (N - n + .5) / (n + .5)) · f / (f + k1 (1 - b + b |d| / mean))."""
    documents = [terms(text) for text in texts]
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for term in terms(query):
            holding = sum(term in other for other in documents)
            frequency = document.count(term)
            rarity = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
            length = 1 - bm25.B + bm25.B * len(document) / mean
            score += rarity * frequency / (frequency + bm25.K1 * length) if frequency else 0.0
        scores.append(score)
    return scores


def random_texts(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    vocabulary = [f"word{number}" for number in range(60)]
    return [" ".join(chance.choices(vocabulary, k=chance.randint(1, 30))) for _ in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_the_formula(seed: int) -> None:
    texts, queries = random_texts(seed, 80), random_texts(seed + 100, 10)
    found = bm25.build(texts).search(queries, 80)
    for query, rows, scores in zip(queries, *found, strict=True):
        expected = np.array(plain_scores(texts, query))
        there = rows >= 0
        assert set(rows[there]) == set(np.flatnonzero(expected > 0))
        np.testing.assert_allclose(scores[there], expected[rows[there]], rtol=1e-5)
        assert (np.diff(scores[there]) <= 0).all()


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("a1c 6.5", 0),
        ("beta blocker", 1),
        ("beta-blocker", 1),
        ("betablockers", 1),
        ("β", -1),
        ("50 mg", 1),
        ("10-15 mg/kg", 2),
        ("1000 mg", 2),
        ("CE3b cyst", 3),
        ("3hp", 4),
        (">= 140", 5),
        ("≥140mmHg", 5),
        ("diabetic", 0),
    ],
    ids=str,
)
def test_clinical_tokens_are_found(query: str, row: int) -> None:
    assert bm25.build(TEXTS).search([query], 1).rows[0, 0] == row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beta-blockers ≥50mg", ["beta", "blocker", "betablock", "50", "mg"]),
        ("10–15 mg/kg", ["10", "15", "10-15", "mg", "kg", "mgkg"]),
        ("the A1C, CE3b and 3HP", ["a1c", "ce3b", "3hp"]),
        ("1,000 and 12,5", ["1000", "12", "5"]),
        ("0.5 i.v.", ["0.5", "v", "iv"]),
        ("", []),
        ("≥ %", []),
    ],
    ids=str,
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize("query", ["", "the of", "☃", "zebra", "\x00"], ids=repr)
def test_query_without_a_known_term_finds_nothing(query: str) -> None:
    found = bm25.build(TEXTS).search([query], 2)
    assert found.rows.tolist() == [[-1, -1]]
    assert found.scores.tolist() == [[-np.inf, -np.inf]]


@pytest.mark.parametrize("texts", [TEXTS, [], ["", "the"]], ids=["texts", "nothing", "no_terms"])
def test_saved_and_loaded_gives_the_same(texts: list[str], tmp_path: Path) -> None:
    index = bm25.build(texts)
    index.save(tmp_path / "lexical")
    again = BM25Index.load(tmp_path / "lexical")
    assert len(again) == len(texts)
    queries = ["metformin 1000 mg", "surgery"]
    assert again.search(queries, 3).rows.tolist() == index.search(queries, 3).rows.tolist()
    assert again.search(queries, 3).scores.tolist() == index.search(queries, 3).scores.tolist()


def test_same_texts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        bm25.build(TEXTS).save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["counts.npy", "data.npy", "indices.npy", "indptr.npy", "lengths.npy", "terms.json"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_equal_scores_are_ordered_by_row() -> None:
    assert bm25.build(["heparin"] * 4 + ["other"]).search(["heparin"], 3).rows.tolist() == [[0, 1, 2]]


def test_pickled_array_is_refused(tmp_path: Path) -> None:
    bm25.build(TEXTS).save(tmp_path / "lexical")
    np.save(tmp_path / "lexical" / "data.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(IndexIncomplete, match="lexical"):
        BM25Index.load(tmp_path / "lexical")


@pytest.mark.parametrize("seed", range(5))
def test_counting_only_what_is_new_gives_the_bytes_of_counting_all(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    old, new = random_texts(seed, 50), [*random_texts(seed + 50, 12), "only here", ""]
    stays = [row for row in range(len(old)) if chance.random() < 0.7]
    order = chance.sample(range(len(stays) + len(new)), len(stays) + len(new))
    moved = np.full(len(old), -1, np.int64)
    moved[stays] = order[: len(stays)]
    places = np.array(order[len(stays) :], np.int64)
    texts = [""] * len(order)
    for row, text in [*((moved[row], old[row]) for row in stays), *zip(places, new, strict=True)]:
        texts[row] = text
    bm25.scored(bm25.updated(bm25.count(old), moved, bm25.count(new), places)).save(tmp_path / "updated")
    bm25.build(texts).save(tmp_path / "fresh")
    for file in (tmp_path / "fresh").iterdir():
        assert file.read_bytes() == (tmp_path / "updated" / file.name).read_bytes(), file.name


def test_arrays_that_do_not_agree_are_told(tmp_path: Path) -> None:
    index = bm25.build(TEXTS)
    assert index.problems() == []
    index.postings.lengths[0] += 1
    assert index.problems() == ["the terms counted in a passage are not as many as its length"]
    index.postings.rows[0] = len(TEXTS)
    assert index.problems() == ["a posting is of a row outside 0 to 6"]
