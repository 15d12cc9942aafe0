"""What the library call takes: items as the command takes its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rag import verify_claims
from rag.errors import UsageError
from rag.ports import Judgement

GOOD = {"id": 7, "claim": "Children need zinc.", "evidence": ["Children do need zinc."]}


class Supports:
    id = "supports-1"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [Judgement(0.99) for _ in claims]


def test_other_fields_are_not_read() -> None:
    (found,) = verify_claims([GOOD | {"label": "NEI", "title": "x"}], Supports())
    assert (found.id, found.released) == (7, True)


@pytest.mark.parametrize("identity", ["a", 0, None])
def test_an_id_comes_back_as_it_was(identity: str | int | None) -> None:
    (found,) = verify_claims([GOOD | {"id": identity}], Supports())
    assert (type(found.id), found.id) == (type(identity), identity)


@pytest.mark.parametrize("identity", [True, 1.0, ["a"], b"a"])
def test_an_id_that_would_come_back_as_another_is_refused(identity: Any) -> None:
    with pytest.raises(
        UsageError, match=r"claim 2: id: .* is neither a text nor a whole number; expected id, claim"
    ):
        verify_claims([GOOD, GOOD | {"id": identity}], Supports())


def test_evidence_in_one_text_is_refused() -> None:
    with pytest.raises(
        UsageError, match="claim 1: evidence: this is no list of sentences; expected id, claim"
    ):
        verify_claims([GOOD | {"evidence": "Children do need zinc."}], Supports())
