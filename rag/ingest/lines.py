"""Lines of a page with the positions of their parts. Widths are estimated: PDF libraries do not give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.ingest.characters import clean_characters, close_spaced_letters
from rag.ports import PdfPage, TextRun

_GAP = 1.6
"""A horizontal gap of this many font sizes separates cells."""
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
            if not opened or start - pen > _GAP * run.size or start < opened[-1].x - run.size:
                opened.append(_Open([], start, []))
            pen = max(start, pen if start == pen else 0.0) + width(text, run.size)
        if opened:
            opened[-1].texts.append(text)
            opened[-1].runs.append(run)
    return [segment for part in opened if (segment := _closed(part)).text.strip()]


def _is_stale(run: TextRun, opened: _Open) -> bool:
    """After a change of font alone the position given is that of the segment's start."""
    return abs(run.x - opened.runs[-1].x) < 0.05 or opened.x - run.size <= run.x <= opened.x


def _closed(part: _Open) -> Segment:
    letters = [(len(run.text.strip()), run) for run in part.runs]
    size = max(letters, key=lambda pair: pair[0])[1].size
    bold = sum(count for count, run in letters if run.bold) * 2 > sum(count for count, _ in letters)
    return Segment(close_spaced_letters("".join(part.texts)).strip(" "), part.x, size, bold)
