"""A corpus through its life, with the real parser and the real encoder: files in, questions, files out for good."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from rag.catalogue import file as catalogue_file
from rag.catalogue.lifecycle import restore, supersede
from rag.cli import main
from rag.datatypes import DocumentState, Scope
from rag.errors import CatalogueError, UsageError
from rag.librarian import add, apply, check, difference, export, import_corpus, init, remove, snapshot
from rag.librarian.duplicates import KEPT
from rag.settings import Settings
from rag.wiring import Pipeline

pytestmark = pytest.mark.model
CANARY = "zebrafinch"
OLD = f"# Quinoxaline for lumps\n\nWorld Health Organization, published 3 May 2013.\n\nGive quinoxaline 10 mg a day for lumps. The {CANARY} study showed it.\n"
NEW = "# Quinoxaline for lumps, second edition\n\nWorld Health Organization, published 4 June 2021.\n\nGive quinoxaline 20 mg a day for lumps. Stop after two weeks.\n"
OTHER = "# Hand washing\n\nWash hands with soap for twenty seconds before each meal and after each patient.\n"


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """Three documents, the second meant to take the place of the first."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name, text in (("quinoxaline-2013.md", OLD), ("quinoxaline-2021.md", NEW), ("hands.md", OTHER)):
        (inbox / name).write_text(text)
    folder = tmp_path / "ward"
    init(folder, title="Ward", index=None)
    added = add(folder, [inbox], settings=Settings(), workers=1)
    assert [one.id for one in added.entries] == ["hands", "quinoxaline-2013", "quinoxaline-2021"]
    return folder


def documents(folder: Path, scope: Scope | None = None) -> list[str]:
    with Pipeline.open(folder, scope=scope) as pipeline:
        return list(
            dict.fromkeys(hit.document for hit in pipeline.search("quinoxaline dose for lumps", k=10))
        )


def holds(folder: Path, canary: str) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if canary.encode() in path.read_bytes().lower()]


def test_what_the_file_says_is_proposed_and_unconfirmed(ward: Path) -> None:
    entry = catalogue_file.read(ward).entry("quinoxaline-2013")
    assert (entry.title, entry.publisher, entry.published) == (
        "Quinoxaline for lumps",
        "World Health Organization",
        "2013-05-03",
    )
    assert set(entry.unconfirmed) >= {"title", "publisher", "published", "language"}
    assert entry.doi is None


