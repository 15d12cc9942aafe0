"""What readers give and what is cut into passages. Knows nothing of file formats."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from rag.datatypes import Document, Frozen, SentenceKind, Span

MediaType = Literal["application/pdf", "text/markdown", "text/html", "text/plain"]

REFERENCES = "References"
CONTENTS = "Contents"
"""Names in a section path that retrieval can leave out."""


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    """A list item or numbered recommendation."""
    ROW = "row"
    CAPTION = "caption"
    CONTENTS = "contents"
    """A line of a table of contents: kept in the text, never indexed."""


@dataclass(frozen=True)
class Block:
    """A stretch of text that no sentence leaves."""

    kind: BlockKind
    parts: tuple[Part, ...]
    """One for each page it lies on, ascending; their texts join without a separator."""
    rank: int = 0
    """Headings only: a smaller rank is further out."""
    is_header: bool = False
    """Rows only: names the columns of the rows that follow."""
    continues_row: bool = False
    """Rows only: another cell of the row before, on the same line of text."""

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Part:
    """Text of a block on one page, cleaned, without line ends."""

    page: int
    text: str


@dataclass(frozen=True)
class Content:
    """A file as its reader understands it."""

    media_type: MediaType
    title: str | None
    date: str | None
    notice: str | None
    page_numbers: tuple[int, ...]
    """Every page, those without text too."""
    blocks: tuple[Block, ...]
    has_images: bool = False


class Unit(Span):
    """A quotable stretch of ``Document.text`` before it is put into a passage."""

    kind: SentenceKind
    page: int
    """On which it starts."""
    section: tuple[str, ...] = ()
    header: tuple[Span, ...] = ()
    """Caption and header rows it stands under (rows only)."""
    opens: bool = False
    """First unit of its block: a good place to start a passage."""


class ParsedFile(Frozen):
    """A document and its quotable units, in order."""

    document: Document
    units: tuple[Unit, ...]


def block(kind: BlockKind, text: str, *, page: int = 1, rank: int = 0, is_header: bool = False) -> Block:
    """A block on one page."""
    return Block(kind=kind, parts=(Part(page, text),), rank=rank, is_header=is_header)
