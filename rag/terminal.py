"""Text of documents and catalogues as a terminal may show it: a document must not steer the reader's terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Without control characters; each becomes a space."""
    kept = "\n\t" if keep_lines else ""
    return "".join(c if c in kept or (c.isprintable() or c == " ") else " " for c in text)


def wrapped(text: str, width: int, *, first: str = "", then: str = "") -> str:
    """Filled to ``width`` without control characters; a command in backticks stays on one line, to be pasted."""
    whole = _COMMAND.sub(lambda match: match[0].replace(" ", _NO_BREAK), clean(text))
    lines = textwrap.fill(
        whole,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return lines.replace(_NO_BREAK, " ")


_COMMAND = re.compile(r"`rag [^`]*`")
_NO_BREAK = "\ue000"


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
