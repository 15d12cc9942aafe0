"""What the quotes say of one dose, drug or condition is not passed on to another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.ports import CheckInput
from rag.verify.numbers import Numbers

Build = Callable[..., CheckInput]
check = Numbers()

ENOXAPARIN = "Enoxaparin 1 mg/kg twice daily; once daily in renal failure."
ZINC = "Zinc 20 mg daily; 10 mg daily under 6 months."
GENTAMICIN = "Gentamicin 7.5 mg/kg in children and 5 mg/kg in adults."
METHOTREXATE = "Methotrexate 10 mg once a week and folic acid 5 mg once a day."
ANAEMIA = "Anaemia is below 110 g/L in the first and third trimester, below 105 g/L in the second."
PREDNISOLONE = (
    "Prednisolone 40 mg daily for 5 days in adults, whereas children receive 1 mg/kg daily for 3 days."
)
LABETALOL = "Labetalol is the drug of choice in pregnancy; enalapril is contraindicated."
APIXABAN = "Apixaban 10 mg twice daily for 7 days, then 5 mg twice daily for 3 months."
ADRENALINE = "Adrenaline 0.15 mg in infants, 0.3 mg in older children, 0.5 mg in adults."
METFORMIN = "Metformin is halved below 45 mL/min and stopped below 30 mL/min."
STEPS = "Start with 5 mg and increase to 10 mg."

WRONG = [
    ("Gentamicin in adults is 7.5 mg/kg.", [GENTAMICIN]), ("Children receive gentamicin 5 mg/kg.", [GENTAMICIN]),
    ("Methotrexate 10 mg once a day.", [METHOTREXATE]), ("Folic acid 5 mg once a week.", [METHOTREXATE]),
    ("Hydrocortisone 200 mg every 6 hours.", ["Daily dose 200 mg.", "Hydrocortisone 50 mg every 6 hours."]),
    ("Enalapril is the drug of choice in pregnancy.", [LABETALOL]),
    ("Second trimester: below 110 g/L.", [ANAEMIA]), ("First trimester: below 105 g/L.", [ANAEMIA]),
    ("Adrenaline 0.5 mg intravenously.", ["Adrenaline 0.5 mg intramuscularly."]), ("Give ondansetron by mouth.", ["Give ondansetron rectally."]),
    ("Zinc 20 mg for infants under 6 months.", [ZINC]), ("Zinc 20 mg daily for infants under 6 months.", [ZINC]),
    ("At most 4 g in 12 hours.", ["At most 4 g in 24 hours."]), ("At most 4 g in 12 hours.", ["At most 4 g in 24 hours; leave 12 hours after surgery."]),
    ("Enoxaparin 1 mg/kg twice daily in renal failure.", [ENOXAPARIN]),
    ("Give it for more than 4 hours.", ["Infuse it over 4 hours."]), ("Give 2 g for more than 15 minutes.", ["Give 2 g over 15 minutes."]),
    ("Prednisolone 40 mg daily for 3 days.", [PREDNISOLONE]), ("Children receive prednisolone 40 mg daily.", [PREDNISOLONE]),
    ("Apixaban 10 mg twice daily for 3 months.", [APIXABAN]), ("Apixaban 5 mg twice daily for 7 days.", [APIXABAN]),
    ("Infants get adrenaline 0.3 mg.", [ADRENALINE]), ("Metformin is stopped below 45 mL/min.", [METFORMIN]), ("Start with 10 mg.", [STEPS]),
    ("Pregnant women take 400 mcg of folic acid.", ["Folic acid 5 mg in pregnant women with diabetes; other women 400 mcg."]),
    ("In sepsis give 1 g.", ["Give 1 g in cystitis, 2 g in sepsis."]),
]  # fmt: skip

RIGHT = [
    ("Gentamicin in adults is 5 mg/kg.", [GENTAMICIN]), ("Children receive gentamicin 7.5 mg/kg.", [GENTAMICIN]),
    ("Methotrexate 10 mg once weekly.", [METHOTREXATE]), ("Folic acid is given as 5 mg once a day.", [METHOTREXATE]),
    ("Hydrocortisone 50 mg every 6 hours, a daily dose of 200 mg.", ["Daily dose 200 mg.", "Hydrocortisone 50 mg every 6 hours."]),
    ("Labetalol is the drug of choice in pregnancy.", [LABETALOL]), ("Enalapril is contraindicated in pregnancy.", [LABETALOL]),
    ("In the second trimester anaemia is below 105 g/L.", [ANAEMIA]), ("In the third trimester anaemia is below 110 g/L.", [ANAEMIA]),
    ("Inject 0.5 mg of adrenaline IM.", ["Adrenaline 0.5 mg intramuscularly."]),
    ("Under 6 months zinc is 10 mg daily.", [ZINC]), ("Zinc is 20 mg daily.", [ZINC]), ("Enoxaparin is 1 mg/kg twice daily.", [ENOXAPARIN]),
    ("The infusion takes 15 minutes.", ["Infuse it over 15 minutes."]), ("It is given in 15 minutes.", ["Give 2 g over 15 minutes."]),
    ("Give 2 g over 15 minutes.", ["2 g IV over 15 minutes."]), ("Fever of more than 3 days.", ["Fever lasting over 3 days."]),
    ("Apixaban 5 mg twice daily for 3 months.", [APIXABAN]), ("Apixaban 10 mg is taken twice daily for the first 7 days.", [APIXABAN]),
    ("Infants get adrenaline 0.15 mg.", [ADRENALINE]), ("Metformin is stopped below 30 mL/min.", [METFORMIN]),
    ("Start with 5 mg.", [STEPS]), ("Increase it to 10 mg.", [STEPS]), ("After a start with 5 mg, the dose may be increased to 10 mg.", [STEPS]),
    ("In adults prednisolone is 40 mg daily for 5 days.", [PREDNISOLONE]), ("In sepsis give 2 g.", ["Give 1 g in cystitis, 2 g in sepsis."]),
    ("Amlodipine may be raised to 10 mg daily in adults.", ["In adults start amlodipine at 5 mg daily, and raise it to 10 mg."]),
    ("At most 10 mg daily.", ["Give 5 mg daily (at most 10 mg)."]), ("Give 20 mg daily.", ["Give 5 mg, 10 mg or 20 mg daily."]),
    ("Children with diarrhoea receive zinc 20 mg daily.", ["Give zinc 20 mg daily (10 mg under 6 months) to children with diarrhoea."]),
    ("Adults: 500 mg twice daily for 7 days.", ["Adults receive 500 mg twice daily.", "Treat for 7 days."]),
    *((quote, [quote]) for quote in (GENTAMICIN, METHOTREXATE, ANAEMIA, ZINC, ENOXAPARIN, PREDNISOLONE, LABETALOL)),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quotes"), WRONG)
def test_refused(given: Build, claim: str, quotes: list[str]) -> None:
    assert not check(given(claim, *quotes)).passed


@pytest.mark.parametrize(("claim", "quotes"), RIGHT)
def test_passed(given: Build, claim: str, quotes: list[str]) -> None:
    result = check(given(claim, *quotes))
    assert result.passed, result.detail
