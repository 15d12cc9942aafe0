"""What is to be done, as commands that can be pasted, and the same advice for many documents in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import NamedTuple, Protocol

_COMMAND = re.compile(r"`rag (corpus|index) ([^`]*)`")
_ELSEWHERE = ("init", "import", "schema")
"""What works on no corpus, or on one that it names itself."""
_NAMES = 3
"""So many documents of a group are named."""


class Told(Protocol):
    """What a fault says; fits ``check.Fault``."""

    @property
    def severity(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def found(self) -> str: ...
    @property
    def do(self) -> str: ...


def pasteable(text: str, folder: Path, *, document: str = "", retractions: Path | None = None) -> str:
    """The commands of an advice with the corpus, the document and the list that are meant.

    Without ``--corpus`` for the folder one stands in. What only a reader can fill in (FIELD=VALUE) stays.
    """

    def filled(match: re.Match[str]) -> str:
        command = match[2]
        if document:
            command = re.sub(r"(?<=^draft )ID$", quote(document), command)
        if retractions is not None:
            command = command.replace(" LIST", f" {quote(str(retractions))}")
        if match[1] == "corpus" and command.split(" ")[0] in _ELSEWHERE:
            return match[0]
        option = "--corpus" if match[1] == "corpus" else "--index"
        if option not in command and (folder != Path() or match[1] == "index"):
            command = f"{command} {option} {quote(str(folder))}"
        return f"`rag {match[1]} {command}`"

    return _COMMAND.sub(filled, text)


class Group(NamedTuple):
    """One finding, of one document or of several."""

    severity: str
    documents: tuple[str, ...]
    found: str
    do: str


def grouped(faults: Sequence[Told]) -> Iterator[Group]:
    """The same finding over several documents as one, in the order in which it is met first. Errors stay single.

    Of findings that list something ("not confirmed: title, doi") the list is left out where the lists differ.
    """
    groups: dict[tuple[str, ...], list[Told]] = {}
    for number, fault in enumerate(faults):
        alone = fault.severity == "error" or not fault.document
        kind = (str(number),) if alone else (_finding(fault), _for_any(fault))
        groups.setdefault((fault.severity, *kind), []).append(fault)
    for members in groups.values():
        first, several = members[0], len(members) > 1
        same = len({fault.found for fault in members}) == 1
        yield Group(
            first.severity,
            tuple(fault.document for fault in members if fault.document),
            first.found if same else _finding(first),
            _for_any(first) if several else first.do,
        )


def named(documents: Sequence[str]) -> str:
    """ "37 documents: a, b, c and 34 more"."""
    shown = ", ".join(documents[:_NAMES])
    more = f" and {len(documents) - _NAMES} more" if len(documents) > _NAMES else ""
    return f"{len(documents)} documents: {shown}{more}"


def _finding(fault: Told) -> str:
    return re.sub(r"^(not confirmed|not known): .*", r"\1", fault.found, flags=re.DOTALL)


def _for_any(fault: Told) -> str:
    """The advice with ID in place of the document it names."""
    name = re.compile(rf"(?<![\w.-]){re.escape(fault.document)}(?![\w.-])")
    return re.sub(r"`rag corpus (\w+) [^`]*`", lambda m: _with_id(m[0], name), fault.do)


def _with_id(command: str, name: re.Pattern[str]) -> str:
    """Only behind the name of the command, and not in the path of the corpus."""
    words, option, path = command.partition(" --corpus ")
    head, space, arguments = words.partition(" corpus ")
    act, blank, rest = arguments.partition(" ")
    return f"{head}{space}{act}{blank}{name.sub('ID', rest)}{option}{path}"
