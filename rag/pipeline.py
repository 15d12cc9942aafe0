"""ask(question) -> Record: the steps and nothing else.

Screen, check premises, retrieve, select, write, check, climb, decide. Each step may say no; all of it is kept.
Knows nothing about models, files or terminals: parts come in through ``rag.ports``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from rag.answer.compose import compose, correct
from rag.answer.screen import screen
from rag.answer.sources import source_notes
from rag.answer.wording import doubt
from rag.datatypes import (
    Answer,
    Claim,
    Conflict,
    Draft,
    Evidence,
    Finding,
    FindingStatus,
    Hit,
    Ids,
    Premise,
    PremiseOutcome,
    Record,
    Rung,
    Scope,
    Selection,
    Status,
    Verdict,
)
from rag.errors import WriterError
from rag.ports import ConflictFinder, Corpus, Drafter, Ladder, PremiseChecker, Retriever, Selector, Verifier
from rag.settings import Settings
from rag.verify.completeness import missing
from rag.verify.decision import decide

_OFF_TOPIC = frozenset({"relevance", "case", "answers"})
"""Checks that judge what a claim is about, and for whom; failing the others is a fault of its wording."""


@dataclass(frozen=True)
class Parts:
    """One object for each port of the pipeline; any of them can be replaced."""

    corpus: Corpus
    retriever: Retriever
    selector: Selector
    drafter: Drafter
    verifier: Verifier
    premises: PremiseChecker | None = None
    """None: what a question takes for granted is not looked at."""
    ladder: Ladder | None = None
    """None: a claim that fails a check is dropped at once."""
    conflicts: ConflictFinder | None = None
    """None: sources are not compared with each other."""


def ask(
    question: str,
    parts: Parts,
    settings: Settings,
    *,
    ids: Ids,
    notices: Sequence[str] = (),
    scope: Scope | None = None,
) -> Record:
    """Answer from the documents, or abstain. Never raises for what a question or a document contains.

    ``scope`` is that of the retriever in ``parts``, with its day; it is written down and shown, not applied here.
    """
    question = question.encode("utf-8", "replace").decode()  # a lone surrogate cannot be tokenised or stored
    trace = _Trace(question=question, ids=ids, notices=tuple(notices), scope=scope)
    declined = screen(question)
    if declined is not None:
        return trace.abstain(declined)
    if parts.premises is not None:
        with trace.step("premises"):
            trace.premises = parts.premises.check(question, parts.corpus)
    if trace.refuted():
        return trace.correct()
    with trace.step("retrieve"):
        trace.hits = parts.retriever.retrieve(question, k=settings.selection.passages)
    with trace.step("select"):
        trace.selection = parts.selector.select(question, trace.hits)
    if not trace.selection.evidence:
        return trace.abstain(trace.selection.reason or "no evidence was selected")
    for attempt in range(1, settings.writing.attempts + 1):
        if not trace.evidence():
            break
        try:
            draft, released = _attempt(attempt, trace, parts, settings)
        except WriterError as error:
            if error.retryable:
                raise
            return trace.abstain(f"The writer could not answer: {error}.")
        if released:
            return trace.answer(draft, released, parts.conflicts)
        if attempt > 1 and not draft.claims and draft.error is None:
            break
    return trace.abstain(_why_nothing_remains(trace.drafts, trace.findings))


def _attempt(attempt: int, trace: _Trace, parts: Parts, settings: Settings) -> tuple[Draft, dict[int, Claim]]:
    """One draft, checked, and its claims that may be shown, by index. All is kept in the trace."""
    evidence = trace.evidence()
    with trace.step("write"):
        draft = parts.drafter.draft(trace.question, evidence, attempt=attempt, failures=trace.failures())
    with trace.step("verify"):
        findings = parts.verifier.verify(trace.question, draft, evidence, parts.corpus)
    verdict = decide(draft, findings, settings.verification.required)
    if trace.refused():
        verdict = _doubted(verdict, findings, settings.verification.overrule_threshold)
    trace.drafts.append(draft)
    trace.findings.extend(findings)
    trace.verdicts.append(verdict)
    released = {index: draft.claims[index] for index in verdict.released}
    if parts.ladder is not None and verdict.dropped:
        rungs = parts.ladder.climb(
            trace.question, draft, findings, verdict.dropped, hits=trace.hits, evidence=evidence,
            documents=parts.corpus, timed=trace.step,
        )  # fmt: skip
        doubted = settings.verification.overrule_threshold if trace.refused() else None
        released |= _mended(draft, rungs, settings, doubted=doubted)
        trace.rungs.extend(rungs)
    return draft, dict(sorted(released.items()))


def _mended(
    draft: Draft, rungs: Sequence[Rung], settings: Settings, *, doubted: float | None
) -> dict[int, Claim]:
    """Claims that other quotes carry, or that now are their quote: decided like the draft itself, on the findings with those quotes."""
    found = {}
    for rung in rungs:
        if rung.outcome == "mended" and rung.quotes:
            claim = Claim(text=rung.text or draft.claims[rung.claim].text, quotes=rung.quotes)
            alone = Draft(attempt=draft.attempt, answerable=True, claims=(claim,), raw="")
            findings = [f.model_copy(update={"claim": 0}) for f in rung.findings if f.claim == rung.claim]
            verdict = decide(alone, findings, settings.verification.required)
            if doubted is not None:
                verdict = _doubted(verdict, findings, doubted)
            if verdict.released:
                found[rung.claim] = claim
    return found


@dataclass
class _Trace:
    """What has happened so far; becomes the Record."""

    question: str
    ids: Ids
    notices: tuple[str, ...]
    scope: Scope | None = None
    asked_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    started: float = field(default_factory=time.perf_counter)
    hits: list[Hit] = field(default_factory=list)
    selection: Selection | None = None
    drafts: list[Draft] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    rungs: list[Rung] = field(default_factory=list)
    premises: list[Premise] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the wall-clock time of the block to ``seconds[name]``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def evidence(self) -> tuple[Evidence, ...]:
        """What was selected, without what an earlier draft showed not to answer the question."""
        off_topic = {(f.attempt, f.claim) for f in _failed(self.findings) if f.check in _OFF_TOPIC}
        spent = {
            quote
            for draft in self.drafts
            for number, claim in enumerate(draft.claims)
            if (draft.attempt, number) in off_topic
            for quote in claim.quotes
        }
        selected = self.selection.evidence if self.selection else ()
        return tuple(item for item in selected if item.quote not in spent)

    def refused(self) -> bool:
        """Has the writer said before that the evidence holds no answer?"""
        return any(not draft.claims and draft.error is None for draft in self.drafts)

    def failures(self) -> list[str]:
        """What was wrong with the drafts so far, to be told to the writer."""
        errors = [draft.error for draft in self.drafts if draft.error]
        return errors + [_failure_text(self.drafts, finding) for finding in _failed(self.findings)]

    def refuted(self) -> list[Premise]:
        return [premise for premise in self.premises if premise.outcome is PremiseOutcome.REFUTED]

    def correct(self) -> Record:
        """The refuted premises, and no answer to what rests on them: it would tell how to do the wrong thing."""
        return self._record(Status.PARTIAL, correct(self.refuted()), [_RESTS_ON_IT])

    def abstain(self, reason: str) -> Record:
        if self.drafts:
            last = self.drafts[-1].attempt
            self.rungs += [
                Rung(attempt=last, claim=index, step="abstain", outcome="done")
                for index in range(len(self.drafts[-1].claims))
            ]
        return self._record(Status.ABSTAINED, None, [reason])

    def answer(self, draft: Draft, released: dict[int, Claim], conflicts: ConflictFinder | None) -> Record:
        answer = compose(list(released.values()))
        if conflicts is not None:
            self.conflicts = self._conflicts(answer, conflicts)
        lacking = [f"{text}." for text in missing(self.question, answer.claims)]
        dropped = [index for index in range(len(draft.claims)) if index not in released]
        lacking += [_drop_text(index, draft, self.findings) for index in dropped]
        return self._record(Status.PARTIAL if lacking else Status.ANSWERED, answer, lacking)

    def _conflicts(self, answer: Answer, finder: ConflictFinder) -> list[Conflict]:
        """Sources that disagree with something that is quoted in the answer, or both are."""
        quoted = [quote for claim in answer.claims for quote in claim.quotes]
        selected = [item.quote for item in self.selection.evidence] if self.selection else []
        with self.step("conflicts"):
            found = finder.find([*quoted, *selected])
        return [conflict for conflict in found if any(quote in quoted for quote in conflict.quotes)]

    def _record(self, status: Status, answer: Answer | None, lacking: Sequence[str]) -> Record:
        self.seconds["total"] = time.perf_counter() - self.started
        claims = answer.claims if answer else ()
        doubts = [doubt(p) for p in self.premises if p.outcome is PremiseOutcome.NOT_FOUND]
        quoted = [quote.notice for claim in claims for quote in claim.quotes if quote.notice]
        if self.scope is not None:
            sources = [quote for claim in claims for quote in claim.quotes]
            quoted = [*source_notes(sources, self.scope), *quoted]
        identity = f"{self.question}\n{self.asked_at}\n{self.ids.model_dump_json()}"
        return Record(
            id=sha256(identity.encode()).hexdigest()[:16],
            question=self.question,
            asked_at=self.asked_at,
            status=status,
            answer=answer.text if answer else None,
            claims=claims,
            reason=" ".join(lacking) or None,
            notices=tuple(dict.fromkeys([*doubts, *self.notices, *quoted])),
            hits=tuple(self.hits),
            selection=self.selection,
            drafts=tuple(self.drafts),
            findings=tuple(self.findings),
            verdicts=tuple(self.verdicts),
            rungs=tuple(self.rungs),
            premises=tuple(self.premises),
            conflicts=tuple(self.conflicts),
            scope=self.scope,
            seconds={step: round(seconds, 4) for step, seconds in self.seconds.items()},
            ids=self.ids,
        )


_RESTS_ON_IT = "What was asked rests on this, so it is not answered."


def _doubted(verdict: Verdict, findings: Sequence[Finding], threshold: float) -> Verdict:
    """Without the claims that do not clearly answer: the writer has doubted that there is an answer."""
    sure = {
        f.claim for f in findings if f.check == "answers" and f.score is not None and f.score >= threshold
    }
    released = tuple(claim for claim in verdict.released if claim in sure)
    dropped = tuple(sorted({*verdict.dropped, *verdict.released} - set(released)))
    return verdict.model_copy(update={"released": released, "dropped": dropped})


def _failed(findings: Sequence[Finding]) -> list[Finding]:
    """What failed; what could not run only where nothing failed."""
    failed = [finding for finding in findings if finding.status is FindingStatus.FAILED]
    told = {(finding.attempt, finding.claim) for finding in failed}
    unrun = [
        f for f in findings if f.status is FindingStatus.COULD_NOT_RUN and (f.attempt, f.claim) not in told
    ]
    return failed + unrun


def _failure_text(drafts: Sequence[Draft], finding: Finding) -> str:
    claim = next(draft for draft in drafts if draft.attempt == finding.attempt).claims[finding.claim]
    return f'"{claim.text}": {finding.detail or finding.check}'


def _drop_text(index: int, draft: Draft, findings: Sequence[Finding]) -> str:
    """Name a dropped claim by its number and why, without its wording: it must not read as an answer."""
    mine = [f for f in _failed(findings) if f.attempt == draft.attempt and f.claim == index]
    why = "; ".join(dict.fromkeys(f.detail or f.check for f in mine)) or "a required check is missing"
    return f"Statement {index + 1} of the draft was withheld: {why}."


def _why_nothing_remains(drafts: Sequence[Draft], findings: Sequence[Finding]) -> str:
    details = list(dict.fromkeys(f.detail or f.check for f in _failed(findings)))
    if details:
        return "No drafted statement passed the checks: " + "; ".join(details[:4]) + "."
    if any(draft.error for draft in drafts):
        return "No draft could be read as claims with citations."
    return "The sentences found do not answer the question."
