"""Numbers with what belongs to them, read from clinical text: value or range, unit, comparator.

Nothing is converted here: 1 g and 1000 mg are two quantities, and ``units`` says that they are equal. Only ways of
writing one quantity become equal ("30 mL/kg" and "30 ml per kg", "bid" and "twice daily", "≥ 5" and "at least 5").
Read by own patterns: quantulum3 was measured and refused (it reads "148/94 mmHg" as 1.57 mmHg and "third" as 1/3, has
no comparators, averages ranges, unpickles a classifier, and takes forty times as long); pint reads no running text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from rag.text import fold, listed

Comparator = Literal["", ">", ">=", "<", "<=", "from"]

_UNIT_FORMS: dict[str, str] = {
    "mg": "mg mgs milligram milligrams milligramme milligrammes",
    "g": "g gm gms gram grams gramme grammes",
    "kg": "kg kgs kilogram kilograms kilo kilos",
    "ug": "ug µg μg mcg mcgs microgram micrograms microgramme microgrammes",
    "ng": "ng nanogram nanograms",
    "pg": "pg picogram picograms",
    "ml": "ml mls cc millilitre millilitres milliliter milliliters",
    "dl": "dl decilitre decilitres deciliter deciliters",
    "l": "l litre litres liter liters",
    "ul": "ul µl μl microlitre microlitres microliter microliters",
    "mol": "mol mole moles",
    "mmol": "mmol mmols millimole millimoles",
    "umol": "umol µmol μmol micromole micromoles micromol micromols",
    "meq": "meq meqs milliequivalent milliequivalents",
    "iu": "iu ius",
    "unit": "unit units u",
    "mmhg": "mmhg",
    "%": "% percent percentage pct",
    "mme": "mme mmes",
    "second": "second seconds sec secs",
    "minute": "minute minutes min mins",
    "hour": "hour hours hr hrs h",
    "day": "day days d",
    "week": "week weeks wk wks",
    "month": "month months mo mos",
    "year": "year years yr yrs",
    "tablet": "tablet tablets tab tabs",
    "capsule": "capsule capsules",
    "drop": "drop drops",
    "puff": "puff puffs",
    "dose": "dose doses",
    "bed": "bed beds",
    "km": "km kilometre kilometres kilometer kilometers",
    "m": "m metre metres meter meters",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "um": "um µm μm micron microns micrometre micrometres micrometer micrometers",
    "nm": "nm nanometre nanometres nanometer nanometers",
    "m2": "m2", "cm2": "cm2", "mm2": "mm2", "m3": "m3", "cm3": "cm3", "mm3": "mm3",
    "kcal": "kcal kcals kilocalorie kilocalories",
    "kj": "kj kilojoule kilojoules",
    "mj": "mj", "j": "j joule joules",
    "gy": "gy gray", "mgy": "mgy",
    "bpm": "bpm",
    "celsius": "°c celsius",
    "fahrenheit": "°f fahrenheit",
    "pa": "pa pascal pascals", "kpa": "kpa",
    "db": "db decibel decibels", "hz": "hz hertz", "khz": "khz",
    "watt": "watt watts w", "volt": "volt volts v",
    "ms": "ms msec msecs millisecond milliseconds",
    "ach": "ach",
    "sd": "sd sds",
    "patient": "patient patients", "person": "person persons people",
}  # fmt: skip
UNIT_OF_FORM = {
    unicodedata.normalize("NFKC", form): unit for unit, forms in _UNIT_FORMS.items() for form in forms.split()
}
_TIMES = ("second", "minute", "hour", "day", "week", "month", "year")
_SMALL = listed("""zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""")
_TENFOLD = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_WORD_VALUES = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENFOLD, 2)
}
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMBER_WORD = re.compile(
    rf"(?<![\w.])(?:(?P<tens>{_TENS})[- ](?P<ones>one|two|three|four|five|six|seven|eight|nine)"
    rf"|(?P<alone>{'|'.join(sorted(_WORD_VALUES, key=len, reverse=True))})(?P<hundred> hundred)?)(?!\w)"
)
_ONE_NEEDS_UNIT = re.compile(
    r"one(?=[- ](?:to |or two|"
    + "|".join(sorted((re.escape(f) for f in UNIT_OF_FORM if len(f) > 2), key=len, reverse=True))
    + r")(?!\w))"
)

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_RUN = re.compile("(?P<space> ?)(?P<figures>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)")
_AREA = re.compile(r"(?<![^\W\d_])(?:[cmk]?m)$", re.IGNORECASE)


def _place_superscript(text: str) -> str:
    """A superscript is a power behind 10, part of m² and x³, a sign or charge (HER2⁺, Cl⁻), and otherwise a reference mark."""

    def put(match: re.Match[str]) -> str:
        before = text[: match.start()]
        figures = match["figures"].translate(_SUPERSCRIPTS)
        if re.search(r"(?<!\d)10$", before):
            return f"^{figures}"
        if match["space"]:
            return f" {figures} " if figures in ("+", "-") else " "
        if figures in ("+", "-") or re.search(r"(?<![^\W_])[^\W\d_]$", before):
            return figures
        if _AREA.search(before) and figures in ("2", "3"):
            return figures
        return " "

    return _SUPERSCRIPT_RUN.sub(put, text)


_POWER = re.compile(r"(?<![\d.])10\^(-?\d{1,2})(?!\d)")
_THIN_THOUSANDS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f'’](?=\d{3}(?!\d))")
_PLAIN_THOUSANDS = re.compile(
    r"(?<![\d.,/-])(?<!\d )([1-9]\d{0,2})((?: \d{3})+)(?![\d.,]*\d| \d| ?[-–] ?\d+(?! \d{3}))"
)
_COMMA_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?:,\d{3})+)(?!\d|,\d)")
_REPLACEMENTS = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"(?<=\d)[·‧∙](?=\d)", "."),
        (r"(?<![\d.])\.(?=\d)", "0."),
        (r"[≥⩾≧]|> ?=|=>", ">="),
        (r"[≤⩽≦]|< ?=|=<", "<="),
        (r"\b(?:mm|millimet(?:er|re)s?) ?(?:of )?(?:hg|mercury)\b", "mmhg"),
        (r"\b(?:morphine milligram equivalents?|milligrams? of morphine equivalents?|oral morphine equivalents?)\b", "mme"),
        (r"\binternational units?\b", "iu"),
        (r"\b(?:degrees?|deg) (?=celsius|fahrenheit|c\b|f\b)", "°"),
        (r"\bper ?cent\b", "%"),
        (r"\bpercentage points?\b", "% points"),
        (r"\bsq(?:uare|\.)? ?m(?:et(?:er|re)s?)?\b", "m2"),
        (r"\bb\.i\.d\.?|\bb\.d\.", "bid "),
        (r"\bt\.i\.d\.?|\bt\.d\.s\.?", "tid "),
        (r"\bq\.i\.d\.?|\bq\.d\.s\.?", "qid "),
        (r"\bo\.d\.|\bq\.d\.", "od "),
        (r"(?<=\d)-fold\b", " fold"),
    )
)  # fmt: skip


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text)


@lru_cache(maxsize=4096)
def normalise(text: str, *, row: bool = False) -> str:
    """Text as the quantity grammar reads it: folded, one sign per idea, numbers without separators.

    ``row``: the text is a table row, where "5 100" is two cells and not five thousand one hundred.
    """
    text = _THIN_THOUSANDS.sub("", _place_superscript(text.replace("º", "°")))
    text = re.sub(r"(\d)?([½¼¾])", _spell_fraction, text)
    text = _OTHER_FRACTION.sub(" ", text)
    text = _ascii_digits(fold(text)).replace("µ", "μ")
    for pattern, put in _REPLACEMENTS:
        text = pattern.sub(put, text)
    text = _POWER.sub(lambda m: format(Decimal(1).scaleb(int(m.group(1))), "f"), text)
    text = _COMMA_THOUSANDS.sub(lambda m: m.group(1) + m.group(2).replace(",", ""), text)
    if not row:
        text = _PLAIN_THOUSANDS.sub(lambda m: m.group(1) + m.group(2).replace(" ", ""), text)
    return _MAGNITUDE.sub(_in_full, _numbers_for_words(text))


_MAGNITUDE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[ -](thousand|million|billion)s?(?!\w)")
_TIMES_TEN = {"thousand": 3, "million": 6, "billion": 9}


def _in_full(match: re.Match[str]) -> str:
    """ "4.3 million" is 4300000."""
    return format(Decimal(match[1]).scaleb(_TIMES_TEN[match[2]]).normalize(), "f")


_OTHER_FRACTION = re.compile(r"(?<=\d)(?=[⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
"""Where "2⅓" would become 21/3."""


def _spell_fraction(match: re.Match[str]) -> str:
    return (match.group(1) or "0") + {"½": ".5", "¼": ".25", "¾": ".75"}[match.group(2)]


def _numbers_for_words(text: str) -> str:
    def put(match: re.Match[str]) -> str:
        if match.group("tens"):
            return str(_WORD_VALUES[match.group("tens")] + _WORD_VALUES[match.group("ones")])
        word = match.group("alone")
        if word == "one" and not match.group("hundred") and not _ONE_NEEDS_UNIT.match(text, match.start()):
            return match.group()
        return str(_WORD_VALUES[word] * (100 if match.group("hundred") else 1))

    return _NUMBER_WORD.sub(put, text)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value (``low == high``) or a range, as read at ``text[start:end]`` of the normalised text."""

    low: Decimal
    high: Decimal
    unit: str = ""
    """Canonical unit; "times" for a frequency, "every" before an interval; "" when none is written."""
    per: frozenset[str] = frozenset()
    """What it is divided by: {"kg", "day"} in mg/kg/day."""
    comparator: Comparator = ""
    start: int = 0
    end: int = 0
    mark: bool = False
    """Looks like a reference mark: a bare number in brackets or parentheses."""
    bare: bool = True
    """No word follows that the number could count ("7." but not "7 patients")."""
    daily: bool = False
    """"5 mg daily": says once a day as well as per day."""

    soft: bool = False
    """"monthly visits": the period belongs to the noun behind it."""
    in_header: bool = False
    """Set by readers of tables: stands in the header, so ``start`` and ``end`` count in that text."""

    @property
    def is_range(self) -> bool:
        return self.low != self.high

    def words(self) -> str:
        """As a reader would write it."""
        value = f"{_plain(self.low)}" + (f"–{_plain(self.high)}" if self.is_range else "")
        signs = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< "}
        unit = {"times": " times", "every": " every"}.get(self.unit, f" {self.unit}" if self.unit else "")
        if self.unit.startswith("every "):
            return f"every {value} {self.unit[6:]}"
        per = "".join(f" per {p}" for p in sorted(self.per))
        return signs.get(self.comparator, "") + value + unit.replace(" %", " %") + per


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


