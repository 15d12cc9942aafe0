"""Measured values are read with what they measure, and only where they are not aimed at or given."""

from __future__ import annotations

import pytest

from rag.laboratory import measured, measured_in_column
from rag.patient import apart, patient_of, patient_of_row
from rag.quantities import normalise
from rag.text import fold


def values(text: str) -> list[tuple[str, float, float, str]]:
    found = measured(normalise(fold(text)))
    return [(name, float(q.low), float(q.high), q.comparator) for name, q in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Creatinine is above 200 micromol/L", ("creatinine", 200, 200, ">")),
        ("a creatinine of 260", ("creatinine", 260, 260, "")),
        ("creatinine 2.5 mg/dL", ("creatinine", 221, 221, "")),
        ("creatinine 2.5", ("creatinine", 221, 221, "")),
        ("bilirubin above 85", ("bilirubin", 85, 85, ">")),
        ("potassium 6.2", ("potassium", 6.2, 6.2, "")),
        ("Hb 65 g/L", ("haemoglobin", 65, 65, "")),
        ("Hb 8.5", ("haemoglobin", 85, 85, "")),
        ("haemoglobin is 70 to 99 g/L", ("haemoglobin", 70, 99, "")),
        ("BSA of 1.7 m²", ("body surface", 1.7, 1.7, "")),
        ("BMI 30 kg/m² or more", ("body mass index", 30, 30, ">=")),
        ("QTc above 450 ms", ("QTc", 450, 450, ">")),
        ("CD4 count below 200", ("CD4 count", 200, 200, "<")),
        ("platelets below 50,000/mm3", ("platelets", 50, 50, "<")),
        ("platelets 80 x 10^9/L", ("platelets", 80, 80, "")),
        ("neutrophils above 500", ("neutrophils", 0.5, 0.5, ">")),
        ("INR 2 to 3", ("INR", 2, 3, "")),
        ("Child-Pugh class B", ("Child-Pugh class", 2, 2, "")),
        ("Child-Pugh A or B", ("Child-Pugh class", 1, 2, "")),
        ("Child-Pugh A, B and C", ("Child-Pugh class", 1, 3, "")),
        ("NYHA III-IV", ("NYHA class", 3, 4, "")),
    ],
)  # fmt: skip
def test_measured(text: str, expected: tuple[str, float, float, str]) -> None:
    assert values(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "keep potassium above 4 mmol/L", "aim for an INR of 2 to 3", "target haemoglobin of 100 g/L", "Give potassium 40 mmol a day", "Give potassium 20 to 40 mmol every 4 hours",
        "potassium 10-20 mmol/hour", "magnesium 2 to 4 g", "creatinine clearance 40", "130 mmHg", "iron and calcium", "check INR at 3 months", "potassium 3 times daily",
        "creatinine 2 x ULN", "creatinine rise of 30%", "stop if potassium is above 5 mmol/L", "restart when INR is below 5", "HbA1c 53 mmol/mol", "Hb 5 mmol/L",
    ],
)  # fmt: skip
def test_aimed_at_given_or_unknown(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("serum creatinine", "up to 60 micromol/l", [("creatinine", "<=")]),
        ("bsa (m2)", "1.67 to 1.78", [("body surface", "")]),
        ("target inr", "2 to 3", []),
        ("dose", "2 to 3", []),
    ],
)
def test_in_a_column(column: str, cell: str, expected: list[tuple[str, str]]) -> None:
    assert [(name, q.comparator) for name, q in measured_in_column(column, cell)] == expected


@pytest.mark.parametrize(
    ("asked", "stated", "of"),
    [
        ("Infusion rate when creatinine is 260?", "Halve it when creatinine is above 200 micromol/L.", ""),
        (
            "Infusion rate when creatinine is 160?",
            "Halve it when creatinine is above 200 micromol/L.",
            "creatinine",
        ),
        (
            "Infusion rate at a creatinine of 2 mg/dL?",
            "Halve it when creatinine is above 200 micromol/L.",
            "creatinine",
        ),
        ("Sorafenib in Child-Pugh B?", "Child-Pugh class C: not given.", "Child-Pugh class"),
        ("Fluids at a potassium of 3?", "Give potassium 20 to 40 mmol.", ""),
    ],
)
def test_values_in_one_unit_are_compared(asked: str, stated: str, of: str) -> None:
    assert apart(patient_of(asked), patient_of(stated)) == of


@pytest.mark.parametrize(("surface", "of"), [("1.7", ""), ("1.9", "body surface")])
def test_a_row_for_a_body_surface(surface: str, of: str) -> None:
    row = patient_of_row("1.67 to 1.78 | 2150 mg twice daily", "BSA (m²) | Morning and evening")
    assert apart(patient_of(f"capecitabine for a BSA of {surface}"), row) == of
