"""A parser of paragraphs and an encoder of hashes: fast, deterministic, and nothing like the real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.datatypes import Document, Page, Parsed, Passage, Sentence, Skipped
from rag.index.build import update_index
from rag.ports import FloatMatrix
from rag.settings import Settings


class HashEncoder:
    """Fits ``ports.Encoder``; remembers what it was asked to encode."""

    max_tokens = 256

    def __init__(self, *, name: str = "hash", dimension: int = 16) -> None:
        self.id = name
        self.dimension = dimension
        self.encoded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        self.encoded.extend(texts)
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts]
        vectors = np.array([np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class ParagraphParser:
    """One passage a line. An empty file is skipped. Remembers the names of what it parsed."""

    def __init__(self) -> None:
        self.parsed: list[str] = []

    def __call__(self, files: Sequence[Path]) -> Iterator[Parsed | Skipped]:
        for path in files:
            self.parsed.append(path.name)
            yield parse_one(path)


def parse_one(path: Path) -> Parsed | Skipped:
    content = path.read_bytes()
    text = content.decode()
    if not text.strip():
        return Skipped(path=str(path), reason="no text", category="empty")
    identity = hashlib.sha256(content).hexdigest()
    document = Document(
        id=identity, name=path.name, source=str(path), title=path.stem, language="en",
        media_type="text/plain", text=text, pages=(Page(start=0, end=len(text), number=1),),
    )  # fmt: skip
    return Parsed(document=document, passages=tuple(_passages(identity, text)))


def _passages(identity: str, text: str) -> Iterator[Passage]:
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if line.strip():
            yield Passage(
                id=f"{identity[:16]}:{start}:{end}", document_id=identity, start=start, end=end, text=line,
                page=1, sentences=(Sentence(start=start, end=end),),
            )  # fmt: skip
        start = end + 1


def ingest(index: Path, files: list[Path], **options: object) -> None:
    update_index(index, files, parse=ParagraphParser(), encoder=HashEncoder(), settings=Settings(), **options)  # type: ignore[arg-type]
