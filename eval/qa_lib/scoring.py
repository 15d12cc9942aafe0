"""Records to scores. A question without a Record fails; it is never left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from stats import wilson

from qa_lib.numbers import holds_number, stated, unquoted
from qa_lib.questions import Asked, Gold
from rag.datatypes import Document, Hit, PremiseOutcome, Quote, Record, Status

FALSE_PREMISE = "false_premise"
FIRST = 10
"""Passages among which the gold page is looked for."""
Place = tuple[str, int]
IsVerbatim = Callable[[str, int, str], bool | None]
"""(document, page, quote) to: found on its page, not found, or None where that cannot be asked."""


@dataclass(frozen=True)
class Outcome:
    """What came of one question."""

    id: str
    kind: str
    answerable: bool
    missing: bool = False
    answered: bool = False
    found: bool = False
    """A gold page is among those of the first ten passages."""
    found_all: bool = False
    """For every part."""
    selected: bool = False
    """A gold page is among those of the selected sentences."""
    selected_all: bool = False
    empty: bool = False
    """Nothing was selected."""
    cited: bool = False
    """A gold page is among those of the released quotes."""
    cited_all: bool = False
    numbers: bool | None = None
    """Every figure asked for is in the answer; None when none is asked for."""
    stray: tuple[str, ...] = ()
    """Figures of released claims that are not in their quotes."""
    quotes: int = 0
    not_verbatim: tuple[str, ...] = ()
    unchecked: int = 0
    """Quotes of documents that pdftotext cannot read."""
    corrected: bool | None = None
    """A false premise is said to be false; None for questions of other kinds. See ``_is_corrected``."""
    best: float = 0.0
    """Highest selection score."""
    seconds: float = 0.0


class Pages:
    """Offsets to page numbers."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = {document.id: document for document in documents}

    def of(self, item: Hit | Quote) -> set[Place]:
        """Pages that the span touches with more than white space."""
        document = self._documents.get(item.document_id)
        if document is None:
            return {(item.document, item.page)}
        return {
            (item.document, page.number)
            for page in document.pages
            if document.text[max(page.start, item.start) : min(page.end, item.end)].strip()
        }


def score(
    questions: Sequence[Asked],
    records: Mapping[str, Record],
    pages: Pages,
    *,
    is_verbatim: IsVerbatim | None = None,
) -> list[Outcome]:
    """One outcome a question, in order."""
    return [
        _outcome(asked, records[asked.id], pages, is_verbatim)
        if asked.id in records
        else Outcome(
            asked.id,
            asked.kind,
            asked.answerable,
            missing=True,
            numbers=False if asked.numbers else None,
            corrected=False if asked.kind == FALSE_PREMISE else None,
        )
        for asked in questions
    ]


def _outcome(asked: Asked, record: Record, pages: Pages, is_verbatim: IsVerbatim | None) -> Outcome:
    quotes = [quote for claim in record.claims for quote in claim.quotes]
    evidence = record.selection.evidence if record.selection else ()
    found = _places(pages, record.hits[:FIRST])
    selected = _places(pages, [item.quote for item in evidence])
    cited = _places(pages, quotes)
    checked = [(q, is_verbatim(q.document, q.page, q.text) if is_verbatim else None) for q in quotes]
    return Outcome(
        id=asked.id,
        kind=asked.kind,
        answerable=asked.answerable,
        answered=record.status is not Status.ABSTAINED,
        found=_any_part(asked.gold, found),
        found_all=_every_part(asked.gold, found),
        selected=_any_part(asked.gold, selected),
        selected_all=_every_part(asked.gold, selected),
        empty=not evidence,
        cited=_any_part(asked.gold, cited),
        cited_all=_every_part(asked.gold, cited),
        numbers=all(holds_number(record.answer or "", n) for n in asked.numbers) if asked.numbers else None,
        stray=tuple(
            figure
            for claim in record.claims
            for figure in unquoted(stated(claim.text), [f"{q.header_text} {q.text}" for q in claim.quotes])
        ),
        quotes=len(quotes),
        not_verbatim=tuple(f"{q.document} p. {q.page}: {q.text}" for q, said in checked if said is False),
        unchecked=sum(said is None for _, said in checked),
        corrected=_is_corrected(asked, record, pages) if asked.kind == FALSE_PREMISE else None,
        best=record.selection.best_score if record.selection else 0.0,
        seconds=record.seconds.get("total", 0.0),
    )


def _is_corrected(asked: Asked, record: Record, pages: Pages) -> bool:
    """A premise is refuted by a quote on a gold page, or a released claim that denies rests on one.

    "Denies" is read from words (not, no, never, only, rather, instead …): a claim that states the right figure without
    any of them does not count, and one with such a word counts whether or not it denies the premise.
    """
    refuted = [p.quotes for p in record.premises if p.outcome is PremiseOutcome.REFUTED]
    denied = [c.quotes for c in record.claims if record.answer is not None and _DENIES.search(c.text)]
    return any(_any_part(asked.gold, _places(pages, quotes)) for quotes in (*refuted, *denied))


