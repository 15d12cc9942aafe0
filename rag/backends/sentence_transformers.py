"""Texts to vectors with a sentence-transformers model in a local folder. Never asks a model hub."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rag.backends.hardware import has_bfloat16
from rag.errors import DoesNotFit, ModelMissing
from rag.ports import FloatMatrix

Dtype = Literal["auto", "float32", "bfloat16"]
_BATCH_CPU, _BATCH_GPU = 16, 64
"""On a CPU, larger batches fall out of the caches: 85, 80 and 71 passages a second with 16, 32 and 64 on 2 cores."""


class SentenceTransformerEncoder:
    """Fits ``ports.Encoder``. Weights are loaded at the first ``encode``; id and sizes cost no loading.

    ``batch_size``: texts at once; by default what is fastest on the device.
    """

    def __init__(
        self, folder: Path, *, device: str = "auto", dtype: Dtype = "auto", batch_size: int | None = None
    ) -> None:
        self._folder = folder
        self._device = device
        self._dtype = dtype
        self._batch_size = batch_size
        self._lock = threading.Lock()
        for name in ("modules.json", "config.json", "tokenizer.json", "model.safetensors"):
            if not (folder / name).is_file():
                raise ModelMissing(
                    f"{folder} is not an encoder: {name} is not there; run `rag models fetch --only encoder`"
                )

    @cached_property
    def id(self) -> str:
        """Architecture, pooling and the first 12 hex digits of the weights' SHA-256."""
        config = self._json("config.json")
        shape = f"{config['model_type']}-{config['num_hidden_layers']}x{self.dimension}"
        return f"{shape}-{self._pooling}{self.max_tokens}-{_sha256(self._folder / 'model.safetensors')[:12]}"

    @cached_property
    def dimension(self) -> int:
        pooling = self._pooling_config
        return int(pooling.get("word_embedding_dimension") or pooling["embedding_dimension"])

    @cached_property
    def max_tokens(self) -> int:
        return int(self._json("sentence_bert_config.json")["max_seq_length"])

    @cached_property
    def dtype(self) -> str:
        """What the weights compute in here; vectors are float32 all the same."""
        if self._dtype != "auto":
            return self._dtype
        return "bfloat16" if has_bfloat16(self._resolved_device) else "float32"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        """Texts alike in length share a batch, so that little of it is padding."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            vectors = self._model.encode(
                list(texts), batch_size=self._texts_at_once, show_progress_bar=False, convert_to_numpy=True
            ).astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12))

    @property
    def _texts_at_once(self) -> int:
        default = _BATCH_CPU if self._resolved_device == "cpu" else _BATCH_GPU
        return self._batch_size or default

    @cached_property
    def _model(self) -> Any:
        os.environ["HF_HUB_OFFLINE"] = "1"
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        model = SentenceTransformer(
            str(self._folder),
            device=self._resolved_device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": getattr(torch, self.dtype)},
        )
        return model.eval()

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _resolved_device(self) -> str:
        import torch

        if self._device == "cuda" and not torch.cuda.is_available():
            raise DoesNotFit("device cuda: torch sees no GPU here; use --device cpu")
        if self._device != "auto":
            return self._device
        return "cuda" if torch.cuda.is_available() else "cpu"

    @cached_property
    def _pooling_config(self) -> dict[str, Any]:
        places = [module["path"] for module in self._json("modules.json") if "Pooling" in module["type"]]
        return dict(self._json(f"{places[0]}/config.json"))

    @cached_property
    def _pooling(self) -> str:
        modes = [
            key.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token")
            for key, on in self._pooling_config.items()
            if key.startswith("pooling_mode_") and on is True
        ]
        return "+".join(modes) or str(self._pooling_config.get("pooling_mode", "unknown"))

    def _json(self, name: str) -> Any:
        return json.loads((self._folder / name).read_bytes())


def _sha256(path: Path) -> str:
    status = path.stat()
    return _sha256_of_state(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _sha256_of_state(path: Path, _size: int, _mtime_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
