"""What a document has besides what it says: lists of references, contents, contributors.

A list is told by its heading, and where that is missing or was not read, by how densely the text cites. "(Smith et
al., 2019)" behind a sentence is no such mark: guidelines cite so, and the sentence is what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_HEADINGS = re.compile(
    r"\W*(?:\d+[.)]?\s*)*(?:references?|bibliography|literature cited|works cited|(?:table of )?contents|index"
    r"|acknowledge?ments?|abbreviations|contributors|list of (?:tables|figures)|declarations? of interests?)\W*",
    re.IGNORECASE,
)
_AUTHORS = re.compile(r"(?:[A-Z][\w\-'’]+ [A-Z]{1,3}(?:, | and |; |\.)){2}")
"""Vancouver style: "Rossi AB, Bianchi C"."""
_ENTRY = re.compile(
    rf"{_AUTHORS.pattern}"
    r"|\b(?:19|20)\d\d;\s?\d+|\bdoi(?::|\.org)|\bPMID\b|\bISBN\b|\[(?:Internet|cited|website)\b|\b[Aa]ccessed \d"
)
_MARK = re.compile(
    rf"{_ENTRY.pattern}"
    r"|[A-Z][\w\-'’]+, (?:[A-Z]\.[ \-]?){1,3}(?:,|&|\()"  # APA: "Rossi, A. B., & Bianchi, C. (2013)."
    r"|\d\(\d{1,3}(?:[-–/ ]\w+)?\)\s?[:,]\s?e?\d+[-–]\d+"  # volume(issue), pages
    r"|\. \((?:19|20)\d\d[a-z]?\)\. [A-Z]|\bRetrieved from\b|\b[Aa]vailable (?:from|at):? ?(?:https?:|www)"
)
_DENSE = 7.0
"""Marks in 1,000 characters. Lists of references have 10 to 40, the text of guidelines up to 6 (eleven PDFs counted)."""
_AROUND = 300
"""Characters read before and after a passage: one entry may be all that a passage holds, or its title alone."""
_LINK = re.compile(r"\(?(?:available (?:at|from):? ?)?(?:https?://|www\.)\S+", re.IGNORECASE)
_LEAST_BESIDE_LINK = 60
"""Letters that a sentence must have beside its links to say something."""


def heads_apparatus(section: Sequence[str]) -> bool:
    """One of the headings is that of a list that says nothing by itself."""
    return any(_HEADINGS.fullmatch(heading) for heading in section)


def lists_references(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is part of a list of references."""
    own = _Part.of(text[start:end])
    if own.marks >= 2 and own.marks >= _DENSE * own.length / 1000:
        return True
    before, after = _Part.of(text[max(0, start - _AROUND) : start]), _Part.of(text[end : end + _AROUND])
    if not own.marks and not (before.marks and after.marks):
        return False
    length = before.length + own.length + after.length
    return before.marks + own.marks + after.marks >= max(4, _DENSE * length / 1000)


class _Part(NamedTuple):
    marks: int
    length: int
    """Characters without those of links, which may be longer than the rest of an entry."""

    @classmethod
    def of(cls, text: str) -> _Part:
        return cls(sum(1 for _ in _MARK.finditer(text)), len(_LINK.sub("", text)))


def only_refers(sentence: str) -> bool:
    """An entry of a list of references, or hardly more than a link."""
    if _ENTRY.search(sentence):
        return True
    beside, links = _LINK.subn("", sentence)
    return links > 0 and sum(c.isalpha() for c in beside) < _LEAST_BESIDE_LINK
