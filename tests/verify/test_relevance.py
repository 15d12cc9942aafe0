"""The right kind of answer about the right subject; incidental details of a vignette block nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.ports import CheckInput
from rag.verify.asked import kinds
from rag.verify.relevance import Relevance

Build = Callable[..., CheckInput]
check = Relevance(threshold=0.5)

WRONG = [
    # another drug
    ("Using losartan instead in the BP algorithm: start dose and top dose?", "Start telmisartan 40 mg, then 80 mg.", "A guide to blood pressure"),
    ("MME conversion factor for pethidine (meperidine)?", "Hydromorphone 5 Methadone 4.7 Oxycodone 1.5", "Opioid conversion"),
    ("Albendazole not tolerated. Mebendazole mg/kg instead?", "Albendazole is given at 10–15 mg/kg/day.", "Echinococcosis"),
    ("Apixaban after DVT: dose and how many months?", "Treat DVT for 3 months.", "Thrombosis"), ("What dose of insulin lispro?", "Metformin is started at 500 mg.", "Diabetes"),
    ("Some dehydration: how much ORS?", "In severe dehydration give ORS at 5 ml/kg an hour.", "Dehydration"),
    ("Opioid dose for a child of 9 years?", "Children under 10 years get isoniazid 10 mg/kg a day.", "Tuberculosis"),
    ("3HP for a child of 5 years: dose?", "A child below 20 kg needs 3 mg/kg for each dose.", "Malaria"),
    # another variant
    ("Alveolar echinococcosis (E. multilocularis): how long to continue albendazole?", "Continue albendazole for 6 months.", "Cystic echinococcosis"),
    ("What HbA1c target in type 1 diabetes?", "The HbA1c target is 7% in type 2 diabetes.", "Diabetes"), ("How long to treat latent TB?", "Active TB is treated for 6 months.", "TB"),
    # another population
    ("12-year-old with a fracture: what first MME does the document give?", "The lowest starting dose for opioid-naive adults is 5 to 10 MME.", "Opioids"),
    ("12-year-old with a fracture: what first MME?", "The starting dose of opioids is 5 to 10 MME.", "Opioids"),
    ("24 weeks pregnant. Fasting limit on the OGTT in gestational diabetes?", "On the OGTT diabetes is 200 mg/dL or above after 2 hours.", "Blood tests"),
    ("Breastfeeding mother: amlodipine dose?", "Amlodipine is started at 5 mg.", "Hypertension"), ("18-month-old with otitis: amoxicillin mg/kg/day?", "Amoxicillin in adults is 500 mg.", "Antibiotics"),
    # another kind of answer
    ("How many days of treatment?", "Treatment works well in hospital.", "Treatment"), ("What is the maximum dose of amlodipine?", "Amlodipine is well tolerated.", "Hypertension"),
    ("How strong is the recommendation for UV fixtures?", "UV fixtures are placed near the ceiling.", "TB"), ("What sensitivity does the Xpert sputum test have?", "In 5 mL samples, Xpert sputum testing is used.", "Cysts"),
    ("CKD 4: below what eGFR change to a loop diuretic?", "Change to a loop diuretic above 160 mmHg.", "Hypertension"),
    ("How many patients per nurse does the ward allow?", "One practitioner per 250 beds.", "Infection control"),
    # about something else altogether
    ("H. pylori positive: which eradication regimen?", "Wear gloves when touching blood.", "Infection control"), ("Which antibiotic for cellulitis?", "Screen the hearing of newborns.", "Hearing"),
]  # fmt: skip
RIGHT = [
    ("Usual opioid dose in acute pain?", "Morphine 5 mg is a usual dose.", "Pain"), ("Usual opioid dose in acute pain?", "Start at 5 mg every 4 hours.", "Opioids for pain"),
    ("Some dehydration: how much ORS?", "In some dehydration give 75 ml/kg of ORS; in severe dehydration 5 ml/kg an hour.", "Dehydration"),
    ("Dose in moderate pneumonia?", "In moderate-to-severe pneumonia give 500 mg.", "Chest"),
    ("Once on anti-TB drugs, how long to smear conversion?", "The median time to smear conversion was 20–27 days.", "Tuberculosis"),
    ("Antibiotic dose in pneumonia?", "Amoxicillin 500 mg three times a day for pneumonia.", "Chest"), ("3HP: how many doses?", "3HP is given as 12 weekly doses.", "Tuberculosis"),
    ("66F, stroke last year, LDL 2.1. Should she get a statin already, or wait until 2.6?", "A statin is recommended after stroke with LDL cholesterol of 1.8–2.5 mmol/L.", "Hypertension"),
    ("On lisinopril and spironolactone, pregnancy test positive. Which BP agents are off-limits in pregnancy?", "ACE inhibitors and ARBs are contraindicated in pregnancy.", "Hypertension"),
    ("Ten years of nightly diazepam, wants to reduce. What fortnightly step is usually tolerated?", "Diazepam steps of 5% every fortnight are mostly well tolerated.", "Opioids"),
    ("OUD patient on clonazepam. Should buprenorphine be held?", "Buprenorphine need not be withheld while clonazepam is taken.", "Opioids"),
    ("MME multiplier for hydromorphone vs oxycodone, please.", "Hydromorphone 5 Oxycodone 1.5", "Conversion factors"), ("How strong is WHO's recommendation on UV?", "Upper-room UV is recommended (conditional recommendation, moderate certainty).", "TB"),
    ("Could our pharmacist prescribe? Any strings attached?", "Prescribing by pharmacists is suggested if they are trained.", "Hypertension"), ("Smear positive this morning. What's the longest delay allowed before TB drugs?", "TB drugs should start within two days of a positive smear.", "Hypertension"),
    ("44M, FEV1 30%. Any rule on opioids in severe sleep-disordered breathing?", "Opioids are best avoided in moderate and severe sleep-disordered breathing.", "Opioids"),
    ("Six-year-old with presumed TB. Still mask?", "Masks are used for persons with presumed TB.", "TB infection control"), ("Which pethidine alternative is safer?", "Meperidine has toxic metabolites; morphine is preferred.", "Opioids"),
    ("Since beta-blockers head the list for hypertension, which one do I choose?", "Beta-blockers are not among the first-line classes.", "Hypertension"),
    ("CDC caps opioids at 90 MME/day, so what is the fastest schedule?", "Opioid therapy should not be stopped abruptly; the opioids are not capped rigidly.", "Opioids"),
    ("Albendazole: when is it contraindicated?", "Albendazole is contraindicated in early pregnancy.", "Cysts"), ("Gestational week separating chronic from gestational hypertension?", "Chronic hypertension begins before 20 weeks of gestation.", "Pregnancy"),
    ("Amoxicillin dose for children with otitis?", "Children receive amoxicillin 90 mg/kg/day.", "Otitis"), ("Opened multidose vial. When must it be binned?", "Discard multidose vials within 28 days.", "Injections"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "quote", "title"), WRONG)
def test_refused(given: Build, question: str, quote: str, title: str) -> None:
    assert not check(given(quote, quote, question=question, title=title)).passed


@pytest.mark.parametrize(("question", "quote", "title"), RIGHT)
def test_passed(given: Build, question: str, quote: str, title: str) -> None:
    result = check(given(quote, quote, question=question, title=title))
    assert result.passed, result.detail


def test_the_claim_cannot_supply_the_subject(given: Build) -> None:
    """Echoing the question's drug or population does not make evidence of it."""
    question = "Losartan: start dose?"
    assert not check(
        given("Losartan is started at 40 mg.", "Telmisartan is started at 40 mg.", question=question)
    ).passed
    assert not check(
        given(
            "In children the dose is 5 MME.",
            "The dose in adults is 5 MME.",
            question="Starting MME dose for a child?",
        )
    ).passed


