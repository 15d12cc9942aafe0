"""What lies in an index folder: the manifest, generations, the journal, and the lock that keeps writers apart.

    manifest.json               names the generation in use, and the former one that can be gone back to
    manifest.copy.json          the same, for when that one is damaged
    generation-…/               corpus.sqlite, vectors.faiss, lexical/
    generation-…/manifest.json  of one that is complete but not in use (the former one, or a candidate): what the
                                manifest would be once it is
    journal.sqlite              what a run that has not ended has done so far
    .lock                       held by the process that writes, with its number and since when

Knows nothing of what the files of a generation hold.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal, NamedTuple

from rag.errors import IndexBusy, IndexFolderError, IndexIncomplete, IndexNotWritten, UsageError
from rag.store import (
    CORPUS_LINK,
    MANIFEST,
    MANIFEST_COPY,
    Manifest,
    read_manifest,
    sync_folder,
    write_manifest,
)

LOCK = ".lock"
JOURNAL = "journal.sqlite"
GENERATION = re.compile(r"generation-[0-9a-f]{12}")
_NOT_WRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}

Role = Literal["current", "former", "candidate"]


class Generation(NamedTuple):
    """A complete generation and what it is for."""

    name: str
    role: Role
    manifest: Manifest


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one process writes to ``folder`` at a time; it is made where it is not there yet.

    Raises IndexBusy naming the process that writes, IndexNotWritten, and UsageError for a folder that
    holds other things. What goes wrong inside for want of space or rights is an IndexNotWritten, too.
    """
    with _explained(folder):
        refuse_foreign(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("a+", encoding="utf-8") as stream:
            _take(folder, stream)
            try:
                yield
            finally:
                stream.truncate(0)


def _take(folder: Path, stream: IO[str]) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise IndexBusy(
            f"another ingest{_holder(stream)} is writing to {folder}; wait for it to end, nothing was changed"
        ) from error
    stream.truncate(0)
    stream.write(json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}))
    stream.flush()


def _holder(stream: IO[str]) -> str:
    """Which process, since when; nothing when it has not said so yet."""
    stream.seek(0)
    try:
        fields = json.loads(stream.read())
        return f" (process {fields['pid']}, since {fields['since']})"
    except (ValueError, KeyError, TypeError):
        return ""


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Errors of the disk as one that says what was found and what to do."""
    try:
        yield
    except IndexNotWritten as error:
        raise IndexNotWritten(_why(folder, str(error))) from error
    except sqlite3.OperationalError as error:
        raise IndexNotWritten(_why(folder, str(error))) from error
    except OSError as error:
        if error.errno not in _NOT_WRITTEN:
            raise
        raise IndexNotWritten(_why(folder, str(error))) from error


def _why(folder: Path, found: str) -> str:
    there = folder if folder.exists() else folder.parent
    free = f"{shutil.disk_usage(there).free / 1e6:,.0f} MB are free there" if there.exists() else "not there"
    return (
        f"the index in {folder} could not be written ({found}; {free}). The index is as it was before. Make room or "
        "give the right to write, and run the command again: documents that were read and encoded are not done again"
    )


def refuse_foreign(folder: Path) -> None:
    """Raise UsageError unless ``folder`` is absent, empty or an index."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a folder for the index")
    names = {path.name for path in folder.iterdir()}
    ours = {name for name in names if name in (LOCK, MANIFEST, CORPUS_LINK) or GENERATION.fullmatch(name)}
    if names and not ours:
        raise UsageError(f"{folder} holds other things ({min(names)}, …) and no index; name an empty folder")


def generation_folder(folder: Path, manifest: Manifest) -> Path:
    """Raises IndexIncomplete when the manifest names a folder outside the index."""
    if Path(manifest.generation).name != manifest.generation:
        raise IndexIncomplete(f"{folder}: the manifest names a strange generation {manifest.generation!r}")
    return folder / manifest.generation


def generations(folder: Path) -> list[Generation]:
    """The complete ones that can be used: current, then former, then candidates, the newest first.

    A candidate is one that was made beside the current generation: after an ingest or a switch it no longer is.
    Raises IndexMissing or IndexIncomplete for the folder; others than the current that cannot be read are left out.
    """
    current = read_manifest(folder, any_format=True)
    others = {path.name: _own_manifest(path) for path in folder.iterdir() if GENERATION.fullmatch(path.name)}
    others.pop(current.generation, None)
    made = sorted(
        ((name, manifest) for name, manifest in others.items() if manifest is not None),
        key=lambda one: one[1].created,
        reverse=True,
    )
    return [
        Generation(current.generation, "current", current),
        *(Generation(name, "former", manifest) for name, manifest in made if name == current.former),
        *(
            Generation(name, "candidate", manifest)
            for name, manifest in made
            if manifest.former == current.generation
        ),
    ]


def _own_manifest(generation: Path) -> Manifest | None:
    try:
        return read_manifest(generation, any_format=True)
    except IndexFolderError:
        return None


def remove_leftovers(folder: Path, *, keep: set[str] | None = None) -> list[str]:
    """Delete generations that are not in ``keep``, by default those of runs that were killed; gives their names."""
    if keep is None:
        begun = any((folder / name).is_file() for name in (MANIFEST, MANIFEST_COPY))
        keep = {one.name for one in generations(folder)} if begun else set()
    gone = [
        path for path in sorted(folder.iterdir()) if path.name not in keep and GENERATION.fullmatch(path.name)
    ]
    for path in gone:
        (path / MANIFEST).unlink(missing_ok=True)  # first: what is half deleted is not complete
        shutil.rmtree(path)
    for name in (MANIFEST, MANIFEST_COPY):
        (folder / f"{name}.tmp").unlink(missing_ok=True)
    return [path.name for path in gone]


def put_in_use(folder: Path, manifest: Manifest) -> None:
    """The one step. Where it fails, the generation that is not used goes, so that it takes no room."""
    try:
        write_manifest(folder, manifest)
        write_manifest(folder, manifest, name=MANIFEST_COPY)
    except BaseException:
        remove_leftovers(folder)
        raise


def restore_manifest(folder: Path) -> Manifest | None:
    """Where the manifest cannot be read: put its copy in its place and give that; None where it can.

    Raises IndexMissing for a folder without an index, IndexIncomplete when the copy cannot be read either.
    """
    try:
        read_manifest(folder, any_format=True)
    except IndexIncomplete as error:
        if not (folder / MANIFEST_COPY).is_file():
            raise
        copy = read_manifest(folder, any_format=True, name=MANIFEST_COPY)
        if not generation_folder(folder, copy).is_dir():
            raise IndexIncomplete(f"{error}; its copy names a generation that is gone") from error
        write_manifest(folder, copy)
        return copy
    return None


def remove_journal(folder: Path) -> None:
    for path in folder.glob(f"{JOURNAL}*"):
        path.unlink()


def forget_other_generations(folder: Path) -> list[str]:
    """Delete all but the generation in use, and the journal; gives the names of the generations that went.

    After this nothing in the folder holds text of a document that the generation in use does not hold.
    Raises IndexMissing, IndexIncomplete, IndexBusy, IndexNotWritten.
    """
    read_manifest(folder)
    with locked(folder):
        return keep_only_current(folder)


def keep_only_current(folder: Path) -> list[str]:
    """``forget_other_generations`` for one that holds the lock."""
    current = read_manifest(folder)
    if current.former:
        put_in_use(folder, current.model_copy(update={"former": ""}))
    gone = remove_leftovers(folder, keep={current.generation})
    remove_journal(folder)
    sync_folder(folder)
    return gone
