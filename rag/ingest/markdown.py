"""Markdown to blocks by markdown-it. Raw HTML inside loses its tags, struck-out text is left out, front matter is metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.ingest.characters import BULLETS, clean_characters, tidy
from rag.ingest.content import Block, BlockKind, Content, block
from rag.ingest.plain import decode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_ENTRY = re.compile(r"([A-Za-z][\w-]*)\s*:\s*(.+)")
_TAG = re.compile(r"<[^>]{0,400}>")
_STRUCK = re.compile(r"<(del|s|strike)\b[^>]{0,400}>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_STRIKE_OPENS = re.compile(r"<(?:del|s|strike)(?:\s[^>]{0,400})?>", re.IGNORECASE)
_STRIKE_CLOSES = re.compile(r"</(?:del|s|strike)\s*>", re.IGNORECASE)
_CAPTION = re.compile(r"table\s+[\dA-Z]+\b", re.IGNORECASE)


def read_markdown(path: Path) -> Content:
    """Headings, paragraphs, list items and table rows in order."""
    text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    entries, body = front_matter(text)
    blocks = _blocks(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(body))
    title = entries.get("title") or next((one.text for one in blocks if one.kind is BlockKind.HEADING), None)
    return Content("text/markdown", title, entries.get("date"), entries.get("notice"), (1,), tuple(blocks))


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """``key: value`` lines between two ``---`` at the start, lower-case keys, and the text after them."""
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    entries = {}
    for line in found[1].split("\n"):
        entry = _ENTRY.fullmatch(line.strip())
        if entry:
            entries[entry[1].lower()] = tidy(clean_characters(entry[2])).strip("\"'")
    return entries, text[found.end() :]


def _blocks(tokens: Sequence[Token]) -> list[Block]:
    made: list[Block] = []
    cells: list[str] = []
    marker = ""
    in_header = False
    depth = 0
    struck = _struck(tokens)
    for position, token in enumerate(tokens):
        if position in struck and token.type in ("inline", "code_block", "fence"):
            continue
        match token.type:
            case "list_item_open":
                marker = (
                    f"{token.info}{token.markup}" if token.info else BULLETS[min(depth, len(BULLETS) - 1)]
                )
                depth += 1
            case "list_item_close":
                marker, depth = "", depth - 1
            case "thead_open" | "thead_close":
                in_header = token.type == "thead_open"
            case "tr_close":
                made.append(block(BlockKind.ROW, " | ".join(cells), is_header=in_header))
                cells = []
            case "inline":
                text = _text(token)
                outer = tokens[position - 1]
                if outer.type in ("td_open", "th_open"):
                    cells.append(text)
                elif text:
                    made.append(_block(text, outer, marker if depth else ""))
                    marker = ""
            case "code_block" | "fence":
                made += [
                    block(BlockKind.PARAGRAPH, line)
                    for raw in token.content.split("\n")
                    if (line := tidy(clean_characters(raw)))
                ]
            case "html_block":
                text = _html_text("" if position in struck else token.content)
                made += (
                    [block(BlockKind.PARAGRAPH, text)]
                    if text and not token.content.lstrip().startswith("<!--")
                    else []
                )
    return [one for one in made if one.text.strip(" |")]


def _html_text(content: str) -> str:
    left = _STRUCK.sub(" ", content)
    opens, closes = _STRIKE_OPENS.search(left), _STRIKE_CLOSES.search(left)
    if closes and not opens:  # what stands before belongs to a block above
        left = left[closes.end() :]
    elif opens:
        left = left[: opens.start()]
    return tidy(clean_characters(_TAG.sub(" ", left).replace("\n", " ")))


def _struck(tokens: Sequence[Token]) -> frozenset[int]:
    """Positions of the blocks between a block of HTML that opens a strike and the one that closes it."""
    inside: list[int] = []
    struck: set[int] = set()
    is_open = False
    for position, token in enumerate(tokens):
        if is_open:
            inside.append(position)
        if token.type != "html_block":
            continue
        left = _STRUCK.sub(" ", token.content)
        if is_open and _STRIKE_CLOSES.search(left):
            struck.update(inside[:-1])
            inside, is_open = [], False
        is_open = is_open or bool(_STRIKE_OPENS.search(left))
    return frozenset(struck)


def _block(text: str, outer: Token, marker: str) -> Block:
    if outer.type == "heading_open":
        return block(BlockKind.HEADING, text, rank=int(outer.tag[1:]))
    if marker:
        return block(BlockKind.ITEM, f"{marker} {text}")
    if _CAPTION.match(text) and len(text) < 200 and "\n" not in text:
        return block(BlockKind.CAPTION, text)
    return block(BlockKind.PARAGRAPH, text)


def _text(token: Token) -> str:
    """Text without mark-up and without what is struck out; line ends are spaces; images give their description."""
    pieces: list[str] = []
    struck = 0
    for child in token.children or ():
        is_html = child.type == "html_inline"
        if child.type == "s_open" or (is_html and _STRIKE_OPENS.match(child.content)):
            struck += 1
        elif child.type == "s_close" or (is_html and _STRIKE_CLOSES.match(child.content)):
            struck = max(0, struck - 1)
        if struck:
            continue
        match child.type:
            case "softbreak" | "hardbreak":
                pieces.append(" ")
            case "text" | "code_inline":
                pieces.append(child.content)
            case "image":
                pieces.append(child.content)
            case "html_inline":
                pieces.append(" " if child.content.lower().startswith("<br") else "")
    return tidy(clean_characters("".join(pieces)))
