"""Every number, dose, unit, range and comparator of a claim is in its quotes.

Strict on purpose: nothing is rounded, "/kg" and "per day" may not be lost, a range's end is not a value, "≥" may be
dropped only where the claim calls the value a threshold. What is equal: ways of writing the same quantity (see
``quantities``), the same in other units when the conversion is exact (0.5 g for 500 mg; the detail says so), and
the result of arithmetic that the claim shows (see ``arithmetic``). What belongs to a number stays with it (see ``together``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rag.datatypes import Quote, SentenceKind
from rag.ports import CheckInput, CheckResult
from rag.quantities import Quantity, identifiers, normalise, read
from rag.settings import CheckName
from rag.text import content_stems, fold
from rag.verify.arithmetic import equations, is_same_value, results
from rag.verify.common import framed
from rag.verify.together import torn
from rag.verify.units import factor
from rag.vocabulary import equivalents


class Numbers:
    """Fails with the first quantity or numbered name that no quote holds."""

    name: CheckName = "numbers"

    def __call__(self, given: CheckInput) -> CheckResult:
        sources = [_source(quote) for quote in given.quotes if _row_is_meant(quote, given)]
        wording, note = as_quoted(given.claim, sources)
        claim = text_of(wording)
        fault = (
            _not_held(claim, sources, given)
            or _moved(claim, sources)
            or _recounted(claim, sources)
            or torn(wording, [quote.text for quote in given.quotes if quote.kind is not SentenceKind.ROW])
        )
        return CheckResult(False, fault) if fault else _identifiers_result(given, note)


def _not_held(claim: _Text, sources: Sequence[_Text], given: CheckInput) -> str:
    """Names the first quantity that is in no quote, or the first equation that is wrong."""
    asked = text_of(given.question)

    def is_term(term: Quantity) -> bool:
        bare = replace(term, comparator="")
        return any(_holds(bare, claim, source) or _counts(bare, source) for source in (*sources, asked))

    computed, fault = results(claim.raw, is_term)
    if fault:
        return fault
    terms = (
        {term for equation in equations(claim.raw) for term in equation.terms if is_term(term)}
        if computed
        else set()
    )
    for quantity in claim.quantities:
        if quantity in terms or any(is_same_value(quantity, result) for result in computed):
            continue
        held = any(_holds(quantity, claim, source) for source in sources)
        if not held and not _is_frame_year(quantity, given):
            return f'"{quantity.words()}" is not in the quoted sentences'
    return ""


_COUNTED = frozenset(("dose", "times", "tablet", "capsule", "puff", "drop"))


def _counts(term: Quantity, source: _Text) -> bool:
    """The 2 of "500 mg × 2" is that of "2 doses" and of "twice daily"."""
    return not term.unit and any(
        q.unit in _COUNTED and q.low == q.high == term.low for q in source.quantities
    )


def as_quoted(claim: str, sources: Sequence[_Text]) -> tuple[str, str]:
    """The claim with each converted quantity in the quotes' unit, and words on what was converted.

    The checks then read it like any other claim, so that a conversion cannot carry a figure to another drug.
    """
    text, notes = text_of(claim), list[str]()
    clean = text.clean
    for quantity in reversed(text.quantities):
        if any(_holds(quantity, text, source) for source in sources):
            continue
        origin = next((q for s in sources for q in s.quantities if _is_converted(quantity, q)), None)
        if origin:
            clean = f"{clean[: quantity.start]}{origin.words()}{clean[quantity.end :]}"
            notes.append(f"{quantity.words()} equals {origin.words()} in the quoted sentences")
    return (clean if notes else claim), "; ".join(reversed(notes))


def _is_converted(claimed: Quantity, quoted: Quantity) -> bool:
    """The same value in another unit, by an exact factor."""
    if (claimed.unit, claimed.per) == (quoted.unit, quoted.per) or claimed.comparator != quoted.comparator:
        return False
    by = factor(quoted.unit, quoted.per, claimed.unit, claimed.per)
    ends = (Fraction(quoted.low), Fraction(quoted.high))
    return by is not None and tuple(end * by for end in ends) == (
        Fraction(claimed.low),
        Fraction(claimed.high),
    )


def _moved(claim: _Text, sources: Sequence[_Text]) -> str:
    found = next((q for q in claim.quantities if _is_moved(q, claim, sources)), None)
    return f'the quoted sentences have another figure where the claim has "{found.words()}"' if found else ""


_RETOLD = 0.8
"""Share of common content words (Jaccard) from which a claim is taken to retell a quote."""


def _recounted(claim: _Text, sources: Sequence[_Text]) -> str:
    """A claim that retells a quote, with as many figures, has one of them more often than the quote."""
    ours, words = _counted(claim), _retold_words(claim.raw)
    if any(not ours - _counted(source) for source in sources):
        return ""  # one quote holds every figure as often as the claim
    for source in sources:
        there = _retold_words(source.raw)
        if len(words & there) < _RETOLD * len(words | there):
            continue
        theirs = _counted(source)
        extra, lost = ours - theirs, theirs - ours
        if sum(ours.values()) > sum(theirs.values()):
            continue
        for key in extra:
            if theirs[key]:
                return f'"{key.words()}" stands {theirs[key]} times in the quoted sentence and {ours[key]} times in the claim'
            if any(_is_opposed(key, other) for other in lost):
                return f'"{key.words()}" is compared the other way in the quoted sentence'
    return ""


def _is_opposed(one: Quantity, other: Quantity) -> bool:
    """ "≥ 4 weeks" and "≤ 4 weeks"."""
    return (one.low, one.unit) == (other.low, other.unit) and {one.comparator[:1], other.comparator[:1]} == {
        "<",
        ">",
    }


def _counted(text: _Text) -> Counter[Quantity]:
    plain = (q for q in text.quantities if not q.mark and not q.in_header)
    return Counter(replace(q, start=0, end=0, bare=True, daily=False, soft=False) for q in plain)


@lru_cache(maxsize=1024)
def _retold_words(text: str) -> frozenset[str]:
    return frozenset(word for word in content_stems(text) if not any(c.isdigit() for c in word))


def _is_moved(claimed: Quantity, claim: _Text, sources: Sequence[_Text]) -> bool:
    """The quotes have these very words before another figure of this unit, and never before this one."""
    context = _context(claimed, claim)
    if len(context) < _CONTEXT:
        return False
    there = [
        (q, s) for s in sources for q in s.quantities if q.unit == claimed.unit and _context(q, s) == context
    ]
    return bool(there) and not any(_holds(claimed, claim, source) for source in
                                   (s._replace(quantities=(q,)) for q, s in there))  # fmt: skip


_CONTEXT = 2
_COMPARING = frozenset(
    (
        "least",
        "most",
        "than",
        "exceed",
        "maximum",
        "minimum",
        "greater",
        "higher",
        "lower",
        "less",
        "fewer",
        "approximately",
        "about",
        "around",
        "equal",
    )
)
_WORDS = re.compile(r"[^\W\d_]+")


def _context(quantity: Quantity, text: _Text) -> tuple[str, ...]:
    """The content words right before a quantity, back to the quantity before it, nearest first."""
    if quantity.in_header:
        return ()
    before = max(
        (q.end for q in text.quantities if q.end <= quantity.start and not q.in_header and not q.mark),
        default=0,
    )
    found = [word for word in _WORDS.findall(text.clean[before : quantity.start]) if word not in _COMPARING]
    return tuple(reversed(content_stems(" ".join(found))[-_CONTEXT:]))


class _Text(NamedTuple):
    raw: str
    quantities: tuple[Quantity, ...]
    clean: str
    header: str
    """Table header, normalised: it may hold the unit of a bare number."""


def text_of(text: str) -> _Text:
    """A text without a table header."""
    return _Text(text, read(text), normalise(text), "")


def _source(quote: Quote) -> _Text:
    row = quote.kind is SentenceKind.ROW
    header = (replace(q, in_header=True) for q in read(quote.header_text, row=True))
    quantities = (*read(quote.text, row=row), *header)
    return _Text(
        quote.text, quantities, normalise(quote.text, row=row), normalise(quote.header_text, row=True)
    )


_FIRST_NUMBER = re.compile(r"[<>≥≤]?\s*\d")


def _row_is_meant(quote: Quote, given: CheckInput) -> bool:
    """A table row counts only if the claim or the question speaks of what the row is about."""
    if quote.kind is not SentenceKind.ROW:
        return True
    label = _FIRST_NUMBER.split(quote.text, maxsplit=1)[0]
    names = content_stems(label)
    if not names:
        return True
    asked = set(content_stems(given.claim)) | set(content_stems(given.question))
    if asked.intersection(names):
        return True
    wanted = fold(f"{given.claim} {given.question}")
    return any(term in wanted for word in fold(label).split() for term in equivalents(word))


def _holds(claimed: Quantity, claim: _Text, source: _Text) -> bool:
    if claimed.soft and any(claimed.per <= q.per for q in source.quantities):
        return True
    if claimed.unit == "times" and claimed.low == claimed.high == 1 and _is_daily(claimed, source):
        return True
    same = [
        q for q in source.quantities if _unit_fits(claimed, q, claim, source) and (claimed.mark or not q.mark)
    ]
    if claimed.is_range:
        return _range_held(claimed, same)
    return any(_value_held(claimed, quantity, claim) for quantity in same)


def _is_daily(claimed: Quantity, source: _Text) -> bool:
    """ "5 mg daily" says once a day."""
    return any(q.daily and claimed.per <= q.per for q in source.quantities)


def _range_held(claimed: Quantity, same: list[Quantity]) -> bool:
    if any((q.low, q.high, q.comparator) == (claimed.low, claimed.high, claimed.comparator) for q in same):
        return True
    lows = any(q.low == q.high == claimed.low and q.comparator in (">=", ">", "from") for q in same)
    highs = any(q.low == q.high == claimed.high and q.comparator in ("<=", "<") for q in same)
    return lows and highs


_THRESHOLD = re.compile(
    r"\b(?:threshold|cut-?offs?|cut-?points?|limit|limits|ceiling|floor|minimum|maximum|max|min|cap|caps|target|goal|upper|lower)\b"
)


def _value_held(claimed: Quantity, quoted: Quantity, claim: _Text) -> bool:
    sign = claimed.comparator
    if quoted.is_range:
        at_low = claimed.low == quoted.low and sign in (">=", "from")
        at_high = claimed.low == quoted.high and sign == "<="
        return at_low or at_high
    if claimed.low != quoted.low:
        return False
    if sign == quoted.comparator:
        return True
    if "from" in (sign, quoted.comparator):
        return sign in ("", "from") and quoted.comparator in ("", "from", ">=")
    return not sign and bool(_THRESHOLD.search(claim.clean))


_TIME = frozenset(("hour", "day", "week", "month", "year", "dose"))
_IMPLIED = frozenset(("", "%", "mmhg", "mme"))
"""Units a clinician may leave out: "A1C 6.5", "BP 140"."""


def _unit_fits(claimed: Quantity, quoted: Quantity, claim: _Text, source: _Text) -> bool:
    if claimed.unit == quoted.unit:
        return _per_fits(claimed, quoted, claim, source)
    if not claimed.unit:
        return claimed.bare and quoted.unit in _IMPLIED
    return not quoted.unit and quoted.bare and _unit_nearby(claimed, source)


def _unit_nearby(claimed: Quantity, source: _Text) -> bool:
    """The unit of a bare number stands in the table's header, all of it."""
    units = {
        unit for quantity in read(f"1 {source.header}", row=True) for unit in (quantity.unit, *quantity.per)
    }
    units |= {q.unit for word in re.findall(r"[^\s\d()\[\],;]+", source.header) for q in _as_unit(word)}
    pers = {
        per
        for word in re.findall(r"[^\s\d()\[\],;]+", source.header)
        for q in _as_unit(word)
        for per in q.per
    }
    return claimed.unit in units and claimed.per <= pers | units


