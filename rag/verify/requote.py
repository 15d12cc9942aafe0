"""Other sentences for a claim whose own quotes do not carry it: shared words first, then the judge.

Fits ``ports.Requoter``. Proposes only; the required checks decide, with the thresholds they always have.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.datatypes import Evidence, Hit, Quote
from rag.ports import Judge, QuoteSource
from rag.settings import VerificationSettings
from rag.verify.candidates import candidates
from rag.verify.common import in_context


class JudgedQuotes:
    """Sentences of the hits that the judge finds to support the claim at least as well as a claim needs."""

    def __init__(self, judge: Judge, settings: VerificationSettings) -> None:
        self._judge, self._settings = judge, settings

    def requote(self, claim: str, hits: Sequence[Hit], documents: QuoteSource, *,
                tried: Sequence[Quote] = ()) -> list[Evidence]:  # fmt: skip
        items = candidates(claim, hits, documents, most=self._settings.ladder_sentences, tried=tried)
        if not items:
            return []
        judged = self._judge.judge([[in_context(item.quote)] for item in items], [claim] * len(items))
        scored = sorted(zip(judged, items, strict=True), key=lambda pair: -pair[0].supports)
        return [item for judgement, item in scored if judgement.supports >= self._settings.support_threshold]
