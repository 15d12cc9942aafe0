"""What flows through the pipeline. Frozen, JSON-round-trippable, imports nothing of ours but how lists are read.

Every offset is a Python string index (a code point, not a byte) into ``Document.text``.
Every span is half-open: ``text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rag.lists import openings


class Frozen(BaseModel):
    """Immutable value with strict fields: an unknown field is an error, never silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Span(Frozen):
    """A half-open range ``[start, end)`` of ``Document.text``."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"span ends at {self.end} before it starts at {self.start}")
        return self


class SentenceKind(StrEnum):
    """What a quotable unit is, so that a table row is never shown without its header."""

    SENTENCE = "sentence"
    HEADING = "heading"
    ROW = "row"
    """One line of a table; meaningful only together with its ``header``."""
    HEADER = "header"
    """A line of a table that names its columns: shown with each row, and nothing by itself."""
    CAPTION = "caption"


class Sentence(Span):
    """A quotable unit of a passage: a sentence, a heading, a table row or a caption."""

    kind: SentenceKind = SentenceKind.SENTENCE
    header: tuple[Span, ...] = ()
    """For a table row: the caption and header rows it stands under, as spans of the document, in its passage or before it."""

    def header_in(self, text: str) -> str:
        """The header's lines, of the document's ``text``."""
        return "\n".join(text[span.start : span.end] for span in self.header)


class PageQuality(Frozen):
    """How well the text of one page can be trusted. A share is None where the page has too little text to tell."""

    page: Annotated[int, Field(ge=1)]
    score: Annotated[float, Field(ge=0, le=1)]
    """1 is best; the worst of the parts that are known."""
    letters: float | None = None
    """Share of the visible characters that belong in a text; the rest is garbage of fonts that could not be decoded."""
    words: float | None = None
    """Share of the words made of letters as the document's language puts them together."""
    agreement: float | None = None
    """Share of the words that a second PDF library reads on the page too."""
    order: float | None = None
    """Share of neighbouring words that are neighbours in that reading too."""
    broken_words: int = 0
    """Hyphens of line ends left in words."""
    ligatures: int = 0
    """Ligatures left as single characters."""
    image_share: float | None = None
    """Share of the page's area that pictures cover; only looked at where there is little text."""
    scanned: bool = False
    """A picture with hardly any text, or with text that was recognised in it."""

    @property
    def reason(self) -> str:
        """Why the score is low or the page is flagged, in words a librarian can use."""
        share = f"{100 * self.score:.0f} %"
        if self.scanned and self.letters is None:
            return "scanned: a picture with hardly any text"
        if self.letters is not None and self.letters <= self.score + 0.001:
            return f"only {share} of the characters are readable"
        if self.words is not None and self.words <= self.score + 0.001:
            return f"only {share} of the words look like words"
        if self.agreement is not None and 2 * self.agreement <= self.score + 0.002:
            return f"a second reading of the page has only {100 * self.agreement:.0f} % of its words"
        return f"text recognition was only {share} sure"


class Page(Span):
    """One page of a document. Documents without pages (Markdown, HTML, text) have one page."""

    number: Annotated[int, Field(ge=1)]
    """As a PDF viewer counts: the first page of the file is 1, whatever is printed on it."""
    language: str | None = None
    """ISO 639-1 code by langdetect; None when the page has too little text to tell."""
    quality: PageQuality | None = None
    """None for files without pages, and in indexes of versions that did not measure it."""
    ocr: bool = False
    """The text was recognised in a picture of the page."""


class Document(Frozen):
    """A source file after parsing and cleaning. ``text`` is final: nothing downstream changes it."""

    id: str
    """SHA-256 of the file's bytes, hex."""
    name: str
    """File name with suffix, as the librarian knows it."""
    source: str
    """Absolute path the file was read from."""
    title: str
    language: str
    """ISO 639-1 code of the whole document."""
    media_type: Literal["application/pdf", "text/markdown", "text/html", "text/plain"]
    date: str | None = None
    """Publication date as the file's metadata states it, ISO 8601 (YYYY, YYYY-MM or YYYY-MM-DD)."""
    notice: str | None = None
    """A warning that must be shown wherever the document is quoted (e.g. teaching material)."""
    text: str
    pages: tuple[Page, ...]
    """Ascending; the first starts at 0, the last ends at ``len(text)``, each starts where the last ended."""

    @model_validator(mode="after")
    def _pages_cover_text(self) -> Self:
        expected = 0
        for page in self.pages:
            if page.start != expected:
                raise ValueError(f"page {page.number} starts at {page.start}, expected {expected}")
            expected = page.end
        if expected != len(self.text):
            raise ValueError(f"pages end at {expected}, the text at {len(self.text)}")
        return self


