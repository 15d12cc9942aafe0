"""Figures in a text, read simply and apart from the product's own reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
_TENS = "thirty forty fifty sixty seventy eighty ninety"
_WORDS = (
    {word: str(value) for value, word in enumerate(_SMALL.split())}
    | {word: str(value) for value, word in zip(range(30, 100, 10), _TENS.split(), strict=True)}
    | {"once": "1", "twice": "2", "half": "0.5", "bid": "2", "bd": "2", "tid": "3", "tds": "3", "qid": "4"}
)
_PERIODS = {
    "daily": ("daily", "per day", "a day", "each day", "every day", "/day"),
    "weekly": ("weekly", "per week", "a week", "each week", "every week", "/week"),
    "monthly": ("monthly", "per month", "a month", "each month", "every month", "/month"),
    "yearly": ("yearly", "annually", "per year", "a year", "every year", "annual"),
}
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_MARK = re.compile(r"\[\d+\]")


def plain(text: str) -> str:
    """Lower case, NFKC, one kind of dash, no thousands commas, single spaces."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return " ".join(text.split())


def without_marks(answer: str) -> str:
    """The answer without its source marks "[1]"."""
    return _MARK.sub("", answer)


def figures(text: str) -> list[str]:
    """Numbers as digits, number words included: ``"four weeks, 5.0 mg"`` gives ``["4", "5"]``."""
    words = re.sub(r"[a-z]+", lambda m: _WORDS.get(m.group(), m.group()), plain(text))
    return [_canonical(figure) for figure in _FIGURE.findall(words)]


def _canonical(figure: str) -> str:
    whole, _, part = figure.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def holds_number(answer: str, wanted: str) -> bool:
    """Every figure of ``wanted`` is in the answer; one without figures ("monthly") is there in some form."""
    asked = figures(wanted)
    if asked:
        return set(asked) <= set(figures(without_marks(answer)))
    text = plain(answer)
    return any(form in text for form in _PERIODS.get(plain(wanted), (plain(wanted),)))


_DENIED = re.compile(r"^The documents do not say that .*?; they say: ", re.DOTALL)


def stated(claim: str) -> str:
    """What a claim states: without the premise of the question that it denies, whose figures are the asker's."""
    return _DENIED.sub("", claim)


def unquoted(claim: str, quotes: Sequence[str]) -> list[str]:
    """Figures of the claim that none of its quotes holds. "One" and "1" are let pass: as often a word as a figure."""
    held = {figure for text in quotes for figure in figures(text)} | {"1"}
    return [figure for figure in figures(without_marks(claim)) if figure not in held]
