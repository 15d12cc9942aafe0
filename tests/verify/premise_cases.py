"""Questions about the demo corpus with what they take for granted. Not tests.

``HELD_OUT`` was looked at only after the rules were written.
"""

from __future__ import annotations

from dataclasses import dataclass


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
