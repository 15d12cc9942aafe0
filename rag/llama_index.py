"""This pipeline inside LlamaIndex: a retriever, a query engine, an evaluator of answers, a filter of nodes.

>>> from rag import Pipeline                                                  # doctest: +SKIP
>>> from rag.llama_index import RagQueryEngine, RagRetriever                  # doctest: +SKIP
>>> pipeline = Pipeline.open("indexes/demo")                                  # doctest: +SKIP
>>> nodes = RagRetriever(pipeline, k=5).retrieve("zinc in diarrhoea")         # doctest: +SKIP
>>> response = RagQueryEngine(pipeline=pipeline).query("Zinc dose?")          # doctest: +SKIP
>>> response.metadata["status"], response.source_nodes                        # doctest: +SKIP

>>> from rag.llama_index import RagClaimEvaluator, SupportedNodePostprocessor # doctest: +SKIP
>>> RagClaimEvaluator().evaluate_response(response=response).passing          # doctest: +SKIP
>>> index.as_query_engine(node_postprocessors=[SupportedNodePostprocessor()]) # doctest: +SKIP

A retriever gives passages to a query engine of LlamaIndex, whose answer nothing here checks. The query
engine gives the checked answer or the reason why there is none.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from llama_index.core.base.response.schema import Response
from llama_index.core.bridge.pydantic import Field
from llama_index.core.evaluation import BaseEvaluator, EvaluationResult
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode

from rag.datatypes import ClaimToVerify, ClaimVerdict, Hit, Quote, Record
from rag.errors import UsageError
from rag.ingest.sentences import sentence_spans
from rag.ports import AnswerJudge, Judge

_NOT_FOR_MODELS = ["start", "end", "document_id"]
"""Metadata that LlamaIndex should put into no prompt and no embedding."""

__all__ = [
    "Answering",
    "RagClaimEvaluator",
    "RagQueryEngine",
    "RagRetriever",
    "SupportedNodePostprocessor",
    "VerifiesClaims",
]


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


class VerifiesClaims(Protocol):
    """What is needed to evaluate an answer; ``rag.wiring.claim_verifier()`` gives one."""

    def verify(self, items: Sequence[ClaimToVerify]) -> list[ClaimVerdict]: ...


class RagClaimEvaluator(BaseEvaluator):  # type: ignore[misc]
    """Does every sentence of a response rest on the contexts? The checks and the judge of ``rag verify``.

    ``passing`` only if there is at least one sentence and all are released. ``score`` is the released share of the
    sentences. ``feedback`` names each sentence that is held back, and why. A response without sentences or without
    contexts does not pass; the query is kept in the result and changes nothing. Source marks such as ``[1]`` or
    ``[1, 2]`` are no part of a sentence, where there are as many contexts.
    """

    def __init__(self, verifier: VerifiesClaims | None = None) -> None:
        """``verifier``: the embedded judge with default settings, when not given; loaded at the first evaluation."""
        self._verifier = verifier

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: Any) -> None:
        """There are none: text decides nothing here but as evidence."""

    def evaluate(
        self,
        query: str | None = None,
        response: str | None = None,
        contexts: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> EvaluationResult:
        """Runs without an event loop of its own, so that it can be called from anywhere.

        Raises UsageError where ``contexts`` is no list of texts.
        """
        _check_texts(contexts)
        evidence = tuple(sentence for context in contexts or () for sentence in _sentences(context))
        claims = [
            ClaimToVerify(id=i, claim=text, evidence=evidence)
            for i, text in enumerate(_sentences(_without_marks(response or "", len(contexts or ()))), start=1)
        ]
        verdicts = self._ready().verify(claims) if claims else []
        released = sum(verdict.released for verdict in verdicts)
        return EvaluationResult(
            query=query,
            response=response,
            contexts=contexts,
            passing=bool(claims) and len(verdicts) == len(claims) == released,
            score=released / len(claims) if claims else 0.0,
            feedback=_feedback(claims, verdicts),
        )

    async def aevaluate(
        self,
        query: str | None = None,
        response: str | None = None,
        contexts: Sequence[str] | None = None,
        sleep_time_in_seconds: int = 0,
        **kwargs: Any,
    ) -> EvaluationResult:
        await asyncio.sleep(sleep_time_in_seconds)
        return await asyncio.to_thread(self.evaluate, query, response, contexts, **kwargs)

    def _ready(self) -> VerifiesClaims:
        if self._verifier is None:
            from rag.wiring import claim_verifier

            self._verifier = claim_verifier()
        return self._verifier


def _feedback(claims: Sequence[ClaimToVerify], verdicts: Sequence[ClaimVerdict]) -> str:
    if not claims:
        return "The response has no sentence to verify."
    held = [
        f"{verdict.label}: “{claim.claim}” ({_reasons(verdict)})"
        for claim, verdict in zip(claims, verdicts, strict=False)
        if not verdict.released
    ]
    return "\n".join(held) or "Every sentence of the response is supported by the contexts."


def _reasons(verdict: ClaimVerdict) -> str:
    failed = [f"{finding.check}: {finding.detail}" for finding in verdict.findings if not finding.passed]
    return "; ".join(failed) or "no finding"


def _check_texts(contexts: Any) -> None:
    """Before anything is judged. None is as good as no text."""
    is_list = isinstance(contexts, Sequence) and not isinstance(contexts, str | bytes)
    if contexts is None or (is_list and all(isinstance(text, str) for text in contexts)):
        return
    found = f"{type(contexts).__name__}{' of other things than texts' if is_list else ''}"
    raise UsageError(f"contexts: found {found}, expected a list of texts; put a single text into a list.")


_MARK = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")


def _without_marks(text: str, sources: int) -> str:
    """The text without ``[1]`` or ``[1, 2]``. Numbers that are no source's stay: they may be part of what is said."""

    def kept(mark: re.Match[str]) -> str:
        numbers = map(int, mark[1].split(","))
        return "" if all(1 <= number <= sources for number in numbers) else mark[0]

    return _MARK.sub(kept, text)


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


