"""The damage suite: do the checks see planted damage, and leave harmless rewording alone?

    .venv/bin/python eval/damage.py --data ../shared/data                       # rules alone
    .venv/bin/python eval/damage.py --data ../shared/data --judge trained       # a claim fails by a rule or by the judge
    .venv/bin/python eval/damage.py --data ../shared/data --invariance          # do verdicts stay when nothing changed?
    .venv/bin/python eval/damage.py --data ../shared/data --invariance --labels # and the labels of rag verify?
    .venv/bin/python eval/damage.py --data ../shared/data --half develop --show 5

Evidence is a sentence of a document kept out of training, the claim is the same sentence with one thing changed by
rule (``damage_lib``). Half of the sentences, by their hash, are for developing the rules and the kinds (``--half
develop``); what is reported comes from the other half, which nobody looks at while changing a rule.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from damage_lib.cases import case
from damage_lib.kinds import DAMAGE, Pair, pairs
from damage_lib.paraphrase import KINDS as PARAPHRASES
from damage_lib.paraphrase import UNDAMAGED
from damage_lib.sentences import held_out_sentences, is_for_development
from judge_lib.rules import RULES, rules
from stats import wilson

from rag.ports import Judge
from rag.settings import VerificationSettings

HERE = Path(__file__).resolve().parent
SHARP = ("number changed", "decimal moved", "unit swapped", "comparator turned", "negation added", "negation removed", "drug swapped")  # fmt: skip
SHARP_GOAL, OTHER_GOAL, REFUSED_GOAL, INVARIANCE_GOAL = 0.99, 0.90, 0.05, 0.98


Fault = tuple[str, str]
"""(check, detail) of a check that failed."""


class Case(NamedTuple):
    evidence: tuple[str, ...]
    claim: str


class Outcome(NamedTuple):
    """What the checks said of one pair."""

    pair: Pair
    faults: tuple[Fault, ...]
    """Empty: released."""


class Checks:
    """The rules, and a judge if one is given, who is asked in one batch and only where no rule has refused."""

    def __init__(self, judge: Judge | None, settings: VerificationSettings) -> None:
        self._rules = rules()
        self._judge, self._threshold = judge, settings.support_threshold
        self.milliseconds: list[float] = []
        """Processor time of all rules together, per claim."""

    def faults(self, cases: Sequence[Case]) -> list[tuple[Fault, ...]]:
        found = [self._ruled(case) for case in cases]
        if self._judge is None:
            return found
        unruled = [i for i, faults in enumerate(found) if not faults]
        judged = self._judge.judge([cases[i].evidence for i in unruled], [cases[i].claim for i in unruled])
        for i, judgement in zip(unruled, judged, strict=True):
            if judgement.supports < self._threshold:
                found[i] = (("support", f"{judgement.supports:.2f}"),)
        return found

    def _ruled(self, one: Case) -> tuple[Fault, ...]:
        given, begun = case(one.claim, one.evidence), time.process_time()
        results = [(rule.name, rule(given)) for rule in self._rules]
        self.milliseconds.append((time.process_time() - begun) * 1000)
        return tuple((name, result.detail) for name, result in results if not result.passed)


# --- damage -------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One kind: of ``total`` pairs ``refused`` were refused, by check."""

    kind: str
    damaged: bool
    refused: int
    total: int
    by_check: Counter[str]
    wrong: tuple[Outcome, ...]

    @property
    def share(self) -> float:
        return self.refused / self.total if self.total else 0.0

    @property
    def goal(self) -> float:
        if not self.damaged:
            return REFUSED_GOAL
        return SHARP_GOAL if self.kind in SHARP else OTHER_GOAL

    @property
    def reached(self) -> bool:
        return self.share >= self.goal if self.damaged else self.share <= self.goal


def rows(
    checks: Checks, sentences: Sequence[str], *, most: int, seed: int, only: Sequence[str] = ()
) -> Iterator[Row]:
    for kind in (*DAMAGE, *UNDAMAGED):
        if only and kind not in only:
            continue
        made = pairs(sentences, kind, most=most, seed=seed)
        faults = checks.faults([Case((pair.evidence,), pair.claim) for pair in made])
        found = [Outcome(*both) for both in zip(made, faults, strict=True)]
        damaged = kind in DAMAGE
        yield Row(
            kind,
            damaged,
            refused=sum(bool(outcome.faults) for outcome in found),
            total=len(found),
            by_check=Counter(name for outcome in found for name, _ in outcome.faults),
            wrong=tuple(outcome for outcome in found if bool(outcome.faults) != damaged),
        )


