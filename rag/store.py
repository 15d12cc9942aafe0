"""Documents and passages on disk: one SQLite file an index, and the manifest that is written last.

Knows nothing of vectors, terms or parsing. A passage's row number is its place in the order
(document name, document id, place in document), so that it does not depend on when a file was added.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from rag.datatypes import Document, Frozen, Page, Parsed, Passage, Skipped
from rag.errors import (
    IndexFolderError,
    IndexIncomplete,
    IndexMismatch,
    IndexMissing,
    IndexNotWritten,
    UsageError,
)

FORMAT = 3
"""Raised when the layout of the folder, of the SQLite file or of what is in it changes."""
MANIFEST = "manifest.json"
CORPUS_LINK = "corpus.json"
"""Beside the manifest of an index that belongs to a catalogue: where that is."""
MANIFEST_COPY = "manifest.copy.json"
"""Written after the manifest, never read while that one is whole."""
_EDGE_BYTES = 1 << 20
_FULL_HASH_BYTES = 64 << 20

_SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, first_row INTEGER NOT NULL DEFAULT -1,
    passages INTEGER NOT NULL, pages INTEGER NOT NULL, digest TEXT NOT NULL,
    data TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE passages (
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    place INTEGER NOT NULL, content_hash BLOB NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (document_id, place)
) WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    settled INTEGER NOT NULL, document_id TEXT, category TEXT, reason TEXT
);
"""


class FileDigest(Frozen):
    """What tells a file of the index from a damaged one."""

    size: int
    sha256: str
    edges: str
    """SHA-256 of the first and the last MiB, for files too large to hash at every opening."""


class Manifest(Frozen):
    """What an index is. Its existence means that the generation it names is complete."""

    format: int = FORMAT
    generation: str
    """Name of the folder that holds the files."""
    corpus_id: str
    index_id: str
    encoder_id: str
    encoder_dtype: str
    settings_id: str
    """``Settings.index_id`` of the settings it was made with."""
    kind: str
    """"exact", "hnsw" or "ivf"."""
    documents: int
    pages: int
    passages: int
    dimension: int
    files: dict[str, FileDigest]
    """By path relative to the generation folder."""
    software: str
    created: str
    """UTC, ISO 8601."""
    ingest_settings_id: str = ""
    """``Settings.ingest_id``: what documents were cut with."""
    encoder_folder: str = ""
    """Where the encoder's files are, "" for the embedded one."""
    former: str = ""
    """Name of the generation that was in use before a switch and can be gone back to."""


class FileState(NamedTuple):
    """A source file as an ingest last saw it: taken in (``document_id``) or skipped (``category``)."""

    path: str
    sha256: str
    size: int
    mtime_ns: int
    settled: bool
    """Whether size and time suffice to call it unchanged: it was not modified just before it was read."""
    document_id: str | None
    category: str | None = None
    reason: str | None = None


class DocumentEntry(NamedTuple):
    """A document without its text."""

    id: str
    name: str
    title: str
    language: str
    pages: int
    passages: int


class StoredDocument(NamedTuple):
    """A document with all that the file holds of it, to be checked against itself."""

    document: Document
    passages: list[Passage]
    content_hashes: list[bytes]
    """As stored, of each passage."""
    digest: str
    """As stored; ``document_digest`` gives the one it should be."""
    first_row: int


def passage_text(title: str, passage: Passage) -> str:
    """What is embedded and searched: title, the last two headings, table header and the text."""
    headings = " > ".join(passage.section[-2:])
    parts = (title[:200], headings[:200], passage.header_text[:400], passage.text)
    return "\n".join(part for part in parts if part)


def content_hash(title: str, passage: Passage) -> bytes:
    """16 bytes that are equal when ``passage_text`` is."""
    return hashlib.sha256(passage_text(title, passage).encode("utf-8", "surrogatepass")).digest()[:16]


def document_digest(document: Document, bodies: Sequence[str]) -> str:
    """SHA-256 of a document, wherever its file lies, and of its passages as JSON."""
    digest = hashlib.sha256(document.model_dump_json(exclude={"source"}).encode())
    digest.update("\n".join(bodies).encode())
    return digest.hexdigest()


