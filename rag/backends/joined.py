"""Second opinions on claims in words of their own: the trained judge joined with the cosine of the encoder; and, slower,
with what the embedded writer makes of evidence and claim too.

The writer generates nothing: the state of the last token at a middle layer goes into a linear map (a probe:
Alain and Bengio 2016, arXiv:1610.01644). The logits of what is joined go into one more linear map. The maps are
``rag/weights/second.safetensors``, made by ``training/second.py`` for one judge and one writer, which the file names.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.backends.cross_encoder import by_length
from rag.backends.hardware import has_bfloat16
from rag.backends.transformers import quiet_libraries
from rag.errors import ModelMissing, UsageError
from rag.ports import Encoder, Judgement
from rag.text import content_stems

Floats = NDArray[np.float32]
LAYERS = (18,)
"""After which the state is taken; those behind the last are not run. Of 28: on held-out pairs 10 is poor, 18 as good as 22."""
WORDS = 110
"""Most words of evidence read with a claim."""
_BATCH_TOKENS = 1024
_EDGE = 1e-4
_PROMPT = (
    "<|im_start|>user\nEvidence: {evidence}\nClaim: {claim}\nDoes the evidence state the claim?<|im_end|>\n"
    "<|im_start|>assistant\n"
)


class WriterStates:
    """The first layers of a prepared NF4 writer, unpacked once: to bfloat16 where the processor multiplies it, else to float32."""

    def __init__(self, folder: Path, *, layers: Sequence[int] = LAYERS) -> None:
        self._folder, self._layers = folder, tuple(layers)
        self._lock = threading.Lock()

    def of(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """(n, layers × hidden) for pairs of claim and evidence."""
        texts = [_PROMPT.format(claim=_plain(claim), evidence=_plain(evidence)) for claim, evidence in pairs]
        with self._lock:
            ids = [self._tokenizer(text)["input_ids"] for text in texts]
            found = np.zeros((len(pairs), len(self._layers) * self._hidden), np.float32)
            for rows in by_length([len(one) for one in ids], most_tokens=_BATCH_TOKENS):
                found[rows] = self._run([ids[row] for row in rows])
        return found

    def _run(self, batch: Sequence[Sequence[int]]) -> Floats:
        """Filled up behind the end, which no earlier token sees."""
        import torch

        longest = max(map(len, batch))
        given = torch.tensor([[*ids, *[0] * (longest - len(ids))] for ids in batch])
        with torch.inference_mode():
            words = self._model.embed_tokens(given).to(_kind())
            states = self._model(
                inputs_embeds=words, output_hidden_states=True, use_cache=False
            ).hidden_states
        ends = torch.tensor([len(ids) - 1 for ids in batch])
        rows = torch.arange(len(batch))
        kept: Floats = torch.cat([states[layer][rows, ends] for layer in self._layers], dim=1).float().numpy()
        return kept

    @property
    def _hidden(self) -> int:
        return int(self._model.config.hidden_size)

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModelForCausalLM

        with quiet_libraries():
            whole = AutoModelForCausalLM.from_pretrained(
                self._folder, use_safetensors=True, local_files_only=True, trust_remote_code=False, device_map={"": "cpu"}
            )  # fmt: skip
        model = whole.model
        model.layers = model.layers[: max(self._layers)]
        model.norm = torch.nn.Identity()
        _unpack(model)
        model.to(torch.bfloat16)  # embeddings and positions as the maps were fitted with
        model.layers.to(_kind())
        return model.eval()


def _kind() -> Any:
    import torch

    return torch.bfloat16 if has_bfloat16() else torch.float32


def _unpack(model: Any) -> None:
    """NF4 matrices to plain ones: unpacking them for every batch would cost more than the product."""
    import torch
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, Linear4bit):
                plain = torch.nn.Linear(child.in_features, child.out_features, bias=child.bias is not None)
                weight = dequantize_4bit(child.weight.data, child.weight.quant_state)
                plain.weight = torch.nn.Parameter(weight, requires_grad=False)
                plain.bias = child.bias
                setattr(module, name, plain)


class Maps:
    """The linear maps of a weights file; ``writer`` and ``judge`` are the ids they were made for."""

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing without the file."""
        from safetensors import safe_open

        if not path.is_file():
            raise ModelMissing(f"{path} is not there; reinstall the package, or run training/second.py")
        with safe_open(path, framework="numpy") as file:
            self.about: dict[str, Any] = json.loads((file.metadata() or {}).get("about", "{}"))
            self.parts = {name: file.get_tensor(name) for name in PARTS}
        self.writer, self.judge = str(self.about["writer"]), str(self.about["judge"])
        self.id = f"{path.stem}-{sha256(path.read_bytes()).hexdigest()[:12]}"

    def probe(self, states: Floats) -> Floats:
        """(n, 3) logits of supports, refutes and neither from (n, layers × hidden)."""
        return self._mapped("probe", states)

    def near(self, features: Floats) -> Floats:
        """(n, 3) probabilities from the rows of ``near_features``."""
        return softmax(self._mapped("near", features))

    def joined(self, features: Floats) -> Floats:
        """(n, 3) probabilities from the rows of ``features``."""
        return softmax(self._mapped("join", features))

    def _mapped(self, name: str, rows: Floats) -> Floats:
        return np.asarray(rows @ self.parts[name].astype(np.float32) + self.parts[f"{name}_bias"], np.float32)