def _as_unit(word: str) -> tuple[Quantity, ...]:
    return read(f"1 {word}", row=True) if any(c.isalpha() or c == "%" for c in word) else ()


def _per_fits(claimed: Quantity, quoted: Quantity, claim: _Text, source: _Text) -> bool:
    if claimed.per == quoted.per:
        return True
    different = claimed.per ^ quoted.per
    if not different <= _TIME or len(different) > 1:
        return False
    (period,) = different
    lacking, text = (quoted, source) if period in claimed.per else (claimed, claim)
    return _period_beside(period, text.clean, lacking)


_PERIOD_WORDS = {
    "hour": "hourly",
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "year": "(?:yearly|annual)",
    "dose": "(?:single|each|one|per|initial) dose",
}


def _period_beside(period: str, clean: str, quantity: Quantity) -> bool:
    """ "a daily dose of 20 mg" and "20 mg once a day" are 20 mg per day."""
    words = f"(?:{_PERIOD_WORDS[period]}|(?:per|an?|each|every) {period})"
    before, after = (
        clean[max(0, quantity.start - 70) : quantity.start],
        clean[quantity.end : quantity.end + 20],
    )
    return bool(
        re.search(rf"\b{words}\b[^.;]{{0,50}}$", before) or re.match(rf" ?(?:once )?{words}\b", after)
    )


