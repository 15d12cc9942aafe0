"""Seconds per question of ``ask`` with warm models, and the memory it takes.

    python eval/bench/ask.py [--index DIR] [--questions FILE.jsonl] [--profile demo] [--limit N]

Without an index folder the demo corpus is ingested into indexes/demo first. One question is asked before the
clock starts. Median, 95th percentile (nearest rank) and the most memory the process ever had resident.
Retrieval alone at 20,000 passages is measured by eval/retrieval.py.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from machine import REPOSITORY, describe, peak_gigabytes, show

from rag.batch import read_questions
from rag.datatypes import Record
from rag.wiring import Pipeline, ingest


def main() -> None:
    options = _options()
    questions = _questions(options.questions)[: options.limit]
    if not (options.index / "manifest.json").is_file():
        ingest([REPOSITORY / "corpora" / "demo"], options.index)
    started = time.perf_counter()
    with Pipeline.open(options.index, profile=options.profile) as pipeline:
        show("Measured on", {**describe(), **pipeline.identity().model_dump()})
        pipeline.ask(questions[0])
        first = time.perf_counter() - started
        searches = [_seconds_of_search(pipeline, question) for question in questions]
        records = [_asked(pipeline, question) for question in questions]
    _report(records, searches, first)


def _asked(pipeline: Pipeline, question: str) -> Record:
    record = pipeline.ask(question)
    print(f"  {record.seconds['total']:6.1f} s  {record.status.value:<10} {question[:90]}", flush=True)
    return record


def _seconds_of_search(pipeline: Pipeline, question: str) -> float:
    started = time.perf_counter()
    pipeline.search(question)
    return time.perf_counter() - started


def _report(records: Sequence[Record], searches: Sequence[float], first: float) -> None:
    totals = [record.seconds["total"] for record in records]
    statuses = Counter(record.status.value for record in records)
    steps = sorted({step for record in records for step in record.seconds} - {"total"})
    medians = {step: statistics.median(_of_step(records, step)) for step in steps}
    show(
        f"{len(records)} questions",
        {
            "ask, median": f"{statistics.median(totals):.1f} s",
            "ask, 95th percentile": f"{nearest_rank(totals, 0.95):.1f} s",
            "ask, longest": f"{max(totals):.1f} s",
            **{f"{step}, median where it ran": f"{value:.2f} s" for step, value in medians.items()},
            "search, median": f"{1000 * statistics.median(searches):.0f} ms",
            "open and first question": f"{first:.1f} s",
            "peak resident memory": f"{peak_gigabytes():.2f} GB",
            "status": ", ".join(f"{count} {status}" for status, count in statuses.most_common()),
        },
    )


def _of_step(records: Sequence[Record], step: str) -> list[float]:
    return [record.seconds[step] for record in records if step in record.seconds]


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _questions(path: Path) -> list[str]:
    return [question.text for question in read_questions(path)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--index", type=Path, default=REPOSITORY / "indexes" / "demo")
    parser.add_argument("--questions", type=Path, default=REPOSITORY / "corpora" / "demo" / "questions.jsonl")
    parser.add_argument("--profile", default="demo")
    parser.add_argument("--limit", type=int, default=None, help="ask only the first N")
    return parser.parse_args()


if __name__ == "__main__":
    main()
