"""A claim adds something; it is no question and no order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.ports import CheckInput
from rag.verify.asked import is_yes_no
from rag.verify.restatement import Restatement

Build = Callable[..., CheckInput]
check = Restatement()

WRONG = [
    ("Start Zeki Aydin on ramipril 5 mg OD today.", "Start Zeki Aydin on ramipril 5 mg OD today and check his potassium next week.", "Ramipril is given at 5 mg OD."),
    ("The guideline gives the starting dose of losartan.", "What starting dose of losartan does the guideline give?", "x"),
    ("What is the dose?", "Which dose is given?", "x"), ("Laxatives must be given alongside a codeine script.", "Who must be given laxatives alongside a codeine script?", "x"),
    ("It is.", "Is it?", "x"), ("", "Is it?", "x"), ("...", "Is it?", "x"), ("MME multiplier for hydromorphone.", "MME multiplier for hydromorphone vs oxycodone, please.", "x"),
    ("Give MRN 004417 amlodipine 5 mg.", "Dose?", "Amlodipine 5 mg."), ("Prescribe Jane Miller 10 mg of amlodipine daily.", "Dose?", "Amlodipine 10 mg daily."),
    ("The guideline does not specify the dose of lithium in mania.", "What is the dose of lithium in mania?", "x"),
    ("Contraindications of primaquine.", "Primaquine contraindications?", "x"), ("Screening by strong or weak recommendation.", "Screening: strong or weak recommendation?", "x"),
    ("The prevalence remains above the goal to lower blood pressure to", "What is the prevalence?", "x"),
    ("Give 5 mg of losartan, unless", "Dose of losartan?", "x"),
    ("The cut-off for GDM on the OGTT.", "Cut-off on the OGTT for gestational diabetes?", "x"),
]  # fmt: skip
RIGHT = [
    ("The dose is 5 mg.", "What is the dose?", "x"), ("No, room air cleaners are not advised.", "Does WHO back room air cleaners?", "x"),
    ("Metformin should not be stopped.", "Should metformin be held for the scan?", "x"), ("WHO recommends treatment at 130–139 mmHg.", "Does WHO want treatment?", "x"),
    ("Yes, UV fixtures are recommended in clinics.", "Are UV fixtures recommended in clinics?", "x"), ("Start treatment with albendazole before PAIR.", "Which drug first?", "x"),
    ("Antibiotics are not recommended for bronchitis.", "Which antibiotics are recommended first for bronchitis?", "x"),
    ("Screening is a weak recommendation.", "Screening: strong or weak recommendation?", "x"), ("Statins should be given in dialysis.", "Statins in dialysis?", "x"),
    ("Nifedipine can be used in breastfeeding.", "The guideline bans nifedipine in breastfeeding, so what instead?", "x"),
    ("Refer to a tier 4 centre.", "Where can it be done?", "x"), ("Give Vitamin K slowly.", "What if bleeding?", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "question", "quote"), WRONG)
def test_refused(given: Build, claim: str, question: str, quote: str) -> None:
    assert not check(given(claim, quote, question=question)).passed


@pytest.mark.parametrize(("claim", "question", "quote"), RIGHT)
def test_passed(given: Build, claim: str, question: str, quote: str) -> None:
    result = check(given(claim, quote, question=question))
    assert result.passed, result.detail


def test_yes_no_questions() -> None:
    assert is_yes_no("Does WHO back them?")
    assert is_yes_no("OUD patient on clonazepam. Should buprenorphine be held?")
    assert is_yes_no("I divide by the factor, correct?")
    assert not is_yes_no("Which drugs are first-line?")
    assert not is_yes_no("MME factor for hydromorphone, please.")
