"""What rules and judge release of labelled claims, and how much of that is unsupported: the promise itself, on other data.

    python eval/released.py                                   # eval/own_claims.jsonl and claims/dev
    python eval/released.py --claims mine.jsonl --show        # {"id", "claim", "evidence": [..], "label"} a line

The same verifier as ``rag verify``. Intervals: Clopper-Pearson, 95 %, as if claims were independent.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stats import clopper_pearson

from rag.datatypes import ClaimToVerify, ClaimVerdict
from rag.wiring import claim_verifier

HERE = Path(__file__).resolve().parent
OWN = HERE / "own_claims.jsonl"
DEV = HERE.parent.parent / "shared" / "data" / "claims" / "dev.jsonl"


class Judged(NamedTuple):
    row: dict[str, Any]
    verdict: ClaimVerdict


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [{"dataset": path.stem, **row} for row in rows]


def verified(rows: Sequence[dict[str, Any]]) -> list[Judged]:
    asked = [ClaimToVerify(id=str(row["id"]), claim=row["claim"], evidence=row["evidence"]) for row in rows]
    return [Judged(*pair) for pair in zip(rows, claim_verifier().verify(asked), strict=True)]


def report(found: Sequence[Judged]) -> Iterator[str]:
    yield "| Claims | all | supported | released | of the supported | unsupported among the released | at most |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    by_set: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        by_set[one.row["dataset"]].append(one)
    for name, some in (*by_set.items(), ("together", found)):
        released = [one for one in some if one.verdict.released]
        right = sum(is_supported(one) for one in released)
        supported = sum(is_supported(one) for one in some)
        wrong = len(released) - right
        most = clopper_pearson(wrong, len(released)).high if released else 1.0
        share = right / supported if supported else 0.0
        yield f"| {name} | {len(some)} | {supported} | {len(released)} | {share:.1%} | {wrong} | {most:.1%} |"


def is_supported(one: Judged) -> bool:
    return bool(one.row["label"] == "SUPPORTS")


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
    parser.add_argument("--show", action="store_true", help="print the mistakes")
    chosen = parser.parse_args()
    found = verified([row for path in chosen.claims for row in rows_of(path)])
    print(*report(found), sep="\n")
    if chosen.show:
        print("", *shown(found), sep="\n")


if __name__ == "__main__":
    main()
