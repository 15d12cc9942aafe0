"""The steps of ``ask``: what is released, what is told to the second draft, what the Record keeps."""

from __future__ import annotations

import fakes
import pytest
from fakes import IDS, claim, parts

from rag.datatypes import Conflict, Draft, Finding, FindingStatus, Premise, PremiseOutcome, Record, Status
from rag.errors import WriterError
from rag.pipeline import Parts, ask
from rag.settings import REQUIRED_CHECKS, Settings

QUESTION = "When should drug treatment of hypertension start, and how often is follow-up?"


def run(given: Parts, question: str = QUESTION) -> Record:
    return ask(question, given, Settings(), ids=IDS, notices=["demo"])


def test_all_claims_pass_is_answered() -> None:
    record = run(parts([[claim(0), claim(1)]]))
    assert record.status is Status.ANSWERED
    assert (
        record.answer
        == "Start drug treatment at 140/90 mmHg or above. [1] Follow up monthly until the target is reached. [2]"
    )
    assert [quote.text for c in record.claims for quote in c.quotes] == list(fakes.SENTENCES[:2])
    assert record.notices == ("demo", "Teaching material, not for clinical use.")


def test_failed_claim_is_dropped_and_named() -> None:
    wrong = claim(1, "Follow up every 9 weeks.")
    record = run(parts([[claim(0), wrong]], verifier=fakes.FakeVerifier(refused=("9 weeks",))))
    assert record.status is Status.PARTIAL
    assert [c.text for c in record.claims] == [fakes.SENTENCES[0]]
    assert record.answer is not None and "9 weeks" not in record.answer
    assert (
        record.reason is not None
        and "Statement 2 of the draft was withheld: the number is not in the quotes." in record.reason
    )


def test_second_draft_is_told_the_failures_and_may_answer() -> None:
    drafter = fakes.FakeDrafter([[claim(0, "Start at 9 mmHg.")], [claim(0)]])
    record = run(parts([], drafter=drafter, verifier=fakes.FakeVerifier(refused=("9 mmHg",))))
    assert drafter.told == [[], ['"Start at 9 mmHg.": the number is not in the quotes']]
    assert record.status is Status.ANSWERED
    assert [draft.attempt for draft in record.drafts] == [1, 2]
    assert len(record.findings) == 2 * len(REQUIRED_CHECKS)


def test_nothing_remains_after_two_drafts_abstains_with_the_nearest_passages() -> None:
    wrong = [claim(0, "Start at 9 mmHg.")]
    record = run(parts([wrong, wrong], verifier=fakes.FakeVerifier(refused=("9 mmHg",))))
    assert record.status is Status.ABSTAINED
    assert record.answer is None and record.claims == ()
    assert record.reason is not None and "the number is not in the quotes" in record.reason
    assert [hit.text for hit in record.hits] == [fakes.TEXT]
    assert len(record.drafts) == 2


@pytest.mark.parametrize(
    ("check", "second"),
    [("answers", ["1.2"]), ("relevance", ["1.2"]), ("numbers", ["1.1", "1.2"])],
)
def test_evidence_that_did_not_answer_is_not_offered_again(check: str, second: list[str]) -> None:
    drafter = fakes.FakeDrafter([[claim(0)], [claim(1)]])
    verifier = fakes.FakeVerifier(refused=("140/90",), check=check)
    record = run(parts([], drafter=drafter, verifier=verifier))
    assert drafter.shown == [["1.1", "1.2"], second]
    assert record.status is Status.ANSWERED


def test_when_no_evidence_is_left_no_more_is_written() -> None:
    drafter = fakes.FakeDrafter([[claim(0), claim(1)]])
    verifier = fakes.FakeVerifier(refused=("140/90", "monthly"), check="answers")
    record = run(parts([], drafter=drafter, verifier=verifier))
    assert record.status is Status.ABSTAINED
    assert len(record.drafts) == 1


@pytest.mark.parametrize(
    ("score", "status"), [(0.7, Status.ANSWERED), (0.5, Status.ABSTAINED), (None, Status.ABSTAINED)]
)
def test_a_writer_that_refused_is_overruled_by_a_clear_answer_only(
    score: float | None, status: Status
) -> None:
    class Scored(fakes.FakeVerifier):
        def verify(self, *given: object) -> list[Finding]:  # type: ignore[override]
            return [f.model_copy(update={"score": score}) for f in super().verify(*given)]  # type: ignore[arg-type]

    drafter = fakes.FakeDrafter([[], [claim(0)]])
    record = run(parts([], drafter=drafter, verifier=Scored()))
    assert record.status is status
    assert drafter.told == [[], []]


def test_a_writer_that_refuses_twice_abstains() -> None:
    record = run(parts([[], []]))
    assert record.status is Status.ABSTAINED
    assert record.reason == "The sentences found do not answer the question."


