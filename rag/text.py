"""Pure string helpers shared by retrieval, selection and verification."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u02bc": "'"})
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+(?:['.\-/+][^\W_]+)*", re.UNICODE)
_STEMMER = Stemmer.Stemmer("english")

STOPWORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both
    but by can could did do does doing down during each else for from further get gets give given gives had has have
    having he her here him his how i if in into is it its itself just let may me might more most must my no nor not
    now of off on once one only or other our out over own per please pt re same shall she should so some such than
    that the their them then there these they this those through to too under until up upon us use used using very
    was we were what when where whether which while who whom whose why will with would yes you your""".split()  # noqa: SIM905 - a list of 170 quoted words reads worse
)


def fold(text: str) -> str:
    """Lower case, NFKC, plain dashes and quotes, single spaces: for comparing, never for showing."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return _SPACE.sub(" ", _DASHES.sub("-", text)).strip().lower()


def words(text: str) -> list[str]:
    """Folded word tokens in order, stop words included: ``"A1C ≥ 6.5%"`` gives ``["a1c", "6.5"]``."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Snowball stem of a folded word; words with digits stay as they are."""
    return word if any(c.isdigit() for c in word) else str(_STEMMER.stemWord(word))


def content_stems(text: str) -> list[str]:
    """Stems of the words that are not stop words, in order, with repeats."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def listed(text: str) -> tuple[str, ...]:
    """A word list written as running text."""
    return tuple(text.split())
