"""A corpus folder: made, files taken in, documents removed for good."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rag.catalogue import file as catalogue_file
from rag.catalogue.entry import Entry, Status
from rag.catalogue.file import DOCUMENTS, Catalogue
from rag.catalogue.lifecycle import unlinked
from rag.catalogue.propose import proposals, remarks
from rag.catalogue.scope import link, linked_folder, other_owner
from rag.datatypes import Document, Skipped
from rag.errors import CatalogueError, UsageError
from rag.index.folder import locked as index_locked
from rag.index.folder import refuse_foreign, remove_journal, remove_leftovers
from rag.index.open import open_corpus
from rag.ingest.document import file_hash
from rag.ingest.parse import find_files, parse_files
from rag.ingest.passwords import Passwords
from rag.librarian.pages import parsed_pages
from rag.librarian.snapshots import PART, SNAPSHOTS, forget_document, snapshots_with
from rag.settings import Settings
from rag.store import MANIFEST

OnStep = Callable[[str, int, int], None]
STAGING = ".fetched"
"""In the corpus folder: what is being fetched, and what was fetched and could not be taken in."""


class Added(NamedTuple):
    """What became of files that were to be taken in; each is in one of the lists."""

    entries: list[Entry]
    known: list[tuple[str, str]]
    """(path, id of the document with the same bytes)"""
    skipped: list[Skipped]
    mended: tuple[tuple[str, str], ...] = ()
    """(path, id) of listed documents whose file or whose place in the index was lost; their entries stay as they are."""
    documents: tuple[dict[str, Any], ...] = ()
    """Of those taken in, as ``IngestReport.documents``: their low and scanned pages."""


def init(folder: Path, *, title: str, index: Path | None, dry_run: bool = False) -> Catalogue | None:
    """An empty corpus. Raises CatalogueError where there is one already, or where the index is that of another.

    A dry run checks the same, makes nothing and gives None.
    """
    if (folder / catalogue_file.NAME).exists():
        raise CatalogueError(f"{folder} has a {catalogue_file.NAME} already; nothing was changed")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a folder for the corpus")
    where = index.resolve() if index else folder.resolve() / "index"
    refuse_foreign(where)
    owner = linked_folder(where)
    if owner is not None and owner.resolve() != folder.resolve():
        raise CatalogueError(
            f"{where} is the index of the corpus {owner}, whose documents would answer no more; nothing was changed. "
            f"Name another folder with --index"
        )
    text = catalogue_file.new_text(folder.resolve().name, title, str(where) if index else "index")
    catalogue_file.parse(text, path=folder / catalogue_file.NAME)
    if dry_run:
        return None
    (folder / DOCUMENTS).mkdir(parents=True, exist_ok=True)
    with catalogue_file.locked(folder):
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
    indexed = _indexed(catalogue_file.index_folder_of(folder, catalogue))
    new, lost, known, skipped = _sorted(folder, catalogue, paths, indexed)
    entries, taken = [], set(catalogue.entries)
    documents: list[dict[str, Any]] = []
    places = [path for path, _ in new]
    parsed = parse_files(
        places, settings.ingest, count_tokens=_words, workers=workers, passwords=passwords or {}
    )
    for path, result in zip(places, parsed, strict=True):
        if isinstance(result, Skipped):
            skipped.append(result)
        else:
            entries.append(_entry(result.document, f"{DOCUMENTS}/{path.name}", taken))
            documents.append(parsed_pages(result.document, settings.ingest.page_quality))
    return Added(
        entries,
        known,
        skipped,
        mended=tuple((str(path), entry.id) for path, entry in lost),
        documents=tuple(documents),
    )


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

    A copy of a file that is not taken in goes again; a file that lay in the corpus already stays. A document that is
    listed, and whose file or place in the index was lost, gets them back. One that is in the index and not listed is
    listed as the index holds it.
    """
    from rag.wiring import ingest

    with catalogue_file.locked(folder):
        catalogue = catalogue_file.read(folder)
        index = catalogue_file.index_folder_of(folder, catalogue)
        indexed = _indexed(index)
        new, lost, known, skipped = _sorted(folder, catalogue, paths, indexed)
        if not new and not lost:
            return Added([], known, skipped)
        if (owner := other_owner(index, folder)) is not None:
            raise CatalogueError(
                f"{index} is the index of the corpus {owner}; set `index` in {folder / catalogue_file.NAME} to another "
                f"folder. Nothing was changed"
            )
        before = set((folder.resolve() / DOCUMENTS).rglob("*"))
        places = {_copied(folder, path, digest): digest for path, digest in new}
        back = {_put_back(folder, path, entry): entry for path, entry in lost}
        unwanted = {place for place in places if place not in before}
        link(index, folder)
        pages: tuple[dict[str, Any], ...] = ()
        try:
            hashes = places | {place: entry.sha256 for place, entry in back.items()}
            taken_in = {place: digest for place, digest in hashes.items() if indexed.has(place, digest)}
            if wanted := [place for place in hashes if place not in taken_in]:
                told = ingest(
                    wanted, index, settings=settings, workers=workers, passwords=passwords, on_step=on_step
                )
                places_of = {place.resolve(): place for place in wanted}
                taken_in |= {places_of[Path(row["path"])]: str(row["id"]) for row in told.documents}
                skipped += told.skipped
                pages = told.documents
            unwanted -= taken_in.keys()
        finally:
            for place in unwanted:
                place.unlink(missing_ok=True)
        taken = set(catalogue.entries)
        with closing(open_corpus(index)) as corpus:
            entries = [
                _entry(corpus.document(taken_in[place]), str(place.relative_to(folder.resolve())), taken)
                for place in places
                if place in taken_in
            ]
        mended = tuple(
            (str(place), entry.id) for place, entry in back.items() if taken_in.get(place) == entry.sha256
        )
        act: dict[str, Any] = {"act": "add", "documents": {entry.id: entry.sha256 for entry in entries}}
        if mended:
            act["mended"] = {identity: catalogue.entries[identity].sha256 for _, identity in mended}
        text = catalogue_file.changed_text(
            (folder / catalogue_file.NAME).read_text(encoding="utf-8"), entries
        )
        catalogue_file.write(folder, text, act=act)
    return Added(entries, known, skipped, mended=mended, documents=pages)


