"""A premise is supported, refuted or not found, by rules and judge together; silence supports nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import fakes
import pytest

from rag.datatypes import PremiseOutcome, Quote
from rag.ports import CheckInput, Judgement
from rag.settings import VerificationSettings
from rag.verify.premises import RetrievedPremises, Seen, decide, decide_read
from rag.verify.saying import figures, says
from rag.verify.subject import frame_of

SETTINGS = VerificationSettings()


class Says:
    """One judgement for whatever sentence has ``word``, nothing for the others."""

    id = "says"

    def __init__(self, word: str = "", supports: float = 0.0, refutes: float = 0.0) -> None:
        self.word, self.judgement = word, Judgement(supports, refutes)

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [self.judgement if self.word in texts[0] else Judgement(0.0) for texts in evidence]


def check(question: str, judge: Says, **changes: object) -> tuple[PremiseOutcome, str]:
    settings = SETTINGS.model_copy(update=changes)
    (found,) = RetrievedPremises(fakes.FakeRetriever(), judge, settings).check(question, fakes.FakeCorpus())
    return found.outcome, found.quotes[0].text if found.quotes else ""


def test_a_true_premise_is_supported_by_the_judge() -> None:
    said = check("Methyldopa is preferred in pregnancy, so at what dose?", Says("Methyldopa", supports=0.99))
    assert said == (PremiseOutcome.SUPPORTED, fakes.SENTENCES[2])


def test_another_figure_refutes_without_the_judge() -> None:
    said = check("Since follow up is needed every 9 weeks until the target is reached, who does it?", Says())
    assert said == (PremiseOutcome.REFUTED, fakes.SENTENCES[1])


def test_the_word_of_the_judge_refutes_where_the_subject_is_the_same() -> None:
    question = "Methyldopa is avoided late in pregnancy, so what else?"
    assert check(question, Says("Methyldopa", refutes=0.95))[0] is PremiseOutcome.REFUTED


def test_the_judge_alone_does_not_refute() -> None:
    question = "Methyldopa is given first in pregnancy with kidney stones, so at what dose?"
    assert check(question, Says("Methyldopa", refutes=0.99))[0] is PremiseOutcome.NOT_FOUND


def test_no_word_of_the_judge_counts_for_another_drug() -> None:
    question = "Hydralazine is preferred in pregnancy, so at what dose?"
    for judge in (Says("Methyldopa", supports=0.99), Says("Methyldopa", refutes=0.99)):
        assert check(question, judge)[0] is PremiseOutcome.NOT_FOUND


def test_a_silent_judge_supports_nothing_that_no_sentence_says() -> None:
    for premise in ("Methyldopa is safe in pregnancy", "Methyldopa is required in pregnancy"):
        assert check(f"{premise}, so at what dose?", Says())[0] is PremiseOutcome.NOT_FOUND


def test_a_sentence_that_says_it_in_other_words_supports_without_the_judge() -> None:
    said = check("In pregnancy methyldopa should be preferred, so at what dose?", Says())
    assert said == (PremiseOutcome.SUPPORTED, fakes.SENTENCES[2])


def test_a_higher_threshold_refutes_no_more() -> None:
    question = "Since follow up is needed every 9 weeks until the target is reached, who does it?"
    told = [check(question, Says(), refute_threshold=at)[0] for at in (0.2, 0.6, 0.9, 1.0)]
    refuted = [outcome is PremiseOutcome.REFUTED for outcome in told]
    assert refuted == sorted(refuted, reverse=True)
    assert refuted[0]


def test_without_passages_nothing_is_found() -> None:
    found = decide("X is safe.", [], SETTINGS)
    assert found.outcome is PremiseOutcome.NOT_FOUND
    assert found.quotes == ()


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        ([Seen(fakes.quote(0), 0.99, 0.0), Seen(fakes.quote(1), 0.0, 0.7)], PremiseOutcome.SUPPORTED),
        ([Seen(fakes.quote(0), 0.6, 0.0), Seen(fakes.quote(1), 0.0, 0.8)], PremiseOutcome.REFUTED),
        ([Seen(fakes.quote(0), 0.4, 0.5)], PremiseOutcome.NOT_FOUND),
    ],
    ids=["clearer_support", "clearer_refutation", "neither"],
)
def test_the_clearest_sentence_decides(seen: list[Seen], outcome: PremiseOutcome) -> None:
    assert decide("X is safe.", seen, SETTINGS).outcome is outcome


def test_no_premise_is_looked_up_when_none_are_wanted() -> None:
    checker = RetrievedPremises(fakes.FakeRetriever(), Says(), SETTINGS.model_copy(update={"premises": 0}))
    assert checker.check("Methyldopa is preferred in pregnancy, so at what dose?", fakes.FakeCorpus()) == []


@pytest.mark.parametrize(
    ("statement", "sentence", "found"),
    [
        ("Norepinephrine is used first in sepsis.", "Use norepinephrine first.", True),
        ("Norepinephrine is used in sepsis before fluid.", "Use norepinephrine with fluid.", False),
        ("Norepinephrine is safe in sepsis.", "Use norepinephrine first.", False),
        ("Norepinephrine must be given in sepsis.", "Norepinephrine may be given.", False),
        ("Norepinephrine is always given in sepsis.", "Give norepinephrine.", False),
        ("Dopamine is used first in sepsis.", "Use norepinephrine first.", False),
        ("Sepsis is treated.", "Norepinephrine, 4 mg", False),
        ("Primaquine is given before testing for the deficiency.", "Test for the deficiency before giving primaquine.", False),
        ("Artemether is preferred to quinine.", "Artemether should be preferred to quinine.", True),
        ("Doctors should supervise nurses in sepsis.", "Nurses should supervise doctors in sepsis.", False),
        ("Quinine is preferred to artemether.", "Artemether should be preferred to quinine.", False),
    ],
)  # fmt: skip
def test_what_a_sentence_says(
    statement: str, sentence: str, found: bool, quote: Callable[..., Quote]
) -> None:
    said = quote(sentence, title="Sepsis")
    assert says(statement, said, frame_of(said)) is found


def test_figures() -> None:
    assert figures("Two tablets of 2.5 mg in four weeks") == {"2", "2.5", "4"}


class Reads:
    """A second opinion: one judgement for each word that a sentence has, nothing for the others; the texts it was given."""

    id = "reads"

    def __init__(self, **said: Judgement) -> None:
        self.said, self.read = said, list[str]()

    def again(
        self, evidence: Sequence[Sequence[str]], claims: Sequence[str], said: Sequence[Judgement]
    ) -> list[Judgement]:
        self.read += [texts[0] for texts in evidence]
        return [
            next((one for word, one in self.said.items() if word in texts[0]), Judgement(0.0))
            for texts in evidence
        ]


def read(question: str, reader: Reads, **changes: object) -> PremiseOutcome:
    settings = SETTINGS.model_copy(update=changes)
    checker = RetrievedPremises(fakes.FakeRetriever(), Says(), settings, second=reader)
    return checker.check(question, fakes.FakeCorpus())[0].outcome


SAFE = "Since methyldopa is preferred late in pregnancy, what dose?"


def test_the_reader_decides_what_rules_leave_open() -> None:
    assert read(SAFE, Reads()) is PremiseOutcome.NOT_FOUND
    assert read(SAFE, Reads(Methyldopa=Judgement(0.1, 0.6))) is PremiseOutcome.REFUTED
    assert read(SAFE, Reads(Methyldopa=Judgement(0.1, 0.4))) is PremiseOutcome.NOT_FOUND
    assert read(SAFE, Reads(Methyldopa=Judgement(0.96, 0.0))) is PremiseOutcome.SUPPORTED


def test_no_premise_is_refuted_that_another_sentence_says() -> None:
    nine = "Since follow up is needed every 9 weeks until the target is reached, who does it?"
    assert read(nine, Reads()) is PremiseOutcome.REFUTED  # by rule
    assert read(nine, Reads(Follow=Judgement(0.9, 0.0))) is PremiseOutcome.NOT_FOUND


def test_no_more_than_a_few_sentences_are_read() -> None:
    near_all = "Since follow up of methyldopa is needed monthly until 140/90 mmHg is reached, who does it?"
    many, one, none = Reads(), Reads(), Reads(Follow=Judgement(0.0, 0.9))
    read(near_all, many)
    read(near_all, one, premise_read=1)
    assert (len(many.read) > 1, len(one.read)) == (True, 1)
    nine = "Since follow up is needed every 9 weeks until the target is reached, who does it?"
    assert read(nine, none, premise_read=0) is PremiseOutcome.REFUTED  # by rule
    assert none.read == []


def test_a_rule_that_sees_another_drug_put_first_refutes_though_nobody_reads_it(
    given: Callable[..., CheckInput],
) -> None:
    first = Seen(given("", "Give norepinephrine first.").quotes[0], 0.0, 0.0, hint=0.8, apart=True)
    said = "Vasopressin is the first vasopressor."
    assert decide_read(said, said, [first], [], SETTINGS).outcome is PremiseOutcome.REFUTED
    weak = first._replace(hint=0.5)
    assert decide_read(said, said, [weak], [], SETTINGS).outcome is PremiseOutcome.NOT_FOUND


def test_a_figure_that_a_sentence_has_is_not_refuted_by_that_of_another_case(
    given: Callable[..., CheckInput],
) -> None:
    adults, children = given("", "Adults: 2 mg/kg.", "Children below 20 kg: 3 mg/kg.").quotes
    other, own = Seen(adults, 0.1, 0.9, hint=1.0), Seen(children, 0.1, 0.0)
    said = "It is given at 3 mg/kg below 20 kg."
    assert decide_read(said, said, [other], [other], SETTINGS).outcome is PremiseOutcome.REFUTED
    assert decide_read(said, said, [other, own], [other], SETTINGS).outcome is PremiseOutcome.NOT_FOUND
    one = "It is given at 3 mg/kg."
    near = own._replace(words=0.8)
    assert decide_read(one, one, [other, near], [other], SETTINGS).outcome is PremiseOutcome.REFUTED
    same = own._replace(words=0.95)
    assert decide_read(one, one, [other, same], [other], SETTINGS).outcome is PremiseOutcome.NOT_FOUND
