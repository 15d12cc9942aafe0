"""One word of a sentence replaced by another that could stand there and says something else.

For training and calibration alone. Words are taken from the encoder's own word list: near enough by its word embeddings to fit,
not so near as to be a synonym, of the same ending, and used by the documents themselves.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_WORD = re.compile(r"(?<![\w-])[a-z]{4,}(?![\w-])")
_ENDINGS = ("ing", "ed", "ly", "s", "tion", "al", "ic", "ive", "ity", "er", "est", "ous", "ment")
_COMMON = frozenset(
    """about above after again against also although among another around based because been before being below between both cannot could does doing done down during
    each either even ever every first from further given have having here however into itself just less like made make many might more most much must neither never
    only other otherwise over rather same second several shall should since some such than that their them then there therefore these they this those three through
    thus together towards under until upon used using very was well were what when where whether which while will with within without would your""".split()  # noqa: SIM905
)
NEAR, FAR = 12, 120
"""Ranks by cosine between which a replacement is drawn."""


class Replacer:
    """Draws replacements: never of words that the vocabulary knows as near."""

    def __init__(self, texts: Sequence[str], encoder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        used = Counter(word for text in texts for word in _WORD.findall(text))
        known = Tokenizer.from_file(str(encoder / "tokenizer.json")).get_vocab()
        weights = load_file(encoder / "model.safetensors")
        table = next(value for name, value in weights.items() if name.endswith("word_embeddings.weight"))
        self._words = [w for w, n in sorted(used.items()) if n >= 5 and w in known and w not in _COMMON]
        vectors = table[[known[word] for word in self._words]].astype(np.float32)
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self._place = {word: i for i, word in enumerate(self._words)}

    def __call__(self, text: str, evidence: str, chance: random.Random) -> str | None:
        """The text with one word replaced that it has from the evidence; None where no word can be."""
        from rag.vocabulary import are_near, equivalents

        held = set(_WORD.findall(evidence))
        found = [m for m in _WORD.finditer(text) if m.group() in self._place and m.group() in held]
        chance.shuffle(found)
        for match in found[:4]:
            word = match.group()
            order = np.argsort(-(self._vectors @ self._vectors[self._place[word]]))[NEAR:FAR]
            fits = [
                new
                for new in (self._words[i] for i in order)
                if _ending(new) == _ending(word)
                and new[:4] != word[:4]
                and new not in text
                and new not in evidence
                and not are_near(new, word)
                and new not in equivalents(word)
            ]
            if fits:
                return text[: match.start()] + chance.choice(fits[:25]) + text[match.end() :]
        return None


def _ending(word: str) -> str:
    return next((end for end in _ENDINGS if word.endswith(end)), "")
