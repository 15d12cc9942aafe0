"""What speaks for a sentence as evidence, as numbers between 0 and 1.

Knows nothing of the encoder or of weights: similarities come in, features go out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.ports import Corpus
from rag.retrieve.question import AnswerKind, Question, Stems, Term, TermKind, stems
from rag.text import fold
from rag.vocabulary import population

FEATURES = (
    "similarity", "part_similarity", "context_similarity", "overlap", "context_overlap", "specific",
    "drugs",
    "missing", "kind", "retrieval", "population", "document",
)  # fmt: skip

_MOST_ROWS = 20_000
_STORY_WEIGHT = 0.4
"""A term of the story before the question counts this much of one in the question."""

_KIND_WEIGHT = {TermKind.DRUG: 2.0, TermKind.CODE: 1.5}
_DEFINED = re.compile(
    r"((?:[^\W\d_][\w\-]*[ \n]+){0,7}[^\W\d_][\w\-]*)\s\(([A-Za-z]{0,2}[A-Z][A-Za-z0-9\-]{1,9})\)"
)

_NUMBER = r"(?:\d+(?:[.,]\d+)*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|twenty)"
_SPAN = r"(?:\s*(?:[-–—]|to|or|and)\s*\d+(?:\.\d+)?)?"
_TIME = r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)"
_GIVES: dict[AnswerKind, re.Pattern[str]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        AnswerKind.DOSE: rf"{_NUMBER}{_SPAN}\s*(?:mg|mcg|µg|μg|ug|g\b|kg|ml|l\b|units?|iu|mme|mmol|meq|puffs?|tablets?|drops?)"
                         r"|\b(?:mme|mg|ml)\b|\bdos(?:e|es|age)\b.{0,40}\d",
        AnswerKind.DURATION: rf"{_NUMBER}{_SPAN}[\s-]*{_TIME}\b|\b(?:daily|weekly|monthly|annually|immediately|lifelong|"
                             r"indefinite\w*|continuous\w*|long-term|until)\b",
        AnswerKind.FREQUENCY: rf"\b(?:daily|weekly|monthly|yearly|annually|hourly|twice|once|thrice)\b|\bevery\b|\bper (?:day|week|month)\b"
                              rf"|{_NUMBER}\s+(?:times|divided)|\bdivided doses\b",
        AnswerKind.THRESHOLD: rf"[<>≤≥=]\s*\d|(?:above|below|under|over|than|least|most|exceed\w*|reach\w*|between|from|to|of|at|by|per|up to)\s+{_NUMBER}"
                              r"|\d\s*(?:%|mm\s?hg|mg/dl|mmol|or (?:more|higher|above|less|lower))|\d\s*[-–]\s*\d",
        AnswerKind.SHARE: r"\d\s*(?:%|percent|per cent|per 1\s?000)|\d+(?:\.\d+)?\s*(?:-|to|–)\s*\d+(?:\.\d+)?\b",
        AnswerKind.NUMBER: rf"\b{_NUMBER}\b",
        AnswerKind.STRENGTH: r"\b(?:strong|conditional|weak)(?:ly)?\b|\b(?:certainty|quality) of\b|\b(?:low|moderate|high|very low)[- ](?:certainty|quality)"
                             r"|\bcategory\s*:?\s*[A-D]\b|\bevidence type\b|\bgrade\b",
        AnswerKind.DEFINITION: r"\bdefined\b|\bis an?\b|\brefers? to\b|\bmeans\b|\bconsist\w*\b|\bduration\b|\bcharacteri[sz]ed\b|[<>≤≥]\s*\d|\bdefinition\b",
        AnswerKind.CONTRAINDICATION: r"\bcontra-?indicat\w+|\bavoid\w*|\bnot (?:be )?(?:used?|given?|recommended|advised|prescribed?|performed|suitable)"
                                     r"|\bshould not\b|\bdo not\b|\bcaution\w*|\bunsafe\b|\bharm\w*|\bexcept\b",
        AnswerKind.YES_NO: r"\b(?:should|recommend\w*|suggest\w*|advis\w+|must|may|can|not|need\w*|feasible|require\w*|consider\w*|defined)\b",
        AnswerKind.COMPARISON: r"\b(?:than|compared|versus|vs|prefer\w*|whereas|while|rather|higher|lower|more|less|order|respectively)\b",
        AnswerKind.LIST: r"[,;].*\b(?:and|or)\b|\binclud\w+|:\s|^\s*[•\-–*]",
    }.items()
}  # fmt: skip
_SECONDARY = frozenset({AnswerKind.YES_NO, AnswerKind.COMPARISON, AnswerKind.LIST, AnswerKind.DEFINITION})
"""Kinds that many questions carry beside what they want to know."""


class Rarity:
    """Inverse document frequency of stems over passages, from at most 20,000 evenly spaced ones."""

    def __init__(self, corpus: Corpus) -> None:
        rows = range(0, len(corpus), max(1, math.ceil(len(corpus) / _MOST_ROWS)))
        self.complete = len(rows) == len(corpus)
        """Whether every passage was counted, so that a count of 0 means "nowhere"."""
        self._total = max(len(rows), 1)
        self._counts: Counter[str] = Counter()
        self._short: dict[Stems, set[Stems]] = {}
        for start in range(0, len(rows), 512):
            for passage in corpus.passages(rows[start : start + 512]):
                self._counts.update(set(stems(f"{passage.text} {passage.header_text}")))
                for long, short in short_forms(passage.text):
                    self._short.setdefault(tuple(stems(long)), set()).add(tuple(stems(short)))
                    self._short.setdefault(tuple(stems(short)), set()).add(tuple(stems(long)))

    def of(self, form: Stems) -> float:
        """About 0 for a word of every passage, 1 for a word of none; a phrase is as rare as its rarest word."""
        least = min((self._counts[word] for word in form), default=self._total)
        return math.log((self._total + 1) / (least + 0.5)) / math.log(2 * (self._total + 1))

    def widened(self, term: Term) -> Term:
        """With the short and long forms these documents define: "albendazole (ALB)"."""
        more = {other for form in term.forms for other in self._short.get(form, ())}
        return replace(term, forms=term.forms | more) if more - term.forms else term

    def known(self, form: Stems) -> bool:
        return all(self._counts[word] for word in form)


def short_forms(text: str) -> Iterator[tuple[str, str]]:
    """(long, short) pairs that the text defines: "albendazole (ALB)", "sleep-disordered breathing (SDB)"."""
    for match in _DEFINED.finditer(text):
        words, short = re.split(r"[ \n]+", match[1]), match[2]
        letters = [c for c in short.lower() if c.isalpha()]
        for count in range(1, len(words) + 1):
            long = " ".join(words[-count:])
            if _abbreviates(letters, long.lower()):
                yield long, short
                break


def _abbreviates(letters: Sequence[str], long: str) -> bool:
    """The letters come in order in ``long``, the first of them first, and there is a word for most of them."""
    if len(letters) < 2 or not long.startswith(letters[0]) or len(long) < len(letters) + 2:
        return False
    rest = iter(long)
    if not all(letter in rest for letter in letters):
        return False
    words = re.findall(r"\w+", long)
    initials = {word[0] for word in words}
    return len(words) == 1 or sum(letter in initials for letter in letters) >= len(letters) - 1


class Bag:
    """A text as stems, to look for phrases in."""

    def __init__(self, *texts: str) -> None:
        self._line = " " + " | ".join(" ".join(stems(text)) for text in texts if text) + " "

    def holds(self, term: Term) -> bool:
        return any(f" {' '.join(form)} " in self._line for form in term.forms)


@dataclass(frozen=True)
class Weighted:
    """A term of the question and how much it tells."""

    term: Term
    weight: float


def weigh(question: Question, rarity: Rarity) -> list[Weighted]:
    """Rarer terms weigh more, terms of the story less; of several forms the commonest one counts."""
    weighted = []
    for term in map(rarity.widened, question.terms):
        rare = min((rarity.of(form) for form in term.forms if rarity.known(form)), default=1.0)
        factor = _KIND_WEIGHT.get(term.kind, 1.0) if term.focus else _STORY_WEIGHT
        weighted.append(Weighted(term, max(rare, 0.05) * factor))
    return weighted


def coverage(terms: Sequence[Weighted], bag: Bag) -> float:
    """Weighted share of the terms which the text holds; 1 when there are none."""
    total = sum(item.weight for item in terms)
    return sum(item.weight for item in terms if bag.holds(item.term)) / total if total else 1.0


def specific_terms(terms: Sequence[Weighted]) -> list[Weighted]:
    """Drugs, codes, tests and diseases: what a passage on the same subject must speak of."""
    return [item for item in terms if item.term.kind is not TermKind.WORD]


def asked_drugs(terms: Sequence[Weighted]) -> list[Weighted]:
    """Drugs in the part that asks: a passage that names none of them can hardly answer."""
    return [item for item in terms if item.term.kind is TermKind.DRUG and item.term.focus]


def kind_agreement(question: Question, sentence: str) -> float:
    """Share of the kinds of answer asked for that the sentence could give; 0.5 when none was recognised."""
    wanted = question.kinds - _SECONDARY or question.kinds
    if not wanted:
        return 0.5
    given = sum(bool(_GIVES[kind].search(sentence)) for kind in wanted) / len(wanted)
    return given * _counts(question, sentence)


def _counts(question: Question, sentence: str) -> float:
    """Share of what "how many" counts that the sentence names; 1 when nothing is to be counted."""
    if not question.counted:
        return 1.0
    held = set(stems(sentence))
    return sum(word in held for word in question.counted) / len(question.counted)


def population_agreement(question: Question, context: str) -> float:
    """1: the same people, or the question is about adults in general; 0.3: the text names none; 0: only others."""
    wanted = question.population - {"adult"}
    if not wanted:
        return 1.0
    found = population(context)
    if found & wanted:
        return 1.0
    return 0.0 if found & {"adult", "child", "older adult", "pregnancy"} else 0.3


def document_agreement(question: Question, name: str, *, all_names: frozenset[str]) -> float:
    """1: a document the question names; 0: another one; 0.5: the question names none there is."""
    named = {word for word in question.sources if word in all_names}
    if not named:
        return 0.5
    here = set(re.findall(r"[a-z]+|\d+", fold(name)))
    return len(named & here) / len(named)


def logistic(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """``1 / (1 + exp(-(bias + sum of weight times value)))``."""
    total = weights["bias"] + sum(weights[name] * value for name, value in values.items())
    return 1.0 / (1.0 + math.exp(-total))


def logit(share: float) -> float:
    """The inverse of the logistic function, kept within what six decimals can tell."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))
