"""Our retriever and our query engine run inside LlamaIndex."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.base_selector import BaseSelector, SelectorResult, SingleSelection
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import MetadataMode
from llama_index.core.tools import QueryEngineTool

from rag.datatypes import Claim, Hit, Ids, Quote, Record, Sentence, Status
from rag.llama_index import Answering, RagQueryEngine, RagRetriever

DOCUMENT_ID = "ab" * 32
TEXTS = (
    "Give zinc by mouth for 10–14 days: 20 mg a day from 6 months of age.",
    "Give ORS in the clinic over 4 hours, about 75 ml/kg.",
)
SECTION = ("Diarrhoea in children", "5 Zinc")


def make_hit(number: int) -> Hit:
    text, start = TEXTS[number], 100 * number
    return Hit(
        rank=number + 1,
        score=0.9 - 0.2 * number,
        document="diarrhoea.pdf",
        title="Diarrhoea in children",
        page=number + 1,
        section=SECTION,
        text=text,
        document_id=DOCUMENT_ID,
        passage_id=f"{DOCUMENT_ID[:16]}:{start}:{start + len(text)}",
        start=start,
        end=start + len(text),
        sentences=(Sentence(start=start, end=start + len(text)),),
        date="2014-06-02",
        notice="Teaching material.",
    )


def make_quote(number: int) -> Quote:
    hit = make_hit(number)
    shared = set(Quote.model_fields) & set(Hit.model_fields)
    return Quote(**{name: getattr(hit, name) for name in shared})


def make_record(**changes: Any) -> Record:
    ids = dict.fromkeys(set(Ids.model_fields) - {"seed"}, "x")
    zinc = Claim(text="20 mg a day for 10–14 days", quotes=(make_quote(0),))
    both = Claim(text="with ORS, about 75 ml/kg", quotes=(make_quote(1), make_quote(0)))
    fields: dict[str, Any] = {
        "id": "1",
        "question": "Zinc dose?",
        "asked_at": "2026-01-01T00:00:00Z",
        "status": Status.ANSWERED,
        "answer": "20 mg a day for 10–14 days [1], with ORS, about 75 ml/kg [2][1]",
        "claims": (zinc, both),
        "ids": Ids(**ids, seed=0),
    }
    return Record(**{**fields, **changes})


class FakePipeline:
    """Answers everything with the same record and passages; notes what it was asked."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.asked: list[tuple[str, int | None]] = []

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        self.asked.append((query, k))
        return [make_hit(number) for number in range(len(TEXTS))][:k]

    def ask(self, question: str) -> Record:
        self.asked.append((question, None))
        return self.record


class AlwaysFirst(BaseSelector):
    """Chooses the first tool, without a language model."""

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        return None

    def _select(self, choices: Any, query: Any) -> SelectorResult:
        return SelectorResult(selections=[SingleSelection(index=0, reason="there is one")])

    async def _aselect(self, choices: Any, query: Any) -> SelectorResult:
        return self._select(choices, query)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """LlamaIndex must not phone home, nor fetch a tokenizer or stop words."""

    def refuse(*args: object, **_: object) -> None:
        raise AssertionError(f"network asked for: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline(make_record())


def test_fake_fits_the_port(pipeline: FakePipeline) -> None:
    assert isinstance(pipeline, Answering)


def test_retriever_gives_passages_in_order_with_their_place(pipeline: FakePipeline) -> None:
    nodes = RagRetriever(pipeline, k=2).retrieve("zinc")
    assert pipeline.asked == [("zinc", 2)]
    assert [node.score for node in nodes] == [0.9, 0.7]
    assert [node.node.get_content() for node in nodes] == list(TEXTS)
    assert nodes[1].node.node_id == make_hit(1).passage_id
    assert nodes[1].metadata == {
        "document": "diarrhoea.pdf",
        "title": "Diarrhoea in children",
        "page": 2,
        "section": "Diarrhoea in children > 5 Zinc",
        "table_header": "",
        "date": "2014-06-02",
        "notice": "Teaching material.",
        "start": 100,
        "end": 100 + len(TEXTS[1]),
        "document_id": DOCUMENT_ID,
    }


def test_retriever_takes_the_number_of_passages_asked_for(pipeline: FakePipeline) -> None:
    assert len(RagRetriever(pipeline, k=1).retrieve("zinc")) == 1
    assert RagRetriever(pipeline).k == 10


def test_models_see_the_place_but_not_the_offsets(pipeline: FakePipeline) -> None:
    text = RagRetriever(pipeline).retrieve("zinc")[0].node.get_content(MetadataMode.LLM)
    assert "page: 1" in text
    assert DOCUMENT_ID not in text


def test_retriever_inside_a_retriever_query_engine(pipeline: FakePipeline) -> None:
    synthesizer = get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT)
    engine = RetrieverQueryEngine(RagRetriever(pipeline, k=2), response_synthesizer=synthesizer)
    response = engine.query("Zinc dose?")
    assert TEXTS[0] in str(response), "MockLLM repeats its prompt, which holds the passages"
    assert [node.metadata["page"] for node in response.source_nodes] == [1, 2]


