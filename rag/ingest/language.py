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
_OTHERS = {
    language: frozenset(words.split())
    for language, words in {
        "de": "das dem den der des und ist sind nicht kein keine mit für von zu zur zum bei auf aus nach vor über "
        "durch oder auch ein eine einen einem einer eines wird werden wurde kann können soll sollte sich wie wenn "
        "dass sehr nur noch einmal zweimal täglich",
        "nl": "de het een van en niet geen voor aan bij naar uit te wordt worden werd zijn moet kan ook tot tijdens "
        "onder deze dit dat zich maar wel eenmaal tweemaal dagelijks",
        "fr": "le la les du des de une est sont dans avec sur chez pendant être ce cette ces aux ou ne que qui il "
        "elle doit doivent jour jours fois",
        "es": "el la los las de del que una es por con para durante su lo como más este esta está debe deben ser "
        "entre desde hasta cada días día pero muy sobre tiene ni",
        "pt": "de da das dos que em um uma para com por não é ao aos à às durante seu sua como mais este esta está "
        "deve devem ser são pelo pela dias dia cada até foi também entre nas pode",
        "it": "il lo la gli le di del della dello dei delle degli che è una con da dal dalla alla nel nella sono "
        "anche ogni essere deve devono durante giorno giorni volta volte più questo questa",
    }.items()
}
"""Very common words, as langdetect is unsure of a short sentence. None of them is common in English."""
_ENGLISH_TOO = {"de": {"in", "was"}, "nl": {"in", "is", "was", "of", "had"}, "fr": {"on", "or"}, "it": {"in"}}
"""Common English words that these languages have as well."""
_IN_NAMES = frozenset(
    ("da", "de", "del", "della", "den", "der", "des", "di", "das", "dos", "du", "el", "la", "las", "le", "les", "lo",
     "los", "van", "von")
)  # fmt: skip
"""Parts of names (van der Woude, La Crosse), and of what English takes over (de novo)."""
_OTHERS_NEEDED = 3
_IN_NOTES = frozenset(
    ("para", "des", "um", "dia", "est", "tot", "en", "com", "il", "mit", "su", "ne", "per", "con")
)
"""What notes in English have too: "gravida 2 para 1", "5 um", "est weight 60 kg"."""


def sentence_language(text: str, *, seed: int) -> str | None:
    """ISO 639-1 code of a sentence or a few; ``UNKNOWN`` where most letters are neither Latin nor Greek.

    None where it is too short to tell. Knows that clinical English has sentences of names and figures only.
    """
    sample = _middle(text, _PAGE_SAMPLE).lower()
    if _share_of_strange_letters(sample) > _STRANGE_LETTERS:
        guess = _guess(sample, seed=seed)
        return guess[0] if guess and guess[0] != "en" else UNKNOWN
    words = _WORD.findall(sample)
    other = _other_language(words) or _of_few_words(_middle(text, _PAGE_SAMPLE))
    if other:
        return other
    if words and sum(word in _ENGLISH for word in words) >= _ENGLISH_WORDS * len(words):
        return "en"
    return page_language(sample, seed=seed)


def _other_language(words: Sequence[str]) -> str | None:
    """The language that three or more different words are common in, two of them no parts of names, where fewer
    words are common in English."""
    found = {language: common.intersection(words) for language, common in _OTHERS.items()}
    language = max(found, key=lambda name: len(found[name]))
    own = found[language]
    english = sum(word in _ENGLISH and word not in _ENGLISH_TOO.get(language, ()) for word in words)
    enough = len(own) >= _OTHERS_NEEDED and len(own - _IN_NAMES) >= _OTHERS_NEEDED - 1
    return language if enough and len(own) > english else None


def _of_few_words(text: str) -> str | None:
    """The language of a text too short for langdetect: one word that is common there, in small letters as
    abbreviations are not, and none that is common in English."""
    words = _WORD.findall(text)
    if sum(map(len, words)) >= _LETTERS_NEEDED or _ENGLISH.intersection(map(str.lower, words)):
        return None
    small = {word for word in words if word.islower()} - _IN_NAMES - _IN_NOTES
    found = {language: common & small for language, common in _OTHERS.items()}
    language = max(found, key=lambda name: len(found[name]))
    return language if found[language] else None


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
