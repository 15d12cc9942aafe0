"""A quote is the document's own words at its offsets, on the page it names."""

from __future__ import annotations

from rag.datatypes import Document, Quote, SentenceKind
from rag.lists import openings
from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName


class QuoteExists:
    """Fails on a wrong offset, changed words, a wrong page, another line above its list, or blank text; an unknown document raises."""

    name: CheckName = "quote_exists"

    def __call__(self, given: CheckInput) -> CheckResult:
        if not given.quotes:
            return CheckResult(False, "the claim has no quote")
        for quote in given.quotes:
            fault = _fault(given.documents.document(quote.document_id), quote)
            if fault:
                return CheckResult(False, f"{quote.document}, page {quote.page}: {fault}")
        return CheckResult(True)


def _fault(document: Document, quote: Quote) -> str:
    if document.id != quote.document_id:
        return "the source gave another document"
    if not quote.text.strip():
        return "the quote is blank"
    if document.text[quote.start : quote.end] != quote.text or quote.end > len(document.text):
        return "the quote is not in the document at its place"
    pages = [page.number for page in document.pages if page.start <= quote.start < page.end]
    if pages != [quote.page]:
        return f"the quote stands on page {pages[0] if pages else 'unknown'}"
    if any(line.strip() not in document.text for line in quote.header_text.splitlines()):
        return "the table header is not in the document"
    if quote.kind is not SentenceKind.ROW and quote.lead_in != openings(
        document.text, quote.start, quote.end, quote.section
    ):
        return "another line opens its list in the document"
    return ""
