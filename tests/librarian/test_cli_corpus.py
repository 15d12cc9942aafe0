"""What the commands ``rag corpus …`` print, and what they say when something is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from rag.catalogue import file as catalogue_file
from rag.cli import main

Corpus = Callable[..., Path]
HANDS = "# Hand washing\n\nWash hands with soap for twenty seconds before each meal and after each patient.\n"
DOSE = "# Dose of quinoxaline\n\nGive quinoxaline 5 mg a day for 10 days. Adults must not take more.\n"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Exit code, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        return code, *capsys.readouterr()

    return call


Run = Callable[..., tuple[int, str, str]]


def retitle(folder: Path, identity: str, title: str) -> None:
    entry = catalogue_file.read(folder).entry(identity).model_copy(update={"title": title})
    path = folder / catalogue_file.NAME
    path.write_text(catalogue_file.changed_text(path.read_text(), [entry]))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_diff_counts_its_marks(corpus: Corpus, run: Run) -> None:
    new = DOSE.replace("5 mg a day for 10 days", "10 mg a day for 5 days").replace("must not", "may")
    folder = corpus(old=DOSE, new=new)
    code, out, _ = run("corpus", "diff", "old", "new", "--corpus", folder)
    assert code == 0
    assert "FIGURES - p. 1: Give quinoxaline 5 mg a day for 10 days." in out
    assert "NEGATION STRENGTH - p. 1: Adults must not take more." in out
    assert flat(out).endswith(
        "2 sentences differ: 2 changed (1 of them in a figure or its unit, 1 of them in a negation or an opposite, "
        "1 of them in how strongly it is said), 0 new, 0 gone"
    )
    counts = json.loads(run("corpus", "diff", "old", "new", "--corpus", folder, "--json")[1])["counts"]
    assert (counts["figures"], counts["negation"], counts["strength"]) == (1, 1, 1)


@pytest.mark.parametrize("title", ["[retracted] Old", "Old [/b] dose", "[bold]Old"])
def test_square_brackets_of_a_title_are_no_markup(title: str, corpus: Corpus, run: Run) -> None:
    folder = corpus(hands=HANDS)
    retitle(folder, "hands", title)
    code, out, _ = run("corpus", "list", "--corpus", folder)
    assert code == 0
    assert title in out


@pytest.mark.parametrize("command", [["list"], ["show", "hands"], ["check"], ["report"]])
def test_control_characters_do_not_reach_the_terminal(command: list[str], corpus: Corpus, run: Run) -> None:
    folder = corpus(hands=HANDS)
    entry = catalogue_file.read(folder).entry("hands")
    evil = "A\x1b[2J\x07b\u202e | c\nstatus: current"
    changed = entry.model_copy(update={"title": evil, "publisher": evil, "remarks": (evil,)})
    path = folder / catalogue_file.NAME
    path.write_text(catalogue_file.changed_text(path.read_text(), [changed]))
    _, out, err = run("corpus", *command, "--corpus", folder)
    assert not set(out + err) & set("\x1b\x07\u202e")
    assert not re.search(r"^status: current", out.replace("status: current\n", "", 1), re.MULTILINE)
    if command == ["report"]:
        rows = [line for line in out.splitlines() if line.startswith("|")]
        assert any(r"b \| c status: current" in flat(row).replace("  ", " ") for row in rows)


@pytest.mark.parametrize(
    ("arguments", "code", "kind", "says"),
    [
        (["corpus", "show", "nope"], 2, "UsageError", "there is no document 'nope'"),
        (["corpus", "show"], 2, "UsageError", "See: rag corpus show --help"),
        (["corpus", "withdraw", "nope", "--on", "soon"], 2, "UsageError", "expected YYYY-MM-DD"),
        (["corpus", "report", "--retractions", "none.csv"], 2, "UsageError", "none.csv cannot be read"),
    ],
)
def test_errors_are_json_where_json_was_asked_for(
    arguments: list[str], code: int, kind: str, says: str, corpus: Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = corpus(hands=HANDS)
    try:
        found = main([*arguments, "--corpus", str(folder), "--json"])
    except SystemExit as stopped:
        found = int(str(stopped.code))
    out, err = capsys.readouterr()
    assert found == code
    error: dict[str, Any] = json.loads(out)["error"]
    assert error["type"] == kind
    assert says in error["message"]
    assert says in flat(err)


def test_export_names_the_folder_and_the_snapshots_that_there_are(
    corpus: Corpus, run: Run, tmp_path: Path
) -> None:
    folder = corpus(hands=HANDS)
    for dry in ([], ["--dry-run"]):
        code, _, err = run("corpus", "export", tmp_path / "nodir" / "x.tgz", "--corpus", folder, *dry)
        assert (code, "there is no folder" in flat(err), "nodir" in err) == (2, True, True)
        code, _, err = run(
            "corpus", "export", tmp_path / "x.tgz", "--corpus", folder, "--snapshot", "nope", *dry
        )
        assert (code, "there are: none" in flat(err)) == (2, True)
    assert run("corpus", "snapshot", "kept", "--corpus", folder)[0] == 0
    _, _, err = run("corpus", "export", tmp_path / "x.tgz", "--corpus", folder, "--snapshot", "nope")
    assert "there are: kept" in flat(err)


def scanned_pdf(path: Path) -> None:
    """A page of text and two that are pictures."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    made = Canvas(str(path), pagesize=(400, 600))
    for n in range(12):
        made.drawString(40, 550 - 20 * n, f"Step {n}: the nurse should rinse the vessel with clean water.")
    made.showPage()
    for shade in (120, 160):
        made.drawImage(ImageReader(Image.new("RGB", (400, 600), (shade, 90, 90))), 0, 0, 400, 600)
        made.showPage()
    made.save()


