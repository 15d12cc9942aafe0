"""What a reader must know of the documents an answer rests on: superseded, overdue, old, not confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from rag.datatypes import DocumentState, Quote, Scope

OLD_YEARS = 10
"""A source this old is named as old even where no review date is known."""

_STATES = {
    DocumentState.NOT_YET: "is not in force yet",
    DocumentState.DRAFT: "is a draft",
    DocumentState.SUPERSEDED: "is superseded",
    DocumentState.EXPIRED: "is no longer in force",
    DocumentState.WITHDRAWN: "is withdrawn",
    DocumentState.RETRACTED: "is retracted",
    DocumentState.UNLISTED: "is not in the catalogue",
}


def source_notes(quotes: Iterable[Quote], scope: Scope) -> Iterator[str]:
    """One sentence for each thing to know of each document quoted, each once."""
    day = scope.as_of or date.today()
    seen: set[str] = set()
    for quote in quotes:
        if quote.standing is None or quote.document_id in seen:
            continue
        seen.add(quote.document_id)
        told = standing_text(quote)
        if told:
            yield f"“{quote.title}” {told}."
        elif quote.standing.newer and quote.standing.ended:
            yield (
                f"“{quote.title}” was in force on {day}; since {quote.standing.ended} “{quote.standing.newer}” "
                "has its place."
            )
        if quote.standing.overdue:
            yield f"“{quote.title}” was due for review on {quote.standing.review_due}."
        elif (year := _year(quote)) is not None and day.year - year >= OLD_YEARS:
            yield f"“{quote.title}” is from {year}, {day.year - year} years before {day}."


def standing_text(quote: Quote) -> str:
    """ "is superseded since 2021-08-25 by “…”"; "" for a document in force."""
    standing = quote.standing
    if standing is None or standing.state is DocumentState.CURRENT:
        return ""
    since = f" since {standing.ended}" if standing.ended else ""
    newer = f" by “{standing.newer}”" if standing.newer and standing.state is DocumentState.SUPERSEDED else ""
    return _STATES[standing.state] + since + newer


def _year(quote: Quote) -> int | None:
    published = quote.standing.published if quote.standing else None
    stated = published or quote.date
    return int(stated[:4]) if stated else None
