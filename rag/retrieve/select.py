"""Ranked passages to the few sentences that could answer the question, or a reason why there are none.

Fits ``ports.Selector``. Every sentence and table row of the passages gets features (``rag.retrieve.features``)
and one calibrated score. Nothing is written here: quotes are copied from the documents by offset.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rag.apparatus import is_apparatus, only_refers
from rag.datatypes import Evidence, Hit, Quote, Selection, Sentence, SentenceKind
from rag.lists import is_label, only_opens
from rag.patient import Patient, cells_of, for_others, patient_of, patient_of_unit
from rag.ports import AnswerJudge, Corpus, Encoder, FloatMatrix
from rag.quantities import has_amount
from rag.retrieve.features import (
    Bag,
    Rarity,
    Weighted,
    asked_drugs,
    coverage,
    document_agreement,
    kind_agreement,
    logistic,
    logit,
    population_agreement,
    specific_terms,
    weigh,
)
from rag.retrieve.question import AnswerKind, Question, TermKind, read_question, stems
from rag.settings import SelectionSettings
from rag.text import fold

WEIGHTS: Mapping[str, float] = {
    "bias": -12.0,
    "similarity": 1.65,
    "part_similarity": 1.15,
    "context_similarity": 3.1,
    "overlap": 1.0,
    "context_overlap": 3.1,
    "specific": 2.0,
    "drugs": 2.0,
    "missing": -4.0,
    "kind": 1.5,
    "retrieval": 1.25,
    "population": 2.5,
    "document": 1.0,
}
"""Midway between weights set by hand and those eval/fit_selector.py finds on BioASQ, which teaches nothing about
absent terms, drugs, populations, named documents and kinds of answer (hand-set). The bias places the threshold."""

_CACHED_VECTORS = 20_000
_JUDGED = 60
"""Sentences put to the answer judge, best by the features; each costs it some 10 ms."""
JUDGED_WEIGHTS: Mapping[str, float] = {"bias": 0.0, "features": 0.7, "judge": 0.7}
"""What the logit of the features and the logit of the answer judge count: set even by hand, not fitted
(``eval/fit_selector.py --judged`` would fit them and has not been run). They order only; the bar is on the features."""
_LEAST_OF_BEST = 0.15
"""A sentence that scores less than this share of the best one is not shown beside it."""
_TOO_ALIKE = 0.95
_SHORTEST = 12
"""Characters; what is shorter says nothing alone."""
_NAMES_ONLY = (SentenceKind.HEADING, SentenceKind.HEADER)
_LEADERS = re.compile(r"(?:\.\s){2,}\.|\.{5,}")
"""The dots of a table of contents."""


@dataclass(frozen=True)
class _Candidate:
    """A sentence or row of a hit, with what surrounds it."""

    hit: Hit
    sentence: Sentence
    place: int
    """Index of the sentence in its passage."""
    text: str
    before: str
    after: str
    header: str
    """Caption and header rows of a table row; else ""."""

    @cached_property
    def heading(self) -> str:
        return self.hit.section[-1] if self.hit.section else ""

    @property
    def patient(self) -> Patient:
        """Whom it names by itself."""
        return patient_of_unit(self.text, self.sentence.kind, self.header)

    @property
    def embedded(self) -> str:
        """What the encoder sees: the sentence under its heading or table header."""
        head = self.header or self.heading
        return f"{head}: {self.text}" if head else self.text

    @property
    def stands_under(self) -> str:
        """What names the subject of a sentence that does not: innermost heading, header of a table row."""
        return ". ".join(part for part in (self.heading, self.header) if part.strip())

    @property
    def surroundings(self) -> tuple[str, ...]:
        return (
            self.before, self.text, self.after, self.header, " | ".join(self.hit.section), self.hit.title,
        )  # fmt: skip


@dataclass
class _Scored:
    candidate: _Candidate
    features: dict[str, float]
    score: float
    vector: FloatMatrix
    parts: FloatMatrix = field(repr=False)
    """Similarity to each part of the question, (parts,)."""


class EvidenceSelector:
    """Scores every sentence of the hits and keeps the best few, one for each part of the question at least."""

    def __init__(
        self,
        encoder: Encoder,
        corpus: Corpus,
        settings: SelectionSettings,
        *,
        judge: AnswerJudge | None = None,
        weights: Mapping[str, float] = WEIGHTS,
        judged_weights: Mapping[str, float] = JUDGED_WEIGHTS,
    ) -> None:
        """Without ``judge`` the features alone decide."""
        self._encoder = encoder
        self._corpus = corpus
        self._settings = settings
        self._judge = judge
        self._weights = weights
        self._judged_weights = judged_weights
        self._vectors: OrderedDict[str, FloatMatrix] = OrderedDict()

    @cached_property
    def _rarity(self) -> Rarity:
        return Rarity(self._corpus)

    @cached_property
    def _document_words(self) -> frozenset[str]:
        names = (f"{d.name} {d.title}" for d in self._corpus.documents())
        return frozenset(word for name in names for word in re.findall(r"[a-z]+|\d+", fold(name)))

    def select(self, question: str, hits: Sequence[Hit]) -> Selection:
        """Evidence in order of passage and place, or none and a reason that names what is missing."""
        read = read_question(question)
        terms = weigh(read, self._rarity)
        scored = self.score(question, hits)
        if not scored:
            return Selection(evidence=(), reason="No passage of these documents is near this question.")
        best = scored[0].score  # the bar is on the features: they tell the unanswerable better (docs/log.md)
        if best < self._settings.threshold:
            return Selection(evidence=(), reason=self._why(terms, hits), best_score=best)
        scored = self.judged(question, scored)
        picked = self._pick(read, self._not_for_others(read, scored))
        return Selection(evidence=tuple(self._evidence(picked)), best_score=best)

    def score(self, question: str, hits: Sequence[Hit]) -> list[_Scored]:
        """Every candidate sentence with features and score, best first."""
        read = read_question(question)
        candidates = list(self._candidates(hits[: self._settings.passages]))
        if not candidates:
            return []
        asked = self._encode([question, *read.parts])
        sentences = self._encode([candidate.embedded for candidate in candidates])
        features = self._features(
            read, hits, candidates, sentences @ asked.T, _blend(candidates, sentences) @ asked[0]
        )
        scored = [
            _Scored(candidate, values, logistic(values, self._weights), vector, similarities[1:])
            for candidate, values, vector, similarities in zip(
                candidates, features, sentences, sentences @ asked.T, strict=True
            )
        ]
        return sorted(scored, key=lambda item: -item.score)

    def _candidates(self, hits: Sequence[Hit]) -> Iterator[_Candidate]:
        """Sentences and rows that can say something: no headings, references or contents."""
        for hit in hits:
            whole = self._corpus.document(hit.document_id).text
            if is_apparatus(hit, whole):
                continue
            texts = [hit.text[s.start - hit.start : s.end - hit.start] for s in hit.sentences]
            for place, (sentence, text) in enumerate(zip(hit.sentences, texts, strict=True)):
                behind = hit.sentences[place + 1].kind if place + 1 < len(texts) else None
                if (
                    sentence.kind in _NAMES_ONLY
                    or _names_table(sentence, text, behind)
                    or _says_nothing(sentence, text, sentence.header_in(whole))
                ):
                    continue
                before = texts[place - 1] if place else ""
                after = texts[place + 1] if place + 1 < len(texts) else ""
                if sentence.kind is SentenceKind.SENTENCE and _only_names_people(text, after):
                    continue
                yield _Candidate(hit, sentence, place, text, before, after, sentence.header_in(whole))

    def _features(
        self,
        question: Question,
        hits: Sequence[Hit],
        candidates: Sequence[_Candidate],
        similarities: FloatMatrix,
        context_similarities: FloatMatrix,
    ) -> list[dict[str, float]]:
        """``similarities``: (candidates, 1 + parts); ``context_similarities``: (candidates,)."""
        terms = weigh(question, self._rarity)
        specific, drugs = specific_terms(terms), asked_drugs(terms)
        absent = 1.0 - coverage(specific, _bag_of(hits))
        top = max(hit.score for hit in hits) or 1.0
        rows = []
        for candidate, similarity, context in zip(
            candidates, similarities, context_similarities, strict=True
        ):
            around = Bag(*candidate.surroundings)
            passage = Bag(*candidate.surroundings, candidate.hit.text)
            rows.append({
                "similarity": float(similarity[0]),
                "part_similarity": float(similarity[1:].max()),
                "context_similarity": float(context),
                "overlap": coverage(terms, Bag(candidate.text, candidate.header)),
                "context_overlap": coverage(terms, around),
                "specific": coverage(specific, passage),
                    "drugs": coverage(drugs, passage),
                "missing": absent,
                "kind": kind_agreement(question, candidate.text),
                "retrieval": candidate.hit.score / top,
                "population": population_agreement(question, " ".join(candidate.surroundings)),
                "document": document_agreement(
                    question, f"{candidate.hit.document} {candidate.hit.title}", all_names=self._document_words
                ),
            })  # fmt: skip
        return rows

    def _encode(self, texts: Sequence[str]) -> FloatMatrix:
        """Vectors of the texts; those met before in this process are not computed again."""
        new = sorted({text for text in texts if text not in self._vectors}, key=len)
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new), strict=True))
        vectors = np.stack([self._vectors[text] for text in texts])
        while len(self._vectors) > _CACHED_VECTORS:
            self._vectors.popitem(last=False)
        return vectors

    def judged(self, question: str, scored: list[_Scored]) -> list[_Scored]:
        """The best by features scored anew together with the answer judge; the rest is left out, where there is a judge."""
        if self._judge is None:
            return scored
        first = scored[:_JUDGED]
        opinions = self._judge.answers(
            [question] * len(first),
            [item.candidate.text for item in first],
            [item.candidate.stands_under for item in first],
        )
        weights = self._judged_weights
        for item, opinion in zip(first, opinions, strict=True):
            item.features["answers"] = opinion
            parts = {"features": logit(item.score), "judge": logit(opinion)}
            item.score = logistic(parts, weights)
        return sorted(first, key=lambda item: -item.score)

    def _not_for_others(self, question: Question, scored: list[_Scored]) -> list[_Scored]:
        """Without rows and doses for another age, weight, kidney function or sex, and where a figure is asked without any such sentence;
        all, where nothing else is there.

        A table of doses has a row for each case: the right one must not be crowded out by the others.
        """
        asked = patient_of(question.text)
        if not asked:
            return scored
        asks_figure = bool(question.kinds & _FIGURE_KINDS)
        return [
            item for item in scored if not self._is_for_others(asked, item.candidate, asks_figure)
        ] or scored

    def _is_for_others(self, asked: Patient, candidate: _Candidate, asks_figure: bool) -> bool:
        is_dose = candidate.sentence.kind is SentenceKind.ROW or has_amount(candidate.text)
        return (asks_figure or is_dose) and bool(for_others(asked, self._quote(candidate)))

    def _quote(self, candidate: _Candidate) -> Quote:
        document = self._corpus.document(candidate.hit.document_id)
        return Quote.copied(document, candidate.hit, candidate.sentence)

    def _pick(self, question: Question, scored: Sequence[_Scored]) -> list[_Scored]:
        """The best for each part of the question and then the best of the rest, none said twice."""
        bar = _LEAST_OF_BEST * scored[0].score
        worthy = [item for item in scored if item.score >= bar]
        picked: list[_Scored] = []
        # what answers one part of a question looks worse on the whole: only the order of magnitude counts
        strength = np.array([item.score**0.25 * item.parts for item in scored])  # (scored, parts)
        covered = int(strength[0].argmax())  # the part that the best sentence answers
        wanted = [scored[int(row)] for part, row in enumerate(strength.argmax(axis=0)) if part != covered]
        for item in (worthy[0], *wanted, *worthy):
            if len(picked) == self._settings.sentences:
                break
            if not any(item is other or _adds_nothing(question, item, other) for other in picked):
                picked.append(item)
        return picked

    def _evidence(self, picked: Sequence[_Scored]) -> Iterator[Evidence]:
        """The passage with the best sentence first, its sentences in their order; ids count what is shown.

        A small writer takes what it reads first.
        """
        best: dict[str, float] = {}
        for item in picked:
            passage = item.candidate.hit.passage_id
            best[passage] = max(best.get(passage, 0.0), item.score)
        ordered = sorted(
            picked,
            key=lambda item: (
                -best[item.candidate.hit.passage_id],
                item.candidate.hit.rank,
                item.candidate.place,
            ),
        )
        passages: dict[str, int] = {}
        shown: dict[str, int] = {}
        for item in ordered:
            candidate = item.candidate
            passage = candidate.hit.passage_id
            number = passages.setdefault(passage, len(passages) + 1)
            shown[passage] = shown.get(passage, 0) + 1
            yield Evidence(
                id=f"{number}.{shown[passage]}",
                score=min(max(item.score, 0.0), 1.0),
                quote=self._quote(candidate),
                passage_id=passage,
                before=candidate.before,
                after=candidate.after,
                features={name: round(value, 4) for name, value in item.features.items()},
            )

    def _why(self, terms: Sequence[Weighted], hits: Sequence[Hit]) -> str:
        """What is missing, in words a clinician can use."""
        bag = _bag_of(hits)
        absent = [item.term for item in specific_terms(terms) if item.term.focus and not bag.holds(item.term)]
        nowhere = [t for t in absent if self._rarity.complete and not any(map(self._rarity.known, t.forms))]
        order = [TermKind.DRUG, TermKind.CODE, TermKind.CLINICAL]
        named = sorted(nowhere or absent, key=lambda term: order.index(term.kind))
        if not named:
            return "The passages found are on a near subject, but none gives what was asked."
        words = " or ".join(f"'{term.text}'" for term in named[:3])
        return (
            f"No passage of these documents speaks of {words}."
            if nowhere
            else f"No passage found speaks of {words}."
        )


_FIGURE_KINDS = frozenset(
    (
        AnswerKind.DOSE,
        AnswerKind.DURATION,
        AnswerKind.FREQUENCY,
        AnswerKind.THRESHOLD,
        AnswerKind.SHARE,
        AnswerKind.NUMBER,
    )
)


def _only_names_people(text: str, after: str) -> bool:
    """A line that says for whom the items below it are, and nothing else: "• Children weighing 20 to 39 kg"."""
    return is_label(text, after) and bool(patient_of(text).spans) and not has_amount(text)


def _names_table(sentence: Sentence, text: str, behind: SentenceKind | None) -> bool:
    """A caption whose rows are shown with it. ``behind``: kind of what follows."""
    above = behind in (SentenceKind.ROW, SentenceKind.HEADER) or text.lower().startswith("table")
    return sentence.kind is SentenceKind.CAPTION and above


def _adds_nothing(question: Question, item: _Scored, picked: _Scored) -> bool:
    """Nearly one vector. The rows of one table and the items of one list are that: another is worth its place if it has other figures
    and the question names it, or it names whom it is for."""
    if float(item.vector @ picked.vector) <= _TOO_ALIKE:
        return False
    one, other = item.candidate, picked.candidate
    if _figures(one.text) == _figures(other.text):
        return True
    in_common = one.header if one.sentence.kind is SentenceKind.ROW else other.text
    own = set(stems(one.text)) - set(stems(in_common))
    return not (one.patient or own & set(stems(question.text)))


def _figures(text: str) -> list[str]:
    return _FIGURES.findall(text)


_FIGURES = re.compile(r"\d+(?:\.\d+)?")


def _says_nothing(sentence: Sentence, text: str, header: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    if sentence.kind is SentenceKind.ROW:
        return _is_bare_row(text, header)
    return (
        len(text) < _SHORTEST
        or letters < len(text) / 3
        or bool(_LEADERS.search(text) or _FRAGMENT.match(text))
        or only_refers(text)
        or (only_opens(text) and not has_amount(text))
    )


def _is_bare_row(text: str, header: str) -> bool:
    """One cell with no more than a label or a number ("Recommendation 3"), the rest of a long cell, or what is left of a row of many."""
    if len(cells_of(text)) > 1:
        return not any(c.isalnum() for c in text)
    label = len(text.split()) < _LABEL and not _AMOUNT.search(text)
    torn = len(cells_of(header.splitlines()[-1] if header else "")) >= _MANY_CELLS and text[-1:] not in ".!?"
    return label or torn or (text[:1].islower() and len(text) > _LONG_CELL)


_MANY_CELLS = 3
_LABEL = 3
_AMOUNT = re.compile(r"\d ?(?:mg|mcg|µg|g|ml|l|iu|units?|mmol|%)", re.IGNORECASE)
_LONG_CELL = 80
_FRAGMENT = re.compile(r"(?=[^\W\d_])(?:[^\W\d]\S* ?){1,4}(?<![.!?:;]) *$")
"""Up to four words without figure, mark or stop: a heading or a label that was not told as one ("C Combination therapy")."""


def _blend(candidates: Sequence[_Candidate], vectors: FloatMatrix) -> FloatMatrix:
    """Each sentence with its neighbours of the same passage, as one vector of length 1."""
    blended = vectors.copy()
    for index in range(1, len(candidates)):
        if candidates[index].hit is candidates[index - 1].hit:
            blended[index] += 0.5 * vectors[index - 1]
            blended[index - 1] += 0.5 * vectors[index]
    return np.asarray(blended / np.linalg.norm(blended, axis=1, keepdims=True), dtype=np.float32)


def _bag_of(hits: Sequence[Hit]) -> Bag:
    texts = (t for hit in hits for t in (hit.text, hit.header_text, " | ".join(hit.section), hit.title))
    return Bag(*dict.fromkeys(texts))
