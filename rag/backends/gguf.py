"""GGUF -> transformers -> NF4 by bitsandbytes, saved as safetensors. Run once, in a process of its own.

    python -m rag.backends.gguf MODEL.gguf FOLDER

A process of its own, so that its memory (about twice the model in bfloat16) is given back at once and
the caller survives should the system kill it.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path


def convert(gguf: Path, folder: Path) -> None:
    """Write the NF4 checkpoint and its tokenizer into ``folder``; a plain copy lies beside it meanwhile."""
    plain = folder.with_name(folder.name + ".plain")
    try:
        _unpack(gguf, plain)
        _quantise(plain, folder)
    finally:
        shutil.rmtree(plain, ignore_errors=True)


def _unpack(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    model.save_pretrained(folder, max_shard_size="1GB")


def _quantise(plain: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )
    model = AutoModelForCausalLM.from_pretrained(plain, quantization_config=config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(plain).save_pretrained(folder)


def _quiet() -> None:
    """The libraries' progress bars and advice would mix with the caller's own progress."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


if __name__ == "__main__":
    _quiet()
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
