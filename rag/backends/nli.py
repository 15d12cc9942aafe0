"""Judges from model checkpoints that others trained: entailment classifiers and MiniCheck-style T5 models.

One pair is one (evidence, claim). Evidence that does not fit the model is read in windows of whole sentences that
overlap by one. Over the windows the best support counts, and the strongest refutation; where the two together would
exceed 1, the weaker of them gives way (a tie goes to the refutation). Files come from a folder or the hub's local
cache, as safetensors, and no code of a checkpoint is run. No score here is calibrated.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.backends.transformers import quiet_libraries
from rag.errors import ModelMissing, UsageError
from rag.ports import Judgement

JudgeLabel = Literal["supports", "refutes", "nei"]
MINICHECK_TOKENS = (3, 209)
"""What MiniCheck-Flan-T5 was trained to begin with: token 3 for "not supported", token 209 for "supported"."""
_MINICHECK_WINDOW = 768
"""Tokens; close to the chunks of 500 words that MiniCheck was published with."""
_UNKNOWN_WINDOW = 512
_TOKENIZER_FILES = ("tokenizer.json", "vocab.*", "*.model", "merges.txt", "*.spm", "*.tiktoken")
_UNBOUNDED = 100_000
"""Tokenizers without a limit state a number far above this."""


class _Pair(NamedTuple):
    """One window of the evidence of claim ``row``."""

    row: int
    window: str
    claim: str


class _CheckpointJudge(ABC):
    """What the two kinds share: loading, windows, batches of like length. Fits ``ports.Judge``."""

    kind: str

    def __init__(self, source: str | Path, *, revision: str | None, device: str, batch_size: int,
                 max_tokens: int | None) -> None:  # fmt: skip
        self.folder = checkpoint_folder(source, revision)
        self._device, self._batch_size, self._asked_tokens = device, batch_size, max_tokens
        self._lock = threading.Lock()

    @cached_property
    def id(self) -> str:
        """Kind, architecture, the first 12 hex digits of the weights' SHA-256, and what else decides a score."""
        return f"{self.kind}({self._config.model_type}-{_weights_hash(self.folder)},{self._options()},{self.max_tokens})"

    @abstractmethod
    def _options(self) -> str:
        """What beside the weights decides a score, for the id."""

    @abstractmethod
    def _read(self, pairs: Sequence[_Pair]) -> NDArray[np.float64]:
        """(n, 2): supports and refutes of each pair."""

    @abstractmethod
    def _overhead(self) -> int:
        """Tokens of a pair that are neither evidence nor claim."""

    @cached_property
    def max_tokens(self) -> int:
        """Longest input, evidence, claim and special tokens together."""
        return self._asked_tokens or self._own_window()

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        """One judgement per claim. (0, 0) without evidence or claim, and for a claim that fills more than half of
        the model's window: cut short, it would be another claim."""
        pairs = [
            pair
            for row, (texts, claim) in enumerate(zip(evidence, claims, strict=True))
            for pair in self._pairs(row, texts, claim)
        ]
        found: dict[int, list[tuple[float, float]]] = {}
        for pair, (supports, refutes) in zip(pairs, self._in_batches(pairs), strict=True):
            found.setdefault(pair.row, []).append((float(supports), float(refutes)))
        return [joined(found.get(row, [])) for row in range(len(claims))]

    def _pairs(self, row: int, texts: Sequence[str], claim: str) -> Iterator[_Pair]:
        claim = claim.strip()
        sentences = [text.strip() for text in texts if any(c.isalnum() for c in text)]
        if not sentences or not any(c.isalnum() for c in claim):
            return
        (length,) = self._lengths([claim])
        if 2 * length > self.max_tokens:
            return
        room = self.max_tokens - length - self._overhead()
        for window in windows(sentences, self._lengths, room=room):
            yield _Pair(row, window, claim)

    def _in_batches(self, pairs: Sequence[_Pair]) -> NDArray[np.float64]:
        """(n, 2), in the order of ``pairs``; read in order of length, so that little of a batch is padding."""
        scores = np.zeros((len(pairs), 2))
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].window) + len(pairs[i].claim))
        for start in range(0, len(order), self._batch_size):
            rows = order[start : start + self._batch_size]
            with self._lock:
                scores[rows] = self._read([pairs[i] for i in rows])
        return scores

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]]

    def _own_window(self) -> int:
        """What tokenizer and positions of the model allow; 512 where neither says."""
        stated = getattr(self._tokenizer, "model_max_length", _UNBOUNDED)
        positions = getattr(self._config, "max_position_embeddings", 0) or _UNBOUNDED
        if self._config.model_type in ("roberta", "xlm-roberta", "camembert"):
            positions -= (self._config.pad_token_id or 0) + 1  # their positions start behind the padding's
        room = min(int(stated), int(positions))
        return room if 0 < room < _UNBOUNDED else _UNKNOWN_WINDOW

    @cached_property
    def _config(self) -> Any:
        from transformers import AutoConfig

        return self._from_pretrained(AutoConfig)

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return self._from_pretrained(AutoTokenizer)

    def _load(self, auto_class: Any) -> Any:
        import torch

        model, about = self._from_pretrained(
            auto_class, use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
        if missing := sorted(about["missing_keys"]):
            raise ModelMissing(
                f"the weights in {self.folder} lack {', '.join(missing[:4])}, which would be filled with chance; "
                "expected a checkpoint trained for this task: give the folder of one"
            )
        return model.eval().to(self._resolved_device)

    def _from_pretrained(self, auto_class: Any, **options: Any) -> Any:
        os.environ["HF_HUB_OFFLINE"] = "1"
        with quiet_libraries():
            return auto_class.from_pretrained(
                self.folder, local_files_only=True, trust_remote_code=False, **options
            )

    @cached_property
    def _resolved_device(self) -> str:
        import torch

        if self._device != "auto":
            return self._device
        return "cuda" if torch.cuda.is_available() else "cpu"


class SequenceClassificationJudge(_CheckpointJudge):
    """An entailment classifier (``AutoModelForSequenceClassification``): premise the evidence, hypothesis the claim.

    ``labels`` says what each output of the model means, in order; ``("supports", "nei", "refutes")`` for most
    three-way models, two for a model that knows supported and not only. "nei" may come more than once. Raises
    UsageError when they do not fit the checkpoint, ModelMissing when its files are not here or cannot be read.
    """

    kind = "nli"

    def __init__(
        self,
        source: str | Path,
        *,
        labels: Sequence[JudgeLabel] = ("supports", "nei", "refutes"),
        revision: str | None = None,
        device: str = "auto",
        batch_size: int = 16,
        max_tokens: int | None = None,
    ) -> None:
        super().__init__(
            source, revision=revision, device=device, batch_size=batch_size, max_tokens=max_tokens
        )
        self._labels = tuple(labels)
        _check_labels(self._labels, self._config.num_labels, dict(self._config.id2label or {}), self.folder)

    def _options(self) -> str:
        return "/".join(self._labels)

    def _overhead(self) -> int:
        return int(self._tokenizer.num_special_tokens_to_add(pair=True))

    def _read(self, pairs: Sequence[_Pair]) -> NDArray[np.float64]:
        import torch

        batch = self._tokenizer(
            [pair.window for pair in pairs], [pair.claim for pair in pairs], padding=True,
            truncation="only_first", max_length=self.max_tokens, return_tensors="pt",
        ).to(self._resolved_device)  # fmt: skip
        with torch.inference_mode():
            shares = self._model(**batch).logits.double().softmax(-1).cpu().numpy()
        columns = [
            [i for i, name in enumerate(self._labels) if name == wanted] for wanted in ("supports", "refutes")
        ]
        return np.stack([shares[:, chosen].sum(1) for chosen in columns], axis=1)

    @cached_property
    def _model(self) -> Any:
        from transformers import AutoModelForSequenceClassification

        return self._load(AutoModelForSequenceClassification)


class Seq2SeqJudge(_CheckpointJudge):
    """A T5 model that was taught to begin its output with one of two tokens, as MiniCheck-Flan-T5 was.

    It reads ``predict: EVIDENCE</s>CLAIM``. ``label_tokens`` are the ids of "not supported" and "supported". Such a
    model cannot tell refuted from unmentioned: ``refutes`` is 0. Raises UsageError when the
    model is no encoder-decoder or a token id is not in its vocabulary, ModelMissing when its files are not here or
    cannot be read.
    """

    kind = "minicheck"

    def __init__(
        self,
        source: str | Path,
        *,
        label_tokens: tuple[int, int] = MINICHECK_TOKENS,
        revision: str | None = None,
        device: str = "auto",
        batch_size: int = 16,
        max_tokens: int | None = _MINICHECK_WINDOW,
    ) -> None:
        super().__init__(
            source, revision=revision, device=device, batch_size=batch_size, max_tokens=max_tokens
        )
        if not self._config.is_encoder_decoder:
            raise UsageError(
                f"the model in {self.folder} ({self._config.model_type}) is no encoder-decoder, expected one such as T5; "
                'name another model, or for a classifier set backend = "nli" with labels'
            )
        self._tokens = tuple(label_tokens)
        size = int(self._config.vocab_size)
        if len(set(self._tokens)) != 2 or not all(0 <= token < size for token in self._tokens):
            raise UsageError(
                f"label tokens {list(self._tokens)} do not fit {self.folder}: expected two different ids from 0 to "
                f"{size - 1}, first that of “not supported”, then that of “supported”; set label_tokens accordingly"
            )

    def _options(self) -> str:
        return "/".join(map(str, self._tokens))

    def _overhead(self) -> int:
        return len(self._tokenizer(self._prompt("", ""))["input_ids"])

    def _prompt(self, window: str, claim: str) -> str:
        return f"predict: {window}{self._tokenizer.eos_token}{claim}"

    def _read(self, pairs: Sequence[_Pair]) -> NDArray[np.float64]:
        import torch

        batch = self._tokenizer(
            [self._prompt(pair.window, pair.claim) for pair in pairs], padding=True, return_tensors="pt"
        ).to(self._resolved_device)
        first = torch.full((len(pairs), 1), self._config.decoder_start_token_id, device=self._resolved_device)
        with torch.inference_mode():
            logits = self._model(
                input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], decoder_input_ids=first
            ).logits[:, 0, list(self._tokens)]  # (n, 2)
        supports = logits.double().softmax(-1)[:, 1].cpu().numpy()
        return np.stack([supports, np.zeros_like(supports)], axis=1)

    @cached_property
    def _model(self) -> Any:
        from transformers import AutoModelForSeq2SeqLM

        return self._load(AutoModelForSeq2SeqLM)


