"""What opens the list that a sentence stands in: "Do not give the following:" above the third bullet as well.

Read from the document's own text, where each item is a line. Where it is not plain whether an item still belongs to a
list that forbids, it does: a needless refusal is the smaller harm.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rag.text import fold

_BULLETS = "•▪■◦●○►✓✔✗✘‣⁃∙·›»➢➤❑□"
_MARK = re.compile(
    rf"\s*(?:([{_BULLETS}])|([*o\[{{°–—-])\s|([(\[]?)(?:(\d{{1,3}}(?:\.\d{{1,3}})*)|[A-Za-z]|[ivxIVX]{{1,5}})([.)\]]|(?<=\d\.\d))\s)"
)
_INLINE = re.compile(rf"(?<![ \t])[ \t]+(?=[{_BULLETS}]\s)")
_REFERENCE = r"(?:\s?[\[(]\d{1,3}(?:[,;–-] ?\d{1,3})*[\])]|\d{1,3}(?:,\d{1,3})*)?"
_ENDS = re.compile(rf"(?:(?<!\d)\.|[.](?!\d)|[!?])['\"”’)\]]*{_REFERENCE}\W*$")
_LAST_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|;\s+(?=[^;]*:$)")
""" "X does not help; there, Y is given by age:" opens a list of Y."""
_HAS_LISTED = re.compile(r":\s+\S.*[.!?]\W*$")
""" "When two of the following are present: age over 80, weight below 60 kg." has its list in itself."""
_POINTS = re.compile(
    r"\b(?:the|these|of|as) following\b|^following\b|\bas follows\b|\b(?:listed|given|named|shown|described) (?:below|here)\b|\bbelow\b(?! ?[\d(<])[^.]{0,40}$"
)
_NOT_POINTING = re.compile(
    r"\bthe following (?:\w+ )?(?:days?|weeks?|months?|years?|doses?|morning|section|chapter)\b"
)
_FAR = 6000
"""Characters read upwards; a longer list is not met in guidelines."""
_PARAGRAPHS = 2
"""So many paragraphs in a row that are no items end a list; one is a remark on an item."""


def announces(sentence: str) -> bool:
    """Points to what comes next, also where no colon ends it: "The following practices are unsafe." """
    said = fold(sentence)
    return bool(_POINTS.search(said) and not _NOT_POINTING.search(said) and not _HAS_LISTED.search(said))


def only_opens(sentence: str) -> bool:
    """It ends with a colon and forbids nothing: what it says stands below it, and the items there carry it with them."""
    return sentence.rstrip().endswith((":", ":-", ":–", ":—")) and not _FORBIDS.search(fold(sentence))


_FORBIDS = re.compile(r"\b(?:not|never|avoid\w*|contra-?indicated|no)\b")


@dataclass
class _Opened:
    mark: str
    """Of the line that opens; "" for a paragraph."""
    text: str
    items: str | None = None
    """Mark of the items below, once one was met."""


def openings(text: str, start: int, end: int, headings: Collection[str] = ()) -> tuple[str, ...]:
    """The lines that open the list of ``text[start:end]``, innermost first; none for what is no item of a list.

    ``headings``: those the sentence stands under; no list reaches beyond one.
    """
    own = _split(text[text.rfind("\n", 0, start) + 1 : end])[-1]
    if not mark_of(own) and (_ENDS.search(own) or own.endswith(":")):
        return ()
    lines = _lines_to(text, start, end, {fold(heading).strip(" :") for heading in headings})
    opened: list[_Opened] = []
    paragraphs = 0
    for place, line in enumerate(lines):
        here = mark_of(line)
        below = mark_of(lines[place + 1]) if place + 1 < len(lines) else None
        last = _LAST_SENTENCE.split(line)[-1]
        paragraphs = 0 if here else paragraphs + bool(_ENDS.search(line))
        if paragraphs == _PARAGRAPHS:
            opened.clear()
        if here:
            _close(opened, here)
        if below is None:
            break
        above = mark_of(lines[place - 1]) if place else ""
        labels = below and not here and not above and not _ENDS.search(line) and len(line.split()) <= _LABEL
        hangs = below and not here and _HANGS.search(fold(line))
        if line.endswith(":") or announces(last) or hangs or labels or _is_parent(line, here, below, opened):
            if not here:
                opened.clear()
            elif opened and opened[-1].mark == opened[-1].items == here:
                opened.pop()
            opened.append(_Opened(here, last))
    return tuple(one.text for one in reversed(opened))


def is_label(line: str, below: str) -> bool:
    """A few words without a verb that is known here, above items of a deeper list or with a colon behind: "Children of 20 to 39 kg"."""
    if len(line.split()) > _LABEL or _SAYS.search(fold(line)) or _ENDS.search(line):
        return False
    return line.endswith(":") or _is_parent(line, mark_of(line), mark_of(below), ())


_SAYS = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|should|must|may|can|need|needs|do|does|give|given|use|used|start|begin|take|offer|repeat|apply|inject|treat|review|check|add|continue|stop"
    r"|avoid|consider|perform|refer|monitor|ensure|provide|assess|test|discuss|advise|administer|obtain|screen|switch|reduce|increase|prescribe|contraindicated|withhold|halve|double)\b"
)


def _is_parent(line: str, here: str, below: str, opened: Collection[_Opened]) -> bool:
    """An item that is no sentence, above items marked as of a deeper list: "Children of 20 to 39 kg"."""
    if not here or _depth(below) <= _depth(here) or _ENDS.search(line):
        return False
    return not any(below in (one.mark, one.items) for one in opened)


def _depth(mark: str) -> int:
    """How far in lists are commonly marked so: figures and letters, bullets, other signs."""
    return -1 if not mark else 0 if mark[-1] in ".)]" else 1 if mark == "•" else 3 if mark == "‣" else 2


_LABEL = 8
"""Words of a line above a list that may be a label without a colon."""


def _close(opened: list[_Opened], here: str) -> None:
    """An item ends what was opened further in. One with the mark of the line that opened its list may still be part of it."""
    while opened:
        last = opened[-1]
        if last.items is None:
            last.items = here
        outer = {mark for one in opened[:-1] for mark in (one.mark, one.items)}
        if here == last.items or not (here == last.mark or here in outer):
            return
        opened.pop()


_HANGS = re.compile(
    r"\b(?:should|must|may|can|could|do|does|is|are|be|not|never|to|includes?|if|when|unless|for|of|who|with|without|that|have|has|avoid|against)$"
)
"""The end of a line that its items go on from: "Clinicians should not"."""


def _lines_to(text: str, start: int, end: int, stops: Collection[str]) -> list[str]:
    """The lines from the last of the headings, or from ``_FAR`` before, to the sentence's own."""
    lines = _split(text[max(0, start - _FAR) : end])
    for place in range(len(lines) - 2, -1, -1):
        if fold(lines[place]).strip(" :") in stops:
            return lines[place + 1 :]
    return lines


def _split(region: str) -> list[str]:
    """Its lines, bullets within a line apart; never none."""
    return [line.strip() for line in _INLINE.sub("\n", region).split("\n") if line.strip()] or [""]


def without_mark(line: str) -> str:
    """An item without the mark it begins with."""
    return _MARK.sub("", line, count=1).strip()


def mark_of(line: str) -> str:
    """The mark that an item begins with, figures and letters as one each; "" where there is none."""
    match = _MARK.match(line)
    if not match:
        return ""
    bullet, sign, bracket, number, close = match.groups()
    if bullet or sign:
        return str(bullet or sign)
    depth = number.count(".") if number else 0
    return f"{bracket}{'1' * (depth + 1) if number else 'a'}{close}"
