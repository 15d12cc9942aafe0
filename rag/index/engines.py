"""Which search engines an index folder is made with: FAISS and bm25s.

The one place of this room that knows them; each is loaded when it is first needed, so that
checking an unchanged corpus loads neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rag.ports import FloatMatrix, LexicalIndex, VectorIndex
from rag.settings import IndexSettings

VECTORS = "vectors.faiss"
LEXICAL = "lexical"


def write_vectors(folder: Path, vectors: FloatMatrix, settings: IndexSettings) -> str:
    """Save (n, dimension) vectors; gives the kind of index that was chosen."""
    from rag.backends import faiss

    index = faiss.build(vectors, settings)
    index.save(folder / VECTORS)
    return index.kind


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


def load_lexical(folder: Path) -> LexicalIndex:
    from rag.backends.bm25 import BM25Index

    return BM25Index.load(folder / LEXICAL)
