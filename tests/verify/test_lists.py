"""What opens the list that a sentence stands in, and that it is read for every item of the list."""

from __future__ import annotations

import pytest

from rag.datatypes import Quote
from rag.ports import CheckInput
from rag.verify.lists import openings
from rag.verify.surroundings import Surroundings
from tests.verify.conftest import Library, document_of

TEXT = """Antithrombotic drugs

Patients with bleeding need a review of their medicines.

Do not give the following in active bleeding:

• Aspirin 300 mg daily
• Clopidogrel 75 mg daily
– by mouth
• Enoxaparin 40 mg daily
The following practices are unsafe.
1. Vitamin K 10 mg is given as a rapid bolus.
2. Platelets are given to everybody.

Restart aspirin within 7 days.

Clinicians should not
(a) stop opioids abruptly, unless there is:
› an overdose
› an allergy
(b) prescribe 90 mg or more a day.

What to give

• Tranexamic acid 1 g"""


def opened(item: str, *headings: str, text: str = TEXT) -> tuple[str, ...]:
    start = text.index(item)
    return openings(text, start, start + len(item), headings)


@pytest.mark.parametrize(
    "item", ["• Aspirin 300 mg daily", "Clopidogrel 75 mg daily", "• Enoxaparin 40 mg daily"]
)
def test_every_item_has_the_line_that_opens_the_list(item: str) -> None:
    assert opened(item) == ("Do not give the following in active bleeding:",)


def test_a_sentence_that_announces_opens_without_a_colon() -> None:
    assert opened("Platelets are given to everybody.") == ("The following practices are unsafe.",)


def test_a_line_without_a_stop_opens_marked_items() -> None:
    assert opened("(b) prescribe 90 mg or more a day.") == ("Clinicians should not",)


def test_a_nested_item_has_both_openings_and_its_uncle_only_one() -> None:
    assert opened("› an allergy") == ("(a) stop opioids abruptly, unless there is:", "Clinicians should not")


def test_prose_and_headings_end_a_list() -> None:
    assert opened("Restart aspirin within 7 days.") == ()
    assert opened("• Tranexamic acid 1 g", "What to give") == ()
    assert opened("Patients with bleeding need a review of their medicines.") == ()


def check(
    item: str, *, question: str = "What dose is given?", section: tuple[str, ...] = (), text: str = TEXT
) -> str:
    document, start = document_of(text), text.index(item)
    quote = Quote(
        document=document.name, document_id=document.id, title="", page=1, section=section, start=start,
        end=start + len(item), text=item,
    )  # fmt: skip
    given = CheckInput(question, item, (quote,), (), Library(document))
    return Surroundings()(given).detail


@pytest.mark.parametrize(
    "item", ["Clopidogrel 75 mg daily", "• Enoxaparin 40 mg daily", "2. Platelets are given to everybody.", "(b) prescribe 90 mg or more a day."]
)  # fmt: skip
def test_an_item_of_what_is_forbidden_is_held_back(item: str) -> None:
    assert "stands below" in check(item)


def test_a_question_that_asks_what_is_forbidden_has_told_it() -> None:
    assert check("• Enoxaparin 40 mg daily", question="What should not be given in active bleeding?") == ""


def test_a_heading_that_forbids_holds_back_what_does_not() -> None:
    assert check("• Tranexamic acid 1 g", section=("What to give",)) == ""
    assert "Drugs to avoid" in check("• Tranexamic acid 1 g", section=("Drugs to avoid",))
    assert check("• Tranexamic acid 1 g", section=("Drugs to avoid",), question="Which drugs to avoid?") == ""
    assert check("Never give it alone.", section=("Drugs to avoid",), text="Never give it alone.") == ""


def test_an_ordinary_opening_holds_nothing_back() -> None:
    text = "Intended for adults aged 18 years old, including but not limited to:\n• Zinc 20 mg daily\n• Iron 60 mg daily"
    assert check("• Iron 60 mg daily", text=text) == ""
