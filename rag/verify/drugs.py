"""Every drug of a claim is in its quotes, and each number stands with the drug the quotes give it to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.datatypes import Quote
from rag.ports import CheckInput, CheckResult
from rag.quantities import Quantity, normalise, read
from rag.settings import CheckName
from rag.text import fold
from rag.verify.common import drugs_in, evidence_of, is_whole_row, short_forms_of, shown, spelled_out
from rag.vocabulary import drug_names


class Drugs:
    """Fails with a drug the quotes lack, or a number they give to another drug."""

    name: CheckName = "drugs"

    def __call__(self, given: CheckInput) -> CheckResult:
        if any(is_whole_row(given.claim, quote) for quote in given.quotes):
            return CheckResult(True)
        forms = [short_forms_of(given.documents, quote.document_id) for quote in given.quotes]
        claimed = drugs_in(given.claim, *forms[:1])
        held = {
            name
            for quote, own in zip(given.quotes, forms, strict=True)
            for name in drugs_in(spelled_out(_stated(quote)), own)
        }
        held |= {name for quote in given.quotes for name in _meant_by_pronoun(given, quote)}
        missing = sorted(claimed - held)
        if missing:
            return CheckResult(False, f"{', '.join(missing)}: not in the quoted sentences")
        fault = _misplaced(given) if claimed else ""
        return CheckResult(not fault, fault)


_PRONOUN = re.compile(r"^(?:it|this|they|these|the (?:drug|dose|dosage|medicine|treatment|agent))\b")


def _meant_by_pronoun(given: CheckInput, quote: Quote) -> set[str]:
    """The drug of the sentence before, where the quote opens with "it" and names none itself."""
    item = evidence_of(given, quote)
    if item is None or not _PRONOUN.match(fold(quote.text)) or drugs_in(quote.text):
        return set()
    named = drugs_in(item.before, short_forms_of(given.documents, quote.document_id))
    return named if len(named) == 1 else set()


def _stated(quote: Quote) -> str:
    """Quote, table header and headings; not the title, which names many things."""
    return "\n".join((*quote.section, shown(quote)))


def _misplaced(given: CheckInput) -> str:
    """A number that stands right beside one drug in the claim and only beside others in the quotes."""
    ours = list(_pairs(given.claim))
    theirs = [pair for quote in given.quotes for pair in _pairs(shown(quote))]
    if len({name for name, _ in theirs}) < 2:
        return ""
    for name, quantity in ours:
        owners = {other for other, q in theirs if _same(q, quantity)}
        if owners and name not in owners and any(other == name for other, _ in theirs):
            return f"{quantity.words()} belongs to {', '.join(sorted(owners))} in the quoted sentences, not to {name}"
    return ""


def _same(one: Quantity, other: Quantity) -> bool:
    return (one.low, one.high) == (other.low, other.high) and (
        not one.unit or not other.unit or one.unit == other.unit
    )


_BEHIND = 5
_AHEAD = 2
"""Words that may stand between a drug and its number, and between a number and its drug."""


_ONLY_OF = re.compile(r" of (?:oral )?")
_OF = re.compile(r" (?:of )?(?:oral )?")


def _pairs(text: str) -> Iterator[tuple[str, Quantity]]:
    """Each quantity with the drug named right before it in the clause ("amlodipine 5 mg"), or right after ("5 mg of amlodipine")."""
    clean, mentions = normalise(text), _positions(text)
    if "respectively" in clean:
        return
    for quantity in read(text):
        link = _OF if quantity.unit else _ONLY_OF
        ahead = [name for name, start, _ in mentions if link.fullmatch(clean[quantity.end : start])]
        behind = [
            name
            for name, start, end in mentions
            if end <= quantity.start and _is_near(clean[end : quantity.start], _BEHIND)
        ]
        later = [
            name
            for name, start, _ in mentions
            if start >= quantity.end and _is_near(clean[quantity.end : start], _AHEAD)
        ]
        owners = ahead or behind[-1:] or later
        if owners:
            yield owners[0], quantity


def _is_near(gap: str, most: int) -> bool:
    return not re.search(r"[.;:!?](?:\s|$)", gap) and len(gap.split()) <= most


def _positions(text: str) -> Sequence[tuple[str, int, int]]:
    """Drugs with their place in the normalised text, where quantities are counted."""
    clean, found, at = normalise(text), [], 0
    for mention in drug_names(text):
        place = clean.find(fold(mention.text), at)
        if place >= 0:
            found.append((mention.name, place, place + len(fold(mention.text))))
            at = place + 1
    return found
