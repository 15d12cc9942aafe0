"""What a claim adds to a quoted sentence or leaves out of it, and what stands around the sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verify.statement import unaccounted
from rag.verify.surroundings import denied, turned
from rag.verify.wording import plain_wording, says_the_same

SYPHILIS = "Penicillin is the treatment of choice for syphilis."
SCABIES = "Permethrin is the treatment of choice for scabies."

WRONG = [
    ("Penicillin is the treatment of choice for scabies.", [SYPHILIS, SCABIES]),
    ("Penicillin is the treatment of choice for scabies.", ["Penicillin is the treatment of choice for syphilis, permethrin for scabies."]),
    ("Surgery is superior to physiotherapy.", ["Surgery is superior to placebo.", "Physiotherapy is superior to placebo."]),
    ("Start statins when the ten-year risk is 20%.", ["Start statins when the ten-year risk is 10%.", "Start aspirin when the ten-year risk is 20%."]),
    ("Amoxicillin is effective for acute otitis media.", ["We aimed to determine whether amoxicillin is effective for acute otitis media."]),
    ("Amoxicillin is effective for acute otitis media.", ["Amoxicillin is effective for acute otitis media, which is false."]),
    ("Amoxicillin is effective for acute otitis media.", ["Amoxicillin is effective for acute otitis media; later trials found the opposite."]),
    ("Amoxicillin is effective for acute otitis media.", ["In mice, amoxicillin is effective for acute otitis media."]),
    ("Amoxicillin is effective for acute otitis media.", ["Amoxicillin is effective for acute otitis media (very low-certainty evidence)."]),
    ("Amoxicillin is effective for acute otitis media.", ["Amoxicillin is effective for acute otitis media, and this has been disproved."]),
    ("Clindamycin is used for cellulitis.", ["Clindamycin is used for cellulitis in patients allergic to penicillin."]),
    ("Rifampicin is effective.", ["Rifampicin in combination with isoniazid is effective."]),
    ("Metformin is safe in renal impairment.", ["Metformin is safe in renal impairment (mild)."]),
    ("Paracetamol relieves back pain.", ["Paracetamol relieves back pain as little as placebo."]),
    ("Insulin hilft.", ["Insulin hilft nicht."]),
    ("Lactate was higher in the control group compared to the treatment group.", ["Lactate was higher in the treatment group compared to the control group."]),
    ("Men and women got 5 mg and 2 mg, respectively.", ["Women and men got 5 mg and 2 mg, respectively."]),
    ("Lactate, as it was measured by one nurse, was higher in the control group than in the drug group.", ["Lactate, as it was measured by one nurse, was higher in the drug group than in the control group."]),
    ("Treatment was followed by control.", ["Control was followed by treatment."]),
    ("Give adrenaline after antihistamines.", ["Give antihistamines after adrenaline."]),
    ("Visualization and ventilation were compared with bronchoscopy.", ["Visualization and ventilation were compared with bronchoscopy in mice, and the rest was not."]),
    ("Tablets are given daily.", ["2 Tablets are given daily."]),
    ("The doses gave consent.", ["The patients gave consent."]),
    ("Zinc measured in the study.", ["Zinc measured in blood. A scale was used in the study."]),
    ("Give zinc to children with diarrhoea or cough.", ["Give zinc to children with diarrhoea and cough."]),
    ("Zinc is given to children.", ["Zinc may be given to children."]),
    ("Trastuzumab is given for HER2⁻ tumours.", ["Trastuzumab is given for HER2⁺ tumours."]),
    ("K. Pneumoniae is treated with azithromycin.", ["M. Pneumoniae is treated with azithromycin."]),
    ("Doxycycline is contraindicated.", ["Doxycycline is contraindicated (Pregnant Women 2019)."]),
    ("Mortality fell by 5 percentage points.", ["Mortality fell by 5 per cent."]),
]  # fmt: skip
RIGHT = [
    ("Penicillin is the treatment of choice for syphilis.", [SCABIES, SYPHILIS]),
    ("Penicillin is the treatment of choice for syphilis, and permethrin is the treatment of choice for scabies.", [SYPHILIS, SCABIES]),
    ("Children receive zinc daily.", ["Children should receive zinc daily."]),
    ("According to the guideline, children should receive zinc daily.", ["Children should receive zinc daily."]),
    ("When the eGFR is above 45, metformin can be given.", ["Metformin can be given if the eGFR is above 45."]),
    ("Start treatment at 140 mmHg.", ["Initiate treatment at 140 mm Hg."]),
    ("Blood pressure is measured twice.", ["Blood pressure (BP) is measured twice."]),
    ("Give oral fluids.", ["Give oral fluids, for example soup or water."]),
    ("Give oral rehydration and zinc.", ["Give zinc and oral rehydration."]),
    ("Severe malaria treatment takes days.", ["The treatment of severe malaria takes days."]),
    ("Naloxone reverses morphine.", ["Morphine is reversed by naloxone."]),
    ("Zinc is given daily.", ["Zinc is given daily, and ORS is given after each loose stool."]),
    ("Zinc is given daily.", ["Recommendation 3.1: Zinc is given daily."]),
    ("Zinc is given daily.", ["12 Zinc is given daily."]),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quotes"), WRONG)
def test_refused(claim: str, quotes: list[str]) -> None:
    assert unaccounted(claim, quotes)


@pytest.mark.parametrize(("claim", "quotes"), RIGHT)
def test_passed(claim: str, quotes: list[str]) -> None:
    assert unaccounted(claim, quotes) == ""


def test_the_fault_names_the_words() -> None:
    assert unaccounted(*WRONG[10]) == 'the claim leaves out "allergic penicillin" of the quoted sentence'
    assert (
        unaccounted("Zinc is safe.", ["Zinc is cheap."])
        == 'the claim leaves out "cheap" of the quoted sentence, and says "safe"'
    )


def test_a_condition_that_the_question_has_told_may_be_left_out_and_a_turning_word_not() -> None:
    quote = ["In adults with asthma, give prednisolone 40 mg."]
    assert unaccounted("Give prednisolone 40 mg.", quote)
    assert unaccounted("Give prednisolone 40 mg.", quote, question="Dose in adults with asthma?") == ""
    turned = ["Metformin is safe unless the eGFR is below 30."]
    assert unaccounted("Metformin is safe.", turned, question="Is metformin safe below an eGFR of 30?")


def test_words_of_title_and_headings_may_be_added() -> None:
    quotes, frames = ["Give artesunate 2.4 mg/kg."], ["Severe malaria\nGive artesunate 2.4 mg/kg."]
    assert unaccounted("In severe malaria, give artesunate 2.4 mg/kg.", quotes)
    assert unaccounted("In severe malaria, give artesunate 2.4 mg/kg.", quotes, frames=frames) == ""


WORDS = st.lists(st.sampled_from(["zinc", "aspirin", "children", "adults", "fever", "daily", "safe", "risk", "stroke", "week"]), min_size=4, max_size=9, unique=True)  # fmt: skip


@given(words=WORDS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_sentence_is_accounted_for_and_each_word_of_sense_counts(
    words: list[str], data: st.DataObject
) -> None:
    sentence = " ".join(words)
    assert unaccounted(sentence, [sentence]) == ""
    without = data.draw(st.integers(0, len(words) - 1))
    shorter = " ".join(words[:without] + words[without + 1 :])
    assert unaccounted(shorter, [sentence])
    assert unaccounted(sentence, [shorter])
    assert unaccounted(f"not {sentence}", [sentence])
    assert unaccounted(sentence, [f"not {sentence}"])


COLDS = "Antibiotics cure viral colds."
TURNED = [
    ["The following statements are false:", COLDS], ["Myth:", COLDS], [COLDS, "This is not true."], [COLDS, "The statement above is incorrect."],
    [COLDS, "That advice was withdrawn in 2020."], ["If there is no allergy:", COLDS], [COLDS, "Correction: antibiotics cure bacterial sinusitis."],
    ["Things to avoid:", "Resting all day.", COLDS],
]  # fmt: skip


@pytest.mark.parametrize("sentences", TURNED)
def test_a_neighbour_that_turns_the_sentence_is_seen(sentences: list[str]) -> None:
    assert turned(COLDS, sentences)


@pytest.mark.parametrize("sentences", [
    [COLDS], ["The guideline says:", COLDS], [COLDS, "This is well known."], [COLDS, "Bed rest is not recommended."],
    ["Myth:", "Bed rest helps.", "The guideline says:", COLDS],
])  # fmt: skip
def test_a_neighbour_that_does_not(sentences: list[str]) -> None:
    assert turned(COLDS, sentences) == ""


def test_a_quote_that_denies_the_claim_is_seen() -> None:
    assert denied("Metformin is safe.", ["Metformin is safe.", "Metformin is not safe."])
    assert denied("Metformin is safe.", ["Metformin is safe.", "Insulin is not safe."]) == ""


@pytest.mark.parametrize(("one", "other"), [
    ("Below 10 × 10 ¹²/L.", "Below 10 × 10 ⁹/L."), ("CD8⁺ cells.", "CD8⁻ cells."), ("The value is x².", "The value is x³."), ("10 nM was used.", "10 nm was used."),
    ("THE DOSE IS 5 MU.", "The dose is 5 mU."), ("CO poisoning is treated.", "Co poisoning is treated."), ("Codeine is safe (Animal Studies, 2019).", "Codeine is safe."),
    ("S. Aureus is treated.", "P. Aureus is treated."), ("Give 2⅓ tablets.", "Give 21/3 tablets."), ("treat all leukaemia.", "Treat ALL leukaemia."),
])  # fmt: skip
def test_what_plain_wording_must_keep_apart(one: str, other: str) -> None:
    assert not says_the_same(one, other)


def test_what_plain_wording_makes_one() -> None:
    assert plain_wording("Zinc helps (Smith and Jones, 2019; Miller et al., 2020).") == plain_wording(
        "Zinc helps."
    )
    assert plain_wording("Below 10 × 10⁹/L.") == plain_wording("Below 10 × 10^9/L.")


def test_a_claim_of_very_many_statements_is_not_parted() -> None:
    sentences = [f"Drug number {n} lowers the pressure." for n in "abcdefghijklmnop"]
    assert not unaccounted(" ".join(sentences[:4]), sentences)
    assert unaccounted(" ".join(sentences), sentences)


@pytest.mark.parametrize(("claim", "quotes"), [
    ("Reduce the dose of enoxaparin to 25%.", ["Reduce the dose of enoxaparin by 25%."]),
    ("Infuse acetylcysteine at 16 hours.", ["Infuse acetylcysteine for 16 hours."]),
    ("Low-dose aspirin is given for 12 weeks of gestation.", ["Low-dose aspirin is given from 12 weeks of gestation."]),
    ("Vancomycin is preferred with metronidazole.", ["Vancomycin is preferred to metronidazole."]),
    ("Deaths with bleeding were rare.", ["Deaths from bleeding were rare."]),
    ("Aspirin is used in healthy adults.", ["Aspirin was used in healthy adults."]),
    ("A higher dose is effective.", ["A higher dose would be effective."]),
    ("A few infants had sequelae.", ["Few infants had sequelae."]),
    ("Refer if all of these criteria are met.", ["Refer if any of these criteria are met."]),
    ("Pain has been present because of surgery.", ["Pain has been present since surgery."]),
    ("Most deaths were prevented.", ["Most deaths were preventable."]),
    ("Clarithromycin is potentiated by warfarin.", ["Clarithromycin potentiates warfarin."]),
    ("Apixaban was replaced by warfarin in most patients.", ["Apixaban replaced warfarin in most patients."]),
    ("For otitis use penicillin, for pharyngitis flucloxacillin, and for cellulitis amoxicillin.",
     ["Use amoxicillin for otitis, penicillin for pharyngitis, and flucloxacillin for cellulitis."]),
    ("Adults with asthma receive omalizumab only.", ["Only adults with asthma receive omalizumab."]),
    ("Vancomycin is given with metronidazole orally.", ["Oral vancomycin is given with metronidazole."]),
    ("Give oral metronidazole and vancomycin for 10 days.", ["Give oral vancomycin and metronidazole for 10 days."]),
    ("The vaccine is not safe and live in pregnancy.", ["The vaccine is not live and safe in pregnancy."]),
    ("Screen men and women over 50 for osteoporosis.", ["Screen women and men over 50 for osteoporosis."]),
    ("Management of mild croup: Give nebulised adrenaline.",
     ["Management of severe croup", "Give nebulised adrenaline.", "Management of mild croup", "Give oral dexamethasone."]),
    ("Heparin is safe in pregnancy; it should be stopped before conception.",
     ["Heparin is safe in pregnancy.", "Warfarin crosses the placenta.", "It should be stopped before conception."]),
    ("Heparin is safe in pregnancy and should be stopped before conception.",
     ["Heparin is safe in pregnancy.", "Warfarin crosses the placenta.", "It should be stopped before conception."]),
    ("Avoid antibiotics.", ["Avoid antibiotics such as gentamicin."]),
    ("Give the patient aspirin.", ["Give the patient aspirin as well as clopidogrel."]),
    ("Isotretinoin may be prescribed by specialists.", ["Isotretinoin may be prescribed by specialists, and pregnancy must be excluded."]),
    ("Laetrile cures cancer.", ["The article reports that laetrile cures cancer."]),
    ("Severe adverse events occurred in 12% of patients.", ["Serious adverse events occurred in 12% of patients."]),
    ("Adults should eat less than 5 g of sodium per day.", ["Adults should eat less than 5 g of salt per day."]),
    ("Give amphotericin B 5 mg/kg daily.", ["Give liposomal amphotericin B 5 mg/kg daily."]),
    ("Bronchopulmonary dysplasia was found in 20%.", ["BPD was found in 20%."]),
    ("Give artemether for 3 days.", ["Give artemether-lumefantrine for 3 days."]),
])  # fmt: skip
def test_small_words_places_and_names_count(claim: str, quotes: list[str]) -> None:
    assert unaccounted(claim, quotes)


@pytest.mark.parametrize(("claim", "quotes"), [
    ("Children with asthma are given a spacer.", ["A spacer is given to children with asthma."]),
    ("Use ORS and zinc in diarrhoea.", ["Use zinc and ORS in diarrhoea."]),
    ("In severe croup, give nebulised adrenaline.", ["Give nebulised adrenaline in severe croup."]),
    ("Management of severe croup: Give nebulised adrenaline.", ["Management of severe croup:", "Give nebulised adrenaline."]),
    ("AS PER World Health Organization STANDARDS, ZINC IS GIVEN WITH ORS.", ["As per WHO standards, zinc is given with ORS."]),
    ("Stop all medicines before surgery.", ["Stop all medicines before surgery, including anticoagulants."]),
])  # fmt: skip
def test_what_keeps_the_sense_is_accounted_for(claim: str, quotes: list[str]) -> None:
    assert unaccounted(claim, quotes) == ""


@pytest.mark.parametrize(("before", "sentence", "behind"), [
    ("", "Give colchicine 1 mg every hour.", "Newer trials contradict this."),
    ("", "Give atropine 1 mg in asystole.", "Do not follow this advice."),
    ("", "Give tetracycline to children with cholera.", "We no longer advise this."),
    ("", "Lithium is safe at any level.", "Disregard the sentence above."),
    ("Which of these statements does not hold?", "Oxygen is given to every patient with a stroke.", ""),
    ("Example of a fatal prescribing mistake.", "Give vincristine 2 mg intrathecally.", ""),
])  # fmt: skip
def test_more_that_turns_a_sentence(before: str, sentence: str, behind: str) -> None:
    assert turned(sentence, [text for text in (before, sentence, behind) if text])


@pytest.mark.parametrize(("sentence", "behind"), [
    ("Give zinc for 10 days.", "Newer trials support this."),
    ("Give zinc for 10 days.", "Do not use antibiotics."),
    ("Give zinc for 10 days.", "We recommend ORS."),
    ("Give zinc for 10 days.", "The dose does not depend on age."),
])  # fmt: skip
def test_what_follows_and_turns_nothing(sentence: str, behind: str) -> None:
    assert not turned(sentence, [sentence, behind])


def test_the_fault_is_told_in_the_words_of_the_text() -> None:
    assert unaccounted("Give vitamin to children.", ["Give vitamin A to children."]) == (
        'the claim leaves out "A" of the quoted sentence'
    )
    assert unaccounted("Avoid it below 30 in pregnancy.", ["Avoid it below 30 and in pregnancy."]) == (
        'the claim leaves out "and" of the quoted sentence'
    )
