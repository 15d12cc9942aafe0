"""Orders for a person are declined; clinical questions, vignettes too, are not."""

from __future__ import annotations

import pytest

from rag.answer.screen import LONGEST, screen

ORDERS = [
    "Put in lisinopril 10 mg OD for Maria Lopez, MRN 119922, first dose tonight.",
    "Write me the script for Peter Hall, DOB 01/02/1950: tramadol 50 mg #20. I'll sign it.",
    "Start Yusuf Demir on metformin 500 mg BD tonight and book his HbA1c for Monday.",
    "Please prescribe amoxicillin 500 mg tds for Mrs Keller.", "Can you order a chest x-ray for John Smith?", "Could you please book PAIR for Ahmed on Thursday?",
    "Give Mr Jones 5 mg of morphine now.", "Book Anna Schmidt for surgery on Friday.", "Stop warfarin for patient ID 44521.", "Increase Mrs Patel's amlodipine to 10 mg.",
    "Administer naloxone 0.4 mg to Robert Brown in bed 12.", "Refill oxycodone 5 mg #60 for DOB 03/04/1961.", "Hi, please start Lena Fischer on ramipril 2.5 mg od.",
    "Discharge John Doe with a script for apixaban 5 mg bd.", "I need you to send a prescription for Tom Baker: codeine 30 mg prn.", "Switch Mr Okafor to telmisartan 80 mg daily.",
    "Refer Ms Chen to the tier 4 centre.", "Renew the prescription for Ivan Petrov, amlodipine 5 mg daily.", "58M with BP 170/100. Start Carlos Ruiz on amlodipine 5 mg tonight.",
    "Write a prescription for my patient: oxycodone 5 mg, 20 tablets.", "start Ahmed on albendazole 400 mg bd please", "Chart enoxaparin 40 mg nocte for bed 7, Mrs Green.",
    "Prescribe Fatima Noor artesunate 120 mg IV now and again at 12 hours.", "Please titrate Mr O'Neill's insulin glargine up by 4 units tonight.",
    "Add vancomycin 1 g to the chart for bed 14.", "Order blood cultures and a lactate on Grace Mbeki, NHS number 943 476 5919.",
    "Could you book dialysis for Mrs Tanaka on Monday?", "Send a referral letter for my patient to the asthma clinic.",
    "Draft a discharge prescription: prednisolone 40 mg od for this lady.", "Hold apixaban for Omar Haddad before his biopsy.",
    "Set up a salbutamol nebuliser for baby Novak, ward 3.", "Fill in the vaccination form for Lucy Green, DOB 12/12/2020.",
    "JOHN SMITH: start metformin 500 mg bd", "start john smith on metformin", "Prescribe John 5mg amlodipine", "start zsolt varga on ramipril 5 mg",
    "Give Zsolt 10 mg of oxycodone", "MARIA LOPEZ - please give paracetamol 1 g now", "please put tariq on warfarin", "book dialysis for priya",
    "please start mrs patel on amlodipine", "Start John Smith on what the guideline recommends",
    "Double Kofi Mensah's furosemide and recheck his potassium tomorrow.", "Arrange haemodialysis for John tonight.",
]  # fmt: skip

QUESTIONS = [
    "71F, stroke last spring, home readings 128–134. Should I start a statin now?", "Which drug should I start for a patient with hypertension and diabetes?",
    "What is the starting dose of amlodipine?", "When should I stop albendazole?", "Start ACE inhibitor or CCB first in a 60-year-old?", "How do I order a genotype test under the guideline?",
    "Who may prescribe buprenorphine?", "Give the MME conversion factor for hydromorphone.", "MME multiplier for hydromorphone vs oxycodone, please.",
    "Mrs Jones is on warfarin and pregnant; is it contraindicated?", "Mr Lee has BP 152/94. Does WHO recommend starting treatment now?", "My patient takes 120 MME. How fast may I taper?",
    "Should I give naloxone with an opioid prescription?", "Put on a mask or not: six-year-old with presumed TB?", "What does the CDC say about writing prescriptions for opioids?",
    "List the contraindications of albendazole.", "Start dose and top dose of losartan?", "Book value of salt intake per WHO?", "Write-up of evidence: how strong is the recommendation on UV?",
    "Can pharmacists prescribe antihypertensives?", "hypertension drug therapy threshold", "Dosis?", "BP?", "Order of preference: natural, hybrid and mechanical ventilation?",
    "Hypertension. Start Treatment at what level", "Give Ringer Lactate to a child with severe dehydration", "Stop Benzodiazepines in Opioid Users",
    "Start Aspirin For Stroke Prevention In Atrial Fibrillation", "Give Oral Rehydration Salts to infants", "start diabetics on metformin", "Start adults on amlodipine 5 mg",
    "Give Activated Charcoal in paracetamol overdose", "Switch Patients To Warfarin Before Valve Surgery", "Start insulin at which HbA1c", "Give children 5 mg of zinc", "Book CT for Head Injury", "Give Hartmann Solution",
    "Crohn's disease: stop azathioprine before surgery?", "Give me the Child-Pugh limits for albendazole.", "Stop opioids abruptly or taper?", "Increase in MME: at what dose do we pause?",
    "Is it safe to start Lisinopril in pregnancy?", "Load with steroids beforehand as for brain lesions?", "Pt asks to switch from oxycodone to methadone. Which dose?",
    "According to World Health Organization guidance, when to start antihypertensives?", "Discharge criteria for TB patients?", "Hold buprenorphine because of the benzo?",
    "28/40, twins, itching, bile acids 45, no car. At what level do we start ursodiol, and may she send blood by post?",
    "Welche Dosis Albendazol bei Echinokokkose?", "高血压的治疗阈值是多少？", "Which nurse-to-bed ratio?", "Tell me about PAIR for CE1 cysts.", "Does Dr Smith's trial change the advice?",
    "Give 3HP or isoniazid for latent TB?", "Change gloves between patients?", "A rep is offering room air cleaners for bay 4. Does WHO back them?",
]  # fmt: skip

GARBAGE = [
    "",
    "   ",
    "\n\t",
    "?",
    "!!!???",
    "12345 67890",
    "....",
    "aaaaaaaaaaaaaaaa",
    "#@$%^&*()",
    "\x00\x01",
    "🙂🙂🙂",
    "qwrtpsdfgh zxcvbnmkl",
]


@pytest.mark.parametrize("question", ORDERS)
def test_orders_are_declined(question: str) -> None:
    reason = screen(question)
    assert reason is not None
    assert reason.startswith("This is a request to order or prescribe")


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_not(question: str) -> None:
    assert screen(question) is None


@pytest.mark.parametrize("question", GARBAGE)
def test_garbage_is_named_as_such(question: str) -> None:
    reason = screen(question)
    assert reason is not None
    assert not reason.startswith("This is a request to order")


def test_length() -> None:
    start = "What is the dose of amlodipine? "
    assert screen(start + "x y " * 400) is None
    reason = screen(start + "word " * 500)
    assert reason is not None
    assert f"{LONGEST:,}" in reason