# --- windows ------------------------------------------------------------------------------------------


def joined(windows_read: Sequence[tuple[float, float]]) -> Judgement:
    """(supports, refutes) of the windows to one judgement; (0, 0) without a window."""
    supports = max((s for s, _ in windows_read), default=0.0)
    refutes = max((r for _, r in windows_read), default=0.0)
    if supports + refutes > 1:
        supports, refutes = (supports, 1 - supports) if supports > refutes else (1 - refutes, refutes)
    return Judgement(supports, refutes)


def windows(sentences: Sequence[str], lengths: Any, *, room: int) -> list[str]:
    """The sentences in pieces of at most ``room`` tokens, each beginning with the last sentence of the one before.

    A sentence that does not fit alone is cut between words. ``lengths`` counts the tokens of texts.
    """
    whole = " ".join(sentences)
    if lengths([whole])[0] <= room:
        return [whole]
    pieces = [piece for sentence in sentences for piece in _fitting(sentence, lengths, room)]
    sizes = [size + 1 for size in lengths(pieces)]  # a word can take one more token behind a space
    return [" ".join(pieces[start:end]) for start, end in _spans(sizes, room)]


def _spans(lengths: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Runs of neighbours that fit in ``room``; a run starts at the last of the run before, if both then fit."""
    start = 0
    while True:
        end, used = start + 1, lengths[start]
        while end < len(lengths) and used + lengths[end] <= room:
            used += lengths[end]
            end += 1
        yield start, end
        if end == len(lengths):
            return
        overlaps = end - 1 > start and lengths[end - 1] + lengths[end] <= room
        start = end - 1 if overlaps else end


def _fitting(sentence: str, lengths: Any, room: int) -> list[str]:
    if lengths([sentence])[0] <= room:
        return [sentence]
    words = sentence.split()
    sizes = lengths(words)
    pieces, used = [[words[0]]], sizes[0]
    for word, size in zip(words[1:], sizes[1:], strict=True):
        if used + size > room:
            pieces.append([])
            used = 0
        pieces[-1].append(word)
        used += size
    return [" ".join(piece) for piece in pieces]


# --- checkpoints --------------------------------------------------------------------------------------


def checkpoint_folder(source: str | Path, revision: str | None) -> Path:
    """The folder itself, or that of a hub id in the local cache. Raises ModelMissing; asks no network."""
    folder = Path(source).expanduser()
    if not folder.is_dir():
        found = _cached(str(source), revision)
        if found is None:
            at = f" --revision {revision}" if revision else ""
            raise ModelMissing(
                f"there is no folder {source} and no such model in the hub's local cache; on a machine with network run "
                f"`hf download {source}{at}`, then name the folder as `model`"
            )
        folder = found
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise ModelMissing(
            f"{folder} has no config.json with *.safetensors beside it; pickled weights (.bin) are not read, as they "
            "can run code: convert them with `save_pretrained(…, safe_serialization=True)`"
        )
    if not any(path for pattern in _TOKENIZER_FILES for path in folder.glob(pattern)):
        raise ModelMissing(
            f"{folder} has no tokenizer beside the model, expected tokenizer.json or such; copy the tokenizer's files "
            "from where the model is from, or save them with `save_pretrained`"
        )
    for path in sorted(folder.glob("*.safetensors")):
        _check_readable(path)
    return folder


def _check_readable(weights: Path) -> None:
    """Reads what stands at the beginning, and whether all that it names is there."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weights, framework="numpy"):
            pass
    except (OSError, SafetensorError) as error:
        raise ModelMissing(
            f"{weights} cannot be read as safetensors ({error}): it is cut short or damaged, or may not be read; copy or "
            "download it again"
        ) from error


def _cached(hub_id: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(hub_id, "config.json", revision=revision)
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def _weights_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def _check_labels(labels: Sequence[str], count: int, names: dict[int, str], folder: Path) -> None:
    shown = json.dumps(list(labels))
    wrong = [name for name in labels if name not in ("supports", "refutes", "nei")]
    if len(labels) < 2:
        raise UsageError(
            f'labels {shown}: expected at least two, "supports" and what else the model tells; with one output nothing '
            "would tell supported from not"
        )
    if wrong or labels.count("supports") != 1 or labels.count("refutes") > 1:
        raise UsageError(
            f'labels {shown}: expected "supports" once, "refutes" at most once and "nei" for the rest, in the order '
            "of the model's outputs"
        )
    if len(labels) != count:
        raise UsageError(
            f"labels {shown} name {len(labels)} outputs, the model in {folder} has {count} ({_listed(names)}): name "
            "them all, in this order"
        )
    read = [_meaning(str(names.get(i, ""))) for i in range(count)]
    if all(read) and read != list(labels):
        raise UsageError(
            f"labels {shown} contradict the model in {folder}, which calls its outputs {_listed(names)}: "
            f"expected {json.dumps(read)}"
        )


def _listed(names: dict[int, str]) -> str:
    return ", ".join(f"{number}: {names[number]}" for number in sorted(names))


def _meaning(name: str) -> str:
    """What a checkpoint's own name of an output says; "" if it says nothing."""
    plain = name.lower().replace("-", "_").replace(" ", "_")
    if plain in ("neutral", "nei") or plain.startswith(("not_", "non_", "not enough", "unsupported")):
        return "nei"
    if plain.startswith(("entail", "support")):
        return "supports"
    return "refutes" if plain.startswith(("contradict", "refut")) else ""
