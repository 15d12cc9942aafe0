"""On what a figure was measured: machine, commit, versions. Printed by every benchmark."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


def describe() -> dict[str, str]:
    """Processor, cores, load, memory, Python, torch, commit ("+" when tracked files differ from it)."""
    names = ("torch", "pypdf", "llama-index-core")
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_gigabytes():.0f} GB",
        "load average": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        **{name: version(name) for name in names},
        "commit": commit(),
    }


def show(heading: str, values: dict[str, object] | dict[str, str]) -> None:
    """A heading and aligned lines."""
    print(f"\n{heading}")
    for name, value in values.items():
        print(f"  {name:<36} {value}")
    sys.stdout.flush()


def commit() -> str:
    """Short hash of the checkout, or "unknown" without git."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    found = _output([git, "rev-parse", "--short", "HEAD"])
    changed = _output([git, "status", "--porcelain", "--untracked-files=no"])
    return (found or "unknown") + ("+" if changed else "")


def peak_gigabytes() -> float:
    """Most memory this process ever had resident, in GB of 10^9 bytes (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _output(command: list[str]) -> str:
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())


def _gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
