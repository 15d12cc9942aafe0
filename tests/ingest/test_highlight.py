"""Quotes back to rectangles on the page, and the text that stands in these rectangles."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rag.alignment import aligned, comparable, same_text
from rag.backends.pdfium import open_view
from rag.datatypes import Document
from rag.errors import ParseError, UsageError
from rag.highlight import Highlighter
from rag.ingest.content import ParsedFile
from rag.ingest.document import parse_file
from rag.settings import IngestSettings

PdfMaker = Callable[..., Path]
TEXT = "Give amoxicillin by mouth twice a day for five days."


def lines(*texts: str, x: float = 72.0, top: float = 700.0) -> list[tuple[float, float, float, str, str]]:
    return [(x, top - 13 * number, 10.0, "Helvetica", text) for number, text in enumerate(texts)]


def document_of(path: Path) -> Document:
    parsed = parse_file(path, IngestSettings())
    assert isinstance(parsed, ParsedFile)
    return parsed.document


def span(document: Document, text: str, *, after: int = 0) -> tuple[int, int]:
    start = document.text.index(text, after)
    return start, start + len(text)


def test_a_quote_over_two_lines_has_two_rectangles(make_pdf: PdfMaker) -> None:
    path = make_pdf([lines("The first sentence of the page is not wanted. Give the amoxi-", "cillin for five days. Then the patient should come back again.")])  # fmt: skip
    document = document_of(path)
    with open_view(path) as view:
        (found,) = Highlighter(document, view).highlight(
            *span(document, "Give the amoxicillin for five days.")
        )
    assert [round(box.bottom) // 13 for box in found.boxes] == [698 // 13, 685 // 13]
    assert same_text("Give the amoxicillin for five days.", found.text)


def test_the_offset_tells_which_of_two_equal_sentences_is_meant(make_pdf: PdfMaker) -> None:
    path = make_pdf([lines(TEXT + " For adults, this is what is to be done.", TEXT + " For children, it is the same as well.")])  # fmt: skip
    document = document_of(path)
    first = span(document, TEXT)
    second = span(document, TEXT, after=first[1])
    with open_view(path) as view:
        highlighter = Highlighter(document, view)
        heights = [highlighter.highlight(*one)[0].boxes[0].bottom for one in (first, second)]
        assert highlighter.occurrences(1, TEXT) == [
            type(highlighter.occurrences(1, TEXT)[0])(start=start, end=end) for start, end in (first, second)
        ]
    assert heights[0] - heights[1] == pytest.approx(13, abs=0.5)


def test_a_quote_over_two_pages_is_marked_on_both(make_pdf: PdfMaker) -> None:
    head = [*lines("This page holds the text of a guideline in English."), *lines("The patient should be told to come back when the fever is higher", top=100.0)]  # fmt: skip
    path = make_pdf([head, lines("than before or lasts for more than two days after the start.")])
    document = document_of(path)
    quote = "come back when the fever is higher than before or lasts"
    with open_view(path) as view:
        found = Highlighter(document, view).highlight(*span(document, quote))
    assert [one.page for one in found] == [1, 2]
    assert same_text(quote, "\n".join(one.text for one in found))


def test_the_picture_shows_the_marks(make_pdf: PdfMaker) -> None:
    path = make_pdf([lines(TEXT)])
    document = document_of(path)
    with open_view(path) as view:
        highlighter = Highlighter(document, view)
        (found,) = highlighter.highlight(*span(document, "amoxicillin"))
        picture = Image.open(io.BytesIO(highlighter.image(found, dots_per_inch=72)))
    box = found.boxes[0]
    across, down = round((box.left + box.right) / 2), round(picture.height - (box.bottom + box.top) / 2)
    row = [picture.getpixel((x, down)) for x in range(across - 10, across + 10)]
    assert any(isinstance(pixel, tuple) and pixel[2] < 200 < pixel[0] for pixel in row)
    assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_what_cannot_be_marked_says_why(make_pdf: PdfMaker, tmp_path: Path) -> None:
    path = make_pdf([lines(TEXT)])
    document = document_of(path)
    with open_view(path) as view:
        with pytest.raises(UsageError, match="page 2"):
            view.characters(2)
        with pytest.raises(UsageError, match="offsets"):
            Highlighter(document, view).highlight(3, 10_000)
    two = make_pdf([lines(TEXT), lines(TEXT)], name="two.pdf")
    with open_view(two) as view, pytest.raises(UsageError, match="ingest it again"):
        Highlighter(document, view)
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.4 and nothing else")
    with pytest.raises(ParseError, match="damaged"):
        open_view(tmp_path / "no.pdf")
    locked = make_pdf([lines(TEXT)], name="locked.pdf", password="secret")
    with pytest.raises(ParseError, match="password"):
        open_view(locked)
    with open_view(locked, password="secret") as view:
        assert TEXT in view.characters(1).text


def test_texts_are_the_same_but_for_spaces_ligatures_quotes_and_line_ends() -> None:
    assert same_text("the ‘first’ effect", "the 'first' e\ufb00ect")
    assert same_text("examination of long-term effects", "exam-\nination of long-\nterm e\u00adffects")
    assert not same_text("examination", "exam-ination")
    assert not same_text("5 mg", "50 mg")
    assert not same_text("not given", "given")


@given(st.text("abcdeF", max_size=60), st.text("abcdeF", max_size=60))
def test_alignment_gives_each_character_once_and_only_to_its_like(one: str, other: str) -> None:
    found = aligned(one, other)
    used = [at for at in found if at >= 0]
    assert len(found) == len(one)
    assert len(set(used)) == len(used)
    assert all(at < 0 or one[i].lower() == other[at].lower() for i, at in enumerate(found))


@given(
    st.lists(st.text("abcdefghijklmnop", min_size=15, max_size=40), min_size=1, max_size=6, unique=True),
    st.randoms(),
)
def test_blocks_in_another_order_are_all_found(blocks: list[str], chance: object) -> None:
    shuffled = list(blocks)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    found = aligned("".join(blocks), "".join(shuffled))
    assert sum(at >= 0 for at in found) >= 0.9 * len(found)


def test_comparable_remembers_where_each_character_comes_from() -> None:
    assert comparable("a \ufb01x\u00e9") == ("afixe", (0, 2, 2, 3, 4))
