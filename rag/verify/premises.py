"""What a question takes for granted, verified like a claim: supported, refuted or not found, with the quotes.

A premise is refuted only by a sentence about the same thing that speaks against it, by rule or by the judge, more
clearly than any sentence speaks for it. With a second opinion, whoever gives it reads the sentences that rules and judge
find most telling. It is confirmed only by a sentence against which no rule speaks, whoever reads it. Fits
``ports.PremiseChecker``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.datatypes import Evidence, Premise, PremiseOutcome, Quote
from rag.ports import Check, CheckInput, Judge, Judgement, QuoteSource, Retriever, SecondOpinion, Selector
from rag.settings import VerificationSettings
from rag.text import content_stems
from rag.verify.asserted import core, premises_of
from rag.verify.candidates import candidates
from rag.verify.case import Case
from rag.verify.common import in_context, shown
from rag.verify.drugs import Drugs
from rag.verify.exchange import Exchange
from rag.verify.negation import Negation
from rag.verify.numbers import Numbers
from rag.verify.opposition import ANNOUNCES_LIST, NO_RULE, group_of, opposition, sets_rule
from rag.verify.population import Population
from rag.verify.saying import bounds, excepted, figures, says, told_otherwise
from rag.verify.strength import Strength
from rag.verify.subject import frame_of, met, on_topic, other_drugs, other_people
from rag.verify.surroundings import Surroundings

_PASSAGES = 20
_LEAST_SHARED = 0.5
"""Share of the premise's subject that a sentence, read under its headings, must speak of to be for or against it."""


