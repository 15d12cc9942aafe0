"""The quotes support the claim, in the judgement of the Judge.

A claim that is one of its quotes, whole and word for word, scores 1.0 and no judge is asked: only that the
quote stands in the document is then known, which ``quote_exists`` checks, and not that it answers.
"""

from __future__ import annotations

import math
import unicodedata

from rag.ports import CheckInput, CheckResult, Judge
from rag.settings import CALIBRATED_SUPPORT_THRESHOLD, CheckName
from rag.verify.calibration import JUDGED_MOST, uncalibrated_note
from rag.verify.common import in_context, is_whole, shown
from rag.verify.judges import WORD_FOR_WORD, word_for_word
from rag.verify.wording import case_clash, plain_wording


class Support:
    """Fails below ``threshold`` (0..1), and on a score that is no probability.

    The score is the judge's, a calibrated probability if the judge is calibrated (else the finding says so), save 1.0
    without asking it where the claim is one whole quote (see ``common.is_whole``). A judged score is always below 1.0, so
    that a threshold of 1.0, which says that no threshold keeps the bound, releases whole quotes alone.
    """

    name: CheckName = "support"

    def __init__(self, judge: Judge, *, threshold: float) -> None:
        """A ``threshold`` below the calibrated one counts as that one, however the settings came by it."""
        self._judge, self._threshold = judge, max(threshold, CALIBRATED_SUPPORT_THRESHOLD)

    def __call__(self, given: CheckInput) -> CheckResult:
        if not given.quotes:
            return CheckResult(False, "the claim has no quote")
        strange = _scripts(given.claim) - _scripts(" ".join(map(shown, given.quotes))) - _EVERYWHERE
        if strange:
            return CheckResult(
                False, f"the claim has {', '.join(sorted(strange)).title()} letters, its quotes have none"
            )
        if any(
            plain_wording(given.claim) == plain_wording(quote.text) and case_clash(given.claim, quote.text)
            for quote in given.quotes
        ):
            return CheckResult(False, "capital and small letters change the sense: compare claim and quote")
        if any(is_whole(given.claim, quote) for quote in given.quotes):
            return CheckResult(True, score=1.0)
        if self._threshold <= WORD_FOR_WORD and word_for_word(
            [quote.text for quote in given.quotes], given.claim
        ):
            return CheckResult(True, score=WORD_FOR_WORD)
        (judgement,) = self._judge.judge([[in_context(quote) for quote in given.quotes]], [given.claim])
        score = judgement.supports
        if not math.isfinite(score) or not 0 <= score <= 1:
            raise ValueError(f"judge {self._judge.id} gave {score}, expected 0..1")
        score = min(score, JUDGED_MOST)
        passed = score >= self._threshold
        lacking = "" if passed else f"support {score:.3f}, needed {self._threshold:.3f}"
        return CheckResult(passed, "; ".join(filter(None, (lacking, uncalibrated_note(self._judge)))), score)


_EVERYWHERE = frozenset({"LATIN", "GREEK", "MICRO"})
"""Scripts of units and symbols, which a claim may write in another way than its quotes."""


def _scripts(text: str) -> set[str]:
    """Names of the scripts of the letters, such as "LATIN" or "CJK"."""
    return {unicodedata.name(letter, "UNKNOWN").split()[0] for letter in text if letter.isalpha()}
