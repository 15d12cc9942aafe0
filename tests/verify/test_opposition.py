"""A sentence speaks against a statement only about the same thing, and in one of the ways known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.datatypes import Quote
from rag.verify.opposition import opposition

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
    ],
)  # fmt: skip
def test_not_against(statement: str, quoted: str, quote: Callable[..., Quote]) -> None:
    found = opposition(statement, quote(quoted))
    assert found.strength < AGAINST, found
