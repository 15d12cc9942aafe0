"""Clinical words: what must be found, and what must not be taken for a drug."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text import fold
from rag.vocabulary import (
    ambiguous_forms,
    clinical_terms,
    drug_class,
    drug_names,
    equivalents,
    expansions,
    members_of,
    population,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("Lipitor 40 mg", ["atorvastatin"], id="brand"),
        pytest.param("amoxicillin/clavulanate", ["amoxicillin-clavulanate"], id="combination, longest name"),
        pytest.param("acyclovir or aciclovir", ["aciclovir", "aciclovir"], id="two spellings, one drug"),
        pytest.param("benzathine\npenicillin G", ["benzathine penicillin"], id="over a line end"),
        pytest.param("bepirovirsen, tixagevimab", ["tixagevimab"], id="by stem"),
        pytest.param("insulin glargine", ["insulin glargine"], id="not insulin alone"),
        pytest.param("statins and opioids", [], id="classes are no drugs"),
        pytest.param("ASA 81 mg", ["aspirin"], id="capitals"),
        pytest.param("asa in December, DEC 2021", [], id="small letters, month"),
        pytest.param(
            "vanc, co-amox and synto",
            ["vancomycin", "amoxicillin-clavulanate", "oxytocin"],
            id="as the ward says it",
        ),
        pytest.param(
            "buscopan or hyoscine", ["hyoscine butylbromide", "scopolamine"], id="two salts, two drugs"
        ),
        pytest.param("an old gent, his last diet", [], id="no short names"),
    ],
)
def test_drug_names(text: str, names: list[str]) -> None:
    assert [mention.name for mention in drug_names(text)] == names


@pytest.mark.parametrize(
    "word",
    [
        "protocol",
        "control",
        "carol",
        "cholesterol",
        "school",
        "concept",
        "except",
        "receipt",
        "orphan",
        "reservoir",
        "person",
        "season",
        "comparison",
        "prison",
        "supernatant",
        "mongrel",
        "tyrosin",
        "resin",
        "virus",
        "fever",
        "histidine",
        "somatostatin",
        "gelatin",
    ],
)
def test_ordinary_words_are_no_drugs(word: str) -> None:
    assert not drug_names(f"the {word} and the {word}s")


@given(
    st.lists(
        st.sampled_from(["Tylenol", "–", "\u00b5g", "ﬁ", "warfarin", "(", "300 mg", "\n", "İ"]), max_size=12
    )
)
def test_mentions_are_slices(parts: list[str]) -> None:
    text = " ".join(parts)
    mentions = drug_names(text)
    assert [m.text for m in mentions] == [text[m.start : m.end] for m in mentions]
    assert len(mentions) == sum(part in {"Tylenol", "warfarin"} for part in parts)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("HTN", "hypertension"),
        ("htn", "hypertension"),
        ("pts with UTIs", "urinary tract infection"),
        ("CCBs", "calcium channel blocker"),
        ("albendazole bd", "twice daily"),
        ("hydatid cyst", "cystic echinococcosis"),
        ("Tylenol", "acetaminophen"),
        ("deep vein thrombosis", "DVT"),
        ("shortness of breath", "dyspnoea"),
    ],
)
def test_expansions_hold(text: str, wanted: str) -> None:
    assert wanted in expansions(text)


def test_expansions_leave_ordinary_words_alone() -> None:
    assert expansions("all of us use aids, or act as a pair") == ()


@given(st.text(max_size=60))
def test_expansions_add_nothing_present(text: str) -> None:
    assert not {fold(term) for term in expansions(text)} & {fold(text)}


def test_equivalents_hold_the_term_and_are_symmetric() -> None:
    assert "qwerty" in equivalents("Qwerty")
    for left, right in [("paracetamol", "acetaminophen"), ("BP", "blood pressure"), ("anaemia", "anemia")]:
        assert fold(right) in equivalents(left)
        assert fold(left) in equivalents(right)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("14-year-old", {"child", "adolescent"}),
        ("58M, HTN", {"adult"}),
        ("at 32/40 with a headache", {"pregnancy"}),
        ("18-month-old", {"child"}),
        ("a 10-day-old", {"child", "newborn"}),
        ("72 yo F", {"adult", "older adult"}),
        ("aged 70 years", {"adult", "older adult"}),
        ("28 weeks pregnant", {"pregnancy"}),
        ("on dialysis with cirrhosis", {"renal impairment", "hepatic impairment"}),
        ("a 14-year follow-up of 30 Fahrenheit", set()),
    ],
)
def test_population(text: str, groups: set[str]) -> None:
    assert population(text) == groups


def test_class_by_list_and_by_stem() -> None:
    assert drug_class("lisinopril") == "ace inhibitor"
    assert drug_class("zofenopril") == "ace inhibitor"
    assert drug_class("water") is None


@pytest.mark.shared
def test_knows_most_essential_medicines(shared_data: Path) -> None:
    path = shared_data / "vocab" / "who_eml" / "WHO_list_of_essential_medicines.xml"
    names = set(re.findall(r'name="active_component">([^<]+)<', path.read_text(encoding="utf-8")))
    found = [name for name in names if drug_names(name.replace("&amp;", "&"))]
    assert len(names) > 250
    assert len(found) / len(names) > 0.7


def test_terms_of_the_lists_are_specific_or_general() -> None:
    terms = {term.text: term.specific for term in clinical_terms("stop the nasal spray in HTN")}
    assert terms == {"stop": False, "nasal spray": True, "HTN": True}


def test_members_of_a_class() -> None:
    assert {"ondansetron", "domperidone"} <= members_of("antiemetic")
    assert not members_of("vomiting")


@pytest.mark.parametrize(
    "text",
    ["the last dose", "a map of the ward", "a pet", "she hit her head", "dress the wound", "every 6 hrs"],
)
def test_words_are_no_abbreviations(text: str) -> None:
    assert not {"LAST", "MAP", "PET", "HIT", "DRESS", "HRS"} & {
        term.text.upper() for term in clinical_terms(text)
    }


def test_an_abbreviation_of_the_ward_widens_a_search_and_is_taken_for_nothing() -> None:
    assert "portal vein thrombosis" in expansions("PVT after resection")
    assert {"pvt", "portal vein thrombosis"} <= ambiguous_forms()
    assert "intensive care unit" not in ambiguous_forms()
