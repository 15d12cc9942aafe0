"""(evidence, claim) pairs for the support judge: open sets only, capped so that no one of them rules the mixture.

Left out on purpose: HealthVer, CovidFact and NLI4CT (no licence, evaluation only); help and rqe (shortcuts or
another task); bump (very long, news text); evidence_inference rows whose article is not CC BY or public domain.
"""

from __future__ import annotations

import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pairs import (
    LABELS,
    NEI,
    REFUTES,
    SUPPORTS,
    TrainingPair,
    clean,
    is_held_out,
    lines,
    overlap,
    sentences_of,
    shortened,
    some,
)

WORDS = 110
"""Most words of evidence in one pair."""

CAPS: dict[str, int] = {
    "attributionbench": 1800, "begin": 700, "breaking_nli": 600, "clinifact": 1200, "condaqa": 1500, "conjnli": 1500,
    "dialfact_small": 300, "faithdial_audit": 500, "fever_dev": 3000, "fever_symmetric": 1000, "fm2": 2000, "med": 800,
    "mnli_dev": 4500, "negnli": 1200, "pubmedqa_train500": 700, "scone": 1000, "summedits": 600, "wice": 600,
}  # fmt: skip
OPEN_TEXT = ("by", "pd")
BIOASQ_HELD_OUT = 400
"""The first questions of BioASQ are measured on, here and in eval/retrieval.py."""


CALIBRATION = 0.2
"""Share of SciFact's training claims kept for calibration, with Evidence Inference's own dev split and BioASQ's first questions."""


def support_pairs(data: Path, *, seed: int, without: str = "") -> list[TrainingPair]:
    """The whole mixture, shuffled. ``without`` leaves out one source by name, for the ablation."""
    chance = random.Random(seed)
    found = [
        *_entailment(data, chance),
        *_evidence_inference(data, chance),
        *_scifact(data, chance),
        *_bioasq(data, chance),
        *_damaged(data, chance),
    ]
    if without:
        found = [pair for pair in found if pair.source.split(":")[0] != without]
    chance.shuffle(found)
    return found


def calibration_pairs(data: Path, *, seed: int) -> list[TrainingPair]:
    """Pairs of the biomedical sources that training does not see: trials, abstracts, experts' answers.

    Damage is not among them: ``eval/damage_lib`` makes it from articles that training does not see either.
    """
    chance = random.Random(seed)
    return [
        *_evidence_inference(data, chance, held_out=True),
        *_scifact(data, chance, held_out=True),
        *_bioasq(data, chance, held_out=True),
    ]


def _entailment(data: Path, chance: random.Random) -> Iterator[TrainingPair]:
    for name, most in CAPS.items():
        yield from some(rows_of(data, name), most, chance)


def rows_of(data: Path, name: str) -> Iterator[TrainingPair]:
    for row in lines(data / "entailment" / f"{name}.jsonl.gz"):
        sentences = row["evidence"] if len(row["evidence"]) > 1 else sentences_of(row["evidence"][0])
        evidence = shortened(sentences, row["claim"], most_words=WORDS)
        yield TrainingPair(clean(row["claim"]), evidence, LABELS[row["label"]], name)


def _evidence_inference(
    data: Path, chance: random.Random, *, held_out: bool = False
) -> Iterator[TrainingPair]:
    """Marked spans, and as hard negatives the spans that the same article gives for other outcomes."""
    rows = [
        row
        for row in lines(data / "entailment" / "evidence_inference.jsonl.gz")
        if row["text_licence"] in OPEN_TEXT and (row["split"] == "dev") == held_out
    ]
    by_article: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_article[row["doc_id"]].append(row)
    for row in rows:
        evidence = shortened(row["evidence"], row["claim"], most_words=WORDS)
        yield TrainingPair(clean(row["claim"]), evidence, LABELS[row["label"]], "evidence_inference")
        if chance.random() < 0.55 and (other := _other_span(row, by_article[row["doc_id"]], chance)):
            yield TrainingPair(clean(row["claim"]), other, NEI, "evidence_inference:other_span")


