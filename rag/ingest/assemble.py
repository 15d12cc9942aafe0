"""Blocks to a document's final text, its pages and its quotable units. Offsets are made here, once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rag.datatypes import Page, SentenceKind, Span
from rag.ingest.content import CONTENTS, REFERENCES, Block, BlockKind, Part, Unit
from rag.ingest.sentences import Bounds, sentence_spans
from rag.text import fold

_KINDS = {
    BlockKind.HEADING: SentenceKind.HEADING,
    BlockKind.CAPTION: SentenceKind.CAPTION,
    BlockKind.ROW: SentenceKind.ROW,
    BlockKind.PARAGRAPH: SentenceKind.SENTENCE,
    BlockKind.ITEM: SentenceKind.SENTENCE,
}
_REFERENCES = re.compile(
    r"(?:\d{1,2}\.?\s+)?(?:references?|bibliography|literature(?: cited)?|works cited|reference list|citations|endnotes|"
    r"sources)(?:\s+(?:cited|list|and notes|and further reading))?:?", re.IGNORECASE)  # fmt: skip
CONTENTS_HEADING = re.compile(
    r"(?:table of )?contents|list of (?:tables|figures|boxes)(?:.*)?|index", re.IGNORECASE
)
PAGE_AT_END = re.compile(r"(?:\s|\.)(?:\d{1,4}|[ivxl]{1,6})$")
_APPENDIX = re.compile(r"(?:appendix|annex|chapter|section|supplement)\b", re.IGNORECASE)
_CLEARLY_SMALLER = 100
_PATH_DEPTH = 5
_HEADING_CHARACTERS = 160
_HEADER_CHARACTERS = 300
_HEADER_ROWS = 3
_LONG_CELL = 200
"""A cell longer than this is prose: its sentences are units of their own."""


@dataclass(frozen=True)
class Assembled:
    text: str
    pages: tuple[Page, ...]
    units: tuple[Unit, ...]


@dataclass
class _Headings:
    """The headings a block stands under, outermost first."""

    title: str
    stack: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, rank: int, text: str) -> None:
        name = section_name(text)
        while self.stack and (self.stack[-1][0] >= rank or _ends_references(self.stack[-1], rank, name)):
            self.stack.pop()
        if not _repeats_title(fold(name), self.title) or name in (REFERENCES, CONTENTS):
            self.stack.append((rank, name))

    def path(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.stack[-_PATH_DEPTH:])


def _repeats_title(name: str, title: str) -> bool:
    """The document's title as a heading would stand in every path: shown beside the path anyway."""
    words, others = set(name.split()), set(title.split())
    return name == title or (len(words) >= 4 and len(words & others) >= 0.9 * max(len(words), len(others)))


def _ends_references(entry: tuple[int, str], rank: int, name: str) -> bool:
    """What follows a list of references is seldom part of it: only clearly smaller headings are."""
    return entry[1] == REFERENCES and (rank < entry[0] + _CLEARLY_SMALLER or bool(_APPENDIX.match(name)))


def section_name(text: str) -> str:
    """A heading as it stands in a section path: short, and one name for all lists of references and contents."""
    if _REFERENCES.fullmatch(text.strip()):
        return REFERENCES
    if CONTENTS_HEADING.fullmatch(text.strip()):
        return CONTENTS
    return text if len(text) <= _HEADING_CHARACTERS else text[:_HEADING_CHARACTERS].rsplit(" ", 1)[0]


@dataclass
class _Table:
    """Caption and header rows of the table that is open."""

    spans: list[Span] = field(default_factory=list)
    rows: int = 0

    def header(self) -> tuple[Span, ...]:
        return tuple(self.spans)

    def room(self, length: int) -> bool:
        return sum(span.end - span.start for span in self.spans) + length <= _HEADER_CHARACTERS


