"""Text files to blocks: paragraphs stand between empty lines."""

from __future__ import annotations

import re
from pathlib import Path

from rag.errors import ParseError
from rag.ingest.characters import clean_characters, join_lines, vocabulary_of
from rag.ingest.content import Block, BlockKind, Content, block

_ITEM = re.compile(r"\s*(?:[-*•–]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+")
_PARAGRAPHS = re.compile(r"\n\s*\n")
_BINARY_SHARE = 0.02


def decode(data: bytes) -> str:
    """UTF-8 (with or without byte order mark), UTF-16 with one, else Windows-1252.

    Raises:
        ParseError: "not_supported" when the bytes are no text, "empty" when there are none.
    """
    if not data.strip():
        raise ParseError("the file is empty", category="empty")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if data.startswith(b"%PDF") or data.count(b"\0") > _BINARY_SHARE * len(data):
        raise ParseError(f"not text: it starts with {data[:16]!r}", category="not_supported")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_plain(path: Path) -> Content:
    """A text file; its first line is the title when it stands alone and is short."""
    text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    vocabulary = vocabulary_of(text.split("\n"))
    blocks = [made for paragraph in _PARAGRAPHS.split(text) for made in _blocks(paragraph, vocabulary)]
    title = (
        blocks[0].text if blocks and len(blocks[0].text) <= 120 and not blocks[0].text.endswith(".") else None
    )
    return Content("text/plain", title, None, None, (1,), tuple(blocks))


def _blocks(paragraph: str, vocabulary: frozenset[str]) -> list[Block]:
    groups: list[list[str]] = []
    for line in clean_lines(paragraph):
        if not groups or _ITEM.match(line):
            groups.append([])
        groups[-1].append(line)
    made = []
    for lines in groups:
        kind = BlockKind.ITEM if _ITEM.match(lines[0]) else BlockKind.PARAGRAPH
        made.append(block(kind, join_lines(lines, vocabulary=vocabulary)))
    return [one for one in made if one.text]


def clean_lines(text: str) -> list[str]:
    return [cleaned for line in text.split("\n") if (cleaned := clean_characters(line).rstrip()).strip()]
