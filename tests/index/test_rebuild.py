"""Another generation beside the one in use: made, compared, switched to, gone back from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny import HashEncoder, ParagraphParser, ingest

from rag.datatypes import Hit
from rag.errors import IndexFolderError, IndexIncomplete, IndexMissing, UsageError
from rag.index.check import verify_index
from rag.index.compare import Asked, Place, compare, read_questions
from rag.index.folder import forget_other_generations, generations
from rag.index.open import OpenIndex, open_index
from rag.index.rebuild import Rebuilt, rebuild_index, rollback_index, switch_index
from rag.settings import IndexSettings, IngestSettings, Settings

OTHER = Settings(index=IndexSettings(exact_up_to=2))
CUT = Settings(ingest=IngestSettings(passage_tokens=64))


def rebuild(index: Path, encoder: HashEncoder | None = None, **options: object) -> Rebuilt:
    given = {"parse": ParagraphParser(), "settings": Settings(), **options}
    return rebuild_index(index, encoder=encoder or HashEncoder(), **given)  # type: ignore[arg-type]


def opened(index: Path, encoder: HashEncoder | None = None) -> OpenIndex:
    return open_index(index, encoder=encoder or HashEncoder())


def roles(index: Path) -> list[str]:
    return [one.role for one in generations(index)]


def holds(folder: Path, word: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def test_rebuild_leaves_what_is_in_use_and_switch_and_rollback_change_it(index: Path) -> None:
    before = (index / "manifest.json").read_bytes()
    other = HashEncoder(name="other", dimension=24)
    made = rebuild(index, other)
    assert (made.source, made.documents, made.lost) == ("files", 3, ())
    assert (index / "manifest.json").read_bytes() == before
    assert roles(index) == ["current", "candidate"]
    switch_index(index)
    assert roles(index) == ["current", "former"]
    assert opened(index, other).vectors.at([0]).shape == (1, 24)
    rollback_index(index)
    assert opened(index).manifest.encoder_id == "hash"
    rollback_index(index)
    assert opened(index, other).manifest.encoder_id == "other"


def test_other_index_settings_keep_documents_and_vectors(index: Path) -> None:
    encoder, parser = HashEncoder(), ParagraphParser()
    made = rebuild(index, encoder, settings=OTHER, parse=parser)
    assert made.source == "stored"
    assert (encoder.encoded, parser.parsed) == ([], [])
    switch_index(index)
    assert opened(index).vectors.kind == "hnsw"


def test_candidate_that_is_there_is_not_made_again(index: Path) -> None:
    first, again = rebuild(index, settings=OTHER), rebuild(index, settings=OTHER)
    assert first.manifest == again.manifest


def test_a_run_that_ended_before_its_journal_went_leaves_none_the_next_time(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr("rag.index.rebuild.remove_journal", killed)
        with pytest.raises(KeyboardInterrupt):
            rebuild(index, settings=CUT)
    assert list(index.glob("journal*"))
    rebuild(index, settings=CUT)
    assert not list(index.glob("journal*"))


def test_other_settings_of_ingest_read_the_files_again(index: Path) -> None:
    parser = ParagraphParser()
    assert rebuild(index, settings=CUT, parse=parser).source == "files"
    assert parser.parsed == ["a.txt", "b.txt", "c.txt"]


def test_file_that_is_gone_or_changed_is_named_and_nothing_made(index: Path, sources: list[Path]) -> None:
    sources[0].unlink()
    sources[1].write_text("warfarin")
    with pytest.raises(
        UsageError, match=r"gone: .*a\.txt\. 1 source files are changed .*b\.txt.*--from stored"
    ):
        rebuild(index, settings=CUT)
    assert roles(index) == ["current"]


def test_stored_passages_can_be_encoded_anew_without_the_files(index: Path, sources: list[Path]) -> None:
    for path in sources:
        path.unlink()
    other = HashEncoder(name="other")
    assert rebuild(index, other, source="stored").source == "stored"
    switch_index(index)
    assert len(opened(index, other).corpus) == 6


def test_stored_passages_too_long_for_the_new_encoder_are_refused(index: Path) -> None:
    small = HashEncoder(name="small")
    small.max_tokens = 4
    with pytest.raises(UsageError, match="4 tokens of the new encoder, which reads 2"):
        rebuild(index, small, source="stored")


def test_stored_passages_of_other_settings_are_refused(index: Path) -> None:
    with pytest.raises(UsageError, match="other settings of ingest"):
        rebuild(index, settings=CUT, source="stored")


def test_document_that_cannot_be_taken_in_again_is_told(index: Path) -> None:
    class Lossy(ParagraphParser):
        def __call__(self, files):  # type: ignore[no-untyped-def]
            return super().__call__([path for path in files if path.name != "b.txt"])

    lost = rebuild(index, settings=CUT, parse=Lossy()).lost
    assert [(Path(one.path).name, one.category) for one in lost] == [("b.txt", "crashed")]


def test_dry_runs_change_nothing(index: Path) -> None:
    rebuild(index, settings=OTHER)
    before = {path: path.read_bytes() for path in index.rglob("*") if path.is_file()}
    rebuild(index, settings=CUT, dry_run=True)
    switch_index(index, dry_run=True)
    assert {path: path.read_bytes() for path in index.rglob("*") if path.is_file()} == before


def test_nothing_to_switch_to_or_to_go_back_to_is_said(index: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="rag index rebuild"):
        switch_index(index)
    with pytest.raises(UsageError, match="no former generation"):
        rollback_index(index)
    with pytest.raises(IndexMissing):
        rollback_index(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_damaged_candidate_is_not_switched_to(index: Path) -> None:
    made = rebuild(index, settings=OTHER)
    assert made.manifest is not None
    path = index / made.manifest.generation / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexIncomplete, match=r"vectors\.faiss"):
        switch_index(index)
    assert len(opened(index).corpus) == 6


def test_ingest_that_changes_anything_leaves_one_generation(index: Path, sources: list[Path]) -> None:
    rebuild(index, settings=OTHER)
    switch_index(index)
    rollback_index(index)
    rebuild(index, HashEncoder(name="other"))
    assert roles(index) == ["current", "former", "candidate"]
    ingest(index, sources)
    assert roles(index) == ["current", "former", "candidate"], "nothing was changed"
    sources[0].unlink()
    ingest(index, sources[1:], prune=True)
    assert roles(index) == ["current"]
    assert holds(index, "CANARY-a") == []


def test_forgetting_other_generations_leaves_the_text_of_the_one_in_use_only(
    index: Path, sources: list[Path]
) -> None:
    rebuild(index, settings=OTHER)
    switch_index(index)
    (index / "journal.sqlite").write_text("CANARY-a")
    assert len(forget_other_generations(index)) == 1
    assert roles(index) == ["current"]
    assert holds(index, "CANARY-a") == ["corpus.sqlite"]
    with pytest.raises(UsageError, match="no former"):
        rollback_index(index)


def test_generation_killed_before_it_was_complete_is_removed(index: Path) -> None:
    (index / "generation-0123456789ab").mkdir()
    (index / "generation-0123456789ab" / "corpus.sqlite").write_text("half")
    assert verify_index(index).leftovers == ("generation-0123456789ab",)
    rebuild(index, settings=OTHER)
    assert roles(index) == ["current", "candidate"]
    assert verify_index(index).leftovers == ()


def test_vectors_or_terms_that_are_damaged_are_made_again_from_the_documents(index: Path) -> None:
    expected = opened(index)
    texts = list(expected.corpus.indexed_texts(range(6)))
    for name in ("vectors.faiss", "lexical/data.npy"):
        next(index.glob(f"generation-*/{name}")).unlink()
    with pytest.raises(IndexFolderError, match=r"rag index rebuild"):
        opened(index)
    rebuild(index)
    switch_index(index)
    np.testing.assert_array_equal(opened(index).vectors.at(range(6)), HashEncoder().encode(texts))
    assert verify_index(index).ok


def test_index_of_another_format_is_made_anew_from_its_files(index: Path) -> None:
    path = index / "manifest.json"
    path.write_text(path.read_text().replace('"format": 3', '"format": 1'))
    assert rebuild(index).source == "files"
    switch_index(index)
    assert len(opened(index).corpus) == 6


# comparing


def hit(rank: int, document: str, page: int) -> Hit:
    return Hit(rank=rank, score=1 / rank, document=document, title="", page=page, section=(), text="x", document_id="d",
               passage_id="p", start=0, end=1, sentences=())  # fmt: skip


def test_recall_counts_questions_with_a_place_among_the_first_hits() -> None:
    asked = [Asked("one", (Place("a.pdf", 2),)), Asked("two", (Place("b.pdf", None), Place("c.pdf", 1)))]
    old = {"one": [hit(1, "a.pdf", 2)], "two": [hit(n, "a.pdf", 1) for n in range(1, 11)]}
    new = {
        "one": [hit(1, "a.pdf", 1), hit(2, "a.pdf", 3)],
        "two": [*(hit(n, "a.pdf", 1) for n in range(1, 6)), hit(6, "b.pdf", 9)],
    }
    found = compare(asked, old=lambda q, k: old[q][:k], new=lambda q, k: new[q][:k])
    assert found.recall_old == {"1": 0.5, "5": 0.5, "10": 0.5}
    assert found.recall_new == {"1": 0.0, "5": 0.0, "10": 0.5}
    assert (found.lost, found.gained) == (("one",), ("two",))


def test_question_file_in_both_forms(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    lines = [
        {"question": "one", "document": "a.pdf", "page": 2},
        {"question": "two", "doc": "a.pdf"},
        {
            "question": "three",
            "doc": "a.pdf",
            "gold": [{"doc": "b.pdf", "page": 1}, {"doc": "c.md", "page": 1}],
        },
        {"question": "four", "doc": [], "gold": []},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    asked, without = read_questions(path)
    assert [one.places for one in asked] == [
        (Place("a.pdf", 2),),
        (Place("a.pdf", None),),
        (Place("b.pdf", 1), Place("c.md", 1)),
    ]
    assert without == 1


@pytest.mark.parametrize("line", ["no json", "[]", '{"document": "a.pdf"}', '{"question": "q", "document": "a", "page": "x"}'])  # fmt: skip
def test_question_file_that_cannot_be_read_is_refused_by_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(f'{{"question": "q", "document": "a.pdf"}}\n{line}\n')
    with pytest.raises(UsageError, match="line 2"):
        read_questions(path)
