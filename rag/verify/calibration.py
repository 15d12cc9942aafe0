"""A judge's score to the probability that a claim is supported, and the threshold with a stated bound.

    probability = logistic(slope * logit(score) + intercept)                 (Platt 1999)
    released    = probability >= threshold

The threshold is the lowest one for which a test says, at ``confidence``: of the released claims at most ``risk`` are
unsupported. The test is "learn then test" (Angelopoulos, Bates, Candès, Jordan, Lei 2021, arXiv:2110.01052) with
fixed-sequence testing from the strictest threshold downwards, and an exact binomial upper bound (Clopper and Pearson
1934); see also Bates et al. 2021 (risk-controlling prediction sets, arXiv:2101.02703) and Angelopoulos et al. 2022
(conformal risk control, arXiv:2208.02814). The share among *released* claims is not monotone in the threshold, which
is why the test is used here and not conformal risk control, which bounds a mean of a monotone loss.

The bound holds for claims like those of the calibration set (exchangeable with them), and for no others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from rag.datatypes import Frozen
from rag.errors import UsageError
from rag.ports import Judge, Judgement
from rag.resources import weights

JUDGED_MOST = 0.9999
"""Highest support of a claim that a judge was asked about. A threshold of 1 so releases word-for-word claims alone."""
RISK, CONFIDENCE = 0.02, 0.95
GRID = tuple(round(1 - step / 1000, 3) for step in range(1, 1000))
"""Thresholds tested, strictest first. Fixed beforehand: none is chosen by looking at labels."""
_EDGE = 1e-6
_PENALTY = 1e-3

Floats = NDArray[np.float64]


class Threshold(NamedTuple):
    """The outcome of the test."""

    value: float
    """1.0 when no threshold reaches the bound: then nothing that was judged is released."""
    released: int
    unsupported: int
    """Of the released ones."""
    upper: float
    """Upper confidence bound of the share unsupported; 1.0 when nothing is released."""
    reached: bool


class Calibration(Frozen):
    """What turns one judge's scores into probabilities, and where that comes from."""

    judge: str
    """Id of the only judge it is good for."""
    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    intercept: Annotated[float, Field(allow_inf_nan=False)]
    threshold: Annotated[float, Field(ge=0, le=1)]
    risk: Annotated[float, Field(gt=0, lt=1)] = RISK
    """Largest share of released claims that may be unsupported."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = CONFIDENCE
    claims: Annotated[int, Field(ge=0)]
    """On which the threshold was tested."""
    released: Annotated[int, Field(ge=0)]
    unsupported: Annotated[int, Field(ge=0)]
    """Of the released ones."""
    source: str
    """Names of the sets, and a hash of their rows."""
    method: str

    @property
    def id(self) -> str:
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def probability(self, score: float) -> float:
        """Calibrated P(supported), 0..``JUDGED_MOST``; a score of 0 stays 0, as it may stand for no evidence."""
        if not math.isfinite(score) or not 0 <= score <= 1:
            raise ValueError(f"judge {self.judge} gave {score}, expected 0..1")
        if score == 0:
            return 0.0
        return min(JUDGED_MOST, _logistic(self.slope * _logit(score) + self.intercept))


def _logit(score: float) -> float:
    kept = min(1 - _EDGE, max(_EDGE, score))
    return math.log(kept / (1 - kept))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, value))))


def fit(scores: Sequence[float], supported: Sequence[bool]) -> tuple[float, float]:
    """(slope, intercept) of a logistic regression on the logit of the scores, lightly regularised to slope 1.

    Raises UsageError for sizes that differ, for one class alone, and for scores that do not rise with support.
    """
    raw, truth = np.asarray(scores, dtype=float), np.asarray(supported, dtype=bool)
    if raw.shape != truth.shape or raw.ndim != 1:
        raise UsageError(f"{raw.shape} scores for {truth.shape} labels; expected one label a score")
    if not truth.any() or truth.all():
        raise UsageError("calibration needs supported claims and others; found one kind only")
    slope, intercept = _newton(np.array([_logit(score) for score in raw]), truth)
    if slope <= 0:
        raise UsageError(
            f"supported claims do not score higher (slope {slope:.2f}); the judge is of no use here"
        )
    return slope, intercept


def _newton(logits: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    design = np.c_[logits, np.ones(len(logits))]
    start, penalty = np.array([1.0, 0.0]), _PENALTY * len(logits) * np.array([1.0, 0.0])
    found = start
    for _ in range(50):
        said = 1 / (1 + np.exp(-np.clip(design @ found, -40, 40)))
        gradient = design.T @ (said - truth) + penalty * (found - start)
        curve = (design * (said * (1 - said) + 1e-9)[:, None]).T @ design + np.diag(penalty)
        found = found - np.clip(np.linalg.solve(curve, gradient), -2, 2)
    return float(found[0]), float(found[1])


def upper_bound(errors: int | NDArray[np.int64], of: int | NDArray[np.int64], *, confidence: float) -> Floats:
    """One-sided Clopper-Pearson upper bound of a share; 1 where there is nothing to count."""
    from scipy.special import betaincinv  # type: ignore[import-untyped]

    wrong, total = np.asarray(errors, dtype=float), np.asarray(of, dtype=float)
    inside = wrong < total
    bound = betaincinv(wrong + 1, np.where(inside, total - wrong, 1.0), confidence)
    return np.asarray(np.where(inside, bound, 1.0))


TOLERATED = 2
"""Unsupported claims that the strictest threshold tested can have: with fewer, one odd row would decide everything."""


LEAST = 0.5
"""No threshold below is set, whatever the bound allows: a released claim is likelier supported than not in the judge's eyes too."""


