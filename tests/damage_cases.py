"""The rules on a claim and one sentence, with a judge that supports everything."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "eval"))

from damage_lib.cases import case

from rag.ports import Judgement
from rag.settings import CheckName, VerificationSettings
from rag.verify.verifier import make_checks

RULES: tuple[CheckName, ...] = (
    "numbers", "negation", "drugs", "population", "strength", "exchange", "support",
)  # fmt: skip


class Credulous:
    """Believes everything."""

    id = "credulous"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [Judgement(0.99) for _ in claims]


def faults(claim: str, quote: str) -> list[str]:
    """What each failed check says."""
    checks = make_checks(Credulous(), VerificationSettings())
    results = (checks[name](case(claim, [quote])) for name in RULES)
    return [result.detail for result in results if not result.passed]
