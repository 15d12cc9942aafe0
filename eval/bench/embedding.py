"""Passages embedded per second: ours beside LlamaIndex's way, number formats and batches, in one run, one model.

    python eval/bench/embedding.py [--documents DIR …] [--passages 1000] [--rounds 2] [--questions FILE.jsonl]

- LlamaIndex: a BaseEmbedding around sentence-transformers' own ``encode``, as its HuggingFace embedding is: float32, batches
  of 10 (LlamaIndex's default) in the order of the documents.
- ours: the encoder as an ingest uses it (longest texts first, 512 at a time, batches of 16 on a CPU, this machine's number format);
  then the same in float32, without sorting, and with 8-bit weights (torch's dynamic quantisation of linear layers).

What it costs is told by the cosine to the float32 vectors and by how many of the first ten passages of each question
stay the same (exact search over these passages, vectors of the contender for both).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import REPOSITORY, SHARED_DATA, describe, show

from rag.backends.sentence_transformers import SentenceTransformerEncoder
from rag.datatypes import Parsed
from rag.ingest.parse import find_files, parse_files
from rag.models import encoder_folder, rag_home
from rag.ports import FloatMatrix
from rag.settings import Settings
from rag.store import passage_text
from rag.wiring import default_encoder

LLAMA_INDEX_BATCH, AT_ONCE = 10, 512
Contender = Callable[[Sequence[str]], FloatMatrix]


def main() -> None:
    options = _options()
    texts, questions = _texts(options.documents, options.passages), _questions(options.questions)
    encoder = default_encoder()
    about = {**describe(), "encoder": encoder.id, "passages": len(texts), "questions": len(questions)}
    about["tokens a passage (median)"] = statistics.median(encoder.count_tokens(texts))
    show("Measured on", about)
    contenders = _contenders()
    rates = _alternate(contenders, texts, options.rounds)
    vectors = {name: (embed(texts), embed(questions)) for name, embed in contenders.items()}
    plain = vectors["ours, float32"]
    theirs = statistics.median(rates["LlamaIndex"])
    figures = {}
    for name, (passages, asked) in vectors.items():
        rate = statistics.median(rates[name])
        cosines = np.einsum("nd,nd->n", passages, plain[0])
        figures[name] = {
            "passages a second (median of rounds)": f"{rate:.1f}",
            "times LlamaIndex": f"{rate / theirs:.2f}",
            "cosine to float32: lowest, mean": f"{cosines.min():.5f}, {cosines.mean():.6f}",
            "first ten kept": f"{_kept(passages, asked, *plain):.2%}",
        }
        show(name, figures[name])
    if options.out:
        options.out.write_text(json.dumps({"about": about, "figures": figures}, indent=1) + "\n")


def _contenders() -> dict[str, Contender]:
    folder = encoder_folder(rag_home())
    native, plain = default_encoder(), SentenceTransformerEncoder(folder, dtype="float32")
    quantised = _eight_bit(SentenceTransformerEncoder(folder, dtype="float32"))
    return {
        "LlamaIndex": _llama_index(str(folder)),
        f"ours ({getattr(native, 'dtype', 'float32')})": lambda texts: _sorted(native, texts),
        "ours, float32": lambda texts: _sorted(plain, texts),
        "ours, float32, not sorted": lambda texts: _in_order(plain, texts),
        "ours, 8-bit weights": lambda texts: _sorted(quantised, texts),
    }


def _sorted(encoder: Any, texts: Sequence[str]) -> FloatMatrix:
    """As an ingest does it."""
    vectors = np.zeros((len(texts), encoder.dimension), np.float32)
    order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
    for start in range(0, len(texts), AT_ONCE):
        chunk = order[start : start + AT_ONCE]
        vectors[chunk] = encoder.encode([texts[number] for number in chunk])
    return vectors


def _in_order(encoder: Any, texts: Sequence[str]) -> FloatMatrix:
    """Batch by batch: the model library sorts what it is given at once."""
    return np.concatenate([encoder.encode(texts[at : at + 16]) for at in range(0, len(texts), 16)])


def _eight_bit(encoder: SentenceTransformerEncoder) -> SentenceTransformerEncoder:
    import torch

    model = encoder._model
    torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
    return encoder


def _llama_index(folder: str) -> Contender:
    from llama_index.core.embeddings import BaseEmbedding
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder, device="cpu", local_files_only=True)

    class HuggingFaceLike(BaseEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            found = model.encode(
                texts, batch_size=self.embed_batch_size, normalize_embeddings=True, show_progress_bar=False
            )
            return found.tolist()

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    embedding = HuggingFaceLike()
    assert embedding.embed_batch_size == LLAMA_INDEX_BATCH, "LlamaIndex's default has changed"
    return lambda texts: np.array(embedding.get_text_embedding_batch(list(texts)), np.float32)


def _alternate(contenders: dict[str, Contender], texts: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """Passages a second; every contender once a round, in turn forwards and backwards."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for embed in contenders.values():
        embed(texts[:64])
    for number in range(rounds):
        names = list(contenders) if number % 2 == 0 else list(reversed(contenders))
        for name in names:
            started = time.perf_counter()
            contenders[name](texts)
            rates[name].append(len(texts) / (time.perf_counter() - started))
            print(f"  round {number + 1}: {name:<28}{rates[name][-1]:8.1f} passages a second", flush=True)
    return rates


def _kept(passages: FloatMatrix, asked: FloatMatrix, plain: FloatMatrix, plain_asked: FloatMatrix) -> float:
    """Share of the first ten passages of the questions that are the same as with float32."""
    found, expected = (
        (-(q @ p.T)).argsort(axis=1)[:, :10] for q, p in ((asked, passages), (plain_asked, plain))
    )
    return statistics.mean(
        len({*a} & {*b}) / 10 for a, b in zip(found.tolist(), expected.tolist(), strict=True)
    )


def _texts(folders: Sequence[Path], count: int) -> list[str]:
    """The first passages of each document in turn, as they are embedded."""
    encoder = default_encoder()
    files = [path for path in find_files(list(folders)).files if path.stat().st_size < 4e6]
    by_document = []
    for one in parse_files(files[:12], Settings().ingest, count_tokens=encoder.count_tokens):
        if isinstance(one, Parsed):
            by_document.append([passage_text(one.document.title, passage) for passage in one.passages])
    each = -(-count // max(1, len(by_document)))
    texts = [text for passages in by_document for text in passages[:each]][:count]
    return texts or sys.exit(f"No passages in {', '.join(map(str, folders))}")  # type: ignore[return-value]


def _questions(path: Path) -> list[str]:
    return [
        json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def _options() -> argparse.Namespace:
    guidelines = [SHARED_DATA / "guidelines" / name for name in ("us_gov", "who")]
    asked = SHARED_DATA / "guideline_qa" / "dev.jsonl"
    demo = REPOSITORY / "corpora" / "demo"
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--documents",
        nargs="+",
        type=Path,
        metavar="DIR",
        default=guidelines if guidelines[0].is_dir() else [demo],
    )
    parser.add_argument(
        "--questions", type=Path, default=asked if asked.is_file() else demo / "questions.jsonl"
    )
    parser.add_argument("--passages", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path, help="figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
