"""A corpus with the real parser and an encoder of hashes: fast enough to look at what the commands print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "index"))

from tiny import HashEncoder

from rag import maintenance, wiring
from rag.cli import main

Corpus = Callable[..., Path]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Corpus:
    """``corpus(name=text, …)`` makes a corpus of Markdown files, and forgets what was printed."""
    for module in (wiring, maintenance):
        monkeypatch.setattr(module, "default_encoder", lambda **_: HashEncoder())

    def make(**texts: str) -> Path:
        inbox, folder = tmp_path / "inbox", tmp_path / "ward"
        inbox.mkdir()
        for name, text in texts.items():
            (inbox / f"{name}.md").write_text(text, encoding="utf-8")
        assert main(["corpus", "init", str(folder), "--title", "Ward"]) == 0
        assert main(["corpus", "add", str(inbox), "--corpus", str(folder), "--workers", "1"]) == 0
        capsys.readouterr()
        return folder

    return make
