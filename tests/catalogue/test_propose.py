"""Dates that a document states of itself."""

from __future__ import annotations

import pytest

from rag.catalogue.propose import _stated_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Published 2013-05-01", "2013-05-01"),
        ("Last updated: 2013-05-01.", "2013-05-01"),
        ("Published 3 May 2013", "2013-05-03"),
        ("Published May 3, 2013", "2013-05-03"),
        ("Published 2013", "2013"),
        ("Published 2013-14-01", "2013"),
        ("Published 2013-2014", "2013"),
        ("Published 1.5.2013", None),
        ("Not dated", None),
    ],
)
def test_the_stated_date_is_read_as_far_as_it_is_clear(text: str, date: str | None) -> None:
    assert _stated_date(text) == date
