"""Small stand-ins for the parts of a pipeline, over one real little document. Not tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from rag.datatypes import (
    Claim,
    Conflict,
    Document,
    Draft,
    Evidence,
    Finding,
    FindingStatus,
    Hit,
    Ids,
    Page,
    Passage,
    Premise,
    Quote,
    Selection,
    Sentence,
)
from rag.pipeline import Parts
from rag.ports import Judgement, QuoteSource
from rag.settings import REQUIRED_CHECKS, Settings
from rag.verify.ladder import QuoteLadder
from rag.verify.requote import JudgedQuotes

SENTENCES = (
    "Start drug treatment at 140/90 mmHg or above.",
    "Follow up monthly until the target is reached.",
    "Methyldopa is preferred in pregnancy.",
)
TEXT = " ".join(SENTENCES)
DOCUMENT = Document(
    id=sha256(TEXT.encode()).hexdigest(),
    name="hypertension.md",
    source="/documents/hypertension.md",
    title="Raised blood pressure",
    language="en",
    media_type="text/markdown",
    date="2021-08",
    notice="Teaching material, not for clinical use.",
    text=TEXT,
    pages=(Page(start=0, end=len(TEXT), number=1, language="en"),),
)
IDS = Ids(
    corpus="c", index="i", encoder="e", writer="w", quantisation="none", prompt="p", settings="s",
    profile="test", seed=0, software="0",
)  # fmt: skip


def sentence_spans() -> tuple[Sentence, ...]:
    starts = [TEXT.index(sentence) for sentence in SENTENCES]
    return tuple(
        Sentence(start=start, end=start + len(sentence))
        for start, sentence in zip(starts, SENTENCES, strict=True)
    )


PASSAGE = Passage(
    id=f"{DOCUMENT.id[:16]}:0:{len(TEXT)}", document_id=DOCUMENT.id, start=0, end=len(TEXT), text=TEXT, page=1,
    section=("Treatment",), sentences=sentence_spans(),
)  # fmt: skip
HIT = Hit(
    rank=1, score=1.0, document=DOCUMENT.name, title=DOCUMENT.title, page=1, section=PASSAGE.section, text=TEXT,
    document_id=DOCUMENT.id, passage_id=PASSAGE.id, start=0, end=len(TEXT), sentences=PASSAGE.sentences,
    date=DOCUMENT.date, notice=DOCUMENT.notice,
)  # fmt: skip


def quote(number: int) -> Quote:
    span = PASSAGE.sentences[number]
    return Quote(
        document=DOCUMENT.name, document_id=DOCUMENT.id, title=DOCUMENT.title, page=1, section=PASSAGE.section,
        start=span.start, end=span.end, text=TEXT[span.start : span.end], date=DOCUMENT.date,
        notice=DOCUMENT.notice,
    )  # fmt: skip


def evidence(number: int) -> Evidence:
    return Evidence(id=f"1.{number + 1}", score=0.9, quote=quote(number), passage_id=PASSAGE.id)


def claim(number: int, text: str | None = None) -> Claim:
    return Claim(text=text or SENTENCES[number], quotes=(quote(number),))


class FakeCorpus:
    id = "corpus"

    def document(self, document_id: str) -> Document:
        assert document_id == DOCUMENT.id
        return DOCUMENT

    def documents(self) -> list[Document]:
        return [DOCUMENT]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [PASSAGE for _ in rows]

    def __len__(self) -> int:
        return 1


@dataclass
class FakeRetriever:
    """``first``: how many of the hits the first search finds; later ones find all."""

    hits: list[Hit] = field(default_factory=lambda: [HIT])
    first: int | None = None

    def retrieve(self, question: str, *, k: int) -> list[Hit]:
        found, self.first = self.hits[: self.first], None
        return found[:k]


@dataclass
class FakeSelector:
    evidence: tuple[Evidence, ...] = (evidence(0), evidence(1))

    def select(self, question: str, hits: Sequence[Hit]) -> Selection:
        reason = None if self.evidence else "No passage speaks of it."
        return Selection(evidence=self.evidence, reason=reason)


@dataclass
class FakeDrafter:
    """Gives one scripted list of claims per attempt and remembers the failures it was told."""

    claims: Sequence[Sequence[Claim]]
    told: list[list[str]] = field(default_factory=list)
    shown: list[list[str]] = field(default_factory=list)

    def draft(
        self, question: str, evidence: Sequence[Evidence], *, attempt: int, failures: Sequence[str] = ()
    ) -> Draft:
        self.told.append(list(failures))
        self.shown.append([item.id for item in evidence])
        claims = tuple(self.claims[attempt - 1])
        return Draft(attempt=attempt, answerable=bool(claims), claims=claims, raw="")


@dataclass
class FakeVerifier:
    """Fails the claims whose text contains one of ``refused``; all else passes every required check."""

    refused: tuple[str, ...] = ()
    check: str = "numbers"

    def verify(
        self, question: str, draft: Draft, evidence: Sequence[Evidence], documents: QuoteSource
    ) -> list[Finding]:
        return [
            self._finding(check, draft.attempt, number, claim.text)
            for number, claim in enumerate(draft.claims)
            for check in REQUIRED_CHECKS
        ]

    def _finding(self, check: str, attempt: int, number: int, text: str) -> Finding:
        bad = check == self.check and any(word in text for word in self.refused)
        status = FindingStatus.FAILED if bad else FindingStatus.PASSED
        detail = "the number is not in the quotes" if bad else ""
        return Finding(check=check, attempt=attempt, claim=number, status=status, detail=detail)


class QuotedVerifier(FakeVerifier):
    """Support holds exactly where a quote has all the words of the claim; every other check passes."""

    def verify(
        self, question: str, draft: Draft, evidence: Sequence[Evidence], documents: QuoteSource
    ) -> list[Finding]:
        return [
            self._judged(check, draft, number)
            for number in range(len(draft.claims))
            for check in REQUIRED_CHECKS
        ]

    def _judged(self, check: str, draft: Draft, number: int) -> Finding:
        told = draft.claims[number]
        wanted = set(told.text.split())
        good = check != "support" or any(wanted <= set(quote.text.split()) for quote in told.quotes)
        return Finding(
            check=check, attempt=draft.attempt, claim=number, detail="" if good else "not in the quotes",
            status=FindingStatus.PASSED if good else FindingStatus.FAILED,
        )  # fmt: skip


class WordsJudge:
    """Supports by the share of the claim's words that the evidence has."""

    id = "words"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [
            Judgement(len(wanted & set(" ".join(texts).split())) / len(wanted))
            for texts, claim in zip(evidence, claims, strict=True)
            if (wanted := set(claim.split()))
        ]


