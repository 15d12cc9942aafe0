"""Findings to a verdict. Silence is not a pass: a claim is released only on positive proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.datatypes import Draft, Finding, FindingStatus, Verdict
from rag.errors import UsageError
from rag.settings import CheckName


def decide(draft: Draft, findings: Sequence[Finding], required: Sequence[CheckName]) -> Verdict:
    """Release the claims for which each required check has exactly one finding, and it passed.

    A failed finding of a check that is not required holds the claim back as well. Findings of
    other attempts or of claims the draft does not have count for nothing.

    Raises UsageError: no check is required, which would release anything.
    """
    if not required:
        raise UsageError(
            "No check is required, so nothing could be released. List at least one in verification.required."
        )
    released = tuple(
        i for i in range(len(draft.claims)) if _is_proven(_of_claim(draft, i, findings), required)
    )
    dropped = tuple(i for i in range(len(draft.claims)) if i not in released)
    return Verdict(attempt=draft.attempt, released=released, dropped=dropped)


def _of_claim(draft: Draft, claim: int, findings: Sequence[Finding]) -> list[Finding]:
    return [f for f in findings if f.attempt == draft.attempt and f.claim == claim]


def _is_proven(findings: Sequence[Finding], required: Sequence[CheckName]) -> bool:
    given = Counter(finding.check for finding in findings)
    all_passed = all(finding.status is FindingStatus.PASSED for finding in findings)
    return bool(required) and all_passed and all(given[name] == 1 for name in required)
