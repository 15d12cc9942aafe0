"""Where sentences end in clinical text. Pure; gives spans, never changes text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Bounds(NamedTuple):
    start: int
    end: int


_ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "vs",
        "cf",
        "approx",
        "ca",
        "etc",
        "al",
        "fig",
        "figs",
        "no",
        "nos",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "ref",
        "refs",
        "eq",
        "eqs",
        "sec",
        "sect",
        "tab",
        "vol",
        "p",
        "pp",
        "ch",
        "chap",
        "art",
        "suppl",
        "ed",
        "eds",
        "resp",
        "incl",
        "excl",
        "max",
        "min",
        "avg",
        "est",
        "viz",
        "q.v",
        "i.v",
        "i.m",
        "s.c",
        "p.o",
        "p.r",
        "b.i.d",
        "t.i.d",
        "q.i.d",
        "o.d",
        "b.d",
        "t.d.s",
        "q.d",
        "q.h",
        "q.o.d",
        "p.r.n",
        "a.c",
        "p.c",
        "h.s",
        "s.l",
        "u.s",
        "u.k",
        "u.n",
        "e.u",
        "d.c",
        "inc",
        "ltd",
        "co",
        "corp",
        "dept",
        "univ",
        "gov",
        "sr",
        "jr",
        "ph.d",
        "m.d",
        "m.p.h",
        "r.n",
        "m.sc",
        "b.sc",
        "a.m",
        "p.m",
        "spp",
        "sp",
        "subsp",
        "var",
        "gen",
        "i.p",
        "i.t",
        "i.d",
        "p.i",
        "n.b",
        "et",
        "h",
        "hr",
        "hrs",
        "min",
        "mins",
        "sec",
        "wk",
        "wks",
        "mo",
        "mos",
        "yr",
        "yrs",
        "tsp",
        "tbsp",
        "mt",
        "av",
        "para",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "intl",
        "natl",
        "assn",
        "bros",
        "messrs",
        "hon",
        "rev",
        "op",
        "cit",
        "ibid",
        "s.d",
        "s.e",
        "w.r.t",
        "w/o",
        "c.f",
        "equiv",
        "tabs",
        "cap",
        "caps",
        "amp",
        "amps",
        "susp",
        "inj",
        "sol",
        "soln",
        "supp",
        "suppos",
        "syr",
        "oint",
        "conc",
        "dil",
        "diam",
        "conv",
        "temp",
        "wt",
        "bw",
        "dos",
        "i.u",
        "i.a",
        "p.v",
        "q.s",
        "stat",
        "freq",
        "prep",
        "ext",
    ]
)
# These may end a sentence too: before a capital they do, unless a number or a lower-case word follows.
_MAY_END = frozenset(["etc", "al", "u.s", "u.k", "u.n", "e.u", "d.c", "inc", "ltd", "co", "corp", "a.m", "p.m", "b.i.d", "t.i.d", "q.i.d", "o.d", "b.d", "t.d.s", "p.o", "i.v", "i.m", "s.c", "h", "hr", "hrs", "min", "mins", "sec", "wk", "wks", "mo", "mos", "yr", "yrs", "p.r.n", "ph.d", "m.d", "m.p.h", "r.n", "spp", "sp", "q.d", "no", "max"])  # fmt: skip
_FORMS = frozenset(["tab", "tabs", "cap", "caps", "amp", "amps", "susp", "inj", "sol", "soln", "supp", "suppos", "syr", "oint"])  # fmt: skip
"""Dosage forms: they may end a sentence, but not in front of the drug (``"Inj. Ceftriaxone"``)."""
_MAY_END |= _FORMS | {"equiv", "conc", "dil", "conv", "temp", "wt", "bw", "i.u", "i.a", "p.v", "q.s", "stat", "freq", "prep", "ext"}  # fmt: skip
_STATES = frozenset(["u.s", "u.k", "u.n", "e.u"])
_NAME_OF_A_BODY = re.compile(
    r"(?!(?:The|This|These|In|It|A|An|For|If|We|When|Give|Use|Do)\b)[A-Z][a-z]+ (?:(?:of|and|for) )?[A-Z][a-z]"
)
"""``"U.S. Department of Health"``."""
_IN_CAPITALS = frozenset(["MAX", "MIN", "NO", "FIG", "APPROX", "TAB", "TABS", "CAPS", "INJ", "EQUIV"])
"""In capitals other abbreviations are names: ``"start ART."``, ``"pneumonia (CAP)"``, ``"seen in the ED."``."""
_NEEDS_NUMBER = frozenset(
    [
        "no",
        "nos",
        "fig",
        "figs",
        "ref",
        "refs",
        "eq",
        "eqs",
        "p",
        "pp",
        "vol",
        "ch",
        "chap",
        "sec",
        "sect",
        "tab",
        "art",
        "para",
    ]
)
_STOP = re.compile(
    r"""(?P<mark>[.!?…]+|(?<=[a-z\)]):(?=\s+(?:•|\(?[a-z1]\))))
        (?P<close>["'”’»)\]]*)
        (?P<reference>(?:(?:\d{1,3}(?:[,–-]\d{1,3})*)|\[\d[\d,–\- ]*\]|[*†‡§¶]+)?)
        (?P<space>\s+)(?=\S)""",
    re.VERBOSE,
)
_WORD_BEFORE = re.compile(r"[(\[\"“‘']*([^\s(\[\"“‘']*)$")
_OPENS = re.compile(
    r"[\"'“‘«(\[•▪■◦›»‣➢➤✓]*\s*(?:[A-Z\u00c0-\u00de\u0391-\u03a9\u0400-\u042f]|\d|[≥≤><±~]|[^\W\d_A-Za-z])"
)
_LOWER_NAME = re.compile(r"(?:[a-z]{1,3}[A-Z]|p\s*[<=>]|[α-ω])")
_INITIAL = re.compile(r"^(?:[A-Z]\.)*[A-Z]$")
_LABEL = re.compile(r"\s*(?:Recommendation|Statement|Box) \d{1,3}[a-z]?\s+(?=[A-Z][A-Za-z]*\s)")
"""A label that runs into the sentence it numbers, with nothing between."""
_BRACKET = re.compile(r"[()\[\]]")
_LONGEST_BRACKET = 200
"""Characters: no sentence ends inside a bracket shorter than this."""
_BULLET = re.compile(r"(?<=\s)(?=[•▪■◦›»‣➢➤✓]\s)")


def sentence_spans(text: str) -> list[Bounds]:
    """Spans of the sentences in order: only white space lies between them, none at their ends."""
    brackets = _brackets(text)
    stops = {
        match.end() for match in _STOP.finditer(text) if _ends(text, match) and not _inside(brackets, match)
    }
    label = _LABEL.match(text)
    cuts = sorted(stops | _bullets(text) | ({label.end()} if label else set()))
    spans: list[Bounds] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        spans += _trimmed(text, start, end)
    return _with_number_heads(text, spans)


def _brackets(text: str) -> list[Bounds]:
    """Where the outermost bracket opens and closes, for those that close soon enough."""
    found: list[Bounds] = []
    opened: list[int] = []
    for match in _BRACKET.finditer(text):
        if match[0] in "([":
            opened.append(match.start())
        elif opened and match.start() - (start := opened.pop()) <= _LONGEST_BRACKET:
            while found and found[-1].start > start:
                found.pop()
            found.append(Bounds(start, match.start()))
    return found


def _inside(brackets: Sequence[Bounds], stop: re.Match[str]) -> bool:
    before = bisect_right(brackets, stop.start(), key=lambda bracket: bracket.start)
    return before > 0 and stop.end() <= brackets[before - 1].end


def _bullets(text: str) -> set[int]:
    return {match.start() for match in _BULLET.finditer(text)}


def _trimmed(text: str, start: int, end: int) -> list[Bounds]:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    return [Bounds(left, right)] if left < right else []


def _ends(text: str, match: re.Match[str]) -> bool:
    mark, following = match["mark"], text[match.end() : match.end() + 40]
    if mark == ":":
        return False
    before = _word_before(text, match.start())
    if match["reference"] and not _reference_fits(before, match):
        return False
    if not _OPENS.match(following) and not _LOWER_NAME.match(following):
        return False
    if mark.startswith(("!", "?", "…")) or len(mark) > 1:
        return mark[0] != "." or len(mark) > 2
    return not _is_abbreviation(before, following, closed=bool(match["close"] or match["reference"]))


def _reference_fits(before: str, match: re.Match[str]) -> bool:
    """``"hypertension.12 The"`` ends; ``"version 2.12 The"`` does not."""
    return bool(match["close"]) or not match["reference"][0].isdigit() or not before[-1:].isdigit()


def _word_before(text: str, end: int) -> str:
    found = _WORD_BEFORE.search(text[max(0, end - 40) : end])
    return found[1] if found else ""


def _is_abbreviation(before: str, following: str, *, closed: bool) -> bool:
    word = before.lower().strip("-–")
    starts_number = following[:1].isdigit()
    if closed or (_is_name_in_capitals(before) and not (starts_number and before in _IN_CAPITALS)):
        return False
    if word in _NEEDS_NUMBER and (starts_number or word not in _MAY_END):
        return True
    if word in _MAY_END:
        if word == "al" and following[:1] in "([":
            return True
        if word in _STATES and _NAME_OF_A_BODY.match(following):
            return True
        return starts_number or (word in _FORMS and before[:1].isupper())
    if word in _ABBREVIATIONS:
        return True
    return (
        bool(_INITIAL.match(before))
        and not starts_number
        and before not in ("I",)
        and _looks_like_name(following)
    )


def _is_name_in_capitals(before: str) -> bool:
    return len(before) > 1 and before.isupper() and "." not in before


def _looks_like_name(following: str) -> bool:
    """After a single capital and a full stop: another initial, or a capitalised word (a surname)."""
    return bool(re.match(r"[A-Z](?:\.|[a-zà-ÿ'’-]+\b)", following)) and not re.match(
        r"(?:The|This|These|In|It|A|An|For|If|We|When|Patients|However|There)\b", following
    )


def _with_number_heads(text: str, spans: list[Bounds]) -> list[Bounds]:
    """Put ``"1."`` and ``"(a)"`` back with the sentence they number."""
    joined: list[Bounds] = []
    for span in spans:
        if joined and _is_list_number(text[joined[-1].start : joined[-1].end]):
            joined[-1] = Bounds(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def _is_list_number(piece: str) -> bool:
    return bool(re.fullmatch(r"[•▪■◦›»‣➢➤✓]?\s*\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxIVX]{1,5})[.)]\)?|[•▪■◦›»‣➢➤✓]|"
                             r"(?:Table|Box|Figure|Fig|Annex|Recommendation|Appendix)\.?\s+[\dA-Z][\d.A-Z]*\.", piece))  # fmt: skip


def split_long(text: str, span: Bounds, *, at_most: int) -> list[Bounds]:
    """Cut a span into pieces of at most ``at_most`` characters, at clause bounds or else at spaces."""
    pieces: list[Bounds] = []
    start = span.start
    while span.end - start > at_most:
        window = text[start : start + at_most + 1]
        cut = (
            max(_last(window, "; "), _last(window, ": "), at_most // 3)
            if ";" in window or ":" in window
            else 0
        )
        if cut <= at_most // 3:
            cut = _last(window, ", ")
        if cut <= at_most // 3:
            cut = _last(window, " ")
        cut = cut if cut > 0 else at_most
        pieces += _trimmed(text, start, start + cut)
        start += cut
    return pieces + _trimmed(text, start, span.end)


def _last(window: str, separator: str) -> int:
    found = window.rfind(separator)
    return found + len(separator) if found >= 0 else 0
