from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.datatypes import Document
from rag.ingest.assemble import assemble
from rag.ingest.content import Block, BlockKind, ParsedFile, Part, block
from rag.ingest.passages import ENCODER_LIMIT, passages_of
from rag.settings import IngestSettings

Counter = Callable[[Sequence[str]], list[int]]


def document_of(blocks: Sequence[Block], pages: int = 1) -> ParsedFile:
    made = assemble(blocks, page_numbers=range(1, pages + 1))
    document = Document(
        id="0" * 64, name="a.txt", source="/a.txt", title="", language="en", media_type="text/plain", text=made.text, pages=made.pages
    )  # fmt: skip
    return ParsedFile(document=document, units=made.units)


def words(count: int, start: str = "Word") -> str:
    return start + " word" * (count - 2) + " end."


def test_whole_sentences_up_to_the_size(count_words: Counter) -> None:
    parsed = document_of([block(BlockKind.PARAGRAPH, " ".join(words(20) for _ in range(5)))])
    passages = passages_of(parsed, IngestSettings(passage_tokens=50), count_tokens=count_words)
    assert [len(passage.sentences) for passage in passages] == [2, 2, 1]


def test_a_section_starts_a_passage_and_takes_its_heading(count_words: Counter) -> None:
    blocks = [
        block(BlockKind.HEADING, "One", rank=1), block(BlockKind.PARAGRAPH, words(5)),
        block(BlockKind.HEADING, "Two", rank=1), block(BlockKind.HEADING, "Inner", rank=2), block(BlockKind.PARAGRAPH, words(5)),
    ]  # fmt: skip
    passages = passages_of(document_of(blocks), IngestSettings(), count_tokens=count_words)
    assert [passage.section for passage in passages] == [("One",), ("Two", "Inner")]
    assert passages[1].text.startswith("Two\n\nInner\n\n")


def test_a_page_starts_a_passage(count_words: Counter) -> None:
    blocks = [block(BlockKind.PARAGRAPH, words(5), page=1), block(BlockKind.PARAGRAPH, words(5), page=3)]
    passages = passages_of(document_of(blocks, 3), IngestSettings(), count_tokens=count_words)
    assert [passage.page for passage in passages] == [1, 3]


def test_a_table_split_over_passages_repeats_its_header(count_words: Counter) -> None:
    rows = [block(BlockKind.ROW, f"row{n} " + "cell " * 8 + "last") for n in range(12)]
    blocks = [
        block(BlockKind.CAPTION, "Table 1. Doses"),
        block(BlockKind.ROW, "Drug Dose", is_header=True),
        *rows,
    ]
    passages = passages_of(document_of(blocks), IngestSettings(passage_tokens=40), count_tokens=count_words)
    assert len(passages) > 2
    assert passages[0].header_text == ""
    assert {passage.header_text for passage in passages[1:]} == {"Table 1. Doses\nDrug Dose"}


def test_each_row_knows_its_header_in_the_passage_that_holds_it_too(count_words: Counter) -> None:
    rows = [block(BlockKind.ROW, f"row{n} cell") for n in range(3)]
    blocks = [
        block(BlockKind.CAPTION, "Table 1. Doses"),
        block(BlockKind.ROW, "Drug Dose", is_header=True),
        *rows,
        block(BlockKind.PARAGRAPH, "Other words follow it."),
    ]
    parsed = document_of(blocks)
    (passage,) = passages_of(parsed, IngestSettings(), count_tokens=count_words)
    found = [(s.kind.value, s.header_in(parsed.document.text)) for s in passage.sentences]
    whole = ("row", "Table 1. Doses\nDrug Dose")
    assert found == [("caption", ""), ("header", "Table 1. Doses"), whole, whole, whole, ("sentence", "")]


def test_a_sentence_too_long_for_the_encoder_is_cut(count_words: Counter) -> None:
    parsed = document_of([block(BlockKind.PARAGRAPH, words(900))])
    passages = passages_of(parsed, IngestSettings(), count_tokens=count_words)
    assert len(passages) >= 4
    assert max(count_words([passage.text for passage in passages])) <= ENCODER_LIMIT


def test_pages_without_text_are_empty_spans() -> None:
    parsed = document_of([block(BlockKind.PARAGRAPH, "Only here.", page=2)], pages=4)
    assert [(page.number, page.start, page.end) for page in parsed.document.pages] == [
        (1, 0, 0),
        (2, 0, 10),
        (3, 10, 10),
        (4, 10, 10),
    ]


TEXTS = st.text(alphabet="abc AB.;,5 ", min_size=1, max_size=120).filter(lambda text: bool(text.strip()))
BLOCKS = st.lists(
    st.tuples(
        st.sampled_from(list(BlockKind)),
        st.lists(TEXTS, min_size=1, max_size=2),
        st.integers(0, 1),
        st.booleans(),
    ),
    max_size=15,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BLOCKS, st.integers(min_value=32, max_value=64))
def test_every_passage_is_a_slice_of_its_document(
    count_words: Counter, drawn: list[tuple[BlockKind, list[str], int, bool]], tokens: int
) -> None:
    page, blocks = 1, []
    for kind, texts, forward, flag in drawn:
        page += forward
        parts = []
        for number, text in enumerate(texts):
            page += number
            parts.append(Part(page, text + (" " if number + 1 < len(texts) else "")))
        blocks.append(
            Block(
                kind,
                tuple(parts),
                rank=len(texts),
                is_header=flag,
                continues_row=flag and kind is BlockKind.ROW,
            )
        )
    parsed = document_of(blocks, page)
    document = parsed.document
    end = 0
    for passage in passages_of(parsed, IngestSettings(passage_tokens=tokens), count_tokens=count_words):
        assert document.text[passage.start : passage.end] == passage.text
        assert (passage.sentences[0].start, passage.sentences[-1].end) == (passage.start, passage.end)
        assert passage.text == passage.text.strip() != ""
        assert passage.start >= end
        position = passage.start
        for sentence in passage.sentences:
            assert not document.text[position : sentence.start].strip()
            position = sentence.end
        assert any(p.number == passage.page and p.start <= passage.start < p.end for p in document.pages)
        end = passage.end
