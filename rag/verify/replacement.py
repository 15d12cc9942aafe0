"""No content word of a claim stands in the place of another, where nearly all else is the quoted sentence itself.

A judge hardly sees one changed word among many: "seasonal" for "residential". Words that the vocabulary knows as near,
and words that the quotes have elsewhere, are left to the judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import content_stems
from rag.verify.common import listed, shown
from rag.verify.wording import plain_wording
from rag.vocabulary import are_near, equivalents, expansions


class Replacement:
    """Fails with the word and what the quoted sentence has in its place."""

    name: CheckName = "replacement"

    def __call__(self, given: CheckInput) -> CheckResult:
        fault = replaced(given.claim, [shown(quote) for quote in given.quotes])
        return CheckResult(not fault, fault)


_GENERAL = frozenset(
    root
    for word in listed("make makes become becomes get gets have has take takes disease condition illness disorder problem patient patients people person persons medicine drug treatment")
    for root in content_stems(word)
)  # fmt: skip
"""Words that say less than what they replace, and verbs that say nothing of their own."""
_NEARLY = 0.75
"""Likeness of two texts by words, as difflib counts it, from which the claim is the sentence with something replaced."""
_END = re.compile(r"(?<=[a-z0-9)\]%]\.)\s+(?=[A-Z])|\n")


def replaced(claim: str, quotes: Sequence[str]) -> str:
    """ "residential" for "seasonal"; "" where nothing is, and where another quoted sentence has the claim's words."""
    said = plain_wording(claim).split()
    held = set(content_stems(" ".join(map(plain_wording, quotes))))
    faults = []
    for sentence in _sentences(quotes):
        written = plain_wording(sentence).split()
        matcher = SequenceMatcher(None, said, written, autojunk=False)
        if matcher.quick_ratio() < _NEARLY or matcher.ratio() < _NEARLY:
            continue
        pieces = [
            (said[a:b], written[c:d]) for kind, a, b, c, d in matcher.get_opcodes() if kind == "replace"
        ]
        faults.append(
            next(
                (
                    f'"{" ".join(one)}" stands where the quoted sentence says "{" ".join(other)}"'
                    for one, other in pieces
                    if _is_another(one, other, held)
                ),
                "",
            )
        )
    return faults[0] if faults and all(faults) else ""


def _sentences(quotes: Sequence[str]) -> Iterator[str]:
    """Each quote whole, each of its sentences, and all quotes together, for a claim that tells several as one."""
    parts = [part for quote in quotes for part in (quote, *_END.split(quote))]
    yield from dict.fromkeys(part for part in (*parts, " ".join(quotes)) if part)


def _is_another(one: Sequence[str], other: Sequence[str], held: set[str]) -> bool:
    """Whether a word of the claim is neither near to a word it replaces nor anywhere in the quotes."""
    new = [word for word in one if set(content_stems(word)) - held - _GENERAL]
    old = [word for word in other if content_stems(word)]
    if not new or not old:
        return False
    phrase = {
        root
        for form in (*equivalents(" ".join(other)), *expansions(" ".join(other)))
        for root in content_stems(form)
    }
    for word in new:
        if set(content_stems(word)) <= phrase or any(_is_near(word, before) for before in old):
            continue
        return True
    return False


def _is_near(one: str, other: str) -> bool:
    if are_near(one, other):
        return True
    roots = set(content_stems(one))
    return any(roots & set(content_stems(form)) for form in equivalents(other))
