"""Silence is not a pass: from checks to findings to a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from rag.datatypes import Claim, Document, Draft, Evidence, Finding, FindingStatus, Page, Quote
from rag.errors import UsageError
from rag.ports import Check, CheckInput, CheckResult, Judgement, QuoteSource
from rag.settings import REQUIRED_CHECKS, CheckName, VerificationSettings
from rag.verify.decision import decide
from rag.verify.quote_exists import QuoteExists
from rag.verify.support import Support
from rag.verify.verifier import ChecklistVerifier, make_checks

Library = Callable[[str], QuoteSource]
MakeQuote = Callable[..., Quote]
Build = Callable[..., CheckInput]
TEXT = "Give 5 mg daily. Never give 50 mg."


class Fixed:
    """A check that always says the same."""

    def __init__(self, name: CheckName, result: CheckResult | Exception) -> None:
        self.name, self._result = name, result

    def __call__(self, given: CheckInput) -> CheckResult:
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


class Sure:
    """A judge with one opinion."""

    id = "sure"

    def __init__(self, score: float = 0.99) -> None:
        self._score = score

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [Judgement(self._score)] * len(claims)


def a_claim(text: str = "Give 5 mg daily.") -> Claim:
    quote = Quote(
        document="guide.md",
        document_id="d1",
        title="A guide",
        page=1,
        section=(),
        start=0,
        end=16,
        text=TEXT[:16],
    )
    return Claim(text=text, quotes=(quote,))


def a_draft(*claims: Claim, attempt: int = 1) -> Draft:
    return Draft(attempt=attempt, answerable=True, claims=claims or (a_claim(),), raw="")


def a_finding(
    check: str, *, status: FindingStatus = FindingStatus.PASSED, claim: int = 0, attempt: int = 1
) -> Finding:
    return Finding(check=check, attempt=attempt, claim=claim, status=status)


def all_passed(claims: int = 1) -> list[Finding]:
    return [a_finding(name, claim=i) for i in range(claims) for name in REQUIRED_CHECKS]


# --- decision ----------------------------------------------------------------------------------------


def test_everything_passed_releases() -> None:
    verdict = decide(a_draft(a_claim(), a_claim("Never give 50 mg.")), all_passed(2), REQUIRED_CHECKS)
    assert (verdict.released, verdict.dropped, verdict.attempt) == ((0, 1), (), 1)


def test_nothing_required_is_an_error() -> None:
    with pytest.raises(UsageError):
        decide(a_draft(), all_passed(), ())


def test_no_findings_release_nothing() -> None:
    assert decide(a_draft(), [], REQUIRED_CHECKS).released == ()


def test_an_empty_draft_releases_nothing() -> None:
    draft = Draft(attempt=1, answerable=True, claims=(), raw="", error="not JSON")
    assert decide(draft, all_passed(), REQUIRED_CHECKS).released == ()


@over(st.sampled_from(range(2 * len(REQUIRED_CHECKS))))
def test_losing_any_one_finding_withholds_its_claim(lost: int) -> None:
    findings = all_passed(2)
    gone = findings.pop(lost)
    verdict = decide(a_draft(a_claim(), a_claim()), findings, REQUIRED_CHECKS)
    assert verdict.dropped == (gone.claim,)
    assert verdict.released == (1 - gone.claim,)


statuses = st.sampled_from(list(FindingStatus))
findings_strategy = st.lists(
    st.builds(
        a_finding, st.sampled_from([*REQUIRED_CHECKS, "extra"]), status=statuses, claim=st.integers(0, 2), attempt=st.integers(1, 2)
    ),
    max_size=40,
)  # fmt: skip


@over(findings_strategy, st.sampled_from([*REQUIRED_CHECKS, "extra"]), st.integers(0, 1), statuses)
def test_adding_a_finding_that_did_not_pass_never_releases(
    findings: list[Finding], check: str, claim: int, status: FindingStatus
) -> None:
    draft = a_draft(a_claim(), a_claim())
    before = decide(draft, [*all_passed(2), *findings], REQUIRED_CHECKS).released
    if status is not FindingStatus.PASSED:
        more = [*all_passed(2), *findings, a_finding(check, status=status, claim=claim)]
        assert claim not in decide(draft, more, REQUIRED_CHECKS).released
        assert set(decide(draft, more, REQUIRED_CHECKS).released) <= set(before)


@over(findings_strategy)
def test_released_means_each_required_check_once_and_passed(findings: list[Finding]) -> None:
    draft = a_draft(a_claim(), a_claim())
    verdict = decide(draft, findings, REQUIRED_CHECKS)
    assert sorted((*verdict.released, *verdict.dropped)) == [0, 1]
    for claim in verdict.released:
        own = [f for f in findings if f.claim == claim and f.attempt == 1]
        for name in REQUIRED_CHECKS:
            assert [f.status for f in own if f.check == name] == [FindingStatus.PASSED]


@over(st.permutations(all_passed(2)))
def test_order_does_not_matter(findings: list[Finding]) -> None:
    assert decide(a_draft(a_claim(), a_claim()), findings, REQUIRED_CHECKS).released == (0, 1)


def test_a_duplicate_withholds_even_if_it_passed() -> None:
    assert decide(a_draft(), [*all_passed(), a_finding("numbers")], REQUIRED_CHECKS).released == ()


def test_a_failed_finding_withholds_even_if_another_of_the_same_name_passed() -> None:
    twice = [a_finding("extra"), a_finding("extra", status=FindingStatus.FAILED)]
    for order in (twice, twice[::-1]):
        assert decide(a_draft(), [*all_passed(), *order], REQUIRED_CHECKS).released == ()


def test_findings_of_another_attempt_do_not_count() -> None:
    assert decide(a_draft(attempt=2), all_passed(), REQUIRED_CHECKS).released == ()


# --- verifier ----------------------------------------------------------------------------------------


def verify(
    checks: dict[CheckName, Check], library: Library, settings: VerificationSettings | None = None
) -> list[Finding]:
    return ChecklistVerifier(checks, settings or VerificationSettings()).verify(
        "Dose?", a_draft(), (), library(TEXT)
    )


def fixed(result: CheckResult | Exception, **others: CheckResult | Exception) -> dict[CheckName, Check]:
    return {name: Fixed(name, others.get(name, result)) for name in REQUIRED_CHECKS}


def test_one_finding_per_required_check_and_claim(library: Library) -> None:
    findings = verify(fixed(CheckResult(True, score=0.7)), library)
    assert [(f.check, f.claim, f.status, f.score) for f in findings] == [
        (name, 0, FindingStatus.PASSED, 0.7) for name in REQUIRED_CHECKS
    ]


@pytest.mark.parametrize(
    "failure", [RuntimeError("boom"), ValueError(), KeyError("d9"), MemoryError(), RecursionError()]
)
def test_an_exception_is_a_finding_and_withholds(library: Library, failure: Exception) -> None:
    findings = verify(fixed(CheckResult(True), support=failure), library)
    (finding,) = [f for f in findings if f.check == "support"]
    assert finding.status is FindingStatus.COULD_NOT_RUN
    assert type(failure).__name__ in finding.detail
    assert decide(a_draft(), findings, REQUIRED_CHECKS).released == ()


def test_an_absent_check_could_not_run(library: Library) -> None:
    checks = fixed(CheckResult(True))
    del checks["negation"]
    statuses = {f.check: f.status for f in verify(checks, library)}
    assert statuses["negation"] is FindingStatus.COULD_NOT_RUN
    assert len(statuses) == len(REQUIRED_CHECKS)


def test_a_check_under_a_wrong_name_could_not_run(library: Library) -> None:
    checks = fixed(CheckResult(True))
    checks["numbers"] = Fixed("drugs", CheckResult(True))
    assert {f.check: f.status for f in verify(checks, library)}["numbers"] is FindingStatus.COULD_NOT_RUN


@pytest.mark.parametrize("name", REQUIRED_CHECKS)
def test_truthy_is_not_passed(library: Library, name: CheckName) -> None:
    findings = verify(fixed(CheckResult(True), **{name: CheckResult("yes")}), library)  # type: ignore[arg-type]
    assert {f.check: f.status for f in findings}[name] is FindingStatus.FAILED


def test_checks_that_are_not_required_do_not_run(library: Library) -> None:
    checks = fixed(CheckResult(True)) | {"another": Fixed("numbers", RuntimeError("not asked for"))}
    findings = verify(checks, library)  # type: ignore[arg-type]
    assert [f.check for f in findings] == list(REQUIRED_CHECKS)
    assert decide(a_draft(), findings, REQUIRED_CHECKS).released == (0,)


def test_thresholds_are_the_same_in_every_attempt(library: Library) -> None:
    """The settings are read once; a later attempt passes no more than the first."""
    verifier = ChecklistVerifier(make_checks(Sure(0.49), VerificationSettings()), VerificationSettings())
    for attempt in (1, 2, 3):
        draft = a_draft(a_claim("The dose is 5 mg daily."), attempt=attempt)
        findings = verifier.verify("Dose?", draft, (), library(TEXT))
        assert {f.check: f.status for f in findings}["support"] is FindingStatus.FAILED


def shown_as_evidence(claim: Claim) -> Evidence:
    return Evidence(id="1.1", score=0.9, quote=claim.quotes[0], passage_id="p")


def test_the_real_checks_release_a_true_claim_and_withhold_a_false_dose(library: Library) -> None:
    verifier = ChecklistVerifier(make_checks(Sure(), VerificationSettings()), VerificationSettings())
    draft = a_draft(a_claim("The dose is 5 mg daily."), a_claim("The dose is 50 mg daily."))
    evidence = [shown_as_evidence(a_claim())]
    findings = verifier.verify("Dose to give daily?", draft, evidence, library(TEXT))
    assert decide(draft, findings, REQUIRED_CHECKS).released == (0,), [
        f for f in findings if f.status != "passed"
    ]


RULES = [name for name in REQUIRED_CHECKS if name not in ("support", "answers")]


class Uncalled(Fixed):
    """A check that must not be reached."""

    def __call__(self, given: CheckInput) -> CheckResult:
        raise AssertionError(f"{self.name} was asked")


@pytest.mark.parametrize("failed", RULES)
def test_models_are_not_asked_about_what_a_rule_refused(library: Library, failed: CheckName) -> None:
    checks = fixed(CheckResult(True), **{failed: CheckResult(False, "wrong")})
    checks["support"], checks["answers"] = (
        Uncalled("support", CheckResult(True)),
        Uncalled("answers", CheckResult(True)),
    )
    findings = {f.check: f for f in verify(checks, library)}
    assert list(findings) == list(REQUIRED_CHECKS)
    for name in ("support", "answers"):
        assert findings[name].status is FindingStatus.COULD_NOT_RUN
        assert findings[name].detail == "not asked, as another check had failed"
    assert [n for n in RULES if findings[n].status is not FindingStatus.PASSED] == [failed], "rules run on"


def test_what_lacks_support_is_not_asked_whether_it_answers(library: Library) -> None:
    checks = fixed(CheckResult(True), support=CheckResult(False, "not supported"))
    checks["answers"] = Uncalled("answers", CheckResult(True))
    assert {f.check: f.status for f in verify(checks, library)}["answers"] is FindingStatus.COULD_NOT_RUN


def test_one_refused_claim_does_not_silence_the_models_about_another(library: Library) -> None:
    verifier = ChecklistVerifier(make_checks(Sure(), VerificationSettings()), VerificationSettings())
    draft = a_draft(a_claim("The dose is 50 mg daily."), a_claim("The dose is 5 mg daily."))
    findings = verifier.verify("Dose to give daily?", draft, [shown_as_evidence(a_claim())], library(TEXT))
    statuses = {f.claim: f.status for f in findings if f.check == "answers"}
    assert statuses == {0: FindingStatus.COULD_NOT_RUN, 1: FindingStatus.PASSED}


# --- support and quote_exists ------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "passed"), [(0.5, True), (0.49, False), (1.0, True), (0.0, False)])
def test_support_compares_with_the_threshold(given: Build, score: float, passed: bool) -> None:
    assert Support(Sure(score), threshold=0.5)(given("A.", "B.")).passed is passed


@pytest.mark.parametrize("score", [math.nan, math.inf, -0.1, 1.1])
def test_a_score_that_is_no_probability_is_an_error(given: Build, score: float) -> None:
    with pytest.raises(ValueError, match="expected 0"):
        Support(Sure(score), threshold=0.5)(given("A.", "B."))


def exists(library: Library, quote: Quote, text: str = TEXT) -> bool:
    return QuoteExists()(CheckInput("", "", (quote,), (), library(text))).passed


def test_quotes_are_compared_with_the_document(library: Library, quote: MakeQuote) -> None:
    assert exists(library, quote("Give 5 mg daily."))
    assert not exists(library, quote("Give 50 mg daily"))
    assert not exists(library, quote("Give 5 mg daily.", start=1, end=17))
    assert not exists(library, quote("give 5 mg daily."))
    assert not exists(library, quote("Give 5 mg daily.", page=2))
    assert not exists(library, quote(" ", start=4, end=5))
    assert not exists(library, quote("", start=3, end=3))
    assert not exists(library, quote("Give 5 mg daily.", header_text="Invented header"))
    assert exists(library, quote("Never give 50 mg.", start=17, end=34, header_text="Give 5 mg daily."))
    assert not QuoteExists()(CheckInput("", "", (), (), library(TEXT))).passed


def test_a_quote_of_an_unknown_document_raises(library: Library, quote: MakeQuote) -> None:
    with pytest.raises(KeyError):
        exists(library, quote("Give 5 mg daily.", document_id="other"))


class OnePageOnly:
    def __init__(self, document: Document) -> None:
        self._document = document

    def document(self, document_id: str) -> Document:
        return self._document


def test_page_arithmetic(quote: MakeQuote) -> None:
    pages = (Page(start=0, end=17, number=1), Page(start=17, end=len(TEXT), number=2))
    document = Document(
        id="d1",
        name="guide.md",
        source="/g",
        title="",
        language="en",
        media_type="text/plain",
        text=TEXT,
        pages=pages,
    )
    second = quote("Never give 50 mg.", start=17, end=34, page=2)
    assert QuoteExists()(CheckInput("", "", (second,), (), OnePageOnly(document))).passed
    first = second.model_copy(update={"page": 1})
    assert not QuoteExists()(CheckInput("", "", (first,), (), OnePageOnly(document))).passed
