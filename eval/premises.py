"""Own questions about the demo corpus, and whether what they take for granted is confirmed, refuted or not found.

    python eval/premises.py [--data FOLDER] [--show [WORD]]
    python eval/premises.py --blind --data ../shared/data/guidelines [--index indexes/guidelines] [--given]

``WRITTEN_FOR``, ``HELD_OUT`` and the lists named SEEN were read while the rules were written: ``HELD_OUT`` was held out
from the first rules only. ``HELD_OUT_2`` and ``HELD_OUT_GUIDELINES`` were written before the rules of premises were last
changed, and of them no more than the counts were looked at until afterwards. The guideline lists need FOLDER with the two
PDF files of ``GUIDELINES``. ``--blind``: ``own_premises.jsonl``, sets written over eleven guidelines, the first three by somebody who had not seen the
rules: the first two ask as people talk, the third in the words of guidelines. Set 4 was written to break the rules, with them in
view, most of it near copies of true statements; they were mended with it in view. Set 5 is of that kind and by somebody who had
seen none of it. ``--given``: their premises as plain statements, in place of
what is split off the question. Needs the fetched models: the writer reads the sentences.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.datatypes import Premise, PremiseOutcome
from rag.verify.premises import RetrievedPremises
from rag.wiring import Pipeline, ingest

OWN = Path(__file__).resolve().parent / "own_premises.jsonl"
DEMO = Path(__file__).resolve().parent.parent / "corpora" / "demo"


@dataclass(frozen=True)
class Case:
    question: str
    outcome: str
    """ "supported", "refuted", "not_found"; "none" for a question without a premise."""
    says: str = ""
    """Words of the quote that must be shown for a refuted premise."""


WRITTEN_FOR = (
    Case("Since tests for secondary hypertension must be done before treatment starts, which ones do I order?", "refuted", "never where they would delay"),
    Case("ACE inhibitors are safe in pregnancy, so which one is preferred?", "refuted", "must not be given in pregnancy"),
    Case("The sepsis sheet recommends starches for resuscitation. Which starch, and how much?", "refuted", "Do not use starches"),
    Case("As the sepsis guideline allows the qSOFA score as the only screening tool, what score counts as positive?", "refuted", "Do not use the qSOFA score as the only"),
    Case("Given the guideline's advice to give intravenous vitamin C in septic shock, what dose should I use?", "refuted", "Do not give intravenous vitamin C"),
    Case("I convert morphine to oxycodone with the MME conversion factors, correct?", "refuted", "must not be used to convert"),
    Case("The dehydration sheet lets us give antidiarrhoeal drugs to young children. Which one first?", "refuted", "Do not give antidiarrhoeal drugs"),
    Case("We review patients every 6 weeks until the blood pressure target is reached, as the clinic protocol says. When can that be stretched?", "refuted", "every month"),
    Case("Since pregnancy is a contraindication to isoniazid, what do we give instead?", "refuted", "not a contraindication to isoniazid"),
    Case("Beta-blockers are one of the first classes for hypertension, so which do I begin with?", "refuted", "one of three classes"),
    Case("Since zinc is given for 10–14 days to every child with diarrhoea, what is the daily dose at 4 months?", "supported"),
    Case("Norepinephrine is used first in septic shock, so what do I add when the pressure stays low?", "supported"),
    Case("Given that opioids should not be stopped suddenly, how fast can they be reduced after years of use?", "supported"),
    Case("The malaria guideline says artesunate is given for at least 24 hours. What follows?", "supported"),
    Case("Since metformin is safe at an eGFR of 20, what is the top dose?", "not_found"),
    Case("The sepsis sheet recommends methylene blue for refractory shock. What is the dose?", "not_found"),
    Case("58F, eGFR 28, on metformin. How often should blood pressure be reviewed?", "none"),
    Case("72-year-old without other disease, confirmed hypertension. At what blood pressure does our clinic protocol start treatment?", "none"),
    Case("My patient is allergic to penicillin and has septic shock. Which vasopressor first?", "none"),
)  # fmt: skip

HELD_OUT = (
    Case("Treatment of hypertension can wait three months after the diagnosis, as the guideline says. When do I book the next visit?", "refuted", "no later than four weeks"),
    Case("Since ACE inhibitors and angiotensin receptor blockers are combined with each other, at what doses?", "refuted", "not combined"),
    Case("The opioid sheet recommends starting with an extended-release opioid. Which one should I choose?", "refuted", "immediate-release"),
    Case("Detoxification alone is recommended for opioid use disorder, so how long should it last?", "refuted", "is not recommended"),
    Case("As 5% glucose on its own is recommended for severe dehydration, how many ml/kg?", "refuted", "Do not use 5% glucose"),
    Case("Rifapentine is recommended in pregnancy, so which regimen: 3HP or 1HP?", "refuted", "not recommended in pregnancy"),
    Case("A tuberculin skin test is required for people with HIV before preventive treatment, correct?", "refuted", "neither is required"),
    Case("The pregnancy sheet gives 400 micrograms of folic acid a day. For how long?", "supported"),
    Case("Since smoking raises haemoglobin, how is the measured value corrected?", "supported"),
    Case("Why are balanced crystalloids preferred to normal saline?", "supported"),
    Case("Given that naloxone should be offered with opioids, who needs it most?", "supported"),
    Case("The malaria guideline recommends tafenoquine for relapse. What is the dose?", "not_found"),
    Case("Vitamin D is recommended for every pregnant woman, so how many units a day?", "not_found"),
    Case("32-year-old woman, second trimester, haemoglobin 104 g/L. Is that anaemia?", "none"),
    Case("A child of 8 kg vomits after ORS. How long do we wait?", "none"),
)  # fmt: skip

SEEN_2 = (
    Case("The haemoglobin sheet says 110 g/L applies to all trimesters. Is a second-trimester value of 107 mild anaemia?", "refuted", "trimester"),
    Case("My consultant says that antibiotics should be given for plain watery diarrhoea. Which one, and for how many days?", "refuted", "not for plain watery diarrhoea"),
    Case("In which arm should normal saline, the preferred crystalloid in sepsis, be infused?", "refuted", "balanced crystalloids"),
    Case("Nurses may not prescribe for hypertension, so who should see the patient when no doctor is there?", "refuted", "Nurses and pharmacists"),
    Case("Since vasopressin is the first vasopressor in septic shock, at what rate is it run?", "refuted", "norepinephrine first"),
    Case("Rifapentine can be combined with protease inhibitors as the TB sheet says. Which protease inhibitor needs a dose change?", "refuted", "must not be combined"),
    Case("What hydrocortisone taper is used after the 400 mg daily dose that the sepsis sheet recommends in septic shock?", "refuted", "200 mg"),
    Case("Insulin is started at 140 mg/dL in sepsis, so how often is glucose measured then?", "refuted", "180 mg/dL"),
    Case("Given that primaquine is not given to pregnant women, what prevents relapse in pregnancy?", "supported"),
    Case("The hypertension summary recommends starting with two medicines in one tablet. Which two?", "supported"),
    Case("ORS is given over 4 hours in some dehydration, right? How much for 8 kg?", "supported"),
    Case("Since magnesium is recommended in septic shock, what is the dose?", "not_found"),
    Case("Child of 14 months, 9 kg, sunken eyes, drinks eagerly. How much ORS in the first 4 hours?", "none"),
    Case("She is 10 weeks pregnant with falciparum malaria, so which drug is first choice?", "none"),
    Case("What is the first vasopressor in septic shock, and when is vasopressin added?", "none"),
)  # fmt: skip

HELD_OUT_2 = (
    Case("When the malaria guideline recommends quinine for severe malaria, what loading dose is used?", "refuted", "artesunate"),
    Case("Vasopressors have to wait for a central line, right? Who can put one in at night?", "refuted", "not delayed until"),
    Case("We hold back feeds in diarrhoea without dehydration, as the dehydration sheet tells us. For how many hours?", "refuted", "Go on feeding"),
    Case("A G6PD test is needed before the single dose of primaquine, correct? Where do I send it?", "refuted", "not needed"),
    Case("Isoniazid is fine in active hepatitis, isn't it? What dose?", "refuted", "Do not give preventive treatment"),
    Case("Which of the two extended-release opioids recommended for starting treatment is better?", "refuted", "immediate-release"),
    Case("Since opioids should be cut by 25 % a week after a year of use, how do I write the taper?", "refuted", "10%"),
    Case("Why should the dose be reconsidered before 50 MME a day is reached?", "supported"),
    Case("My colleague says that detoxification alone is not recommended for opioid use disorder. What should be offered?", "supported"),
    Case("As artesunate is given at 3 mg/kg below 20 kg, how much does a child of 12 kg need?", "supported"),
    Case("The opioid sheet recommends gabapentin for chronic pain. What starting dose?", "not_found"),
    Case("Why is losartan contraindicated in gout?", "not_found"),
    Case("I have a 45-year-old on 60 MME a day who takes diazepam. Should I offer naloxone?", "none"),
    Case("How long is follow-up of blood pressure monthly, and when is it every 3–6 months?", "none"),
)  # fmt: skip

GUIDELINES = (
    "who/who_hypertension_pharmacological_treatment_2021.pdf",
    "us_gov/cdc_outpatient_infection_prevention_guide_2016.pdf",
)

SEEN_GUIDELINES = (
    Case("WHO recommends a target below 120 systolic in diabetes. How fast should I get there?", "refuted", "<130"),
    Case("Why is atenolol the preferred beta-blocker in pregnancy?", "refuted", "atenolol is also contraindicated"),
    Case("WHO advises starting everyone on one drug alone; when is the second added?", "refuted", "combination therapy"),
    Case("Community pharmacists cannot prescribe under the WHO hypertension guideline, so whom do I refer to?", "refuted", "pharmacists"),
    Case("A syringe may be reused if the needle is changed, as the CDC guide allows. How many patients per syringe?", "refuted", "even if the needle is changed"),
    Case("Since soap and water is the preferred method of hand hygiene in clinics, when is alcohol rub allowed?", "refuted", "preferred method"),
    Case("Since infection prevention training is only repeated every five years, who is due this year?", "refuted", "annually"),
    Case("As treatment should start within four weeks of the diagnosis, when do I book the patient?", "supported"),
    Case("Why are long-acting antihypertensives preferred?", "supported"),
    Case("The CDC guide says gloves must not be washed for reuse. What if we run short?", "supported"),
    Case("Since renal denervation is recommended for resistant hypertension, who qualifies?", "not_found"),
    Case("68-year-old man, 152/94, no other disease. Should I start drugs?", "none"),
)  # fmt: skip

HELD_OUT_GUIDELINES = (
    Case("Since lab tests must come back before the first antihypertensive is prescribed, which ones are urgent?", "refuted", "delay"),
    Case("After starting treatment WHO wants the first follow-up at six months, so what do I check at that visit?", "refuted", "month"),
    Case("Spironolactone can be continued in pregnancy, right? At what dose?", "refuted", "spironolactone"),
    Case("We share one single-dose vial between two patients, which the CDC guide permits. How long may it stay open?", "refuted", "more than one patient"),
    Case("The CDC outpatient guide says multidose vials belong in the operating room. Where should they be stored there?", "refuted", "should not enter"),
    Case("Gowns can be kept on from one patient to the next, correct?", "refuted", "same gown"),
    Case("Disinfection comes before cleaning of endoscopes, right? For how many minutes?", "refuted", "precede"),
    Case("Since methyldopa is a preferred drug in pregnancy, what about side effects?", "supported"),
    Case("Given that alcohol rub is preferred for hand hygiene, when do we still need soap?", "supported"),
    Case("Syringes are used for one patient only, so where do I throw them?", "supported"),
    Case("The CDC outpatient guide recommends copper door handles. Which alloy?", "not_found"),
    Case("One of our nurses had a needlestick today. What does the guide say about sharps containers?", "none"),
    Case("Which drugs are contraindicated in pregnancy according to WHO?", "none"),
)  # fmt: skip


def is_right(case: Case, found: Sequence[Premise]) -> bool:
    """One premise has the outcome; a refuted one is refuted with the expected words. "none": nothing was split off."""
    if case.outcome == "none":
        return not found
    return any(
        premise.outcome.value == case.outcome
        and case.says.lower() in " ".join(quote.text for quote in premise.quotes).lower()
        for premise in found
    )


def is_wrongly_refuted(case: Case, found: Sequence[Premise]) -> bool:
    """Told as refuted although no document speaks against it."""
    return case.outcome != "refuted" and any(p.outcome is PremiseOutcome.REFUTED for p in found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where the files of GUIDELINES are")
    parser.add_argument(
        "--show", nargs="?", const="", metavar="WORD", help="what came of each question of lists so named"
    )
    parser.add_argument(
        "--blind", action="store_true", help="own_premises.jsonl over the guidelines in FOLDER"
    )
    parser.add_argument("--index", type=Path, help="with --blind: an index of them, in place of a new one")
    parser.add_argument("--given", action="store_true", help="with --blind: the premises as plain statements")
    options = parser.parse_args()
    if options.blind:
        return _measure_blind(options.data, options.index, given=options.given, show=options.show is not None)
    _measure([DEMO], DEMO_LISTS, options.show)
    if options.data:
        _measure([options.data / name for name in GUIDELINES], GUIDELINE_LISTS, options.show)


def _measure_blind(data: Path | None, index: Path | None, *, given: bool, show: bool) -> None:
    if index is None and data is None:
        raise SystemExit(
            "--blind needs --data FOLDER with us_gov/ and who/, or --index with an index of them"
        )
    rows = [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        if index is None and data is not None:
            ingest([data / "us_gov", data / "who"], folder)
        with Pipeline.open(index or folder) as pipeline:
            checker = pipeline.parts.premises
            assert isinstance(checker, RetrievedPremises)
            print(f"read by: {pipeline.identity().premise_reader or 'rules and judge alone'}")
            counts: Counter[tuple[Any, ...]] = Counter()
            for row in rows:
                if given and "premise" in row:
                    found = checker.check_statements([row["premise"]], pipeline.parts.corpus)
                else:
                    found = checker.check(row["question"], pipeline.parts.corpus)
                counts.update(_counted(row, found))
                if show:
                    print(f"  {row['outcome']:10} {row['question']}")
                    for premise in found:
                        said = " ".join(quote.text for quote in premise.quotes)[:160]
                        print(
                            f"      {premise.outcome.value} {premise.score or 0:.2f}  “{premise.text}”  {said}"
                        )
    for part in sorted({key[:2] for key in counts}):
        print(
            *part,
            ", ".join(f"{key[2]} {n}" for key, n in sorted(counts.items()) if key[:2] == part),
            sep="  ",
        )


def _counted(row: Mapping[str, Any], found: Sequence[Premise]) -> list[tuple[Any, ...]]:
    """What came of one question: told as refuted, with a quote on a page that refutes it, told as confirmed."""
    refuted = [p for p in found if p.outcome is PremiseOutcome.REFUTED]
    right = any(
        q.document == row.get("document") and q.page in row["pages"] for p in refuted for q in p.quotes
    )
    told = {
        "questions": True, "with a premise split off": bool(found), "told as refuted": bool(refuted),
        "refuted on its page": right, "told as confirmed": any(p.outcome is PremiseOutcome.SUPPORTED for p in found),
    }  # fmt: skip
    return [(f"set {row['set']}", row["outcome"], name) for name, holds in told.items() if holds]


DEMO_LISTS = {
    "first, written for": WRITTEN_FOR,
    "first, held out": HELD_OUT,
    "second, seen": SEEN_2,
    "second, held out": HELD_OUT_2,
}
GUIDELINE_LISTS = {"guidelines, seen": SEEN_GUIDELINES, "guidelines, held out": HELD_OUT_GUIDELINES}


def _measure(paths: Sequence[Path], lists: Mapping[str, Sequence[Case]], show: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ingest(paths, folder)
        with Pipeline.open(folder) as pipeline:
            checker = pipeline.parts.premises
            assert checker is not None
            for name, cases in lists.items():
                found = [checker.check(c.question, pipeline.parts.corpus) for c in cases]
                right = [is_right(*both) for both in zip(cases, found, strict=True)]
                wrongly = sum(is_wrongly_refuted(*both) for both in zip(cases, found, strict=True))
                print(
                    f"{name}: {sum(right)} of {len(right)} right; {_by_outcome(cases, right)}; wrongly refuted {wrongly}"
                )
                if show is not None and show in name:
                    _show(cases, found, right)


def _show(cases: Sequence[Case], found: Sequence[Sequence[Premise]], right: Sequence[bool]) -> None:
    for case, premises, good in zip(cases, found, right, strict=True):
        print(f"  {'right' if good else 'WRONG'}  {case.question}  expected {case.outcome}")
        for premise in premises:
            quote = premise.quotes[0].text[:160] if premise.quotes else "-"
            print(f"      {premise.outcome.value} {premise.score or 0:.2f}  “{premise.text}”  {quote}")


def _by_outcome(cases: Sequence[Case], right: Sequence[bool]) -> str:
    outcomes = dict.fromkeys(case.outcome for case in cases)
    counted = {o: [r for c, r in zip(cases, right, strict=True) if c.outcome == o] for o in outcomes}
    return ", ".join(f"{o} {sum(rs)}/{len(rs)}" for o, rs in counted.items())


if __name__ == "__main__":
    main()
