"""The tiny parts are importable from every test of this folder; a small index of three files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tiny import ingest


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(f"aspirin of {name}\nCANARY-{name}")
    return sorted(folder.iterdir())


@pytest.fixture
def index(tmp_path: Path, sources: list[Path]) -> Path:
    ingest(tmp_path / "index", sources)
    return tmp_path / "index"
