"""Whether a claim answers is the writer's opinion; without a writer, the selection's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.datatypes import Quote
from rag.ports import CheckInput
from rag.verify.answers import Answers

Build = Callable[..., CheckInput]


class Asked:
    """Remembers what it was asked."""

    def __init__(self, score: float) -> None:
        self.score = score
        self.calls: list[tuple[str, str, str]] = []

    def __call__(self, question: str, claim: str, context: str) -> float:
        self.calls.append((question, claim, context))
        return self.score


@pytest.mark.parametrize(("score", "passed"), [(0.0, False), (0.14, False), (0.15, True), (1.0, True)])
def test_the_writer_decides(given: Build, score: float, passed: bool) -> None:
    result = Answers(None, Asked(score), threshold=0.15)(given("Give 5 mg.", "Give 5 mg.", question="Dose?"))
    assert (result.passed, result.score) == (passed, score)
    assert passed or result.detail == "the statement does not answer the question"


def test_the_writer_sees_question_claim_and_what_the_quote_stands_under(
    given: Build, row: Callable[..., Quote]
) -> None:
    ask = Asked(0.9)
    quote = row("Salbutamol 100 mcg", "Drug Dose", title="Asthma", section=("Treatment", "Relievers"))
    Answers(None, ask, threshold=0.5)(given("The dose is 100 mcg.", quote, question="Salbutamol dose?"))
    assert ask.calls == [("Salbutamol dose?", "The dose is 100 mcg.", "Asthma. Relievers. Drug Dose")]


def test_without_a_writer_the_best_evidence_counts(given: Build) -> None:
    made = given("A.", "One.", "Two.")
    evidence = tuple(
        item.model_copy(update={"score": score, "quote": quote})
        for item, score, quote in zip(
            made.evidence, (0.1, 0.4), (made.quotes[0].model_copy(update={"start": 7, "end": 8}), made.quotes[1]), strict=True
        )
    )  # fmt: skip
    assert Answers(None, None, threshold=0.3)(made._replace(evidence=evidence)).score == 0.4
    assert not Answers(None, None, threshold=0.5)(made._replace(evidence=evidence)).passed


def test_without_writer_and_evidence_nothing_answers(given: Build) -> None:
    result = Answers(None, None, threshold=0.15)(given("A.", "A.")._replace(evidence=()))
    assert (result.passed, result.score) == (False, 0.0)


class Judges:
    id = "judges"

    def answers(self, questions: list[str], texts: list[str], contexts: list[str]) -> list[float]:
        self.seen = (questions, texts, contexts)
        return [0.9] * len(texts)


def test_the_trained_judge_decides_and_one_who_doubts_pulls_it_down(given: Build) -> None:
    judge, made = Judges(), given("Give 5 mg.", "Give 5 mg.", question="Dose?")
    assert Answers(judge, None, threshold=0.5)(made).score == 0.9
    assert judge.seen[0] == ["Dose?"]
    assert judge.seen[1] == ["Give 5 mg."]
    assert Answers(judge, Asked(0.1), threshold=0.5)(made).score == pytest.approx(0.5)
    assert not Answers(judge, Asked(0.05), threshold=0.5)(made).passed
