"""Weights to int8 with one scale per output row, in safetensors; read back by ``rag.backends.cross_encoder``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file


def save(model: Any, path: Path, *, head: str, trained_on: str) -> None:
    """Matrices as int8 rows × scales, everything else as float16; word embeddings are the encoder's own and stay out."""
    tensors: dict[str, torch.Tensor] = {}
    for name, value in model.state_dict().items():
        if name == "bert.embeddings.word_embeddings.weight" or "position_ids" in name:
            continue
        if value.ndim == 2 and min(value.shape) > 8:
            scale = (value.float().abs().amax(dim=1) / 127).clamp_min(1e-8)
            tensors[f"{name}.int8"] = torch.round(value.float() / scale[:, None]).to(torch.int8).contiguous()
            tensors[f"{name}.scale"] = scale.to(torch.float32).contiguous()
        else:
            tensors[name] = value.to(torch.float16).contiguous()
    about = {"head": head, "trained_on": trained_on}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata={"about": json.dumps(about, sort_keys=True)})
