"""A corpus at one moment: catalogue and files, kept in the corpus folder or carried elsewhere as one archive.

A snapshot holds no index: that is made again from its files. Its files are copies, so that an edit of a file of the
corpus does not reach it; it takes as much room as they do.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any

import tomlkit

from rag.catalogue import file as catalogue_file
from rag.catalogue.entry import Entry
from rag.catalogue.file import DOCUMENTS, Catalogue
from rag.catalogue.scope import link
from rag.errors import CatalogueError, UsageError
from rag.ingest.document import file_hash
from rag.ingest.passwords import Passwords
from rag.settings import Settings

SNAPSHOTS = "snapshots"
PART = ".part"
"""At the end of a name with a leading dot: what a run has not finished."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
OnStep = Callable[[str, int, int], None]


def snapshot(folder: Path, name: str, *, dry_run: bool = False) -> Path:
    """Keep the corpus as it is now under a name. Raises UsageError for a name that is taken or none.

    A dry run checks the same and writes nothing.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a snapshot; use letters, digits, '.', '_' and '-'")
    target = folder / SNAPSHOTS / name
    if dry_run:
        _expect_whole(folder, catalogue_file.read(folder), target)
        return target
    with catalogue_file.locked(folder):
        catalogue = catalogue_file.read(folder)
        _expect_whole(folder, catalogue, target)
        part = target.with_name(f".{name}.part")
        shutil.rmtree(part, ignore_errors=True)
        (part / DOCUMENTS).mkdir(parents=True)
        for entry in catalogue.document:
            _copy(folder / entry.file, part / entry.file)
        shutil.copyfile(folder / catalogue_file.NAME, part / catalogue_file.NAME)
        part.replace(target)
    return target


def _expect_whole(folder: Path, catalogue: Catalogue, target: Path) -> None:
    if target.exists():
        raise UsageError(f"there is a snapshot {target.name!r} already; choose another name")
    for entry in catalogue.document:
        if not (folder / entry.file).is_file():
            raise CatalogueError(
                f"{folder / entry.file} is missing, so that the snapshot would not be whole; see `rag corpus check`"
            )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def snapshots_with(folder: Path, sha256: str) -> list[str]:
    """Names of the snapshots that hold the document with this hash."""
    found = []
    for path in sorted((folder / SNAPSHOTS).glob("*/" + catalogue_file.NAME)):
        if any(entry.sha256 == sha256 for entry in catalogue_file.read(path.parent).document):
            found.append(path.parent.name)
    return found


def forget_document(folder: Path, name: str, sha256: str) -> None:
    """Take a document out of a snapshot: its file, and its entry with every link to it."""
    from rag.catalogue.lifecycle import unlinked

    home = folder / SNAPSHOTS / name
    catalogue = catalogue_file.read(home)
    entry = next(entry for entry in catalogue.document if entry.sha256 == sha256)
    text = catalogue_file.changed_text(
        (home / catalogue_file.NAME).read_text(encoding="utf-8"),
        unlinked(catalogue, entry.id),
        removed=[entry.id],
    )
    (home / entry.file).unlink(missing_ok=True)
    catalogue_file.write(home, text, act={"act": "remove", "document": entry.id, "sha256": sha256})


def check_export(folder: Path, archive: Path, *, of: str | None) -> None:
    """Raises UsageError where the snapshot or the folder for the archive is not there, or the archive lies in the corpus."""
    if archive.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"{archive} lies in the corpus folder, where it would keep the text of what is removed; name a path outside of it"
        )
    if of is not None and not (folder / SNAPSHOTS / of / catalogue_file.NAME).is_file():
        kept = sorted(path.parent.name for path in (folder / SNAPSHOTS).glob("*/" + catalogue_file.NAME))
        raise UsageError(f"there is no snapshot {of!r} in {folder}; there are: {', '.join(kept) or 'none'}")
    if not archive.parent.is_dir():
        raise UsageError(
            f"there is no folder {archive.parent} for the archive; make it, or name another place"
        )
    if archive.is_dir():
        raise UsageError(f"{archive} is a folder; name a file for the archive, for example {archive}.tar.gz")


def export(folder: Path, archive: Path, *, of: str | None = None, dry_run: bool = False) -> Path:
    """One ``.tar.gz`` of the corpus, or of a snapshot: catalogue, files, and a list of their hashes.

    Raises UsageError for a path inside the corpus folder or without a folder, CatalogueError for a corpus that is not
    whole. A dry run checks the same and writes nothing.
    """
    check_export(folder, archive, of=of)
    home = folder / SNAPSHOTS / of if of else folder
    catalogue = catalogue_file.read(home)
    listed = {catalogue_file.NAME: file_hash(home / catalogue_file.NAME)}
    listed |= {entry.file: entry.sha256 for entry in catalogue.document}
    for name, digest in listed.items():
        if not (home / name).is_file() or file_hash(home / name) != digest:
            raise CatalogueError(
                f"{home / name} is missing or changed since it was added; see `rag corpus check`"
            )
    if dry_run:
        return archive
    temporary = archive.with_name(f".{archive.name}{PART}")
    try:
        with tarfile.open(temporary, "w:gz") as tar:
            for name in listed:
                tar.add(home / name, arcname=name, recursive=False)
            manifest = json.dumps({"format": 1, "name": catalogue.name, "files": listed}, indent=1).encode()
            info = tarfile.TarInfo("manifest.json")
            info.size = len(manifest)
            tar.addfile(info, io.BytesIO(manifest))
        temporary.replace(archive)
    except OSError as error:
        raise UsageError(f"{archive} cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return archive


def import_preview(archive: Path, folder: Path) -> Catalogue:
    """What ``import_corpus`` would make a corpus of, after the same checks; nothing stays on the disk."""
    _expect_empty(folder)
    if archive.is_dir():
        return _checked(archive)
    found: dict[str, str] = {}
    text = ""
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                stream = tar.extractfile(tarfile.data_filter(member, str(folder)))
                if stream is None:
                    continue
                found[PurePosixPath(member.name).as_posix()] = _hash_of(stream)
                if member.name == catalogue_file.NAME:
                    stream.seek(0)
                    text = stream.read().decode("utf-8")
    except (tarfile.TarError, OSError, EOFError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{archive} cannot be unpacked: {error}; nothing was changed") from error
    if not text:
        raise CatalogueError(
            f"{archive} holds no {catalogue_file.NAME}, expected what `rag corpus export` made"
        )
    catalogue = catalogue_file.parse(text, path=archive / catalogue_file.NAME)
    for entry in catalogue.document:
        _expect_file(entry, found.get(PurePosixPath(entry.file).as_posix()))
    return catalogue


def _hash_of(stream: IO[bytes]) -> str:
    digest = sha256()
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _expect_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a folder for the new corpus")


def import_corpus(
    archive: Path,
    folder: Path,
    *,
    settings: Settings,
    workers: int | None = None,
    passwords: Passwords | None = None,
    on_step: OnStep | None = None,
) -> Catalogue:
    """A new corpus folder from an archive (or a snapshot's folder), every file checked, and its index made.

    Raises UsageError for a folder that is not empty, CatalogueError for an archive that is not whole.
    """
    _expect_empty(folder)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        if archive.is_dir():
            shutil.copytree(archive, part, dirs_exist_ok=True)
        else:
            _unpack(archive, part)
        catalogue = _checked(part)
        text = (part / catalogue_file.NAME).read_text(encoding="utf-8")
        made: Any = tomlkit.parse(text)
        made["index"] = "index"
        catalogue_file.parse(tomlkit.dumps(made), path=part / catalogue_file.NAME)
        (part / catalogue_file.NAME).write_text(tomlkit.dumps(made), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    from rag.wiring import ingest

    index = folder / "index"
    link(index, folder)
    files = [folder / entry.file for entry in catalogue.document]
    ingest(files, index, settings=settings, workers=workers, passwords=passwords, on_step=on_step)
    return catalogue_file.read(folder)


def _unpack(archive: Path, target: Path) -> None:
    try:
        with tarfile.open(archive, "r:*") as tar:
            tar.extractall(target, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise CatalogueError(f"{archive} cannot be unpacked: {error}; nothing was changed") from error


def _checked(home: Path) -> Catalogue:
    catalogue = catalogue_file.read(home)
    for entry in catalogue.document:
        path = home / entry.file
        _expect_file(entry, file_hash(path) if path.is_file() else None)
    return catalogue


def _expect_file(entry: Entry, found: str | None) -> None:
    """``found``: the hash of its file in the archive."""
    if found is None:
        raise CatalogueError(
            f"the archive lacks {entry.file}, which its catalogue lists; nothing was changed"
        )
    if found != entry.sha256:
        raise CatalogueError(
            f"{entry.file} has SHA-256 {found[:16]}…, expected {entry.sha256[:16]}…; nothing was changed"
        )
