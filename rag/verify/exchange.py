"""A claim does not exchange what its quote says of two things: "A is safer than B" for "B is safer than A".

Seen where the claim is the quote's own words with two pieces in each other's place, and where the words nearest to a verb
of cause or effect have changed roles; other wordings are the judge's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import content_stems, fold, stem
from rag.verify.common import shown, without_citations


class Exchange:
    """Fails with the two pieces that changed places."""

    name: CheckName = "exchange"

    def __call__(self, given: CheckInput) -> CheckResult:
        quotes = [shown(quote) for quote in given.quotes]
        fault = exchanged(given.claim, quotes) or turned(given.claim, quotes)
        return CheckResult(not fault, fault)


_TOKEN = re.compile(r"[^\W_]+(?:[.,/'-][^\W_]+)*|[%<>≤≥=±]")
_END = re.compile(r"(?<=[a-z0-9)\]%]\.)\s+(?=[A-Z])|\n")
_SYMMETRIC = frozenset("and or with plus the a an both between as well nor versus vs".split())  # noqa: SIM905
"""Words across which an exchange changes nothing, when nothing but them stands between."""
_OPENING = frozenset(
    stem(word)
    for word in [
        "if",
        "when",
        "in",
        "for",
        "among",
        "during",
        "after",
        "before",
        "because",
        "since",
        "although",
        "with",
        "within",
        "unless",
        "at",
        "until",
        "while",
    ]
)
"""A clause that opens a sentence so may close it as well."""
_LONGEST = 12
"""Most words of one exchanged piece."""


def exchanged(claim: str, quotes: Sequence[str]) -> str:
    """Words for the exchange against the sentence of the quotes that has the claim's words; "" if there is none."""
    said = _tokens(claim)
    for quote in quotes:
        for sentence in (quote, *_END.split(quote)):
            held = _tokens(sentence)
            if len(held) == len(said) and held != said and sorted(held) == sorted(said):
                return _pieces(said, held)
    return ""


def _pieces(said: tuple[str, ...], held: tuple[str, ...]) -> str:
    first = next(i for i, (ours, theirs) in enumerate(zip(said, held, strict=True)) if ours != theirs)
    last = next(i for i in range(len(said), 0, -1) if said[i - 1] != held[i - 1])
    ours, theirs = said[first:last], held[first:last]
    for one in range(1, min(_LONGEST, len(ours) - 1) + 1):
        for other in range(1, min(_LONGEST, len(ours) - one) + 1):
            middle = theirs[one : len(theirs) - other]
            if (
                middle
                and ours == (*theirs[len(theirs) - other :], *middle, *theirs[:one])
                and not _is_free(middle, said[last:])
            ):
                return f'"{" ".join(ours[:other])}" and "{" ".join(ours[len(ours) - one :])}" have changed places'
    return ""


def _is_free(middle: Sequence[str], behind: Sequence[str]) -> bool:
    """ "A and B" is "B and A", unless figures follow in their order."""
    return _SYMMETRIC.issuperset(middle) and stem("respectively") not in behind[:30]


@lru_cache(maxsize=2048)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in _TOKEN.findall(fold(without_citations(text))))


# --- what acts on what ----------------------------------------------------------------------------

_CAUSES = r"causes?|caused|causing|leads? to|led to|leading to|results? in|resulted in|resulting in|produces?|produced|triggers?|triggered"
_ACTS: tuple[tuple[str, str], ...] = (
    ("cause", _CAUSES),
    ("raise", r"increases?|increased|raises?|raised|elevates?|elevated"),
    ("lower", r"reduces?|reduced|decreases?|decreased|lowers?|lowered"),
    ("stimulate", r"stimulates?|stimulated|activates?|activated|induces?|induced|promotes?|promoted|enhances?|enhanced"),
    ("inhibit", r"inhibits?|inhibited|blocks?|blocked|suppresses|suppressed"),
    ("reverse", r"reverses?|reversed|antagoni[sz]es?|antagoni[sz]ed|displaces?|displaced|worsens?|worsened|treats?|treated"),
    ("prevent", r"prevents?|prevented|protects? against"),
    ("affect", r"affects?|affected|influences?|influenced|depends? on|depended on|predicts?|predicted|precedes?|preceded|improves?|improved"),
)  # fmt: skip
_ACT = re.compile(
    r"(?P<passive>\b(?:is|are|was|were|been|be) (?:\w+ly )?)?\b(?:"
    + "|".join(f"(?P<{name}>{verbs})" for name, verbs in _ACTS)
    + r")\b(?P<by> by\b)?|(?P<due>\b(?:is|are|was|were) (?:mostly |often |usually )?(?:due to|because of)|\bresults? from|\bresulted from)\b"
)


class _Act(NamedTuple):
    """One verb and the content words around it, the actor's nearest first; passive forms are turned."""

    verb: str
    actor: tuple[str, ...]
    subject: tuple[str, ...]
    """What is acted upon."""


def turned(claim: str, quotes: Sequence[str]) -> str:
    """Words for an actor and what it acts on that have changed roles; "" where some sentence has them as the claim.

    Whatever else is reworded: the nearest words decide. Verbs of one kind count as the same verb.
    """
    held = [
        act
        for quote in quotes
        for sentence in _END.split(without_citations(quote))
        for act in _acts(sentence)
    ]
    for act in _acts(without_citations(claim)):
        same = [one for one in held if one.verb == act.verb]
        if not act.actor or not act.subject or any(_agrees(act, one) for one in same):
            continue
        if any(_is_turned(act, one) for one in same):
            return f'"{act.actor[0]}" and "{act.subject[0]}" have changed roles'
    return ""


def _acts(sentence: str) -> list[_Act]:
    found = []
    text = fold(sentence)
    for match in _ACT.finditer(text):
        before = tuple(content_stems(text[: match.start()])[::-1][:_NEAR])
        after = tuple(content_stems(text[match.end() :])[:_NEAR])
        verb = next((name for name, _ in _ACTS if match[name]), "cause")
        if match["due"] or (match["by"] and (match["passive"] or verb != "affect")):
            found.append(_Act(verb, after, before))
        elif not match["passive"] and not _GOES_ON.match(text, match.end()):
            found.append(_Act(verb, before, after))
    return found


_NEAR = 10
_GOES_ON = re.compile(
    r" (?:with|in|by|from|to|after|during|among|over|for|at|when|if|as|and|or|since|until|between)\b|[.,;:)]"
)
"""Behind a verb that acts on nothing: "the risk increased with age"."""


def _agrees(act: _Act, held: _Act) -> bool:
    return act.actor[0] in held.actor or act.subject[0] in held.subject


def _is_turned(act: _Act, held: _Act) -> bool:
    return act.actor[0] in held.subject and act.subject[0] in held.actor
