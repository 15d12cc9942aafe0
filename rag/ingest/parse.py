"""Files to documents and passages, in parallel parser processes that may be slow, fail or die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import SimpleQueue
from types import MappingProxyType
from typing import NamedTuple

from rag.datatypes import Parsed, Skipped
from rag.ingest.content import ParsedFile
from rag.ingest.document import READERS
from rag.ingest.passages import CountTokens, passages_of
from rag.ingest.passwords import Passwords, password_for
from rag.settings import IngestSettings

_RESULTS_IN_FLIGHT = 6
"""Results each worker may be ahead of the consumer: bounds memory."""
_START_SECONDS = 60.0

__all__ = ["CountTokens", "FoundFiles", "find_files", "parse_files"]


class FoundFiles(NamedTuple):
    files: tuple[Path, ...]
    """Supported files, without repeats, in the order given; those of a folder by name."""
    skipped: tuple[Skipped, ...]


def find_files(paths: Sequence[Path]) -> FoundFiles:
    """Walk folders (hidden files left out) and sort what is named into supported and not."""
    files: dict[Path, None] = {}
    skipped: dict[str, Skipped] = {}
    for path in paths:
        if not _exists(path):
            skipped[str(path)] = _unreadable(path, _why_missing(path, "there is no such file or folder"))
            continue
        for file in _walk(path):
            if (reason := _unusable(file)) is not None:
                skipped[str(file)] = _unreadable(file, reason)
            elif file.suffix.lower() in READERS:
                files[file.resolve()] = None
            else:
                skipped[str(file)] = _not_supported(file)
    return FoundFiles(tuple(files), tuple(skipped.values()))


def _walk(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for entry in sorted(path.rglob("*")):
        inside = entry.relative_to(path).parts
        if not entry.is_dir() and not any(part.startswith(".") for part in inside):
            yield entry


def _unusable(file: Path) -> str | None:
    """Why a file found in a folder or named cannot be taken in whatever its type."""
    if not _is_text(str(file.absolute())):
        return "the name is not valid UTF-8"
    if not _exists(file):
        return _why_missing(file, "the file is gone")
    return None if file.is_file() else "neither a file nor a folder"


def _exists(path: Path) -> bool:
    """False too when the name is too long or the folder may not be entered."""
    try:
        return path.exists()
    except OSError:
        return False


def _why_missing(path: Path, otherwise: str) -> str:
    """A broken link says where it leads."""
    try:
        return f"the link is broken: there is no {_escaped(str(path.readlink()))}"
    except OSError:
        return otherwise


def _unreadable(path: Path, reason: str) -> Skipped:
    return Skipped(path=_escaped(str(path)), reason=reason, category="unreadable")


def _is_text(name: str) -> bool:
    """A byte that is not UTF-8 stands in a name as a lone surrogate, which no JSON can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _escaped(name: str) -> str:
    """The name with ``\\udcff`` written out for the byte 0xFF."""
    return name.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _not_supported(file: Path) -> Skipped:
    known = ", ".join(sorted(READERS))
    kind = f'files of type "{file.suffix}"' if file.suffix else "files without a suffix"
    return Skipped(
        path=_escaped(str(file)),
        reason=f"{kind} are not supported; supported are {known}",
        category="not_supported",
    )


def parse_files(
    files: Sequence[Path],
    settings: IngestSettings,
    *,
    count_tokens: CountTokens,
    workers: int | None = None,
    on_done: Callable[[Path], None] | None = None,
    readers: Mapping[str, str] = READERS,
    passwords: Passwords = MappingProxyType({}),
) -> Iterator[Parsed | Skipped]:
    """One result for each file, in order.

    Args:
        count_tokens: the encoder's; called in this process, where passages are cut.
        workers: parser processes; all cores when not given.
        on_done: called with each file as its result is handed out.
        readers: suffix -> "module:function" that reads a file of that type.
        passwords: of encrypted files, by file name or pattern; they reach the parser process by its pipe alone.
    """
    count = max(1, min(workers or os.cpu_count() or 1, len(files)))
    for path, result in zip(files, _parsed(files, settings, readers, passwords, count), strict=True):
        if on_done is not None:
            on_done(path)
        if isinstance(result, Skipped):
            yield result
        else:
            yield Parsed(
                document=result.document, passages=passages_of(result, settings, count_tokens=count_tokens)
            )


def _parsed(
    files: Sequence[Path],
    settings: IngestSettings,
    readers: Mapping[str, str],
    passwords: Passwords,
    count: int,
) -> Iterator[ParsedFile | Skipped]:
    slots: SimpleQueue[_Worker] = SimpleQueue()
    made = [_Worker(settings, readers) for _ in range(count)]
    for worker in made:
        slots.put(worker)

    def job(path: Path) -> ParsedFile | Skipped:
        worker = slots.get()
        try:
            return worker.parse(path, password_for(path, passwords))
        finally:
            slots.put(worker)

    waiting: deque[Future[ParsedFile | Skipped]] = deque()
    try:
        with ThreadPoolExecutor(max_workers=count) as pool:
            try:
                for path in files:
                    waiting.append(pool.submit(job, path))
                    if len(waiting) >= count * _RESULTS_IN_FLIGHT:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in made:
                    worker.interrupt()
    finally:  # no thread uses them any more
        for worker in made:
            worker.stop()


class _Worker:
    """One parser process, started when first needed and again after it was ended or died."""

    def __init__(self, settings: IngestSettings, readers: Mapping[str, str]) -> None:
        self._settings = settings
        self._readers = dict(readers)
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._is_over = False

    def interrupt(self) -> None:
        """From another thread: what it is doing ends as if the process had died, and no process is started again."""
        self._is_over = True
        process = self._process
        if process is not None:
            process.kill()

    def parse(self, path: Path, password: str | None = None) -> ParsedFile | Skipped:
        if not _is_text(str(path)):
            return _unreadable(path, "the name is not valid UTF-8")
        try:
            answer = self._ask(path, password)
        except (EOFError, OSError):
            code = self._ended()
            return Skipped(path=str(path), reason=f"the parser process died ({code})", category="crashed")
        if answer is None:
            self.stop()
            limit = self._settings.seconds_per_file
            return Skipped(path=str(path), reason=f"not parsed within {limit:g} seconds", category="timeout")
        kind, body = answer[:1], answer[1:]
        return ParsedFile.model_validate_json(body) if kind == b"P" else Skipped.model_validate_json(body)

    def _ask(self, path: Path, password: str | None) -> bytes | None:
        """The worker's answer, None when it takes too long."""
        connection = self._started()
        job = {"path": str(path), "settings": self._settings.model_dump(), "readers": self._readers,
               "password": password}  # fmt: skip
        connection.send_bytes(json.dumps(job).encode())
        return connection.recv_bytes() if connection.poll(self._settings.seconds_per_file) else None

    def _started(self) -> Connection:
        if self._is_over:
            raise EOFError
        if self._connection is not None:
            return self._connection
        ours, theirs = Pipe()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "rag.ingest.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        theirs.close()
        self._connection = ours
        if self._is_over:  # interrupted while it was started
            self._process.kill()
        if not ours.poll(_START_SECONDS):
            raise EOFError
        ours.recv_bytes()  # "ready": the time limit of a file does not run while the process starts
        return ours

    def _ended(self) -> str:
        """How the process ended, for the reader of the report."""
        code = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(timeout=5)
        self.stop()
        return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None
