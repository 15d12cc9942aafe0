"""Texts that say the same by rule are one text in plain wording; texts that do not are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ports import Judgement
from rag.verify.judges import PlainlyWordedJudge
from rag.verify.wording import plain_wording, says_the_same

SAME = [
    ("Give 5 mg twice daily.", "Give 5mg two times a day"),
    ("Give 500 mg every 8 hours.", "Give 500 mg q8h."),
    ("Zinc is given for ten days.", "Zinc is given for 10 days [3, 5]."),
    ("Start at ≥140 mmHg.", "Start at at least 140 mm Hg."),
    ("No more than 4 g per day", "not more than 4 g/day"),
    ("Treat for 5 to 7 days.", "Treat for 5–7 days (12)."),
    ("It is not indicated.", "It isn't indicated."),
    ("Tumour size was analysed in randomised trials.", "Tumor size was analyzed in randomized trials."),
    ("Blood pressure of people with CVD", "Blood pressure of people with cardiovascular disease (CVD)."),
    ("Infants are weighed.", "14.8 Infants are weighed (Smith et al., 2019)."),
    ("INFANTS ARE\n WEIGHED", "• infants are weighed"),
    ("20 mg/kg/day", "20 mg per kg per day"),
    ("50 percent were older", "50% were older"),
    ("75 micrograms weekly", "75 µg once a week"),
    ("Adults aged 65 and over", "Adults 65 years or older"),
    ("HbA1c < 7.0%", "HbA1c below 7%"),
    ("10 x 10^9/L", "10 × 10⁹/L"),
    ("It helps (p<0.001).", "It helps (P < 0.001)."),
    ("At 2, 4 and 6 months", "At 2, 4, and 6 months"),
    ("Give 1 g of paracetamol IV.", "Give 1000 mg of acetaminophen intravenously."),
    ("Treat for two weeks.", "Treat for 14 days."),
]  # fmt: skip
DIFFERENT = [
    ("Haemoglobin 7 g/dL", "Haemoglobin 7000 mg"),
    ("Treat for two weeks.", "Treat for 12 days."),
    ("Adults aged over 65", "Adults aged 65 and over"),
    ("Below 7%", "Above 7%"),
    ("Give 5 mg twice daily.", "Give 5 mg three times daily."),
    ("Give 5 mg.", "Give 0.5 mg."), ("Give 5 mg.", "Give 5 g."), ("Give 5 mg.", "Give 50 mg."),
    ("Start at >140 mmHg.", "Start at ≥140 mmHg."), ("at least 5 days", "at most 5 days"), ("5 days", "at least 5 days"),
    ("It is indicated.", "It is not indicated."), ("It can be used.", "It cannot be used."),
    ("every 8 hours", "8 hours"), ("every other day", "every day"), ("once weekly", "once daily"),
    ("Treat for 5 to 7 days.", "Treat for 5 or 7 days."), ("renal disease", "kidney failure"),
    ("It may be used.", "It should be used."), ("hyperkalaemia", "hypokalaemia"), ("type 1 diabetes", "type 2 diabetes"),
    ("Use it (with food).", "Use it."), ("Give it in adults (until 2019).", "Give it in adults."),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_in_other_signs(one: str, other: str) -> None:
    assert plain_wording(one).replace("1 times ", "") == plain_wording(other).replace("1 times ", "")


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_statement_stays_another(one: str, other: str) -> None:
    assert not says_the_same(one, other)


@pytest.mark.parametrize(("one", "_"), SAME)
def test_plain_wording_of_plain_wording_is_itself(one: str, _: str) -> None:
    assert plain_wording(plain_wording(one)) == plain_wording(one)


@given(st.text(max_size=300))
def test_any_text_has_a_plain_wording_without_capitals(text: str) -> None:
    plain = plain_wording(text)
    assert plain == plain.lower()
    assert says_the_same(text, text) is any(map(str.isalpha, plain))


class Listening:
    """Keeps what it was asked."""

    id = "listening"

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], str]] = []

    def judge(self, evidence: list[list[str]], claims: list[str]) -> list[Judgement]:
        self.asked += zip(evidence, claims, strict=True)
        return [Judgement(0.5) for _ in claims]


def test_a_judge_who_reads_plain_wording_says_so_in_its_id() -> None:
    listening = Listening()
    judge = PlainlyWordedJudge(listening)
    judge.judge([["Give 5mg twice a day [3]."]], ["Give 5 mg b.i.d."])
    assert listening.asked == [(["give 5 mg 2 times per day"], "give 5 mg 2 times per day")]
    assert judge.id != listening.id


CLASHES = [
    ("S. pneumoniae carriage needs no treatment.", "M. pneumoniae carriage needs no treatment."),
    ("Tablets should be taken before breakfast.", "2 Tablets should be taken before breakfast."),
    ("Metformin is recommended.", "Metformin is recommended (not in pregnancy & lactation, until 2019)."),
    ("Screening is advised.", "Screening is advised (withdrawn by Smith et al., 2019)."),
    ("Screening is advised.", "Screening is advised (Until May, 2019)."),
    ("All patients should receive vincristine.", "ALL patients should receive vincristine."),
    ("Give 5 MU of benzylpenicillin.", "Give 5 mU of benzylpenicillin."), ("[5]", "[5]"), ("2 mmol/L is the base excess.", "- 2 mmol/L is the base excess."),
    ("Seen a week after discharge.", "Seen weekly after discharge."),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), CLASHES)
def test_what_only_looks_the_same(one: str, other: str) -> None:
    assert not says_the_same(one, other)
