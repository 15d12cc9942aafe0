"""The adversary as a model: the product's own writer and decoding loop, with logits that prefer false tokens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.backends import transformers as backend
from rag.backends.transformers import Savings, TransformersWriter

_LOOK_BACK = 10
"""Bytes of the output by which the adversary finds its place in what it wants to write."""


class _Tokens(list[int]):
    """In place of the attention cache: only its length matters to an adversary that sees all tokens."""

    def get_seq_length(self) -> int:
        return len(self)

    def crop(self, surplus: int) -> None:
        del self[surplus:]


class Adversary(TransformersWriter):
    """Wants ``target``; where the grammar stands in the way it takes the falsest token that is left."""

    def __init__(self, tokenizer: Any, *, guess: bool = False) -> None:
        super().__init__(
            "adversary",
            quantisation="none",
            context_tokens=100_000,
            id="adversary",
            savings=Savings(guess=guess),
        )
        self._words = tokenizer
        self._size = tokenizer.get_vocab_size()
        self._bytes = [self._grammar_tokenizer.decode_bytes([n]) for n in range(self._size)]
        self._by_bytes = {word: number for number, word in enumerate(self._bytes) if number and word}
        self._longest = max(map(len, self._by_bytes))
        self._closing = [n for word, n in self._by_bytes.items() if word in (b".", b'"', b"}", b"]")]
        self._count = lru_cache(maxsize=64)(lambda text: tuple(tokenizer.encode(text).ids))
        self.aim("", seed=0, patience=0)

    def aim(self, target: str, *, seed: int, patience: int) -> None:
        """What to want next. After ``patience`` tokens it would rather close what is open than go on."""
        self._target = target.encode()
        self._patience = patience
        self._random = np.random.default_rng(seed)
        self._start = 0

    def count_tokens(self, text: str) -> int:
        return len(self._count(text))

    @cached_property
    def _grammar_tokenizer(self) -> Any:
        import llguidance

        return llguidance.LLTokenizer(self._words.to_str(), eos_token=0)

    def _tokenise(self, prompt: Any, *, room_for: int) -> list[int]:
        tokens = list(self._count(prompt.fixed + prompt.variable))
        self._start = len(tokens)
        return tokens

    @contextlib.contextmanager
    def _prefix(self, fixed: str, tokens: list[int]) -> Iterator[Any]:
        yield _Tokens()

    def _run_pending(self, cache: Any, pending: list[int], guess: list[int]) -> NDArray[np.float32]:
        return self._forward(cache, pending + guess, rows=len(guess) + 1)

    def _forward(self, cache: _Tokens, tokens: Sequence[int], *, rows: int) -> NDArray[np.float32]:
        """(rows, vocabulary)"""
        cache.extend(tokens)
        ends = range(len(cache) - rows + 1, len(cache) + 1)
        return np.stack([self._wishes(cache[self._start : end]) for end in ends])

    def _wishes(self, output: list[int]) -> NDArray[np.float32]:
        """Logits after ``output``. The target's next letters weigh most, the longest token first."""
        logits = self._random.random(self._size, dtype=np.float32)
        if len(output) >= self._patience:
            logits[self._closing] += 5
        rest = self._rest(b"".join(self._bytes[token] for token in output[-_LOOK_BACK:]), begun=bool(output))
        if not rest:
            logits[0] += 50
        for length in range(1, min(len(rest), self._longest) + 1):
            token = self._by_bytes.get(rest[:length])
            if token is not None:
                logits[token] += 20 + length
        return logits

    def _rest(self, tail: bytes, *, begun: bool) -> bytes:
        """What the target goes on with after the longest ending of the output that stands in it."""
        if not begun:
            return self._target
        for length in range(min(len(tail), _LOOK_BACK), 0, -1):
            place = self._target.find(tail[-length:])
            if place >= 0:
                return self._target[place + length :]
        return self._target


class _Free:
    """No constraint: every token may come at any time."""

    def __init__(self, tokenizer: Any, grammar: str) -> None:
        self._everything = np.ones(tokenizer.vocab_size, dtype=np.bool_)
        self._end = set(tokenizer.eos_tokens)
        self.stopped = False

    @property
    def complete(self) -> bool:
        return self.stopped

    def allowed(self) -> NDArray[np.bool_]:
        return self._everything

    def accept(self, token: int) -> list[int]:
        self.stopped = token in self._end
        return [] if self.stopped else [token]

    def forced(self) -> list[int]:
        return []

    def possible(self, tokens: list[int]) -> list[int]:
        return tokens


class _Shared(backend._Constraint):
    """The product's constraint, its grammar compiled once for all decodes of a scene."""

    def __init__(self, tokenizer: Any, grammar: str) -> None:
        self._matcher = _compiled(tokenizer, grammar)
        self._matcher.reset()
        self._end = set(tokenizer.eos_tokens)
        self._check()


@lru_cache(maxsize=8)
def _compiled(tokenizer: Any, grammar: str) -> Any:
    import llguidance

    return llguidance.LLMatcher(tokenizer, grammar, log_level=0)


@contextlib.contextmanager
def constraint(*, on: bool, shared: bool = True) -> Iterator[None]:
    """With the product's constraint, or with it taken away."""
    real = backend._Constraint
    backend._Constraint = (_Shared if shared else real) if on else _Free  # type: ignore[misc, assignment]
    try:
        yield
    finally:
        backend._Constraint = real  # type: ignore[misc]
