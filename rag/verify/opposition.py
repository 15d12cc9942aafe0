"""Does a sentence say the opposite of a statement? By rule: denial, another figure, another word, another list.

Stricter than the checks of a claim, which ask whether support is missing: here a sentence must be about the same
thing, and speak against it. 0 where the rules do not know. Knows no document and no model.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.datatypes import Quote, SentenceKind
from rag.text import fold, stem
from rag.verify.candidates import plain, wide
from rag.verify.common import drugs_in, framed, listed, shown
from rag.verify.negation import clauses, turned_direction
from rag.verify.quantities import Quantity, normalise, read
from rag.vocabulary import clinical_terms, population


class Opposition(NamedTuple):
    strength: float
    """0..1: how much of what the sentence speaks of is what the statement speaks of; 0: it does not oppose."""
    detail: str = ""


NONE = Opposition(0.0)


def opposition(statement: str, quote: Quote) -> Opposition:
    """The strongest way in which the quote speaks against the statement."""
    if other_people(statement, quote) or other_drugs(statement, quote):
        return NONE
    found = (denial(statement, quote), other_figure(statement, quote), other_word(statement, quote),
             other_list(statement, quote), no_rule(statement, quote))  # fmt: skip
    return max(found, key=lambda one: one.strength)


# --- the same subject ------------------------------------------------------------------------------

_GENERIC = frozenset(
    stem(word)
    for word in listed("""use used using give given giving take taken recommend recommended recommendation suggest suggested advise advised advice allow allowed allows let lets permit
    permitted need needed needs require required compulsory mandatory optional necessary safe unsafe feasible appropriate indicated contraindicated avoid avoided prefer preferred first line choice
    must should may can patient patients people person persons adult adults case cases treatment treat treated treating therapy medicine medicines drug drugs setting settings system systems
    purpose purposes guideline guidance guide document protocol sheet card strong conditional weak certainty evidence quality category type low moderate high very not no never only always
    one two three another other same way longer also still any all every each day days week weeks month months year years hour hours minute minutes mg kg ml mmhg daily weekly monthly aged age source facts who cdc nice where when there""")
)  # fmt: skip
_NUMBER = re.compile(r"[\d.,]+")


def subject(text: str) -> frozenset[str]:
    """What a text speaks of: its words without figures, and without those any recommendation has."""
    return frozenset(word for word in plain(text) if word not in _GENERIC and not _NUMBER.fullmatch(word))


def shared_part(text: str, other: str) -> float:
    """Share of the subject of ``text`` that ``other`` speaks of, in these words or in other words for them."""
    wanted = subject(text)
    return len(wanted & wide(other)) / len(wanted) if wanted else 0.0


def other_people(statement: str, quote: Quote) -> bool:
    """The quote is about children, pregnancy or the like, and the statement is not; or the reverse."""
    meant, told = population(statement) - {"adult"}, population(shown(quote)) - {"adult"}
    return bool(told - meant) or bool(meant and not meant & population(framed(quote)))


def other_drugs(statement: str, quote: Quote) -> bool:
    """Both name drugs, and none in common."""
    meant, told = drugs_in(statement), drugs_in(shown(quote))
    return bool(meant and told and not meant & told)


# --- ways of opposing ------------------------------------------------------------------------------

_LEAST_SHARED = 2


def denial(statement: str, quote: Quote) -> Opposition:
    """A clause about the same thing with the opposite polarity ("Do not wash gloves for reuse")."""
    ours = _signs(statement)
    mostly = 2 * sum(ours.values()) > len(ours)
    meant = dict.fromkeys(wide(statement), mostly) | ours
    framing = (subject(quote.title) | subject(" ".join(quote.section))) & wide(statement)
    found = (_clause_denial(meant, _signs(text), framing) for text, _ in clauses(_bare(shown(quote))))
    return max(found, key=lambda one: one.strength, default=NONE)


def _clause_denial(meant: dict[str, bool], told: dict[str, bool], framing: frozenset[str]) -> Opposition:
    spoken = {
        word: sign for word, sign in told.items() if word not in _GENERIC and not _NUMBER.fullmatch(word)
    }
    common = spoken.keys() & meant.keys()
    against = [word for word in common if meant[word] != spoken[word]]
    enough = len(common) + min(1, len(framing - spoken.keys())) >= _LEAST_SHARED
    if not common or not enough or 2 * len(against) <= len(common):
        return NONE
    denies = told[against[0]]
    return Opposition(
        len(common) / len(spoken),
        "the documents deny this" if denies else "the documents affirm what this denies",
    )


_PROTECTS = re.compile(
    r"(?<!recommend )(?<!recommended )(?<!recommends )(?<!advise )(?<!advised )(?<!advises )(?<!suggest )(?<!suggests )\bagainst\b"
)
_NO_LONGER = re.compile(r"\bno longer\b")


def _bare(text: str) -> str:
    """ "Drugs against vomiting" deny nothing; "no longer" denies the whole clause."""
    return _NO_LONGER.sub("not", _PROTECTS.sub("for", fold(text)))


def _signs(text: str) -> dict[str, bool]:
    """Stems of the words, compounds in pieces, and whether their clause is denied.

    A "no" or "without" before a single word is left out: "if there is no shock" denies nothing.
    """
    signs: dict[str, bool] = {}
    for _, features in clauses(_bare(text)):
        local = {word[1:]: sign for word, sign in features if word[0] == "~"}
        for word, sign in features:
            if " " not in word and word[0] != "~":
                whole = sign ^ local.get(word, False)
                signs.update({stem(piece): whole for piece in re.split(r"[-/]", word) if piece})
    return signs


_MOST_OF = 0.6


def other_figure(statement: str, quote: Quote) -> Opposition:
    """Another figure of the same unit for the same thing, and the stated one nowhere in the quote."""
    if quote.kind is SentenceKind.ROW:
        return NONE
    ours, theirs = read(statement), read(shown(quote))
    moved = [
        q for q in ours if any(_comparable(q, t) for t in theirs) and not any(_meets(q, t) for t in theirs)
    ]
    if not moved or len(subject(statement) & wide(shown(quote))) < _LEAST_SHARED:
        return NONE
    strength = min(shared_part(shown(quote), statement), shared_part(statement, framed(quote)))
    return Opposition(strength, f'the documents have another figure than "{moved[0].words()}"')


def differing_figures(one: str, other: str) -> tuple[str, str] | None:
    """A figure of each text for what both measure, where no figure of the one is among those of the other."""
    ours, theirs = _measures(one), _measures(other)
    for measure in dict.fromkeys(measure for measure, _ in ours):
        pairs = [
            (q, t) for m, q in ours for n, t in theirs if m == n == measure and _comparable(q, t)
        ]  # fmt: skip
        if pairs and not any(_meets(q, t) for q, t in pairs):
            return pairs[0][0].words(), pairs[0][1].words()
    return None


_PAIR = re.compile(r"\b(\d{2,3}) ?/ ?(\d{2,3})(?= ?mm ?hg)")
_NAMED = re.compile(r"\b(systolic|diastolic|mean arterial)\b")


def _measures(text: str) -> list[tuple[str, Quantity]]:
    """Quantities with what they measure, as far as pressures go: 140/90 mmHg is a systolic and a diastolic one."""
    spelled = _PAIR.sub(r"systolic \1 mmhg, diastolic \2", normalise(text))
    return [(_measure(spelled, quantity), quantity) for quantity in read(spelled)]


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
    kind = _span(one)[0]
    return bool(kind) and not one.soft and not other.soft and kind == _span(other)[0]


def _meets(one: Quantity, other: Quantity) -> bool:
    kind, low, high = _span(one)
    other_kind, other_low, other_high = _span(other)
    return kind == other_kind and low <= other_high and other_low <= high


_CYCLES = re.compile(
    r"\b\d+ (?:days?|weeks?|months?)?,? ?on\b[^.;]{0,12}\b\d+ (?:days?|weeks?|months?)?,? ?off\b|\bintermittent\w*|\binterrupt\w+|\bin cycles?\b|\bcyclic\w*|\bpauses?\b|\b(?:drug|treatment)[- ]free (?:interval|period)"
    r"|\bbreaks? (?:of|between|from)\b|\b(?:with|after) (?:a )?(?:\w+ )?breaks?\b"
)
_CONTINUES = re.compile(
    r"\bcontinuous(?:ly)?\b|\bwithout (?:\w+ ){0,3}(?:interruptions?|breaks?|pauses?)|\buninterrupted\b|\bno (?:interruptions?|breaks?)\b"
)


def other_word(statement: str, quote: Quote) -> Opposition:
    """An opposite word for the same thing: stop for continue, after for before, in courses for without a break."""
    said, held = fold(statement), fold(shown(quote))
    strength = shared_part(statement, framed(quote))
    if _turned_schedule(said, held):
        return (
            Opposition(max(strength, _MOST_OF), "the documents say it the other way")
            if strength > 0
            else NONE
        )
    fault = turned_direction(statement, [shown(quote)])
    both = min(strength, shared_part(shown(quote), statement))
    return Opposition(both, "the documents say the opposite") if fault else NONE


def _turned_schedule(said: str, held: str) -> bool:
    cycles, continues = _CYCLES.search(said), _CONTINUES.search(said)
    if cycles and not continues:
        return bool(_CONTINUES.search(held))
    return bool(continues and not cycles and _CYCLES.search(held) and not _CONTINUES.search(held))


_AMONG = re.compile(
    r"^(?P<who>[^,]*?\b)(?:lists?|counts?|names?|includes?|puts?|ranks?|places?|classif(?:y|ies)) (?P<member>.+?) (?:among|as|in|with|under) (?P<group>.+)$"
    r"|^(?P<member2>.+?) (?:is|are) (?:one of|among|part of|a|an|the)?\s*(?P<group2>.*\b(?:first|second|initial|preferred|standard|choice|classes|options)\b.*)$"
)
_LISTS = re.compile(
    r"\b1[.)].+\b2[.)]|;.+;|\bone of (?:the |these )?\w+\b.*,.*\b(?:and|or)\b|\b(?:classes|groups|options|drugs|agents|these)\b[^.]*:[^.]*,[^.]*\b(?:and|or)\b"
)
ANNOUNCES_LIST = re.compile(
    r"\b(?:one of|following|(?:two|three|four|five) (?:\w+ )?(?:classes|groups|options|drugs|agents)|these (?:classes|drugs))\b"
)
"""Sentences worth looking at for a statement of what belongs to a list."""
_FIRST = re.compile(r"\b(?:first|initial|begin|start|preferred|choice)\w*\b")


def group_of(statement: str) -> str:
    """The list that the statement puts something on: "first-line classes"; "" for other statements."""
    match = _AMONG.match(statement.rstrip("."))
    return (match["group"] or match["group2"]) if match else ""


def other_list(statement: str, quote: Quote) -> Opposition:
    """The quote lists what the statement's member should be among, and the member is not there."""
    match, listed_there = _AMONG.match(statement.rstrip(".")), shown(quote)
    if match is None or quote.kind is SentenceKind.ROW or not _LISTS.search(fold(listed_there)):
        return NONE
    member, group = match["member"] or match["member2"], match["group"] or match["group2"]
    if not subject(member) or shared_part(member, listed_there) == 1 or _is_there(member, listed_there):
        return NONE
    if bool(_FIRST.search(fold(group))) != bool(_FIRST.search(fold(listed_there))):
        return NONE
    about = shared_part(group, framed(quote)) if subject(group) else shared_part(statement, framed(quote))
    return Opposition(about, f"{member} is not in the list of the documents")


