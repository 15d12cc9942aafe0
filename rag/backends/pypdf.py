"""PDF files to positioned text by pypdf. Knows nothing of headings, tables or cleaning.

Pages are read in ascending order with one reader: the text pypdf gives for a page can depend on
the pages the same reader has read before.
"""

from __future__ import annotations

import logging
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pypdf
from pypdf.errors import (
    DependencyError,
    FileNotDecryptedError,
    LimitReachedError,
    PyPdfError,
    WrongPasswordError,
)
from pypdf.generic import FloatObject
from pypdf.generic._font import Font

from rag.errors import ParseError
from rag.ports import PdfContent, PdfPage, TextRun

# What damaged files make the library raise besides its own errors.
_DAMAGE = (
    PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
    NotImplementedError, RecursionError, OSError, EOFError, struct.error, zlib.error, DependencyError,
)  # fmt: skip
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|-bd|medi(?!um[-,]?ital)", re.IGNORECASE)
_HEADER_WITHIN = 1024
_FORMS_DEEP = 3
_FIXED_PITCH = 1
_WIDEST_SPACE = 300
"""Thousandths of the font size."""
_LOOSE = 0.1
"""Letter spacing, in font sizes, from which a TJ array is looked at."""


def read_pdf(path: Path, *, password: str | None = None) -> PdfContent:
    """Every page in ascending order.

    Args:
        password: tried when the file does not open without one.

    Raises:
        ParseError: "not_supported" (no PDF), "encrypted", "damaged", "too_large" or "empty" (no page).
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    _expect_pdf(path)
    try:
        return _read(path, password)
    except ParseError:
        raise
    except (FileNotDecryptedError, WrongPasswordError) as error:
        raise ParseError(
            f"encrypted and cannot be opened without a password ({error})", category="encrypted"
        ) from error
    except DependencyError as error:
        raise ParseError(f"reading it needs more software ({error})", category="not_supported") from error
    except LimitReachedError as error:
        raise ParseError(f"unpacks to more than the limit ({error})", category="too_large") from error
    except _DAMAGE as error:
        raise ParseError(f"damaged PDF ({type(error).__name__}: {error})", category="damaged") from error


def _expect_pdf(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(_HEADER_WITHIN)
    if not start.strip():
        raise ParseError("the file is empty", category="empty")
    if b"%PDF" not in start:
        raise ParseError(f"not a PDF: it starts with {start[:16]!r}, not with %PDF", category="not_supported")


def _read(path: Path, password: str | None) -> PdfContent:
    reader = pypdf.PdfReader(path, strict=False)
    if reader.is_encrypted and not reader.decrypt("") and not (password and reader.decrypt(password)):
        reason = "the password given does not open it" if password else "it needs a password to be opened"
        raise ParseError(f"encrypted: {reason}", category="encrypted")
    with _plausible_spaces():
        return _read_pages(reader)


def _read_pages(reader: pypdf.PdfReader) -> PdfContent:
    pages: list[PdfPage] = []
    failures: list[str] = []
    count = len(reader.pages)
    if not count:
        raise ParseError("the PDF has no pages", category="empty")
    images = False
    for index in range(count):
        page, failure = _read_page(reader, index)
        pages.append(page)
        failures += [failure] if failure else []
        images = images or (not page.lines and _has_images(reader, index))
    if len(failures) == count:
        category = "too_large" if all("LimitReached" in failure for failure in failures) else "damaged"
        raise ParseError(f"no page can be read ({failures[0]})", category=category)
    info = _info(reader)
    return PdfContent(
        title=info.get("/Title"),
        date=info.get("/PublicationDate"),
        notice=info.get("/Notice"),
        pages=tuple(pages),
        has_images=images,
    )


def _info(reader: pypdf.PdfReader) -> dict[str, str]:
    """The information dictionary's text entries; empty when it cannot be read."""
    try:
        return {str(key): str(value).strip() for key, value in (reader.metadata or {}).items() if value}
    except _DAMAGE:
        return {}


def _read_page(reader: pypdf.PdfReader, index: int) -> tuple[PdfPage, str | None]:
    """The page, and why it could not be read (then it has no lines)."""
    runs: list[_Piece] = []

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text:
            runs.append(_piece(text, cm, tm, font, size))

    height = 792.0
    try:
        page = reader.pages[index]
        height = float(page.mediabox.height)
        page.extract_text(visitor_text=visit, visitor_operand_before=_Tracking())
    except _DAMAGE as error:
        if not runs:
            failure = f"page {index + 1}: {type(error).__name__}: {error}"
            return PdfPage(number=index + 1, height=height, lines=()), failure
    return PdfPage(number=index + 1, height=height, lines=_lines(runs)), None


