"""What a document has besides what it says: lists of references, contents, contributors.

A list is told by its heading, and where that is missing or was not read, by how densely the text cites. "(Smith et
al., 2019)" behind a sentence is no such mark: guidelines cite so, and the sentence is what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.datatypes import Hit, Passage, SentenceKind

_HEADINGS = re.compile(
    r"\W*(?:\d{1,3}(?:[.)]\s?|\s)){0,5}(?:references?\d{0,2}|reference list|references \(cont\w*\.?\)|bibliography|literature cited|works cited|(?:table of )?contents|index"
    r"|acknowledge?ments?|abbreviations|contributors|list of (?:tables|figures)|declarations? of interests?)\W*",
    re.IGNORECASE,
)
_NO_SURNAME = r"(?!(?:Vitamin|Hepatitis|Class|Level|Type|Grade|Phase|Group|Stage|Category|Pugh|Score|Part|Box|Table|Option|Factor|Appendix|Annex)s?\b)"
_AUTHORS = rf"(?:{_NO_SURNAME}\b[A-Z][\w\-'’]{{1,40}} [A-Z]{{1,3}}(?:, | and |; |\.)){{2}}"
"""Vancouver style: "Rossi AB, Bianchi C"."""
_ENTRY = re.compile(
    rf"^\W*(?:\d{{1,3}}[.)]?\s+)?{_AUTHORS}|\b(?:19|20)\d\d;\s?\d+(?:\(|:)|; ?(?:19|20)\d\d \(|^\W*doi(?::|\.org)|^\W*(?:PMID|ISBN)\b"
)
_SOURCED = re.compile(r"^\W*(?:Retrieved|Accessed|Available)\b[^.]{0,40}?https?://")
_MARK = re.compile(
    rf"{_AUTHORS}|\b(?:19|20)\d\d;\s?\d+|\bdoi(?::|\.org)|\bPMID\b|\bISBN\b|\[(?:Internet|cited|website)\b|\b[Aa]ccessed \d"
    r"|\b[A-Z][\w\-'’]{1,40}, (?:[A-Z]\.[ \-]?){1,3}(?:,|&|\()"  # APA: "Rossi, A. B., & Bianchi, C. (2013)."
    r"|\d\(\d{1,3}(?:[-–/ ]\w+)?\)\s?[:,]\s?e?\d+[-–]\d+"  # volume(issue), pages
    r"|\. \((?:19|20)\d\d[a-z]?\)\. [A-Z]|\bRetrieved from\b|\b[Aa]vailable (?:from|at):? ?(?:https?:|www)"
)
_DENSE = 7.0
"""Marks in 1,000 characters. Lists of references have 10 to 40, the text of guidelines up to 6 (eleven PDFs counted)."""
_AROUND = 300
"""Characters read before and after a passage: one entry may be all that a passage holds, or its title alone."""
_LINK = re.compile(
    r"\([^()]*(?:https?://|\bwww\.)[^()]*\)?|(?:available (?:at|from):? ?)?(?:https?://|\bwww\.)\S+",
    re.IGNORECASE,
)
_LEAST_BESIDE_LINK = 60
"""Letters that a sentence which ends with a link must have beside it to say something; half of it where the link is in brackets."""
_SHORT = 300
"""Characters of a passage that may be told by its neighbours alone, as the title of an entry is."""


def is_apparatus(item: Hit | Passage, text: str) -> bool:
    """Whether a passage of the document with this ``text`` says nothing by itself; a table always may."""
    if heads_apparatus(item.section):
        return True
    tabular = any(sentence.kind is SentenceKind.ROW for sentence in item.sentences)
    return not tabular and lists_references(text, item.start, item.end)


def heads_apparatus(section: Sequence[str]) -> bool:
    """One of the headings is that of a list that says nothing by itself."""
    return any(_HEADINGS.fullmatch(heading) for heading in section)


def lists_references(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is part of a list of references."""
    own = _Part.of(text[start:end])
    if own.marks >= 2 and own.marks >= _DENSE * own.length / 1000:
        return True
    before, after = _Part.of(text[max(0, start - _AROUND) : start]), _Part.of(text[end : end + _AROUND])
    if not own.marks and not (own.length < _SHORT and before.marks > 1 and after.marks > 1):
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
    links = list(_LINK.finditer(sentence))
    if not links or (any(map(str.isalpha, sentence[links[-1].end() :])) and not _SOURCED.match(sentence)):
        return False
    least = _LEAST_BESIDE_LINK // (2 if links[-1][0].startswith("(") else 1)
    return sum(map(str.isalpha, _LINK.sub("", sentence))) < least
