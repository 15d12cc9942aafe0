"""The catalogue of an index at the time of a question: which documents may answer, and what each of them is.

An index that belongs to a catalogue says so in ``corpus.json`` beside its manifest. The catalogue is read again when it
has changed on the disk, so that a withdrawal counts from the next question on.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

from rag.catalogue.entry import Entry, standing_on
from rag.catalogue.file import NAME, Catalogue, index_folder_of, read
from rag.datatypes import DocumentState, Standing
from rag.errors import CatalogueError
from rag.store import CORPUS_LINK as LINK


def link(index: Path, corpus: Path) -> None:
    """Write down in the index folder to which corpus it belongs."""
    index.mkdir(parents=True, exist_ok=True)
    path = index / LINK
    temporary = path.with_suffix(".json.tmp")
    temporary.write_text(json.dumps({"corpus": os.path.relpath(corpus, index)}) + "\n", encoding="utf-8")
    temporary.replace(path)


def corpus_folder(index: Path) -> Path | None:
    """The corpus folder an index belongs to; None for an index without a catalogue.

    Raises CatalogueError where the index says that it has one and it is not there: better no answer than one
    from documents that may have been withdrawn.
    """
    folder = linked_folder(index)
    if folder is None:
        return None
    if not (folder / NAME).is_file():
        raise CatalogueError(
            f"{index} belongs to the corpus {folder}, which has no {NAME}. Without it nobody can tell which documents are "
            f"in force. Put it back, or run `rag corpus check --corpus FOLDER` for the folder it has moved to"
        )
    return folder


def linked_folder(index: Path) -> Path | None:
    """The folder that an index names as its corpus, there or not; None for one that names none.

    Raises CatalogueError where that cannot be read.
    """
    path = index / LINK
    if not path.is_file():
        return None
    try:
        folder: Path = (index / json.loads(path.read_bytes())["corpus"]).resolve()
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise CatalogueError(
            f"{path} is damaged ({error!r}); `rag corpus check --corpus FOLDER` writes it anew"
        ) from error
    return folder


def other_owner(index: Path, corpus: Path) -> Path | None:
    """Another corpus, there and with this index as its own, that the index names; None where there is none."""
    try:
        owner = corpus_folder(index)
        if owner is None or owner == corpus.resolve():
            return None
        return owner if index_folder_of(owner, read(owner)) == index.resolve() else None
    except CatalogueError:
        return None


class CatalogueReader:
    """Fits ``ports.Standings``: reads a corpus folder's catalogue, anew whenever the file has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None
        self._catalogue: Catalogue | None = None
        self._by_hash: dict[str, Entry] = {}

    @property
    def id(self) -> str:
        return self._read().id

    def standing(self, document_id: str, day: date) -> Standing:
        """Of the document with this SHA-256 on that day."""
        entries = self._read().entries
        entry = self._by_hash.get(document_id)
        return standing_on(entry, entries, day) if entry else Standing(state=DocumentState.UNLISTED)

    def file(self, document_id: str) -> Path | None:
        """Its file inside the corpus folder; None for a document that is not listed."""
        self._read()
        entry = self._by_hash.get(document_id)
        return self._folder / entry.file if entry else None

    def _read(self) -> Catalogue:
        try:
            now = (self._folder / NAME).stat()
        except OSError as error:
            raise CatalogueError(f"{self._folder / NAME} cannot be read: {error.strerror}") from error
        seen = (now.st_mtime_ns, now.st_size, now.st_ino)
        if self._catalogue is None or seen != self._seen:
            self._catalogue = read(self._folder)
            self._by_hash = {entry.sha256: entry for entry in self._catalogue.document}
            self._seen = seen
        return self._catalogue
