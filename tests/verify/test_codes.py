"""Members of numbered families, whatever the family is called."""

from __future__ import annotations

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from rag.verify.codes import members, other_member

OTHER = [
    ("CE2", "CE1 or CE3a"), ("CE3a", "CE3b"), ("stage 3b", "stage 3a"), ("CKD 3b", "CKD stage 5"), ("NYHA IV", "NYHA class II–III"), ("T1", "T2–T4 tumours"),
    ("type 1 diabetes", "type 2 diabetes"), ("Child-Pugh C", "Child-Pugh A or B"), ("IL-6", "IL-1 blockade"), ("haemophilia B", "haemophilia A"), ("grade 1", "grade 2 or higher"),
    ("grade 4", "grade 3 or lower"), ("step 5", "steps 1 to 4"), ("class III", "classes I and II"), ("G3a", "G4/G5"), ("CIN 1", "CIN 2 and CIN 3"), ("hepatitis C", "hepatitis B"),
    ("stage III", "stages I–II"), ("COVID-19 and HHV-6", "COVID-19 and HHV-8"), ("vitamin D", "vitamin K"), ("category X, group B", "group A streptococci"),
]  # fmt: skip
SAME = [
    ("CE3", "CE3a"), ("CE3a", "type CE3 cysts"), ("CE2", "CE1–CE3a"), ("stage 3b", "stages 3–5"), ("CKD 3b", "CKD stage 3 or worse"), ("NYHA III", "NYHA II, III and IV"), ("T2", "T1/T2"),
    ("type 2", "type 1 and type 2"), ("Child-Pugh B", "Child-Pugh A to C"), ("grade 4", "grade ≥3, that is grade 3 or above"), ("step 3", "steps 2, 3 and 4"), ("class II", "class IIa"),
    ("stage 4", "stage IV"), ("CE2", "no cyst is named"), ("type 1", "stage 2"), ("no code", "CE1"), ("SGLT2", "SGLT2 inhibitors"), ("INR 3", "INR 2"), ("GFR 3", "GFR 2"),
    ("MMR 2 doses", "MMR 1 dose"), ("IV 5 mg", "IV 3 mg"), ("day 3", "day 7"), ("HER 2.5", "HER 3.5"), ("1 of 2", "2 of 2"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "stated"), OTHER)
def test_another_member_is_seen(asked: str, stated: str) -> None:
    assert other_member(f"What about {asked}?", f"This holds for {stated}.")


@pytest.mark.parametrize(("asked", "stated"), SAME)
def test_the_same_member_or_none_is_fine(asked: str, stated: str) -> None:
    assert other_member(f"What about {asked}?", f"This holds for {stated}.") == ""


def test_the_answer_is_in_the_words_of_the_question() -> None:
    assert other_member("NYHA IV: which drug?", "In NYHA II use another.") == "NYHA IV"


def test_runs_and_letters() -> None:
    found = members("stages 2–3b, and grade 3 or higher")
    assert [(m.family, m.low, m.high, m.letter) for m in found] == [
        ("stage", 2, 3, ""),
        ("grade", 3, 99, ""),
    ]


@over(st.text(max_size=200))
def test_a_text_never_names_another_member_than_itself(text: str) -> None:
    assert other_member(text, text) == ""
