"""Runs that are killed at random moments, and files that are damaged: what is left of an index.

    python eval/resilience.py [--kills 200] [--damages 50] [--seed 1] [--json FILE]

Kills: ingests, rebuilds, switches and rollbacks end by SIGKILL at a random moment. After each the index must open, hold
exactly the documents of before or of after, pass `rag index verify`, and a reader that was opened before must go on
reading what it opened. Then the run is started again: documents it had parsed and encoded must not be done again.

Damage: each file in turn is deleted, cut short or has one bit flipped. Opening must name the file and what to do, or the
file must be one that is not needed; the generation that is not damaged must open and hold what it held.

Documents are Markdown, read by the real parser (in the process itself), cut by the real rules; the encoder is a stand-in
that hashes words. Children are forked from a process that has never searched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from rag.backends import bm25, faiss
from rag.datatypes import Parsed, Skipped
from rag.errors import IndexFolderError, RagError
from rag.index.build import update_index
from rag.index.check import verify_index
from rag.index.open import open_index
from rag.index.rebuild import rebuild_index, rollback_index, switch_index
from rag.ingest.content import ParsedFile
from rag.ingest.document import READERS, parse_file
from rag.ingest.passages import passages_of
from rag.ports import FloatMatrix
from rag.settings import IndexSettings, Settings
from rag.store import read_manifest

SETTINGS = Settings()
OTHER = Settings(index=IndexSettings(exact_up_to=10))
"""The same documents in another kind of vector index."""
DOCUMENTS, PARAGRAPHS = 8, 12


class WordEncoder:
    """Fits ``ports.Encoder``: the sum of a vector for each word. Says in ``log`` what it encoded."""

    id, dimension, max_tokens = "words", 32, 256

    def __init__(self, log: Path) -> None:
        self._log = log

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        vectors = np.stack([sum(map(_of_word, text.split()), np.zeros(self.dimension)) for text in texts])
        time.sleep(0.002 * len(texts))  # so that a kill finds it at work
        _append(self._log, f"encoded {len(texts)}")
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _of_word(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=WordEncoder.dimension)


def _append(log: Path, line: str) -> None:
    with log.open("a") as stream:
        stream.write(line + "\n")


class Library:
    """A folder of Markdown files, its index, and a log of what was parsed and encoded."""

    def __init__(self, folder: Path) -> None:
        self.sources, self.index, self.log = folder / "sources", folder / "index", folder / "log"
        self.sources.mkdir(parents=True)
        self.encoder = WordEncoder(self.log)

    def write(self, version: int) -> None:
        """Three files change with each version, one comes and goes."""
        for number in range(DOCUMENTS):
            marker = version if number < 3 else 0
            body = "\n\n".join(
                f"Paragraph {line} of note {number}, version {marker}: give drug{number}x{line} twice a day with food."
                for line in range(PARAGRAPHS)
            )
            (self.sources / f"{number}.md").write_text(f"# Note {number}\n\n{body}\n")
        extra = self.sources / "extra.md"
        if version % 2:
            extra.write_text(f"# Extra\n\nThis note is there in version {version} and in no other.\n")
        else:
            extra.unlink(missing_ok=True)

    def parse(self, files: Sequence[Path]) -> Iterator[Parsed | Skipped]:
        for path in files:
            found = parse_file(path, SETTINGS.ingest, readers=READERS)
            if isinstance(found, ParsedFile):
                cut = passages_of(found, SETTINGS.ingest, count_tokens=self.encoder.count_tokens)
                yield Parsed(document=found.document, passages=cut)
                _append(self.log, f"parsed {path.name}")  # it was taken in before the next is asked for
            else:
                yield found

    def ingest(self) -> None:
        files = sorted(self.sources.iterdir())
        update_index(
            self.index, files, parse=self.parse, encoder=self.encoder, settings=self.settings(), prune=True
        )

    def settings(self) -> Settings:
        """Those the index in use was made with."""
        try:
            made_with = read_manifest(self.index).settings_id
        except IndexFolderError:
            return SETTINGS
        return OTHER if made_with == OTHER.index_id else SETTINGS

    def rebuild(self) -> None:
        other = SETTINGS if self.settings() == OTHER else OTHER
        rebuild_index(self.index, parse=self.parse, encoder=self.encoder, settings=other)

    def rebuild_and_switch(self) -> None:
        self.rebuild()
        switch_index(self.index)

    def held(self) -> str:
        """Hash of all passages; raises unless the index opens and vectors and terms are those of its rows."""
        opened = open_index(self.index, encoder=self.encoder)
        rows = np.arange(len(opened.corpus))
        texts = [passage.text for passage in opened.corpus.passages(rows.tolist())]
        if not np.allclose((opened.vectors.at(rows.tolist()) ** 2).sum(axis=1), 1, atol=1e-3):
            raise AssertionError("vectors are not of length 1")
        best = opened.vectors.search(opened.vectors.at(rows.tolist()), 1).scores[:, 0]
        if not np.allclose(best, 1, atol=1e-3):
            raise AssertionError("a vector does not find itself")
        drugs = [word for text in texts for word in text.split() if word.startswith("drug")][:20]
        found = opened.lexical.search(drugs, 1).rows[:, 0]
        if not all(drug in texts[row] for drug, row in zip(drugs, found, strict=True)):
            raise AssertionError("a term does not find its passage")
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()

    def parsed(self) -> Counter[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return Counter(line.split()[1] for line in lines if line.startswith("parsed"))


# children


def in_child(work: Callable[[], object]) -> int:
    """Fork; gives the child's process id. Its exit status says whether ``work`` raised."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the child must not return into the parent's code
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1)


