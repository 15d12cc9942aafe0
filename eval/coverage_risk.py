"""How much is released against how much of it is unsupported, by judge: docs/coverage-risk.svg.

    python eval/coverage_risk.py                  # scores kept by eval/verification.py --claims, else judged now

x: share of the claims of claims/dev released. y: share unsupported of those, with its exact 95 % band. Mark: release threshold.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from judge_lib.claims import load_rows, scores_of  # noqa: E402
from stats import clopper_pearson  # noqa: E402


class Curve(NamedTuple):
    """All arrays have the same length; coverage ascends."""

    coverage: np.ndarray
    risk: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curve(scores: np.ndarray, truth: np.ndarray, *, points: int = 200) -> Curve:
    """One point at the end of each run of equal scores, at most ``points``: equal scores are released together."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(scores[order]) != 0, True]) + 1
    ends = ends[np.unique(np.linspace(0, len(ends) - 1, points).astype(int))]
    wrong = np.cumsum(~truth[order])[ends - 1]
    bands = np.array([clopper_pearson(int(k), int(n)) for k, n in zip(wrong, ends, strict=True)])
    return Curve(ends / len(scores), wrong / ends, bands[:, 0], bands[:, 1])


def draw(curves: dict[str, Curve], marks: dict[str, tuple[float, float]], path: Path, *, claims: int) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "coverage-risk"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.5), layout="constrained")
    for name, found in curves.items():
        (line,) = axes.plot(found.coverage, found.risk, label=name)
        axes.fill_between(
            found.coverage, found.low, found.high, color=line.get_color(), alpha=0.12, linewidth=0
        )
        if name in marks:
            axes.plot(*marks[name], "o", color=line.get_color(), markeredgecolor="black")
    axes.axhline(0.02, color="black", linestyle=":", linewidth=1)
    axes.annotate("2 %", (1.0, 0.02), xytext=(2, 2), textcoords="offset points", fontsize=8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="share of claims released", ylabel="share unsupported among released",
             title=f"Judge alone, without the rules, on {claims:,} claims; dot: release threshold")  # fmt: skip
    axes.legend(frameon=False, fontsize=9)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def main() -> None:
    from verification import SHARED, judges

    from rag.settings import VerificationSettings

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "coverage-risk.svg")
    parser.add_argument("--encoder", type=Path)
    chosen = parser.parse_args()
    rows = load_rows(SHARED / "claims" / "dev.jsonl")
    truth = np.array([row["label"] == "SUPPORTS" for row in rows])
    release = VerificationSettings().support_threshold
    curves, marks = {}, {}
    for name, judge in judges(chosen.encoder).items():
        scores = scores_of(judge, rows, "whole")[:, 0]
        curves[name] = curve(scores, truth)
        if name == "trained judge" and (scores >= release).any():
            marks[name] = (float((scores >= release).mean()), float((~truth[scores >= release]).mean()))
    draw(curves, marks, chosen.out, claims=len(rows))
    print(f"written: {chosen.out}")


if __name__ == "__main__":
    main()