def test_the_sentence_before_may_name_the_drug(given: Build) -> None:
    quote = "The dose is 40–50 mg/kg/day."
    question = "Praziquantel dose?"
    assert check(given(quote, quote, question=question, before="Praziquantel is added after a spill.")).passed
    assert not check(
        given(quote, quote, question=question, before="Albendazole is added after a spill.")
    ).passed


@pytest.mark.parametrize(
    ("before", "section", "passed"),
    [
        ("Staff education in infection control should be in place.", ("Education of staff",), True),
        ("Drug treatment is started at 140 mmHg.", ("Threshold of treatment",), False),
        ("", ("Staff education in infection control",), True),
    ],
)
def test_a_grade_is_of_the_recommendation_above_it(
    given: Build, before: str, section: tuple[str, ...], passed: bool
) -> None:
    grade = "Strong recommendation, low quality of evidence"
    question = "Staff education in infection control: how strong is the recommendation?"
    assert check(given(grade, grade, question=question, before=before, section=section)).passed is passed


def test_the_last_drug_named_before_is_the_one_spoken_of(given: Build) -> None:
    quote = "In the elderly the total is limited to 500 micrograms."
    document = f"Midazolam needs a reserve. Flumazenil is rarely needed. In adults the total is 1 mg. {quote}"
    for drug, passed in (("Flumazenil", True), ("Midazolam", False)):
        start = document.index(quote)
        build = given(
            quote,
            quote,
            question=f"{drug} total in the elderly?",
            document=document,
            start=start,
            end=len(document),
        )
        assert check(build).passed is passed
    for mention in (
        "Do not combine with ceftriaxone.",
        "In allergy to ceftriaxone use another drug.",
        "Weigh for ceftriaxone.",
    ):
        text = f"{mention} Take blood. The dose is 4 mg/kg once daily."
        start = text.index("The dose")
        build = given(
            text[start:],
            text[start:],
            question="What dose of ceftriaxone?",
            document=text,
            start=start,
            end=len(text),
        )
        assert not check(build).passed
    about = "Paracetamol may be given for fever. Weigh the child. The dose is 40 mg/kg twice daily."
    start = about.index("The dose")
    build = given(
        about[start:], about[start:], question="Amoxicillin dose?", document=about, start=start, end=len(about), title="Amoxicillin"
    )  # fmt: skip
    assert check(build).passed  # the title goes before what is mentioned on the way
    far = f"Flumazenil is rarely needed.\nOther matters\n{quote}"
    start = far.index(quote)
    build = given(
        quote,
        quote,
        question="Flumazenil total in the elderly?",
        document=far,
        start=start,
        end=len(far),
        section=("Other matters",),
    )
    assert not check(build).passed


def test_a_correction_needs_a_denial_in_the_quotes(given: Build) -> None:
    question = "CDC caps opioid doses at 90 MME/day, so how many weeks for the opioid taper?"
    assert not check(
        given("CDC does not cap opioid doses.", "CDC helps with opioid doses.", question=question)
    ).passed
    assert check(
        given("CDC does not cap opioid doses.", "CDC opioid doses are no rigid cap.", question=question)
    ).passed


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many days?", {"amount"}), ("Below what eGFR should it be stopped?", {"amount"}), ("Which drugs are first-line?", {"open"}),
        ("Does WHO back them?", {"yes_no"}), ("How strong is the recommendation?", {"strength"}), ("Albendazole mg/kg?", {"amount"}),
        ("Which strength of the spray should be handed out?", {"amount"}),
    ],
)  # fmt: skip
def test_kinds(question: str, expected: set[str]) -> None:
    assert kinds(question) >= expected
    assert ("amount" in kinds(question)) == ("amount" in expected)
