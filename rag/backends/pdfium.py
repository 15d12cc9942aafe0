"""Pages of a PDF by pypdfium2: characters with their boxes, text of a rectangle, images.

PDFium runs no script of a document and opens none of its links: no form environment is made.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import ImageDraw

from rag.errors import ParseError, UsageError
from rag.ports import Box, FloatMatrix, PageCharacters, PageReading

_MARK = (255, 208, 0, 96)
"""Red, green, blue, opacity."""
_PIXELS_AT_MOST = 25_000_000
"""A page is drawn smaller rather than larger than this."""
_IMAGES_AT_MOST = 2000
_MUCH_TEXT = 800
"""Characters."""
_CHARACTERS_AT_MOST = 400_000
"""Of one page."""


class PdfiumView:
    """Fits ``ports.PageView``. Close it, or use it in a ``with``."""

    def __init__(self, path: Path, *, password: str | None = None) -> None:
        """Raises ParseError "encrypted", "damaged" or "unreadable"."""
        try:
            self._document: Any = pdfium.PdfDocument(path, password=password)
        except FileNotFoundError as error:
            raise ParseError(f"there is no file {path}", category="unreadable") from error
        except pdfium.PdfiumError as error:
            locked = "password" in str(error).lower()
            reason = "encrypted: it needs a password to be opened" if locked else f"damaged PDF ({error})"
            raise ParseError(reason, category="encrypted" if locked else "damaged") from error
        self._pages: dict[int, tuple[Any, Any]] = {}

    def __len__(self) -> int:
        return len(self._document)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._forget()
        self._document.close()

    def _forget(self) -> None:
        for page, text in self._pages.values():
            text.close()
            page.close()
        self._pages.clear()

    def _opened(self, number: int) -> tuple[Any, Any]:
        """The page and its text; only the last few are held."""
        if not 1 <= number <= len(self):
            raise UsageError(f"the file has pages 1 to {len(self)}; page {number} was asked for")
        if number not in self._pages:
            if len(self._pages) > 3:
                self._forget()
            try:
                page = self._document[number - 1]
                self._pages[number] = (page, page.get_textpage())
            except pdfium.PdfiumError as error:
                raise ParseError(f"page {number} is damaged ({error})", category="damaged") from error
        return self._pages[number]

    def size(self, page: int) -> tuple[float, float]:
        """(width, height) of the page as shown, points."""
        width, height = self._opened(page)[0].get_size()
        return float(width), float(height)

    def characters(self, page: int) -> PageCharacters:
        """See ``ports.PageView``."""
        text_page = self._opened(page)[1]
        count = min(text_page.count_chars(), _CHARACTERS_AT_MOST)
        codes = [raw.FPDFText_GetUnicode(text_page, index) for index in range(count)]
        return PageCharacters(
            text=_text_of(codes),
            boxes=_boxes(text_page, count),
            lines=_line_boxes(text_page, count),
        )

    def text(self, page: int) -> str:
        """The whole page's text in PDFium's order."""
        return str(self._opened(page)[1].get_text_bounded())

    def text_in(self, page: int, box: Box) -> str:
        """See ``ports.PageView``."""
        return str(self._opened(page)[1].get_text_bounded(*box))

    def image_share(self, page: int) -> float:
        """Share of the page's area that its largest picture covers."""
        opened = self._opened(page)[0]
        left, bottom, right, top = opened.get_bbox()
        area = max((right - left) * (top - bottom), 1.0)
        images = islice(opened.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), _IMAGES_AT_MOST)
        largest = 0.0
        for image in images:
            a, b, c, d = image.get_bounds()
            largest = max(largest, (min(c, right) - max(a, left)) * (min(d, top) - max(b, bottom)))
        return float(min(1.0, largest / area))

    def image(self, page: int, boxes: Sequence[Box], *, dots_per_inch: int = 110) -> bytes:
        """See ``ports.PageView``."""
        drawn = self._opened(page)[0]
        width, height = drawn.get_size()
        scale = min(dots_per_inch / 72, (_PIXELS_AT_MOST / max(width * height, 1)) ** 0.5)
        bitmap = drawn.render(scale=scale)
        position = bitmap.get_posconv(drawn)
        picture = bitmap.to_pil().convert("RGB")
        pen = ImageDraw.Draw(picture, "RGBA")
        for box in boxes:
            corners = [position.to_bitmap(box.left, box.bottom), position.to_bitmap(box.right, box.top)]
            (left, right), (top, bottom) = (sorted(axis) for axis in zip(*corners, strict=True))
            pen.rectangle((left - 1, top - 2, right + 1, bottom + 2), fill=_MARK)
        file = io.BytesIO()
        picture.save(file, "PNG")
        return file.getvalue()


def read_second(path: Path, *, password: str | None = None) -> list[PageReading]:
    """Fits ``ports.SecondReader``. A page that cannot be read gives an empty text."""
    with PdfiumView(path, password=password) as view:
        return [_reading(view, number) for number in range(1, len(view) + 1)]


def _reading(view: PdfiumView, number: int) -> PageReading:
    try:
        text = view.text(number)
        looked_at = sum(character.isalnum() for character in text[:_MUCH_TEXT]) < _MUCH_TEXT / 2
        return PageReading(text, view.image_share(number) if looked_at else 0.0)
    except (ParseError, pdfium.PdfiumError):
        return PageReading("", 0.0)


def open_view(path: Path, *, password: str | None = None) -> PdfiumView:
    """Raises ParseError "encrypted", "damaged" or "unreadable"."""
    return PdfiumView(path, password=password)


def _text_of(codes: Sequence[int]) -> str:
    """One character for each code. A surrogate pair gives its character and a zero-width space; what is no
    character gives U+FFFD, which matches nothing."""
    characters: list[str] = []
    for index, code in enumerate(codes):
        following = codes[index + 1] if index + 1 < len(codes) else 0
        if 0xD800 <= code < 0xDC00 <= following < 0xE000:
            characters.append(chr(0x10000 + ((code - 0xD800) << 10) + (following - 0xDC00)))
        elif 0xDC00 <= code < 0xE000 and index and 0xD800 <= codes[index - 1] < 0xDC00:
            characters.append("\u200b")
        else:
            characters.append(
                "\ufffd" if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
            )
    return "".join(characters)


def _boxes(text_page: Any, count: int) -> FloatMatrix:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    boxes = np.zeros((count, 4), np.float32)
    for index in range(count):
        if raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top):
            boxes[index] = (left.value, bottom.value, right.value, top.value)
    return boxes


def _line_boxes(text_page: Any, count: int) -> FloatMatrix:
    box = raw.FS_RECTF()
    boxes = np.zeros((count, 4), np.float32)
    for index in range(count):
        if raw.FPDFText_GetLooseCharBox(text_page, index, box):
            boxes[index] = (box.left, box.bottom, box.right, box.top)
    return boxes