def test_pages_to_look_at_are_told_by_add_check_and_report(corpus: Corpus, run: Run, tmp_path: Path) -> None:
    folder = corpus(hands=HANDS)
    scanned_pdf(tmp_path / "rinse.pdf")
    told = "Pages to look at: rinse.pdf, pictures with hardly any text: 2-3"
    for dry in (["--dry-run"], []):
        code, out, _ = run(
            "corpus", "add", tmp_path / "rinse.pdf", "--corpus", folder, "--workers", "1", *dry
        )
        assert (code, told in flat(out)) == (0, True)
    faults = json.loads(run("corpus", "check", "--corpus", folder, "--json")[1])["faults"]
    (fault,) = [fault for fault in faults if "pictures" in fault["found"]]
    assert (fault["severity"], fault["document"]) == ("warning", "rinse")
    assert fault["found"] == "pages 2-3 pictures with hardly any text"
    made = json.loads(run("corpus", "report", "--corpus", folder, "--json")[1])
    assert [
        (page["document"], page["page"], page["scanned"], page["left_out"]) for page in made["weak_pages"]
    ] == [
        ("rinse", 2, True, False),
        ("rinse", 3, True, False),
    ]
    assert "| rinse | 2 | " in run("corpus", "report", "--corpus", folder)[1]


def test_check_gathers_the_same_finding_and_keeps_every_error(corpus: Corpus, run: Run) -> None:
    folder = corpus(
        **{f"leaflet{n}": f"# Leaflet {n}\n\nWash part {n} of the body with soap.\n" for n in range(5)}
    )
    (folder / "documents" / "leaflet0.md").unlink()
    (folder / "documents" / "leaflet1.md").unlink()
    _, out, _ = run("corpus", "check", "--corpus", folder)
    told = flat(out)
    assert re.search(
        r"warning: not confirmed[^.]*: 5 documents: leaflet0, leaflet1, leaflet2 and 2 more\. To do", told
    )
    assert f"`rag corpus confirm ID --all --corpus {folder}`" in told
    assert [line.split(":")[1] for line in out.splitlines()[:4] if line.startswith("error")] == [
        " leaflet0",
        " leaflet1",
    ]
    assert f"`rag corpus remove leaflet0 --corpus {folder}`" in told
    assert told.endswith("2 errors, 5 warnings, 5 notes")
    faults = json.loads(run("corpus", "check", "--corpus", folder, "--json")[1])["faults"]
    assert len(faults) == 12
    assert {
        f"look at it, then `rag corpus confirm leaflet{n} --all --corpus {folder}`" for n in range(5)
    } <= {fault["do"] for fault in faults}


def test_one_is_told_as_one(corpus: Corpus, run: Run) -> None:
    folder = corpus(hands=HANDS)
    (folder / "documents" / "hands.md").unlink()
    assert flat(run("corpus", "check", "--corpus", folder)[1]).endswith("1 error, 1 warning, 1 note")
    assert "1 document, 1 answers on " in run("corpus", "list", "--corpus", folder)[1]
    assert "1 document, 1 of them answers today" in run("corpus", "report", "--corpus", folder)[1]