_DENIES = re.compile(r"\b(?:not|no|never|only|rather|instead|cannot|without|against)\b|n't\b", re.IGNORECASE)


def _places(pages: Pages, items: Iterable[Hit | Quote]) -> set[Place]:
    return {place for item in items for place in pages.of(item)}


def _any_part(gold: Sequence[Gold], places: set[Place]) -> bool:
    return any((place.document, place.page) in places for place in gold)


def _every_part(gold: Sequence[Gold], places: set[Place]) -> bool:
    parts = {place.part for place in gold}
    return bool(parts) and all(_any_part([g for g in gold if g.part == part], places) for part in parts)


@dataclass(frozen=True)
class Share:
    """``right`` of ``of``."""

    right: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.of if self.of else float("nan")

    def __str__(self) -> str:
        low, high = wilson(self.right, self.of)
        return (
            f"{self.right}/{self.of} {self.percent:5.1f} % ({100 * low:.1f}–{100 * high:.1f})"
            if self.of
            else "-"
        )


@dataclass(frozen=True)
class Summary:
    shares: dict[str, Share]
    by_kind: dict[str, dict[str, Share]]
    seconds_median: float
    seconds_p95: float
    stray: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_verbatim: dict[str, tuple[str, ...]] = field(default_factory=dict)


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    kinds = dict.fromkeys(outcome.kind for outcome in outcomes)
    times = sorted(outcome.seconds for outcome in outcomes if not outcome.missing)
    return Summary(
        shares=_shares(outcomes),
        by_kind={kind: _shares([o for o in outcomes if o.kind == kind]) for kind in kinds},
        seconds_median=median(times) if times else 0.0,
        seconds_p95=times[min(len(times) - 1, int(0.95 * len(times)))] if times else 0.0,
        stray={o.id: o.stray for o in outcomes if o.stray},
        not_verbatim={o.id: o.not_verbatim for o in outcomes if o.not_verbatim},
    )


def _shares(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    yes = [outcome for outcome in outcomes if outcome.answerable]
    no = [outcome for outcome in outcomes if not outcome.answerable]
    quotes = sum(o.quotes - o.unchecked for o in outcomes)
    return {
        "gold page in first 10": _share(yes, "found"),
        "  every part": _share(yes, "found_all"),
        "gold page selected": _share(yes, "selected"),
        "  every part selected": _share(yes, "selected_all"),
        "gold page cited": _share(yes, "cited"),
        "  every part cited": _share(yes, "cited_all"),
        "answered (answerable)": _share(yes, "answered"),
        "numbers present": _share([o for o in outcomes if o.numbers is not None], "numbers"),
        "abstained (unanswerable)": Share(sum(not o.missing and not o.answered for o in no), len(no)),
        "nothing selected (unanswerable)": Share(sum(not o.missing and o.empty for o in no), len(no)),
        "nothing selected (answerable)": Share(sum(not o.missing and o.empty for o in yes), len(yes)),
        "quotes verbatim": Share(quotes - sum(len(o.not_verbatim) for o in outcomes), quotes),
        "answers free of stray numbers": Share(
            sum(o.answered and not o.stray for o in outcomes), sum(o.answered for o in outcomes)
        ),
        "premise corrected": _share([o for o in outcomes if o.corrected is not None], "corrected"),
        "no Record": Share(sum(o.missing for o in outcomes), len(outcomes)),
    }


def _share(outcomes: Sequence[Outcome], name: str) -> Share:
    return Share(sum(bool(getattr(outcome, name)) for outcome in outcomes), len(outcomes))


@dataclass(frozen=True)
class Point:
    """What a selection threshold would do."""

    threshold: float
    kept: Share
    """Answerable questions that keep their evidence."""
    refused: Share
    """Unanswerable questions that get none."""


def trade_off(outcomes: Sequence[Outcome]) -> list[Point]:
    """Thresholds from .05 to .95 on the best selection score; only meaningful for a run with threshold 0."""
    yes = [o.best for o in outcomes if o.answerable]
    no = [o.best for o in outcomes if not o.answerable]
    return [
        Point(t, Share(sum(b >= t for b in yes), len(yes)), Share(sum(b < t for b in no), len(no)))
        for t in [round(0.05 * step, 2) for step in range(1, 20)]
    ]


def auc(outcomes: Sequence[Outcome]) -> float:
    """Chance that an answerable question's best score is above an unanswerable one's; ties count half."""
    yes = [o.best for o in outcomes if o.answerable]
    no = [o.best for o in outcomes if not o.answerable]
    if not yes or not no:
        return float("nan")
    return sum((a > b) + 0.5 * (a == b) for a in yes for b in no) / (len(yes) * len(no))
