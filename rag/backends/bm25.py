"""Ranked term matching with bm25s. Terms are folded, stemmed words; clinical tokens stay findable.

The scores of every posting are computed beforehand from how often each term is in each passage. These
counts are kept beside them, so that a changed corpus is indexed without reading its old passages again.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any, NamedTuple

import bm25s
import numpy as np

from rag.errors import IndexIncomplete
from rag.ports import IntMatrix, Neighbours, RowMask
from rag.text import STOPWORDS, fold, stem

K1 = 0.9
B = 0.4
_TERMS = "terms.json"
_ARRAYS = ("data", "indptr", "indices", "counts", "lengths")
"""Files: scores, then the arrays of ``Postings`` in their order."""
_MOST = 65_535
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


class Postings(NamedTuple):
    """Which passage holds which term how often, by term and then by row: all that BM25 is computed from."""

    terms: list[str]
    """In order of their code points; each is in at least one passage."""
    starts: Any
    """(terms + 1,) int64: term i has places ``starts[i]`` to ``starts[i + 1]`` of the next two."""
    rows: Any
    """(postings,) int32, ascending within a term."""
    counts: Any
    """(postings,) uint16: occurrences of the term in the passage, at most 65,535."""
    lengths: Any
    """(passages,) int32: terms per passage."""


class BM25Index:
    """BM25 (Lucene's form) over passages by row. Fits ``ports.LexicalIndex``."""

    def __init__(self, postings: Postings, scores: Any) -> None:
        """``scores``: (postings,) float32, what each posting adds to the score of its passage."""
        self._postings = postings
        self._vocabulary = {term: number for number, term in enumerate(postings.terms)}
        self._engine = _engine(postings, scores) if postings.terms else None

    def __len__(self) -> int:
        return len(self._postings.lengths)

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
            return np.zeros(len(self), np.float32)
        return self._engine.get_scores_from_ids(ids)

    @property
    def postings(self) -> Postings:
        return self._postings

    def problems(self) -> list[str]:
        """What is wrong with the arrays, in words; nothing when they agree with each other."""
        return list(_disagreements(self._postings))

    def save(self, folder: Path) -> None:
        """Plain arrays and JSON; nothing pickled. The same passages give the same bytes."""
        folder.mkdir(parents=True)
        scores = self._engine.scores["data"] if self._engine else np.zeros(0, np.float32)
        for name, values in zip(_ARRAYS, (scores, *self._postings[1:]), strict=True):
            np.save(folder / f"{name}.npy", values, allow_pickle=False)
        (folder / _TERMS).write_text(json.dumps({"k1": K1, "b": B, "terms": self._postings.terms}))

    @classmethod
    def load(cls, folder: Path) -> BM25Index:
        """The arrays are mapped, not read. Raises IndexIncomplete."""
        try:
            fields = json.loads((folder / _TERMS).read_text())
            scores, *arrays = (_mapped(folder / f"{name}.npy") for name in _ARRAYS)
            return cls(Postings(fields["terms"], *arrays), scores)
        except (OSError, ValueError, KeyError, TypeError, TokenError) as error:  # numpy tokenises a header
            raise IndexIncomplete(f"{folder} is not a lexical index that can be read: {error}") from error


def build(texts: Iterable[str]) -> BM25Index:
    """Index passages; row i is the i-th text."""
    return scored(count(texts))


def count(texts: Iterable[str]) -> Postings:
    """The terms of passages; row i is the i-th text."""
    numbers: dict[str, int] = {}
    columns, counts, distinct, lengths = array("i"), array("H"), array("i"), array("i")
    for text in texts:
        found = Counter(terms(text))
        columns.extend([numbers.setdefault(term, len(numbers)) for term in found])
        counts.extend([min(times, _MOST) for times in found.values()])
        distinct.append(len(found))
        lengths.append(found.total())
    rows = np.repeat(np.arange(len(distinct), dtype=np.int32), np.array(distinct, np.int64))
    return _ordered(list(numbers), np.array(columns, np.int64), rows, np.array(counts, np.uint16),
                    np.array(lengths, np.int32))  # fmt: skip


def updated(old: Postings, moved: IntMatrix, added: Postings, places: IntMatrix) -> Postings:
    """The postings of passages of which most were counted before; the same as counting them all.

    Row i of ``old`` goes to row ``moved[i]``, or out where that is -1. Row i of ``added`` goes to row
    ``places[i]``. Together they fill every row from 0 once.
    """
    stays = moved[old.rows] >= 0
    lengths = np.zeros(int((moved >= 0).sum()) + len(places), np.int32)
    lengths[moved[moved >= 0]] = old.lengths[moved >= 0]
    lengths[places] = added.lengths
    columns = np.concatenate([_columns(old)[stays], _columns(added) + len(old.terms)])
    rows = np.concatenate([moved[old.rows[stays]], places[added.rows]])
    counts = np.concatenate([old.counts[stays], added.counts])
    return _ordered([*old.terms, *added.terms], columns, rows, counts, lengths)


def scored(postings: Postings) -> BM25Index:
    """``ln(1 + (N - n + .5) / (n + .5)) · f / (f + k1 (1 - b + b |d| / mean))`` of each posting."""
    passages = len(postings.lengths)
    holding = np.diff(postings.starts)
    rarity = np.log1p((passages - holding + 0.5) / (holding + 0.5))
    mean = postings.lengths.mean() if passages else 1.0
    damping = K1 * (1 - B + B * postings.lengths / (mean or 1.0))
    weight = postings.counts / (postings.counts + damping[postings.rows])
    return BM25Index(postings, (np.repeat(rarity, holding) * weight).astype(np.float32))


def _ordered(names: Sequence[str], columns: Any, rows: Any, counts: Any, lengths: Any) -> Postings:
    """Postings in any order, of terms in any order (twice is allowed), as they are kept."""
    used = np.unique(columns)
    kept = sorted({names[number] for number in used.tolist()})
    place = {term: number for number, term in enumerate(kept)}
    renumbered = np.zeros(len(names), np.int64)
    renumbered[used] = [place[names[number]] for number in used.tolist()]
    columns = renumbered[columns]
    order = np.argsort(columns * max(1, len(lengths)) + rows, kind="stable")  # runs in order sort fast
    starts = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=len(kept)))]).astype(np.int64)
    return Postings(kept, starts, rows[order].astype(np.int32), counts[order], lengths)


