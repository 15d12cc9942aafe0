"""Question to hits, over small real indexes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from rag.backends import bm25, faiss
from rag.datatypes import Document, Page, Passage, Sentence
from rag.errors import UsageError
from rag.ports import FloatMatrix
from rag.retrieve.retriever import HybridRetriever
from rag.settings import IndexSettings, RetrievalSettings

TOPICS = ("aspirin", "metformin", "hypertension", "isoniazid")


class TopicEncoder:
    """One axis a topic, and one that every text has."""

    id, dimension, max_tokens = "topics", len(TOPICS) + 1, 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        counts = [[*(text.lower().count(topic) for topic in TOPICS), 0.1] for text in texts]
        vectors = np.array(counts, dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


class ListCorpus:
    """One document, each line a passage; the section is what stands before the bar."""

    id = "list"

    def __init__(self, lines: Sequence[str]) -> None:
        sections, texts = zip(*(line.split("|") for line in lines), strict=True) if lines else ((), ())
        text = "\n".join(texts)
        self._document = Document(
            id="d" * 64, name="guide.md", source="/guide.md", title="Guide", language="en", date="2021",
            notice="teaching", media_type="text/markdown", text=text,
            pages=(Page(start=0, end=len(text), number=1),),
        )  # fmt: skip
        self._passages = []
        start = 0
        for section, part in zip(sections, texts, strict=True):
            end = start + len(part)
            self._passages.append(
                Passage(
                    id=f"{start}:{end}", document_id="d" * 64, start=start, end=end, text=part, page=1,
                    section=(section,) if section else (), sentences=(Sentence(start=start, end=end),),
                )
            )  # fmt: skip
            start = end + 1

    def document(self, document_id: str) -> Document:
        assert document_id == self._document.id
        return self._document

    def documents(self) -> Iterable[Document]:
        return [self._document]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in rows]

    def __len__(self) -> int:
        return len(self._passages)


LINES = [
    "Dosing|Aspirin 75 mg is given daily.",
    "Dosing|Metformin is stopped when eGFR falls below 30.",
    "Targets|Hypertension is treated to below 140 mmHg.",
    "References|Smith J. Metformin and eGFR when metformin is stopped. Lancet 2019.",
    "|Isoniazid and rifapentine weekly: 3HP.",
]


def retriever(
    lines: Sequence[str] = LINES, expansions=lambda _text: (), **settings: object
) -> HybridRetriever:  # type: ignore[no-untyped-def]
    corpus, encoder = ListCorpus(lines), TopicEncoder()
    texts = [passage.text for passage in corpus.passages(range(len(corpus)))]
    vectors = encoder.encode(texts) if texts else np.zeros((0, encoder.dimension), np.float32)
    return HybridRetriever(
        encoder, faiss.build(vectors, IndexSettings()), bm25.build(texts), corpus,
        RetrievalSettings(**settings), expansions=expansions,
    )  # type: ignore[arg-type]  # fmt: skip


def test_hit_carries_all_of_its_passage_and_document() -> None:
    hit = retriever().retrieve("aspirin 75 mg", k=1)[0]
    assert (hit.rank, hit.document, hit.title, hit.page, hit.section) == (
        1,
        "guide.md",
        "Guide",
        1,
        ("Dosing",),
    )
    assert (hit.text, hit.start, hit.end) == ("Aspirin 75 mg is given daily.", 0, 29)
    assert (hit.date, hit.notice, hit.passage_id) == ("2021", "teaching", "0:29")
    assert hit.sentences == (Sentence(start=0, end=29),)
    assert hit.score == pytest.approx(1)
    assert set(hit.scores) == {"dense", "lexical"}


@pytest.mark.parametrize("fusion", ["minmax", "rrf"])
def test_ranks_count_up_and_scores_fall(fusion: str) -> None:
    hits = retriever(LINES[:3], fusion=fusion).retrieve("metformin and hypertension", k=3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_references_come_last_whatever_their_score() -> None:
    found = retriever().retrieve("when is metformin stopped eGFR", k=5)
    assert found[0].text.startswith("Metformin is stopped")
    assert found[-1].section == ("References",)


@pytest.mark.parametrize(
    ("heading", "apparatus"),
    [
        ("References", True), ("REFERENCES", True), ("7. References", True), ("Table of contents", True),
        ("Acknowledgements", True), ("Bibliography:", True), ("Reference intervals", False),
        ("Contents of the emergency kit", False), ("Glycaemic index", False),
    ],
    ids=str,
)  # fmt: skip
def test_which_headings_are_apparatus(heading: str, apparatus: bool) -> None:
    found = retriever([f"{heading}|aspirin aspirin", "Other|unrelated words"]).retrieve("aspirin", k=2)
    assert (found[0].section != (heading,)) == apparatus


def test_expansions_widen_the_search() -> None:
    def forms(text: str) -> tuple[str, ...]:
        return ("hypertension",) if "HTN" in text else ()

    assert retriever(expansions=forms).retrieve("HTN goal", k=1)[0].section == ("Targets",)
    without = retriever(expansions=forms, expand=False).retrieve("HTN goal", k=1)[0]
    assert "lexical" not in without.scores


@pytest.mark.parametrize("question", ["", " \n", "?!", "\x00"], ids=repr)
def test_empty_question_is_refused(question: str) -> None:
    with pytest.raises(UsageError, match="question is empty"):
        retriever().retrieve(question, k=3)


def test_k_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="k is 0"):
        retriever().retrieve("aspirin", k=0)


@pytest.mark.parametrize(
    "question", ["x" * 50_000, "aspirin " * 20_000, "🦠" * 3 + "a", "阿司匹林 75", "'; DROP TABLE passages;--"],
    ids=["long_word", "long_text", "emoji", "chinese", "sql"],
)  # fmt: skip
def test_garbage_gives_a_ranking(question: str) -> None:
    assert len(retriever().retrieve(question, k=3)) == 3


def test_more_asked_than_there_is_gives_all() -> None:
    assert len(retriever().retrieve("aspirin", k=50)) == len(LINES)


def test_empty_corpus_gives_nothing() -> None:
    assert retriever([]).retrieve("aspirin", k=3) == []


def test_same_question_gives_the_same_hits() -> None:
    one = retriever()
    assert one.retrieve("metformin", k=5) == one.retrieve("metformin", k=5)


def test_further_passages_of_one_section_count_less() -> None:
    """What counts: the shares of scores that were equal but for the section they stand in."""
    lines = ["A|aspirin dose", "A|aspirin dose", "B|aspirin dose", "C|hypertension"]
    spread = retriever(lines, same_page=0.5, feedback_passages=0).retrieve("aspirin dose", k=3)
    assert [hit.section for hit in spread] == [("A",), ("B",), ("A",)]
    assert [hit.score for hit in spread] == pytest.approx([1.0, 1.0, 0.5])
    crowded = retriever(lines, same_page=1.0, feedback_passages=0).retrieve("aspirin dose", k=3)
    assert [hit.section for hit in crowded] == [("A",), ("A",), ("B",)]
    assert [hit.score for hit in crowded] == pytest.approx([1.0, 1.0, 1.0])
