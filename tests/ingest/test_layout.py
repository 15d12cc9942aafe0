"""Small PDFs with one difficulty each, through the real reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.datatypes import SentenceKind
from rag.ingest.content import ParsedFile
from rag.ingest.document import parse_file
from rag.settings import IngestSettings

Row = tuple[float, float, float, str, str]
PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
PROSE = [
    "The first line of this paragraph tells the reader about blood pressure in",
    "adults and the second line goes on about the treatment that is best for",
    "them, which ends here.",
]


def parsed(path: Path) -> ParsedFile:
    result = parse_file(path, IngestSettings())
    assert isinstance(result, ParsedFile), result
    return result


def column(
    lines: list[str], *, x: float = 72, top: float = 700, size: float = 10, font: str = PLAIN
) -> list[Row]:
    return [(x, top - 14 * number, size, font, line) for number, line in enumerate(lines)]


def units(result: ParsedFile) -> list[str]:
    return [result.document.text[unit.start : unit.end] for unit in result.units]


def test_headings_make_the_section_path(make_pdf: Callable[..., Path]) -> None:
    page = [
        (72, 780, 20, BOLD, "Big chapter"),
        (72, 740, 14, BOLD, "3.1 Blood pressure threshold"),
        *column(PROSE),
    ]
    result = parsed(make_pdf([page], title="A guide to blood pressure"))
    assert result.document.title == "A guide to blood pressure"
    assert result.units[-1].section == ("Big chapter", "3.1 Blood pressure threshold")
    assert units(result)[-1] == " ".join(PROSE)


def test_running_heads_and_page_numbers_are_left_out(make_pdf: Callable[..., Path]) -> None:
    pages = [
        [
            (72, 815, 8, PLAIN, "Guide to pressure"),
            *column([f"Page text {word} is here for reading by people."]),
            (290, 25, 8, PLAIN, str(n)),
        ]
        for n, word in enumerate(["alpha", "beta", "gamma", "delta"], start=11)
    ]
    result = parsed(make_pdf(pages))
    assert "Guide to pressure" not in result.document.text
    assert [page.number for page in result.document.pages] == [1, 2, 3, 4]
    assert not any(str(n) in result.document.text for n in range(11, 15))


@pytest.mark.parametrize(
    ("foot", "left_out"),
    [
        ([(72, 30, 8, PLAIN, "Guide to fever · 2014-06-02"), (500, 30, 8, PLAIN, "Page 1")], True),
        ([(72, 30, 8, PLAIN, "Guide to fever"), (500, 30, 8, PLAIN, "1 of 2")], True),
        ([(72, 815, 8, PLAIN, "Guide to fever, page 1 of 2")], True),
        ([(72, 30, 10, PLAIN, "The guide to fever continues the list on page 2")], False),
        ([(72, 30, 8, PLAIN, "Fever was seen by the doctors in 1 of 2")], False),
        ([(72, 200, 8, PLAIN, "Guide to fever, page 1 of 2")], False),
    ],
)
def test_a_foot_in_small_type_that_ends_in_a_page_number_is_left_out(
    make_pdf: Callable[..., Path], foot: list[Row], left_out: bool
) -> None:
    result = parsed(make_pdf([[*column(PROSE), *foot]]))
    assert (units(result) == [" ".join(PROSE)]) is left_out
    assert ("fever" not in result.document.text.lower()) is left_out


def test_printed_line_numbers_are_left_out_but_list_numbers_stay(make_pdf: Callable[..., Path]) -> None:
    lines = [f"Words of manuscript line {word} are written here" for word in "abcdefghijkl"]
    numbered = [
        [*column(lines), *[(40, 700 - 14 * n, 8, PLAIN, str(100 * page + n)) for n in range(12)]]
        for page in (1, 2)
    ]
    text = parsed(make_pdf(numbered)).document.text
    assert not any(character.isdigit() for character in text)
    listed = column([f"{n} item called {word} of the list" for n, word in enumerate("abcdefgh", start=1)])
    other = [column([f"Words number {k} are here in page {p}" for k in (3, 9, 4, 7, 1)]) for p in (2, 3, 4)]
    text = parsed(make_pdf([listed, *other], name="list.pdf")).document.text
    assert "8 item called h" in text


def test_a_sentence_goes_on_over_the_page(make_pdf: Callable[..., Path]) -> None:
    first = column(["The treatment of people who have high blood pressure should be started when"], top=100)
    second = column(["the pressure is 140 mmHg or more. Another sentence follows on this page."])
    result = parsed(make_pdf([first, second]))
    whole = "The treatment of people who have high blood pressure should be started when the pressure is 140 mmHg or more."
    assert units(result)[0] == whole
    pages = result.document.pages
    assert result.document.text[pages[1].start :].startswith("the pressure")
    assert result.units[0].page == 1
    assert result.units[1].page == 2


def test_table_rows_stand_under_caption_and_header(make_pdf: Callable[..., Path]) -> None:
    rows: list[Row] = [(72, 600, 10, BOLD, "Table 1. Conversion of opioids")]
    for number, (drug, factor) in enumerate(
        [("Opioid", "Factor"), ("Codeine", "0.15"), ("Hydromorphone", "5"), ("Oxycodone", "1.5")]
    ):
        font = BOLD if number == 0 else PLAIN
        rows += [(72, 580 - 14 * number, 10, font, drug), (300, 580 - 14 * number, 10, font, factor)]
    result = parsed(make_pdf([[*column(PROSE), *rows]]))
    found = [unit for unit in result.units if unit.kind is SentenceKind.ROW]
    text = result.document.text
    assert [text[unit.start : unit.end] for unit in result.units if unit.kind is SentenceKind.HEADER] == [
        "Opioid  Factor"
    ]
    assert [text[unit.start : unit.end] for unit in found] == [
        "Codeine  0.15",
        "Hydromorphone  5",
        "Oxycodone  1.5",
    ]
    assert [text[span.start : span.end] for span in found[2].header] == [
        "Table 1. Conversion of opioids",
        "Opioid  Factor",
    ]


def test_a_table_in_body_type_ends_at_a_numbered_heading_and_at_running_text(
    make_pdf: Callable[..., Path],
) -> None:
    drugs = [("Drug", "Dose"), ("Codeine", "15 mg"), ("Oxycodone", "5 mg"), ("Morphine", "10 mg")]
    heading: list[Row] = [(72, 500, 10, BOLD, "4 How to stop"), (72, 480, 10, PLAIN, "Go slowly.")]
    prose: list[Row] = [
        (72, 500, 10, PLAIN, "The doses of the table are those of an adult who has taken no opioid before.")
    ]
    for after, kinds in (
        (heading, [SentenceKind.HEADING, SentenceKind.SENTENCE]),
        (prose, [SentenceKind.SENTENCE]),
    ):
        rows: list[Row] = [(72, 600, 10, BOLD, "Table 1. Doses of opioids")]
        for number, (drug, dose) in enumerate(drugs):
            font = BOLD if number == 0 else PLAIN
            rows += [(72, 580 - 18 * number, 10, font, drug), (300, 580 - 18 * number, 10, font, dose)]
        result = parsed(make_pdf([[*column(PROSE), *rows, *after]]))
        start = next(n for n, unit in enumerate(result.units) if unit.kind is SentenceKind.CAPTION)
        assert units(result)[start + 1 : start + 5] == [f"{drug}  {dose}" for drug, dose in drugs]
        assert [unit.kind for unit in result.units[start + 5 :]] == kinds


def test_lines_of_one_cell_are_one_row_and_rows_set_apart_are_not(make_pdf: Callable[..., Path]) -> None:
    def table(pitch: float) -> list[Row]:
        cells = ["Give the first dose of the antibiotic", "within one hour of arrival"]
        return [(72, 600, 8, BOLD, "Table 1. What to do"), (72, 580, 8, BOLD, "Step"),
                *[(72, 562 - pitch * n, 8.0, PLAIN, cell) for n, cell in enumerate(cells)]]  # fmt: skip

    for pitch, rows in ((9.5, 1), (15, 2)):
        result = parsed(make_pdf([[*column(PROSE), *table(pitch)]]))
        kinds = [unit.kind for unit in result.units]
        assert (kinds.count(SentenceKind.HEADER), kinds.count(SentenceKind.ROW)) == (1, rows)


def test_a_first_row_with_a_figure_is_no_header(make_pdf: Callable[..., Path]) -> None:
    rows: list[Row] = [(72, 600, 10, BOLD, "Table 1. Conversion of opioids")]
    for number, (drug, factor) in enumerate(
        [("Codeine", "0.15"), ("Hydromorphone", "5"), ("Oxycodone", "1.5")]
    ):
        rows += [(72, 580 - 14 * number, 10, PLAIN, drug), (300, 580 - 14 * number, 10, PLAIN, factor)]
    result = parsed(make_pdf([[*column(PROSE), *rows]]))
    assert [unit.kind for unit in result.units].count(SentenceKind.ROW) == 3


def test_interleaved_columns_are_read_one_after_the_other(make_pdf: Callable[..., Path]) -> None:
    left = [f"left column line {n} runs on here" for n in range(12)]
    right = [f"right column line {n} runs on too" for n in range(12)]
    page = [
        row
        for n in range(12)
        for row in ((50, 700 - 14 * n, 10, PLAIN, left[n]), (320, 700 - 14 * n, 10, PLAIN, right[n]))
    ]
    text = " ".join(parsed(make_pdf([page])).document.text.split())
    assert " ".join(left) in text
    assert " ".join(right) in text


def test_contents_are_kept_in_the_text_but_never_cited(make_pdf: Callable[..., Path]) -> None:
    contents = [
        (72, 780, 16, BOLD, "Contents"),
        *column([f"Chapter {word} {'.' * 40} {n}" for n, word in enumerate("abcd", 3)]),
    ]
    result = parsed(make_pdf([contents, column(PROSE)]))
    assert "Chapter b ...." in result.document.text
    assert not any("Chapter b" in unit for unit in units(result))


def test_references_are_marked_and_end_with_the_next_heading(make_pdf: Callable[..., Path]) -> None:
    page = [
        *column(PROSE, top=780), (72, 700, 14, BOLD, "REFERENCES"), *column(["1. Smith J. A study of the blood. Journal. 2019."], top=680),
        (72, 640, 13, BOLD, "Appendix A: Checklist"), *column(["Check the pressure of every patient who comes in."], top=610),
    ]  # fmt: skip
    result = parsed(make_pdf([page], title="A guide to the blood"))
    sections = {result.document.text[unit.start : unit.end][:8]: unit.section for unit in result.units}
    assert sections["1. Smith"] == ("References",)
    assert sections["Check th"] == ("Appendix A: Checklist",)
