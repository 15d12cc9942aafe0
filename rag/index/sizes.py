"""What an index of so many documents will need: memory, disk, memory of a GPU. Told before anything is built.

The constants are measured; docs/index.md says how. An index that is there is measured itself.
"""

from __future__ import annotations

import statistics
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from rag.datatypes import Frozen
from rag.index import engines
from rag.index.folder import generation_folder
from rag.index.open import CORPUS
from rag.settings import IndexSettings
from rag.store import CorpusFile, read_manifest

PASSAGES_PER_DOCUMENT = 320
"""Median of eleven guideline PDFs (18 to 1,483); ``plan_sizes`` of an index takes that of its own documents."""


class PerPassage(NamedTuple):
    """Bytes a passage takes, by where."""

    corpus: float
    """Text, offsets, sentences: in SQLite, on disk only."""
    lexical: float
    """Postings: on disk, and in memory as far as queries touch them."""
    vectors: float
    """4 bytes a number; on disk and in memory."""
    building: float
    """Memory of an ingest at its peak, beyond what the process and the encoder take."""


MEASURED = PerPassage(corpus=2_765, lexical=500, vectors=4 * 384, building=7_500)
PROCESS_BYTES = 620e6
"""A process that has loaded the libraries and the encoder, with an index of no size."""
GRAPH_BYTES = 8 * 32 + 40
"""Links of a passage in an HNSW graph, on disk and in memory."""
GPU_BYTES = 1.5e9 + 0.5e9
"""FAISS's work space on a card, and the CUDA context."""


class Sizes(Frozen):
    """All sizes in bytes, rounded to no more than is known."""

    documents: int
    passages: int
    passages_per_document: float
    measured_on: str
    """The index whose bytes per passage were taken, or "defaults"."""
    kind: str
    """Of vector index: "exact", "hnsw" or "ivf"."""
    bytes_per_passage: dict[str, float]
    memory_searching: int
    memory_building: int
    disk: int
    disk_building: int
    """While a new generation is made beside the old one, with the journal of the run."""
    gpu: int
    """Where a GPU holds the vectors; 0 passages need its work space all the same."""


def plan_sizes(documents: int, *, index: Path | None = None, settings: IndexSettings | None = None) -> Sizes:
    """For ``documents`` like those of ``index``, by default like those measured.

    Raises IndexMissing, IndexIncomplete or IndexMismatch for ``index``.
    """
    each, per_document = (MEASURED, PASSAGES_PER_DOCUMENT) if index is None else _measure(index)
    passages = round(documents * per_document)
    kind = engines.vector_kind(passages, settings or IndexSettings())
    vectors = each.vectors + (GRAPH_BYTES if kind == "hnsw" else 0)
    on_disk = each.corpus + each.lexical + vectors
    return Sizes(
        documents=documents,
        passages=passages,
        passages_per_document=per_document,
        measured_on="defaults" if index is None else str(index),
        kind=kind,
        bytes_per_passage={**each._asdict(), "vectors": vectors},
        memory_searching=round(PROCESS_BYTES + passages * (vectors + each.lexical)),
        memory_building=round(PROCESS_BYTES + passages * each.building),
        disk=round(passages * on_disk),
        disk_building=round(passages * (2 * on_disk + each.corpus + each.vectors)),
        gpu=round(GPU_BYTES + passages * each.vectors),
    )


def _measure(folder: Path) -> tuple[PerPassage, float]:
    manifest = read_manifest(folder)
    with closing(CorpusFile(generation_folder(folder, manifest) / CORPUS)) as corpus:
        per_document = statistics.median([entry.passages for entry in corpus.entries()] or [0])
    passages = max(1, manifest.passages)
    sizes = {name: digest.size / passages for name, digest in manifest.files.items()}
    lexical = sum(size for name, size in sizes.items() if name.startswith(engines.LEXICAL))
    each = MEASURED._replace(corpus=sizes[CORPUS], lexical=lexical, vectors=4.0 * manifest.dimension)
    return each, per_document
