"""A run that dies keeps what it had done, and nothing of it stays longer than it must."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from tiny import HashEncoder, ParagraphParser, parse_one

from rag.datatypes import Parsed, Skipped
from rag.index.build import update_index
from rag.index.folder import JOURNAL
from rag.index.journal import Journal
from rag.index.open import open_index
from rag.settings import Settings
from rag.store import FileState


class PowerCut(Exception):
    """Ends a run at a chosen moment."""


class DyingEncoder(HashEncoder):
    def encode(self, texts: Sequence[str]) -> np.ndarray:  # type: ignore[override]
        raise PowerCut


class DyingParser(ParagraphParser):
    """Dies after so many files."""

    def __init__(self, files: int) -> None:
        super().__init__()
        self.left = files

    def __call__(self, files: Sequence[Path]) -> Iterator[Parsed | Skipped]:
        for path in files:
            if not self.left:
                raise PowerCut
            self.left -= 1
            yield from super().__call__([path])


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in "abcd":
        (folder / f"{name}.txt").write_text(f"text of {name}\nCANARY-{name} more")
    return sorted(folder.iterdir())


def ingest(tmp_path: Path, files: Sequence[Path], parser: ParagraphParser, encoder: HashEncoder) -> None:
    update_index(tmp_path / "index", files, parse=parser, encoder=encoder, settings=Settings())


def holds(folder: Path, word: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def test_documents_parsed_before_a_run_died_are_not_parsed_again(tmp_path: Path, sources: list[Path]) -> None:
    with pytest.raises(PowerCut):
        ingest(tmp_path, sources, DyingParser(3), HashEncoder())
    parser = ParagraphParser()
    ingest(tmp_path, sources, parser, HashEncoder())
    assert parser.parsed == ["d.txt"]


def test_passages_encoded_before_a_run_died_are_not_encoded_again(
    tmp_path: Path, sources: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.generation._ENCODED_AT_ONCE", 3)
    encoder = HashEncoder()
    whole = encoder.encode

    def one_chunk(texts: Sequence[str]) -> np.ndarray:
        if encoder.encoded:
            raise PowerCut
        return whole(texts)

    monkeypatch.setattr(encoder, "encode", one_chunk)
    with pytest.raises(PowerCut):
        ingest(tmp_path, sources, ParagraphParser(), encoder)
    again = HashEncoder()
    ingest(tmp_path, sources, ParagraphParser(), again)
    assert len(encoder.encoded) == 3
    assert len(again.encoded) == 5
    opened = open_index(tmp_path / "index", encoder=again)
    texts = list(opened.corpus.indexed_texts(range(8)))
    np.testing.assert_array_equal(opened.vectors.at(range(8)), HashEncoder().encode(texts))


def test_index_after_a_killed_run_is_the_same_as_without(tmp_path: Path, sources: list[Path]) -> None:
    with pytest.raises(PowerCut):
        ingest(tmp_path / "killed", sources, ParagraphParser(), DyingEncoder())
    for name in ("killed", "whole"):
        ingest(tmp_path / name, sources, ParagraphParser(), HashEncoder())
    killed, whole = (
        open_index(tmp_path / name / "index", encoder=HashEncoder()) for name in ("killed", "whole")
    )
    assert killed.manifest.index_id == whole.manifest.index_id


def test_journal_goes_when_a_run_ends(tmp_path: Path, sources: list[Path]) -> None:
    with pytest.raises(PowerCut):
        ingest(tmp_path, sources, ParagraphParser(), DyingEncoder())
    assert holds(tmp_path / "index", "CANARY-a") == [JOURNAL]
    ingest(tmp_path, sources, ParagraphParser(), HashEncoder())
    assert not (tmp_path / "index" / JOURNAL).exists()


def test_file_that_is_left_out_of_the_next_run_leaves_the_journal(
    tmp_path: Path, sources: list[Path]
) -> None:
    with pytest.raises(PowerCut):
        ingest(tmp_path, sources, ParagraphParser(), DyingEncoder())
    with pytest.raises(PowerCut):
        ingest(tmp_path, sources[1:], ParagraphParser(), DyingEncoder())
    assert holds(tmp_path / "index", "CANARY-a") == []
    assert holds(tmp_path / "index", "CANARY-b") == [JOURNAL]


def test_killed_run_that_would_add_and_then_a_run_without_the_file(
    tmp_path: Path, sources: list[Path]
) -> None:
    ingest(tmp_path, sources[:2], ParagraphParser(), HashEncoder())
    with pytest.raises(PowerCut):
        ingest(tmp_path, sources, ParagraphParser(), DyingEncoder())
    ingest(tmp_path, sources[:2], ParagraphParser(), HashEncoder())  # nothing to do
    assert holds(tmp_path / "index", "CANARY-c") == []


def state_of(path: Path) -> FileState:
    parsed = parse_one(path)
    assert isinstance(parsed, Parsed)
    return FileState(str(path), parsed.document.id, 1, 1, True, None)


def test_other_settings_or_encoder_start_with_an_empty_journal(tmp_path: Path, sources: list[Path]) -> None:
    parsed = parse_one(sources[0])
    assert isinstance(parsed, Parsed)
    with Journal(tmp_path / JOURNAL, made_with="one") as journal:
        journal.put_document(state_of(sources[0]), parsed)
        assert journal.document(state_of(sources[0])) == parsed
    with Journal(tmp_path / JOURNAL, made_with="other") as journal:
        assert journal.document(state_of(sources[0])) is None
    assert holds(tmp_path, "CANARY-a") == ["a.txt"]


@pytest.mark.parametrize("seed", range(20))
def test_damaged_journal_is_as_good_as_none(tmp_path: Path, sources: list[Path], seed: int) -> None:
    with pytest.raises(PowerCut):
        ingest(tmp_path, sources, ParagraphParser(), DyingEncoder())
    path = tmp_path / "index" / JOURNAL
    content = bytearray(path.read_bytes())
    chance = np.random.default_rng(seed)
    for place in chance.integers(0, len(content), 40):
        content[place] ^= int(chance.integers(1, 256))
    path.write_bytes(bytes(content[: chance.integers(100, len(content) + 1)]))
    ingest(tmp_path, sources, ParagraphParser(), HashEncoder())
    opened = open_index(tmp_path / "index", encoder=HashEncoder())
    assert [passage.text for passage in opened.corpus.passages(range(8))][::2] == [
        f"text of {n}" for n in "abcd"
    ]


def test_entry_with_a_flipped_letter_is_not_taken(tmp_path: Path, sources: list[Path]) -> None:
    parsed = parse_one(sources[0])
    assert isinstance(parsed, Parsed)
    with Journal(tmp_path / JOURNAL, made_with="one") as journal:
        journal.put_document(state_of(sources[0]), parsed)
        journal.put_vectors([b"x"], np.ones((1, 4), np.float32))
    with sqlite3.connect(tmp_path / JOURNAL) as connection:
        connection.execute(
            "UPDATE documents SET body = CAST(replace(body, 'text of a', 'text of b') AS BLOB)"
        )
        connection.execute("UPDATE vectors SET vector = zeroblob(16)")
    connection.close()
    with Journal(tmp_path / JOURNAL, made_with="one") as journal:
        assert journal.document(state_of(sources[0])) is None
        assert journal.vectors([b"x"]) == {}
