"""What several checks read from a claim's quotes."""

from __future__ import annotations

from collections.abc import Iterable

from rag.datatypes import Evidence, Quote
from rag.ports import CheckInput


def shown(quote: Quote) -> str:
    """The words a reader sees as this source: table header and quote."""
    return f"{quote.header_text}\n{quote.text}" if quote.header_text else quote.text


def framed(quote: Quote) -> str:
    """The quote with title and headings, which may name what the sentence calls "it"."""
    return "\n".join((quote.title, *quote.section, shown(quote)))


def evidence_of(given: CheckInput, quote: Quote) -> Evidence | None:
    """The selected evidence this quote was copied from."""
    same = (item for item in given.evidence
            if (item.quote.document_id, item.quote.start, item.quote.end)
            == (quote.document_id, quote.start, quote.end))  # fmt: skip
    return next(same, None)


def neighbours(given: CheckInput, quote: Quote) -> str:
    """The sentences around the quote, as far as the selection kept them."""
    item = evidence_of(given, quote)
    return f"{item.before}\n{item.after}" if item else ""


def joined(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def listed(text: str) -> tuple[str, ...]:
    """A word list written as running text."""
    return tuple(text.split())
