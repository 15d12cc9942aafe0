"""The tables of the demo PDFs: one unit a row, under its own caption and header, and what follows is no row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.datatypes import SentenceKind
from rag.ingest.content import ParsedFile
from rag.ingest.document import parse_file
from rag.ingest.passages import passages_of
from rag.settings import IngestSettings

DEMO = Path(__file__).resolve().parent.parent.parent / "corpora" / "demo"
Tables = dict[str, list[str]]

TABLES: dict[str, Tables] = {
    "dehydration-in-children-2014.pdf": {
        "Table 1. ORS in the first 4 hours (Plan B)": [
            "Weight Age ORS in the first 4 hours",
            "under 6 kg up to 4 months 200–400 ml",
            "6 to under 10 kg 4 to under 12 months 400–700 ml",
            "10 to under 12 kg 12 months to under 2 years 700–900 ml",
            "12 to 19 kg 2 to under 5 years 900–1400 ml",
        ],
        "Table 2. Intravenous fluid in severe dehydration (Plan C)": [
            "Age First 30 ml/kg in Then 70 ml/kg in",
            "under 12 months 1 hour 5 hours",
            "12 months or more 30 minutes 2.5 hours",
        ],
    },
    "haemoglobin-cut-offs-2024.pdf": {
        "Table 1. Haemoglobin in g/L at sea level": [
            "Group Anaemia Mild Moderate Severe",
            "Children 6–23 months below 105 95–104 70–94 below 70",
            "Children 24–59 months below 110 100–109 70–99 below 70",
            "Children 5–11 years below 115 110–114 80–109 below 80",
            "Boys and girls 12–14 years below 120 110–119 80–109 below 80",
            "Women, not pregnant below 120 110–119 80–109 below 80",
            "Men below 130 110–129 80–109 below 80",
            "Pregnancy, first trimester below 110 100–109 70–99 below 70",
            "Pregnancy, second trimester below 105 95–104 70–94 below 70",
            "Pregnancy, third trimester below 110 100–109 70–99 below 70",
        ]
    },
    "hypertension-in-adults-2022.pdf": {
        "Table 1. Example medicines by step (doses once a day, by mouth)": [
            "Step Calcium channel blocker Angiotensin receptor blocker Thiazide-like diuretic",
            "1 amlodipine 5 mg telmisartan 40 mg none",
            "2 amlodipine 10 mg telmisartan 80 mg none",
            "3 amlodipine 10 mg telmisartan 80 mg chlorthalidone 12.5 mg",
        ]
    },
    "opioids-for-pain-2023.pdf": {
        "Table 1. Factors for conversion to MME": [
            "Opioid Dose in Factor",
            "Codeine mg/day 0.15",
            "Fentanyl, transdermal mcg/hour 2.4",
            "Hydrocodone mg/day 1.0",
            "Hydromorphone mg/day 5.0",
            "Methadone mg/day 4.7",
            "Morphine mg/day 1.0",
            "Oxycodone mg/day 1.5",
            "Oxymorphone mg/day 3.0",
            "Tapentadol mg/day 0.4",
            "Tramadol mg/day 0.2",
        ]
    },
    "sepsis-in-adults-2022.pdf": {
        "Table 1. Hydrocortisone in septic shock": [
            "Item Value",
            "Norepinephrine at 0.25 mcg/kg/min or more",
            "For at least 4 hours",
            "Daily dose 200 mg",
            "Given as 50 mg every 6 hours",
        ]
    },
}

AFTER = {
    ("dehydration-in-children-2014.pdf", "Table 1."): [
        (SentenceKind.SENTENCE, "3 Plan B: some dehydration", "If the child vomits, wait 10 minutes, then go on more slowly."),
        (SentenceKind.SENTENCE, "3 Plan B: some dehydration", "After 4 hours assess the child again and choose Plan A, B or C."),
        (SentenceKind.HEADING, "4 Plan C: severe dehydration", "4 Plan C: severe dehydration"),
        (SentenceKind.SENTENCE, "4 Plan C: severe dehydration", "Start intravenous fluid at once: 100 ml/kg of Ringer's lactate "
                                "solution or, if there is none, 0.9% sodium chloride."),
    ],
    ("dehydration-in-children-2014.pdf", "Table 2."): [
        (SentenceKind.SENTENCE, "4 Plan C: severe dehydration", "Repeat the first part if the radial pulse is still very weak or cannot be felt.")
    ],
    ("haemoglobin-cut-offs-2024.pdf", "Table 1."): [
        (SentenceKind.HEADING, "3 How to measure", "3 How to measure"),
        (SentenceKind.SENTENCE, "3 How to measure", "Use venous blood, an automated haematology analyser and a laboratory with quality control."),
    ],
    ("hypertension-in-adults-2022.pdf", "Table 1."): [
        (SentenceKind.HEADING, "5 Targets", "5 Targets"),
        (SentenceKind.SENTENCE, "5 Targets", "Recommendation 8. Aim for a blood pressure below 140/90 mmHg in people without other diseases."),
    ],
    ("opioids-for-pain-2023.pdf", "Table 1."): [
        (SentenceKind.SENTENCE, "7 Conversion factors", "Buprenorphine has no factor in this table.")
    ],
    ("sepsis-in-adults-2022.pdf", "Table 1."): [
        (SentenceKind.SENTENCE, "5 Other treatment", "The daily dose can also be given as a continuous infusion.")
    ],
}  # fmt: skip


def read(name: str) -> ParsedFile:
    result = parse_file(DEMO / name, IngestSettings())
    assert isinstance(result, ParsedFile), result
    return result


def test_every_demo_pdf_is_looked_at() -> None:
    assert sorted(TABLES) == sorted(path.name for path in DEMO.glob("*.pdf"))


@pytest.mark.parametrize("name", TABLES)
def test_each_row_is_a_unit_under_its_caption_and_header(name: str) -> None:
    parsed = read(name)
    text = parsed.document.text
    found: Tables = {}
    for unit in parsed.units:
        if unit.kind is SentenceKind.CAPTION:
            found[text[unit.start : unit.end]] = []
        elif unit.kind in (SentenceKind.ROW, SentenceKind.HEADER):
            caption, *header = [text[span.start : span.end] for span in unit.header]
            assert header == found[caption][:1]
            found[caption].append(text[unit.start : unit.end])
    assert found == TABLES[name]


@pytest.mark.parametrize(("name", "table"), AFTER)
def test_what_follows_a_table_is_none_of_its_rows(name: str, table: str) -> None:
    parsed = read(name)
    text = parsed.document.text
    caption = next(n for n, unit in enumerate(parsed.units) if text.startswith(table, unit.start))
    last = max(n for n, unit in enumerate(parsed.units)
               if unit.header and unit.header[0].start == parsed.units[caption].start)  # fmt: skip
    expected = AFTER[name, table]
    after = parsed.units[last + 1 : last + 1 + len(expected)]
    assert [(unit.kind, unit.section[-1], text[unit.start : unit.end]) for unit in after] == expected


@pytest.mark.parametrize("name", TABLES)
def test_a_passage_of_rows_shows_caption_and_header(
    name: str, count_words: Callable[[Sequence[str]], list[int]]
) -> None:
    parsed = read(name)
    shown: dict[str, str] = {}
    for passage in passages_of(parsed, IngestSettings(passage_tokens=32), count_tokens=count_words):
        for sentence in passage.sentences:
            if sentence.kind is SentenceKind.ROW:
                row = parsed.document.text[sentence.start : sentence.end]
                shown[row] = sentence.header_in(parsed.document.text)
    for caption, rows in TABLES[name].items():
        for row in rows[1:]:
            assert shown[row].splitlines() == [caption, rows[0]]


@pytest.mark.parametrize("name", TABLES)
def test_no_running_foot_can_be_quoted(name: str) -> None:
    assert "Page 1" not in read(name).document.text
