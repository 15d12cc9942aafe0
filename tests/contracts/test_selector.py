"""What every ``ports.Selector`` has to keep to, on values. New selectors join ``SELECTORS``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.datatypes import Document, Hit, Page, Passage, Sentence
from rag.ports import Corpus, FloatMatrix, Selector
from rag.retrieve.select import EvidenceSelector
from rag.settings import SelectionSettings

SENTENCES = [
    "Start amlodipine 5 mg once daily.",
    "Check blood pressure every 4 weeks.",
    "Albendazole is given for 3 months.",
    "Do not give albendazole in the first trimester of pregnancy.",
]


class OneDocument:
    id = "one"

    def __init__(self) -> None:
        text = "\n".join(SENTENCES)
        self.only = Document(
            id=hashlib.sha256(text.encode()).hexdigest(), name="one.txt", source="/one.txt", title="One", language="en",
            media_type="text/plain", text=text, pages=(Page(start=0, end=len(text), number=1),),
        )  # fmt: skip

    def document(self, document_id: str) -> Document:
        assert document_id == self.only.id
        return self.only

    def documents(self) -> Iterable[Document]:
        return [self.only]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        found = []
        for row in rows:
            start = self.only.text.index(SENTENCES[row])
            end = start + len(SENTENCES[row])
            found.append(
                Passage(
                    id=f"{self.only.id[:16]}:{start}:{end}", document_id=self.only.id, start=start, end=end,
                    text=self.only.text[start:end], page=1, sentences=(Sentence(start=start, end=end),),
                )
            )  # fmt: skip
        return found

    def __len__(self) -> int:
        return len(SENTENCES)

    def hits(self) -> list[Hit]:
        return [
            Hit(
                rank=n, score=1 / n, document="one.txt", title="One", page=1, section=(), text=p.text,
                document_id=p.document_id, passage_id=p.id, start=p.start, end=p.end, sentences=p.sentences,
            )
            for n, p in enumerate(self.passages(range(len(self))), 1)
        ]  # fmt: skip


class Letters:
    """Vectors of letter counts."""

    id = "letters"
    dimension = 26
    max_tokens = 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        counts = [[1 + text.lower().count(chr(97 + i)) for i in range(26)] for text in texts]
        rows = np.array(counts, np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


Make = Callable[[Corpus, SelectionSettings], Selector]
SELECTORS: list[Make] = [lambda corpus, chosen: EvidenceSelector(Letters(), corpus, chosen)]
QUESTIONS = st.sampled_from(
    [
        "amlodipine dose?",
        "Albendazole in pregnancy?",
        "How long, and how often?",
        "zzz",
        "?",
        "CE3b \x00 ﬁ 💊",
    ]
)


@pytest.mark.parametrize("make", SELECTORS)
@given(question=QUESTIONS, most=st.integers(1, 5), threshold=st.sampled_from([0.0, 0.4, 1.0]))
@settings(max_examples=40, deadline=None)
def test_a_selection_keeps_to_the_port(make: Make, question: str, most: int, threshold: float) -> None:
    corpus = OneDocument()
    chosen = SelectionSettings(sentences=most, threshold=threshold)
    selection = make(corpus, chosen).select(question, corpus.hits())
    assert len(selection.evidence) <= most
    assert bool(selection.evidence) == (selection.best_score >= threshold)
    assert len({item.id for item in selection.evidence}) == len(selection.evidence)
    for item in selection.evidence:
        assert corpus.only.text[item.quote.start : item.quote.end] == item.quote.text
        assert 0 <= item.score <= selection.best_score
        assert item.passage_id in {hit.passage_id for hit in corpus.hits()}


@pytest.mark.parametrize("make", SELECTORS)
def test_the_same_question_gives_the_same_selection(make: Make) -> None:
    corpus = OneDocument()
    first, second = (
        make(corpus, SelectionSettings(threshold=0.0)).select("albendazole?", corpus.hits()) for _ in range(2)
    )
    assert first == second
