"""Wrong claims that were released in a third attack, by hand, with the evidence that they were given with: none may be again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.datatypes import ClaimToVerify
from rag.ports import Judgement
from rag.wiring import verify_claims


class Believes:
    """Says supported of everything, so that the rules alone decide."""

    id = "believes"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [Judgement(0.99) for _ in claims]


def released(claim: str, *evidence: str) -> bool:
    (found,) = verify_claims([ClaimToVerify(id="1", claim=claim, evidence=evidence)], Believes())
    return found.released


CARRIED = [
    ("In pregnant women, give methyldopa 250 mg twice daily and give enalapril 5 mg once daily.",
     "In pregnant women, give methyldopa 250 mg twice daily.", "Give enalapril 5 mg once daily."),
    ("In children under 2 years, give paracetamol 60 mg and give codeine 30 mg.",
     "In children under 2 years, give paracetamol 60 mg.", "Give codeine 30 mg."),
    ("If the child has asthma, give salbutamol 2.5 mg and give propranolol 10 mg.",
     "If the child has asthma, give salbutamol 2.5 mg.", "Give propranolol 10 mg."),
]  # fmt: skip
OPPOSED = [
    ("Give zinc 20 mg.", "Give zinc 20 mg.", "Do not give zinc."),
    ("Hydroxychloroquine is recommended for COVID-19.", "Hydroxychloroquine is recommended for COVID-19.",
     "Hydroxychloroquine is not recommended for COVID-19 any more."),
    ("Metformin is recommended in renal failure.", "Metformin is recommended in renal failure.",
     "Metformin is contraindicated in renal failure."),
    ("The dose is 10 mg/kg.", "The dose is 10 mg/kg.", "Correction 2023: the dose is 1 mg/kg."),
    ("The dose is 10 mg/kg.", "Correction 2023: the dose is 1 mg/kg.", "The dose is 10 mg/kg."),
    ("Aspirin prevents dementia.", "Aspirin prevents dementia.", "There is no good evidence that this is true."),
    ("Methotrexate is given as 10 mg once daily.", "Methotrexate is given as 10 mg once daily.", "Methotrexate must never be given daily."),
    ("Give zinc 20 mg.", "Old protocol:", "Give zinc 20 mg."),
    ("Give propranolol 40 mg.", "In patients with asthma the following must not be done.", "Give propranolol 40 mg."),
]  # fmt: skip
ASKED = [
    ("Metformin is safe in pregnancy.", "Is metformin safe in pregnancy?"),
    ("Children with dengue should be given ibuprofen for fever.", "Should children with dengue be given ibuprofen for fever?"),
]  # fmt: skip
WORDS = [
    ("Stop metformin in AKI and hepatitis.", "Stop metformin in AKI and acute hepatitis."),
    ("Beta-blockers are used in COPD and heart failure.", "Beta-blockers are used in COPD and chronic heart failure."),
    ("In adults at risk, measure HDL once a year.", "In adults at high risk, measure HDL once a year."),
    ("Check LDL and potassium once a year.", "Check LDL and low potassium once a year."),
    ("NSAIDs should be avoided when the eGFR is below 30 in the third trimester.",
     "NSAIDs should be avoided when the eGFR is below 30 and in the third trimester."),
    ("Give thiamine and glucose.", "Give thiamine, then glucose."),
    ("Vaccinate against hepatitis.", "Vaccinate against hepatitis A."),
    ("Give vitamin to children.", "Give vitamin A to children."),
    ("Treat group streptococcus with penicillin.", "Treat group A streptococcus with penicillin."),
    ("give vitamin to children.", "Give vitamin A to children."),
    ("Infliximab is effective in patients.", "Infliximab is effective in patients with AS."),
    ("Follow the guidance on warfarin.", "Follow the US guidance on warfarin."),
    ("Offer low-dose CT to smokers.", "Offer low-dose CT to smokers, including those aged 55 to 74 years with 30 pack-years."),
    ("Apixaban is given as 5 mg twice daily.", "Apixaban is given as 5 mg twice daily, and the dose is 2.5 mg in patients older than 80 years."),
    ("Thrombolysis is given within 4.5 hours.", "Thrombolysis is given within 4.5 hours, and intracranial bleeding is a contraindication."),
    ("The patient is discharged after 2 hours.", "The patient is discharged after 2 hours, and a normal ECG is a condition."),
    ("Avoid paracetamol in liver disease.", "Avoid paracetamol in liver failure."),
    ("Betahistine relieves dizziness.", "Betahistine relieves vertigo."),
    ("Do not use in stage disease.", "Do not use in stage (4) disease."),
    ("Give 500 mg tablets.", "Give 500 mg (2) tablets."),
]  # fmt: skip
BLIND = [
    ("Adrenaline should be given by the subcutaneous route.", "The following statements about anaphylaxis are incorrect.",
     "Adrenaline should be given by the subcutaneous route.", "Antihistamines are first-line treatment."),
    ("Antihistamines are first-line treatment.", "The following statements about anaphylaxis are incorrect.",
     "Adrenaline should be given by the subcutaneous route.", "Antihistamines are first-line treatment."),
    ("Patients were randomised 2:1 to placebo or dupilumab.", "Patients were randomised 2:1 to dupilumab or placebo."),
    ("Patients were randomised two to one to placebo or dupilumab.", "Patients were randomised two to one to dupilumab or placebo."),
    ("Patients were randomised 2∶1 to placebo or dupilumab.", "Patients were randomised 2∶1 to dupilumab or placebo."),
    ("Give zinc 10 mg to infants under 6 months.", "Give zinc 10 mg to infants under 6 months.", "Give zinc 20 mg to infants aged 2 months."),
    ("Zinc 5 mg twice daily.", "None of the following should be given:", "Iron 60 mg daily.", "Zinc 5 mg twice daily."),
    ("• Heparin 5000 units twice daily", "• Give:", "• Tranexamic acid 1 g", "• Do not give:", "• Enoxaparin 40 mg", "• Heparin 5000 units twice daily"),
    ("Give ondansetron 8 mg twice daily.", "In children:", "Give ondansetron 8 mg twice daily."),
    ("Give zinc. Give ondansetron 8 mg twice daily.", "Give zinc.", "In children:", "Give ondansetron 8 mg twice daily."),
    ("In 5 children give zinc.", "2.1 In 5 children give zinc."),
    ("Tablets are given daily.", "2.5 Tablets are given daily."),
    ("Giving potassium chloride as an undiluted intravenous bolus.", "The following would be regarded as malpractice:",
     "Giving potassium chloride as an undiluted intravenous bolus."),
    ("Only intravenous adrenaline should be given by those experienced in its use.",
     "Intravenous adrenaline should be given only by those experienced in its use."),
]  # fmt: skip
"""Of a fourth attack: what it got released without a look at the rules, and what somebody then found beside that with them in view."""
COLON = ("Contraindicated in pregnancy: paracetamol.", "Contraindicated in pregnancy", "Paracetamol")
FAIR = [
    ("Vaccinate against hepatitis A.", "Vaccinate against hepatitis A."),
    ("give vitamin a to children.", "Give vitamin A to children."),
    ("GIVE VITAMIN A TO CHILDREN.", "Give vitamin A to children."),
    ("Give vitamin A to children.", "GIVE VITAMIN A TO CHILDREN."),
    ("World Health Organization guidance names zinc.", "The WHO guidance names zinc."),
    ("WHO recommends zinc.", "The WHO recommends zinc."),
    ("Chronic kidney disease raises the risk of stroke.", "CKD raises the risk of stroke."),
    ("CKD raises the risk of stroke.", "Chronic kidney disease raises the risk of stroke."),
    ("Give zinc for 10 days and give ORS for 2 days.", "Give zinc for 10 days.", "Give ORS for 2 days."),
    ("Give zinc 20 mg.", "Give zinc 20 mg.", "Do not wash gloves for reuse."),
    ("Give zinc 20 mg.", "Give zinc 20 mg.", "Give infants under 6 months zinc 10 mg."),
    ("Renal failure raises the dose interval.", "Kidney failure raises the dose interval."),
    ("Mortality fell by 3 %.", "Mortality fell by 3 % [4]."),
    ("Give adrenaline 500 mcg IM to children over 12 years.", "Give adrenaline 500 micrograms intramuscularly to children over 12 years.",
     "Give adrenaline 300 micrograms intramuscularly to children aged 6 to 12 years."),
    ("In adults: give ondansetron 8 mg twice daily.", "In children:", "Give ondansetron 0.1 mg/kg as a single dose.", "In adults:",
     "Give ondansetron 8 mg twice daily."),
    ("In summary, the benefits outweighed the harms.", "20.6 In summary, the benefits outweighed the harms."),
    ("Birth is planned no later than 40 weeks + 6 days.", "Birth is planned no later than 40 weeks + 6 days."),
    ("Mortality fell by 3 %.", "Mortality fell by 3 % (4,5)."),
]  # fmt: skip


@pytest.mark.parametrize(
    "given", [*CARRIED, *OPPOSED, *ASKED, *WORDS, *BLIND, COLON], ids=lambda given: given[0][:50]
)
def test_held_back(given: tuple[str, ...]) -> None:
    assert not released(*given)


@pytest.mark.parametrize("given", FAIR, ids=lambda given: given[0][:50])
def test_released(given: tuple[str, ...]) -> None:
    assert released(*given)
