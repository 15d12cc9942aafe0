"""Sources that disagree: two documents with another figure, or the opposite, for the same thing.

Fits ``ports.ConflictFinder``. Quotes of one document are not compared: there, other figures are for other cases.
Another population, condition, drug or measure is no conflict, nor a dose for another age, weight or kidney function, unless one
of the two speaks of all, or both give the one first choice for the same case in the same words but for one ("A is the first drug for hypertension", "B is …").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from rag.datatypes import Conflict, Quote
from rag.patient import apart, patient_of_quote
from rag.ports import Judge
from rag.quantities import has_amount
from rag.text import fold, listed
from rag.verify.common import drugs_in, framed, in_context, shown
from rag.verify.figures import differing_figures
from rag.verify.opposition import denial
from rag.verify.subject import shared_part, subject
from rag.vocabulary import clinical_terms, population

_ALIKE = 0.6
"""Share of the one's subject that the other must speak of."""
_ALIKE_IN_VERSIONS = 0.3
"""The same where title and heading say already that it is one subject."""
_SURE = 0.9
"""Refutation by the judge, both ways, from which two quotes on one subject disagree without a rule to say so."""


class DisagreeingSources:
    """Pairs of quotes of different documents, the newest first. ``judge`` None: by rule alone."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge

    def find(self, quotes: Sequence[Quote]) -> list[Conflict]:
        distinct = list({(q.document_id, q.start, q.end): q for q in quotes}.values())
        pairs = [p for p in combinations(distinct, 2) if p[0].document_id != p[1].document_id]
        found = [(pair, self._detail(*pair)) for pair in pairs]
        return [Conflict(quotes=tuple(newest_first(pair)), detail=detail) for pair, detail in found if detail]

    def _detail(self, one: Quote, other: Quote) -> str:
        if has_amount(one.text) and has_amount(other.text) and _each_for_its_own(one, other):
            return ""
        told = disagreement(one, other) or self._judged(one, other) if same_subject(one, other) else ""
        return told or other_choice(*newest_first((one, other)))

    def _judged(self, one: Quote, other: Quote) -> str:
        if self._judge is None:
            return ""
        sides = self._judge.judge([[in_context(one)], [in_context(other)]], [shown(other), shown(one)])
        return "they contradict each other" if min(side.refutes for side in sides) >= _SURE else ""


def newest_first(quotes: Sequence[Quote]) -> list[Quote]:
    """By date; undated last."""
    return sorted(quotes, key=lambda quote: quote.date or "", reverse=True)


def disagreement(one: Quote, other: Quote) -> str:
    """In what two quotes on one subject disagree by rule; "" if in nothing."""
    newer, older = newest_first((one, other))
    figures = differing_figures(shown(newer), shown(older))
    if figures:
        return f"{figures[0]} in one, {figures[1]} in the other"
    if min(denial(shown(one), other).strength, denial(shown(other), one).strength) >= _ALIKE:
        return "one advises what the other denies"
    strengths = _strength(newer), _strength(older)
    if all(strengths) and strengths[0] != strengths[1]:
        return f"a {strengths[0]} recommendation in one, a {strengths[1]} one in the other"
    return ""


_STRONG = re.compile(r"\bstrong recommendation\b")
_WEAK = re.compile(r"\b(?:conditional|weak) recommendation\b")


def _strength(quote: Quote) -> str:
    text = fold(shown(quote))
    strong, weak = bool(_STRONG.search(text)), bool(_WEAK.search(text))
    return {(True, False): "strong", (False, True): "conditional"}.get((strong, weak), "")


def _each_for_its_own(one: Quote, other: Quote) -> bool:
    """Two doses, each for its own age, weight or kidney function."""
    return apart(patient_of_quote(one), patient_of_quote(other)) in ("age", "weight", "clearance")


# --- the same words but for one -----------------------------------------------------------------------

_THE_ONE = re.compile(
    r"\bthe (?:[\w-]+ ){0,2}?(?:first(?:[- ](?:line|choice))?|only|best|preferred|standard|initial|recommended)\b"
    r"(?! (?:doses?|days?|weeks?|months?|years?|hours?|minutes?|trimester|visits?|episodes?|attacks?|times?|signs?|symptoms?|and|or|two|three|few|\d))"
    r"|\bof (?:first )?choice\b|\b(?:is|are) (?:preferred|first[- ](?:line|choice))\b"
)
_ONE_OF_SEVERAL = re.compile(
    r"\b(?:one|some|any|each|either|part) of\b|\bamong\b|\balso\b|\b(?:or|alternatively|alternatives?|other|another|such as|for example)\b"
)
_DIRECTS = re.compile(
    r"^(?:give|use|start|begin|take|offer|repeat|apply|inject|treat|measure|review|check|add|continue|stop|wait|allow|keep)\b"
    r"|\b(?:should|must|is recommended|are recommended)\b"
)
_CASE = frozenset(
    listed(
        "for in of during after before against at by from within among without than taking using receiving on to"
    )
)
"""Words in front of what tells the case ("for gout", "on warfarin") and not the choice."""
_MOST_WORDS = 2
"""A choice may have two words: insulin glargine."""
_WORD = re.compile(r"[^\W_]+(?:['.,\-/][^\W_]+)*|%")


def other_choice(newer: Quote, older: Quote) -> str:
    """What is chosen by each of two sentences that are the same but for that, and that leave no second choice.

    "" where the words that differ tell the people, the condition or another case, or mean the same.
    """
    texts = fold(shown(newer)), fold(shown(older))
    place = _differing_place(*(_WORD.findall(text) for text in texts))
    if place is None or not _same_case(newer, older):
        return ""
    before, new, old = place
    if all(map(_is_figure, (new, old))):
        fits = all(_DIRECTS.search(text) or _THE_ONE.search(text) for text in texts)
    else:
        fits = all(_THE_ONE.search(text) and not _ONE_OF_SEVERAL.search(text) for text in texts)
        fits = fits and before not in _CASE and not _mean_the_same(new, old)
    return f"{new} in one, {old} in the other" if fits else ""


def _differing_place(new: list[str], old: list[str]) -> tuple[str, str, str] | None:
    """(the word in front, what the one has, what the other has there); None where they differ in more, or in nothing."""
    same = 0
    while same < min(len(new), len(old)) and new[same] == old[same]:
        same += 1
    behind = 0
    while behind < min(len(new), len(old)) - same and new[-1 - behind] == old[-1 - behind]:
        behind += 1
    ours, theirs = new[same : len(new) - behind], old[same : len(old) - behind]
    if not (0 < len(ours) <= _MOST_WORDS and 0 < len(theirs) <= _MOST_WORDS) or same + behind < len(ours) + 2:
        return None
    return (new[same - 1] if same else ""), " ".join(ours), " ".join(theirs)


def _same_case(one: Quote, other: Quote) -> bool:
    """The same people and conditions, those that title and headings name among them."""
    framings = framed(one), framed(other)
    return population(framings[0]) == population(framings[1]) and all(
        _conditions(a) == _conditions(b) for a, b in (framings, (shown(one), shown(other)))
    )


def _is_figure(words: str) -> bool:
    return bool(re.fullmatch(r"\d[\d.,/-]*", words))


def _mean_the_same(one: str, other: str) -> bool:
    """In other words for it, by the vocabulary; or nothing but words that any sentence has."""
    if drugs_in(one) or drugs_in(other):
        return drugs_in(one) == drugs_in(other)
    return (
        not subject(one) or not subject(other) or shared_part(one, other) > 0 or shared_part(other, one) > 0
    )


# --- the same subject --------------------------------------------------------------------------------

_EVERYONE = re.compile(
    r"\b(?:every|all|any) (?:\w+ )?(?:adults?|patients?|persons?|people|child(?:ren)?|wom[ae]n|ages?|trimesters?|groups?)\b"
    r"|\bwhatever (?:their|the) age\b|\bregardless of age\b|\b(?:any|all) ages?\b|\bwhole of\b"
)
_ACTS = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        r"start\w*|begin\w*|initiat\w+|thresholds?|commence", r"targets?|aim|goal", r"review|follow[- ]up|see the|monitor\w*|visits?",
        r"stop\w*|discontinu\w+|taper\w*|reduction", r"cut-?offs?|defin\w+",
    )
)  # fmt: skip


def same_subject(one: Quote, other: Quote) -> bool:
    """Same drugs, same people or all people, same conditions, same kind of act, and mostly the same words."""
    return bool(
        subject(shown(one))
        and subject(shown(other))
        and drugs_in(shown(one)) == drugs_in(shown(other))
        and _same_people(shown(one), shown(other))
        and _same_act(one, other)
        and _likeness(one, other) >= (_ALIKE_IN_VERSIONS if _are_versions(one, other) else _ALIKE)
    )


def _likeness(one: Quote, other: Quote) -> float:
    a, b = in_context(one), in_context(other)
    return max(shared_part(a, b), shared_part(b, a))


_VERSION = re.compile(r"\d[\d.]*|\b(?:version|edition|revised|updated?|first|second|third)\b|[^\w\s]")


def _are_versions(one: Quote, other: Quote) -> bool:
    """The same place of two versions of one document: title and heading agree, figures and "version" aside."""
    bare = [
        " ".join(_VERSION.sub(" ", fold(text)).split())
        for q in (one, other)
        for text in (q.title, *q.section[-1:])
    ]
    half = len(bare) // 2
    return bare[:half] == bare[half:]


def _same_people(one: str, other: str) -> bool:
    if _conditions(one) != _conditions(other):
        return False
    people, everyone = (population(one), population(other)), (_all_meant(one), _all_meant(other))
    return people[0] == people[1] or any(
        everyone[i] and people[i] <= people[1 - i] | {"adult"} for i in (0, 1)
    )


def _all_meant(text: str) -> bool:
    return bool(_EVERYONE.search(fold(text)))


_BACKGROUND = re.compile(
    r"^(?:hypertension|high blood pressure|raised blood pressure|htn|blood pressure|bp|anaemia|anemia|malaria|sepsis|pregnan\w+)"
)


def _conditions(text: str) -> frozenset[frozenset[str]]:
    """Diseases and states that narrow who is meant; the disease the whole document is about narrows nothing."""
    named = (term.forms for term in clinical_terms(text) if term.specific)
    return frozenset(
        forms for forms in named
        if any(_NARROWS.search(form) for form in forms) and not any(_BACKGROUND.search(form) for form in forms)
    )  # fmt: skip


_NARROWS = re.compile(
    r"disease|disorder|diabet|failure|infection|hiv|injury|shock|stroke|risk|trimester|severe|uncomplicated|deficien|syndrome|cancer|hepat|renal|kidney|acute|chronic"
    r"|\w{3,}(?:itis|osis|emia|aemia|pathy|oma)\b"
)


def _same_act(one: Quote, other: Quote) -> bool:
    """Where both say, or stand under, what is done, it is the same thing."""
    acts = [{i for i, act in enumerate(_ACTS) if act.search(fold(in_context(q)))} for q in (one, other)]
    return not acts[0] or not acts[1] or bool(acts[0] & acts[1])
