"""A sentence or row for other people than those asked about is held back, and one that another replaces for them."""

from __future__ import annotations

from typing import Any

import pytest

from rag.datatypes import Evidence, SentenceKind
from rag.ports import CheckInput
from rag.verify.case import Case, forbids_for_asked
from tests.verify.conftest import Library, document_of, quote_of

ALL = "Artesunate 2.4 mg/kg into a vein or muscle at 0, 12 and 24 hours."
LIGHT = "Children who weigh less than 20 kg get 3 mg/kg for each dose."


def passes(question: str, sentence: str, beside: str) -> list[bool]:
    """With the sentence beside it behind, and before."""
    quote = quote_of(sentence)
    found = []
    for where in ({"after": beside}, {"before": beside}):
        item = Evidence(id="1.1", score=0.9, quote=quote, passage_id="p", **where)
        given = CheckInput(question, sentence, (quote,), (item,), Library(document_of(sentence)))
        found.append(Case()(given).passed)
    return found


@pytest.mark.parametrize(
    ("question", "sentence", "beside"),
    [
        ("What dose of artesunate for a child of 12 kg?", ALL, LIGHT),
        ("What dose of artesunate for a child?", ALL, LIGHT),
        ("What dose of paracetamol in a child?", "Paracetamol 1 g every 6 hours.", "In children give 15 mg/kg every 6 hours."),
        ("Dose of enalapril in renal impairment?", "Start enalapril at 5 mg a day.", "In renal impairment start at 2.5 mg a day."),
        ("How much iron in pregnancy?", "Give iron 60 mg daily.", "In pregnancy give 30 mg daily."),
    ],
)  # fmt: skip
def test_it_is_held_back(question: str, sentence: str, beside: str) -> None:
    assert passes(question, sentence, beside) == [False, False]


@pytest.mark.parametrize(
    ("question", "sentence", "beside"),
    [
        ("What dose of artesunate for a child of 25 kg?", ALL, LIGHT),
        ("What dose of artesunate for an adult?", ALL, LIGHT),
        ("What dose of artesunate?", ALL, LIGHT),
        ("What dose of artesunate for a child of 12 kg?", LIGHT, ALL),
        ("How much zinc does a child of 14 months get?", "Give zinc 20 mg a day for 14 days.", "Infants below 6 months get 10 mg a day."),
        ("How much zinc does a child get?", "Give zinc 20 mg a day.", "Children need zinc 20 mg a day for 14 days."),
        ("How much iron in pregnancy?", "Give iron 60 mg daily.", "In pregnancy folic acid is given too."),
    ],
)  # fmt: skip
def test_it_is_not_held_back(question: str, sentence: str, beside: str) -> None:
    assert passes(question, sentence, beside) == [True, True]


# --- in a document --------------------------------------------------------------------------------------

GUIDE = """1 Amoxicillin for chest infection

1.1 Give amoxicillin 500 mg three times a day for 5 days. Take a sputum sample where it comes back within a month. With an eGFR below 30 mL/min give 500 mg twice a day.

Table 1. Oral amoxicillin by age
Age | Amoxicillin, three times a day
1 to 4 years | 250 mg
5 to 11 years | 500 mg
12 years and over | 500 mg

2 Gentamicin

The usual dose of gentamicin is 5 mg/kg once a day.

2.1 Renal impairment

Give gentamicin 3 mg/kg and repeat it when the level is below 1 mg/L.

3 Nitrofurantoin

Nitrofurantoin 100 mg twice a day for 5 days treats an infection in women. Men are treated for 7 days. Take it with food. Nitrofurantoin must not be given when the eGFR is below 45 mL/min.

4 Ciprofloxacin

Infection | Dose of ciprofloxacin | Days
Lower urinary infection | 250 mg twice a day | 3
Pyelonephritis | 500 mg twice a day | 7
Halve the dose when creatinine clearance is below 30 mL/min.

5 Cefalexin

Cefalexin 500 mg twice a day. No dose adjustment is needed in renal impairment. It is used in pregnancy."""
HEADERS = {"years": "Table 1. Oral amoxicillin by age\nAge | Amoxicillin, three times a day",
           "twice a day |": "Infection | Dose of ciprofloxacin | Days"}  # fmt: skip


def checked(question: str, text: str, **changes: Any) -> tuple[bool, str]:
    start = GUIDE.index(text)
    is_row = " | " in text
    header = next((header for words, header in HEADERS.items() if is_row and words in text), "")
    kind = SentenceKind.ROW if is_row else SentenceKind.SENTENCE
    quote = quote_of(text, start=start, end=start + len(text), kind=kind, header_text=header, **changes)
    item = Evidence(id="1.1", score=0.9, quote=quote, passage_id="p")
    passed, detail, _ = Case()(CheckInput(question, text, (quote,), (item,), Library(document_of(GUIDE))))
    return passed, detail


USUAL = "1.1 Give amoxicillin 500 mg three times a day for 5 days."
RENAL = "With an eGFR below 30 mL/min give 500 mg twice a day."
IN_RENAL = "Give gentamicin 3 mg/kg and repeat it when the level is below 1 mg/L."
WOMEN = "Nitrofurantoin 100 mg twice a day for 5 days treats an infection in women."
CIPRO = {"section": ("4 Ciprofloxacin",)}
LEVEL = {"section": ("2 Gentamicin", "2.1 Renal impairment")}


