"""``catalogue.toml``: read with errors that name line and field, written without touching what the librarian wrote.

Two writers are kept apart by a lock file; a reader sees the old or the new file, never half of one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError, field_validator

from rag.catalogue.entry import Entry, successor_chain
from rag.datatypes import Frozen
from rag.errors import CatalogueError, UsageError

NAME = "catalogue.toml"
HISTORY = "history.jsonl"
LOCK = ".catalogue.lock"
FORMAT = 1
DOCUMENTS = "documents"
"""Folder of the files, inside the corpus folder."""

_HEAD = (
    "The documents of this corpus. Made to be edited by hand; `rag corpus check` tells what is wrong and where.",
    "A field that is not known is left out. `unconfirmed` names what the program read from the file itself.",
)


class Catalogue(Frozen):
    """A corpus: its name, its index folder and its documents, by id in the order of the file."""

    format: int = FORMAT
    name: str
    title: str = ""
    index: str
    """Folder of the index, absolute or relative to the catalogue's folder."""
    document: tuple[Entry, ...] = ()

    @field_validator("format")
    @classmethod
    def _known(cls, value: int) -> int:
        if value != FORMAT:
            raise ValueError(f"format {value}, this version reads format {FORMAT}")
        return value

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """By id."""
        return {entry.id: entry for entry in self.document}

    @property
    def id(self) -> str:
        """16 hex digits that change with anything it says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def entry(self, identity: str) -> Entry:
        """Raises UsageError, naming near ids, when there is none."""
        from difflib import get_close_matches

        found = self.entries.get(identity)
        if found is None:
            near = get_close_matches(identity, self.entries, n=3, cutoff=0.4)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UsageError(f"there is no document {identity!r} in the catalogue {self.name!r}{hint}")
        return found


def schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    return Catalogue.model_json_schema()


def index_folder_of(folder: Path, catalogue: Catalogue) -> Path:
    """Absolute; ``folder`` is that of the catalogue."""
    return (folder / catalogue.index).resolve()


# reading ----------------------------------------------------------------------------------------------


def read(folder: Path) -> Catalogue:
    """The catalogue of a corpus folder. Raises CatalogueError: missing, not TOML, or with a wrong field."""
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CatalogueError(f"{folder} has no {NAME}; make one with `rag corpus init {folder}`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path} cannot be read: {error}") from error
    return parse(text, path=path)


def parse(text: str, *, path: Path) -> Catalogue:
    """``path`` is for messages only."""
    try:
        fields = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{path} is not valid TOML: {error}") from error
    try:
        made = Catalogue.model_validate(fields)
    except ValidationError as error:
        told = [_told(one, fields, text) for one in error.errors()[:5]]
        more = f" and {error.error_count() - 5} more" if error.error_count() > 5 else ""
        raise CatalogueError(f"{path}: {'; '.join(told)}{more}") from error
    _check_links(made, text, path)
    return made


def _told(error: Mapping[str, Any], fields: Mapping[str, Any], text: str) -> str:
    """ "line 12, document "x", field status: …"."""
    place = error["loc"]
    number = place[1] if len(place) > 1 and place[0] == "document" and isinstance(place[1], int) else None
    field = next((part for part in reversed(place) if isinstance(part, str) and part != "document"), "")
    rows = fields.get("document", [])
    named = ""
    if number is not None and isinstance(rows, list) and isinstance(rows[number], dict):
        named = f'document "{rows[number].get("id", number + 1)}", '
    reason = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = ", ".join(Entry.model_fields if number is not None else Catalogue.model_fields)
        reason = f"there is no such field; known are {known}"
    elif error["type"] == "missing":
        reason = "is missing"
    where = f"field {field}: " if field else ""
    return f"line {line_of(text, number, field)}, {named}{where}{reason}"


def line_of(text: str, number: int | None, field: str) -> int:
    """Line (from 1) of a field of the document with that number (from 0), or of the head of the file.

    Where the field is not there: the line on which its table begins.
    """
    lines = text.splitlines()
    tables = [i for i, line in enumerate(lines) if re.match(r"\s*\[\[\s*document\s*\]\]", line)]
    if number is None or number >= len(tables):
        start, end = 0, tables[0] if tables and number is None else len(lines)
    else:
        start = tables[number]
        end = tables[number + 1] if number + 1 < len(tables) else len(lines)
    pattern = re.compile(rf"\s*[\"']?{re.escape(field)}[\"']?\s*=")
    return next((i for i in range(start, end) if field and pattern.match(lines[i])), start) + 1


def _check_links(made: Catalogue, text: str, path: Path) -> None:
    """Ids, hashes and files are there once; successors exist, both ways, and in no circle."""
    entries = made.entries
    places = {entry.id: number for number, entry in enumerate(made.document)}

    def wrong(number: int, field: str, reason: str) -> CatalogueError:
        name = made.document[number].id
        return CatalogueError(
            f'{path}: line {line_of(text, number, field)}, document "{name}", field {field}: {reason}'
        )

    for field in ("id", "sha256", "file"):
        met: dict[str, str] = {}
        for number, entry in enumerate(made.document):
            value = getattr(entry, field)
            if value in met:
                raise wrong(number, field, f"{value!r} is that of {met[value]!r} as well")
            met[value] = entry.id
    index = os.path.normpath(made.index) + os.sep
    for number, entry in enumerate(made.document):
        if os.path.normpath(entry.file).startswith(index):
            raise wrong(number, "file", f"{entry.file!r} lies in the index folder, expected documents/NAME")
        if entry.superseded_by is not None:
            if entry.superseded_by not in entries:
                raise wrong(number, "superseded_by", f"there is no document {entry.superseded_by!r}")
            if entry.id not in entries[entry.superseded_by].supersedes:
                raise wrong(
                    places[entry.superseded_by], "supersedes",
                    f"lacks {entry.id!r}, which names this document as its successor",
                )  # fmt: skip
        for old in entry.supersedes:
            if old not in entries:
                raise wrong(number, "supersedes", f"there is no document {old!r}")
            if entries[old].superseded_by != entry.id:
                raise wrong(
                    places[old], "superseded_by", f"is not {entry.id!r}, which says that it supersedes this"
                )
        try:
            successor_chain(entry.id, entries)
        except ValueError as error:
            raise wrong(number, "superseded_by", str(error)) from None


# writing ----------------------------------------------------------------------------------------------


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time. Raises CatalogueError when another is at work."""
    try:
        stream = (folder / LOCK).open("a+")
    except OSError as error:
        raise CatalogueError(f"{folder} cannot be written: {error.strerror}; nothing was changed") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CatalogueError(f"another command is changing {folder}; wait for it to end") from None
        yield


