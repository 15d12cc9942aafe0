"""Text of documents and catalogues as a terminal may show it: a document must not steer the reader's terminal."""

from __future__ import annotations

import textwrap


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Without control characters; each becomes a space."""
    kept = "\n\t" if keep_lines else ""
    return "".join(c if c in kept or (c.isprintable() or c == " ") else " " for c in text)


def cell(text: str, width: int) -> str:
    """For a table of rich: one line of at most ``width``, and no square bracket is markup."""
    from rich.markup import escape

    return escape(textwrap.shorten(clean(text), width, placeholder=" …"))
