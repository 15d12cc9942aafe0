"""A question to ranked passages: dense and lexical search over the same rows, fused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

from rag import vocabulary
from rag.apparatus import is_apparatus
from rag.datatypes import Document, Hit, Passage, Standing
from rag.errors import UsageError
from rag.ports import Corpus, Encoder, FloatMatrix, LexicalIndex, RowMask, VectorIndex
from rag.retrieve.expand import clean_question, other_forms
from rag.retrieve.fusion import Fused, Ranking, minmax, reciprocal_rank, widened
from rag.retrieve.in_force import InForce
from rag.settings import RetrievalSettings

_POOL = 5
"""Passages looked at for each one that is returned."""

Expansions = Callable[[str], tuple[str, ...]]


class HybridRetriever:
    """Fits ``ports.Retriever``. Row i of both indexes must be passage i of the corpus.

    With ``in_force`` no passage of a document outside its scope is looked at, whatever it says.
    """

    def __init__(
        self,
        encoder: Encoder,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        corpus: Corpus,
        settings: RetrievalSettings,
        *,
        in_force: InForce | None = None,
        expansions: Expansions = vocabulary.expansions,
    ) -> None:
        self._encoder = encoder
        self._vectors = vectors
        self._lexical = lexical
        self._corpus = corpus
        self._settings = settings
        self._in_force = in_force
        self._expansions = expansions if settings.expand else _no_expansions

    def retrieve(self, question: str, *, k: int) -> list[Hit]:
        """At most ``k`` hits, best first. Raises UsageError for an empty question or ``k`` below 1."""
        if k < 1:
            raise UsageError(f"k is {k}, expected at least 1")
        query = clean_question(question)
        if not len(self._corpus):
            return []
        rows = self.fuse(query, k=k, limit=k * _POOL)
        passages = self._corpus.passages([one.row for one in rows])
        spread = self._spread(list(zip(rows, passages, strict=True)), k)
        return [
            _hit(rank, fused, passage, self._corpus.document(passage.document_id), self._standing(passage))
            for rank, (fused, passage) in enumerate(spread, start=1)
        ]

    def _spread(self, pool: Sequence[tuple[Fused, Passage]], k: int) -> Iterator[tuple[Fused, Passage]]:
        """The best ``k``, where each further passage from one place counts less: ten hits are few.

        References, contents pages and the like go last, whatever their score.
        """
        met: Counter[Hashable] = Counter()
        left = [(*one, self._place(one[1]), self._says_something(one[1])) for one in pool]
        for _ in range(min(k, len(left))):
            scores = [one.score * self._settings.same_page ** met[place] for one, _, place, _ in left]
            best = max(range(len(left)), key=lambda number: (left[number][3], scores[number]))
            fused, passage, place, _ = left.pop(best)
            met[place] += 1
            yield fused._replace(score=scores.pop(best)), passage

    def _says_something(self, passage: Passage) -> bool:
        return not is_apparatus(passage, self._corpus.document(passage.document_id).text)

    def _place(self, passage: Passage) -> Hashable:
        """The page, or the section where the document is one page long."""
        paged = passage.page > 1 or len(self._corpus.document(passage.document_id).pages) > 1
        return passage.document_id, passage.page if paged else passage.section

    def _standing(self, passage: Passage) -> Standing | None:
        return self._in_force.standing(passage.document_id) if self._in_force else None

    def fuse(self, query: str, *, k: int, limit: int | None = None) -> list[Fused]:
        """The first ``limit`` candidate rows, by default every one, with their fused scores, best first."""
        depth = max(self._settings.candidates, 2 * k)
        allowed = self._in_force.allowed() if self._in_force else None
        if allowed is not None and not allowed.any():
            return []
        lexical = self._search_words(query, depth, allowed)
        vector = self._encoder.encode([query])
        feedback = self._settings.feedback_passages if self._settings.feedback_weight else 0
        fused = self._fused(vector, lexical, depth, allowed, feedback or limit)
        if not feedback or not fused:
            return fused
        return self._fused(self._moved(vector, [one.row for one in fused]), lexical, depth, allowed, limit)

    def _search_words(self, query: str, depth: int, allowed: RowMask | None) -> Ranking:
        forms = other_forms(query, self._expansions(query))
        found = self._lexical.search([query, forms], depth, allowed=allowed)
        own, others = (Ranking(*one) for one in zip(*found, strict=True))
        return widened(own, others, self._settings.expansion_weight)

    def _moved(self, vector: FloatMatrix, nearest: Sequence[int]) -> FloatMatrix:
        """The query's vector, a little nearer to the passages that a first search found best."""
        mean = self._vectors.at(nearest).mean(axis=0)
        length = float(np.linalg.norm(mean)) or 1.0
        moved = vector + self._settings.feedback_weight * mean / length
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)

    def _fused(
        self, vector: FloatMatrix, lexical: Ranking, depth: int, allowed: RowMask | None, limit: int | None
    ) -> list[Fused]:
        found = self._vectors.search(vector, depth, allowed=allowed)
        rankings = {"dense": Ranking(found.rows[0], found.scores[0]), "lexical": lexical}
        share = self._settings.dense_weight
        weights = {"dense": share, "lexical": 1 - share}
        return (minmax if self._settings.fusion == "minmax" else reciprocal_rank)(
            rankings, weights, limit=limit
        )


def _no_expansions(_question: str) -> tuple[str, ...]:
    return ()


def _hit(rank: int, fused: Fused, passage: Passage, document: Document, standing: Standing | None) -> Hit:
    return Hit(
        rank=rank,
        score=fused.score,
        document=document.name,
        title=(standing and standing.title) or document.title,
        page=passage.page,
        section=passage.section,
        text=passage.text,
        document_id=passage.document_id,
        passage_id=passage.id,
        start=passage.start,
        end=passage.end,
        sentences=passage.sentences,
        header_text=passage.header_text,
        date=(standing and standing.published) or document.date,
        notice=document.notice,
        standing=standing,
        scores=fused.parts,
    )
