"""What a question presupposes in participles, relative clauses and noun phrases; what a plain question does not."""

from __future__ import annotations

import pytest

from rag.verify.asserted import premises_of


@pytest.mark.parametrize(
    ("question", "premise"),
    [
        ("Zinc being the usual first step in measles, what dose do I begin with?", "Zinc is the usual first step in measles."),
        ("What starting dose of digoxin is sensible, it being the drug of choice in gout?", "Digoxin is the drug of choice in gout."),
        ("With half of the infants never coming back, what could the unit do?", "Half of the infants are never coming back."),
        ("How does a pensioner claim the walking frames that the State programme pays for?", "The State programme pays for walking frames."),
        ("What replaces the masks that WHO bans in open wards?", "WHO bans masks in open wards."),
        ("How do we tell the parents about children with measles, who are exempt from vaccination?", "Children with measles are exempt from vaccination."),
        ("Which long-acting insulin does the CDC prefer for travellers?", "The CDC prefers long-acting insulin for travellers."),
        ("How many days of zinc lead-in does WHO advise before surgery?", "WHO advises zinc lead-in before surgery."),
        ("How do we enforce the ban on artificial nails in clinics?", "Artificial nails in clinics are banned."),
        ("Who clears the room after the mandatory two hours of standing empty?", "Two hours of standing empty is mandatory."),
        ("If gloves are recommended in the pharmacy, who counts?", "Gloves are recommended in the pharmacy."),
        ("Can I give the usual 5 to 10 mg dose of morphine?", "5 to 10 mg dose of morphine is usual."),
        ("Who pays for the maximum 4 doses a week?", "4 doses a week is maximum."),
        ("Who books the scan WHO asks for every 3 months?", "WHO asks for scan every 3 months."),
        ("Which of the two drugs that WHO recommends for malaria is cheaper?", "WHO recommends two drugs for malaria."),
        ("What do I do with gloves that the guide says must be changed hourly?", "Gloves must be changed hourly."),
        ("For night nurses, who are exempt from vaccination, what else?", "Night nurses are exempt from vaccination."),
        ("Dialysis being banned at home, what else?", "Dialysis is banned at home."),
        ("Why does WHO put CT ahead of ultrasound for appendicitis?", "WHO puts CT ahead of ultrasound for appendicitis."),
        ("Why has awareness of diabetes stood still since 2017?", "Awareness of diabetes has stood still since 2017."),
        ("Why is measles most common among teachers in the survey?", "Measles is most common among teachers in the survey."),
        ("Honey and syrup stay outside the free sugar limit, so how much is fine?", "Honey and syrup stay outside the free sugar limit."),
        ("Broken arm, no fever: seeing that slings are banned in children, what do I use?", "Slings are banned in children."),
    ],
)  # fmt: skip
def test_it_is_split_off_as_a_statement(question: str, premise: str) -> None:
    assert premises_of(question) == (premise,)


@pytest.mark.parametrize(
    "question",
    [
        "Which drugs does WHO recommend for malaria?",
        "Which adults without a fever does WHO still suggest treating in the first week?",
        "What dose of zinc does the guideline give for infants?",
        "Which patients does the CDC advise to test?",
        "Would WHO start drugs at that level?",
        "UV lamps near the ceiling of our clinic: how strong is WHO's recommendation?",
        "My patient, who is on warfarin, has a fever. What now?",
        "With a fever of 39 and a stiff neck, what should be done first?",
        "Is there a limit on alcohol in pregnancy?",
        "If she vomits, should the dose be repeated?",
        "Who should wear a respirator?",
        "The child being unwell, what do I give him?",
        "If gloves have to be changed every ten minutes, who counts?",
        "If dialysis must be stopped, for how long?",
        "Is it true that WHO recommends fasting before dialysis?",
        "If surgery is required in pregnancy, which anaesthetic?",
        "If salt is limited to 10 g a day, how many spoons is that, correct?",
        "When treatment is started with two drugs, how often are they changed?",
    ],
)
def test_a_plain_question_presupposes_nothing_to_look_up(question: str) -> None:
    assert premises_of(question) == ()
