"""Another figure for the same thing: what a sentence measures otherwise than a statement says.

Times and intervals are compared in days whatever their unit, pressures by what they measure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isclose

from rag.datatypes import Quote, SentenceKind
from rag.patient import apart, cells_of, patient_of, patient_of_line, patient_of_row
from rag.quantities import Quantity, amounts, normalise, read
from rag.text import fold
from rag.verify.candidates import wide
from rag.verify.common import framed, shown
from rag.verify.subject import ACTS, LEAST_SHARED, MOST_OF, NONE, Opposition, on_topic, shared_part, subject


def other_figure(statement: str, quote: Quote) -> Opposition:
    """Another figure of the same unit for the same thing, and the stated one nowhere in the quote."""
    if quote.kind is SentenceKind.ROW or not on_topic(statement, framed(quote)):
        return NONE
    if _of_other_ages(statement, shown(quote)):
        return NONE
    said, held = _with_units(_AGED.sub(" ", statement)), _AGED.sub(" ", shown(quote))
    ours, theirs = read(said), read(held)
    moved = [q for q in ours if 1 <= sum(_comparable(q, t) for t in theirs) < _LIST]
    if not moved or any(_meets(q, t) for q in moved for t in theirs):
        return NONE
    about, exact = shared_part(statement, framed(quote)), shared_part(statement, shown(quote)) == 1
    if len(subject(statement) & wide(framed(quote))) < LEAST_SHARED:
        return NONE
    back = _part_meant(held, statement)
    closely = (
        back >= _SOME
        if exact
        else any(
            _part_meant(piece, statement) == 1
            for piece in _PIECES.split(held)
            if _any_comparable(moved, piece)
        )
    )
    strength = max(min(about, back), MOST_OF if about == 1 and closely else 0.0)
    return Opposition(strength, f'the documents have another figure than "{moved[0].words()}"')


def _of_other_ages(statement: str, sentence: str) -> bool:
    """Both say for which age or weight, and none is meant by both: two rows of one dose table do not contradict."""
    return apart(patient_of(statement), patient_of_line(sentence)) in ("age", "weight", "clearance")


def other_dose(one: str, other: str) -> bool:
    """Both have amounts of a drug, and none in common: "1 g" and "15 mg/kg"."""
    ours, theirs = amounts(one), amounts(other)
    return bool(ours and theirs) and not any(q.per == t.per and _meets(q, t) for q in ours for t in theirs)


def _part_meant(text: str, statement: str) -> float:
    """Share of what a text speaks of that the statement speaks of, what is done aside."""
    words = subject(text) - ACTS
    return len(words & wide(statement)) / len(words) if words else 0.0


def _any_comparable(quantities: Sequence[Quantity], text: str) -> bool:
    return any(_comparable(q, t) for t in read(text) for q in quantities)


_PIECES = re.compile(r"[,;:](?!\d)|\b(?:and|or|but|then)\b")
_SOME = 1 / 3
_LIST = 3
"""So many figures of one unit are a list of cases."""
_AGED = re.compile(
    r"\b(?:weigh\w*|aged?|children of|infants of)(?: \w+){0,2} \d[\d–-]*(?: ?(?:kg|days?|weeks?|months?|years?))?|\b(?:under|over) \d+ ?(?:kg|months|years)\b|\d+ ?(?:kg|months|years) (?:or (?:older|more)|old|of age)\b",
    re.IGNORECASE,
)


_PRESSURE = re.compile(
    r"\b(systolic|diastolic)((?: (?:blood|pressure|of|at|below|above|under|over|target|<|>))* )(\d{2,3})\b(?! ?(?:mm|/))|\b(\d{2,3}) (systolic|diastolic)\b"
)


def _with_units(text: str) -> str:
    """ "120 systolic" is in mmHg."""
    return _PRESSURE.sub(lambda m: f"{m[1]}{m[2]}{m[3]} mmHg" if m[1] else f"{m[4]} mmHg {m[5]}", fold(text))


def differing_figures(one: str, other: str) -> tuple[str, str] | None:
    """A figure of each text for what both measure, where no figure of that unit in the one is among those in the other.

    Ages, weights and clearance of those meant are no such figures beside others: the same people do not make another dose the same.
    Where there is nothing else, they are what is ruled ("at 12 months of age").
    """
    ours, theirs = _measures(one), _measures(other)
    if not ours and not theirs:
        ours, theirs = _measures(one, people=False), _measures(other, people=False)
    for kind in dict.fromkeys((measure, _span(quantity)[0]) for measure, quantity in ours):
        pairs = [
            (q, t)
            for m, q in ours
            for n, t in theirs
            if m == n and (m, _span(q)[0]) == kind and _comparable(q, t)
        ]
        if pairs and not any(_meets(q, t) for q, t in pairs):
            return pairs[0][0].words(), pairs[0][1].words()
    return None


_PAIR = re.compile(r"\b(\d{2,3}) ?/ ?(\d{2,3})(?= ?mm ?hg)")
_NAMED = re.compile(r"\b(systolic|diastolic|mean arterial)\b")


def _measures(text: str, *, people: bool = True) -> list[tuple[str, Quantity]]:
    """Quantities with what they measure, as far as pressures go: 140/90 mmHg is a systolic and a diastolic one; without those that
    say whom, where ``people``."""
    spelled = _PAIR.sub(r"systolic \1 mmhg, diastolic \2", normalise(text))
    meant = _people_of(text) if people else []
    found = (q for q in read(spelled) if not any(_tells_whom(q, *span) for span in meant))
    return [(_measure(spelled, quantity), quantity) for quantity in found]


def _people_of(text: str) -> list[tuple[str, Quantity]]:
    """Ages, weights, clearance and weeks of pregnancy of those a sentence, or a row below its header, is for."""
    *header, line = text.splitlines() or [""]
    is_row = len(cells_of(line)) > 1
    patient = patient_of_row(line, "\n".join(header)) if is_row else patient_of(text)
    return [(measure, span) for measure, spans in patient.spans.items() for span in spans]


def _tells_whom(quantity: Quantity, measure: str, span: Quantity) -> bool:
    """The quantity is that span, in days, kilograms, millilitres a minute, weeks; a month has not always as many days. A
    measured value may be what is ruled: "anaemia is a haemoglobin below 110 g/L"."""
    in_days = _DAYS.get(quantity.unit, 0.0)
    size = {
        "age": in_days,
        "days": in_days,
        "gestation": in_days / _DAYS["week"],
        "corrected age": in_days / _DAYS["week"],
        "weight": float(quantity.unit == "kg"),
        "clearance": float((quantity.unit, quantity.per) in _CLEARED),
    }.get(measure, 0.0)
    values = (float(quantity.low) * size, float(quantity.high) * size)
    ends = (float(span.low), float(span.high))
    return size > 0 and all(any(isclose(value, end, rel_tol=0.02) for end in ends) for value in values)


_CLEARED: tuple[tuple[str, frozenset[str]], ...] = (("", frozenset()), ("ml", frozenset({"minute"})))


def _measure(text: str, quantity: Quantity) -> str:
    named = _NAMED.findall(text[: quantity.start]) if quantity.unit == "mmhg" else []
    return named[-1] if named else ""


_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.0}
_ROUNDING = 1.1
"""Four weeks are a month."""


def _span(quantity: Quantity) -> tuple[str, float, float]:
    """What is measured, and from where to where; times and intervals in days whatever their unit."""
    low, high = float(quantity.low), float(quantity.high)
    if quantity.unit == "times" and len(quantity.per) == 1 and (days := _DAYS.get(next(iter(quantity.per)))):
        return "interval", days / max(high, 1e-9), days / max(low, 1e-9)
    days = _DAYS.get(quantity.unit.removeprefix("every "), 0.0)
    if days:
        kind = "interval" if quantity.unit.startswith("every ") else "time"
        return kind, low * days / _ROUNDING, high * days * _ROUNDING
    return quantity.unit, low, high


def _comparable(one: Quantity, other: Quantity) -> bool:
    kind, low, high = _span(one)
    other_kind, other_low, other_high = _span(other)
    if kind == "interval" and (max(low, other_low) >= _VISITS and min(high, other_high) <= _DOSES):
        return False
    return bool(kind) and not one.soft and not other.soft and kind == other_kind


_DOSES, _VISITS = 0.6, 6.0
"""Days: an interval between doses in hours is none between visits in weeks."""


def _meets(one: Quantity, other: Quantity) -> bool:
    kind, low, high = _span(one)
    other_kind, other_low, other_high = _span(other)
    return kind == other_kind and low <= other_high and other_low <= high
