"""Pages per second of our ingest beside LlamaIndex's own pipeline, in one run over the same PDFs.

    python eval/bench/ingest.py [--documents DIR …] [--rounds 2] [--unchanged DIR …]

Ours: ``rag.wiring.ingest`` (parse in worker processes, clean, cut, encode, write the index to disk).
LlamaIndex: SimpleDirectoryReader, SentenceSplitter, VectorStoreIndex, persisted to disk, with the same
encoder object behind its BaseEmbedding. Twice: with its default chunks (1,024 tokens, of which the encoder
sees the first 256) and with chunks that the encoder sees whole (at most ``--chunk-tokens`` of its tokens).
The order alternates from round to round; files and models are warm before the clock starts.

Then our ingest of a corpus that has not changed, as a call and as the command.

SimpleDirectoryReader reads PDFs with llama-index-readers-file. It asks for pypdf below 7 and works with 7:

    python -m pip install --no-deps llama-index-readers-file
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from machine import REPOSITORY, SHARED_DATA, describe, show

from rag.ports import Encoder
from rag.settings import Settings
from rag.wiring import default_encoder, ingest

DEFAULT_CHUNKS = 1024


class Run(NamedTuple):
    """One ingest."""

    seconds: float
    pages: int
    pieces: int
    """Passages or nodes."""


def main() -> None:
    options = _options()
    if find_spec("llama_index.readers.file") is None:
        sys.exit("Not installed: python -m pip install --no-deps llama-index-readers-file")
    files = _pdfs(options.documents)
    encoder = default_encoder()
    show("Measured on", {**describe(), "settings": Settings().id, "encoder": encoder.id, "files": len(files)})
    _warm(files, encoder)
    contenders = _contenders(files, encoder, options.chunk_tokens)
    runs = _alternate(contenders, options.rounds)
    _report(runs)
    _report_unchanged(_pdfs(options.unchanged), encoder)


def _contenders(files: list[Path], encoder: Encoder, chunk_tokens: int) -> dict[str, Callable[[], Run]]:
    return {
        "ours": lambda: _ours(files, encoder),
        f"LlamaIndex, chunks of {DEFAULT_CHUNKS}": lambda: _theirs(files, encoder, DEFAULT_CHUNKS, None),
        f"LlamaIndex, chunks of {chunk_tokens}": lambda: _theirs(files, encoder, chunk_tokens, encoder),
    }


def _alternate(contenders: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Every contender once a round, in turn forwards and backwards."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders) if number % 2 == 0 else list(reversed(contenders))
        for name in names:
            run = contenders[name]()
            runs[name].append(run)
            print(f"  round {number + 1}: {name:<32} {run.seconds:7.1f} s", flush=True)
    return runs


def _ours(files: list[Path], encoder: Encoder) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        report = ingest(files, Path(folder) / "index", encoder=encoder)
        return Run(time.perf_counter() - started, report.pages, report.passages)


def _theirs(files: list[Path], encoder: Encoder, chunk_tokens: int, counter: Encoder | None) -> Run:
    """``counter``: whose tokens the splitter counts; None leaves LlamaIndex's own tokenizer."""
    from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    options: dict[str, Any] = {"chunk_size": chunk_tokens}
    if counter is not None:
        # The splitter takes the length of what its tokenizer returns, so a range of that length will do.
        options |= {"chunk_overlap": 20, "tokenizer": lambda text: range(counter.count_tokens([text])[0])}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        pages = SimpleDirectoryReader(input_files=files).load_data()
        nodes = SentenceSplitter(**options).get_nodes_from_documents(pages)
        index = VectorStoreIndex(nodes, embed_model=_embedding(encoder))
        index.storage_context.persist(folder)
        return Run(time.perf_counter() - started, len(pages), len(nodes))


def _embedding(encoder: Encoder) -> Any:
    """Our encoder as LlamaIndex's BaseEmbedding, in batches of 64 as ours (its default is 10)."""
    from llama_index.core.embeddings import BaseEmbedding

    class SameEncoder(BaseEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [list(map(float, row)) for row in encoder.encode(texts)]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embeddings([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    return SameEncoder(model_name=encoder.id, embed_batch_size=64)


def _warm(files: Sequence[Path], encoder: Encoder) -> None:
    """Files into the page cache, weights and LlamaIndex's tokenizer into memory, code compiled."""
    for path in files:
        path.read_bytes()
    smallest = [min(files, key=lambda path: path.stat().st_size)]
    _ours(smallest, encoder)
    _theirs(smallest, encoder, DEFAULT_CHUNKS, None)


def _report(runs: dict[str, list[Run]]) -> None:
    ours = _median_rate(runs["ours"])
    for name, found in runs.items():
        rate = _median_rate(found)
        show(
            name,
            {
                "seconds (median of rounds)": f"{statistics.median(run.seconds for run in found):.1f}",
                "pages": found[0].pages,
                "passages or nodes": found[0].pieces,
                "pages a second": f"{rate:.1f}",
                "ours is faster by a factor of": f"{ours / rate:.2f}",
            },
        )


def _median_rate(runs: list[Run]) -> float:
    """Pages a second. Pages are those of the PDFs, the same for every contender."""
    return statistics.median(run.pages / run.seconds for run in runs)


def _report_unchanged(files: list[Path], encoder: Encoder) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        first = ingest(files, index, encoder=encoder)
        started = time.perf_counter()
        again = ingest(files, index, encoder=encoder)
        seconds = time.perf_counter() - started
        states = {str(document["state"]) for document in again.documents}
        command = _seconds_of_command(files, index)
    show(
        "The same files again, unchanged",
        {
            "pages": first.pages,
            "states": ", ".join(sorted(states)),
            "seconds, as a call": f"{seconds:.2f}",
            "seconds, as `rag ingest` with start": f"{command:.2f}",
        },
    )


def _seconds_of_command(files: list[Path], index: Path) -> float:
    command = [sys.executable, "-m", "rag.cli", "ingest", *map(str, files), "--index", str(index), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - started


def _pdfs(folders: Sequence[Path]) -> list[Path]:
    files = sorted(path for folder in folders for path in folder.rglob("*.pdf"))
    if not files:
        sys.exit(f"No PDF in {', '.join(map(str, folders))}")
    return files


def _options() -> argparse.Namespace:
    guidelines = [SHARED_DATA / "guidelines" / name for name in ("us_gov", "who")]
    more = [*guidelines, SHARED_DATA / "articles_other", SHARED_DATA / "articles"]
    demo = [REPOSITORY / "corpora" / "demo"]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--documents", nargs="+", type=Path, metavar="DIR",
        default=guidelines if guidelines[0].is_dir() else demo,
    )  # fmt: skip
    parser.add_argument(
        "--unchanged", nargs="+", type=Path, metavar="DIR", default=more if more[0].is_dir() else demo,
        help="for the check of an unchanged corpus; about 1,000 pages by default",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--chunk-tokens", type=int, default=128, help="as our passages by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
