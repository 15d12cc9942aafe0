"""Run the required checks on every claim of a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.datatypes import Draft, Evidence, Finding, FindingStatus
from rag.ports import AnswerJudge, Check, CheckInput, Judge, QuoteSource
from rag.settings import CheckName, VerificationSettings
from rag.verify.answers import Answers, AskWriter
from rag.verify.case import Case
from rag.verify.drugs import Drugs
from rag.verify.exchange import Exchange
from rag.verify.negation import Negation
from rag.verify.numbers import Numbers
from rag.verify.population import Population
from rag.verify.quote_exists import QuoteExists
from rag.verify.relevance import Relevance
from rag.verify.restatement import Restatement
from rag.verify.statement import Statement
from rag.verify.strength import Strength
from rag.verify.support import Support
from rag.verify.surroundings import Surroundings

_ASK_MODELS: frozenset[CheckName] = frozenset({"support", "answers"})


class ChecklistVerifier:
    """One Finding per required check and claim, whatever happens inside the check."""

    def __init__(self, checks: Mapping[CheckName, Check], settings: VerificationSettings) -> None:
        self._checks = dict(checks)
        self._required = settings.required

    def verify(self, question: str, draft: Draft, evidence: Sequence[Evidence],
               documents: QuoteSource) -> list[Finding]:  # fmt: skip
        """Claim by claim, in the order of the required checks."""
        inputs = [CheckInput(question, c.text, c.quotes, tuple(evidence), documents) for c in draft.claims]
        return [
            finding
            for index, given in enumerate(inputs)
            for finding in self._findings(given, attempt=draft.attempt, claim=index)
        ]

    def _findings(self, given: CheckInput, *, attempt: int, claim: int) -> list[Finding]:
        """One per required check; models are not asked about a claim that a rule has refused already."""
        findings: list[Finding] = []
        for name in dict.fromkeys(self._required):
            if name in _ASK_MODELS and any(f.status is FindingStatus.FAILED for f in findings):
                findings.append(Finding(check=name, attempt=attempt, claim=claim, status=FindingStatus.COULD_NOT_RUN,
                                        detail="not asked, as another check had failed"))  # fmt: skip
            else:
                findings.append(self._finding(name, given, attempt=attempt, claim=claim))
        return findings

    def _finding(self, name: CheckName, given: CheckInput, *, attempt: int, claim: int) -> Finding:
        check = self._checks.get(name)
        status, detail, score = FindingStatus.COULD_NOT_RUN, f"there is no check {name}", None
        if check is not None and check.name != name:
            detail = f"check {check.name} was given as {name}"
        elif check is not None:
            try:
                passed, detail, score = check(given)
                status = FindingStatus.PASSED if passed is True else FindingStatus.FAILED
            except Exception as error:  # noqa: BLE001 - whatever goes wrong, the claim is held back and the reason kept
                detail, score = f"{type(error).__name__}: {error}", None
        return Finding(check=name, attempt=attempt, claim=claim, status=status, detail=detail, score=score)


def make_checks(
    judge: Judge,
    settings: VerificationSettings,
    *,
    answer_judge: AnswerJudge | None = None,
    ask_writer: AskWriter | None = None,
) -> dict[CheckName, Check]:
    """All checks by name; ``judge`` decides support, ``answer_judge`` and ``ask_writer`` whether a claim answers.

    A new check is one file beside this and one line here.
    """
    return {
        "quote_exists": QuoteExists(),
        "numbers": Numbers(),
        "negation": Negation(),
        "drugs": Drugs(),
        "population": Population(),
        "strength": Strength(),
        "exchange": Exchange(),
        "statement": Statement(),
        "surroundings": Surroundings(),
        "restatement": Restatement(),
        "support": Support(judge, threshold=settings.support_threshold),
        "relevance": Relevance(threshold=settings.relevance_threshold),
        "case": Case(),
        "answers": Answers(answer_judge, ask_writer, threshold=settings.answers_threshold),
    }
