"""Citation recall and precision after ALCE (Gao et al. 2023) of Records, with tricks in the same table.

    python eval/alce.py --records eval/out/guideline_qa.jsonl --questions dev.jsonl --judge embedded --markdown alce.md

Recall: a statement counts when its cited quotes together support it. Precision: a citation counts when its statement
is supported and it supports it alone, or the others without it do not. A judge that also decides what is released
scores its own work; therefore the same by gold quotes, which no model made. Copied sentences support themselves: a
trick with full marks from a judge is expected, and shows what that measure is blind to.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from alce_lib.measure import (
    GoldPlace,
    Interval,
    Share,
    asks,
    gold_precision,
    gold_recall,
    judged,
    mean_of,
    over_questions,
    precision,
    recall,
)
from alce_lib.systems import SYSTEMS, Statement

from rag.datatypes import Record
from rag.ports import Judge
from rag.settings import VerificationSettings

Gold = Mapping[str, Sequence[GoldPlace]]
Row = dict[str, Interval]
COLUMNS = {
    "coverage": "share of questions with a statement",
    "statements": "statements a question, abstentions included (no per cent)",
    "recall": "by the judge, mean of the questions with a statement",
    "precision": "by the judge, mean of the questions with a statement",
    "recall, pooled": "by the judge, over the statements of all questions; an abstention has none",
    "precision, pooled": "by the judge, over the citations of all questions",
    "gold recall": "parts of the answer cited, over all answerable questions; an abstention finds none",
    "gold recall, answered": "the same over the answerable questions with a statement",
    "gold precision": "citations at a gold place, over the citations of all questions; of an unanswerable one all are wrong",
    "gold precision, answered": "the same as a mean of the answerable questions with a statement",
}


def measure(records: Sequence[Record], judge: Judge, gold: Gold, *, threshold: float) -> dict[str, Row]:
    """One row a system. ``gold`` may lack questions: those count for the judge alone."""
    written = {name: [system(record) for record in records] for name, system in SYSTEMS.items()}
    wanted = (ask for answers in written.values() for answer in answers for s in answer for ask in asks(s))
    supports = judged(judge, wanted, threshold=threshold)
    return {
        name: _row(
            answers,
            [recall(answer, supports) for answer in answers],
            [precision(answer, supports) for answer in answers],
            [gold.get(record.id) for record in records],
        )
        for name, answers in written.items()
    }


def _row(
    answers: Sequence[Sequence[Statement]],
    recalls: Sequence[Share],
    precisions: Sequence[Share],
    gold: Sequence[Sequence[GoldPlace] | None],
) -> Row:
    known = [(answer, places) for answer, places in zip(answers, gold, strict=True) if places is not None]
    answerable = [(answer, places) for answer, places in known if places]
    answered = [(answer, places) for answer, places in answerable if answer]
    shares: dict[str, list[Share]] = {
        "coverage": [(float(bool(answer)), 1.0) for answer in answers],
        "statements": [(float(len(answer)), 1.0) for answer in answers],
        "recall": list(map(mean_of, recalls)),
        "precision": list(map(mean_of, precisions)),
        "recall, pooled": list(recalls),
        "precision, pooled": list(precisions),
        "gold recall": [mean_of(gold_recall(*pair)) for pair in answerable],
        "gold recall, answered": [mean_of(gold_recall(*pair)) for pair in answered],
        "gold precision": [gold_precision(*pair) for pair in known],
        "gold precision, answered": [mean_of(gold_precision(*pair)) for pair in answered],
    }
    return {name: over_questions(column) for name, column in shares.items()}


def main() -> int:
    options = _options()
    records = load_records(options.records)
    gold = load_gold(options.questions) if options.questions else {}
    judge = load(options.judge)
    rows = measure(records, judge, gold, threshold=options.threshold)
    text = table(rows, questions=len(records), judge=judge.id, threshold=options.threshold)
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--records", type=Path, required=True, help="Records as eval/guideline_qa.py writes them"
    )
    parser.add_argument(
        "--questions", type=Path, help="question file with gold quotes, in the format of guideline_qa"
    )
    parser.add_argument("--judge", choices=("embedded", "similarity"), default="embedded")
    parser.add_argument("--threshold", type=float, default=VerificationSettings().support_threshold)
    parser.add_argument("--markdown", type=Path, help="the table goes here too")
    return parser.parse_args()


def load(name: str) -> Judge:
    """Raises ModelMissing where its weights are not on this machine."""
    from rag import wiring

    if name == "embedded":
        return wiring.embedded_judge()
    from rag.verify.judges import SimilarityJudge

    return SimilarityJudge(wiring.default_encoder())


def load_records(path: Path) -> list[Record]:
    """Raises ValueError when there are none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    records = [Record.model_validate_json(line) for line in lines if line.strip()]
    if not records:
        raise ValueError(f"{path} holds no Record; make some with eval/guideline_qa.py --records {path}")
    return records


def load_gold(path: Path) -> Gold:
    """Gold places of each question; none of one that the documents do not answer. A place without a quote is an error."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {
        str(row["id"]): [
            GoldPlace(str(g["doc"]), int(g["page"]), str(g["quote"]), int(g.get("part") or 1))
            for g in row.get("gold", [])
        ]
        for row in rows
    }


def table(rows: Mapping[str, Row], *, questions: int, judge: str, threshold: float) -> str:
    """Markdown: a line a measure, a column a system."""
    lines = [
        f"{questions} questions; judge {judge}, supported from {threshold:g}. Per cent, with 95 % intervals by question.",
        "",
        "| | " + " | ".join(rows) + " |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for name in COLUMNS:
        cells = (_plain(row[name]) if name == "statements" else str(row[name]) for row in rows.values())
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(f"- {name}: {what}." for name, what in COLUMNS.items())])


def _plain(interval: Interval) -> str:
    return f"{interval.value:.2f} ({interval.low:.2f}–{interval.high:.2f})"


if __name__ == "__main__":
    raise SystemExit(main())
