"""What opens the list that a sentence stands in, and that it is read for every item of the list."""

from __future__ import annotations

import pytest

from rag.datatypes import Hit, Quote, Sentence
from rag.lists import is_label, openings
from rag.ports import CheckInput
from rag.verify.quote_exists import QuoteExists
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
        end=start + len(item), text=item, lead_in=openings(text, start, start + len(item), section),
    )  # fmt: skip
    given = CheckInput(question, item, (quote,), (), Library(document))
    return Surroundings()(given).detail


@pytest.mark.parametrize(
    "item", ["Clopidogrel 75 mg daily", "• Enoxaparin 40 mg daily", "2. Platelets are given to everybody.", "(b) prescribe 90 mg or more a day."]
)  # fmt: skip
def test_an_item_of_what_is_forbidden_is_held_back(item: str) -> None:
    assert "stands below" in check(item)


@pytest.mark.parametrize(
    "question",
    ["What should not be given in active bleeding?", "Which drugs must one not give in active bleeding?"],
)
def test_a_question_that_asks_what_is_forbidden_has_told_it(question: str) -> None:
    assert check("• Enoxaparin 40 mg daily", question=question) == ""


@pytest.mark.parametrize(
    "question",
    [
        "In an adult with active bleeding and no other illness, what dose of enoxaparin should we give?",
        "What dose should we give in active bleeding if aspirin is not tolerated?",
        "What dose do we give in active bleeding without shock?",
    ],
)  # fmt: skip
def test_another_denial_in_the_question_has_not(question: str) -> None:
    assert "stands below" in check("• Enoxaparin 40 mg daily", question=question)


def test_a_heading_that_forbids_holds_back_what_does_not() -> None:
    assert check("• Tranexamic acid 1 g", section=("What to give",)) == ""
    zinc = "• Zinc 20 mg daily"
    assert "Drugs to avoid" in check(zinc, section=("Drugs to avoid",), text=zinc)
    assert check(zinc, section=("Drugs to avoid",), question="Which drugs to avoid?", text=zinc) == ""
    assert check("Never give it alone.", section=("Drugs to avoid",), text="Never give it alone.") == ""


