"""Every hash, offset, vector and count of an index against what it should be; names what is wrong.

Opening an index checks sizes and hashes of its files. This reads everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from rag.datatypes import Document, Frozen, Passage
from rag.errors import IndexFolderError
from rag.index import engines
from rag.index.folder import GENERATION, Generation, generations
from rag.index.generation import encoder_dtype
from rag.index.open import CORPUS
from rag.ports import Encoder
from rag.store import (
    FORMAT,
    MANIFEST,
    MANIFEST_COPY,
    CorpusFile,
    Manifest,
    StoredDocument,
    check_file,
    content_hash,
    document_digest,
    read_manifest,
)

_SAMPLE = 64
"""Passages, spread evenly, that are encoded again."""
_LEAST_COSINE = 0.99
"""Between a stored vector and the same passage encoded again: batches of other lengths round a little differently."""
_LENGTH_TOLERANCE = 1e-3
_SHOWN = 20
"""Problems of one kind that are listed; the rest is counted."""


class Checked(Frozen):
    """One generation."""

    generation: str
    role: str
    """"current", "former" or "candidate"."""
    documents: int
    passages: int
    checked: dict[str, int]
    """How many files, documents, passages, sentences, vectors were looked at, and vectors computed again."""
    problems: tuple[str, ...]
    seconds: float


class Verification(Frozen):
    """What was found in an index folder."""

    index: str
    ok: bool
    """Whether the generation in use has no problem."""
    generations: tuple[Checked, ...]
    problems: tuple[str, ...]
    """Of what is kept to go back to: the copy of the manifest, the former generation. The next change mends them."""
    leftovers: tuple[str, ...]
    """Generations of runs that were killed; the next ingest removes them."""


def verify_index(folder: Path, *, encoder: Encoder | None = None, sample: int = _SAMPLE) -> Verification:
    """Check every generation in ``folder``. With an ``encoder``, vectors of those it made are computed again.

    Changes nothing. Raises IndexMissing or IndexIncomplete when there is no manifest that can be read.
    """
    kept = generations(folder)
    names = {one.name for one in kept}
    found = sorted(path.name for path in folder.iterdir() if GENERATION.fullmatch(path.name))
    checked = tuple(_check(folder, one, encoder, sample) for one in kept)
    return Verification(
        index=str(folder),
        ok=not checked[0].problems,
        generations=checked,
        problems=tuple(_spare(folder, kept)),
        leftovers=tuple(name for name in found if name not in names),
    )


def _spare(folder: Path, kept: Sequence[Generation]) -> Iterator[str]:
    current = kept[0].manifest
    try:
        if not (folder / MANIFEST_COPY).is_file():
            yield f"{folder / MANIFEST_COPY} is missing"
        elif read_manifest(folder, any_format=True, name=MANIFEST_COPY) != current:
            yield f"{folder / MANIFEST_COPY} is not the same as {MANIFEST}"
    except IndexFolderError as error:
        yield str(error).split(";")[0]
    if current.former and all(one.role != "former" for one in kept):
        yield f"{folder / current.former / MANIFEST} cannot be read: there is no going back to that generation"


def _check(folder: Path, one: Generation, encoder: Encoder | None, sample: int) -> Checked:
    started = time.perf_counter()
    counts = dict.fromkeys(
        ("files", "documents", "passages", "sentences", "vectors", "vectors_computed_again"), 0
    )
    again = encoder if encoder is not None and encoder.id == one.manifest.encoder_id else None
    parts: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _files(folder / one.name, one.manifest, counts),
        lambda: _documents(folder / one.name, one.manifest, counts),
        lambda: _vectors(folder / one.name, one.manifest, counts),
        lambda: _terms(folder / one.name, one.manifest),
        lambda: _encoded_again(folder / one.name, again, sample, counts),
    )
    if one.manifest.format != FORMAT:
        parts = parts[:1]  # files of another format can be compared with their hashes, not read
    return Checked(
        generation=one.name,
        role=one.role,
        documents=one.manifest.documents,
        passages=one.manifest.passages,
        checked=counts,
        problems=tuple(problem for part in parts for problem in _shortened(part)),
        seconds=time.perf_counter() - started,
    )


def _shortened(part: Callable[[], Iterator[str]]) -> list[str]:
    """The problems of one part; what keeps it from being read is one of them."""
    found: list[str] = []
    try:
        found.extend(part())
    except (IndexFolderError, ValidationError, ValueError, KeyError, UnicodeError) as error:
        found.append(f"cannot be read further: {' '.join(str(error).split())[:300]}")
    more = len(found) - _SHOWN
    return [*found[:_SHOWN], f"and {more} more of this kind"] if more > 0 else found


# the parts


def _files(generation: Path, manifest: Manifest, counts: dict[str, int]) -> Iterator[str]:
    for name, digest in manifest.files.items():
        counts["files"] += 1
        try:
            check_file(generation / name, digest, full=True)
        except IndexFolderError as error:
            yield str(error).split(";")[0]
    there = {str(path.relative_to(generation)) for path in generation.rglob("*") if path.is_file()}
    for name in sorted(there - manifest.files.keys() - {MANIFEST}):
        yield f"{generation / name} is not in the manifest"


def _documents(generation: Path, manifest: Manifest, counts: dict[str, int]) -> Iterator[str]:
    row = 0
    with closing(CorpusFile(generation / CORPUS)) as corpus:
        yield from (f"{CORPUS}: {problem}" for problem in corpus.damage())
        for stored in corpus.stored_documents():
            counts["documents"] += 1
            counts["passages"] += len(stored.passages)
            if stored.first_row != row:
                yield f"{stored.document.name}: its first row is {stored.first_row}, expected {row}"
            row += len(stored.passages)
            yield from _document(stored, counts)
        for what, found, expected in (
            ("corpus id", corpus.id, manifest.corpus_id),
            ("documents", counts["documents"], manifest.documents),
            ("pages", corpus.page_count, manifest.pages),
            ("passages", counts["passages"], manifest.passages),
        ):
            if found != expected:
                yield f"{CORPUS}: {what} {found}, the manifest says {expected}"


def _document(stored: StoredDocument, counts: dict[str, int]) -> Iterator[str]:
    document = stored.document
    bodies = [passage.model_dump_json() for passage in stored.passages]
    if document_digest(document, bodies) != stored.digest:
        yield f"{document.name}: text, data or passages are not what was taken in (its hash differs)"
    for passage, digest in zip(stored.passages, stored.content_hashes, strict=True):
        counts["sentences"] += len(passage.sentences)
        for problem in _passage(document, passage):
            yield f"{document.name}, passage {passage.id}: {problem}"
        if content_hash(document.title, passage) != digest:
            yield f"{document.name}, passage {passage.id}: its content hash differs"


def _passage(document: Document, passage: Passage) -> Iterator[str]:
    text = document.text
    if passage.document_id != document.id:
        yield f"says it is of document {passage.document_id[:16]}"
    if text[passage.start : passage.end] != passage.text:
        yield f"its text is not the document's from {passage.start} to {passage.end}"
    if not passage.sentences:
        yield "it has no sentence"
    at = passage.start
    for sentence in passage.sentences:
        if not at <= sentence.start < sentence.end <= passage.end:
            yield f"a sentence from {sentence.start} to {sentence.end} is outside it, empty or overlaps the one before"
        elif text[at : sentence.start].strip():
            yield f"words from {at} to {sentence.start} are in no sentence"
        at = sentence.end
    if passage.sentences and passage.sentences[0].header_in(text) != passage.header_text:
        yield "its table header is not the document's"


def _vectors(generation: Path, manifest: Manifest, counts: dict[str, int]) -> Iterator[str]:
    vectors = engines.read_vectors(generation)
    counts["vectors"] = len(vectors)
    expected = (manifest.passages, manifest.dimension)
    if vectors.shape != expected:
        yield f"vectors: {vectors.shape[0]} of {vectors.shape[1]} numbers, the manifest says {expected[0]} of {expected[1]}"
    finite = np.asarray(np.isfinite(vectors).all(axis=1))
    lengths = np.linalg.norm(np.where(finite[:, None], vectors, 0), axis=1)
    for row in np.flatnonzero(~finite):
        yield f"vectors: row {row} has a number that is not finite"
    for row in np.flatnonzero(finite & (np.abs(lengths - 1) > _LENGTH_TOLERANCE)):
        yield f"vectors: row {row} has length {lengths[row]:.4f}, expected 1"


def _terms(generation: Path, manifest: Manifest) -> Iterator[str]:
    yield from (f"lexical: {problem}" for problem in engines.lexical_problems(generation))
    passages = len(engines.load_lexical(generation))
    if passages != manifest.passages:
        yield f"lexical: {passages} passages, the manifest says {manifest.passages}"


def _encoded_again(
    generation: Path, encoder: Encoder | None, sample: int, counts: dict[str, int]
) -> Iterator[str]:
    """Vectors of some passages as the encoder gives them now."""
    if encoder is None or not sample:
        return
    with closing(CorpusFile(generation / CORPUS)) as corpus:
        rows = np.unique(np.linspace(0, max(0, len(corpus) - 1), sample).astype(int))[: len(corpus)].tolist()
        texts = list(corpus.indexed_texts(rows))
    if not rows:
        return
    stored = engines.load_vectors(generation, device="cpu").at(rows)
    counts["vectors_computed_again"] = len(rows)
    cosines = np.einsum("rd,rd->r", stored, encoder.encode(texts))
    for row, cosine in zip(rows, cosines, strict=True):
        if not cosine >= _LEAST_COSINE:
            dtype = encoder_dtype(encoder)
            yield f"vectors: row {row} has cosine {cosine:.3f} to its passage encoded now ({dtype}), expected 1"
