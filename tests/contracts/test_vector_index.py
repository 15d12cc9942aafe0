"""Every kind of vector index against plain numpy, on values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.backends import faiss
from rag.backends.faiss import FaissIndex
from rag.errors import IndexIncomplete, MissingDependency, UsageError
from rag.ports import FloatMatrix
from rag.settings import IndexSettings

EXACT = IndexSettings()
HNSW = IndexSettings(exact_up_to=10)
IVF = IndexSettings(exact_up_to=10, hnsw_up_to=20)


def clustered(count: int, *, seed: int, dimension: int = 32) -> FloatMatrix:
    """Points around 50 centres, each of length 1."""
    centres = np.random.default_rng(0).normal(size=(50, dimension))
    chance = np.random.default_rng(seed)
    points = centres[chance.integers(0, 50, count)] + 0.7 * chance.normal(size=(count, dimension))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def plain(vectors: FloatMatrix, queries: FloatMatrix, k: int) -> np.ndarray:
    return np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :k]


VECTORS = clustered(4000, seed=1)
QUERIES = clustered(50, seed=2)


@pytest.fixture(scope="module", params=[EXACT, HNSW, IVF], ids=["exact", "hnsw", "ivf"])
def index(request: pytest.FixtureRequest) -> FaissIndex:
    return faiss.build(VECTORS, request.param)


def test_exact_gives_the_rows_and_scores_of_numpy() -> None:
    found = faiss.build(VECTORS, EXACT).search(QUERIES, 10)
    rows = plain(VECTORS, QUERIES, 10)
    assert found.rows.tolist() == rows.tolist()
    np.testing.assert_allclose(found.scores, np.take_along_axis(QUERIES @ VECTORS.T, rows, 1), atol=1e-6)


def test_recall_at_10_is_at_least_95_percent(index: FaissIndex) -> None:
    found = index.search(QUERIES, 10).rows
    right = [len(set(a) & set(b)) for a, b in zip(found, plain(VECTORS, QUERIES, 10), strict=True)]
    assert sum(right) / (10 * len(QUERIES)) >= 0.95


def test_scores_fall_and_are_inner_products(index: FaissIndex) -> None:
    found = index.search(QUERIES, 20)
    assert (np.diff(found.scores, axis=1) <= 0).all()
    expected = np.einsum("qd,qkd->qk", QUERIES, VECTORS[found.rows])
    np.testing.assert_allclose(found.scores, expected, atol=1e-5)


def test_saved_and_loaded_gives_the_same(index: FaissIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "vectors.faiss")
    again = FaissIndex.load(tmp_path / "vectors.faiss", device="cpu")
    assert (again.kind, len(again)) == (index.kind, 4000)
    before, after = index.search(QUERIES, 10), again.search(QUERIES, 10)
    assert before.rows.tolist() == after.rows.tolist()
    assert before.scores.tolist() == after.scores.tolist()


def test_vectors_come_back_as_given(index: FaissIndex) -> None:
    assert np.array_equal(index.vectors(), VECTORS)
    assert np.array_equal(index.at([7, 0, 3999]), VECTORS[[7, 0, 3999]])
    assert index.at([]).shape == (0, 32)


@pytest.mark.parametrize("settings", [EXACT, HNSW, IVF], ids=["exact", "hnsw", "ivf"])
def test_same_vectors_give_the_same_file(settings: IndexSettings, tmp_path: Path) -> None:
    for name in ("one", "two"):
        faiss.build(VECTORS, settings).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(("count", "kind"), [(10, "exact"), (11, "hnsw"), (20, "hnsw"), (21, "ivf")], ids=str)
def test_kind_is_chosen_by_size(count: int, kind: str) -> None:
    assert faiss.choose_kind(count, IVF) == kind
    assert faiss.build(clustered(count, seed=3), IVF).kind == kind


def test_equal_scores_are_ordered_by_row() -> None:
    found = faiss.build(np.repeat(VECTORS[:1], 5, axis=0), EXACT).search(VECTORS[:1], 5)
    assert found.rows.tolist() == [[0, 1, 2, 3, 4]]


def test_unfilled_places_are_marked() -> None:
    found = faiss.build(VECTORS[:2], EXACT).search(QUERIES[:1], 4)
    assert found.rows[0, 2:].tolist() == [-1, -1]
    assert found.scores[0, 2:].tolist() == [-np.inf, -np.inf]


def test_empty_index_finds_nothing() -> None:
    empty = faiss.build(np.zeros((0, 32), np.float32), EXACT)
    assert empty.search(QUERIES[:1], 3).rows.tolist() == [[-1, -1, -1]]
    assert empty.vectors().shape == (0, 32)


def test_queries_of_another_dimension_are_refused() -> None:
    with pytest.raises(UsageError, match=r"\(1, 8\), expected \(n, 32\)"):
        faiss.build(VECTORS, EXACT).search(np.zeros((1, 8), np.float32), 3)


def test_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vectors.faiss").write_bytes(b"no index at all")
    with pytest.raises(IndexIncomplete, match=r"vectors\.faiss"):
        FaissIndex.load(tmp_path / "vectors.faiss")


def test_missing_faiss_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(MissingDependency, match=r"meditron-rag\[cpu\].*meditron-rag\[gpu\]"):
        faiss.build(VECTORS, EXACT)


@pytest.mark.gpu
def test_gpu_copy_gives_the_rows_of_the_master(index: FaissIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "vectors.faiss")
    copy = FaissIndex.load(tmp_path / "vectors.faiss", device="cuda")
    assert copy.kind.endswith("+gpu")
    found = copy.search(QUERIES, 10).rows
    right = [len(set(a) & set(b)) for a, b in zip(found, plain(VECTORS, QUERIES, 10), strict=True)]
    assert sum(right) / (10 * len(QUERIES)) >= 0.95
