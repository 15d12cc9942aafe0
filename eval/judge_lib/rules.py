"""The rule checks that a claim can be put to without a question, for measuring them without a judge."""

from __future__ import annotations

from collections.abc import Sequence

from rag.ports import Check, Judgement
from rag.settings import CheckName, VerificationSettings
from rag.verify.verifier import make_checks

RULES: tuple[CheckName, ...] = (
    "numbers",
    "negation",
    "drugs",
    "population",
    "strength",
    "exchange",
    "statement",
    "surroundings",
)


def rules(names: Sequence[CheckName] = RULES) -> tuple[Check, ...]:
    made = make_checks(NoJudge(), VerificationSettings())
    return tuple(made[name] for name in names)


class NoJudge:
    """Stands where a judge is wanted and must not be asked."""

    id = "unused"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        raise AssertionError("only rules are measured here; the judge must not be asked")