_NUMBER = r"(?:\d+(?:\.\d+)?)"
_UNIT_WORD = (
    "(?:"
    + "|".join(sorted((re.escape(f) for f in UNIT_OF_FORM), key=len, reverse=True))
    + r")(?:(?![^\W\d_])(?=[\d]{0,2}(?![\w])))"
)
_PER = r"(?: ?/ ?(?:an? )?| per | each | every (?!\d)| an? (?=(?:second|minute|hour|day|week|month|year)\b))"
_DAILY = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
}
_UNIT = (
    rf"(?P<unit>{_UNIT_WORD})"
    r"(?: of (?!(?:a|the) )[a-z-]+(?: [a-z-]+)?(?=(?: (?:daily|per day|a day|each day|every day))(?!\w)))?"
    rf"(?P<pers>(?:(?:{_PER})(?:body ?weight|{_UNIT_WORD}))*)"
    r"(?: (?P<daily>hourly|daily|weekly|monthly|yearly|annually)(?!\w)|(?P<perday>/d(?!\w)))?"
)
_SIGN = r"(?P<sign>(?<![\d.)%] )(?<![\w.)%])-)?"
_BETWEEN = r" ?(?:-|to|through|and|till|until|up to) ?(?:less than |under |below |< ?)?"
_QUANTITY = re.compile(
    rf"(?<![\w.^])(?P<between>between )?{_SIGN}(?P<low>{_NUMBER})"
    rf"(?:(?:[ -]?(?P<lowunit>{_UNIT_WORD})(?:{_PER}{_UNIT_WORD})*)?(?P<to>{_BETWEEN})(?P<high>{_NUMBER}))?"
    rf"(?:[ -]?{_UNIT})?"
    r"(?P<after>(?:-years?-olds?)?\s?(?:\+(?! ?\d)|or (?:more|above|higher|greater|over|longer|older|less|below|lower|under|fewer|shorter|younger)"
    r"|and (?:above|over|older|higher|below|under|younger)|at (?:least|most))(?!\w))?"
)
_BEFORE: tuple[tuple[Comparator, str], ...] = (
    (">=", r"(?:at least|at minimum|no less than|not less than|no fewer than|no lower than|not below|not under|no earlier than|"
           r"a minimum of|minimum of|minimum|>=)"),
    ("<=", r"(?:at most|at maximum|no more than|not more than|no greater than|not above|no longer than|no later than|no higher than|"
           r"not to exceed|(?:not|never) (?:to )?exceed(?:ing|s|ed)?|not over|without exceeding|"
           r"up to|a maximum of|maximum of|maximum|max|within|<=)"),
    (">", r"(?:more than|greater than|higher than|longer than|older than|larger than|heavier than|exceed(?:ing|s|ed)?|in excess of|over|above|beyond|>)"),
    ("<", r"(?:less than|fewer than|lower than|shorter than|younger than|smaller than|lighter than|under|below|<)"),
    ("from", r"(?:from|starting at|starting from|beginning at)"),
)  # fmt: skip
_FILLER = r"(?: (?:a|an|the|of|about|approximately|around|some|total|to|or|equal))*"
_OR_EQUAL: dict[Comparator, Comparator] = {">": ">=", "<": "<=", ">=": ">=", "<=": "<=", "from": "from"}
_COMPARATORS = tuple(
    (sign, re.compile(rf"(?:(?<![\w])|(?=[<>])){words}(?:{_FILLER}) ?$")) for sign, words in _BEFORE
)
_LIMITS: tuple[tuple[Comparator, re.Pattern[str]], ...] = (
    ("<=", re.compile(r"\b(?:max(?:imum|imal)?|ceiling|cap(?:ped)?|upper limit|highest)\b(?:[ (][a-z/()-]+){0,5} ?[:=(]? ?$")),
    (">=", re.compile(r"\b(?:min(?:imum|imal)|lower limit|floor)\b(?:[ (][a-z/()-]+){0,4} ?[:=(]? ?$")),
)  # fmt: skip
_AFTER: tuple[tuple[Comparator, tuple[str, ...]], ...] = (
    (">=", listed("more above higher greater over longer older + least")),
    ("<=", listed("less below lower under fewer shorter younger most")),
)
_EQUAL_TOO = re.compile(r"(?:or equal to|or equals) ?$")
_FREQUENCY = re.compile(
    rf"(?<!\w)(?:(?P<once>once|twice|thrice)|(?P<times>{_NUMBER})(?: ?(?:-|to) ?(?P<upto>{_NUMBER}))? ?(?:times|x))"
    r" ?-?(?:(?P<adverb>daily|weekly|monthly|yearly|annually)|(?:a|an|per|each|every|/) ?(?P<unit>hour|day|week|month|year|d|wk))(?!\w)"
)
_LATIN = re.compile(r"(?<![\w-])(?P<latin>bid|tid|tds|qid|qds|bd|qd|od)(?![\w-])")
_LATIN_VALUES = {"bid": 2, "bd": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4, "qd": 1, "od": 1}
_INTERVAL = re.compile(
    rf"(?<!\w)(?:(?:every|each) (?P<low>{_NUMBER})(?: ?(?:-|to) ?(?P<high>{_NUMBER}))?[ -]?"
    rf"(?P<unit>{_UNIT_WORD})|q ?(?P<qlow>\d+)(?: ?- ?(?P<qhigh>\d+))? ?(?P<qunit>h(?:ours?|rs?)?|d|wks?)(?!\w)"
    rf"|(?P<hlow>\d+)(?: ?(?:-|to) ?(?P<hhigh>\d+))?[ -](?P<hunit>hourly|weekly|monthly)(?!\w))"
)
_SINGLE_INTERVAL = re.compile(r"(?<!\w)(?:(?:every|each|once an?) (?P<unit>hour|day|week|month|year)|(?P<other>every other|alternate) (?P<otherunit>day|week|month)s?"
                              r"|(?P<adverb>hourly|daily|weekly|monthly|yearly|annually|fortnightly))(?!\w)")  # fmt: skip
