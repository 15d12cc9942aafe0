"""Pages whose text cannot be trusted are told apart, left out and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from rag.datatypes import Document, Hit, Page, PageQuality, Parsed, Quote, Sentence, Skipped
from rag.errors import MissingDependency
from rag.ingest.parse import parse_files
from rag.ingest.quality import page_qualities
from rag.ingest.worker import Guard
from rag.ports import PageReading
from rag.settings import IngestSettings

Counter = Callable[[Sequence[str]], list[int]]
GOOD = (
    "Drug treatment should start at once when the blood pressure is 140 mmHg or more. The target for most patients is "
    "below 140 mmHg, and patients with known heart disease should reach a systolic pressure below 130 mmHg."
)
GARBAGE = GOOD.translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "qzjxkvbwmpfgyuhcolridtnase"))


def document(*texts: str, language: str = "en") -> Document:
    pages, start = [], 0
    for number, text in enumerate(texts, start=1):
        pages.append(Page(number=number, start=start, end=start + len(text)))
        start += len(text)
    return Document(id="a" * 64, name="a.pdf", source="/a.pdf", title="A", language=language,
                    media_type="application/pdf", text="".join(texts), pages=tuple(pages))  # fmt: skip


def scores(
    *texts: str, readings: Sequence[PageReading] | None = None, language: str = "en"
) -> list[PageQuality]:
    return page_qualities(document(*texts, language=language), readings)


def test_letters_that_make_no_words_score_low() -> None:
    good, garbage = scores(GOOD, GARBAGE)
    assert good.score > 0.8
    assert garbage.score < 0.3
    assert "look like words" in garbage.reason


def test_characters_without_a_meaning_score_low() -> None:
    (page,) = scores("".join(c if number % 3 else "\ue012" for number, c in enumerate(GOOD)))
    assert page.score < 0.7
    assert "characters are readable" in page.reason


def test_a_page_too_short_to_tell_is_not_held_against_it() -> None:
    assert [page.score for page in scores("Annex 3", "")] == [1.0, 1.0]
    assert scores("Annex 3")[0].words is None


def test_a_second_reading_counts_only_when_it_has_little_in_common() -> None:
    alike, other = scores(
        GOOD, GOOD, readings=[PageReading(GOOD.upper(), 0.0), PageReading("Something else.", 0.0)]
    )
    assert (alike.agreement, alike.order) == (1.0, 1.0)
    assert other.score < 0.3
    assert "second reading" in other.reason
    swapped = " ".join(reversed(GOOD.split()))
    (columns,) = scores(GOOD, readings=[PageReading(swapped, 0.0)])
    assert columns.agreement == 1.0
    assert columns.order is not None and columns.order < 0.2
    assert columns.score > 0.8


def test_hyphens_left_in_words_are_counted() -> None:
    (page,) = scores(GOOD.replace("treatment", "treat- ment").replace("patients", "pa\u00adtients"))
    assert page.broken_words >= 2


def test_a_picture_with_hardly_any_text_is_flagged() -> None:
    picture, chart = scores("Figure 3", GOOD, readings=[PageReading("Figure 3", 0.9), PageReading(GOOD, 0.9)])
    assert (picture.scanned, chart.scanned) == (True, False)


def test_a_low_page_is_in_the_text_but_in_no_passage(
    make_pdf: Callable[..., Path], count_words: Counter
) -> None:
    def page(text: str) -> list[tuple[float, float, float, str, str]]:
        words = text.split()
        rows = [" ".join(words[at : at + 12]) for at in range(0, len(words), 12)]
        return [(72.0, 700.0 - 13 * number, 10.0, "Helvetica", row) for number, row in enumerate(rows)]

    path = make_pdf([page(GOOD), page(GARBAGE), page(GOOD)])
    settings = IngestSettings()
    (parsed,) = parse_files([path], settings, count_tokens=count_words)
    assert isinstance(parsed, Parsed)
    assert GARBAGE.split()[4] in parsed.document.text
    assert {passage.page for passage in parsed.passages} == {1, 3}
    (every,) = parse_files([path], IngestSettings(page_quality=0), count_tokens=count_words)
    assert isinstance(every, Parsed)
    assert {passage.page for passage in every.passages} == {1, 2, 3}


def test_a_parser_process_starts_no_program_and_opens_no_connection() -> None:
    guard = Guard()
    for event in ("subprocess.Popen", "os.system", "socket.connect", "os.posix_spawn"):
        with pytest.raises(PermissionError, match=event):
            guard(event, ("tesseract",))
    guard("open", ("/tmp/x",))
    guard.may_recognise = True
    guard("subprocess.Popen", ("tesseract",))
    with pytest.raises(PermissionError):
        guard("subprocess.Popen", ("/bin/sh",))


# text recognition


def scan(path: Path, text: str) -> Path:
    """A PDF of one page that is nothing but a picture of the text."""
    picture = Image.new("L", (1700, 2200), 255)
    pen = ImageDraw.Draw(picture)
    words = text.split()
    for number in range(0, len(words), 8):
        pen.text(
            (150, 200 + 9 * number), " ".join(words[number : number + 8]), 0, font=ImageFont.load_default(44)
        )
    image = path.with_suffix(".png")
    picture.save(image)
    canvas = Canvas(str(path), pagesize=(612, 792), invariant=1)
    canvas.drawImage(str(image), 0, 0, 612, 792)
    canvas.save()
    return path


def test_a_scan_is_skipped_with_the_reason_while_recognition_is_off(
    tmp_path: Path, count_words: Counter
) -> None:
    (result,) = parse_files([scan(tmp_path / "scan.pdf", GOOD)], IngestSettings(), count_tokens=count_words)
    assert isinstance(result, Skipped)
    assert result.category == "scanned"


@pytest.mark.tesseract
def test_recognised_text_is_marked_on_page_and_quote(tmp_path: Path, count_words: Counter) -> None:
    (parsed,) = parse_files(
        [scan(tmp_path / "scan.pdf", GOOD)], IngestSettings(ocr=True), count_tokens=count_words
    )
    assert isinstance(parsed, Parsed)
    found = parsed.document
    assert "140 mmHg" in found.text
    assert found.pages[0].ocr
    assert found.pages[0].quality is not None and found.pages[0].quality.scanned
    passage = parsed.passages[0]
    hit = Hit(rank=1, score=1.0, document=found.name, title=found.title, page=1, section=(), text=passage.text,
              document_id=found.id, passage_id=passage.id, start=passage.start, end=passage.end,
              sentences=passage.sentences)  # fmt: skip
    assert Quote.copied(found, hit, Sentence(start=passage.start, end=passage.start + 4)).ocr


def test_recognition_without_the_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.backends.tesseract import expect_tesseract

    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingDependency, match="apt-get install tesseract-ocr"):
        expect_tesseract(["en"])