@dataclass
class FakePremises:
    found: tuple[Premise, ...]

    def check(self, question: str, documents: QuoteSource) -> list[Premise]:
        return list(self.found)


@dataclass
class FakeConflicts:
    found: tuple[Conflict, ...]

    def find(self, quotes: Sequence[Quote]) -> list[Conflict]:
        return list(self.found)


def hit_of(number: int, rank: int) -> Hit:
    """A passage of one sentence of the document."""
    span = PASSAGE.sentences[number]
    return HIT.model_copy(update={
        "rank": rank, "passage_id": f"{DOCUMENT.id[:16]}:{span.start}:{span.end}", "sentences": (span,),
        "start": span.start, "end": span.end, "text": TEXT[span.start : span.end],
    })  # fmt: skip


def with_ladder(claims: Sequence[Sequence[Claim]], **changes: object) -> Parts:
    """Parts with the real ladder over a judge that counts words."""
    given = parts(claims, **({"verifier": QuotedVerifier()} | changes))
    settings = Settings()
    requoter = JudgedQuotes(WordsJudge(), settings.verification)
    return replace(given, ladder=QuoteLadder(requoter, given.retriever, given.verifier, settings))


def parts(claims: Sequence[Sequence[Claim]], **changes: object) -> Parts:
    given: dict[str, object] = {
        "corpus": FakeCorpus(), "retriever": FakeRetriever(), "selector": FakeSelector(),
        "drafter": FakeDrafter(claims), "verifier": FakeVerifier(),
    } | changes  # fmt: skip
    return Parts(**given)  # type: ignore[arg-type]
