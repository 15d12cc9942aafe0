from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.characters import (
    SplitWords,
    clean_characters,
    close_spaced_letters,
    join_lines,
    tidy,
    vocabulary_of,
)


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        pytest.param(["antihyper-", "tensive drugs"], "antihypertensive drugs", id="broken_word"),
        pytest.param(["a low-", "dose aspirin"], "a low-dose aspirin", id="compound"),
        pytest.param(["5-", "10 mg"], "5-10 mg", id="range"),
        pytest.param(["140–", "159 mmHg"], "140–159 mmHg", id="range_with_dash"),
        pytest.param(["COVID-", "19 patients"], "COVID-19 patients", id="name_and_number"),
        pytest.param(["anti-", "HIV drugs"], "anti-HIV drugs", id="capital_after"),
        pytest.param(["short-", "and long-term"], "short-and long-term", id="suspended"),
        pytest.param(["mg/", "kg"], "mg/kg", id="slash"),
        pytest.param(["one – ", "two"], "one – two", id="spaced_dash"),
        pytest.param(["hyper\u00ad", "tension"], "hypertension", id="soft_hyphen"),
        pytest.param(["plain", "lines"], "plain lines", id="plain"),
    ],
)
def test_lines_are_joined_as_the_words_were(lines: list[str], joined: str) -> None:
    assert join_lines(lines) == joined


def test_the_document_decides_whether_a_hyphen_belongs_to_the_word() -> None:
    known = vocabulary_of(["decision-making is hard", "well known treatment"])
    assert join_lines(["shared decision-", "making"], vocabulary=known) == "shared decision-making"
    assert join_lines(["the treat-", "ment"], vocabulary=known) == "the treatment"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("e\ufb03cacy of \ufb01broids", "efficacy of fibroids"),
        ("5\u00a0mg\u2009daily\u200b", "5 mg daily"),
        ("\uf0b7 item", "• item"),
        ("/uni0041BC", "ABC"),
        ("a\x00b\ud800c", "abc"),
        ("≥140/90 mmHg ±5 µg −2 °C", "≥140/90 mmHg ±5 µg −2 °C"),
    ],
)
def test_characters_are_made_plain(raw: str, clean: str) -> None:
    assert clean_characters(raw) == clean


def test_spaced_out_letters_close_but_figures_do_not() -> None:
    assert close_spaced_letters("R E C O M M E N D") == "RECOMMEND"
    assert close_spaced_letters("1 2 3 4 5") == "1 2 3 4 5"
    assert close_spaced_letters("a B c D e") == "a B c D e"


def test_stray_spaces_before_punctuation_go_but_decimals_stay() -> None:
    assert tidy("studies (72, 73) . Then , P < .05") == "studies (72, 73). Then, P < .05"


def test_words_cut_by_a_space_are_whole_again() -> None:
    lines = [
        "an inter nal group",
        "the internal group",
        "RECOMMENDA TION one",
        "a recommendation",
        "per cent",
        "percent",
    ]
    words = SplitWords(lines, vocabulary_of(lines))
    assert [words.mended(line) for line in lines[:3]] == [
        "an internal group",
        "the internal group",
        "RECOMMENDATION one",
    ]
    assert words.mended("ten per cent") == "ten per cent"


def _figures(text: str) -> list[str]:
    return re.findall(r"[\d<>≤≥=±%µ]", text)


@given(st.lists(st.text(alphabet="ab AB-–0123456789.<≥±%/µ", max_size=20), max_size=6))
def test_no_figure_sign_or_comparator_is_ever_lost(lines: list[str]) -> None:
    known = vocabulary_of(lines)
    cleaned = [SplitWords(lines, known).mended(clean_characters(line)) for line in lines]
    assert _figures(join_lines(cleaned, vocabulary=known)) == _figures("".join(lines))
