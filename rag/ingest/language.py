"""Which language a text is in, the same answer every time."""

from __future__ import annotations

from collections.abc import Sequence

from langdetect import DetectorFactory, LangDetectException, detect_langs

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