class CorpusFile:
    """The SQLite file of one generation. Fits ``ports.Corpus``; safe to read from several threads."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._writable = writable
        mode = "rwc" if writable else "ro&immutable=1"
        try:
            self._connection = sqlite3.connect(
                f"file:{_quoted(path)}?mode={mode}", uri=True, check_same_thread=False, isolation_level=None
            )
        except sqlite3.DatabaseError as error:
            raise self._failure(error) from error
        self._document = lru_cache(maxsize=16)(self._load_document)
        self._order: tuple[list[int], list[str]] | None = None

    @classmethod
    def create(cls, path: Path, *, copy_of: Path | None = None) -> CorpusFile:
        """A writable file, empty or starting as a copy; one transaction is open until ``finish``."""
        if copy_of is not None:
            shutil.copyfile(copy_of, path)
        store = cls(path, writable=True)
        store._run("PRAGMA journal_mode = MEMORY")
        store._run("PRAGMA synchronous = OFF")  # the manifest, written after an fsync, decides
        store._run("PRAGMA secure_delete = ON")
        store._run("PRAGMA foreign_keys = ON")
        if copy_of is None:
            store._connection.executescript(_SCHEMA)
        store._run("BEGIN")
        return store

    def close(self) -> None:
        self._connection.close()

    # reading

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 over every document's text, data and passages, in row order."""
        digests = self._run("SELECT digest FROM documents ORDER BY name, id")
        return hashlib.sha256("\n".join(row[0] for row in digests).encode()).hexdigest()[:16]

    def __len__(self) -> int:
        return int(self._run("SELECT coalesce(sum(passages), 0) FROM documents")[0][0])

    @property
    def page_count(self) -> int:
        return int(self._run("SELECT coalesce(sum(pages), 0) FROM documents")[0][0])

    def document(self, document_id: str) -> Document:
        """Raises UsageError when it is not in this index."""
        return self._document(document_id)

    def documents(self) -> Iterator[Document]:
        """Every document, in row order; read one at a time."""
        for entry in self.entries():
            yield self._load_document(entry.id)

    def entries(self) -> list[DocumentEntry]:
        """Every document without its text, in row order."""
        rows = self._run("SELECT id, name, data, pages, passages FROM documents ORDER BY name, id")
        return [_entry(*row) for row in rows]

    def row_ranges(self) -> dict[str, range]:
        """The rows of each document's passages, by document id."""
        rows = self._run("SELECT id, first_row, passages FROM documents")
        return {row[0]: range(row[1], row[1] + row[2]) for row in rows}

    def weak_pages(self, document_id: str, *, below: float) -> list[Page]:
        """Pages of a document that are scanned or whose score is lower."""
        (row,) = self._run("SELECT data FROM documents WHERE id = ?", document_id)
        return [
            Page.model_validate(page)
            for page in json.loads(row[0])["pages"]
            if (quality := page.get("quality")) and (quality["scanned"] or quality["score"] < below)
        ]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Passages by row number, in the order asked. Raises IndexError for a row that is not there."""
        return [self._passage(row) for row in rows]

    def files(self) -> dict[str, FileState]:
        """Every source file the index has met, by absolute path."""
        rows = self._run("SELECT * FROM files")
        return {row[0]: FileState._make((*row[:4], bool(row[4]), *row[5:])) for row in rows}

    def content_hashes(self) -> list[bytes]:
        """Of every passage, in row order."""
        return [row[0] for row in self._run(f"SELECT content_hash {_IN_ROW_ORDER}")]

    def passage_keys(self) -> list[tuple[str, int, bytes]]:
        """Document id, place in the document and content hash of every passage, in row order."""
        return [
            (row[0], row[1], row[2])
            for row in self._run(f"SELECT document_id, place, content_hash {_IN_ROW_ORDER}")
        ]

    def indexed_texts(self, rows: Iterable[int]) -> Iterator[str]:
        """What the passages of these rows are embedded and searched under."""
        titles = {entry.id: entry.title for entry in self.entries()}
        for row in rows:
            passage = self._passage(row)
            yield passage_text(titles[passage.document_id], passage)

    def stored_documents(self) -> Iterator[StoredDocument]:
        """Every document in row order; read one at a time."""
        for entry in self.entries():
            [[digest, first_row]] = self._run(
                "SELECT digest, first_row FROM documents WHERE id = ?", entry.id
            )
            rows = self._run(
                "SELECT data, content_hash FROM passages WHERE document_id = ? ORDER BY place", entry.id
            )
            passages = [Passage.model_validate_json(data) for data, _ in rows]
            yield StoredDocument(
                self._load_document(entry.id), passages, [found for _, found in rows], digest, first_row
            )

    def damage(self) -> list[str]:
        """What SQLite's own check of the file finds wrong."""
        return [str(row[0]) for row in self._run("PRAGMA integrity_check") if row[0] != "ok"]

    # writing

    def add(self, parsed: Parsed) -> None:
        """Take in a document; one with the same id is replaced."""
        document, passages = parsed.document, parsed.passages
        self.remove(document.id)
        data = document.model_dump_json(exclude={"text"})
        bodies = [passage.model_dump_json() for passage in passages]
        digest = document_digest(document, bodies)
        self._run(
            "INSERT INTO documents (id, name, passages, pages, digest, data, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
            document.id, document.name, len(passages), len(document.pages), digest, data,
            document.text,
        )  # fmt: skip
        for place, (passage, body) in enumerate(zip(passages, bodies, strict=True)):
            self._run(
                "INSERT INTO passages VALUES (?, ?, ?, ?)",
                document.id, place, content_hash(document.title, passage), body,
            )  # fmt: skip

    def remove(self, document_id: str) -> None:
        self._run("DELETE FROM documents WHERE id = ?", document_id)

    def forget_document(self, document_id: str) -> None:
        """Every path it was known under."""
        self._run("DELETE FROM files WHERE document_id = ?", document_id)

    def put_file(self, state: FileState) -> None:
        self._run("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *state)

    def forget_file(self, path: str) -> None:
        self._run("DELETE FROM files WHERE path = ?", path)

    def finish(self) -> None:
        """Number the rows and end the transaction."""
        row = 0
        for entry in self.entries():
            self._run("UPDATE documents SET first_row = ? WHERE id = ?", row, entry.id)
            row += entry.passages
        self._run("COMMIT")
        self._order = None
        self._document.cache_clear()

    # inside

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._failure(error) from error

    def _failure(self, error: sqlite3.DatabaseError) -> IndexFolderError:
        if self._writable:
            return IndexNotWritten(f"{self._path} cannot be written: {error}")
        return IndexIncomplete(f"{self._path} cannot be read: {error}; {_REMEDY}")

    def _load_document(self, document_id: str) -> Document:
        rows = self._run("SELECT data, text FROM documents WHERE id = ?", document_id)
        if not rows:
            raise UsageError(f"document {document_id!r} is not in this index")
        data, text = rows[0]
        return Document.model_validate({**json.loads(data), "text": text})

    def _first_rows(self) -> tuple[list[int], list[str]]:
        if self._order is None:
            rows = self._run("SELECT first_row, id FROM documents WHERE passages > 0 ORDER BY first_row")
            self._order = [row[0] for row in rows], [row[1] for row in rows]
        return self._order

    def _passage(self, row: int) -> Passage:
        first_rows, ids = self._first_rows()
        found = bisect_right(first_rows, row) - 1
        rows = (
            self._run(
                "SELECT data FROM passages WHERE document_id = ? AND place = ?",
                ids[found], int(row) - first_rows[found],
            )
            if found >= 0
            else []
        )  # fmt: skip
        if not rows:
            raise IndexError(f"row {row} of {len(self)}")
        return Passage.model_validate_json(rows[0][0])


_IN_ROW_ORDER = "FROM passages JOIN documents ON documents.id = document_id ORDER BY name, document_id, place"


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _entry(document_id: str, name: str, data: str, pages: int, passages: int) -> DocumentEntry:
    fields = json.loads(data)
    return DocumentEntry(document_id, name, fields["title"], fields["language"], pages, passages)


def skipped_from(state: FileState, *, path: str) -> Skipped:
    """The skip that was recorded for a file."""
    return Skipped.model_validate({"path": path, "reason": state.reason, "category": state.category})


# the manifest and the files it vouches for


def digest_file(path: Path) -> FileDigest:
    with path.open("rb") as stream:
        whole = hashlib.file_digest(stream, "sha256").hexdigest()
    return FileDigest(size=path.stat().st_size, sha256=whole, edges=_edges(path))


def _edges(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(_EDGE_BYTES)
        stream.seek(max(0, path.stat().st_size - _EDGE_BYTES))
        return hashlib.sha256(start + stream.read(_EDGE_BYTES)).hexdigest()


def check_file(path: Path, expected: FileDigest, *, full: bool = False) -> None:
    """Raise IndexIncomplete, naming the file, unless it is the one the manifest means.

    Size always; SHA-256 of the whole up to 64 MiB or when ``full``, beyond that of the first and last MiB.
    """
    if not path.is_file():
        raise IndexIncomplete(f"{path} is missing; {_REMEDY}")
    size = path.stat().st_size
    if size != expected.size:
        raise IndexIncomplete(f"{path} has {size} bytes, expected {expected.size}; {_REMEDY}")
    whole = full or size <= _FULL_HASH_BYTES
    found = digest_file(path).sha256 if whole else _edges(path)
    if found != (expected.sha256 if whole else expected.edges):
        raise IndexIncomplete(f"{path} is damaged: its SHA-256 differs from the manifest's; {_REMEDY}")


_REMEDY = (
    "`rag index verify` names all that is wrong; `rag index rollback` goes back to the former generation where there "
    "is one, or to the copy of a damaged manifest; `rag index rebuild` and `rag index switch` make a new one from the documents; otherwise delete the index "
    "folder and run `rag ingest` again"
)


def read_manifest(folder: Path, *, any_format: bool = False, name: str = MANIFEST) -> Manifest:
    """Raises IndexMissing, IndexIncomplete or, unless ``any_format``, IndexMismatch (another format)."""
    path = folder / name
    if not path.is_file():
        if (folder / MANIFEST_COPY).is_file():
            raise IndexIncomplete(f"{path} is missing; `rag index rollback` puts its copy in its place")
        if any(folder.glob("generation-*")):
            raise IndexIncomplete(
                f"{folder} has no manifest: an ingest was interrupted; run `rag ingest` again"
            )
        raise IndexMissing(f"no index in {folder}; make one with `rag ingest PATH --index {folder}`")
    try:
        fields = json.loads(path.read_bytes())
        found, checksum = fields["format"], fields.pop("checksum", "")
    except (ValueError, TypeError, KeyError) as error:
        raise IndexIncomplete(f"{path} is damaged ({error}); {_REMEDY}") from error
    if found != FORMAT and not any_format:
        raise IndexMismatch(
            f"{folder} has format {found}, this version reads format {FORMAT}; make it anew from the same files with "
            "`rag index rebuild` and `rag index switch`, or delete the index folder and run `rag ingest` again"
        )
    try:
        manifest = Manifest.model_validate(fields)
    except ValidationError as error:
        raise IndexIncomplete(f"{path} is damaged ({error}); {_REMEDY}") from error
    if found == FORMAT and checksum != _checksum(manifest):
        raise IndexIncomplete(f"{path} is damaged: its checksum is not that of what it says; {_REMEDY}")
    return manifest


def _checksum(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()


def write_manifest(folder: Path, manifest: Manifest, *, name: str = MANIFEST) -> None:
    """The one step that makes a generation the index: everything before it can be lost, nothing after."""
    fields = {**manifest.model_dump(), "checksum": _checksum(manifest)}
    temporary = folder / f"{name}.tmp"
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(fields, indent=2, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(folder / name)
    sync_folder(folder)


def sync_files(folder: Path) -> None:
    """Flush every file below ``folder``, and the folders, to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
