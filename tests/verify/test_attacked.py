"""Wrong claims that were released once, by hand: none may pass the rules and the wording again."""

from __future__ import annotations

import pytest
from damage_cases import faults

from rag.verify.statement import unaccounted

WRONG = [
    ("Hepatitis A vaccine is given at birth.", "Hepatitis B vaccine is given at birth."),
    ("Group A streptococcus is screened for in pregnancy.", "Group B streptococcus is screened for in pregnancy."),
    ("Haemophilia A is treated with factor IX.", "Haemophilia B is treated with factor IX."),
    ("Phase I trials showed benefit.", "Phase III trials showed benefit."),
    ("S. pneumoniae carriage does not need treatment.", "M. pneumoniae carriage does not need treatment."),
    ("Refer urgently when vision is lost gradually.", "Refer urgently when vision is lost suddenly."),
    ("The drug is excreted by the liver.", "The drug is excreted by the kidney."),
    ("Metformin can be given.", "Metformin can be given when eGFR is above 45."),
    ("Aspirin is safe in pregnancy.", "Some believe that aspirin is safe in pregnancy."),
    ("Routine screening is recommended.", "Routine screening is recommended (withdrawn by Smith et al., 2019)."),
    ("Morphine reverses naloxone.", "Morphine is reversed by naloxone."),
    ("Molecular heterogeneity leads to differential processing.", "Differential processing results in molecular heterogeneity."),
    ("All patients should receive vincristine.", "ALL patients should receive vincristine."),
    ("Give 5 MU of benzylpenicillin.", "Give 5 mU of benzylpenicillin."),
]  # fmt: skip
FAIR = [
    ("Hepatitis B is common here.", "Hepatitis A and B are common here."),
    ("Mortality was reduced in the metformin group.", "Metformin reduced mortality."),
    ("The risk of stroke increased with age.", "Age increased the risk of stroke."),
    ("Naloxone reverses morphine.", "Morphine is reversed by naloxone."),
    ("If the eGFR is above 45, metformin can be given.", "Metformin can be given when eGFR is above 45."),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quote"), WRONG)
def test_refused_by_rule(claim: str, quote: str) -> None:
    assert faults(claim, quote) or unaccounted(claim, [quote])


@pytest.mark.parametrize(("claim", "quote"), FAIR)
def test_no_rule_is_against(claim: str, quote: str) -> None:
    assert not faults(claim, quote)
