"""The trained cross-encoders: does evidence support a claim, does a sentence answer a question.

A cross-encoder reads both texts together. The weights in ``rag/weights`` are the layers alone, int8 with one scale per
row; tokenizer and word embeddings are those of the embedded encoder, whose hash the id names. Trained by
``training/rebuild.py``; data, licences and limits: docs/model-card.md.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.backends.hardware import has_bfloat16
from rag.errors import ModelMissing
from rag.ports import Judgement

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read once, when torch is first imported

_WORDS = "bert.embeddings.word_embeddings.weight"
_BATCH_TOKENS = 4096
_MAX_TOKENS = 256
"""Both texts together, special tokens included."""


class Encoded(NamedTuple):
    """One pair as token ids; ``types`` is 0 for the first text and 1 for the second."""

    ids: list[int]
    types: list[int]


class CrossEncoder:
    """Pairs of texts to logits. ``weights`` None: the encoder's own layers and a random head, to be trained."""

    def __init__(
        self, encoder_folder: Path, weights: Path | None, *, labels: int, device: str = "auto"
    ) -> None:
        self._folder, self._weights, self.labels, self._device = encoder_folder, weights, labels, device
        self._lock = threading.Lock()
        wanted = [encoder_folder / "tokenizer.json", encoder_folder / "model.safetensors"]
        for path in [*wanted, *([weights] if weights else [])]:
            if not path.is_file():
                raise ModelMissing(f"{path} is not there; run `rag models fetch --only encoder`")

    @cached_property
    def id(self) -> str:
        """Name and the first 12 hex digits of the weights' SHA-256."""
        if self._weights is None:
            return "untrained"
        return f"{self._weights.stem}-{sha256(self._weights.read_bytes()).hexdigest()[:12]}"

    @cached_property
    def about(self) -> dict[str, str]:
        """What the weights file says of itself."""
        from safetensors import safe_open

        if self._weights is None:
            return {}
        with safe_open(self._weights, framework="numpy") as file:
            return dict(json.loads((file.metadata() or {}).get("about", "{}")))

    def logits(
        self, pairs: Sequence[tuple[str, str]], *, max_tokens: int = _MAX_TOKENS
    ) -> NDArray[np.float32]:
        """(n, labels). The second text is cut where both do not fit."""
        import torch

        if not pairs:
            return np.zeros((0, self.labels), np.float32)
        encoded = self.tokenise(pairs, max_tokens)
        result = np.zeros((len(pairs), self.labels), np.float32)
        with self._lock, torch.inference_mode():
            network = self.network
            for rows in by_length([len(one.ids) for one in encoded]):
                batch = {
                    k: v.to(self._resolved_device)
                    for k, v in self.collate([encoded[r] for r in rows]).items()
                }
                result[rows] = network(**batch).float().cpu().numpy()
        return result

    def tokenise(self, pairs: Sequence[tuple[str, str]], max_tokens: int) -> list[Encoded]:
        """[CLS] first [SEP] second [SEP]; the first text keeps at most half of the room."""
        flat = self._tokenizer.encode_batch_fast(
            [text for pair in pairs for text in pair], add_special_tokens=False
        )
        start, end = self._tokenizer.token_to_id("[CLS]"), self._tokenizer.token_to_id("[SEP]")
        found = []
        for first, second in zip(flat[::2], flat[1::2], strict=True):
            head = first.ids[: max(max_tokens // 2 - 2, max_tokens - 3 - len(second.ids))]
            tail = second.ids[: max_tokens - 3 - len(head)]
            found.append(
                Encoded([start, *head, end, *tail, end], [0] * (len(head) + 2) + [1] * (len(tail) + 1))
            )
        return found

    def collate(self, batch: Sequence[Encoded]) -> dict[str, Any]:
        """Padded to the longest: ids, types and mask, each (n, longest)."""
        import torch

        longest = max(len(one.ids) for one in batch)
        padded = [[*one.ids, *[0] * (longest - len(one.ids))] for one in batch]
        types = [[*one.types, *[0] * (longest - len(one.types))] for one in batch]
        mask = [[1] * len(one.ids) + [0] * (longest - len(one.ids)) for one in batch]
        return {
            "input_ids": torch.tensor(padded), "token_type_ids": torch.tensor(types), "attention_mask": torch.tensor(mask),
        }  # fmt: skip

    @cached_property
    def is_bfloat16(self) -> bool:
        """Whether bfloat16 is faster here than float32: it needs instructions of its own."""
        return has_bfloat16(self._resolved_device)

    @cached_property
    def network(self) -> Any:
        """A torch module: ids, types, mask to (n, labels) logits."""
        import torch

        network = _network(self._config, self.labels)
        network.load_state_dict(self._state(), strict=self._weights is not None)
        network.eval()
        kind = torch.bfloat16 if self.is_bfloat16 and self._weights is not None else torch.float32
        return network.to(self._resolved_device, kind)

    def _state(self) -> dict[str, Any]:
        from safetensors.torch import load_file

        own = load_file(self._folder / "model.safetensors")
        own = {
            f"bert.{name.removeprefix('bert.')}": value
            for name, value in own.items()
            if "position_ids" not in name
        }
        if self._weights is None:
            return {name: value for name, value in own.items() if "pooler" not in name}
        return {_WORDS: own[_WORDS], **_dequantised(load_file(self._weights))}

    @cached_property
    def _config(self) -> dict[str, Any]:
        return dict(json.loads((self._folder / "config.json").read_text(encoding="utf-8")))

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

        if self._device != "auto":
            return self._device
        return "cuda" if torch.cuda.is_available() else "cpu"


def _network(config: dict[str, Any], labels: int) -> Any:
    """A BERT without pooler; the head reads the first token and the mean of all."""
    import torch
    from transformers import BertConfig, BertModel

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel(BertConfig(**config), add_pooling_layer=False)
            self.dropout = torch.nn.Dropout(0.1)
            self.head = torch.nn.Linear(2 * config["hidden_size"], labels)

        def forward(self, input_ids: Any, token_type_ids: Any, attention_mask: Any) -> Any:
            states = self.bert(
                input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
            ).last_hidden_state
            weight = attention_mask[..., None].to(states.dtype)
            mean = (states * weight).sum(1) / weight.sum(1)
            return self.head(self.dropout(torch.cat([states[:, 0], mean], dim=-1)))

    return Network()


def _dequantised(tensors: dict[str, Any]) -> dict[str, Any]:
    state = {name: value.float() for name, value in tensors.items() if not name.endswith((".int8", ".scale"))}
    for name, value in tensors.items():
        if name.endswith(".int8"):
            base = name.removesuffix(".int8")
            state[base] = value.float() * tensors[f"{base}.scale"][:, None]
    return state


def by_length(lengths: Sequence[int], *, most_tokens: int = _BATCH_TOKENS) -> Iterator[list[int]]:
    """Rows of each batch: alike in length, at most ``most_tokens`` tokens with padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if batch and (len(batch) + 1) * lengths[row] > most_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, labels), rows sum to 1."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


class CrossEncoderJudge:
    """Fits ``ports.Judge``: three labels, in the order supports, refutes, not enough information.

    Evidence that does not fit into one window is read in several, each of whole neighbouring sentences. What supports
    best counts as support, what refutes best as refutation; of the two the stronger keeps its value and the other is
    at most the rest.
    """

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model

    @property
    def id(self) -> str:
        return self._model.id

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        pairs, owners = [], []
        for owner, (sentences, claim) in enumerate(zip(evidence, claims, strict=True)):
            for window in windows(sentences) if _says_something(claim) else ():
                pairs.append((plain(claim), window))
                owners.append(owner)
        found: dict[int, list[NDArray[np.float64]]] = {}
        for owner, row in zip(owners, _softmax(self._model.logits(pairs)) if pairs else (), strict=True):
            found.setdefault(owner, []).append(row)
        return [_joined(found.get(owner, [])) for owner in range(len(claims))]


def _joined(rows: Sequence[NDArray[np.float64]]) -> Judgement:
    supports = max((float(row[0]) for row in rows), default=0.0)
    refutes = max((float(row[1]) for row in rows), default=0.0)
    if supports >= refutes:
        return Judgement(supports, min(refutes, 1 - supports))
    return Judgement(min(supports, 1 - refutes), refutes)


class CrossEncoderAnswerJudge:
    """Fits ``ports.AnswerJudge``: label 1 answers, label 0 does not."""

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model

    @property
    def id(self) -> str:
        return self._model.id

    def answers(self, questions: Sequence[str], texts: Sequence[str], contexts: Sequence[str]) -> list[float]:
        triples = list(zip(questions, texts, contexts, strict=True))
        asked = [i for i, (q, t, _) in enumerate(triples) if _says_something(q) and _says_something(t)]
        pairs = [
            (plain(question), plain(f"{context}. {text}" if context.strip() else text))
            for question, text, context in (triples[i] for i in asked)
        ]
        scores = [0.0] * len(triples)
        for i, row in zip(asked, _softmax(self._model.logits(pairs)) if pairs else (), strict=True):
            scores[i] = float(row[1])
        return scores


_WINDOW_CHARACTERS = 700
"""About 170 tokens of clinical English, which leaves room for the claim."""


def windows(sentences: Sequence[str]) -> list[str]:
    """Neighbouring sentences joined up to ``_WINDOW_CHARACTERS``; each window begins with the last sentence of the one before."""
    given = [plain(sentence) for sentence in sentences if _says_something(sentence)]
    made: list[list[str]] = []
    for sentence in given:
        if made and sum(map(len, made[-1])) + len(sentence) <= _WINDOW_CHARACTERS:
            made[-1].append(sentence)
        elif made and len(made[-1][-1]) + len(sentence) <= _WINDOW_CHARACTERS and len(made[-1]) > 1:
            made.append([made[-1][-1], sentence])
        else:
            made.append([sentence])
    return [" ".join(window) for window in made]


def plain(text: str) -> str:
    """White space single, control characters gone; what the tokenizer folds itself (case) stays."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _says_something(text: str) -> bool:
    return any(c.isalnum() for c in text)