def _is_frame_year(claimed: Quantity, given: CheckInput) -> bool:
    """A year may come from title, headings or date of the quoted document."""
    if claimed.unit or claimed.is_range or not 1900 <= claimed.low <= 2100:
        return False
    frames = (f"{framed(quote)} {quote.document} {quote.date or ''}" for quote in given.quotes)
    return any(re.search(rf"(?<!\d){claimed.low}(?!\d)", frame) for frame in frames)


_SPECIES = re.compile(r"\b([A-Z])\. ([a-z]{4,})")
_BEFORE_FIGURE = re.compile(r"(?<=[a-z])(?=\d)")


def _identifiers_result(given: CheckInput, note: str) -> CheckResult:
    frame = " ".join(f"{framed(quote)} {quote.document}" for quote in given.quotes)
    held = set(identifiers(frame))
    compact = re.sub(r"[\s-]+", "", normalise(frame))
    for initial, species in _SPECIES.findall(given.claim):
        initials = {i for i, s in _SPECIES.findall(frame) if s == species}
        if initials and initial not in initials:
            return CheckResult(False, f'"{initial}. {species}" is another species than the quoted one')
    for name in identifiers(given.claim):
        written = (name, _BEFORE_FIGURE.sub("-", name))
        forms = {
            name,
            *(form.replace(" ", "").replace("-", "") for way in written for form in equivalents(way)),
        }
        if name not in held and (
            name.startswith(("line ", "factor ", "kind "))
            or not any(re.search(rf"{re.escape(f)}(?!\d)", compact) for f in forms if f)
        ):
            return CheckResult(False, f'"{name}" is not in the quoted sentences')
    return CheckResult(True, note)