def least_released(*, risk: float, confidence: float, tolerated: int = 0) -> int:
    """Claims with so many unsupported from which the bound can be reached at all, for 2 % at 95 %: 149, 236, 313."""
    from scipy.stats import binom  # type: ignore[import-untyped]

    size = math.ceil(math.log(1 - confidence) / math.log(1 - risk))
    while binom.cdf(tolerated, size, risk) > 1 - confidence:
        size += 1
    return size


def threshold_for(
    probabilities: Sequence[float], supported: Sequence[bool], *, risk: float = RISK, confidence: float = CONFIDENCE
) -> Threshold:  # fmt: skip
    """The lowest threshold of ``GRID``, not below ``LEAST``, before the first that fails the test.

    The first one tested releases enough claims to pass with ``TOLERATED`` unsupported; where there are fewer claims, enough
    to pass with none. That looks at scores, never at labels.
    """
    scores, truth = np.asarray(probabilities, dtype=float), np.asarray(supported, dtype=bool)
    if scores.shape != truth.shape:
        raise UsageError(f"{scores.shape} probabilities for {truth.shape} labels; expected one label each")
    grid = np.array(GRID)
    released = _at_least(scores, grid)
    unsupported = _at_least(scores[~truth], grid)
    upper = upper_bound(unsupported, released, confidence=confidence)
    chosen = None
    enough = least_released(risk=risk, confidence=confidence, tolerated=TOLERATED)
    if released.max() < enough:
        enough = least_released(risk=risk, confidence=confidence)
    for place in np.flatnonzero((released >= enough) & (grid >= LEAST)):
        if upper[place] > risk:
            break
        chosen = place
    if chosen is None:
        return Threshold(1.0, 0, 0, 1.0, False)
    return Threshold(
        float(grid[chosen]), int(released[chosen]), int(unsupported[chosen]), float(upper[chosen]), True
    )


def _at_least(scores: Floats, grid: Floats) -> NDArray[np.int64]:
    """How many scores reach each threshold."""
    return np.asarray(len(scores) - np.searchsorted(np.sort(scores), grid, side="left"), dtype=np.int64)


# --- file -----------------------------------------------------------------------------------------


def calibration_file() -> Path:
    """Beside the weights it belongs to."""
    return weights("support").with_name("calibration.json")


def save(calibration: Calibration, path: Path) -> None:
    path.write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> Calibration | None:
    """None when there is no file. Raises UsageError for one that cannot be read as a calibration."""
    if not path.exists():
        return None
    try:
        return Calibration.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError, OSError) as error:
        raise UsageError(
            f"{path} is damaged ({str(error).splitlines()[0]}); expected a calibration as JSON. "
            "Reinstall the package, or write it anew with: python eval/calibrate.py"
        ) from error


# --- judge ----------------------------------------------------------------------------------------


class CalibratedJudge:
    """Another judge, whose support becomes a calibrated probability. Made by ``calibrated``."""

    def __init__(self, judge: Judge, calibration: Calibration) -> None:
        if judge.id != calibration.judge:
            raise UsageError(
                f"calibration of judge {calibration.judge} given for judge {judge.id}; recalibrate"
            )
        self._judge, self.calibration = judge, calibration

    @property
    def id(self) -> str:
        return f"{self._judge.id}+calibration-{self.calibration.id}"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [self._calibrated(said) for said in self._judge.judge(evidence, claims)]

    def _calibrated(self, said: Judgement) -> Judgement:
        """What is not support keeps the share of it that refutes."""
        supports = self.calibration.probability(said.supports)
        refutes = said.refutes * (1 - supports) / (1 - said.supports) if said.supports < 1 else 0.0
        return Judgement(supports, min(refutes, 1 - supports))


def calibrated(judge: Judge, calibration: Calibration | None) -> Judge:
    """The judge with its calibration, or as it is when the calibration is of another or there is none."""
    if calibration is None or calibration.judge != judge.id:
        return judge
    return CalibratedJudge(judge, calibration)


def calibration_of(judge: Judge) -> Calibration | None:
    """What makes the judge's scores probabilities; None for a judge without it."""
    found = getattr(judge, "calibration", None)
    return found if isinstance(found, Calibration) else None


def uncalibrated_note(judge: Judge) -> str:
    """What must be told of a judge whose score is no calibrated probability; "" for one that is calibrated."""
    if calibration_of(judge) is not None:
        return ""
    return f"the judge {judge.id} is not calibrated: its scores carry no bound on the share of unsupported claims"
