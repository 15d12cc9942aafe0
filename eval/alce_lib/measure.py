"""Statements to shares of one question; shares to a value with its bootstrap interval.

A share is ``(right, of)``. A value over questions is the sum of ``right`` over the sum of ``of``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alce_lib.systems import Citation, Statement
from rag.ports import Judge

Ask = tuple[tuple[str, ...], str]
"""(cited sentences, statement)"""
Supports = Callable[[Sequence[Citation], str], bool]
Share = tuple[float, float]
NOTHING: Share = (0.0, 0.0)

_SHORTEST = 4
"""Tokens below which one text lying inside another says nothing."""


@dataclass(frozen=True)
class GoldPlace:
    """A place that holds (a part of) the answer. Places of one part are alternatives."""

    document: str
    page: int
    quote: str
    part: int = 1


class Interval(NamedTuple):
    value: float | None
    """None when there is nothing to divide by."""
    low: float = 0.0
    high: float = 0.0

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        return f"{100 * self.value:.1f} ({100 * self.low:.0f}–{100 * self.high:.0f})"


# --- by a judge -----------------------------------------------------------------------------------


def asks(statement: Statement) -> list[Ask]:
    """All that a judge must be asked of one statement: its citations together, each alone, and the others."""
    cited = statement.citations
    groups = [cited, *((one,) for one in cited), *(_without(cited, place) for place in range(len(cited)))]
    return [(_premises(group), statement.text) for group in groups if group]


def judged(judge: Judge, wanted: Iterable[Ask], *, threshold: float) -> Supports:
    """Every distinct ask judged once, in one batch. No citation supports nothing."""
    distinct = list(dict.fromkeys(wanted))
    given = judge.judge([list(premises) for premises, _ in distinct], [text for _, text in distinct])
    held = {
        ask: verdict.supports >= threshold and verdict.supports > verdict.refutes
        for ask, verdict in zip(distinct, given, strict=True)
    }
    return lambda citations, text: bool(citations) and held[_premises(citations), text]


def recall(statements: Sequence[Statement], supports: Supports) -> Share:
    """Statements that their citations together support."""
    return sum(supports(s.citations, s.text) for s in statements), len(statements)


def precision(statements: Sequence[Statement], supports: Supports) -> Share:
    """Citations of supported statements that support alone, or without which the rest does not support."""
    right = sum(
        supports(s.citations, s.text) and _needed(s, place, supports)
        for s in statements
        for place in range(len(s.citations))
    )
    return right, sum(len(s.citations) for s in statements)


def _needed(statement: Statement, place: int, supports: Supports) -> bool:
    alone, others = (statement.citations[place],), _without(statement.citations, place)
    return supports(alone, statement.text) or not supports(others, statement.text)


def _without(citations: Sequence[Citation], place: int) -> tuple[Citation, ...]:
    return (*citations[:place], *citations[place + 1 :])


def _premises(citations: Sequence[Citation]) -> tuple[str, ...]:
    return tuple(citation.premise for citation in citations)


# --- by gold quotes -------------------------------------------------------------------------------


def gold_precision(statements: Sequence[Statement], gold: Sequence[GoldPlace]) -> Share:
    """Citations that stand at a gold place. Of a question without gold, every citation is wrong."""
    cited = [citation for s in statements for citation in s.citations]
    return sum(any(stands_at(c, place) for place in gold) for c in cited), len(cited)


def gold_recall(statements: Sequence[Statement], gold: Sequence[GoldPlace]) -> Share:
    """Parts of the answer of which some citation stands at a gold place."""
    cited = [citation for s in statements for citation in s.citations]
    parts = {place.part for place in gold}
    found = {place.part for place in gold if any(stands_at(citation, place) for citation in cited)}
    return len(found), len(parts)


def stands_at(citation: Citation, place: GoldPlace) -> bool:
    """On the gold page, and token F1 of at least .5 with the gold quote, or 80 % of the shorter in the longer."""
    if (citation.document, citation.page) != (place.document, place.page):
        return False
    left, right = _tokens(citation.text), _tokens(place.quote)
    shared = (left & right).total()
    shorter, both = min(left.total(), right.total()), left.total() + right.total()
    return both > 0 and (2 * shared / both >= 0.5 or (shorter >= _SHORTEST and shared / shorter >= 0.8))


def _tokens(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


# --- over questions -------------------------------------------------------------------------------


def mean_of(share: Share) -> Share:
    """A question as one, whatever it has of statements; a question without any is left out."""
    return (share[0] / share[1], 1.0) if share[1] else NOTHING


def over_questions(shares: Sequence[Share], *, samples: int = 2000, seed: int = 0) -> Interval:
    """The value, and the middle 95 % of it when the questions are drawn again with replacement."""
    table = np.asarray(shares, dtype=np.float64).reshape(-1, 2)
    if table[:, 1].sum() == 0:
        return Interval(None)
    drawn = np.random.default_rng(seed).integers(0, len(table), (samples, len(table)))
    sums = table[drawn].sum(axis=1)  # (samples, 2)
    values = sums[sums[:, 1] > 0]
    low, high = np.quantile(values[:, 0] / values[:, 1], (0.025, 0.975))
    right, of = table.sum(axis=0)
    return Interval(float(right / of), float(low), float(high))