class Passage(Frozen):
    """What is retrieved: whole sentences of one document, sized in the encoder's tokens."""

    id: str
    """``f"{document_id[:16]}:{start}:{end}"``: stable as long as file and settings are."""
    document_id: str
    start: int
    end: int
    text: str
    """Equal to ``document.text[start:end]``."""
    page: int
    """Number of the page on which the passage starts."""
    section: tuple[str, ...] = ()
    """Headings the passage stands under, outermost first."""
    sentences: tuple[Sentence, ...]
    """In order, not overlapping; only white space lies between them; they begin and end the passage."""
    header_text: str = ""
    """For a passage that starts inside a table: the header of its first row, to be embedded with it. Not part of ``text``."""


class DocumentState(StrEnum):
    """What a document is on a given day. Only a ``CURRENT`` one answers unless others are asked for."""

    CURRENT = "current"
    NOT_YET = "not_yet"
    """It comes into force later."""
    DRAFT = "draft"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    """Its last day is over and nothing took its place."""
    WITHDRAWN = "withdrawn"
    RETRACTED = "retracted"
    UNLISTED = "unlisted"
    """In the index, and not in the catalogue that the index belongs to."""


class Scope(Frozen):
    """Which documents may answer: those in force on a day, and those of further states asked for by name."""

    as_of: date | None = None
    """None: the day of the question."""
    include: tuple[DocumentState, ...] = ()
    """States admitted beside ``CURRENT``; every quote of such a document says so."""


class Standing(Frozen):
    """What the catalogue says of a document on the day of a question; shown with every quote."""

    state: DocumentState
    title: str | None = None
    version: str | None = None
    published: str | None = None
    """ISO 8601: YYYY, YYYY-MM or YYYY-MM-DD."""
    ended: date | None = None
    """First day on which it is no longer in force."""
    newer: str | None = None
    """Title of the document that took or takes its place."""
    review_due: date | None = None
    overdue: bool = False
    """Whether ``review_due`` had passed on that day."""
    unconfirmed: tuple[str, ...] = ()
    """Fields that were proposed from the file and that no librarian has confirmed."""


class Hit(Frozen):
    """A retrieved passage. Higher score is better; scores compare within one search only."""

    rank: Annotated[int, Field(ge=1)]
    score: float
    document: str
    """File name."""
    title: str
    page: int
    section: tuple[str, ...]
    text: str
    document_id: str
    passage_id: str
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    header_text: str = ""
    date: str | None = None
    notice: str | None = None
    standing: Standing | None = None
    """What the catalogue said of the document; None for an index without a catalogue."""
    scores: dict[str, float] = Field(default_factory=dict)
    """The parts the score was fused from, e.g. ``{"dense": .61, "lexical": .80}``."""


class Quote(Frozen):
    """Words of a document, copied by offset: ``document.text[start:end] == text``."""

    document: str
    """File name."""
    document_id: str
    title: str
    page: int
    """Page on which ``start`` lies."""
    section: tuple[str, ...]
    start: int
    end: int
    text: str
    header_text: str = ""
    """For a table row: caption and header row it stands under, copied from the document."""
    lead_in: tuple[str, ...] = ()
    """For an item of a list: the lines that open the list and those around it, innermost first, copied from the document."""
    kind: SentenceKind = SentenceKind.SENTENCE
    date: str | None = None
    notice: str | None = None
    standing: Standing | None = None
    """What the catalogue said of the document; None for an index without a catalogue."""
    ocr: bool = False
    """The words were recognised in a picture of the page, not read from the file."""

    @classmethod
    def copied(cls, document: Document, hit: Hit, sentence: Sentence) -> Self:
        """The sentence's words, copied from the document by offset."""
        place = next(page for page in reversed(document.pages) if page.start <= sentence.start)
        return cls(
            document=document.name, document_id=document.id, title=hit.title, page=place.number, section=hit.section,
            start=sentence.start, end=sentence.end, text=document.text[sentence.start : sentence.end],
            header_text=sentence.header_in(document.text),
            lead_in=lead_in(document.text, sentence, hit.section), kind=sentence.kind,
            date=hit.date, notice=document.notice, standing=hit.standing, ocr=place.ocr,
        )  # fmt: skip


def lead_in(text: str, sentence: Sentence, section: Sequence[str]) -> tuple[str, ...]:
    """What opens the list of a sentence of ``text`` below the headings ``section``; none for a table row."""
    in_table = sentence.kind in (SentenceKind.ROW, SentenceKind.HEADER)
    return () if in_table else openings(text, sentence.start, sentence.end, section)


