"""No negation or direction is turned; what says the same otherwise passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.ports import CheckInput
from rag.verify.negation import Negation

Build = Callable[..., CheckInput]
check = Negation()

WRONG = [
    ("Patients without diabetes should be treated.", "Patients with diabetes should be treated."), ("It is rarely contraindicated in asthma.", "It is contraindicated in asthma."),
    ("Opioids should be used unless contraindicated.", "Do not use opioids unless benefits outweigh risks."),
    ("Opioids are recommended.", "Opioids are not recommended."), ("Opioids are not recommended.", "Opioids are recommended."),
    ("Use atenolol in pregnancy.", "Avoid atenolol in pregnancy."), ("Atenolol can be used in pregnancy.", "Atenolol should not be used in pregnancy."),
    ("Atenolol is indicated in pregnancy.", "Atenolol is contraindicated in pregnancy."), ("Albendazole is contraindicated with rupture.", "Albendazole is indicated with rupture."),
    ("Buprenorphine should be withheld with benzodiazepines.", "Buprenorphine should not be withheld with benzodiazepines."),
    ("Gloves may be washed.", "Do not wash gloves; they may not be washed."), ("Vaccinate people with asplenia.", "Vaccinate people without asplenia but with severe sickle-cell disease."),
    ("Studies showed a benefit.", "No studies showed a benefit."), ("There is evidence of benefit.", "There is no evidence of benefit."), ("Evidence shows benefit.", "There is insufficient evidence of benefit."),
    ("Stop treatment at surgery.", "Start treatment at surgery."), ("The risk is increased.", "The risk is reduced."), ("The risk was lower with opioids.", "The risk was higher with opioids."),
    ("Give albendazole after surgery.", "Give albendazole before surgery."),


    ("The patient has uncomplicated disease.", "The patient has complicated disease."),
    ("The systolic value counts.", "The diastolic value counts."), ("Masks reduce spread.", "Masks do not reduce spread."), ("Never taper abruptly.", "Taper abruptly."),
    ("The minimum dose is given.", "The maximum dose is given."), ("Give it orally.", "Give it intravenously."), ("Withhold the opioid.", "Do not withhold the opioid; the opioid is not withheld."),
    ("Use X in children.", "Use X in adults."), ("Opioids are not contraindicated in sleep apnoea.", "Opioids are contraindicated in sleep apnoea."),
    ("The exam was not held.", "The exam was held."), ("It increased mortality and reduced pain.", "It reduced mortality and increased pain."),

]  # fmt: skip

RIGHT = [
    ("Less than 3.5 g of potassium counts as insufficient.", "insufficient potassium intake (less than 3.5 g)"),
    ("Opioids are not recommended.", "Opioids should not be used."), ("Atenolol should be avoided in pregnancy.", "Atenolol is contraindicated in pregnancy."),
    ("Do not give atenolol in pregnancy.", "Atenolol must not be given in pregnancy."), ("Naloxone should not be withheld.", "Naloxone should not be withheld when alcohol was taken too."),
    ("No, buprenorphine should not be withheld.", "Buprenorphine should not be withheld."), ("Yes, WHO recommends treatment.", "WHO recommends treatment."),
    ("Dialysis should begin no later than two days after exposure.", "Dialysis should begin no later than two days following exposure."),
    ("Doses should not exceed 8 mg.", "The dose must never exceed 8 mg."), ("It cannot be used.", "It can't be used."), ("The evidence is conditional on need.", "The evidence is conditional on need."),
    ("WHO suggests drug prevention in people without active tuberculosis but with close contact.",
     "WHO suggests preventive drugs in persons without active tuberculosis but with close contact, silicosis, or a kidney graft."),
    ("People with close contact, silicosis or a kidney graft.",
     "WHO suggests preventive drugs in persons without active tuberculosis but with close contact, silicosis, or a kidney graft."),
    ("A conditional recommendation based on very low certainty.", "(Conditional recommendation, very low certainty in the estimates of effects.)"),
    ("The recommendation is conditional.", "WHO suggests treatment by pharmacists."), ("It is started at diagnosis.", "Initiate it at diagnosis."), ("The risk is higher.", "There is an elevated risk."),
    ("Albendazole should not be given before lung surgery.", "ALB should not be given before surgery. Lung surgery requires tier 4 settings."),
    ("Not only adults but also children.", "Adults but also children."), ("Treat unless it is contraindicated.", "Treat unless contraindicated."),
    ("Pause before increasing the dose.", "Before increasing total opioid dosage, clinicians should pause."), ("Do not use it without food.", "It must not be used without food."),
    ("Injection should not be performed.", "It is strongly recommended that injection is not performed."), ("Not advised.", "The use is not advised."), ("", "Anything."),
    ("Start in May 2020.", "Start in May 2020."), ("The drug is effective and safe.", "The drug is both safe and effective."),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quote"), WRONG)
def test_refused(given: Build, claim: str, quote: str) -> None:
    assert not check(given(claim, quote)).passed


@pytest.mark.parametrize(("claim", "quote"), RIGHT)
def test_passed(given: Build, claim: str, quote: str) -> None:
    result = check(given(claim, quote))
    assert result.passed, result.detail


@pytest.mark.parametrize("sentence", sorted({quote for _, quote in (*WRONG, *RIGHT)}))
def test_a_sentence_agrees_with_itself(given: Build, sentence: str) -> None:
    result = check(given(sentence, sentence))
    assert result.passed, result.detail
