"""Own questions about the demo corpus, and whether what they take for granted is confirmed, refuted or not found.

    python eval/premises.py [--show]

``WRITTEN_FOR`` was read while the rules were written; ``HELD_OUT`` only afterwards. Needs the fetched encoder, no writer.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.datatypes import Premise
from rag.wiring import Pipeline, ingest

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


def is_right(case: Case, found: Sequence[Premise]) -> bool:
    """One premise has the outcome; a refuted one is refuted with the expected words. "none": nothing was split off."""
    if case.outcome == "none":
        return not found
    return any(
        premise.outcome.value == case.outcome
        and case.says.lower() in " ".join(quote.text for quote in premise.quotes).lower()
        for premise in found
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--show", action="store_true", help="print what came of each question")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ingest([DEMO], folder)
        with Pipeline.open(folder) as pipeline:
            for name, cases in (("written for", WRITTEN_FOR), ("held out", HELD_OUT)):
                found = [pipeline.parts.premises.check(c.question, pipeline.parts.corpus) for c in cases]
                right = [is_right(*both) for both in zip(cases, found, strict=True)]
                print(f"{name}: {sum(right)} of {len(right)} right; {_by_outcome(cases, right)}")
                for case, premises, good in zip(cases, found, right, strict=True) if options.show else ():
                    print(f"  {'right' if good else 'WRONG'}  {case.question}  expected {case.outcome}")
                    for premise in premises:
                        quote = premise.quotes[0].text[:160] if premise.quotes else "-"
                        print(
                            f"      {premise.outcome.value} {premise.score or 0:.2f}  “{premise.text}”  {quote}"
                        )


def _by_outcome(cases: Sequence[Case], right: Sequence[bool]) -> str:
    outcomes = dict.fromkeys(case.outcome for case in cases)
    counted = {o: [r for c, r in zip(cases, right, strict=True) if c.outcome == o] for o in outcomes}
    return ", ".join(f"{o} {sum(rs)}/{len(rs)}" for o, rs in counted.items())


if __name__ == "__main__":
    main()
