"""One file to a document and its quotable units: type, reader, text, title, date, language."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import cast

from rag.datatypes import Document, Page, Skipped
from rag.errors import ParseError
from rag.ingest.assemble import assemble
from rag.ingest.characters import clean_characters, tidy
from rag.ingest.content import BlockKind, Content, ParsedFile
from rag.ingest.language import UNKNOWN, document_language, page_language
from rag.ingest.quality import with_quality
from rag.ingest.second import recognised_content, second_reading
from rag.ports import PageReading, PdfContent
from rag.settings import IngestSettings

READERS: Mapping[str, str] = {
    ".pdf": "rag.backends.pypdf:read_pdf",
    ".md": "rag.ingest.markdown:read_markdown",
    ".markdown": "rag.ingest.markdown:read_markdown",
    ".html": "rag.ingest.html:read_html",
    ".htm": "rag.ingest.html:read_html",
    ".xhtml": "rag.ingest.html:read_html",
    ".txt": "rag.ingest.plain:read_plain",
    ".text": "rag.ingest.plain:read_plain",
}
"""Suffix -> "module:function". By name, because the parser processes import them themselves."""

_JUNK_TITLE = re.compile(
    r"(?:microsoft|adobe|untitled|document\d*|powerpoint|slide \d|layout \d|title$|pii:|doi:|unknown|\(anonymous\)|none$)|"
    r".*\.(?:docx?|pdf|indd|qxd|qxp|tex|dvi|ppt|pptx|rtf|xlsx?|pmd|fm|ps|eps|ai|cdr|pub|odt|p65)\b|"
    r"^[\w.-]*\d[\w.-]*$|^\S+_\S+$|^.{0,3}$",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"(?:D:)?((?:19|20)\d\d)(?:[-/.]?(\d\d)(?:[-/.]?(\d\d))?)?")
_MONTHS = {name: number for number, name in enumerate(
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)}  # fmt: skip
_TITLE_CHARACTERS = 300

Reader = Callable[..., Content | PdfContent]
"""Given the path; a reader of PDF files also the keyword ``password``."""


def parse_file(
    path: Path,
    settings: IngestSettings,
    *,
    readers: Mapping[str, str] = READERS,
    password: str | None = None,
) -> ParsedFile | Skipped:
    """The document with its units, or why not. ``password`` opens an encrypted PDF; it is kept nowhere."""
    try:
        return _parse(path, settings, readers, password)
    except ParseError as error:
        return Skipped.model_validate({"path": str(path), "reason": str(error), "category": error.category})
    except OSError as error:
        return Skipped(
            path=str(path), reason=f"cannot be read: {error.strerror or error}", category="unreadable"
        )


def _parse(
    path: Path, settings: IngestSettings, readers: Mapping[str, str], password: str | None
) -> ParsedFile:
    megabytes = path.stat().st_size / 1e6
    if megabytes > settings.megabytes_per_file:
        raise ParseError(
            f"{megabytes:.0f} MB; the limit is {settings.megabytes_per_file:.0f} MB", category="too_large"
        )
    reader = _reader(path, readers)
    is_pdf = path.suffix.lower() == ".pdf"
    content: Content | PdfContent = reader(path, password=password) if is_pdf and password else reader(path)
    readings: list[PageReading] | None = None
    recognised: dict[int, float] = {}
    if isinstance(content, PdfContent):
        readings = second_reading(path, password=password)
        if settings.ocr:
            content, recognised = recognised_content(path, content, readings, settings, password=password)
    content = _structured(content)
    title = _title(content, path)
    made = assemble(content.blocks, page_numbers=content.page_numbers, title=title)
    if not made.text.strip():
        raise _without_text(content)
    texts = [made.text[page.start : page.end] for page in made.pages]
    language = document_language(texts, seed=settings.language_seed)
    if language != UNKNOWN and language not in settings.languages:
        allowed = ", ".join(settings.languages)
        raise ParseError(f'the language is "{language}", taken in are: {allowed}; add "{language}" to the setting '
                         "ingest.languages to take it in", category="language")  # fmt: skip
    pages = [_with_language(page, text, settings) for page, text in zip(made.pages, texts, strict=True)]
    document = Document(
        id=file_hash(path),
        name=path.name,
        source=str(path.resolve()),
        title=title,
        language=language,
        media_type=content.media_type,
        date=iso_date(content.date),
        notice=tidy(clean_characters(content.notice)) if content.notice else None,
        text=made.text,
        pages=tuple(pages),
    )
    if content.media_type == "application/pdf":
        document = with_quality(document, readings, recognised)
    return ParsedFile(document=document, units=made.units)


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reader(path: Path, readers: Mapping[str, str]) -> Reader:
    """By suffix, unless the content says otherwise."""
    suffix = path.suffix.lower()
    if suffix not in readers:
        known = ", ".join(sorted(readers))
        raise ParseError(
            f'files of type "{suffix or path.name}" are not supported; supported are {known}',
            category="not_supported",
        )
    module, function = readers[suffix].split(":")
    return cast(Reader, getattr(import_module(module), function))


def _structured(content: Content | PdfContent) -> Content:
    if isinstance(content, Content):
        return content
    from rag.ingest.layout import content_of_pdf

    return content_of_pdf(content)


def _without_text(content: Content) -> ParseError:
    if content.has_images:
        return ParseError(
            "no text on any page, only images: probably scanned; run text recognition (OCR) on it first",
            category="scanned",
        )
    return ParseError("there is no text in it", category="empty")


def _with_language(page: Page, text: str, settings: IngestSettings) -> Page:
    return page.model_copy(update={"language": page_language(text, seed=settings.language_seed)})


def _title(content: Content, path: Path) -> str:
    """From the metadata unless it is junk, else the outermost heading of the first two pages, else the file's name."""
    stated = tidy(clean_characters(" ".join((content.title or "").split())))
    if stated and not is_junk_title(stated):
        return stated[:_TITLE_CHARACTERS]
    first = content.page_numbers[0] if content.page_numbers else 1
    headings = [
        one for one in content.blocks if one.kind is BlockKind.HEADING and one.parts[0].page <= first + 1
    ]
    if headings:
        return min(headings, key=lambda one: (one.parts[0].page > first, one.rank)).text[:_TITLE_CHARACTERS]
    return path.stem.replace("_", " ")


def is_junk_title(title: str) -> bool:
    """File names, program names and numbers that authoring tools leave as titles."""
    return bool(_JUNK_TITLE.match(title)) or not any(c.isalpha() for c in title)


def iso_date(stated: str | None) -> str | None:
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` from what metadata says; None when it says nothing usable."""
    if not stated:
        return None
    found = _ISO_DATE.search(stated)
    if not found:
        return None
    year, month, day = found[1], found[2], found[3]
    if not month:
        return _with_month_name(stated, year)
    try:
        date(int(year), int(month), int(day or 1))
    except ValueError:
        return year
    return "-".join(piece for piece in (year, month, day) if piece)


def _with_month_name(stated: str, year: str) -> str:
    """``"12 October 2024"`` and ``"October 2024"``."""
    name = re.search(r"([A-Za-z]{3})[a-z]*", stated)
    month = _MONTHS.get(name[1].lower()) if name else None
    if not month:
        return year
    day = re.search(r"(?<!\d)(\d{1,2})(?!\d)", stated)
    return f"{year}-{month:02d}" + (f"-{int(day[1]):02d}" if day and 1 <= int(day[1]) <= 31 else "")
