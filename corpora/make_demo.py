"""Write the PDFs of the demo corpus: corpora/sources/*.md -> corpora/demo/*.pdf.

The same sources give the same bytes: reportlab's invariant mode, no compression (two zlib builds
may compress differently), and the Vera fonts that travel with reportlab.

    python corpora/make_demo.py [FOLDER]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
)

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
NOTICE = "Teaching material written to demonstrate this software. Not for clinical use."
MARGIN = 20 * mm
GUTTER = 8 * mm

BODY = ParagraphStyle("body", fontName="Vera", fontSize=10, leading=14, spaceAfter=6)
TITLE = ParagraphStyle("title", parent=BODY, fontName="VeraBd", fontSize=16, leading=20, spaceAfter=8)
HEADING = ParagraphStyle(
    "heading", parent=BODY, fontName="VeraBd", fontSize=11, leading=15, spaceBefore=6, keepWithNext=1
)
CAPTION = ParagraphStyle("caption", parent=BODY, fontName="VeraBd", fontSize=8.5, spaceBefore=3, spaceAfter=3)


class Source(NamedTuple):
    """One source file: its front matter and its blocks (runs of lines between empty lines)."""

    metadata: dict[str, str]
    blocks: list[list[str]]


class Information(pdfdoc.PDFInfo):
    """The PDF's information dictionary, with the date and the notice that ingest reads."""

    def __init__(self, metadata: dict[str, str]) -> None:
        super().__init__()
        self.metadata = metadata

    def format(self, document: pdfdoc.PDFDocument) -> bytes:
        entries = {
            "Title": self.metadata["title"],
            "Subject": "Source of the facts: " + self.metadata["source"],
            "PublicationDate": self.metadata["date"],
            "Notice": NOTICE,
        }
        strings = {key: pdfdoc.PDFString(value) for key, value in entries.items()}
        return pdfdoc.PDFDictionary(strings).format(document)


def read_source(path: Path) -> Source:
    """Front matter between two ``---`` lines, then blocks."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    metadata = dict(line.split(": ", 1) for line in front.strip().splitlines())
    return Source(metadata, [block.splitlines() for block in body.strip().split("\n\n")])


class RowTable(Flowable):
    """A ruled table whose rows are each one text object, as word processors write them.

    reportlab's own Table ends every cell with a line feed, so that readers see one line per cell.
    """

    size, leading, padding = 8.5, 16.0, 3.0

    def __init__(self, rows: list[list[str]], width: float) -> None:
        super().__init__()
        self.rows = rows
        self.width, self.height = width, self.leading * len(rows)
        longest = [max(self._extent(row, column) for row in rows) for column in range(len(rows[0]))]
        if sum(longest) > width:
            raise ValueError(f"table {rows[0]} needs {sum(longest):.0f} points, the column has {width:.0f}")
        slack = (width - sum(longest)) / len(longest)
        self.lefts = [sum(longest[:column]) + slack * column for column in range(len(longest))]

    def _extent(self, row: list[str], column: int) -> float:
        return stringWidth(row[column], self._font(row), self.size) + 2 * self.padding

    def _font(self, row: list[str]) -> str:
        return "VeraBd" if row is self.rows[0] else "Vera"

    def draw(self) -> None:
        self._draw_rules()
        for number, row in enumerate(self.rows):
            text = self.canv.beginText()
            text.setFont(self._font(row), self.size)
            for left, cell in zip(self.lefts, row, strict=True):
                text.setTextOrigin(left + self.padding, self.height - (number + 1) * self.leading + 5)
                text.textOut(cell)
            self.canv.drawText(text)

    def _draw_rules(self) -> None:
        canvas = self.canv
        canvas.setStrokeColor(colors.grey)
        canvas.setLineWidth(0.4)
        canvas.setFillColor(colors.whitesmoke)
        canvas.rect(0, self.height - self.leading, self.width, self.leading, stroke=0, fill=1)
        canvas.setFillColor(colors.black)
        canvas.grid([*self.lefts, self.width], [row * self.leading for row in range(len(self.rows) + 1)])


def make_table(rows: list[str], width: float) -> RowTable:
    """Markdown table rows to a table."""
    cells = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in rows if not row.startswith("|---")
    ]
    return RowTable(cells, width)


def flowables(blocks: list[list[str]], width: float) -> Iterator[Flowable]:
    """Blocks to what reportlab lays out."""
    for lines in blocks:
        if lines[0].startswith("# "):
            yield Paragraph(lines[0][2:], TITLE)
        elif lines[0].startswith("## "):
            yield Paragraph(lines[0][3:], HEADING)
        elif lines[-1].startswith("|"):
            yield KeepTogether([Paragraph(lines[0], CAPTION), make_table(lines[1:], width), Spacer(1, 7)])
        else:
            yield Paragraph(" ".join(lines), BODY)


def frames(columns: int) -> list[Frame]:
    """One frame per column, left to right."""
    width = (A4[0] - 2 * MARGIN - (columns - 1) * GUTTER) / columns
    return [
        Frame(MARGIN + number * (width + GUTTER), MARGIN, width, A4[1] - 2 * MARGIN, 0, 0, 0, 0)
        for number in range(columns)
    ]


def draw_head_and_foot(canvas: Canvas, template: BaseDocTemplate) -> None:
    """The notice over every page; title, date and page number under it."""
    metadata = template.metadata
    canvas.setFont("VeraBd", 8)
    canvas.setFillColor(colors.firebrick)
    canvas.drawString(MARGIN, A4[1] - 13 * mm, "TEACHING MATERIAL – NOT FOR CLINICAL USE")
    canvas.setFillColor(colors.black)
    canvas.setFont("Vera", 7.5)
    canvas.drawString(MARGIN, 12 * mm, f"{metadata['title']} · {metadata['date']}")
    canvas.drawRightString(A4[0] - MARGIN, 12 * mm, f"Page {canvas.getPageNumber()}")


def make_pdf(source: Path, target: Path) -> None:
    """Lay out one source file."""
    metadata, blocks = read_source(source)
    columns = frames(int(metadata["columns"]))
    template = BaseDocTemplate(str(target), pagesize=A4, pageCompression=0, invariant=1, lang="en")
    template.metadata = metadata
    template.addPageTemplates(PageTemplate("page", columns, onPage=draw_head_and_foot))
    template.build(
        list(flowables(blocks, columns[0].width)),
        canvasmaker=lambda *args, **kwargs: _with_information(Canvas(*args, **kwargs), metadata),
    )


def _with_information(canvas: Canvas, metadata: dict[str, str]) -> Canvas:
    canvas._doc.info = Information(metadata)
    return canvas


def make_all(folder: Path) -> list[Path]:
    """Every source to a PDF in ``folder``; the paths written, in order of name."""
    for name in ("Vera", "VeraBd"):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    targets = [folder / f"{source.stem}.pdf" for source in sorted(SOURCES.glob("*.md"))]
    for target in targets:
        make_pdf(SOURCES / f"{target.stem}.md", target)
    return targets


if __name__ == "__main__":
    for written in make_all(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "demo"):
        print(written)
