"""What units mean: which measure the same kind of thing, and by which exact factor. The only file that knows pint.

Reading units from text stays with ``quantities``: pint's names depend on capitals ("MG" is a megagram to it),
and clinical text does not keep them. Units that pint lacks or understands otherwise ("unit" is a luminance there)
are kinds of their own, so that nothing is converted into them.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

_NAMES: dict[str, str] = {
    "mg": "milligram", "g": "gram", "kg": "kilogram", "ug": "microgram", "ng": "nanogram", "pg": "picogram",
    "ml": "milliliter", "dl": "deciliter", "l": "liter", "ul": "microliter", "mol": "mole", "mmol": "millimole", "umol": "micromole",
    "mmhg": "millimeter_Hg", "pa": "pascal", "kpa": "kilopascal", "second": "second", "minute": "minute", "hour": "hour", "day": "day", "week": "week",
    "month": "month", "year": "year", "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "um": "micrometer", "nm": "nanometer",
    "m2": "meter ** 2", "cm2": "centimeter ** 2", "mm2": "millimeter ** 2", "m3": "meter ** 3", "cm3": "centimeter ** 3", "mm3": "millimeter ** 3",
    "kcal": "kilocalorie", "kj": "kilojoule", "mj": "megajoule", "j": "joule", "gy": "gray", "mgy": "milligray", "hz": "hertz", "khz": "kilohertz",
    "watt": "watt", "volt": "volt",
}  # fmt: skip
"""Canonical units of ``quantities`` that pint knows, by pint's name."""
_OWN = (
    "iu", "unit", "meq", "mme", "percent", "tablet", "capsule", "drop", "puff", "dose", "bed", "bpm", "ach", "sd", "patient", "person", "db",
)  # fmt: skip
"""Kinds of their own."""
_TIMES = frozenset(("second", "minute", "hour", "day", "week", "month", "year"))


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[Any]:
    """With exact fractions, and with the clinical units of this file."""
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for name in _OWN:
        registry.define(f"rag_{name} = [rag_{name}]")
    return registry


def _pint_name(unit: str) -> str | None:
    own = "percent" if unit == "%" else unit
    return f"rag_{own}" if own in _OWN else _NAMES.get(unit)


@lru_cache(maxsize=1024)
def unit_of(unit: str, per: frozenset[str]) -> pint.Unit | None:
    """The pint unit of ``unit`` divided by each of ``per``; None for a bare number and for what is not known.

    "times" (of a frequency) counts as a bare number that has a ``per``.
    """
    if unit == "times":
        return _divided(registry().Unit(""), per)
    name = _pint_name(unit)
    return None if name is None else _divided(registry().Unit(name), per)


def _divided(unit: pint.Unit, per: frozenset[str]) -> pint.Unit | None:
    for part in sorted(per):
        name = _pint_name(part)
        if name is None:
            return None
        unit = unit / registry().Unit(name)
    return unit


@lru_cache(maxsize=4096)
def factor(unit: str, per: frozenset[str], to_unit: str, to_per: frozenset[str]) -> Fraction | None:
    """By what a value in the first unit is multiplied to be one in the second, exactly; None where they differ in kind.

    mmHg and pascals are related by a rounded constant: exact here, and so never equal to what a table rounds.
    """
    if per & _TIMES != to_per & _TIMES:
        return None  # 24 mg per day is not given as 1 mg per hour
    one, other = unit_of(unit, per), unit_of(to_unit, to_per)
    if one is None or other is None or one.dimensionality != other.dimensionality:
        return None
    return Fraction(registry().Quantity(Fraction(1), one).to(other).magnitude)


def is_same_kind(unit: str, other: str) -> bool:
    """ "g" and "mg", "day" and "week"; not "mg" and "ml", not "month" of treatment and "dose"."""
    return unit == other or factor(unit, frozenset(), other, frozenset()) is not None
