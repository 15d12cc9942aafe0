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
        pytest.param(["Gentamicin 7 mg/kg i.v. once daily, max. 400 mg.", "Then stop."], id="max"),
        pytest.param(["Give a bolus (min. 2 mL) now.", "Wait for 5 min. 3 doses may follow."], id="min"),
        pytest.param(["Morphine 5 mg (equiv. 10 mg by mouth) is enough.", "Stop."], id="equiv"),
        pytest.param(["Take 2 tabs. 3 times a day.", "Take 1 tab.", "Then rest."], id="tabs"),
        pytest.param(["Inj. Ceftriaxone 1 g, sol. 5 mL, 1 amp. 10 mL, susp. 250 mg."], id="forms"),
        pytest.param(
            ["It was approved (U.S. Food and Drug Administration. See below) in 2012.", "It is used."],
            id="in_brackets",
        ),
        pytest.param(
            ["Stop [see Box 1. Harms (e.g. falls. Fractures) and so on] now.", "Wait."], id="nested_brackets"
        ),
        pytest.param(
            ["Give it at once (see the table.)", "Then wait (for hours).", "Repeat."], id="bracket_closes"
        ),
        pytest.param(["An open bracket (that is never closed.", "Here is another."], id="bracket_left_open"),
        pytest.param(
            ["The U.S. Food and Drug Administration warned the U.S.", "Patients stopped."], id="states"
        ),
        pytest.param(
            ["Start ART.", "Treat CAP.", "Go to the ED.", "Doses are here."], id="names_in_capitals"
        ),
        pytest.param(["MAX. 400 MG A DAY."], id="capitals"),
        pytest.param(["It rose to 1.", "This was due to J. R. Smith."], id="initials"),
    ],
)
def test_bounds_survive_clinical_text(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


def test_a_long_bracket_holds_sentences() -> None:
    sentences = [
        "(First one sentence that is in the bracket.",
        *["Then one more of them comes."] * 8,
        "The last.)",
    ]
    assert split(" ".join(sentences)) == sentences


CLINICAL = st.lists(
    st.sampled_from(["e.g.", "2.5", "mg.", "The", "dose", "vs.", "(a)", "1.", "•", "al.", "[3]", "end.", "A", ";", "?", "\n", "Fig.", "(", ")", "max."]),
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