@pytest.mark.parametrize(
    ("question", "text", "changes", "why"),
    [
        ("Amoxicillin for a 7-year-old?", "1 to 4 years | 250 mg", {}, "another age"),
        ("Amoxicillin for a child of 2 years?", "12 years and over | 500 mg", {}, "another age"),
        ("Amoxicillin dose with eGFR 20?", USUAL, {}, "eGFR below 30"),
        ("Amoxicillin dose in renal impairment?", USUAL, {}, "eGFR below 30"),
        ("Amoxicillin dose with eGFR 55?", RENAL, {}, "another kidney function"),
        ("Gentamicin dose in renal impairment?", "The usual dose of gentamicin is 5 mg/kg once a day.", {}, "3 mg/kg"),
        ("Gentamicin dose for an adult?", IN_RENAL, LEVEL, "Renal impairment"),
        ("Nitrofurantoin for a man: how many days?", WOMEN, {}, "another sex"),
        ("Nitrofurantoin dose with an eGFR of 30?", WOMEN, {}, "must not be given"),
        ("Ciprofloxacin dose for pyelonephritis?", "Lower urinary infection | 250 mg twice a day | 3", {}, "Pyelonephritis"),
        ("Ciprofloxacin in pyelonephritis, creatinine clearance 20?", "Pyelonephritis | 500 mg twice a day | 7", CIPRO, "Halve"),
    ],
)  # fmt: skip
def test_held_back_in_a_document(question: str, text: str, changes: dict[str, Any], why: str) -> None:
    passed, detail = checked(question, text, **changes)
    assert not passed
    assert why in detail


@pytest.mark.parametrize(
    ("question", "text", "changes"),
    [
        ("Amoxicillin for a 7-year-old?", "5 to 11 years | 500 mg", {}),
        ("Amoxicillin dose with eGFR 55?", USUAL, {}),
        ("Amoxicillin dose with eGFR 20?", RENAL, {}),
        ("Amoxicillin dose?", USUAL, {}),
        ("", "1 to 4 years | 250 mg", {}),
        ("Gentamicin dose in renal impairment?", IN_RENAL, LEVEL),
        ("Gentamicin dose for an adult?", "The usual dose of gentamicin is 5 mg/kg once a day.", {}),
        ("Nitrofurantoin for a woman: how many days?", WOMEN, {}),
        ("Nitrofurantoin for a man: how many days?", "Men are treated for 7 days.", {}),
        ("Ciprofloxacin dose for pyelonephritis?", "Pyelonephritis | 500 mg twice a day | 7", {}),
        ("Ciprofloxacin dose?", "Pyelonephritis | 500 mg twice a day | 7", {}),
        ("Cefalexin dose in renal impairment?", "Cefalexin 500 mg twice a day.", {}),
        ("Cefalexin dose in pregnancy?", "Cefalexin 500 mg twice a day.", {}),
    ],
)  # fmt: skip
def test_not_held_back_in_a_document(question: str, text: str, changes: dict[str, Any]) -> None:
    assert checked(question, text, **changes) == (True, "")


def test_no_drug_rules_another() -> None:
    """Below gentamicin's heading "renal impairment" is not amoxicillin's."""
    assert checked("Gentamicin dose with eGFR 20 of an adult?", IN_RENAL, **LEVEL)[0]
    passed, detail = checked(
        "Gentamicin dose with eGFR 20?", "The usual dose of gentamicin is 5 mg/kg once a day."
    )
    assert not passed
    assert "500 mg" not in detail


def test_one_part_of_a_sentence_may_be_for_the_rest() -> None:
    both = "Artesunate 2.4 mg/kg at 0 and 12 hours; children below 20 kg get 3 mg/kg."
    quote = quote_of(both)
    for question in ("Artesunate dose for a child of 30 kg?", "Artesunate dose for a child of 12 kg?"):
        given = CheckInput(question, both, (quote,), (), Library(document_of(both)))
        assert Case()(given).passed


SHARE = "The prevalence was 23.4% in adults ages 18–39 and 52.5% for ages 40–59."


@pytest.mark.parametrize(
    ("question", "before", "passed"),
    [
        ("What is the prevalence in Black adults?", "", False),
        ("What is the prevalence in men?", "", False),
        ("What is the prevalence in men?", "Among men it rises with age.", True),
        ("What is the prevalence in adults?", "", True),
        ("What is the prevalence in adults aged 40 to 59?", "", True),
        ("What is the prevalence in adults aged 60 and over?", "", False),
        ("How should men be treated?", "", True),
    ],
)
def test_a_share_is_said_of_those_asked_about(question: str, before: str, passed: bool) -> None:
    quote = quote_of(SHARE)
    item = Evidence(id="1.1", score=0.9, quote=quote, passage_id="p", before=before)
    given = CheckInput(question, SHARE, (quote,), (item,), Library(document_of(SHARE)))
    assert Case()(given).passed is passed


@pytest.mark.parametrize(
    ("question", "claim", "forbids"),
    [
        ("Nitrofurantoin dose at 39 weeks of pregnancy?", "At term in pregnancy it is avoided.", True),
        (
            "Nitrofurantoin dose with an eGFR of 30?",
            "It must not be given when the eGFR is below 45 mL/min.",
            True,
        ),
        (
            "Nitrofurantoin dose with an eGFR of 60?",
            "It must not be given when the eGFR is below 45 mL/min.",
            False,
        ),
        ("Nitrofurantoin dose?", "At term in pregnancy it is avoided.", False),
        ("Nitrofurantoin dose in pregnancy?", "In pregnancy it is given for 7 days.", False),
    ],
)
def test_what_forbids_it_for_those_asked_about(question: str, claim: str, forbids: bool) -> None:
    given = CheckInput(question, claim, (quote_of(claim),), (), Library(document_of(claim)))
    assert forbids_for_asked(given) is forbids
