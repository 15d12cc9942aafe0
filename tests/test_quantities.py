"""Ways of writing one quantity are equal; different quantities never are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.quantities import Quantity, identifiers, read

SAME = [
    ("30 mL/kg", "30 ml / kg", "30 ml per kg", "30ml/kg", "30 millilitres per kilogram"),
    ("10–15 mg/kg/day", "10-15 mg/kg per day", "10 to 15 mg per kg per day", "between 10 and 15 mg/kg/day", "10—15 mg / kg / day"),
    ("twice daily", "bid", "two times a day", "2 times daily", "twice a day", "b.i.d.", "BD", "twice per day"),
    ("three times a day", "TID", "tds", "3 times per day", "3x/day", "thrice daily"),
    ("every 4 hours", "q4h", "every four hours", "4-hourly"),
    ("every 4–6 hours", "q4-6h", "every 4 to 6 hours"),
    ("≥140 mmHg", "at least 140 mm Hg", "140 mmHg or more", "140 mmHg or above", ">= 140 mmHg", "no less than 140 mmHg",
     "greater than or equal to 140 mmHg", "140 millimetres of mercury or higher"),
    ("<5 g", "less than 5 g", "under 5 grams", "below 5 g"),
    ("≤ 90 mmHg", "at most 90 mmHg", "no more than 90 mmHg", "up to 90 mmHg", "90 mmHg or less", "not exceeding 90 mmHg"),
    ("> 3 months", "more than 3 months", "over three months", "longer than 3 months"),
    ("four weeks", "4 weeks", "4-week", "4 wk"),
    ("250 mcg", "250 µg", "250 μg", "250 micrograms", "250 ug"),
    ("10 %", "10 percent", "10%", "10 per cent", "ten percent"),
    ("1,000 mg", "1000 mg", "1 000 mg", "1\u00a0000 mg", "1\u2009000mg"),
    ("1.5 mg", "1.5mg", "1·5 mg", "１.５ mg"),
    ("0.5 mg", ".5 mg"), ("10 mg", "١٠ mg", "ten mg"),
    ("½ tablet", "0.5 tablet"), ("1½ tablets", "1.5 tablets"),
    ("30 kg/m²", "30 kg/m2"), ("T-score −2.5", "T-score -2.5"),
    ("10% per month", "10% monthly", "10 percent a month", "10%/month"),
    ("six-year-old", "6 years old", "6-year-old"), ("every other day", "every 2 days", "alternate days"),
    ("50 MME/day", "50 morphine milligram equivalents per day", "50 MME per day", "50 MME/d"),
    ("twenty-five mg", "25 mg"), ("2 hundred mg", "2 hundred mg"), ("two hundred people", "200 people"),
]  # fmt: skip
DIFFERENT = [
    ("5 mg", "5 mcg"), ("5 mg", "5 mL"), ("5 mg", "5 %"), ("5 mg", "5 mg/kg"), ("5 mg/day", "5 mg per dose"), ("5 mg", "50 mg"),
    ("0.5 mg", "5 mg"), ("1.5", "15"), ("5-10 mg", "5 mg"), ("≥5", "5"), ("≥5", ">5"), ("<5", "≤5"), ("≥5", "≤5"),
    ("4 weeks", "4 days"), ("4 weeks", "every 4 weeks"), ("twice daily", "twice weekly"), ("bid", "tid"), ("q4h", "q6h"),
    ("−2.5", "2.5"), ("1,000", "1"), ("10^9", "10"), ("mg/dL 5 mmol/L", "5 mg/dL"), ("5 IU", "5 mg"), ("daily", "weekly"),
    ("10 mg/kg/day", "10 mg/kg/dose"), ("1/2", "12"), ("10–15 mg", "10 mg, 15 mg"),
]  # fmt: skip


def meaning(quantity: Quantity) -> tuple[object, ...]:
    return quantity.low, quantity.high, quantity.unit, quantity.per, quantity.comparator


def meanings(text: str) -> list[tuple[object, ...]]:
    return [meaning(quantity) for quantity in read(text)]


@pytest.mark.parametrize("forms", SAME, ids=lambda forms: forms[0])
def test_one_quantity_in_many_forms(forms: tuple[str, ...]) -> None:
    assert len(meanings(forms[0])) >= 1
    for form in forms[1:]:
        assert meanings(form) == meanings(forms[0]), form


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_quantities_differ(one: str, other: str) -> None:
    assert meanings(one) != meanings(other)


def test_numbers_that_are_no_quantities() -> None:
    assert read("COVID-19, SARS-CoV-2, CE3b, FFP2, N95, A1C, type-2") == ()
    assert [q.mark for q in read("as shown (12, 13) and [4]")] == [True, True, True]
    assert meanings("prediabetes1 from 100 mg/dL2") == meanings("prediabetes from 100 mg/dL")
    assert meanings("one of the drugs") == []


def test_shared_units() -> None:
    assert meanings("5, 10 or 15 mg") == meanings("5 mg, 10 mg or 15 mg")
    assert [q.unit for q in read("BP 140/90 mmHg")] == ["mmhg", "mmhg"]


def test_superscripts_are_powers_areas_or_marks() -> None:
    assert [q.low for q in read("4 × 10⁹/L")][:1] == [Decimal(4)]
    assert meanings("126 mg/dL²") == meanings("126 mg/dL")
    assert meanings("5 days¹²") == meanings("5 days")


def test_identifiers() -> None:
    assert identifiers("CE3b and A1C, FFP-2") == ("ce3b", "a1c", "ffp2")
    assert identifiers("5mg q4h every 2h") == ()
    assert identifiers("a second-line drug, then 1st-line") == ("line 2", "line 1")


values = st.decimals(min_value=0, max_value=99999, places=2, allow_nan=False).map(
    lambda d: format(d.normalize(), "f")
)
units = st.sampled_from(
    ["mg", "mL", "g", "mcg", "%", "mmHg", "days", "mg/kg", "mg/kg/day", "MME/day", "weeks", "IU"]
)


@settings(deadline=None)
@given(values, units)
def test_value_and_unit_survive(value: str, unit: str) -> None:
    (quantity,) = read(f"Give {value} {unit} now.")
    assert quantity.low == quantity.high == Decimal(value)
    assert meaning(quantity) == meaning(read(f"{value}{unit}")[0])


@settings(deadline=None)
@given(values, values, units)
def test_two_values_are_told_apart(one: str, other: str, unit: str) -> None:
    assert (meanings(f"{one} {unit}") == meanings(f"{other} {unit}")) == (Decimal(one) == Decimal(other))


@settings(deadline=None)
@given(values, units, units)
def test_two_units_are_told_apart(value: str, one: str, other: str) -> None:
    assert (meanings(f"{value} {one}") == meanings(f"{value} {other}")) == (one == other)


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(1, 500), units)
def test_a_range_is_read_alike_in_all_forms(low: int, more: int, unit: str) -> None:
    high = low + more
    forms = (
        f"{low}-{high} {unit}",
        f"{low} to {high} {unit}",
        f"between {low} and {high} {unit}",
        f"{low}–{high} {unit}",
    )
    assert {tuple(meanings(form)) for form in forms} == {tuple(meanings(forms[0]))}
    assert read(forms[0])[0].is_range


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for quantity in read(text):
        assert quantity.low <= quantity.high
        assert 0 <= quantity.start <= quantity.end