_RATE = re.compile(r"(?:(?<![\w-])per |(?<=[a-z])/)(?P<unit>minute|hour|day|week|month|year)(?!\w)")
"""Apart from its number: "12 g of salt per day", "the total MME/day"."""
_BRACKETED = re.compile(r"\[[\d\s,;-]+\]|\((?:\d{1,3})(?:[\s,;-]+\d{1,3})*\)")


def read(text: str, *, row: bool = False) -> tuple[Quantity, ...]:
    """The quantities of a text in the order they stand. ``row``: the text is a table row."""
    return _read(text, row)


@lru_cache(maxsize=4096)
def _read(text: str, row: bool) -> tuple[Quantity, ...]:
    clean = normalise(text, row=row)
    found: list[Quantity] = []
    taken = [False] * (len(clean) + 1)
    for quantity in (*_frequencies(clean), *_plain_quantities(clean)):
        if not any(taken[quantity.start : quantity.end]):
            found.append(quantity)
            if quantity.unit == "times" and quantity.end - quantity.start < 1:
                continue
            taken[quantity.start : quantity.end] = [True] * (quantity.end - quantity.start)
    return _share_units(clean, sorted(found, key=lambda q: q.start))


def _frequencies(clean: str) -> Iterator[Quantity]:
    """Frequencies and intervals; taken before plain numbers so that "every 4 weeks" is not a length."""
    for match in _FREQUENCY.finditer(clean):
        unit = match["unit"] or _DAILY[match["adverb"]]
        low = {"once": "1", "twice": "2", "thrice": "3"}.get(match["once"] or "", match["times"])
        yield _times(low, match["upto"] or low, UNIT_OF_FORM.get(unit, unit), match)
    for match in _LATIN.finditer(clean):
        value = str(_LATIN_VALUES[match["latin"]])
        yield _times(value, value, "day", match)
    for match in _INTERVAL.finditer(clean):
        low = match["low"] or match["qlow"] or match["hlow"]
        high = match["high"] or match["qhigh"] or match["hhigh"] or low
        unit = match["unit"] or match["qunit"] or _DAILY[match["hunit"] or "daily"]
        unit = UNIT_OF_FORM.get(unit, unit)
        if Decimal(low) == Decimal(high) == 1:
            yield _times("1", "1", unit, match)
        else:
            yield Quantity(Decimal(low), Decimal(high), f"every {unit}", start=match.start(), end=match.end())


