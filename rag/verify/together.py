"""Number, frequency, route, drug and condition of a claim stand together in one clause of one quote.

A claim is refused on contradiction alone: the clause with its dose names another frequency, route, age
group or trimester, or the clause with its condition, frequency or drug has another dose. What a clause
leaves out it takes from the clauses before it, so "5 mg daily, at most 10 mg" says 10 mg daily.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rag.quantities import Quantity, normalise, read
from rag.text import STOPWORDS, fold, listed, stem
from rag.verify.common import drugs_in
from rag.vocabulary import population


class Clause(NamedTuple):
    """A piece of a sentence with at most one dose, and what it takes over where it is silent."""

    text: str
    quantities: tuple[Quantity, ...]
    beside: tuple[tuple[str, tuple[Quantity, ...]], ...]
    """(text, quantities) in the order in which they are asked."""


def torn(claim: str, quotes: Sequence[str]) -> str:
    """Words for what the claim puts together and its quotes do not; "" if nothing."""
    wanted = fold(claim).rstrip(" .")
    if any(fold(quote).rstrip(" .") == wanted for quote in quotes):
        return ""
    held = [clause for quote in quotes for clause in clauses_of(quote)]
    for said in clauses_of(claim):
        fault = (
            _other_pairing(said, held)
            or _other_words(said, held)
            or _other_condition(said, held)
            or _other_action(said, held)
            or _other_route(said, held)
            or _other_drug(said, held)
        )
        if fault:
            return fault
    return ""


# --- clauses ---------------------------------------------------------------------------------------

_HARD = re.compile(
    r";|[.!?](?=\s|$)|\n|\b(?:whereas|in contrast|by contrast|but|while|otherwise|however|although)\b"
)
_SOFT = re.compile(r",(?!\d)|:|\b(?:and|or|then|followed by)\b")
_BRACKET = re.compile(r"\([^()]*\d[^()]*\)")
_ONLY_LINKS = re.compile(r"[\s,:/-]*(?:(?:and|or|then|to)[\s,]*)*")
_AMOUNTS = frozenset(listed("mg g kg ug ng ml l iu unit mmol meq mol tablet capsule drop puff mme"))


@lru_cache(maxsize=2048)
def clauses_of(text: str) -> tuple[Clause, ...]:
    """Clauses of a sentence, in order; each bracket with a figure is a clause beside the one it stands in."""
    clean, quantities = normalise(text), read(text)
    found: list[Clause] = []
    brackets = [match.span() for match in _BRACKET.finditer(clean)]
    outside = clean
    for start, end in brackets:
        outside = outside[:start] + " " * (end - start) + outside[end:]
    main = tuple(q for q in quantities if not any(a <= q.start < b for a, b in brackets))
    lead = (outside[: main[0].start], ()) if main and not _HARD.search(outside[: main[0].start]) else None
    for start, end in _spans(outside, [match.start() for match in _HARD.finditer(outside)]):
        block = [q for q in main if start <= q.start < end]
        found += _soft_clauses(outside, start, end, block, lead if start else None)
    whole = tuple((clause.text, clause.quantities) for clause in found)
    for start, end in brackets:
        own = tuple(q for q in quantities if start <= q.start < end)
        found.append(Clause(clean[start:end], own, whole))
    return tuple(found)


def _spans(text: str, cuts: Sequence[int]) -> list[tuple[int, int]]:
    ends = [0, *cuts, len(text)]
    return [(a, b) for a, b in pairwise(ends) if b > a]


_Layer = tuple[str, tuple[Quantity, ...]]


def _soft_clauses(
    text: str, start: int, end: int, block: Sequence[Quantity], lead: _Layer | None
) -> Iterator[Clause]:
    cuts = [start, *sorted(set(_soft_cuts(text, block))), end]
    layers: list[_Layer] = []
    for a, b in pairwise(cuts):
        layers.append((text[a:b], tuple(q for q in block if a <= q.start < b)))
    for i, (own, quantities) in enumerate(layers):
        last = max((q.end for q in quantities), default=0)
        listed_only = {_kind(q) for q in quantities} == {"amount"} and bool(
            _ONLY_LINKS.fullmatch(text[last : cuts[i + 1]])
        )
        behind = layers[i + 1 :] if listed_only else []
        before = layers[:i][::-1]
        yield Clause(own, quantities, (*behind, *before, *((lead,) if lead else ())))


def _soft_cuts(text: str, block: Sequence[Quantity]) -> Iterator[int]:
    """Before each further quantity of a kind: at the last comma or "and" that stands in front of it."""
    latest: dict[str, Quantity] = {}
    for quantity in block:
        kind = _kind(quantity)
        earlier = latest.get(kind)
        latest[kind] = quantity
        if earlier is None or (not kind and not quantity.bare):
            continue
        links = list(_SOFT.finditer(text, earlier.end, quantity.start))
        if links:
            yield links[-1].start()


def _kind(quantity: Quantity) -> str:
    if quantity.unit in _AMOUNTS:
        return "amount"
    return "frequency" if _rate(quantity) else quantity.unit


_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 720, "year": 8760}


def _rate(quantity: Quantity) -> tuple[Decimal, Decimal] | None:
    """Hours between two doses, from and to, of a frequency or interval."""
    if quantity.unit == "times" and len(quantity.per) == 1 and quantity.low > 0:
        (period,) = quantity.per
        hours = _HOURS.get(period)
        return (hours / quantity.high, hours / quantity.low) if hours else None
    if quantity.unit.startswith("every "):
        length = _HOURS.get(quantity.unit[6:])
        return (length * quantity.low, length * quantity.high) if length else None
    return None


def _rates_in(quantities: Sequence[Quantity]) -> set[tuple[Decimal, Decimal]]:
    found = {rate for q in quantities if (rate := _rate(q))}
    spans = [Decimal(_HOURS[p]) for q in quantities if q.daily for p in q.per if p in _HOURS]
    return found | {(span, span) for span in spans}


# --- quantities that stand together -----------------------------------------------------------------


def _same(held: Quantity, claimed: Quantity) -> bool:
    if _rate(claimed):
        return _rate(claimed) in _rates_in((held,))
    within = claimed.low in (held.low, held.high) and claimed.high in (held.low, held.high)
    return within and (held.unit == claimed.unit or not held.unit)


def _is_rival(held: Quantity, claimed: Quantity) -> bool:
    if _same(held, claimed):
        return False
    if _rate(claimed):
        return bool(_rates_in((held,)))
    bodily = {"kg", "m2"}
    alike = held.unit == claimed.unit or any({held.unit, claimed.unit} <= group for group in _SAME_KIND)
    return alike and held.per & bodily == claimed.per & bodily


_SAME_KIND = (frozenset(("g", "mg", "ug", "ng")), frozenset(("day", "week", "month")))


def _holds(clause: Clause, claimed: Quantity) -> bool:
    """In the clause, or in what it takes over when it has no quantity of this kind."""
    for quantities in (clause.quantities, *(q for _, q in clause.beside)):
        if any(_same(q, claimed) for q in quantities):
            return True
        if any(_is_rival(q, claimed) for q in quantities):
            return False
    return False


def _has_rival(clause: Clause, claimed: Quantity) -> bool:
    return not any(_same(q, claimed) for q in clause.quantities) and any(
        _is_rival(q, claimed) for q in clause.quantities
    )


def _with(held: Sequence[Clause], claimed: Quantity) -> list[Clause]:
    return [clause for clause in held if any(_same(q, claimed) for q in clause.quantities)]


def _other_pairing(said: Clause, held: Sequence[Clause]) -> str:
    """Two figures that the quotes have only in clauses with other figures of these kinds."""
    told = [q for q in said.quantities if q.unit and not q.soft]
    for dose in (q for q in told if _kind(q) == "amount"):
        for other in (q for q in told if _kind(q) != "amount"):
            here, there = _with(held, dose), _with(held, other)
            if (
                not here
                or not there
                or any(_holds(c, other) for c in here)
                or any(_holds(c, dose) for c in there)
            ):
                continue
            if all(_has_rival(c, other) for c in here) or all(_has_rival(c, dose) for c in there):
                return f'"{dose.words()}" and "{other.words()}" do not stand together in the quoted sentences'
    return ""


# --- words that stand with a quantity ---------------------------------------------------------------

_ROUTES = (
    ("oral", r"oral(?:ly)?|by mouth|per os|po"), ("intravenous", r"intravenous(?:ly)?|(?<!stage )(?<!class )(?<!grade )iv"),
    ("intramuscular", r"intramuscular(?:ly)?|im"), ("subcutaneous", r"subcutaneous(?:ly)?|sc|subcut"), ("rectal", r"rectal(?:ly)?|per rectum"),
    ("nasal", r"(?:intra)?nasal(?:ly)?"), ("inhaled", r"inhaled|by inhalation|nebuli[sz]\w+"), ("topical", r"topical(?:ly)?"),
    ("sublingual", r"sublingual(?:ly)?"), ("buccal", r"buccal(?:ly)?"), ("intraosseous", r"intraosseous(?:ly)?"), ("intrathecal", r"intrathecal(?:ly)?"),
    ("vaginal", r"vaginal(?:ly)?"), ("transdermal", r"transdermal(?:ly)?"), ("intradermal", r"intradermal(?:ly)?"),
)  # fmt: skip
_ROUTE_PATTERNS = tuple((name, re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])")) for name, words in _ROUTES)
_ORDINAL = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th)\b(?!-line| line)")
_ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth"}


def _routes(text: str) -> set[str]:
    return {name for name, pattern in _ROUTE_PATTERNS if pattern.search(text)}


def _ordinals(text: str) -> set[str]:
    return {_ORDINALS.get(m.group(1), m.group(1)) for m in _ORDINAL.finditer(text)}


def _ages(text: str) -> set[str]:
    return set(population(text)) & {"child", "adult", "newborn"}


_YOUNG = (
    ("infants", re.compile(r"\b(?:infants?|bab(?:y|ies)|toddlers?)\b")), ("newborns", re.compile(r"\b(?:newborns?|neonates?)\b")),
    ("older children", re.compile(r"\bolder child")), ("adolescents", re.compile(r"\b(?:adolescents?|teenagers?|teens)\b")),
)  # fmt: skip


def _young(text: str) -> set[str]:
    return {name for name, pattern in _YOUNG if pattern.search(text)}


_FEATURES: tuple[Callable[[str], set[str]], ...] = (_routes, _ordinals, _ages, _young)


def _of(clause: Clause, feature: Callable[[str], set[str]]) -> set[str]:
    texts = (clause.text, *(text for text, _ in clause.beside))
    return next((found for text in texts if (found := feature(text))), set())


def _other_words(said: Clause, held: Sequence[Clause]) -> str:
    """Route, trimester or age group is another wherever the quotes have the figure; or its frequency is."""
    for quantity in (q for q in said.quantities if q.unit and not q.soft):
        here = _with(held, quantity)
        for feature in _FEATURES:
            told, there = feature(said.text), [_of(clause, feature) for clause in here]
            if told and there and all(found and told.isdisjoint(found) for found in there):
                return f'"{quantity.words()}" is for {", ".join(sorted(set().union(*there)))} in the quoted sentences'
        rates, theirs = _rates_in(said.quantities), [_rates_in(clause.quantities) for clause in here]
        if (
            _kind(quantity) == "amount"
            and rates
            and theirs
            and all(r and rates.isdisjoint(r) for r in theirs)
        ):
            return f'"{quantity.words()}" has another frequency in the quoted sentences'
    return ""


_CONDITION = re.compile(
    r"\b(?:in|for|with|during|if|when|among|under|who have|after|before)\b(?P<words>(?: (?!is\b|are\b|should\b)[a-z][\w-]*){1,5})"
)
_GENERAL = frozenset(
    stem(word)
    for word in listed("""dose doses dosage treatment therapy patient patients people person day days week weeks month months year years hour hours
    case cases daily total maximum minimum initial starting start infusion injection oral use trimester stage grade class group""")
)  # fmt: skip


def _condition_stems(text: str) -> set[str]:
    words = (w for match in _CONDITION.finditer(text) for w in match["words"].split())
    roots = {
        root for w in words if w not in STOPWORDS and (root := stem(w)) not in _GENERAL and len(root) > 2
    }
    return roots | (set() if "trimester" in text else set(population(text)) - {"child", "adult", "newborn"})


def _other_condition(said: Clause, held: Sequence[Clause]) -> str:
    """A condition that the quotes have only with other figures of this kind."""
    for root in sorted(_condition_stems(said.text)):
        there = [clause for clause in held if root in _of(clause, _condition_stems)]
        for quantity in (q for q in said.quantities if q.unit and not q.soft):
            if there and _with(held, quantity) and all(_has_rival(clause, quantity) for clause in there):
                return (
                    f'the quoted sentences have another figure than "{quantity.words()}" for this condition'
                )
    return ""


_ACTIONS = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        r"start(?:s|ed|ing)?|initiat\w+|begin\w*|begun", r"stop(?:s|ped|ping)?|discontinu\w+|ceas\w+", r"increas\w+|rais(?:e|es|ed|ing)",
        r"reduc\w+|halv\w+|lower(?:ed|ing)|decreas\w+", r"avoid\w*|contraindicated", r"review\w*", r"switch\w*|chang(?:e|es|ed|ing)",
    )
)  # fmt: skip


def _other_action(said: Clause, held: Sequence[Clause]) -> str:
    """What is done at this figure is done at another one in the quotes."""
    told = [action for action in _ACTIONS if action.search(said.text)]
    if len(told) != 1 or any(clause.text.lstrip(" ,").startswith("or ") for clause in held):
        return ""  # "above 160, or above 100, start": the action is of both
    there = [clause for clause in held if told[0].search(clause.text)]
    for quantity in (q for q in said.quantities if _kind(q) in ("", "amount", "%", "mmhg") and not q.mark):
        if there and _with(held, quantity) and all(_has_rival(clause, quantity) for clause in there):
            return f'this is said of another figure than "{quantity.words()}" in the quoted sentences'
    return ""


def _other_route(said: Clause, held: Sequence[Clause]) -> str:
    told, there = _routes(said.text), set().union(*(_routes(clause.text) for clause in held))
    if told and there and told.isdisjoint(there):
        return f"the route is {', '.join(sorted(there))} in the quoted sentences"
    return ""


_SHARED = 2


def _other_drug(said: Clause, held: Sequence[Clause]) -> str:
    """Most of what is said of a drug stands in clauses about other drugs alone."""
    drugs = drugs_in(said.text)
    named = [(drugs_in(clause.text), _plain_stems(clause.text)) for clause in held]
    if len(drugs) != 1 or not any(drugs & found for found, _ in named):
        return ""
    own = set().union(*(words for found, words in named if drugs & found or not found))
    others = set().union(*(words for found, words in named if found and not drugs & found))
    told = (_plain_stems(said.text) - _plain_stems(" ".join(drugs))) & (own | others)
    foreign = told - own
    if len(foreign) >= _SHARED and 2 * len(foreign) > len(told):
        return f"the quoted sentences say this of another drug than {', '.join(drugs)}"
    return ""


def _plain_stems(text: str) -> set[str]:
    return {stem(w) for w in re.findall(r"[^\W\d_]{3,}", text) if w not in STOPWORDS}