def test_a_draft_never_answers_until_it_is_restored(corpus: Corpus, run: Run) -> None:
    folder = corpus(draft_hands=HANDS.replace("# Hand", "# Draft: hand"), dose=DOSE)
    (remark,) = catalogue_file.read(folder).entry("draft-hands").remarks
    assert remark == "it calls itself a draft: `rag corpus draft ID` unless it is the one in use"
    assert f"`rag corpus draft draft-hands --corpus {folder}`" in flat(
        run("corpus", "check", "--corpus", folder)[1]
    )
    for dry, verb in (["--dry-run"], "would not answer"), ([], "does not answer"):
        code, out, _ = run("corpus", "draft", "draft-hands", "--corpus", folder, *dry)
        assert (code, out.splitlines()[-1]) == (0, f"draft-hands: {verb} today: a draft never answers")
    assert catalogue_file.read(folder).entry("draft-hands").status == "draft"
    code, _, err = run("corpus", "draft", "draft-hands", "--corpus", folder)
    assert (code, "is a draft already" in err) == (2, True)
    made = json.loads(run("corpus", "restore", "draft-hands", "--corpus", folder, "--json")[1])
    assert [(one["id"], one["answers"]) for one in made["today"]] == [("draft-hands", True)]


def test_what_has_superseded_another_is_made_no_draft(corpus: Corpus, run: Run) -> None:
    folder = corpus(old=DOSE, new=HANDS)
    assert run("corpus", "confirm", "old", "published=2013-01-01", "--corpus", folder)[0] == 0
    assert run("corpus", "supersede", "old", "new", "--from", "2021-01-01", "--corpus", folder)[0] == 0
    code, _, err = run("corpus", "draft", "new", "--corpus", folder)
    assert (code, "has superseded old" in flat(err)) == (2, True)
    assert f"`rag corpus restore old --corpus {folder}` first" in flat(err)
    code, _, err = run("corpus", "draft", "old", "--corpus", folder)
    assert (code, "restore it first" in flat(err)) == (2, True)


def test_the_last_line_says_whether_the_document_answers(corpus: Corpus, run: Run) -> None:
    folder = corpus(old=DOSE, new=HANDS)
    day = date.today()

    def last(*arguments: object) -> list[str]:
        code, out, _ = run("corpus", *arguments, "--corpus", folder)
        assert code == 0
        return out.splitlines()

    assert last("confirm", "old", "published=2013-01-01")[-1] == "old: answers today"
    assert last("supersede", "old", "new", "--from", "2021-01-01")[-2:] == [
        "old: does not answer today: superseded since 2021-01-01, by new",
        "new: answers today",
    ]
    assert last("restore", "old")[-1] == "old: answers today"
    later = day + timedelta(days=30)
    assert last("supersede", "old", "new", "--from", later)[-2:] == [
        f"old: answers today; ends on {later}, when new takes its place",
        f"new: does not answer today: comes into force on {later}",
    ]
    assert (
        last("withdraw", "old", "--dry-run")[-1]
        == f"old: would not answer today: withdrawn since {day}, by new"
    )
    assert last("retract", "new")[-1].startswith("new: does not answer today: retracted since")
    assert last("withdraw", "new", "--on", later)[-1].startswith(
        "new: does not answer today: comes into force on"
    )


def test_show_writes_lists_with_commas(corpus: Corpus, run: Run) -> None:
    folder = corpus(hands=HANDS)
    assert "unconfirmed: title, language\n" in run("corpus", "show", "hands", "--corpus", folder)[1]


def test_a_dry_run_of_fetch_says_so(run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(f'[[file]]\nurl = "https://example.org/a%20b.pdf"\nsha256 = "{"0" * 64}"\n')
    _, out, _ = run("corpus", "fetch", manifest, "--dry-run", "--json")
    assert json.loads(out) == {
        "files": [
            {"url": "https://example.org/a%20b.pdf", "sha256": "0" * 64, "name": None, "file": "a b.pdf"}
        ],
        "dry_run": True,
    }


def test_the_advice_to_make_a_corpus_names_no_other(run: Run, tmp_path: Path) -> None:
    code, _, err = run("corpus", "list", "--corpus", tmp_path / "none")
    assert (code, f"`rag corpus init {tmp_path / 'none'}`" in flat(err)) == (1, True)
