"""Doses for others: of what is selected for a question about a dose, what could be released, and is any of it for somebody else?

    python eval/doses.py [--rows FILE.jsonl] [--show] [--set N] [--ask | --answers]

``own_doses.jsonl``: invented documents, each with questions that name an age, a weight, kidney function, a pregnancy or a
disease, with words of the sentences that hold for these people (``right``) and of those that hold for others (``wrong``).
One document a line: ``{"set", "name", "text", "questions": [{"question", "right": [..], "wrong": [..]}]}``; ``name`` ends in
".md" or ".html". All documents of a set are one index. Set 1 was in view while the check "case" was written. Sets 2 to 6 were written by five
people who had not seen it; 2 and 3 were read while it was extended, the others after their first look. Set 5 is in ward shorthand.

Every selected sentence and row is put through the checks as a claim of its own. Whether it answers is not asked, as if the
writer took anything for an answer: what passes is all that could be released. ``--ask`` asks the writer too, as an answer does.
``--answers`` writes whole answers, which takes some 10 s a question: what a reader would be shown.
Doses here are made up, and no advice.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from stats import wilson

from rag.answer.grammar import verbatim
from rag.datatypes import Claim, Draft
from rag.ports import CheckInput, CheckResult, Verifier
from rag.profiles import load_profile
from rag.settings import CheckName
from rag.verify.decision import decide
from rag.verify.verifier import ChecklistVerifier, make_checks
from rag.wiring import Pipeline, ingest, load_judge

OWN = Path(__file__).resolve().parent / "own_doses.jsonl"


def main() -> None:
    options = _parser().parse_args()
    documents = [json.loads(line) for line in options.rows.read_text(encoding="utf-8").splitlines()]
    by_set: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for document in documents:
        if options.set is None or document["set"] == options.set:
            by_set[document["set"]].append(document)
    for number, chosen in sorted(by_set.items()):
        _run(number, chosen, show=options.show, ask=options.ask, answers=options.answers)


def _run(number: int, documents: list[dict[str, Any]], *, show: bool, ask: bool, answers: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for document in documents:
            files.append(Path(folder) / document["name"])
            files[-1].write_text(document["text"], encoding="utf-8")
        ingest(files, Path(folder) / "index")
        with Pipeline.open(Path(folder) / "index") as pipeline:
            asked = [question for document in documents for question in document["questions"]]
            if answers:
                found = [(question, _shown(pipeline, question["question"])) for question in asked]
            else:
                verifier = pipeline.parts.verifier if ask else _without_answers(pipeline)
                found = [
                    (question, _releasable(pipeline, verifier, question["question"])) for question in asked
                ]
    _print(number, found, show=show, how="was" if answers else "could be")


class _AnyAnswer:
    """Takes every claim for an answer."""

    name: CheckName = "answers"

    def __call__(self, given: CheckInput) -> CheckResult:
        return CheckResult(True)


def _without_answers(pipeline: Pipeline) -> Verifier:
    settings = pipeline.settings.verification
    checks = make_checks(load_judge(load_profile("demo").judge), settings)
    return ChecklistVerifier({**checks, "answers": _AnyAnswer()}, settings)


def _shown(pipeline: Pipeline, question: str) -> list[tuple[str, str]]:
    """What the released claims of an answer quote; none for an abstention."""
    quotes = (quote for claim in pipeline.ask(question).claims for quote in claim.quotes)
    return [(text, "") for text in dict.fromkeys(quote.text for quote in quotes)]


def _releasable(pipeline: Pipeline, verifier: Verifier, question: str) -> list[tuple[str, str]]:
    """Each selected sentence with why it is held back; "" where it would be released."""
    parts, settings = pipeline.parts, pipeline.settings
    hits = parts.retriever.retrieve(question, k=settings.selection.passages)
    evidence = parts.selector.select(question, hits).evidence
    claims = tuple(Claim(text=verbatim(item), quotes=(item.quote,)) for item in evidence)
    draft = Draft(attempt=1, answerable=True, claims=claims, raw="")
    findings = verifier.verify(question, draft, evidence, parts.corpus) if claims else []
    released = decide(draft, findings, settings.verification.required).released
    why = {f.claim: f.detail for f in reversed(findings) if f.status.value == "failed"}
    return [
        (item.quote.text, "" if place in released else why.get(place) or "held back")
        for place, item in enumerate(evidence)
    ]


def _print(
    number: int, found: list[tuple[dict[str, Any], list[tuple[str, str]]]], *, show: bool, how: str
) -> None:
    wrong = right = answerable = statements = 0
    for question, items in found:
        texts = [" ".join(quoted.split()) for quoted, why in items if not why]
        bad = [text for text in texts if any(words in text for words in question["wrong"])]
        good = [text for text in texts if any(words in text for words in question["right"])]
        statements += len(texts)
        wrong += bool(bad)
        answerable += bool(question["right"])
        right += bool(good)
        if show and (bad or (question["right"] and not good)):
            print(f"\n{'WRONG' if bad else 'needless'}: {question['question']}")
            for quoted, why in items:
                print(
                    f"    {'released' if not why else 'held'}: {' '.join(quoted.split())[:110]}  {why[:110]}"
                )
    print(f"set {number}: {len(found)} questions, {statements} statements that {how} released")
    for name, count, of in (
        (f"a dose for others {how} released", wrong, len(found)),
        (f"the right one {how} released", right, answerable),
    ):
        low, high = wilson(count, of)
        print(
            f"  {name:38s} {count:3d}/{of:<3d} {100 * count / max(of, 1):5.1f} % ({100 * low:.1f}–{100 * high:.1f})"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=Path, default=OWN)
    parser.add_argument("--set", type=int, help="only this set")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--ask", action="store_true", help="ask the writer whether a statement answers")
    how.add_argument("--answers", action="store_true", help="write whole answers")
    parser.add_argument("--show", action="store_true", help="print the questions that go wrong")
    return parser


if __name__ == "__main__":
    main()
