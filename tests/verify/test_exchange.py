"""Two things do not change places; what may stand in any order may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.ports import CheckInput
from rag.verify.exchange import Exchange

Build = Callable[..., CheckInput]
check = Exchange()

WRONG = [
    ("Drug B is safer than drug A.", "Drug A is safer than drug B."), ("Anaemia causes malaria.", "Malaria causes anaemia."),
    ("Rates were higher in women than in men.", "Rates were higher in men than in women."), ("Give zinc before iron.", "Give iron before zinc."),
    ("They were 5 and 4 in cases and controls, respectively.", "They were 4 and 5 in cases and controls, respectively."),
    ("HARMS OUTWEIGH BENEFITS.", "Benefits outweigh harms."),
]  # fmt: skip

RIGHT = [
    ("Zinc and iron are given.", "Iron and zinc are given."), ("Treat at once if it is severe.", "If it is severe, treat at once."),
    ("The panel reviewed the trials.", "The trials were reviewed by the panel."), ("Drug A is safer than drug B.", "Drug A is safer than drug B [3]."), ("", "Nothing."),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quote"), WRONG)
def test_refused(given: Build, claim: str, quote: str) -> None:
    assert "changed places" in check(given(claim, quote)).detail


@pytest.mark.parametrize(("claim", "quote"), RIGHT)
def test_passed(given: Build, claim: str, quote: str) -> None:
    result = check(given(claim, quote))
    assert result.passed, result.detail
