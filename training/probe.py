"""The second opinion of ``rag verify``: a probe on the embedded writer's middle layers, joined with the support judge.

    python training/probe.py --data ../shared/data

Two fits. The probe: logistic regression on the states of pairs that the support judge too was trained on. The join:
logistic regression on the judge's logits, the probe's and a cosine, for pairs that neither has seen. Supported pairs weigh as much
as all others. Seeded; half a second to a second a pair on 2 cores, a quarter of an hour in all. Measured by
``eval/released.py --second``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "eval"))

from pairs import REFUTES, SUPPORTS, TrainingPair  # noqa: E402
from stats import balanced_accuracy  # noqa: E402
from support_data import calibration_pairs, rows_of, support_pairs  # noqa: E402

from rag.backends.probe import LAYERS, WriterStates, cosines, features, softmax  # noqa: E402
from rag.models import model_id, rag_home, writer_folder  # noqa: E402
from rag.resources import weights  # noqa: E402
from rag.wiring import default_encoder, embedded_judge  # noqa: E402

PROBED = {
    "scifact": 800, "evidence_inference": 400, "attributionbench": 400, "bioasq": 300, "clinifact": 300, "pubmedqa_train500": 200,
    "fm2": 150, "mnli_dev": 150, "fever_dev": 120, "condaqa": 60, "wice": 60, "begin": 40, "dialfact_small": 40,
}  # fmt: skip
JOINED = {"scifact": 220, "evidence_inference": 150, "bioasq": 120}
"""Of what is kept for calibration."""
JOINED_REST = {"attributionbench": 150, "fever_dev": 60, "fm2": 60}
"""Of rows that the judge's training left over."""
OUT = HERE.parent / "eval" / "out"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=weights("probe"))
    options = parser.parse_args()
    probed, joined = pairs(options.data)
    folder = writer_folder(rag_home())
    states = WriterStates(folder)
    probe, probe_bias = fitted(states_of(states, probed), labels(probed), penalty=PENALTY)
    judge = embedded_judge()
    first = judge.judge([[pair.second] for pair in joined], [pair.first for pair in joined])
    cosine = cosines(default_encoder(), [p.second for p in joined], [p.first for p in joined])
    given = features(first, states_of(states, joined) @ probe + probe_bias, cosine)
    join, join_bias = fitted(given, labels(joined), penalty=1.0)
    join_bias[SUPPORTS] += shift(softmax(given @ join + join_bias)[:, SUPPORTS], labels(joined) == SUPPORTS)
    about = {"writer": model_id(folder), "judge": judge.id, "layers": list(LAYERS), "probed": told(probed), "joined": told(joined)}  # fmt: skip
    save_file(
        {"probe": probe.astype(np.float16), "probe_bias": probe_bias, "join": join, "join_bias": join_bias},
        options.out,
        metadata={"about": json.dumps(about, sort_keys=True)},
    )
    options.out.chmod(0o644)
    print(f"{options.out}: {len(probed)} pairs for the probe, {len(joined)} for the join")


def pairs(data: Path) -> tuple[list[TrainingPair], list[TrainingPair]]:
    """For the probe, and for the join."""
    every = support_pairs(data, seed=0)
    known = {(pair.first, pair.second) for pair in every}
    kept = calibration_pairs(data, seed=0)
    joined = first_of(in_steady_order(kept), JOINED)
    for name, most in JOINED_REST.items():
        rest = [pair for pair in rows_of(data, name) if (pair.first, pair.second) not in known]
        joined += in_steady_order(rest)[:most]
    return first_of(in_steady_order(every), PROBED), joined


def in_steady_order(found: Iterable[TrainingPair]) -> list[TrainingPair]:
    """Mixed by what they say, so that pairs of one source do not move when another source changes."""
    return sorted(found, key=lambda pair: sha256("\0".join(pair[:2]).encode()).digest())


def first_of(found: Iterable[TrainingPair], most: Mapping[str, int]) -> list[TrainingPair]:
    """The first pairs of each source."""
    left, kept = dict(most), []
    for pair in found:
        name = pair.source.split(":")[0]
        if left.get(name, 0) > 0:
            left[name] -= 1
            kept.append(pair)
    return kept


def labels(found: Iterable[TrainingPair]) -> np.ndarray:
    return np.array([pair.label for pair in found])


def told(found: Iterable[TrainingPair]) -> str:
    counts = Counter(pair.source.split(":")[0] for pair in found)
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))


def states_of(states: WriterStates, found: list[TrainingPair]) -> np.ndarray:
    """(n, layers × hidden); kept in ``eval/out`` by the pairs and layers, as they take long."""
    key = sha256(json.dumps([LAYERS, [pair[:2] for pair in found]]).encode()).hexdigest()[:12]
    path = OUT / f"states-{key}.npy"
    if not path.exists():
        parts = []
        for start in range(0, len(found), 64):
            parts.append(states.of([(pair.first, pair.second) for pair in found[start : start + 64]]))
            print(f"  {start}/{len(found)}", file=sys.stderr, flush=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.concatenate(parts).astype(np.float16))
    return np.asarray(np.load(path, allow_pickle=False), np.float32)


PENALTY = 1e-3
"""C of the probe: the smaller, the smoother."""


def shift(scores: np.ndarray, supported: np.ndarray) -> float:
    """What to add to the logit of support, so that .5 is the lowest score whose balanced accuracy is within one standard
    error of the best: free claims score lower than those of these sets, as their words are further from the evidence."""
    tried = np.arange(0.05, 0.96, 0.05)
    found = np.array([balanced_accuracy(scores >= one, supported) for one in tried])
    error = np.sqrt(found.max() * (1 - found.max()) / len(scores))
    lowest = tried[np.flatnonzero(found >= found.max() - error)[0]]
    print(f"threshold {lowest:.2f}: balanced accuracy {found.max():.3f} at best, ± {error:.3f}")
    return float(np.log(1 - lowest) - np.log(lowest))


def fitted(x: np.ndarray, y: np.ndarray, *, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """(columns, 3) and (3,) for rows as they come; fitted on standardised ones."""
    supported, refuted = y == SUPPORTS, y == REFUTES
    rest = ~supported & ~refuted
    share = np.where(
        supported, 0.5 / supported.sum(), np.where(refuted, 0.25 / refuted.sum(), 0.25 / rest.sum())
    )
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-3
    model = LogisticRegression(C=penalty, max_iter=500, tol=1e-3)
    model.fit((x - mean) / spread, y, sample_weight=share * len(y))
    plain = (model.coef_ / spread).T
    return plain.astype(np.float32), (model.intercept_ - mean @ plain).astype(np.float32)


if __name__ == "__main__":
    main()
