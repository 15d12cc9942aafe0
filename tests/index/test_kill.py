"""An ingest that is killed leaves the old index or the new one, complete."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 50


@pytest.mark.slow
def test_index_is_complete_after_being_killed_at_random_points(tmp_path: Path) -> None:
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parents[1])])
    done = subprocess.run(
        [sys.executable, str(here / "killed_ingests.py"), str(tmp_path), str(KILLS), "1"],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["wrong"] == [], done.stderr
    assert result["killed"] == KILLS
    assert result["ended"] == 0, done.stderr
    assert result["leftovers"] == 0
    assert min(result["old"], result["new"]) > 5, "the kills did not reach both sides of the last step"
