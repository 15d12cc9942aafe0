"""Does a sentence say the opposite of a statement? By rule: denial, another figure, another word, another list.

Stricter than the checks of a claim, which ask whether support is missing: here a sentence must be about the same
thing, and speak against it. 0 where the rules do not know. Knows no document and no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rag.datatypes import Quote, SentenceKind
from rag.text import fold, stem
from rag.verify.asked import BODIES
from rag.verify.asserted import SOURCE, VERB
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


def opposition(statement: str, quote: Quote, before: str = "") -> Opposition:
    """The strongest way in which the quote speaks against the statement; ``before``: the sentence before the quote."""
    if other_people(statement, quote, before):
        return NONE
    found = [other_first(statement, quote), less_wanted(statement, quote)]
    if not other_drugs(statement, quote, before):
        found += [denial(statement, quote, before), other_figure(statement, quote), other_word(statement, quote),
                  other_list(statement, quote), no_rule(statement, quote), no_duty(statement, quote)]  # fmt: skip
    return max(found, key=lambda one: one.strength)


# --- the same subject ------------------------------------------------------------------------------

_GENERIC = frozenset(
    stem(word)
    for word in listed("""use used using give given giving take taken recommend recommended recommendation suggest suggested advise advised advice allow allowed allows let lets permit
    permitted need needed needs require required compulsory mandatory optional necessary safe unsafe feasible appropriate indicated contraindicated avoid avoided prefer preferred first line choice
    must should may can patient patients people person persons adult adults case cases treatment treat treated treating therapy medicine medicines drug drugs setting settings system systems
    purpose purposes guideline guidance guide document protocol sheet card strong conditional weak certainty evidence quality category type low moderate high very not no never only always
    one two three another other same way longer also still any all every each day days week weeks month months year years hour hours minute minutes mg kg ml mmhg daily weekly monthly aged age source facts who cdc nice where when there within upon annual annually yearly apply applies later earlier""")
)  # fmt: skip
_NUMBER = re.compile(r"[\d.,]+")
_UNITS = re.compile(
    r"(?<=\d) ?(?:mg|g|kg|mcg|µg|ml|l|mmol|meq|iu|mmhg|dl|micrograms?)(?:/(?:kg|l|dl|ml|min|hour|day|min))*\b|(?<=\d)%",
    re.IGNORECASE,
)


def subject(text: str) -> frozenset[str]:
    """What a text speaks of: its words without figures, and without those any recommendation has."""
    words = plain(_UNITS.sub(" ", text))
    return frozenset(word for word in words if word not in _GENERIC and not _NUMBER.fullmatch(word))


def shared_part(text: str, other: str) -> float:
    """Share of the subject of ``text`` that ``other`` speaks of, in these words or in other words for them."""
    wanted = subject(text)
    return len(wanted & wide(other)) / len(wanted) if wanted else 0.0


_REFERS_BACK = re.compile(
    r"^\W*(?:[\w.]{1,4}\W{1,2}|recommendation \d+\W+)?(?:they|it|this|these|those|neither|both|such|the (?:two|three|same|latter|former))\b",
    re.IGNORECASE,
)


def told(quote: Quote, before: str = "") -> str:
    """The quote's words, and the sentence before where the quote speaks of it: "They must not be combined"."""
    return f"{before}\n{shown(quote)}" if before and _REFERS_BACK.search(quote.text) else shown(quote)


def frame_of(quote: Quote, before: str = "") -> str:
    """``told`` under title and headings."""
    return "\n".join((quote.title, *quote.section, told(quote, before)))


def other_people(statement: str, quote: Quote, before: str = "") -> bool:
    """The quote is about children, pregnancy or the like, and the statement is not; or the reverse.

    A failing organ in the quote is only one of several cases where it names the statement's own disease too.
    """
    meant, found = population(statement) - {"adult"}, population(shown(quote)) - {"adult"}
    if {form for term in clinical_terms(statement) if term.specific for form in term.forms} & _names(quote):
        found -= {"renal impairment", "hepatic impairment"}
    return bool(found - meant) or bool(meant and not meant & population(frame_of(quote, before)))


def _names(quote: Quote) -> set[str]:
    return {form for term in clinical_terms(shown(quote)) if term.specific for form in term.forms}


