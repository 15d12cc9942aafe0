"""The laws of ingest over every real document of the measuring data."""

from __future__ import annotations

import csv
import json
import random
import re
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.highlights import measured
from eval.nasty import expected
from rag.datatypes import Parsed, SentenceKind, Skipped
from rag.ingest.document import READERS
from rag.ingest.parse import parse_files
from rag.settings import IngestSettings

pytestmark = [pytest.mark.shared, pytest.mark.slow]

SETTINGS = IngestSettings(languages=("en", "pt", "es"), seconds_per_file=300)


def count_tokens(texts: Sequence[str]) -> list[int]:
    """About what a word-piece tokenizer gives."""
    return [len(text) // 4 + 1 for text in texts]


@pytest.fixture(scope="module")
def results(shared_data: Path) -> dict[str, Parsed | Skipped]:
    """Each real document parsed once."""
    files = sorted(
        file for folder in ("guidelines", "articles", "articles_other") for file in (shared_data / folder).rglob("*")
        if file.suffix in READERS and "SOURCE" not in file.name and "README" not in file.name
    )  # fmt: skip
    parsed = parse_files(files, SETTINGS, count_tokens=count_tokens)
    return {str(file.relative_to(shared_data)): result for file, result in zip(files, parsed, strict=True)}


def taken_in(results: dict[str, Parsed | Skipped]) -> list[Parsed]:
    return [result for result in results.values() if isinstance(result, Parsed)]


def test_every_document_is_taken_in(results: dict[str, Parsed | Skipped]) -> None:
    skipped = {name: result.reason for name, result in results.items() if isinstance(result, Skipped)}
    # empty Markdown chapters of the Spanish guideline are the only ones without text
    assert all(name.endswith((".markdown", ".txt")) for name in skipped), skipped
    assert len(taken_in(results)) >= 70


def test_every_passage_is_a_slice_and_its_sentences_tile_it(results: dict[str, Parsed | Skipped]) -> None:
    for parsed in taken_in(results):
        text = parsed.document.text
        end = 0
        for passage in parsed.passages:
            assert text[passage.start : passage.end] == passage.text
            assert passage.text == passage.text.strip() != ""
            assert passage.start >= end
            end = passage.end
            assert (passage.sentences[0].start, passage.sentences[-1].end) == (passage.start, passage.end)
            for before, after in zip(passage.sentences, passage.sentences[1:], strict=False):
                assert not text[before.end : after.start].strip()
                assert before.end <= after.start
            assert passage.header_text == passage.sentences[0].header_in(text)
            for sentence in passage.sentences:
                assert all(span.end <= sentence.start for span in sentence.header)


def test_a_passage_stays_on_its_page_but_for_its_last_sentence(results: dict[str, Parsed | Skipped]) -> None:
    for parsed in taken_in(results):
        pages = {page.number: page for page in parsed.document.pages}
        for passage in parsed.passages:
            page = pages[passage.page]
            assert page.start <= passage.start < page.end
            assert all(sentence.start < page.end for sentence in passage.sentences)


def test_passages_fit_the_encoder(results: dict[str, Parsed | Skipped]) -> None:
    for parsed in taken_in(results):
        for passage in parsed.passages:
            size = count_tokens([passage.text])[0]
            assert size <= SETTINGS.passage_tokens + len(passage.sentences) or len(passage.sentences) == 1
            assert size <= 251


def test_no_line_number_of_the_docket_is_left(results: dict[str, Parsed | Skipped]) -> None:
    parsed = results["guidelines/us_gov/cdc_opioid_prescribing_guideline_2022_draft_docket.pdf"]
    assert isinstance(parsed, Parsed)
    pages = [parsed.document.text[page.start : page.end] for page in parsed.document.pages]
    assert not re.search(r"\b(?:66[4-9]|67\d|68\d)\b", pages[29])
    assert "Hydromorphone  5" in pages[202]
    rows = [parsed.document.text[s.start : s.end] for p in parsed.passages for s in p.sentences
            if p.page == 203 and s.kind is SentenceKind.ROW]  # fmt: skip
    assert "Hydromorphone  5" in rows


def normalised(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(str.maketrans("‘’“”", "''\"\""))
    text = re.sub(r"\s+", " ", re.sub(r"[\u2010-\u2015\u2212]", "-", text))
    return re.sub(r"(?<=[^\W\d_])-+(?=[^\W\d_])", "", re.sub(r" ?([-/]) ?", r"\1", text))


def test_gold_quotes_stand_on_their_page(results: dict[str, Parsed | Skipped], shared_data: Path) -> None:
    documents = {Path(name).name: result for name, result in results.items() if name.startswith("guidelines")}
    lines = (shared_data / "guideline_qa" / "dev.jsonl").read_text().splitlines()
    gold = [quote for line in lines for quote in json.loads(line)["gold"]]
    missing = []
    for quote in gold:
        parsed = documents[quote["doc"]]
        assert isinstance(parsed, Parsed)
        page = parsed.document.pages[quote["page"] - 1]
        if normalised(quote["quote"]) not in normalised(parsed.document.text[page.start : page.end]):
            missing.append((quote["doc"], quote["page"]))
    assert len(gold) == 124
    assert not missing


@pytest.mark.poppler
@pytest.mark.parametrize(
    "name", ["who_hypertension_pharmacological_treatment_2021", "who_cystic_echinococcosis_2025"]
)
def test_sentences_are_found_by_an_independent_extraction(
    results: dict[str, Parsed | Skipped], shared_data: Path, name: str
) -> None:
    path = shared_data / "guidelines" / "who" / f"{name}.pdf"
    parsed = results[f"guidelines/who/{name}.pdf"]
    assert isinstance(parsed, Parsed)
    readings = []
    for option in ((), ("-layout",), ("-raw",)):
        run = subprocess.run(["pdftotext", *option, str(path), "-"], capture_output=True, check=True)
        readings.append([normalised(page) for page in run.stdout.decode().split("\f")])
    found = [
        any(normalised(parsed.document.text[s.start : s.end]) in reading[passage.page - 1] for reading in readings)
        for passage in parsed.passages for s in passage.sentences
        if s.kind is SentenceKind.SENTENCE and s.end <= parsed.document.pages[passage.page - 1].end
        and "References" not in passage.section
    ]  # fmt: skip
    assert len(found) > 500
    assert sum(found) / len(found) >= 0.97


def test_two_ingests_give_the_same_bytes(results: dict[str, Parsed | Skipped], shared_data: Path) -> None:
    names = [
        name
        for name in results
        if name.endswith("who_hypertension_pharmacological_treatment_2021.pdf") or "PMC47363" in name
    ]
    again = parse_files(
        [shared_data / name for name in names], SETTINGS, count_tokens=count_tokens, workers=1
    )
    for name, result in zip(names, again, strict=True):
        assert result.model_dump_json() == results[name].model_dump_json()


def test_nasty_files_neither_hang_nor_crash_and_say_why(shared_data: Path) -> None:
    folder = shared_data / "nasty_pdfs"
    with (folder / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    files = [folder / row["file"] for row in rows]
    passwords = {Path(row["file"]).name: row["password"] for row in rows if row["password"]}
    settings = IngestSettings(languages=("en", "de", "fr"), seconds_per_file=60)
    results = parse_files(files, settings, count_tokens=count_tokens, passwords=passwords)
    wrong = [
        (row["file"], outcome)
        for row, result in zip(rows, results, strict=True)
        if (outcome := "ok" if isinstance(result, Parsed) else result.category)
        not in expected(row, with_passwords=True)
    ]
    assert len(rows) == 87
    assert len(passwords) == 6
    assert not wrong


def test_quotes_are_found_on_their_pages(results: dict[str, Parsed | Skipped], shared_data: Path) -> None:
    found = [(str(Path(name).parent), shared_data / name, parsed) for name, parsed in results.items()
             if name.endswith(".pdf") and isinstance(parsed, Parsed)]  # fmt: skip
    outcomes = measured(found, 300, "sentence", random.Random(1))
    missed = [(outcome.file, outcome.page, outcome.quote) for outcome in outcomes if outcome.miss]
    assert len(missed) <= 3, missed


def test_no_page_of_a_real_document_is_left_out(results: dict[str, Parsed | Skipped]) -> None:
    pages = [
        page for parsed in taken_in(results) for page in parsed.document.pages if page.quality is not None
    ]
    assert len(pages) > 1000
    assert [
        page for page in pages if page.quality is not None and page.quality.score < SETTINGS.page_quality
    ] == []