def test_a_publisher_that_is_only_mentioned_is_not_proposed(ward: Path, tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text(
        "# Own protocol\n\nThis follows advice of the World Health Organization on lumps and their care in wards.\n"
    )
    (entry,) = add(ward, [tmp_path / "own.md"], settings=Settings(), workers=1).entries
    assert entry.publisher is None


def test_superseded_documents_answer_only_when_asked_for(ward: Path) -> None:
    assert set(documents(ward)) == {"quinoxaline-2013.md", "quinoxaline-2021.md", "hands.md"}
    apply(ward, lambda c: supersede(c, "quinoxaline-2013", "quinoxaline-2021"), act={})
    assert set(documents(ward)) == {"quinoxaline-2021.md", "hands.md"}
    assert "quinoxaline-2013.md" in documents(ward, Scope(as_of=date(2015, 1, 1)))
    assert "quinoxaline-2021.md" not in documents(ward, Scope(as_of=date(2015, 1, 1)))
    with Pipeline.open(ward, scope=Scope(include=(DocumentState.SUPERSEDED,))) as pipeline:
        hit = next(h for h in pipeline.search("quinoxaline", k=10) if h.document == "quinoxaline-2013.md")
    assert hit.standing is not None
    assert (hit.standing.state, hit.standing.newer) == (
        DocumentState.SUPERSEDED,
        "Quinoxaline for lumps, second edition",
    )
    apply(ward, lambda c: restore(c, "quinoxaline-2013"), act={})
    assert "quinoxaline-2013.md" in documents(ward)


def test_an_open_pipeline_sees_a_withdrawal_at_once(ward: Path) -> None:
    with Pipeline.open(ward) as pipeline:
        assert any(h.document == "hands.md" for h in pipeline.search("wash hands with soap"))
        assert main(["corpus", "withdraw", "hands", "--corpus", str(ward)]) == 0
        assert not any(h.document == "hands.md" for h in pipeline.search("wash hands with soap"))


def test_removal_leaves_no_byte_but_in_the_snapshot_named(ward: Path) -> None:
    snapshot(ward, "kept")
    snapshot(ward, "other")
    assert holds(ward, CANARY)
    with pytest.raises(UsageError, match="kept, other"):
        remove(ward, "quinoxaline-2013", keep=["nonesuch"], settings=Settings())
    remove(ward, "quinoxaline-2013", keep=["kept"], settings=Settings())
    left = holds(ward, CANARY)
    assert left
    assert all((ward / "snapshots" / "kept") in path.parents for path in left)
    assert set(documents(ward)) == {"quinoxaline-2021.md", "hands.md"}
    assert not [fault for fault in check(ward) if fault.severity == "error"]


def test_removal_in_a_corpus_that_has_moved_takes_nothing_else(ward: Path) -> None:
    moved = ward.rename(ward.with_name("moved"))
    remove(moved, "quinoxaline-2013", settings=Settings())
    assert set(documents(moved)) == {"quinoxaline-2021.md", "hands.md"}
    assert not holds(moved, CANARY)


def test_a_removal_that_was_stopped_can_be_run_again(ward: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise CatalogueError("no space")

    with monkeypatch.context() as context:
        context.setattr(catalogue_file, "write", full)
        with pytest.raises(CatalogueError):
            remove(ward, "quinoxaline-2013", settings=Settings())
    assert "quinoxaline-2013.md" not in documents(ward)
    remove(ward, "quinoxaline-2013", settings=Settings())
    assert not holds(ward, CANARY)


def test_a_file_of_the_librarian_that_cannot_be_read_stays(ward: Path, tmp_path: Path) -> None:
    empty, outside = ward / "documents" / "empty.md", tmp_path / "blank.md"
    empty.write_text("\n")
    outside.write_text(" \n")
    added = add(ward, [empty, outside], settings=Settings(), workers=1)
    assert len(added.skipped) == 2
    assert empty.exists()
    assert not (ward / "documents" / "blank.md").exists()


def test_a_document_ingested_and_not_listed_can_be_added_again(ward: Path, tmp_path: Path) -> None:
    text = (ward / catalogue_file.NAME).read_text()
    (ward / catalogue_file.NAME).write_text(catalogue_file.changed_text(text, [], removed=["hands"]))
    added = add(ward, [tmp_path / "inbox" / "hands.md"], settings=Settings(), workers=1)
    assert [one.file for one in added.entries] == ["documents/hands.md"]
    assert "hands.md" in documents(ward)


def test_removing_a_successor_does_not_bring_the_old_one_back(ward: Path) -> None:
    apply(ward, lambda c: supersede(c, "quinoxaline-2013", "quinoxaline-2021"), act={})
    remove(ward, "quinoxaline-2021", settings=Settings())
    assert set(documents(ward)) == {"hands.md"}


def test_a_document_that_is_not_listed_never_answers(ward: Path) -> None:
    text = (ward / catalogue_file.NAME).read_text()
    (ward / catalogue_file.NAME).write_text(catalogue_file.changed_text(text, [], removed=["hands"]))
    assert "hands.md" not in documents(ward)
    assert any("not in the catalogue" in fault.found for fault in check(ward))


def test_without_its_catalogue_an_index_does_not_answer(ward: Path) -> None:
    (ward / catalogue_file.NAME).rename(ward / "elsewhere.toml")
    with pytest.raises(CatalogueError, match="in force"):
        Pipeline.open(ward / "index")


def test_check_finds_changed_and_missing_files(ward: Path) -> None:
    (ward / "documents" / "hands.md").write_text(OTHER + "Never mind.\n")
    (ward / "documents" / "quinoxaline-2021.md").unlink()
    told = {
        (fault.document, fault.found.split(" is ")[-1]) for fault in check(ward) if fault.severity == "error"
    }
    assert ("hands", "not the one that was added") in told
    assert ("quinoxaline-2021", "missing") in told


def test_difference_tells_changed_figures(ward: Path) -> None:
    found = difference(ward, "quinoxaline-2013", "quinoxaline-2021")
    changed = [one for one in found if "mg" in one.new]
    assert [(one.kind, one.figures) for one in changed] == [("changed", True)]
    assert any(one.kind == "new" and one.new.startswith("Stop after") for one in found)


def test_an_exported_corpus_answers_elsewhere_and_a_damaged_archive_is_refused(
    ward: Path, tmp_path: Path
) -> None:
    archive = export(ward, tmp_path / "ward.tar.gz")
    made = import_corpus(archive, tmp_path / "second", settings=Settings(), workers=1)
    assert made.document == catalogue_file.read(ward).document
    assert set(documents(tmp_path / "second")) == set(documents(ward))
    broken = bytearray(archive.read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    archive.write_bytes(bytes(broken))
    with pytest.raises((CatalogueError, UsageError)):
        import_corpus(archive, tmp_path / "third", settings=Settings(), workers=1)
    assert not (tmp_path / "third").exists()


def test_the_same_file_is_not_taken_in_twice(ward: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.md").write_text(OTHER)
    added = add(ward, [tmp_path / "copy.md"], settings=Settings(), workers=1)
    assert added.entries == []
    assert [identity for _, identity in added.known] == ["hands"]


def test_a_retraction_list_marks_by_doi_and_pmid(
    ward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", "confirm", "quinoxaline-2013", "doi=10.1000/lumps.1", "--corpus", str(ward)]) == 0
    assert main(["corpus", "confirm", "hands", "pmid=1234567", "--corpus", str(ward)]) == 0
    rows = tmp_path / "list.csv"
    rows.write_text(
        "Record ID,Title,RetractionDate,RetractionNature,Reason,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID\n"
        "1,Lumps,1/31/2015 0:00,Retraction,+Error in Data;,10.1000/r,0,10.1000/LUMPS.1,0\n"
        "2,Hands,2/1/2016 0:00,Correction,,10.1000/c,0,unavailable,1234567\n"
    )
    assert main(["corpus", "check", "--corpus", str(ward), "--retractions", str(rows)]) == 1
    assert "was retracted on 2015-01-31 (Error in Data)" in " ".join(capsys.readouterr().out.split())
    assert (
        main(["corpus", "check", "--corpus", str(ward), "--retractions", str(rows), "--mark", "--json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["marked"] == ["quinoxaline-2013"]
    assert "quinoxaline-2013.md" not in documents(ward)
    assert "quinoxaline-2013.md" in documents(ward, Scope(as_of=date(2014, 6, 1)))


def test_near_duplicates_are_told_of_until_one_has_taken_the_place(ward: Path, tmp_path: Path) -> None:
    body = " ".join(
        f"Step {n}: the nurse should rinse vessel {n} with clean water and then wait {n + 1} minutes."
        for n in range(40)
    )
    (tmp_path / "rinse-draft.md").write_text(f"# Rinsing of vessels\n\n{body}\n")
    (tmp_path / "rinse-final.md").write_text(
        f"# Rinsing of vessels\n\n{body.replace('wait 8 ', 'rest 8 ')} Then dry.\n"
    )
    add(ward, [tmp_path / "rinse-draft.md", tmp_path / "rinse-final.md"], settings=Settings(), workers=1)
    told = [fault for fault in check(ward) if "in common" in fault.found]
    assert len(told) == 1
    assert "rinse-draft" in told[0].do
    assert "rinse-final" in told[0].do
    assert (ward / KEPT).is_file()
    assert check(ward) == check(ward)
    apply(ward, lambda c: supersede(c, "rinse-draft", "rinse-final", start=date(2100, 1, 1)), act={})
    assert not [fault for fault in check(ward) if "in common" in fault.found]


@pytest.mark.shared
def test_real_notices_are_seen_and_the_list_names_them(tmp_path: Path, shared_data: Path) -> None:
    """Two corrigenda and a retraction notice (docs/corpus.md); a stand-in has the title of what was retracted."""
    folder = tmp_path / "ward"
    init(folder, title="Notices", index=None)
    original = "Cure of Chronic Viral Infection and Virus-Induced Type 1 Diabetes by Neutralizing Antibodies"
    (tmp_path / "cure.md").write_text(
        f"# {original}\n\nMice were treated with antibodies. DOI: 10.1080/17402520600579028\n"
    )
    notices = [
        shared_data / "articles" / f"{name}.pdf" for name in ("PMC4710929", "PMC4736558", "PMC4745270")
    ]
    added = add(folder, [*notices, tmp_path / "cure.md"], settings=Settings(), workers=1)
    remarks = {entry.id: " ".join(entry.remarks) for entry in added.entries}
    assert "corrects" in remarks["pmc4710929"]
    assert "corrects" in remarks["pmc4736558"]
    assert "retracted" in remarks["pmc4745270"]
    assert remarks["cure"] == ""
    assert {entry.id: entry.doi for entry in added.entries if entry.id.startswith("pmc")} == {
        "pmc4710929": "10.1155/2016/7090351",
        "pmc4736558": "10.1155/2016/7958361",
        "pmc4745270": "10.1155/2016/2747402",
    }
    rows = tmp_path / "list.csv"
    rows.write_text(
        "RetractionDate,RetractionNature,Reason,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID\n"
        "1/27/2016 0:00,Retraction,+Duplication of Article;,10.1155/2016/2747402,0,10.1080/17402520600579028,0\n"
        "1/14/2016 0:00,Correction,,10.1155/2016/7090351,0,10.1155/2014/351396,0\n"
    )
    found = {(fault.severity, fault.document, fault.found) for fault in check(folder, retractions=rows)}
    assert ("error", "cure", "pmc4745270 says that it is retracted") in found
    assert ("error", "cure", "was retracted on 2016-01-27 (Duplication of Article)") in found
    assert ("note", "pmc4745270", "is itself the notice of a retraction on 2016-01-27") in found
    assert ("note", "pmc4710929", "is itself the notice of a correction on 2016-01-14") in found


def test_a_dry_run_changes_nothing(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in sorted(ward.rglob("*")) if path.is_file()}
    for arguments in (
        ["supersede", "quinoxaline-2013", "quinoxaline-2021"], ["withdraw", "hands"], ["retract", "hands"], ["remove", "hands"],
        ["confirm", "hands", "--all"], ["snapshot", "now"],
    ):  # fmt: skip
        assert main(["corpus", *arguments, "--corpus", str(ward), "--dry-run", "--json"]) == 0
        json.loads(capsys.readouterr().out)
    assert {path: path.read_bytes() for path in sorted(ward.rglob("*")) if path.is_file()} == before
