"""Does a sentence say the opposite of a statement? By rule: denial, another figure, another word, another list.

Stricter than the checks of a claim, which ask whether support is missing: here a sentence must be about the same
thing, and speak against it. 0 where the rules do not know. Knows no document and no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from rag.datatypes import Quote, SentenceKind
from rag.quantities import read
from rag.text import fold, listed, stem
from rag.verify.asked import BODIES
from rag.verify.candidates import plain, wide
from rag.verify.common import drugs_in, framed, shown
from rag.verify.figures import other_figure
from rag.verify.negation import clauses, turned_direction
from rag.verify.subject import (
    GENERIC,
    LEAST_SHARED,
    MOST_OF,
    NONE,
    NUMBER,
    Opposition,
    frame_of,
    met,
    on_topic,
    other_drugs,
    other_people,
    shared_part,
    subject,
    topic,
)
from rag.vocabulary import clinical_terms, population


def opposition(statement: str, quote: Quote, before: str = "") -> Opposition:
    """The strongest way in which the quote speaks against the statement; ``before``: the sentence before the quote."""
    if other_people(statement, quote, before):
        return NONE
    found = [other_first(statement, quote), less_wanted(statement, quote)]
    if not other_drugs(statement, quote, before):
        found += [denial(statement, quote, before), other_figure(statement, quote), other_word(statement, quote),
                  other_list(statement, quote), no_rule(statement, quote), no_duty(statement, quote)]  # fmt: skip
    return max(found, key=lambda one: one.strength)


def denial(statement: str, quote: Quote, before: str = "") -> Opposition:
    """A clause about the same thing with the opposite polarity ("Do not wash gloves for reuse")."""
    frame = frame_of(quote, before)
    if quote.kind is SentenceKind.ROW or not on_topic(statement, frame) or _of_others(statement, quote):
        return NONE
    ours = _signs(statement)
    mostly = 2 * sum(ours.values()) > len(ours)
    meant = dict.fromkeys(wide(statement), mostly) | dict(ours)
    if met(statement, frame) < _ENOUGH:
        return NONE
    framing = (subject(frame) - subject(shown(quote))) & wide(statement)
    universal = bool(_ALWAYS.search(fold(statement)))
    text = _ASIDE.sub(" ", _CONDITION.sub(" ", _bare(shown(quote))))
    found = (
        _clause_denial(meant, subject(statement), _spoken(part, meant), framing)
        for part, _ in clauses(text)
        if not _NOW_AND_THEN.search(part) and (universal or not _NOT_ALL.search(part))
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
_NOW_AND_THEN = re.compile(
    r"\b(?:often|sometimes|occasionally) not (?!recommended|advised|needed|indicated|required|necessary|given|used)"
)
"""Tells what happens: "need is often not met"."""
_NOT_ALL = re.compile(
    r"\bnot (?:(?:be )?(?:appropriate|suitable|feasible|possible|necessary|right|meant|intended)? ?(?:for |in |to )?(?:all|every|everyone)|always)\b"
)
"""Denies only what is said of all."""
_ASIDE = re.compile(r", (?:with|without|including|especially|such as|for example)\b[^,;.]*,")
_REASON = re.compile(r"\b(?:due to|because of|owing to|so that|in order to)\b.*", re.DOTALL)
_ALTERNATIVES = re.compile(r"\b(?:or|and|nor)\b")


_KINDS = frozenset(map(stem, listed("class group drug medicine agent")))


def _spoken(clause: str, meant: Mapping[str, bool]) -> dict[str, bool]:
    """The signs of a clause without its reasons, without generic words, and without alternatives that are not meant."""
    clause = _REASON.sub("", clause)
    kept: set[str] = set()
    for piece in _ALTERNATIVES.split(clause):
        words = _signs(piece).keys() - GENERIC - _KINDS
        if words & meant.keys():
            kept |= words
    return {
        word: sign for word, sign in _signs(clause).items() if word in kept and not NUMBER.fullmatch(word)
    }


def _clause_denial(
    meant: Mapping[str, bool], ours: frozenset[str], spoken: Mapping[str, bool], framing: frozenset[str]
) -> Opposition:
    common = spoken.keys() & meant.keys()
    against = [word for word in common if meant[word] != spoken[word]]
    enough = len(common) + min(1, len(framing - spoken.keys())) >= LEAST_SHARED
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


@lru_cache(maxsize=1024)
def _signs(text: str) -> Mapping[str, bool]:
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
            Opposition(max(strength, MOST_OF), "the documents say it the other way") if strength > 0 else NONE
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
    r"|^(?P<member2>.+?) (?:is|are) (?:still |also |now )?(?:(?:considered |recommended |preferred )?(?:as )?(?:(?:one of|among|part of|an?|the) |(?=first|second|initial)))(?P<group2>.*\b(?:first|second|initial|preferred|standard|choice|classes|options)\b.*)$"
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


_SETS_NONE = re.compile(
    r"\b(?:not|never)(?: be| an?){0,2} (?:required|mandatory|compulsory|obligatory|limit\w*|capped|rule|ceiling)\b"
)
_BODIES = frozenset(map(stem, BODIES))
_OF_ANY_GUIDELINE = frozenset(map(stem, listed("clinic clinical practice health healthcare care staff")))


def sets_rule(statement: str) -> bool:
    return bool(_SETS_RULE.search(fold(statement)))


def no_rule(statement: str, quote: Quote) -> Opposition:
    """A rule is asserted where the documents say that they set no rigid one."""
    if (
        not sets_rule(statement)
        or _SETS_NONE.search(fold(statement))
        or not NO_RULE.search(fold(shown(quote)))
    ):
        return NONE
    about = ((subject(shown(quote)) | subject(quote.title)) & wide(statement)) - _OF_ANY_GUIDELINE
    named = {stem(w) for w in ("dose", "dosage", "dosages", "doses")}
    near = bool((subject(framed(quote)) | plain(quote.title) & _BODIES) & wide(statement))
    same = on_topic(statement, framed(quote)) or bool(plain(quote.title) & _BODIES & plain(statement))
    measures = near and any(q.per or q.unit for q in read(statement)) and bool(named & plain(shown(quote)))
    return (
        Opposition(MOST_OF, "the documents set no rigid rule here")
        if measures or (same and len(about) >= LEAST_SHARED)
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
