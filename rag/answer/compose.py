"""Released claims to the answer a reader sees."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.wording import correction
from rag.datatypes import Answer, Claim, Premise, Quote


def compose(claims: Sequence[Claim]) -> Answer:
    """Claims joined, each followed by its source marks; a quote has one number, by order of first use."""
    numbers = {_place(quote): number for number, quote in numbered_quotes(claims)}
    parts = []
    for claim in claims:
        marks = dict.fromkeys(numbers[_place(quote)] for quote in claim.quotes)
        parts.append(f"{claim.text} {''.join(f'[{mark}]' for mark in marks)}")
    return Answer(text=" ".join(parts), claims=tuple(claims))


def correct(refuted: Sequence[Premise]) -> Answer:
    """What the documents say instead of each refuted premise; the same marks."""
    return compose([Claim(text=correction(premise), quotes=premise.quotes) for premise in refuted])


def numbered_quotes(claims: Sequence[Claim]) -> list[tuple[int, Quote]]:
    """Every distinct quote with its mark, from 1 by order of first use."""
    quotes = {_place(quote): quote for claim in claims for quote in claim.quotes}
    return list(enumerate(quotes.values(), start=1))


def _place(quote: Quote) -> tuple[str, int, int]:
    return quote.document_id, quote.start, quote.end