def _print_row(row: Row, *, show: int) -> None:
    sign = "≥" if row.damaged else "≤"
    low, high = wilson(row.refused, row.total)
    print(f"  {row.kind:30s} {row.refused:5d} of {row.total:5d}  {100 * row.share:6.2f} % ({100 * low:.1f}–{100 * high:.1f})  goal {sign} {100 * row.goal:.0f} %"
          f"  {'' if row.reached else 'MISSED'}  {dict(row.by_check)}")  # fmt: skip
    for outcome in row.wrong[:show]:
        print(
            f"      E {outcome.pair.evidence}\n      C {outcome.pair.claim}\n        {list(outcome.faults)}"
        )


# --- invariance ---------------------------------------------------------------------------------------

Rewrite = Callable[[Case, random.Random], Case | None]
"""The same case written otherwise; None where the rule does not apply."""


def _of_claim(kind: str) -> Rewrite:
    def rewrite(one: Case, chance: random.Random) -> Case | None:
        new = PARAPHRASES[kind](one.claim, chance)
        return None if new is None or new == one.claim else one._replace(claim=new)

    return rewrite


def _spaced(one: Case, _: random.Random) -> Case:
    claim = one.claim.replace(", ", ",\n").replace(" ", "  ")
    return Case(tuple(f" {sentence}\t" for sentence in one.evidence), f"  {claim}\n")


def _padded(sentences: Sequence[str]) -> Rewrite:
    def rewrite(one: Case, chance: random.Random) -> Case:
        return one._replace(evidence=(*one.evidence, *chance.sample(sentences, k=2)))

    return rewrite


def rewrites(sentences: Sequence[str]) -> dict[str, Rewrite]:
    return {
        "capitals": _of_claim("capitals"),
        "small letters": _of_claim("small letters"),
        "white space": _spaced,
        "sentence order": lambda one, _: one._replace(evidence=one.evidence[::-1]),
        "abbreviation spelled out": _of_claim("abbreviation spelled out"),
        "padding": _padded(sentences),
    }


class Change(NamedTuple):
    """A case whose verdict a rewriting changed."""

    before: Said
    after: Said
    case: Case


class Said(NamedTuple):
    """What is compared, and what is shown beside it."""

    verdict: Hashable
    why: object


def held_back(checks: Checks) -> Callable[[Sequence[Case]], list[Said]]:
    """Whether a case is held back, and by what."""
    return lambda cases: [Said(bool(faults), faults) for faults in checks.faults(cases)]


def labels(cases: Sequence[Case]) -> list[Said]:
    """Label and release by ``rag verify`` with the judge and the second opinion that ship."""
    from rag.datatypes import ClaimToVerify
    from rag.wiring import claim_verifier

    asked = [ClaimToVerify(id=i, claim=one.claim, evidence=one.evidence) for i, one in enumerate(cases)]
    return [
        Said((found.label, found.released), round(found.score, 3)) for found in claim_verifier().verify(asked)
    ]


def invariance(
    say: Callable[[Sequence[Case]], list[Said]], sentences: Sequence[str], *, most: int, seed: int
) -> Iterator[tuple[str, int, list[Change]]]:
    """Per kind of rewriting: its name, cases tried, and the changed verdicts. Half of the cases are damaged.

    The evidence of a case is its sentence and the one behind it, so that there is an order to turn.
    """
    chance = random.Random(seed)
    cases = _mixed_cases(sentences, most=most, seed=seed)
    before = say(cases)
    for kind, rewrite in rewrites(sentences).items():
        new = [(i, changed) for i, one in enumerate(cases) if (changed := rewrite(one, chance)) is not None]
        after = say([changed for _, changed in new])
        moved = [
            Change(before[i], now, one)
            for (i, one), now in zip(new, after, strict=True)
            if before[i].verdict != now.verdict
        ]
        yield kind, len(new), moved


