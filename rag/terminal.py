"""Text of documents and catalogues as a terminal may show it: a document must not steer the reader's terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Without control characters; each becomes a space."""
    kept = "\n\t" if keep_lines else ""
    return "".join(c if c in kept or (c.isprintable() or c == " ") else " " for c in text)


def cell(text: str, width: int) -> str:
    """For a table of rich: one line of at most ``width``, and no square bracket is markup."""
    from rich.markup import escape

    return escape(textwrap.shorten(clean(text), width, placeholder=" …"))


def ranges(pages: Sequence[int]) -> str:
    """``[1, 2, 3, 7]`` as ``"1-3, 7"``."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
