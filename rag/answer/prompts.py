"""Prompt files: read, checked and filled in. Inserted text is data and cannot pose as the prompt's own markup.

A file is a fixed part, a line ``=== variable ===``, a part with ``{{names}}``, and a line ``=== end ===``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from rag.errors import UsageError
from rag.ports import Prompt
from rag.resources import resource

Task = Literal["answer", "judge", "relevant"]

VARIABLES: Mapping[Task, frozenset[str]] = {
    "answer": frozenset({"evidence", "question", "failures"}),
    "judge": frozenset({"evidence", "claim"}),
    "relevant": frozenset({"question", "sentence", "context"}),
}
_VARIABLE_MARK = "=== variable ===\n"
_END_MARK = "=== end ==="
_PLACE = re.compile(r"\{\{(\w*)\}\}")
# Control tokens of the model families in use, and the headings of our own completion prompts.
_MARKUP = re.compile(
    r"<(?=\|)|<(?=/?s>)|<(?=<SYS>>)|<(?=</SYS>>)|<(?=(?:unk|pad|bos|eos|start_of_turn|end_of_turn|end_of_text)>)"
    r"|\[(?=/?INST\])|#(?=##)|\{(?=\{)",
    re.IGNORECASE,
)


class PromptFile(NamedTuple):
    """A prompt of one task for one model family."""

    task: Task
    family: str
    fixed: str
    variable: str
    hash: str
    """First 12 hex digits of the file's SHA-256."""

    @property
    def id(self) -> str:
        """For the Record."""
        return f"{self.task}.{self.family}@{self.hash}"


@cache
def load_prompt(task: Task, family: str) -> PromptFile:
    """Read ``prompts/<task>.<family>.txt``. Raises UsageError when it is missing or malformed."""
    name = f"{task}.{family}.txt"
    try:
        text = resource(f"prompts/{name}").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"no prompt for task {task!r} and model family {family!r}: {error}") from error
    return parse_prompt(task, family, text)


def parse_prompt(task: Task, family: str, text: str) -> PromptFile:
    """Raises UsageError unless both marks stand once and the variables are exactly the task's."""
    if text.count(_VARIABLE_MARK) != 1 or text.count(_END_MARK) != 1:
        raise UsageError(
            f"prompt {task}.{family} needs the lines {_VARIABLE_MARK.strip()!r} and {_END_MARK!r} once each"
        )
    fixed, rest = text.split(_VARIABLE_MARK)
    variable = rest.split(_END_MARK)[0]
    found = set(_PLACE.findall(variable))
    if found != VARIABLES[task] or _PLACE.search(fixed):
        raise UsageError(
            f"prompt {task}.{family} has the variables {sorted(found)}; "
            f"it needs {sorted(VARIABLES[task])}, all below the variable mark"
        )
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return PromptFile(task, family, fixed, variable, digest)


def render(file: PromptFile, values: Mapping[str, str]) -> Prompt:
    """Fill in ``values`` as they are: pass untrusted text through ``as_data`` first. Raises UsageError."""
    if set(values) != VARIABLES[file.task]:
        raise UsageError(
            f"prompt {file.task}.{file.family} needs {sorted(VARIABLES[file.task])}, given {sorted(values)}"
        )
    return Prompt(file.fixed, _PLACE.sub(lambda place: values[place[1]], file.variable))


def as_data(text: str) -> str:
    """One line without control tokens: ``<|im_end|>`` becomes ``< |im_end|>``.

    Only what the model reads is changed; quotes are copied from the document.
    """
    return _MARKUP.sub(lambda found: found[0] + " ", " ".join(text.split()))


def judge_prompt(evidence: Sequence[str], claim: str, family: str) -> Prompt:
    """Ends where "yes" or "no" comes next: does this evidence support this claim?"""
    joined = " ".join(as_data(sentence) for sentence in evidence)
    return render(load_prompt("judge", family), {"evidence": joined, "claim": as_data(claim)})


def relevance_prompt(question: str, sentence: str, context: str, family: str) -> Prompt:
    """Ends where "yes" or "no" comes next: does this sentence answer this question?

    ``context`` is what the sentence stands under (title, section, table header); "" for none.
    """
    values = {
        "question": as_data(question),
        "sentence": as_data(sentence),
        "context": f"({as_data(context)}) " if context.strip() else "",
    }
    return render(load_prompt("relevant", family), values)
