"""A claim does not exchange what its quote says of two things: "A is safer than B" for "B is safer than A".

Seen only where the claim is the quote's own words with two pieces in each other's place; other wordings are the judge's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import fold, stem
from rag.verify.common import shown, without_citations


class Exchange:
    """Fails with the two pieces that changed places."""

    name: CheckName = "exchange"

    def __call__(self, given: CheckInput) -> CheckResult:
        fault = exchanged(given.claim, [shown(quote) for quote in given.quotes])
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
