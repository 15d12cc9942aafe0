"""What each kind of training data gives the support judge: the first part of its training with one kind left out.

    python training/ablation.py --data ../shared/data --pairs 4000 --out eval/out/ablation.json
    python eval/verification.py --ablate eval/out/ablation.json --markdown docs/verification.md

Every run has the same number of pairs and steps, drawn from what is left, and starts from the layers of the shipped answer
judge, which have learned to compare two texts. It is far shorter than the full training, so that differences tell
of the kind of data and not of what the shipped weights reach. Measured: area under the curve on parts of claims/dev.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "eval"))

from fit import fit  # noqa: E402
from judge_lib.claims import auc  # noqa: E402
from pairs import TrainingPair, lines, shortened  # noqa: E402
from support_data import WORDS, support_pairs  # noqa: E402

from rag.backends.cross_encoder import CrossEncoder  # noqa: E402
from rag.models import encoder_folder, rag_home  # noqa: E402
from rag.resources import weights  # noqa: E402

SEED = 0

KINDS = {
    "": (),
    "damage by rule": ("damage",),
    "trials (Evidence Inference)": ("evidence_inference",),
    "SciFact": ("scifact",),
    "BioASQ": ("bioasq",),
    "general inference": ("mnli_dev", "conjnli", "negnli", "med", "breaking_nli", "scone"),
    "fact checking": (
        "fever_dev", "fever_symmetric", "fm2", "wice", "begin", "summedits", "attributionbench", "faithdial_audit", "dialfact_small",
    ),
    "small clinical sets": ("clinifact", "condaqa", "pubmedqa_train500"),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--rows", type=int, default=400, help="of each data set of claims/dev")
    parser.add_argument("--out", type=Path, default=HERE.parent / "eval" / "out" / "ablation.json")
    options = parser.parse_args()
    every = support_pairs(options.data, seed=SEED)
    asked = _dev(options.data, options.rows)
    told = []
    for name, left_out in KINDS.items():
        pairs = [pair for pair in every if pair.source.split(":")[0] not in left_out][: options.pairs]
        told.append({"left_out": name, **_measured(_trained(pairs), asked)})
        print(json.dumps(told[-1]), flush=True)
        options.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _trained(pairs: list[TrainingPair]) -> CrossEncoder:
    folder = encoder_folder(rag_home())
    start = CrossEncoder(folder, weights("answer"), labels=2).network.float().bert.state_dict()
    model = CrossEncoder(folder, None, labels=3)
    model.network.bert.load_state_dict(start)
    fit(model, pairs, seed=SEED, rate=1e-4)
    return model


def _dev(data: Path, most: int) -> dict[str, list[tuple[str, str, bool]]]:
    """(claim, evidence, supported) by data set."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for row in lines(data / "claims" / "dev.jsonl"):
        rows = found.setdefault(row["dataset"], [])
        if len(rows) < most:
            evidence = shortened(row["evidence"], row["claim"], most_words=WORDS)
            rows.append((row["claim"], evidence, row["label"] == "SUPPORTS"))
    return found


def _measured(model: CrossEncoder, asked: dict[str, list[tuple[str, str, bool]]]) -> dict[str, float]:
    found, every = {}, []
    for name, rows in asked.items():
        logits = model.logits([(claim, evidence) for claim, evidence, _ in rows])
        said = logits[:, 0] - np.logaddexp(logits[:, 1], logits[:, 2])
        truth = np.array([supported for *_, supported in rows])
        found[f"AUC, {name}"] = float(auc(said, truth))
        every += list(zip(said.tolist(), truth.tolist(), strict=True))
    table = np.array(every)
    found["together"] = float(auc(table[:, 0], table[:, 1].astype(bool)))
    return found


if __name__ == "__main__":
    main()
