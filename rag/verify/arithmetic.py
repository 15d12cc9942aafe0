"""Arithmetic that a claim shows: "15 mg/kg × 60 kg = 900 mg". Exact, with units; nothing is computed unasked.

A figure that no quote holds is accepted only as the result of an equation written in the claim, whose terms are
held by the quotes or stated in the question, and which is right without rounding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.quantities import Quantity, normalise, read
from rag.verify.units import registry, unit_of

if TYPE_CHECKING:
    import pint


class Equation(NamedTuple):
    """``terms[0] signs[0] terms[1] … = result``, as it stands in a claim."""

    terms: tuple[Quantity, ...]
    signs: tuple[str, ...]
    """ "*", "/", "+" or "-", one between each two terms."""
    result: Quantity

    def words(self) -> str:
        parts = [self.terms[0].words()]
        for sign, term in zip(self.signs, self.terms[1:], strict=True):
            parts += [{"*": "×", "/": "÷"}.get(sign, sign), term.words()]
        return f"{' '.join(parts)} = {self.result.words()}"


_SIGNS = (
    ("*", re.compile(r"[×x*·]|times|multiplied by")), ("/", re.compile(r"[÷/:]|divided by")),
    ("+", re.compile(r"\+|plus")), ("-", re.compile(r"-|minus")), ("=", re.compile(r"=|equals|makes|gives")),
)  # fmt: skip
_FIGURE = re.compile(r"\d")


def equations(claim: str) -> Iterator[Equation]:
    """The equations of a claim, from the left."""
    clean, quantities = normalise(claim), read(claim)
    if "=" not in clean and not re.search(r"\b(?:equals|makes|gives)\b", clean):
        return
    terms: list[Quantity] = []
    signs: list[str] = []
    for i, quantity in enumerate(quantities):
        sign = _sign(clean, quantities[i - 1], quantity) if i else ""
        if sign == "=" and len(terms) > 1:
            yield Equation(tuple(terms), tuple(signs), quantity)
        if sign in ("", "="):
            terms, signs = [quantity], []
        else:
            terms.append(quantity)
            signs.append(sign)


def _sign(clean: str, before: Quantity, after: Quantity) -> str:
    """The operation between two quantities; a sign may have been read into either of them."""
    first = _FIGURE.search(clean, after.start)
    between = clean[before.end : first.start() if first else after.start].strip()
    if clean[before.end - 1] == "+":
        between = between or "+"
    return next((sign for sign, pattern in _SIGNS if pattern.fullmatch(between)), "")


UNCHECKED = "the units of"
"""How the fault of a sum begins that may be right or wrong."""


def fault_of(equation: Equation) -> str:
    """ "" where the result follows exactly, units included; else words for what is amiss: "2 × 100 mg = 200 mg a day" may be right."""
    import pint

    try:
        difference = _difference(equation)
    except (pint.DimensionalityError, ZeroDivisionError, KeyError):
        return f'{UNCHECKED} "{equation.words()}" do not lead to its result, so that it cannot be checked'
    return "" if difference.magnitude == 0 else f'"{equation.words()}" is wrong'


def _difference(equation: Equation) -> pint.Quantity[Any]:
    """What the terms give, less the result."""
    value: pint.Quantity[Any] = _value(equation.terms[0])
    for sign, term in zip((*equation.signs, "-"), (*equation.terms[1:], equation.result), strict=True):
        value = _applied(value, sign, _value(term))
    return value


def _applied(value: Any, sign: str, term: Any) -> Any:
    match sign:
        case "*":
            return value * term
        case "/":
            return value / term
        case "+":
            return value + term
        case _:
            return value - term


def _value(quantity: Quantity) -> pint.Quantity[Any]:
    """Raises KeyError for a range and for a unit that cannot be calculated with."""
    unit = unit_of(quantity.unit, quantity.per)
    if quantity.is_range or (unit is None and quantity.unit):
        raise KeyError(quantity.unit)
    low = abs(Fraction(quantity.low))  # a minus has been taken as the sign between two terms
    return registry().Quantity(low, unit) if unit is not None else registry().Quantity(low, "")


def results(claim: str, is_held: Callable[[Quantity], bool]) -> tuple[list[Quantity], str]:
    """Quantities that right equations give from held terms; and words for the first equation that is wrong or cannot be checked.

    The result of one equation may be a term of a later one.
    """
    found: list[Quantity] = []
    for equation in equations(claim):
        fault = fault_of(equation)
        if fault:
            return found, fault
        if all(is_held(term) or _is_among(term, found) for term in equation.terms):
            found.append(equation.result)
    return found, ""


def _is_among(quantity: Quantity, found: Sequence[Quantity]) -> bool:
    return any(is_same_value(quantity, other) for other in found)


def is_same_value(one: Quantity, other: Quantity) -> bool:
    return (one.low, one.high, one.unit, one.per) == (other.low, other.high, other.unit, other.per)
