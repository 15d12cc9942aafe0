"""What is a list of references, told by how it cites, and what is text that cites."""

from __future__ import annotations

import time

import pytest

from rag.apparatus import heads_apparatus, is_apparatus, lists_references, only_refers
from rag.datatypes import Passage, Sentence, SentenceKind

APA = """Rossi, A. B., & Bianchi, C. (2014).
Opioids compared with placebo for chronic low back pain: an update of a review.
Spine, 39(7), 556-563. doi:10.1097/x Verdi, D. E., Neri, F., & Gallo, G. H. (2013).
Overdose rates and naloxone distribution in a region: interrupted time series analysis.
Bmj, 346, f174. Conti, L., & Fabbri, M. (2011). Adherence to treatment. Pain, 12(3), 101-109."""
VANCOUVER = """12. Rossi AB, Bianchi C, Verdi DE. Masks in a hospital: developing guidance. Can J Health. 2004;95(4):256-7.
13. Gallo G, Conti L, Neri F et al. Decrease in skin test conversion. Infect Control. 1998;19(3):101-9."""
WEB = """Food and Drug Office. (2016a). Safety communication: serious breathing problems with gabapentin.
Retrieved from https://www.example.org/drugs/safety-and-availability/serious-breathing-problems-with-gabapentin-when-used-with-opioids
Food and Drug Office. (2016b). Goal of label changes. Retrieved from https://www.example.org/label-changes-better-prescribing-safer-use
Health Ministry. (2014). Better prescribing. Retrieved from https://www.example.org/better-prescribing"""
CITING = (
    "Ultrarapid detoxification should not be used (Berlin et al., 2013). Tapering can be slow (Frank et al., 2017; Rossi, "
    "Bianchi, & Verdi, 2012). Give naloxone 4 mg (0.1 mL) to patients at risk of overdose (Walley et al., 2013)."
)
TABLE = "Age in years 55 (12), 57 (13)\nSystolic 140 (11), 138 (12)\nWeight 80 (9), 82 (10)\nSmokers 12 (30), 14 (35)"


@pytest.mark.parametrize("text", [APA, VANCOUVER, WEB], ids=["APA", "Vancouver", "web"])
def test_each_line_of_a_list_of_references_is_one(text: str) -> None:
    start = 0
    for line in text.split("\n"):
        assert lists_references(text, start, start + len(line)), line
        start += len(line) + 1


@pytest.mark.parametrize(
    "text", [CITING, TABLE, f"{CITING}\n\n{VANCOUVER}"], ids=["citing", "table", "before a list"]
)
def test_text_that_cites_is_none(text: str) -> None:
    assert not lists_references(text, 0, min(len(text), len(CITING)))


def test_a_sentence_that_cites_says_something() -> None:
    assert not only_refers("Ultrarapid detoxification should not be used (Berlin et al., 2013).")
    assert not only_refers("All members filled in the standard DOI forms, which were reviewed.")
    assert not only_refers(
        "Give adults 5 mg of oxycodone every four hours at most, as told in the dosing table (https://www.example.org/doses)."
    )


@pytest.mark.parametrize(
    "entry",
    ["Rossi AB, Bianchi C, Verdi DE.", "Lancet 2013;346:174.", "See https://www.example.org/hand-hygiene", "doi:10.1001/x"],
)  # fmt: skip
def test_an_entry_or_a_link_says_nothing(entry: str) -> None:
    assert only_refers(entry)


@pytest.mark.parametrize(
    "sentence",
    [
        "Vaccinate against Hepatitis A, Hepatitis B and influenza.",
        "Vitamin A, Vitamin D and Vitamin E are given at 6 months.",
        "Offer surgery to Child-Pugh A and Child-Pugh B, not to C.",
        "The schedule was updated in 2019; 3 doses are given.",
        "Care was accessed 3 times a week.",
        "Tapering can be slow, as a trial has shown (doi:10.1001/jama.2017.1).",
        "Health workers should wear a respirator when they enter the room (https://www.example.org/masks, accessed 5 May 2020).",
        "Report suspected reactions at www.example.org/yellow-card within 24 hours.",
    ],
)  # fmt: skip
def test_sentences_with_something_like_an_entry_say_something(sentence: str) -> None:
    assert not only_refers(sentence)


def test_letters_behind_words_are_no_authors() -> None:
    text = "Give aspirin after infarction. Class I, Level A. Do not give it before. Class III, Level C. Vitamin A, Vitamin D."
    assert not lists_references(text, 0, len(text))


def test_a_table_between_references_is_no_reference() -> None:
    table = "Opioid | Conversion factor\nCodeine | 0.15\nMorphine | 1"
    text = f"{VANCOUVER}\n{table}\n{VANCOUVER}"
    start = text.index(table)
    rows = tuple(
        Sentence(start=start + at, end=start + at + len(line), kind=SentenceKind.ROW)
        for line in table.split("\n")
        for at in [table.index(line)]
    )
    passage = Passage(
        id="p", document_id="d", start=start, end=start + len(table), text=table, page=1, sentences=rows
    )
    assert not is_apparatus(passage, text)
    assert is_apparatus(passage.model_copy(update={"section": ("References4",)}), text)


def test_hostile_headings_take_no_time() -> None:
    started = time.perf_counter()
    assert not heads_apparatus(
        (" ".join(map(str, range(1990, 2090))) + " x", "1" * 5000 + " x", "1. " * 2000 + "x")
    )
    assert not lists_references("A" * 50_000, 0, 50_000)
    assert time.perf_counter() - started < 1


def test_headings() -> None:
    assert heads_apparatus(("Annexes", "7. References"))
    assert heads_apparatus(("List of tables",))
    assert not heads_apparatus(("Reference intervals", "Contents of the emergency kit"))
