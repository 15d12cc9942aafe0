"""Where a quote stands on the printed page: its rectangles. Knows no PDF library; asks ``ports.PageView``.

A page's text as the document has it is aligned with the page's characters as the PDF library gives them
(``rag/alignment.py``), once for the whole page: so a quote that occurs twice is found where its offset says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rag.alignment import aligned, comparable, same_text
from rag.datatypes import Document, Page, Span
from rag.errors import UsageError
from rag.ports import Box, PageCharacters, PageView

_SAME_LINE = 0.5
"""Share of the smaller height by which two characters of one line overlap."""
_WIDE_GAP = 4.0
"""A gap of this many line heights (between columns, between cells) ends a rectangle."""
_BRIDGED = 3
"""Characters in mid-line that the alignment may have missed and that are marked all the same."""
_INSETS = (
    (0.0, 0.0), (0.12, 0.0), (0.0, 0.12), (0.12, 0.12), (0.25, 0.0), (0.0, 0.25), (0.25, 0.12), (0.12, 0.25), (0.25, 0.25),
    (0.4, 0.0), (0.0, 0.4), (0.4, 0.2), (0.2, 0.4), (0.4, 0.4),
)  # fmt: skip
"""Shares of the height cut from top and bottom, so that glyphs of the lines above and below stay outside."""
_SIDE_INSETS = (0.02, 0.3)
"""Shares of the width of the first and last glyph cut from the sides."""


class Highlight(NamedTuple):
    """A quote's share of one page."""

    page: int
    boxes: tuple[Box, ...]
    """In reading order, one for each line or part of a line; none where the page does not show the words."""
    text: str
    """What the PDF library cuts out of the boxes, one line each."""


class Highlighter:
    """Rectangles of one document's quotes. Holds what it has aligned of each page."""

    def __init__(self, document: Document, view: PageView) -> None:
        """``view`` shows the file the document was read from. Raises UsageError when the numbers of pages differ."""
        if len(view) != len(document.pages):
            raise UsageError(
                f"{document.name} has {len(document.pages)} pages in the index and {len(view)} in {document.source}: "
                "the file has changed; ingest it again"
            )
        self._document = document
        self._view = view
        self._pages: dict[int, _AlignedPage] = {}

    def highlight(self, start: int, end: int) -> list[Highlight]:
        """Rectangles of ``document.text[start:end]``, page by page. Raises UsageError for offsets outside the text."""
        if not 0 <= start < end <= len(self._document.text):
            raise UsageError(f"offsets {start} to {end}; the text has {len(self._document.text)} characters")
        return [
            self._on_page(page, max(start, page.start), min(end, page.end))
            for page in self._document.pages
            if page.start < end and start < page.end and self._document.text[max(start, page.start) : min(end, page.end)].strip()
        ]  # fmt: skip

    def image(self, found: Highlight, *, dots_per_inch: int = 110) -> bytes:
        """The page of a highlight as a PNG with its boxes marked."""
        return self._view.image(found.page, found.boxes, dots_per_inch=dots_per_inch)

    def occurrences(self, page: int, text: str) -> list[Span]:
        """Every place on the page where the document says ``text``, compared as ``rag.alignment.comparable`` does."""
        place = next((one for one in self._document.pages if one.number == page), None)
        if place is None:
            raise UsageError(f"{self._document.name} has no page {page}; it has {len(self._document.pages)}")
        given, sought = comparable(self._document.text[place.start : place.end]), comparable(text).text
        found, at = [], given.text.find(sought) if sought else -1
        while at >= 0:
            last = given.sources[at + len(sought) - 1]
            found.append(Span(start=place.start + given.sources[at], end=place.start + last + 1))
            at = given.text.find(sought, at + len(sought))
        return found

    def _on_page(self, page: Page, start: int, end: int) -> Highlight:
        if page.number not in self._pages:
            characters = self._view.characters(page.number)
            self._pages[page.number] = _AlignedPage(self._document.text[page.start : page.end], characters)
        found = self._pages[page.number]
        indices = found.indices(start - page.start, end - page.start)
        boxes = [
            box for run in _runs(indices, found.characters) for box in self._boxes(page.number, run, found.characters)
        ]  # fmt: skip
        return Highlight(
            page.number, tuple(boxes), "\n".join(self._view.text_in(page.number, box) for box in boxes)
        )

    def _boxes(self, page: int, run: Sequence[int], characters: PageCharacters) -> Iterator[Box]:
        """One box for the run when some box holds its text and nothing else; else the halves' boxes."""
        expected = "".join(characters.text[index] for index in run)
        if not comparable(expected).text:
            return
        candidates = list(_candidates(characters.boxes[list(run)]))
        fitting = next(
            (box for box in candidates if same_text(expected, self._view.text_in(page, box))), None
        )
        half = _middle(run, characters.text)
        if fitting is not None or half is None:
            yield fitting or candidates[0]
            return
        yield from self._boxes(page, run[:half], characters)
        yield from self._boxes(page, run[half:], characters)


