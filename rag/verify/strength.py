"""Strength and modality of a recommendation, and certainty of its evidence, are those of the quotes.

"Suggest" is not "recommend", "may" is not "must", a conditional recommendation is not a strong one, low certainty
is not high. Words of strength are compared where both sides use them of the same thing: with the same words
behind or before them. A claim without any such word is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import STOPWORDS, fold, stem
from rag.verify.common import framed, shown, without_citations


class Strength:
    """Fails with the word of strength that the quotes do not have for this."""

    name: CheckName = "strength"

    def __call__(self, given: CheckInput) -> CheckResult:
        quotes = [shown(quote) for quote in given.quotes]
        frames = [framed(quote) for quote in given.quotes]
        fault = (
            turned_strength(given.claim, quotes)
            or turned_modal(given.claim, quotes)
            or turned_certainty(given.claim, frames)
            or turned_evidence(given.claim, frames)
        )
        return CheckResult(not fault, fault)


# --- of the whole ----------------------------------------------------------------------------------------

_STRONG = re.compile(
    r"\b(?:recommends|recommend|(?:is|are|was|were|be|been|strongly|also|not) recommended|must|required?|requires|shall|mandatory|always"
    r"|should|strong(?:ly)?|firm|need(?:s)? to|essential|obligatory|imperative|has to|have to)\b"
)  # fmt: skip
_DUTY = re.compile(
    r"\b(?:must|required|requires|shall|mandatory|obligatory|imperative|has to|have to|always)\b"
)
_WEAK = re.compile(
    r"\b(?:suggests?|suggested|conditional(?:ly)?|may|might|could|can|consider(?:ed|ing)?|optional(?:ly)?|weak|possibly|potentially)\b"
)
_LABEL_WEAK = re.compile(r"\b(?:conditional(?:ly)?|suggests|weak(?:ly)?|optional(?:ly)?|soft)\b(?! inform)")
_LABEL_STRONG = re.compile(r"\b(?:strong(?:ly)?|firm(?:ly)?)\b(?=[\w ,-]{0,25}\b(?:recommend|guidance|advice|advise))|\brecommendation\b[\w ,()-]{0,20}\b(?:is|as|:) (?:a )?(?:strong|firm)\b|\bstrong,|\bstrong$")  # fmt: skip
_MARKED_WEAK = re.compile(r"\b(?:conditional(?:ly)?|suggests|weak)\b")
_MARKED_STRONG = re.compile(r"\b(?:strong(?:ly)?|recommends)\b")
_MUST_NOT_MONTH = re.compile(r"\b(?:in|by|since|from|until) may\b|\bmay \d")


def turned_strength(claim: str, quotes: Sequence[str]) -> str:
    """A duty made of an option, or a conditional recommendation made strong, or the reverse."""
    said, held = _MUST_NOT_MONTH.sub(" ", fold(claim)), _MUST_NOT_MONTH.sub(" ", fold(" \n ".join(quotes)))
    if _LABEL_STRONG.search(said) and not re.search(r"\b(?:strong|firm)", held):
        return "the claim calls the recommendation strong; the quoted sentences do not"
    if _LABEL_WEAK.search(said) and _MARKED_STRONG.search(held) and not _WEAK.search(held):
        return "the claim softens what the quoted sentences recommend strongly"
    if re.search(r"\bconditional", said) and not re.search(
        r"\b(?:conditional|suggest|consider|may|could|can|weak)", held
    ):
        return "the claim calls the recommendation conditional; the quoted sentences do not"
    if _STRONG.search(said) and not _WEAK.search(said) and _WEAK.search(held) and not _STRONG.search(held):
        return "the claim makes firm what the quoted sentences leave open"
    if _DUTY.search(said) and not _DUTY.search(held) and not _STRONG.search(held) and _WEAK.search(held):
        return "the claim makes a duty of an option"
    return ""


_LEVELS = r"(?:very[- ]low|low|moderate|high)"
_CERTAIN = re.compile(
    rf"\b({_LEVELS}(?:[- ]*(?:to|or|and|/)[- ]*{_LEVELS})?)[- ]*(?:certainty|quality|confidence)\b"
    rf"|\b(?:certainty|quality|confidence)\b[^.;]{{0,40}}?\b({_LEVELS}(?:[- ]*(?:to|or|and|/)[- ]*{_LEVELS})?)\b"
)
_ONE_LEVEL = re.compile(_LEVELS)


def turned_certainty(claim: str, frames: Sequence[str]) -> str:
    """A level of certainty of the evidence that the quotes do not state."""
    said, held = _levels(claim), _levels("\n".join(frames))
    extra = said - held
    if extra:
        return f"the quoted sentences do not state {', '.join(sorted(extra))} certainty"
    if re.search(r"\b(?:certain|certainty|quality) (?:evidence|of)\b", fold(claim)) and said and not held:
        return "the quoted sentences state no certainty of the evidence"
    return ""


def _levels(text: str) -> set[str]:
    found = (match.group(1) or match.group(2) for match in _CERTAIN.finditer(fold(text)))
    return {level.replace("-", " ") for phrase in found for level in _ONE_LEVEL.findall(phrase)}


_ADJECTIVES = (
    "strong", "weak", "insufficient", "sufficient", "limited", "robust", "convincing", "inconclusive", "conclusive", "indirect", "direct", "good",
    "poor", "substantial", "little", "scarce", "ample", "clear", "unclear", "inconsistent", "consistent", "solid", "compelling", "sparse", "adequate",
)  # fmt: skip
_OF_EVIDENCE = re.compile(
    rf"(?<![\w-])(?P<before>{'|'.join(_ADJECTIVES)})(?= (?:[\w-]+ ){{0,2}}evidence\b)"
    rf"|\bevidence(?: [\w-]+){{0,6}}? (?:is|was|are|were|remains?|be|been|as|considered|judged) (?:\w+ly |very |also )?(?P<after>{'|'.join(_ADJECTIVES)})\b"
)
_NEAR_EVIDENCE = re.compile(rf"(?<![\w-])(?:{'|'.join(_ADJECTIVES)})(?![\w-])")


def turned_evidence(claim: str, frames: Sequence[str]) -> str:
    """ "Strong evidence" where the quotes, which speak of evidence too, call it nothing of the kind."""
    said = {match["before"] or match["after"] for match in _OF_EVIDENCE.finditer(fold(claim))}
    held = fold("\n".join(frames))
    if not said or "evidence" not in held:
        return ""
    missing = said - set(_NEAR_EVIDENCE.findall(held))
    return f'the quoted sentences do not call the evidence "{min(missing)}"' if missing else ""


# --- of each thing ---------------------------------------------------------------------------------------


class Modal(NamedTuple):
    """A word of strength and the content words around it."""

    word: str
    level: str
    behind: tuple[str, ...]
    before: tuple[str, ...]


_LEVELS_OF: dict[str, tuple[str, ...]] = {
    "must": ("must", "shall", "mandatory", "obligatory", "has to", "have to", "is required", "are required"),
    "should": ("should", "ought to", "is recommended", "are recommended", "recommend", "recommends", "recommended", "advise", "advises", "advised"),
    "suggested": ("suggest", "suggests", "suggested"),
    "may": ("may", "might", "can", "could", "optional", "optionally"),
}  # fmt: skip
_LEVEL = {word: level for level, words in _LEVELS_OF.items() for word in words}
_MODAL = re.compile(r"(?<![\w-])(?:" + "|".join(sorted(_LEVEL, key=len, reverse=True)) + r")(?![\w-])")
_CONSIDER = re.compile(r"\bconsider(?:ed|ing|s|ation)?\b")
_ALIKE = {("should", "must")}
"""(claimed, quoted) levels that differ and are let pass: less than the quote asks, in the same direction."""
_LIGHT = frozenset(
    stem(word)
    for word in [
        "also",
        "therefore",
        "always",
        "often",
        "usually",
        "generally",
        "routinely",
        "only",
        "ideally",
        "still",
        "however",
        "thus",
        "either",
    ]
)
_WORD = re.compile(r"[^\W\d_][\w-]*")
_NEAR = 2
_BREAK = re.compile(r"[.;](?=\s|$)|\n")


def turned_modal(claim: str, quotes: Sequence[str]) -> str:
    """A word of strength that the quotes have, for the same thing, only in another degree."""
    held = [modal for quote in quotes for modal in modals(quote)]
    for said in modals(claim):
        there = [modal for modal in held if _is_of_same(said, modal)]
        levels = {modal.level for modal in there}
        if levels and said.level not in levels and not any((said.level, level) in _ALIKE for level in levels):
            return f'the claim says "{said.word}", the quoted sentences say "{there[0].word}"'
    return _firmer_than_considered(claim, quotes)


def _firmer_than_considered(claim: str, quotes: Sequence[str]) -> str:
    said, held = fold(claim), fold("\n".join(quotes))
    firm = re.search(r"\bmust\b|\bhas to\b|\bhave to\b|\brequired\b", said)
    if firm and _CONSIDER.search(held) and not _CONSIDER.search(said) and not firm.re.search(held):
        return f'the claim says "{firm.group()}", the quoted sentences ask to consider'
    return ""


def _is_of_same(one: Modal, other: Modal) -> bool:
    """The same first word behind, or both words; or, where nothing follows, the same word before."""
    if one.behind and other.behind:
        return one.behind[0] == other.behind[0] or len(set(one.behind) & set(other.behind)) == _NEAR
    return bool(
        one.before
        and other.before
        and one.before[-1] == other.before[-1]
        and not (one.behind or other.behind)
    )


@lru_cache(maxsize=2048)
def modals(text: str) -> tuple[Modal, ...]:
    """Words of strength with the content stems that follow and precede them in their sentence."""
    plain = _MUST_NOT_MONTH.sub(" ", fold(without_citations(text)))
    return tuple(modal for part in _BREAK.split(plain) for modal in _modals_of(part))


def _modals_of(sentence: str) -> Iterator[Modal]:
    for match in _MODAL.finditer(sentence):
        behind, before = _stems(sentence[match.end() :]), _stems(sentence[: match.start()])
        yield Modal(match.group(), _LEVEL[match.group()], tuple(behind[:_NEAR]), tuple(before[-_NEAR:]))


def _stems(text: str) -> list[str]:
    return [
        root for word in _WORD.findall(text) if word not in STOPWORDS and (root := stem(word)) not in _LIGHT
    ]
