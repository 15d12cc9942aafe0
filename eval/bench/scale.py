"""What grows with an index: time to build, to add one document, to search, to open; disk; memory.

    python eval/bench/scale.py [--passages 1000 10000 100000] [--documents 10000] [--with-encoder] [--out FILE.json]

Passages are SYNTHETIC: words of real guideline text, drawn with their frequencies and recombined. Good for speed and
size, of no use for quality. Vectors are random unless ``--with-encoder``, which encodes the queries (not the passages)
with the embedded encoder. Each size is built in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from machine import REPOSITORY, SHARED_DATA, describe, peak_gigabytes, show

from rag.datatypes import Document, Page, Parsed, Passage, Sentence, Skipped
from rag.index.build import update_index
from rag.index.open import open_index
from rag.ports import FloatMatrix
from rag.retrieve.retriever import HybridRetriever
from rag.settings import Settings

PER_DOCUMENT = 100
WORDS_PER_SENTENCE, SENTENCES = 17, 5
SEARCHES = 200


class RandomEncoder:
    """Vectors from a hash of the text: as fast as numpy, and as large as the embedded encoder's."""

    id, dimension, max_tokens = "random", 384, 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts)
        vectors = np.stack([np.random.default_rng(seed).standard_normal(384, np.float32) for seed in seeds])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Words:
    """Words of real text, by frequency."""

    def __init__(self, seed: int) -> None:
        text = " ".join(_texts())
        found = Counter(word for word in text.split() if word.isprintable())
        self._words, self._weights = list(found), list(found.values())
        self._chance = random.Random(seed)

    def sentence(self, words: int = WORDS_PER_SENTENCE) -> str:
        return " ".join(self._chance.choices(self._words, self._weights, k=words)) + "."


def _texts() -> Iterator[str]:
    """The guideline documents where they are, otherwise the demo corpus's sources."""
    from rag.ingest.parse import find_files, parse_files

    folders = [SHARED_DATA / "guidelines" / "who", REPOSITORY / "corpora" / "demo"]
    found = find_files([folder for folder in folders if folder.is_dir()])
    for one in parse_files(found.files[:6], Settings().ingest, count_tokens=RandomEncoder().count_tokens):
        if isinstance(one, Parsed):
            yield one.document.text


def write_files(folder: Path, documents: int, seed: int) -> list[Path]:
    """Text files of ``PER_DOCUMENT`` lines; a line is a passage of a few sentences."""
    folder.mkdir(parents=True)
    words = Words(seed)
    for number in range(documents):
        lines = (" ".join(words.sentence() for _ in range(SENTENCES)) for _ in range(PER_DOCUMENT))
        (folder / f"d{seed}-{number:06}.txt").write_text("\n".join(lines))
    return sorted(folder.iterdir())


def parse(files: Sequence[Path]) -> Iterator[Parsed | Skipped]:
    """One passage a line, one page every ten."""
    for path in files:
        content = path.read_bytes()
        text, identity = content.decode(), hashlib.sha256(content).hexdigest()
        lines = list(_spans(text, "\n"))
        starts = [start for start, _ in lines[::10]]
        ends = [*starts[1:], len(text)]
        pages = [Page(start=a, end=b, number=n) for n, (a, b) in enumerate(zip(starts, ends, strict=True), 1)]
        document = Document(
            id=identity, name=path.name, source=str(path), title=f"Synthetic {path.stem}", language="en",
            media_type="text/plain", text=text, pages=tuple(pages),
        )  # fmt: skip
        passages = [
            Passage(
                id=f"{identity[:16]}:{a}:{b}", document_id=identity, start=a, end=b, text=text[a:b],
                page=1 + number // 10, section=(f"Section {number // 10}",),
                sentences=tuple(Sentence(start=a + s, end=a + e) for s, e in _spans(text[a:b], ". ", 1)),
            )
            for number, (a, b) in enumerate(lines)
        ]  # fmt: skip
        yield Parsed(document=document, passages=tuple(passages))


def _spans(text: str, mark: str, keep: int = 0) -> Iterator[tuple[int, int]]:
    start = 0
    for part in text.split(mark):
        end = start + len(part)
        yield start, min(len(text), end + keep)
        start = end + len(mark)


