"""A file of claims to a file of verdicts, line by line: the command ``rag verify``.

In: ``{"id", "claim", "evidence": [sentences]}`` a line. Out, for each line that is not blank and in the same order:
``{"id", "label", "released", "score", "findings": [{"check", "passed", "detail"}]}``. A line that cannot be read gets a
verdict as well: "NEI", not released, with one failed finding "input" that says why. Only a batch is held in memory.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn, Protocol

from rag.datatypes import ClaimFinding, ClaimToVerify, ClaimVerdict
from rag.errors import UsageError
from rag.verify.claims import BATCH, unjudged

STREAM = "-"
"""As a path: standard input or output."""
FIELDS = ("id", "claim", "evidence")
LINE_BYTES = 4 << 20
"""A longer line is not read."""
_PIECE = 1 << 16
_LOW = (1 << 32) - 1
_BEFORE_THE_JUDGE = {"input", "language"}
"""Checks without which no judge is asked."""


class Claims(Protocol):
    """What ``rag.verify.claims.ClaimVerifier`` offers."""

    def verify(self, items: list[ClaimToVerify]) -> list[ClaimVerdict]: ...


class Unread(NamedTuple):
    """A line that is no claim, and why."""

    id: str | int | None
    reason: str


class Tally:
    """What a run did; filled as it goes."""

    def __init__(self) -> None:
        self.labels: Counter[str] = Counter()
        self.held_back: Counter[str] = Counter()
        """Checks that did not pass, by name."""
        self.ignored: Counter[str] = Counter()
        """Fields of the lines that nobody asked for, by name."""
        self.lines = self.released = self.errors = 0
        """``errors``: lines that no judge was asked about."""
        self.seconds = 0.0

    @property
    def claims_per_second(self) -> float:
        return self.lines / self.seconds if self.seconds > 0 else 0.0

    def count(self, verdict: ClaimVerdict) -> None:
        failed = {finding.check for finding in verdict.findings if not finding.passed}
        self.lines += 1
        self.labels[verdict.label] += 1
        self.released += verdict.released
        self.errors += bool(failed & _BEFORE_THE_JUDGE)
        self.held_back.update(failed - {"second_opinion"})


def verify_file(
    verifier: Claims, given: str, out: str, *, on_step: Callable[[str, int, int], None] | None = None
) -> Tally:
    """Verdicts on the lines of ``given`` into ``out``, which appears complete or not at all; "-" is a stream.

    Raises UsageError: no such file, a folder, an output that cannot be written, or one file for both.
    """
    check_paths(given, out)
    tally, started = Tally(), time.perf_counter()
    total = _line_count(given) if on_step else 0
    with _opened(given) as source, _written(out) as target:
        reader = LineReader(tally)
        for verdict in _verdicts(verifier, reader.read(source)):
            tally.count(verdict)
            target.write(verdict.model_dump_json().encode() + b"\n")
            if on_step and tally.lines % BATCH == 0:
                on_step("claims", tally.lines, total)
        target.flush()
    tally.seconds = time.perf_counter() - started
    return tally


def _verdicts(verifier: Claims, lines: Iterator[ClaimToVerify | Unread]) -> Iterator[ClaimVerdict]:
    batch: list[ClaimToVerify | Unread] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield from _batch(verifier, batch)
            batch = []
    yield from _batch(verifier, batch)


def _batch(verifier: Claims, batch: list[ClaimToVerify | Unread]) -> Iterator[ClaimVerdict]:
    judged = iter(verifier.verify([line for line in batch if isinstance(line, ClaimToVerify)]))
    for line in batch:
        if isinstance(line, ClaimToVerify):
            yield next(judged)
        else:
            yield unjudged(line.id, [ClaimFinding(check="input", passed=False, detail=line.reason)])


# --- lines ----------------------------------------------------------------------------------------------


class LineReader:
    """Lines to claims, or to what is wrong with them; knows the ids it has seen."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        # Hash of each id to line number (above) and hash of the content (low 32 bits) in one number: of a million
        # lines that is the only thing kept.
        self._seen: dict[int, int] = {}

    def read(self, source: IO[bytes]) -> Iterator[ClaimToVerify | Unread]:
        for number, line in enumerate(_lines(source), start=1):
            if line is None:
                yield Unread(None, f"line {number} is longer than {LINE_BYTES >> 20} MiB")
                continue
            line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if line.strip():
                yield self._line(line, number)

    def _line(self, line: bytes, number: int) -> ClaimToVerify | Unread:
        try:
            row = _parsed(line)
        except (ValueError, RecursionError) as error:
            return Unread(None, f"line {number}: {_reason(error)}")
        if not isinstance(row, dict):
            return Unread(
                None, f"line {number}: found {_kind(row)}, expected an object with {_listed(FIELDS)}"
            )
        identity = row.get("id")
        fault = _id_fault(row)
        if fault:
            return Unread(None, f"line {number}: {fault}")
        fault = _fault(row) or self._repeated(row, number)
        if fault:
            return Unread(identity, f"line {number}: {fault}")
        self._tally.ignored.update(name for name in row if name not in FIELDS)
        return ClaimToVerify(id=identity, claim=row["claim"], evidence=tuple(row["evidence"]))

    def _repeated(self, row: dict[str, Any], number: int) -> str:
        """An id may come again with the same content only: another would be taken for the first."""
        content = hash((row["claim"], tuple(row["evidence"]))) & _LOW
        before = self._seen.setdefault(hash((type(row["id"]), row["id"])), number << 32 | content)
        if before & _LOW == content:
            return ""
        return f"the id {_short(row['id'])} was given to another claim in line {before >> 32}"


