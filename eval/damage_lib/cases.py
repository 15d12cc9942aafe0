"""A check's input made of plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from rag.datatypes import Quote
from rag.ports import CheckInput


def case(claim: str, evidence: Sequence[str], question: str = "") -> CheckInput:
    """The claim with one quote per sentence, of a document that cannot be opened."""
    ends = [*accumulate(len(text) + 1 for text in evidence)]
    quotes = tuple(
        Quote(document="", document_id="", title="", page=1, section=(), start=end - len(text) - 1, end=end - 1, text=text)
        for text, end in zip(evidence, ends, strict=True)
    )  # fmt: skip
    return CheckInput(question, claim, quotes, (), _NoDocuments())


class _NoDocuments:
    def document(self, document_id: str) -> Any:
        raise KeyError(document_id)
