"""Calibrate the support judge: a probability, and the threshold with the stated bound.

    python eval/calibrate.py                                   # rows kept out of training by training/support_data.py
    python eval/calibrate.py --rows mine.jsonl                 # your own: {"id", "claim", "evidence": [..], "label"}
    python eval/calibrate.py --dry-run --risk 0.05             # print only

Three in ten claims (by a hash of the claim) give the curve, the others test the thresholds, so that no label is used
twice. The curve has also rows that a rule check refuses: what passes the rules hardly has an unsupported claim left, which would
leave no curve to fit. The thresholds are tested without them: they cannot be released whatever the judge says. Beside published
pairs there are sentences of articles reworded and damaged by rule (``damage_lib``, ``training/rewordings.py``), as the
claims of an answer are rewordings of sentences: the bound holds for claims of this mixture. Claims that are a whole
sentence of their evidence by rule are left out: no judge is asked about them. Scores are kept in eval/out/ by judge and rows. Writes rag/weights/calibration.json and prints what to set.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "training")]

from judge_lib.cache import judged  # noqa: E402
from judge_lib.rules import rules  # noqa: E402

from rag.models import encoder_folder, rag_home  # noqa: E402
from rag.ports import Judge  # noqa: E402
from rag.settings import CALIBRATED_SUPPORT_THRESHOLD  # noqa: E402
from rag.verify.calibration import (  # noqa: E402
    CONFIDENCE,
    RISK,
    Calibration,
    Threshold,
    calibration_file,
    fit,
    save,
    threshold_for,
)
from rag.wiring import uncalibrated_judge  # noqa: E402

METHOD = "Platt scaling on 30 % of the judged claims; learn then test, fixed sequence, Clopper-Pearson, on 70 %, those that pass the rules"


class Row(NamedTuple):
    claim: str
    evidence: tuple[str, ...]
    supported: bool


def rows_of(path: Path) -> list[Row]:
    """Raises ValueError naming file and line for a line that is not a labelled claim."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(Row(row["claim"], tuple(row["evidence"]), row["label"] == "SUPPORTS"))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number}: {error!r}; expected claim, evidence, label") from error
    return found


def is_for_the_curve(claim: str) -> bool:
    """Three in ten claims, always the same ones; rows of one claim stay together."""
    return sha256(f"calibration\n{claim}".encode()).digest()[0] < 77


class Scored(NamedTuple):
    """Rows and what the judge says of them."""

    rows: list[Row]
    scores: np.ndarray
    """(n,) support before calibration."""

    @property
    def truth(self) -> list[bool]:
        return [row.supported for row in self.rows]


def scored(judge: Judge, rows: list[Row]) -> Scored:
    return Scored(rows, judged(judge, [row.evidence for row in rows], [row.claim for row in rows])[:, 0])


def one_per_claim(rows: list[Row]) -> list[int]:
    """One row of each claim, drawn by hash: the binomial bound counts rows as independent, which a claim's are not."""
    drawn: dict[str, int] = {}
    for i in sorted(range(len(rows)), key=lambda i: sha256(repr(rows[i]).encode()).digest()):
        drawn.setdefault(rows[i].claim, i)
    return list(drawn.values())


def calibrate(
    judge_id: str, curve: Scored, tested: Scored, *, source: str, risk: float, confidence: float
) -> tuple[Calibration, Threshold]:
    slope, intercept = fit(curve.scores, curve.truth)
    made = Calibration(
        judge=judge_id, slope=slope, intercept=intercept, threshold=1.0, risk=risk, confidence=confidence,
        claims=0, released=0, unsupported=0, source=source, method=METHOD,
    )  # fmt: skip
    drawn = one_per_claim(tested.rows)
    probabilities = [made.probability(float(tested.scores[i])) for i in drawn]
    found = threshold_for(probabilities, [tested.truth[i] for i in drawn], risk=risk, confidence=confidence)
    chosen = {
        "claims": len(drawn),
        "threshold": found.value,
        "released": found.released,
        "unsupported": found.unsupported,
    }
    return Calibration.model_validate({**made.model_dump(), **chosen}), found


def held_out_rows(data: Path) -> list[Row]:
    """What training/support_data.py keeps out of training."""
    from support_data import calibration_pairs

    published = [Row(pair.first, (pair.second,), pair.label == 0) for pair in calibration_pairs(data, seed=0)]
    return [row for row in [*published, *made_rows(data)] if is_judged(row)]


_EACH, _FAIR, _NEIGHBOURS, _REPLACED, _JOINED = 150, 3000, 1000, 1200, 500
"""Pairs of each kind made by rule; sentences reworded in several ways; neighbours taken for the sentence, reworded;
sentences with one word replaced; two sentences told as one, and as many with a fault."""


SEED = 11
"""Of the rows made by rule. Drawn anew after an earlier draw had shown errors with which in view rules were written."""


