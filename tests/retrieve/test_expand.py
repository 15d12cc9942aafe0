"""What is searched for, given what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.retrieve.expand import MAX_CHARACTERS, clean_question, other_forms


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "???", "\x00\x00", "☃ …", "\ud800"], ids=repr)
def test_question_without_a_letter_or_digit_is_refused(question: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        clean_question(question)


def test_control_characters_and_line_breaks_become_spaces() -> None:
    assert clean_question("start\x00 metformin\n\n at \ud800eGFR?") == "start metformin at eGFR?"


@given(st.text())
def test_any_text_is_cleaned_or_refused(question: str) -> None:
    try:
        cleaned = clean_question(question)
    except UsageError:
        return
    assert cleaned.isprintable()
    assert cleaned.encode()
    assert clean_question(cleaned) == cleaned


def test_long_question_is_cut() -> None:
    assert len(clean_question("pain " * 100_000)) <= MAX_CHARACTERS


def test_other_forms_come_once() -> None:
    text = other_forms("HTN in CKD", ("hypertension", "chronic kidney disease", "hypertension"))
    assert text == "hypertension chronic kidney disease"


def test_forms_the_question_holds_are_not_repeated() -> None:
    assert other_forms("Hypertension (HTN)", ("hypertension", "HTN")) == ""
