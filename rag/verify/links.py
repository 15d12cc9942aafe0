"""The small words that tie a figure or a thing to its sentence: "reduced by 25 %" is not "reduced to 25 %"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from rag.text import fold, listed
from rag.verify.senses import root_of
from rag.verify.wording import plain_wording

_LINK = {
    word: kind
    for kind, words in (
        ("to", "to towards toward"), ("by", "by"), ("from", "from"), ("with", "with"), ("at", "at"), ("on", "on upon"), ("of", "of"),
        ("for", "for over"), ("in", "in within during among into through throughout"), ("per", "per"), ("as", "as"), ("via", "via"),
    )
    for word in words.split()
}  # fmt: skip
_ALIKE = frozenset(
    map(frozenset, (("for", "in"), ("of", "in"), ("of", "for"), ("on", "in"), ("at", "in"), ("by", "via"), ("with", "in"), ("as", "for"), ("with", "for")))
)  # fmt: skip
"""Kinds that may stand for one another before a thing: "in children", "for children", "children with". Before a figure none may."""
_BETWEEN = frozenset(
    listed("a an the this that these those their his her its all any each <= >= < > about approximately")
)
_TOKEN = re.compile(r"[<>]=?|\d+(?:[.,]\d+)*|[^\W\d_]+|%")


def other_links(claim: str, sentence: str) -> str:
    """Words for what the claim ties otherwise than the sentence; "" where each is tied in the same way, or in none."""
    said, held = _links(claim), _links(sentence)
    for word, kinds in said.items():
        theirs = held.get(word)
        if theirs and not any(_agree(kind, other, word) for kind in kinds for other in theirs):
            return f'the claim says "{sorted(kinds)[0]} {word}", the quoted sentence "{sorted(theirs)[0]} {word}"'
    return ""


def _agree(one: str, other: str, word: str) -> bool:
    return one == other or (not word[0].isdigit() and frozenset((one, other)) in _ALIKE)


def _links(text: str) -> Mapping[str, set[str]]:
    """Root of the word behind each link to the kinds of those links."""
    found: dict[str, set[str]] = defaultdict(set)
    kind = ""
    for token in _TOKEN.findall(plain_wording(text)):
        if token in _LINK:
            kind = _LINK[token]
        elif kind and token not in _BETWEEN:
            found[root_of(token)].add(kind)
            kind = ""
    return found


_PAST = re.compile(r"\b(?:was|were|had)\b")
_PRESENT = re.compile(r"\b(?:is|are|has|have)\b")


def other_time(claim: str, sentence: str) -> str:
    """A sentence that tells the past alone is no rule for the present: "aspirin was used", "aspirin is used"."""
    said, held = fold(claim), fold(sentence)
    if _PAST.search(held) and not _PRESENT.search(held) and _PRESENT.search(said) and not _PAST.search(said):
        return "the claim speaks of the present, the quoted sentence of the past"
    return ""
