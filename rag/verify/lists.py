"""What opens the list that a sentence stands in: "Do not give the following:" above the third bullet as well.

Read from the document's own text, where each item is a line. The levels of a nested list are told apart by their marks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice

from rag.text import fold

_MARK = re.compile(r"\s*(?:([•·▪●○◦‣›»❑□✓✔*–—-])\s|(\()?(?:\d{1,2}|([a-z])|[ivx]{1,4})([.)])\s)")
_ENDS = re.compile(r"[.!?]\W{0,2}$")
_LAST_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_MOST_LINES = 40
"""Lines read upwards; a longer list is not met in guidelines."""


def openings(text: str, start: int, end: int, headings: Collection[str] = ()) -> tuple[str, ...]:
    """The lines that open the list of ``text[start:end]``, innermost first; none for what is no item of a list.

    ``headings``: those the sentence stands under; no list reaches beyond one.
    """
    first = text.rfind("\n", 0, start) + 1
    mark = _mark_of(text[first:end])
    if not mark and (_ENDS.search(text[start:end]) or text[first:start].strip()):
        return ()
    levels, found = [mark], list[str]()
    below = mark
    stops = {fold(heading).strip() for heading in headings}
    for line in islice(_lines_above(text, first), _MOST_LINES):
        if fold(line) in stops:
            break
        here = _mark_of(line)
        opens = line.endswith(":") or (not here and bool(below) and not _ENDS.search(line))
        if here in levels and not (opens and not here):
            level = levels.index(here)  # a neighbour: what was opened further in is not ours
            del levels[level + 1 :], found[level:]
        elif opens or (not here and announces(_last_sentence(line))):
            levels.append(here)
            found.append(_last_sentence(line))
        if not here and (opens or _ENDS.search(line)):
            break
        below = here
    return tuple(found)


_ANNOUNCES = re.compile(
    r"^\W*(?:all (?:of )?|none of |each of |any of )?(?:the|these) following\b(?! (?:\w+ )?(?:day|week|month|year|dose|section|chapter)s?\b)"
)


def announces(sentence: str) -> bool:
    """Opens what follows also where no colon ends it: "The following practices are unsafe." """
    return bool(_ANNOUNCES.search(fold(sentence)))


def _mark_of(line: str) -> str:
    """The mark that an item begins with, figures and letters as one each; "" where there is none."""
    match = _MARK.match(line)
    if not match:
        return ""
    bullet, bracket, letter, close = match.groups()
    return bullet or f"{bracket or ''}{'a' if letter else '1'}{close}"


def _lines_above(text: str, start: int) -> Iterator[str]:
    while start > 0:
        end = start - 1
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end].strip()
        if line:
            yield line


def _last_sentence(line: str) -> str:
    return _LAST_SENTENCE.split(line)[-1]