def test_a_question_too_long_for_the_writer_is_an_abstention() -> None:
    class Full(fakes.FakeDrafter):
        def draft(self, *_: object, **__: object) -> Draft:  # type: ignore[override]
            raise WriterError("the question does not fit")

    record = run(parts([], drafter=Full([])))
    assert record.status is Status.ABSTAINED
    assert record.reason == "The writer could not answer: the question does not fit."


def test_a_server_that_is_away_is_an_error_and_not_an_abstention() -> None:
    class Away(fakes.FakeDrafter):
        def draft(self, *_: object, **__: object) -> Draft:  # type: ignore[override]
            raise WriterError("nobody answers", retryable=True)

    with pytest.raises(WriterError):
        run(parts([], drafter=Away([])))


def test_a_lone_surrogate_in_a_question_survives_into_json() -> None:
    record = run(parts([[claim(0)]]), QUESTION + " \ud800")
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_no_evidence_abstains_before_a_word_is_written() -> None:
    drafter = fakes.FakeDrafter([[claim(0)]])
    record = run(parts([], drafter=drafter, selector=fakes.FakeSelector(evidence=())))
    assert record.status is Status.ABSTAINED
    assert record.reason == "No passage speaks of it."
    assert drafter.told == []


def test_order_for_a_patient_is_declined_before_retrieval() -> None:
    record = run(
        parts([[claim(0)]]), "Write a script for Jane Roe, DOB 1/2/1950: amlodipine 5 mg, 30 tablets."
    )
    assert record.status is Status.ABSTAINED
    assert record.reason is not None and record.reason.startswith("This is a request to order or prescribe")
    assert record.hits == ()


@pytest.mark.parametrize("lost", REQUIRED_CHECKS)
def test_silence_is_not_a_pass(lost: str) -> None:
    """A verifier that forgets one required check releases nothing."""

    class Forgetful(fakes.FakeVerifier):
        def verify(self, *given: object) -> list[object]:  # type: ignore[override]
            return [f for f in super().verify(*given) if f.check != lost]  # type: ignore[arg-type]

    record = run(parts([[claim(0)], [claim(0)]], verifier=Forgetful()))
    assert record.status is Status.ABSTAINED


def test_record_reads_back_equal_to_itself() -> None:
    record = run(parts([[claim(0), claim(1)]]))
    assert Record.model_validate_json(record.model_dump_json()) == record
    assert all(finding.status is FindingStatus.PASSED for finding in record.findings)
    assert set(record.seconds) == {"retrieve", "select", "write", "verify", "total"}


# premises, ladder and conflicts ----------------------------------------------------------------------


def premise(outcome: PremiseOutcome) -> Premise:
    quotes = () if outcome is PremiseOutcome.NOT_FOUND else (fakes.quote(2),)
    return Premise(text="Lisinopril is preferred in pregnancy.", outcome=outcome, quotes=quotes, score=0.8)


def test_a_refuted_premise_is_corrected_with_its_quote_and_nothing_else_is_answered() -> None:
    drafter = fakes.FakeDrafter([[claim(0)]])
    checker = fakes.FakePremises((premise(PremiseOutcome.REFUTED),))
    record = run(parts([], drafter=drafter, premises=checker))
    assert record.status is Status.PARTIAL
    assert record.answer == (
        "The documents do not say that lisinopril is preferred in pregnancy; they say: "
        "“Methyldopa is preferred in pregnancy.” [1]"
    )
    assert record.reason == "What was asked rests on this, so it is not answered."
    assert [quote.text for quote in record.claims[0].quotes] == [fakes.SENTENCES[2]]
    assert drafter.told == []
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_a_premise_that_is_not_found_is_told_and_the_question_is_answered() -> None:
    record = run(parts([[claim(0)]], premises=fakes.FakePremises((premise(PremiseOutcome.NOT_FOUND),))))
    assert record.status is Status.ANSWERED
    assert record.notices[0] == "The documents here do not confirm that lisinopril is preferred in pregnancy."


def test_a_supported_premise_changes_nothing() -> None:
    record = run(parts([[claim(0)]], premises=fakes.FakePremises((premise(PremiseOutcome.SUPPORTED),))))
    assert record.status is Status.ANSWERED
    assert record.notices == ("demo", "Teaching material, not for clinical use.")
    assert record.premises == (premise(PremiseOutcome.SUPPORTED),)