def other_drugs(statement: str, quote: Quote, before: str = "") -> bool:
    """Both name drugs, and none in common."""
    meant, found = drugs_in(statement), drugs_in(told(quote, before))
    return bool(meant and found and not meant & found)


_PARTS = re.compile(
    rf"{VERB.pattern}|\b(?:in|for|at|with|on|to|after|before|by|until|over|under|from|as|during|within|if|when|than|of)\b",
    re.IGNORECASE,
)
ACTS = frozenset(
    map(
        stem,
        listed(
            "start starting begin beginning initiate initiating stop stopping continue continuing add adding switch switching clinician clinicians staff us we"
        ),
    )
)


def topic(statement: str) -> str:
    """What it is about: its first words, or the next where those only name who speaks or what is done."""
    for part in _PARTS.split(statement):
        if subject(part or "") - ACTS and not SOURCE.search(part):
            return part
    return statement


def matter(statement: str) -> frozenset[str]:
    """What it speaks of from its topic on, without those who only say or do it."""
    return subject(statement[statement.index(topic(statement)) :]) - ACTS


def met(statement: str, text: str) -> float:
    """Share of the statement's matter that the text speaks of."""
    wanted = matter(statement)
    return len(wanted & wide(text)) / len(wanted) if wanted else 0.0


def on_topic(statement: str, text: str) -> bool:
    """The text names what the statement is about, or its class; of a long name, two words in five."""
    named = topic(statement)
    wanted = subject(named) - ACTS
    by_class = bool((wide(named) - plain(named)) & plain(text))
    return len(wanted & wide(text)) + by_class >= max(min(2, len(wanted)), 0.4 * len(wanted))


# --- ways of opposing ------------------------------------------------------------------------------

_LEAST_SHARED = 2


def denial(statement: str, quote: Quote, before: str = "") -> Opposition:
    """A clause about the same thing with the opposite polarity ("Do not wash gloves for reuse")."""
    frame = frame_of(quote, before)
    if quote.kind is SentenceKind.ROW or not on_topic(statement, frame) or _of_others(statement, quote):
        return NONE
    ours = _signs(statement)
    mostly = 2 * sum(ours.values()) > len(ours)
    meant = dict.fromkeys(wide(statement), mostly) | ours
    if met(statement, frame) < _ENOUGH:
        return NONE
    framing = (subject(frame) - subject(shown(quote))) & wide(statement)
    text = _ASIDE.sub(" ", _CONDITION.sub(" ", _bare(shown(quote))))
    found = (
        _clause_denial(meant, subject(statement), _spoken(part, meant), framing) for part, _ in clauses(text)
    )
    return max(found, key=lambda one: one.strength, default=NONE)


def _of_others(statement: str, quote: Quote) -> bool:
    """About one drug where the statement is about a class, or under a heading that names other people."""
    headed = population(" ".join(quote.section[-1:])) - population(statement) - {"adult"}
    return bool(headed or (drugs_in(shown(quote)) and not drugs_in(statement)))


_ENOUGH = 0.4
"""Share of a statement that a sentence under its headings must speak of to deny it."""
_NEARLY_ALL = 0.9
_CONDITION = re.compile(
    r"\b(?:if|when|where|unless|once|whether|in case|(?:\w+s|people|those|anyone|women|children|child|person|patient|woman) who)\b[^,;.:]*"
)
"""Says for which case or for whom something holds, and denies or affirms nothing."""
_ASIDE = re.compile(r", (?:with|without|including|especially|such as|for example)\b[^,;.]*,")
_REASON = re.compile(r"\b(?:due to|because of|owing to|so that|in order to)\b.*", re.DOTALL)
_ALTERNATIVES = re.compile(r"\b(?:or|and|nor)\b")


_KINDS = frozenset(map(stem, listed("class group drug medicine agent")))


def _spoken(clause: str, meant: Mapping[str, bool]) -> dict[str, bool]:
    """The signs of a clause without its reasons, without generic words, and without alternatives that are not meant."""
    clause = _REASON.sub("", clause)
    kept: set[str] = set()
    for piece in _ALTERNATIVES.split(clause):
        words = _signs(piece).keys() - _GENERIC - _KINDS
        if words & meant.keys():
            kept |= words
    return {
        word: sign for word, sign in _signs(clause).items() if word in kept and not _NUMBER.fullmatch(word)
    }


