"""Support by the judge, and what needs none."""

from __future__ import annotations

from collections.abc import Sequence

import fakes
import pytest

from rag.datatypes import Quote, SentenceKind
from rag.ports import CheckInput, Judgement
from rag.verify.support import Support


class CountingJudge:
    id = "counting"

    def __init__(self, score: float) -> None:
        self.score, self.asked = score, 0

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        self.asked += 1
        return [Judgement(self.score)] * len(claims)


def given(claim: str, *quotes: Quote) -> CheckInput:
    return CheckInput("When?", claim, quotes or (fakes.quote(0),), (), fakes.FakeCorpus())


ROW = fakes.quote(0).model_copy(
    update={"kind": SentenceKind.ROW, "text": "Iron  60 mg", "header_text": "Table 1. Doses\nDrug  Dose"}
)


@pytest.mark.parametrize(
    ("claim", "quotes"),
    [
        pytest.param("Start drug treatment at 140/90 mmHg or above.", (), id="as_it_is"),
        pytest.param("start drug treatment  at 140/90 mmHg or above", (), id="case_spaces_stop"),
        pytest.param("Iron 60 mg", (ROW,), id="row"),
        pytest.param("Drug Dose: Iron 60 mg", (ROW,), id="row_under_its_header"),
    ],
)
def test_a_whole_quote_needs_no_judge(claim: str, quotes: tuple[Quote, ...]) -> None:
    judge = CountingJudge(0.0)
    assert Support(judge, threshold=0.5)(given(claim, *quotes)).passed
    assert judge.asked == 0


@pytest.mark.parametrize(
    "claim",
    ["Start drug treatment at 140/90 mmHg.", "Drug treatment at 140/90 mmHg or above.", "Doses: Iron 60 mg"],
    ids=["end_cut_off", "start_cut_off", "another_header"],
)
def test_part_of_a_quote_is_for_the_judge(claim: str) -> None:
    judge = CountingJudge(0.2)
    result = Support(judge, threshold=0.5)(given(claim, fakes.quote(0), ROW))
    assert judge.asked == 1
    assert not result.passed
    assert Support(CountingJudge(0.6), threshold=0.5)(given(claim, fakes.quote(0), ROW)).passed


def test_letters_of_a_script_that_no_quote_has_fail_whatever_the_judge_says() -> None:
    result = Support(CountingJudge(1.0), threshold=0.5)(given("Start drug treatment at 140/90 mmHg or 释放."))
    assert not result.passed
    assert "Cjk letters" in result.detail


def test_greek_letters_of_units_are_no_strangers() -> None:
    assert Support(CountingJudge(1.0), threshold=0.5)(given("Start at 5 μg or 5 µg, above α.")).passed


def test_a_lower_threshold_counts_as_the_calibrated_one() -> None:
    assert not Support(CountingJudge(0.3), threshold=0.1)(given("Drugs are started at 140 mmHg.")).passed
