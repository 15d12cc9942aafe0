"""The command as a contract: exit codes, streams, JSON fields and the text on a terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import fakes
import pytest
from fakes import IDS, claim, parts

from rag.cli import main
from rag.datatypes import Claim, Conflict, Premise, PremiseOutcome
from rag.errors import IndexMissing
from rag.settings import Settings
from rag.wiring import Pipeline

COMMANDS = ("models", "ingest", "search", "ask", "batch", "verify", "show", "highlight", "doctor")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``opened(claims, **parts)`` makes every ``Pipeline.open`` give a pipeline of fakes."""

    def use(claims: Sequence[Sequence[Claim]] = ((),), **changes: object) -> None:
        pipeline = Pipeline(
            parts=parts(claims, **changes), settings=Settings(), ids=lambda: IDS, notices=["Demo."]
        )
        monkeypatch.setattr(Pipeline, "open", lambda *_, **__: pipeline)

    return use


def test_ask_answered(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str], golden: Callable[..., None]
) -> None:
    opened([[claim(0), claim(1)]])
    assert main(["ask", "When should drug treatment start?", "--index", "x"]) == 0
    golden("ask_answered.txt", capsys.readouterr().out)


def test_a_source_shows_what_opens_its_list(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    said = claim(0)
    lead_in = ("Not in these:", "In adults:")
    quotes = (said.quotes[0].model_copy(update={"lead_in": lead_in}),)
    opened([[said.model_copy(update={"quotes": quotes})]])
    assert main(["ask", "When should drug treatment start?", "--index", "x"]) == 0
    assert "List: In adults: > Not in these:" in capsys.readouterr().out


def test_ask_partial(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str], golden: Callable[..., None]
) -> None:
    opened(
        [[claim(0), claim(1, "Follow up every 9 weeks.")]], verifier=fakes.FakeVerifier(refused=("9 weeks",))
    )
    assert main(["ask", "When should drug treatment start?", "--index", "x"]) == 0
    golden("ask_partial.txt", capsys.readouterr().out)


def test_ask_abstained(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str], golden: Callable[..., None]
) -> None:
    opened(selector=fakes.FakeSelector(evidence=()))
    assert main(["ask", "When should drug treatment start?", "--index", "x"]) == 3
    golden("ask_abstained.txt", capsys.readouterr().out)


def test_ask_corrects_a_premise(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str], golden: Callable[..., None]
) -> None:
    refuted = Premise(
        text="Lisinopril is preferred in pregnancy.",
        outcome=PremiseOutcome.REFUTED,
        quotes=(fakes.quote(2),),
        score=1,
    )
    opened([[claim(0)]], premises=fakes.FakePremises((refuted,)))
    assert main(["ask", "Since lisinopril is preferred in pregnancy, what dose?", "--index", "x"]) == 0
    golden("ask_premise.txt", capsys.readouterr().out)


def test_ask_shows_conflicts_and_what_was_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], golden: Callable[..., None]
) -> None:
    older = fakes.quote(1).model_copy(
        update={"date": "2018-03", "title": "Raised blood pressure, first version"}
    )
    finder = fakes.FakeConflicts(
        (Conflict(quotes=(fakes.quote(0), older), detail="140 mmHg in one, 150 mmHg in the other"),)
    )
    given = fakes.with_ladder(
        [[claim(2, fakes.SENTENCES[0]), claim(1, "Hydralazine first.")]], conflicts=finder
    )
    pipeline = Pipeline(parts=given, settings=Settings(), ids=lambda: IDS, notices=["Demo."])
    monkeypatch.setattr(Pipeline, "open", lambda *_, **__: pipeline)
    assert main(["ask", "When should drug treatment start?", "--index", "x"]) == 0
    golden("ask_conflict.txt", capsys.readouterr().out)