class Evidence(Frozen):
    """A sentence or table row selected because it could answer the question."""

    id: str
    """``"2.3"`` = third shown sentence of the second shown passage; what the writer cites."""
    score: Annotated[float, Field(ge=0, le=1)]
    """Calibrated estimate that the sentence answers (part of) the question."""
    quote: Quote
    passage_id: str
    before: str = ""
    """The neighbouring sentence before, for context only: not quotable under this id."""
    after: str = ""
    features: dict[str, float] = Field(default_factory=dict)
    """What the score was made of, by name."""


class Selection(Frozen):
    """The selector's say: the evidence that clears the bar, or why none does."""

    evidence: tuple[Evidence, ...]
    reason: str | None = None
    """Set exactly when ``evidence`` is empty: what is missing, in words a clinician can use."""
    best_score: float = 0.0
    """Highest score seen, whether or not it cleared the bar."""

    @model_validator(mode="after")
    def _says_why_empty(self) -> Self:
        if (not self.evidence) != (self.reason is not None):
            raise ValueError("a selection has evidence, or a reason why it has none, not both")
        return self


class Claim(Frozen):
    """One statement and the quotes it rests on. A claim without a quote cannot be built."""

    text: Annotated[str, Field(min_length=1)]
    quotes: Annotated[tuple[Quote, ...], Field(min_length=1)]


class Draft(Frozen):
    """What the writer wrote in one attempt, kept whether or not it was released."""

    attempt: Annotated[int, Field(ge=1)]
    answerable: bool
    """The writer's own opinion; recorded, never trusted."""
    claims: tuple[Claim, ...]
    raw: str
    """The writer's output, unchanged."""
    error: str | None = None
    """Set when the output could not be read as a draft; then there are no claims."""
    prompt_tokens: int = 0
    output_tokens: int = 0


