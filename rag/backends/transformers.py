"""A writer that runs in this process: transformers, with bitsandbytes or the checkpoint's own quantisation.

It knows token ids, a key-value cache and a grammar; it knows nothing of questions, evidence or claims.

Decoding is our own loop, so that three savings are possible without changing a single output byte:
text the grammar forces is never sampled, the cache of a prompt's fixed part is kept between calls, and
tokens guessed from the prompt (claims repeat their evidence) are checked many at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.errors import MissingDependency, ModelMissing, WriterError
from rag.ports import Generation, Prompt

# OpenMP threads that wait by spinning cost up to eight times the time when the cores are shared. Read once, when
# torch is first imported; no effect after that.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

Quantisation = Literal["none", "int8", "nf4", "checkpoint"]

_GUESS_TOKENS = 10
"""Most tokens guessed from the prompt at once."""
_MATCH_TOKENS = 3
"""Length of the repeated piece that a guess needs."""
_KEPT_PREFIXES = 4
_PACKED_TOKENS = 1024
"""Most tokens of yes/no prompts run through the model together."""
_YES = ("yes", " yes", "Yes", " Yes")
_NO = ("no", " no", "No", " No")


class Savings(NamedTuple):
    """What may be skipped; for measuring. None of them changes the output."""

    keep_prefix: bool = True
    guess: bool = True
    batch_forced: bool = True


class TransformersWriter:
    """Fits ``ports.Writer``. Nothing is loaded until the first call, and never from the network."""

    def __init__(
        self,
        folder_or_hub_id: str | Path,
        *,
        quantisation: Quantisation,
        context_tokens: int,
        device_map: str | dict[str, Any] | None = "auto",
        max_memory: dict[int | str, str] | None = None,
        revision: str | None = None,
        id: str | None = None,
        threads: int | None = None,
        prefix_folder: Path | None = None,
        savings: Savings = Savings(),  # noqa: B008
    ) -> None:
        """``prefix_folder`` keeps the work done on fixed parts of prompts for the next process."""
        self.context_tokens = context_tokens
        self.savings = savings
        self._source = str(folder_or_hub_id)
        self._quantisation = quantisation
        self._device_map = device_map
        self._max_memory = max_memory
        self._revision = revision
        self._id = id
        self._threads = threads
        self._prefix_folder = prefix_folder
        self._lock = threading.RLock()

    @cached_property
    def id(self) -> str:
        if self._id:
            return self._id
        folder = Path(self._source)
        return _folder_id(folder) if folder.is_dir() else f"{self._source}@{self._revision or 'default'}"

    @property
    def quantisation(self) -> str:
        if self._quantisation != "checkpoint":
            return self._quantisation
        return _checkpoint_quantisation(self._config)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def write(
        self,
        prompt: Prompt,
        *,
        grammar: str,
        max_tokens: int,
        seed: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
    ) -> Generation:
        """Raises WriterError for a prompt that leaves no room or a grammar that cannot be read."""
        with self._lock:
            tokens = self._tokenise(prompt, room_for=max_tokens)
            constraint = _Constraint(self._grammar_tokenizer, grammar)
            choose = _Chooser(temperature=temperature, top_p=top_p, seed=seed)
            with self._prefix(prompt.fixed, tokens) as cache:
                output = self._decode(cache, tokens, constraint, choose, max_tokens)
        text = self._grammar_tokenizer.decode_bytes(output).decode("utf-8", errors="replace")
        return Generation(text, len(tokens), len(output), constraint.complete)

    def yes_probability(self, prompts: Sequence[Prompt]) -> list[float]:
        with self._lock:
            answers: list[float] = []
            for group in _groups([(prompt, self._tokenise(prompt, room_for=1)) for prompt in prompts]):
                answers += self._yes_of_group(group)
        return answers

    # Loading

    @cached_property
    def _config(self) -> Any:
        from transformers import AutoConfig

        return self._from_pretrained(AutoConfig)

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return self._from_pretrained(AutoTokenizer)

    @cached_property
    def _grammar_tokenizer(self) -> Any:
        import llguidance.hf

        vocabulary = self._model.get_output_embeddings().weight.shape[0]
        vocabulary = max(int(self._config.vocab_size), len(self._tokenizer)) or vocabulary
        return llguidance.hf.from_tokenizer(self._tokenizer, n_vocab=vocabulary)

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModelForCausalLM

        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # int8 warns once per product
        if self._threads:
            torch.set_num_threads(self._threads)
        model = self._from_pretrained(
            AutoModelForCausalLM, use_safetensors=True, **self._placement(), **self._precision()
        )
        model.eval()
        _set_compute_type(model)
        self._prefixes: dict[str, _Prefix] = {}
        return model

    def _from_pretrained(self, kind: Any, **options: Any) -> Any:
        with quiet_libraries():
            try:
                return kind.from_pretrained(
                    self._source,
                    revision=self._revision,
                    local_files_only=True,
                    trust_remote_code=False,
                    **options,
                )
            except ImportError as error:
                raise MissingDependency(
                    f"{self._source} needs a library that is not installed: {error}"
                ) from error
            except OSError as error:
                raise ModelMissing(
                    f"{self._source} is not on this machine or is incomplete ({_first_line(error)}); "
                    "download it before, nothing is fetched while answering"
                ) from error

    def _placement(self) -> dict[str, Any]:
        import torch

        if not torch.cuda.is_available():
            return {"device_map": {"": "cpu"}}
        return {"device_map": self._device_map, "max_memory": self._max_memory}

    def _precision(self) -> dict[str, Any]:
        """Quantise now, unless the checkpoint already is."""
        compute = _compute_type()
        prepared = _checkpoint_quantisation(self._config)
        if prepared != "none" or self._quantisation in ("none", "checkpoint"):
            if self._quantisation not in ("checkpoint", prepared):
                raise WriterError(
                    f"{self._source} holds {prepared} weights; the profile says {self._quantisation}"
                )
            return {"dtype": "auto" if prepared == "none" else compute}
        from transformers import BitsAndBytesConfig

        if self._quantisation == "int8":
            return {"dtype": compute, "quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
        nf4 = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=compute)
        return {"dtype": compute, "quantization_config": nf4}

    # Running

    def _tokenise(self, prompt: Prompt, *, room_for: int) -> list[int]:
        tokens: list[int] = self._tokenizer(prompt.fixed + prompt.variable)["input_ids"]
        if len(tokens) + room_for > self.context_tokens:
            raise WriterError(
                f"the prompt has {len(tokens)} tokens and needs room for {room_for} more; "
                f"the context has {self.context_tokens}"
            )
        return tokens

    @contextlib.contextmanager
    def _prefix(self, fixed: str, tokens: list[int]) -> Iterator[Any]:
        """A cache that holds the first tokens of the prompt, cut back to them afterwards."""
        prefix = self._known_prefix(fixed, tokens) if self.savings.keep_prefix else _Prefix.empty()
        try:
            yield prefix.cache
        finally:
            _cut(prefix.cache, len(prefix.tokens))

    def _known_prefix(self, fixed: str, tokens: list[int]) -> _Prefix:
        _ = self._model
        known = self._prefixes.pop(fixed, None)
        if known is None or tokens[: len(known.tokens)] != known.tokens or len(known.tokens) >= len(tokens):
            start: list[int] = self._tokenizer(fixed)["input_ids"]
            known = self._prepared_prefix(tokens[: min(_common(start, tokens), len(tokens) - 1)])
        self._prefixes[fixed] = known  # last in the dict is the one used last
        if len(self._prefixes) > _KEPT_PREFIXES:
            self._prefixes.pop(next(iter(self._prefixes)))
        return known

    def _prepared_prefix(self, tokens: list[int]) -> _Prefix:
        """From the folder when it is there, else run now and put there."""
        kept = self._prefix_file(tokens) if self._prefix_folder and tokens else None
        if kept and (cache := _read_cache(kept)) is not None and cache.get_seq_length() == len(tokens):
            return _Prefix(tokens, cache)
        prefix = _Prefix(tokens, _Prefix.empty().cache)
        if tokens:
            self._forward(prefix.cache, tokens, rows=1)
        if kept:
            _write_cache(prefix.cache, kept)
        return prefix

    def _prefix_file(self, tokens: list[int]) -> Path:
        """Named by all that decides the numbers in it."""
        import torch
        import transformers

        versions = [torch.__version__, transformers.__version__, str(_compute_type()), str(self._model.dtype)]
        key = json.dumps([self.id, self.quantisation, versions, tokens])
        assert self._prefix_folder is not None
        return self._prefix_folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.safetensors"

    def _forward(self, cache: Any, tokens: Sequence[int], *, rows: int) -> NDArray[np.float32]:
        """Run ``tokens`` after what the cache holds; logits of the last ``rows`` of them, (rows, vocabulary)."""
        import torch

        with torch.inference_mode():
            result = self._model(
                input_ids=torch.tensor([list(tokens)], device=self._model.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=rows,
            )
        logits: NDArray[np.float32] = result.logits[0].float().cpu().numpy()
        return logits

    def _decode(
        self, cache: Any, tokens: list[int], constraint: _Constraint, choose: _Chooser, max_tokens: int
    ) -> list[int]:
        """Invariant: the cache holds all of ``tokens + output`` but the last ``len(pending)``."""
        output = constraint.forced()
        pending = tokens[cache.get_seq_length() :] + output
        while not constraint.stopped and len(output) < max_tokens:
            guess = self._guess(tokens + output, constraint, max_tokens - len(output))
            logits = self._run_pending(cache, pending, guess)
            held = cache.get_seq_length() - len(guess)
            place = 0
            while True:
                token = choose(logits[place], constraint.allowed())
                new = constraint.accept(token)
                output += new
                agreed = _common(guess[place:], new)
                place += agreed
                if agreed < len(new) or constraint.stopped or len(output) >= max_tokens:
                    break
            pending = new[agreed:]
            _cut(cache, held + place)
        return output[:max_tokens]

    def _run_pending(self, cache: Any, pending: list[int], guess: list[int]) -> NDArray[np.float32]:
        if not self.savings.batch_forced:
            while len(pending) > 1:
                self._forward(cache, pending[:1], rows=1)
                pending = pending[1:]
        return self._forward(cache, pending + guess, rows=len(guess) + 1)

    def _guess(self, tokens: list[int], constraint: _Constraint, room: int) -> list[int]:
        """What followed the last few tokens where they stood before, as far as the grammar allows it."""
        if not self.savings.guess:
            return []
        return constraint.possible(_continuation(tokens)[: max(room - 1, 0)])

    def _yes_of_group(self, group: list[tuple[Prompt, list[int]]]) -> list[float]:
        """All prompts of a group share their fixed part."""
        with self._prefix(group[0][0].fixed, group[0][1]) as cache:
            rests = [tokens[cache.get_seq_length() :] for _, tokens in group]
            shared = min(_common(rest[:-1], rests[0]) for rest in rests)
            if shared and len(rests) > 1:  # the question, say, that stands before every sentence
                self._forward(cache, rests[0][:shared], rows=1)
                rests = [rest[shared:] for rest in rests]
            logits = self._forward_packed(cache, rests)
        return [self._yes_share(row) for row in logits]

    def _forward_packed(self, cache: Any, rests: list[list[int]]) -> NDArray[np.float32]:
        """Several continuations of one prefix in one pass, none seeing another; logits of each one's end."""
        import torch

        start = cache.get_seq_length()
        owner = torch.tensor([number for number, rest in enumerate(rests) for _ in rest])
        place = torch.tensor([start + offset for rest in rests for offset in range(len(rest))])
        own = (owner[:, None] == owner[None, :]) & (place[:, None] >= place[None, :])
        seen = torch.cat([torch.ones(len(owner), start, dtype=torch.bool), own], dim=1)
        kind, device = self._model.dtype, self._model.device
        mask = torch.zeros(seen.shape, dtype=kind).masked_fill(~seen, torch.finfo(kind).min)
        ends = torch.tensor(np.cumsum([len(rest) for rest in rests]) - 1)
        with torch.inference_mode():
            result = self._model(
                input_ids=torch.tensor([[token for rest in rests for token in rest]], device=device),
                attention_mask=mask[None, None].to(device),
                position_ids=place[None].to(device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=ends.to(device),
            )
        logits: NDArray[np.float32] = result.logits[0].float().cpu().numpy()
        return logits

    def _yes_share(self, logits: NDArray[np.float32]) -> float:
        yes, no = self._yes_tokens
        row = np.exp(logits.astype(np.float64) - logits.max())
        return float(row[yes].sum() / (row[yes].sum() + row[no].sum()))

    @cached_property
    def _yes_tokens(self) -> tuple[list[int], list[int]]:
        return self._single_tokens(_YES), self._single_tokens(_NO)

    def _single_tokens(self, words: Sequence[str]) -> list[int]:
        """Ids of those spellings that are one token."""
        encoded = [self._tokenizer(word, add_special_tokens=False)["input_ids"] for word in words]
        found = sorted({ids[0] for ids in encoded if len(ids) == 1})
        if not found:
            raise WriterError(
                f"the vocabulary of {self._source} has none of {', '.join(map(repr, words))} as one token"
            )
        return found


class _Prefix(NamedTuple):
    tokens: list[int]
    cache: Any

    @classmethod
    def empty(cls) -> _Prefix:
        from transformers import DynamicCache

        return cls([], DynamicCache())


class _Constraint:
    """Where we are in the grammar. Forced text is always added at once, in its canonical tokens."""

    def __init__(self, tokenizer: Any, grammar: str) -> None:
        import llguidance

        self._matcher = llguidance.LLMatcher(tokenizer, grammar, log_level=0)
        self._end = set(tokenizer.eos_tokens)
        self._check()

    @property
    def stopped(self) -> bool:
        return bool(self._matcher.is_stopped())

    @property
    def complete(self) -> bool:
        """The output is a string of the grammar, not only the beginning of one."""
        return bool(self._matcher.is_stopped() and self._matcher.is_accepting())

    def allowed(self) -> NDArray[np.bool_]:
        """One flag per token of the vocabulary."""
        mask = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        return np.unpackbits(mask, bitorder="little").astype(bool)

    def accept(self, token: int) -> list[int]:
        """The token and what the grammar forces after it; nothing for the end-of-text token."""
        self._matcher.consume_token(token)
        self._check()
        return [] if token in self._end else [token, *self.forced()]

    def forced(self) -> list[int]:
        tokens = list(self._matcher.compute_ff_tokens())
        if tokens:
            self._matcher.consume_tokens(tokens)
        self._check()
        return tokens

    def possible(self, tokens: list[int]) -> list[int]:
        """The longest beginning of ``tokens`` that the grammar would take here."""
        return tokens[: self._matcher.validate_tokens(tokens)] if tokens else []

    def _check(self) -> None:
        if self._matcher.is_error():
            raise WriterError(f"the grammar failed: {self._matcher.get_error()}")


class _Chooser:
    """The next token: the likeliest, or a seeded draw from the nucleus. One draw per chosen token."""

    def __init__(self, *, temperature: float, top_p: float, seed: int) -> None:
        self._temperature = temperature
        self._top_p = top_p
        self._random = np.random.default_rng(seed)

    def __call__(self, logits: NDArray[np.float32], allowed: NDArray[np.bool_]) -> int:
        ids = np.flatnonzero(allowed[: len(logits)])
        if len(ids) == 0:
            raise WriterError("the grammar allows no token of the vocabulary")
        if self._temperature == 0:
            return int(ids[np.argmax(logits[ids])])
        return self._draw(ids, logits[ids].astype(np.float64), size=len(logits))

    def _draw(self, ids: NDArray[np.int64], logits: NDArray[np.float64], *, size: int) -> int:
        order = np.argsort(-logits, kind="stable")
        weights = np.exp((logits[order] - logits[order[0]]) / self._temperature)
        weights /= weights.sum()
        kept = order[np.cumsum(weights) - weights < self._top_p]
        # Noise per token of the vocabulary, not one number along a sorted scale: so a rounding difference in
        # the logits does not change which token is drawn.
        noise = self._random.gumbel(size=size)[ids[kept]]
        return int(ids[kept[np.argmax(logits[kept] / self._temperature + noise)]])


def _continuation(tokens: list[int]) -> list[int]:
    """The tokens after the latest earlier place where the last ``_MATCH_TOKENS`` tokens stand."""
    tail = tokens[-_MATCH_TOKENS:]
    for start in range(len(tokens) - _MATCH_TOKENS - 1, -1, -1):
        if tokens[start] == tail[0] and tokens[start : start + _MATCH_TOKENS] == tail:
            return tokens[start + _MATCH_TOKENS : start + _MATCH_TOKENS + _GUESS_TOKENS]
    return []


def _read_cache(path: Path) -> Any:
    """None when there is none or it cannot be read: then it is made anew."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError):
        return None
    cache = _Prefix.empty().cache
    for layer in range(len(tensors) // 2):
        cache.update(tensors[f"{layer}.keys"], tensors[f"{layer}.values"], layer)
    return cache


def _write_cache(cache: Any, path: Path) -> None:
    from safetensors.torch import save_file

    tensors = {f"{number}.keys": layer.keys.contiguous() for number, layer in enumerate(cache.layers)}
    tensors |= {f"{number}.values": layer.values.contiguous() for number, layer in enumerate(cache.layers)}
    if any(tensor.device.type != "cpu" for tensor in tensors.values()):
        return  # on a GPU running it again takes less time than reading it
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):  # a read-only or full disk only costs the saving
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, partial)
        partial.replace(path)


def _cut(cache: Any, length: int) -> None:
    """Keep the first ``length`` tokens."""
    surplus = cache.get_seq_length() - length
    if surplus > 0:
        cache.crop(-surplus)


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """Length of the common beginning."""
    for place, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return place
    return min(len(left), len(right))


def _groups(prompts: list[tuple[Prompt, list[int]]]) -> Iterator[list[tuple[Prompt, list[int]]]]:
    """Neighbours that share their fixed part and fit into one pass."""
    group: list[tuple[Prompt, list[int]]] = []
    size = 0
    for prompt, tokens in prompts:
        if group and (prompt.fixed != group[0][0].fixed or size + len(tokens) > _PACKED_TOKENS):
            yield group
            group, size = [], 0
        group.append((prompt, tokens))
        size += len(tokens)
    if group:
        yield group


def _compute_type() -> Any:
    """bfloat16 where the hardware multiplies it; else what does not crawl."""
    import torch

    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    from bitsandbytes.functional import has_avx512bf16

    return torch.bfloat16 if has_avx512bf16() else torch.float32


def _set_compute_type(model: Any) -> None:
    """A checkpoint saved in NF4 carries the compute type of the machine that made it."""
    from bitsandbytes.nn import Linear4bit

    for module in model.modules():
        if isinstance(module, Linear4bit):
            module.compute_dtype = _compute_type()


def _checkpoint_quantisation(config: Any) -> str:
    found = getattr(config, "quantization_config", None)
    if found is None:
        return "none"
    fields = found if isinstance(found, dict) else found.to_dict()
    if fields.get("quant_method") != "bitsandbytes":
        return str(fields.get("quant_method"))
    return "int8" if fields.get("load_in_8bit") else str(fields.get("bnb_4bit_quant_type"))


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """No progress bars or advice on stderr while loading; what matters comes back as an exception."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers.utils import logging as library

    level = library.get_verbosity()
    library.set_verbosity_error()
    library.disable_progress_bar()
    try:
        yield
    finally:
        library.set_verbosity(level)


def _folder_id(folder: Path) -> str:
    """As the manifest says; else a fingerprint of the configuration and of the ends of each weights file."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["id"])
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(f"{path.name} {path.stat().st_size}".encode())
        with path.open("rb") as file:
            digest.update(file.read(1 << 20))
            file.seek(max(path.stat().st_size - (1 << 20), 0))
            digest.update(file.read())
    return f"{folder.name}@{digest.hexdigest()[:12]}"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