class _Indexed(NamedTuple):
    """What an index holds; nothing where there is none."""

    documents: Collection[str]
    places: Mapping[str, str]
    """Absolute path of a file to the id of the document that it was when it was taken in."""

    def has(self, place: Path, digest: str) -> bool:
        """Whether the document is in the index, and nothing else is at this place."""
        return digest in self.documents and self.places.get(str(place), digest) == digest


def _indexed(index: Path) -> _Indexed:
    if not (index / MANIFEST).is_file():
        return _Indexed((), {})
    with closing(open_corpus(index)) as corpus:
        places = {key: state.document_id for key, state in corpus.files().items() if state.document_id}
        return _Indexed(corpus.row_ranges().keys(), places)


def _words(texts: Sequence[str]) -> list[int]:
    """Stands in for the encoder's count, which decides passages alone: a preview has none."""
    return [len(text.split()) for text in texts]


class _Sorted(NamedTuple):
    """Files that were named, by what is to be done with them."""

    new: list[tuple[Path, str]]
    """To be taken in, with their hashes."""
    lost: list[tuple[Path, Entry]]
    """Of listed documents whose file is missing, or which the index has not or has otherwise."""
    known: list[tuple[str, str]]
    skipped: list[Skipped]


def _sorted(folder: Path, catalogue: Catalogue, paths: Sequence[Path], indexed: _Indexed) -> _Sorted:
    """Raises UsageError for a path that is not there."""
    absent = [str(path) for path in paths if not path.exists()]
    if absent:
        raise UsageError(f"there is no file or folder {', '.join(absent)}; nothing was changed")
    home = folder.resolve()
    by_hash = {entry.sha256: entry for entry in catalogue.document}
    by_place = {(home / entry.file).resolve(): entry for entry in catalogue.document}
    found = find_files(list(paths))
    made = _Sorted([], [], [], list(found.skipped))
    named: dict[str, str] = {}
    resolved = [path.resolve() for path in paths]
    folders, files = [path for path in resolved if path.is_dir()], set(resolved)
    for path in found.files:
        own = path in files or path in by_place
        if not own and not any(path.is_relative_to(one) for one in folders):
            made.skipped.append(_skipped(path, "a link leads out of the folder to it; name the file itself"))
            continue
        digest = file_hash(path)
        entry, here = by_hash.get(digest), by_place.get(path)
        if here is not None and here.sha256 != digest:
            made.skipped.append(_skipped(path, _edited(here)))
        elif digest in named:
            made.known.append((str(path), named[digest]))
        elif entry is None:
            named[digest] = path.name
            made.new.append((path, digest))
        elif indexed.has(home / entry.file, digest) and (home / entry.file).is_file():
            made.known.append((str(path), entry.id))
        elif (home / entry.file).exists() and file_hash(home / entry.file) != digest:
            made.skipped.append(_skipped(path, f"it is {entry.id!r}, but {_edited(entry)}"))
        else:
            named[digest] = entry.id
            made.lost.append((path, entry))
    return made


