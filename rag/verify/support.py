"""The quotes support the claim, in the judgement of the Judge."""

from __future__ import annotations

import math

from rag.ports import CheckInput, CheckResult, Judge
from rag.settings import CheckName
from rag.verify.common import shown


class Support:
    """Fails below ``threshold`` (0..1), and on a score that is no probability."""

    name: CheckName = "support"

    def __init__(self, judge: Judge, *, threshold: float) -> None:
        self._judge, self._threshold = judge, threshold

    def __call__(self, given: CheckInput) -> CheckResult:
        if not given.quotes:
            return CheckResult(False, "the claim has no quote")
        (score,) = self._judge.support(
            [[_in_context(quote.section, shown(quote)) for quote in given.quotes]], [given.claim]
        )
        if not math.isfinite(score) or not 0 <= score <= 1:
            raise ValueError(f"judge {self._judge.id} gave {score}, expected 0..1")
        passed = score >= self._threshold
        return CheckResult(
            passed, "" if passed else f"support {score:.2f}, needed {self._threshold:.2f}", score
        )


def _in_context(section: tuple[str, ...], text: str) -> str:
    """The innermost heading often names the subject that the sentence leaves out."""
    return f"{section[-1]}: {text}" if section and section[-1] not in text else text
