"""The damage suite's generator: what it damages is damaged, what it rewrites is not, and the seed decides."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "eval"))

from damage_lib.kinds import DAMAGE, KINDS, NEIGHBOUR, pairs
from damage_lib.paraphrase import EVIDENCE_KINDS, UNDAMAGED
from damage_lib.paraphrase import KINDS as PARAPHRASES

TEXTS = [
    "Adults should receive amoxicillin 500 mg three times daily for at least 7 days.",
    "WHO suggests metformin for children whose kidneys are not impaired (low-certainty evidence).",
    "Warfarin was stopped in 12.5% of patients and apixaban in 8 %, as reported elsewhere [3].",
    "Malaria causes anaemia, and zinc is given for 2 weeks, including to those with AAA.",
    "If the eGFR is below 30 mL/min, the dose should be halved.",
    "The panel recommends that haemoglobin should be measured every 6 months.",
]


@pytest.mark.parametrize("kind", KINDS)
def test_damage_changes_the_sentence(kind: str) -> None:
    made = pairs(TEXTS, kind, most=50, seed=0)
    assert made, "no sentence of the sample can be damaged like this"
    assert all(pair.damaged and pair.claim != pair.evidence and pair.kind == kind for pair in made)
    assert len({pair.claim for pair in made}) == len(made)


@pytest.mark.parametrize("kind", [*DAMAGE, *UNDAMAGED])
def test_the_seed_decides_and_most_limits(kind: str) -> None:
    assert pairs(TEXTS, kind, most=2, seed=1) == pairs(TEXTS, kind, most=9, seed=1)[:2]
    assert all(pair.damaged == (kind in DAMAGE) for pair in pairs(TEXTS, kind, most=9, seed=1))


def test_a_neighbour_is_another_true_sentence() -> None:
    for pair in pairs(TEXTS, NEIGHBOUR, most=9, seed=0):
        assert TEXTS.index(pair.claim) == TEXTS.index(pair.evidence) + 1


def test_what_is_no_damage_is_left_alone() -> None:
    chance = random.Random(0)
    for kind, text in [
        ("strength changed", "These data suggest a benefit."),
        ("negation removed", "Give it with or without food."),
        ("comparator turned", "It is infused over 4 hours."),
        ("number changed", "It was reported elsewhere [3, 5, 7]."),
        ("drug swapped", "Hands are rubbed with alcohol."),
        ("frequency changed", "It impairs daily life."),
        ("population swapped", "Adults and children are treated."),
    ]:
        assert KINDS[kind](text, chance) is None, kind


def test_paraphrases_read_as_meant() -> None:
    chance = random.Random(0)
    assert (
        PARAPHRASES["clauses reordered"](TEXTS[4], chance)
        == "The dose should be halved if the eGFR is below 30 mL/min."
    )
    assert PARAPHRASES["citation dropped"](TEXTS[2], chance) == TEXTS[2].replace(" [3]", "")
    assert EVIDENCE_KINDS["quote with a reference mark"](TEXTS[0], chance) != TEXTS[0]


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match="unknown kind 'gone'; known: number changed"):
        pairs(TEXTS, "gone", most=1, seed=0)
