"""Every drug of a claim is in its quotes, and each number stands with the drug the quotes give it to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.datatypes import Quote
from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import fold
from rag.verify.common import drugs_in, short_forms_of, shown
from rag.verify.quantities import Quantity, normalise, read
from rag.vocabulary import drug_names


class Drugs:
    """Fails with a drug the quotes lack, or a number they give to another drug."""

    name: CheckName = "drugs"

    def __call__(self, given: CheckInput) -> CheckResult:
        forms = [short_forms_of(given.documents, quote.document_id) for quote in given.quotes]
        claimed = drugs_in(given.claim, *forms[:1])
        held = {
            name
            for quote, own in zip(given.quotes, forms, strict=True)
            for name in drugs_in(_stated(quote), own)
        }
        missing = sorted(claimed - held)
        if missing:
            return CheckResult(False, f"{', '.join(missing)}: not in the quoted sentences")
        fault = _misplaced(given) if claimed else ""
        return CheckResult(not fault, fault)


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


def _pairs(text: str) -> Iterable[tuple[str, Quantity]]:
    """Each quantity with the drug named last before it, or else first after it."""
    mentions = _positions(text)
    for quantity in read(text):
        before = [name for name, start in mentions if start < quantity.start]
        after = [name for name, start in mentions if start >= quantity.start]
        owner = before[-1] if before else after[0] if after else None
        if owner:
            yield owner, quantity


def _positions(text: str) -> Sequence[tuple[str, int]]:
    """Drugs with their place in the normalised text, where quantities are counted."""
    clean, found, at = normalise(text), [], 0
    for mention in drug_names(text):
        place = clean.find(fold(mention.text), at)
        if place >= 0:
            found.append((mention.name, place))
            at = place + 1
    return found
