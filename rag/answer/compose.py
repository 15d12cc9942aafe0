"""Released claims to the answer a reader sees."""

from __future__ import annotations

from collections.abc import Sequence

from rag.datatypes import Answer, Claim, Quote


def compose(claims: Sequence[Claim]) -> Answer:
    """Claims joined, each followed by its source marks; a quote has one number, by order of first use."""
    numbers = {_place(quote): number for number, quote in numbered_quotes(claims)}
    parts = []
    for claim in claims:
        marks = dict.fromkeys(numbers[_place(quote)] for quote in claim.quotes)
        parts.append(f"{claim.text} {''.join(f'[{mark}]' for mark in marks)}")
    return Answer(text=" ".join(parts), claims=tuple(claims))


def numbered_quotes(claims: Sequence[Claim]) -> list[tuple[int, Quote]]:
    """Every distinct quote with its mark, from 1 by order of first use."""
    quotes = {_place(quote): quote for claim in claims for quote in claim.quotes}
    return list(enumerate(quotes.values(), start=1))


def _place(quote: Quote) -> tuple[str, int, int]:
    return quote.document_id, quote.start, quote.end
