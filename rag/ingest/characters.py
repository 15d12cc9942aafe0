"""Characters and words as they should have been: ligatures, soft hyphens, words broken over lines.

Never changes a digit, a sign, a comparator or a unit.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rag.text import STOPWORDS

_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "ft", "\ufb06": "st",
}  # fmt: skip
BULLETS = "•◦‣"
"""Of items by depth, where a format nests lists without saying how they are marked."""
_BULLETS = dict.fromkeys("\uf0b7\uf0a7\uf0a8\uf076\uf0d8\uf0fc\uf02d\uf06e\uf071\u25cf\u25aa", "•")
_SPACES = dict.fromkeys(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\v\f\r\x85\u2028\u2029",
    " ",
)
_GONE = dict.fromkeys(
    "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""
)
_TABLE = str.maketrans(_LIGATURES | _BULLETS | _SPACES | _GONE)
_GLYPH_NAME = re.compile(r"/uni([0-9A-Fa-f]{4})|/u([0-9A-Fa-f]{5})(?![0-9A-Fa-f])")
_GLYPH_LIGATURE = re.compile(r"/(f_f_i|f_f_l|f_f|f_i|f_l|f_t|t_t|T_h)(?![A-Za-z])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACED_OUT = re.compile(r"(?<!\S)(?:\w[ ]){3,}\w(?!\S)")
_SPACE = re.compile(r" {2,}")
_STRAY = re.compile(r"(?<=[^\W_]|[)\]%”’]) (?=[,;](?:\s|$)|\.(?:\s|$))")
"""A space that a change of font left before a comma or full stop."""
_SOFT = "\u00ad"
_HYPHENS = "-\u2010"
# First halves that stay hyphenated when the hyphen happens to stand at a line end.
_KEEPS_HYPHEN = frozenset(
    [
        "low",
        "high",
        "long",
        "short",
        "self",
        "non",
        "pre",
        "post",
        "anti",
        "co",
        "well",
        "ill",
        "multi",
        "inter",
        "intra",
        "sub",
        "semi",
        "half",
        "full",
        "first",
        "second",
        "third",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "once",
        "twice",
        "double",
        "single",
        "dose",
        "drug",
        "patient",
        "age",
        "sex",
        "time",
        "risk",
        "evidence",
        "health",
        "care",
        "community",
        "population",
        "hospital",
        "country",
        "cost",
        "blood",
        "weight",
        "case",
        "cross",
        "follow",
        "side",
        "on",
        "off",
        "in",
        "out",
        "over",
        "under",
        "up",
        "down",
        "end",
        "large",
        "small",
        "mid",
        "near",
        "open",
        "beta",
        "alpha",
        "gamma",
        "x",
        "type",
        "stage",
        "grade",
        "all",
        "cause",
        "angiotensin",
        "decision",
        "point",
        "of",
        "care",
        "so",
        "called",
        "state",
        "free",
        "fixed",
        "head",
        "face",
        "hand",
        "peer",
        "quality",
        "site",
        "skin",
        "user",
        "water",
        "world",
        "work",
        "year",
        "day",
        "week",
        "month",
        "hour",
        "ex",
        "vice",
        "re-",
    ]
)
_TIES = frozenset("-\u2010\u2011\u2012\u2013\u2014/")
_CUT_WORD = re.compile(r"([^\W\d_]+)[-\u2010]$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_PAIR = re.compile(r"(?<![^\W_])(?=([^\W\d_]+) ([^\W\d_]+)(?![^\W_]))")
_PAIR_AT = re.compile(r"(?<![^\W_])([^\W\d_]+) (?=([^\W\d_]+)(?![^\W_]))")
_SUSPENDED = re.compile(r"(?:and|or|to|und|y|e)\b")  # "short- and long-term": the hyphen stays


def clean_characters(text: str) -> str:
    """One character per character meant; line ends and soft hyphens are left for ``join_lines``."""
    text = _GLYPH_LIGATURE.sub(lambda match: match[1].replace("_", ""), text)
    text = _GLYPH_NAME.sub(lambda match: _from_code(match[1] or match[2]), text)
    text = _CONTROL.sub("", text.translate(_TABLE))
    return unicodedata.normalize("NFC", text)


def _from_code(hexadecimal: str) -> str:
    code = int(hexadecimal, 16)
    return "" if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def close_spaced_letters(text: str) -> str:
    """``"R E C O M M E N D"`` becomes ``"RECOMMEND"``; digits and mixed runs stay as they are."""
    return _SPACED_OUT.sub(_closed, text)


def _closed(match: re.Match[str]) -> str:
    letters = match[0].replace(" ", "")
    alike = letters.isalpha() and (letters.isupper() or letters[1:].islower())
    return letters if alike else match[0]


def tidy(text: str) -> str:
    """Single spaces, none at the ends or before a comma or full stop; no soft hyphens."""
    return _STRAY.sub("", _SPACE.sub(" ", text.replace(_SOFT, ""))).strip()


def vocabulary_of(lines: Iterable[str]) -> frozenset[str]:
    """Lower-case words and hyphenated compounds that stand whole in some line."""
    found: set[str] = set()
    after_cut = False
    for line in lines:
        tokens = _COMPOUND.findall(line.lower())
        cut = bool(_CUT_WORD.search(line.rstrip()))
        found.update(tokens[1 if after_cut else 0 : len(tokens) - 1 if cut else None])
        after_cut = cut
    return frozenset(found)


def join_lines(lines: Iterable[str], *, vocabulary: frozenset[str] = frozenset()) -> str:
    """Lines of one paragraph as running text."""
    text = ""
    for line in lines:
        text = "".join(join_pair(text, line, vocabulary=vocabulary)) if text else line.strip()
    return tidy(text)


class Joint(NamedTuple):
    before: str
    """The text so far, without a hyphen that only marked the line end, with a space where one belongs."""
    after: str


def join_pair(before: str, after: str, *, vocabulary: frozenset[str]) -> Joint:
    """Two consecutive lines of one paragraph, ready to be put together without a separator."""
    before, after = before.rstrip(" "), after.strip(" ")
    if before.endswith(_SOFT):
        return Joint(before.rstrip(_SOFT).rstrip(_HYPHENS if before[-2:-1] in _HYPHENS else ""), after)
    if _breaks_word(before, after, vocabulary):
        return Joint(before[:-1], after)
    return Joint(before if _holds(before) else before + " ", after)


def _breaks_word(before: str, after: str, vocabulary: frozenset[str]) -> bool:
    """Does the hyphen at the end of ``before`` only mark the line end?"""
    head, tail = _CUT_WORD.search(before), _FIRST_WORD.match(after)
    if not head or not tail or not tail[0][0].islower():
        return False
    first, second = head[1].lower(), tail[0].lower()
    if before[: head.start()].endswith(tuple(_HYPHENS)):  # "one-to-" + "one"
        return first + second in vocabulary
    if f"{first}-{second}" in vocabulary:
        return first + second in vocabulary and first not in _KEEPS_HYPHEN
    if first + second in vocabulary:
        return True
    return not (
        first in _KEEPS_HYPHEN or _SUSPENDED.match(after) or (first in vocabulary and second in vocabulary)
    )


def _holds(before: str) -> bool:
    """Does the next line follow without a space: after "low-", "5-", "and/", "70–" but not after "a –"?"""
    return before[-1:] in _TIES and before[-2:-1] not in ("", " ")


class SplitWords:
    """Words that a PDF library cut in two by a space (``"inter nal"``): one of the pieces never stands in the
    document without the other, and the whole word does."""

    def __init__(self, lines: Sequence[str], vocabulary: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        tokens: Counter[str] = Counter()
        heads: Counter[str] = Counter()
        tails: Counter[str] = Counter()
        for line in lines:
            tokens.update(_LETTERS.findall(line.lower()))
            for first, second in self._pairs(line.lower()):
                heads[first] += 1
                tails[second] += 1
        self._heads = frozenset(word for word, count in heads.items() if count == tokens[word])
        self._tails = frozenset(word for word, count in tails.items() if count == tokens[word])

    def _pairs(self, line: str) -> Iterator[tuple[str, str]]:
        for match in _PAIR.finditer(line):
            if match[1] + match[2] in self._vocabulary and match[1] not in STOPWORDS:
                yield match[1], match[2]

    def mended(self, line: str) -> str:
        """The line with such words whole again."""
        if not self._heads and not self._tails:
            return line
        return _PAIR_AT.sub(self._joined, line)

    def _joined(self, match: re.Match[str]) -> str:
        first, second = match[1].lower(), match[2].lower()
        whole = first + second in self._vocabulary and first not in STOPWORDS and len(second) > 1
        alike = match[2].islower() or (match[1].isupper() and match[2].isupper())
        orphan = first in self._heads or second in self._tails
        return match[1] if whole and alike and orphan else match[0]
