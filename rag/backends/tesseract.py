"""Text recognition by the program tesseract through pytesseract, from pictures of pages that PDFium draws."""

from __future__ import annotations

import io
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from rag.backends.pdfium import open_view
from rag.errors import MissingDependency
from rag.ports import PdfPage, RecognisedPage, TextRun

_DOTS_PER_INCH = 300
_SECONDS_PER_PAGE = 60
_WAY_UP = "--psm 1"
"""Find out which way up the page is, then its blocks."""
_SURE = 30.0
"""Words of which tesseract is less sure (0..100) are specks and lines."""
_CODES = {
    "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fi": "fin", "fr": "fra",
    "hu": "hun", "it": "ita", "nl": "nld", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sv": "swe",
    "tr": "tur", "uk": "ukr",
}  # fmt: skip
"""ISO 639-1 -> tesseract's name of its data."""


def expect_tesseract(languages: Sequence[str]) -> str:
    """Tesseract's names of the languages, joined by "+". Raises MissingDependency, with the command that helps."""
    try:
        import pytesseract
    except ImportError as error:
        raise MissingDependency(
            'text recognition needs the extra "ocr": pip install "meditron-rag[ocr]"'
        ) from error
    if shutil.which("tesseract") is None:
        raise MissingDependency(
            "text recognition (ingest.ocr) needs the program tesseract, which is not installed: "
            "apt-get install tesseract-ocr, or turn ingest.ocr off"
        )
    wanted = [_CODES.get(language, language) for language in languages]
    absent = [name for name in wanted if name not in pytesseract.get_languages()]
    if absent:
        packages = " ".join(f"tesseract-ocr-{name}" for name in absent)
        raise MissingDependency(
            f"tesseract lacks its data for {', '.join(absent)}: apt-get install {packages}"
        )
    return "+".join(wanted)


def recognise_pages(
    path: Path, pages: Sequence[int], *, languages: Sequence[str], password: str | None = None
) -> dict[int, RecognisedPage]:
    """Fits ``ports.Recogniser``."""
    import pytesseract

    os.environ.setdefault(
        "OMP_THREAD_LIMIT", "1"
    )  # tesseract's threads wait for each other more than they work
    names = "+".join(_CODES.get(language, language) for language in languages)
    found: dict[int, RecognisedPage] = {}
    with open_view(path, password=password) as view:
        for number in pages:
            width, height = view.size(number)
            picture = Image.open(io.BytesIO(view.image(number, (), dots_per_inch=_DOTS_PER_INCH)))
            try:
                data = pytesseract.image_to_data(
                    picture,
                    lang=names,
                    config=_WAY_UP,
                    output_type=pytesseract.Output.DICT,
                    timeout=_SECONDS_PER_PAGE,
                )
            except RuntimeError:  # too slow, or an image it cannot make sense of: the page stays a picture
                continue
            page = _page(number, height, width / picture.width, data)
            if page is not None:
                found[number] = page
    return found


def _page(
    number: int, height: float, scale: float, data: Mapping[str, Sequence[Any]]
) -> RecognisedPage | None:
    """
    Args:
        height: of the page, points.
        scale: points per pixel.
        data: tesseract's table, one list per column.
    """
    lines: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for at, word in enumerate(data["text"]):
        if str(word).strip() and float(data["conf"][at]) >= _SURE:
            lines[data["block_num"][at], data["par_num"][at], data["line_num"][at]].append(at)
    if not lines:
        return None
    sure = [float(data["conf"][at]) for words in lines.values() for at in words]
    runs = tuple(_line(words, height, scale, data) for words in lines.values())
    return RecognisedPage(PdfPage(number=number, height=height, lines=runs), sum(sure) / len(sure) / 100)


def _line(
    words: Sequence[int], height: float, scale: float, data: Mapping[str, Sequence[Any]]
) -> tuple[TextRun, ...]:
    """A line's words at their places, on one baseline and in one size."""
    bottoms = sorted(data["top"][at] + data["height"][at] for at in words)
    heights = sorted(data["height"][at] for at in words)
    baseline = height - bottoms[len(bottoms) // 2] * scale
    size = max(heights[len(heights) // 2] * scale, 4.0)
    return tuple(
        TextRun(f"{data['text'][at]} ", data["left"][at] * scale, baseline, size, bold=False) for at in words
    )
