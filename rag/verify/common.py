"""What several checks read from a claim's quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.datatypes import Document, Evidence, Quote, SentenceKind
from rag.ports import CheckInput, QuoteSource
from rag.text import fold
from rag.vocabulary import clinical_terms, drug_names


def shown(quote: Quote) -> str:
    """The words a reader sees as this source: table header and quote."""
    return f"{quote.header_text}\n{quote.text}" if quote.header_text else quote.text


def is_whole(claim: str, quote: Quote) -> bool:
    """The claim is all of the quote, a table row's header before it or not; case, spaces and final stop aside."""
    header = quote.header_text.splitlines()[-1:]
    wanted = fold(claim).rstrip(" .")
    return wanted in {fold(quote.text).rstrip(" ."), fold(": ".join([*header, quote.text])).rstrip(" .")}


def is_whole_row(claim: str, quote: Quote) -> bool:
    """The claim is a table row as it stands: comparing it with itself, its header once before it and once not, tells nothing."""
    return quote.kind is SentenceKind.ROW and is_whole(claim, quote)


def framed(quote: Quote) -> str:
    """The quote with title and headings, which may name what the sentence calls "it"."""
    return "\n".join((quote.title, *quote.section, shown(quote)))


def in_context(quote: Quote) -> str:
    """The innermost heading often names the subject that the sentence leaves out."""
    heading, text = (quote.section[-1] if quote.section else ""), shown(quote)
    return f"{heading}: {text}" if heading and heading not in text else text


def document_text(given: CheckInput, quote: Quote) -> str:
    """The document's text; "" where it is not there, which ``quote_exists`` tells."""
    try:
        return given.documents.document(quote.document_id).text
    except LookupError:
        return ""


def shortened(text: str) -> str:
    """On one line, cut after some words: to be named in a finding."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _NAMED else f"{plain[:_NAMED]}…"


_NAMED = 80


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


_CITATIONS = re.compile(
    r" ?(?:\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]|\(\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\)"
    r"|\((?:[^()\d]{2,60}(?:et al\.?|& [^()\d]{2,40}),? ?[^()\d]{0,12}(?:19|20)\d\d[a-z]?(?:; ?)?)+\))"
)


def without_citations(text: str) -> str:
    """A text without reference marks: "[3, 5]", "(12)", "(Smith et al., 2019)"."""
    return _CITATIONS.sub("", text)


@lru_cache(maxsize=1024)
def spelled_out(text: str) -> str:
    """The text, and below it the words that its abbreviations stand for: "IPT" names isoniazid."""
    short = (term for term in clinical_terms(text) if not term.text.islower() and len(term.text) < _LONG)
    return "\n".join((text, *(form for term in short for form in sorted(term.forms))))


_LONG = 8
_EQUIVALENTS = re.compile(r"\b(?:oral )?morphine[- ](?:milligram[- ])?equivalents?\b", re.IGNORECASE)
"""A unit, although it names a drug."""
_RESISTANT = re.compile(r"\bmet[hi]{1,3}cillin[- ](?:resistant|susceptible|sensitive)\b", re.IGNORECASE)
"""The name of a germ, although it names a drug."""
_SHORT = re.compile(
    r"\b([^\W\d_]{4,}(?:[- ][^\W\d_]+)?)\s*\(([A-Z][A-Za-z]{1,5})\)|(?:^|\n)([A-Z]{2,6})[ \t:–-]+([^\W\d_]{5,})(?=\n)"
)


def drugs_in(text: str, short_forms: Iterable[tuple[str, str]] = ()) -> set[str]:
    """Canonical names of the drugs in a text; ``short_forms`` as ``short_forms_of`` gives them."""
    plain = _RESISTANT.sub(" ", _EQUIVALENTS.sub("MME", text))
    found = {mention.name for mention in drug_names(plain)}
    return found | {name for short, name in short_forms if re.search(rf"\b{short}s?\b", text)}


def short_forms_of(documents: QuoteSource, document_id: str) -> tuple[tuple[str, str], ...]:
    """(abbreviation, drug) pairs the document itself defines: "albendazole (ALB)"; none if it is not there."""
    try:
        return _short_forms(_ByIdentity(documents.document(document_id)))
    except (KeyError, LookupError):
        return ()


class _ByIdentity:
    """A document hashed by its id, so that its short forms are looked for once."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __hash__(self) -> int:
        return hash(self.document.id)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _ByIdentity)
            and self.document.id == other.document.id
            and len(self.document.text) == len(other.document.text)
        )


@lru_cache(maxsize=256)
def _short_forms(key: _ByIdentity) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for match in _SHORT.finditer(key.document.text):
        name, short = (match[1], match[2]) if match[2] else (match[4], match[3])
        for mention in drug_names(name):
            if not drug_names(short):
                found[re.escape(short), mention.name] = None
    return tuple(found)