def _is_there(member: str, text: str) -> bool:
    """In other words for it, all of them."""
    held = plain(text)
    forms = {form for term in clinical_terms(member) for form in term.forms}
    return any(words <= held for form in forms if (words := plain(form)))


_SETS_RULE = re.compile(
    r"\b(?:caps?|capped|limits?|limited|ceiling|maximum|must|mandat\w+|requires?|required|compulsory|obligatory|forbids?|forbidden|bans?|banned|prohibit\w*|rule|not allowed|may not)\b"
)
_NO_RULE = re.compile(
    r"\b(?:not|never|no|rather than|neither)\b[^.;]{0,60}\b(?:inflexible|rigid(?:ly)?|absolute|strict(?:ly)?|prescriptive|hard limits?|mandatory|fixed|binding|standards? of care"
    r"|one-size-fits-all)\b"
)


def no_rule(statement: str, quote: Quote) -> Opposition:
    """A rule is asserted where the documents say that they set no rigid one."""
    if not _SETS_RULE.search(fold(statement)) or not _NO_RULE.search(fold(shown(quote))):
        return NONE
    about = subject(shown(quote)) & wide(statement) | subject(quote.title) & wide(statement)
    named = {stem(w) for w in ("dose", "dosage", "dosages", "doses")}
    measures = any(q.per or q.unit for q in read(statement)) and bool(named & plain(shown(quote)))
    return (
        Opposition(_MOST_OF, "the documents set no rigid rule here")
        if measures or len(about) >= _LEAST_SHARED
        else NONE
    )
