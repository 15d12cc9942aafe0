"""A computed figure passes only with its arithmetic, right and from held terms; a converted one only if exact."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from rag.ports import CheckInput
from rag.verify.numbers import Numbers
from rag.verify.units import factor, is_same_kind

Build = Callable[..., CheckInput]
check = Numbers()

SHOWN = [
    ("15 mg/kg × 60 kg = 900 mg.", "Give 15 mg/kg.", "Dose for a child of 60 kg?"), ("15 mg/kg/day x 60 kg = 900 mg/day.", "15 mg/kg/day", "60 kg"),
    ("500 mg × 2 = 1 g.", "Give 2 doses of 500 mg.", ""), ("500 mg + 250 mg = 750 mg.", "First 500 mg, then 250 mg.", ""),
    ("900 mg / 3 = 300 mg.", "900 mg in 3 doses.", ""), ("10 mg - 4 mg = 6 mg.", "10 mg, then 4 mg.", ""),
    ("500 mg × 2 times a day = 1000 mg/day.", "500 mg twice a day", ""), ("15 mg/kg × 60 kg = 900 mg, so give 900 mg.", "Give 15 mg/kg.", "60 kg"),
]  # fmt: skip
NOT_SHOWN = [
    ("Give 900 mg.", "Give 15 mg/kg.", "Dose for a child of 60 kg?"), ("15 mg/kg × 60 kg = 800 mg.", "Give 15 mg/kg.", "60 kg"),
    ("15 mg/kg × 60 kg = 800 mg.", "Give 15 mg/kg, or 800 mg.", "60 kg"), ("15 mg/kg × 50 kg = 750 mg.", "Give 15 mg/kg.", "60 kg"),
    ("15 mg/kg × 60 kg = 900 mL.", "Give 15 mg/kg.", "60 kg"), ("500 mg × 3 = 1 g.", "Give 3 doses of 500 mg.", ""),
    ("10 mg / 0 = 10 mg.", "10 mg and 0", ""), ("10–20 mg × 2 = 40 mg.", "10–20 mg in 2 doses", ""),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quote", "question"), SHOWN)
def test_shown_arithmetic_passes(given: Build, claim: str, quote: str, question: str) -> None:
    result = check(given(claim, quote, question=question))
    assert result.passed, result.detail


@pytest.mark.parametrize(("claim", "quote", "question"), NOT_SHOWN)
def test_other_computed_figures_fail(given: Build, claim: str, quote: str, question: str) -> None:
    assert not check(given(claim, quote, question=question)).passed


def test_a_wrong_result_is_named(given: Build) -> None:
    found = check(given("15 mg/kg × 60 kg = 800 mg.", "Give 15 mg/kg.", question="60 kg"))
    assert found.detail == '"15 mg per kg × 60 kg = 800 mg" is wrong'


def test_a_result_in_another_unit_is_held_back_and_not_called_wrong(given: Build) -> None:
    found = check(given("2 x 100 mg = 200 mg a day.", "Give 100 mg twice a day."))
    assert not found.passed
    assert found.detail.startswith('the units of "2 × 100 mg = 200 mg per day" do not lead to its result')


@pytest.mark.parametrize(
    ("claim", "quote"),
    [("Give 0.5 g.", "Give 500 mg."), ("Give 1000 mg.", "Give 1 g."), ("Within 48 hours.", "Within 2 days."), ("At least 14 days.", "At least 2 weeks."),
     ("50 mg/L.", "5 mg/dL"), ("For 12 months.", "For 1 year.")],
)  # fmt: skip
def test_an_exact_conversion_is_the_same_quantity_and_is_told(given: Build, claim: str, quote: str) -> None:
    found = check(given(claim, quote))
    assert found.passed
    assert "equals" in found.detail


@pytest.mark.parametrize(
    ("claim", "quote"),
    [("Give 0.05 g.", "Give 500 mg."), ("Give 24 mg per day.", "Give 1 mg per hour."), ("For 1 month.", "For 4 weeks."), ("At least 0.5 g.", "At most 500 mg."),
     ("18.7 kPa.", "140 mmHg"), ("5 units.", "5 IU"), ("0.5 g daily.", "500 mg twice daily")],
)  # fmt: skip
def test_no_other_conversion_passes(given: Build, claim: str, quote: str) -> None:
    assert not check(given(claim, quote)).passed


def test_a_conversion_carries_no_figure_to_another_drug(given: Build) -> None:
    quote = "Give metformin 500 mg twice daily, or gliclazide 80 mg once daily."
    assert not check(given("Metformin 0.5 g once daily.", quote)).passed


def test_units() -> None:
    none: frozenset[str] = frozenset()
    assert factor("g", none, "mg", none) == 1000
    assert factor("mg", frozenset({"dl"}), "mg", frozenset({"l"})) == 10
    assert factor("day", none, "week", none) == Fraction(1, 7)
    assert factor("mg", none, "ml", none) is None
    assert is_same_kind("day", "month")
    assert not is_same_kind("iu", "unit")
