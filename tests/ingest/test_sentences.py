from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.sentences import Bounds, sentence_spans, split_long


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        pytest.param(
            ["Give approx. 2.5 mg i.v. every 8 h.", "Then stop, e.g. with food (see Fig. 3)."], id="dose"
        ),
        pytest.param(["Smith et al. 2019 found no. 7 vs. placebo.", "Others did not."], id="study"),
        pytest.param(["As Shahaj et al. (6) said, it works.", "Good."], id="et_al_with_reference"),
        pytest.param(["It treats hypertension.12", "The next one."], id="superscript"),
        pytest.param(["It treats hypertension.[12]", "The next one."], id="bracketed_reference"),
        pytest.param(["Take it b.i.d.", "The patient rested."], id="abbreviation_ends_sentence"),
        pytest.param(["1. Start now.", "2. Stop later."], id="numbered"),
        pytest.param(["Table 3. Caption of the table."], id="caption"),
        pytest.param(["Recommendation 3", "In patients with CE1 give ALB."], id="run_in_label"),
        pytest.param(["Recommendation 7 and recommendation 8 agree."], id="label_in_a_sentence"),
        pytest.param(["Give p.o. 5 mg of it."], id="by_mouth"),
        pytest.param(["Dr. Smith agreed.", "p < 0.05 was significant."], id="doctor"),
        pytest.param(["Two groups: (a) first; (b) second; and (c) third."], id="semicolons"),
        pytest.param(["The mean was 5.7% (i.e. high).", "“Quoted.”", "Next (see above)."], id="quotes"),
        pytest.param(["Use ACE inhibitors, ARBs, etc.", "These help."], id="etc"),
        pytest.param(["Is it safe?", "Yes!", "≥140 mmHg is high."], id="comparator"),
        pytest.param(["First do this.", "• One thing", "• Another thing"], id="bullets"),
        pytest.param(["It rose to 1.", "This was due to J. R. Smith."], id="initials"),
    ],
)
def test_bounds_survive_clinical_text(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


CLINICAL = st.lists(
    st.sampled_from(["e.g.", "2.5", "mg.", "The", "dose", "vs.", "(a)", "1.", "•", "al.", "[3]", "end.", "A", ";", "?", "\n", "Fig."]),
    max_size=40,
).map(" ".join)  # fmt: skip


@given(st.one_of(st.text(max_size=300), CLINICAL))
def test_spans_ascend_and_leave_only_white_space_between_them(text: str) -> None:
    position = 0
    for start, end in sentence_spans(text):
        assert not text[position:start].strip()
        assert start < end
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(st.text(min_size=1, max_size=300), st.integers(min_value=1, max_value=50))
def test_long_sentences_are_cut_without_loss(text: str, at_most: int) -> None:
    pieces = split_long(text, Bounds(0, len(text)), at_most=at_most)
    assert all(0 < end - start <= at_most for start, end in pieces)
    covered = "".join(text[start:end] for start, end in pieces)
    assert "".join(covered.split()) == "".join(text.split())


def test_long_sentences_are_cut_at_clauses() -> None:
    text = "first clause is here; second clause is there; third clause is nowhere"
    assert [text[a:b] for a, b in split_long(text, Bounds(0, len(text)), at_most=50)] == [
        "first clause is here; second clause is there;",
        "third clause is nowhere",
    ]
