"""A claim tells something that the question did not say, and gives no order for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.ports import CheckInput, CheckResult
from rag.quantities import read
from rag.settings import CheckName
from rag.text import content_stems, fold, listed, stem, words
from rag.verify.asked import BODIES, is_bare, is_yes_no
from rag.verify.common import drugs_in, shown
from rag.vocabulary import equivalents, expansions


class Restatement:
    """Fails on the question said again, on a question in place of a claim, on a broken-off sentence, and on an order."""

    name: CheckName = "restatement"

    def __call__(self, given: CheckInput) -> CheckResult:
        if not content_stems(given.claim):
            return CheckResult(False, "the claim says nothing")
        if given.claim.rstrip().endswith("?"):
            return CheckResult(False, "the claim is a question")
        if breaks_off(given.claim):
            return CheckResult(False, "the claim breaks off in mid-sentence")
        if is_order(given.claim, "\n".join(shown(quote) for quote in given.quotes)):
            return CheckResult(False, "the claim is an order for a person")
        if says_more(given.claim, given.question) or _is_verdict(given):
            return CheckResult(True)
        return CheckResult(False, "the claim repeats the question")


_EMPTY = frozenset(
    stem(word)
    for word in (*BODIES, *listed("""guideline guidelines guidance document documents recommendation recommendations recommend recommends recommended
    suggest suggests suggested state states stated says say give gives given provide provides provided following answer question
    patient patients information according advise advises advised indicate indicates refer refers section table page source use used
    using specific specified mention mentioned report reported"""))
)  # fmt: skip


def says_more(claim: str, question: str) -> bool:
    """The claim has a content word or a quantity that the question lacks."""
    asked = set(content_stems(question))
    known = asked | {root for term in _other_words(question) for root in content_stems(term)}
    if any(word not in known and word not in _EMPTY for word in content_stems(claim)):
        return True
    values = {(q.low, q.high) for q in read(question)}
    return any((q.low, q.high) not in values for q in read(claim))


def _other_words(question: str) -> Iterator[str]:
    yield from expansions(question)
    for word in fold(question).split():
        yield from equivalents(word)


_DENIES = re.compile(
    r"\b(?:not|no|never|neither|nor|avoid(?:ed)?|cannot|contraindicated|without|bans?|banned|forbids?|forbidden|prohibit(?:s|ed)?|rules? out)\b|n't\b"
)
_SAYS_NOTHING = re.compile(
    r"(?:\b(?:no|not|never|without)\b|n't\b)[\w ]{0,20}\b(?:gives?|given|stated?|states|specif\w+|mention\w*|contain\w*|provided?|provides"
    r"|cover\w*|address\w*|information|says?|found)\b"
)
_DECIDES = re.compile(
    r"\b(?:should|must|may|can|could|need|safe|recommended|advised|suggested|indicated|contraindicated|allowed|permitted|avoided)\b"
)
_CHOICE = re.compile(r"\b([\w-]+) or (?:(?:an?|the|by|in|with|on|to) )?([\w-]+)\b")


def _is_verdict(given: CheckInput) -> bool:
    """The question's own words decide something: its yes or no in another order, its denial, or one of its choices."""
    claim, question = fold(given.claim).rstrip(" .?!"), fold(given.question).rstrip(" .?!")
    if claim in question:
        return False
    decides, denies, denied = _DECIDES.search(claim), _DENIES.search(claim), _DENIES.search(question)
    if is_yes_no(given.question) or (decides and (is_bare(given.question) or (denied and not denies))):
        return True
    if denies and not denied and not _SAYS_NOTHING.search(claim):
        return True
    told = set(words(claim))
    return any(len(told.intersection(choice.groups())) == 1 for choice in _CHOICE.finditer(question))


_OPEN_END = re.compile(
    r"(?:^|\s)(?:to|of|the|an|and|or|with|for|by|than|from|as|is|are|was|were|be|that|which|because|if|unless|whose|not|should|must|may)$"
)


def breaks_off(claim: str) -> bool:
    """Ends on a word that needs another: a page or column ended there, and what follows may turn the sense."""
    return bool(_OPEN_END.search(fold(claim)))


_ORDER = re.compile(
    r"^(?:please )?(?:start|stop|give|put|prescribe|order|book|administer|write|refer|admit|discharge|increase|switch|commence)\b"
)
_NAME = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z]\w+|\b[A-Z][a-z]+ [A-Z][a-z]+\b")
_NUMBERED = re.compile(r"\b(?:MRN|DOB|NHS (?:number|no)|hospital (?:number|no))\b", re.IGNORECASE)


def is_order(claim: str, quoted: str) -> bool:
    """Addresses an identified person: a record number, or an imperative with a name the quotes lack."""
    if _NUMBERED.search(claim) and not _NUMBERED.search(quoted):
        return True
    behind = claim.split(maxsplit=1)[-1]
    names = [n for n in _NAME.findall(behind) if n.lower() not in quoted.lower() and not drugs_in(n)]
    return bool(_ORDER.match(fold(claim))) and bool(names)
