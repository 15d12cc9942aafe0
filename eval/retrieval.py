"""How well and how fast retrieval finds what experts marked: nDCG@10 on BioASQ and SciFact, and latency.

    python eval/retrieval.py --data ../shared/data/retrieval [--encoder FOLDER] [--json]

Nothing is tuned on what is reported: BioASQ questions 1-400 and SciFact's validation claims are reported;
settings were chosen on BioASQ questions 401-800 (``--tune``).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import ir_measures
import numpy as np
from ir_measures import Qrel, ScoredDoc, nDCG

from rag.backends import bm25, faiss
from rag.backends.sentence_transformers import SentenceTransformerEncoder
from rag.models import encoder_folder, rag_home
from rag.ports import Corpus, Encoder, FloatMatrix, Neighbours
from rag.retrieve.expand import clean_question
from rag.retrieve.fusion import Fused, Ranking, minmax, reciprocal_rank
from rag.retrieve.retriever import HybridRetriever
from rag.settings import IndexSettings, RetrievalSettings
from rag.wiring import embedded_answer_judge


@dataclass(frozen=True)
class Task:
    """Questions over one collection, with the rows that answer them."""

    name: str
    texts: list[str]
    questions: list[str]
    gold: list[set[int]]
    """Rows of ``texts``, per question."""

    def first(self, count: int) -> Task:
        return Task(f"{self.name}, first {count}", self.texts, self.questions[:count], self.gold[:count])


def main() -> None:
    arguments = _arguments()
    folder = arguments.encoder or encoder_folder(rag_home())
    encoder = SentenceTransformerEncoder(folder, dtype=arguments.dtype)
    tasks = [
        bioasq(arguments.data / "bioasq", arguments.tune),
        scifact(arguments.data / "scifact", arguments.tune),
    ]
    report = {task.name: evaluate(task, encoder) for task in tasks}
    if arguments.rerank:
        report["reranked"] = reranked(tasks[0].first(arguments.rerank), encoder)
    report["milliseconds"] = latency(tasks[0], encoder)
    if arguments.json:
        print(json.dumps(report, indent=1))
        return
    for name, values in report.items():
        print(f"{name:14}", "  ".join(f"{key} {value:.3f}" for key, value in values.items()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/retrieval"))
    parser.add_argument(
        "--encoder", type=Path, help="a sentence-transformers folder (default: the embedded one)"
    )
    parser.add_argument("--dtype", choices=["auto", "float32", "bfloat16"], default="auto")
    parser.add_argument("--tune", action="store_true", help="the questions settings are chosen on")
    parser.add_argument(
        "--rerank", type=int, default=0, metavar="N",
        help="reorder the first 50 of the first N BioASQ questions with the answer judge as well (7 s a question on 2 cores)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def bioasq(folder: Path, tune: bool) -> Task:
    """The first 400 questions, or the next 400, over all 20,585 snippets."""
    snippets, questions = _lines(folder / "snippets.jsonl"), _lines(folder / "questions.jsonl")
    chosen = questions[400:800] if tune else questions[:400]
    row = {snippet["snippet_id"]: place for place, snippet in enumerate(snippets)}
    return Task(
        "bioasq",
        [snippet["text"] for snippet in snippets],
        [question["question"] for question in chosen],
        [{row[one] for one in question["gold_snippets"]} for question in chosen],
    )


def scifact(folder: Path, tune: bool) -> Task:
    """The 300 validation claims, or the first 300 training claims, over 5,183 abstracts."""
    abstracts = _lines(folder / "corpus.jsonl")
    claims = (
        _lines(folder / "claims_train.jsonl")[:300] if tune else _lines(folder / "claims_validation.jsonl")
    )
    row = {abstract["doc_id"]: place for place, abstract in enumerate(abstracts)}
    return Task(
        "scifact",
        [abstract["title"] + "\n" + " ".join(abstract["sentences"]) for abstract in abstracts],
        [claim["claim"] for claim in claims],
        [{row[one] for one in claim["cited_doc_ids"]} for claim in claims],
    )


def evaluate(task: Task, encoder: Encoder) -> dict[str, float]:
    """nDCG@10 of each search alone, of two plain fusions, and of the retriever as it is set up."""
    even = {"dense": 0.5, "lexical": 0.5}
    rankings = searched(task, encoder, depth=200)
    retriever = retriever_of(task, encoder)
    return {
        "bm25": ndcg(task, [_rows(one["lexical"]) for one in rankings]),
        "dense": ndcg(task, [_rows(one["dense"]) for one in rankings]),
        "rrf": ndcg(task, [_fused_rows(reciprocal_rank(one, even)) for one in rankings]),
        "minmax": ndcg(task, [_fused_rows(minmax(one, even)) for one in rankings]),
        "retriever": ndcg(task, [_fused_rows(retriever.fuse(one, k=10)) for one in task.questions]),
    }


RERANKED = 50
"""Passages of the fused ranking that are put to the answer judge."""


def reranked(task: Task, encoder: Encoder) -> dict[str, float]:
    """nDCG@10 of fusion, of its first 50 reordered by the answer judge alone, and by judge and fusion together.

    Together: ranks joined as logits of the judge plus the fused score's standard score, even weights, nothing fitted.
    """
    judge, retriever = embedded_answer_judge(), retriever_of(task, encoder)
    plain, alone, together = [], [], []
    for question in task.questions:
        fused = retriever.fuse(question, k=RERANKED)
        rows, scores = _fused_rows(fused), np.array([one.score for one in fused])
        said = np.array(
            judge.answers([question] * len(rows), [task.texts[row] for row in rows], [""] * len(rows))
        )
        strength = np.log(said + 1e-6) - np.log(1 - said + 1e-6)
        joint = _standard(strength) + _standard(scores)
        plain.append(rows)
        alone.append([rows[i] for i in np.argsort(-strength, kind="stable")])
        together.append([rows[i] for i in np.argsort(-joint, kind="stable")])
    return {
        "fusion": ndcg(task, plain),
        "reranked": ndcg(task, alone),
        "reranked+fusion": ndcg(task, together),
    }


def _standard(values: np.ndarray) -> np.ndarray:
    return np.asarray((values - values.mean()) / (values.std() + 1e-9))


def retriever_of(task: Task, encoder: Encoder) -> HybridRetriever:
    """The product's own, over the texts of a task; ``fuse`` does not look at documents."""
    index = faiss.build(vectors_of(task.texts, encoder), IndexSettings())
    return HybridRetriever(encoder, index, bm25.build(task.texts), cast(Corpus, None), RetrievalSettings())


