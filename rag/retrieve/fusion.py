"""Two rankings to one: min-max-normalised scores, or reciprocal ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.ports import FloatMatrix, IntMatrix

RECIPROCAL_RANK_CONSTANT = 60
"""Damps the lead of the first ranks; the value of the method's authors (Cormack et al. 2009)."""


Values = NDArray[np.floating[Any]]


class Fused(NamedTuple):
    """A row, its fused score (0 to 1, higher is better) and the parts it was fused from."""

    row: int
    score: float
    parts: dict[str, float]


class Ranking(NamedTuple):
    """One search's rows, best first; row -1 marks an unfilled place."""

    rows: IntMatrix
    """(k,)"""
    scores: FloatMatrix
    """(k,)"""

    def filled(self) -> Ranking:
        there = self.rows >= 0
        return Ranking(self.rows[there], self.scores[there])


def widened(own: Ranking, others: Ranking, weight: float) -> Ranking:
    """One search's scores with ``weight`` times another's added; best first, equal scores by row."""
    filled = {"own": own.filled(), "others": others.filled()}
    rows, scores = _sum(
        {name: (ranking.rows, ranking.scores) for name, ranking in filled.items()},
        {"own": 1.0, "others": weight},
    )
    return Ranking(rows[: len(own.rows)], scores[: len(own.rows)].astype(np.float32))


def minmax(
    rankings: Mapping[str, Ranking], weights: Mapping[str, float], *, limit: int | None = None
) -> list[Fused]:
    """Weighted sum of scores scaled to 0..1 within each ranking; a row a ranking lacks gets 0 from it.

    A ranking whose scores are all equal gives each of its rows 1. Parts are the scores as found. Only the
    first ``limit`` rows are given, by default all.
    """
    filled = {name: ranking.filled() for name, ranking in rankings.items()}
    return _fused(filled, {name: _scaled(ranking.scores) for name, ranking in filled.items()}, weights, limit)


def reciprocal_rank(
    rankings: Mapping[str, Ranking], weights: Mapping[str, float], *, limit: int | None = None
) -> list[Fused]:
    """Weighted sum of ``(c + 1) / (c + rank)``, so that first in every ranking scores 1."""
    constant = RECIPROCAL_RANK_CONSTANT
    filled = {name: ranking.filled() for name, ranking in rankings.items()}
    scaled = {
        name: (constant + 1) / (constant + np.arange(1, len(ranking.rows) + 1))
        for name, ranking in filled.items()
    }
    return _fused(filled, scaled, weights, limit)


def _scaled(scores: FloatMatrix) -> Values:
    """(k,) scores to 0..1."""
    if not len(scores):
        return scores
    lowest, highest = float(np.min(scores)), float(np.max(scores))
    spread = highest - lowest
    return (scores - lowest) / spread if spread > 0 else np.ones(len(scores))


def _fused(
    filled: Mapping[str, Ranking],
    scaled: Mapping[str, Values],
    weights: Mapping[str, float],
    limit: int | None,
) -> list[Fused]:
    """Best first; equal scores are ordered by row. Only those that are given back become Python objects."""
    rows, scores = _sum({name: (ranking.rows, scaled[name]) for name, ranking in filled.items()}, weights)
    fused = [
        Fused(row, score, {})
        for row, score in zip(rows[:limit].tolist(), scores[:limit].tolist(), strict=True)
    ]
    for name, ranking in filled.items():
        order = np.argsort(ranking.rows)
        places = np.searchsorted(ranking.rows, rows[:limit], sorter=order)
        for one, place in zip(fused, places.tolist(), strict=True):
            if place < len(order) and ranking.rows[order[place]] == one.row:
                one.parts[name] = float(ranking.scores[order[place]])
    return fused


def _sum(
    found: Mapping[str, tuple[IntMatrix, Values]], weights: Mapping[str, float]
) -> tuple[IntMatrix, NDArray[np.float64]]:
    """Rows of any of the rankings and the weighted sums of their values, highest first, equal ones by row."""
    rows = np.unique(np.concatenate([ranked for ranked, _ in found.values()]))
    sums = np.zeros(len(rows))
    for name, (ranked, values) in found.items():
        sums[np.searchsorted(rows, ranked)] += weights[name] * values.astype(np.float64)
    order = np.lexsort((rows, -sums))
    return rows[order], sums[order]
