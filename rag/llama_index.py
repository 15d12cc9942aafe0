"""This pipeline inside LlamaIndex: its retrieval as a retriever, the whole of it as a query engine.

>>> from rag import Pipeline                                                  # doctest: +SKIP
>>> from rag.llama_index import RagQueryEngine, RagRetriever                  # doctest: +SKIP
>>> pipeline = Pipeline.open("indexes/demo")                                  # doctest: +SKIP
>>> nodes = RagRetriever(pipeline, k=5).retrieve("zinc in diarrhoea")         # doctest: +SKIP
>>> response = RagQueryEngine(pipeline=pipeline).query("Zinc dose?")          # doctest: +SKIP
>>> response.metadata["status"], response.source_nodes                        # doctest: +SKIP

A retriever gives passages to a query engine of LlamaIndex, whose answer nothing here checks. The query
engine gives the checked answer or the reason why there is none.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.datatypes import Hit, Quote, Record

_NOT_FOR_MODELS = ["start", "end", "document_id"]
"""Metadata that LlamaIndex should put into no prompt and no embedding."""

__all__ = ["Answering", "RagQueryEngine", "RagRetriever"]


@runtime_checkable
class Answering(Protocol):
    """What is needed of a pipeline; ``rag.Pipeline`` fits."""

    def search(self, query: str, *, k: int = 10) -> list[Hit]: ...

    def ask(self, question: str) -> Record: ...


class RagRetriever(BaseRetriever):  # type: ignore[misc]
    """``pipeline.search`` as a LlamaIndex retriever: at most ``k`` nodes, best first."""

    def __init__(self, pipeline: Answering, k: int = 10, **options: Any) -> None:
        """``options`` go to LlamaIndex's own BaseRetriever (callback manager, verbosity)."""
        super().__init__(**options)
        self.pipeline = pipeline
        self.k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self.pipeline.search(query_bundle.query_str, k=self.k)
        return [NodeWithScore(node=_node(hit, node_id=hit.passage_id), score=hit.score) for hit in hits]


class RagQueryEngine(CustomQueryEngine):  # type: ignore[misc]
    """``pipeline.ask`` as a LlamaIndex query engine.

    The response text is the checked answer, or the reason why there is none. ``source_nodes`` are the quotes
    of the released claims, in order and without repeats; none for an abstention. ``metadata`` holds
    ``status`` ("answered", "partial", "abstained") and ``record``, the Record as a dict.
    """

    pipeline: Answering

    def custom_query(self, query_str: str) -> Response:
        record = self.pipeline.ask(query_str)
        return Response(
            response=record.answer if record.answer is not None else record.reason,
            source_nodes=[NodeWithScore(node=node) for node in _quoted(record)],
            metadata={"status": record.status.value, "record": record.model_dump(mode="json")},
        )


def _quoted(record: Record) -> list[TextNode]:
    quotes = [quote for claim in record.claims for quote in claim.quotes]
    nodes = {node_id: _node(quote, node_id=node_id) for quote in quotes for node_id in [_quote_id(quote)]}
    return list(nodes.values())


def _quote_id(quote: Quote) -> str:
    return f"{quote.document_id[:16]}:{quote.start}:{quote.end}"


def _node(found: Hit | Quote, *, node_id: str) -> TextNode:
    return TextNode(
        id_=node_id,
        text=found.text,
        start_char_idx=found.start,
        end_char_idx=found.end,
        metadata=_metadata(found),
        excluded_llm_metadata_keys=_NOT_FOR_MODELS,
        excluded_embed_metadata_keys=_NOT_FOR_MODELS,
    )


def _metadata(found: Hit | Quote) -> dict[str, str | int | None]:
    """Flat, as LlamaIndex's stores want it: the section path is one string, outermost heading first."""
    return {
        "document": found.document,
        "title": found.title,
        "page": found.page,
        "section": " > ".join(found.section),
        "table_header": found.header_text,
        "date": found.date,
        "notice": found.notice,
        "start": found.start,
        "end": found.end,
        "document_id": found.document_id,
    }
