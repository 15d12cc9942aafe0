"""What the rooms ask of heavy libraries and of each other. Numpy and our own types only.

A replacement part is any object that fits the Protocol; pass it to ``Pipeline.open``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import (
    Conflict,
    Document,
    Draft,
    Evidence,
    Finding,
    Hit,
    Passage,
    Premise,
    Quote,
    Rung,
    Selection,
    Standing,
)

FloatMatrix = NDArray[np.float32]
IntMatrix = NDArray[np.int64]
RowMask = NDArray[np.bool_]
"""(rows,): True where a row may be found."""


class Encoder(Protocol):
    """Texts to vectors."""

    @property
    def id(self) -> str:
        """Name and hash of the weights: two encoders with one id give the same vectors."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Longer texts are cut here, special tokens included."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens per text, special tokens not included."""

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        """(n, dimension), each row of Euclidean length 1."""


class Neighbours(NamedTuple):
    """Nearest rows of each query, best first. Unfilled places have row -1 and score -inf."""

    rows: IntMatrix
    """(n, k)"""
    scores: FloatMatrix
    """(n, k) inner products"""


class VectorIndex(Protocol):
    """Nearest neighbours by inner product."""

    @property
    def kind(self) -> str:
        """ "exact", "hnsw" or "ivf", with "+gpu" when served from a GPU."""

    def __len__(self) -> int: ...

    def search(self, queries: FloatMatrix, k: int, *, allowed: RowMask | None = None) -> Neighbours:
        """``allowed``: no other row is ever returned, and the best of these are not crowded out by others."""

    def at(self, rows: Sequence[int]) -> FloatMatrix:
        """(len(rows), dimension): the vectors of these rows, as they were given."""


class LexicalIndex(Protocol):
    """Ranked term matching."""

    def __len__(self) -> int: ...

    def search(self, queries: Sequence[str], k: int, *, allowed: RowMask | None = None) -> Neighbours:
        """``allowed`` as for ``VectorIndex.search``; what is common is counted over all rows."""


class Corpus(Protocol):
    """Documents and passages of one index, read-only."""

    @property
    def id(self) -> str:
        """Hash of the documents and how they were cut."""

    def document(self, document_id: str) -> Document: ...

    def documents(self) -> Iterable[Document]: ...

    def row_ranges(self) -> Mapping[str, range]:
        """The rows of each document's passages, by document id."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Passages by row number, in the order asked."""

    def __len__(self) -> int:
        """Number of passages."""


class Standings(Protocol):
    """What the librarian's catalogue says of the documents of an index, as it is now."""

    @property
    def id(self) -> str:
        """Changes with anything the catalogue says."""

    def standing(self, document_id: str, day: date) -> Standing: ...

    def file(self, document_id: str) -> Path | None:
        """Where its file is now; None where that is not known."""


class Retriever(Protocol):
    """Question to ranked passages."""

    def retrieve(self, question: str, *, k: int) -> list[Hit]: ...


class Selector(Protocol):
    """Ranked passages to the few sentences that could answer the question."""

    def select(self, question: str, hits: Sequence[Hit]) -> Selection: ...


class Generation(NamedTuple):
    """What a writer gave back."""

    text: str
    prompt_tokens: int
    output_tokens: int
    finished: bool
    """False when the token limit cut it."""


class Prompt(NamedTuple):
    """A prompt in two parts, so that a writer can keep the work done on the fixed one."""

    fixed: str
    """The same for every question of a prompt file."""
    variable: str
    """What this question adds. The full prompt is ``fixed + variable``."""


