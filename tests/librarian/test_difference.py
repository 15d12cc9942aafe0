"""What a changed sentence is marked with: the changes that matter are told, other ways of writing are not."""

from __future__ import annotations

import pytest

from rag.librarian.difference import Change, _changes, _Unit


def change(old: str, new: str) -> Change:
    (found,) = _changes([_Unit(old, 1)], [_Unit(new, 2)])
    return found


@pytest.mark.parametrize(
    ("old", "new", "marks"),
    [
        ("Take 5 mg a day for 10 days.", "Take 10 mg a day for 5 days.", "FIGURES"),
        ("Take 2 mg of it in the morning.", "Take 2 g of it in the morning.", "FIGURES"),
        ("Give at least 5 mg a day to adults.", "Give at most 5 mg a day to adults.", "FIGURES"),
        ("Start at > 140 mmHg in adults.", "Start at ≥ 140 mmHg in adults.", "FIGURES"),
        ("Give 5 mg per kg in the morning.", "Give 5 mg per day in the morning.", "FIGURES"),
        ("Give the drug twice daily to adults.", "Give the drug three times daily to adults.", "FIGURES"),
        ("Give 2 sachets to each adult.", "Give 2 ampoules to each adult.", "FIGURES"),
        ("Give A 5 mg and B 10 mg to adults.", "Give B 5 mg and A 10 mg to adults.", "FIGURES"),
        ("Give 5 mg to adults on the ward.", "Give a tablet to adults on the ward.", "FIGURES"),
        ("Patients must not take aspirin.", "Patients must take aspirin.", "NEGATION"),
        ("Patients mustn't take aspirin.", "Patients must take aspirin.", "NEGATION"),
        ("Avoid aspirin in children with fever.", "Use aspirin in children with fever.", "NEGATION"),
        ("Give salt and not sugar to adults.", "Give sugar and not salt to adults.", "NEGATION"),
        ("Start aspirin before the operation.", "Start aspirin after the operation.", "NEGATION"),
        ("Adults must take aspirin.", "Adults should take aspirin.", "STRENGTH"),
        ("Adults should take aspirin.", "Adults may take aspirin.", "STRENGTH"),
        ("Adults must not take 5 mg.", "Adults may take 10 mg.", "FIGURES NEGATION STRENGTH"),
        ("Give 1,000 mg twice daily to adults.", "Give 1000 milligrams bid to adults.", ""),
        ("Adults must never take aspirin.", "Adults must not take aspirin.", ""),
        ("Give 5 mg in the morning to adults.", "Give 5 mg in the morning to grown men.", ""),
    ],
)  # fmt: skip
def test_marks(old: str, new: str, marks: str) -> None:
    found = change(old, new)
    assert (found.kind, " ".join(found.marks)) == ("changed", marks)


def test_a_new_sentence_with_a_figure_is_no_changed_figure() -> None:
    (new,) = _changes([], [_Unit("Do not give more than 5 mg.", 1)])
    assert (new.kind, new.figures, new.negation, new.strength, new.marks) == ("new", True, True, False, ())


def test_a_changed_sentence_is_found_behind_many_that_are_gone() -> None:
    gone = [_Unit(f"Chapter {n} told of the history of the ward in year {n}.", 1) for n in range(100)]
    found = list(
        _changes(
            [*gone, _Unit("Give quinoxaline 5 mg a day.", 9)], [_Unit("Give quinoxaline 10 mg a day.", 1)]
        )
    )
    assert [change.marks for change in found if change.kind == "changed"] == [("FIGURES",)]
    assert len(found) == 101
