"""Drugs of a claim are the drugs of its quotes, each with its own numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.datatypes import Quote
from rag.ports import CheckInput
from rag.verify.drugs import Drugs

Build = Callable[..., CheckInput]
check = Drugs()

WRONG = [
    ("5 mg of lisinopril and 20 mg of amlodipine.", "Lisinopril 20 mg and amlodipine 5 mg."),
    ("Give losartan 50 mg.", "Give telmisartan 50 mg."), ("Mebendazole 15 mg/kg.", "Albendazole 15 mg/kg."), ("Give warfarin.", "Give it."),
    ("Amlodipine starts at 40 mg.", "Telmisartan starts at 40 mg and amlodipine at 5 mg."),
    ("Hydromorphone has factor 1.5.", "Hydromorphone 5 Methadone 4.7 Oxycodone 1.5"), ("Use lisinopril or losartan.", "Use lisinopril."),
]  # fmt: skip
RIGHT = [
    ("Losartan 50 mg plus felodipine 5 mg each morning; then 100 mg and 10 mg.", "Losartan 50 mg and felodipine 5 mg, then losartan 100 mg and felodipine 10 mg."),
    ("20 mg of lisinopril and 5 mg of amlodipine.", "Lisinopril 20 mg and amlodipine 5 mg."),
    ("Give pethidine.", "Give meperidine."), ("Give Lipitor.", "Give atorvastatin."), ("Amlodipine starts at 5 mg.", "Telmisartan starts at 40 mg and amlodipine at 5 mg."),
    ("Hydromorphone has factor 5.", "Hydromorphone 5 Methadone 4.7 Oxycodone 1.5"), ("Treat at once.", "Treat with warfarin at once."), ("ALBENDAZOLE is used.", "albendazole is used"),
    ("Doses are in morphine milligram equivalents.", "Doses are in MME."),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quote"), WRONG)
def test_refused(given: Build, claim: str, quote: str) -> None:
    assert not check(given(claim, quote)).passed


@pytest.mark.parametrize(("claim", "quote"), RIGHT)
def test_passed(given: Build, claim: str, quote: str) -> None:
    result = check(given(claim, quote))
    assert result.passed, result.detail


def test_header_and_headings_name_the_drug_but_not_the_title(given: Build, row: Callable[..., Quote]) -> None:
    assert check(given("Albendazole: 15 mg/kg.", row("Dose 15 mg/kg", "Albendazole"))).passed
    assert check(
        given("Albendazole: 15 mg/kg.", "The dose is 15 mg/kg.", section=("Treatment", "Albendazole"))
    ).passed
    assert not check(
        given("Albendazole: 15 mg/kg.", "The dose is 15 mg/kg.", title="Albendazole and others")
    ).passed


def test_a_short_form_counts_where_the_document_defines_it(given: Build) -> None:
    quote = "ALB should be given at 10–15 mg/kg/day."
    claim = "Albendazole should be given at 10–15 mg/kg/day."
    assert check(given(claim, quote, document="Treatment with albendazole (ALB) is usual. " + quote)).passed
    assert not check(given(claim, quote, document="Treatment with alabaster (ALB). " + quote + " ")).passed


def test_it_means_the_drug_of_the_sentence_before(given: Build) -> None:
    quote = "It should be administered continuously."
    claim = "Albendazole is administered continuously."
    assert check(given(claim, quote, before="Albendazole is taken with food.")).passed
    assert not check(given(claim, quote, before="Mebendazole is taken with food.")).passed
    assert not check(given(claim, quote, before="Albendazole and mebendazole are options.")).passed
    assert not check(
        given(claim, "Tablets are taken continuously.", before="Albendazole is an option.")
    ).passed


def test_a_whole_row_has_its_own_figures_whatever_its_header_names(
    given: Build, row: Callable[..., Quote]
) -> None:
    text = "CURB-65 0–1 | Amoxicillin 500 mg three times daily | Doxycycline 200 mg once"
    assert check(given(text, row(text, "Severity | Regimen | If penicillin-allergic"))).passed
    assert not check(
        given("Amoxicillin 200 mg once.", row(text, "Severity | Regimen | If penicillin-allergic"))
    ).passed
