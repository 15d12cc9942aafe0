"""Which language a text is in, the same answer every time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from langdetect import DetectorFactory, LangDetectException, detect_langs, detector_factory

UNKNOWN = "und"
"""ISO 639-2 for "undetermined": too few letters to tell."""
_LETTERS_NEEDED = 40
_PAGE_SAMPLE = 400
_DOCUMENT_SAMPLE = 6000
_SURE = 0.9


def page_language(text: str, *, seed: int) -> str | None:
    """ISO 639-1 code, or None when the page has too little text to be sure."""
    guess = _guess(_middle(text, _PAGE_SAMPLE), seed=seed)
    return guess[0] if guess and guess[1] >= _SURE else None


def document_language(texts: Sequence[str], *, seed: int) -> str:
    """ISO 639-1 code of a text drawn evenly from the pages; ``UNKNOWN`` without enough letters."""
    share = max(200, _DOCUMENT_SAMPLE // max(1, len(texts)))
    every = max(1, len(texts) * share // _DOCUMENT_SAMPLE)
    guess = _guess(" ".join(_middle(text, share) for text in texts[::every]), seed=seed)
    return guess[0] if guess else UNKNOWN


@lru_cache(maxsize=8)
def known_trigrams(language: str) -> frozenset[str]:
    """Stretches of three letters (or space) that are usual in a language, in small letters; none for languages that
    langdetect has no profile of, and for those whose letters change their shape or are not set apart as words."""
    if language in ("ar", "bn", "fa", "gu", "he", "hi", "ja", "kn", "ko", "ml", "mr", "ne", "pa", "ta", "te", "th", "ur",
                    "zh", UNKNOWN):  # fmt: skip
        return frozenset()
    detector_factory.init_factory()
    factory = detector_factory._factory
    places = [place for place, name in enumerate(factory.langlist) if name.split("-")[0] == language]
    return frozenset(
        gram.lower()
        for gram, shares in factory.word_lang_prob_map.items()
        if len(gram) == 3 and any(shares[place] > 0 for place in places)
    )


_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "with",
        "for",
        "on",
        "by",
        "that",
        "this",
        "which",
        "from",
        "at",
        "as",
        "not",
        "than",
        "should",
        "may",
        "can",
        "has",
        "have",
        "had",
        "it",
        "its",
        "or",
        "if",
        "when",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_WORDS = 0.08
"""Share of common words that other languages lack, from which a text is English and langdetect, unsure of short texts, not asked."""
_STRANGE_LETTERS = 0.5


def sentence_language(text: str, *, seed: int) -> str | None:
    """ISO 639-1 code of a sentence or a few; ``UNKNOWN`` where most letters are neither Latin nor Greek.

    None where it is too short to tell. Knows that clinical English has sentences of names and figures only.
    """
    sample = _middle(text, _PAGE_SAMPLE).lower()
    if _share_of_strange_letters(sample) > _STRANGE_LETTERS:
        guess = _guess(sample, seed=seed)
        return guess[0] if guess and guess[0] != "en" else UNKNOWN
    words = _WORD.findall(sample)
    if words and sum(word in _ENGLISH for word in words) >= _ENGLISH_WORDS * len(words):
        return "en"
    return page_language(sample, seed=seed)


def _share_of_strange_letters(text: str) -> float:
    letters = [c for c in text if c.isalpha()]
    strange = [c for c in letters if not unicodedata.name(c, "?").startswith(("LATIN", "GREEK", "MICRO"))]
    return len(strange) / len(letters) if letters else 0.0


def _middle(text: str, length: int) -> str:
    start = max(0, (len(text) - length) // 2)
    return text[start : start + length]


def _guess(text: str, *, seed: int) -> tuple[str, float] | None:
    if sum(c.isalpha() for c in text) < _LETTERS_NEEDED:
        return None
    DetectorFactory.seed = seed
    try:
        best = detect_langs(text)[0]
    except LangDetectException:
        return None
    return str(best.lang).split("-")[0], float(best.prob)
