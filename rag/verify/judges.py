"""Do the quoted sentences support the claim? Simple judges behind one port; the trained one is in ``rag.backends``.

A score is an estimate in 0..1, never the last word: rules for numbers, negation and drugs stand beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from rag.ports import Encoder, Judge, Judgement, Prompt, Writer
from rag.quantities import identifiers
from rag.text import content_stems, words
from rag.verify.wording import VERSION as WORDING
from rag.verify.wording import plain_wording, says_the_same

_LENGTH = 4000
"""Characters of evidence a judge reads; selected sentences are far shorter."""
WORD_FOR_WORD = 0.99
"""Support of a claim that is one of its evidence sentences, perhaps written in another way."""


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, value))))


def containment(evidence: Sequence[str], claim: str) -> float:
    """Share of the claim's content stems that the evidence has; 0 for a claim without content."""
    wanted = {*content_stems(claim), *identifiers(claim)}
    held = {s for text in evidence for s in (*content_stems(text), *identifiers(text))}
    return len(wanted & held) / len(wanted) if wanted else 0.0


class SimilarityJudge:
    """Cosine between claim and evidence, and how many of the claim's words the evidence has.

    Weights: logistic regression on the SciFact part of claims/train (supported against the rest), see
    ``eval/verification.py --fit``.
    """

    bias, similarity_weight, containment_weight = -3.5, 5.9, 1.9

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def id(self) -> str:
        return f"similarity-1({self._encoder.id})"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        """The best of single sentences and of all together; 0 without evidence or claim."""
        return [
            Judgement(
                _logistic(self.bias + self.similarity_weight * similar + self.containment_weight * contained)
                if similar > -1 else 0.0
            )
            for similar, contained in self.features(evidence, claims)
        ]  # fmt: skip

    def features(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[tuple[float, float]]:
        """(cosine, containment) per claim; cosine -1 where there is nothing to compare."""
        return [self._features(texts, claim) for texts, claim in zip(evidence, claims, strict=True)]

    def _features(self, evidence: Sequence[str], claim: str) -> tuple[float, float]:
        texts = [text[:_LENGTH] for text in evidence if text.strip()]
        if not texts or not claim.strip():
            return -1.0, 0.0
        together = [" ".join(texts)[:_LENGTH]] if len(texts) > 1 else []
        vectors = self._encoder.encode([claim, *texts, *together])
        cosine = float(np.clip(np.max(vectors[1:] @ vectors[0]), -1.0, 1.0))
        return max(cosine, -0.999), containment(texts, claim)


class WriterJudge:
    """The writer's own yes or no to the prompt ``render(evidence, claim)``: one call for all claims."""

    def __init__(self, writer: Writer, render: Callable[[Sequence[str], str], Prompt]) -> None:
        self._writer, self._render = writer, render

    @property
    def id(self) -> str:
        return f"writer({self._writer.id},{self._writer.quantisation})"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        """P(yes) per claim; 0 without evidence or claim, and the writer is not asked then."""
        pairs = list(zip(evidence, claims, strict=True))
        asked = [
            i for i, (texts, claim) in enumerate(pairs) if claim.strip() and any(t.strip() for t in texts)
        ]
        scores = [0.0] * len(pairs)
        if asked:
            answers = self._writer.yes_probability([self._render(*pairs[i]) for i in asked])
            for i, answer in zip(asked, answers, strict=True):
                scores[i] = float(answer)
        return [Judgement(score) for score in scores]


class PlainlyWordedJudge:
    """Another judge, who reads evidence and claims in ``plain_wording``: signs, units and spellings cannot mislead it."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @property
    def id(self) -> str:
        return f"{self._judge.id}+wording-{WORDING}"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        plain = [[plain_wording(text) for text in texts] for texts in evidence]
        return self._judge.judge(plain, [plain_wording(claim) for claim in claims])


def word_for_word(evidence: Sequence[str], claim: str) -> bool:
    """The claim is one whole evidence sentence, in whatever signs, units and spelling (``says_the_same``).

    A piece of a sentence is not enough: what was cut off may have denied or limited it.
    """
    return any(says_the_same(claim, text) for text in evidence)


class WholeSentenceJudge:
    """Another judge, not asked where the claim is one whole evidence sentence: that supports it."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.calibration = getattr(judge, "calibration", None)

    @property
    def id(self) -> str:
        return self._judge.id

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        pairs = list(zip(evidence, claims, strict=True))
        whole = [word_for_word(texts, claim) and bool(words(claim)) for texts, claim in pairs]
        asked = [i for i, is_whole in enumerate(whole) if not is_whole]
        found = [Judgement(WORD_FOR_WORD)] * len(pairs)
        said = self._judge.judge([evidence[i] for i in asked], [claims[i] for i in asked])
        for i, judgement in zip(asked, said, strict=True):
            found[i] = judgement
        return found
