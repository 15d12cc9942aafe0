"""Our retriever and our query engine run inside LlamaIndex."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.base_selector import BaseSelector, SelectorResult, SingleSelection
from llama_index.core.base.response.schema import Response
from llama_index.core.evaluation import BaseEvaluator
from llama_index.core.llms import MockLLM
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode
from llama_index.core.tools import QueryEngineTool

from rag.datatypes import Claim, Hit, Ids, Quote, Record, Sentence, Status
from rag.errors import UsageError
from rag.llama_index import (
    Answering,
    RagClaimEvaluator,
    RagQueryEngine,
    RagRetriever,
    SupportedNodePostprocessor,
)
from rag.ports import Judgement
from rag.text import content_stems
from rag.wiring import claim_verifier

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
    ids = dict.fromkeys(set(Ids.model_fields) - {"seed", "support_threshold"}, "x")
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


# --- evaluator and postprocessor -----------------------------------------------------------------------


class SharedWords:
    """Supported as far as the evidence has the claim's words; notes what it was asked."""

    id = "shared-words"

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], str]] = []

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        self.asked += [(tuple(texts), claim) for texts, claim in zip(evidence, claims, strict=True)]
        return [Judgement(_shared(" ".join(t), c)) for t, c in zip(evidence, claims, strict=True)]


class SharedWordsAnswer:
    """Answers as far as text and context have the question's words."""

    id = "shared-words-answer"

    def answers(self, questions: Sequence[str], texts: Sequence[str], contexts: Sequence[str]) -> list[float]:
        return [_shared(f"{t} {c}", q) for q, t, c in zip(questions, texts, contexts, strict=True)]


def _shared(text: str, claim: str) -> float:
    wanted = set(content_stems(claim))
    return len(wanted & set(content_stems(text))) / max(1, len(wanted))


CONTEXTS = ["Give zinc by mouth for 14 days. The dose is 20 mg a day.", "Wash your hands."]


@pytest.fixture
def evaluator() -> RagClaimEvaluator:
    return RagClaimEvaluator(claim_verifier(SharedWords()))


def test_evaluator_passes_what_the_contexts_say(evaluator: RagClaimEvaluator) -> None:
    assert isinstance(evaluator, BaseEvaluator)
    answer = "Give zinc by mouth for 14 days. The dose is 20 mg a day."
    result = evaluator.evaluate("Zinc?", response=answer, contexts=CONTEXTS)
    assert (result.passing, result.score, result.query, result.response) == (True, 1.0, "Zinc?", answer)
    assert result.contexts == CONTEXTS


def test_one_wrong_dose_fails_the_response(evaluator: RagClaimEvaluator) -> None:
    result = evaluator.evaluate(
        response="Give zinc by mouth for 14 days. The dose is 200 mg a day.", contexts=CONTEXTS
    )
    assert (result.passing, result.score) == (False, 0.5)
    assert result.feedback is not None
    assert result.feedback.startswith("REFUTES: “The dose is 200 mg a day.” (numbers: ")
    assert "14 days" not in result.feedback


@pytest.mark.parametrize(
    ("response", "contexts"),
    [
        ("", CONTEXTS),
        (None, CONTEXTS),
        (" \n", CONTEXTS),
        ("Give zinc.", []),
        ("Give zinc.", None),
        ("Give zinc.", [" "]),
    ],
)
def test_nothing_said_or_nothing_to_rest_on_does_not_pass(
    evaluator: RagClaimEvaluator, response: str | None, contexts: list[str] | None
) -> None:
    result = evaluator.evaluate(response=response, contexts=contexts)
    assert (result.passing, result.score) == (False, 0.0)
    assert result.feedback


@pytest.mark.parametrize(
    "response",
    [
        "Give zinc by mouth for 14 days [1].",
        "Give zinc by mouth for 14 days. [1] The dose is 20 mg a day.[1, 2]",
        "Give zinc by mouth for 14 days[1][2]. The dose [2] is 20 mg a day.",
    ],
)
def test_source_marks_are_no_part_of_what_is_said(evaluator: RagClaimEvaluator, response: str) -> None:
    result = evaluator.evaluate(response=response, contexts=CONTEXTS)
    assert (result.passing, result.feedback) == (
        True,
        "Every sentence of the response is supported by the contexts.",
    )
    assert result.response == response


