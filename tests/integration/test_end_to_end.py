"""The main job with real parts: real PDFs, the real encoder, the real NF4 writer, the real command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag import Pipeline
from rag.datatypes import Record, Status
from rag.resources import resource

pytestmark = [pytest.mark.model, pytest.mark.slow]

QUESTION = (
    "In an adult with hypertension and no other illness, at what blood pressure should drug treatment start?"
)


def rag(*arguments: str, cwd: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with no proxy or hub to talk to."""
    environment = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, "-m", "rag.cli", *arguments],
        cwd=cwd, capture_output=True, text=True, check=False, env=environment, input=stdin,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo documents and an index of them, made by the command."""
    folder = tmp_path_factory.mktemp("hospital")
    shutil.copytree(resource("corpora/demo"), folder / "documents")
    (folder / "documents" / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing follows")
    done = rag("ingest", "documents", "--index", "index", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "report.json").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Pipeline:
    return Pipeline.open(folder / "index")


def report(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return loaded


def test_every_file_given_is_taken_in_or_named_with_a_reason(folder: Path) -> None:
    given = {path.name for path in (folder / "documents").rglob("*") if path.is_file()}
    told = report(folder)
    taken = {Path(row["path"]).name for row in told["documents"]}
    skipped = {Path(row["path"]).name: row["reason"] for row in told["skipped"]}
    assert taken | set(skipped) == given
    assert taken & set(skipped) == set()
    assert skipped["broken.pdf"]
    assert told["passages"] > 50 and told["pages"] >= len(taken)


def test_ingest_again_changes_nothing(folder: Path) -> None:
    before = (folder / "index" / "manifest.json").read_bytes()
    done = rag("ingest", "documents", "--index", "index", "--json", cwd=folder)
    assert {row["state"] for row in json.loads(done.stdout)["documents"]} == {"unchanged"}
    assert (folder / "index" / "manifest.json").read_bytes() == before


def test_search_finds_the_page(folder: Path) -> None:
    done = rag("search", "dose of iron in pregnancy", "--index", "index", "-k", "3", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert rows[0]["document"] == "iron-and-anaemia-in-pregnancy-2016.html"


def test_show_and_search_agree(folder: Path) -> None:
    rows = json.loads(rag("search", "sepsis", "--index", "index", "-k", "1", "--json", cwd=folder).stdout)
    page = rag(
        "show", rows[0]["document"], "--page", str(rows[0]["page"]), "--index", "index", cwd=folder
    ).stdout
    assert rows[0]["text"][:60] in page


def test_ask_answers_with_quotes_that_stand_in_the_documents(pipeline: Pipeline) -> None:
    record = pipeline.ask(QUESTION)
    assert record.status is not Status.ABSTAINED, record.reason
    assert "140" in (record.answer or "") and "[1]" in (record.answer or "")
    for claim in record.claims:
        for quote in claim.quotes:
            text = pipeline.parts.corpus.document(quote.document_id).text
            assert text[quote.start : quote.end] == quote.text
    assert Record.model_validate_json(record.model_dump_json()) == record
    assert any("not for clinical use" in notice.lower() for notice in record.notices)


def test_ask_is_repeatable(pipeline: Pipeline) -> None:
    first, second = pipeline.ask(QUESTION), pipeline.ask(QUESTION)
    assert (first.answer, first.findings) == (second.answer, second.findings)


def test_ask_abstains_on_what_the_documents_do_not_hold(folder: Path) -> None:
    done = rag("ask", "What is the dose of apixaban after a femoral DVT?", "--index", "index", cwd=folder)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("Not answered.")
    assert "Traceback" not in done.stderr


def test_ask_declines_an_order(folder: Path) -> None:
    question = "Put in amlodipine 5 mg OD for Jane Roe, MRN 00123, first dose tomorrow."
    done = rag("ask", "-", "--index", "index", "--json", cwd=folder, stdin=question)
    assert done.returncode == 3
    assert json.loads(done.stdout)["reason"].startswith("This is a request to order or prescribe")


def test_a_changed_file_replaces_its_old_passages(folder: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    index = str(tmp_path / "index")
    note.write_text(
        "# Zorblax\n\nGive zorblax 10 mg twice daily for 5 days to adults with blue fever.\n",
        encoding="utf-8",
    )
    assert rag("ingest", "note.md", "--index", index, cwd=tmp_path).returncode == 0
    note.write_text(
        "# Zorblax\n\nGive zorblax 20 mg once daily for 7 days to adults with blue fever.\n", encoding="utf-8"
    )
    assert rag("ingest", "note.md", "--index", index, cwd=tmp_path).returncode == 0
    rows = json.loads(rag("search", "zorblax dose", "--index", index, "--json", cwd=tmp_path).stdout)
    assert len(rows) == 1
    assert "20 mg" in rows[0]["text"] and "10 mg" not in rows[0]["text"]


def test_no_index_is_one_clear_paragraph(tmp_path: Path) -> None:
    done = rag("ask", "anything at all?", "--index", "absent", cwd=tmp_path)
    assert done.returncode == 1
    assert "absent" in done.stderr and "rag ingest" in done.stderr
    assert "Traceback" not in done.stderr
