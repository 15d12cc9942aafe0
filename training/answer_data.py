"""(question, sentence in its context) pairs for the answer judge: open sets and near misses made by rule.

Half of the questions are also shown in telegram style (function words dropped), as clinicians type them.
BioASQ's first 400 questions are kept out: the reranking figure is measured on them.
"""

from __future__ import annotations

import csv
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pairs import TrainingPair, clean, lines, overlap, sentences_of, some
from support_data import BIOASQ_HELD_OUT, OPEN_TEXT

ANSWERS, NOT = 1, 0
_MOST_WORDS = 100
_PER_QUESTION = 6
"""Most gold snippets used of one BioASQ question."""


def answer_pairs(data: Path, *, seed: int, without: str = "") -> list[TrainingPair]:
    """The whole mixture, shuffled. ``without`` leaves out one source by name, for the ablation."""
    chance = random.Random(seed)
    found = [
        *_bioasq(data, chance),
        *some(_medquad(data, chance), 9000, chance),
        *_pubmedqa(data, chance),
        *some(_evidence_inference(data, chance), 7000, chance),
        *some(_condaqa(data, chance), 2500, chance),
    ]
    found += some(_near_misses(found, chance), 6000, chance)
    if without:
        found = [pair for pair in found if pair.source.split(":")[0] != without]
    found = [pair._replace(first=_as_asked(pair.first, chance)) for pair in found]
    chance.shuffle(found)
    return found


_FUNCTION_WORDS = re.compile(
    r"\b(?:what|which|is|are|was|were|the|a|an|do|does|did|there|please|can|could|be|been|of|has|have|used for)\b ?",
    re.IGNORECASE,
)


def _as_asked(question: str, chance: random.Random) -> str:
    """The question as it is, or as notes: "What is the dose of X in children?" -> "dose X in children?"."""
    drawn = chance.random()
    if drawn < 0.3:
        short = clean(_FUNCTION_WORDS.sub("", question))
        return short if len(short.split()) >= 3 else question
    return question.lower() if drawn < 0.4 else question


def _cut(text: str) -> str:
    return " ".join(text.split()[:_MOST_WORDS])