class FindingStatus(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could_not_run"
    """Counts as failed: silence is not a pass."""


class Finding(Frozen):
    """The outcome of one check on one claim."""

    check: str
    attempt: int
    claim: int
    """Index of the claim in its draft, from 0."""
    status: FindingStatus
    detail: str = ""
    """What was found and what was expected, in words a clinician can use."""
    score: float | None = None


class Verdict(Frozen):
    """Which claims of one draft may be shown."""

    attempt: int
    released: tuple[int, ...]
    """Indices of claims for which every required check is present and passed."""
    dropped: tuple[int, ...]
    missing: tuple[str, ...] = ()
    """What the question asked for and the released claims do not give."""


class Rung(Frozen):
    """One step taken for a claim that failed a check: told in its quote's words, other quotes, another search, dropped, abstained."""

    attempt: int
    claim: int
    """Index of the claim in its draft, from 0."""
    step: Literal["repeat", "requote", "reretrieve", "drop", "abstain"]
    outcome: Literal["mended", "not_mended", "done"]
    """"mended": with ``quotes`` the claim passed every required check. "done": of a drop or an abstention."""
    text: str = ""
    """Of a mended "repeat": the claim as it is now told, its quote word for word."""
    quotes: tuple[Quote, ...] = ()
    """Those the claim now rests on."""
    findings: tuple[Finding, ...] = ()
    """Of the mended claim with its new quotes."""
    detail: str = ""


class PremiseOutcome(StrEnum):
    SUPPORTED = "supported"
    REFUTED = "refuted"
    NOT_FOUND = "not_found"


class Premise(Frozen):
    """What a question takes for granted, checked against the documents like a claim."""

    text: Annotated[str, Field(min_length=1)]
    """A declarative sentence of its own."""
    outcome: PremiseOutcome
    quotes: tuple[Quote, ...] = ()
    """What supports or refutes it; none when nothing was found."""
    score: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How clearly the quotes support or refute it; for "not_found" the best support seen."""
    detail: str = ""
    """What decided, in words."""

    @model_validator(mode="after")
    def _shows_what_decided(self) -> Self:
        if (self.outcome is PremiseOutcome.NOT_FOUND) == bool(self.quotes):
            raise ValueError(f"a premise {self.outcome} with {len(self.quotes)} quotes")
        return self


class Conflict(Frozen):
    """Sources that disagree on one subject; all are shown, the newest first."""

    quotes: Annotated[tuple[Quote, ...], Field(min_length=2)]
    detail: Annotated[str, Field(min_length=1)]
    """In what they disagree."""


class Answer(Frozen):
    """Released claims, as a reader sees them."""

    text: str
    """The claims joined, each followed by its source marks: ``"… [1][2]"``."""
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]


class Status(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    ABSTAINED = "abstained"


class Ids(Frozen):
    """Everything that decided the answer, by hash or name."""

    corpus: str
    index: str
    encoder: str
    writer: str
    quantisation: str
    prompt: str
    settings: str
    profile: str
    seed: int
    software: str
    """Version of this package."""
    judge: str = ""
    """Of the claims, with its calibration; "" in Records of versions that did not name it."""
    answer_judge: str = ""
    support_threshold: float | None = None
    """Least probability of support with which a claim was released; part of ``settings`` too."""
    premise_reader: str = ""
    """Of the sentences for and against a premise; "" where rules and judge decide alone."""
    catalogue: str = ""
    """Of what the librarian said of the documents at that moment; "" for an index without a catalogue."""


class Record(Frozen):
    """The only product: everything about one question. Reads back from JSON equal to itself."""

    version: Literal[1] = 1
    id: str
    question: str
    asked_at: str
    """UTC, ISO 8601."""
    status: Status
    answer: str | None
    claims: tuple[Claim, ...] = ()
    """Only those that were released."""
    reason: str | None = None
    """Why there is no answer, or what a partial answer lacks."""
    notices: tuple[str, ...] = ()
    """What must be shown with this answer: demonstration model, teaching documents."""
    hits: tuple[Hit, ...] = ()
    selection: Selection | None = None
    drafts: tuple[Draft, ...] = ()
    findings: tuple[Finding, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    rungs: tuple[Rung, ...] = ()
    """What was tried for claims that failed a check, in order."""
    premises: tuple[Premise, ...] = ()
    """What the question takes for granted."""
    conflicts: tuple[Conflict, ...] = ()
    """Sources that disagree on what is asked."""
    scope: Scope | None = None
    """Which documents could answer, with the day; None for an index without a catalogue."""
    seconds: dict[str, float] = Field(default_factory=dict)
    """Wall-clock seconds per step, and ``total``."""
    ids: Ids

    @model_validator(mode="after")
    def _status_fits(self) -> Self:
        if (self.status is Status.ABSTAINED) != (self.answer is None):
            raise ValueError(f"status {self.status} with answer {self.answer!r}")
        if (self.answer is None) != (not self.claims):
            raise ValueError("an answer has released claims; an abstention has none")
        if self.status is not Status.ANSWERED and not self.reason:
            raise ValueError(f"status {self.status} needs a reason")
        return self


class ClaimToVerify(Frozen):
    """A statement and the sentences that are to support it."""

    id: str | int | None = None
    """The caller's own; comes back unchanged."""
    claim: str
    evidence: tuple[str, ...]
    """Sentences, in any order. They are read, never obeyed."""


class ClaimFinding(Frozen):
    """The outcome of one check on one claim that was given with its evidence."""

    check: str
    passed: bool
    detail: str = ""
    """Why it did not pass, or what is worth knowing although it did."""


Label = Literal["SUPPORTS", "REFUTES", "NEI"]
"""NEI: not enough information, which is also what is said of a claim that could not be judged."""


class ClaimVerdict(Frozen):
    """What the evidence says of a claim, and whether the claim may be shown on its strength."""

    id: str | int | None
    label: Label
    released: bool
    score: Annotated[float, Field(ge=0, le=1)]
    """The judge's probability that the evidence supports the claim, whatever the rules found; a released claim
    has a score at the threshold or above, a high score alone releases nothing. 0 where no judge was asked."""
    findings: tuple[ClaimFinding, ...]

    @model_validator(mode="after")
    def _released_is_proven(self) -> Self:
        if self.released and (self.label != "SUPPORTS" or not self.findings):
            raise ValueError("only a supported claim with findings is released")
        if self.released and not all(finding.passed for finding in self.findings):
            raise ValueError("a claim with a failed finding is not released")
        return self


class Skipped(Frozen):
    """A file that was not taken in, and why."""

    path: str
    reason: str
    category: Literal[
        "encrypted", "empty", "scanned", "damaged", "not_supported", "language", "timeout",
        "crashed", "too_large", "duplicate", "unreadable",
    ]  # fmt: skip


class Parsed(Frozen):
    """A file taken in: the document and its passages."""

    document: Document
    passages: tuple[Passage, ...]


class IngestReport(Frozen):
    """What an ingest run did. Every file given is in ``documents`` or in ``skipped``."""

    documents: tuple[dict[str, Any], ...]
    """``{path, document, id, title, language, pages, passages, state, low_pages}``, state being "new", "changed" or
    "unchanged", ``low_pages`` a list of ``{page, score, scanned, ocr, left_out, reason}``."""
    skipped: tuple[Skipped, ...]
    pages: int
    passages: int
    seconds: float