PARTS = ("near", "near_bias", "probe", "probe_bias", "join", "join_bias")


def near_features(first: Sequence[Judgement], cosine: Sequence[float]) -> Floats:
    """(n, 3): both logits of the first judge, and the cosine."""
    said = [(_logit(one.supports), _logit(one.refutes)) for one in first]
    return np.asarray(np.c_[np.array(said).reshape(-1, 2), np.array(cosine)], np.float32)


def features(first: Sequence[Judgement], probed: Floats, cosine: Sequence[float]) -> Floats:
    """(n, 6): both logits of the first judge, the probe's three, centred, and the cosine."""
    near = near_features(first, cosine)
    centred = probed - probed.mean(axis=1, keepdims=True)
    return np.asarray(np.c_[near[:, :2], centred, near[:, 2:]], np.float32)


def softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _logit(share: float) -> float:
    kept = min(1 - _EDGE, max(_EDGE, share))
    return math.log(kept / (1 - kept))


class Joined:
    """Fits ``ports.SecondOpinion``. With ``states`` slow: up to a second a claim on 2 cores with bfloat16, several without."""

    def __init__(self, judge: str, encoder: Encoder, maps: Maps, states: WriterStates | None = None) -> None:
        """``judge``: the id of the first judge."""
        if judge != maps.judge:
            raise UsageError(
                f"{maps.id} was made for the judge {maps.judge}, found {judge}; run training/second.py"
            )
        self._encoder, self._maps, self._states = encoder, maps, states
        self.id = f"{judge}+{maps.id}{'+writer' if states else ''}"

    def again(
        self, evidence: Sequence[Sequence[str]], claims: Sequence[str], said: Sequence[Judgement]
    ) -> list[Judgement]:
        """Nothing for a claim without words or without evidence."""
        rows = list(zip(evidence, claims, said, strict=True))
        asked = [
            i for i, (texts, claim, _) in enumerate(rows) if claim.strip() and any(map(str.strip, texts))
        ]
        found = [Judgement(0.0)] * len(rows)
        if asked:
            shares = self._shares(*zip(*(rows[i] for i in asked), strict=True))
            for i, (supports, refutes, _) in zip(asked, shares.tolist(), strict=True):
                found[i] = Judgement(supports, refutes)
        return found

    def _shares(
        self, evidence: Sequence[Sequence[str]], claims: Sequence[str], said: Sequence[Judgement]
    ) -> Floats:
        texts = [nearest(sentences, claim) for sentences, claim in zip(evidence, claims, strict=True)]
        cosine = cosines(self._encoder, texts, claims)
        if self._states is None:
            return self._maps.near(near_features(said, cosine))
        probed = self._maps.probe(self._states.of(list(zip(claims, texts, strict=True))))
        return self._maps.joined(features(said, probed, cosine))


def cosines(encoder: Encoder, texts: Sequence[str], claims: Sequence[str]) -> list[float]:
    """Of each claim with its evidence as one text."""
    vectors = encoder.encode([*texts, *claims])
    return [
        float(one @ other) for one, other in zip(vectors[: len(texts)], vectors[len(texts) :], strict=True)
    ]


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).replace("<|", "< |").split())


def nearest(sentences: Sequence[str], claim: str, *, most_words: int = WORDS) -> str:
    """The sentences that share most content words with the claim, in their order, within ``most_words``."""
    if sum(len(text.split()) for text in sentences) <= most_words:
        return " ".join(sentences)
    wanted = set(content_stems(claim))
    ranked = sorted(range(len(sentences)), key=lambda i: -len(wanted & set(content_stems(sentences[i]))))
    kept: set[int] = set()
    room = most_words
    for place in ranked:
        size = len(sentences[place].split())
        if size <= room or not kept:
            kept.add(place)
            room -= size
    return " ".join(" ".join(sentences[place].split()[:most_words]) for place in sorted(kept))
