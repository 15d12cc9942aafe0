"""A question taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieve.question import AnswerKind, TermKind, read_question, stems


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What dose of ivermectin?", AnswerKind.DOSE),
        ("How long is the course?", AnswerKind.DURATION),
        ("How often should it be checked?", AnswerKind.FREQUENCY),
        ("Below which eGFR is it stopped?", AnswerKind.THRESHOLD),
        ("What is the sensitivity of the rapid test?", AnswerKind.SHARE),
        ("How strong is the recommendation?", AnswerKind.STRENGTH),
        ("Is aspirin safe in asthma?", AnswerKind.YES_NO),
        ("When is it contraindicated?", AnswerKind.CONTRAINDICATION),
        ("How is severe anaemia defined?", AnswerKind.DEFINITION),
        ("Warfarin versus heparin?", AnswerKind.COMPARISON),
        ("Which drugs are first choice?", AnswerKind.LIST),
    ],
)
def test_kind_of_answer(text: str, kind: AnswerKind) -> None:
    assert kind in read_question(text).kinds


def test_no_kind_is_made_up() -> None:
    assert read_question("Tell me about scabies.").kinds == frozenset()


def test_terms_have_kinds_and_other_forms() -> None:
    terms = {
        term.text: term for term in read_question("Tylenol for CE3b cysts with HTN, or a biscuit?").terms
    }
    assert terms["Tylenol"].kind is TermKind.DRUG
    assert tuple(stems("acetaminophen")) in terms["Tylenol"].forms
    assert terms["CE3b"].kind is TermKind.CODE
    assert terms["HTN"].kind is TermKind.CLINICAL
    assert tuple(stems("high blood pressure")) in terms["HTN"].forms
    assert terms["biscuit"].kind is TermKind.WORD


def test_a_term_has_the_forms_of_its_long_form_and_a_class_its_members() -> None:
    forms = {term.text: term.forms for term in read_question("antiemetic after #NOF, LMWH prn").terms}
    assert ("ondansetron",) in forms["antiemetic"]
    assert tuple(stems("hip fracture")) in forms["NOF"]
    assert ("enoxaparin",) in forms["LMWH"]
    assert "prn" not in forms


def test_the_story_is_not_the_focus() -> None:
    focus = {
        term.text: term.focus
        for term in read_question("58M with gout on allopurinol. Which statin dose is safe?").terms
    }
    assert focus["gout"] is False
    assert focus["allopurinol"] is False
    assert focus["statin"] is True


def test_every_part_asked_is_a_part() -> None:
    parts = read_question("When does insulin start, and how often is glucose measured afterwards?").parts
    assert len(parts) == 2
    assert "how often" in parts[1]


def test_a_part_that_points_back_is_read_with_the_story() -> None:
    (part,) = read_question("A rep offers plug-in air cleaners for the ward. Does anyone back them?").parts
    assert "air cleaners" in part


def test_abbreviated_names_end_no_sentence() -> None:
    question = read_question("E. multilocularis, not resectable: how long is it treated?")
    assert all(term.focus for term in question.terms)


def test_sources_are_organisations_in_capitals_and_years() -> None:
    assert read_question("Who says what in the 2021 WHO guideline?").sources == {"who", "2021"}
    assert read_question("Who should be treated?").sources == frozenset()


def test_what_is_counted() -> None:
    assert read_question("How many patients per nurse are allowed?").counted == ("patient", "nurs")
    assert read_question("How long?").counted == ()


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    question = read_question(text)
    assert question.parts
    assert all(form for term in question.terms for form in term.forms)
