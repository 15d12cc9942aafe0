"""How well the checks tell supported claims from others. Whether they see planted damage: ``damage.py``.

.venv/bin/python eval/verification.py --judge similarity   # rules and a judge on claims/dev.jsonl
.venv/bin/python eval/verification.py --judge writer --rows 20
.venv/bin/python eval/verification.py --claims --markdown docs/verification.md
.venv/bin/python eval/verification.py --fit                # the weights of the similarity judge

"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from damage_lib.cases import case
from judge_lib.claims import (
    Cosine,
    Measured,
    PerClaim,
    Protocol,
    ablation,
    as_markdown,
    load_rows,
    measure,
    numbers_pass,
    put_between,
)
from judge_lib.rules import rules

from rag.answer.prompts import judge_prompt
from rag.backends.sentence_transformers import SentenceTransformerEncoder
from rag.errors import RagError
from rag.ports import Check, Encoder, Judge
from rag.profiles import load_profile
from rag.settings import VerificationSettings
from rag.verify.judges import SimilarityJudge, WriterJudge, containment
from rag.wiring import default_encoder, embedded_judge, load_writer

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


# --- claims ---------------------------------------------------------------------------------------


def rows_of(path: Path, *, per_dataset: int) -> dict[str, list[dict[str, Any]]]:
    """The first rows of each dataset of a claims file."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if len(found[row["dataset"]]) < per_dataset:
                found[row["dataset"]].append(row)
    return dict(found)


def cited(row: dict[str, Any]) -> list[str]:
    """The marked sentences; where none are marked, the first five: what a writer could have cited."""
    marked = sorted(
        {i for group in row["rationales"] for i in (group if isinstance(group, list) else [group])}
    )
    return [row["evidence"][i] for i in marked if i < len(row["evidence"])] or row["evidence"][:5]


def claims_report(
    judge: Judge, checks: Sequence[Check], path: Path, *, per_dataset: int, threshold: float
) -> Iterator[str]:
    """Balanced accuracy of "supported" per dataset: judge alone, rules alone, both."""
    for dataset, rows in rows_of(path, per_dataset=per_dataset).items():
        truth = np.array([row["label"] == "SUPPORTS" for row in rows])
        scores = np.array(
            [j.supports for j in judge.judge([cited(row) for row in rows], [row["claim"] for row in rows])]
        )
        ruled = np.array(
            [all(check(case(row["claim"], cited(row))).passed for check in checks) for row in rows]
        )
        yield (
            f"  {dataset:12s} n={len(rows):4d}  judge {balanced(scores >= threshold, truth):.3f} (AUC {auc(scores, truth):.3f})"
            f"  rules {balanced(ruled, truth):.3f}  both {balanced(ruled & (scores >= threshold), truth):.3f}"
            f"  supported that pass both {np.mean((ruled & (scores >= threshold))[truth]):.3f}"
        )


def balanced(said: np.ndarray, truth: np.ndarray) -> float:
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def auc(scores: np.ndarray, truth: np.ndarray) -> float:
    yes, no = scores[truth][:, None], scores[~truth][None]
    return float((yes > no).mean() + (yes == no).mean() / 2)


def fit(encoder: Encoder, path: Path) -> Iterator[str]:
    """Logistic regression of the similarity judge on SciFact, balanced, with mismatched pairs among the negatives."""
    rows = list(rows_of(path, per_dataset=10_000)["scifact"])
    judge = SimilarityJudge(encoder)
    own = judge.features([cited(row) for row in rows], [row["claim"] for row in rows])
    other = judge.features([cited(row) for row in rows[1:]], [row["claim"] for row in rows[:-1]])
    truth = np.array([row["label"] == "SUPPORTS" for row in rows] + [False] * len(other))
    yield f"bias, similarity, containment: {logistic(np.array([*own, *other]), truth).round(2)}"


