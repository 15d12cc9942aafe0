"""The training loop: a cross-encoder with one head, started from the embedded encoder or from another trained one.

Word embeddings stay as they are in the encoder, so the weights that ship are the layers only. Pairs alike in length
share a batch of about ``BATCH_TOKENS`` tokens; bfloat16 where the hardware multiplies it.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from pairs import TrainingPair

from rag.backends.cross_encoder import CrossEncoder

BATCH_TOKENS = 2304
MAX_TOKENS = 192
WARM_UP = 0.06
POOL = 64
"""Batches whose pairs are sorted by length together."""


def fit(
    model: CrossEncoder,
    pairs: Sequence[TrainingPair],
    *,
    seed: int,
    rate: float,
    epochs: float = 1.0,
    minutes: float | None = None,
    smoothing: float = 0.05,
) -> None:
    """In place. ``minutes`` ends training earlier, with the rate going down to 0 over that time instead."""
    torch.manual_seed(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = model.network.to(device).float().train()
    network.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    optimiser = torch.optim.AdamW(_groups(network), lr=rate, betas=(0.9, 0.98))
    encoded = model.tokenise([(p.first, p.second) for p in pairs], MAX_TOKENS)
    labels = np.array([pair.label for pair in pairs])
    batches = list(_batches([len(e.ids) for e in encoded], seed=seed, epochs=epochs))
    started, losses = time.monotonic(), []
    for step, batch in enumerate(batches):
        passed = (time.monotonic() - started) / 60
        progress = max(step / len(batches), passed / minutes if minutes else 0.0)
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = group["scale"] * rate * _schedule(progress)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=model.is_bfloat16):
            logits = network(
                **{k: v.to(device) for k, v in model.collate([encoded[i] for i in batch]).items()}
            )
        loss = torch.nn.functional.cross_entropy(
            logits.float(), torch.tensor(labels[batch], device=device), label_smoothing=smoothing
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        if step % 50 == 0:
            print(
                f"  step {step}/{len(batches)}  {passed:5.1f} min  loss {np.mean(losses[-50:]):.3f}",
                file=sys.stderr,
                flush=True,
            )
    network.eval()


def _groups(network: Any) -> list[dict[str, Any]]:
    decayed = [p for n, p in network.named_parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for n, p in network.named_parameters() if p.requires_grad and p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": 0.01, "scale": 1.0},
        {"params": plain, "weight_decay": 0.0, "scale": 1.0},
    ]


def _schedule(progress: float) -> float:
    """Linear up to 1 over the warm-up, then a cosine down to 0."""
    if progress < WARM_UP:
        return progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def _batches(lengths: Sequence[int], *, seed: int, epochs: float) -> Iterator[list[int]]:
    """Rows of each batch; about the same number of tokens in each, lengths alike, order random."""
    chance = random.Random(seed)
    left = epochs
    while left > 0:
        order = list(range(len(lengths)))
        chance.shuffle(order)
        order = order[: int(len(order) * min(1.0, left))]
        left -= 1
        pool_rows = POOL * BATCH_TOKENS // 80
        for start in range(0, len(order), pool_rows):
            pool = sorted(order[start : start + pool_rows], key=lambda row: lengths[row])
            made: list[list[int]] = [[]]
            for row in pool:
                if made[-1] and (len(made[-1]) + 1) * lengths[row] > BATCH_TOKENS:
                    made.append([])
                made[-1].append(row)
            chance.shuffle(made)
            yield from made
