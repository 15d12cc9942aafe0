"""Dates that a document states of itself, and file names that promise another subject."""

from __future__ import annotations

import pytest

from rag.catalogue.propose import _stated_date, misfit_words
from rag.datatypes import Document, Page

TEXT = "Hand washing\n\nWash hands with soap for twenty seconds before each meal and after each patient.\n"


def document(name: str) -> Document:
    return Document(
        id="0" * 64, name=name, source=name, title="Hand washing", language="en", media_type="text/markdown",
        text=TEXT, pages=(Page(start=0, end=len(TEXT), number=1),),
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["--help.md", "readme.md", "untitled.pdf", "download (1).pdf", "scan001.pdf", "ward notes.md", "handwashing.md", "hands.md"],
)  # fmt: skip
def test_a_name_that_promises_nothing_else_is_not_remarked_on(name: str) -> None:
    assert misfit_words(document(name)) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("hypertension.md", ["hypertension"]), ("malaria-guideline-2020.pdf", ["malaria"])],
)
def test_a_name_of_another_subject_is(name: str, words: list[str]) -> None:
    assert misfit_words(document(name)) == words


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Published 2013-05-01", "2013-05-01"),
        ("Last updated: 2013-05-01.", "2013-05-01"),
        ("Published 3 May 2013", "2013-05-03"),
        ("Published May 3, 2013", "2013-05-03"),
        ("Published 2013", "2013"),
        ("Published 2013-14-01", "2013"),
        ("Published 2013-2014", "2013"),
        ("Published 1.5.2013", None),
        ("Not dated", None),
    ],
)
def test_the_stated_date_is_read_as_far_as_it_is_clear(text: str, date: str | None) -> None:
    assert _stated_date(text) == date