def logistic(features: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Newton's method; both classes weigh the same."""
    design = np.c_[np.ones(len(features)), features]
    weights = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    solution = np.zeros(design.shape[1])
    for _ in range(50):
        said = 1 / (1 + np.exp(-design @ solution))
        slope = design.T @ (weights * (said - truth)) + 1e-4 * solution
        curve = (design * (weights * said * (1 - said))[:, None]).T @ design + 1e-4 * np.eye(len(solution))
        solution = solution - np.linalg.solve(curve, slope)
    return solution


def judge_tables(chosen: argparse.Namespace) -> None:
    """Prints what was asked for, or writes it into the document."""
    tables: dict[str, list[str]] = {}
    if chosen.claims:
        for protocol in ("whole", "cited"):
            tables[f"claims-{protocol}"] = list(as_markdown(claims_table(protocol, chosen)))
    if chosen.ablate:
        tables["ablation"] = list(ablation(chosen.ablate))
    for name, lines in tables.items():
        print(f"\n{name}", *lines, sep="\n")
        if chosen.markdown:
            put_between(chosen.markdown, name, lines)


def claims_table(protocol: Protocol, chosen: argparse.Namespace) -> list[Measured]:
    """Every judge on claims/dev; the threshold is fitted on SciFact train alone."""
    train = load_rows(SHARED / "claims" / "train.jsonl", only="scifact")
    dev = load_rows(SHARED / "claims" / "dev.jsonl")
    release = VerificationSettings().support_threshold
    found = []
    for name, judge in judges(chosen.encoder).items():
        found += measure(name, judge, train, dev, protocol=protocol, release=release)
    if chosen.writer:
        some = [row for rows in rows_of(SHARED / "claims" / "dev.jsonl", per_dataset=chosen.writer).values() for row in rows]  # fmt: skip
        name = f"writer, first {chosen.writer} a set"
        found += measure(name, _judge("writer", chosen.encoder), train[: chosen.writer], some, protocol=protocol, release=release)  # fmt: skip
    return found


def judges(folder: Path | None) -> dict[str, Judge]:
    """Baselines, and the trained judge where its weights are."""
    encoder = _encoder(folder)
    (numbers,) = rules(["numbers"])
    found: dict[str, Judge] = {
        "always supports": PerClaim("always-supports", lambda texts, claim: 1.0),
        "word overlap": PerClaim("containment-1", containment),
        "encoder cosine": Cosine(encoder),
        "cosine × numbers": Cosine(encoder, numbers_pass(numbers, case)),
    }
    try:
        found["trained judge"] = embedded_judge()
    except (RagError, OSError) as error:
        print(f"the trained judge is left out: {error}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--judge", choices=("none", "similarity", "writer"), default="none")
    parser.add_argument("--rows", type=int, default=200, help="claims per dataset")
    parser.add_argument(
        "--encoder", type=Path, help="folder of a sentence-transformers model; default: the fetched one"
    )
    parser.add_argument(
        "--claims", action="store_true", help="the table of judges on claims/dev, and nothing else"
    )
    parser.add_argument(
        "--writer",
        type=int,
        default=0,
        metavar="N",
        help="with --claims: and the writer on N rows a data set",
    )
    parser.add_argument("--ablate", type=Path, metavar="JSON", help="table of what training wrote")
    parser.add_argument("--markdown", type=Path, help="write the tables between the marks of this file")
    parser.add_argument("--fit", action="store_true", help="fit the similarity judge on claims/train")
    chosen = parser.parse_args()
    if chosen.claims or chosen.ablate:
        judge_tables(chosen)
        return
    settings = VerificationSettings()
    if chosen.fit:
        print(*fit(_encoder(chosen.encoder), SHARED / "claims" / "train.jsonl"), sep="\n")
        return
    if chosen.judge != "none":
        judge = _judge(chosen.judge, chosen.encoder)
        print(f"\nclaims/dev, {judge.id}")
        path = SHARED / "claims" / "dev.jsonl"
        for line in claims_report(
            judge, rules(), path, per_dataset=chosen.rows, threshold=settings.support_threshold
        ):
            print(line)


def _encoder(folder: Path | None) -> Encoder:
    if folder is None:
        return default_encoder()
    return SentenceTransformerEncoder(folder)


def _judge(kind: str, folder: Path | None) -> Judge:
    similarity = SimilarityJudge(_encoder(folder))
    if kind == "similarity":
        return similarity
    profile = load_profile("demo")
    writer = WriterJudge(
        load_writer(profile), lambda evidence, claim: judge_prompt(evidence, claim, profile.family)
    )
    return writer


if __name__ == "__main__":
    main()