def _clause_denial(
    meant: Mapping[str, bool], ours: frozenset[str], spoken: Mapping[str, bool], framing: frozenset[str]
) -> Opposition:
    common = spoken.keys() & meant.keys()
    against = [word for word in common if meant[word] != spoken[word]]
    enough = len(common) + min(1, len(framing - spoken.keys())) >= _LEAST_SHARED
    if not common or not enough or 2 * len(against) <= len(common):
        return NONE
    if spoken[against[0]]:
        return Opposition(len(common) / len(spoken), "the documents deny this")
    denied = [word for word in ours if meant.get(word)]
    affirmed = len(against) >= _NEARLY_ALL * len(denied)
    return (
        Opposition(len(common) / len(spoken), "the documents affirm what this denies") if affirmed else NONE
    )


_PROTECTS = re.compile(
    r"(?<!recommend )(?<!recommended )(?<!recommends )(?<!advise )(?<!advised )(?<!advises )(?<!suggest )(?<!suggests )\bagainst\b"
)
_NO_LONGER = re.compile(r"\bno longer\b")


def _bare(text: str) -> str:
    """ "Drugs against vomiting" deny nothing; "no longer" denies the whole clause; "(CVD)" ends none."""
    return _SHORT_FORM.sub(" ", _NO_LONGER.sub("not", _PROTECTS.sub("for", fold(text))))


_SHORT_FORM = re.compile(r" ?\([a-z-]{2,8}\)")


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
    if quote.kind is SentenceKind.ROW or not on_topic(statement, framed(quote)):
        return NONE
    said, held = _with_units(_AGED.sub(" ", statement)), _AGED.sub(" ", shown(quote))
    ours, theirs = read(said), read(held)
    moved = [q for q in ours if 1 <= sum(_comparable(q, t) for t in theirs) < _LIST]
    if not moved or any(_meets(q, t) for q in moved for t in theirs):
        return NONE
    about, exact = shared_part(statement, framed(quote)), shared_part(statement, shown(quote)) == 1
    if len(subject(statement) & wide(framed(quote))) < _LEAST_SHARED:
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
    strength = max(min(about, back), _MOST_OF if about == 1 and closely else 0.0)
    return Opposition(strength, f'the documents have another figure than "{moved[0].words()}"')


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


_ALWAYS = re.compile(r"\b(?:all|every|any|the same|regardless|whatever|always|throughout)\b")
_VARIES = re.compile(r"\b(?:depends? (?:up)?on|differs?|varies|vary|different)\b")


def _turned_scope(said: str, held: str) -> bool:
    """The same for all, and the documents say that it depends."""
    return bool(
        _ALWAYS.search(said)
        and _VARIES.search(held)
        and not _VARIES.search(said)
        and not _ALWAYS.search(held)
    )


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
    if _turned_scope(said, held):
        near = on_topic(statement, framed(quote))
        return Opposition(strength, "the documents say that it depends") if near else NONE
    if _turned_schedule(said, held):
        return (
            Opposition(max(strength, _MOST_OF), "the documents say it the other way")
            if strength > 0
            else NONE
        )
    fault = on_topic(statement, framed(quote)) and turned_direction(statement, [shown(quote)])
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
NO_RULE = re.compile(
    r"\b(?:not|never|no|rather than|neither)\b[^.;]{0,60}\b(?:inflexible|rigid(?:ly)?|absolute|strict(?:ly)?|prescriptive|hard limits?|mandatory|fixed|binding|standards? of care"
    r"|one-size-fits-all)\b"
)


_BODIES = frozenset(map(stem, BODIES))


def sets_rule(statement: str) -> bool:
    return bool(_SETS_RULE.search(fold(statement)))


def no_rule(statement: str, quote: Quote) -> Opposition:
    """A rule is asserted where the documents say that they set no rigid one."""
    if not sets_rule(statement) or not NO_RULE.search(fold(shown(quote))):
        return NONE
    about = subject(shown(quote)) & wide(statement) | subject(quote.title) & wide(statement)
    named = {stem(w) for w in ("dose", "dosage", "dosages", "doses")}
    near = bool((subject(framed(quote)) | plain(quote.title) & _BODIES) & wide(statement))
    measures = near and any(q.per or q.unit for q in read(statement)) and bool(named & plain(shown(quote)))
    return (
        Opposition(_MOST_OF, "the documents set no rigid rule here")
        if measures or len(about) >= _LEAST_SHARED
        else NONE
    )