class Writer(Protocol):
    """A language model that continues a prompt under a grammar."""

    @property
    def id(self) -> str:
        """Name and hash (or revision) of the model."""

    @property
    def quantisation(self) -> str:
        """ "none", "int8", "nf4", "gptq", "awq" or what a server says of itself."""

    @property
    def context_tokens(self) -> int:
        """Room for prompt and output together."""

    def count_tokens(self, text: str) -> int: ...

    def write(self, prompt: Prompt, *, grammar: str, max_tokens: int, seed: int,
              temperature: float = 0.0, top_p: float = 1.0) -> Generation:  # fmt: skip
        """Continue the prompt with a string of ``grammar`` (llguidance Lark syntax)."""

    def yes_probability(self, prompts: Sequence[Prompt]) -> list[float]:
        """For prompts that end where "yes" or "no" comes next: P(yes) / (P(yes) + P(no))."""


class Judgement(NamedTuple):
    """Probabilities that the evidence supports or refutes the claim; the rest is: not enough information."""

    supports: float
    """0..1"""
    refutes: float = 0.0
    """0..1; ``supports + refutes <= 1``. 0 from a judge that cannot tell refuted from unmentioned."""


class Judge(Protocol):
    """Do these sentences support or refute this claim?"""

    @property
    def id(self) -> str:
        """Name and hash of the weights, and of whatever else decides a judgement."""

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        """One judgement per claim; ``evidence[i]`` are the sentences cited for ``claims[i]``.

        (0, 0) for a claim without letters or figures and for evidence without any.
        """


class SecondOpinion(Protocol):
    """The same question once more, for claims that are not released. It labels and releases nothing."""

    @property
    def id(self) -> str: ...

    def again(
        self, evidence: Sequence[Sequence[str]], claims: Sequence[str], said: Sequence[Judgement]
    ) -> list[Judgement]:
        """One judgement per claim; ``said``: what the first judge made of each. (0, 0) as from a ``Judge``."""


class AnswerJudge(Protocol):
    """Does this sentence or table row, read in its context, answer this question?"""

    @property
    def id(self) -> str: ...

    def answers(self, questions: Sequence[str], texts: Sequence[str], contexts: Sequence[str]) -> list[float]:
        """P(answers) in 0..1 per triple. ``contexts[i]`` is what ``texts[i]`` stands under: title, headings,
        table header. 0 for an empty question or text."""


class Drafter(Protocol):
    """Selected sentences to a draft."""

    def draft(self, question: str, evidence: Sequence[Evidence], *, attempt: int,
              failures: Sequence[str] = ()) -> Draft: ...  # fmt: skip


class QuoteSource(Protocol):
    """The documents a quote is checked against (``Corpus`` fits)."""

    def document(self, document_id: str) -> Document: ...


class CheckInput(NamedTuple):
    """All that a check may look at for one claim."""

    question: str
    claim: str
    quotes: tuple[Quote, ...]
    evidence: tuple[Evidence, ...]
    """Everything that was shown to the writer."""
    documents: QuoteSource


class CheckResult(NamedTuple):
    passed: bool
    detail: str = ""
    score: float | None = None


class Check(Protocol):
    """One check of one claim. An exception becomes a Finding "could_not_run", which counts as failed."""

    @property
    def name(self) -> str: ...

    def __call__(self, given: CheckInput) -> CheckResult: ...


class Verifier(Protocol):
    """A draft to findings: one per required check and claim."""

    def verify(self, question: str, draft: Draft, evidence: Sequence[Evidence],
               documents: QuoteSource) -> list[Finding]: ...  # fmt: skip


class Requoter(Protocol):
    """Other sentences for a claim whose own quotes do not carry it."""

    def requote(self, claim: str, hits: Sequence[Hit], documents: QuoteSource, *,
                tried: Sequence[Quote] = ()) -> list[Evidence]:  # fmt: skip
        """Sentences of the hits that may support the claim, likeliest first, without those ``tried``.

        A proposal only: whether the claim may rest on them is for the verifier to say.
        """


Timer = Callable[[str], AbstractContextManager[None]]
"""A block's seconds go under this name into the Record."""