def _skipped(path: Path, reason: str) -> Skipped:
    return Skipped(path=str(path), reason=reason, category="unreadable")


def _edited(entry: Entry) -> str:
    return (
        f"{entry.file} is the file of {entry.id!r} and is not as it was when it was added. Copy the changed one elsewhere "
        f"and put the old one back; then add the changed one under another name, and `rag corpus supersede {entry.id} NEW`"
    )


def _put_back(folder: Path, path: Path, entry: Entry) -> Path:
    """The listed file of a document, copied from ``path`` where it is missing."""
    place = folder.resolve() / entry.file
    if not place.exists():
        _copy(path, place)
    return place


def _copied(folder: Path, path: Path, digest: str) -> Path:
    """The file inside the corpus, under a name that is free; in place where it lies there already."""
    home = folder.resolve() / DOCUMENTS
    if path.resolve().is_relative_to(home):
        return path.resolve()
    target, number = home / path.name, 2
    while target.exists():
        if file_hash(target) == digest:
            return target
        target = home / f"{path.stem}-{number}{path.suffix}"
        number += 1
    _copy(path, target)
    return target


def _copy(path: Path, target: Path) -> None:
    """Whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}{PART}")
    shutil.copyfile(path, temporary)
    temporary.replace(target)


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

    Afterwards no file of the corpus or of its index holds a byte of its text, but for the snapshots kept: other files of
    the folder with the same bytes go as well, and so does what killed runs have left. Archives (``.tar.gz``) that lie in
    the folder are not opened but named. Records of answers that quoted it lie elsewhere and are not touched. The index
    goes first and the catalogue last: from the first step on it cannot answer, and a run that was stopped can be run again.
    """
    from rag.wiring import ingest

    with catalogue_file.locked(folder), _no_fetching(folder):
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
        elif index.is_dir():
            _clear_unfinished_index(index)
        for name in cleared:
            forget_document(folder, name, entry.sha256)
        others = _same_bytes(folder, entry, leave_out=[index, *(folder / SNAPSHOTS / name for name in keep)])
        for path in [folder / entry.file, *others]:
            path.unlink(missing_ok=True)
        _sweep_leftovers(folder)
        text = catalogue_file.changed_text(
            (folder / catalogue_file.NAME).read_text(encoding="utf-8"),
            unlinked(catalogue, identity),
            removed=[identity],
        )
        act = {"act": "remove", "document": identity, "sha256": entry.sha256, "kept_in": list(keep)}
        catalogue_file.write(folder, text, act=act)
    archives = [str(path) for path in sorted(folder.rglob("*.tar*")) if path.is_file()]
    return {
        "removed": identity, "sha256": entry.sha256, "snapshots": cleared, "archives": archives,
        "copies": [str(path.relative_to(folder)) for path in others],
    }  # fmt: skip


def _clear_unfinished_index(index: Path) -> None:
    """What a killed run has left in an index folder without a manifest."""
    with index_locked(index):
        remove_leftovers(index)
        remove_journal(index)


def _same_bytes(folder: Path, entry: Entry, *, leave_out: Sequence[Path]) -> list[Path]:
    """Other files anywhere in the corpus folder with the bytes of this document."""
    own = folder / entry.file
    whole = own.is_file() and file_hash(own) == entry.sha256
    size = own.stat().st_size if whole else None
    spared = [path.resolve() for path in leave_out]
    found = []
    for path in sorted(folder.rglob("*")):
        if path == own or path.is_symlink() or not path.is_file():
            continue
        if any(path.resolve().is_relative_to(one) for one in spared):
            continue
        if size in (None, path.stat().st_size) and file_hash(path) == entry.sha256:
            found.append(path)
    return found


def _no_fetching(folder: Path) -> AbstractContextManager[None]:
    """Keeps ``fetch`` out, whose begun downloads are swept away. Raises CatalogueError where it is at work."""
    staging = folder / STAGING
    return catalogue_file.locked(staging) if staging.is_dir() else nullcontext()


def _sweep_leftovers(folder: Path) -> None:
    """What killed runs have left: begun copies, snapshots, archives and downloads."""
    for path in sorted(folder.rglob(f".*{PART}")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
