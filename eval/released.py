"""What rules and judge release of labelled claims, and how much of that is unsupported: the promise itself, on other data.

    python eval/released.py                                   # eval/own_claims.jsonl and claims/dev
    python eval/released.py --claims mine.jsonl --show        # {"id", "claim", "evidence": [..], "label"} a line
    python eval/released.py --thorough --rows 330             # labels with the writer's opinion too: a second or more a claim
    python eval/released.py --reliability docs/reliability.svg  # and whether `score` is a probability, as a picture

The same verifier as ``rag verify``. Of the labels: balanced accuracy of
SUPPORTS against the rest. Intervals: Clopper-Pearson as if claims were independent, of the labels bootstrap with rows of one claim text together, 95 %.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from stats import balanced_accuracy, bootstrap, clopper_pearson

from rag.datatypes import ClaimToVerify, ClaimVerdict
from rag.wiring import claim_verifier, embedded_judge, second_opinion

HERE = Path(__file__).resolve().parent
OWN = HERE / "own_claims.jsonl"
DEV = HERE.parent.parent / "shared" / "data" / "claims" / "dev.jsonl"


class Judged(NamedTuple):
    row: dict[str, Any]
    verdict: ClaimVerdict


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [{"dataset": path.stem, **row} for row in rows]


def first_of(rows: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first rows of each set."""
    taken: Counter[str] = Counter()
    kept = []
    for row in rows:
        taken[row["dataset"]] += 1
        if taken[row["dataset"]] <= most:
            kept.append(row)
    return kept


def verified(rows: Sequence[dict[str, Any]], *, thorough: bool) -> list[Judged]:
    asked = [ClaimToVerify(id=str(row["id"]), claim=row["claim"], evidence=row["evidence"]) for row in rows]
    verifier = claim_verifier(second=second_opinion(embedded_judge(), thorough=thorough))
    return [Judged(*pair) for pair in zip(rows, verifier.verify(asked), strict=True)]


def report(found: Sequence[Judged]) -> Iterator[str]:
    yield "| Claims | all | supported | released | of the supported | unsupported among the released | at most | label SUPPORTS: balanced accuracy | right of three labels |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, some in (*by_dataset(found).items(), ("together", found)):
        released = [one for one in some if one.verdict.released]
        right = sum(is_supported(one) for one in released)
        supported = sum(is_supported(one) for one in some)
        wrong = len(released) - right
        most = clopper_pearson(wrong, len(released)).high if released else 1.0
        share = right / supported if supported else 0.0
        labels = " | ".join(labelled(some))
        yield f"| {name} | {len(some)} | {supported} | {len(released)} | {share:.1%} | {wrong} | {most:.1%} | {labels} |"


def labelled(some: Sequence[Judged]) -> tuple[str, str]:
    """Balanced accuracy with its interval, and the share of right labels."""
    said = np.array([one.verdict.label == "SUPPORTS" for one in some])
    truth = np.array([is_supported(one) for one in some])
    found = bootstrap(
        lambda rows: balanced_accuracy(said[rows], truth[rows]), [one.row["claim"] for one in some]
    )
    right = np.mean([one.verdict.label == one.row["label"] for one in some])
    return f"{balanced_accuracy(said, truth):.3f} ({found.low:.3f}–{found.high:.3f})", f"{right:.3f}"


def is_supported(one: Judged) -> bool:
    return bool(one.row["label"] == "SUPPORTS")


# --- is the score a probability? ------------------------------------------------------------------


class Bin(NamedTuple):
    """Claims whose score is from ``low`` to below ``low`` + .1 (the last one: to 1)."""

    low: float
    claims: int
    score: float
    """Mean."""
    supported: int


