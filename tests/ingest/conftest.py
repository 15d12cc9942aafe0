"""Files and a tokenizer for the ingest tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

PdfMaker = Callable[..., Path]


@pytest.fixture
def count_words() -> Callable[[Sequence[str]], list[int]]:
    """A tokenizer whose tokens are the words."""
    return lambda texts: [len(text.split()) for text in texts]


@pytest.fixture
def make_pdf(tmp_path: Path) -> PdfMaker:
    """Write a PDF of positioned lines: ``pages`` is a list of lists of (x, y, size, font, text)."""

    def make(
        pages: list[list[tuple[float, float, float, str, str]]],
        *,
        name: str = "made.pdf",
        title: str = "",
        password: str = "",
        date: str = "",
    ) -> Path:
        from reportlab.lib.pdfencrypt import StandardEncryption

        path = tmp_path / name
        encrypt = StandardEncryption(password, ownerPassword="owner") if password else None
        canvas = Canvas(str(path), pagesize=A4, encrypt=encrypt, invariant=1)
        canvas.setTitle(title)
        for page in pages:
            for x, y, size, font, text in page:
                canvas.setFont(font, size)
                canvas.drawString(x, y, text)
            canvas.showPage()
        canvas.save()
        return path

    return make