def _columns(postings: Postings) -> Any:
    return np.repeat(np.arange(len(postings.terms), dtype=np.int64), np.diff(postings.starts))


def _disagreements(postings: Postings) -> Iterator[str]:
    count, passages = len(postings.rows), len(postings.lengths)
    if len(postings.starts) != len(postings.terms) + 1 or postings.starts[0] or postings.starts[-1] != count:
        yield f"{len(postings.terms)} terms do not span the {count} postings"
    elif (np.diff(postings.starts) <= 0).any():
        yield "a term has no passage"
    if count and not 0 <= postings.rows.min() <= postings.rows.max() < passages:
        yield f"a posting is of a row outside 0 to {passages - 1}"
    elif (np.bincount(postings.rows, postings.counts, passages) != postings.lengths).any():
        yield "the terms counted in a passage are not as many as its length"


def _engine(postings: Postings, scores: Any) -> bm25s.BM25:
    engine = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy", csc_backend="numpy", auto_compile=False)
    engine.scores = {
        "data": scores,
        "indices": postings.rows,
        "indptr": postings.starts,
        "num_docs": len(postings.lengths),
    }
    engine.nonoccurrence_array = None
    return engine


def _mapped(path: Path) -> Any:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _best(scores: Any, k: int) -> Any:
    """Rows of the ``k`` highest scores above zero, best first."""
    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        least = np.partition(scores[found], -k)[-k]
        found = found[scores[found] >= least]
    return found[np.lexsort((found, -scores[found]))][:k]
