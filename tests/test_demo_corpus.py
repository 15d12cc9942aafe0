"""The demo corpus is what it says: reproducible, marked, dated, sourced, and its gold quotes stand where they should."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

CORPORA = Path(__file__).resolve().parent.parent / "corpora"
DEMO = CORPORA / "demo"
DOCUMENTS = sorted(path for path in DEMO.iterdir() if path.suffix in {".pdf", ".md", ".html"})
QUESTIONS = [json.loads(line) for line in (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
NOTICE = "Teaching material written to demonstrate this software. Not for clinical use."
SUPERSEDED = {
    "clinic-blood-pressure-protocol-2023.md": "clinic-blood-pressure-protocol-2018.md",
    "haemoglobin-cut-offs-2024.pdf": "iron-and-anaemia-in-pregnancy-2016.html",
    "malaria-treatment-2023.md": "malaria-ward-card-2016.html",
}


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_demo", CORPORA / "make_demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@cache
def pages(name: str) -> tuple[str, ...]:
    """Plain text of each page, white space collapsed, read without this package."""
    path = DEMO / name
    if path.suffix == ".pdf":
        return tuple(flat(page.extract_text()) for page in PdfReader(path).pages)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return (flat(BeautifulSoup(text, "lxml").get_text(" ")),)
    return (flat(re.sub(r"[|*>#]", " ", text)),)


def metadata(path: Path) -> dict[str, str]:
    """Title, date and notice as the file's metadata state them."""
    if path.suffix == ".pdf":
        entries = PdfReader(path).metadata or {}
        keys = {"title": "/Title", "date": "/PublicationDate", "notice": "/Notice"}
        return {name: str(entries[key]) for name, key in keys.items()}
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        soup = BeautifulSoup(text, "lxml")
        found = {str(tag["name"]): str(tag["content"]) for tag in soup.find_all("meta") if tag.get("name")}
        return {"title": soup.title.get_text() if soup.title else "", **found}
    return dict(line.split(": ", 1) for line in text.split("---\n", 2)[1].strip().splitlines())


def test_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    written = generator().make_all(tmp_path)
    assert {path.name for path in written} == {path.name for path in DOCUMENTS if path.suffix == ".pdf"}
    for path in written:
        assert path.read_bytes() == (DEMO / path.name).read_bytes(), f"{path.name}: run corpora/make_demo.py"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_document_has_title_date_notice_and_source(path: Path) -> None:
    found = metadata(path)
    assert len(found["title"]) > 10
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert path.stem.endswith(found["date"][:4])
    assert found["notice"] == NOTICE
    assert "Source of the facts: " in pages(path.name)[0]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_page_says_that_it_is_not_for_clinical_use(path: Path) -> None:
    for text in pages(path.name):
        assert re.search(r"teaching material[^a-z]+not for clinical use", text, re.IGNORECASE)


@pytest.mark.parametrize(("newer", "older"), SUPERSEDED.items())
def test_newer_document_is_dated_after_the_one_it_supersedes(newer: str, older: str) -> None:
    assert metadata(DEMO / newer)["date"] > metadata(DEMO / older)["date"]


def test_the_kinds_of_file_the_corpus_promises() -> None:
    count = {suffix: sum(path.suffix == suffix for path in DOCUMENTS) for suffix in (".pdf", ".md", ".html")}
    assert count == {".pdf": 5, ".md": 3, ".html": 3}
    assert max(len(pages(path.name)) for path in DOCUMENTS) == 2


def test_licence_and_every_document_are_named_in_the_readme() -> None:
    text = (CORPORA / "README.md").read_text(encoding="utf-8")
    assert "Licence: Apache-2.0" in text
    assert [path.name for path in DOCUMENTS if f"`{path.name}`" not in text] == []


def test_two_columns_are_drawn_side_by_side() -> None:
    lefts: list[float] = []

    def note(text: str, _cm: Any, matrix: list[float], *_rest: Any) -> None:
        if text.strip():
            lefts.append(_cm[4] + matrix[4])

    PdfReader(DEMO / "opioids-for-pain-2023.pdf").pages[0].extract_text(visitor_text=note)
    assert sum(left > 297 for left in lefts) > 20, "more than 20 runs of text start in the right half"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_gold_quotes_stand_on_their_pages(question: dict[str, Any]) -> None:
    assert question["answerable"] == bool(question["gold"])
    assert (question["expected"] in {"answer", "corrects premise"}) == question["answerable"]
    for gold in question["gold"]:
        assert gold["quote"] in pages(gold["doc"])[gold["page"] - 1]


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if q["numbers"]], ids=lambda question: question["id"]
)
def test_expected_numbers_stand_in_the_document(question: dict[str, Any]) -> None:
    text = " ".join(" ".join(pages(gold["doc"])) for gold in question["gold"])
    for number in question["numbers"]:
        assert number in text


def test_question_file_has_both_answerable_and_unanswerable_questions() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS) == 28
    assert sum(question["answerable"] for question in QUESTIONS) == 20
