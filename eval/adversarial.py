"""A writer that always prefers a false token, against the grammar and the reader of drafts.

    python eval/adversarial.py --decodes 100000 --json eval/out/adversarial.json
    python eval/adversarial.py --decodes 2000 --without-constraint      # the same test must fail

Prompts, packing, grammar, decoding loop and reading are the product's; only the logits are the adversary's. Half of
the drafts are worded by the writer, half may only repeat sentences. Exit status 1 when a fault was found.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adversarial_lib.count import reaching, written
from adversarial_lib.policies import POLICIES
from adversarial_lib.scenes import Scene, make_scene, make_tokenizer, real_sentences
from adversarial_lib.writer import Adversary, constraint

from rag.answer.drafter import WriterDrafter
from rag.answer.grammar import verbatim_grammar
from rag.datatypes import Draft
from rag.settings import WritingSettings

OUTPUT_TOKENS = 128
DECODES_PER_SCENE = 102
"""A scene's grammars are compiled once for that many: 17 policies, 2 ways of wording, 3 seeds."""
GUESSING = 8
"""Every so manieth scene decodes with guesses from the prompt, which is slower."""


@dataclass
class Counts:
    """What came of all decodes. ``faults`` must stay empty."""

    decodes: int = 0
    answered: int = 0
    refused: int = 0
    cut: int = 0
    """Not finished within the output tokens, or a claim ended by its limit of letters: rejected, never mended."""
    claims: int = 0
    quotes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """In drafts that were taken."""
    written: Counter[str] = field(default_factory=Counter)
    """In the writer's output, whether or not the draft was then rejected."""
    by_policy: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: float = 0.0
    processor_seconds: float = 0.0

    def add(self, scene: Scene, policy: str, draft: Draft, *, verbatim_only: bool) -> None:
        cut = bool(draft.error and "was cut" in draft.error)
        found = list(reaching(scene, draft, verbatim_only=verbatim_only))
        wrote = list(written(scene, draft, finished=not cut))
        self.decodes += 1
        self.answered += bool(draft.claims)
        self.refused += draft.error is None and not draft.claims
        self.cut += cut
        self.claims += len(draft.claims)
        self.quotes += sum(len(claim.quotes) for claim in draft.claims)
        self.faults.update(found)
        self.written.update(wrote)
        outcome = "cut" if cut else "rejected" if draft.error else "answered" if draft.claims else "refused"
        self.by_policy.setdefault(policy, Counter()).update([outcome, *found, *wrote])

    @property
    def clean(self) -> bool:
        """Nothing false in a draft, no false id and no unreadable end in what was written, and claims to judge by."""
        return self.claims > 0 and not self.faults and not self.written


def run(
    decodes: int,
    *,
    seed: int = 0,
    on: bool = True,
    shared: bool = True,
    report: Callable[[Counts], None] | None = None,
) -> Counts:
    """``on=False`` takes the constraint away; ``shared=False`` compiles the grammar anew for every decode.

    ``report`` is given the counts so far once in a while.
    """
    started, used = time.perf_counter(), time.process_time()
    counts = Counts()
    with constraint(on=on, shared=shared):
        for scene, policy, draft, verbatim_only in _decodes(decodes, seed):
            counts.add(scene, policy, draft, verbatim_only=verbatim_only)
            counts.seconds = time.perf_counter() - started
            counts.processor_seconds = time.process_time() - used
            if report and counts.decodes % 1000 == 0:
                report(counts)
    return counts


def _decodes(decodes: int, seed: int) -> Iterator[tuple[Scene, str, Draft, bool]]:
    sentences = real_sentences()
    tokenizer = make_tokenizer(sentences)
    writers = {guess: Adversary(tokenizer, guess=guess) for guess in (False, True)}
    for first in range(0, decodes, DECODES_PER_SCENE):
        number = first // DECODES_PER_SCENE
        draw = random.Random(f"{seed} {number}")
        scene, writer = make_scene(sentences, draw), writers[number % GUESSING == GUESSING - 1]
        for place in range(min(DECODES_PER_SCENE, decodes - first)):
            policy = list(POLICIES)[place % len(POLICIES)]
            writer.aim(
                POLICIES[policy](scene, draw),
                seed=draw.getrandbits(32),
                patience=draw.choice((0, 20, 60, OUTPUT_TOKENS)),
            )
            yield (scene, policy, *_draft(writer, scene, own=place // len(POLICIES) % 2 == 0))


def _draft(writer: Adversary, scene: Scene, *, own: bool) -> tuple[Draft, bool]:
    """The draft, and whether its claims may only be shown sentences."""
    settings = WritingSettings(words="own" if own else "evidence", max_output_tokens=OUTPUT_TOKENS)
    draft = WriterDrafter(writer, settings, "completion").draft(scene.question, scene.evidence, attempt=1)
    return draft, not own and verbatim_grammar(scene.evidence, max_claims=settings.max_claims) is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--decodes", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-constraint", action="store_true", help="every token allowed at any time")
    parser.add_argument("--json", type=Path, help="the counts as JSON")
    options = parser.parse_args()

    def keep(counts: Counts) -> None:
        if options.json:
            options.json.parent.mkdir(parents=True, exist_ok=True)
            options.json.write_text(json.dumps(vars(counts), indent=1) + "\n", encoding="utf-8")

    counts = run(options.decodes, seed=options.seed, on=not options.without_constraint, report=keep)
    keep(counts)
    _print(counts)
    return 0 if counts.clean else 1


def _print(counts: Counts) -> None:
    print(
        f"{counts.decodes} decodes: {counts.answered} drafts taken with {counts.claims} claims and {counts.quotes} quotes, "
        f"{counts.refused} refusals, {counts.cut} cut; {counts.seconds:.0f} s, {counts.processor_seconds:.0f} s of processor, "
        f"{counts.decodes / max(counts.processor_seconds, 1e-9):.0f} a processor second"
    )
    print("in drafts that were taken:", dict(counts.faults) or "no fault")
    print("in what was written:      ", dict(counts.written) or "no fault")
    for policy, outcomes in counts.by_policy.items():
        print(f"  {policy:24s} " + ", ".join(f"{name} {number}" for name, number in outcomes.most_common()))


if __name__ == "__main__":
    raise SystemExit(main())
