"""``rag highlight`` and what ``rag ingest`` prints of pages."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag import cli_pages
from rag.cli import main
from rag.datatypes import Document, IngestReport
from rag.errors import UsageError
from rag.ingest.content import ParsedFile
from rag.ingest.document import parse_file
from rag.settings import IngestSettings
from rag.wiring import Pipeline

TEXT = "Give amoxicillin by mouth twice a day for five days."


class Opened:
    """As much of a pipeline as the command asks for."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def document(self, name: str) -> Document:
        if name not in (self._document.name, self._document.id):
            raise UsageError(f"No document named {name!r}")
        return self._document

    def file_of(self, document: Document) -> Path:
        return Path(document.source)


@pytest.fixture
def guideline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Document:
    path = tmp_path / "guideline.pdf"
    canvas = Canvas(str(path), invariant=1)
    canvas.drawString(72, 700, TEXT)
    canvas.drawString(72, 650, "Then the patient should come back. " + TEXT)
    canvas.save()
    parsed = parse_file(path, IngestSettings())
    assert isinstance(parsed, ParsedFile)
    monkeypatch.setattr(Pipeline, "open", lambda *_, **__: nullcontext(Opened(parsed.document)))
    monkeypatch.setattr(cli_pages, "_limit", lambda: None)  # would hold for the rest of the test run
    return parsed.document


def test_every_place_of_a_text_is_marked(
    guideline: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--document", "guideline.pdf", "--page", "1", "--text", TEXT, "--index", "x"]
    assert main(["highlight", *where, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [round(row["rectangles"][0]["bottom"], -1) for row in rows] == [700, 650]
    assert [row["text"].strip() for row in rows] == [TEXT, TEXT]
    assert main(["highlight", *where, "--out", str(tmp_path / "marked")]) == 0
    assert len(list((tmp_path / "marked").glob("guideline-p1-*.png"))) == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["--document", "guideline.pdf", "--page", "1", "--text", "ibuprofen"], "does not say", id="not_there"),
        pytest.param(["--document", "guideline.pdf", "--page", "9", "--text", "a"], "no page 9", id="no_such_page"),
        pytest.param(["--document", "other.pdf", "--page", "1", "--text", "a"], "No document", id="no_such_document"),
        pytest.param(["--document", "guideline.pdf", "--page", "1"], "Give a RECORD.json", id="incomplete"),
        pytest.param([], "Give a RECORD.json", id="nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_marked_is_wrong_usage(
    guideline: Document, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert main(["highlight", *arguments, "--index", "x", "--json"]) == 2
    assert expected in " ".join(capsys.readouterr().err.split())


def test_a_file_that_has_changed_is_not_marked(
    guideline: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(guideline.source).open("ab") as file:
        file.write(b"\n%")
    code = main(
        ["highlight", "--document", "guideline.pdf", "--page", "1", "--text", TEXT, "--index", "x", "--json"]
    )
    assert code == 2
    assert "has changed" in " ".join(capsys.readouterr().err.split())


def test_the_report_names_low_pages() -> None:
    low = {"page": 4, "score": 0.2, "scanned": False, "ocr": False, "left_out": True, "reason": "only 20 % of the words look like words"}  # fmt: skip
    pictures = [
        {"page": page, "score": 1.0, "scanned": True, "ocr": False, "left_out": False, "reason": "scanned"} for page in (1, 2, 3, 9)
    ]  # fmt: skip
    report = IngestReport(documents=({"document": "a.pdf", "low_pages": [low, *pictures]},), skipped=(), pages=9, passages=1, seconds=1)  # fmt: skip
    assert list(cli_pages.low_page_lines(report.documents)) == [
        "Left out: a.pdf, page 4: only 20 % of the words look like words",
        "Pages to look at: a.pdf, pictures with hardly any text: 1-3, 9",
    ]
