"""Ranked term matching with bm25s. Terms are folded, stemmed words; clinical tokens stay findable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from rag.errors import IndexIncomplete
from rag.ports import Neighbours, RowMask
from rag.text import STOPWORDS, fold, stem

K1 = 0.9
B = 0.4
_ARRAYS = ("data", "indices", "indptr")
_TERM = re.compile(r"\d+(?:\.\d+)+|[^\W_]+(?:['.\-/+][^\W_]+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PARTS = re.compile(r"[\-/+']|\.(?!\d)|(?<!\d)\.")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(mg|mcg|µg|μg|ug|g|kg|ml|l|dl|mmol|mmhg|iu|h|hr|hrs|min|mme|bpm)")


def terms(text: str) -> list[str]:
    """``"beta-blockers ≥50mg"`` gives ``["beta", "blocker", "betablocker", "50", "mg"]``, stemmed.

    A compound gives its parts and itself closed up, so that every way of writing it matches.
    """
    found: list[str] = []
    for word in _TERM.findall(_THOUSANDS.sub("", fold(text))):
        parts = [part for part in _PARTS.split(word) if part]
        for part in parts:
            amount = _AMOUNT.fullmatch(part)
            found.extend(amount.groups() if amount else [part])
        if len(parts) > 1:
            found.append("".join(parts) if not word[0].isdigit() else word)
    return [stem(word) for word in found if word not in STOPWORDS]


class BM25Index:
    """BM25 (Lucene's form) over passages by row. Fits ``ports.LexicalIndex``."""

    def __init__(self, engine: bm25s.BM25 | None, vocabulary: dict[str, int], count: int) -> None:
        self._engine = engine
        self._vocabulary = vocabulary
        self._count = count

    def __len__(self) -> int:
        return self._count

    def search(self, queries: Sequence[str], k: int, *, allowed: RowMask | None = None) -> Neighbours:
        """Rows that share at least one term with the query; equal scores are ordered by row."""
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        for place, query in enumerate(queries):
            all_scores = self._scores(query)
            if allowed is not None:
                all_scores = np.where(allowed, all_scores, 0)
            best = _best(all_scores, k)
            rows[place, : len(best)] = best
            scores[place, : len(best)] = all_scores[best]
        return Neighbours(rows, scores)

    def _scores(self, query: str) -> Any:
        ids = [self._vocabulary[term] for term in terms(query) if term in self._vocabulary]
        if self._engine is None or not ids:
            return np.zeros(self._count, np.float32)
        return self._engine.get_scores_from_ids(ids)

    def save(self, folder: Path) -> None:
        """Plain arrays and JSON; nothing pickled. The same passages give the same bytes."""
        folder.mkdir(parents=True)
        if self._engine is not None:
            for name in _ARRAYS:
                np.save(folder / f"{name}.npy", self._engine.scores[name], allow_pickle=False)
        (folder / "terms.json").write_text(
            json.dumps({"k1": K1, "b": B, "count": self._count, "terms": list(self._vocabulary)})
        )

    @classmethod
    def load(cls, folder: Path) -> BM25Index:
        """The arrays are mapped, not read. Raises IndexIncomplete."""
        try:
            fields = json.loads((folder / "terms.json").read_text())
            vocabulary = {term: number for number, term in enumerate(fields["terms"])}
            arrays = {name: _mapped(folder / f"{name}.npy") for name in _ARRAYS} if vocabulary else {}
        except (OSError, ValueError, KeyError) as error:
            raise IndexIncomplete(f"{folder} is not a lexical index that can be read: {error}") from error
        if not arrays:
            return cls(None, {}, fields["count"])
        engine = _engine()
        engine.scores = {**arrays, "num_docs": fields["count"]}
        engine.nonoccurrence_array = None
        return cls(engine, vocabulary, fields["count"])


def build(texts: Iterable[str]) -> BM25Index:
    """Index passages; row i is the i-th text."""
    vocabulary: dict[str, int] = {}
    rows = [[vocabulary.setdefault(term, len(vocabulary)) for term in terms(text)] for text in texts]
    if not vocabulary:
        return BM25Index(None, {}, len(rows))
    engine = _engine()
    engine.scores = engine.build_index_from_ids(
        unique_token_ids=list(range(len(vocabulary))), corpus_token_ids=rows, show_progress=False
    )
    return BM25Index(engine, vocabulary, len(rows))


def _engine() -> bm25s.BM25:
    return bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy", csc_backend="numpy", auto_compile=False)


def _mapped(path: Path) -> Any:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _best(scores: Any, k: int) -> Any:
    """Rows of the ``k`` highest scores above zero, best first."""
    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        least = np.partition(scores[found], -k)[-k]
        found = found[scores[found] >= least]
    return found[np.lexsort((found, -scores[found]))][:k]