def test_a_number_in_brackets_that_is_no_source_is_judged(evaluator: RagClaimEvaluator) -> None:
    response = "Give zinc by mouth for 14 [21] days."
    assert evaluator.evaluate(response=response, contexts=CONTEXTS).passing is False


@pytest.mark.parametrize(
    ("contexts", "said"),
    [(CONTEXTS[0], "found str, expected"), ([CONTEXTS[0], 5], "found list of other things")],
)
def test_contexts_that_are_no_list_of_texts_are_refused_before_judging(contexts: Any, said: str) -> None:
    judge = SharedWords()
    with pytest.raises(UsageError, match=said):
        RagClaimEvaluator(claim_verifier(judge)).evaluate(response="Give zinc.", contexts=contexts)
    assert judge.asked == []


def test_a_verifier_that_loses_a_claim_passes_nothing() -> None:
    class Forgetful:
        def verify(self, items: object) -> list[Any]:
            return []

    assert RagClaimEvaluator(Forgetful()).evaluate(response="Give zinc.", contexts=CONTEXTS).passing is False


def test_evaluator_on_a_response_object_and_asynchronously(evaluator: RagClaimEvaluator) -> None:
    response = Response(
        response="Give zinc by mouth for 14 days.",
        source_nodes=[NodeWithScore(node=TextNode(text=CONTEXTS[0]))],
    )
    assert evaluator.evaluate_response(response=response).passing is True
    assert asyncio.run(evaluator.aevaluate_response(response=response)).passing is True


def nodes() -> list[NodeWithScore]:
    texts = (
        "Wash your hands. Children need zinc.",
        "Warfarin is given daily.",
        "Zinc is a metal that children need.",
    )
    return [
        NodeWithScore(node=TextNode(id_=str(i), text=text, metadata={"title": "Care"}), score=1 - i / 10)
        for i, text in enumerate(texts)
    ]


def test_postprocessor_keeps_what_supports_the_query() -> None:
    judge, given = SharedWords(), nodes()
    kept = SupportedNodePostprocessor(judge=judge).postprocess_nodes(given, query_str="Children need zinc")
    assert isinstance(SupportedNodePostprocessor(judge=judge), BaseNodePostprocessor)
    assert [node.node.node_id for node in kept] == ["0", "2"]
    assert [node.score for node in kept] == [1.0, 0.8], "the retriever's score stays"
    assert kept[0].node.metadata["support_score"] == 1.0
    assert kept[0].node.metadata["support_sentence"] == "Children need zinc."
    assert "support" not in kept[0].node.get_content(metadata_mode=MetadataMode.LLM)
    assert given == nodes(), "the nodes given are left as they were"
    assert len(judge.asked) == 4, "sentence by sentence"


def test_postprocessor_asks_the_answer_judge_with_the_context() -> None:
    chosen = SupportedNodePostprocessor(judge=SharedWords(), answer_judge=SharedWordsAnswer(), threshold=0.9)
    kept = chosen.postprocess_nodes(nodes(), query_str="Care: warfarin daily?")
    assert [(node.node.node_id, node.node.metadata["support_score"]) for node in kept] == [("1", 1.0)]


@pytest.mark.parametrize("query", ["", "  "])
def test_postprocessor_keeps_nothing_for_an_empty_query(query: str) -> None:
    assert SupportedNodePostprocessor(judge=SharedWords()).postprocess_nodes(nodes(), query_str=query) == []


def test_postprocessor_without_a_query_says_so() -> None:
    with pytest.raises(UsageError, match="query_str"):
        SupportedNodePostprocessor(judge=SharedWords()).postprocess_nodes(nodes())


def test_postprocessor_with_no_nodes_or_empty_ones() -> None:
    chosen = SupportedNodePostprocessor(judge=SharedWords())
    assert chosen.postprocess_nodes([], query_str="zinc") == []
    assert chosen.postprocess_nodes([NodeWithScore(node=TextNode(text=" "))], query_str="zinc") == []


def test_postprocessor_inside_a_query_engine(pipeline: FakePipeline) -> None:
    engine = RetrieverQueryEngine(
        retriever=RagRetriever(pipeline, k=2),
        response_synthesizer=get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT),
        node_postprocessors=[SupportedNodePostprocessor(judge=SharedWords(), threshold=0.6)],
    )
    response = engine.query("zinc by mouth")
    assert [node.node.metadata["page"] for node in response.source_nodes] == [1]


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
