"""How well the checks tell supported claims from others, and whether they see planted damage.

    .venv/bin/python eval/verification.py                      # rules on damaged guideline sentences
    .venv/bin/python eval/verification.py --judge similarity   # and the judge on claims/dev.jsonl
    .venv/bin/python eval/verification.py --judge blended --rows 20
    .venv/bin/python eval/verification.py --fit                # the weights of the similarity judge

Damage: a sentence of a guideline is the quote; the claim is the same sentence with one thing changed
by rule. Undamaged: the sentence itself, and rewritings that keep the sense.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.answer.prompts import judge_prompt
from rag.backends.sentence_transformers import SentenceTransformerEncoder
from rag.datatypes import Quote
from rag.ports import Check, CheckInput, Encoder, Judge, Judgement
from rag.profiles import load_profile
from rag.settings import VerificationSettings
from rag.verify.judges import BlendedJudge, SimilarityJudge, WriterJudge
from rag.verify.quantities import read
from rag.verify.verifier import make_checks
from rag.vocabulary import drug_names
from rag.wiring import default_encoder, load_writer

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
RULES = ("numbers", "negation", "drugs")
Change = Callable[[str, random.Random], str | None]


# --- sentences ------------------------------------------------------------------------------------


def sentences(folder: Path) -> list[str]:
    """Sentences of 40 to 400 characters of the English guideline PDFs, in order, without repeats."""
    found: dict[str, None] = {}
    for path in sorted((*folder.glob("us_gov/*.pdf"), *folder.glob("who/*.pdf"))):
        text = subprocess.run(
            ["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
        text = re.sub(r"\n\d{1,4}(?=\n)", "", text).replace("-\n", "-").replace("\n", " ")
        for sentence in re.split(r"(?<=[a-z)\]%]\.)\s+(?=[A-Z])", text):
            if 40 <= len(sentence) <= 400 and sentence[0].isupper() and sentence.endswith("."):
                found.setdefault(re.sub(r"\s+", " ", sentence))
    return list(found)


# --- damage ---------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\w.,/(\[–-])\d+(?:\.\d+)?(?![\w.,/)\]–-]*[\d\])])")
_UNITS = {"mg": "g", "mcg": "mg", "µg": "mg", "g": "mg", "ml": "l", "mL": "mg", "kg": "g", "mmHg": "cmH2O", "days": "weeks", "weeks": "days",
          "day": "week", "week": "month", "months": "weeks", "month": "week", "hours": "minutes", "minutes": "hours", "hour": "minute",
          "years": "months", "year": "month", "%": " mg", "cm": "mm", "mm": "cm", "MME": "mg", "MME/day": "MME/dose", "mg/kg": "mg", "mg/day": "mg",
          "mg/dL": "mmol/L"}  # fmt: skip
_UNIT = re.compile(
    r"(?<=\d)( ?)(" + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True)) + r")(?![\w/])"
)
_SIGNS = {"≥": "<", ">": "<", "≤": ">", "<": ">", "at least ": "at most ", "more than ": "less than ", "less than ": "more than ",
          "greater than ": "less than ", "up to ": "at least ", "no more than ": "at least ", "fewer than ": "more than "}  # fmt: skip
_SIGN = re.compile(
    r"(?<![a-z])("
    + "|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))
    + r")(?=\d|(?:two|three|four|five|six|seven|ten)\b)"
)
_VERBS = re.compile(r"\b(is|are|was|were|should|can|may|must|does|do)\b(?! not)(?=(?: \w+)? [a-z]+)")
_NOT = re.compile(
    r"\b(is|are|was|were|should|can|may|must|does|do)( not)\b(?! (?:only|just|limited|exceed|more|less))"
)
_DRUGS = ("amlodipine", "warfarin", "metformin", "tramadol", "isoniazid", "atorvastatin")


def _change(pattern: re.Pattern[str], put: Callable[[re.Match[str], random.Random], str]) -> Change:
    def change(text: str, chance: random.Random) -> str | None:
        matches = list(pattern.finditer(text))
        if not matches:
            return None
        match = chance.choice(matches)
        return text[: match.start()] + put(match, chance) + text[match.end() :]

    return change


def _other_number(match: re.Match[str], chance: random.Random) -> str:
    text = match.group()
    at = chance.choice([i for i, c in enumerate(text) if c.isdigit()])
    return text[:at] + chance.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]


def _moved_point(match: re.Match[str], chance: random.Random) -> str:
    value = float(match.group())
    return f"{value * 10:g}" if chance.random() < 0.5 or value == 0 else f"{value / 10:g}"


def _other_drug(text: str, chance: random.Random) -> str | None:
    mentions = drug_names(text)
    if not mentions:
        return None
    mention = chance.choice(mentions)
    other = chance.choice([d for d in _DRUGS if d not in text.lower()])
    return text[: mention.start] + other + text[mention.end :]


DAMAGE: dict[str, Change] = {
    "number changed": _change(_NUMBER, _other_number),
    "decimal moved": _change(_NUMBER, _moved_point),
    "unit swapped": _change(_UNIT, lambda m, _: m.group(1) + _UNITS[m.group(2)]),
    "comparator turned": _change(_SIGN, lambda m, _: _SIGNS[m.group(1)]),
    "negation added": _change(_VERBS, lambda m, _: f"{m.group()} not"),
    "negation removed": _change(_NOT, lambda m, _: m.group(1)),
    "drug swapped": _other_drug,
}

_LIGHT: tuple[tuple[str, str], ...] = (
    (r"≥ ?(?=\d)", "at least "), (r"≤ ?(?=\d)", "at most "), (r"(?<=\d)–(?=\d)", " to "), (r"(?<=\d)-(?=\d)", "–"), (r"(?<=\d) to (?=\d)", "-"),
    (r"\btwice (?:a day|daily)\b", "bid"), (r"(?<=\d) ?%", " percent"), (r"(?<=\d) mg\b", "mg"), (r"(?<=\d) ?mm ?Hg\b", " mm Hg"),
    (r"\bmL\b", "ml"), (r"\bfour weeks\b", "4 weeks"), (r"\bmore than (?=\d)", ">"), (r"\bless than (?=\d)", "<"), (r"/day\b", " per day"),
    (r"\bshould not\b", "should never"), (r"\bcannot\b", "can not"), (r"\bdo not\b", "don't"), (r"\bis not\b", "isn't"),
)  # fmt: skip


def _light(text: str, chance: random.Random) -> str | None:
    """Other ways of writing the same; None where no rule applies."""
    changed = text
    for pattern, put in _LIGHT:
        changed = re.sub(pattern, put, changed)
    return changed if changed != text else None


def _without_last(text: str, _: random.Random) -> str | None:
    kept = text.rsplit(", ", 1)[0]
    return f"{kept}." if kept != text and kept.count("(") == kept.count(")") else None


UNDAMAGED: dict[str, Change] = {
    "identity": lambda text, _: text,
    "first letter small": lambda text, _: text[0].lower() + text[1:],
    "capitals": lambda text, _: text.upper(),
    "other signs and units": _light,
    "without the last clause": _without_last,
}


def damage_report(checks: Sequence[Check], texts: Sequence[str], *, seed: int, most: int) -> Iterator[str]:
    """One line per kind: how many were refused; with some of the wrong ones."""
    for title, changes in (("damage caught", DAMAGE), ("undamaged refused", UNDAMAGED)):
        yield f"\n{title}"
        for kind, change in changes.items():
            yield from _kind_report(checks, texts, kind, change, want=changes is DAMAGE, seed=seed, most=most)


def _kind_report(
    checks: Sequence[Check],
    texts: Sequence[str],
    kind: str,
    change: Change,
    *,
    want: bool,
    seed: int,
    most: int,
) -> Iterator[str]:
    chance = random.Random(seed)
    order = list(texts)
    chance.shuffle(order)
    refused, wrong, by_check, begun = [], [], Counter[str](), time.process_time()
    for text in order:
        claim = change(text, chance)
        if claim is None or (claim == text and kind != "identity"):
            continue
        faults = [
            (check.name, result.detail)
            for check in checks
            if not (result := check(case(claim, [text]))).passed
        ]
        by_check.update(name for name, _ in faults)
        refused.append(bool(faults))
        if bool(faults) != want:
            wrong.append(f"      {claim!r}\n        {text!r}\n        {faults}")
        if len(refused) >= most:
            break
    spent = (time.process_time() - begun) / max(1, len(refused)) * 1000
    yield f"  {kind:26s} {sum(refused):5d} of {len(refused):5d}  {100 * np.mean(refused or [0]):6.2f} %  {spent:.1f} ms  {dict(by_check)}"
    yield from wrong[:SHOW]


SHOW = 0


def case(claim: str, evidence: Sequence[str], question: str = "") -> CheckInput:
    """A check's input with quotes made of plain sentences."""
    quotes = tuple(
        Quote(document="", document_id="", title="", page=1, section=(), start=0, end=len(text), text=text)
        for text in evidence
    )
    return CheckInput(question, claim, quotes, (), _NoDocuments())


