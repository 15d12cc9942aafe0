"""What is missing is said, and nothing is called missing without need."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.datatypes import Claim, Quote
from rag.verify.completeness import missing

Q = Callable[..., Quote]


@pytest.mark.parametrize(
    ("question", "claims", "expected"),
    [
        ("How soon is the INR due after warfarin, and how often once stable?", ["The first INR is taken after 3 days."], ("no figure for 'how often once stable'",)),
        ("How soon is the INR due after warfarin, and how often once stable?", ["After 3 days.", "Every 4–8 weeks when stable."], ()),
        ("MME multiplier for hydromorphone vs oxycodone?", ["Hydromorphone has the factor 5."], ("nothing on oxycodone",)),
        ("MME multiplier for hydromorphone vs oxycodone?", ["Hydromorphone has 5, oxycodone 1.5."], ()),
        ("Which drugs are first-line?", ["Thiazides."], ()), ("What is the dose and how is it given?", ["5 mg by mouth."], ()),
        ("How many days, and how many times a day?", ["For 7 days twice daily."], ()), ("How long?", [], ()),
        ("What is the loading dose of phenytoin, and how often are levels checked?", ["The loading dose is 20 mg/kg."], ("no figure for 'how often are levels checked'",)),
        ("What is the loading dose of phenytoin, and how often are levels checked?", ["The loading dose is 20 mg/kg.", "Levels are checked every 6 months."], ()),
        ("At what INR do I give vitamin K, and which route?", ["Above an INR of 8."], ()), ("Apixaban or warfarin in dialysis?", ["Warfarin is avoided."], ("nothing on apixaban",)),
        ("Steroids in croup: dose, route and repeat?", ["Dexamethasone 0.15 mg/kg by mouth."], ()),
        ("58M on lisinopril and aspirin. What is the target?", ["The target is 130 mmHg."], ()),
    ],
)  # fmt: skip
def test_missing(quote: Q, question: str, claims: list[str], expected: tuple[str, ...]) -> None:
    assert missing(question, [Claim(text=text, quotes=(quote(text),)) for text in claims]) == expected
