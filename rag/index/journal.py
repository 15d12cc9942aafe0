"""What an ingest has parsed and encoded so far, so that a run that dies loses at most its last step.

A cache beside the generations, keyed by content: the file's SHA-256 for documents, the passage's hash for
vectors. A damaged or torn entry is as good as none. The file goes when the run that wrote it, or a later
one, ends; until then it never holds a document that the run at hand was not asked for.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from pydantic import ValidationError

from rag.datatypes import Parsed
from rag.ports import FloatMatrix
from rag.store import FileState

_SCHEMA = """
CREATE TABLE made_with (name TEXT NOT NULL);
CREATE TABLE documents (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL
);
CREATE TABLE vectors (content_hash BLOB PRIMARY KEY, digest BLOB NOT NULL, vector BLOB NOT NULL) WITHOUT ROWID;
"""


class Journal:
    """Each ``put`` is kept whatever happens to the process afterwards."""

    def __init__(self, path: Path, *, made_with: str) -> None:
        """``made_with`` names all that decides what is parsed and encoded; entries made otherwise are dropped."""
        if not _usable(path, made_with):
            for one in path.parent.glob(f"{path.name}*"):
                one.unlink()
        fresh = not path.exists()
        self._connection = sqlite3.connect(path, isolation_level=None)
        # A killed process loses nothing of what the system has been given; after a power cut digests tell.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA secure_delete = ON")
        if fresh:
            self._connection.executescript(f"BEGIN; {_SCHEMA}")
            self._connection.execute("INSERT INTO made_with VALUES (?)", (made_with,))
            self._connection.execute("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def keep_only(self, states: Iterable[FileState]) -> None:
        """Drop documents other than these files as they are now."""
        wanted = {(state.path, state.sha256) for state in states}
        held = self._connection.execute("SELECT path, sha256 FROM documents").fetchall()
        gone = [row[0] for row in held if row not in wanted]
        self._connection.executemany("DELETE FROM documents WHERE path = ?", [(path,) for path in gone])

    def document(self, state: FileState) -> Parsed | None:
        """What was parsed of this file with these bytes."""
        query = "SELECT digest, body FROM documents WHERE path = ? AND sha256 = ?"
        row = self._connection.execute(query, (state.path, state.sha256)).fetchone()
        if row is None or row[0] != _digest(row[1]):
            return None
        try:
            return Parsed.model_validate_json(row[1])
        except ValidationError:
            return None

    def put_document(self, state: FileState, parsed: Parsed) -> None:
        body = parsed.model_dump_json().encode()
        values = (state.path, parsed.document.id, _digest(body), body)
        self._connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", values)

    def vectors(self, hashes: Iterable[bytes]) -> dict[bytes, FloatMatrix]:
        """Of those passages whose vector is held: content hash -> (dimension,)."""
        query = "SELECT digest, vector FROM vectors WHERE content_hash = ?"
        found = {one: self._connection.execute(query, (one,)).fetchone() for one in hashes}
        return {
            one: np.frombuffer(row[1], np.float32)
            for one, row in found.items()
            if row is not None and row[0] == _digest(row[1])
        }

    def put_vectors(self, hashes: Sequence[bytes], vectors: FloatMatrix) -> None:
        """(len(hashes), dimension); all of them or, should the process die, none."""
        bodies = [np.ascontiguousarray(vector, np.float32).tobytes() for vector in vectors]
        rows = [(one, _digest(body), body) for one, body in zip(hashes, bodies, strict=True)]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        self._connection.execute("COMMIT")


def _usable(path: Path, made_with: str) -> bool:
    """Whether the file is whole and its entries were made as those of this run will be."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            names = connection.execute("SELECT name FROM made_with").fetchall()
            sound = connection.execute("PRAGMA quick_check").fetchall()
    except sqlite3.DatabaseError:
        return False
    return names == [(made_with,)] and sound == [("ok",)]


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:16]
