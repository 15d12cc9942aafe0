"""What is tried for a claim that failed a check before it is dropped: other quotes, the words of its own quote, another search.

A claim whose fault is what it is about is dropped at once: no quote mends that. Every trial runs all required checks
with the same thresholds. Each step is kept as a Rung. Fits ``ports.Ladder``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from rag.datatypes import Claim, Draft, Evidence, Finding, FindingStatus, Hit, Quote, Rung
from rag.ports import QuoteSource, Requoter, Retriever, Timer, Verifier
from rag.settings import CheckName, Settings
from rag.verify.common import in_context
from rag.verify.decision import decide
from rag.verify.judges import containment

_ABOUT: frozenset[CheckName] = frozenset({"relevance", "answers", "restatement"})
"""Checks whose failure no other quote mends: the claim is about something else."""


class QuoteLadder:
    """Re-quote, repeat, re-retrieve, drop, for the first few failed claims of a draft."""

    def __init__(
        self, requoter: Requoter, retriever: Retriever, verifier: Verifier, settings: Settings
    ) -> None:
        self._requoter, self._retriever, self._verifier = requoter, retriever, verifier
        self._settings, self._limits = settings, settings.verification

    def climb(self, question: str, draft: Draft, findings: Sequence[Finding], dropped: Sequence[int], *,
              hits: Sequence[Hit], evidence: Sequence[Evidence], documents: QuoteSource,
              timed: Timer) -> list[Rung]:  # fmt: skip
        """Every step taken for the claims that were ``dropped``, in order; a "mended" one ends a claim's."""
        mendable = [index for index in dropped if _is_mendable(draft, index, findings)]
        rungs: list[Rung] = []
        for index in dropped:
            case = _Case(question, draft, index, tuple(evidence), documents)
            if index in mendable[: self._limits.ladder_claims]:
                rungs += self._steps(case, hits, timed)
            if not rungs or rungs[-1].claim != index or rungs[-1].outcome != "mended":
                rungs.append(_rung(case, "drop", "done", detail=_why(draft, index, findings)))
        return rungs

    def _steps(self, case: _Case, hits: Sequence[Hit], timed: Timer) -> list[Rung]:
        with timed("requote"):
            rungs = [self._tried(case, "requote", hits)]
        if rungs[-1].outcome == "not_mended" and (own := _own_sentences(case.claim)):
            with timed("repeat"):
                rungs.append(self._repeated(case, own[: self._limits.ladder_trials]))
        if rungs[-1].outcome == "not_mended":
            with timed("reretrieve"):
                seen = {hit.passage_id for hit in hits}
                again = self._retriever.retrieve(case.claim.text, k=self._settings.selection.passages)
                unseen = [hit for hit in again if hit.passage_id not in seen]
                rungs.append(self._tried(case, "reretrieve", unseen))
        return rungs

    def _repeated(self, case: _Case, own: Sequence[Quote]) -> Rung:
        """Mended by the first of these quotes that, said word for word, passes every required check."""
        for quote in own:
            said = Claim(text=quote.text, quotes=(quote,))
            findings = self._passed(case, said, case.evidence)
            if findings:
                return _rung(case, "repeat", "mended", text=quote.text, quotes=said.quotes, findings=findings)
        return _rung(case, "repeat", "not_mended", detail="in the words of its sentence it fails as well")

    def _passed(self, case: _Case, claim: Claim, shown: Sequence[Evidence]) -> tuple[Finding, ...]:
        """The findings on the claim in the place of the one that failed; none where a required check does not pass."""
        trial = Draft(attempt=case.draft.attempt, answerable=True, claims=(claim,), raw="")
        findings = self._verifier.verify(case.question, trial, shown, case.documents)
        if not decide(trial, findings, self._limits.required).released:
            return ()
        return tuple(finding.model_copy(update={"claim": case.number}) for finding in findings)

    def _tried(self, case: _Case, step: Literal["requote", "reretrieve"], hits: Sequence[Hit]) -> Rung:
        """Mended by the first set of other quotes with which the claim passes every required check."""
        proposed = self._requoter.requote(case.claim.text, hits, case.documents, tried=case.claim.quotes)
        sets = list(_sets(_as_selected(proposed, case.evidence)))[: self._limits.ladder_trials]
        for items in sets:
            quotes = tuple(item.quote for item in items)
            shown = (*case.evidence, *(item for item in items if item not in case.evidence))
            findings = self._passed(case, Claim(text=case.claim.text, quotes=quotes), shown)
            if findings:
                return _rung(case, step, "mended", quotes=quotes, findings=findings)
        return _rung(case, step, "not_mended", detail=_tally(len(proposed), len(sets)))


class _Case(NamedTuple):
    """One claim that failed."""

    question: str
    draft: Draft
    number: int
    evidence: tuple[Evidence, ...]
    documents: QuoteSource

    @property
    def claim(self) -> Claim:
        return self.draft.claims[self.number]


def _own_sentences(claim: Claim) -> list[Quote]:
    """The quotes that say what the claim says, in other words; a sentence about something else is not told in its place."""
    return [
        quote
        for quote in claim.quotes
        if quote.text != claim.text and containment([in_context(quote)], claim.text) >= _SAME_MATTER
    ]


_SAME_MATTER = 0.6
"""Share of the claim's content words that its sentence has."""


def _rung(case: _Case, step: str, outcome: str, **more: object) -> Rung:
    told = {"attempt": case.draft.attempt, "claim": case.number, "step": step, "outcome": outcome, **more}
    return Rung.model_validate(told)


def _tally(proposed: int, tried: int) -> str:
    if not proposed:
        return "no other sentence supports the statement"
    return f"with other sentences ({tried} tried) the statement fails its checks as well"


def _sets(proposed: Sequence[Evidence]) -> Iterator[tuple[Evidence, ...]]:
    """Each alone, the likeliest first; the likeliest two together come second."""
    for place, item in enumerate(proposed):
        yield (item,)
        if place == 0 and len(proposed) > 1:
            yield tuple(proposed[:2])


def _as_selected(proposed: Sequence[Evidence], selected: Sequence[Evidence]) -> list[Evidence]:
    """What the selector has scored for the question keeps that score."""
    known = {(e.quote.document_id, e.quote.start, e.quote.end): e for e in selected}
    return [known.get((e.quote.document_id, e.quote.start, e.quote.end), e) for e in proposed]


def _failed(draft: Draft, index: int, findings: Sequence[Finding]) -> list[Finding]:
    return [
        f for f in findings
        if f.attempt == draft.attempt and f.claim == index and f.status is FindingStatus.FAILED
    ]  # fmt: skip


def _is_mendable(draft: Draft, index: int, findings: Sequence[Finding]) -> bool:
    failed = _failed(draft, index, findings)
    return bool(failed) and not any(finding.check in _ABOUT for finding in failed)


def _why(draft: Draft, index: int, findings: Sequence[Finding]) -> str:
    return "; ".join(dict.fromkeys(f.detail or f.check for f in _failed(draft, index, findings)))
