"""Scoring of Records, on Records made by hand."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.datatypes import (
    Claim,
    Document,
    Evidence,
    Hit,
    Ids,
    Page,
    Premise,
    PremiseOutcome,
    Quote,
    Record,
    Selection,
    Sentence,
    Status,
)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "eval"))

from qa_lib.numbers import figures, holds_number, stated, unquoted
from qa_lib.questions import Asked, Gold, load_questions
from qa_lib.readings import ReadingVerdict, judge_released, load_readings
from qa_lib.scoring import Pages, auc, score, summarise, trade_off
from qa_lib.verbatim import _over_two_pages, is_verbatim
from stats import bootstrap, clopper_pearson, wilson

TEXT = "Give 5 mg twice daily.\nGive no more than 20 mg a day.\n"
SECOND = TEXT.index("\n") + 1
DOCUMENT = Document(
    id="d" * 64, name="a.pdf", source="/a.pdf", title="A", language="en", media_type="application/pdf", text=TEXT,
    pages=(Page(start=0, end=SECOND, number=1), Page(start=SECOND, end=len(TEXT), number=2)),
)  # fmt: skip
PAGES = Pages([DOCUMENT])
IDS = Ids(
    corpus="", index="", encoder="", writer="", quantisation="", prompt="", settings="", profile="", seed=0, software="",
)  # fmt: skip


def quote(start: int, end: int, *, page: int) -> Quote:
    return Quote(
        document="a.pdf", document_id=DOCUMENT.id, title="A", page=page, section=(), start=start, end=end,
        text=TEXT[start:end],
    )  # fmt: skip


def hit(start: int, end: int, *, page: int) -> Hit:
    return Hit(
        rank=1, score=1.0, document="a.pdf", title="A", page=page, section=(), text=TEXT[start:end],
        document_id=DOCUMENT.id, passage_id="p", start=start, end=end, sentences=(Sentence(start=start, end=end),),
    )  # fmt: skip


FIRST_QUOTE = quote(0, SECOND - 1, page=1)
SECOND_QUOTE = quote(SECOND, len(TEXT) - 1, page=2)


def record(identity: str, *claims: Claim, hits: tuple[Hit, ...] = (), best: float = 0.0) -> Record:
    evidence = tuple(
        Evidence(id="1.1", score=best, quote=claim.quotes[0], passage_id="p") for claim in claims[:1]
    )
    return Record(
        id=identity,
        question="?",
        asked_at="",
        status=Status.ANSWERED if claims else Status.ABSTAINED,
        answer=" ".join(f"{claim.text} [1]" for claim in claims) or None,
        claims=claims,
        reason=None if claims else "nothing",
        hits=hits,
        selection=Selection(evidence=evidence, reason=None if evidence else "nothing", best_score=best),
        seconds={"total": 2.0},
        ids=IDS,
    )


def asked(identity: str, *pages: tuple[int, int], numbers: tuple[str, ...] = ()) -> Asked:
    gold = tuple(Gold("a.pdf", page, part) for page, part in pages)
    return Asked(identity, "?", "dose", bool(pages), "answer" if pages else "abstain", gold, numbers)


def test_cited_and_found_pages() -> None:
    questions = [asked("one", (1, 1)), asked("both", (1, 1), (2, 2)), asked("other", (7, 1))]
    answer = Claim(text="Give 5 mg twice daily.", quotes=(FIRST_QUOTE,))
    records = {q.id: record(q.id, answer, hits=(hit(0, len(TEXT), page=1),)) for q in questions}
    one, both, other = score(questions, records, PAGES)
    assert (one.cited, one.cited_all, one.found, one.found_all, one.selected) == (
        True,
        True,
        True,
        True,
        True,
    )
    assert (both.cited, both.cited_all, both.found, both.found_all) == (True, False, True, True)
    assert (other.cited, other.found, other.answered) == (False, False, True)


def test_a_passage_over_a_page_end_lies_on_both_pages_but_not_by_its_line_end() -> None:
    assert PAGES.of(hit(0, len(TEXT), page=1)) == {("a.pdf", 1), ("a.pdf", 2)}
    assert PAGES.of(hit(0, SECOND, page=1)) == {("a.pdf", 1)}


def test_a_gold_page_beyond_the_first_ten_passages_is_not_found() -> None:
    hits = (hit(0, 5, page=1),) * 10 + (hit(SECOND, SECOND + 5, page=2),)
    late, early = score(
        [asked("late", (2, 1)), asked("early", (1, 1))],
        {"late": record("late", hits=hits), "early": record("early", hits=hits)},
        PAGES,
    )
    assert (late.found, early.found) == (False, True)


def test_missing_records_count_as_failures() -> None:
    questions = [asked("a", (1, 1), numbers=("5 mg",)), asked("u")]
    shares = summarise(score(questions, {}, PAGES)).shares
    for name in ("gold page in first 10", "gold page cited", "numbers present", "abstained (unanswerable)"):
        assert (shares[name].right, shares[name].of) == (0, 1), name
    assert shares["no Record"].right == 2


def test_abstention_counts_for_the_unanswerable_and_against_the_answerable() -> None:
    questions = [asked("a", (1, 1)), asked("u1"), asked("u2")]
    answer = Claim(text="Give 5 mg.", quotes=(FIRST_QUOTE,))
    records = {"a": record("a"), "u1": record("u1"), "u2": record("u2", answer)}
    shares = summarise(score(questions, records, PAGES)).shares
    assert (shares["abstained (unanswerable)"].right, shares["abstained (unanswerable)"].of) == (1, 2)
    assert shares["answered (answerable)"].right == 0


def test_numbers_that_are_not_in_the_quotes_are_named() -> None:
    wrong = Claim(text="Give 50 mg twice daily, at most 20 mg.", quotes=(FIRST_QUOTE,))
    (outcome,) = score([asked("a", (1, 1))], {"a": record("a", wrong)}, PAGES)
    assert outcome.stray == ("50", "20")


def test_quotes_are_asked_about_by_document_page_and_text() -> None:
    claims = (Claim(text="x", quotes=(FIRST_QUOTE, SECOND_QUOTE)),)
    (outcome,) = score(
        [asked("a", (1, 1))], {"a": record("a", *claims)}, PAGES, is_verbatim=lambda _d, page, _q: page == 1
    )
    assert outcome.quotes == 2
    assert len(outcome.not_verbatim) == 1
    assert "p. 2" in outcome.not_verbatim[0]
    shares = summarise([outcome]).shares
    assert (shares["quotes verbatim"].right, shares["quotes verbatim"].of) == (1, 2)


@pytest.mark.parametrize(
    ("answer", "wanted", "there"),
    [
        ("within 4 weeks [1]", "four weeks", True),
        ("from 130 to 139 mm Hg", "130–139 mmHg", True),
        ("130 mmHg", "130–139 mmHg", False),
        ("see someone every month", "monthly", True),
        ("see someone every year", "monthly", False),
        ("take 2 tablets [5]", "5", False),
        ("1,000 people", "1000", True),
        ("5.0 mg", "5 mg", True),
    ],
)
def test_numbers_present(answer: str, wanted: str, there: bool) -> None:
    assert holds_number(answer, wanted) is there


def test_figures_and_unquoted() -> None:
    assert figures("Twenty-eight days, 2.50 mg, twice") == ["20", "8", "2.5", "2"]
    assert unquoted("10 mg bid [3]", ["10 mg twice daily"]) == []
    assert unquoted("10 mg", ["100 mg"]) == ["10"]


def test_released_claims_by_rule_and_by_reading() -> None:
    texts = ("Give 5 mg twice daily.", "Give 50 mg twice daily.", "Patients give 5 mg.")
    records = {"a": record("a", *(Claim(text=text, quotes=(FIRST_QUOTE,)) for text in texts))}
    questions = [asked("a", (1, 1))]

    def states(readings: dict[tuple[str, str], ReadingVerdict]) -> list[str]:
        return [judged.state for judged in judge_released(questions, records, readings)]

    assert states({}) == ["supported", "unsupported", "doubtful"]
    cleared: dict[tuple[str, str], ReadingVerdict] = {("a", text): "supported" for text in texts}
    assert states(cleared) == ["supported", "unsupported", "supported"]
    absent = judge_released(questions, records, {}, is_verbatim=lambda *_: False)
    assert {judged.state for judged in absent} == {"unsupported"}


def test_a_reading_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "readings.jsonl"
    path.write_text('{"id": "a", "claim": "x", "verdict": "fine", "by": "me"}\n')
    with pytest.raises(ValueError, match="line 1: verdict 'fine'"):
        load_readings([path])


def test_a_false_premise_is_corrected_by_a_refuted_premise_or_a_denial_on_a_gold_page() -> None:
    def corrected(made: Record, page: int) -> bool | None:
        question = dataclasses.replace(asked("f", (page, 1)), kind="false_premise")
        return score([question], {"f": made}, PAGES)[0].corrected

    denial = record("f", Claim(text="It is not given once daily.", quotes=(FIRST_QUOTE,)))
    assert (corrected(denial, 1), corrected(denial, 2)) == (True, False)
    assert not corrected(record("f", Claim(text="Give 5 mg.", quotes=(FIRST_QUOTE,))), 1)
    premise = Premise(text="It is once daily.", outcome=PremiseOutcome.REFUTED, quotes=(FIRST_QUOTE,))
    assert corrected(record("f").model_copy(update={"premises": (premise,)}), 1)


def test_intervals() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0.0, 1.0)
    assert clopper_pearson(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-3)
    truth = np.array([True, False] * 50)
    low, high = bootstrap(lambda i: float(truth[i].mean()), [str(i) for i in range(100)])
    assert 0.3 < low < 0.5 < high < 0.7
    wide = bootstrap(lambda i: float(truth[i].mean()), [str(i % 4) for i in range(100)])
    assert wide.high - wide.low > high - low


def test_trade_off_and_auc() -> None:
    answer = Claim(text="x", quotes=(FIRST_QUOTE,))
    questions = [asked("a", (1, 1)), asked("b", (1, 1)), asked("u")]
    records = {i: record(i, answer, best=b) for i, b in (("a", 0.9), ("b", 0.3), ("u", 0.5))}
    outcomes = score(questions, records, PAGES)
    assert auc(outcomes) == 0.5
    point = next(p for p in trade_off(outcomes) if p.threshold == 0.6)
    assert (point.kept.right, point.refused.right) == (1, 1)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "Why?"}\n{"no": 1}\n')
    with pytest.raises(ValueError, match="line 2"):
        load_questions(path)


@pytest.mark.shared
@pytest.mark.poppler
def test_gold_quotes_of_the_dev_set_are_verbatim(shared_data: Path) -> None:
    """The look-up finds nearly all of what an annotator copied, and nothing on a wrong page."""
    lines = (shared_data / "guideline_qa" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    places = [g for row in rows for g in row["gold"] if "cystic" in g["doc"]][:12]
    path = shared_data / "guidelines" / "who" / places[0]["doc"]
    assert all(is_verbatim(path, g["page"], g["quote"]) for g in places)
    assert not any(is_verbatim(path, 1, g["quote"]) for g in places)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param("startdailydosesof10mgperkilogram", True, id="over_the_page_end"),
        pytest.param("startdailydosesof20mgperkilogram", False, id="another_figure"),
        pytest.param("gramstart", False, id="too_little_on_one_page"),
    ],
)
def test_a_quote_over_two_pages_stands_on_both(wanted: str, found: bool) -> None:
    first, second = "headstartdailydoses30foot", "headof10mgperkilogramandmore"
    assert _over_two_pages(wanted, first, second) == found


def test_figures_of_a_denied_premise_are_the_askers() -> None:
    claim = "The documents do not say that it is given 28 days on; they say: “It is given without breaks.”"
    assert stated(claim) == "“It is given without breaks.”"
    assert stated("Give 28 mg; they say: 3.") == "Give 28 mg; they say: 3."
