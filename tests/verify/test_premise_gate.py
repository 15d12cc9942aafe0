"""What may confirm or refute a premise, whoever reads the sentences: a willing reader is held back by rules and surroundings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from rag.datatypes import Hit, Premise, PremiseOutcome, Sentence
from rag.ports import Judgement
from rag.settings import VerificationSettings
from rag.verify.premises import RetrievedPremises
from tests.verify.conftest import Library, document_of

SETTINGS = VerificationSettings()
YES, NOTHING = Judgement(0.99, 0.0), Judgement(0.0)


@dataclass
class Sheet:
    """One document that every search finds whole, or, by a word of the search, in pieces; and the searches."""

    sentences: Sequence[str]
    section: tuple[str, ...] = ()
    title: str = "A guide"
    found_by: dict[int, str] = field(default_factory=dict)
    """Sentences that are found only by searches with this word."""
    asked: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)

    def retrieve(self, question: str, *, k: int) -> list[Hit]:
        self.asked.append(question)
        spans, start = [], 0
        for place, sentence in enumerate(self.sentences):
            if self.found_by.get(place, "") in question:
                spans.append(Sentence(start=start, end=start + len(sentence)))
            start += len(sentence) + 1
        return [
            Hit(rank=1, score=1.0, document="guide.md", title=self.title, page=1, section=self.section, text=self.text,
                document_id="d1", passage_id="p", start=0, end=len(self.text), sentences=tuple(spans))
        ]  # fmt: skip


class Judges:
    """The small judge and the reader in one: the judgement of the first word that a sentence has, else ``other``."""

    id = "judges"

    def __init__(self, other: Judgement = NOTHING, **said: Judgement) -> None:
        self.other, self.said, self.texts = other, said, list[str]()

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [
            next((one for word, one in self.said.items() if word in texts[0]), self.other)
            for texts in evidence
        ]

    def again(
        self, evidence: Sequence[Sequence[str]], claims: Sequence[str], said: Sequence[Judgement]
    ) -> list[Judgement]:
        self.texts += [texts[0] for texts in evidence]
        return self.judge(evidence, claims)


def checked(
    premise: str, sheet: Sheet, *, judge: Judges | None = None, reader: Judges | None = None
) -> Premise:
    checker = RetrievedPremises(sheet, judge or Judges(), SETTINGS, second=reader)
    return checker.check_statements([premise], Library(document_of(sheet.text)))[0]


Ask = Callable[[str, Sheet], PremiseOutcome]


def by_judge(premise: str, sheet: Sheet) -> PremiseOutcome:
    return checked(premise, sheet, judge=Judges(YES)).outcome


def by_reader(premise: str, sheet: Sheet) -> PremiseOutcome:
    return checked(premise, sheet, reader=Judges(YES)).outcome


@pytest.mark.parametrize("ask", [by_judge, by_reader])
@pytest.mark.parametrize(
    ("premise", "sentence"),
    [
        ("A taper of 20% every 2 weeks is used for opioids.", "A taper of 20% every 2 days is used for opioids."),
        ("One nurse per 100 beds is the minimum ratio.", "One nurse per 250 beds is the minimum ratio."),
        ("Atenolol is preferred in hypertension.", "Methyldopa is preferred in hypertension."),
        ("Gloves may be washed for reuse.", "Gloves may not be washed for reuse."),
        ("Soap is preferred after care of any patient.", "Soap is preferred after care of a patient with norovirus."),
        ("The dose is reviewed after the increase to 50 mg.", "The dose is reviewed before the increase to 50 mg."),
        ("Surgery is suggested for cysts above 5 cm.", "Surgery is suggested for cysts below 5 cm."),
        ("Data are reviewed at most every 3 months.", "Data are reviewed at least every 3 months."),
        ("Only nurses wash the tubes.", "Nurses wash the tubes."),
        ("Nurses must wash the tubes.", "Nurses wash the tubes."),
        ("Zinc should be given in diarrhoea.", "Zinc may be given in diarrhoea."),
        ("Measles causes fever in teachers.", "Fever causes measles in teachers."),
        ("Nurses wash the tubes of dialysis.", "Visitors wash the tubes of dialysis."),
        ("Insulin is given before meals.", "Insulin is given until meals."),
        ("Aspirin is recommended for stroke.", "Aspirin is recommended for stroke if a scan is clean."),
        ("Aspirin is recommended for stroke.", "A common misconception is that aspirin is recommended for stroke."),
        ("Aspirin is recommended for stroke.", "Some believe that aspirin is recommended for stroke."),
        ("All equipment is removed in the room.", "All equipment, other than respirators, is removed in the room."),
        ("Heparin and warfarin are given in dialysis.", "Heparin is given in dialysis."),
        ("Beta-blockers are one of the first classes for hypertension.", "The first classes for hypertension, all drugs apart: 1) a thiazide, 2) an ACE inhibitor."),
        ("Salt is limited to 5 g a day in children.", "Salt is limited to 5 g a day in adults."),
    ],
)  # fmt: skip
def test_no_sentence_confirms_what_a_rule_sees_differ(premise: str, sentence: str, ask: Ask) -> None:
    assert ask(sentence, Sheet([sentence])) is PremiseOutcome.SUPPORTED
    assert ask(premise, Sheet([sentence])) is not PremiseOutcome.SUPPORTED


SAFE = "Metformin is safe at an eGFR of 20."


@pytest.mark.parametrize("ask", [by_judge, by_reader])
@pytest.mark.parametrize(
    "sheet",
    [
        Sheet([f"Common myth: {SAFE}"]),
        Sheet(["A common myth about kidneys follows.", SAFE]),
        Sheet([SAFE, "This statement is wrong and has been withdrawn."]),
        Sheet(["The following statements are false:", f"Option A: {SAFE}"]),
        Sheet([SAFE], section=("Former edition",)),
        Sheet(["Do not believe the following:", f"- {SAFE}", f"- {SAFE}"]),
    ],
    ids=["label", "before", "after", "option", "heading", "list"],
)
def test_no_sentence_confirms_what_its_surroundings_turn(sheet: Sheet, ask: Ask) -> None:
    assert ask(SAFE, Sheet([SAFE])) is PremiseOutcome.SUPPORTED
    assert ask(SAFE, sheet) is not PremiseOutcome.SUPPORTED


def test_a_sentence_without_the_support_of_rules_still_keeps_a_premise_from_being_refuted() -> None:
    sheet = Sheet(
        ["Soap is preferred after care of most patients.", "Soap is a poor choice after care of patients."]
    )
    said = "Soap is preferred after care of any patient."
    no = Judgement(0.0, 0.9)
    assert checked(said, sheet, reader=Judges(poor=no)).outcome is PremiseOutcome.REFUTED
    assert checked(said, sheet, reader=Judges(poor=no, most=YES)).outcome is PremiseOutcome.NOT_FOUND


def test_no_sentence_about_other_people_or_another_drug_is_read() -> None:
    for sentence in ("In children salt is limited in dialysis.", "Methyldopa is limited in dialysis."):
        reader = Judges(Judgement(0.0, 0.99))
        found = checked("Heparin and salt are limited in dialysis.", Sheet([sentence]), reader=reader)
        assert (found.outcome, reader.texts) == (PremiseOutcome.NOT_FOUND, [])


def test_a_sentence_about_something_else_is_no_support() -> None:
    sheet = Sheet(["Dialysis machines are cleaned."])
    said = "Dialysis is done with bicarbonate, warm rooms, quiet nurses and a fistula."
    assert checked(said, sheet, judge=Judges(YES)).outcome is PremiseOutcome.NOT_FOUND


def test_the_line_that_opens_a_list_is_read_with_its_items() -> None:
    reader = Judges()
    checked(
        "Masks are worn by visitors.", Sheet(["Masks are worn by:", "- visitors of the ward"]), reader=reader
    )
    items = [text for text in reader.texts if "visitors of the ward" in text]
    assert items
    assert all("Masks are worn by:" in text for text in items)


def test_what_says_most_of_it_is_read_though_others_tell_more() -> None:
    said = "Patients on opioids for pain are seen every 2 weeks."
    telling = [f"Patients on opioids for pain are seen by nurse {name}." for name in "ABCDEFGHIJ"]
    own = "Patients on opioids are seen for pain at least every 2 weeks."
    judge, reader = Judges(**{f"nurse {name}": Judgement(0.0, 0.8) for name in "ABCDEFGHIJ"}), Judges()
    checked(said, Sheet([*telling, own]), judge=judge, reader=reader)
    assert own in "\n".join(reader.texts)
    assert len(reader.texts) == SETTINGS.premise_read + 1


def test_the_most_telling_are_read() -> None:
    sentences = [f"Nurse {name} sees patients on opioids." for name in "ABCDEFGHIJ"]
    judge, reader = Judges(**{"Nurse H": Judgement(0.0, 0.8)}), Judges()
    checked("Patients on opioids are seen monthly.", Sheet(sentences), judge=judge, reader=reader)
    assert any("Nurse H" in text for text in reader.texts)


def test_what_denies_is_looked_at_among_many_that_share_more() -> None:
    many = [f"Methadone and buprenorphine in the pain clinic {place} of the town." for place in range(60)]
    denying = "Buprenorphine never goes in."
    said = "Methadone and buprenorphine are counted in the pain clinic of the town."
    reader = Judges(never=Judgement(0.0, 0.99))
    judge = Judges(never=Judgement(0.0, 0.9))
    found = checked(said, Sheet([*many, denying]), judge=judge, reader=reader)
    assert found.outcome is PremiseOutcome.REFUTED
    assert found.quotes[0].text == denying


def test_lists_and_loose_rules_are_searched_for() -> None:
    listing = "Begin with one of three classes: a thiazide; an ACE inhibitor; or a calcium channel blocker."
    sheet = Sheet([listing, "Hypertension is frequent."], title="Hypertension", found_by={0: "start with"})
    assert (
        checked("Beta-blockers are one of the first classes for hypertension.", sheet).outcome
        is PremiseOutcome.REFUTED
    )
    loose = "The doses of opioids are not an inflexible standard."
    sheet = Sheet([loose, "Opioids are given."], title="Opioids", found_by={0: "inflexible"})
    assert checked("Opioids are capped at a dose of 90 mg a day.", sheet).outcome is PremiseOutcome.REFUTED


def test_a_rule_adds_to_the_reader_and_does_not_replace_it() -> None:
    said = "Masks are washed on the ward."
    denies, other = (
        "Masks and gowns of visitors are not washed on Sunday.",
        "Masks are on the ward of the visitors.",
    )
    unsure, surer = Judgement(0.0, 0.2), Judgement(0.0, 0.4)  # a hint of .5 adds .125
    assert checked(said, Sheet([denies]), reader=Judges(unsure)).outcome is PremiseOutcome.NOT_FOUND
    assert checked(said, Sheet([denies]), reader=Judges(surer)).outcome is PremiseOutcome.REFUTED
    assert checked(said, Sheet([other]), reader=Judges(surer)).outcome is PremiseOutcome.NOT_FOUND


@pytest.mark.parametrize("text", ["", "\x00", "。", "  "])
def test_a_premise_without_words_is_not_found(text: str) -> None:
    assert checked(text, Sheet(["Gloves are worn."])).outcome is PremiseOutcome.NOT_FOUND


def test_an_entry_of_a_bibliography_is_no_evidence() -> None:
    entry = "Retrieved from https://www.example.org/drugs/aspirin-is-unsafe-at-any-dose Office of Drugs."
    found = checked("Aspirin is safe at any dose.", Sheet([entry]), reader=Judges(Judgement(0.0, 0.99)))
    assert found.outcome is PremiseOutcome.NOT_FOUND


def test_a_figure_that_no_sentence_has_keeps_nothing_from_being_refuted() -> None:
    sheet = Sheet(["The score for dialysis is 4 in the ward."])
    said = "The score for dialysis is 7 in the ward."
    assert checked(said, sheet, reader=Judges(Judgement(0.0, 0.9))).outcome is PremiseOutcome.REFUTED


@pytest.mark.parametrize("ask", [by_judge, by_reader])
def test_no_sentence_confirms_what_it_makes_an_exception_of(ask: Ask) -> None:
    sheet = Sheet(["Equipment, other than respirators, is removed in the room."])
    assert ask("Equipment is removed in the room.", sheet) is PremiseOutcome.SUPPORTED
    assert ask("Respirators are removed in the room.", sheet) is not PremiseOutcome.SUPPORTED


@pytest.mark.parametrize("ask", [by_judge, by_reader])
def test_no_question_confirms(ask: Ask) -> None:
    said = "Aspirin is recommended for stroke."
    assert ask(said, Sheet(["Is aspirin recommended for stroke?"])) is not PremiseOutcome.SUPPORTED