LISTS = {
    "one mark for both levels": "• Give:\n• Tranexamic acid 1 g\n• Do not give:\n• Aspirin 300 mg daily\n• Zinc 20 mg daily",
    "roman figures": "2. Avoid:\ni. Aspirin 300 mg daily\nii. Zinc 20 mg daily",
    "any of the following": "Do not give any of the following in active bleeding.\n• Aspirin\n• Zinc 20 mg daily",
    "are contraindicated": "In active bleeding, the following are contraindicated.\n• Aspirin\n• Zinc 20 mg daily",
    "listed below": "The drugs listed below must not be given.\n• Aspirin\n• Zinc 20 mg daily",
    "all of the following": "In active bleeding, avoid all of the following.\n• Aspirin\n• Zinc 20 mg daily",
    "none of": "None of the following should be given:\n• Aspirin\n• Zinc 20 mg daily",
    "cannot": "Patients in shock cannot have:\n• Aspirin\n• Zinc 20 mg daily",
    "shouldn't": "Patients in shock shouldn’t have:\n• Aspirin\n• Zinc 20 mg daily",
    "stop": "Stop in active bleeding:\n• Aspirin\n• Zinc 20 mg daily",
    "contra-indicated": "Contra-indicated in shock:\n• Aspirin\n• Zinc 20 mg daily",
    "exclusion": "Exclusion criteria:\n• Aspirin\n• Zinc 20 mg daily",
    "evidence": "There is insufficient evidence to recommend:\n• Aspirin\n• Zinc 20 mg daily",
    "harm": "These do more harm than good:\n• Aspirin\n• Zinc 20 mg daily",
    "unsafe": "Unsafe drugs:\n• Aspirin\n• Zinc 20 mg daily",
    "running line": "Do not give the following:\n• Aspirin\nHospital guideline 2023 | 12\n• Zinc 20 mg daily",
    "remark on an item": "Do not give the following:\n• Aspirin\nThis includes low doses.\n• Zinc 20 mg daily",
    "end of an item": "Do not give the following:\n7. Aspirin (e.g.\nin the operating room).\n8. Zinc 20 mg daily",
    "mark of its own": "Do not give the following:\n[ Aspirin.\n[ Zinc 20 mg daily",
    "capitals": "Do not give the following:\nA. Aspirin.\nB. Zinc 20 mg daily",
    "decimal": "Do not give the following:\n1.1 Aspirin.\n1.2 Zinc 20 mg daily",
    "within a line": "In active bleeding do not give: • Aspirin 300 mg daily • Enoxaparin 40 mg • Zinc 20 mg daily",
    "people": "Use in adults with renal impairment:\n• Iron 60 mg daily\n• Zinc 20 mg daily",
    "children": "Children under 5 years:\n• Iron 60 mg daily\n• Zinc 20 mg daily",
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_forbid_or_bound(name: str) -> None:
    assert "stands below" in check(
        "Zinc 20 mg daily", text=LISTS[name], question="What dose of zinc for an adult?"
    )


@pytest.mark.parametrize(
    ("text", "item", "question"),
    [
        ("Admit to hospital if any of the following are present:\n• Confusion\n• Urea above 7 mmol/L", "• Urea above 7 mmol/L", "When should a patient be admitted to hospital?"),
        ("Call an ambulance if:\n• Chest pain lasts 15 minutes", "• Chest pain lasts 15 minutes", "When to call an ambulance?"),
        ("Stop metformin if:\n• the eGFR falls below 30", "• the eGFR falls below 30", "When is metformin stopped?"),
        ("Aspirin is not superior to clopidogrel.12\n• Zinc 20 mg daily", "• Zinc 20 mg daily", "Zinc?"),
        ("It works only when given early [12].\n• Zinc 20 mg daily", "• Zinc 20 mg daily", "Zinc?"),
        ("No\n14. Woman returns", "14. Woman returns", "Who returns?"),
        ("Do not give:\n• Aspirin\nUse of zinc is wide. It is known to all.\nIt has been so for years.\n• Zinc 20 mg daily", "• Zinc 20 mg daily", "Zinc?"),
        ("Children under 5 years:\n• Zinc 20 mg daily", "• Zinc 20 mg daily", "Zinc for a 3-year-old?"),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_lists_that_do_not(text: str, item: str, question: str) -> None:
    assert check(item, text=text, question=question) == ""


@pytest.mark.parametrize(
    ("section", "text", "held_back"),
    [
        (("Drugs to avoid", "Anticoagulants"), "Heparin 5000 units twice daily", True),
        (("Drugs to be avoided in active bleeding",), "Heparin 5000 units twice daily", True),
        (("What not to do",), "Heparin 5000 units twice daily", True),
        (("Unsafe practices",), "Heparin 5000 units twice daily", True),
        (("Previous recommendations (2015)",), "Heparin 5000 units twice daily", True),
        (("Myths",), "Antibiotics should not be stopped early.", True),
        (("Common errors",), "Heparin 5000 units twice daily", True),
        (("Dosage and contraindications",), "Give 5 mg once daily.", False),
        (("Contraindications",), "Avoid NSAIDs in the third trimester.", False),
        (("Contraindications",), "Stop metformin when the eGFR is below 30.", False),
        (("Myths and facts",), "Zinc helps.", False),
        (("Determining whether or not to initiate opioids",), "Opioids are an option.", False),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_headings_of_every_level(section: tuple[str, ...], text: str, held_back: bool) -> None:
    assert ("stands below" in check(text, section=section, text=text)) == held_back


def test_an_ordinary_opening_holds_nothing_back() -> None:
    text = "Intended for adults aged 18 years old, including but not limited to:\n• Zinc 20 mg daily\n• Iron 60 mg daily"
    assert check("• Iron 60 mg daily", text=text) == ""


def test_a_quote_whose_lead_in_is_not_the_documents_is_none() -> None:
    document, item = document_of(TEXT), "• Enoxaparin 40 mg daily"
    start = TEXT.index(item)
    sentence = Sentence(start=start, end=start + len(item))
    hit = Hit(
        rank=1, score=1.0, document=document.name, title="", page=1, section=(), text=item, document_id=document.id,
        passage_id="p", start=start, end=start + len(item), sentences=(sentence,),
    )  # fmt: skip
    quote = Quote.copied(document, hit, sentence)
    assert quote.lead_in == ("Do not give the following in active bleeding:",)
    for lead_in, passed in ((quote.lead_in, True), ((), False), (("Give the following:",), False)):
        changed = quote.model_copy(update={"lead_in": lead_in})
        assert QuoteExists()(CheckInput("", item, (changed,), (), Library(document))).passed is passed


def openings_of(text: str, item: str) -> tuple[str, ...]:
    return openings(text, text.index(item), text.index(item) + len(item))


NESTED = """Acetylcysteine, two-bag regimen
• Adults weighing 40 kg or more
◦ first bag: 200 mg/kg in 500 mL over 4 hours
• Children weighing 20 to 39 kg
◦ first bag: 200 mg/kg in 250 mL over 4 hours"""


def test_an_item_without_a_stop_opens_those_marked_as_deeper() -> None:
    title = "Acetylcysteine, two-bag regimen"
    assert openings_of(NESTED, "◦ first bag: 200 mg/kg in 250") == ("• Children weighing 20 to 39 kg", title)
    assert openings_of(NESTED, "• Children") == (title,)
    numbered = "1. Sepsis\n◦ under 7 days: 25 mg/kg\n2. Meningitis\n◦ under 7 days: 50 mg/kg"
    assert openings_of(numbered, "◦ under 7 days: 25") == ("Sepsis",)
    assert openings_of(numbered, "◦ under 7 days: 50") == ("Meningitis",)


@pytest.mark.parametrize(
    "line",
    [
        "• eGFR below 30: seek advice, do not give",
        "Reduce the dose when two of the following are present: age 80 or over, weight 60 kg or less.",
    ],
)
def test_a_line_that_lists_in_itself_opens_nothing(line: str) -> None:
    assert openings_of(f"{line}\n• G6PD deficiency: give ascorbic acid", "• G6PD") == ()


def test_a_decimal_point_is_no_full_stop() -> None:
    for limit in ("5.5", "6"):
        text = f"Do not give if potassium exceeds {limit}\n• Spironolactone 25 mg\n• Enalapril 5 mg"
        assert openings_of(text, "• Enalapril 5 mg") == (f"Do not give if potassium exceeds {limit}",)


def test_the_last_clause_opens() -> None:
    text = "Glucagon does not work in adrenal insufficiency; there, hydrocortisone is given by age:\n• 1 to 5 years: 50 mg"
    assert openings_of(text, "• 1 to 5") == ("there, hydrocortisone is given by age:",)


@pytest.mark.parametrize(
    ("line", "below", "label"),
    [
        ("• Children weighing 20 to 39 kg", "◦ first bag: 200 mg/kg", True),
        ("2. Chronic toxicity", "◦ adult: 2 vials", True),
        ("Prophylaxis:", "• 40 mg daily", True),
        ("2. Give oxygen", "◦ by mask", False),
        ("◦ over 5 years", "• Adults", False),
        ("• Metformin is contraindicated", "◦ eGFR below 30", False),
        ("Withhold metformin:", "• eGFR below 30", False),
        ("• Enoxaparin 40 mg daily", "• Heparin 5000 units", False),
        ("• It is stopped at once.", "◦ by mask", False),
    ],
)
def test_labels(line: str, below: str, label: bool) -> None:
    assert is_label(line, below) is label
