"""One text against another reading of the same page: which character is which. Pure.

Two PDF libraries give the same page with other white space, other hyphens, other ligatures and in another order.
The alignment therefore compares no white space, decomposes ligatures and accents, and matches blocks longest first
wherever they stand, so that columns and cells read in another order still find each other.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

_PLAIN = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u0002\ufffe", "-")
    | dict.fromkeys("‘’‛′ʼ", "'")
    | dict.fromkeys("“”„‟″", '"')
    | dict.fromkeys("●▪■◦○·∙‣⁃\uf0b7\uf0a7\uf0a8\uf076\uf0d8\uf0fc\uf02d\uf06e\uf071", "•")
    | {"∗": "*", "\u2044": "/", "\u2215": "/", "∆": "Δ"}
    | dict.fromkeys("`´¨¸˘˙˚ˆ˜", "")  # an accent printed beside its letter
)
_LINE_END = re.compile(r"[\r\n]+")
_LEADER = re.compile(r"\.{4,}")
"""A line of dots from one column of a table to the next."""
_LONG, _SHORT = 12, 4
"""Characters of the shortest block matched anywhere on the page, and beside a block already matched."""
_COMMON = 48
"""A stretch of characters that stands at more places than this (a line of dots) does not start a block."""
_SLACK = 12
_STRAY = 2


class Comparable(NamedTuple):
    """A text as it is compared, and where each of its characters comes from."""

    text: str
    sources: tuple[int, ...]
    """Index of the original character, ascending; a ligature gives several characters of one index."""


def comparable(text: str) -> Comparable:
    """Without white space, accents, soft hyphens and control characters; plain dashes and quotation marks."""
    folded = [(plain, index) for index, character in enumerate(text) for plain in _folded(character)]
    return Comparable("".join(plain for plain, _ in folded), tuple(index for _, index in folded))


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character.translate(_PLAIN)).translate(_PLAIN)
    return "".join(
        c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Mn", "Cc", "Cf", "Cs")
    )


def same_text(quote: str, cut: str) -> bool:
    """Is ``cut`` the quote, but for white space, ligatures, accents, the shape of dashes and quotation marks, dot
    leaders, and hyphens at the ends of ``cut``'s lines, which the quote may lack?"""
    lines = [_LEADER.sub("", comparable(line).text) for line in _LINE_END.split(cut)]
    given = _LEADER.sub("", comparable(quote).text)
    return _matches(given, [line for line in lines if line])


def _matches(given: str, lines: Sequence[str]) -> bool:
    """``given`` is the lines joined; a line's last hyphen may be missing."""
    positions = {0}
    for number, line in enumerate(lines):
        shapes = {line} if number == len(lines) - 1 else {line, line.removesuffix("-")}
        positions = {at + len(shape) for at in positions for shape in shapes if given.startswith(shape, at)}
    return len(given) in positions


def aligned(text: str, other: str) -> list[int]:
    """For each character of ``text`` its index in ``other``, -1 where it has none. Both as ``Comparable.text``.

    No character of ``other`` is given twice; capitals and small letters count as alike.
    """
    matching = _Matching(_even(text), _even(other))
    matching.match_blocks(_LONG)
    matching.match_blocks(_SHORT + 2)
    matching.match_gaps()
    matching.match_strays()
    return matching.found


def _even(text: str) -> str:
    """In small letters, as many as before: what is printed in small capitals is read either way."""
    return "".join(character.lower() if len(character.lower()) == 1 else character for character in text)


class _Matching:
    def __init__(self, text: str, other: str) -> None:
        self.text, self.other = text, other
        self.found = [-1] * len(text)
        self.taken = [False] * len(other)

    def match_blocks(self, least: int) -> None:
        """Blocks of at least ``least`` characters, longest first."""
        waiting = [(-length, i, j) for i, j, length in self._maximal(least)]
        heapq.heapify(waiting)
        while waiting:
            length, i, j = heapq.heappop(waiting)
            start, end = self._still_free(i, j, -length)
            if end - start == -length:
                self._take(i, j, -length)
            elif end - start >= least:
                heapq.heappush(waiting, (start - end, i + start, j + start))

    def _maximal(self, least: int) -> list[tuple[int, int, int]]:
        """(start in text, start in other, length) of blocks that cannot be made longer; free characters only."""
        places: dict[str, list[int]] = {}
        for j in range(len(self.other) - least + 1):
            if not self.taken[j]:
                places.setdefault(self.other[j : j + least], []).append(j)
        blocks = []
        for i in range(len(self.text) - least + 1):
            if self.found[i] >= 0:
                continue
            starts = places.get(self.text[i : i + least], ())
            if len(starts) > _COMMON:
                continue
            for j in starts:
                before = i and j and self.found[i - 1] < 0 and not self.taken[j - 1]
                if not (before and self.text[i - 1] == self.other[j - 1]):
                    blocks.append((i, j, self._length(i, j)))
        return [block for block in blocks if block[2] >= least]

    def _length(self, i: int, j: int) -> int:
        start = i
        while (i < len(self.text) and j < len(self.other) and self.text[i] == self.other[j]
                and self.found[i] < 0 and not self.taken[j]):  # fmt: skip
            i, j = i + 1, j + 1
        return i - start

    def _still_free(self, i: int, j: int, length: int) -> tuple[int, int]:
        """The longest stretch of the block of which nothing has been taken, as offsets in it."""
        best = (0, 0)
        start = 0
        for k in range(length + 1):
            if k == length or self.found[i + k] >= 0 or self.taken[j + k]:
                if k - start > best[1] - best[0]:
                    best = (start, k)
                start = k + 1
        return best

    def _take(self, i: int, j: int, length: int) -> None:
        self.found[i : i + length] = range(j, j + length)
        self.taken[j : j + length] = [True] * length

    def match_gaps(self) -> None:
        """What is left between two matched blocks, from what is left beside them in the other text."""
        for start, end in self._gaps():
            self._match_gap(start, end)

    def match_strays(self) -> None:
        """What is still left, wherever it stands in the other text in one place only: a number in the margin."""
        for start, end in self._gaps():
            free = "".join(
                "\0" if taken else character for character, taken in zip(self.other, self.taken, strict=True)
            )
            sought = self.text[start:end]
            if len(sought) >= _STRAY and free.count(sought) == 1:
                self._take(start, free.index(sought), len(sought))

    def _gaps(self) -> Iterator[tuple[int, int]]:
        end = 0
        while end < len(self.text):
            start = next((i for i in range(end, len(self.text)) if self.found[i] < 0), len(self.text))
            end = next((i for i in range(start, len(self.text)) if self.found[i] >= 0), len(self.text))
            if start < end:
                yield start, end

    def _match_gap(self, start: int, end: int) -> None:
        reach = end - start + _SLACK
        left = self.found[start - 1] + 1 if start else 0
        right = self.found[end] if end < len(self.text) else len(self.other)
        windows = (
            [(left, right)]
            if 0 <= right - left <= 3 * reach
            else [(left, left + reach), (right - reach, right)]
        )
        for low, high in windows:
            free = [j for j in range(max(0, low), min(len(self.other), high)) if not self.taken[j]]
            rest = [i for i in range(start, end) if self.found[i] < 0]
            if free and rest:
                self._match_in_order(rest, free)

    def _match_in_order(self, rest: Sequence[int], free: Sequence[int]) -> None:
        a, b = "".join(self.text[i] for i in rest), "".join(self.other[j] for j in free)
        for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
            for k in range(block.size):
                self.found[rest[block.a + k]] = free[block.b + k]
                self.taken[free[block.b + k]] = True
