"""Which search engines an index folder is made with: FAISS and bm25s.

The one place of this room that knows them; each is loaded when it is first needed, so that
checking an unchanged corpus loads neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rag.ports import FloatMatrix, IntMatrix, LexicalIndex, VectorIndex
from rag.settings import IndexSettings

VECTORS = "vectors.faiss"
LEXICAL = "lexical"


def write_vectors(folder: Path, vectors: FloatMatrix, settings: IndexSettings) -> str:
    """Save (n, dimension) vectors; gives the kind of index that was chosen."""
    from rag.backends import faiss

    index = faiss.build(vectors, settings)
    index.save(folder / VECTORS)
    return index.kind


def vector_kind(passages: int, settings: IndexSettings) -> str:
    """Which kind of index so many passages get."""
    from rag.backends import faiss

    return faiss.choose_kind(passages, settings)


def read_vectors(folder: Path) -> FloatMatrix:
    """The rows as they were written."""
    from rag.backends.faiss import FaissIndex

    return np.asarray(FaissIndex.load(folder / VECTORS, device="cpu").vectors())


def load_vectors(folder: Path, *, device: str) -> VectorIndex:
    from rag.backends.faiss import FaissIndex

    return FaissIndex.load(folder / VECTORS, device=device)


def write_lexical(folder: Path, texts: Iterable[str]) -> None:
    from rag.backends import bm25

    bm25.build(texts).save(folder / LEXICAL)


def update_lexical(
    folder: Path, before: Path, moved: IntMatrix, texts: Iterable[str], places: IntMatrix
) -> None:
    """The same as writing all texts: those of the generation ``before`` are not read again.

    Its row i goes to ``moved[i]``, or out where that is -1; the i-th of ``texts`` goes to row ``places[i]``.
    """
    from rag.backends import bm25

    old = bm25.BM25Index.load(before / LEXICAL).postings
    bm25.scored(bm25.updated(old, moved, bm25.count(texts), places)).save(folder / LEXICAL)


def lexical_problems(folder: Path) -> list[str]:
    """What is wrong with the lexical index by its own arrays."""
    from rag.backends.bm25 import BM25Index

    return BM25Index.load(folder / LEXICAL).problems()


def load_lexical(folder: Path) -> LexicalIndex:
    from rag.backends.bm25 import BM25Index

    return BM25Index.load(folder / LEXICAL)
