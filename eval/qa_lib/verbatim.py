"""Is a quote on its page? Asked of poppler's pdftotext, which the product does not use.

A quote counts as verbatim when it stands in the plain or the -layout text of its page, or its beginning does and
its rest stands on the next page. Both sides are compared after NFKC, plain quotes and dashes, white space taken out
but between two figures, no space around dashes and slashes, a hyphen between letters ignored, printed line numbers
removed or not, control characters left out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_NUMBER_LINES = re.compile(r"^[ \t]*\d{1,5}[ \t]*$", re.MULTILINE)
_NUMBER_STARTS = re.compile(r"^[ \t]*\d{1,5}[ \t]{2,}", re.MULTILINE)
_NUMBER_ENDS = re.compile(r"[ \t]+\d{1,5}[ \t]*$", re.MULTILINE)

_LEAST_ON_A_PAGE = 12
"""Characters, white space left out."""


def available() -> bool:
    return shutil.which("pdftotext") is not None


def is_verbatim(path: Path, page: int, quote: str) -> bool:
    """Raises FileNotFoundError when pdftotext is not installed."""
    wanted = _comparable(quote)
    first, second = _readings(path, page), _readings(path, page + 1)
    return any(wanted in text for text in first) or any(
        _over_two_pages(wanted, *pair) for pair in zip(first, second, strict=True)
    )


def _over_two_pages(wanted: str, first: str, second: str) -> bool:
    """The beginning on one page and all the rest on the next; feet and heads may lie between."""
    cuts = range(_LEAST_ON_A_PAGE, len(wanted) - _LEAST_ON_A_PAGE + 1)
    return any(wanted[:cut] in first and wanted[cut:] in second for cut in cuts)


@lru_cache(maxsize=4096)
def _readings(path: Path, page: int) -> tuple[str, ...]:
    """The page's text in every way it is compared, always the same number of ways."""
    return tuple(
        _comparable(text)
        for mode in ("", "-layout")
        for text in _line_number_ways(_extract(path, page, mode))
    )


@lru_cache(maxsize=4096)
def _extract(path: Path, page: int, mode: str) -> str:
    command = [
        "pdftotext",
        "-enc",
        "UTF-8",
        "-f",
        str(page),
        "-l",
        str(page),
        *([mode] if mode else []),
        str(path),
        "-",
    ]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.stdout.decode("utf-8", "replace")


def _line_number_ways(text: str) -> Iterator[str]:
    yield text
    yield _NUMBER_LINES.sub("", text)
    yield _NUMBER_STARTS.sub("", text)
    yield _NUMBER_ENDS.sub("", text)


def _comparable(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("\f", " ")
    text = re.sub("[\x00-\x08\x0b\x0e-\x1f]", "", text)
    text = re.sub("[\u2018\u2019\u02bc]", "'", re.sub("[\u201c\u201d]", '"', text))
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"\s*([-/])\s*", r"\1", text)
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", "", text)
    text = re.sub(r"(?<=\d)\s+(?=\d)", "_", text)  # "5 10 mg" is not "510 mg"
    return re.sub(r"\s+", "", text)
