"""The language of a sentence: other languages are known by their commonest words, English with foreign names stays English."""

from __future__ import annotations

import pytest

from rag.ingest.language import _ENGLISH, _OTHERS, sentence_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Zink 20 mg wird einmal täglich für 14 Tage gegeben.", "de"),
        ("Warfarin ist in der Schwangerschaft nicht sicher.", "de"),
        ("La dosis de zinc es de 20 mg al día durante 14 días.", "es"),
        ("Geef geen zink aan het kind.", "nl"),
        ("Het is niet bekend of zink in de praktijk werkt.", "nl"),
        ("La dose de zinc est de 20 mg par jour pendant 14 jours.", "fr"),
        ("A dose de zinco é de 20 mg por dia durante 14 dias.", "pt"),
        ("La dose di zinco è di 20 mg al giorno per 14 giorni.", "it"),
    ],
)
def test_a_short_sentence_in_another_language(text: str, language: str) -> None:
    assert sentence_language(text, seed=0) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Zinco 14 dias", "pt"),
        ("Warfarin ist sicher.", "de"),
        ("Zinc dans l'eau", "fr"),
        ("eGFR est 35, tot bili 5", None),
        ("en bloc resection, mit regurg", None),
        ("Aspirina una vez al día.", "es"),
        ("Zinco ogni giorno", "it"),
        ("Gravida 2 para 1", None),
        ("MIT 5 um, EST 20 mg", None),
        ("Zinc 14 days", None),
        ("The word dias is in it.", "en"),
    ],
)
def test_a_few_words(text: str, language: str | None) -> None:
    assert sentence_language(text, seed=0) == language


@pytest.mark.parametrize(
    "text",
    [
        "Give amoxicillin 500 mg per os t.i.d.",
        "De novo lupus nephritis was studied in vitro and in vivo.",
        "Patients from La Crosse with de Quervain thyroiditis or von Willebrand disease.",
        "De la Torre J, del Castillo M, de los Santos A, et al.",
        "The work of van der Woude, van de Velde and van den Berg.",
        "Ductus arteriosus, foramen ovale, sine qua non, per se, ad libitum, pro re nata.",
        "Salmeterol 50 micrograms bis in die.",
        "La Crosse virus, Los Angeles, El Paso, Las Vegas",
        "Médecins Sans Frontières (MSF) recommends ORS.",
        "The Agence nationale de sécurité du médicament et des produits de santé is in charge of it and of the rest.",
    ],
)
def test_english_with_foreign_names_and_latin_is_no_other_language(text: str) -> None:
    assert sentence_language(text, seed=0) in ("en", None)


def test_no_common_word_of_another_language_is_a_common_english_one() -> None:
    assert all(not common & _ENGLISH for common in _OTHERS.values())