def _times(low: str, high: str, unit: str, match: re.Match[str]) -> Quantity:
    return Quantity(
        Decimal(low), Decimal(high), "times", frozenset({unit}), start=match.start(), end=match.end()
    )


def _plain_quantities(clean: str) -> Iterator[Quantity]:
    marks = [match.span() for match in _BRACKETED.finditer(clean)]
    for match in _QUANTITY.finditer(clean):
        if not _IN_A_NAME.search(clean[max(0, match.start() - 20) : match.start()]):
            yield from _quantities_of(clean, match, marks)
    for match in _SINGLE_INTERVAL.finditer(clean):
        if match["other"]:
            yield Quantity(
                Decimal(2), Decimal(2), f"every {match['otherunit']}", start=match.start(), end=match.end()
            )
        elif match["adverb"] == "fortnightly":
            yield Quantity(Decimal(2), Decimal(2), "every week", start=match.start(), end=match.end())
        else:
            soft = bool(match["adverb"] and _NOUN_NEXT.match(clean, match.end()))
            yield replace(_times("1", "1", match["unit"] or _DAILY[match["adverb"]], match), soft=soft)
    for match in _RATE.finditer(clean):
        yield replace(_times("1", "1", match["unit"], match), soft=True)


def _quantities_of(clean: str, match: re.Match[str], marks: list[tuple[int, int]]) -> Iterator[Quantity]:
    low = Decimal(match["low"]) * (-1 if match["sign"] else 1)
    unit, per = _unit_of(match)
    start, end = match.start(), match.end()
    joined = match["high"] is not None and _is_range(match)
    mark = any(a <= start and end <= b for a, b in marks) and not unit
    bare = not re.match(r"[ -]?[^\W\d_]{3,}", clean[end:]) or bool(_FUNCTION_NEXT.match(clean[end:]))
    base = Quantity(
        low, low, unit, per, start=start, end=end, mark=mark, bare=bare, daily=bool(match["daily"])
    )
    comparator = _comparator(clean, match)
    if match["high"] is None:
        yield replace(base, comparator=comparator, unit=unit or UNIT_OF_FORM.get(match["lowunit"] or "", ""))
    elif joined:
        yield replace(
            base, high=Decimal(match["high"]), comparator=_range_comparator(comparator, clean[:start])
        )
    else:
        middle = match.start("to")
        own = UNIT_OF_FORM.get(match["lowunit"] or "", unit)
        yield replace(
            base, unit=own, comparator=comparator, end=middle, per=per if own == unit else frozenset()
        )
        high = Decimal(match["high"])
        yield replace(base, low=high, high=high, start=middle)