def measure(passages: int, folder: Path, *, with_encoder: bool) -> dict[str, float]:
    """Build, add a document, open, search. Seconds, milliseconds and bytes per passage."""
    files = write_files(folder / "files", passages // PER_DOCUMENT, seed=1)
    index, encoder, figures = folder / "index", RandomEncoder(), {"passages": float(passages)}

    def ingest(chosen: Sequence[Path]) -> float:
        started = time.perf_counter()
        update_index(index, chosen, parse=parse, encoder=encoder, settings=Settings())
        return time.perf_counter() - started

    before = peak_gigabytes()
    figures["build, s"] = ingest(files)
    figures["memory while building, bytes per passage"] = (peak_gigabytes() - before) * 1e9 / passages
    added = write_files(folder / "added", 3, seed=2)
    figures["add one document of 100 passages, s"] = statistics.median(ingest([path]) for path in added)
    figures["nothing changed, s"] = ingest(files)
    figures.update(_disk(index, passages))
    started, resident = time.perf_counter(), _resident()
    opened = open_index(index, encoder=encoder)
    figures["open, s"] = time.perf_counter() - started
    queries = Words(3)
    questions = [queries.sentence(9) for _ in range(SEARCHES)]
    chosen = HybridRetriever(encoder, opened.vectors, opened.lexical, opened.corpus, Settings().retrieval)
    figures.update(_searches(chosen, questions, "search, vectors at hand"))
    figures["memory to search, bytes per passage"] = (_resident() - resident) / passages
    if with_encoder:
        from rag.wiring import default_encoder

        real = HybridRetriever(
            default_encoder(), opened.vectors, opened.lexical, opened.corpus, Settings().retrieval
        )
        figures.update(_searches(real, questions, "search with encoder"))
    return figures


def _searches(retriever: HybridRetriever, questions: Sequence[str], name: str) -> dict[str, float]:
    retriever.retrieve(questions[0], k=10)
    taken = []
    for question in questions:
        started = time.perf_counter()
        retriever.retrieve(question, k=10)
        taken.append(1000 * (time.perf_counter() - started))
    return {
        f"{name}, median ms": statistics.median(taken),
        f"{name}, 95th percentile ms": float(np.percentile(taken, 95)),
    }


def _disk(index: Path, passages: int) -> dict[str, float]:
    sizes: Counter[str] = Counter()
    for path in index.rglob("*"):
        if path.is_file():
            sizes["lexical" if path.parent.name == "lexical" else path.stem] += path.stat().st_size
    kinds = ("corpus", "vectors", "lexical")
    return {f"disk, {kind}, bytes per passage": sizes[kind] / passages for kind in kinds}


def _resident() -> float:
    """Bytes of this process in memory now, files it has mapped and read included."""
    import psutil

    return float(psutil.Process().memory_info().rss)


def unchanged(documents: int) -> dict[str, float]:
    """``rag ingest`` of so many small Markdown files that have not changed, with its start, as a command."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = Words(4)
        (folder / "files").mkdir()
        for number in range(documents):
            text = " ".join(words.sentence() for _ in range(3))
            (folder / "files" / f"{number:06}.md").write_text(
                f"# Note {number}\n\nThe patient should be seen. {text}\n"
            )
        command = [
            sys.executable,
            "-m",
            "rag.cli",
            "ingest",
            str(folder / "files"),
            "--index",
            str(folder / "index"),
            "--json",
        ]
        figures = {}
        for name in ("first", "unchanged"):
            started = time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=REPOSITORY)
            figures[f"{name}, s"] = time.perf_counter() - started
        figures["documents"] = float(len(json.loads(done.stdout)["documents"]))
        return figures


def main() -> None:
    options = _options()
    if options.one:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(options.one, Path(folder), with_encoder=options.with_encoder)))
        return
    about = {**describe(), "settings": Settings().id}
    show("Measured on", about)
    extra = ["--with-encoder"] if options.with_encoder else []
    rows = []
    for passages in options.passages:
        command = [sys.executable, __file__, "--one", str(passages), *extra]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout))
        show(
            f"{passages:,} passages (synthetic)", {name: f"{value:,.2f}" for name, value in rows[-1].items()}
        )
    files = unchanged(options.documents) if options.documents else {}
    if files:
        show("A corpus that has not changed", {name: f"{value:,.1f}" for name, value in files.items()})
    if options.out:
        options.out.write_text(
            json.dumps({"about": about, "growth": rows, "unchanged": files}, indent=1) + "\n"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument(
        "--documents", type=int, default=10_000, help="of the unchanged corpus; 0: not measured"
    )
    parser.add_argument(
        "--with-encoder", action="store_true", help="search with the embedded encoder as well"
    )
    parser.add_argument("--out", type=Path, help="figures as JSON")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
