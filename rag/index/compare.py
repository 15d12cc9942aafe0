"""Two generations on the corpus's own questions: how often a place that answers is among the first hits."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rag.datatypes import Frozen, Hit
from rag.errors import UsageError

DEPTH = 10
"""Hits looked at."""
_CUTS = (1, 5, DEPTH)

Search = Callable[[str, int], Sequence[Hit]]
"""A question and a number of hits to the hits, best first."""


class Place(NamedTuple):
    """Where an answer stands."""

    document: str
    """File name."""
    page: int | None
    """None: any page of it."""


class Asked(NamedTuple):
    question: str
    places: tuple[Place, ...]
    """Alternatives; at least one."""


class Comparison(Frozen):
    """Recall of the generation in use and of the candidate over the same questions."""

    questions: int
    without_place: int
    """Lines left aside because they name no document that answers."""
    recall_old: dict[str, float]
    """Share of questions, 0 to 1, by depth: "1", "5", "10"."""
    recall_new: dict[str, float]
    lost: tuple[str, ...]
    """Questions whose place was among the first ten hits and no longer is."""
    gained: tuple[str, ...]


def read_questions(path: Path) -> tuple[list[Asked], int]:
    """Questions with the places that answer them, and how many lines name none.

    A line is ``{"question": …, "document": FILE NAME, "page": N}``, the page being optional; or it has a list of
    such places as ``gold``. ``doc`` may stand for ``document``. Raises UsageError naming file and line.
    """
    if not path.is_file():
        raise UsageError(f"There is no file {path}; expected lines of {_EXAMPLE}")
    asked, without = [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                one = _asked(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UsageError(f"{path}, line {number}: {error!r}; expected {_EXAMPLE}") from error
            asked.append(one) if one.places else None
            without += not one.places
    if not asked:
        raise UsageError(
            f"{path}: no question names a document that answers it; expected lines of {_EXAMPLE}"
        )
    return asked, without


_EXAMPLE = '{"question": "…", "document": "protocol.pdf", "page": 3}'


def _asked(row: dict[str, Any]) -> Asked:
    places = row.get("gold", [row])
    found = ((place.get("document", place.get("doc")), place.get("page")) for place in places)
    return Asked(
        str(row["question"]),
        tuple(Place(str(name), None if page is None else int(page)) for name, page in found if name),
    )


def compare(asked: Sequence[Asked], *, old: Search, new: Search, without_place: int = 0) -> Comparison:
    """Ask both. A question counts when one of its places is among the first hits."""
    before = [_rank(one, old(one.question, DEPTH)) for one in asked]
    after = [_rank(one, new(one.question, DEPTH)) for one in asked]
    pairs = list(zip((one.question for one in asked), before, after, strict=True))
    return Comparison(
        questions=len(asked),
        without_place=without_place,
        recall_old=_recall(before),
        recall_new=_recall(after),
        lost=tuple(question for question, was, now in pairs if was <= DEPTH < now),
        gained=tuple(question for question, was, now in pairs if now <= DEPTH < was),
    )


def _rank(asked: Asked, hits: Sequence[Hit]) -> int:
    """Of the first hit in one of the places, from 1; more than DEPTH when there is none."""
    places = set(asked.places)
    ranks = [
        hit.rank
        for hit in hits
        if Place(hit.document, hit.page) in places or Place(hit.document, None) in places
    ]
    return min(ranks, default=DEPTH + 1)


def _recall(ranks: Sequence[int]) -> dict[str, float]:
    return {str(cut): sum(rank <= cut for rank in ranks) / len(ranks) for cut in _CUTS}
