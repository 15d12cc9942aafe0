"""The question file: one JSON object a line, in the format of guideline_qa."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Gold:
    """One place that holds (a part of) the answer. Places of the same part are alternatives."""

    document: str
    page: int
    part: int = 1


@dataclass(frozen=True)
class Asked:
    id: str
    question: str
    kind: str
    answerable: bool
    expected: str
    gold: tuple[Gold, ...]
    numbers: tuple[str, ...]
    must_not: tuple[str, ...] = ()
    """What a right answer does not say."""


def load_questions(path: Path) -> list[Asked]:
    """Raises ValueError naming file and line for a line that is not a question."""
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                questions.append(_asked(json.loads(line), number))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: {error!r}") from error
    return questions


def _asked(row: dict[str, object], number: int) -> Asked:
    gold = tuple(
        Gold(str(place["doc"]), int(place["page"]), int(place.get("part") or 1))
        for place in row.get("gold", [])  # type: ignore[attr-defined]
    )
    answerable = bool(row.get("answerable", bool(gold)))
    return Asked(
        id=str(row.get("id", f"line-{number}")),
        question=str(row["question"]),
        kind=str(row.get("kind", "")),
        answerable=answerable,
        expected=str(row.get("expected", "answer" if answerable else "abstain")),
        gold=gold,
        numbers=tuple(map(str, row.get("numbers", []))),  # type: ignore[call-overload]
        must_not=tuple(map(str, row.get("must_not", []))),  # type: ignore[call-overload]
    )
