"""Records to statements with citations: the system's own, and tricks played with the same hits and selection."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from rag.datatypes import Hit, Quote, Record, SentenceKind


class Citation(NamedTuple):
    document: str
    page: int
    """On which the quote starts."""
    text: str
    header: str = ""
    """Of a table row."""

    @property
    def premise(self) -> str:
        """What a judge is given to read."""
        return f"{self.header}\n{self.text}" if self.header else self.text


class Statement(NamedTuple):
    text: str
    citations: tuple[Citation, ...]


System = Callable[[Record], list[Statement]]


def own(record: Record) -> list[Statement]:
    """Released claims with their quotes."""
    return [Statement(claim.text, tuple(map(_cited, claim.quotes))) for claim in record.claims]


def copy_top_passage(record: Record) -> list[Statement]:
    """Every sentence of the first hit is a statement that cites itself, whatever was asked."""
    return [Statement(found.premise, (found,)) for found in _sentences(record.hits[0])] if record.hits else []


def copy_top_sentence(record: Record) -> list[Statement]:
    """The best selected sentence cites itself; nothing where none was selected."""
    if not (record.selection and record.selection.evidence):
        return []
    best = _cited(max(record.selection.evidence, key=lambda item: item.score).quote)
    return [Statement(best.premise, (best,))]


def cite_everything(record: Record) -> list[Statement]:
    """Released claims, each citing all selected sentences."""
    return [Statement(s.text, tuple(dict.fromkeys((*s.citations, *_selected(record))))) for s in own(record)]


def cite_at_random(record: Record) -> list[Statement]:
    """Released claims, each citing as many selected sentences as before, drawn by a seed of the Record's id."""
    draw = random.Random(f"cite at random {record.id}")
    pool = list(dict.fromkeys((*_selected(record), *(c for s in own(record) for c in s.citations))))
    return [Statement(s.text, tuple(draw.sample(pool, len(set(s.citations))))) for s in own(record)]


SYSTEMS: dict[str, System] = {
    "the system": own,
    "copy the top passage": copy_top_passage,
    "copy the top sentence": copy_top_sentence,
    "cite everything": cite_everything,
    "cite at random": cite_at_random,
}


def _cited(quote: Quote) -> Citation:
    return Citation(quote.document, quote.page, quote.text, quote.header_text)


def _selected(record: Record) -> list[Citation]:
    return [_cited(item.quote) for item in record.selection.evidence] if record.selection else []


def _sentences(hit: Hit) -> list[Citation]:
    """Sentences and rows; the page is that of the passage's start, the only one a hit knows."""
    return [
        Citation(hit.document, hit.page, text, hit.header_text if item.kind is SentenceKind.ROW else "")
        for item in hit.sentences
        if item.kind in (SentenceKind.SENTENCE, SentenceKind.ROW)
        and (text := hit.text[item.start - hit.start : item.end - hit.start].strip())
    ]
