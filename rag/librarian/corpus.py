"""A corpus folder: made, files taken in, documents removed for good."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rag.catalogue import file as catalogue_file
from rag.catalogue.entry import Entry, Status
from rag.catalogue.file import DOCUMENTS, Catalogue
from rag.catalogue.lifecycle import unlinked
from rag.catalogue.propose import proposals, remarks
from rag.catalogue.scope import link
from rag.datatypes import Document, Skipped
from rag.errors import CatalogueError, UsageError
from rag.index.open import open_corpus
from rag.ingest.document import file_hash
from rag.ingest.parse import find_files, parse_files
from rag.ingest.passwords import Passwords
from rag.librarian.pages import parsed_pages
from rag.librarian.snapshots import forget_document, snapshots_with
from rag.settings import Settings
from rag.store import MANIFEST

OnStep = Callable[[str, int, int], None]


class Added(NamedTuple):
    """What became of files that were to be taken in; each is in one of the lists."""

    entries: list[Entry]
    known: list[tuple[str, str]]
    """(path, id of the document with the same bytes)"""
    skipped: list[Skipped]
    documents: tuple[dict[str, Any], ...] = ()
    """Of those taken in, as ``IngestReport.documents``: their low and scanned pages."""


def init(folder: Path, *, title: str, index: Path | None) -> Catalogue:
    """An empty corpus. Raises CatalogueError where there is one already, UsageError for a bad name."""
    if (folder / catalogue_file.NAME).exists():
        raise CatalogueError(f"{folder} has a {catalogue_file.NAME} already; nothing was changed")
    name = folder.resolve().name
    where = index or Path("index")
    (folder / DOCUMENTS).mkdir(parents=True, exist_ok=True)
    with catalogue_file.locked(folder):
        text = catalogue_file.new_text(name, title, str(where.resolve() if index else where))
        made = catalogue_file.write(folder, text, act={"act": "init"})
    link(catalogue_file.index_folder_of(folder, made), folder)
    return made


def add_preview(
    folder: Path,
    paths: Sequence[Path],
    *,
    settings: Settings,
    workers: int | None = None,
    passwords: Passwords | None = None,
) -> Added:
    """What ``add`` would take in, by parsing alone: nothing is copied, indexed or written."""
    catalogue = catalogue_file.read(folder)
    files, known, skipped = _sorted(catalogue, paths)
    entries, taken = [], set(catalogue.entries)
    documents: list[dict[str, Any]] = []
    places = [path for path, _ in files]
    parsed = parse_files(
        places, settings.ingest, count_tokens=_words, workers=workers, passwords=passwords or {}
    )
    for path, result in zip(places, parsed, strict=True):
        if isinstance(result, Skipped):
            skipped.append(result)
        else:
            entries.append(_entry(result.document, f"{DOCUMENTS}/{path.name}", taken))
            documents.append(parsed_pages(result.document, settings.ingest.page_quality))
    return Added(entries, known, skipped, tuple(documents))


def add(
    folder: Path,
    paths: Sequence[Path],
    *,
    settings: Settings,
    workers: int | None = None,
    passwords: Passwords | None = None,
    on_step: OnStep | None = None,
) -> Added:
    """Copy files into the corpus, ingest them and list them, with proposals marked as unconfirmed.

    A copy of a file that is not taken in goes again; a file that lay in the corpus already stays.
    """
    from rag.wiring import ingest

    with catalogue_file.locked(folder):
        catalogue = catalogue_file.read(folder)
        index = catalogue_file.index_folder_of(folder, catalogue)
        files, known, skipped = _sorted(catalogue, paths)
        if not files:
            return Added([], known, skipped)
        before = set((folder.resolve() / DOCUMENTS).rglob("*"))
        places = [_copied(folder, path, digest) for path, digest in files]
        unwanted = {place for place in places if place not in before}
        link(index, folder)
        try:
            told = ingest(
                places, index, settings=settings, workers=workers, passwords=passwords, on_step=on_step
            )
            unwanted &= {Path(one.path) for one in told.skipped}
        finally:
            for place in unwanted:
                place.unlink(missing_ok=True)
        skipped += told.skipped
        taken = set(catalogue.entries)
        with closing(open_corpus(index)) as corpus:
            entries = [
                _entry(
                    corpus.document(row["id"]), str(Path(row["path"]).relative_to(folder.resolve())), taken
                )
                for row in told.documents
            ]
        act = {"act": "add", "documents": {entry.id: entry.sha256 for entry in entries}}
        text = catalogue_file.changed_text(
            (folder / catalogue_file.NAME).read_text(encoding="utf-8"), entries
        )
        catalogue_file.write(folder, text, act=act)
    return Added(entries, known, skipped, told.documents)


def _words(texts: Sequence[str]) -> list[int]:
    """Stands in for the encoder's count, which decides passages alone: a preview has none."""
    return [len(text.split()) for text in texts]


