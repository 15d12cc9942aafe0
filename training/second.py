"""The second opinions of ``rag verify`` on labels.

    python training/second.py --data ../shared/data
    python training/second.py --data ../shared/data --only near     # without the writer: minutes

Three fits, each a logistic regression in which supported pairs weigh as much as all others. ``near``: the support judge's logits
and a cosine, for pairs that the judge has not seen. The probe: states of the embedded writer's middle layer, for pairs that the judge too was
trained on. The join: the judge's logits, the probe's and a cosine, for pairs that neither has seen. Seeded; with the writer up to a second a
pair on 2 cores with bfloat16, a quarter of an hour in all. Measured by ``eval/released.py``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "eval"))

from pairs import REFUTES, SUPPORTS, TrainingPair  # noqa: E402
from stats import balanced_accuracy  # noqa: E402
from support_data import calibration_pairs, rows_of, support_pairs  # noqa: E402

from rag.backends.joined import LAYERS, Maps, WriterStates, cosines, features, near_features, softmax  # noqa: E402
from rag.models import model_id, rag_home, writer_folder  # noqa: E402
from rag.ports import Judge, Judgement  # noqa: E402
from rag.resources import weights  # noqa: E402
from rag.wiring import default_encoder, embedded_judge  # noqa: E402

PROBED = {
    "scifact": 330, "evidence_inference": 260, "attributionbench": 220, "bioasq": 160, "clinifact": 130, "pubmedqa_train500": 100,
    "fm2": 70, "fever_dev": 60, "mnli_dev": 60, "condaqa": 50, "wice": 40, "begin": 20, "dialfact_small": 20,
}  # fmt: skip
JOINED = {"scifact": 140, "evidence_inference": 110, "bioasq": 90}
"""Of what is kept for calibration."""
JOINED_REST = {"attributionbench": 110, "fever_dev": 40, "fm2": 40}
"""Of rows that the judge's training left over."""
NEAR = {"scifact": 500, "evidence_inference": 300, "bioasq": 250}
NEAR_REST = {"attributionbench": 250, "fever_dev": 120, "fm2": 120}
"""As with the join; more, as they are cheap."""
OUT = HERE.parent / "eval" / "out"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=weights("second"))
    parser.add_argument("--only", choices=["near"], help="one part; the others stay as they are")
    options = parser.parse_args()
    judge = embedded_judge()
    every, kept = support_pairs(options.data, seed=0), calibration_pairs(options.data, seed=0)
    parts, about = fitted_near(options.data, judge, every, kept)
    if options.only:
        maps = Maps(weights("second"))
        parts, about = {**maps.parts, **parts}, {**maps.about, **about}
    else:
        more, more_about = fitted_probe(options.data, judge, every, kept)
        parts, about = {**parts, **more}, {**about, **more_about}
    save_file(parts, options.out, metadata={"about": json.dumps(about, sort_keys=True)})
    options.out.chmod(0o644)
    print(f"{options.out}: {json.dumps(about, indent=1)}")


Parts = tuple[dict[str, np.ndarray], dict[str, Any]]


def fitted_near(data: Path, judge: Judge, every: list[TrainingPair], kept: list[TrainingPair]) -> Parts:
    """``every``: what the judge was trained on; ``kept``: what was kept from it."""
    pairs = first_of(in_steady_order(kept), NEAR) + unseen(data, every, NEAR_REST, in_steady_order)
    given = near_features(*asked(judge, pairs))
    near, bias = fitted(given, labels(pairs), penalty=1.0)
    return {"near": near, "near_bias": bias}, {"judge": judge.id, "near": told(pairs)}


def fitted_probe(data: Path, judge: Judge, every: list[TrainingPair], kept: list[TrainingPair]) -> Parts:
    kept = list(kept)
    random.Random(1).shuffle(kept)
    probed = first_of(every, PROBED)
    joined = first_of(kept, JOINED) + unseen(data, every, JOINED_REST, shuffled)
    folder = writer_folder(rag_home())
    states = WriterStates(folder)
    probe, probe_bias = fitted(states_of(states, probed), labels(probed), penalty=PENALTY)
    said, cosine = asked(judge, joined)
    given = features(said, states_of(states, joined) @ probe + probe_bias, cosine)
    join, join_bias = fitted(given, labels(joined), penalty=1.0)
    join_bias[SUPPORTS] += shift(softmax(given @ join + join_bias)[:, SUPPORTS], labels(joined) == SUPPORTS)
    parts = {
        "probe": probe.astype(np.float16),
        "probe_bias": probe_bias,
        "join": join,
        "join_bias": join_bias,
    }
    about = {
        "writer": model_id(folder),
        "layers": list(LAYERS),
        "probed": told(probed),
        "joined": told(joined),
    }
    return parts, about


def asked(judge: Judge, pairs: Sequence[TrainingPair]) -> tuple[list[Judgement], list[float]]:
    """The judge's say and the cosine of claim and evidence."""
    claims, texts = [pair.first for pair in pairs], [pair.second for pair in pairs]
    return judge.judge([[text] for text in texts], claims), cosines(default_encoder(), texts, claims)


def unseen(
    data: Path,
    seen: Sequence[TrainingPair],
    most: Mapping[str, int],
    ordered: Callable[[list[TrainingPair]], list[TrainingPair]],
) -> list[TrainingPair]:
    """Rows of published sets that the judge's training left over."""
    known = {(pair.first, pair.second) for pair in seen}
    found: list[TrainingPair] = []
    for name, count in most.items():
        found += ordered([pair for pair in rows_of(data, name) if pair[:2] not in known])[:count]
    return found


def shuffled(pairs: list[TrainingPair]) -> list[TrainingPair]:
    random.Random(2).shuffle(pairs)
    return pairs


def in_steady_order(pairs: list[TrainingPair]) -> list[TrainingPair]:
    """Mixed by what they say, so that pairs of one source do not move when another source changes."""
    return sorted(pairs, key=lambda pair: sha256("\0".join(pair[:2]).encode()).digest())


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