def searched(task: Task, encoder: Encoder, *, depth: int) -> list[dict[str, Ranking]]:
    """Both searches of every question, as the retriever does them."""
    queries = [clean_question(question) for question in task.questions]
    index = faiss.build(vectors_of(task.texts, encoder), IndexSettings())
    dense = _split(index.search(encoder.encode(queries), depth))
    lexical = _split(bm25.build(task.texts).search(queries, depth))
    return [{"dense": one, "lexical": other} for one, other in zip(dense, lexical, strict=True)]


def vectors_of(texts: Sequence[str], encoder: Encoder) -> FloatMatrix:
    """Encoded once and kept in the temporary folder of this machine."""
    content = hashlib.sha256("\0".join([encoder.id, str(getattr(encoder, "dtype", "")), *texts]).encode())
    path = Path(tempfile.gettempdir()) / "rag-eval" / f"{content.hexdigest()[:16]}.npy"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_suffix(".partial.npy")
        np.save(temporary, encoder.encode(texts))
        temporary.replace(path)
    return np.asarray(np.load(path, allow_pickle=False))


def ndcg(task: Task, ranked: Sequence[Sequence[int]]) -> float:
    """Mean nDCG@10; a question without results counts as 0."""
    qrels = [Qrel(str(at), str(row), 1) for at, gold in enumerate(task.gold) for row in gold]
    run = [
        ScoredDoc(str(at), str(row), float(-rank))
        for at, rows in enumerate(ranked)
        for rank, row in enumerate(rows[:10])
    ]
    return float(ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10])


def latency(task: Task, encoder: Encoder) -> dict[str, float]:
    """Milliseconds a question, encoding included, one question at a time."""
    retriever, times = retriever_of(task, encoder), []
    for question in task.questions[:110]:
        started = time.perf_counter()
        retriever.fuse(clean_question(question), k=10)
        times.append(1000 * (time.perf_counter() - started))
    return {"median": float(np.median(times[10:])), "p95": float(np.percentile(times[10:], 95))}


def _split(found: Neighbours) -> list[Ranking]:
    return [Ranking(rows, scores) for rows, scores in zip(found.rows, found.scores, strict=True)]


def _rows(ranking: Ranking) -> list[int]:
    return [int(row) for row in ranking.filled().rows]


def _fused_rows(fused: Sequence[Fused]) -> list[int]:
    return [one.row for one in fused]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
