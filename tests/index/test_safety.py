"""Full disks, folders that may not be written, two writers, damaged files, open readers."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from test_rebuild import OTHER, holds, opened, rebuild, roles
from tiny import HashEncoder, ingest

from rag.backends import faiss
from rag.errors import IndexBusy, IndexFolderError, IndexIncomplete, IndexNotWritten
from rag.index.build import update_index
from rag.index.check import verify_index
from rag.index.folder import locked
from rag.index.rebuild import rollback_index, switch_index
from rag.index.sizes import plan_sizes
from rag.settings import IndexSettings, Settings
from rag.store import read_manifest

FILES = ["corpus.sqlite", "vectors.faiss", *(f"lexical/{name}" for name in (
    "terms.json", "data.npy", "indices.npy", "indptr.npy", "counts.npy", "lengths.npy"))]  # fmt: skip


def content(index: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in index.rglob("*") if path.is_file() and path.name != ".lock"}


# writing


def test_second_writer_is_told_which_process_writes_and_since_when(index: Path, sources: list[Path]) -> None:
    with (
        locked(index),
        pytest.raises(IndexBusy, match=rf"process {os.getpid()}, since 20\d\d-.*nothing was changed"),
    ):
        ingest(index, sources)
    assert (index / ".lock").read_text() == ""
    ingest(index, sources)


@pytest.mark.parametrize("place", ["journal", "corpus", "vectors", "lexical", "sync", "manifest"])
def test_full_disk_leaves_the_index_as_it_was(
    index: Path, sources: list[Path], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    before = content(index)
    sources[0].write_text("now it is different")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    at = {"journal": "rag.index.generation.Journal.put_document", "corpus": "rag.store.shutil.copyfile",
          "vectors": "rag.index.engines.write_vectors", "lexical": "rag.index.engines.update_lexical",
          "sync": "rag.index.generation.sync_files", "manifest": "rag.index.folder.write_manifest"}[place]  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(at, full)
        with pytest.raises(
            IndexNotWritten, match=r"No space left.*MB are free.*as it was before.*not done again"
        ):
            ingest(index, sources)
    assert {path: data for path, data in content(index).items() if path in before} == before
    assert roles(index) == ["current"]
    assert len(list(index.glob("generation-*"))) == 1
    ingest(index, sources)
    assert holds(index, "CANARY-a") == []
    assert verify_index(index).ok


LIMITED = """
    import json, resource, signal, sys
    from pathlib import Path
    from tiny import HashEncoder, ingest, ParagraphParser
    from rag.errors import IndexNotWritten
    from rag.index.build import update_index
    from rag.settings import Settings
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
    {before}
    try:
        update_index(Path(sys.argv[1]), sorted(Path(sys.argv[2]).iterdir()), parse=ParagraphParser(),
                     encoder=HashEncoder(), settings=Settings())
    except IndexNotWritten as error:
        print(error)
