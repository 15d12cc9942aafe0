"""HTML to blocks by BeautifulSoup. Scripts, styles, navigation, hidden and struck-out text are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PageElement, PreformattedString, Tag

from rag.ingest.characters import BULLETS, clean_characters, tidy
from rag.ingest.content import Block, BlockKind, Content, block
from rag.ingest.plain import decode

_LEFT_OUT = ("script", "style", "nav", "noscript", "template", "svg", "form", "button", "select", "iframe", "object",
             "head", "footer", "aside", "canvas", "video", "audio", "dialog", "del", "s", "strike")  # fmt: skip
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "figcaption",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "ul",
    ]
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|text-decoration(?:-line)?\s*:[^;]*line-through",
    re.IGNORECASE,
)
_DATES = (
    "date",
    "dcterms.date",
    "dc.date",
    "dcterms.issued",
    "citation_publication_date",
    "citation_date",
    "article:published_time",
)
_SPACE = re.compile(r"\s+")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def read_html(path: Path) -> Content:
    """Headings, paragraphs, list items, captions and table rows in document order."""
    data = path.read_bytes()
    soup = BeautifulSoup(_decoded(data), "lxml")
    title = _title(soup)
    date = next((value for name in _DATES if (value := _meta(soup, name))), None)
    notice = _meta(soup, "notice")
    _remove_unseen(soup)
    root = soup.body or soup
    blocks = [one for one in _blocks(root) if one.text.strip(" |")]
    return Content("text/html", title, date, notice, (1,), tuple(blocks))


def _decoded(data: bytes) -> str:
    named = _CHARSET.search(data[:2048])
    if named:
        try:
            return data.decode(named[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _title(soup: BeautifulSoup) -> str | None:
    for tag in (soup.title, soup.h1):
        if tag is not None and (text := tidy(clean_characters(_SPACE.sub(" ", tag.get_text(" "))))):
            return text
    return None


def _meta(soup: BeautifulSoup, name: str) -> str | None:
    for tag in soup.find_all("meta"):
        if str(tag.get("name") or tag.get("property") or "").lower() == name and tag.get("content"):
            return tidy(clean_characters(str(tag["content"])))
    return None


def _remove_unseen(soup: BeautifulSoup) -> None:
    for tag in soup.find_all(_is_unseen):
        if not tag.decomposed:
            tag.decompose()
    for text in soup.find_all(string=lambda text: isinstance(text, (Comment, PreformattedString))):
        text.extract()


def _is_unseen(tag: Tag) -> bool:
    if tag.name in _LEFT_OUT or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN.search(str(tag.get("style", "")))) or tag.get("role") == "navigation"


def _blocks(root: Tag) -> Iterator[Block]:
    """Walk in order with an explicit stack (untrusted nesting); inline text gathers into paragraphs."""
    inline: list[str] = []
    stack: list[PageElement | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a block element ends here
            yield from _paragraph(inline)
        elif isinstance(node, NavigableString):
            inline.append(str(node))
        elif isinstance(node, Tag) and node.name == "br":
            inline.append("\n" if inline else "")
        elif isinstance(node, Tag) and node.name in _BLOCKS:
            yield from _paragraph(inline)
            made = _whole(node)
            if made is None:
                inline.append(_marker(node) if node.name == "li" else "")
                stack += [None, *reversed(list(node.children))]
            else:
                yield from made
        elif isinstance(node, Tag):
            stack += reversed(list(node.children))
    yield from _paragraph(inline)


def _paragraph(inline: list[str]) -> Iterator[Block]:
    text = _clean("".join(inline))
    inline.clear()
    if text and not _BARE_MARKER.fullmatch(text):
        yield block(BlockKind.PARAGRAPH, text)


_BARE_MARKER = re.compile(rf"[{BULLETS}]|\d+\.")
"""Of an item whose own words are in an element further in."""


def _whole(tag: Tag) -> list[Block] | None:
    """Blocks of an element that is read as one; None when its children are walked."""
    if re.fullmatch(r"h[1-6]", tag.name):
        return [block(BlockKind.HEADING, _clean(tag.get_text()), rank=int(tag.name[1]))]
    if tag.name in ("caption", "figcaption"):
        return [block(BlockKind.CAPTION, _clean(tag.get_text(" ")))]
    if tag.name == "table" and not tag.find("table") and _is_data(tag):
        return list(_rows(tag))
    if tag.name == "li" and not tag.find(list(_BLOCKS - {"p", "div"})):
        return [block(BlockKind.ITEM, _marker(tag) + _clean(tag.get_text(" ")))]
    if tag.name == "p" and not tag.find(list(_BLOCKS)):
        return [block(BlockKind.PARAGRAPH, _clean(tag.get_text()))]
    return None


def _marker(tag: Tag) -> str:
    parent = tag.parent
    if parent is None or parent.name != "ol":
        return f"{BULLETS[min(len(tag.find_parents('li')), len(BULLETS) - 1)]} "
    before = list(tag.find_previous_siblings("li"))
    return f"{len(before) + 1}. "


def _is_data(table: Tag) -> bool:
    """A table for layout has one column or holds headings and lists."""
    rows = table.find_all("tr")
    return any(len(row.find_all(["td", "th"], recursive=False)) > 1 for row in rows) and not table.find(
        ["h1", "h2", "h3"]
    )


def _rows(table: Tag) -> Iterator[Block]:
    caption = table.find("caption")
    if isinstance(caption, Tag):
        yield block(BlockKind.CAPTION, _clean(caption.get_text(" ")))
    header_open = True
    for row in table.find_all("tr"):
        cells = row.find_all(["td", "th"], recursive=False)
        header_open = header_open and bool(cells) and all(cell.name == "th" for cell in cells)
        texts = [_clean(cell.get_text(" ")) for cell in cells]
        yield block(BlockKind.ROW, " | ".join(texts), is_header=header_open)


def _clean(text: str) -> str:
    return tidy(_SPACE.sub(" ", clean_characters(_SPACE.sub(" ", text))))