def _range_comparator(comparator: Comparator, before: str) -> Comparator:
    """ "over 4 to 6 weeks" is during, and "from 5 to 10" says no more than the range."""
    return comparator if comparator in (">=", "<=") or _SYMBOL.search(before) else ""


_OVER = re.compile(
    r"(?<!years )(?<!children )(?<!infants )(?<!adults )(?<!patients )(?<!people )(?<!aged )\bover (?:the )?(?:about |approximately |around |a period of )?$"
)
_GIVING = re.compile(
    r"\b(?:giv(?:e|en|es|ing)|infus\w*|administ\w*|inject\w*|transfus\w*|bolus\w*|intraven\w*|iv|push\w*|drip|run|load\w*|doses?|deliver\w*"
    r"|taper\w*|titrat\w*|reduced?|divided|spread|sips?)\b|\d ?(?:mg|g|mcg|μg|ml|l|units?|iu|mmol|meq|%)(?![a-z])"
)
_LASTING = re.compile(r"\b(?:last(?:s|ing|ed)?|persist\w*|continu\w*|delay\w*|if|when) (?:for )?[\w ]{0,15}$")


def _is_duration(clean: str, match: re.Match[str]) -> bool:
    """ "infused over 4 hours": during, not longer than."""
    unit = UNIT_OF_FORM.get(match["unit"] or match["lowunit"] or "", "")
    before = re.split(r"[.;](?=\s)", clean[max(0, match.start() - 150) : match.start()])[-1]
    over = _OVER.search(before)
    if not over or unit not in ("second", "minute", "hour", "day", "week"):
        return False
    return bool(_GIVING.search(before)) and not _LASTING.search(before[: over.start()])


