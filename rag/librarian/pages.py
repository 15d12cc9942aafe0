"""Pages of a corpus whose text cannot be trusted: scanned, recognised in a picture, or left out of the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rag.catalogue.entry import Entry
from rag.datatypes import Document
from rag.index.build import weak_page
from rag.settings import Settings
from rag.store import CorpusFile
from rag.terminal import ranges


class WeakPage(NamedTuple):
    document: str
    """Id of the catalogue."""
    page: int
    score: float
    """1 is best."""
    scanned: bool
    ocr: bool
    """Its text was recognised in the picture."""
    left_out: bool
    """Too low to answer from: none of its text is in the index."""
    reason: str


def weak_pages(corpus: CorpusFile, entries: Sequence[Entry], *, below: float | None = None) -> list[WeakPage]:
    """Of the entries that are in the index, in their order. ``below``: the score from which a page is fine."""
    least = Settings().ingest.page_quality if below is None else below
    indexed = corpus.row_ranges()
    return [
        WeakPage(entry.id, **weak_page(page, least))
        for entry in entries
        if entry.sha256 in indexed
        for page in corpus.weak_pages(entry.sha256, below=least)
    ]


def parsed_pages(document: Document, least: float) -> dict[str, Any]:
    """The same of a document that is in no index yet, as a row of ``IngestReport.documents``."""
    weak = [
        weak_page(page, least)
        for page in document.pages
        if page.quality is not None and (page.quality.scanned or page.quality.score < least)
    ]
    return {"document": document.name, "id": document.id, "low_pages": weak}


def in_words(pages: Sequence[WeakPage]) -> str:
    """The pages of one document with what is wrong with them: "pages 3-5 left out: scanned …; page 7 recognised by OCR"."""
    found: dict[str, list[int]] = {}
    for one in pages:
        found.setdefault(_fault(one), []).append(one.page)
    return "; ".join(f"{'page' if len(n) == 1 else 'pages'} {ranges(n)} {why}" for why, n in found.items())


def _fault(one: WeakPage) -> str:
    if one.left_out:
        return f"left out ({one.reason})"
    return "recognised by OCR" if one.ocr else "pictures with hardly any text"
