from __future__ import annotations

from pathlib import Path

import pytest

from rag.datatypes import SentenceKind, Skipped
from rag.ingest.content import ParsedFile
from rag.ingest.document import is_junk_title, iso_date, parse_file
from rag.settings import IngestSettings

HTML = """<html><head><title>Treating pressure</title><meta name="dcterms.date" content="2024-10-05">
<meta name="notice" content="Teaching material"><style>p {}</style></head><body><nav>Home About</nav>
<h1>Treating pressure</h1><h2>Doses</h2><p>Start with <b>5 mg</b> daily.<!-- no --> Then increase it slowly over weeks.</p>
<div style="display: none">hidden words</div><script>var x = 1;</script>
<ul><li>First item of them</li><li>Second item of them</li></ul>
<table><caption>Table 1. Doses of drugs</caption><tr><th>Drug</th><th>Dose</th></tr><tr><td>Amlodipine</td><td>5 mg</td></tr></table>
</body></html>"""
MARKDOWN = """---
title: "Guide to fever"
date: 2023-05
notice: Not for clinical use
---
# Guide to fever

Take the temperature of the child
every four hours. Give **paracetamol** 15 mg/kg.

## Doses

1. Weigh the child first.
2. Then give the dose.

Table 1. Doses by weight

| Weight | Dose |
|---|---|
| 10 kg | 150 mg |
"""


def read(path: Path, text: str) -> ParsedFile:
    path.write_text(text, encoding="utf-8")
    result = parse_file(path, IngestSettings())
    assert isinstance(result, ParsedFile), result
    return result


def test_html_gives_what_a_reader_sees(tmp_path: Path) -> None:
    result = read(tmp_path / "a.html", HTML)
    document = result.document
    assert (document.title, document.date, document.notice) == (
        "Treating pressure",
        "2024-10-05",
        "Teaching material",
    )
    found = [(unit.kind, document.text[unit.start : unit.end], unit.section) for unit in result.units]
    assert (SentenceKind.SENTENCE, "Start with 5 mg daily.", ("Doses",)) in found
    assert (SentenceKind.SENTENCE, "• Second item of them", ("Doses",)) in found
    assert (SentenceKind.ROW, "Amlodipine | 5 mg", ("Doses",)) in found
    for unseen in ("hidden", "var x", "Home", " no "):
        assert unseen not in document.text


def test_html_rows_stand_under_caption_and_header(tmp_path: Path) -> None:
    result = read(tmp_path / "a.html", HTML)
    text = result.document.text
    assert [text[span.start : span.end] for span in result.units[-1].header] == [
        "Table 1. Doses of drugs",
        "Drug | Dose",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# Doses of the antidotes\n\n- Adults of 40 kg or more\n  - first bag: 200 mg/kg over 4 hours\n- Children of 20 to 39 kg\n"
                 "  - first bag: 100 mg/kg over 4 hours\n    - shaken well before it is given\n"),
        ("a.html", "<h1>Doses of the antidotes</h1><ul><li>Adults of 40 kg or more<ul><li>first bag: 200 mg/kg over 4 hours</li></ul></li>"
                   "<li><p>Children of 20 to 39 kg</p><ul><li>first bag: 100 mg/kg over 4 hours<ul><li>shaken well before it is given</li></ul></li></ul></li></ul>"),
    ],
)  # fmt: skip
def test_items_of_deeper_lists_have_other_marks(tmp_path: Path, name: str, text: str) -> None:
    text = read(tmp_path / name, text).document.text
    lines = [line for line in text.split("\n") if "kg" in line or "shaken" in line]
    assert lines == [
        "• Adults of 40 kg or more", "◦ first bag: 200 mg/kg over 4 hours", lines[2], "◦ first bag: 100 mg/kg over 4 hours",
        "‣ shaken well before it is given",
    ]  # fmt: skip
    assert lines[2].endswith("Children of 20 to 39 kg")


def test_deep_nesting_ends(tmp_path: Path) -> None:
    result = read(
        tmp_path / "deep.html",
        "<div>" * 3000 + "words of the text that are deep inside of it" + "</div>" * 3000,
    )
    assert "deep inside" in result.document.text


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    result = read(tmp_path / "a.md", MARKDOWN)
    document = result.document
    assert (document.title, document.date, document.notice) == (
        "Guide to fever",
        "2023-05",
        "Not for clinical use",
    )
    found = [document.text[unit.start : unit.end] for unit in result.units]
    assert "Take the temperature of the child every four hours." in found
    assert "Give paracetamol 15 mg/kg." in found
    assert "2. Then give the dose." in found
    assert result.units[-1].section == ("Doses",)
    assert [document.text[span.start : span.end] for span in result.units[-1].header] == [
        "Table 1. Doses by weight",
        "Weight | Dose",
    ]


