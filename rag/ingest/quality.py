"""How well a page's text can be trusted: figures for each page, and one score.

The score is the worst of what can be told from the text itself: the share of characters that belong in a text, and
whether its letters make words of the document's language. A second PDF library's reading of the page tells more
(are the same words there, in the same order?), but either library may be the one that is wrong: it is reported, and
counts against a page only where the two have little in common.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from rag.datatypes import Document, PageQuality
from rag.ingest.language import known_trigrams
from rag.ports import PageReading

_WORD = re.compile(r"[^\W\d_]{3,}")
_TOKEN = re.compile(r"[^\W_]+")
_BROKEN = re.compile(r"(?<=[^\W\d_]{2})[-\u00ad\u2010] (?!(?:and|or|to|und|y|e|o|ou)\b)(?=[a-z]{2})|\u00ad")
_GARBAGE = frozenset(["Co", "Cn", "Cs", "Cc"])
_LIGATURES = "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06"
_ENOUGH_WORDS = 15
"""Words a page needs before anything is told from them."""
_ENOUGH_CHARACTERS = 40
_LITTLE_TEXT = 100
"""Letters and digits under which a page that is mostly picture counts as scanned."""
_MOSTLY_IMAGE = 0.5


def with_quality(
    document: Document, readings: Sequence[PageReading] | None, recognised: Mapping[int, float]
) -> Document:
    """The document with each page's quality, and with the mark of recognised text. Arguments as ``page_qualities``."""
    pages = [
        page.model_copy(update={"quality": quality, "ocr": page.number in recognised})
        for page, quality in zip(
            document.pages, page_qualities(document, readings, recognised=recognised), strict=True
        )
    ]
    return document.model_copy(update={"pages": tuple(pages)})


def page_qualities(
    document: Document,
    readings: Sequence[PageReading] | None,
    *,
    recognised: Mapping[int, float] | None = None,
) -> list[PageQuality]:
    """One for each page, in order.

    Args:
        readings: what a second library reads from each page; None when there is none.
        recognised: page number -> confidence (0..1) of text recognition, for pages read by it.
    """
    alphabet = known_trigrams(document.language)
    found = []
    for index, page in enumerate(document.pages):
        reading = readings[index] if readings is not None and index < len(readings) else None
        text = document.text[page.start : page.end]
        found.append(_quality(page.number, text, reading, alphabet, (recognised or {}).get(page.number)))
    return found


def _quality(
    number: int,
    text: str,
    reading: PageReading | None,
    alphabet: frozenset[str],
    recognised: float | None,
) -> PageQuality:
    letters, words = _clean_share(text), _word_share(text, alphabet)
    agreement, order = (
        (None, None) if reading is None or recognised is not None else _agreement(text, reading.text)
    )
    image = reading.image_share if reading is not None else None
    parts = [letters, words, recognised, _held_against(agreement)]
    return PageQuality(
        page=number,
        score=round(min((part for part in parts if part is not None), default=1.0), 3),
        letters=_rounded(letters),
        words=_rounded(words),
        agreement=_rounded(agreement),
        order=_rounded(order),
        broken_words=len(_BROKEN.findall(text)),
        ligatures=sum(text.count(ligature) for ligature in _LIGATURES),
        image_share=_rounded(image),
        scanned=recognised is not None
        or (image is not None and image >= _MOSTLY_IMAGE and sum(c.isalnum() for c in text) < _LITTLE_TEXT),
    )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _clean_share(text: str) -> float | None:
    """Share of the visible characters that belong in a text; None with too few to tell."""
    visible = [c for c in text if not c.isspace()]
    if len(visible) < _ENOUGH_CHARACTERS:
        return None
    bad = sum(c == "\ufffd" or c in _LIGATURES or unicodedata.category(c) in _GARBAGE for c in visible)
    return 1 - bad / len(visible)


def _word_share(text: str, alphabet: frozenset[str]) -> float | None:
    """Share of the words that look like words of the language; None with too few, or a language nobody knows."""
    words = _WORD.findall(text)
    if len(words) < _ENOUGH_WORDS or not alphabet:
        return None
    counts = Counter(words)
    return sum(count for word, count in counts.items() if _looks_like_word(word, alphabet)) / len(words)


def _looks_like_word(word: str, alphabet: frozenset[str]) -> bool:
    """Half of its trigrams are usual ones, and its capitals stand where capitals stand."""
    if not (word.islower() or word.isupper() or word[1:].islower()) and len(word) > 4:
        return False
    padded = f" {word.lower()} "
    trigrams = [padded[at : at + 3] for at in range(len(padded) - 2)]
    return sum(trigram in alphabet for trigram in trigrams) * 2 >= len(trigrams)


def _agreement(text: str, other: str) -> tuple[float | None, float | None]:
    """(share of the text's words that the other reading has too, share of its neighbouring words that are neighbours
    there); None with too few words to tell."""
    mine, theirs = _tokens(text), _tokens(other)
    if len(mine) < _ENOUGH_WORDS:
        return None, None
    common = (Counter(mine) & Counter(theirs)).total()
    pairs = Counter(pairwise(mine))
    neighbours = (pairs & Counter(pairwise(theirs))).total()
    return common / len(mine), neighbours / (len(mine) - 1)


@lru_cache(maxsize=4)
def _tokens(text: str) -> list[str]:
    joined = re.sub(r"[-\u00ad\u2010\u0002\ufffe]\s*\n\s*", "", text.replace("\r", ""))
    return _TOKEN.findall(unicodedata.normalize("NFKC", joined).casefold())


def _held_against(agreement: float | None) -> float | None:
    """Full marks from half the words on: two libraries cut words differently."""
    return None if agreement is None else min(1.0, 2 * agreement)
