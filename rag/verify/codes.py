"""Members of numbered families as text names them: "CE3a", "CKD stage 3b", "NYHA II–III", "Child-Pugh B".

Knows no family by heart: any short name with a number, or any word like "stage" or "grade" with one, is a family.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rag.text import listed, stem
from rag.verify.asked import QUANTITIES


class Member(NamedTuple):
    """One member (``low == high``) or a run of neighbours of a family."""

    family: str
    """Folded: "ce", "stage"; an abbreviation before "stage" or "class" is left out."""
    low: int
    high: int
    letter: str
    """Sub-member: the "a" of 3a; "" where none is named."""
    text: str

    def meets(self, other: Member) -> bool:
        """One of the two names (some of) what the other names."""
        if self.family != other.family or self.high < other.low or other.high < self.low:
            return False
        single = self.low == self.high == other.low == other.high
        return not single or self.letter == other.letter or not (self.letter and other.letter)


_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6}
_MOST = 99
_WORDS = (
    r"(?i:(?:stage|grade|type|tier|step|group|level|phase|subtype|variant)s?|class(?:es)?|categor(?:y|ies))"
)
_NOT_A_UNIT = r"(?!\w|%|/[a-z]|[.,]\d| ?(?:mg|mcg|g|kg|ml|mmol|mmhg|hour|day|week|month|year|dose|times|tablet|puff|unit)s?\b)"
_VALUE = rf"(?:\d[a-d]?|(?:VI|IV|V|I{{1,3}})[ab]?|[A-HK]){_NOT_A_UNIT}"
_SEPARATOR = r"(?: ?[-/] ?|,? (?:to|through|and|or) |, )"
_OPEN_END = r"(?P<end>\+| (?:or|and) (?:above|higher|more|worse|greater|later|over|below|lower|less|under))?"
_BY_WORD = re.compile(
    rf"(?<![\w-])(?:(?P<prefix>[A-Z]{{3,6}}) )?(?P<family>{_WORDS}) "
    rf"(?P<values>{_VALUE}(?:{_SEPARATOR}(?:(?P=family) )?{_VALUE})*){_OPEN_END}"
)
_BY_NAME = re.compile(
    rf"(?<![\w./-])(?P<prefix>)(?P<family>[A-Z]{{3,6}}|[Cc]hild-[Pp]ugh|[Hh]epatitis|[Ii]nfluenza|[Hh]a?emophilia|[Vv]itamin) "
    rf"(?P<values>{_VALUE}(?:{_SEPARATOR}(?:(?P=family) )?{_VALUE})*){_OPEN_END}"
)
_JOINED = re.compile(
    r"(?<![\w./-])(?P<prefix>)(?P<family>[A-Za-z]{1,5})-?(?P<values>\d{1,2}[a-d]?"
    rf"(?:{_SEPARATOR}(?:(?P=family))-?\d{{1,2}}[a-d]?|-\d{{1,2}}[a-d]?)*)(?![\w%]|[.,]\d){_OPEN_END}"
)
_TOKEN = re.compile(rf"(?P<sign>{_SEPARATOR})?(?:[A-Za-z][A-Za-z-]*[ -]?)??(?P<value>(?<![A-Za-z0-9])(?:VI|IV|V|I{{1,3}})[ab]?(?!\w)|\d{{1,2}}[a-d]?(?!\w)|(?<!\w)[A-HK](?!\w))")  # fmt: skip
_NO_FAMILY = frozenset(listed("q h x to of at in on or and by age day week month year no fig page ref from"))
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")


@lru_cache(maxsize=1024)
def members(text: str) -> tuple[Member, ...]:
    """Members named in a text with its capitals; "stages 3 to 5" and "grade 2 or higher" are runs."""
    plain = _DASHES.sub("-", text)
    return tuple(
        member
        for pattern in (_BY_WORD, _BY_NAME, _JOINED)
        for match in pattern.finditer(plain)
        for member in _members_of(match)
    )


def _members_of(match: re.Match[str]) -> Iterator[Member]:
    names = [name for name in (match["family"], match["prefix"]) if name]
    for family in (stem(name.lower()) for name in names):
        if family not in _NO_FAMILY and not re.fullmatch(QUANTITIES, family):
            yield from _runs(family, match)


def _runs(family: str, match: re.Match[str]) -> list[Member]:
    found: list[Member] = []
    for token in _TOKEN.finditer(match["values"]):
        rank, letter = _rank(token["value"])
        if found and (token["sign"] or "").strip() in ("-", "to", "through"):
            found[-1] = found[-1]._replace(high=max(rank, found[-1].high), letter="")
        else:
            found.append(Member(family, rank, rank, letter, match.group().strip()))
    return [*found[:-1], _opened(found[-1], match["end"])] if found else []


def _opened(member: Member, end: str | None) -> Member:
    """ "grade 3 or higher" has no upper end."""
    if not end:
        return member
    if end.split()[-1] in ("below", "lower", "less", "under"):
        return member._replace(low=0, letter="")
    return member._replace(high=_MOST, letter="")


def _rank(value: str) -> tuple[int, str]:
    """Place in the family and letter of the sub-member: (3, "a") of "3a" and of "IIIa", (2, "") of "B"."""
    digits = re.match(r"\d+", value)
    if digits:
        return int(digits.group()), value[digits.end() :]
    roman = value.rstrip("ab")
    if roman in _ROMAN:
        return _ROMAN[roman], value[len(roman) :]
    return ord(value) - ord("A") + 1, ""


def other_member(asked: str, stated: str) -> str:
    """The member of a family the question asks about where the other text names only other members; else ""."""
    named = members(stated)
    for family in dict.fromkeys(member.family for member in members(asked)):
        wanted = [member for member in members(asked) if member.family == family]
        there = [member for member in named if member.family == family]
        if there and not any(ours.meets(theirs) for ours in wanted for theirs in there):
            return wanted[0].text
    return ""
