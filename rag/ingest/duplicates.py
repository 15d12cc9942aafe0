"""Documents that are nearly the same text: a guideline taken in twice, its draft and its final version. Pure.

Texts are compared by their shingles, stretches of five words. A sample of them, the same in every document (hashes that
are multiples of ``_SAMPLED``), goes into an inverted index that names the pairs worth a look; their overlap is then counted
exactly. MinHash is not used because it finds alike sets only: a leaflet that stands whole in a long guideline is not alike.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")
_LENGTH = 5
"""Words of a shingle."""
_SAMPLED = 8
_COMMON = 200
"""Shingles in more documents than this (licences, addresses) point to no pair."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


class Overlap(NamedTuple):
    """Two documents with much text in common, ``one`` before ``other`` in the order given."""

    one: str
    other: str
    resemblance: float
    """Jaccard: shared shingles among all shingles of both, 0..1."""
    containment: float
    """Shared shingles among those of the document that has fewer, 0..1; 1 when it stands whole in the other."""
    shared: int
    """Distinct stretches of five words that both have."""


def overlaps(
    names: Sequence[str], text_of: Callable[[str], str], *, least: float = 0.3, at_least: int = 20
) -> list[Overlap]:
    """Pairs whose containment is ``least`` (0..1) or more and that share ``at_least`` shingles, most alike first.

    Args:
        names: of the documents, each once.
        text_of: a document's text by name; called once for each document and again for those of a pair.
    """
    samples = [_sample(shingles(text_of(name))) for name in names]

    @lru_cache(maxsize=64)
    def every(place: int) -> Hashes:
        return shingles(text_of(names[place]))

    found = []
    for one, other in _candidates(samples, least / 2):
        a, b = every(one), every(other)
        shared = len(np.intersect1d(a, b, assume_unique=True))
        smaller = min(len(a), len(b))
        if shared >= at_least and shared >= least * smaller:
            resemblance = shared / (len(a) + len(b) - shared)
            found.append(Overlap(names[one], names[other], resemblance, shared / smaller, shared))
    return sorted(found, key=lambda pair: (-pair.containment, -pair.resemblance, pair.one, pair.other))


def shingles(text: str) -> Hashes:
    """(n,) hashes of the text's distinct stretches of five words, ascending; capitals and punctuation do not count."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    if len(words) < _LENGTH:
        return np.zeros(0, np.uint64)
    codes = np.array([_code(word) for word in words], np.uint64)
    mixed = np.zeros(len(codes) - _LENGTH + 1, np.uint64)
    for place in range(_LENGTH):
        mixed = mixed * _FACTOR + codes[place : place + len(mixed)]
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


@lru_cache(maxsize=1 << 17)
def _code(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def _sample(hashes: Hashes) -> Hashes:
    sampled: Hashes = hashes[hashes % np.uint64(_SAMPLED) == 0]
    return sampled


def _candidates(samples: Sequence[Hashes], least: float) -> Iterator[tuple[int, int]]:
    """Pairs that share at least this part of the smaller sample."""
    owners = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
    every = np.concatenate([*samples, np.zeros(0, np.uint64)])
    order = np.argsort(every, kind="stable")
    starts = np.flatnonzero(np.diff(every[order])) + 1
    shared: Counter[tuple[int, int]] = Counter()
    for group in np.split(owners[order], starts):
        if 1 < len(group) <= _COMMON:
            shared.update(combinations(group.tolist(), 2))
    for (one, other), count in sorted(shared.items()):
        if count >= least * min(len(samples[one]), len(samples[other])):
            yield one, other