def _sorted(
    catalogue: Catalogue, paths: Sequence[Path]
) -> tuple[list[tuple[Path, str]], list[tuple[str, str]], list[Skipped]]:
    """Files to take in with their hashes, files that are there already, and files that cannot be taken in."""
    absent = [str(path) for path in paths if not path.exists()]
    if absent:
        raise UsageError(f"there is no file or folder {', '.join(absent)}; nothing was changed")
    found = find_files(list(paths))
    listed = {entry.sha256: entry.id for entry in catalogue.document}
    files: list[tuple[Path, str]] = []
    known: list[tuple[str, str]] = []
    for path in found.files:
        digest = file_hash(path)
        if digest in listed:
            known.append((str(path), listed[digest]))
        else:
            listed[digest] = path.name
            files.append((path, digest))
    return files, known, list(found.skipped)


def _copied(folder: Path, path: Path, digest: str) -> Path:
    """The file inside the corpus, under a name that is free; in place where it lies there already."""
    home = folder.resolve() / DOCUMENTS
    if path.resolve().is_relative_to(home):
        return path.resolve()
    home.mkdir(parents=True, exist_ok=True)
    target, number = home / path.name, 2
    while target.exists():
        if file_hash(target) == digest:
            return target
        target = home / f"{path.stem}-{number}{path.suffix}"
        number += 1
    temporary = target.with_name(f".{target.name}.part")
    shutil.copyfile(path, temporary)
    temporary.replace(target)
    return target


def _entry(document: Document, file: str, taken: set[str]) -> Entry:
    proposed = proposals(document)
    identity = _free_id(document, taken)
    taken.add(identity)
    return Entry(
        id=identity, file=file, sha256=document.id, added=date.today(), status=Status.CURRENT,
        unconfirmed=tuple(proposed), remarks=tuple(remarks(document)), **proposed,
    )  # fmt: skip


def _free_id(document: Document, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", Path(document.name).stem.lower()).strip("-")[:60] or "document"
    identity, number = stem, 2
    while identity in taken:
        identity, number = f"{stem}-{number}", number + 1
    return identity


def remove(
    folder: Path,
    identity: str,
    *,
    keep: Sequence[str] = (),
    settings: Settings,
    on_step: OnStep | None = None,
) -> dict[str, Any]:
    """Take a document out for good: from the catalogue, the folder, the index and every snapshot not in ``keep``.

    Afterwards no file of the corpus or of its index holds a byte of its text, but for the snapshots kept. Records of
    answers that quoted it lie elsewhere and are not touched. The index goes first and the catalogue last: from the first
    step on it cannot answer, and a run that was stopped can be run again.
    """
    from rag.wiring import ingest

    with catalogue_file.locked(folder):
        catalogue = catalogue_file.read(folder)
        entry = catalogue.entry(identity)
        index = catalogue_file.index_folder_of(folder, catalogue)
        known = snapshots_with(folder, entry.sha256)
        unknown = [name for name in keep if name not in known]
        if unknown:
            raise UsageError(
                f"no snapshot {unknown[0]!r} holds {identity!r}; those that do: {', '.join(known) or 'none'}"
            )
        cleared = [name for name in known if name not in keep]
        if (index / MANIFEST).is_file():
            ingest([], index, settings=settings, without=[entry.sha256], on_step=on_step)
        for name in cleared:
            forget_document(folder, name, entry.sha256)
        (folder / entry.file).unlink(missing_ok=True)
        text = catalogue_file.changed_text(
            (folder / catalogue_file.NAME).read_text(encoding="utf-8"),
            unlinked(catalogue, identity),
            removed=[identity],
        )
        act = {"act": "remove", "document": identity, "sha256": entry.sha256, "kept_in": list(keep)}
        catalogue_file.write(folder, text, act=act)
    return {"removed": identity, "sha256": entry.sha256, "snapshots": cleared}
