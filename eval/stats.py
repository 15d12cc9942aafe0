"""Intervals: of a share by count, and of any measure by resampling clusters of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

Z = 1.959964
"""Half width of 95 % of a normal distribution."""


class Interval(NamedTuple):
    low: float
    high: float


def wilson(right: int, of: int) -> Interval:
    """95 % score interval of a share; 0 to 1 where nothing was counted."""
    if not of:
        return Interval(0.0, 1.0)
    share, weight = right / of, Z**2 / of
    middle = (share + weight / 2) / (1 + weight)
    half = Z * (share * (1 - share) / of + weight / (4 * of)) ** 0.5 / (1 + weight)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def clopper_pearson(right: int, of: int) -> Interval:
    """Exact 95 % interval of a share; 0 to 1 where nothing was counted."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, right, of - right + 1)) if right else 0.0
    high = float(beta.ppf(0.975, right + 1, of - right)) if right < of else 1.0
    return Interval(low, high)


def bootstrap(
    measure: Callable[[np.ndarray], float], clusters: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> Interval:
    """95 % percentile interval of ``measure(row numbers)``; rows of one cluster are drawn together.

    Resamples for which the measure is no number (one class only) are left out.
    """
    _, owner = np.unique(np.asarray(clusters), return_inverse=True)
    members = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        drawn = chance.integers(0, len(members), len(members))
        found.append(measure(np.concatenate([members[i] for i in drawn])))
    kept = np.array([value for value in found if np.isfinite(value)])
    return Interval(*map(float, np.quantile(kept, (0.025, 0.975)))) if len(kept) else Interval(0.0, 1.0)


def balanced_accuracy(said: np.ndarray, truth: np.ndarray) -> float:
    """Mean of both classes' recall; nan where one is absent."""
    if truth.all() or not truth.any():
        return float("nan")
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def auc(scores: np.ndarray, truth: np.ndarray) -> float:
    """Chance that a supported claim scores above another; ties count half; nan where a class is absent."""
    if truth.all() or not truth.any():
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    yes = int(truth.sum())
    return float((ranks[truth].sum() - yes * (yes + 1) / 2) / (yes * (len(truth) - yes)))


def macro_f1(said: np.ndarray, truth: np.ndarray) -> float:
    """Mean F1 over the classes that ``truth`` has."""
    found = []
    for label in np.unique(truth):
        both = float(((said == label) & (truth == label)).sum())
        found.append(2 * both / ((said == label).sum() + (truth == label).sum()))
    return float(np.mean(found))


def best_threshold(scores: np.ndarray, truth: np.ndarray) -> float:
    """The one with the highest balanced accuracy; the lowest of equals."""
    tried = np.unique(scores)
    return float(tried[int(np.argmax([balanced_accuracy(scores >= t, truth) for t in tried]))])