class RetrievedPremises:
    """Looks each premise up: retrieve with it, choose sentences, compare by rule, ask the judge."""

    def __init__(
        self,
        retriever: Retriever,
        judge: Judge,
        settings: VerificationSettings,
        *,
        selector: Selector | None = None,
        second: SecondOpinion | None = None,
    ) -> None:
        self._retriever, self._judge, self._settings, self._selector = retriever, judge, settings, selector
        self._second = second

    def check(self, question: str, documents: QuoteSource) -> list[Premise]:
        return self.check_statements(premises_of(question)[: self._settings.premises], documents)

    def check_statements(self, premises: Sequence[str], documents: QuoteSource) -> list[Premise]:
        """The same for premises as plain statements."""
        return [self._checked(text, documents) for text in premises]

    def _checked(self, premise: str, documents: QuoteSource) -> Premise:
        statement = core(premise)
        if not content_stems(statement):
            return Premise(text=premise or "–", outcome=PremiseOutcome.NOT_FOUND, detail="it says nothing")
        items = self._candidates(statement, documents)
        judgements = self._judgements(statement, items)
        seen = [
            _seen(statement, item, judgement, items, documents)
            for item, judgement in zip(items, judgements, strict=True)
        ]
        if self._second is None or not self._settings.premise_read:
            return decide(premise, seen, self._settings)
        read = self._read(self._second, statement, judgements, seen)
        return decide_read(premise, statement, seen, read, self._settings)

    def _read(
        self, second: SecondOpinion, statement: str, judgements: Sequence[Judgement], seen: Sequence[Seen]
    ) -> list[Seen]:
        """The most telling sentences with the second opinion of them."""
        read = _to_read(seen, judgements, most=self._settings.premise_read)
        said = second.again(
            [[_in_list(seen[i].quote)] for i in read], [statement] * len(read), [judgements[i] for i in read]
        )
        return [
            seen[i]._replace(
                supports=one.supports if seen[i].holds else 0.0, spoken=one.supports,
                refutes=min(1.0, one.refutes + _HINTED * seen[i].hint),
            )
            for i, one in zip(read, said, strict=True)
        ]  # fmt: skip

    def _candidates(self, statement: str, documents: QuoteSource) -> list[Evidence]:
        """What the selector would show for the premise, and the sentences that share most words with it."""
        hits = self._retriever.retrieve(statement, k=_PASSAGES)
        group = group_of(statement)
        chosen = self._selector.select(statement, hits).evidence if self._selector else ()
        known = [item.quote for item in chosen]
        most = self._settings.premise_sentences
        denying = candidates(statement, hits, documents, most=most // 2, tried=known, only=_DENIES)
        if group:
            listing = self._retriever.retrieve(f"start with {group}: initial treatment", k=_PASSAGES)
            denying += candidates(group, listing, documents, most=most // 2, tried=known, only=ANNOUNCES_LIST)
        if sets_rule(statement):
            loose = self._retriever.retrieve(
                f"{statement} not an inflexible, rigid standard or limit", k=_PASSAGES
            )
            denying += candidates(statement, loose, documents, most=most // 2, tried=known, only=NO_RULE)
        known += [item.quote for item in denying]
        shared = candidates(statement, hits, documents, most=max(1, most - len(denying)), tried=known)
        return [*chosen, *denying, *shared]

    def _judgements(self, statement: str, items: Sequence[Evidence]) -> list[Judgement]:
        if not items:
            return []
        return self._judge.judge([[in_context(item.quote)] for item in items], [statement] * len(items))


_DENIES = re.compile(
    r"\b(?:not|no|never|cannot|avoid\w*|without|contra-?indicated|unsafe|instead|rather|only|continuous\w*|prohibit\w*|forbid\w*|withdrawn|replace[sd]?"
    r"|formerly|previously|before,|earlier|optional|regardless|whatever|whether or not|fail\w*)\b|n't\b"
)
"""Words of sentences that speak against something: half of the sentences looked at have one."""


def _to_read(seen: Sequence[Seen], judgements: Sequence[Judgement], *, most: int) -> list[int]:
    """Places of the most telling sentences, and of two that say most of the statement, figures and all."""
    near = [i for i, one in enumerate(seen) if not one.apart]
    telling = [one.hint + said.supports + said.refutes for one, said in zip(seen, judgements, strict=True)]
    saying = sorted((i for i in near if seen[i].words >= _MOST), key=lambda i: -seen[i].words)
    return list(dict.fromkeys([*sorted(near, key=lambda i: -telling[i])[:most], *saying[:_SAYING]]))


_SAYING = 2
_MOST, _NEARLY_ALL = 0.75, 0.9
"""Share of what a premise speaks of."""


class Seen(NamedTuple):
    """One sentence beside a premise."""

    quote: Quote
    supports: float
    """0..1; 0 where a rule or what stands around the sentence forbids it."""
    refutes: float
    """0..1; 0 where the sentence is about something else."""
    detail: str = ""
    words: float = 0.0
    """Share of what the premise speaks of that the sentence says, where no rule is against it: a sentence that says
    the same in the same words outweighs another that seems to deny it."""
    hint: float = 0.0
    """How strongly a rule sees a contradiction."""
    apart: bool = False
    """About other people or another drug: nobody's judgement of it counts, though a rule may see another put first."""
    holds: bool = True
    """No rule, and nothing that stands around the sentence, forbids that it confirm the statement."""
    spoken: float = 0.0
    """What a second opinion makes of its support, whatever the rules say: it keeps the premise from being refuted."""


def _seen(
    statement: str, item: Evidence, judgement: Judgement, among: Sequence[Evidence], documents: QuoteSource
) -> Seen:
    if other_people(statement, item.quote, item.before):
        return Seen(item.quote, 0.0, 0.0, apart=True)
    against = opposition(statement, item.quote, item.before)
    frame = frame_of(item.quote, item.before)
    about = met(statement, frame) >= _LEAST_SHARED and on_topic(statement, frame)
    apart = bool(other_drugs(statement, item.quote, item.before))
    about = about and not apart
    given = CheckInput(statement, statement, (item.quote,), tuple(among), documents)
    denies = not Negation()(given).passed
    fits = about and not denies and against.strength < _HINT and Drugs()(given).passed
    fits = fits and figures(statement) <= figures(item.quote.text)
    holds = fits and bounds(statement) <= bounds(shown(item.quote))
    holds = holds and not excepted(statement, item.quote) and not told_otherwise(statement, item.quote)
    holds = holds and all(check(given).passed for check in _CHECKS)
    said = SAID if holds and says(statement, item.quote, frame) else 0.0
    hinted = against.strength >= _HINT or denies
    judged = judgement.refutes * (1.0 if hinted else _ALONE) if about or against.strength >= _HINT else 0.0
    return Seen(
        item.quote, max(judgement.supports, said) if holds else 0.0, max(against.strength, judged),
        against.detail or "the documents say otherwise",
        met(statement, in_context(item.quote)) if fits else 0.0, against.strength, apart, holds,
    )  # fmt: skip


_CHECKS: tuple[Check, ...] = (Numbers(), Population(), Strength(), Exchange(), Surroundings(), Case())
"""Of the checks of a claim, those that a sentence must pass to confirm; that it be restated whole is not asked."""
SAID = 0.95
"""Support by a sentence that says all the statement does, in other words of the same kinds."""
_HINT = 0.3
"""Strength of an opposition from which a sentence is no support."""
_ALONE = 0.5
"""What the judge's word counts where no rule hints at a contradiction: by itself too little to refute."""


def decide(premise: str, seen: Sequence[Seen], settings: VerificationSettings) -> Premise:
    """The clearest sentence decides; a premise that no sentence clearly supports or refutes is not found."""
    refusal = max(seen, key=lambda one: one.refutes, default=None)
    spoken = max((max(one.supports, one.words) for one in seen), default=0.0)
    if refusal and refusal.refutes >= max(settings.refute_threshold, spoken):
        return _premise(premise, PremiseOutcome.REFUTED, refusal, refusal.refutes)
    return _not_refuted(premise, seen, settings)


def _not_refuted(premise: str, seen: Sequence[Seen], settings: VerificationSettings) -> Premise:
    support = max(seen, key=lambda one: one.supports, default=None)
    if support is None:
        return Premise(text=premise, outcome=PremiseOutcome.NOT_FOUND, detail="no passage is near it")
    if support.supports >= settings.confirm_threshold:
        return _premise(premise, PremiseOutcome.SUPPORTED, support, support.supports)
    return Premise(text=premise, outcome=PremiseOutcome.NOT_FOUND, score=support.supports,
                   detail="no sentence clearly supports or refutes it")  # fmt: skip


def _stands(statement: str, seen: Sequence[Seen]) -> bool:
    """A sentence has the statement's figures, two or more of them or with nearly all its words."""
    ours = figures(statement)
    return bool(ours) and any(
        one.words >= _NEARLY_ALL or (len(ours) > 1 and ours <= figures(one.quote.text)) for one in seen
    )


def _in_list(quote: Quote) -> str:
    """The sentence below its heading and the line that opens its list."""
    return " ".join((*reversed(quote.lead_in), in_context(quote)))


_HINTED = 0.25
"""What a rule that sees a contradiction adds to the second opinion."""
_SPOKEN_FOR = 0.6
"""A premise that a sentence supports so clearly is not refuted by another: what is said for some case is no contradiction."""


def decide_read(
    premise: str, statement: str, seen: Sequence[Seen], read: Sequence[Seen], settings: VerificationSettings
) -> Premise:
    """The same where a second opinion was heard of the sentences ``read``: refuted by it, or by a clear rule on any
    sentence ``seen``, unless a sentence says it or has its figures."""
    spoken = max((one.spoken for one in read), default=0.0)
    if spoken < _SPOKEN_FOR and not _stands(statement, seen):
        refusal = max(read, key=lambda one: one.refutes, default=None)
        if refusal and refusal.refutes >= settings.read_refute_threshold:
            return _premise(premise, PremiseOutcome.REFUTED, refusal, refusal.refutes)
        ruled = max(seen, key=lambda one: one.hint, default=None)
        if ruled and ruled.hint >= settings.refute_threshold:
            return _premise(premise, PremiseOutcome.REFUTED, ruled, ruled.hint)
    return _not_refuted(premise, read, settings)


def _premise(premise: str, outcome: PremiseOutcome, seen: Seen, score: float) -> Premise:
    detail = seen.detail if outcome is PremiseOutcome.REFUTED else ""
    return Premise(text=premise, outcome=outcome, quotes=(seen.quote,), score=min(1.0, score), detail=detail)
