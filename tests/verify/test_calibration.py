"""The bound holds, the threshold can only be raised, a damaged or foreign calibration is told."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import fakes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rag.errors import UsageError
from rag.ports import CheckInput, Judgement
from rag.profiles import Profile
from rag.settings import (
    CALIBRATED_ANSWERS_THRESHOLD,
    CALIBRATED_SUPPORT_THRESHOLD,
    Settings,
    VerificationSettings,
)
from rag.verify.calibration import (
    CONFIDENCE,
    JUDGED_MOST,
    RISK,
    Calibration,
    calibrated,
    calibration_file,
    fit,
    least_released,
    load,
    save,
    threshold_for,
    upper_bound,
)
from rag.verify.support import Support

MADE = Calibration(
    judge="one", slope=2.0, intercept=-1.0, threshold=0.9, claims=400, released=200, unsupported=0,
    source="made up", method="by hand",
)  # fmt: skip


class Fixed:
    id = "one"

    def __init__(self, supports: float, refutes: float = 0.0) -> None:
        self.said = Judgement(supports, refutes)

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [self.said] * len(claims)


# --- the bound ------------------------------------------------------------------------------------


def _true_risk(threshold: float, error_of: Callable[[np.ndarray], np.ndarray], sharp: float) -> float:
    """P(unsupported | released) of the population that the calibration sets are drawn from."""
    scores = 1 - np.linspace(0.0005, 0.9995, 4000) ** sharp
    released = scores >= threshold
    return float(error_of(scores[released]).mean()) if released.any() else 0.0


@pytest.mark.parametrize(("sharp", "claims"), [(3.0, 400), (3.0, 2000)])
@pytest.mark.parametrize("power", [1.0, 0.5, 2.0], ids=["calibrated", "overconfident", "underconfident"])
def test_the_bound_holds_in_nineteen_of_twenty_calibration_sets(
    sharp: float, claims: int, power: float
) -> None:
    """Whatever the scores are worth: 1,000 sets; five in a hundred may miss, and three standard errors more."""
    chance = np.random.default_rng(0)
    missed = reached = 0
    risk = cache(lambda threshold: _true_risk(threshold, lambda s: (1 - s) ** power, sharp))
    for _ in range(1000):
        scores = 1 - chance.random(claims) ** sharp
        supported = chance.random(claims) >= (1 - scores) ** power
        found = threshold_for(scores, supported)
        reached += found.reached
        missed += found.reached and risk(found.value) > RISK
    assert missed / 1000 <= 1 - CONFIDENCE + 3 * (0.05 * 0.95 / 1000) ** 0.5
    assert reached or claims == 400 or power < 1  # the bound must not hold by never releasing anything


def test_some_threshold_is_found_where_there_is_one() -> None:
    scores = np.r_[np.full(350, 0.95), np.full(300, 0.4)]
    found = threshold_for(scores, np.r_[np.full(350, True), np.full(300, False)])
    assert found.reached and 0.4 < found.value < 0.95
    assert (found.released, found.unsupported) == (350, 0)
    assert found.upper <= RISK


def test_no_threshold_says_so_and_is_one() -> None:
    nothing = (1.0, 0, 0, 1.0, False)
    assert threshold_for([0.9] * 1000, [True, False] * 500) == nothing
    assert threshold_for([], []) == nothing
    few = least_released(risk=RISK, confidence=CONFIDENCE)
    assert (few, least_released(risk=RISK, confidence=CONFIDENCE, tolerated=2)) == (149, 313)
    assert threshold_for([0.99] * (few - 1), [True] * (few - 1)) == nothing
    assert threshold_for([0.99] * few, [True] * few).reached


def test_upper_bound_is_that_of_the_tables() -> None:
    assert float(upper_bound(0, 149, confidence=0.95)) == pytest.approx(1 - 0.05 ** (1 / 149))
    assert float(upper_bound(5, 100, confidence=0.95)) == pytest.approx(0.1023, abs=1e-3)
    assert [float(upper_bound(k, k, confidence=0.95)) for k in (0, 3)] == [1.0, 1.0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0, 0.2), lower=st.sampled_from([0.005, 0.01, 0.015]))
def test_more_errors_or_a_stricter_bound_never_lower_the_threshold(
    seed: int, share: float, lower: float
) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.beta(6, 0.6, 900)
    supported = chance.random(900) < scores
    worse = supported & (chance.random(900) >= share)
    found = threshold_for(scores, supported)
    assert threshold_for(scores, worse).value >= found.value
    assert threshold_for(scores, supported, risk=lower).value >= found.value
    assert threshold_for(scores, supported, confidence=0.99).value >= found.value


def test_fit_finds_what_the_labels_were_drawn_with() -> None:
    chance = np.random.default_rng(1)
    scores = chance.uniform(0.02, 0.98, 20_000)
    logits = np.log(scores / (1 - scores))
    supported = chance.random(20_000) < 1 / (1 + np.exp(-(1.7 * logits - 0.8)))
    slope, intercept = fit(scores, supported)
    assert slope == pytest.approx(1.7, abs=0.1)
    assert intercept == pytest.approx(-0.8, abs=0.1)


@pytest.mark.parametrize(
    ("scores", "supported", "said"),
    [
        ([0.1, 0.9], [True, True], "one kind"),
        ([0.1, 0.9], [True], "one label"),
        ([0.05, 0.95] * 200, [True, False] * 200, "of no use"),
    ],
)
def test_what_cannot_be_fitted_is_refused(scores: list[float], supported: list[bool], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fit(scores, supported)


# --- a calibration and its judge ------------------------------------------------------------------


def test_probability_rises_with_the_score_and_stays_below_one() -> None:
    found = [MADE.probability(score) for score in (0.0, 1e-9, 0.2, 0.5, 0.8, 1.0)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0.0, JUDGED_MOST)
    for bad in (float("nan"), -0.1, 1.1):
        with pytest.raises(ValueError, match=r"expected 0\.\.1"):
            MADE.probability(bad)


def test_a_calibrated_judge_gives_probabilities_that_add_up() -> None:
    for supports, refutes in ((0.9, 0.1), (0.0, 1.0), (1.0, 0.0), (0.3, 0.3)):
        (said,) = calibrated(Fixed(supports, refutes), MADE).judge([["x"]], ["x"])
        assert said.supports == MADE.probability(supports)
        assert 0 <= said.refutes <= 1 - said.supports + 1e-12


def test_the_calibration_of_another_judge_is_not_used_and_the_finding_says_so() -> None:
    other = MADE.model_copy(update={"judge": "two"})
    case = CheckInput("When?", "Start it at once.", (fakes.quote(0),), (), fakes.FakeCorpus())
    plain = Support(calibrated(Fixed(0.9), other), threshold=0.5)(case)
    assert plain.score == 0.9
    assert "not calibrated" in plain.detail
    own = Support(calibrated(Fixed(0.9), MADE), threshold=0.5)(case)
    assert own.score == MADE.probability(0.9)
    assert own.detail == ""


def test_a_threshold_of_one_releases_whole_quotes_alone() -> None:
    def check(claim: str) -> bool:
        case = CheckInput("When?", claim, (fakes.quote(0),), (), fakes.FakeCorpus())
        return Support(Fixed(1.0), threshold=1.0)(case).passed

    assert check(fakes.quote(0).text)
    assert not check("Start it at once.")


def test_a_calibration_reads_back_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    assert load(path) is None
    save(MADE, path)
    assert load(path) == MADE
    for damaged in ("{", "{}", path.read_text().replace("0.9", '"NaN"'), json.dumps({"judge": "x"})):
        path.write_text(damaged)
        with pytest.raises(UsageError, match=r"calibration\.json is damaged.*calibrate\.py"):
            load(path)


def test_the_constant_in_the_settings_is_that_of_the_shipped_calibration() -> None:
    shipped = load(calibration_file())
    assert shipped is not None, "rag/weights/calibration.json is part of the package"
    assert shipped.threshold == CALIBRATED_SUPPORT_THRESHOLD


# --- thresholds can only be raised ----------------------------------------------------------------

LEAST = {"support_threshold": CALIBRATED_SUPPORT_THRESHOLD, "answers_threshold": CALIBRATED_ANSWERS_THRESHOLD}


def _profile(text: str) -> Settings:
    needed = {"name": "x", "description": "", "backend": "transformers", "model": "embedded",
              "quantisation": "none", "family": "chatml", "context_tokens": 1024}  # fmt: skip
    return Profile.model_validate(needed | tomllib.loads(text)).settings


class _Loose(VerificationSettings):
    support_threshold: float = 0.0
    answers_threshold: float = 0.0


def _with_state(name: str, value: float) -> VerificationSettings:
    made = VerificationSettings()
    state = made.__getstate__()
    made.__setstate__({**state, "__dict__": {**state["__dict__"], name: value}})
    return made


PATHS: dict[str, Callable[[str, float], Settings]] = {
    "argument": lambda n, v: Settings(verification=VerificationSettings(**{n: v})),
    "dictionary": lambda n, v: Settings.model_validate({"verification": {n: v}}),
    "json": lambda n, v: Settings.model_validate_json(json.dumps({"verification": {n: v}})),
    "copy": lambda n, v: Settings(verification=VerificationSettings().model_copy(update={n: v})),
    "copy of a copy": lambda n, v: Settings().model_copy(update={"verification": {n: v}}),
    "old copy": lambda n, v: Settings(verification=VerificationSettings().copy(update={n: v})),
    "old copy of all": lambda n, v: Settings().copy(update={"verification": {n: v}}),
    "state": lambda n, v: Settings(verification=_with_state(n, v)),
    "construct": lambda n, v: Settings(verification=VerificationSettings.model_construct(**{n: v})),
    "construct all": lambda n, v: Settings.model_construct(verification={n: v}),
    "subclass": lambda n, v: Settings(verification=_Loose(**{**LEAST, n: v})),
    "profile": lambda n, v: _profile(f"[overrides.verification]\n{n} = {v!r}"),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", LEAST)
@settings(max_examples=25, deadline=None)
@given(value=st.floats(-0.5, 1.0))
def test_no_path_lowers_a_threshold(path: str, name: str, value: float) -> None:
    if value < LEAST[name]:
        with pytest.raises((ValidationError, UsageError)):
            PATHS[path](name, value)
    else:
        assert getattr(PATHS[path](name, value).verification, name) == value


def test_the_refusal_names_both_values() -> None:
    lower = CALIBRATED_SUPPORT_THRESHOLD / 2
    with pytest.raises(
        ValidationError, match=rf"support_threshold is {lower}, expected {CALIBRATED_SUPPORT_THRESHOLD}"
    ):
        VerificationSettings(support_threshold=lower)


def test_defaults_of_a_subclass_are_checked_too() -> None:
    with pytest.raises(ValidationError, match="can only be raised"):
        _Loose()


def test_a_nan_is_no_threshold() -> None:
    for name in LEAST:
        with pytest.raises(ValidationError):
            VerificationSettings(**{name: float("nan")})  # type: ignore[arg-type]


def test_the_threshold_is_part_of_the_settings_id() -> None:
    raised: dict[str, Any] = {"verification": {"support_threshold": 0.99}}
    assert Settings().model_copy(update=raised).id != Settings().id
