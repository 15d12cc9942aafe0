"""``import rag`` is light, and what it promises to export is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rag

HEAVY = (
    "torch",
    "transformers",
    "faiss",
    "sentence_transformers",
    "llama_index",
    "pypdf",
    "langdetect",
    "bm25s",
)


def test_import_loads_no_heavy_library() -> None:
    code = f"import rag, rag.cli, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_exported_name_exists() -> None:
    assert [name for name in rag.__all__ if getattr(rag, name, None) is None] == []


def test_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(AttributeError, match="Pipeline"):
        rag.Pipelin  # noqa: B018