def new_text(name: str, title: str, index: str) -> str:
    """A catalogue without documents."""
    import tomlkit

    made = tomlkit.document()
    for line in _HEAD:
        made.add(tomlkit.comment(line))
    made.add("format", tomlkit.item(FORMAT))
    made.add("name", tomlkit.item(name))
    made.add("title", tomlkit.item(title))
    made.add("index", tomlkit.item(index))
    return tomlkit.dumps(made)


def changed_text(text: str, entries: Sequence[Entry], *, removed: Sequence[str] = ()) -> str:
    """The file with these documents put in (new, or in place of those with their ids) and others taken out.

    Comments and the order of the librarian stay, fields that did not change too.
    """
    import tomlkit
    from tomlkit.items import AoT

    made = tomlkit.parse(text)
    tables: Any = made.get("document")
    if tables is None:
        tables = tomlkit.aot()
        made.append("document", tables)
    assert isinstance(tables, AoT)
    for number in reversed([i for i, table in enumerate(tables) if table.get("id") in removed]):
        del tables[number]
    known = {str(table.get("id")): table for table in tables}
    for entry in entries:
        table = known.get(entry.id)
        if table is None:
            table = tomlkit.table()
            tables.append(table)
        _put(table, entry)
    if not len(tables):
        made.remove("document")
    return tomlkit.dumps(made)


def _put(table: Any, entry: Entry) -> None:
    wanted = {name: value for name, value in entry.model_dump().items() if value not in (None, ())}
    for name in [name for name in table if name not in wanted]:
        del table[name]
    for name, value in wanted.items():
        plain = list(value) if isinstance(value, tuple) else str(value) if isinstance(value, str) else value
        if name not in table or _plain(table[name]) != plain:
            table[name] = plain


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def write(folder: Path, text: str, *, act: Mapping[str, Any]) -> Catalogue:
    """Check the text, make it the catalogue in one step, and add the act to the history.

    Call under ``locked``. Raises CatalogueError, and changes nothing, where the text would not be read again.
    """
    path = folder / NAME
    made = parse(text, path=path)
    temporary = path.with_suffix(".toml.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        with (folder / HISTORY).open("a", encoding="utf-8") as stream:
            when = datetime.now(UTC).isoformat(timespec="seconds")
            stream.write(
                json.dumps({"at": when, "catalogue": made.id, **act}, ensure_ascii=False, default=str) + "\n"
            )
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CatalogueError(f"{path} cannot be written: {error.strerror}; it is as it was") from error
    return made