class SupportedNodePostprocessor(BaseNodePostprocessor):  # type: ignore[misc]
    """Keeps the nodes with a sentence that answers the query; each kept node tells which, and how sure that is.

    A sentence is asked whether it answers the query: of ``answer_judge``, by default the embedded one. Where ``judge``
    alone is given, it is asked whether the sentence supports the query, which fits queries that are statements. Nodes below
    ``threshold`` (0..1) are dropped, and the order stays. The metadata of a kept node, a copy, has ``support_score``
    and ``support_sentence``, shown to no model. No node is kept without a query.
    """

    judge: Any = Field(default=None, exclude=True, description="A rag.ports.Judge")
    answer_judge: Any = Field(default=None, exclude=True, description="A rag.ports.AnswerJudge")
    threshold: float = Field(default=0.5, ge=0, le=1)

    @classmethod
    def class_name(cls) -> str:
        return "SupportedNodePostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise UsageError(
                "No query was given to SupportedNodePostprocessor; pass query_str or query_bundle."
            )
        texts = [node.node.get_content(metadata_mode=MetadataMode.NONE) for node in nodes]
        sentences = [(row, sentence) for row, text in enumerate(texts) for sentence in _sentences(text)]
        scores = self._scores(query_bundle.query_str, nodes, sentences)
        best: dict[int, tuple[float, str]] = {}
        for (row, sentence), score in zip(sentences, scores, strict=True):
            best[row] = max(best.get(row, (-1.0, "")), (score, sentence), key=lambda found: found[0])
        return [
            _marked(nodes[row], *found) for row, found in sorted(best.items()) if found[0] >= self.threshold
        ]

    def _scores(
        self, query: str, nodes: list[NodeWithScore], sentences: list[tuple[int, str]]
    ) -> list[float]:
        if not sentences or not query.strip():
            return [0.0 for _ in sentences]
        texts, queries = [text for _, text in sentences], [query] * len(sentences)
        if self.answer_judge is None and self.judge is not None:
            judge: Judge = self.judge
            return [judgement.supports for judgement in judge.judge([[text] for text in texts], queries)]
        return self._answer_judge().answers(queries, texts, [_context(nodes[row]) for row, _ in sentences])

    def _answer_judge(self) -> AnswerJudge:
        if self.answer_judge is None:
            from rag.wiring import embedded_answer_judge

            self.answer_judge = embedded_answer_judge()
        chosen: AnswerJudge = self.answer_judge
        return chosen


def _context(node: NodeWithScore) -> str:
    """What the node stands under, as our own nodes tell it: title, section, table header."""
    told = (node.node.metadata.get(name) for name in ("title", "section", "table_header"))
    return ". ".join(str(part) for part in told if part)


def _marked(node: NodeWithScore, score: float, sentence: str) -> NodeWithScore:
    """A copy: whoever holds the node of the index keeps it as it was."""
    copy = node.node.model_copy(deep=True)
    copy.metadata |= {"support_score": score, "support_sentence": sentence}
    for keys in (copy.excluded_llm_metadata_keys, copy.excluded_embed_metadata_keys):
        keys.extend(name for name in ("support_score", "support_sentence") if name not in keys)
    return NodeWithScore(node=copy, score=node.score)


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
    """Flat, as LlamaIndex's stores want it: paths of headings and of lead-ins are one string each, outermost first."""
    about: dict[str, str | int | None] = {
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
    if isinstance(found, Quote):
        about["list_lead_in"] = " > ".join(reversed(found.lead_in))
    return about