def _lines(source: IO[bytes]) -> Iterator[bytes | None]:
    """Line by line; None for one that is too long."""
    while line := source.readline(LINE_BYTES):
        if len(line) < LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(_PIECE)
        yield None


def _parsed(line: bytes) -> Any:
    """Raises ValueError for what is no JSON text, RecursionError for what is too deep."""
    return json.loads(
        line.rstrip(b"\r\n").decode("utf-8"),
        parse_int=_whole_number,
        parse_constant=_no_constant,
        object_pairs_hook=_without_repeats,
    )


def _whole_number(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        most = f"{sys.get_int_max_str_digits():,}"
        raise ValueError(
            f"a number has {len(digits.lstrip('-')):,} digits; expected {most} at most"
        ) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = Counter(name for name, _ in pairs)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise ValueError(f"the field {_short(twice[0])} comes twice")
    return dict(pairs)


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 (byte {error.start + 1} of the line)"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _id_fault(row: dict[str, Any]) -> str:
    if "id" not in row or row["id"] is None:
        return f"there is no id; expected {_listed(FIELDS)}"
    identity = row["id"]
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        return f"the id is {_kind(identity)}, expected a text or a whole number"
    if isinstance(identity, str) and not _is_encodable(identity):
        return "the id has half of a character (a lone surrogate)"
    return ""


def _fault(row: dict[str, Any]) -> str:
    absent = [name for name in FIELDS if name not in row]
    if absent:
        others = [_short(name) for name in row if name not in FIELDS][:5]
        found = f"; found {', '.join(others)} instead" if others else ""
        return f"there is no {_listed(absent)}{found}"
    if not isinstance(row["claim"], str):
        return f"the claim is {_kind(row['claim'])}, expected a text"
    evidence = row["evidence"]
    if not isinstance(evidence, list):
        return f"the evidence is {_kind(evidence)}, expected a list of sentences"
    strange = [item for item in evidence if not isinstance(item, str)]
    return f"the evidence holds {_kind(strange[0])}, expected sentences only" if strange else ""


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _kind(value: Any) -> str:
    """For a message; of numbers and of true and false, which."""
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
    if type(value) in names:
        return names[type(value)]
    return _short(value) if value is None or isinstance(value, bool) else f"the number {_short(value)}"


def _short(value: str | float | None) -> str:
    shown = json.dumps(value)
    if len(shown) <= 60:
        return shown
    return f'{shown[:56]}…"' if isinstance(value, str) else f"{shown[:56]}…"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


# --- files ----------------------------------------------------------------------------------------------


def check_paths(given: str, out: str) -> None:
    """Raises UsageError: no such file of claims, a folder, an output that cannot be written, or one file for both."""
    if given != STREAM:
        source = Path(given)
        if source.is_dir() or not source.exists():
            found = "is a folder" if source.is_dir() else "is not there"
            raise UsageError(
                f"The file of claims {given} {found}. Give a .jsonl file, or - for standard input."
            )
    if out == STREAM:
        return
    target = Path(out)
    if target.is_dir() or not target.absolute().parent.is_dir():
        found = "it is a folder" if target.is_dir() else f"there is no folder {target.absolute().parent}"
        raise UsageError(f"The verdicts cannot be written to {out}: {found}.")
    if given != STREAM and target.exists() and target.samefile(given):
        raise UsageError(f"{out} is the file of claims itself. Name another file for the verdicts.")
    _check_writable(out)


def _check_writable(out: str) -> None:
    """Tries it, so that this is known before anything is loaded or judged."""
    target = Path(out).resolve()
    try:
        if _is_special(out):
            if not os.access(out, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        else:
            os.close(_create(_partial(target), target))
            _partial(target).unlink()
    except OSError as error:
        raise UsageError(
            f"The verdicts cannot be written to {out}: {error.strerror}. Expected a file in a folder where new files can "
            "be made; name another one, or - for standard output."
        ) from error


def _line_count(given: str) -> int:
    """Lines of a regular file; 0 for a stream, which can be read only once."""
    if given == STREAM or not Path(given).is_file():
        return 0
    with Path(given).open("rb") as source:
        return sum(piece.count(b"\n") for piece in iter(lambda: source.read(1 << 20), b""))


@contextmanager
def _opened(given: str) -> Iterator[IO[bytes]]:
    if given == STREAM:
        yield sys.stdin.buffer
        return
    with Path(given).open("rb") as source:
        yield source


@contextmanager
def _written(out: str) -> Iterator[IO[bytes]]:
    """The file appears when all of it is written; a device or a pipe is written as it goes."""
    if out == STREAM:
        yield sys.stdout.buffer
        return
    if _is_special(out):
        with Path(out).open("wb") as stream:
            yield stream
        return
    target = Path(out).resolve()
    partial = _partial(target)
    try:
        with open(_create(partial, target), "wb") as stream:
            yield stream
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _is_special(out: str) -> bool:
    """A device or a pipe."""
    return Path(out).exists() and not Path(out).is_file()


def _partial(target: Path) -> Path:
    """What is written first; it takes the name of ``target`` when it is complete."""
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def _create(partial: Path, target: Path) -> int:
    """A descriptor of the new file. Nobody but its owner reads it, or who may read the file that it replaces."""
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    if target.exists():
        os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
    return descriptor
