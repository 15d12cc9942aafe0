"""A small, seeded run of eval/resilience.py; the full one is in docs/index.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_killed_runs_and_damaged_files_leave_a_good_state(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "eval/resilience.py", "--kills", "15", "--damages", "20", "--seed", "3", "--json", str(figures)]  # fmt: skip
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert (found["kills"]["killed"], found["kills"]["wrong"]) == (15, [])
    assert found["kills"]["of these parsed again"] == 0
    assert (found["damage"]["damaged"], found["damage"]["wrong"]) == (20, [])
