"""Run the required checks on every claim of a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.datatypes import Draft, Evidence, Finding, FindingStatus
from rag.ports import Check, CheckInput, Judge, QuoteSource
from rag.settings import CheckName, VerificationSettings
from rag.verify.drugs import Drugs
from rag.verify.negation import Negation
from rag.verify.numbers import Numbers
from rag.verify.quote_exists import QuoteExists
from rag.verify.relevance import Relevance
from rag.verify.restatement import Restatement
from rag.verify.support import Support


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
            self._finding(name, given, attempt=draft.attempt, claim=index)
            for index, given in enumerate(inputs)
            for name in dict.fromkeys(self._required)
        ]

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


def make_checks(judge: Judge, settings: VerificationSettings) -> dict[CheckName, Check]:
    """All checks by name; the judge decides support. A new check is one file beside this and one line here."""
    return {
        "quote_exists": QuoteExists(),
        "numbers": Numbers(),
        "negation": Negation(),
        "drugs": Drugs(),
        "restatement": Restatement(),
        "support": Support(judge, threshold=settings.support_threshold),
        "relevance": Relevance(threshold=settings.relevance_threshold),
    }