def test_ask_json_is_the_record(opened: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    opened([[claim(0)]])
    assert main(["ask", "When should drug treatment start?", "--index", "x", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["status"] == "answered"
    assert record["answer"] == "Start drug treatment at 140/90 mmHg or above. [1]"
    quote = record["claims"][0]["quotes"][0]
    assert {"document", "title", "page", "section", "start", "end", "text"} <= set(quote)
    assert quote["text"] == fakes.TEXT[quote["start"] : quote["end"]]
    assert {"reason", "hits", "drafts", "findings", "seconds", "ids"} <= set(record)
    assert {"rank", "score", "document", "title", "page", "section", "text"} <= set(record["hits"][0])
    assert {"corpus", "index", "encoder", "writer", "quantisation", "prompt", "settings", "seed"} <= set(
        record["ids"]
    )


def test_search_json_has_exactly_the_agreed_fields(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    opened()
    assert main(["search", "blood pressure", "--index", "x", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [set(row) for row in rows] == [{"rank", "score", "document", "title", "page", "section", "text"}]
    assert rows[0]["document"] == "hypertension.md"


def test_show_prints_the_page(opened: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    opened()
    assert main(["show", "hypertension.md", "--page", "1", "--index", "x"]) == 0
    assert capsys.readouterr().out == fakes.TEXT + "\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(
            ["show", "absent.pdf", "--page", "1", "--index", "x"], "hypertension.md", id="no_such_document"
        ),
        pytest.param(
            ["show", "hypertension.md", "--page", "7", "--index", "x"], "pages 1 to 1", id="no_such_page"
        ),
        pytest.param(["ask", "  ", "--index", "x"], "The question is empty", id="empty_question"),
        pytest.param(["ingest", "no/such/folder", "--index", "x"], "no/such/folder", id="no_such_path"),
        pytest.param(
            ["batch", "absent.jsonl", "--index", "x", "--out", "y"], "absent.jsonl", id="no_question_file"
        ),
    ],
)
def test_wrong_usage_is_2_and_one_paragraph(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    opened()
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in " ".join(err.split())
    assert "Traceback" not in err and "\n\n" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        [],
        ["ask"],
        ["search", "x", "--index", "i", "-k", "0"],
        ["ask", "q", "--index", "i", "--bogus"],
    ],
    ids=["unknown_command", "no_command", "no_question", "k_of_zero", "unknown_option"],
)
def test_wrong_arguments_are_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "--help" in capsys.readouterr().err


def test_an_error_is_1_and_never_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexMissing("There is no index in x. Make one: rag ingest PATH --index x")

    monkeypatch.setattr(Pipeline, "open", fail)
    assert main(["search", "q", "--index", "x"]) == 1
    assert capsys.readouterr().err == "rag: There is no index in x. Make one: rag ingest PATH --index x\n"
    with pytest.raises(IndexMissing):
        main(["search", "q", "--index", "x", "--debug"])


def test_unexpected_error_says_how_to_see_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(Pipeline, "open", fail)
    assert main(["search", "q", "--index", "x"]) == 1
    assert "disk on fire" in (err := capsys.readouterr().err) and "--debug" in err and "Traceback" not in err


def test_control_characters_of_a_document_do_not_reach_the_terminal(
    opened: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    hit = fakes.HIT.model_copy(update={"title": "\x1b[2J\x07title", "text": "a\u202eb\x1b]0;x\x07"})
    opened(retriever=fakes.FakeRetriever([hit]))
    main(["search", "blood pressure", "--index", "x"])
    assert not set(capsys.readouterr().out) & set("\x1b\x07\u202e")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"example:\n  rag {command}" in capsys.readouterr().out


def test_golden_files_are_not_being_rewritten() -> None:
    assert os.environ.get("RAG_WRITE_GOLDEN") is None


def test_batch_writes_records_with_their_ids(opened: Callable[..., None], tmp_path: Path) -> None:
    questions, out = tmp_path / "q.jsonl", tmp_path / "r.jsonl"
    questions.write_text('{"id": "a", "question": "When should drug treatment start?"}\n', encoding="utf-8")
    opened([[claim(0)]])
    assert main(["batch", str(questions), "--index", "x", "--out", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["id"] == "a"


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["search", "x", "--index", "no-such-folder", "--json"], 1, "IndexMissing"),
        (["ask", " ", "--index", "x", "--json"], 2, "UsageError"),
        (["ingest", "no/such/folder", "--index", "x", "--json"], 2, "UsageError"),
        (["corpus", "list", "--corpus", "no-such-folder", "--json"], 1, "CatalogueError"),
        (["index", "verify", "--index", "no-such-folder", "--json"], 1, "IndexMissing"),
        (["highlight", "absent.json", "--index", "x", "--json"], 2, "UsageError"),
        (["verify", "--in", "absent.jsonl", "--out", "out.jsonl", "--json"], 2, "UsageError"),
        (["ask", "--json"], 2, "UsageError"),
        (["search", "x", "--index", "i", "-k", "0", "--json"], 2, "UsageError"),
    ],
)
def test_an_error_of_every_command_is_json_where_json_was_asked_for(
    arguments: list[str], code: int, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        found = main(arguments)
    except SystemExit as stopped:
        found = int(str(stopped.code))
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert (found, error["type"]) == (code, kind)
    assert " ".join(err.split()) == f"rag: {error['message']}"
