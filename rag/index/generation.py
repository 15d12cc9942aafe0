"""A new generation: documents taken in and taken away, vectors, terms. What was made before is made only once.

Passages that the index or the journal has met keep their vectors, and those of unchanged documents their counted
terms; so an added document costs what it holds itself, and the writing of the files.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rag.datatypes import Parsed, Skipped
from rag.errors import UsageError
from rag.index import engines
from rag.index.changes import Plan, key_of
from rag.index.folder import JOURNAL
from rag.index.journal import Journal
from rag.index.open import CORPUS, index_id
from rag.ports import Encoder, FloatMatrix
from rag.settings import Settings
from rag.store import FORMAT, CorpusFile, FileState, Manifest, digest_file, sync_files

_ENCODED_AT_ONCE = 512
"""Passages between two reports of progress, and the most that are encoded again after a run was killed."""

Parse = Callable[[Sequence[Path]], Iterable[Parsed | Skipped]]
OnStep = Callable[[str, int, int], None]
Key = tuple[str, int, bytes]
"""A passage's document id, its place there, and its content hash."""


class Known(NamedTuple):
    """A generation that was made before."""

    manifest: Manifest
    folder: Path
    """Of the generation."""
    files: dict[str, FileState]


class Making(NamedTuple):
    """What a generation is made with."""

    folder: Path
    """Of the index."""
    parse: Parse
    encoder: Encoder
    settings: Settings
    step: OnStep
    encoder_folder: str = ""

    @property
    def name(self) -> str:
        """All that decides what is parsed and encoded, for the journal."""
        dtype = encoder_dtype(self.encoder)
        return "\n".join((str(FORMAT), software(), self.encoder.id, dtype, self.settings.index_id))


def encoder_dtype(encoder: Encoder) -> str:
    """What the encoder computes in, where it says so."""
    return str(getattr(encoder, "dtype", "float32"))


def no_step(_step: str, _done: int, _total: int) -> None:
    return None


def make_generation(made: Making, plan: Plan, *, start: Known | None, known: Known | None) -> Manifest:
    """Write a generation and give the manifest that would make it the index.

    It begins with the documents of ``start`` (none: empty) and follows ``plan``. Vectors and counted terms of passages
    that ``known`` has are taken from it. When anything goes wrong nothing stays, except in the journal.
    """
    with (
        _kept_only_whole(made.folder / f"generation-{secrets.token_hex(6)}") as generation,
        Journal(made.folder / JOURNAL, made_with=made.name) as journal,
        closing(
            CorpusFile.create(generation / CORPUS, copy_of=start.folder / CORPUS if start else None)
        ) as corpus,
    ):
        journal.keep_only(plan.parse.values())
        _take_away(corpus, plan, start.files if start else {})
        _take_in(corpus, plan, journal, made)
        corpus.finish()
        before, keys = _keys(known), corpus.passage_keys()
        vectors = _vectors(corpus, keys, known, before, journal, made)
        made.step("write", 0, 3)
        kind = engines.write_vectors(generation, vectors, made.settings.index)
        made.step("write", 1, 3)
        _write_terms(generation, corpus, keys, known, before)
        made.step("write", 2, 3)
        manifest = _manifest(generation, corpus, made, kind)
        sync_files(generation)
    return manifest


@contextmanager
def _kept_only_whole(generation: Path) -> Iterator[Path]:
    generation.mkdir()
    try:
        yield generation
    except BaseException:
        shutil.rmtree(generation, ignore_errors=True)
        raise


# documents


def _take_away(corpus: CorpusFile, plan: Plan, known: dict[str, FileState]) -> None:
    """Old passages of changed and skipped files, before anything new comes in."""
    for key in plan.gone | plan.parse.keys():
        if key in known:
            document_id = known[key].document_id
            if document_id:
                corpus.remove(document_id)
            corpus.forget_file(key)
    for state in plan.states.values():
        corpus.put_file(state)


def _take_in(corpus: CorpusFile, plan: Plan, journal: Journal, made: Making) -> None:
    """Parse what is new or changed; a file the parser says nothing of is skipped as crashed."""
    waiting = dict(plan.parse)
    total = len(waiting)
    if not total:
        return
    made.step("parse", 0, total)
    for key, state in plan.parse.items():
        if (parsed := journal.document(state)) is not None:
            _record(corpus, plan, waiting.pop(key), parsed)
            made.step("parse", total - len(waiting), total)
    real = {str(Path(key).resolve()): key for key in waiting}
    for result in made.parse([Path(key) for key in waiting]) if waiting else ():
        path = result.document.source if isinstance(result, Parsed) else result.path
        key = key_of(path) if key_of(path) in waiting else real.get(str(Path(path).resolve()), "")
        taken = waiting.pop(key, None)
        if taken is None:
            raise UsageError(f"the parser gave {path}, which was not asked for or was given twice")
        if isinstance(result, Parsed):
            journal.put_document(taken, result)
        _record(corpus, plan, taken, result)
        made.step("parse", total - len(waiting), total)
    for key, state in waiting.items():
        _record(
            corpus, plan, state, Skipped(path=key, reason="the parser gave no result", category="crashed")
        )