def _other_span(row: dict[str, Any], article: Sequence[dict[str, Any]], chance: random.Random) -> str:
    """A span of the article for another claim, none of whose sentences are those of the row."""
    mine = set(row["evidence"])
    others = [o for o in article if not mine & set(o["evidence"]) and overlap(row["claim"], o["claim"]) < 0.8]
    if not others:
        return ""
    return shortened(chance.choice(others)["evidence"], row["claim"], most_words=WORDS)


def _scifact(data: Path, chance: random.Random, *, held_out: bool = False) -> Iterator[TrainingPair]:
    """Windows of the abstract that hold the marked sentences, windows that do not, and near sentences of other abstracts."""
    rows = [
        row
        for row in lines(data / "claims" / "train.jsonl")
        if row["dataset"] == "scifact" and is_held_out(row["claim"], CALIBRATION) == held_out
    ]
    near = _near_sentences(data, [row["claim"] for row in rows])
    for row, others in zip(rows, near, strict=True):
        for _ in range(2):
            yield from _windows(row, chance)
        for sentence in chance.sample(others, min(2, len(others))):
            if sentence not in row["evidence"]:
                yield TrainingPair(clean(row["claim"]), sentence, NEI, "scifact:other_abstract")


def _windows(row: dict[str, Any], chance: random.Random) -> Iterator[TrainingPair]:
    marked = {i for group in row["rationales"] for i in (group if isinstance(group, list) else [group])}
    sentences = row["evidence"]
    around = {i + d for i in marked for d in (-1, 1)} if chance.random() < 0.6 else set()
    if marked:
        kept = sorted(i for i in marked | around if 0 <= i < len(sentences))
        text = shortened([sentences[i] for i in kept], row["claim"], most_words=WORDS)
        yield TrainingPair(clean(row["claim"]), text, LABELS[row["label"]], "scifact")
    rest = [s for i, s in enumerate(sentences) if i not in marked]
    if rest and (not marked or chance.random() < 0.4):
        start = chance.randrange(max(1, len(rest) - 2))
        text = shortened(rest[start : start + chance.randint(1, 4)], row["claim"], most_words=WORDS)
        if not marked and chance.random() < 0.6:
            text = shortened(sentences, row["claim"], most_words=WORDS)
        yield TrainingPair(clean(row["claim"]), text, NEI, "scifact:no_evidence")


def _near_sentences(data: Path, claims: Sequence[str]) -> list[list[str]]:
    """For each claim sentences of SciFact's abstracts that share rare words with it, best ten left out of the first two."""
    from rag.backends import bm25

    texts = [
        clean(sentence)
        for abstract in lines(data / "retrieval" / "scifact" / "corpus.jsonl")
        for sentence in abstract["sentences"]
    ]
    found = bm25.build(texts).search(list(claims), 14)
    return [[texts[row] for row in rows[2:] if row >= 0] for rows in found.rows]


def _bioasq(data: Path, chance: random.Random, *, held_out: bool = False) -> Iterator[TrainingPair]:
    """Experts' answers with their snippets; with snippets of other questions of the type, and near ones, as negatives."""
    from rag.backends import bm25

    folder = data / "retrieval" / "bioasq"
    snippets = [clean(s["text"]) for s in lines(folder / "snippets.jsonl")]
    row_of = {s["snippet_id"]: i for i, s in enumerate(lines(folder / "snippets.jsonl"))}
    asked = list(lines(folder / "questions.jsonl"))
    questions = asked[:BIOASQ_HELD_OUT] if held_out else asked[BIOASQ_HELD_OUT:]
    index = bm25.build(snippets)
    for question in questions:
        gold = [row_of[name] for name in question["gold_snippets"]]
        statements = [s for answer in _texts(question["ideal_answer"]) for s in sentences_of(answer)]
        statements = [s for s in statements if 6 <= len(s.split()) <= 45]
        if not gold or not statements:
            continue
        claim = chance.choice(statements)
        best = sorted(gold, key=lambda r: -overlap(claim, snippets[r]))[:2]
        if overlap(claim, " ".join(snippets[r] for r in best)) >= 0.6:
            yield TrainingPair(
                claim, shortened([snippets[r] for r in best], claim, most_words=WORDS), SUPPORTS, "bioasq"
            )
        near = [int(r) for r in index.search([claim], 30).rows[0] if r >= 0 and int(r) not in gold]
        near = [r for r in near[4:] if overlap(claim, snippets[r]) < 0.5]
        if near:
            yield TrainingPair(
                claim, shortened([snippets[chance.choice(near)]], claim, most_words=WORDS), NEI, "bioasq:near"
            )