@pytest.mark.parametrize(
    "struck",
    ["<del>50 mg</del>", "<s>50 mg</s>", "<strike>50 <b>mg</b></strike>", "<span style='text-decoration: line-through'>50 mg</span>"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["<p>Give {} 5 mg daily.</p>", "<ul><li>Give {} 5 mg daily.</li></ul>",
                                    "<table><tr><td>Give</td><td>{} 5 mg daily.</td></tr></table>"])  # fmt: skip
def test_struck_out_html_is_left_out(tmp_path: Path, around: str, struck: str) -> None:
    page = f"<html><body><h1>Doses <del>of old</del> now</h1>{around.format(struck)}<p>Stop <span>it</span> later.</p></body></html>"
    text = read(tmp_path / "a.html", page).document.text
    assert "50" not in text
    assert "of old" not in text
    assert "5 mg daily." in text
    assert "Stop it later." in text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Give ~~50 mg~~ 5 mg daily.", ["Give 5 mg daily."]),
        ("Give <s>50 **mg**</s> 5 mg daily.", ["Give 5 mg daily."]),
        ("Give <DEL>50 mg</DEL> 5 mg daily.", ["Give 5 mg daily."]),
        ("- Give ~~50 mg~~ 5 mg daily.\n- ~~50 mg~~", ["• Give 5 mg daily."]),
        ("| Drug | Dose |\n|---|---|\n| A | ~~50 mg~~ 5 mg |", ["Drug | Dose", "A | 5 mg"]),
        ("<p>Give <del>50 mg</del> 5 mg daily.</p>", ["Give 5 mg daily."]),
        ("<del>\n\nGive 50 mg.\n\n> Of it 50 mg.\n\n</del>\n\nGive 5 mg daily.", ["Give 5 mg daily."]),
        ("<div><del>\n\nGive 50 mg.\n\n</del>\nOr 5 mg.</div>\n\nGive 5 mg.", ["Or 5 mg.", "Give 5 mg."]),
        ("<div>Now <strong>5 mg</strong> daily.</div>", ["Now 5 mg daily."]),
        ("About ~5 mg daily <del>never closed", ["About ~5 mg daily"]),
    ],
)
def test_struck_out_markdown_is_left_out(tmp_path: Path, text: str, left: list[str]) -> None:
    result = read(tmp_path / "a.md", f"The dose of the drug for the adult:\n\n{text}\n")
    found = [result.document.text[unit.start : unit.end] for unit in result.units]
    assert found[1:] == left
    assert "50" not in result.document.text


def test_plain_text(tmp_path: Path) -> None:
    result = read(
        tmp_path / "a.txt",
        "Fever in children\n\nThe fever is treat-\nment of choice.\nNext line.\n\n1. One\n2. Two\n",
    )
    found = [result.document.text[unit.start : unit.end] for unit in result.units]
    assert found == [
        "Fever in children",
        "The fever is treatment of choice.",
        "Next line.",
        "1. One",
        "2. Two",
    ]


@pytest.mark.parametrize(
    ("name", "data", "category"),
    [
        ("a.pdf", b"not a pdf at all", "not_supported"),
        ("a.pdf", b"%PDF-1.4 and nothing else", "damaged"),
        ("a.pdf", b"", "empty"),
        ("a.txt", b"  \n ", "empty"),
        ("a.txt", b"\x00\x01\x02\x00\x00", "not_supported"),
        ("a.txt", b"%PDF-1.4 is no text", "not_supported"),
        ("a.md", b"---\ntitle: x\n---\n", "empty"),
        ("a.html", b"<html><script>x</script></html>", "empty"),
        ("a.docx", b"PK", "not_supported"),
        (
            "a.txt",
            "O tratamento da hipertensão deve começar quando a pressão for alta demais.".encode(),
            "language",
        ),
    ],
)
def test_what_cannot_be_taken_in_says_why(tmp_path: Path, name: str, data: bytes, category: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    result = parse_file(path, IngestSettings())
    assert isinstance(result, Skipped)
    assert result.category == category
    assert result.reason


def test_a_skipped_language_is_named_and_can_be_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "O tratamento da hipertensão deve começar quando a pressão for alta demais.", encoding="utf-8"
    )
    skipped = parse_file(path, IngestSettings())
    assert isinstance(skipped, Skipped)
    assert '"pt"' in skipped.reason
    allowed = parse_file(path, IngestSettings(languages=("en", "pt")))
    assert isinstance(allowed, ParsedFile)
    assert allowed.document.language == "pt"


def test_text_without_letters_has_no_language(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", "140 / 90\n\n12.5 - 25\n").document.language == "und"


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ("2024-10-05", "2024-10-05"), ("2024-10", "2024-10"), ("2024", "2024"), ("D:20240115120000Z", "2024-01-15"),
        ("5 October 2024", "2024-10-05"), ("October 2024", "2024-10"), ("2024-13-40", "2024"), ("soon", None), (None, None),
    ],
)  # fmt: skip
def test_dates_become_iso(stated: str | None, date: str | None) -> None:
    assert iso_date(stated) == date


@pytest.mark.parametrize(
    "title", ["Microsoft Word - guide.doc", "untitled", "WHO_guide_2021", "12345", "layout.indd"]
)
def test_junk_titles(title: str) -> None:
    assert is_junk_title(title)
    assert not is_junk_title("Guideline for the treatment of hypertension")
