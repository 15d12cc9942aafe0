"""Pages per second of our ingest beside LlamaIndex's own pipeline, in one run over the same PDFs.

    python eval/bench/ingest.py [--documents DIR …] [--rounds 2] [--unchanged DIR …]

Ours: ``rag.wiring.ingest`` (parse in worker processes, clean, cut, encode, write the index to disk).
LlamaIndex: SimpleDirectoryReader, SentenceSplitter, VectorStoreIndex, persisted to disk. The encoder's weights
are the same for all. Three ways, because the choice decides the figure:

- defaults: chunks of 1,024 tokens, of which the encoder sees the first 256; float32; batches of 10. It encodes
  only part of the text.
- our chunks: at most ``--chunk-tokens`` of the encoder's tokens, so that all text is encoded; float32; batches of 10.
- our chunks and our encoder object: its number format, its batches of 64.

The order alternates from round to round; files and models are warm before the clock starts.

Then our ingest of a corpus that has not changed, as a call and as the command.

SimpleDirectoryReader reads PDFs with llama-index-readers-file. It asks for pypdf below 7 and works with 7:

    python -m pip install --no-deps llama-index-readers-file
"""

from __future__ import annotations

import argparse
import logging
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

from rag.backends.sentence_transformers import SentenceTransformerEncoder
from rag.models import encoder_folder, rag_home
from rag.ports import Encoder
from rag.settings import Settings
from rag.wiring import default_encoder, ingest

DEFAULT_CHUNKS, DEFAULT_BATCH, OUR_BATCH = 1024, 10, 64


class Run(NamedTuple):
    """One ingest."""

    seconds: float
    processor_seconds: float
    """Of this process and its ended children; says more than the clock on a busy machine."""
    pages: int
    pieces: int
    """Passages or nodes."""


def main() -> None:
    options = _options()
    logging.disable(logging.WARNING)
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
    plain = SentenceTransformerEncoder(encoder_folder(rag_home()), dtype="float32", batch_size=DEFAULT_BATCH)
    plain.encode(["warm"])
    splitter, small = _splitter(), _splitter(chunk_tokens, encoder)
    return {
        "ours": lambda: _ours(files, encoder),
        "LlamaIndex, defaults": lambda: _theirs(files, splitter, _embedding(plain, DEFAULT_BATCH)),
        "LlamaIndex, our chunks": lambda: _theirs(files, small, _embedding(plain, DEFAULT_BATCH)),
        "LlamaIndex, our chunks and encoder": lambda: _theirs(files, small, _embedding(encoder, OUR_BATCH)),
    }


def _alternate(contenders: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Every contender once a round, in turn forwards and backwards."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders) if number % 2 == 0 else list(reversed(contenders))
        for name in names:
            run = contenders[name]()
            runs[name].append(run)
            print(f"  round {number + 1}: {name:<36} {run.seconds:7.1f} s", flush=True)
    return runs


def _ours(files: list[Path], encoder: Encoder) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        started = _clocks()
        report = ingest(files, Path(folder) / "index", encoder=encoder)
        return Run(*_since(started), report.pages, report.passages)


def _theirs(files: list[Path], splitter: Any, embedding: Any) -> Run:
    from llama_index.core import SimpleDirectoryReader, VectorStoreIndex

    with tempfile.TemporaryDirectory() as folder:
        started = _clocks()
        pages = SimpleDirectoryReader(input_files=files).load_data()
        nodes = splitter.get_nodes_from_documents(pages)
        index = VectorStoreIndex(nodes, embed_model=embedding)
        index.storage_context.persist(folder)
        return Run(*_since(started), len(pages), len(nodes))


def _clocks() -> tuple[float, float]:
    """Wall clock and processor time, in seconds."""
    return time.perf_counter(), sum(os.times()[:4])


def _since(started: tuple[float, float]) -> tuple[float, float]:
    wall, processor = _clocks()
    return wall - started[0], processor - started[1]


def _splitter(chunk_tokens: int = DEFAULT_CHUNKS, counter: Encoder | None = None) -> Any:
    """``counter``: whose tokens are counted; None leaves LlamaIndex's own tokenizer."""
    from llama_index.core.node_parser import SentenceSplitter

    if counter is None:
        return SentenceSplitter(chunk_size=chunk_tokens)
    # The splitter takes the length of what its tokenizer returns, so a range of that length will do.
    return SentenceSplitter(
        chunk_size=chunk_tokens, chunk_overlap=0, include_metadata=False,
        tokenizer=lambda text: range(counter.count_tokens([text])[0]),
    )  # fmt: skip


def _embedding(encoder: Encoder, batch: int) -> Any:
    """An encoder of ours as LlamaIndex's BaseEmbedding."""
    from llama_index.core.embeddings import BaseEmbedding

    class SameEncoder(BaseEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encoder.encode(texts).tolist()

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embeddings([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    return SameEncoder(model_name=encoder.id, embed_batch_size=batch)


def _warm(files: Sequence[Path], encoder: Encoder) -> None:
    """Files into the page cache, weights and LlamaIndex's tokenizer into memory, code compiled."""
    for path in files:
        path.read_bytes()
    smallest = [min(files, key=lambda path: path.stat().st_size)]
    _ours(smallest, encoder)
    _theirs(smallest, _splitter(), _embedding(encoder, OUR_BATCH))


def _report(runs: dict[str, list[Run]]) -> None:
    ours = _median_rate(runs["ours"])
    for name, found in runs.items():
        rate = _median_rate(found)
        show(
            name,
            {
                "seconds (median of rounds)": f"{statistics.median(run.seconds for run in found):.1f}",
                "processor seconds (median)": f"{statistics.median(run.processor_seconds for run in found):.1f}",
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
