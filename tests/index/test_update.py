"""What an ingest does and does not do again."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import HashEncoder, ParagraphParser

from rag.datatypes import IngestReport, Parsed, Skipped
from rag.errors import IndexBusy, IndexIncomplete, IndexMismatch, IndexMissing, UsageError
from rag.index.build import update_index
from rag.index.open import open_index
from rag.settings import IngestSettings, Settings
from rag.store import passage_text


class Library:
    """A folder of text files and its index."""

    def __init__(self, folder: Path) -> None:
        self.sources = folder / "sources"
        self.index = folder / "index"
        self.sources.mkdir(parents=True)
        self.encoder = HashEncoder()
        self.parser = ParagraphParser()

    def write(self, name: str, text: str) -> Path:
        path = self.sources / name
        path.write_text(text)
        return path

    def update(self, **options: object) -> IngestReport:
        self.encoder.encoded.clear()
        self.parser.parsed.clear()
        files = options.pop("files", sorted(self.sources.iterdir()))
        return update_index(
            self.index, files, parse=self.parser, encoder=self.encoder, settings=Settings(), **options
        )  # type: ignore[arg-type]

    def texts(self) -> list[str]:
        corpus = open_index(self.index, encoder=self.encoder, settings=Settings()).corpus
        return [passage.text for passage in corpus.passages(range(len(corpus)))]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path)
    made.write("a.txt", "aspirin\nwarfarin")
    made.write("b.txt", "metformin")
    return made


def states(report: IngestReport) -> dict[str, str]:
    return {row["document"]: row["state"] for row in report.documents}


def test_first_run_takes_everything_in(library: Library) -> None:
    report = library.update()
    assert states(report) == {"a.txt": "new", "b.txt": "new"}
    assert (report.pages, report.passages) == (2, 3)
    assert library.texts() == ["aspirin", "warfarin", "metformin"]


def test_unchanged_files_are_neither_parsed_nor_encoded(library: Library) -> None:
    library.update()
    manifest = (library.index / "manifest.json").read_bytes()
    report = library.update()
    assert states(report) == {"a.txt": "unchanged", "b.txt": "unchanged"}
    assert (library.parser.parsed, library.encoder.encoded) == ([], [])
    assert (library.index / "manifest.json").read_bytes() == manifest


def test_touched_file_with_the_same_bytes_is_unchanged(library: Library) -> None:
    library.update()
    os.utime(library.sources / "a.txt", (1, 1))
    assert states(library.update()) == {"a.txt": "unchanged", "b.txt": "unchanged"}
    assert library.parser.parsed == []


def test_changed_file_replaces_all_its_passages_and_keeps_vectors_of_equal_text(library: Library) -> None:
    library.update()
    library.write("a.txt", "warfarin\nheparin")
    report = library.update()
    assert states(report) == {"a.txt": "changed", "b.txt": "unchanged"}
    assert library.parser.parsed == ["a.txt"]
    assert library.encoder.encoded == ["a\nheparin"]
    assert library.texts() == ["warfarin", "heparin", "metformin"]


def test_change_of_same_size_within_the_clocks_grain_is_seen(library: Library) -> None:
    path = library.sources / "b.txt"
    before = path.stat()
    library.update()
    path.write_text("METFORMIN")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert states(library.update())["b.txt"] == "changed"


def test_file_that_is_now_skipped_loses_its_passages(library: Library) -> None:
    library.update()
    library.write("a.txt", " ")
    report = library.update()
    assert [(Path(one.path).name, one.category) for one in report.skipped] == [("a.txt", "empty")]
    assert library.texts() == ["metformin"]


def test_file_set_aside_before_parsing_loses_its_passages(library: Library) -> None:
    library.update()
    aside = Skipped(path=str(library.sources / "a.txt"), reason="too large", category="too_large")
    report = library.update(files=[library.sources / "b.txt"], skipped=[aside])
    assert report.skipped == (aside,)
    assert library.texts() == ["metformin"]


def test_skipped_file_is_remembered_and_reported_again(library: Library) -> None:
    library.write("c.txt", " ")
    first, second = library.update(), library.update()
    assert second.skipped == first.skipped
    assert library.parser.parsed == []


def test_skipped_file_is_tried_again_when_touched(library: Library) -> None:
    path = library.write("c.txt", " ")
    library.update()
    os.utime(path, (1, 1))
    library.update()
    assert library.parser.parsed == ["c.txt"]


def test_duplicate_is_skipped_and_names_the_other(library: Library) -> None:
    library.write("z.txt", "metformin")
    first, second = library.update(), library.update()
    for report in (first, second):
        [skip] = report.skipped
        assert (Path(skip.path).name, skip.category) == ("z.txt", "duplicate")
        assert str(library.sources / "b.txt") in skip.reason
    assert library.parser.parsed == []


def test_duplicate_takes_over_when_the_first_changes(library: Library) -> None:
    library.write("z.txt", "metformin")
    library.update()
    library.write("b.txt", "insulin")
    assert states(library.update()) == {"a.txt": "unchanged", "b.txt": "changed", "z.txt": "new"}
    assert library.texts() == ["aspirin", "warfarin", "insulin", "metformin"]


def test_renamed_file_moves_its_document(library: Library) -> None:
    library.update()
    (library.sources / "b.txt").rename(library.sources / "c.txt")
    assert states(library.update()) == {"a.txt": "unchanged", "c.txt": "new"}
    assert library.texts() == ["aspirin", "warfarin", "metformin"]


def test_files_not_named_stay_unless_pruned(library: Library) -> None:
    library.update()
    (library.sources / "a.txt").unlink()
    library.update()
    assert library.texts() == ["aspirin", "warfarin", "metformin"]
    library.update(prune=True)
    assert library.texts() == ["metformin"]


def test_named_file_that_is_gone_is_skipped_and_loses_its_passages(library: Library) -> None:
    library.update()
    files = sorted(library.sources.iterdir())
    files[0].unlink()
    report = library.update(files=files)
    assert [one.category for one in report.skipped] == ["unreadable"]
    assert library.texts() == ["metformin"]


def test_file_the_parser_says_nothing_of_is_skipped(library: Library) -> None:
    def silent(_files: object) -> list[Parsed | Skipped]:
        return []

    library.parser = silent  # type: ignore[assignment]
    library.encoder.encoded.clear()
    report = update_index(
        library.index,
        sorted(library.sources.iterdir()),
        parse=silent,
        encoder=library.encoder,
        settings=Settings(),
    )
    assert [one.category for one in report.skipped] == ["crashed", "crashed"]


def test_empty_index_opens(library: Library) -> None:
    library.write("a.txt", "")
    library.write("b.txt", "")
    assert library.update().passages == 0
    assert library.texts() == []


def test_progress_ends_where_it_said_it_would(library: Library) -> None:
    seen: list[tuple[str, int, int]] = []
    library.update(on_step=lambda step, done, total: seen.append((step, done, total)))
    last = {step: (done, total) for step, done, total in seen}
    assert last == {"parse": (2, 2), "encode": (3, 3), "write": (3, 3)}


def test_second_ingest_at_once_is_refused(library: Library) -> None:
    library.update()
    with (library.index / ".lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(IndexBusy, match="another ingest"):
            library.update()


def test_folder_with_other_things_is_refused(library: Library) -> None:
    with pytest.raises(UsageError, match="holds other things"):
        update_index(library.sources, [], parse=library.parser, encoder=library.encoder, settings=Settings())


def test_leftovers_of_a_killed_run_are_removed(library: Library) -> None:
    library.update()
    (library.index / "generation-0123456789ab").mkdir()
    library.update()
    assert len(list(library.index.glob("generation-*"))) == 1


def test_other_encoder_and_other_settings_are_refused_with_both_ids(library: Library) -> None:
    library.update()
    other = HashEncoder(name="other")
    with pytest.raises(IndexMismatch, match=r"encoder hash, now in use is other"):
        open_index(library.index, encoder=other, settings=Settings())
    cut = Settings(ingest=IngestSettings(passage_tokens=64))
    with pytest.raises(IndexMismatch, match=f"{Settings().index_id}, now in use is {cut.index_id}"):
        open_index(library.index, encoder=library.encoder, settings=cut)
    with pytest.raises(IndexMismatch):
        update_index(library.index, [], parse=library.parser, encoder=other, settings=Settings())


def test_other_format_is_refused(library: Library) -> None:
    library.update()
    path = library.index / "manifest.json"
    path.write_text(path.read_text().replace('"format": 3', '"format": 0'))
    with pytest.raises(IndexMismatch, match="format 0"):
        library.texts()


def test_missing_and_half_written_are_told_apart(library: Library) -> None:
    with pytest.raises(IndexMissing, match="rag ingest"):
        library.texts()
    library.update()
    for name in ("manifest.json", "manifest.copy.json"):
        (library.index / name).unlink()
    with pytest.raises(IndexIncomplete, match="interrupted"):
        library.texts()


@pytest.mark.parametrize("name", ["corpus.sqlite", "vectors.faiss", "lexical/terms.json", "lexical/data.npy"])
@pytest.mark.parametrize("damage", ["missing", "short", "flipped"])
def test_damaged_file_is_named(library: Library, name: str, damage: str) -> None:
    library.update()
    [path] = library.index.glob(f"generation-*/{name}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(bytes(content) if damage == "flipped" else bytes(content[:-1]))
    with pytest.raises(IndexIncomplete, match=name):
        library.texts()


CONTENT = st.lists(st.sampled_from(["aspirin 5 mg", "metformin", "heparin", ""]), max_size=3).map("\n".join)
STEP = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), CONTENT), min_size=1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=4))
def test_updates_in_any_order_equal_a_fresh_build(
    steps: list[dict[str, str | None]], tmp_path_factory
) -> None:  # type: ignore[no-untyped-def]
    grown = Library(tmp_path_factory.mktemp("grown"))
    for step in steps:
        for name, text in step.items():
            if text is None:
                (grown.sources / f"{name}.txt").unlink(missing_ok=True)
            else:
                grown.write(f"{name}.txt", f"{text} of {name}")  # no two files are alike
        grown.update(prune=True)
    fresh = grown.index.parent / "fresh"
    update_index(
        fresh,
        sorted(grown.sources.iterdir()),
        parse=ParagraphParser(),
        encoder=HashEncoder(),
        settings=Settings(),
    )
    one = open_index(grown.index, encoder=grown.encoder, settings=Settings())
    other = open_index(fresh, encoder=grown.encoder, settings=Settings())
    rows = range(len(other.corpus))
    assert one.corpus.passages(rows) == other.corpus.passages(rows)
    assert list(one.corpus.documents()) == list(other.corpus.documents())
    assert one.manifest.index_id == other.manifest.index_id
    same = {name for name in one.manifest.files if name != "corpus.sqlite"}
    assert {name: one.manifest.files[name] for name in same} == {
        name: other.manifest.files[name] for name in same
    }


def test_vectors_and_terms_are_those_of_the_rows(library: Library) -> None:
    library.update()
    opened = open_index(library.index, encoder=library.encoder, settings=Settings())
    passages = opened.corpus.passages(range(3))
    texts = [passage_text(Path(name).stem, one) for name, one in zip("aab", passages, strict=True)]
    found = opened.vectors.search(library.encoder.encode(texts), 1)
    assert found.rows[:, 0].tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.scores[:, 0], 1, atol=1e-6)
    assert opened.lexical.search(["warfarin"], 2).rows.tolist() == [[1, -1]]
