"""Lines of a page with the positions of their parts. Widths are estimated: PDF libraries do not give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.ingest.characters import SplitWords, clean_characters, close_spaced_letters
from rag.ports import PdfPage, TextRun

_GAP = 1.6
"""A horizontal gap of this many font sizes separates cells."""
_LAST_LETTERS = re.compile(r"[^\W\d_]+$")
_FIRST_LETTERS = re.compile(r"[^\W\d_]+")
_NARROW = frozenset("iljtfI.,:;'|!()[]’‘ ")
_WIDE = frozenset("mwMW—%@")


class Segment(NamedTuple):
    """Part of a line set apart by a wide gap: a table cell, or the whole line."""

    text: str
    x: float
    size: float
    bold: bool

    @property
    def end(self) -> float:
        return self.x + width(self.text.rstrip(), self.size)


@dataclass(frozen=True)
class Line:
    segments: tuple[Segment, ...]
    y: float
    page: int
    page_index: int
    page_height: float
    upright: bool

    @property
    def text(self) -> str:
        """As the PDF library spaced it."""
        return "".join(segment.text for segment in self.segments).strip()

    @property
    def cells(self) -> str:
        """Two spaces between segments."""
        return "  ".join(segment.text.strip() for segment in self.segments)

    @property
    def x(self) -> float:
        return self.segments[0].x

    @property
    def end(self) -> float:
        return self.segments[-1].end

    @property
    def size(self) -> float:
        """Of most of its characters."""
        return max(self.segments, key=lambda segment: len(segment.text)).size

    @property
    def bold(self) -> bool:
        letters = sum(len(segment.text) for segment in self.segments)
        return sum(len(segment.text) for segment in self.segments if segment.bold) * 2 > letters

    @staticmethod
    def of(segments: Sequence[Segment], *, like: Line) -> Line:
        """Other segments at the same place."""
        return Line(tuple(segments), like.y, like.page, like.page_index, like.page_height, like.upright)


def width(text: str, size: float) -> float:
    """Estimated printed width in points."""
    units = sum(0.28 if c in _NARROW else 0.85 if c in _WIDE else 0.66 if c.isupper() else 0.5 for c in text)
    return units * size


def page_lines(page: PdfPage, *, index: int) -> list[Line]:
    """The page's lines with clean characters; lines without any are left out."""
    found = []
    for runs in page.lines:
        segments = _segments(runs)
        if segments:
            main = max(runs, key=lambda run: len(run.text.strip()))
            found.append(Line(tuple(segments), main.y, page.number, index, page.height, main.upright))
    return found


def mended(line: Line, words: SplitWords) -> Line:
    """The line with words whole that a stray space had cut."""
    segments = [segment._replace(text=words.mended(segment.text)) for segment in line.segments]
    return Line.of(segments, like=line)


def joined_baselines(lines: Sequence[Line], vocabulary: frozenset[str]) -> list[Line]:
    """Put lines together that stand on one baseline, one right after the other: programs move the pen by way of
    another place, in mid-word or between the cells of a row, and the PDF library sees a line end."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is None or not _same_baseline(before, line):
            joined.append(line)
        elif _goes_on(before, line):
            joined[-1] = _glued(before, line, vocabulary)
        else:
            first = line.segments[0]
            apart = first._replace(text=" " + first.text.lstrip())
            joined[-1] = Line.of([*before.segments, apart, *line.segments[1:]], like=before)
    return joined


def _glued(before: Line, line: Line, vocabulary: frozenset[str]) -> Line:
    last, first = before.segments[-1], line.segments[0]
    space = " " if _apart(last, first, vocabulary) else ""
    whole = last._replace(text=last.text.rstrip() + space + first.text.lstrip())
    return Line.of([*before.segments[:-1], whole, *line.segments[1:]], like=before)


def _same_baseline(before: Line, line: Line) -> bool:
    last = before.segments[-1]
    overlap = max(2.0 * max(before.size, line.size), 0.12 * (before.end - last.x))
    return (
        abs(before.y - line.y) < 0.5
        and before.upright == line.upright
        and last.x < line.x
        and line.x - before.end > -overlap
    )


def _goes_on(before: Line, line: Line) -> bool:
    """Close by and in the same font."""
    last, first = before.segments[-1], line.segments[0]
    near = line.x - before.end < 1.2 * max(before.size, line.size)
    return near and abs(last.size - first.size) < 0.3 and last.bold == first.bold


def _apart(before: Segment, after: Segment, vocabulary: frozenset[str]) -> bool:
    """Does a space belong between them?"""
    if before.text.endswith(" ") or after.text.startswith(" "):
        return True
    head, tail = _LAST_LETTERS.search(before.text), _FIRST_LETTERS.match(after.text)
    if head and tail:
        first, second = head[0].lower(), tail[0].lower()
        if first + second in vocabulary:
            return False
        if first in vocabulary and second in vocabulary:
            return True
    return after.x - before.end > 0.5 * after.size


class _Open(NamedTuple):
    """A segment being collected."""

    texts: list[str]
    x: float
    runs: list[TextRun]


def _segments(runs: Sequence[TextRun]) -> list[Segment]:
    opened: list[_Open] = []
    pen = 0.0
    for run in runs:
        text = clean_characters(run.text)
        if not text:
            continue
        if text.strip():
            start = pen if opened and _is_stale(run, opened[-1]) else run.x
            if not opened or _sets_apart(run, start, pen, opened[-1]):
                opened.append(_Open([], start, []))
            pen = max(start, pen if start == pen else 0.0) + width(text, run.size)
        if opened:
            opened[-1].texts.append(text)
            opened[-1].runs.append(run)
    return [segment for part in opened if (segment := _closed(part)).text.strip()]


def _sets_apart(run: TextRun, start: float, pen: float, opened: _Open) -> bool:
    """Is there a wide gap before this run, or does it go back to the left? A raised mark stays with its word."""
    size = max(run.size, opened.runs[-1].size)
    if run.size < 0.8 * size and len(run.text.strip()) <= 4 and start - pen < 4 * size:
        return False
    return start - pen > _GAP * size or start < opened.x - run.size


def _is_stale(run: TextRun, opened: _Open) -> bool:
    """After a change of font alone the position given is that of the segment's start."""
    return abs(run.x - opened.runs[-1].x) < 0.05 or opened.x - run.size <= run.x <= opened.x


def _closed(part: _Open) -> Segment:
    letters = [(len(run.text.strip()), run) for run in part.runs]
    size = max(letters, key=lambda pair: pair[0])[1].size
    bold = sum(count for count, run in letters if run.bold) * 2 > sum(count for count, _ in letters)
    return Segment(close_spaced_letters("".join(part.texts)), part.x, size, bold)
