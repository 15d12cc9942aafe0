"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The measuring data beside the repository; tests that ask for it carry the marker ``shared``."""
    return SHARED_DATA


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what cannot run here, and say how many (see ``pytest_terminal_summary``)."""
    if SHARED_DATA.is_dir():
        return
    missing = [item for item in items if item.get_closest_marker("shared")]
    items[:] = [item for item in items if item not in missing]
    config.stash[_NOT_RUN] = len(missing)
    if missing:
        config.hook.pytest_deselected(items=missing)


_NOT_RUN = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = config.stash.get(_NOT_RUN, 0)
    if count:
        terminalreporter.write_line(f"{count} tests not run: they read measuring data that is not beside this clone")
