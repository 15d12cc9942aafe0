"""``rag index …`` over a real index of small Markdown files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny import HashEncoder

from rag import maintenance, wiring
from rag.cli import main


class LocalEncoder(HashEncoder):
    """Every folder is this encoder, named after it."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (wiring, maintenance):
        monkeypatch.setattr(module, "default_encoder", lambda **_: LocalEncoder("embedded"))
        monkeypatch.setattr(module, "folder_encoder", lambda folder, **_: LocalEncoder(Path(folder).name))
    sources = tmp_path / "sources"
    sources.mkdir()
    for drug in ("zinc", "iron", "morphine"):
        (sources / f"{drug}.md").write_text(
            f"# About {drug}\n\nGive {drug} to the patient twice a day with food.\n"
        )
    assert main(["ingest", str(sources), "--index", str(tmp_path / "index"), "--json", "--workers", "1"]) == 0
    return tmp_path / "index"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """The exit code and what was printed; JSON where it was asked for."""

    def call(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        said = capsys.readouterr()
        shown = said.out + said.err
        return code, json.loads(said.out) if "--json" in arguments and code == 0 else shown

    return call


@pytest.mark.parametrize("action", ["verify", "rebuild", "switch", "rollback", "plan"])
def test_help_has_an_example_and_json(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["index", action, "--help"])
    shown = capsys.readouterr().out
    assert f"example:\n  rag index {action}" in shown
    assert "--json" in shown
    assert ("--dry-run" in shown) == (action != "plan")


def test_rebuild_compare_switch_search_rollback(index: Path, tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "How is zinc given?", "document": "zinc.md", "page": 1}\n')
    code, dry = run(
        "index", "rebuild", "--index", index, "--encoder", tmp_path / "other", "--dry-run", "--json"
    )
    assert (code, dry["candidate"], dry["source"]) == (0, None, "files")
    code, made = run(
        "index",
        "rebuild",
        "--index",
        index,
        "--encoder",
        tmp_path / "other",
        "--compare",
        questions,
        "--json",
    )
    assert code == 0
    assert made["candidate"]["encoder_folder"] == str(tmp_path / "other")
    assert made["comparison"]["recall_old"]["10"] == made["comparison"]["recall_new"]["10"] == 1
    code, shown = run("index", "switch", "--index", index, "--dry-run")
    assert (code, shown.startswith("Would be in use: generation-")) == (0, True)
    code, used = run("index", "switch", "--index", index, "--json")
    assert (code, used["encoder_id"]) == (0, "other")
    code, hits = run("search", "zinc", "--index", index, "--json")  # with the encoder the index names
    assert (code, len(hits)) == (0, 3)
    code, back = run("index", "rollback", "--index", index, "--json")
    assert (code, back["encoder_id"]) == (0, "embedded")
    assert run("search", "zinc", "--index", index, "--json")[0] == 0


def test_text_of_a_comparison_and_nothing_to_switch_to(index: Path, tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "How is zinc given?", "document": "zinc.md"}\n{"question": "Else?"}\n')
    code, shown = run("index", "rebuild", "--index", index, "--compare", questions)
    assert code == 0
    assert "1 questions (1 more name no document" in shown
    assert "rag index switch" in shown
    assert (
        run("index", "verify", "--index", index, "--drop-old", "--dry-run")[1].count("would be deleted") == 1
    )
    code, found = run("index", "verify", "--index", index, "--drop-old", "--json")
    assert (code, len(found["dropped"]), found["ok"]) == (0, 1, True)
    code, shown = run("index", "switch", "--index", index)
    assert (code, "rag index rebuild" in shown) == (2, True)


def test_verify_names_the_damage_and_ends_with_an_error(index: Path, run) -> None:  # type: ignore[no-untyped-def]
    assert run("index", "verify", "--index", index)[0] == 0
    [path] = index.glob("generation-*/vectors.faiss")
    path.write_bytes(path.read_bytes()[:-3])
    code, shown = run("index", "verify", "--index", index)
    assert code == 1
    assert "vectors.faiss has" in shown
    assert "rag index rebuild" in shown


def test_plan(index: Path, run) -> None:  # type: ignore[no-untyped-def]
    code, planned = run("index", "plan", "--documents", 500, "--json")
    assert (code, planned["documents"]) == (0, 500)
    code, shown = run("index", "plan", "--documents", 500, "--index", index)
    assert code == 0
    assert "memory to search" in shown


def test_unreadable_questions_are_refused_before_any_work(index: Path, run) -> None:  # type: ignore[no-untyped-def]
    code, shown = run("index", "rebuild", "--index", index, "--compare", index / "nothing.jsonl")
    assert code == 2
    assert "nothing.jsonl" in shown
