"""Rebuild the weights of the answer judge, the support judge and the second opinions from open data, and print what they reach.

    python training/rebuild.py --data ../shared/data
    python training/rebuild.py --data ../shared/data --only support --without scifact --out eval/out/ablation

Seeded; threads and hardware change the last digits. Its parts took 80 minutes on 2 shared cores. A CUDA device is used where there is one.
New weights are calibrated at once, and the second opinions fitted to them; the constant that ``eval/calibrate.py`` then names belongs in ``rag/settings.py``.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from answer_data import answer_pairs  # noqa: E402
from clinical_questions import clinical_pairs  # noqa: E402
from export import save  # noqa: E402
from fit import fit  # noqa: E402
from pairs import TrainingPair  # noqa: E402
from support_data import refining_pairs, support_pairs  # noqa: E402

from rag.backends.cross_encoder import CrossEncoder  # noqa: E402
from rag.models import encoder_folder, rag_home  # noqa: E402

WEIGHTS = HERE.parent / "rag" / "weights"
FIRST = HERE.parent / "eval" / "out" / "answer_first.safetensors"
"""Weights of the answer judge after its first part; support starts from them."""
SUPPORT_FIRST = FIRST.with_name("support_first.safetensors")
"""The same of the support judge. With ``--out`` both lie in that folder, so that a trial leaves these alone."""
SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument(
        "--only", choices=["answer", "refine-answer", "support", "refine-support"], help="one part"
    )
    parser.add_argument("--without", default="", help="leave out one source of pairs, for the ablation")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the weights")
    parser.add_argument("--share", type=float, default=1.0, help="share of the pairs, for a trial")
    options = parser.parse_args()
    if options.only in (None, "answer"):
        train_answer(options)
    if options.only == "refine-answer":
        refine_answer(options)
    if options.only in (None, "support"):
        train_support(options)
    if options.only == "refine-support":
        refine_support(options)
    if options.only is None and options.out == WEIGHTS:
        for command in (["eval/calibrate.py"], ["training/second.py"], ["eval/verification.py", "--claims"]):
            subprocess.run([sys.executable, *command], check=True, cwd=HERE.parent)


def train_answer(options: argparse.Namespace) -> None:
    """First on published pairs, then, more briefly, with clinical questions made by rule and part of the first again."""
    pairs = answer_pairs(options.data, seed=SEED, without=options.without)
    pairs = pairs[: int(len(pairs) * options.share)]
    _tell("answer", pairs)
    folder = encoder_folder(rag_home())
    model = CrossEncoder(folder, None, labels=2)
    fit(model, pairs, seed=SEED, rate=1e-4, epochs=1.3)
    _save(model, _first(FIRST, options, made=True), "answer, first part", pairs)
    refine_answer(options)


def refine_answer(options: argparse.Namespace) -> None:
    """From the weights of the first part, as they were exported."""
    replay = [
        pair
        for pair in answer_pairs(options.data, seed=SEED + 1, without=options.without)
        if pair.source != "near_miss:quantity"
    ]
    made = clinical_pairs(options.data, seed=SEED)
    pairs = [*made[: int(11_000 * options.share)], *replay[: int(9_000 * options.share)]]
    random.Random(SEED).shuffle(pairs)
    _tell("answer, refined", pairs)
    model = CrossEncoder(encoder_folder(rag_home()), _first(FIRST, options, made=False), labels=2)
    fit(model, pairs, seed=SEED, rate=6e-5)
    _save(model, options.out / "answer.safetensors", "answer", pairs)


def train_support(options: argparse.Namespace) -> None:
    """Started from the layers of the answer judge's first part, which have learned to compare two texts."""
    pairs = support_pairs(options.data, seed=SEED, without=options.without)
    pairs = pairs[: int(len(pairs) * options.share)]
    _tell("support", pairs)
    folder = encoder_folder(rag_home())
    start = (
        CrossEncoder(folder, _first(FIRST, options, made=False), labels=2).network.float().bert.state_dict()
    )
    model = CrossEncoder(folder, None, labels=3)
    model.network.bert.load_state_dict(start)
    fit(model, pairs, seed=SEED, rate=1e-4)
    _save(model, _first(SUPPORT_FIRST, options, made=True), "support, first part", pairs)
    refine_support(options)


def refine_support(options: argparse.Namespace) -> None:
    """From the weights of the first part, as they were exported. No smoothing: scores near 1 are where claims are released."""
    folder = encoder_folder(rag_home())
    pairs = refining_pairs(options.data, folder, seed=SEED, replayed=int(11_000 * options.share))
    _tell("support, refined", pairs)
    model = CrossEncoder(folder, _first(SUPPORT_FIRST, options, made=False), labels=3)
    fit(model, pairs, seed=SEED, rate=6e-5, smoothing=0.01)
    _save(model, options.out / "support.safetensors", "support", pairs)


def _first(path: Path, options: argparse.Namespace, *, made: bool) -> Path:
    """Where weights of a first part are written (``made``), or read: those of the trial, if it has made its own."""
    own: Path = options.out / path.name
    return own if options.out != WEIGHTS and (made or own.exists()) else path


def _save(model: CrossEncoder, path: Path, head: str, pairs: Sequence[TrainingPair]) -> None:
    save(model.network, path, head=head, trained_on=_sources(pairs))
    path.chmod(0o644)


def _sources(pairs: Sequence[TrainingPair]) -> str:
    return ", ".join(
        f"{name} {n}" for name, n in sorted(Counter(p.source.split(":")[0] for p in pairs).items())
    )


def _tell(name: str, pairs: Sequence[TrainingPair]) -> None:
    print(f"{name}: {len(pairs)} pairs; {_sources(pairs)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