def test_a_claim_that_cites_the_wrong_sentence_is_shown_with_the_right_one() -> None:
    wrong = claim(0, "Methyldopa is preferred in pregnancy.")
    record = run(fakes.with_ladder([[wrong]]))
    assert record.status is Status.ANSWERED
    assert [quote.text for quote in record.claims[0].quotes] == [fakes.SENTENCES[2]]
    assert [(rung.step, rung.outcome) for rung in record.rungs] == [("requote", "mended")]
    assert record.drafts[0].claims == (wrong,)
    assert "requote" in record.seconds
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_a_claim_in_other_words_is_told_in_those_of_its_sentence() -> None:
    reworded = claim(2, "Methyldopa is the one preferred in pregnancy.")
    record = run(fakes.with_ladder([[reworded]]))
    assert record.status is Status.ANSWERED
    assert [one.text for one in record.claims] == [fakes.SENTENCES[2]]
    assert [(rung.step, rung.outcome) for rung in record.rungs] == [
        ("requote", "not_mended"),
        ("repeat", "mended"),
    ]
    assert record.rungs[-1].text == fakes.SENTENCES[2]
    assert record.drafts[0].claims == (reworded,)
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_a_sentence_about_something_else_is_not_told_in_the_place_of_a_claim() -> None:
    wrong = claim(0, "Hydralazine is preferred in pregnancy.")
    record = run(fakes.with_ladder([[wrong], [wrong]]))
    assert record.status is Status.ABSTAINED
    assert "repeat" not in [rung.step for rung in record.rungs]


def test_a_claim_that_stands_only_elsewhere_in_the_corpus_is_found_by_a_second_search() -> None:
    elsewhere = fakes.FakeRetriever([fakes.hit_of(0, 1), fakes.hit_of(2, 2)], first=1)
    record = run(
        fakes.with_ladder([[claim(0, "Methyldopa is preferred in pregnancy.")]], retriever=elsewhere)
    )
    assert record.status is Status.ANSWERED
    assert [(rung.step, rung.outcome) for rung in record.rungs] == [
        ("requote", "not_mended"),
        ("reretrieve", "mended"),
    ]
    assert [quote.text for quote in record.claims[0].quotes] == [fakes.SENTENCES[2]]


def test_a_claim_that_stands_nowhere_is_dropped_and_the_rest_is_shown() -> None:
    record = run(fakes.with_ladder([[claim(0), claim(1, "Hydralazine is preferred in pregnancy.")]]))
    assert record.status is Status.PARTIAL
    assert [c.text for c in record.claims] == [fakes.SENTENCES[0]]
    assert [rung.step for rung in record.rungs] == ["requote", "reretrieve", "drop"]
    assert record.reason is not None and "Statement 2 of the draft was withheld" in record.reason


def test_when_nothing_can_be_mended_the_last_step_is_to_abstain() -> None:
    nowhere = [claim(1, "Hydralazine is preferred in pregnancy.")]
    record = run(fakes.with_ladder([nowhere, nowhere]))
    assert record.status is Status.ABSTAINED
    assert [rung.step for rung in record.rungs] == ["requote", "reretrieve", "drop"] * 2 + ["abstain"]


@pytest.mark.parametrize("check", ["relevance", "answers", "restatement"])
def test_a_claim_about_something_else_is_not_requoted(check: str) -> None:
    verifier = fakes.FakeVerifier(refused=("140/90",), check=check)
    record = run(fakes.with_ladder([[claim(0), claim(1)]], verifier=verifier))
    assert [rung.step for rung in record.rungs] == ["drop"]


@pytest.mark.parametrize("lost", REQUIRED_CHECKS)
def test_silence_is_not_a_pass_on_the_ladder_either(lost: str) -> None:
    """A mended claim whose findings lack one required check is not shown."""

    class Forgetful(fakes.QuotedVerifier):
        def verify(self, *given: object) -> list[Finding]:  # type: ignore[override]
            findings = super().verify(*given)  # type: ignore[arg-type]
            failed = any(f.status is FindingStatus.FAILED for f in findings)
            return findings if failed else [f for f in findings if f.check != lost]

    wrong = [claim(0, "Methyldopa is preferred in pregnancy.")]
    record = run(fakes.with_ladder([wrong, wrong], verifier=Forgetful()))
    assert record.status is Status.ABSTAINED


def test_sources_that_disagree_with_the_answer_are_both_given() -> None:
    conflict = Conflict(quotes=(fakes.quote(0), fakes.quote(1)), detail="140 in one, 150 in the other")
    record = run(parts([[claim(0)]], conflicts=fakes.FakeConflicts((conflict,))))
    assert record.conflicts == (conflict,)
    beside = Conflict(quotes=(fakes.quote(1), fakes.quote(2)), detail="of no concern here")
    assert run(parts([[claim(0)]], conflicts=fakes.FakeConflicts((beside,)))).conflicts == ()


def test_a_record_of_an_earlier_version_still_reads() -> None:
    record = run(parts([[claim(0)]]))
    old = record.model_dump(mode="json", exclude={"rungs", "premises", "conflicts"})
    assert Record.model_validate(old) == record
