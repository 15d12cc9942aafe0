"""Nearest neighbours with FAISS: exact, HNSW or IVF, chosen by size; a GPU copy where there is one.

The CPU index is the master that is saved; a GPU copy is made from it and never written back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from rag.errors import IndexIncomplete, IndexNotWritten, MissingDependency, UsageError
from rag.ports import FloatMatrix, IntMatrix, Neighbours, RowMask
from rag.settings import IndexSettings

Kind = Literal["exact", "hnsw", "ivf"]

_HNSW_LINKS = 32
_HNSW_BUILD_WIDTH = 200
_OPEN_SHARE = 0.3
"""Of the rows: with fewer allowed, a walk through the graph meets too few of them."""
_HNSW_SEARCH_WIDTH = 400
"""Candidates kept while searching; faiss takes ``k`` where that is larger."""
_QUERIES_WORTH_THREADS = 8
"""With fewer, threads that share one query wait for each other longer than they gain, most of all on a busy machine."""
_IVF_TRAINING_PER_LIST = 64
_IVF_PROBED_SHARE = 0.05


def _faiss() -> Any:
    try:
        import faiss
    except ModuleNotFoundError as error:
        raise MissingDependency(
            "faiss is not installed; run `pip install 'meditron-rag[cpu]'`, "
            "or `pip install 'meditron-rag[gpu]'` on a machine with CUDA"
        ) from error
    return faiss


class FaissIndex:
    """Inner-product search over rows of length 1. Fits ``ports.VectorIndex``."""

    def __init__(self, master: Any, *, device: str = "cpu") -> None:
        self._master = master
        self._kind = _kind_of(master)
        self._gpu = _gpu_copy(master, self._kind) if _use_gpu(device) else None

    @property
    def kind(self) -> str:
        """A GPU has no HNSW: there the copy of an HNSW index is searched exactly."""
        if self._gpu is None:
            return self._kind
        return "exact+gpu" if self._kind == "hnsw" else f"{self._kind}+gpu"

    @property
    def dimension(self) -> int:
        return int(self._master.d)

    def __len__(self) -> int:
        return int(self._master.ntotal)

    def search(self, queries: FloatMatrix, k: int, *, allowed: RowMask | None = None) -> Neighbours:
        """(n, dimension) queries; equal scores are ordered by row."""
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise UsageError(f"queries of shape {queries.shape}, expected (n, {self.dimension})")
        found = min(k, len(self) if allowed is None else int(allowed.sum()))
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        if found and len(queries):
            with _one_thread(when=len(queries) < _QUERIES_WORTH_THREADS):
                if allowed is not None and not allowed.all():
                    scores[:, :found], rows[:, :found] = self._search_allowed(queries, found, allowed)
                else:
                    searched = self._gpu if self._gpu is not None else self._master
                    scores[:, :found], rows[:, :found] = searched.search(queries, found)
            scores[rows < 0] = -np.inf
        order = np.lexsort((np.where(rows < 0, np.iinfo(np.int64).max, rows), -scores))
        return Neighbours(np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1))

    def _search_allowed(
        self, queries: FloatMatrix, k: int, allowed: RowMask
    ) -> tuple[FloatMatrix, IntMatrix]:
        """On the CPU, as GPU indexes take no selector; by hand where a graph would be mostly closed."""
        faiss = _faiss()
        if self._kind == "hnsw" and allowed.mean() < _OPEN_SHARE:
            places = np.flatnonzero(allowed)
            products = queries @ self.at(places.tolist()).T
            best = np.argsort(-products, axis=1, kind="stable")[:, :k]
            return np.take_along_axis(products, best, 1), places[best]
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        if self._kind == "hnsw":
            parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=max(_HNSW_SEARCH_WIDTH, k))
        elif self._kind == "ivf":
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=self._master.nprobe)
        else:
            parameters = faiss.SearchParameters(sel=selector)
        return cast("tuple[FloatMatrix, IntMatrix]", self._master.search(queries, k, params=parameters))

    def vectors(self) -> FloatMatrix:
        """(n, dimension): the rows as they were given."""
        if not len(self):
            return np.zeros((0, self.dimension), np.float32)
        if self._kind == "ivf":
            self._master.make_direct_map()
        return cast(FloatMatrix, self._master.reconstruct_n(0, len(self)))

    def at(self, rows: Sequence[int]) -> FloatMatrix:
        """(len(rows), dimension): the vectors of these rows, as they were given."""
        if self._kind == "ivf":
            self._master.make_direct_map()
        found = [self._master.reconstruct(int(row)) for row in rows]
        return np.array(found, np.float32).reshape(len(found), self.dimension)

    def save(self, path: Path) -> None:
        """Raises IndexNotWritten."""
        try:
            _faiss().write_index(self._master, str(path))
        except RuntimeError as error:
            raise IndexNotWritten(f"{path} cannot be written: {error}") from error

    @classmethod
    def load(cls, path: Path, *, device: str = "auto") -> FaissIndex:
        """``device`` is "auto" (a GPU where faiss sees one), "cpu" or "cuda"."""
        try:
            master = _faiss().read_index(str(path))
        except RuntimeError as error:
            raise IndexIncomplete(f"{path} is not a FAISS index that can be read: {error}") from error
        return cls(master, device=device)


def build(vectors: FloatMatrix, settings: IndexSettings) -> FaissIndex:
    """Index (n, dimension) float32 rows of length 1; the same rows give the same index."""
    faiss = _faiss()
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    count, dimension = vectors.shape
    kind = choose_kind(count, settings)
    if kind == "exact":
        index = faiss.IndexFlatIP(dimension)
        index.add(vectors)
    elif kind == "hnsw":
        index = _build_hnsw(faiss, vectors)
    else:
        index = _build_ivf(faiss, vectors)
    return FaissIndex(index)


def choose_kind(count: int, settings: IndexSettings) -> Kind:
    if count <= settings.exact_up_to:
        return "exact"
    return "hnsw" if count <= settings.hnsw_up_to else "ivf"


def _build_hnsw(faiss: Any, vectors: FloatMatrix) -> Any:
    index = faiss.IndexHNSWFlat(vectors.shape[1], _HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = _HNSW_BUILD_WIDTH
    index.hnsw.efSearch = _HNSW_SEARCH_WIDTH
    with _one_thread():  # the graph depends on the order in which threads insert
        index.add(vectors)
    return index


@contextmanager
def _one_thread(*, when: bool = True) -> Iterator[None]:
    faiss = _faiss()
    threads = faiss.omp_get_max_threads()
    if when:
        faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _build_ivf(faiss: Any, vectors: FloatMatrix) -> Any:
    count, dimension = vectors.shape
    lists = max(1, min(int(4 * np.sqrt(count)), count // 39))  # faiss wants 39 points a list
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = _IVF_TRAINING_PER_LIST
    index.train(vectors)
    index.add(vectors)
    index.nprobe = max(16, round(lists * _IVF_PROBED_SHARE))
    return index


def _kind_of(index: Any) -> Kind:
    faiss = _faiss()
    if isinstance(index, faiss.IndexHNSW):
        return "hnsw"
    return "ivf" if isinstance(index, faiss.IndexIVF) else "exact"


def _use_gpu(device: str) -> bool:
    faiss = _faiss()
    there = hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0
    if device == "cuda" and not there:
        raise MissingDependency(
            "device cuda: this faiss sees no GPU; run `pip install 'meditron-rag[gpu]'` instead of [cpu]"
        )
    return there and device != "cpu"


def _gpu_copy(master: Any, kind: Kind) -> Any:
    faiss = _faiss()
    resources = faiss.StandardGpuResources()
    if kind == "hnsw":
        exact = faiss.IndexFlatIP(master.d)
        exact.add(master.reconstruct_n(0, master.ntotal))
        master = exact
    copy = faiss.index_cpu_to_gpu(resources, 0, master)
    copy.resources = resources  # kept alive as long as the copy
    return copy
