"""Judgements kept in eval/out/, by judge and by what was judged, so that tables are made again in seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from rag.ports import Judge

OUT = Path(__file__).resolve().parent.parent / "out"
_BATCH = 64


def judged(
    judge: Judge, evidence: Sequence[Sequence[str]], claims: Sequence[str], *, out: Path = OUT
) -> np.ndarray:
    """(n, 2): supports and refutes of each claim."""
    path = out / f"judged-{_plain(judge.id)}-{_hash(judge.id, evidence, claims)}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return np.asarray(kept["judged"])
    found = [
        tuple(said)
        for at in range(0, len(claims), _BATCH)
        for said in judge.judge(evidence[at : at + _BATCH], claims[at : at + _BATCH])
    ]
    out.mkdir(parents=True, exist_ok=True)
    table = np.array(found, dtype=float).reshape(-1, 2)
    np.savez(path, judged=table)
    return table


def _hash(judge: str, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> str:
    given = [judge, *(repr((list(texts), claim)) for texts, claim in zip(evidence, claims, strict=True))]
    return sha256("\n".join(given).encode()).hexdigest()[:16]


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)[:60]
