"""What a question asks for, on topics of all kinds."""

from __future__ import annotations

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from rag.verify.asked import asking, is_bare, is_yes_no, kinds, part_kinds, parts

AMOUNT = [
    "What is the loading dose of digoxin?", "Which daily dose of folate?", "Salbutamol: how many puffs?", "How fast may sodium rise?", "Below what GFR is gadolinium avoided?",
    "At what INR do you give vitamin K?", "After how many hours is troponin repeated?", "What systolic should trigger treatment?", "Vancomycin trough range?",
    "What's the longest I can leave a cannula in?", "Ceftriaxone mg/kg/day?", "What should the starting dose be?", "Give the maximum dose of ibuprofen.",
    "What level of potassium is dangerous?", "What serum sodium is too low?", "Quote both ranges of ferritin.", "What's the GINA maximum daily dose?", "Which strength of the cream is used?", "Dialysis: dose and frequency?", "What proportion of cases relapse?",
    "What value does NICE use as the upper limit?", "MMR: at what age?", "Within what period must rabies vaccine be given?", "Which weight-based dose of heparin, and over what time span, how long?",
]  # fmt: skip
OTHER = [
    "Which age group should be vaccinated?", "What dose form suits children?", "Which drugs need a lower dose in CKD?", "What raises the dose requirement?", "What is the goal of treatment?",
    "Which potassium binder is first choice?", "Who gets the booster?", "Where is the needle placed?", "Why is the limit disputed?", "Which rate control drug is preferred?",
    "Under what circumstances is intubation futile?", "What does WHO say about masks?", "Which patients are at risk?", "When should the drain be removed?",
    "What causes low sodium?", "What happens after two hours?", "Antibiotics within 1 hour?", "Name the vaccines given before 12 months.", "Which drug reduced mortality?",
    "Which drugs lower systolic?", "List the contraindications at the highest dose.", "Oxygen after 48 hours?", "Contraindications at high dose?", "Toxicity of high doses?", "What raised potassium in the trial?",
    "What is the most effective antiemetic?", "In which patients is it avoided?",
]  # fmt: skip
STRENGTH = [
    "How strong is the recommendation for statins?", "What is the certainty of the evidence on zinc?", "Grade of recommendation for aspirin?", "Is that a strong or a weak recommendation?",
    "How good is the evidence for cooling?", "What is this advice based on?",
]  # fmt: skip


@pytest.mark.parametrize("question", AMOUNT)
def test_figures_are_asked_for(question: str) -> None:
    assert kinds(question) == {"amount"}


@pytest.mark.parametrize("question", OTHER)
def test_a_word_for_a_measure_alone_asks_for_no_figure(question: str) -> None:
    assert kinds(question) == {"open"}


@pytest.mark.parametrize("question", STRENGTH)
def test_strengths_are_asked_for(question: str) -> None:
    assert kinds(question) - {"yes_no"} == {"strength"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Amoxicillin: dose, route, and for how long?", {"amount", "open"}), ("What dose, and which patients?", {"amount", "open"}),
        ("Is it safe, and at what dose?", {"amount", "yes_no"}), ("Steroids in croup? Dose?", {"amount", "open"}), ("Sepsis?", {"open"}),
        ("How strong is the advice, and how many days?", {"strength", "amount"}), ("Safe in asthma?", {"yes_no", "open"}), ("oxygen in COPD", {"open"}),
    ],
)  # fmt: skip
def test_each_part_has_its_kind(question: str, expected: set[str]) -> None:
    assert kinds(question) == expected


def test_parts_keep_their_words() -> None:
    asked = "How soon after a PE, and at which INR does WHO's plan change?"
    assert parts(asked) == ("How soon after a PE", "at which INR does WHO's plan change")
    assert [part_kinds(part) for part in parts(asked)] == [{"amount"}, {"amount"}]


def test_only_the_sentences_that_ask_count() -> None:
    assert asking("30F, dose 5 mg. E. coli grown. Which drug?") == "Which drug?"
    assert asking("dialysis and contrast") == "dialysis and contrast"


def test_the_organisation_is_no_question_word() -> None:
    assert not is_yes_no("What is the longest WHO would wait?")
    assert kinds("WHO sepsis bundle, please.") == {"open"}


def test_bare_questions() -> None:
    assert is_bare("Amiodarone with a statin?")
    assert not is_bare("Amiodarone loading dose?")
    assert not is_bare("Is amiodarone safe?")
    assert not is_bare("amiodarone with a statin")


@over(st.text(max_size=200))
def test_every_text_asks_for_something(question: str) -> None:
    assert kinds(question) <= {"amount", "strength", "yes_no", "open"}
    assert kinds(question)
