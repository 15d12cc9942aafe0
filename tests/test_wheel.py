"""The built wheel works alone: what it reads at run time is inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parent.parent
DEMO = REPOSITORY / "corpora" / "demo"
IN_WHEEL = "rag/_data"

READ_FROM_THE_WHEEL = """
import json
from pathlib import Path

import rag
from rag.answer.prompts import load_prompt
from rag.profiles import load_profile
from rag.resources import resource

demo = resource("corpora/demo")
print(json.dumps({
    "package": str(Path(rag.__file__).parent),
    "demo": str(demo),
    "documents": sorted(path.name for path in demo.iterdir()),
    "prompt": len(load_prompt("answer", load_profile("demo").family).hash),
    "profile": load_profile("demo").name,
}))
"""


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Standard output of a command that must succeed; its errors are shown when it does not."""
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | environment
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network and without an isolated environment."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "."]
    run(build, REPOSITORY)
    (built,) = folder.glob("meditron_rag-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's files and nothing else of ours."""
    target = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(target)]
    run([sys.executable, "-m", "pip", "install", *options, str(wheel)], target)
    return target


def of_checkout(folder: Path, pattern: str) -> set[str]:
    """Paths below the repository of the files that match."""
    return {path.relative_to(REPOSITORY).as_posix() for path in folder.rglob(pattern) if path.is_file()}


def test_prompts_and_demo_corpus_are_inside(names: set[str]) -> None:
    wanted = of_checkout(REPOSITORY / "prompts", "*") | of_checkout(DEMO, "*")
    assert len(wanted) > 12
    assert {f"{IN_WHEEL}/{path}" for path in wanted} - names == set()


@pytest.mark.parametrize("pattern", ["*.py", "*.toml", "*.tsv", "py.typed"])
def test_every_file_of_the_package_is_inside(names: set[str], pattern: str) -> None:
    wanted = of_checkout(REPOSITORY / "rag", pattern)
    assert wanted
    assert wanted - names == set()


def test_nothing_else_is_inside(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names} == {"rag", "meditron_rag-0.1.0.dist-info"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".faiss")]
    weights = {name for name in names if name.endswith(".safetensors")}
    assert weights == {f"rag/weights/{name}.safetensors" for name in ("answer", "support", "second")}
    assert "rag/weights/calibration.json" in names


def test_licence_and_command_are_declared(wheel: Path, names: set[str]) -> None:
    information = "meditron_rag-0.1.0.dist-info"
    assert f"{information}/licenses/LICENSE" in names
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"{information}/entry_points.txt").decode()
    assert "rag = rag.cli:main" in entry_points


def test_help_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    text = run([sys.executable, "-P", "-m", "rag.cli", "--help"], tmp_path, PYTHONPATH=str(installed))
    assert "ingest" in text
    assert "ask" in text


def test_prompt_profile_and_demo_corpus_are_read_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    found = json.loads(run([sys.executable, "-c", READ_FROM_THE_WHEEL], tmp_path, PYTHONPATH=str(installed)))
    assert found["package"] == str(installed / "rag")
    assert found["demo"] == str(installed / IN_WHEEL / "corpora" / "demo")
    assert found["documents"] == sorted(path.name for path in DEMO.iterdir())
    assert found["prompt"] > 0
    assert found["profile"] == "demo"


def test_no_file_of_the_checkout_is_opened(installed: Path, tmp_path: Path) -> None:
    """An audit hook ends the program at the first file opened below the repository (the interpreter's apart)."""
    watch = f"""
import sys
from pathlib import Path

kept = Path({str(Path(sys.prefix).resolve())!r})

def refuse(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        path = Path(arguments[0]).absolute()
        if path.is_relative_to({str(REPOSITORY)!r}) and not path.is_relative_to(kept):
            raise RuntimeError(f"opened {{path}}")

sys.addaudithook(refuse)
"""
    run([sys.executable, "-c", watch + READ_FROM_THE_WHEEL], tmp_path, PYTHONPATH=str(installed))
