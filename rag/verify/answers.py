"""Does the claim answer the question? The writer's own yes or no, which the rules of ``relevance`` cannot give."""

from __future__ import annotations

from collections.abc import Callable

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.verify.common import evidence_of

AskWriter = Callable[[str, str, str], float]
"""(question, claim, context) to the probability that the claim answers the question."""


class Answers:
    """Fails below ``threshold`` (0..1). Without a writer the score is that of the best quoted evidence."""

    name: CheckName = "answers"

    def __init__(self, ask: AskWriter | None, *, threshold: float) -> None:
        self._ask = ask
        self._threshold = threshold

    def __call__(self, given: CheckInput) -> CheckResult:
        score = self._score(given)
        if score < self._threshold:
            return CheckResult(False, "the statement does not answer the question", score)
        return CheckResult(True, score=score)

    def _score(self, given: CheckInput) -> float:
        if self._ask is not None:
            return self._ask(given.question, given.claim, _context(given))
        found = [evidence_of(given, quote) for quote in given.quotes]
        return max((item.score for item in found if item is not None), default=0.0)


def _context(given: CheckInput) -> str:
    """What the first quote stands under: title, innermost heading, table header."""
    quote = given.quotes[0]
    return ". ".join(part for part in (quote.title, *quote.section[-1:], quote.header_text) if part.strip())
