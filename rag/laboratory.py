"""Measured values that say for whom a sentence is: "creatinine above 200 micromol/L", "a BSA of 1.7 m²", "Child-Pugh class C".

A value that is aimed at ("keep potassium above 4") is none of these. Values in different units are not compared.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from rag.quantities import Quantity, read

_NAMES: tuple[tuple[str, str], ...] = (
    ("creatinine", r"creatinine(?! clearance)"), ("bilirubin", r"bilirubin"), ("potassium", r"potassium"), ("sodium", r"sodium"),
    ("calcium", r"calcium"), ("magnesium", r"magnesium"), ("phosphate", r"phosphate"), ("albumin", r"albumin"), ("lactate", r"lactate"),
    ("ammonia", r"ammonia"), ("platelets", r"platelets?|plt"), ("neutrophils", r"neutrophils?|anc"), ("haemoglobin", r"ha?emoglobin|hgb|hb"),
    ("INR", r"inr"), ("CD4 count", r"cd4\+?(?: cells?| t[- ]cells?)?"), ("body surface", r"bsa|body surface(?: area)?"),
    ("body mass index", r"bmi|body mass index"), ("HbA1c", r"hba1c|a1c"), ("QTc", r"qtc?(?: interval)?"),
    ("ejection fraction", r"(?:lv)?ef|(?:left ventricular )?ejection fraction"), ("coma score", r"gcs|glasgow coma (?:scale|score)"),
    ("height", r"height"), ("G6PD activity", r"g6pd(?: activity)?"), ("DPYD score", r"dpyd(?: activity)?(?: score)?"),
)  # fmt: skip
_FILLER = (
    r"(?:[ :=(),]|levels?\b|concentrations?\b|counts?\b|activity\b|score\b|index\b|serum\b|of\b|is\b|are\b|was\b|at\b|has\b|been\b|falls?\b|rises?\b|remains?\b|stays?\b|about\b"
    r"|exceeds?\b|exceeding\b)*"
)
_N = r"\d+(?:\.\d+)?"
_LIMIT = r"(?:(?:under|over|above|below|at least|up to|less than|more than|from|between|>=|<=|>|<) ?){0,2}"
_UNIT = r"(?: ?(?:%|m2|ms|cm|kg/m2|(?:m|u|μ|micro|n)?mol(?:es?)?/l|m?g/d?l|meq/l|cells/(?:mm3|ul|μl)))?"
_AFTER = r"(?: or (?:more|above|higher|less|below|lower|over|under))?"
_SPAN = rf"{_LIMIT}{_N}(?: ?(?:-|to|and) ?{_N})?{_UNIT}{_AFTER}"
_VALUES = tuple(
    (
        name,
        re.compile(
            rf"\b(?:{pattern})(?:-|{_FILLER})(?P<figure>{_SPAN})(?!\w|[.,]?\d| ?(?:mmol|meq|mg|mcg|g|ml|iu|units?|tablets?|sachets?)\b)"
        ),
    )
    for name, pattern in _NAMES
)
_AIMED = re.compile(
    r"\b(?:targets?|aim\w*|goals?|keep\w*|maintain\w*|until|reach\w*|achiev\w*|restor\w*|correct\w*|rais\w*|to) (?:(?:an?|the|for|of|serum|plasma|with) )*$"
)
"""In front of a value that is not the one there is."""
_BEFORE = 30
_CONCENTRATION = frozenset(("l", "dl", "ul", "ml", "mm3", "m2"))
_CLASSES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("Child-Pugh class", re.compile(r"\bchild(?:s)?-?(?: ?-? ?turcotte)?[- ]pugh(?:'s)?[ (]*(?:class|score|grade|stage)?[ :]*([abc](?:(?: ?- ?| or | and | to |, )[abc])?)\b"), "abc"),
    ("NYHA class", re.compile(r"\bnyha[ (]*(?:functional )?(?:class)?[ :]*((?:iv|i{1,3}|[1-4])(?:(?: ?- ?| or | and | to )(?:iv|i{1,3}|[1-4]))?)\b"), ""),
)  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def measured(plain: str) -> list[tuple[str, Quantity]]:
    """(what is measured, its span) of a normalised, folded text; classes as numbers from 1 on."""
    found = [
        (name, quantity)
        for name, pattern in _VALUES
        for match in pattern.finditer(plain)
        if not _AIMED.search(plain[max(0, match.start() - _BEFORE) : match.start()])
        for quantity in _spans(match["figure"], exceeds="exceed" in match[0])
    ]
    for name, pattern, letters in _CLASSES:
        for match in pattern.finditer(plain):
            ranks = [_rank(part, letters) for part in re.split(r"\W+(?:or |and |to )?", match[1]) if part]
            found.append((name, Quantity(Decimal(min(ranks)), Decimal(max(ranks)))))
    return found


def measured_in_column(column: str, cell: str) -> list[tuple[str, Quantity]]:
    """The same for a table cell whose column names what is measured; both normalised and folded."""
    if _AIMED_COLUMN.search(column):
        return []
    name = next((name for name, pattern in _COLUMNS if pattern.search(column)), "")
    return [(name, quantity) for quantity in _spans(cell)] if name else []


_COLUMNS = tuple(
    (name, re.compile(rf"^\W*(?:serum |plasma |blood )?(?:{pattern})\b")) for name, pattern in _NAMES
)
_AIMED_COLUMN = re.compile(r"\b(?:target|goal|aim|dose|maximum)\b")


def _spans(figure: str, *, exceeds: bool = False) -> list[Quantity]:
    """Values as they are measured: no amount of a drug, no figure in another unit of time."""
    kept = [q for q in read(figure) if not q.per or q.per & _CONCENTRATION]
    kept = [q for q in kept if q.per or q.unit in _BARE]
    if exceeds:
        kept = [replace(q, comparator=q.comparator or ">") for q in kept]
    return [replace(q, unit=f"{q.unit}/{min(q.per)}" if q.per else q.unit, per=frozenset()) for q in kept[:1]]


_BARE = frozenset(("", "%", "m2", "cm", "ms"))


def _rank(part: str, letters: str) -> int:
    return letters.index(part) + 1 if letters else _ROMAN.get(part) or int(part)