_SYMBOL = re.compile(r"[<>] ?$")
_IN_A_NAME = re.compile(
    rf"(?<![\w])(?!(?:{_UNIT_WORD}|to|and|or|under|over|aged|age|below|above|mid|sub|than)-)[a-z]+-$"
)
"""The 19 of "covid-19" is no number; the 10 of "5 mg-10 mg" is one."""
_NOUN_NEXT = re.compile(
    r" (?!(?:for|and|or|to|with|until|in|at|on|if|when|as|by|from|but|after|before|during|is|are|was)\b)[a-z]{3,}"
)
_FUNCTION_NEXT = re.compile(
    r"[ -](?:and|or|to|for|in|of|is|are|was|with|by|on|at|as|the|if|when|should|per|than|but|from|may|can|who|which)(?!\w)"
)


def _is_range(match: re.Match[str]) -> bool:
    """ "5 to 10" and "5-10" are ranges; "5 and 10" only behind "between"; 10-5 is not one."""
    high, low = Decimal(match["high"]), Decimal(match["low"])
    own, unit = match["lowunit"], match["unit"]
    if own and (not unit or UNIT_OF_FORM[own] != UNIT_OF_FORM[unit]):
        return False
    return high > low and (bool(match["between"]) or "and" not in match["to"])


def _unit_of(match: re.Match[str]) -> tuple[str, frozenset[str]]:
    if not match["unit"]:
        return UNIT_OF_FORM.get(match["lowunit"] or "", ""), frozenset()
    per = {UNIT_OF_FORM[word] for word in re.findall(_UNIT_WORD, match["pers"] or "")}
    if "body" in (match["pers"] or ""):
        per.add("kg")
    if match["daily"]:
        per.add(_DAILY[match["daily"]])
    if match["perday"]:
        per.add("day")
    return UNIT_OF_FORM[match["unit"]], frozenset(per)


def _comparator(clean: str, match: re.Match[str]) -> Comparator:
    after = (match["after"] or "").split()
    for sign, endings in _AFTER:
        if after and after[-1] in endings:
            return sign
    before = clean[max(0, match.start() - 70) : match.start()]
    equal = bool(_EQUAL_TOO.search(before))
    before = _EQUAL_TOO.sub("", before)
    for sign, pattern in (
        *_COMPARATORS,
        *(() if "|" in before else _LIMITS),
    ):  # a column's name bounds no other column
        if pattern.search(before):
            if _is_duration(clean, match):
                return ""
            return _OR_EQUAL[sign] if equal else sign
    return ""