class _NoDocuments:
    def document(self, document_id: str) -> Any:
        raise KeyError(document_id)


# --- claims ---------------------------------------------------------------------------------------


def rows_of(path: Path, *, per_dataset: int) -> dict[str, list[dict[str, Any]]]:
    """The first rows of each dataset of a claims file."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if len(found[row["dataset"]]) < per_dataset:
                found[row["dataset"]].append(row)
    return dict(found)


def cited(row: dict[str, Any]) -> list[str]:
    """The marked sentences; where none are marked, the first five: what a writer could have cited."""
    marked = sorted(
        {i for group in row["rationales"] for i in (group if isinstance(group, list) else [group])}
    )
    return [row["evidence"][i] for i in marked if i < len(row["evidence"])] or row["evidence"][:5]


def claims_report(
    judge: Judge, rules: Sequence[Check], path: Path, *, per_dataset: int, threshold: float
) -> Iterator[str]:
    """Balanced accuracy of "supported" per dataset: judge alone, rules alone, both."""
    for dataset, rows in rows_of(path, per_dataset=per_dataset).items():
        truth = np.array([row["label"] == "SUPPORTS" for row in rows])
        scores = np.array(
            [j.supports for j in judge.judge([cited(row) for row in rows], [row["claim"] for row in rows])]
        )
        ruled = np.array(
            [all(check(case(row["claim"], cited(row))).passed for check in rules) for row in rows]
        )
        yield (
            f"  {dataset:12s} n={len(rows):4d}  judge {balanced(scores >= threshold, truth):.3f} (AUC {auc(scores, truth):.3f})"
            f"  rules {balanced(ruled, truth):.3f}  both {balanced(ruled & (scores >= threshold), truth):.3f}"
            f"  supported that pass both {np.mean((ruled & (scores >= threshold))[truth]):.3f}"
        )


def balanced(said: np.ndarray, truth: np.ndarray) -> float:
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def auc(scores: np.ndarray, truth: np.ndarray) -> float:
    yes, no = scores[truth][:, None], scores[~truth][None]
    return float((yes > no).mean() + (yes == no).mean() / 2)


def fit(encoder: Encoder, path: Path) -> Iterator[str]:
    """Logistic regression of the similarity judge on SciFact, balanced, with mismatched pairs among the negatives."""
    rows = list(rows_of(path, per_dataset=10_000)["scifact"])
    judge = SimilarityJudge(encoder)
    own = judge.features([cited(row) for row in rows], [row["claim"] for row in rows])
    other = judge.features([cited(row) for row in rows[1:]], [row["claim"] for row in rows[:-1]])
    truth = np.array([row["label"] == "SUPPORTS" for row in rows] + [False] * len(other))
    yield f"bias, similarity, containment: {logistic(np.array([*own, *other]), truth).round(2)}"


def logistic(features: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Newton's method; both classes weigh the same."""
    design = np.c_[np.ones(len(features)), features]
    weights = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    solution = np.zeros(design.shape[1])
    for _ in range(50):
        said = 1 / (1 + np.exp(-design @ solution))
        slope = design.T @ (weights * (said - truth)) + 1e-4 * solution
        curve = (design * (weights * said * (1 - said))[:, None]).T @ design + 1e-4 * np.eye(len(solution))
        solution = solution - np.linalg.solve(curve, slope)
    return solution


