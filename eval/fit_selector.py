"""Fit the selector's weights on BioASQ: gold snippets against other retrieved ones.

    python eval/fit_selector.py --bioasq ../shared/data/retrieval/bioasq --encoder FOLDER [--questions 250]

Each question is shown twice: with its gold snippets among the 30 retrieved by BM25, and with all of them taken
away (no sentence answers). The weights are a ridge logistic regression over sentences, none below 0. Features that
BioASQ cannot teach keep the weight given in ``HELD``: nearly every term of its questions occurs in its snippets
(missing), and nobody names a population or a document. Nothing of guideline_qa is read here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.backends import bm25
from rag.backends.sentence_transformers import SentenceTransformerEncoder
from rag.datatypes import Document, Hit, Page, Passage, Sentence
from rag.ingest.sentences import sentence_spans
from rag.models import encoder_folder, rag_home
from rag.ports import AnswerJudge, Encoder
from rag.retrieve.features import FEATURES, logit
from rag.retrieve.select import EvidenceSelector
from rag.settings import SelectionSettings
from rag.wiring import embedded_answer_judge

HELD = {"drugs": 2.0, "missing": -4.0, "population": 2.5, "document": 1.0}
RIDGE = 1.0


class SnippetCorpus:
    """Each snippet is a document of one page and one passage."""

    id = "bioasq"

    def __init__(self, texts: Sequence[str]) -> None:
        self._documents = [_document(text, number) for number, text in enumerate(texts)]
        self._by_id = {document.id: document for document in self._documents}
        self._passages = [_passage(document) for document in self._documents]

    def document(self, document_id: str) -> Document:
        return self._by_id[document_id]

    def documents(self) -> list[Document]:
        return self._documents

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in rows]

    def __len__(self) -> int:
        return len(self._passages)


def _document(text: str, number: int) -> Document:
    identity = hashlib.sha256(f"{number}\n{text}".encode()).hexdigest()
    return Document(
        id=identity, name=f"snippet-{number}.txt", source=f"/snippet-{number}.txt", title="", language="en",
        media_type="text/plain", text=text, pages=(Page(start=0, end=len(text), number=1),),
    )  # fmt: skip


def _passage(document: Document) -> Passage:
    text = document.text
    sentences = tuple(Sentence(start=span.start, end=span.end) for span in sentence_spans(text))
    return Passage(
        id=f"{document.id[:16]}:0:{len(text)}", document_id=document.id, start=0, end=len(text), text=text,
        page=1, sentences=sentences,
    )  # fmt: skip


def hit(passage: Passage, rank: int, score: float) -> Hit:
    return Hit(
        rank=rank, score=score, document="snippet", title="", page=1, section=(), text=passage.text,
        document_id=passage.document_id, passage_id=passage.id, start=passage.start, end=passage.end,
        sentences=passage.sentences,
    )  # fmt: skip


def examples(
    folder: Path, encoder: Encoder, *, count: int, seed: int = 0
) -> Iterator[tuple[str, bool, dict[str, float], bool]]:
    """(question id, gold taken away, features, sentence is of a gold snippet)."""
    for question, removed, hits, golden, selector in _searches(folder, encoder, count=count, seed=seed):
        for item in selector.score(question["question"], hits):
            yield question["id"], removed, item.features, item.candidate.hit.passage_id in golden


def _searches(
    folder: Path,
    encoder: Encoder,
    *,
    count: int,
    held_out: bool = False,
    judge: AnswerJudge | None = None,
    seed: int = 0,
) -> Iterator[tuple[dict[str, Any], bool, list[Hit], set[str], EvidenceSelector]]:
    """Each question twice, with its gold snippets and without; ids of the gold passages among the hits."""
    snippets = [json.loads(line) for line in (folder / "snippets.jsonl").open(encoding="utf-8")]
    questions = [json.loads(line) for line in (folder / "questions.jsonl").open(encoding="utf-8")]
    questions = questions[:400] if held_out else questions
    corpus = SnippetCorpus([" ".join(snippet["text"].split()) for snippet in snippets])
    names = {snippet["snippet_id"]: row for row, snippet in enumerate(snippets)}
    lexical = bm25.build(passage.text for passage in corpus.passages(range(len(corpus))))
    selector = EvidenceSelector(encoder, corpus, SelectionSettings(), judge=judge)
    for question in random.Random(seed).sample(questions, count):
        gold = {names[name] for name in question["gold_snippets"]}
        found = lexical.search([question["question"]], 60)
        ranked = [(int(r), float(s)) for r, s in zip(found.rows[0], found.scores[0], strict=True) if r >= 0]
        for removed in (False, True):
            kept = [(row, score) for row, score in ranked if not (removed and row in gold)][:30]
            hits = [hit(corpus.passages([row])[0], n, score) for n, (row, score) in enumerate(kept, 1)]
            golden = {corpus.passages([row])[0].id for row, _ in kept if row in gold}
            yield question, removed, hits, golden, selector


def judged_examples(
    folder: Path, encoder: Encoder, judge: AnswerJudge, *, count: int
) -> Iterator[tuple[str, bool, float, float, bool]]:
    """(question id, gold taken away, logit of the features, logit of the judge, sentence is of a gold snippet).

    Of the first 400 questions only: the judge was trained on the others.
    """
    for question, removed, hits, golden, selector in _searches(
        folder, encoder, count=count, held_out=True, judge=judge
    ):
        scored = selector.score(question["question"], hits)
        alone = {id(item.candidate): logit(item.score) for item in scored}
        for item in selector.judged(question["question"], scored):
            yield (
                question["id"], removed, alone[id(item.candidate)], logit(item.features["answers"]),
                item.candidate.hit.passage_id in golden,
            )  # fmt: skip


def report_judged(rows: Sequence[tuple[str, bool, float, float, bool]]) -> None:
    """Print the joint weights and what they reach, five-fold over questions, beside each part alone."""
    x = np.array([row[2:4] for row in rows])
    y = np.array([float(row[4]) for row in rows])
    fold = np.array([int(hashlib.sha256(row[0].encode()).hexdigest(), 16) % 5 for row in rows])
    joint = np.zeros(len(rows))
    for k in range(5):
        weights = _newton(x[fold != k], y[fold != k], np.zeros(int((fold != k).sum())), RIDGE)
        joint[fold == k] = weights[0] + x[fold == k] @ weights[1:]
    print(f"{len(rows)} sentences, {int(y.sum())} of gold snippets")
    for name, scores in (("features", x[:, 0]), ("judge", x[:, 1]), ("both", joint)):
        print(
            f"{name:10s} AUC over sentences {_sentence_auc(rows, scores, y):.3f}, over questions {_question_auc(rows, scores):.3f}"
        )
    bias, features, judge = _newton(x, y, np.zeros(len(y)), RIDGE)
    print(json.dumps({"bias": round(float(bias), 2), "features": round(float(features), 2), "judge": round(float(judge), 2)}))  # fmt: skip


def fit(
    features: NDArray[np.float64],
    labels: NDArray[np.float64],
    offset: NDArray[np.float64],
    *,
    ridge: float = RIDGE,
) -> NDArray[np.float64]:
    """Logistic regression by Newton's method; features whose weight falls below 0 are left out and get 0.

    features: (n, f); offset: (n,) what the held features add; result: (f + 1,), the bias first, not shrunk.
    """
    kept = list(range(features.shape[1]))
    while True:
        weights = _newton(features[:, kept], labels, offset, ridge)
        lowest = int(np.argmin(weights[1:]))
        if weights[1:][lowest] >= 0:
            full = np.zeros(features.shape[1] + 1)
            full[[0, *(k + 1 for k in kept)]] = weights
            return full
        del kept[lowest]


def _newton(
    features: NDArray[np.float64], labels: NDArray[np.float64], offset: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    x = np.hstack([np.ones((len(features), 1)), features])
    weights = np.zeros(x.shape[1])
    weights[0] = np.log(labels.mean() / (1 - labels.mean())) - offset.mean()
    penalty = np.diag([0.0] + [ridge] * features.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-(x @ weights + offset)))
        gradient = x.T @ (p - labels) + penalty @ weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian, gradient)
        weights = weights - step * min(1.0, 2.0 / max(float(np.linalg.norm(step)), 1e-9))
    return weights


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive scores above a negative; ties count half."""
    p, n = np.asarray(positive)[:, None], np.asarray(negative)[None, :]
    return float(((p > n) + 0.5 * (p == n)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bioasq", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, default=encoder_folder(rag_home()))
    parser.add_argument("--questions", type=int, default=250)
    parser.add_argument(
        "--features", type=Path, help="keep the features in this .jsonl, or read them from it"
    )
    parser.add_argument(
        "--judged", action="store_true", help="fit what features and the trained answer judge count together"
    )
    options = parser.parse_args()
    if options.judged:
        encoder = SentenceTransformerEncoder(options.encoder)
        report_judged(
            list(judged_examples(options.bioasq, encoder, embedded_answer_judge(), count=options.questions))
        )
        return
    if options.features and options.features.exists():
        rows = [json.loads(line) for line in options.features.open()]
    else:
        encoder = SentenceTransformerEncoder(options.encoder)
        rows = [list(row) for row in examples(options.bioasq, encoder, count=options.questions)]
        if options.features:
            options.features.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report(rows)


def report(rows: Sequence[Sequence[object]]) -> None:
    """Print weights and, by five-fold cross-validation over questions, both AUCs."""
    names = [name for name in FEATURES if name not in HELD]
    x = np.array([[row[2][name] for name in names] for row in rows])  # type: ignore[index]
    y = np.array([float(bool(row[3])) for row in rows])
    offset = np.array([sum(weight * row[2][name] for name, weight in HELD.items()) for row in rows])  # type: ignore[index]
    fold = np.array([int(hashlib.md5(str(row[0]).encode()).hexdigest(), 16) % 5 for row in rows])
    logits = np.zeros(len(rows))
    for k in range(5):
        weights = fit(x[fold != k], y[fold != k], offset[fold != k])
        logits[fold == k] = weights[0] + x[fold == k] @ weights[1:] + offset[fold == k]
    print(f"{len(rows)} sentences, {int(y.sum())} of gold snippets")
    print(f"AUC over sentences (gold present): {_sentence_auc(rows, logits, y):.3f}")
    print(f"AUC over questions (best score, gold present / taken away): {_question_auc(rows, logits):.3f}")
    weights = fit(x, y, offset)
    print(json.dumps({"bias": round(float(weights[0]), 2)} | {n: round(float(w), 2) for n, w in zip(names, weights[1:], strict=True)} | HELD, indent=1))  # fmt: skip


def _sentence_auc(
    rows: Sequence[Sequence[object]], logits: NDArray[np.float64], y: NDArray[np.float64]
) -> float:
    shown = np.array([not row[1] for row in rows])
    rng = np.random.default_rng(0)
    positive, negative = logits[shown & (y == 1)], logits[shown & (y == 0)]
    return auc(rng.choice(positive, min(2000, len(positive))), rng.choice(negative, min(2000, len(negative))))


def _question_auc(rows: Sequence[Sequence[object]], logits: NDArray[np.float64]) -> float:
    best: dict[tuple[object, object], float] = {}
    for row, value in zip(rows, logits, strict=True):
        key = (row[0], row[1])
        best[key] = max(best.get(key, -np.inf), float(value))
    return auc([v for k, v in best.items() if not k[1]], [v for k, v in best.items() if k[1]])


if __name__ == "__main__":
    main()
