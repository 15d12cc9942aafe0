"""Released claims: unsupported by rule, doubtful, and what a person read.

Unsupported, by rule: a figure in no quote, or a quote that is not on its page. Doubtful: a claim whose content words its
quotes do not all hold, and every claim released for a question that the documents do not answer. A reading
({"id", "claim", "verdict", "by", "note"}, one a line) decides a doubtful claim; it cannot clear one that a rule condemns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from qa_lib.numbers import stated, unquoted
from qa_lib.questions import Asked
from rag.datatypes import Record
from rag.verify.judges import containment

ReadingVerdict = Literal["supported", "unsupported", "answers_other_question"]
State = Literal["unsupported", "doubtful", "supported", "answers_other_question"]
IsVerbatim = Callable[[str, int, str], bool | None]


class Judged(NamedTuple):
    """One released claim."""

    id: str
    question: str
    claim: str
    quotes: tuple[str, ...]
    must_not: tuple[str, ...]
    state: State
    reason: str


def judge_released(
    questions: Sequence[Asked],
    records: Mapping[str, Record],
    readings: Mapping[tuple[str, str], ReadingVerdict],
    *,
    is_verbatim: IsVerbatim | None = None,
) -> list[Judged]:
    """Every released claim of these questions, in order."""
    return [
        _judged(asked, claim.text, claim.quotes, readings, is_verbatim)
        for asked in questions
        if asked.id in records
        for claim in records[asked.id].claims
    ]


def _judged(asked, claim, quotes, readings, is_verbatim) -> Judged:  # type: ignore[no-untyped-def]
    texts = tuple(f"{quote.header_text} {quote.text}".strip() for quote in quotes)
    state, reason = _state(asked, claim, quotes, texts, is_verbatim)
    if state == "doubtful":
        state = readings.get((asked.id, claim), state)
    return Judged(asked.id, asked.question, claim, texts, asked.must_not, state, reason)


def _state(asked, claim, quotes, texts, is_verbatim) -> tuple[State, str]:  # type: ignore[no-untyped-def]
    said = stated(claim)
    stray = unquoted(said, texts)
    if stray:
        return "unsupported", f"figures in no quote: {', '.join(stray)}"
    if is_verbatim and any(is_verbatim(q.document, q.page, q.text) is False for q in quotes):
        return "unsupported", "a quote is not on its page"
    held = containment([*texts, *(" ".join(q.section) for q in quotes)], said)
    if held < 1:
        return "doubtful", f"quotes and headings hold {held:.0%} of the content words"
    if not asked.answerable:
        return "doubtful", "the documents do not answer this question"
    return "supported", ""


def load_readings(paths: Sequence[Path]) -> dict[tuple[str, str], ReadingVerdict]:
    """By question id and claim; a later reading replaces an earlier. Raises ValueError naming file and line."""
    found: dict[tuple[str, str], ReadingVerdict] = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                key, verdict, _by = (row["id"], row["claim"]), row["verdict"], row["by"]
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(
                    f"{path}, line {number}: {error!r}; expected id, claim, verdict, by"
                ) from error
            if verdict not in get_args(ReadingVerdict):
                raise ValueError(
                    f"{path}, line {number}: verdict {verdict!r}; expected one of {get_args(ReadingVerdict)}"
                )
            found[key] = verdict
    return found
