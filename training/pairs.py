"""What a training pair is, and the small helpers that the two data builders share."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class TrainingPair(NamedTuple):
    """``first`` and ``second`` are what the cross-encoder reads, in this order."""

    first: str
    """The claim, or the question."""
    second: str
    """The evidence, or the sentence in its context."""
    label: int
    """Support: 0 supports, 1 refutes, 2 not enough information. Answer: 1 answers, 0 does not."""
    source: str
    """Data set and kind, for the ablation and for counting."""


SUPPORTS, REFUTES, NEI = 0, 1, 2
LABELS = {"SUPPORTS": SUPPORTS, "REFUTES": REFUTES, "NEI": NEI}

_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSONL file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            if line.strip():
                yield json.loads(line)


def some(pairs: Iterable[TrainingPair], most: int, chance: random.Random) -> list[TrainingPair]:
    """At most ``most`` of them, drawn at random."""
    found = list(pairs)
    chance.shuffle(found)
    return found[:most]


def is_held_out(key: str, share: float) -> bool:
    """The same share of keys every time, whatever else changes."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 16**8 < share


_WORD = re.compile(r"[a-z0-9]+")


def overlap(claim: str, sentence: str) -> float:
    """Share of the claim's words (of four letters or more, or with digits) that the sentence has."""
    wanted = {w for w in _WORD.findall(claim.lower()) if len(w) > 3 or w.isdigit()}
    return len(wanted & set(_WORD.findall(sentence.lower()))) / len(wanted) if wanted else 0.0


def shortened(sentences: Sequence[str], claim: str, *, most_words: int) -> str:
    """The sentences that share most with the claim, in their order, within ``most_words``."""
    if sum(len(s.split()) for s in sentences) <= most_words:
        return clean(" ".join(sentences))
    ranked = sorted(range(len(sentences)), key=lambda i: -overlap(claim, sentences[i]))
    kept, room = set(), most_words
    for place in ranked:
        size = len(sentences[place].split())
        if size <= room or not kept:
            kept.add(place)
            room -= size
    return clean(" ".join(sentences[place] for place in sorted(kept)))


_SENTENCE_END = re.compile(r"(?<=[a-z0-9)\]%]{2}[.!?])\s+(?=[A-Z])")


def sentences_of(text: str) -> list[str]:
    return [clean(part) for part in _SENTENCE_END.split(clean(text)) if part.strip()]