def ended_well(child: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def ask(work: Callable[[], str]) -> str:
    """What ``work`` gives in a child; "" when it raises there."""
    reading, writing = os.pipe()
    child = in_child(lambda: os.write(writing, work().encode()))
    os.close(writing)
    with os.fdopen(reading) as stream:
        answer = stream.read()
    return answer if ended_well(child) else ""


def read_until_told(library: Library, ready: int, go: int) -> None:
    """Open, wait, and read everything that was opened."""
    opened = open_index(library.index, encoder=library.encoder)
    rows = list(range(len(opened.corpus)))
    os.write(ready, b"!")
    os.read(go, 1)
    passages = opened.corpus.passages(rows)
    for passage in passages:
        document = opened.corpus.document(passage.document_id)
        assert document.text[passage.start : passage.end] == passage.text
    assert (opened.vectors.search(opened.vectors.at(rows), 1).scores > 0.99).all()
    assert opened.lexical.search([passages[0].text], 1).rows[0, 0] >= 0


class Reader:
    """A process that has the index open."""

    def __init__(self, library: Library) -> None:
        ready, ready_end = os.pipe()
        go, self._go = os.pipe()
        self._child = in_child(partial(read_until_told, library, ready_end, go))
        os.close(ready_end)
        os.read(ready, 1)
        os.close(ready)
        os.close(go)

    def goes_on(self) -> bool:
        os.write(self._go, b"!")
        os.close(self._go)
        return ended_well(self._child)


# kills

RUNS = ("ingest", "ingest", "ingest", "rebuild_and_switch", "rollback")


def kill(folder: Path, kills: int, chance: random.Random) -> dict[str, object]:
    """Until so many runs were killed at work; the guess of how long one takes follows the machine's load."""
    library = Library(folder)
    library.write(0)
    list(library.parse(sorted(library.sources.iterdir())))  # loads what every child would load again
    assert ended_well(in_child(library.ingest))
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    durations = dict.fromkeys(RUNS, 0.5)
    held = ask(library.held)
    version = 0
    while counts["killed"] < kills and version < 8 * kills:
        version += 1
        run = chance.choice(RUNS)
        if run == "ingest":
            library.write(version)
        work = library.ingest if run == "ingest" else _worker(library, run)
        before = library.parsed()
        reader = Reader(library)
        child = in_child(partial(_quietly, work))
        time.sleep(chance.uniform(0, durations[run] * 1.2))
        os.kill(child, signal.SIGKILL)
        died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        durations[run] *= 1.05 if died else 0.8
        if not died:
            counts["ended before the kill"] += 1
        counts["killed"] += died
        counts[f"killed: {run}"] += died
        after = ask(library.held)
        done = library.parsed() - before
        finished = ended_well(in_child(partial(_quietly, work)))
        again = library.parsed() - before
        new = ask(library.held)
        counts["old state found"] += died and after == held
        counts["new state found"] += died and after != held
        counts["documents parsed before a kill"] += died * sum(done.values())
        repeated = sum(max(0, again[name] - 1) for name in done)
        counts["of these parsed again"] += died * repeated
        checks = {
            "the index does not open": not after or not new,
            "neither the old nor the new documents": after not in (held, new),
            "verify finds a problem": not ended_well(in_child(partial(_verified, library))),
            "the open reader did not go on": not reader.goes_on(),
            "the run does not end when started again": not finished,
            "something is left over": _left_over(library),
        }
        wrong += [f"round {version} ({run}): {what}" for what, is_so in checks.items() if is_so]
        held = new
    return {**counts, "wrong": wrong}


def _worker(library: Library, run: str) -> Callable[[], object]:
    return (
        library.rebuild_and_switch if run == "rebuild_and_switch" else lambda: rollback_index(library.index)
    )


def _quietly(work: Callable[[], object]) -> None:
    """A rollback with nothing to go back to is no failure here."""
    try:
        work()
    except RagError as error:
        if "no former generation" not in str(error):
            raise


def _verified(library: Library) -> None:
    found = verify_index(library.index, encoder=library.encoder)
    assert not [problem for one in found.generations for problem in one.problems], found


def _left_over(library: Library) -> bool:
    found = verify_index(library.index)
    return bool(found.leftovers) or any(library.index.glob("journal*")) or any(library.index.glob("*.tmp"))


# damage


def damage(folder: Path, damages: int, chance: random.Random) -> dict[str, object]:
    """Each file of both generations, the manifest and its copy, in turn, in each of three ways."""
    library = Library(folder)
    library.write(1)
    for work in (library.ingest, library.rebuild_and_switch):
        assert ended_well(in_child(work))
    held = ask(library.held)
    whole = folder / "whole"
    shutil.copytree(library.index, whole)
    files = sorted(
        path.relative_to(whole) for path in whole.rglob("*") if path.is_file() and path.name != ".lock"
    )
    current = read_manifest(whole).generation
    counts: Counter[str] = Counter(files=len(files))
    wrong: list[str] = []
    unnamed: list[str] = []
    for number in range(damages):
        file, kind = files[number % len(files)], ("flipped", "truncated", "missing")[number // len(files) % 3]
        shutil.rmtree(library.index)
        shutil.copytree(whole, library.index)
        harm(library.index / file, kind, chance)
        counts["damaged"] += 1
        counts[kind] += 1
        spare = file.parts == (current, "manifest.json")  # of use once that generation is the former one
        needed = file.parts[0] in (current, "manifest.json") and not spare
        told = ask(partial(_told, library))
        if told == "opened":
            counts["opened all the same"] += 1
            is_right = not needed and ask(library.held) == held
        else:
            counts["refused, file and remedy named"] += 1
            is_right = needed and file.name in told and "rag index" in told
        if not is_right:
            wrong.append(f"{file} {kind}: {told[:200]!r}")
        named = ask(partial(_named_by_verify, library))
        counts["of use, and named by verify"] += not spare and file.name in named
        counts["of use"] += not spare
        if not spare and file.name not in named:
            unnamed.append(f"{file} {kind}")
        if needed:
            restored = (
                ended_well(in_child(lambda: rollback_index(library.index))) and ask(library.held) == held
            )
            counts["last good state in use after `rag index rollback`"] += restored
            wrong += [] if restored else [f"{file} {kind}: no rollback"]
    return {**counts, "not named by verify": unnamed, "wrong": wrong}


def harm(file: Path, kind: str, chance: random.Random) -> None:
    data = bytearray(file.read_bytes())
    if kind == "missing":
        file.unlink()
    elif kind == "truncated":
        file.write_bytes(bytes(data[: chance.randrange(len(data))]))
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        file.write_bytes(bytes(data))


def _told(library: Library) -> str:
    try:
        library.held()
    except IndexFolderError as error:
        return str(error)
    return "opened"


def _named_by_verify(library: Library) -> str:
    try:
        return verify_index(library.index).model_dump_json()
    except IndexFolderError as error:
        return str(error)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--damages", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="figures as JSON")
    options = parser.parse_args()
    faiss.build(np.ones((1, 2), np.float32), SETTINGS.index)  # loads the library, starts no thread
    bm25.build(["loads the stemmer"])
    figures: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as place:
        for name, work, count in (("kills", kill, options.kills), ("damage", damage, options.damages)):
            started = time.perf_counter()
            figures[name] = work(Path(place) / name, count, random.Random(options.seed))
            figures[name]["seconds"] = round(time.perf_counter() - started, 1)
            print(f"\n{name}")
            for what, value in figures[name].items():
                print(f"  {what:<52}{value if value != [] else 'nothing'}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return int(any(found["wrong"] for found in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