def _bioasq(data: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """Gold snippets; negatives that BM25 finds, and other snippets of the same abstracts."""
    from rag.backends import bm25

    folder = data / "retrieval" / "bioasq"
    snippets = list(lines(folder / "snippets.jsonl"))
    texts = [clean(s["text"]) for s in snippets]
    row_of = {s["snippet_id"]: i for i, s in enumerate(snippets)}
    of_abstract: dict[str, list[int]] = defaultdict(list)
    for row, snippet in enumerate(snippets):
        of_abstract[snippet["pmid"]].append(row)
    index = bm25.build(texts)
    for question in list(lines(folder / "questions.jsonl"))[BIOASQ_HELD_OUT:]:
        asked, gold = clean(question["question"]), {row_of[name] for name in question["gold_snippets"]}
        shown = chance.sample(sorted(gold), min(_PER_QUESTION, len(gold)))
        for row in shown:
            yield TrainingPair(asked, _cut(texts[row]), ANSWERS, "bioasq")
        found = [int(r) for r in index.search([asked], 60).rows[0] if r >= 0 and int(r) not in gold]
        same = [r for g in gold for r in of_abstract[snippets[g]["pmid"]] if r not in gold]
        negatives = found[:12] + chance.sample(found[12:], min(4, len(found[12:]))) + same[:3]
        for row in chance.sample(negatives, min(2 * len(shown) + 2, len(negatives))):
            yield TrainingPair(asked, _cut(texts[row]), NOT, "bioasq:near")


def _medquad(data: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """The beginning of the answer; negatives: another fact about the same disease, the same fact about another."""
    rows = [row for row in lines(data / "medquad" / "qa.jsonl.gz") if row["answer"] and row["focus"]]
    by_focus: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_focus[row["focus"]].append(row)
        by_type[row["qtype"]].append(row)
    for row in chance.sample(rows, 4500):
        asked, context = clean(row["question"].replace(" ?", "?")), row["focus"]
        yield TrainingPair(asked, _medquad_text(row, context, chance), ANSWERS, "medquad")
        others = [o for o in by_focus[row["focus"]] if o["qtype"] != row["qtype"]]
        if others:
            yield TrainingPair(
                asked, _medquad_text(chance.choice(others), context, chance), NOT, "medquad:other_fact"
            )
        other = chance.choice(by_type[row["qtype"]])
        if other["focus"] != row["focus"]:
            yield TrainingPair(
                asked, _medquad_text(other, other["focus"], chance), NOT, "medquad:other_disease"
            )


def _medquad_text(row: dict[str, Any], context: str, chance: random.Random) -> str:
    sentences = sentences_of(row["answer"])[:4]
    start = 0 if chance.random() < 0.6 else chance.randrange(len(sentences))
    text = _cut(" ".join(sentences[start : start + chance.randint(1, 2)]))
    return f"{context}. {text}" if chance.random() < 0.5 else text


def _pubmedqa(data: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """Conclusions answer; the background that the abstract opens with does not."""
    import json

    for item in json.loads((data / "pubmedqa" / "ori_pqal_dev.json").read_text(encoding="utf-8")).values():
        asked = clean(item["QUESTION"])
        for sentence in sentences_of(item["LONG_ANSWER"])[:2]:
            yield TrainingPair(asked, _cut(sentence), ANSWERS, "pubmedqa")
        for sentence in sentences_of(item["CONTEXTS"][0])[:2]:
            yield TrainingPair(asked, _cut(sentence), NOT, "pubmedqa:background")


_ASKED = (
    "What is the effect of {i} on {o} compared with {c}?", "Does {i} change {o} against {c}?", "{i} versus {c}: {o}?",
    "How does {i} compare with {c} for {o}?", "Is {o} better with {i} than with {c}?",
)  # fmt: skip


def _evidence_inference(data: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """Spans that doctors marked for a comparison; negatives: spans for other outcomes, and other sentences of the article."""
    folder = data / "evidence_inference"
    open_articles = {
        row["doc_id"].removeprefix("PMC")
        for row in lines(data / "entailment" / "evidence_inference.jsonl.gz")
        if row["text_licence"] in OPEN_TEXT
    }
    texts = {
        a["pmcid"]: a["text"] for a in lines(folder / "articles.jsonl.gz") if a["pmcid"] in open_articles
    }
    with (folder / "prompts_merged.csv").open(encoding="utf-8") as stream:
        prompts = {row["PromptID"]: row for row in csv.DictReader(stream)}
    spans: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with (folder / "v2_annotations.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            words = len(row["Annotations"].split())
            if row["PMCID"] in texts and row["PromptID"] in prompts and 6 <= words <= _MOST_WORDS:
                spans[row["PMCID"]].append((row["PromptID"], clean(row["Annotations"])))
    for article, marked in spans.items():
        others = [s for s in sentences_of(texts[article]) if 8 <= len(s.split()) <= 50]
        for prompt_id, span in marked:
            prompt = prompts[prompt_id]
            asked = chance.choice(_ASKED).format(
                i=clean(prompt["Intervention"]), o=clean(prompt["Outcome"]), c=clean(prompt["Comparator"])
            )
            yield TrainingPair(asked, span, ANSWERS, "evidence_inference")
            gold = {s for p, s in marked if prompts[p]["Outcome"] == prompt["Outcome"]}
            near = [s for _, s in marked if s not in gold and overlap(span, s) < 0.5]
            if near:
                yield TrainingPair(asked, chance.choice(near), NOT, "evidence_inference:other_outcome")
            other = chance.choice(others) if others else ""
            if other and not any(overlap(other, s) > 0.5 for s in gold):
                yield TrainingPair(asked, other, NOT, "evidence_inference:other_sentence")


def _condaqa(data: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """Questions on negated passages: the passage answers, another sentence of it (sharing words) does not."""
    pattern = re.compile(r'The answer to the question "(.+?)" is ', re.DOTALL)
    for row in lines(data / "entailment" / "condaqa.jsonl.gz"):
        match = pattern.search(row["claim"])
        sentences = [s for text in row["evidence"] for s in sentences_of(text)]
        if not match or len(sentences) < 3 or row["label"] == "NEI":
            continue
        asked = clean(match[1])
        ranked = sorted(sentences, key=lambda s: -overlap(asked, s))
        if overlap(asked, ranked[0]) >= 0.5:
            yield TrainingPair(asked, _cut(ranked[0]), ANSWERS, "condaqa")
            yield TrainingPair(asked, _cut(chance.choice(ranked[2:])), NOT, "condaqa:other_sentence")


# --- near misses by rule -------------------------------------------------------------------------------

_PEOPLE = (
    ("children", "adults"), ("child", "adult"), ("adults", "children"), ("infants", "elderly people"), ("pregnant women", "men"),
    ("pregnancy", "old age"), ("women", "men"), ("elderly", "young children"), ("newborns", "adults"),
)  # fmt: skip
_QUANTITIES = (
    ("dose", "cost"), ("dose", "half-life"), ("prevalence", "treatment"), ("incidence", "mechanism"), ("treatment", "prevalence"),
    ("treatments", "causes"), ("symptoms", "treatments"), ("cause", "treatment"), ("causes", "symptoms"), ("mechanism of action", "price"),
    ("mechanism", "dose"), ("side effects", "dose"), ("efficacy", "cost"), ("diagnosed", "prevented"), ("diagnosis", "prevention"),
    ("how many", "which"), ("inherited", "treated"), ("outcomes", "causes"), ("indications", "contraindications"), ("duration", "dose"),
)  # fmt: skip


def _near_misses(found: Sequence[TrainingPair], chance: random.Random) -> Iterator[TrainingPair]:
    """The question turned to another drug, people or kind of fact: what answered it answers no longer."""
    from rag.vocabulary import drug_names

    names = sorted({m.name for pair in found[::5] for m in drug_names(pair.first)})
    for pair in found:
        if pair.label != ANSWERS:
            continue
        drugs = drug_names(pair.first)
        if drugs and names:
            mention, other = chance.choice(drugs), chance.choice(names)
            if other not in pair.second.lower():
                turned = pair.first[: mention.start] + other + pair.first[mention.end :]
                yield TrainingPair(turned, pair.second, NOT, "near_miss:drug")
        for kind, swaps in (("people", _PEOPLE), ("quantity", _QUANTITIES)):
            fitting = [(a, b) for a, b in swaps if re.search(rf"\b{a}\b", pair.first, re.IGNORECASE)]
            if fitting:
                a, b = chance.choice(fitting)
                if b.split()[-1] not in pair.second.lower():
                    turned = re.sub(rf"\b{a}\b", b, pair.first, count=1, flags=re.IGNORECASE)
                    yield TrainingPair(turned, pair.second, NOT, f"near_miss:{kind}")