def test_retriever_asynchronously(pipeline: FakePipeline) -> None:
    nodes = asyncio.run(RagRetriever(pipeline, k=1).aretrieve("zinc"))
    assert nodes[0].node.get_content() == TEXTS[0]


def test_engine_gives_the_checked_answer_with_its_quotes(pipeline: FakePipeline) -> None:
    response = RagQueryEngine(pipeline=pipeline).query("Zinc dose?")
    assert str(response) == pipeline.record.answer
    assert [node.node.get_content() for node in response.source_nodes] == [TEXTS[0], TEXTS[1]]
    assert response.source_nodes[0].metadata["page"] == 1
    assert response.metadata is not None
    assert response.metadata["status"] == "answered"
    assert Record.model_validate(response.metadata["record"]) == pipeline.record


def test_engine_gives_the_reason_and_no_source_when_it_abstains() -> None:
    record = make_record(
        status=Status.ABSTAINED, answer=None, claims=(), reason="Not in these documents.", hits=(make_hit(0),)
    )
    response = RagQueryEngine(pipeline=FakePipeline(record)).query("Apixaban dose?")
    assert str(response) == "Not in these documents."
    assert response.source_nodes == []
    assert response.metadata is not None
    assert response.metadata["status"] == "abstained"
    assert response.metadata["record"]["hits"][0]["document"] == "diarrhoea.pdf"


def test_engine_inside_a_router(pipeline: FakePipeline) -> None:
    tool = QueryEngineTool.from_defaults(
        RagQueryEngine(pipeline=pipeline), name="guidelines", description="Clinical guidelines"
    )
    router = RouterQueryEngine(selector=AlwaysFirst(), query_engine_tools=[tool], llm=MockLLM())
    response = router.query("Zinc dose?")
    assert str(response) == pipeline.record.answer
    assert pipeline.asked == [("Zinc dose?", None)]


def test_engine_asynchronously(pipeline: FakePipeline) -> None:
    response = asyncio.run(RagQueryEngine(pipeline=pipeline).aquery("Zinc dose?"))
    assert str(response) == pipeline.record.answer


@pytest.mark.model
@pytest.mark.slow
def test_both_over_the_demo_corpus(tmp_path: Path) -> None:
    from rag.resources import resource
    from rag.wiring import Pipeline, ingest

    ingest([resource("corpora/demo")], tmp_path / "index")
    with Pipeline.open(tmp_path / "index", profile="demo") as real:
        nodes = RagRetriever(real, k=5).retrieve("zinc for a child with diarrhoea")
        response = RagQueryEngine(pipeline=real).query("MME conversion factor for meperidine?")
    assert "dehydration-in-children-2014.pdf" in [node.metadata["document"] for node in nodes]
    assert response.metadata is not None
    record = Record.model_validate(response.metadata["record"])
    assert str(response) == (record.answer if record.answer is not None else record.reason)
    assert len(response.source_nodes) == len({quote for claim in record.claims for quote in claim.quotes})