def made_rows(data: Path) -> list[Row]:
    """Rewordings and damage of sentences of articles that neither training nor the damage suite reads."""
    from damage_lib.kinds import DAMAGE, KINDS, NEIGHBOUR, pairs
    from damage_lib.paraphrase import KINDS as REWORDINGS
    from damage_lib.sentences import article_sentences
    from rewordings import reworded
    from support_data import calibration_sentences

    texts = [*article_sentences(data / "articles", first_half=True), *calibration_sentences(data)]
    kinds = [*DAMAGE, *(kind for kind in REWORDINGS if kind != "identity")]
    made = [pair for kind in kinds for pair in pairs(texts, kind, most=_EACH, seed=SEED)]
    found = [Row(pair.claim, (pair.evidence,), not pair.damaged) for pair in made]
    chance = random.Random(SEED)
    fair = [text for text in chance.sample(texts, len(texts)) if len(text.split()) >= 8][:_FAIR]
    found += [Row(reworded(text, chance.randint(1, 4), chance), (text,), True) for text in fair]
    # Reworded first and damaged then: a rewording may drop the very words that were damaged.
    source = {reworded(text, chance.randint(0, 3), chance): text for text in texts}
    damaged = [pair for kind in KINDS for pair in pairs(list(source), kind, most=_EACH, seed=SEED + 1)]
    found += [Row(pair.claim, (source[pair.evidence],), False) for pair in damaged]
    near = pairs(texts, NEIGHBOUR, most=_NEIGHBOURS, seed=SEED + 1)
    found += [
        Row(reworded(pair.claim, chance.randint(0, 3), chance), (pair.evidence,), False) for pair in near
    ]
    return [*found, *_replaced_and_joined(texts, source, chance)]


def _replaced_and_joined(texts: list[str], source: dict[str, str], chance: random.Random) -> Iterator[Row]:
    """One word put in place of another; two sentences told as one, rightly and with one word or one half wrong."""
    from freely import joined
    from replaced import Replacer
    from rewordings import reworded

    replace = Replacer(texts, encoder_folder(rag_home()))
    for claim in chance.sample(list(source), _REPLACED):
        if wrong := replace(claim if chance.random() < 0.5 else source[claim], source[claim], chance):
            yield Row(wrong, (source[claim],), False)
    for start in chance.sample(range(len(texts) - 2), _JOINED):
        one, other, third = texts[start : start + 3]
        both = joined(*(reworded(text, chance.randint(0, 2), chance) for text in (one, other)), chance)
        yield Row(both, (one, other), True)
        if (
            wrong := replace(both, f"{one} {other}", chance)
            if chance.random() < 0.5
            else joined(one, third, chance)
        ):
            yield Row(wrong, (one, other), False)


def is_judged(row: Row) -> bool:
    """It is no whole sentence of its evidence, which would need no judge."""
    from rag.verify.judges import word_for_word

    return not word_for_word(row.evidence, row.claim)


_RULES = rules()


def passes_rules(row: Row) -> bool:
    from damage_lib.cases import case

    given = case(row.claim, row.evidence)
    return all(check(given).passed for check in sorted(_RULES, key=lambda check: check.name != "statement"))


def told(made: Calibration, found: Threshold) -> str:
    first = f"slope {made.slope:.3f}, intercept {made.intercept:.3f}, {made.claims} claims tested, {made.source}\n"
    if not found.reached:
        return first + (
            f"No threshold keeps the bound ({made.risk:.1%} at {made.confidence:.0%}): it is 1.0, and only claims that "
            "are a whole quoted sentence are released."
        )
    return first + (
        f"threshold {found.value}: {found.released} released, {found.unsupported} unsupported, "
        f"at most {found.upper:.2%} at {made.confidence:.0%} confidence"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=Path, nargs="+", default=[], help="claims as JSON lines")
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--risk", type=float, default=RISK)
    parser.add_argument("--confidence", type=float, default=CONFIDENCE)
    parser.add_argument("--out", type=Path, default=calibration_file())
    parser.add_argument("--dry-run", action="store_true")
    chosen = parser.parse_args()
    rows = [row for path in chosen.rows for row in rows_of(path)] or held_out_rows(chosen.data)
    judge = uncalibrated_judge()
    names = ", ".join(path.name for path in chosen.rows) or "rows kept out of training"
    source = f"{names} (sha256 {sha256(repr(rows).encode()).hexdigest()[:12]})"
    curve = scored(judge, [row for row in rows if is_for_the_curve(row.claim)])
    tested = scored(judge, [row for row in rows if not is_for_the_curve(row.claim) and passes_rules(row)])
    made, found = calibrate(
        judge.id, curve, tested, source=source, risk=chosen.risk, confidence=chosen.confidence
    )  # fmt: skip
    print(told(made, found))
    if not chosen.dry_run:
        save(made, chosen.out)
        print(f"written: {chosen.out}")
        if made.threshold != CALIBRATED_SUPPORT_THRESHOLD:
            print(f"set in rag/settings.py: CALIBRATED_SUPPORT_THRESHOLD = {made.threshold}")


if __name__ == "__main__":
    main()