@contextmanager
def _plausible_spaces() -> Iterator[None]:
    """Some fonts without a space glyph state a width for it that no word gap of a justified line reaches;
    pypdf measures gaps by it, and words run together. Held to what spaces of proportional fonts measure."""
    made = Font.from_font_resource

    def from_font_resource(description: Any) -> Font:
        font = made(description)
        if not font.font_descriptor.flags & _FIXED_PITCH and font.sub_type != "Type3":
            font.space_width = min(font.space_width, _WIDEST_SPACE)
        return font

    Font.from_font_resource = from_font_resource  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Font.from_font_resource = made  # type: ignore[method-assign]


class _Tracking:
    """Called before each operator. Letter spacing (Tc) that the offsets inside a TJ array take back is how some
    programs print word gaps; pypdf looks at the offsets alone. The spacing is moved into the offsets."""

    def __init__(self) -> None:
        self.spacing = 0.0
        self.size = 1.0
        self.saved: list[tuple[float, float]] = []

    def __call__(self, operator: bytes, operands: Any, cm: list[float], tm: list[float]) -> None:
        match operator:
            case b"Tc" if operands and isinstance(operands[0], int | float):
                self.spacing = float(operands[0])
            case b"Tf" if len(operands) > 1 and isinstance(operands[1], int | float):
                self.size = abs(float(operands[1])) or 1.0
            case b"q":
                self.saved.append((self.spacing, self.size))
            case b"Q" if self.saved:
                self.spacing, self.size = self.saved.pop()
            case b"TJ" if operands and self.spacing / self.size > _LOOSE:
                _spread(operands[0], spacing=1000 * self.spacing / self.size)


def _spread(shown: Any, *, spacing: float) -> None:
    """Rewrite a TJ array of single-byte strings, one glyph each, with the letter spacing in its offsets.

    Args:
        spacing: thousandths of the font size.
    """
    strings = [piece for piece in shown if isinstance(piece, bytes)]
    offsets = [float(piece) for piece in shown if isinstance(piece, int | float)]
    if (
        len(strings) * 3 < 2 * sum(map(len, strings))
        or len(offsets) < 3
        or any(b"\0" in piece for piece in strings)
    ):
        return
    if sorted(offsets)[len(offsets) // 2] < spacing / 2:
        return
    spread: list[Any] = []
    for piece in shown:
        if isinstance(piece, bytes):
            for position in range(len(piece)):
                spread += [piece[position : position + 1], FloatObject(-spacing)]
        elif isinstance(piece, int | float) and spread:
            spread[-1] = FloatObject(float(piece) + float(spread[-1]))
    shown[:] = spread


class _Piece(NamedTuple):
    text: str
    x: float
    y: float
    size: float
    bold: bool
    angle: int
    """Quarter turns of the baseline, 0 to 3; -1 when the piece has no position (a line end alone)."""


def _piece(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> _Piece:
    a = tm[0] * cm[0] + tm[1] * cm[2]
    b = tm[0] * cm[1] + tm[1] * cm[3]
    c = tm[2] * cm[0] + tm[3] * cm[2]
    d = tm[2] * cm[1] + tm[3] * cm[3]
    x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
    y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
    angle = round(math.atan2(b, a) / (math.pi / 2)) % 4 if text.strip() else -1
    return _Piece(text, x, y, abs(size) * math.hypot(c, d), _is_bold(font), angle)


def _is_bold(font: Any) -> bool:
    name = font.get("/BaseFont", "") if font else ""
    return bool(_BOLD.search(str(name)))


def _lines(pieces: list[_Piece]) -> tuple[tuple[TextRun, ...], ...]:
    """Split at line ends, positions turned so that most of the text reads horizontally."""
    weights = Counter[int]()
    for piece in pieces:
        if piece.angle >= 0:
            weights[piece.angle] += len(piece.text)
    turn = weights.most_common(1)[0][0] if weights else 0
    lines: list[tuple[TextRun, ...]] = []
    line: list[TextRun] = []
    for piece in pieces:
        x, y = _turned(piece.x, piece.y, turn)
        for number, text in enumerate(piece.text.split("\n")):
            if number:
                lines.append(tuple(line))
                line = []
            if text:
                line.append(TextRun(text, x, y, piece.size, piece.bold, piece.angle in (turn, -1)))
    lines.append(tuple(line))
    return tuple(line for line in lines if any(run.text.strip() for run in line))


def _turned(x: float, y: float, quarter_turns: int) -> tuple[float, float]:
    match quarter_turns:
        case 1:
            return y, -x
        case 2:
            return -x, -y
        case 3:
            return -y, x
        case _:
            return x, y


def _has_images(reader: pypdf.PdfReader, index: int) -> bool:
    try:
        return _draws_image(reader.pages[index].get("/Resources"), depth=0)
    except _DAMAGE:
        return False


def _draws_image(resources: Any, *, depth: int) -> bool:
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None or depth > _FORMS_DEEP:
        return False
    for reference in objects.get_object().values():
        thing = reference.get_object()
        if thing.get("/Subtype") == "/Image":
            return True
        if thing.get("/Subtype") == "/Form" and _draws_image(thing.get("/Resources"), depth=depth + 1):
            return True
    return False
