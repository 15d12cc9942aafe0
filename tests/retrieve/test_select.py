"""Selection on a corpus of a few sentences, with an encoder that counts words."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from rag.datatypes import Document, Hit, Page, Passage, Sentence, SentenceKind, Span
from rag.ports import FloatMatrix
from rag.retrieve.features import Rarity, kind_agreement, logistic, population_agreement, short_forms
from rag.retrieve.question import read_question, stems
from rag.retrieve.select import EvidenceSelector, _adds_nothing, _Candidate, _says_nothing, _Scored
from rag.settings import SelectionSettings

DIMENSION = 512


class WordCounter:
    """Vectors of stem counts, hashed: alike when words are shared. Counts what it is asked to encode."""

    id = "word-counter"
    dimension = DIMENSION
    max_tokens = 256

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        self.encoded.extend(texts)
        rows = np.full((len(texts), DIMENSION), 1e-6, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in stems(text):
                row[zlib.crc32(word.encode()) % DIMENSION] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


class SmallCorpus:
    id = "small"

    def __init__(self, documents: dict[str, list[str]]) -> None:
        """File name to passages; sentences end with a full stop, a line "# …" is a heading, "| …" a row."""
        self._documents: dict[str, Document] = {}
        self._passages: list[Passage] = []
        for name, blocks in documents.items():
            text = "\n\n".join(blocks)
            half = len(text) // 2
            document = Document(
                id=name.ljust(64, "0"), name=name, source=f"/{name}", title=name, language="en",
                media_type="text/plain", text=text, date="2021",
                pages=(Page(start=0, end=half, number=1), Page(start=half, end=len(text), number=2)),
            )  # fmt: skip
            self._documents[document.id] = document
            start = 0
            for block in blocks:
                self._passages.append(_passage(document, start, start + len(block)))
                start += len(block) + 2

    def document(self, document_id: str) -> Document:
        return self._documents[document_id]

    def documents(self) -> Iterable[Document]:
        return self._documents.values()

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in rows]

    def __len__(self) -> int:
        return len(self._passages)

    def hits(self) -> list[Hit]:
        return [
            Hit(
                rank=rank, score=1 / rank, document=document.name, title=document.title, page=p.page, section=p.section,
                text=p.text, document_id=p.document_id, passage_id=p.id, start=p.start, end=p.end,
                sentences=p.sentences, header_text=p.header_text, date=document.date,
            )
            for rank, p in enumerate(self._passages, 1)
            for document in [self._documents[p.document_id]]
        ]  # fmt: skip


def _passage(document: Document, start: int, end: int) -> Passage:
    sentences: list[Sentence] = []
    place = start
    for line in document.text[start:end].split("\n"):
        kind = _KINDS.get(line[0], SentenceKind.SENTENCE)
        header = tuple(s for s in sentences if s.kind is SentenceKind.HEADER and kind is SentenceKind.ROW)
        spans = tuple(Span(start=s.start, end=s.end) for s in header)
        sentences.append(Sentence(start=place, end=place + len(line), kind=kind, header=spans))
        place += len(line) + 1
    page = next(page.number for page in reversed(document.pages) if page.start <= start)
    return Passage(
        id=f"{document.id[:16]}:{start}:{end}", document_id=document.id, start=start, end=end,
        text=document.text[start:end], page=page, sentences=tuple(sentences),
    )  # fmt: skip


_KINDS = {"#": SentenceKind.HEADING, "|": SentenceKind.ROW, "=": SentenceKind.HEADER}


CORPUS = SmallCorpus(
    {
        "gout-2021.txt": [
            "# Treatment of gout\nAllopurinol for gout starts at 100 mg once daily.\nThe dose of allopurinol is raised every 4 weeks.",
            "# Flares\nColchicine 0.5 mg twice daily treats an acute flare of gout.\nIce packs help some people with the pain.",
            "= Drug | Adult dose\n| allopurinol | 100 mg\n| febuxostat | 40 mg",
        ],
        "asthma-2019.txt": [
            "Salbutamol relieves wheeze in asthma.\nChildren with asthma need a spacer with every inhaler.",
            "Staff wash their hands before and after each patient.\nGloves are no substitute for clean hands.",
        ],
    }
)


def select(question: str, *, threshold: float = 0.3, sentences: int = 8, corpus: SmallCorpus = CORPUS):  # type: ignore[no-untyped-def]
    settings = SelectionSettings(threshold=threshold, sentences=sentences)
    return EvidenceSelector(WordCounter(), corpus, settings).select(question, corpus.hits())


def test_the_sentence_that_answers_is_best() -> None:
    selection = select("What dose of allopurinol starts treatment of gout?")
    best = max(selection.evidence, key=lambda item: item.score)
    assert "100 mg" in best.quote.text
    assert best.score == selection.best_score


def test_quotes_are_copied_by_offset_and_know_page_and_date() -> None:
    for item in select("What dose of allopurinol starts treatment of gout?").evidence:
        document = CORPUS.document(item.quote.document_id)
        assert document.text[item.quote.start : item.quote.end] == item.quote.text
        page = next(p for p in document.pages if p.number == item.quote.page)
        assert page.start <= item.quote.start < page.end
        assert item.quote.date == "2021"


def test_ids_count_what_is_shown_in_document_order() -> None:
    evidence = select("What dose of allopurinol or colchicine for gout?", threshold=0.0).evidence
    seen: dict[str, list[str]] = {}
    for item in evidence:
        seen.setdefault(item.passage_id, []).append(item.id)
    expected = [[f"{p}.{s}" for s in range(1, len(ids) + 1)] for p, ids in enumerate(seen.values(), 1)]
    assert list(seen.values()) == expected
    starts = [(item.passage_id, item.quote.start) for item in evidence]
    assert all(a[0] != b[0] or a[1] < b[1] for a, b in pairwise(starts))


def test_a_row_comes_with_its_header_and_a_heading_or_header_never_comes() -> None:
    evidence = select("febuxostat adult dose in gout?", threshold=0.0).evidence
    row = next(item for item in evidence if "febuxostat" in item.quote.text)
    assert row.quote.header_text == "= Drug | Adult dose"
    assert {item.quote.kind for item in evidence}.isdisjoint({SentenceKind.HEADING, SentenceKind.HEADER})


def test_an_absent_drug_is_named_as_the_reason() -> None:
    selection = select("What dose of mebendazole treats gout?", threshold=0.9)
    assert selection.evidence == ()
    assert selection.reason == "No passage of these documents speaks of 'mebendazole'."


def test_an_absent_drug_lowers_the_score() -> None:
    there = select("What dose of allopurinol treats gout?", threshold=0.0).best_score
    absent = select("What dose of mebendazole treats gout?", threshold=0.0).best_score
    assert absent < there - 0.2


def test_another_population_lowers_the_score() -> None:
    features = [
        population_agreement(read_question("Spacer for a 6-year-old?"), context)
        for context in ("Children need a spacer.", "A spacer helps.", "Adults need a spacer.")
    ]
    assert features == sorted(features, reverse=True)
    assert len(set(features)) == 3


def test_both_documents_of_a_two_part_question_are_shown() -> None:
    selection = select(
        "What is the starting dose of allopurinol, and what do children with asthma need?",
        threshold=0.0, sentences=2,
    )  # fmt: skip
    assert {item.quote.document for item in selection.evidence} == {"gout-2021.txt", "asthma-2019.txt"}


def test_no_more_sentences_than_asked_and_none_twice() -> None:
    corpus = SmallCorpus({"a.txt": ["Give allopurinol 100 mg daily.", "Give allopurinol 100 mg daily."]})
    assert len(select("Which allopurinol dose?", threshold=0.0, corpus=corpus).evidence) == 1
    assert len(select("Which allopurinol dose?", threshold=0.0, sentences=2).evidence) == 2


def test_nothing_retrieved_is_an_empty_selection() -> None:
    selector = EvidenceSelector(WordCounter(), CORPUS, SelectionSettings())
    assert selector.select("anything?", []).reason


class SaysNo:
    id = "no"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def answers(self, questions: Sequence[str], texts: Sequence[str], contexts: Sequence[str]) -> list[float]:
        self.asked.extend(zip(questions, texts, contexts, strict=True))
        return [0.0] * len(questions)


def test_the_answer_judge_is_asked_once_per_sentence_and_moves_the_score() -> None:
    judge = SaysNo()

    settings = SelectionSettings(threshold=0.0)
    question = "What dose of allopurinol starts treatment of gout?"
    plain = EvidenceSelector(WordCounter(), CORPUS, settings).select(question, CORPUS.hits())
    blended = EvidenceSelector(WordCounter(), CORPUS, settings, judge=judge).select(question, CORPUS.hits())
    assert len(judge.asked) == len(set(judge.asked)) > 0
    assert all(triple[0] == question for triple in judge.asked)
    assert max(e.score for e in blended.evidence) < max(e.score for e in plain.evidence)


def test_vectors_are_computed_once() -> None:
    encoder = WordCounter()
    selector = EvidenceSelector(encoder, CORPUS, SelectionSettings(threshold=0.0))
    selector.select("Which allopurinol dose?", CORPUS.hits())
    first = len(encoder.encoded)
    selector.select("Which allopurinol dose?", CORPUS.hits())
    assert first == len(set(encoder.encoded)) == len(encoder.encoded)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("treated with albendazole (ALB) alone", ("albendazole", "ALB")),
        ("sleep-disordered breathing (SDB) is common", ("sleep-disordered breathing", "SDB")),
        ("the estimated glomerular filtration rate (eGFR)", ("estimated glomerular filtration rate", "eGFR")),
    ],
)
def test_short_forms_that_documents_define(text: str, pair: tuple[str, str]) -> None:
    assert list(short_forms(text)) == [pair]


def test_brackets_that_define_nothing() -> None:
    assert list(short_forms("as shown (Table) by others (WHO)")) == []


def test_a_short_form_of_the_documents_stands_for_the_long_one() -> None:
    corpus = SmallCorpus({"a.txt": ["Zorbitol therapy regimen (ZTR) is new.", "Give ZTR for 5 days."]})
    rarity = Rarity(corpus)
    term = next(t for t in read_question("How long is ZTR given?").terms if t.text == "ZTR")
    assert tuple(stems("Zorbitol therapy regimen")) in rarity.widened(term).forms


def test_counting_needs_what_is_counted() -> None:
    question = read_question("How many patients per nurse?")
    assert kind_agreement(question, "One nurse for 6 patients.") == 1.0
    assert kind_agreement(question, "There are 250 beds per hospital.") == 0.0


def test_logistic() -> None:
    assert logistic({"a": 2.0}, {"bias": -1.0, "a": 0.5}) == 0.5
    assert logistic({"a": 1.0}, {"bias": 0.0, "a": 1.0}) == pytest.approx(1 / (1 + math.exp(-1)))


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("C Combination therapy", True), ("Dosage of allopurinol", True), ("Give allopurinol daily.", False),
        ("• Thiazide-like agents", False), ("Allopurinol 100 mg daily", False), ("Measure blood pressure in both arms", False),
        ("The panel based its advice on the following considerations:", True), ("Give allopurinol 100 mg daily, then:", False), ("Do not give it to:", False),
        ("Dose: 100 mg daily.", False),
    ],
)  # fmt: skip
def test_a_label_and_a_line_that_only_opens_a_list_say_nothing(text: str, nothing: bool) -> None:
    assert _says_nothing(Sentence(start=0, end=len(text)), text, "") == nothing


COLUMNS = "Table 4. Tests\nActivity | Table | Reference"


@pytest.mark.parametrize(
    ("text", "header", "nothing"),
    [
        ("Recommendation 3", "", True), ("14 years", "", True), ("Adults 500mg", "", False), ("Adults | 500 mg", "Who | Dose", False),
        ("HEARTS: technical package for primary care (2018)", COLUMNS, True), ("All doses are in mg a day but for fentanyl.", COLUMNS, False),
        ("under 6 kg up to 4 months 200–400 ml", "Weight Age Volume", False),
    ],
)  # fmt: skip
def test_a_bare_row_says_nothing(text: str, header: str, nothing: bool) -> None:
    assert _says_nothing(Sentence(start=0, end=len(text), kind=SentenceKind.ROW), text, header) is nothing


def test_lists_of_references_are_no_evidence() -> None:
    references = (
        "Allopurinol dose in gout: a trial of starting treatment.\nRossi AB, Bianchi C, Verdi DE, et al.\n"
        "Lancet 2013;346:174."
    )
    corpus = SmallCorpus({"a.txt": [references, "The dose of allopurinol is 100 mg."]})
    evidence = select("What dose of allopurinol in gout?", threshold=0.0, corpus=corpus).evidence
    assert [item.quote.text for item in evidence] == ["The dose of allopurinol is 100 mg."]


BANDS = SmallCorpus(
    {
        "zinc-2020.txt": [
            "= Weight | Zinc for diarrhoea, once daily\n"
            + "\n".join(f"| {w} to {w + 3} kg | {w} mg" for w in range(3, 43, 4))
        ]
    }
)


@pytest.mark.parametrize(
    ("weight", "row"), [(4, "| 3 to 6 kg"), (21, "| 19 to 22 kg"), (41, "| 39 to 42 kg")]
)
def test_of_a_table_of_doses_the_row_for_the_asked_is_selected(weight: int, row: str) -> None:
    settings = SelectionSettings(threshold=0.0, sentences=3)
    question = f"What dose of zinc for a child of {weight} kg with diarrhoea?"
    evidence = EvidenceSelector(WordCounter(), BANDS, settings).select(question, BANDS.hits()).evidence
    assert any(item.quote.text.startswith(row) for item in evidence)
    others = EvidenceSelector(WordCounter(), BANDS, settings).select(
        "What dose of zinc for diarrhoea?", BANDS.hits()
    )
    assert len(others.evidence) == 3


@pytest.mark.parametrize(
    ("question", "row", "nothing"),
    [
        ("Conversion factor of codeine and morphine?", "Codeine | 0.15", False),
        ("Conversion factor of morphine?", "Codeine | 0.15", True),
        ("Conversion factor of codeine and morphine?", "Codeine | 1", True),
        ("Conversion factor?", "2 to 5 years | 0.15", False),
    ],
)
def test_a_row_like_another_adds_something_where_it_is_named_or_says_for_whom(
    question: str, row: str, nothing: bool
) -> None:
    def scored(text: str) -> _Scored:
        sentence = Sentence(start=0, end=len(text), kind=SentenceKind.ROW)
        vector = np.array([1.0], dtype=np.float32)
        return _Scored(
            _Candidate(CORPUS.hits()[0], sentence, 0, text, "", "", "Age | Factor"),
            {},
            0.5,
            vector,
            vector,
        )

    assert _adds_nothing(read_question(question), scored(row), scored("Morphine | 1")) is nothing


def test_codes_with_letters_behind_the_figure_are_one_term() -> None:
    for code in ("G6PD", "CYP2C19", "CYP3A4"):
        assert code in {term.text for term in read_question(f"Dose with {code} deficiency?").terms}


ITEMS = SmallCorpus(
    {
        "antidote-2020.txt": [
            "Acetylcysteine doses",
            "• Adults weighing 40 kg or more",
            "◦ first bag: 200 mg/kg in 500 mL over 4 hours",
            "• Children weighing 20 to 39 kg",
            "◦ first bag: 200 mg/kg in 250 mL over 4 hours",
        ]
    }
)


def test_items_for_another_weight_by_what_they_stand_below_are_left_out() -> None:
    settings = SelectionSettings(threshold=0.0, sentences=3)
    selector = EvidenceSelector(WordCounter(), ITEMS, settings)
    evidence = selector.select("First bag of acetylcysteine for a child of 30 kg?", ITEMS.hits()).evidence
    texts = [item.quote.text for item in evidence]
    assert "◦ first bag: 200 mg/kg in 250 mL over 4 hours" in texts
    assert "◦ first bag: 200 mg/kg in 500 mL over 4 hours" not in texts
