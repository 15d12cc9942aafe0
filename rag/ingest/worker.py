"""A parser process: jobs come and results go as JSON over one pipe. Started as ``python -m``.

It is a process of its own program, not a fork, because the parent may have large models loaded.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from rag.datatypes import Skipped
from rag.ingest.content import ParsedFile
from rag.ingest.document import parse_file
from rag.ingest.language import known_trigrams
from rag.settings import IngestSettings

_GRACE_SECONDS = 10.0
"""The parent ends a slow worker first; this alarm is for a worker whose parent is gone."""


def main(descriptor: int) -> None:
    connection = Connection(descriptor)
    guard = Guard()
    sys.addaudithook(guard)
    known_trigrams("en")  # loads langdetect's profiles, which no file's time limit should pay for
    connection.send_bytes(b"ready")
    while True:
        try:
            job = json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        settings = IngestSettings.model_validate(job["settings"])
        _limit(settings)
        guard.may_recognise = settings.ocr
        answer = run(Path(job["path"]), settings, job["readers"], job["password"])
        connection.send_bytes(answer)


class Guard:
    """An audit hook: a parser process starts no program and opens no connection, whatever a file makes a library do."""

    forbidden = frozenset([
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
        "socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request",
    ])  # fmt: skip

    def __init__(self) -> None:
        self.may_recognise = False
        """Whether tesseract may be started: text recognition is on."""

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in self.forbidden:
            return
        if event == "subprocess.Popen" and self.may_recognise and Path(str(arguments[0])).name == "tesseract":
            return
        raise PermissionError(f"a parser process may not do this: {event}")


def run(path: Path, settings: IngestSettings, readers: dict[str, str], password: str | None = None) -> bytes:
    """The file's result as JSON; its first character tells which type it is."""
    try:
        result = parse_file(path, settings, readers=readers, password=password)
        return (
            b"P" + result.model_dump_json().encode() if isinstance(result, ParsedFile) else _skipped(result)
        )
    except MemoryError:
        pass
    limit = f"needs more than {settings.megabytes_per_worker:.0f} MB of memory"
    return _skipped(Skipped(path=str(path), reason=limit, category="too_large"))


def _skipped(skipped: Skipped) -> bytes:
    return b"S" + skipped.model_dump_json().encode()


def _limit(settings: IngestSettings) -> None:
    """Address space, no core dumps, and an end to a job whose parent is gone."""
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        limit = _address_space() + int(settings.megabytes_per_worker * 2**20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, settings.seconds_per_file + _GRACE_SECONDS)


def _address_space() -> int:
    """Bytes this process has mapped."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main(int(sys.argv[1]))
