"""Sources that disagree: two documents with another figure, or the opposite, for the same thing.

Fits ``ports.ConflictFinder``. Quotes of one document are not compared: there, other figures are for other cases.
Another population, condition, drug or measure is no conflict, unless one of the two speaks of all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from rag.datatypes import Conflict, Quote
from rag.ports import Judge
from rag.text import fold
from rag.verify.common import drugs_in, in_context, shown
from rag.verify.opposition import denial, differing_figures, shared_part, subject
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
        found = [(p, disagreement(*p) or self._judged(*p)) for p in pairs if same_subject(*p)]
        return [Conflict(quotes=tuple(newest_first(pair)), detail=detail) for pair, detail in found if detail]

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