def _record(corpus: CorpusFile, plan: Plan, state: FileState, result: Parsed | Skipped) -> None:
    if isinstance(result, Skipped):
        plan.skipped[state.path] = result.model_copy(update={"path": state.path})
        corpus.put_file(state._replace(document_id=None, category=result.category, reason=result.reason))
        return
    identity = result.document.id
    corpus.forget_document(identity)  # under a path that is no longer on the disk
    corpus.add(result)
    unchanged_since = state.settled and identity == state.sha256
    corpus.put_file(
        state._replace(
            sha256=identity, settled=unchanged_since, document_id=identity, category=None, reason=None
        )
    )


# vectors and terms


def _keys(known: Known | None) -> list[Key]:
    """Of the passages that ``known`` has, in row order."""
    if known is None:
        return []
    with closing(CorpusFile(known.folder / CORPUS)) as before:
        return before.passage_keys()


def _vectors(
    corpus: CorpusFile,
    keys: Sequence[Key],
    known: Known | None,
    before: Sequence[Key],
    journal: Journal,
    made: Making,
) -> FloatMatrix:
    """(passages, dimension) in row order; texts met before keep their vector."""
    vectors = np.zeros((len(keys), made.encoder.dimension), np.float32)
    alike = known is not None and known.manifest.encoder_id == made.encoder.id
    met = {digest: row for row, (_, _, digest) in enumerate(before)} if alike else {}
    taken = [(row, met[digest]) for row, (_, _, digest) in enumerate(keys) if digest in met]
    if known is not None and taken:
        here, there = np.array(taken).T
        vectors[here] = engines.read_vectors(known.folder)[there]
    rows: dict[bytes, list[int]] = {}
    for row, (_, _, digest) in enumerate(keys):
        if digest not in met:
            rows.setdefault(digest, []).append(row)
    for digest, vector in journal.vectors(list(rows)).items():
        vectors[rows.pop(digest)] = vector
    firsts = [places[0] for places in rows.values()]
    texts = dict(zip(rows, corpus.indexed_texts(firsts), strict=True))
    left = sorted(texts, key=lambda digest: -len(texts[digest]))
    for start in range(0, len(left), _ENCODED_AT_ONCE):
        made.step("encode", start, len(left))
        chunk = left[start : start + _ENCODED_AT_ONCE]
        encoded = made.encoder.encode([texts[digest] for digest in chunk])
        journal.put_vectors(chunk, encoded)
        for digest, vector in zip(chunk, encoded, strict=True):
            vectors[rows[digest]] = vector
    if left:
        made.step("encode", len(left), len(left))
    return vectors


def _write_terms(
    generation: Path, corpus: CorpusFile, keys: Sequence[Key], known: Known | None, before: Sequence[Key]
) -> None:
    """Count the terms of passages that ``known`` has not; the others are moved to their new rows."""
    if known is None:
        engines.write_lexical(generation, corpus.indexed_texts(range(len(corpus))))
        return
    new = {key: row for row, key in enumerate(keys)}
    moved = np.array([new.pop(key, -1) for key in before], np.int64)
    places = np.array(list(new.values()), np.int64)
    engines.update_lexical(generation, known.folder, moved, corpus.indexed_texts(places.tolist()), places)


# the manifest


def _manifest(generation: Path, corpus: CorpusFile, made: Making, kind: str) -> Manifest:
    files = [path for path in sorted(generation.rglob("*")) if path.is_file()]
    return Manifest(
        generation=generation.name,
        corpus_id=corpus.id,
        index_id=index_id(corpus.id, made.encoder.id, made.settings, kind),
        encoder_id=made.encoder.id,
        encoder_dtype=encoder_dtype(made.encoder),
        encoder_folder=made.encoder_folder,
        settings_id=made.settings.index_id,
        ingest_settings_id=made.settings.ingest_id,
        kind=kind,
        documents=len(corpus.entries()),
        pages=corpus.page_count,
        passages=len(corpus),
        dimension=made.encoder.dimension,
        files={str(path.relative_to(generation)): digest_file(path) for path in files},
        software=software(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def software() -> str:
    """The version of this package."""
    try:
        return version("meditron-rag")
    except PackageNotFoundError:
        return "not installed"
