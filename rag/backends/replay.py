"""A writer that says what it was told to say: for tests and for replaying Records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from rag.errors import WriterError
from rag.ports import Generation, Prompt


def prompt_key(prompt: Prompt) -> str:
    """SHA-256 of the whole prompt, hex: the key under which an output can be stored."""
    return hashlib.sha256((prompt.fixed + prompt.variable).encode()).hexdigest()


class ReplayWriter:
    """Fits ``ports.Writer``. Outputs come in order, or by ``prompt_key``; nothing is made up when they run out.

    ``prompts``, ``grammars`` and ``yes_prompts`` hold what it was asked.
    """

    quantisation = "none"

    def __init__(
        self,
        outputs: Sequence[str] | Mapping[str, str],
        *,
        yes: Sequence[float] = (),
        yes_default: float | None = None,
        context_tokens: int = 4096,
        id: str = "replay",
    ) -> None:
        self.id = id
        self.context_tokens = context_tokens
        self.prompts: list[Prompt] = []
        self.grammars: list[str] = []
        self.yes_prompts: list[Prompt] = []
        self._by_key = dict(outputs) if isinstance(outputs, Mapping) else None
        self._in_order = [] if isinstance(outputs, Mapping) else list(outputs)
        self._yes = list(yes)
        self._yes_default = yes_default

    def count_tokens(self, text: str) -> int:
        return len(text.split())

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
        """Cut, and not finished, where the output has more words than ``max_tokens``."""
        self.prompts.append(prompt)
        self.grammars.append(grammar)
        text = self._next(prompt)
        kept = text if self.count_tokens(text) <= max_tokens else " ".join(text.split()[:max_tokens])
        counts = self.count_tokens(prompt.fixed + prompt.variable), self.count_tokens(kept)
        return Generation(kept, *counts, finished=kept == text)

    def yes_probability(self, prompts: Sequence[Prompt]) -> list[float]:
        return [self._next_yes(prompt) for prompt in prompts]

    def _next(self, prompt: Prompt) -> str:
        if self._by_key is not None:
            key = prompt_key(prompt)
            if key not in self._by_key:
                raise WriterError(f"no output is stored for the prompt {key[:12]}…")
            return self._by_key[key]
        if not self._in_order:
            raise WriterError(f"asked {len(self.prompts)} times; fewer outputs were given")
        return self._in_order.pop(0)

    def _next_yes(self, prompt: Prompt) -> float:
        self.yes_prompts.append(prompt)
        if self._yes:
            return self._yes.pop(0)
        if self._yes_default is None:
            raise WriterError(f"asked for yes or no {len(self.yes_prompts)} times; fewer answers were given")
        return self._yes_default
