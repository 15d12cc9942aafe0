"""A claim with its quotes, as the checks get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rag.datatypes import Document, Evidence, Page, Quote, SentenceKind
from rag.ports import CheckInput

Build = Callable[..., CheckInput]


class Library:
    """Documents by id."""

    def __init__(self, *documents: Document) -> None:
        self._documents = {document.id: document for document in documents}

    def document(self, document_id: str) -> Document:
        return self._documents[document_id]


def document_of(text: str, *, identity: str = "d1") -> Document:
    return Document(
        id=identity, name="guide.md", source="/guide.md", title="A guide", language="en", media_type="text/markdown",
        text=text, pages=(Page(start=0, end=len(text), number=1),),
    )  # fmt: skip


def quote_of(text: str, **changes: Any) -> Quote:
    values: dict[str, Any] = {
        "document": "guide.md", "document_id": "d1", "title": "A guide", "page": 1, "section": (),
        "start": 0, "end": len(text), "text": text,
    } | changes  # fmt: skip
    return Quote(**values)


def row_of(text: str, header: str, **changes: Any) -> Quote:
    return quote_of(text, kind=SentenceKind.ROW, header_text=header, **changes)


@pytest.fixture
def given() -> Build:
    """``given(claim, *quotes, question="", document="", before="")``; a quote may be a plain string."""

    def build(
        claim: str,
        *quotes: str | Quote,
        question: str = "",
        document: str = "",
        before: str = "",
        **changes: Any,
    ) -> CheckInput:
        made = tuple(quote_of(q, **changes) if isinstance(q, str) else q for q in quotes)
        evidence = tuple(
            Evidence(id=f"1.{i}", score=0.9, quote=quote, passage_id="p", before=before)
            for i, quote in enumerate(made, 1)
        )
        return CheckInput(question, claim, made, evidence, Library(document_of(document)))

    return build


@pytest.fixture
def row() -> Callable[..., Quote]:
    return row_of


@pytest.fixture
def library() -> Callable[..., Library]:
    return lambda text: Library(document_of(text))


@pytest.fixture
def quote() -> Callable[..., Quote]:
    return quote_of
