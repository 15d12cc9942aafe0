"""A file of questions to a file of Records, one a line, going on where an earlier run stopped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from rag.datatypes import Ids, Record
from rag.errors import UsageError

_RECORD_START = b'{"version":1,'


class Question(NamedTuple):
    id: str
    text: str


class Asker(Protocol):
    """What ``rag.wiring.Pipeline`` offers."""

    def ask(self, question: str) -> Record: ...

    def identity(self) -> Ids: ...


def read_questions(path: Path) -> list[Question]:
    """Lines of ``{"question": …, "id": …}``; without an id the line number is the id.

    Raises UsageError naming the line for anything else, and for an id that comes twice.
    """
    if not path.is_file():
        raise UsageError(f"There is no question file {path}.")
    lines = path.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    questions = [_question(path, n, line) for n, line in enumerate(lines, start=1) if line.strip()]
    twice = [key for key, count in Counter(q.id for q in questions).items() if count > 1]
    if twice:
        raise UsageError(f"{path}: the id {twice[0]!r} comes more than once; ids must differ.")
    return questions


def _question(path: Path, number: int, line: str) -> Question:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{path}, line {number}: not JSON ({error}).") from error
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise UsageError(f'{path}, line {number}: expected an object with a text "question".')
    return Question(id=str(row.get("id", number)), text=row["question"])


def answer_all(
    pipeline: Asker,
    questions: Sequence[Question],
    out: Path,
    *,
    on_step: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> dict[str, int]:
    """Ask what ``out`` does not hold yet; each Record is on disk before the next question is asked.

    Returns how many Records of each status the file then holds. Raises UsageError when ``out`` holds
    Records made with other models, settings or documents.
    """
    done = _finished(out, pipeline, questions)
    with out.open("a", encoding="utf-8") as file:
        for number, question in enumerate(questions):
            on_step("questions", number, len(questions))
            if question.id not in done:
                record = pipeline.ask(question.text).model_copy(update={"id": question.id})
                file.write(record.model_dump_json() + "\n")
                file.flush()
                done[question.id] = record.status
    on_step("questions", len(questions), len(questions))
    return dict(Counter(done.values()))


def _finished(out: Path, pipeline: Asker, questions: Sequence[Question]) -> dict[str, str]:
    """Status by id of the Records in ``out``; a last line that a killed run left half-written is cut off."""
    if not out.exists():
        return {}
    content = out.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    records = [_record(out, number, line) for number, line in enumerate(whole.splitlines(), start=1)]
    if whole != content and not (records or content.startswith(_RECORD_START)):
        raise UsageError(f"{out} does not hold Records; give another --out.")
    ids = pipeline.identity()
    asked = {question.id: question.text for question in questions}
    for record in records:
        if asked.get(record.id, record.question) != record.question:
            raise UsageError(
                f"{out} answers another question under the id {record.id!r}; give another --out."
            )
        if record.ids != ids:
            raise UsageError(
                f"{out} holds answers made with other models, settings or documents ({_differences(record.ids, ids)}). "
                "Give another --out, or remove the file."
            )
    if whole != content:
        out.write_bytes(whole)
    return {record.id: str(record.status) for record in records}


def _record(out: Path, number: int, line: bytes) -> Record:
    try:
        return Record.model_validate_json(line)
    except ValidationError as error:
        raise UsageError(f"{out}, line {number} is not a Record; give another --out.") from error


def _differences(old: Ids, new: Ids) -> str:
    before, now = old.model_dump(), new.model_dump()
    return ", ".join(
        f"{name}: {before[name]} then, {now[name]} now" for name in before if before[name] != now[name]
    )
