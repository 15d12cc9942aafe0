"""Another figure beside the quoted sentence, for the people that the question names, holds the quoted one back."""

from __future__ import annotations

import pytest

from rag.datatypes import Evidence
from rag.ports import CheckInput
from rag.verify.case import Case
from tests.verify.conftest import Library, document_of, quote_of

ALL = "Artesunate 2.4 mg/kg into a vein or muscle at 0, 12 and 24 hours."
LIGHT = "Children who weigh less than 20 kg get 3 mg/kg for each dose."


def passes(question: str, sentence: str, beside: str) -> list[bool]:
    """With the sentence beside it behind, and before."""
    quote = quote_of(sentence)
    found = []
    for where in ({"after": beside}, {"before": beside}):
        item = Evidence(id="1.1", score=0.9, quote=quote, passage_id="p", **where)
        given = CheckInput(question, sentence, (quote,), (item,), Library(document_of(sentence)))
        found.append(Case()(given).passed)
    return found


@pytest.mark.parametrize(
    ("question", "sentence", "beside"),
    [
        ("What dose of artesunate for a child of 12 kg?", ALL, LIGHT),
        ("What dose of artesunate for a child?", ALL, LIGHT),
        ("What dose of paracetamol in a child?", "Paracetamol 1 g every 6 hours.", "In children give 15 mg/kg every 6 hours."),
        ("Dose of enalapril in renal impairment?", "Start enalapril at 5 mg a day.", "In renal impairment start at 2.5 mg a day."),
        ("How much iron in pregnancy?", "Give iron 60 mg daily.", "In pregnancy give 30 mg daily."),
    ],
)  # fmt: skip
def test_it_is_held_back(question: str, sentence: str, beside: str) -> None:
    assert passes(question, sentence, beside) == [False, False]


@pytest.mark.parametrize(
    ("question", "sentence", "beside"),
    [
        ("What dose of artesunate for a child of 25 kg?", ALL, LIGHT),
        ("What dose of artesunate for an adult?", ALL, LIGHT),
        ("What dose of artesunate?", ALL, LIGHT),
        ("What dose of artesunate for a child of 12 kg?", LIGHT, ALL),
        ("How much zinc does a child of 14 months get?", "Give zinc 20 mg a day for 14 days.", "Infants below 6 months get 10 mg a day."),
        ("How much zinc does a child get?", "Give zinc 20 mg a day.", "Children need zinc 20 mg a day for 14 days."),
        ("How much iron in pregnancy?", "Give iron 60 mg daily.", "In pregnancy folic acid is given too."),
    ],
)  # fmt: skip
def test_it_is_not_held_back(question: str, sentence: str, beside: str) -> None:
    assert passes(question, sentence, beside) == [True, True]
