"""Does the claim answer the question? Asked of the trained answer judge, and of the writer where that is not sure."""

from __future__ import annotations

import math
from collections.abc import Callable

from rag.ports import AnswerJudge, CheckInput, CheckResult
from rag.settings import CheckName
from rag.verify.common import evidence_of

AskWriter = Callable[[str, str, str], float]
"""(question, claim, context) to the writer's own probability that the claim answers the question."""


class Answers:
    """Fails below ``threshold`` (0..1).

    The score is the judge's; where an ``ask`` is given too, the mean of both in logits. With neither it is the
    selection's score of the best quoted sentence.
    """

    name: CheckName = "answers"

    def __init__(self, judge: AnswerJudge | None, ask: AskWriter | None, *, threshold: float) -> None:
        self._judge, self._ask, self._threshold = judge, ask, threshold

    def __call__(self, given: CheckInput) -> CheckResult:
        score = self._score(given)
        if score < self._threshold:
            return CheckResult(False, "the statement does not answer the question", score)
        return CheckResult(True, score=score)

    def _score(self, given: CheckInput) -> float:
        said = []
        if self._judge is not None:
            said += self._judge.answers([given.question], [given.claim], [_stands_under(given)])
        if self._ask is not None:
            said.append(self._ask(given.question, given.claim, _context(given)))
        if said:
            return _mean(said)
        found = [evidence_of(given, quote) for quote in given.quotes]
        return max((item.score for item in found if item is not None), default=0.0)


def _mean(shares: list[float]) -> float:
    """In logits, so that one who is sure outweighs one who is not; a lone opinion stays as it is."""
    if len(shares) == 1:
        return shares[0]
    logits = [math.log(min(max(s, 1e-6), 1 - 1e-6) / (1 - min(max(s, 1e-6), 1 - 1e-6))) for s in shares]
    return 1 / (1 + math.exp(-sum(logits) / len(logits)))


def _stands_under(given: CheckInput) -> str:
    """Innermost heading and table header of the first quote, as the judge has seen contexts in training."""
    quote = given.quotes[0]
    return ". ".join(part for part in (*quote.section[-1:], quote.header_text) if part.strip())


def _context(given: CheckInput) -> str:
    """What the first quote stands under: title, innermost heading, table header, what opens its list."""
    quote = given.quotes[0]
    parts = (quote.title, *quote.section[-1:], quote.header_text, *reversed(quote.lead_in))
    return ". ".join(part for part in parts if part.strip())
