"""Questions of the kinds that clinicians ask (dose, how long, how often, when not, harms, which of two), made by rule.

A sentence of an open article or abstract that names a drug and gives that kind of fact answers; the same sentence does
not answer about another drug, about another kind of fact that it does not give, or about people it excludes; and a
sentence on the same drug without the fact does not answer either. Nothing here reads a guideline.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pairs import TrainingPair, clean, lines, sentences_of
from support_data import BIOASQ_HELD_OUT, OPEN_TEXT

ANSWERS, NOT = 1, 0

_NUMBER = r"(?<![\w.])\d+(?:[.,]\d+)?(?:\s?(?:-|–|to)\s?\d+(?:\.\d+)?)?"
_TIME = r"(?:days?|weeks?|months?|years?|hours?|minutes?)"
FACTS: dict[str, re.Pattern[str]] = {
    "dose": re.compile(rf"{_NUMBER}\s?(?:mg|g|mcg|µg|μg|ug|IU|units|mL|ml|mg/kg|mg/day|mg/d)\b"),
    "duration": re.compile(
        rf"\bfor (?:(?:at least|up to|about|the first|a further) )?(?:{_NUMBER}|two|three|four|five|six|eight|ten|twelve)[ -]{_TIME}\b"
        rf"|{_NUMBER}[- ](?:day|week|month|year) (?:course|treatment|therapy|regimen|period)", re.IGNORECASE
    ),
    "frequency": re.compile(
        rf"\b(?:once|twice|three times|four times|\d times)(?: a| per| each)?[- ]?(?:daily|day|weekly|week|month|year)\b|\b(?:daily|weekly|monthly)\b"
        rf"|\bevery (?:\d+|two|three|four|six|eight|twelve) {_TIME}\b|\b[btq]id\b", re.IGNORECASE
    ),
    "avoid": re.compile(r"\b(?:contraindicat|should not (?:be|receive|take)|must not|avoid|not recommended|excluded)", re.IGNORECASE),
    "harms": re.compile(r"\b(?:adverse|side[- ]effects?|toxicit|safety|tolerat|bleeding|nausea|hypotension)", re.IGNORECASE),
    "effect": re.compile(r"\b(?:reduc|improv|decreas|increas|prevent|effective|efficacy|superior|benefit)\w*", re.IGNORECASE),
    "share": re.compile(r"\d(?:\.\d+)?\s?%|\b\d+ of \d+\b|\b(?:proportion|rate|incidence|prevalence) (?:of|was|were)\b", re.IGNORECASE),
}  # fmt: skip
ASKED: dict[str, tuple[str, ...]] = {
    "dose": ("What dose of {d}?", "{d}: dose?", "How much {d} is given?", "{d} dose", "What is the dose of {d}{p}?", "Which {d} dose is used{p}?",
             "How many mg of {d}?", "starting dose of {d}?", "mg of {d}{p}?", "Giving {d}{p}: how much?", "What amount of {d} was used{p}?"),
    "duration": ("How long is {d} given?", "{d}: for how long?", "Duration of {d}{p}?", "For how many days or weeks is {d} given{p}?", "How long should {d} go on?"),
    "frequency": ("How often is {d} given?", "{d}: how often?", "What is the interval between doses of {d}?", "How many times a day is {d} taken{p}?"),
    "avoid": ("When is {d} contraindicated?", "Who should not take {d}?", "{d}: when to avoid?", "In whom is {d} not used?"),
    "harms": ("What are the side effects of {d}?", "Is {d} safe{p}?", "{d}: harms?", "Which adverse events does {d} cause?"),
    "effect": ("Does {d} work{p}?", "What is the effect of {d}{p}?", "Is {d} effective{p}?", "What does {d} improve?"),
    "share": ("In what share of patients on {d} was it seen?", "How many patients on {d}?", "What percentage with {d}?"),
}  # fmt: skip
_CHILD = re.compile(
    r"\b(?:child|children|infants?|neonat\w+|pediatric|paediatric|adolescents?)\b", re.IGNORECASE
)
_ADULT = re.compile(r"\b(?:adults?|elderly|older (?:people|adults)|men|women)\b", re.IGNORECASE)


class Fact(NamedTuple):
    """A sentence that gives one kind of fact about one of the drugs it names."""

    text: str
    drug: str
    kind: str
    kinds: frozenset[str]
    """All kinds of fact that the sentence gives."""


_EACH = 1100
"""Most facts of one kind."""
_PHRASINGS = {"dose": 4, "duration": 5, "frequency": 4, "avoid": 4}
"""Questions made of one fact; the kinds that articles seldom state get more, so that none is only ever a near miss."""


def clinical_pairs(data: Path, *, seed: int) -> list[TrainingPair]:
    """About as many near misses as answers for each kind of question."""
    chance = random.Random(seed)
    facts = list(_facts(_sentences(data)))
    chance.shuffle(facts)
    by_drug: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_drug[fact.drug].append(fact)
    drugs, found = sorted(by_drug), []
    for kind in ASKED:
        for fact in [fact for fact in facts if fact.kind == kind][:_EACH]:
            for asked in chance.sample(ASKED[kind], min(_PHRASINGS.get(kind, 1), len(ASKED[kind]))):
                found += _of(fact, asked, by_drug[fact.drug], drugs, chance)
    chance.shuffle(found)
    return found


def _of(
    fact: Fact, asked: str, same: Sequence[Fact], drugs: Sequence[str], chance: random.Random
) -> Iterator[TrainingPair]:
    """One answer and one near miss, or two."""
    people = _people(fact.text, chance)
    question = asked.format(d=fact.drug, p=people)
    yield TrainingPair(question, fact.text, ANSWERS, f"clinical:{fact.kind}")
    misses = []
    other_drug = chance.choice(drugs)
    if other_drug not in fact.text.lower():
        misses.append(
            TrainingPair(asked.format(d=other_drug, p=people), fact.text, NOT, "clinical:other_drug")
        )
    without = [other for other in same if fact.kind not in other.kinds]
    if without:
        misses.append(TrainingPair(question, chance.choice(without).text, NOT, "clinical:same_drug"))
    wrong = _other_people(people)
    if wrong:
        misses.append(
            TrainingPair(asked.format(d=fact.drug, p=wrong), fact.text, NOT, "clinical:other_people")
        )
    lacking = [kind for kind in _PHRASINGS if kind not in fact.kinds]
    if lacking and chance.random() < 0.3:
        other = chance.choice(ASKED[chance.choice(lacking)]).format(d=fact.drug, p="")
        misses.append(TrainingPair(other, fact.text, NOT, "clinical:other_fact"))
    yield from chance.sample(misses, min(len(misses), 1 if chance.random() < 0.7 else 2))


def _other_people(people: str) -> str:
    return {" in children": " in adults", " in adults": " in children"}.get(people, "")


def _people(text: str, chance: random.Random) -> str:
    """The people the sentence names, every other time."""
    if chance.random() < 0.5:
        return ""
    if _CHILD.search(text) and not _ADULT.search(text):
        return " in children"
    return " in adults" if _ADULT.search(text) and not _CHILD.search(text) else ""


def _facts(sentences: Sequence[str]) -> Iterator[Fact]:
    """For each kind of fact the drug that is named last before it, of at most three drugs in the sentence."""
    from rag.vocabulary import drug_names

    for text in sentences:
        mentions = drug_names(text)
        if not 1 <= len({mention.name for mention in mentions}) <= 3:
            continue
        places = {kind: match.start() for kind, pattern in FACTS.items() if (match := pattern.search(text))}
        for kind, place in places.items():
            before = [mention for mention in mentions if mention.end <= place]
            owner = before[-1] if before else mentions[0]
            yield Fact(text, owner.name, kind, frozenset(places))


def _sentences(data: Path) -> list[str]:
    """Openly licensed trials, BioASQ snippets that are gold for no measured question, SciFact abstracts."""
    open_articles = {
        row["doc_id"].removeprefix("PMC")
        for row in lines(data / "entailment" / "evidence_inference.jsonl.gz")
        if row["text_licence"] in OPEN_TEXT
    }
    folder = data / "retrieval" / "bioasq"
    questions = list(lines(folder / "questions.jsonl"))[:BIOASQ_HELD_OUT]
    measured = {name for question in questions for name in question["gold_snippets"]}
    texts = [
        *(
            a["text"]
            for a in lines(data / "evidence_inference" / "articles.jsonl.gz")
            if a["pmcid"] in open_articles
        ),
        *(s["text"] for s in lines(folder / "snippets.jsonl") if s["snippet_id"] not in measured),
        *(" ".join(a["sentences"]) for a in lines(data / "retrieval" / "scifact" / "corpus.jsonl")),
    ]
    found = dict.fromkeys(s for text in texts for s in sentences_of(text))
    return [clean(s) for s in found if 6 <= len(s.split()) <= 50 and "<" not in s]