_DUTY = re.compile(r"\b(?:must|required|mandatory|compulsory|obligatory|ha(?:s|ve) to|before)\b")
_NO_DUTY = re.compile(
    r"\bbut (?:only|never)\b|\boptional\b|\bnot (?:be )?(?:required|necessary|needed|mandatory|delayed)\b|\bwhere feasible\b|\bnot delay\b|\bneither is (?:required|needed)\b|\bwhether or not\b|\bregardless of\b"
)


def no_duty(statement: str, quote: Quote) -> Opposition:
    """Something must be, and the documents only suggest it or say that it need not."""
    said, held = fold(statement), fold(shown(quote))
    duty = _DUTY.search(said)
    if not duty or not _NO_DUTY.search(held) or _DENIED_DUTY.search(said) or _STRICT.search(held):
        return NONE
    if not on_topic(statement, shown(quote)):
        return NONE
    return Opposition(shared_part(statement, framed(quote)), "the documents do not require this")


_STRICT = re.compile(r"\b(?:must|mandatory|compulsory)\b")
_DENIED_DUTY = re.compile(r"\b(?:not|never|no|neither|cannot)\b|n't\b")
_IS_FIRST = re.compile(
    r"\bfirst\b(?! (?:\d|hours?|days?|weeks?|months?|years?|trimester|dose|visit|time|part|step))|\b(?:drug|treatment|agent) of choice\b"
)
_THE_PREFERRED = re.compile(r"\bthe (?:preferred|recommended|standard) (?P<what>\w+)")


def other_first(statement: str, quote: Quote) -> Opposition:
    """What is first or the preferred one is another than the statement says."""
    said, held = fold(statement), fold(shown(quote))
    ours, theirs = _THE_PREFERRED.search(said), _THE_PREFERRED.search(held)
    same = ours and theirs and stem(ours["what"]) == stem(theirs["what"])
    if not same and not (_IS_FIRST.search(said) and _IS_FIRST.search(held) and other_drugs(statement, quote)):
        return NONE
    lead = subject(topic(statement))
    if lead & wide(shown(quote)) or _DENIED_DUTY.search(f"{said} {held}"):
        return NONE
    rest = subject(statement) - lead
    about = len(rest & wide(framed(quote))) / len(rest) if rest else 0.0
    return Opposition(about, "the documents put another first")


_RANKED = re.compile(
    r"\bprefer\w* (?:use of )?(?P<better>[^,;.:]{2,60}?) (?:to|over|rather than|instead of) (?P<worse>[^,;.:]{2,60}?)(?: (?:in|for|when|where|as|if|at)\b|[,;.:]|$)"
    r"|\b(?P<better2>[^,;.:]{2,60}?) (?:is|are) preferred (?:to|over) (?P<worse2>[^,;.:]{2,60}?)(?: (?:in|for|when|where|as|if|at)\b|[,;.:]|$)"
    r"|\b(?P<better3>[^,;.:]{2,60}?) in preference to (?P<worse3>[^,;.:]{2,60}?)(?: (?:in|for|when|where|as|if|at)\b|[,;.:]|$)"
)
_WANTED = re.compile(
    r"\b(?:prefer\w*|recommend\w*|first|best|better|standard|choice|advis\w+|suggest\w*|should)\b"
)


def less_wanted(statement: str, quote: Quote) -> Opposition:
    """The documents prefer something to what the statement recommends."""
    said = fold(statement)
    if not _WANTED.search(said) or _DENIED_DUTY.search(said):
        return NONE
    for match in _RANKED.finditer(fold(shown(quote))):
        better, worse = (
            next(filter(None, (match[f"{side}{n}"] for n in ("", "2", "3")))) for side in ("better", "worse")
        )
        if on_topic(statement, worse) and not on_topic(statement, better):
            return Opposition(shared_part(statement, framed(quote)), "the documents prefer something else")
    return NONE
