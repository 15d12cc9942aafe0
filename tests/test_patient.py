"""Ages, weights, kidney function, sex and origin are read where a text speaks of people, and compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.datatypes import Quote, SentenceKind
from rag.patient import (
    Patient,
    apart,
    disjoint,
    names,
    patient_of,
    patient_of_line,
    patient_of_quote,
    patient_of_row,
)
from rag.quantities import Quantity

_YEAR = 365.25


def ages(patient: Patient) -> list[tuple[float, float, str]]:
    """In years, as whole as they were written."""
    spans = patient.spans.get("age", ())
    return [(round(float(s.low) / _YEAR, 1), round(float(s.high) / _YEAR, 1), s.comparator) for s in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What dose of amoxicillin for a 7-year-old?", [(7, 7, "")]),
        ("infant of 6 months", [(0.5, 0.5, "")]),
        ("boy aged 9", [(9, 9, "")]),
        ("58M with pneumonia", [(58, 58, "")]),
        ("a 65 yo woman", [(65, 65, "")]),
        ("My patient is 72, BP 150", [(72, 72, "")]),
        ("He is 45.", [(45, 45, "")]),
        ("Children of 2 to 5 years get 20 mg a day.", [(2, 5, "")]),
        ("Children over 5 years get 30 to 40 mg a day.", [(5, 18, "")]),
        ("children under 5", [(5, 5, "<")]),
        ("adults aged 40–59", [(40, 59, "")]),
        ("people over 65 with diabetes", [(65, 65, ">")]),
        ("adults 18 and over", [(18, 18, ">=")]),
        ("It is not given below the age of 6 months", [(0.5, 0.5, "<")]),
        ("from the age of 6 years", [(6, 6, "from")]),
        ("women 40 to 74 years", [(40, 74, "")]),
        ("in persons who are 50 or older", [(50, 50, ">=")]),
        ("a newborn of 3 days", [(0, 0, "")]),
        ("Give it to adults.", [(18, 18, ">=")]),
    ],
)  # fmt: skip
def test_ages(text: str, expected: list[tuple[float, float, str]]) -> None:
    assert ages(patient_of(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Give 500 mg for 5 days.", "over 5 years of follow-up", "My patient is 5 days post-op", "she is 39 weeks pregnant",
        "patients of 3 hospitals", "patients over 3 visits", "people with HbA1c over 9 should", "those above 140 need",
        "The lowest starting dose for naive people is 5 to 10 MME.", "In 3 days she is well", "after 3 years or more of treatment",
    ],
)  # fmt: skip
def test_no_ages(text: str) -> None:
    assert "age" not in patient_of(text).spans


@pytest.mark.parametrize(
    ("text", "measure", "low", "high", "comparator"),
    [
        ("adult weighing 42 kg", "weight", 42, 42, ""),
        ("below 20 kg", "weight", 20, 20, "<"),
        ("children 10 to 20 kg", "weight", 10, 20, ""),
        ("with an eGFR of 30?", "clearance", 30, 30, ""),
        ("eGFR 30–59 mL/min/1.73 m2: 5 mg", "clearance", 30, 59, ""),
        ("patients with CrCl < 30 ml/min", "clearance", 30, 30, "<"),
        ("With an eGFR below 30 mL/min give 500 mg", "clearance", 30, 30, "<"),
    ],
)
def test_weights_and_clearance(text: str, measure: Any, low: int, high: int, comparator: str) -> None:
    (found,) = patient_of(text).spans[measure]
    assert (found.low, found.high, found.comparator) == (Decimal(low), Decimal(high), comparator)


def test_millilitres_a_minute_are_clearance_beside_weeks_too() -> None:
    found = patient_of("In the third trimester it is contraindicated below 30 mL/min.").spans
    assert set(found) == {"gestation", "clearance"}


@pytest.mark.parametrize("text", ["Give 3 mg/kg.", "a dose of 3 mg per kg", "they lost 5 kg in a year"])
def test_no_weight(text: str) -> None:
    assert not patient_of(text).spans


@pytest.mark.parametrize(
    ("row", "header", "asked", "is_apart"),
    [
        ("1 to 4 years | 250 mg", "Table 1\nAge | Amoxicillin", "a 7-year-old", True),
        ("5 to 11 years | 250 mg", "Table 1\nAge | Amoxicillin", "a 7-year-old", False),
        ("1–4  250 mg", "Age (years)  Dose", "a 7-year-old", True),
        ("1–4  250 mg", "Age (years)  Dose", "a child of 4 years and 11 months", False),
        ("1–4  250 mg", "Age (years)  Dose", "a child of 54 months", False),
        ("5–11 |  | 250 mg", "Age (years) | Tablets | Amoxicillin", "a 40-year-old", True),
        ("1500–2500 | 5 mL", "Birth weight (g) | Dose", "a newborn of 2 kg", False),
        ("48–59 | 10 mL", "Weight (lb) | Dose", "a child of 50 kg", False),
        ("4 months | rifampicin 600 mg", "Regimen | Dose", "a 40-year-old", False),
        ("6 months to 6 years | 0.15 mL", "Age | Adrenaline", "a 4-year-old", False),
        ("6 months to 6 years | 0.15 mL", "Age | Adrenaline", "a 9-year-old", True),
        ("Adult or child over 12 years | 0.5 mL", "Age | Adrenaline", "an adult", False),
        ("10–19.9  2", "Weight (kg)  Tablets", "a child of 25 kg", True),
        ("30–59  5 mg", "eGFR (mL/min)  Dose", "eGFR 24", True),
        ("30–59  5 mg", "eGFR (mL/min)  Dose", "eGFR 44", False),
        ("under 5 kg  1 tablet", "", "a baby of 4 kg", False),
        ("6 months | BCG", "Duration | Treatment", "a 4-year-old", False),
        ("Pyelonephritis | 500 mg twice a day | 7", "Infection | Dose | Days", "a 40-year-old", False),
        ("Children | 15 mg/kg", "Group | Dose", "an adult", True),
    ],
)  # fmt: skip
def test_rows(row: str, header: str, asked: str, is_apart: bool) -> None:
    assert bool(apart(patient_of(asked), patient_of_row(row, header))) is is_apart


def test_a_line_with_cells_is_a_row() -> None:
    assert ages(patient_of_line("1 to 4 years | 250 mg")) == [(1, 4, "")]
    assert not patient_of_line("It lasts 1 to 4 years.").spans


def test_a_quote_is_for_whom_it_says_and_else_for_whom_its_heading_says() -> None:
    def quote(text: str, **changes: Any) -> Quote:
        values = {
            "document": "d",
            "document_id": "d",
            "title": "Doses",
            "page": 1,
            "section": ("Children under 5 years",),
        }
        return Quote(**(values | {"start": 0, "end": len(text), "text": text} | changes))  # fmt: skip

    assert ages(patient_of_quote(quote("Give 250 mg."))) == [(5, 5, "<")]
    assert ages(patient_of_quote(quote("Adults get 500 mg."))) == [(18, 18, ">=")]
    assert ages(patient_of_quote(quote("Give 250 mg, not in adults.", section=()))) == []
    row = quote(
        "Adults | 1 g", kind=SentenceKind.ROW, header_text="Table 2. Children and adults\nGroup | Dose"
    )
    assert ages(patient_of_quote(row)) == [(18, 18, ">=")]


@pytest.mark.parametrize(
    ("asked", "stated", "of"),
    [
        ("a man", "in women", "sex"), ("a 60M", "women", "sex"), ("a man", "in men and women", ""), ("an adult", "in women", ""),
        ("non-Hispanic Black adults", "among Hispanic adults", "ethnic group"), ("Black adults", "African American women", ""),
        ("Asian people", "white blood cells", ""),
    ],
)  # fmt: skip
def test_sex_and_origin(asked: str, stated: str, of: str) -> None:
    assert apart(patient_of(asked), patient_of(stated)) == of


def test_what_names_the_asked() -> None:
    asked = patient_of("a pregnant woman of 32 years with eGFR 25")
    assert names(asked, patient_of("In pregnancy give 30 mg.")) == {"pregnancy"}
    assert names(asked, patient_of("eGFR below 30: 5 mg")) == {"clearance", "renal impairment"}
    assert names(asked, patient_of("Give 30 mg.")) == frozenset()


_SPANS = st.builds(
    lambda low, more, sign: Quantity(Decimal(low), Decimal(low + (0 if sign else more)), "day", comparator=sign),
    st.integers(1, 30), st.integers(0, 30), st.sampled_from(["", "<", "<=", ">", ">="]),
)  # fmt: skip


@given(st.integers(1, 60), _SPANS)
def test_a_point_is_disjoint_from_what_does_not_hold_it(value: int, span: Quantity) -> None:
    point = Quantity(Decimal(value), Decimal(value), "day")
    held = {
        "": span.low <= value <= span.high, "<": value < span.low, "<=": value <= span.low,
        ">": value > span.low, ">=": value >= span.low,
    }[span.comparator]  # fmt: skip
    assert disjoint(point, span) is disjoint(span, point) is not held


def test_two_spans_that_only_touch_are_disjoint() -> None:
    assert disjoint(Quantity(Decimal(1), Decimal(4), "kg"), Quantity(Decimal(4), Decimal(8), "kg"))
    assert not disjoint(Quantity(Decimal(1), Decimal(5), "kg"), Quantity(Decimal(4), Decimal(8), "kg"))


def spans_of(text: str, measure: str) -> list[tuple[float, float, str]]:
    return [(float(s.low), float(s.high), s.comparator) for s in patient_of(text).spans.get(measure, ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 3-day-old born at 33 weeks", [(33, 33, "")]), ("born 27+4 weeks, now day of life 12", [(27, 27, "")]),
        ("All babies born before 30 weeks start caffeine.", [(30, 30, "<")]), ("babies of 30 weeks' gestation or more", [(30, 30, ">=")]),
        ("Elective caesarean at 36+2", [(36, 36, "")]), ("34+0 weeks and later: none", [(34, 34, ">=")]), ("13+0 to 17+6 weeks: 200 micrograms", [(13, 17, "")]),
        ("35 weeks, does she need magnesium?", [(35, 35, "")]), ("6 weeks after transplantation", []), ("born in 1960", []), ("born 1400 g", []),
        ("31 weeks corrected age", []), ("10+2 mg", []), ("delivered over 24 hours", []), ("after birth 20 units of oxytocin", []), ("amoxicillin+clavulanate 40+5", []), ("PEEP 10+5", []),
        ("12 weeks, sofosbuvir 400 mg", []), ("born at 34 weeks or more", [(34, 34, ">=")]), ("born after 34 weeks", [(34, 34, ">")]), ("after 34+0 weeks", [(34, 34, ">")]),
    ],
)  # fmt: skip
def test_weeks_of_gestation(text: str, expected: list[tuple[float, float, str]]) -> None:
    assert spans_of(text, "gestation") == expected


@pytest.mark.parametrize(
    "text",
    ["31 weeks corrected age", "a corrected age of 31 weeks", "PMA 31 weeks", "31 weeks postmenstrual age"],
)
def test_corrected_age_is_not_gestation_or_age(text: str) -> None:
    assert spans_of(text, "corrected age") == [(31, 31, "")]
    assert not patient_of(text).spans.keys() & {"gestation", "age"}


@pytest.mark.parametrize(
    ("text", "days"),
    [("day of life 12", 12), ("adrenaline in anaphylaxis, 14 y", 14 * 365.25), ("a child half a year old", 182.64), ("treat for 2 y", None), ("a 10 y risk", None), ("within 5 y", None), ("at least 5 y", None), ("a median of 5 y", None), ("6.3 mg/kg/day 1", None)],
)  # fmt: skip
def test_more_ways_to_tell_an_age(text: str, days: float | None) -> None:
    assert [low for low, _, _ in spans_of(text, "age")] == ([] if days is None else [days])


@pytest.mark.parametrize(
    ("asked", "stated", "of"),
    [
        ("68-year-old on haemodialysis", "CrCl 20 to 39: 4.5 g every 8 hours", "clearance"),
        ("CrCl 45", "Haemodialysis patients have 1.5 mg/kg.", "clearance"),
        ("CrCl 10", "Haemodialysis patients have 1.5 mg/kg.", ""),
        ("on haemodialysis", "Maintenance, not on dialysis: 10 mg/kg", "dialysis"),
        ("CKD 5, not on dialysis", "On haemodialysis: 0.45 micrograms/kg", "dialysis"),
        ("CrCl 45", "It is not removed by dialysis.", ""),
        *[("CrCl 45", text, "") for text in ("Refer for dialysis.", "It delays the need for dialysis.", "when preparing for dialysis", "Parkinson's disease (PD)")],
        ("10-day-old with meningitis", "• under 7 days: 50 mg/kg every 12 hours", "age"),
        ("10-day-old with meningitis", "• Day 8 to 28: 50 mg/kg every 8 hours", ""),
        ("45-year-old with cystitis", "• 3 days: nitrofurantoin", ""),
    ],
)  # fmt: skip
def test_dialysis_and_days(asked: str, stated: str, of: str) -> None:
    assert apart(patient_of(asked), patient_of(stated)) == of


def test_columns_of_newborns() -> None:
    header = "Gestation at birth | Age | IV dose"
    row = patient_of_row("23 to 29 weeks | day 8 to 28 | 4.2 mg/kg every 36 hours", header)
    assert apart(patient_of("born 27+4 weeks, now day of life 12"), row) == ""
    assert apart(patient_of("born at 33 weeks, now day of life 12"), row) == "gestation"
    assert apart(patient_of("born 27+4 weeks, now day of life 3"), row) == "age"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("G6PD deficient man", "G6PD deficiency"), ("Patients with G6PD deficiency", "G6PD deficiency"), ("allergic to penicillin", "penicillin allergy"),
        ("severe penicillin allergy", "penicillin allergy"), ("neutropenic sepsis", "neutropenia"), ("obese patients", "obesity"),
    ],
)  # fmt: skip
def test_states(text: str, state: str) -> None:
    assert state in patient_of(text).states
