"""A corpus that was damaged, edited by hand or killed half-way, and what mends it. Without a model: an encoder of hashes."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from index.tiny import HashEncoder

from rag import wiring
from rag.catalogue import file as catalogue_file
from rag.cli import main
from rag.errors import CatalogueError, UsageError
from rag.ingest import parse
from rag.ingest.document import parse_file
from rag.librarian import add, check, export, import_corpus, init, remove, snapshot
from rag.settings import Settings

TEXTS = {
    "t1.md": "# Lumps\n\nGive quinoxaline 10 mg a day for lumps. The zebrafinch study showed it.\n",
    "t2.md": "# Hand washing\n\nWash hands with soap for twenty seconds before each meal.\n",
}


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real readers in this process, and vectors that mean nothing."""

    def parsed(files: Sequence[Path], settings: Any, readers: Any, *_: object) -> Iterator[Any]:
        return (parse_file(path, settings, readers=readers) for path in files)

    monkeypatch.setattr(parse, "_parsed", parsed)
    monkeypatch.setattr(wiring, "default_encoder", lambda **_: HashEncoder())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def ward(tmp_path: Path, inbox: Path) -> Path:
    folder = tmp_path / "ward"
    init(folder, title="Ward", index=None)
    assert [entry.id for entry in taken(folder, inbox).entries] == ["t1", "t2"]
    return folder


def taken(folder: Path, *paths: Path) -> Any:
    return add(folder, paths, settings=Settings())


def errors(folder: Path) -> list[tuple[str, str, str]]:
    return [(one.document, one.found, one.do) for one in check(folder) if one.severity == "error"]


def holds(folder: Path, canary: str) -> list[str]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in found if canary.encode() in path.read_bytes().lower()]


def test_a_lost_index_is_made_anew_by_the_command_that_check_names(ward: Path) -> None:
    before = catalogue_file.read(ward)
    shutil.rmtree(ward / "index")
    ((_, found, do),) = errors(ward)
    assert "there is no index" in found
    assert main(do.strip("`").split()[1:]) == 0
    assert errors(ward) == []
    assert catalogue_file.read(ward) == before


def test_one_document_that_left_the_index_is_put_back_by_the_command_that_check_names(ward: Path) -> None:
    before = catalogue_file.read(ward)
    wiring.ingest([], ward / "index", without=[before.entry("t1").sha256])
    ((document, _, do),) = errors(ward)
    assert document == "t1"
    assert main(do.strip("`").split()[1:]) == 0
    assert errors(ward) == []
    assert catalogue_file.read(ward) == before


def test_a_missing_file_is_put_back_by_adding_it_again(ward: Path, inbox: Path) -> None:
    (ward / "documents" / "t1.md").unlink()
    assert errors(ward)
    assert [identity for _, identity in taken(ward, inbox / "t1.md").mended] == ["t1"]
    assert errors(ward) == []
    assert [identity for _, identity in taken(ward, inbox / "t1.md").known] == ["t1"]


def test_a_file_edited_in_place_is_refused_and_told_of(ward: Path) -> None:
    place, before = ward / "documents" / "t1.md", catalogue_file.read(ward)
    place.write_text(TEXTS["t1.md"].replace("10 mg", "90 mg"))
    found = taken(ward, place)
    assert "put the old one back" in found.skipped[0].reason
    assert (found.entries, found.mended) == ([], ())
    assert catalogue_file.read(ward) == before
    assert [(document, "not the one" in told) for document, told, _ in errors(ward)] == [("t1", True)]


def test_an_edited_file_that_was_ingested_is_told_of_and_can_be_mended(ward: Path) -> None:
    place = ward / "documents" / "t1.md"
    place.write_text(TEXTS["t1.md"].replace("10 mg", "90 mg"))
    wiring.ingest([place], ward / "index")
    assert ("t1", True) in {
        (document, "not the one that was added" in told) for document, told, _ in errors(ward)
    }
    place.write_text(TEXTS["t1.md"])
    taken(ward, place)
    assert errors(ward) == []
    assert not holds(ward, "90 mg")


def test_a_document_of_a_plain_ingest_can_be_listed(ward: Path, tmp_path: Path) -> None:
    (tmp_path / "g1.md").write_text("# Fever\n\nGive water often to a child with fever.\n")
    wiring.ingest([tmp_path / "g1.md"], ward / "index")
    (entry,) = taken(ward, tmp_path / "g1.md").entries
    assert (entry.id, entry.title) == ("g1", "Fever")
    (tmp_path / "g1.md").unlink()
    assert errors(ward) == []


