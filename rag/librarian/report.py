"""The state of a corpus on one page, for librarians and auditors."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from rag.catalogue import file as catalogue_file
from rag.catalogue.entry import state_on
from rag.catalogue.file import Catalogue
from rag.datatypes import DocumentState
from rag.errors import RagError
from rag.index.open import open_corpus
from rag.librarian.check import check
from rag.librarian.pages import WeakPage, weak_pages
from rag.terminal import clean


def report(folder: Path, *, retractions: Path | None = None, today: date | None = None) -> dict[str, Any]:
    """Counts by state, kind, publisher and language; documents with a date to watch; pages to look at; faults."""
    day = today or date.today()
    catalogue = catalogue_file.read(folder)
    states = {entry.id: state_on(entry, catalogue.entries, day) for entry in catalogue.document}
    answering = [entry for entry in catalogue.document if states[entry.id] is DocumentState.CURRENT]
    return {
        "corpus": catalogue.name,
        "title": catalogue.title,
        "day": day.isoformat(),
        "catalogue": catalogue.id,
        "documents": len(catalogue.document),
        "answering": len(answering),
        "states": dict(Counter(str(state) for state in states.values())),
        "kinds": dict(Counter(str(entry.kind or "not known") for entry in answering)),
        "publishers": dict(Counter(entry.publisher or "not known" for entry in answering)),
        "languages": dict(Counter(entry.language or "not known" for entry in answering)),
        "review_due": sorted(
            (entry.review_due.isoformat(), entry.id) for entry in answering if entry.review_due
        ),
        "unconfirmed": [entry.id for entry in catalogue.document if entry.unconfirmed],
        "weak_pages": [page._asdict() for page in _weak_pages(folder, catalogue)],
        "faults": [fault._asdict() for fault in check(folder, retractions=retractions, today=day)],
    }


def _weak_pages(folder: Path, catalogue: Catalogue) -> list[WeakPage]:
    """None where there is no index that can be read: ``faults`` says so."""
    try:
        with closing(open_corpus(catalogue_file.index_folder_of(folder, catalogue))) as corpus:
            return weak_pages(corpus, catalogue.document)
    except RagError:
        return []


def as_markdown(made: dict[str, Any]) -> str:
    lines = [
        f"# {_cell(made['title'] or made['corpus'])}", "",
        f"{made['day']}. {made['documents']} {'document' if made['documents'] == 1 else 'documents'}, {made['answering']} of them {'answers' if made['answering'] == 1 else 'answer'} today. Catalogue {made['catalogue']}.", "",
    ]  # fmt: skip
    for title, field in (
        ("State", "states"),
        ("Kind", "kinds"),
        ("Publisher", "publishers"),
        ("Language", "languages"),
    ):
        lines += [
            f"| {title} | documents |",
            "|---|--:|",
            *(f"| {_cell(name)} | {n} |" for name, n in made[field].items()),
            "",
        ]
    if made["review_due"]:
        lines += [
            "| Review due | document |",
            "|---|---|",
            *(f"| {day} | {_cell(name)} |" for day, name in made["review_due"]),
            "",
        ]
    if made["weak_pages"]:
        lines += [
            "| Pages to look at | page | score | scanned | left out | why |",
            "|---|--:|--:|---|---|---|",
        ]
        lines += [
            f"| {_cell(p['document'])} | {p['page']} | {p['score']:.2f} | {_scanned(p)} | {'left out' if p['left_out'] else ''} | {_cell(p['reason'])} |"
            for p in made["weak_pages"]
        ]
        lines.append("")
    lines += ["| | Document | Found | Do |", "|---|---|---|---|"]
    lines += [
        f"| {f['severity']} | {_cell(f['document'])} | {_cell(f['found'])} | {_cell(f['do'])} |"
        for f in made["faults"]
    ] or ["| | | nothing | |"]
    return "\n".join(lines) + "\n"


def _scanned(page: dict[str, Any]) -> str:
    if not page["scanned"]:
        return ""
    return "recognised by OCR" if page["ocr"] else "hardly any text"


def _cell(text: str) -> str:
    """One line without control characters, and no bar that would end the cell."""
    return " ".join(clean(text).split()).replace("|", "\\|")
