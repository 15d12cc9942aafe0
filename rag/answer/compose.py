"""Released claims to the answer a reader sees."""

from __future__ import annotations

from collections.abc import Sequence

from rag.datatypes import Answer, Claim, Quote


def compose(claims: Sequence[Claim]) -> Answer:
    """Claims joined, each followed by its source marks; a quote has one number, by order of first use."""
    numbers: dict[tuple[str, int, int], int] = {}
    parts = []
    for claim in claims:
        marks = dict.fromkeys(numbers.setdefault(_place(quote), len(numbers) + 1) for quote in claim.quotes)
        parts.append(f"{claim.text} {''.join(f'[{mark}]' for mark in marks)}")
    return Answer(text=" ".join(parts), claims=tuple(claims))


def _place(quote: Quote) -> tuple[str, int, int]:
    return quote.document_id, quote.start, quote.end
