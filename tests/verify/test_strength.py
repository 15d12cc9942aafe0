"""Strength, modality and certainty stay what the quotes say of this very thing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.ports import CheckInput
from rag.verify.strength import Strength

Build = Callable[..., CheckInput]
check = Strength()

WRONG = [
    ("WHO recommends screening.", "WHO suggests screening."), ("Clinicians must taper.", "Clinicians may taper."),
    ("The drug should be given.", "The drug may be given."), ("This is a strong recommendation.", "This is a conditional recommendation."),
    ("This is a conditional recommendation.", "WHO recommends this strongly: a strong recommendation."),
    ("It rests on high-certainty evidence.", "It rests on low-certainty evidence."),
    ("A strong recommendation with high certainty.", "Use the fixtures (conditional recommendation)."),
    ("The certainty of evidence is moderate.", "The certainty of the evidence is very low."),
    # both words of strength are in the quotes, but not for this
    ("Clinicians should taper slowly and must offer naloxone.", "Clinicians should taper slowly and may offer naloxone."),
    ("Zinc may be given and iron must be stopped.", "Zinc must be given and iron may be stopped."),
    ("The panel suggests masks and recommends gowns.", "The panel recommends masks and suggests gowns."),
    ("WHO suggests treatment.", "WHO recommends treatment."), ("The dose may be reduced.", "The dose should be reduced."),
    ("Treatment must be started.", "Starting treatment should be considered."), ("Gloves may be worn.", "Gloves must be worn."),
    ("There is strong evidence of benefit.", "There is limited evidence of benefit."), ("Evidence is sufficient.", "Evidence is insufficient."),
]  # fmt: skip

RIGHT = [
    ("Gloves can be worn.", "Gloves may be worn."), ("Gloves should be worn.", "It is recommended that gloves be worn."), ("Gloves should be worn.", "Gloves must be worn."),
    ("Treatment is given early.", "Treatment should be given early."), ("The data suggest a benefit.", "The data suggest a benefit."),
    ("It started in May 2020.", "It may have started in May 2020."), ("We recommend masks.", "WHO recommends masks and may suggest gowns."),
    ("A conditional recommendation based on very low certainty.", "(Conditional recommendation, very low certainty in the estimates of effects.)"),
    ("The evidence is weak.", "The evidence, though weak, favours it."), ("Considering it is advised.", "It should be considered."), ("", "It must be done."),
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


@pytest.mark.parametrize("sentence", sorted({quote for _, quote in (*WRONG, *RIGHT)}))
def test_a_sentence_agrees_with_itself(given: Build, sentence: str) -> None:
    assert check(given(sentence, sentence)).passed
