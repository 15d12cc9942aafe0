"""Judges on claims with evidence: a table with baselines and 95 % bootstrap intervals, clusters by claim text.

Two protocols. "whole": the judge reads all evidence. "cited": the marked sentences; where none are marked (NEI), the
five that share most content words with the claim, what a writer would most likely have cited.
Two thresholds. "fitted": the best on SciFact train alone. "release": the one of the settings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from stats import Interval, auc, balanced_accuracy, best_threshold, bootstrap, macro_f1

from judge_lib.cache import judged
from rag.ports import Check, Encoder, Judge, Judgement
from rag.verify.judges import containment

Protocol = Literal["whole", "cited"]
Row = dict[str, Any]
LABELS = ("SUPPORTS", "REFUTES", "NEI")
CITED_WITHOUT_MARKS = 5


def load_rows(path: Path, *, only: str | None = None) -> list[Row]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row for row in rows if only in (None, row["dataset"])]


def shown(row: Row, protocol: Protocol) -> list[str]:
    """The evidence a judge reads."""
    evidence: list[str] = row["evidence"]
    if protocol == "whole":
        return evidence
    groups = (group if isinstance(group, list) else [group] for group in row["rationales"])
    marked = sorted({i for group in groups for i in group if i < len(evidence)})
    near = sorted(range(len(evidence)), key=lambda i: -containment([evidence[i]], row["claim"]))
    return [evidence[i] for i in marked or sorted(near[:CITED_WITHOUT_MARKS])]


class PerClaim:
    """A baseline: a score in 0..1 from evidence and claim alone."""

    def __init__(self, identity: str, score: Callable[[Sequence[str], str], float]) -> None:
        self.id, self._score = identity, score

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [Judgement(self._score(texts, claim)) for texts, claim in zip(evidence, claims, strict=True)]


class Cosine:
    """Best cosine of the claim with one evidence sentence, or with all of them together; below 0 counts as 0."""

    def __init__(self, encoder: Encoder, numbers: Callable[[str, Sequence[str]], bool] | None = None) -> None:
        self._encoder, self._numbers = encoder, numbers
        self.id = f"cosine{'-numbers' if numbers else ''}({encoder.id})"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        pairs = list(zip(evidence, claims, strict=True))
        texts = [text for sentences, claim in pairs for text in (claim, *sentences, " ".join(sentences))]
        row_of = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors = self._encoder.encode(list(row_of))
        return [Judgement(self._score(sentences, claim, vectors, row_of)) for sentences, claim in pairs]

    def _score(
        self, sentences: Sequence[str], claim: str, vectors: np.ndarray, row_of: dict[str, int]
    ) -> float:
        if self._numbers and not self._numbers(claim, sentences):
            return 0.0
        compared = vectors[[row_of[text] for text in (*sentences, " ".join(sentences))]]
        return float(np.clip(np.max(compared @ vectors[row_of[claim]]), 0.0, 1.0))


def numbers_pass(check: Check, case: Callable[..., Any]) -> Callable[[str, Sequence[str]], bool]:
    """The rule for numbers as a yes or no."""
    return lambda claim, texts: check(case(claim, texts)).passed


class Measured(NamedTuple):
    """One judge on one data set; values with their intervals, None where the judge cannot tell."""

    judge: str
    dataset: str
    claims: int
    fitted: tuple[float, Interval]
    release: tuple[float, Interval]
    auc: tuple[float, Interval]
    accuracy: tuple[float, Interval] | None
    macro_f1: tuple[float, Interval] | None


def scores_of(judge: Judge, rows: Sequence[Row], protocol: Protocol) -> np.ndarray:
    """(n, 2), from the cache where it was judged before."""
    return judged(judge, [shown(row, protocol) for row in rows], [row["claim"] for row in rows])


def measure(
    name: str, judge: Judge, train: Sequence[Row], dev: Sequence[Row], *, protocol: Protocol, release: float
) -> list[Measured]:
    """By data set and together."""
    known = scores_of(judge, train, protocol)[:, 0]
    threshold = best_threshold(known, np.array([row["label"] == "SUPPORTS" for row in train]))
    table = scores_of(judge, dev, protocol)
    sets = {row["dataset"]: None for row in dev}
    groups = {s: np.array([i for i, row in enumerate(dev) if row["dataset"] == s]) for s in sets}
    groups["together"] = np.arange(len(dev))
    return [
        _measured(name, s, [dev[i] for i in rows], table[rows], fitted=threshold, release=release)
        for s, rows in groups.items()
    ]


def _measured(
    name: str, dataset: str, rows: Sequence[Row], table: np.ndarray, *, fitted: float, release: float
) -> Measured:
    truth = np.array([row["label"] == "SUPPORTS" for row in rows])
    three, said = np.array([LABELS.index(row["label"]) for row in rows]), three_way(table)
    supports, clusters = table[:, 0], [f"{row['dataset']}\n{row['claim']}" for row in rows]

    def both(of: Callable[[np.ndarray], float]) -> tuple[float, Interval]:
        return of(np.arange(len(rows))), bootstrap(of, clusters)

    refutes = bool(table[:, 1].any())
    return Measured(
        judge=name, dataset=dataset, claims=len(rows),
        fitted=both(lambda i: balanced_accuracy(supports[i] >= fitted, truth[i])),
        release=both(lambda i: balanced_accuracy(supports[i] >= release, truth[i])),
        auc=both(lambda i: auc(supports[i], truth[i])),
        accuracy=both(lambda i: float((said[i] == three[i]).mean())) if refutes else None,
        macro_f1=both(lambda i: macro_f1(said[i], three[i])) if refutes else None,
    )  # fmt: skip


def three_way(table: np.ndarray) -> np.ndarray:
    """The likeliest of supports, refutes and the rest, as 0, 1, 2."""
    return np.c_[table, 1 - table.sum(axis=1)].argmax(axis=1)


def as_markdown(found: Sequence[Measured]) -> Iterator[str]:
    yield "| data | claims | judge | balanced accuracy, threshold of SciFact train | the same, release threshold | AUC | three-way accuracy | macro-F1 |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in sorted(found, key=lambda m: (m.dataset == "together", m.dataset)):
        cells = (one.fitted, one.release, one.auc, one.accuracy, one.macro_f1)
        yield f"| {one.dataset} | {one.claims:,} | {one.judge} | " + " | ".join(map(_cell, cells)) + " |"


def _cell(value: tuple[float, Interval] | None) -> str:
    return "–" if value is None else f"{value[0]:.3f} ({value[1].low:.3f}–{value[1].high:.3f})"


def ablation(path: Path) -> Iterator[str]:
    """A table of what training wrote: a list of {"left_out": name, measure: number, …}. Raises ValueError."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    if (
        not isinstance(rows, list)
        or not rows
        or not all(isinstance(r, dict) and "left_out" in r for r in rows)
    ):
        raise ValueError(f'{path}: expected a list of objects with "left_out" and measures')
    names = list(dict.fromkeys(name for row in rows for name in row if name != "left_out"))
    yield "| left out | " + " | ".join(names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    for row in rows:
        cells = (f"{row[n]:.3f}" if isinstance(row.get(n), float) else str(row.get(n, "–")) for n in names)
        yield f"| {row['left_out'] or 'nothing'} | " + " | ".join(cells) + " |"


def put_between(path: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between <!-- NAME --> and <!-- /NAME -->. Raises ValueError without these marks."""
    text, begin, end = path.read_text(encoding="utf-8"), f"<!-- {name} -->", f"<!-- /{name} -->"
    if begin not in text or end not in text.split(begin, 1)[1]:
        raise ValueError(f"{path} has no {begin} … {end}; add the two marks where the table belongs")
    head, rest = text.split(begin, 1)
    path.write_text(
        f"{head}{begin}\n" + "\n".join(lines) + f"\n{end}{rest.split(end, 1)[1]}", encoding="utf-8"
    )