"""


def in_child(code: str, *arguments: object) -> str:
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("limit", [100, 1_000, 5_000, 20_000, 30_000, 40_000])
def test_file_that_may_not_grow_is_an_error_that_says_so(tmp_path: Path, index: Path, limit: int) -> None:
    """The kernel refuses to write beyond ``limit`` bytes of a file, wherever in the run that is."""
    sources = tmp_path / "sources"
    lines = "\n".join(f"line {number} about warfarin and much else" for number in range(60))
    (sources / "d.txt").write_text(lines)
    before = content(index)
    told = in_child(LIMITED.format(before=""), index, sources, limit)
    assert "could not be written" in told
    assert {path: data for path, data in content(index).items() if path in before} == before
    assert len(opened(index).corpus) == 6
    ingest(index, sorted(sources.iterdir()))
    assert len(opened(index).corpus) == 66


@pytest.mark.root
def test_folder_that_may_not_be_written_is_an_error_that_says_so_and_can_be_searched() -> None:
    place = Path(shutil.os.environ.get("TMPDIR", "/tmp")) / f"rag-read-only-{os.getpid()}"
    sources = place / "sources"
    sources.mkdir(parents=True)
    try:
        (sources / "a.txt").write_text("aspirin")
        ingest(place / "index", sorted(sources.iterdir()))
        (sources / "b.txt").write_text("warfarin")
        for path in (place / "index").rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        (place / "index").chmod(0o555)
        other_user = "import os; os.setgid(65534); os.setuid(65534)"
        told = in_child(LIMITED.format(before=other_user), place / "index", sources, 10**9)
        assert "Permission denied" in told
        assert "could not be written" in told
        assert len(opened(place / "index").corpus) == 1
    finally:
        shutil.rmtree(place)


# reading while writing


def test_open_reader_goes_on_reading_what_it_opened(index: Path, sources: list[Path]) -> None:
    reader = opened(index)
    for round_ in range(3):
        sources[0].write_text(f"round {round_}")
        ingest(index, sources)
    assert len(list(index.glob("generation-*"))) == 1
    assert [passage.text for passage in reader.corpus.passages(range(2))] == ["aspirin of a", "CANARY-a"]
    assert reader.corpus.document(reader.corpus.passages([0])[0].document_id).text == "aspirin of a\nCANARY-a"
    assert reader.lexical.search(["aspirin"], 3).rows.tolist() == [[0, 2, 4]]
    assert reader.vectors.search(reader.vectors.at([3]), 1).rows.tolist() == [[3]]
    assert len(opened(index).corpus) == 5


# damage


def damage(path: Path, kind: str, seed: int) -> None:
    data = bytearray(path.read_bytes())
    chance = np.random.default_rng(seed)
    if kind == "missing":
        path.unlink()
    elif kind == "truncated":
        path.write_bytes(bytes(data[: chance.integers(0, len(data))]))
    else:
        data[int(chance.integers(0, len(data)))] ^= 1 << int(chance.integers(0, 8))
        path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["missing", "truncated", "flipped"])
def test_damaged_file_is_named_and_the_former_generation_can_be_gone_back_to(
    index: Path, name: str, kind: str
) -> None:
    rebuild(index, settings=OTHER)
    switch_index(index)
    [current, former] = [one["generation"] for one in verify_index(index).model_dump()["generations"]]
    damage(index / current / name, kind, seed=FILES.index(name))
    with pytest.raises(IndexIncomplete, match=rf"{name}.*rag index rollback.*rag index rebuild"):
        opened(index)
    found = verify_index(index)
    assert not found.ok
    assert any(name in problem for problem in found.generations[0].problems)
    assert found.generations[1].problems == ()
    assert rollback_index(index).name == former
    assert len(opened(index).corpus) == 6


@pytest.mark.parametrize("cut", [0, 10, 200])
def test_damaged_manifest_is_named(index: Path, cut: int) -> None:
    path = index / "manifest.json"
    path.write_bytes(path.read_bytes()[:cut])
    for look in (opened, verify_index):
        with pytest.raises(IndexFolderError, match=r"manifest\.json is damaged"):
            look(index)  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["missing", "truncated", "flipped"])
def test_damaged_manifest_is_restored_from_its_copy(index: Path, sources: list[Path], kind: str) -> None:
    whole = (index / "manifest.json").read_bytes()
    damage(index / "manifest.json", kind, seed=1)
    with pytest.raises(IndexFolderError):
        opened(index)
    with pytest.raises(IndexFolderError, match="rag index rollback"):
        ingest(index, sources[:1])
    rollback_index(index)
    assert (index / "manifest.json").read_bytes() == whole
    assert len(opened(index).corpus) == 6


def test_every_flipped_bit_of_the_manifest_is_noticed_or_changes_nothing(index: Path) -> None:
    path = index / "manifest.json"
    whole, manifest = path.read_bytes(), read_manifest(index)
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with suppress(IndexFolderError):
            assert read_manifest(index) == manifest, whole[place - 20 : place + 20]


def test_verify_finds_nothing_wrong_and_counts_what_it_looked_at(index: Path) -> None:
    found = verify_index(index, encoder=HashEncoder())
    assert found.ok
    assert found.generations[0].checked == {
        "files": 8, "documents": 3, "passages": 6, "sentences": 6, "vectors": 6, "vectors_computed_again": 6,
    }  # fmt: skip


WRONG = {
    "text": ("UPDATE documents SET text = replace(text, 'aspirin', 'ASPIRIN')", r"a\.txt.*its hash differs"),
    "offset": (
        """UPDATE passages SET data = replace(data, '"start":0', '"start":1') WHERE place = 0""",
        "its text is not the document's from 1",
    ),
    "sentence": (
        """UPDATE passages SET data = replace(data, '"sentences":[{"start":0', '"sentences":[{"start":3')""",
        "words from 0 to 3 are in no sentence",
    ),
    "content hash": ("UPDATE passages SET content_hash = zeroblob(16)", "content hash differs"),
    "row": ("UPDATE documents SET first_row = first_row + 1", "first row is 1, expected 0"),
    "document": ("DELETE FROM documents WHERE name = 'b.txt'", "documents 2, the manifest says 3"),
    "passage": ("DELETE FROM passages WHERE place = 1", "passages 3, the manifest says 6"),
}


@pytest.mark.parametrize("what", WRONG)
def test_verify_names_what_is_wrong_in_the_corpus(index: Path, what: str) -> None:
    statement, expected = WRONG[what]
    with sqlite3.connect(next(index.glob("generation-*/corpus.sqlite"))) as connection:
        connection.execute(statement)
    connection.close()
    problems = verify_index(index).generations[0].problems
    assert any(re.search(expected, problem) for problem in problems), problems


@pytest.mark.parametrize(("row", "value", "expected"), [
    (2, float("nan"), "row 2 has a number that is not finite"), (4, 3.0, "row 4 has length"),
    (1, "other", "row 1 has cosine")])  # fmt: skip
def test_verify_names_vectors_that_are_wrong(index: Path, row: int, value: object, expected: str) -> None:
    [path] = index.glob("generation-*/vectors.faiss")
    vectors = faiss.FaissIndex.load(path, device="cpu").vectors().copy()
    if value == "other":
        vectors[row] = vectors[row + 1]
    else:
        vectors[row, 0] = value
    faiss.build(vectors, IndexSettings()).save(path)
    problems = verify_index(index, encoder=HashEncoder()).generations[0].problems
    assert any(expected in problem for problem in problems), problems


# planning


def test_plan_grows_with_the_documents_and_measures_an_index(index: Path) -> None:
    small, large = plan_sizes(100), plan_sizes(1_000)
    assert large.passages == 10 * small.passages
    assert small.memory_searching < large.memory_searching < large.memory_building
    assert small.disk < small.disk_building
    own = plan_sizes(300, index=index)
    assert (own.passages, own.bytes_per_passage["vectors"], own.measured_on) == (600, 64.0, str(index))
    assert json.loads(own.model_dump_json())["kind"] == "exact"
    assert plan_sizes(0).passages == 0


def test_update_into_a_damaged_index_is_refused_and_changes_nothing(index: Path, sources: list[Path]) -> None:
    [path] = index.glob("generation-*/vectors.faiss")
    damage(path, "flipped", 1)
    before = content(index)
    with pytest.raises(IndexIncomplete, match="rag index rebuild"):
        update_index(index, sources, parse=iter, encoder=HashEncoder(), settings=Settings())  # type: ignore[arg-type] # fmt: skip
    assert content(index) == before
