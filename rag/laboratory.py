"""Measured values that say for whom a sentence is: "creatinine above 200 micromol/L", "a BSA of 1.7 m²", "Child-Pugh class C".

A value that is aimed at ("keep potassium above 4") or at which something else is done ("stop when INR is above 5") is none of these.
Values are converted to one unit for each measure; one whose unit cannot be told is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from rag.quantities import Quantity, read

_ONE = Decimal(1)


class _Measure(NamedTuple):
    name: str
    pattern: str
    factors: Mapping[str, Decimal]
    """To the unit the values are compared in, by unit; "" for a value without one that is at least ``least``."""
    least: int = 0
    small: str = ""
    """Unit of a value without one that is less; "?" where it cannot be told."""


_COUNTS = {"": _ONE, "x10^9/l": _ONE, "/mm3": Decimal("0.001"), "/ul": Decimal("0.001")}
_MEASURES = (
    _Measure("creatinine", r"creatinine(?! clearance)", {"umol/l": _ONE, "mg/dl": Decimal("88.4"), "": _ONE}, 20, "mg/dl"),
    _Measure("bilirubin", r"bilirubin", {"umol/l": _ONE, "mg/dl": Decimal("17.1"), "": _ONE}, 20, "?"),
    _Measure("potassium", r"potassium", {"mmol/l": _ONE, "meq/l": _ONE, "": _ONE}),
    _Measure("haemoglobin", r"ha?emoglobin|hgb|hb", {"g/l": _ONE, "g/dl": Decimal(10), "": _ONE}, 25, "g/dl"),
    _Measure("platelets", r"platelets?(?: counts?)?|plt", _COUNTS),
    _Measure("neutrophils", r"neutrophils?(?: counts?)?", _COUNTS),
    _Measure("CD4 count", r"cd4\+?(?: cells?| t[- ]cells?)?(?: counts?)?", {"": _ONE, "/mm3": _ONE, "/ul": _ONE}),
    _Measure("INR", r"inr", {"": _ONE}),
    _Measure("body surface", r"bsa|body surface(?: area)?", {"": _ONE, "m2": _ONE}),
    _Measure("body mass index", r"bmi|body mass index", {"": _ONE, "kg/m2": _ONE}),
    _Measure("HbA1c", r"hba1c|a1c", {"%": _ONE}),
    _Measure("QTc", r"qtc?(?: interval)?", {"ms": _ONE, "": _ONE}),
    _Measure("ejection fraction", r"(?:lv)?ef|(?:left ventricular )?ejection fraction", {"%": _ONE, "": _ONE}),
    _Measure("height", r"height", {"cm": _ONE}),
)  # fmt: skip
_FILLER = r"(?:[ :=(),]|levels?\b|concentrations?\b|counts?\b|index\b|of\b|is\b|are\b|was\b|about\b|falls\b(?= below)|rises\b(?= above))*+"
_N = r"\d+(?:\.\d+)?"
_LIMIT = r"(?:(?:under|over|above|below|at least|up to|less than|more than|from|between|>=|<=|>|<) ?){0,2}"
_POWER = r" ?[x×] ?(?:1000000000|10\^?9)/l"
_UNIT = rf"(?:{_POWER}|(?: cells?)?/(?:mm3|ul|μl)| ?(?:%|m2|ms|cm|kg/m2|(?:m|u|μ|micro)?mol(?:es?)?/l|m?g/d?l|meq/l))?+"
_AFTER = r"(?: or (?:more|above|higher|less|below|lower|over|under))?+"
_SPAN = rf"(?>{_LIMIT}{_N}(?:{_UNIT} ?(?:-|to|and) ?{_N}(?!\d))?)(?P<unit>{_UNIT}){_AFTER}"
_NOT_MEASURED = r"(?! ?(?:[a-zμµ%×]|\d|[.,]\d))|(?= (?:or|and|in|on|at|with|give|gives|the|is|who|he|she|to|for|after|before|should|must|may|use|we|i|his|her|then|despite|has|have)\b)"
"""Behind a value: no unit that it is not measured in, as of an amount, a time or a multiple."""
_VALUES = tuple(
    (m, re.compile(rf"\b(?:{m.pattern})(?:-|{_FILLER})(?P<figure>{_SPAN})(?:{_NOT_MEASURED})"))
    for m in _MEASURES
)
_ELSEWHERE = re.compile(
    r"\b(?:targets?|aim\w*|goals?|keep\w*|maintain\w*|until|reach\w*|achiev\w*|restor\w*|correct\w*|rais\w*|stop\w*|restart\w*|resum\w*|add|check|measur\w*|monitor\w*|discontinu\w*|withh\w+)\b[^.;:]*$"
    r"|\bto (?:(?:an?|the) )?$"
)
"""In front of a value that is not the one there is when the dose is given."""
_BEFORE = 60
_CLASSES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("Child-Pugh class", re.compile(r"\bchild(?:s)?-?(?: ?-? ?turcotte)?[- ]pugh(?:'s)?[ (]*(?:class(?:es)?|score|grade|stage)?[ :]*([abc](?:(?:, (?:and |or )?| ?- ?| or | and | to )[abc])*)\b"), "abc"),
    ("NYHA class", re.compile(r"\bnyha[ (]*(?:functional )?(?:class(?:es)?)?[ :]*((?:iv|i{1,3}|[1-4])(?:(?:, (?:and |or )?| ?- ?| or | and | to )(?:iv|i{1,3}|[1-4]))*)\b"), ""),
)  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def measured(plain: str) -> list[tuple[str, Quantity]]:
    """(what is measured, its span) of a normalised, folded text; classes as numbers from 1 on."""
    found = [
        (measure.name, quantity)
        for measure, pattern in _VALUES
        for match in pattern.finditer(plain)
        if not _ELSEWHERE.search(plain[max(0, match.start() - _BEFORE) : match.start()])
        for quantity in _converted(measure, match["figure"], match["unit"])
    ]
    if _HAS_SIZE.search(plain):
        sizes = (q for match in _LENGTH.finditer(plain) for q in read(match[0])[:1])
        found += [("size", _in_centimetres(q)) for q in sizes]
    for name, pattern, letters in _CLASSES:
        for match in pattern.finditer(plain):
            ranks = [_rank(part, letters) for part in re.findall(r"[abc]|iv|i{1,3}|[1-4]", match[1])]
            found.append((name, Quantity(Decimal(min(ranks)), Decimal(max(ranks)))))
    return found


def measured_in_column(column: str, cell: str) -> list[tuple[str, Quantity]]:
    """The same for a table cell whose column names what is measured; both normalised and folded."""
    if _AIMED_COLUMN.search(column):
        return []
    measure = next((measure for measure, pattern in _COLUMNS if pattern.search(column)), None)
    match = _CELL.search(cell) if measure else None
    return (
        [(measure.name, q) for q in _converted(measure, match[0], match["unit"])] if measure and match else []
    )


_COLUMNS = tuple((m, re.compile(rf"^\W*(?:serum |plasma |blood )?(?:{m.pattern})\b")) for m in _MEASURES)
_CELL = re.compile(_SPAN)
_AIMED_COLUMN = re.compile(r"\b(?:target|goal|aim|dose|maximum)\b")


def _converted(measure: _Measure, figure: str, unit: str) -> Iterator[Quantity]:
    """The value in the unit in which values of that measure are compared; none where its unit is another."""
    bare = figure.replace(unit, "") if unit else figure
    for q in read(bare)[:1]:
        named = unit or (measure.small if q.high < measure.least else "")
        factor = measure.factors.get(
            _POWERS.sub("x10^9/l", named)
            .replace("cells", "")
            .replace("μ", "u")
            .replace("micro", "u")
            .replace(" ", "")
        )
        if measure.factors is _COUNTS and not unit and q.low >= _WHOLE_COUNT[measure.name]:
            factor = Decimal("0.001")
        if factor is not None:
            yield replace(q, low=q.low * factor, high=q.high * factor, unit="", per=frozenset())


_HAS_SIZE = re.compile(
    r"\b(?:cysts?|hydatids?|nodules?|lesions?|tumou?rs?|mass(?:es)?|aneurysms?|stones?|calcul(?:us|i)|ulcers?|abscess(?:es)?|polyps?|fibroids?|adenomas?)\b"
)
_LENGTH = re.compile(
    rf"{_LIMIT}{_N}(?: ?(?:cm|mm))?(?: ?(?:-|to|and) ?{_N})? ?(?:cm|mm)\b(?: or (?:more|above|larger|less|below|smaller|over|under))?(?! ?(?:hg|h2o|/|of water))"
)


def _in_centimetres(length: Quantity) -> Quantity:
    factor = Decimal("0.1") if length.unit == "mm" else _ONE
    return replace(length, low=length.low * factor, high=length.high * factor, unit="", per=frozenset())


_POWERS = re.compile(_POWER)
_WHOLE_COUNT = {"platelets": 1000, "neutrophils": 100}
"""A count without a unit that is not in thousands."""


def _rank(part: str, letters: str) -> int:
    return letters.index(part) + 1 if letters else _ROMAN.get(part) or int(part)
