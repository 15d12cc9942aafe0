"""Fixtures every test may use, and the honest count of what could not run here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.wiring import keep_offline

keep_offline()
REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"

MISSING: dict[str, tuple[bool, str]] = {
    "shared": (not SHARED_DATA.is_dir(), "read measuring data that is not beside this clone"),
    "poppler": (shutil.which("pdftotext") is None, "compare with pdftotext, which is not installed"),
    "tesseract": (
        shutil.which("tesseract") is None,
        "recognise text with tesseract, which is not installed",
    ),
    "root": (os.geteuid() != 0, "become another user, which only root can"),
    "gpu": (not Path("/dev/nvidiactl").exists(), "need a CUDA device"),
}
_NOT_RUN = pytest.StashKey[dict[str, int]]()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The measuring data beside the repository; tests that ask for it carry the marker ``shared``."""
    return SHARED_DATA


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden(name, text)`` compares with ``tests/golden/name``; RAG_WRITE_GOLDEN=1 rewrites the file."""

    def compare(name: str, text: str) -> None:
        path = REPOSITORY / "tests" / "golden" / name
        if os.environ.get("RAG_WRITE_GOLDEN") == "1":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; look, then RAG_WRITE_GOLDEN=1"

    return compare


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here; ``pytest_terminal_summary`` says how many and why."""
    counts: dict[str, int] = {}
    left_out = []
    for item in items:
        reason = next((m for m, (gone, _) in MISSING.items() if gone and item.get_closest_marker(m)), None)
        if reason is not None:
            counts[reason] = counts.get(reason, 0) + 1
            left_out.append(item)
    items[:] = [item for item in items if item not in left_out]
    config.stash[_NOT_RUN] = counts
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for marker, count in config.stash.get(_NOT_RUN, {}).items():
        terminalreporter.write_line(f"{count} tests not run: they {MISSING[marker][1]}")