def _texts(field: Any) -> list[str]:
    return [field] if isinstance(field, str) else list(field or [])


# --- damage by rule --------------------------------------------------------------------------------

_REFUTING = frozenset({"negation added", "negation removed", "comparator turned", "number changed", "decimal moved",
                       "unit swapped", "frequency changed", "subject and object exchanged"})  # fmt: skip
"""Kinds whose damaged claim the sentence denies; the other kinds leave it open."""
_EACH = 350


def _damaged(data: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """Sentences of openly licensed articles with one thing changed, and whole or rewritten ones that stay true."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "eval"))
    from damage_lib.kinds import DAMAGE, pairs
    from damage_lib.paraphrase import KINDS as PARAPHRASES

    texts = _article_sentences(data)
    near = _neighbours(texts)
    for kind in DAMAGE:
        label = REFUTES if kind in _REFUTING else NEI
        for made in pairs(texts, kind, most=_EACH, seed=chance.randrange(10**6)):
            yield TrainingPair(made.claim, _padded(made.evidence, near, chance), label, f"damage:{kind}")
    for kind in PARAPHRASES:
        for made in pairs(texts, kind, most=_EACH, seed=chance.randrange(10**6)):
            yield TrainingPair(made.claim, _padded(made.evidence, near, chance), SUPPORTS, f"damage:{kind}")


_MADE = {"fair": 8500, "joined": 2400, "damage": 6500, "neighbour": 1500, "replaced": 5000}
"""Pairs of the second part, by what was done to the sentence."""


def refining_pairs(data: Path, encoder: Path, *, seed: int, replayed: int) -> list[TrainingPair]:
    """For the second part of training: sentences reworded in several ways at once, and damaged after that.

    After the first part the judge took any difference for damage, and refused half of the fair rewordings. All pairs,
    ``replayed`` of the first part among them, are in the plain wording that the judge reads. ``encoder``: folder of the
    embedded encoder, whose word list gives the words put in place of others.
    """
    from rag.verify.wording import plain_wording

    chance = random.Random(seed)
    first_part = [pair for pair in support_pairs(data, seed=seed + 1) if not pair.source.startswith("damage")]
    near = first_part[: int(replayed * 0.4)]
    clinical = [pair for pair in first_part[len(near) :] if pair.source.split(":")[0] in _CLINICAL]
    found = [*near, *clinical[: replayed - len(near)], *_reworded(data, encoder, chance)]
    chance.shuffle(found)
    return [
        pair._replace(first=plain_wording(_YES.sub("", pair.first)), second=plain_wording(pair.second))
        for pair in found
    ]


_CLINICAL = frozenset({"evidence_inference", "scifact", "bioasq", "clinifact", "pubmedqa_train500"})
_YES = re.compile(r"^(?:yes|no), (?=\w)", re.IGNORECASE)
"""How experts begin an answer; no part of a claim."""


def _reworded(data: Path, encoder: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """Sentences reworded, and reworded first and damaged then: a rewording may drop the very words that were damaged."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "eval"))
    from damage_lib.kinds import KINDS, NEIGHBOUR, pairs
    from freely import joined
    from replaced import Replacer
    from rewordings import reworded

    from rag.verify.wording import says_the_same

    texts = _article_sentences(data, results=True)
    near = _neighbours(texts)
    place = {text: i for i, text in enumerate(texts)}
    replace = Replacer(texts, encoder)

    def around(evidence: str) -> str:
        """The sentence among its neighbours in the article, every other time."""
        if chance.random() < 0.5 or evidence not in place:
            return _padded(evidence, near, chance)
        start = max(0, place[evidence] - chance.randint(0, 2))
        return " ".join(texts[start : place[evidence] + chance.randint(1, 3)])

    made = 0
    while made < _MADE["fair"]:
        text = chance.choice(texts)
        claim = reworded(text, chance.randint(1, 5), chance)
        if not says_the_same(claim, text) or chance.random() < 0.1:
            made += 1
            yield TrainingPair(claim, around(text), SUPPORTS, "reworded:fair")
    for _ in range(_MADE["joined"] // 2):
        start = chance.randrange(len(texts) - 2)
        one, other = texts[start : start + 2]
        both = joined(*(reworded(text, chance.randint(0, 2), chance) for text in (one, other)), chance)
        yield TrainingPair(both, f"{one} {other}", SUPPORTS, "reworded:joined")
        wrong = (
            replace(both, f"{one} {other}", chance)
            if chance.random() < 0.5
            else joined(one, texts[start + 2], chance)
        )
        if wrong:
            yield TrainingPair(wrong, f"{one} {other}", NEI, "reworded:half false")
    sources = {reworded(text, chance.randint(0, 4), chance): text for text in texts}
    for kind in KINDS:
        label = REFUTES if kind in _REFUTING else NEI
        for one in pairs(
            list(sources), kind, most=_MADE["damage"] // len(KINDS), seed=chance.randrange(10**6)
        ):
            yield TrainingPair(one.claim, around(sources[one.evidence]), label, f"reworded:{kind}")
    for claim in chance.sample(list(sources), _MADE["replaced"]):
        if wrong := replace(claim if chance.random() < 0.5 else sources[claim], sources[claim], chance):
            yield TrainingPair(wrong, around(sources[claim]), NEI, "reworded:word replaced")
    for one in pairs(texts, NEIGHBOUR, most=_MADE["neighbour"], seed=chance.randrange(10**6)):
        claim = reworded(one.claim, chance.randint(0, 4), chance)
        yield TrainingPair(claim, one.evidence, NEI, f"reworded:{NEIGHBOUR}")


def _neighbours(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if len(text.split()) < 35]


def _padded(evidence: str, others: Sequence[str], chance: random.Random) -> str:
    """With an unrelated sentence before or after, every third time."""
    if chance.random() > 0.33:
        return evidence
    other = chance.choice(others)
    return f"{other} {evidence}" if chance.random() < 0.5 else f"{evidence} {other}"


_HEADING = re.compile(r"^[A-Z]+\.[A-Z .,&/-]+::? ")


def _article_sentences(data: Path, *, results: bool = False) -> list[str]:
    """Sentences with 8 to 45 words of openly licensed trials (evidence_inference), in order; no guideline text.

    From the beginning of each article, or, with ``results``, a shorter stretch of that and what comes later. Sentences
    50 to 59 of each article are in neither: they are for calibration (``calibration_sentences``).
    """
    taken = [slice(10, 30), slice(60, 100)] if results else [slice(10, 50)]
    return _sentences_at(data, taken, bare=results)


def calibration_sentences(data: Path) -> list[str]:
    """Sentences of the same trials that no training reads, in order."""
    trained = {*_article_sentences(data), *_article_sentences(data, results=True)}
    return [text for text in _sentences_at(data, [slice(50, 60)], bare=True) if text not in trained]


def _sentences_at(data: Path, taken: Sequence[slice], *, bare: bool) -> list[str]:
    """``bare``: without the heading before a sentence."""
    licences = {
        row["doc_id"].removeprefix("PMC")
        for row in lines(data / "entailment" / "evidence_inference.jsonl.gz")
        if row["text_licence"] in OPEN_TEXT
    }
    found: dict[str, None] = {}
    for article in lines(data / "evidence_inference" / "articles.jsonl.gz"):
        if article["pmcid"] in licences:
            told = [
                _HEADING.sub("", sentence) if bare else sentence for sentence in sentences_of(article["text"])
            ]
            for sentence in [sentence for part in taken for sentence in told[part]]:
                if 8 <= len(sentence.split()) <= 45 and sentence[0].isupper() and sentence.endswith("."):
                    found.setdefault(sentence)
    return list(found)
