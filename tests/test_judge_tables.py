"""What measures and calibrates judges, on scores made by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "eval"))

import calibrate
import released
from coverage_risk import curve
from judge_lib.claims import Cosine, ablation, measure, put_between, shown
from stats import clopper_pearson

from rag.datatypes import ClaimFinding, ClaimVerdict
from rag.ports import Judgement
from rag.verify.calibration import LEAST
from rag.verify.judges import containment

# --- calibration ------------------------------------------------------------------------------------


def rows(claims: int, *, supported: bool) -> list[calibrate.Row]:
    return [calibrate.Row(f"{supported} {n}", (f"sentence {n}",), supported) for n in range(claims)]


def test_a_judge_that_tells_all_apart_gets_a_threshold_between_the_two() -> None:
    given = [*rows(800, supported=True), *rows(400, supported=False)]
    scored = calibrate.Scored(given, np.array([0.95] * 800 + [0.1] * 400))
    made, found = calibrate.calibrate("j", scored, scored, source="s", risk=0.02, confidence=0.95)
    assert made.probability(0.1) < made.threshold <= made.probability(0.95)
    assert (found.unsupported, found.reached) == (0, True)
    assert made.released == found.released > 500


def test_a_judge_that_guesses_gets_no_threshold() -> None:
    given = [*rows(600, supported=True), *rows(600, supported=False)]
    scored = calibrate.Scored(given, np.array([0.90, 0.92] * 300 + [0.90, 0.91] * 300))
    made, found = calibrate.calibrate("j", scored, scored, source="s", risk=0.02, confidence=0.95)
    assert (made.threshold, found.reached) == (1.0, False)


def test_no_threshold_below_even_chances_is_set() -> None:
    curve = calibrate.Scored(
        [*rows(400, supported=True), *rows(400, supported=False)], np.array([0.9] * 400 + [0.1] * 400)
    )
    tested = calibrate.Scored(rows(800, supported=True), np.linspace(0.01, 0.99, 800))
    made, found = calibrate.calibrate("j", curve, tested, source="s", risk=0.02, confidence=0.95)
    assert found.unsupported == 0
    assert made.threshold == LEAST


def test_rows_of_one_claim_count_once_and_stay_on_one_side() -> None:
    many = [calibrate.Row("one claim", (f"sentence {n}",), True) for n in range(20)]
    assert len(calibrate.one_per_claim(many)) == 1
    assert len({calibrate.is_for_the_curve(row.claim) for row in many}) == 1


def test_about_three_in_ten_claims_give_the_curve() -> None:
    share = np.mean([calibrate.is_for_the_curve(f"claim {n}") for n in range(4000)])
    assert 0.27 < share < 0.33


def test_a_line_that_is_no_labelled_claim_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"claim": "a", "evidence": ["b"], "label": "SUPPORTS"}\n{"claim": "a"}\n')
    with pytest.raises(ValueError, match=r"mine\.jsonl, line 2.*expected claim, evidence, label"):
        calibrate.rows_of(path)


# --- tables -----------------------------------------------------------------------------------------


class Words:
    """Encodes a text as the counts of its letters, length 1."""

    id = "letters"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        counts = np.array([[text.count(c) + 1e-3 for c in "abcdefgh"] for text in texts])
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_cosines_in_one_batch_are_those_of_one_claim_at_a_time() -> None:
    evidence, claims = [["ab", "ccd"], ["aa"], ["h", "ab"]], ["abab", "gg", "abab"]
    judge = Cosine(Words())  # type: ignore[arg-type]
    together = judge.judge(evidence, claims)
    alone = [judge.judge([texts], [claim])[0] for texts, claim in zip(evidence, claims, strict=True)]
    assert np.allclose(together, alone)
    assert together[0].supports == pytest.approx(1.0)


def test_a_claim_whose_numbers_fail_has_no_cosine() -> None:
    judge = Cosine(Words(), lambda claim, texts: False)  # type: ignore[arg-type]
    assert judge.judge([["ab"]], ["ab"]) == [Judgement(0.0)]


def test_evidence_without_marks_is_what_shares_most_words() -> None:
    row = {"claim": "zinc dose", "evidence": [*("other words",) * 6, "zinc dose is told"], "rationales": []}
    assert "zinc dose is told" in shown(row, "cited")
    assert len(shown(row, "cited")) == 5
    assert shown({**row, "rationales": [[6]]}, "cited") == ["zinc dose is told"]


def test_the_threshold_comes_from_train_and_the_figures_from_dev(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "judge_lib.claims.judged", lambda judge, e, c: np.array([tuple(j) for j in judge.judge(e, c)])
    )

    class Judge:
        id = "containment"

        def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
            return [
                Judgement(containment(texts, claim)) for texts, claim in zip(evidence, claims, strict=True)
            ]

    def row(claim: str, evidence: str, label: str) -> dict[str, object]:
        return {"dataset": "d", "claim": claim, "evidence": [evidence], "rationales": [], "label": label}

    good, bad = row("zinc helps", "zinc helps", "SUPPORTS"), row("iron harms", "zinc helps", "NEI")
    (one, together) = measure("m", Judge(), [good, bad], [good, bad, good], protocol="whole", release=0.5)
    assert (one.dataset, together.dataset, one.claims) == ("d", "together", 3)
    assert one.fitted[0] == one.auc[0] == 1.0
    assert one.accuracy is None


def test_tables_go_between_their_marks_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- a -->\nold\n<!-- /a -->\nbelow\n")
    put_between(page, "a", ["new"])
    assert page.read_text() == "above\n<!-- a -->\nnew\n<!-- /a -->\nbelow\n"
    with pytest.raises(ValueError, match="has no <!-- b -->"):
        put_between(page, "b", ["new"])


def test_ablation_needs_what_training_writes(tmp_path: Path) -> None:
    path = tmp_path / "ablation.json"
    path.write_text(json.dumps([{"left_out": "", "auc": 0.8}, {"left_out": "scifact", "auc": 0.7}]))
    assert list(ablation(path))[-1] == "| scifact | 0.700 |"
    path.write_text("[]")
    with pytest.raises(ValueError, match="expected a list"):
        list(ablation(path))


# --- coverage and risk --------------------------------------------------------------------------------


def test_equal_scores_are_released_together() -> None:
    found = curve(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    assert found.coverage.tolist() == [0.25, 0.75, 1.0]
    assert found.risk.tolist() == pytest.approx([0.0, 1 / 3, 0.5])
    assert (found.low[1], found.high[1]) == pytest.approx(clopper_pearson(1, 3))


# --- is the score a probability? -----------------------------------------------------------------------


def judged(score: float, label: str, *, asked: bool = True) -> released.Judged:
    checks = ("support",) if asked else ("input",)
    findings = tuple(ClaimFinding(check=name, passed=True) for name in checks)
    verdict = ClaimVerdict(id=1, label="NEI", released=False, score=score, findings=findings)
    return released.Judged({"label": label}, verdict)


def test_the_calibration_error_is_the_mean_distance_of_score_and_share() -> None:
    found = [
        judged(0.85, "SUPPORTS"),
        judged(0.85, "REFUTES"),
        judged(1.0, "SUPPORTS"),
        judged(0.0, "NEI", asked=False),
    ]
    bins = released.bins_of(found)
    assert [(one.low, one.claims, one.supported) for one in bins] == [(0.8, 2, 1), (0.9, 1, 1)]
    assert released.calibration_error(bins) == pytest.approx((2 * 0.35 + 1 * 0.0) / 3)
    assert released.calibration_error([]) == 0.0


def test_reliability_as_a_picture(tmp_path: Path) -> None:
    bins = released.bins_of([judged(0.35, "SUPPORTS"), judged(0.95, "SUPPORTS")])
    released.draw({"a set": bins}, tmp_path / "one.svg")
    released.draw({"a set": bins}, tmp_path / "other.svg")
    picture = (tmp_path / "one.svg").read_bytes()
    assert picture.startswith(b"<?xml")
    assert picture == (tmp_path / "other.svg").read_bytes(), "the same every time"
