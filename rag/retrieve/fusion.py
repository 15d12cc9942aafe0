"""Two rankings to one: min-max-normalised scores, or reciprocal ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rag.ports import FloatMatrix, IntMatrix

RECIPROCAL_RANK_CONSTANT = 60
"""Damps the lead of the first ranks; the value of the method's authors (Cormack et al. 2009)."""


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
    scores = dict(zip(own.filled().rows.tolist(), own.filled().scores.tolist(), strict=True))
    for row, score in zip(*others.filled(), strict=True):
        scores[int(row)] = scores.get(int(row), 0.0) + weight * float(score)
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[: len(own.rows)]
    rows = np.array([row for row, _ in ordered], dtype=np.int64)
    return Ranking(rows, np.array([score for _, score in ordered], dtype=np.float32))


def minmax(rankings: Mapping[str, Ranking], weights: Mapping[str, float]) -> list[Fused]:
    """Weighted sum of scores scaled to 0..1 within each ranking; a row a ranking lacks gets 0 from it.

    A ranking whose scores are all equal gives each of its rows 1. Parts are the scores as found.
    """
    scaled = {name: _scaled(ranking.filled()) for name, ranking in rankings.items()}
    return _summed(rankings, scaled, weights)


def reciprocal_rank(rankings: Mapping[str, Ranking], weights: Mapping[str, float]) -> list[Fused]:
    """Weighted sum of ``(c + 1) / (c + rank)``, so that first in every ranking scores 1."""
    constant = RECIPROCAL_RANK_CONSTANT
    scaled = {
        name: {
            int(row): (constant + 1) / (constant + rank) for rank, row in enumerate(ranking.filled().rows, 1)
        }
        for name, ranking in rankings.items()
    }
    return _summed(rankings, scaled, weights)


def _scaled(ranking: Ranking) -> dict[int, float]:
    if not len(ranking.rows):
        return {}
    lowest, highest = float(np.min(ranking.scores)), float(np.max(ranking.scores))
    spread = highest - lowest
    values = (ranking.scores - lowest) / spread if spread > 0 else np.ones(len(ranking.rows))
    return {int(row): float(value) for row, value in zip(ranking.rows, values, strict=True)}


def _summed(
    rankings: Mapping[str, Ranking], scaled: Mapping[str, dict[int, float]], weights: Mapping[str, float]
) -> list[Fused]:
    """Best first; equal scores are ordered by row."""
    found = {
        name: {int(row): float(score) for row, score in zip(*ranking.filled(), strict=True)}
        for name, ranking in rankings.items()
    }
    fused = [
        Fused(
            row,
            sum(weights[name] * values.get(row, 0.0) for name, values in scaled.items()),
            {name: scores[row] for name, scores in found.items() if row in scores},
        )
        for row in set().union(*scaled.values())
    ]
    return sorted(fused, key=lambda one: (-one.score, one.row))