def _mixed_cases(sentences: Sequence[str], *, most: int, seed: int) -> list[Case]:
    behind = dict(pairwise(sentences))
    damaged = [
        pair for kind in DAMAGE for pair in pairs(sentences, kind, most=most // len(DAMAGE), seed=seed)
    ]
    fair = [
        pair
        for kind in PARAPHRASES
        for pair in pairs(sentences, kind, most=most // len(PARAPHRASES), seed=seed)
    ]
    return [Case((p.evidence, behind.get(p.evidence, sentences[0])), p.claim) for p in (*damaged, *fair)]


# --- command line ---------------------------------------------------------------------------------------


def main() -> int:
    options = _options()
    texts = held_out_sentences(options.data, HERE / "out" / "damage_sentences.txt")
    half = [text for text in texts if is_for_development(text) == (options.half == "develop")]
    checks = Checks(_judge(options.judge), VerificationSettings())
    told = "labels of rag verify" if options.labels else f"judge {options.judge}"
    print(f"{len(half)} of {len(texts)} sentences ({options.half}), rules {', '.join(RULES)}, {told}")
    summary = _invariance(checks, half, options) if options.invariance else _damage(checks, half, options)
    if spent := sorted(checks.milliseconds):
        print(
            f"rules: median {statistics.median(spent):.2f} ms, 95th percentile {spent[int(0.95 * len(spent))]:.2f} ms a claim"
        )
    if options.json:
        options.json.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return 0


def _damage(checks: Checks, texts: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    found = []
    for row in rows(checks, texts, most=options.most, seed=options.seed, only=options.kinds):
        _print_row(row, show=options.show)
        found.append(row)
    sharp = [row for row in found if row.kind in SHARP]
    other = [row for row in found if row.damaged and row.kind not in SHARP]
    for title, part in (
        ("sharp damage", sharp),
        ("other damage", other),
        ("undamaged", [r for r in found if not r.damaged]),
    ):
        refused, total = sum(row.refused for row in part), sum(row.total for row in part)
        low, high = wilson(refused, total)
        print(
            f"{title}: {refused} of {total} refused, {100 * refused / max(1, total):.2f} % ({100 * low:.1f}–{100 * high:.1f})"
        )
    return {
        row.kind: {"refused": row.refused, "total": row.total, "share": round(row.share, 4), "goal": row.goal}
        for row in found
    }


def _invariance(checks: Checks, texts: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    found = {}
    say = labels if options.labels else held_back(checks)
    for kind, total, moved in invariance(say, texts, most=options.most, seed=options.seed):
        share = 1 - len(moved) / max(1, total)
        low, high = wilson(total - len(moved), total)
        print(
            f"  {kind:26s} {total - len(moved):5d} of {total:5d} unchanged  {100 * share:6.2f} % ({100 * low:.1f}–{100 * high:.1f})  goal ≥ {100 * INVARIANCE_GOAL:.0f} %"
        )
        for change in moved[: options.show]:
            print(
                f"      {change.before} -> {change.after}\n      E {change.case.evidence}\n      C {change.case.claim}"
            )
        found[kind] = {
            "unchanged": total - len(moved),
            "total": total,
            "share": round(share, 4),
            "goal": INVARIANCE_GOAL,
        }
    return found


def _judge(name: str) -> Judge | None:
    """The trained judge that ships, the similarity judge, or none."""
    if name == "none":
        return None
    from rag import wiring

    if name == "similarity":
        from rag.verify.judges import SimilarityJudge

        return SimilarityJudge(wiring.default_encoder())
    return wiring.embedded_judge()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=HERE.parent.parent / "shared" / "data",
        help="folder of the measuring data",
    )
    parser.add_argument("--judge", choices=("none", "similarity", "trained"), default="none")
    parser.add_argument(
        "--invariance", action="store_true", help="share of verdicts that rewriting leaves as they are"
    )
    parser.add_argument(
        "--labels", action="store_true", help="with --invariance: labels and release of rag verify"
    )
    parser.add_argument("--half", choices=("report", "develop"), default="report")
    parser.add_argument("--kinds", nargs="*", default=[], metavar="KIND", help="only these kinds")
    parser.add_argument(
        "--most", type=int, default=400, help="pairs per kind; with --invariance twice as many cases in all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="wrong cases to print per kind")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if options.labels and not options.invariance:
        parser.error("--labels goes with --invariance")
    return options


if __name__ == "__main__":
    sys.exit(main())
