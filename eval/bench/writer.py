"""Speed and memory of the demo writer, saving by saving.

    OMP_NUM_THREADS=2 python eval/bench/writer.py [--questions 4] [--profile demo]

CPU seconds are printed beside wall seconds: on shared cores only the first repeats well.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rag.answer.drafter import WriterDrafter
from rag.answer.prompts import judge_prompt, relevance_prompt
from rag.backends.transformers import Savings, TransformersWriter
from rag.datatypes import Evidence, Quote
from rag.profiles import load_profile
from rag.settings import WritingSettings

SENTENCES = [
    "Adults start quilorin at 200 mg twice daily with food for 3 days.",
    "Children under 5 years receive quilorin syrup at 10 mg per kilogram of body weight once daily.",
    "The panel suggests a blood film for every adult with fever above 38.5 °C who returned within 21 days.",
    "Quilorin is not recommended in the first trimester of pregnancy unless no other drug is available.",
    "In the second and third trimesters the panel recommends quilorin at the adult dose.",
    "Patients go home after two negative blood films taken 12 hours apart.",
    "If platelets are below 50 × 10⁹/L, a specialist is called before the first dose is given.",
    "The certainty of the evidence for the duration of 3 days was moderate.",
]
QUESTIONS = [
    "What dose of quilorin do adults with marsh fever start on, and for how long?",
    "Can a woman who is 8 weeks pregnant have quilorin?",
    "When can someone with marsh fever go home?",
    "What is the dose of quilorin in renal failure?",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    parser.add_argument("--profile", default="demo")
    given = parser.parse_args()
    profile = load_profile(given.profile)
    questions = QUESTIONS[: given.questions]
    writer = TransformersWriter(profile.source(), **profile.loading())
    with timed("load"):
        writer.count_tokens("")
        _ = writer._model
    drafter = WriterDrafter(writer, WritingSettings(), profile.family)
    evidence = shown()
    outputs = {}
    for name, savings in {
        "first call, fixed part not yet kept": Savings(),
        "all savings": Savings(),
        "fixed part not kept": Savings(keep_prefix=False),
        "nothing guessed from the prompt": Savings(guess=False),
        "forced text one token at a time": Savings(batch_forced=False),
    }.items():
        writer.savings = savings
        asked = questions[:1] if name.startswith("first") else questions
        outputs[name] = measure(name, lambda question: drafter.draft(question, evidence, attempt=1), asked)
    same = {name: texts == outputs["all savings"] for name, texts in outputs.items() if "first" not in name}
    print(json.dumps({"same output as with all savings": same}))
    writer.savings = Savings()
    ask_yes_no(writer, profile.family, questions[0])
    print(json.dumps({"peak memory GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))


def measure(name: str, draft: Callable[[str], Any], questions: list[str]) -> list[str]:
    """Medians over the questions; the drafts' texts."""
    wall, cpu, tokens, texts = [], [], [], []
    for question in questions:
        started, used = time.perf_counter(), time.process_time()
        written = draft(question)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
        tokens.append((written.prompt_tokens, written.output_tokens))
        texts.append(written.raw)
    line = {"step": name, "median_s": statistics.median(wall), "median_cpu_s": statistics.median(cpu)}
    print(json.dumps(line | {"prompt_and_output_tokens": tokens}), flush=True)
    return texts


def ask_yes_no(writer: TransformersWriter, family: str, question: str) -> None:
    relevance = [relevance_prompt(question, sentence, "", family) for sentence in SENTENCES]
    judge = [judge_prompt([sentence], sentence, family) for sentence in SENTENCES[:3]]
    for name, prompts in {"relevance of 8 sentences": relevance, "support of 3 claims": judge}.items():
        with timed(name + ", first call"):
            writer.yes_probability(prompts)
        with timed(name):
            writer.yes_probability(prompts)
        with timed(name + ", one by one"):
            for prompt in prompts:
                writer.yes_probability([prompt])


@contextmanager
def timed(name: str) -> Iterator[None]:
    started, used = time.perf_counter(), time.process_time()
    yield
    seconds = {"s": time.perf_counter() - started, "cpu_s": time.process_time() - used}
    print(json.dumps({"step": name, **seconds}), flush=True)


def shown() -> list[Evidence]:
    found, start = [], 0
    for number, text in enumerate(SENTENCES):
        quote = Quote(
            document="marsh.pdf",
            document_id="0" * 64,
            title="Marsh fever handbook",
            page=number // 3 + 1,
            section=("Treatment",),
            start=start,
            end=start + len(text),
            text=text,
        )
        passage = number // 3 + 1
        found.append(
            Evidence(id=f"{passage}.{number % 3 + 1}", score=0.9, quote=quote, passage_id=str(passage))
        )
        start += len(text) + 1
    return found


if __name__ == "__main__":
    main()