_LINK = re.compile(
    r"\s*(?:,|;|/|or|and|to|vs\.?|versus|then|-|,? ?(?:and|or)|[<>]=?|between|from|systolic|diastolic|\s)+\s*|- ?[a-z]{4,} "
)


def _share_units(clean: str, found: list[Quantity]) -> tuple[Quantity, ...]:
    """In "5, 10 or 15 mg" and "140/90 mmHg" the unit behind the last number is everybody's; a year is no per cent."""
    for i in range(len(found) - 2, -1, -1):
        this, following = found[i], found[i + 1]
        shared = following.unit and following.unit != "times" and not following.unit.startswith("every ")
        if (
            not this.unit
            and shared
            and _LINK.fullmatch(clean[this.end : following.start])
            and not this.mark
            and not (following.unit == "%" and 1900 <= this.low <= 2100)
        ):
            found[i] = replace(this, unit=following.unit, per=following.per)
    return tuple(found)


_IDENTIFIER = re.compile(r"(?<![\w/.])[a-z]+-?\d+[a-z]{0,2}\d?(?![\w])|(?<![\w/.])[a-z]\d[a-z]\d?(?!\w)")
_FACTOR = re.compile(
    r"(?<!\w)(?:(half|halv(?:e|es|ed|ing))|(doubl(?:e|es|ed|ing)|twice(?! ?-?(?:an?|per|each|every|daily|weekly|monthly|yearly)\b))"
    r"|(tripl(?:e|es|ed|ing)|thrice(?! (?:an?|daily|per)\b))|(quarter(?:s|ed)?))(?![\w])(?!-li(?:fe|ves)|-blind)"
)
_FACTORS = ("", "1/2", "2", "3", "1/4")
_LINE = re.compile(r"(?<!\w)(?:(first|1st)|(second|2nd)|(third|3rd))[- ]line(?!\w)")


_KIND = re.compile(
    r"\b((?i:hepatitis|ha?emophilia|phase|vitamin|type|group|class|grade|stage|factor|schedule|category|level|influenza))s? "
    r"((?:[A-EK]|I{1,3}|IV|VI{0,3}|IX|XI{0,2})(?:(?:,| and| or|,? and|/) ?(?:[A-EK]|I{1,3}|IV|VI{0,3}|IX|XI{0,2}))*)(?![\w-])"
)
"""Kinds told by a capital or a Roman numeral: hepatitis B, factor IX, vitamins A and D."""


def identifiers(text: str) -> tuple[str, ...]:
    """Names with a digit in them ("CE3b", "FFP2", "A1C"), lines of treatment and factors ("double"), folded, without hyphens."""
    clean = normalise(text)
    names = [m.group().replace("-", "") for m in _IDENTIFIER.finditer(clean) if not _is_footnoted(m.group())]
    kinds = (
        f"kind {m[1].lower()} {letter}"
        for m in _KIND.finditer(text)
        for letter in re.findall(r"[A-Z]+", m[2])
    )
    lines = (f"line {m.lastindex}" for m in _LINE.finditer(clean))
    return (
        *names,
        *kinds,
        *lines,
        *(f"factor {_FACTORS[m.lastindex or 1]}" for m in _FACTOR.finditer(clean)),
    )


def _is_footnoted(token: str) -> bool:
    """ "prediabetes1", "dl2" and "q4h": a word, unit or interval and not a name."""
    letters = token.rstrip("0123456789")
    if letters.rstrip("-") in UNIT_OF_FORM or re.match(r"q\d", token):
        return True
    return len(letters) > 5 and "-" not in token


AMOUNTS = frozenset(
    ("mg", "g", "ug", "ng", "ml", "l", "iu", "unit", "mmol", "meq", "tablet", "capsule", "drop", "puff")
)
"""Units in which drugs and fluids are given."""


_PER_DOSE = frozenset(("kg", "m2", "minute", "hour", "day", "week", "dose"))
"""What an amount may be per, and not be a concentration."""


def amounts(text: str) -> list[Quantity]:
    """Its amounts of a drug or a fluid; a concentration ("6 mmol/L") is none."""
    return [q for q in read(text) if q.unit in AMOUNTS and q.per <= _PER_DOSE]


def has_amount(text: str) -> bool:
    """It has any of ``amounts``."""
    return bool(amounts(text))