@dataclass
class _Builder:
    """Text so far, where its pages start, its units."""

    headings: _Headings
    texts: list[str] = field(default_factory=list)
    length: int = 0
    starts: list[tuple[int, int]] = field(default_factory=list)
    """(page, offset) where text of a page begins."""
    units: list[Unit] = field(default_factory=list)
    table: _Table = field(default_factory=_Table)
    last: Block | None = None

    def add(self, block: Block) -> None:
        if self.last is not None:
            self.write(_separator(self.last, block))
        start = self.length
        for part in block.parts:
            self.enter_page(part)
            self.write(part.text)
        self.last = block
        if block.kind is BlockKind.HEADING:
            self.headings.enter(block.rank, block.text)
        path = self.headings.path()
        if block.kind is BlockKind.CONTENTS or _is_contents(block, path):
            return
        self.units += self.units_of(block, start, path)

    def write(self, text: str) -> None:
        self.texts.append(text)
        self.length += len(text)

    def enter_page(self, part: Part) -> None:
        if not self.starts or part.page > self.starts[-1][0]:
            self.starts.append((part.page, self.length))

    def units_of(self, block: Block, start: int, path: tuple[str, ...]) -> Iterator[Unit]:
        bounds = _unit_bounds(block)
        header = self.header_for(block, start)
        names_columns = (
            block.kind is BlockKind.ROW
            and not _HAS_VALUE.search(block.text)
            and any(span.start == start for span in self.table.spans)
        )
        kind = SentenceKind.HEADER if names_columns else _KINDS[block.kind]
        for number, (left, right) in enumerate(bounds):
            yield Unit(
                start=start + left,
                end=start + right,
                kind=kind,
                page=self.page_at(start + left),
                section=path,
                header=header,
                opens=number == 0 and not block.continues_row,
            )

    def header_for(self, block: Block, start: int) -> tuple[Span, ...]:
        """Keep track of the open table; the spans this block stands under."""
        if block.kind is BlockKind.CAPTION:
            self.table = _Table([Span(start=start, end=start + len(block.text))])
            return ()
        if block.kind is not BlockKind.ROW:
            self.table = _Table()
            return ()
        before = self.table.header()
        self.table.rows += not block.continues_row
        if block.is_header and self.table.rows <= _HEADER_ROWS and self.table.room(len(block.text)):
            self.table.spans.append(Span(start=start, end=start + len(block.text)))
        return before

    def page_at(self, offset: int) -> int:
        return next(page for page, begins in reversed(self.starts) if begins <= offset)


def assemble(blocks: Iterable[Block], *, page_numbers: Sequence[int], title: str = "") -> Assembled:
    """One text; pages tile it; units ascend without overlap."""
    builder = _Builder(_Headings(title=fold(title)))
    for block in blocks:
        builder.add(block)
    text = "".join(builder.texts)
    return Assembled(
        text=text, pages=_pages(builder.starts, page_numbers, len(text)), units=tuple(builder.units)
    )


_HAS_VALUE = re.compile(r"(?:^|  |\| )[<>≥≤]?\s?\d[\d.,–-]*\s?[^\W\d]{0,5}(?=$|  | \|)")
"""A cell that is a figure: a row of data, also where it looks like a header."""


def _separator(before: Block, block: Block) -> str:
    if block.continues_row:
        return "  "
    listing = {BlockKind.ROW, BlockKind.ITEM, BlockKind.CONTENTS}
    close = block.kind in listing and before.kind in (block.kind, BlockKind.CAPTION)
    return "\n" if close else "\n\n"


def _is_contents(block: Block, path: tuple[str, ...]) -> bool:
    return bool(path) and path[-1] == CONTENTS and block.kind is not BlockKind.HEADING and bool(
        PAGE_AT_END.search(block.text)
    )  # fmt: skip


def _unit_bounds(block: Block) -> list[Bounds]:
    text = block.text
    left, right = len(text) - len(text.lstrip()), len(text.rstrip())
    whole = [Bounds(left, right)] if left < right else []
    match block.kind:
        case BlockKind.HEADING | BlockKind.CAPTION:
            return whole
        case BlockKind.ROW if len(text) <= _LONG_CELL or "  " in text:
            return whole
        case _:
            return sentence_spans(text)


def _pages(starts: Sequence[tuple[int, int]], page_numbers: Sequence[int], length: int) -> tuple[Page, ...]:
    """Every page of the file; those without text are empty spans."""
    offsets = dict(starts)
    pages: list[Page] = []
    upper = length
    for number in reversed(page_numbers):
        start = offsets.get(number, upper)
        pages.append(Page(number=number, start=start, end=upper))
        upper = start
    pages.reverse()
    if pages and pages[0].start > 0:
        pages[0] = pages[0].model_copy(update={"start": 0})
    return tuple(pages)
