"""Run by test_kill.py: ingests that are killed at random moments, each followed by a look at the index.

Prints one JSON line: how many were killed while working, and what was wrong (nothing, it is hoped).
Children are forked from a process that has never searched, so that no thread of a library is lost.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from tiny import HashEncoder, ParagraphParser, parse_one

from rag.datatypes import Parsed
from rag.index.build import update_index
from rag.index.open import open_index
from rag.settings import Settings
from rag.store import passage_text

SETTINGS = Settings()
OLD = 4
"""Exit code of a check that found the old version."""


def write_sources(folder: Path, version: int) -> list[Path]:
    """Eight files: one changes with every version, one comes and goes."""
    folder.mkdir(exist_ok=True)
    for number in range(7):
        marker = version if number == 3 else 0
        lines = [f"file{number}paragraph{line}version{marker} alike" for line in range(40)]
        (folder / f"{number}.txt").write_text("\n".join(lines))
    extra = folder / "7.txt"
    extra.write_text(f"only in odd versions {version}" if version % 2 else " ")
    return sorted(folder.iterdir())


def ingest(index: Path, files: list[Path]) -> None:
    update_index(index, files, parse=ParagraphParser(), encoder=HashEncoder(), settings=SETTINGS)


def expected(files: list[Path]) -> list[str]:
    parsed = [found for found in map(parse_one, files) if isinstance(found, Parsed)]
    return [passage.text for one in parsed for passage in one.passages]


def check(index: Path, old: list[str] | None, new: list[str]) -> None:
    """Raise unless the index is complete and one of the two; leave with OLD when it is the old one."""
    encoder = HashEncoder()
    opened = open_index(index, encoder=encoder, settings=SETTINGS)
    passages = opened.corpus.passages(range(len(opened.corpus)))
    titles = [opened.corpus.document(passage.document_id).title for passage in passages]
    texts = [passage_text(title, passage) for title, passage in zip(titles, passages, strict=True)]
    rows = np.arange(len(texts))
    held = [passage.text for passage in passages]
    assert held in (old, new), "neither the old nor the new version"
    assert np.array_equal(opened.vectors.search(encoder.encode(texts), 1).rows[:, 0], rows), "vectors differ"
    assert np.array_equal(opened.lexical.search(held, 1).rows[:, 0], rows), "terms differ"
    if held != new:
        os._exit(OLD)


def in_child(work: Callable[[], None]) -> int:
    """Fork; gives the child's process id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the child must not return into the parent's code
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1)


def main(folder: Path, kills: int, seed: int) -> None:
    """Until so many ingests died at work; the guess of how long one takes follows the machine's load."""
    chance = random.Random(seed)
    index, sources = folder / "index", folder / "sources"
    duration, killed, wrong = 0.0, 0, []
    outcomes = {"old": 0, "new": 0}
    held: list[str] | None = None
    version = -1
    while killed < kills and version < 6 * kills:
        version += 1
        files = write_sources(sources, version)
        new = expected(files)
        started = time.perf_counter()
        child = in_child(partial(ingest, index, files))
        if version:
            time.sleep(chance.uniform(0, duration * 1.2))
            os.kill(child, signal.SIGKILL)
        died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        killed += died
        duration = duration * (1.05 if died else 0.8) if version else time.perf_counter() - started
        code = os.waitstatus_to_exitcode(os.waitpid(in_child(partial(check, index, held, new)), 0)[1])
        if code not in (0, OLD):
            wrong.append(f"round {version}")
        outcomes["old" if code == OLD else "new"] += 1
        held = held if code == OLD else new
    ended = os.waitpid(in_child(partial(ingest, index, files)), 0)[1]
    leftovers = len(list(index.glob("generation-*"))) - 1
    sys.stdout.write(
        json.dumps(
            {
                "killed": killed,
                "rounds": version,
                "wrong": wrong,
                "ended": ended,
                "leftovers": leftovers,
                **outcomes,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