def main() -> None:
    global SHOW
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--judge", choices=("none", "similarity", "writer", "blended"), default="none")
    parser.add_argument("--rows", type=int, default=200, help="claims per dataset")
    parser.add_argument("--most", type=int, default=1000, help="sentences per kind of damage")
    parser.add_argument(
        "--encoder", type=Path, help="folder of a sentence-transformers model; default: the fetched one"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="wrong cases to print per kind")
    parser.add_argument("--fit", action="store_true", help="fit the similarity judge on claims/train")
    chosen = parser.parse_args()
    SHOW = chosen.show
    settings = VerificationSettings()
    checks = make_checks(_Unused(), settings)
    rules = [checks[name] for name in RULES]  # type: ignore[index]
    if chosen.fit:
        print(*fit(_encoder(chosen.encoder), SHARED / "claims" / "train.jsonl"), sep="\n")
        return
    texts = sentences(SHARED / "guidelines")
    print(f"{len(texts)} guideline sentences, {sum(bool(read(t)) for t in texts)} with quantities")
    for line in damage_report(rules, texts, seed=chosen.seed, most=chosen.most):
        print(line)
    if chosen.judge != "none":
        judge = _judge(chosen.judge, chosen.encoder)
        print(f"\nclaims/dev, {judge.id}")
        path = SHARED / "claims" / "dev.jsonl"
        for line in claims_report(
            judge, rules, path, per_dataset=chosen.rows, threshold=settings.support_threshold
        ):
            print(line)


class _Unused:
    id = "unused"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        raise NotImplementedError


def _encoder(folder: Path | None) -> Encoder:
    if folder is None:
        return default_encoder()
    return SentenceTransformerEncoder(folder)


def _judge(kind: str, folder: Path | None) -> Judge:
    similarity = SimilarityJudge(_encoder(folder))
    if kind == "similarity":
        return similarity
    profile = load_profile("demo")
    writer = WriterJudge(
        load_writer(profile), lambda evidence, claim: judge_prompt(evidence, claim, profile.family)
    )
    return writer if kind == "writer" else BlendedJudge(similarity, writer)


if __name__ == "__main__":
    main()
