"""Profiles load, say what they need, and refuse before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest

import rag.profiles
from rag.answer.prompts import load_prompt
from rag.errors import DoesNotFit, UsageError
from rag.profiles import Profile, check_fits, load_profile, profile_names
from rag.settings import Settings

NAMES = ["demo", "meditron-70b", "meditron-70b-awq", "meditron-7b", "openai-compatible"]


def profile(tmp_path: Path, **changes: Any) -> Profile:
    """Runs anywhere, unless ``changes`` say otherwise."""
    (tmp_path / "config.json").write_text("{}")
    given = load_profile("meditron-7b").model_dump() | {"needs": {}, "model": str(tmp_path)} | changes
    return Profile.model_validate(given)


def test_the_built_in_ones_are_complete() -> None:
    assert profile_names() == NAMES
    for name in NAMES:
        found = load_profile(name)
        assert found.name == name
        assert found.settings.writing.words == ("evidence" if name == "demo" else "own")
        assert found.settings.model_copy(update={"writing": Settings().writing}) == Settings()
        for task in ("answer", "judge", "relevant"):
            load_prompt(task, found.family)


def test_demo_is_marked() -> None:
    assert "not for clinical use" in (load_profile("demo").notice or "")


def test_an_unknown_name_lists_the_choices() -> None:
    with pytest.raises(UsageError, match=r"no profile 'llama'; there are demo, meditron-70b"):
        load_profile("llama")
    with pytest.raises(UsageError, match="no profile"):
        load_profile("../profiles/demo")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    source = (Path(rag.profiles.__file__).parent / "demo.toml").read_text()
    path = tmp_path / "ward.toml"
    path.write_text(source + "\n[overrides.selection]\nsentences = 5\n")
    found = load_profile(path)
    assert found.name == "ward"
    assert found.settings.selection.sentences == 5
    assert found.settings.id != Settings().id
    with pytest.raises(UsageError, match="there is no profile file"):
        load_profile(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("colour = 1", "colour: Extra inputs"),
        ("context_tokens = ", "not TOML"),
        ("server = { base_url = 'http://localhost/v1' }", "openai"),
        ("revision = 7", "revision"),
    ],
    ids=["unknown_field", "not_toml", "server_without_backend", "wrong_type"],
)
def test_a_wrong_file_is_explained(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "ward.toml"
    path.write_text(line + "\n" + (Path(rag.profiles.__file__).parent / "meditron-7b.toml").read_text())
    with pytest.raises(UsageError, match=message):
        load_profile(path)


@pytest.mark.parametrize(
    "overrides", [{"colour": {}}, {"selection": {"sentences": 99}}, {"selection": {"x": 1}}]
)
def test_wrong_overrides_are_explained(tmp_path: Path, overrides: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="meditron-7b"):
        _ = profile(tmp_path, overrides=overrides).settings


def test_what_fits_passes(tmp_path: Path) -> None:
    check_fits(profile(tmp_path))
    check_fits(load_profile("openai-compatible"))


def test_everything_missing_is_said_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rag.profiles, "_gpu_gib", list)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DoesNotFit) as refused:
        check_fits(load_profile("meditron-70b-awq"), home=tmp_path)
    message = str(refused.value)
    for part in (
        "pip install gptqmodel",
        "42 GiB of GPU memory, torch finds no CUDA GPU",
        "hf download",
        "35 GiB",
    ):
        assert part in message


def test_memory_and_gpu_are_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    more = psutil.virtual_memory().total / 2**30 + 1
    with pytest.raises(DoesNotFit, match="GiB of memory"):
        check_fits(profile(tmp_path, needs={"memory_gib": more}))
    monkeypatch.setattr(rag.profiles, "_gpu_gib", lambda: [20.0, 20.0])
    check_fits(profile(tmp_path, needs={"gpu_gib": 40}))
    with pytest.raises(DoesNotFit, match=r"44 GiB of GPU memory, 40\.0 GiB are free on 2"):
        check_fits(profile(tmp_path, needs={"gpu_gib": 44}))


def test_the_demo_without_its_model_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFit, match="rag models fetch"):
        check_fits(load_profile("demo"), home=tmp_path)


def test_devices_are_numbered() -> None:
    assert load_profile("meditron-70b").devices() == {0: "76GiB"}
    assert load_profile("demo").devices() is None
