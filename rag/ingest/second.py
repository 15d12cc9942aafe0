"""A second look at a PDF: another library's reading of each page, and text recognition for pages that are pictures."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rag.errors import ParseError
from rag.ports import PageReading, PdfContent, PdfPage
from rag.settings import IngestSettings

SECOND_READER = "rag.backends.pdfium:read_second"
RECOGNISER = "rag.backends.tesseract:recognise_pages"
"""By name, as ``document.READERS``: the parser processes import them themselves."""
_LITTLE_TEXT = 100
"""Letters and digits under which a page that is mostly picture is recognised."""
_MOSTLY_IMAGE, _SOME_IMAGE = 0.5, 0.05
"""Of a page with some text, and of one with none."""


def _load(name: str) -> Any:
    module, function = name.split(":")
    return getattr(import_module(module), function)


def second_reading(path: Path, *, password: str | None = None) -> list[PageReading] | None:
    """None where the second library cannot open the file at all."""
    try:
        readings: list[PageReading] = _load(SECOND_READER)(path, password=password)
    except ParseError:
        return None
    return readings


def recognised_content(
    path: Path,
    content: PdfContent,
    readings: Sequence[PageReading] | None,
    settings: IngestSettings,
    *,
    password: str | None = None,
) -> tuple[PdfContent, dict[int, float]]:
    """The content with recognised lines on pages that are pictures; page number -> confidence (0..1) of these pages."""
    if readings is None or len(readings) != len(content.pages):
        return content, {}
    pictures = [
        page.number for page, reading in zip(content.pages, readings, strict=True) if _is_picture(page, reading)
    ]  # fmt: skip
    if not pictures:
        return content, {}
    found = _load(RECOGNISER)(path, pictures, languages=settings.languages, password=password)
    pages = tuple(found[page.number].page if page.number in found else page for page in content.pages)
    return content._replace(pages=pages), {number: one.confidence for number, one in found.items()}


def _is_picture(page: PdfPage, reading: PageReading) -> bool:
    letters = sum(character.isalnum() for line in page.lines for run in line for character in run.text)
    least = _MOSTLY_IMAGE if letters else _SOME_IMAGE
    return letters < _LITTLE_TEXT and reading.image_share >= least