def test_a_link_inside_a_folder_is_not_followed_out_of_it(ward: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\n\nNobody should read what stands here.\n")
    (tmp_path / "more").mkdir()
    link = tmp_path / "more" / "link.md"
    link.symlink_to(tmp_path / "secret.md")
    found = taken(ward, tmp_path / "more")
    assert found.entries == []
    assert "leads out of the folder" in found.skipped[0].reason
    assert [entry.id for entry in taken(ward, link).entries] == ["secret"]


damages = st.one_of(
    st.tuples(
        st.sampled_from(["lose the file", "edit", "edit and ingest", "drop from the index"]),
        st.sampled_from(sorted(TEXTS)),
    ),
    st.tuples(st.sampled_from(["lose the index", "lose the manifest", "move the corpus"]), st.just("")),
)


@given(st.lists(damages, max_size=5))
@example([("move the corpus", ""), ("edit and ingest", "t1.md")])
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_was_damaged_adding_the_files_again_mends_it(history: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as made:
        folder, inbox = Path(made) / "ward", Path(made) / "inbox"
        inbox.mkdir()
        for name, text in TEXTS.items():
            (inbox / name).write_text(text)
        init(folder, title="Ward", index=None)
        taken(folder, inbox)
        before = catalogue_file.read(folder)
        for damage, name in history:
            folder = damaged(folder, damage, name)
        check(folder)
        for name, text in TEXTS.items():
            place = folder / "documents" / name
            if place.exists() and place.read_text() != text:
                place.unlink()
        found = taken(folder, inbox)
        assert (found.entries, found.skipped) == ([], [])
        assert catalogue_file.read(folder) == before
        left = errors(folder)
        if left and all("is in the index and not in the catalogue" in found for _, found, _ in left):
            return  # an edited file, ingested without the catalogue, whose place is elsewhere since: told of, never answers
        assert left == []
        assert not holds(folder, "zanzibar")


def damaged(folder: Path, damage: str, name: str) -> Path:
    """The corpus folder afterwards."""
    index, place = folder / "index", folder / "documents" / name
    if damage == "lose the index":
        shutil.rmtree(index, ignore_errors=True)
    elif damage == "lose the manifest":
        for path in index.glob("manifest*"):
            path.unlink()
    elif damage == "move the corpus":
        return folder.rename(folder.with_name(f"{folder.name}-moved"))
    elif damage == "lose the file":
        place.unlink(missing_ok=True)
    elif damage == "drop from the index" and (index / "manifest.json").is_file():
        wiring.ingest([], index, without=[hashlib.sha256(TEXTS[name].encode()).hexdigest()])
    elif damage.startswith("edit"):
        place.write_text(f"# Zanzibar\n\n{name} was changed by hand, in place.\n")
        if damage == "edit and ingest":
            wiring.ingest([place], index)
    return folder


def test_an_edit_in_place_does_not_reach_a_snapshot(ward: Path) -> None:
    kept = snapshot(ward, "kept")
    with (ward / "documents" / "t1.md").open("a") as stream:
        stream.write("Never mind.\n")
    assert (kept / "documents" / "t1.md").read_text() == TEXTS["t1.md"]


def test_removal_finds_copies_and_what_killed_runs_left(ward: Path) -> None:
    text = TEXTS["t1.md"]
    for place in (
        "documents/sub/again.md",
        "documents/.t1.md.part",
        ".fetched/0123/t1.md",
        ".fetched/0123/.t1.md.part",
        "snapshots/.killed.part/documents/t1.md",
        "snapshots/other/documents/unlisted.md",
        ".ward.tar.gz.part",
    ):
        (ward / place).parent.mkdir(parents=True, exist_ok=True)
        (ward / place).write_text(text if "part" not in place else text[:-10])
    snapshot(ward, "kept")
    (ward / "old.tar.gz").write_bytes(b"packed")
    told = remove(ward, "t1", keep=["kept"], settings=Settings())
    assert holds(ward, "zebrafinch") == ["snapshots/kept/documents/t1.md"]
    assert "documents/sub/again.md" in told["copies"]
    assert told["archives"] == [str(ward / "old.tar.gz")]
    assert (ward / "documents" / "t2.md").is_file()


def test_removal_clears_an_index_that_was_not_finished(ward: Path) -> None:
    for path in (ward / "index").glob("manifest*"):
        path.unlink()
    assert any("index" in name for name in holds(ward, "zebrafinch"))
    remove(ward, "t1", settings=Settings())
    assert holds(ward, "zebrafinch") == []


def test_no_archive_is_written_into_the_corpus_folder(ward: Path) -> None:
    with pytest.raises(UsageError, match="outside"):
        export(ward, ward / "documents" / "ward.tar.gz")


def test_an_import_that_was_killed_before_its_index_was_made_is_mended_by_add(
    ward: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, folder = export(ward, tmp_path / "ward.tar.gz"), tmp_path / "second"

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(wiring, "ingest", killed)
        with pytest.raises(KeyboardInterrupt):
            import_corpus(archive, folder, settings=Settings())
    ((_, _, do),) = errors(folder)
    assert main(do.strip("`").split()[1:]) == 0
    assert errors(folder) == []
    assert catalogue_file.read(folder).document == catalogue_file.read(ward).document


def test_what_an_ended_successor_leaves_without_one_is_told_of(
    ward: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--corpus", str(ward))
    assert main(["corpus", "supersede", "t1", "t2", "--from", "2100-01-01", *at]) == 0
    capsys.readouterr()
    assert main(["corpus", "withdraw", "t2", *at, "--dry-run"]) == 0
    assert "LOOK: t1: was superseded by t2, and nothing takes its place now" in capsys.readouterr().out
    assert main(["corpus", "withdraw", "t2", *at]) == 0
    told = {one.document: one.found for one in check(ward) if "nothing takes its place" in one.found}
    assert told == {"t1": "is superseded by t2, which is withdrawn: nothing takes its place"}
    assert (
        main(["corpus", "confirm", "t1", "effective_until=2020-01-01", "effective_from=2019-01-01", *at]) == 0
    )
    capsys.readouterr()
    assert main(["corpus", "restore", "t1", *at]) == 0
    assert "does not answer today: it is expired, its last day was 2020-01-01" in capsys.readouterr().out


def test_check_tells_of_a_successor_by_hand_that_comes_no_later(ward: Path) -> None:
    place = ward / catalogue_file.NAME
    text = place.read_text()
    for identity, fields in (
        ("t1", 'status = "superseded"\nsuperseded_by = "t2"\neffective_from = 2021-01-01'),
        ("t2", 'supersedes = ["t1"]\neffective_from = 2013-01-01'),
    ):
        text = text.replace(f'id = "{identity}"', f'id = "{identity}"\n{fields}')
    text = text.replace('status = "current"\n', "")
    place.write_text(text)
    told = [one.found for one in check(ward) if one.document == "t1" and one.severity == "warning"]
    assert any("from 2021-01-01 and superseded from 2013-01-01" in found for found in told)


def test_an_index_of_another_corpus_is_refused(ward: Path, tmp_path: Path) -> None:
    before = (ward / "index" / "corpus.json").read_text()
    with pytest.raises(CatalogueError, match="is the index of the corpus"):
        init(tmp_path / "second", title="", index=ward / "index")
    assert not (tmp_path / "second").exists()
    second = tmp_path / "third"
    init(second, title="", index=None)
    place = second / catalogue_file.NAME
    place.write_text(place.read_text().replace('index = "index"', f'index = "{ward / "index"}"'))
    (tmp_path / "new.md").write_text("# Fever\n\nGive water often.\n")
    with pytest.raises(CatalogueError, match="is the index of the corpus"):
        taken(second, tmp_path / "new.md")
    assert ["that of the corpus" in found for _, found, _ in errors(second)] == [True]
    assert (ward / "index" / "corpus.json").read_text() == before


def test_a_folder_of_other_things_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "letter.txt").write_text("Dear all,\n")
    with pytest.raises(UsageError, match="other things"):
        init(tmp_path / "ward", title="", index=tmp_path / "things")
    assert [path.name for path in (tmp_path / "things").iterdir()] == ["letter.txt"]


def test_a_listed_file_that_is_a_link_is_mended(ward: Path, tmp_path: Path) -> None:
    place = ward / "documents" / "t1.md"
    place.rename(tmp_path / "elsewhere.md")
    place.symlink_to(tmp_path / "elsewhere.md")
    shutil.rmtree(ward / "index")
    assert {identity for _, identity in taken(ward, ward / "documents").mended} == {"t1", "t2"}
    assert errors(ward) == []


def test_nothing_is_removed_while_files_are_fetched(ward: Path) -> None:
    (ward / ".fetched").mkdir()
    with catalogue_file.locked(ward / ".fetched"), pytest.raises(CatalogueError, match="another command"):
        remove(ward, "t1", settings=Settings())
    assert holds(ward, "zebrafinch")
    remove(ward, "t1", settings=Settings())


def test_a_dry_run_refuses_what_the_run_would_refuse(ward: Path, tmp_path: Path) -> None:
    snapshot(ward, "kept")
    (tmp_path / "broken.tar.gz").write_bytes(b"no archive")
    archive = export(ward, tmp_path / "ward.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    (tmp_path / "unpacked" / "documents" / "t1.md").write_text("Something else.\n")
    with tarfile.open(tmp_path / "changed.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "unpacked", arcname="")
    before = sorted(tmp_path.rglob("*"))
    at = ["--corpus", str(ward)]
    for arguments in (
        ["init", str(ward)],
        ["init", str(tmp_path / "other"), "--index", str(ward / "index")],
        ["snapshot", "kept", *at],
        ["snapshot", "no/name", *at],
        ["export", str(ward / "ward.tar.gz"), *at],
        ["export", str(tmp_path / "nowhere" / "ward.tar.gz"), *at],
        ["export", str(tmp_path / "more.tar.gz"), "--snapshot", "nonesuch", *at],
        ["import", str(archive), str(ward)],
        ["import", str(tmp_path / "broken.tar.gz"), str(tmp_path / "other")],
        ["import", str(tmp_path / "changed.tar.gz"), str(tmp_path / "other")],
        ["import", str(tmp_path / "nonesuch.tar.gz"), str(tmp_path / "other")],
    ):
        assert main(["corpus", *arguments, "--dry-run"]) != 0, arguments
    for arguments in (
        ["init", str(tmp_path / "other")],
        ["snapshot", "more", *at],
        ["export", str(tmp_path / "more.tar.gz"), *at],
        ["import", str(archive), str(tmp_path / "other")],
    ):
        assert main(["corpus", *arguments, "--dry-run"]) == 0, arguments
    assert sorted(tmp_path.rglob("*")) == before