def bins_of(found: Sequence[Judged]) -> list[Bin]:
    """Ten of them, those without a claim left out. Lines that no judge was asked about have no score."""
    by_place: dict[int, list[Judged]] = defaultdict(list)
    for one in found:
        if any(finding.check == "support" for finding in one.verdict.findings):
            by_place[min(9, int(10 * one.verdict.score))].append(one)
    return [
        Bin(
            place / 10,
            len(some),
            float(np.mean([one.verdict.score for one in some])),
            sum(map(is_supported, some)),
        )
        for place, some in sorted(by_place.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of score and share supported, bins weighing as they have claims."""
    claims = sum(one.claims for one in bins)
    return sum(abs(one.score * one.claims - one.supported) for one in bins) / claims if claims else 0.0


def reliability(found: Sequence[Judged]) -> Iterator[str]:
    yield "| Score | claims | mean score | supported (exact 95 %) |"
    yield "|---|--:|--:|--:|"
    bins = bins_of(found)
    for one in bins:
        low, high = clopper_pearson(one.supported, one.claims)
        yield f"| {one.low:.1f}–{one.low + 0.1:.1f} | {one.claims} | {one.score:.2f} | {one.supported / one.claims:.2f} ({low:.2f}–{high:.2f}) |"
    yield f"| expected calibration error | {sum(one.claims for one in bins)} | | {calibration_error(bins):.3f} |"
    for name, some in by_dataset(found).items():
        own = bins_of(some)
        yield f"| the same, {name} | {sum(one.claims for one in own)} | | {calibration_error(own):.3f} |"


def draw(by_set: dict[str, list[Bin]], path: Path) -> None:
    """Score against the share supported, one line a set, with exact 95 % bars."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "reliability"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="black", linestyle=":", linewidth=1)
    for name, bins in by_set.items():
        shares = np.array([one.supported / one.claims for one in bins])
        bands = np.array([clopper_pearson(one.supported, one.claims) for one in bins])
        reach = np.abs(bands.T - shares)
        axes.errorbar([one.score for one in bins], shares, yerr=reach, marker="o", markersize=4, linewidth=1, capsize=2,
                      label=f"{name} ({sum(one.claims for one in bins):,})")  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="score of rag verify", ylabel="share supported",
             title="Score and share supported, in ten bins")  # fmt: skip
    axes.legend(frameon=False, fontsize=9)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def by_dataset(found: Sequence[Judged]) -> dict[str, list[Judged]]:
    by_set: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        by_set[one.row["dataset"]].append(one)
    return by_set


def shown(found: Sequence[Judged]) -> Iterator[str]:
    """The mistakes: released and unsupported; of a set of claims made here, also supported and held back."""
    for one in found:
        if one.verdict.released and not is_supported(one):
            yield f"RELEASED {one.row['id']} [{one.row['label']}] {one.row['claim']}\n    {' '.join(one.row['evidence'])[:600]}"
        if not one.verdict.released and is_supported(one) and one.row["dataset"] == OWN.stem:
            held = [f.check for f in one.verdict.findings if not f.passed]
            yield f"HELD {one.row['id']} {one.verdict.score:.3f} {', '.join(held)}: {one.row['claim']}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--claims", type=Path, nargs="+", default=[OWN, DEV])
    parser.add_argument("--rows", type=int, default=10**9, help="at most so many of each set, the first ones")
    parser.add_argument("--thorough", action="store_true", help="labels as with rag verify --thorough")
    parser.add_argument("--show", action="store_true", help="print the mistakes")
    parser.add_argument(
        "--reliability", type=Path, metavar="SVG", help="draw score against the share supported"
    )
    chosen = parser.parse_args()
    rows = first_of([row for path in chosen.claims for row in rows_of(path)], chosen.rows)
    found = verified(rows, thorough=chosen.thorough)
    print(*report(found), sep="\n")
    published = [one for one in found if one.row["dataset"] != OWN.stem]
    if chosen.reliability:
        print("", *reliability(published), sep="\n")
        draw({name: bins_of(some) for name, some in by_dataset(published).items()}, chosen.reliability)
    if chosen.show:
        print("", *shown(found), sep="\n")


if __name__ == "__main__":
    main()
