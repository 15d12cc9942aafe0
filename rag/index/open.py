"""An index folder back to parts that answer queries, or a refusal that says why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IndexIncomplete, IndexMismatch
from rag.index import engines
from rag.index.folder import generation_folder as generation_folder
from rag.ports import Encoder, LexicalIndex, VectorIndex
from rag.settings import Settings
from rag.store import FORMAT, CorpusFile, Manifest, check_file, read_manifest

CORPUS = "corpus.sqlite"


@dataclass(frozen=True)
class OpenIndex:
    """One generation of an index. Row i of ``vectors`` and ``lexical`` is passage i of ``corpus``."""

    corpus: CorpusFile
    vectors: VectorIndex
    lexical: LexicalIndex
    manifest: Manifest


def open_index(
    folder: Path, *, encoder: Encoder, settings: Settings | None = None, device: str = "auto"
) -> OpenIndex:
    """Open what the manifest names. Files up to 64 MiB are checked by their full SHA-256, larger ones
    by size and the SHA-256 of their first and last MiB. Without ``settings`` the index is taken with those it
    was made with: they shape an ingest, not a search.

    Raises IndexMissing, IndexIncomplete (half-written or damaged; names the file) and IndexMismatch
    (made with another encoder, settings or format; names both).
    """
    manifest = read_manifest(folder)
    check_fits(folder, manifest, encoder_id=encoder.id, settings=settings)
    while True:
        try:
            return open_generation(folder, manifest, device=device)
        except IndexIncomplete:
            newer = read_manifest(folder)  # an ingest may have ended between the two steps
            if newer.generation == manifest.generation:
                raise
            check_fits(folder, newer, encoder_id=encoder.id, settings=settings)
            manifest = newer


def open_generation(folder: Path, manifest: Manifest, *, device: str = "auto") -> OpenIndex:
    """Open one generation of the index in ``folder``, whether or not it is in use. Raises IndexIncomplete."""
    generation = generation_folder(folder, manifest)
    for name, digest in manifest.files.items():
        check_file(generation / name, digest)
    corpus = CorpusFile(generation / CORPUS)
    vectors = engines.load_vectors(generation, device=device)
    lexical = engines.load_lexical(generation)
    counts = (manifest.passages, len(corpus), len(vectors), len(lexical))
    if len(set(counts)) != 1:
        raise IndexIncomplete(
            f"{generation} does not agree with itself: passages by manifest, corpus, vectors and terms are {counts}; "
            "`rag index rebuild` and `rag index switch` make a new one from the documents"
        )
    return OpenIndex(corpus, vectors, lexical, manifest)


def open_corpus(folder: Path) -> CorpusFile:
    """The documents of the generation in use, to be closed; neither vectors nor terms are opened.

    Raises IndexMissing, IndexIncomplete or IndexMismatch.
    """
    return CorpusFile(generation_folder(folder, read_manifest(folder)) / CORPUS)


def check_fits(folder: Path, manifest: Manifest, *, encoder_id: str, settings: Settings | None) -> None:
    """Raise IndexMismatch unless the index was made with this encoder and these settings."""
    wanted = manifest.settings_id if settings is None else settings.index_id
    for what, found, expected in (
        ("encoder", manifest.encoder_id, encoder_id),
        ("index settings", manifest.settings_id, wanted),
    ):
        if found != expected:
            raise IndexMismatch(
                f"{folder} was made with {what} {found}, now in use is {expected}; "
                f"use the {what} it was made with, or make it anew beside the old one with `rag index rebuild`"
            )


def index_id(corpus_id: str, encoder_id: str, settings: Settings, kind: str) -> str:
    """First 16 hex digits of the SHA-256 of all that decides what a search finds."""
    parts = (str(FORMAT), corpus_id, encoder_id, settings.index_id, kind)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
