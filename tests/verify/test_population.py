"""Whom a claim speaks of is whom its quotes speak of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.ports import CheckInput
from rag.verify.population import Population

Build = Callable[..., CheckInput]
check = Population()

WRONG = [
    ("Children receive 5 mg.", "Adults receive 5 mg."), ("Women are screened.", "Men are screened."), ("It is safe in pregnancy.", "It is safe in hepatic impairment."),
    ("Reduce it in renal impairment.", "Reduce it in hepatic impairment."), ("In type 2 diabetes give X.", "In type 1 diabetes give X."),
    ("Nonpregnant women may take it.", "Pregnant women may take it."), ("Infants are vaccinated.", "Adolescents are vaccinated."), ("Outpatients are given X.", "Inpatients are given X."),
    ("Patients must wear respirators.", "Health workers must wear respirators."), ("Patients with asthma should avoid it.", "Patients with diabetes should avoid it."),
    ("HIV-positive people start it.", "HIV-negative people start it."), ("Breastfeeding mothers may take it.", "Pregnant women may take it."),
    # both groups are in the quote, and one stands in the other's place
    ("Clinicians should show this to all health workers, and never decide for patients.", "Clinicians should show this to all patients, and never decide for patients."),
]  # fmt: skip

RIGHT = [
    ("Children receive 5 mg.", "Infants and older children receive 5 mg."), ("Older adults are at risk.", "Persons aged 70 years are at risk."), ("Adults receive 5 mg.", "Give 5 mg."),
    ("Women should take iron.", "Pregnant women should take iron."), ("Patients are screened.", "People are screened."), ("In CKD reduce it.", "In chronic kidney disease reduce it."),
    ("People living with human immunodeficiency virus are screened.", "People living with HIV are screened."), ("Patients with high blood pressure are treated.", "Patients with hypertension are treated."),
    ("Children under 5 are given it.", "Those aged 4 years are given it."), ("", "Adults only."),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quote"), WRONG)
def test_refused(given: Build, claim: str, quote: str) -> None:
    result = check(given(claim, quote))
    assert not result.passed
    assert result.detail


@pytest.mark.parametrize(("claim", "quote"), RIGHT)
def test_passed(given: Build, claim: str, quote: str) -> None:
    result = check(given(claim, quote))
    assert result.passed, result.detail


def test_a_heading_may_name_the_group(given: Build) -> None:
    assert not check(given("Children receive 5 mg.", "Give 5 mg.")).passed
    assert check(given("Children receive 5 mg.", "Give 5 mg.", section=("Dosing in children",))).passed
