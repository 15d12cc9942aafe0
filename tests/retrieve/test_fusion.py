"""Fusion by hand-worked values and by its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieve.fusion import Ranking, minmax, reciprocal_rank, widened

EVEN = {"dense": 0.5, "lexical": 0.5}


def ranking(*pairs: tuple[int, float]) -> Ranking:
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    return Ranking(rows, np.array([score for _, score in pairs], dtype=np.float32))


DENSE = ranking((7, 0.75), (3, 0.5), (5, 0.25))
LEXICAL = ranking((3, 8.0), (9, 2.0), (-1, -np.inf))


def test_minmax_by_hand() -> None:
    fused = minmax({"dense": DENSE, "lexical": LEXICAL}, EVEN)
    assert [(one.row, one.score) for one in fused] == [(3, 0.75), (7, 0.5), (5, 0.0), (9, 0.0)]
    assert fused[0].parts == {"dense": 0.5, "lexical": 8.0}
    assert fused[1].parts == {"dense": 0.75}


def test_reciprocal_rank_by_hand() -> None:
    fused = reciprocal_rank({"dense": DENSE, "lexical": LEXICAL}, EVEN)
    assert [one.row for one in fused] == [3, 7, 9, 5]
    assert fused[0].score == pytest.approx(0.5 * 61 / 62 + 0.5)
    assert fused[3].score == pytest.approx(0.5 * 61 / 63)


@pytest.mark.parametrize("fuse", [minmax, reciprocal_rank], ids=["minmax", "rrf"])
def test_weight_of_one_gives_that_ranking(fuse) -> None:  # type: ignore[no-untyped-def]
    fused = fuse({"dense": DENSE, "lexical": LEXICAL}, {"dense": 1.0, "lexical": 0.0})
    assert [one.row for one in fused][:2] == [7, 3]


@pytest.mark.parametrize("fuse", [minmax, reciprocal_rank], ids=["minmax", "rrf"])
def test_nothing_found_fuses_to_nothing(fuse) -> None:  # type: ignore[no-untyped-def]
    assert fuse({"dense": ranking(), "lexical": ranking((-1, -np.inf))}, EVEN) == []


def test_equal_scores_count_as_full_and_are_ordered_by_row() -> None:
    fused = minmax({"dense": ranking((4, 0.3), (2, 0.3)), "lexical": ranking()}, EVEN)
    assert [(one.row, one.score) for one in fused] == [(2, 0.5), (4, 0.5)]


ROWS = st.lists(st.integers(0, 30), unique=True, max_size=8)


@given(dense=ROWS, lexical=ROWS, scale=st.floats(0.5, 100), shift=st.floats(-5, 5))
def test_minmax_does_not_depend_on_a_searchs_scale(
    dense: list[int], lexical: list[int], scale: float, shift: float
) -> None:
    def fused(scale: float, shift: float) -> dict[int, float]:
        scored = [(row, scale * (10 - place) + shift) for place, row in enumerate(dense)]
        other = [(row, 10.0 - place) for place, row in enumerate(lexical)]
        return {
            one.row: one.score
            for one in minmax({"dense": ranking(*scored), "lexical": ranking(*other)}, EVEN)
        }

    assert fused(scale, shift) == pytest.approx(fused(1, 0), abs=1e-4)


@given(dense=ROWS, lexical=ROWS)
def test_every_row_comes_once_with_a_score_between_0_and_1(dense: list[int], lexical: list[int]) -> None:
    rankings = {
        "dense": ranking(*((row, 1.0 / (1 + place)) for place, row in enumerate(dense))),
        "lexical": ranking(*((row, 9.0 - place) for place, row in enumerate(lexical))),
    }
    for fuse in (minmax, reciprocal_rank):
        fused = fuse(rankings, EVEN)
        assert sorted(one.row for one in fused) == sorted({*dense, *lexical})
        assert all(0 <= one.score <= 1 for one in fused)
        assert [one.score for one in fused] == sorted((one.score for one in fused), reverse=True)


def test_widened_adds_a_share_of_the_other_scores() -> None:
    both = widened(LEXICAL, ranking((9, 30.0), (1, 4.0)), 0.5)
    assert both.rows.tolist() == [9, 3, 1]
    assert both.scores.tolist() == [17.0, 8.0, 2.0]


def test_widened_by_nothing_is_unchanged() -> None:
    both = widened(LEXICAL, ranking((-1, -np.inf)), 0.5)
    assert both.rows.tolist() == [3, 9]