class Ladder(Protocol):
    """What is tried for claims that failed a check, before they are dropped."""

    def climb(self, question: str, draft: Draft, findings: Sequence[Finding], dropped: Sequence[int], *,
              hits: Sequence[Hit], evidence: Sequence[Evidence], documents: QuoteSource,
              timed: Timer) -> list[Rung]:  # fmt: skip
        """Every step in order. A "mended" one carries the claim's new quotes and its passed findings."""


class PremiseChecker(Protocol):
    """A question to what it takes for granted, each checked; none for a question that only asks."""

    def check(self, question: str, documents: QuoteSource) -> list[Premise]: ...


class ConflictFinder(Protocol):
    """Quotes on one subject to those that disagree."""

    def find(self, quotes: Sequence[Quote]) -> list[Conflict]: ...


class TextRun(NamedTuple):
    """Consecutive characters of one line of a page in one font, as a PDF library gives them."""

    text: str
    x: float
    """Where the run starts, in points from the left once the page is turned to read horizontally."""
    y: float
    """Height of the baseline in points; larger is higher on the page."""
    size: float
    """Effective font size in points."""
    bold: bool
    upright: bool = True
    """False when the run is turned against most of the page's text (a tab in the margin)."""


class PdfPage(NamedTuple):
    """One page: lines in the order of the content stream, each line its runs."""

    number: int
    """From 1, as the viewer counts."""
    height: float
    """Points."""
    lines: tuple[tuple[TextRun, ...], ...]


class PdfContent(NamedTuple):
    """What a PDF library reads from a file, before anything is cleaned."""

    title: str | None
    date: str | None
    """Publication date from the file's metadata, as written there."""
    notice: str | None
    pages: tuple[PdfPage, ...]
    has_images: bool


class Box(NamedTuple):
    """A rectangle on a page in PDF points: the origin is the page's lower left corner before any rotation of the page."""

    left: float
    bottom: float
    right: float
    top: float


class PageCharacters(NamedTuple):
    """The characters of a page in the order of a PDF library's text; what it made up itself (line ends) is there too."""

    text: str
    """One character (code point) each."""
    boxes: FloatMatrix
    """(len(text), 4): left, bottom, right, top of the printed glyph, points."""
    lines: FloatMatrix
    """(len(text), 4): the same of the whole height of the font, for telling lines apart."""


class PageView(Protocol):
    """Pages of one PDF file that can be read by place and drawn."""

    def __len__(self) -> int:
        """Number of pages."""

    def characters(self, page: int) -> PageCharacters:
        """Of page ``page``, from 1. Raises UsageError for a page that is not there, ParseError for a damaged one."""

    def text_in(self, page: int, box: Box) -> str:
        """Text of the characters whose glyphs meet the box; line ends as they are on the page."""

    def image(self, page: int, boxes: Sequence[Box], *, dots_per_inch: int = 110) -> bytes:
        """The page as a PNG with the boxes marked."""


class PageReading(NamedTuple):
    """A second look at a page."""

    text: str
    image_share: float
    """Share of the page's area that pictures cover, 0..1; 0 where there is so much text that nobody looked."""


class SecondReader(Protocol):
    """A PDF file to a second reading of its pages, in order. Raises ``ParseError``."""

    def __call__(self, path: Path, *, password: str | None = None) -> list[PageReading]: ...


class RecognisedPage(NamedTuple):
    """A page whose text was recognised in its picture."""

    page: PdfPage
    confidence: float
    """Mean over its words, 0..1."""


class Recogniser(Protocol):
    """Pages of a PDF file to their text by optical character recognition."""

    def __call__(self, path: Path, pages: Sequence[int], *, languages: Sequence[str],
                 password: str | None = None) -> dict[int, RecognisedPage]:  # fmt: skip
        """By page number, from 1; ``languages`` are ISO 639-1 codes. A page without a word in it is left out.

        Raises MissingDependency when the program or a language is not installed."""


class PdfReader(Protocol):
    """A PDF file to positioned text. Raises ``ParseError`` with a category of ``Skipped``."""

    def __call__(self, path: Path, *, password: str | None = None) -> PdfContent: ...
