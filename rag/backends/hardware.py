"""What this machine's processors do well."""

from __future__ import annotations


def has_bfloat16(device: str = "cpu") -> bool:
    """Whether bfloat16 is faster there than float32: it needs instructions of its own, and crawls without."""
    import torch

    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
