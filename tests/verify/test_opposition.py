"""A sentence speaks against a statement only about the same thing, and in one of the ways known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.datatypes import Quote
from rag.verify.opposition import opposition
from rag.verify.subject import topic

AGAINST = 0.6


@pytest.mark.parametrize(
    ("statement", "quoted"),
    [
        ("Staff may wash masks and use them again.", "Do not wash masks for reuse."),
        ("Starches are the preferred fluid in sepsis.", "Do not use starches."),
        ("ACE inhibitors are safe in pregnancy.", "An angiotensin-converting enzyme inhibitor must not be given in pregnancy."),
        ("Drugs against vomiting are given to young children.", "Do not give antidiarrhoeal drugs or drugs against vomiting to young children."),
        ("Heparin is contraindicated in liver disease.", "Heparin is not contraindicated in liver disease."),
        ("The second dose of vaccine follows after 4 weeks.", "The second dose of vaccine follows after 8 weeks."),
        ("Review of blood pressure is every 6 weeks until the target.", "Review blood pressure every month until the target."),
        ("Praziquantel is given in cycles of 28 days on, 14 days off.", "Praziquantel should be given continuously, without interruption."),
        ("The guide sets a maximum dose of 90 mg a day.", "The doses are not intended as a rigid standard of care."),
        ("Beta-blockers are one of the first classes to use.", "Begin with one of three classes: a thiazide; an ACE inhibitor; or a calcium channel blocker."),
        ("Dialysis staff should start screening before transfer.", "Dialysis staff should start screening after transfer."),
        ("The guideline recommends starting with a long-acting insulin.", "Start with a short-acting insulin, not a long-acting or mixed one."),
        ("Antibiotics are given in viral infection.", "Antibiotics are not given at all in viral infection."),
        ("Gloves may be washed in sepsis.", "Gloves must not be washed in sepsis in all wards."),
        ("Antibiotics are recommended in sepsis.", "Antibiotics are usually not recommended in sepsis."),
        ("Dialysis staff are tested every year.", "Dialysis staff are tested every week."),
        ("Dialysis alone is recommended for poisoning.", "Dialysis alone, without an antidote, is not recommended."),
        ("Atenolol is preferred in sepsis.", "The use of atenolol is also contraindicated due to fetal growth restriction seen in trials."),
        ("An eye test is required for staff before dialysis.", "An eye test or a hearing test can show damage, but neither is required for staff."),
        ("Tests for infection must be done before dialysis.", "Tests for infection are suggested, but only where they do not delay dialysis."),
        ("Vasopressin is the first drug in sepsis.", "Use norepinephrine first."),
        ("Soap is the preferred method of washing.", "The preferred method of washing is with an alcohol rub."),
        ("Normal saline is the preferred fluid in sepsis.", "Prefer balanced crystalloids to normal saline."),
        ("Saline should be given in sepsis.", "Ringer's solution is given in preference to saline."),
        ("The dialysis time is the same for all patients.", "Dialysis time depends on the weight."),
        ("Dialysis training is repeated every five years.", "Dialysis training should be provided on entry, and repeated annually."),
        ("The target in dialysis is below 120 systolic.", "The target in dialysis is below 130 mmHg."),
        ("Treatment of sepsis can wait three days after the diagnosis.", "Treatment should begin no later than one day after the diagnosis."),
    ],
)  # fmt: skip
def test_against(statement: str, quoted: str, quote: Callable[..., Quote]) -> None:
    found = opposition(statement, quote(quoted, title="Sepsis, drugs and dialysis"))
    assert found.strength >= AGAINST, found
    assert found.detail


@pytest.mark.parametrize(
    ("statement", "quoted"),
    [
        ("Norepinephrine is used first in septic shock.", "When sepsis is possible but there is no shock, look for another cause."),
        ("Artesunate is given for 24 hours.", "If there is no artesunate, use intramuscular artemether."),
        ("Isoniazid is recommended for adults with HIV.", "Regimens with rifapentine are not recommended in pregnancy."),
        ("Iron is given at 60 mg a day.", "Give zinc at 20 mg a day."),
        ("Metformin is safe at eGFR 20.", "Do not use starches."),
        ("The target is below 130 mmHg in diabetes.", "Give 500 ml of fluid within 3 hours."),
        ("Review is monthly.", "Review every 4 weeks."),
        ("Aspirin is given to adults after a stroke.", "Do not give aspirin to children with fever."),
        ("Lisinopril is one of the first choices.", "Begin with one of three drugs: lisinopril; amlodipine; or chlortalidone."),
        ("Opioids should not be stopped suddenly.", "Do not stop opioids suddenly."),
        ("Zinc is given to every child with diarrhoea.", "Antibiotics are not for plain watery diarrhoea in a child."),
        ("Smoking raises haemoglobin.", "The haemoglobin values are for people who do not smoke."),
        ("Norepinephrine is used first in septic shock.", "If the pressure is still too low, add vasopressin and do not go on raising norepinephrine."),
        ("Review every month until the target is reached.", "If the target is not reached within 1 month, raise the dose."),
        ("A target is recommended in cardiovascular disease.", "People at risk do not require cardiovascular (CVD) risk assessment."),
        ("Do not use ramipril and losartan together.", "Begin with ramipril or losartan."),
        ("Naloxone must be offered.", "Vaccination is optional."),
        ("Norepinephrine is used first in septic shock.", "Give vasopressin in the first hour."),
        ("Balanced crystalloids are preferred in sepsis.", "Prefer balanced crystalloids to normal saline."),
        ("Normal saline should not be given in sepsis.", "Prefer balanced crystalloids to normal saline."),
        ("Give artesunate for at least 24 hours.", "Give artesunate for at least 24 hours, then an ACT for 3 days."),
        ("For children of 10 kg zinc is given.", "For children of 20 kg zinc is given."),
        ("Opioids must not be required to be stopped in nonopioid therapy.", "The advice on opioids and nonopioid therapy is not intended as an inflexible standard of care."),
        ("Patients on opioids for pain are seen every 2 weeks.", "Give patients on opioids for pain a tablet every 4 hours."),
        ("Dialysis is a home treatment.", "Home dialysis may not be suitable for all patients."),
        ("The booklet limits adults to three eggs a week.", "The advice on staff is not meant as a rigid rule for adults in a week."),
        ("Labetalol is preferred in sepsis.", "Preferred in sepsis is one of the following: fluid, oxygen, or both."),
    ],
)  # fmt: skip
def test_not_against(statement: str, quoted: str, quote: Callable[..., Quote]) -> None:
    found = opposition(statement, quote(quoted))
    assert found.strength < AGAINST, found


def test_what_often_does_not_happen_denies_nothing(quote: Callable[..., Quote]) -> None:
    said = "Methadone for opioid use disorder must be dispensed by a program."
    held = "Need in a community is often not met by capacity to provide buprenorphine or methadone."
    headed = {"section": ("Opioid use disorder",)}
    assert opposition(said, quote(held, **headed)).strength < AGAINST
    assert opposition(said, quote(held.replace("often ", ""), **headed)).strength >= AGAINST


def test_a_sentence_that_refers_back_is_read_with_the_one_before(quote: Callable[..., Quote]) -> None:
    said, before = quote("They must not be combined with nevirapine."), "Rifampicin and rifapentine are fast."
    statement = "Rifapentine can be combined with nevirapine."
    assert opposition(statement, said, before).strength >= AGAINST
    assert opposition("Isoniazid can be combined with pyridoxine.", said, before).strength < AGAINST


@pytest.mark.parametrize(
    ("statement", "about"),
    [
        ("The sepsis guideline allows the qSOFA score as the only tool.", "the qSOFA score"),
        ("Zinc is given to every child.", "Zinc"),
        ("WHO recommends starting with an opioid in pain.", "an opioid"),
    ],
)
def test_topic(statement: str, about: str) -> None:
    assert topic(statement).strip() == about


def test_no_rigid_rule_is_set_only_by_a_source_of_the_same_name_or_subject(
    quote: Callable[..., Quote],
) -> None:
    said = "Recommendations on dosages are not intended as a rigid standard."
    statement = "CDC caps outpatients at 90 mg a day."
    assert opposition(statement, quote(said, title="CDC guideline")).strength >= AGAINST
    assert opposition(statement, quote(said, title="Gout")).strength < AGAINST


def test_no_denial_of_one_drug_or_for_other_people_denies_the_whole(quote: Callable[..., Quote]) -> None:
    statement = "Beta-blockers are recommended in hypertension."
    one, all_of_them = (
        "The beta-blocker atenolol is contraindicated.",
        "Beta-blockers are contraindicated in hypertension.",
    )
    assert opposition(statement, quote(one, title="Hypertension")).strength < AGAINST
    assert opposition(statement, quote(all_of_them)).strength >= AGAINST
    assert opposition(statement, quote(all_of_them, section=("Pregnancy",))).strength < AGAINST