class _AlignedPage:
    """A page's text beside its characters."""

    def __init__(self, text: str, characters: PageCharacters) -> None:
        self.characters = characters
        self._text = comparable(text)
        other = comparable(characters.text)
        self._found = [other.sources[at] if at >= 0 else -1 for at in aligned(self._text.text, other.text)]

    def indices(self, start: int, end: int) -> list[int]:
        """Characters of the page that show ``text[start:end]``, in the text's order."""
        span = [k for k, source in enumerate(self._text.sources) if start <= source < end]
        found: list[int] = []
        missed = False
        for k in span:
            index = self._found[k]
            if index < 0:
                missed = True
                continue
            if missed and found and 1 < index - found[-1] <= _BRIDGED + 1:
                found += range(found[-1] + 1, index)
            missed = False
            if not found or found[-1] != index:
                found.append(index)
        return found


def _runs(indices: Sequence[int], characters: PageCharacters) -> list[list[int]]:
    """Characters on one line, one right after the other but for white space and hyphens."""
    upright = _reads_across(indices, characters)
    runs: list[list[int]] = []
    for index in indices:
        if runs and _goes_on(runs[-1][-1], index, characters, upright=upright):
            runs[-1] += range(runs[-1][-1] + 1, index + 1)
        else:
            runs.append([index])
    return runs


def _reads_across(indices: Sequence[int], characters: PageCharacters) -> bool:
    """False where the characters stand one above the other: a page printed sideways."""
    boxes = characters.lines[list(indices)]
    if len(boxes) < 3:
        return True
    centres = np.stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]], axis=1)
    steps = np.abs(np.diff(centres, axis=0))
    return bool(np.sum(steps[:, 0] >= steps[:, 1]) * 2 >= len(steps))


def _goes_on(before: int, index: int, characters: PageCharacters, *, upright: bool) -> bool:
    between = comparable(characters.text[before + 1 : index]).text
    if index <= before or between.strip("-"):
        return False
    axis, across = (0, 1) if upright else (1, 0)
    a, b = characters.lines[before], characters.lines[index]
    heights = (a[across + 2] - a[across], b[across + 2] - b[across])
    overlap = min(a[across + 2], b[across + 2]) - max(a[across], b[across])
    gap = max(b[axis] - a[axis + 2], a[axis] - b[axis + 2])
    back = b[axis] < a[axis] - heights[0] if upright else False
    return bool(overlap >= _SAME_LINE * min(heights) and gap < _WIDE_GAP * max(heights) and not back)


def _candidates(boxes: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Iterator[Box]:
    """Around the glyphs, then ever tighter.

    Args:
        boxes: (n, 4), of one line.
    """
    glyphs = boxes[(boxes[:, 2] > boxes[:, 0]) | (boxes[:, 3] > boxes[:, 1])]
    if not len(glyphs):
        glyphs = boxes
    left, bottom = glyphs[:, :2].min(axis=0)
    right, top = glyphs[:, 2:].max(axis=0)
    height = float(top - bottom)
    first, last = (float(glyph[2] - glyph[0]) for glyph in (glyphs[0], glyphs[-1]))
    for side in _SIDE_INSETS:
        for above, below in _INSETS:
            yield Box(
                float(left) + side * first,
                float(bottom) + below * height,
                float(right) - side * last,
                float(top) - above * height,
            )


def _middle(run: Sequence[int], text: str) -> int | None:
    """Where to halve a run: at the white space nearest its middle, inside a word only when there is none."""
    if len(run) < 2:
        return None
    spaces = [k for k in range(1, len(run)) if text[run[k]].isspace() or text[run[k - 1]].isspace()]
    return min(spaces or [len(run) // 2], key=lambda k: abs(k - len(run) / 2))
