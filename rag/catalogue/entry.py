"""One document's line in the catalogue, and what it is on a given day.

In force from its first day, if that is known, until the earliest of: the day after its last day, its withdrawal, its
retraction, the first day of the document that supersedes it. What is not known counts against it: a superseded,
withdrawn or retracted document without a date has never been in force.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, field_validator, model_validator

from rag.datatypes import DocumentState, Frozen, Standing


class Kind(StrEnum):
    GUIDELINE = "guideline"
    SYSTEMATIC_REVIEW = "systematic review"
    TRIAL = "trial"
    PROTOCOL = "protocol"
    FACT_SHEET = "fact sheet"
    OTHER = "other"


class Status(StrEnum):
    CURRENT = "current"
    DRAFT = "draft"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    RETRACTED = "retracted"


_PARTIAL = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_OWN_FILES = ("catalogue.toml", "history.jsonl", "snapshots")
"""Of the corpus folder itself."""
_DOI = re.compile(r"10\.\d{4,9}/\S+")


def _as_text(value: Any) -> Any:
    """TOML has a date type; a year alone is a number there."""
    if isinstance(value, bool):
        return value
    return str(value) if isinstance(value, (date, int)) else value


PartialDate = Annotated[str, BeforeValidator(_as_text)]
"""ISO 8601: YYYY, YYYY-MM or YYYY-MM-DD."""


def last_day_of(partial: str) -> date:
    """The last day that a partial date may mean. Raises ValueError for what is none."""
    match = _PARTIAL.fullmatch(partial)
    if not match:
        raise ValueError(f"{partial!r} is not a date, expected YYYY, YYYY-MM or YYYY-MM-DD")
    year, month = int(match["year"]), int(match["month"] or 12)
    if not 1 <= month <= 12:
        raise ValueError(f"{partial!r} has month {month}, expected 01 to 12")
    return date(year, month, int(match["day"] or monthrange(year, month)[1]))


class Entry(Frozen):
    """One document. Empty means not known; nothing is filled in by guessing."""

    id: str
    """Chosen once, never changed: lower-case letters, digits, ``.``, ``_``, ``-``."""
    file: str
    """Path relative to the catalogue's folder."""
    sha256: str
    """Of the file's bytes, hex; the id of the document in the index."""
    added: date
    """Day on which it was taken into this catalogue."""
    title: str
    publisher: str | None = None
    kind: Kind | None = None
    version: Annotated[str | None, BeforeValidator(_as_text)] = None
    published: PartialDate | None = None
    effective_from: date | None = None
    """First day in force."""
    effective_until: date | None = None
    """Last day in force."""
    supersedes: tuple[str, ...] = ()
    superseded_by: str | None = None
    status: Status = Status.CURRENT
    status_since: date | None = None
    """Day of the withdrawal or retraction."""
    status_reason: str | None = None
    jurisdiction: str | None = None
    population: str | None = None
    language: str | None = None
    licence: str | None = None
    source_url: str | None = None
    doi: str | None = None
    pmid: Annotated[str | None, BeforeValidator(_as_text)] = None
    grade_scheme: str | None = None
    review_due: date | None = None
    unconfirmed: tuple[str, ...] = ()
    """Fields proposed from the file that no librarian has confirmed yet."""
    remarks: tuple[str, ...] = ()
    """What was noticed when it was added, e.g. a file name that does not fit the title."""

    @field_validator("id")
    @classmethod
    def _is_id(cls, value: str) -> str:
        if not _ID.fullmatch(value):
            raise ValueError(f"{value!r}: expected lower-case letters, digits, '.', '_' or '-', at most 80")
        return value

    @field_validator("sha256")
    @classmethod
    def _is_hash(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise ValueError(f"{value!r} is not a SHA-256, expected 64 hex digits")
        return value

    @field_validator("file")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value.startswith(("/", "\\")) or ".." in value.replace("\\", "/").split("/") or not value:
            raise ValueError(f"{value!r} leaves the corpus folder, expected a relative path inside it")
        first = next((part for part in PurePosixPath(value.replace("\\", "/")).parts if part != "."), "")
        if first in _OWN_FILES or first.startswith("."):
            raise ValueError(f"{value!r} is no place for a document, expected documents/NAME")
        return value

    @field_validator("published")
    @classmethod
    def _is_date(cls, value: str | None) -> str | None:
        if value is not None:
            last_day_of(value)
        return value

    @field_validator("doi")
    @classmethod
    def _is_doi(cls, value: str | None) -> str | None:
        if value is not None and not _DOI.fullmatch(value):
            raise ValueError(f"{value!r} is no DOI, expected 10.NNNN/… without https://doi.org/")
        return value

    @field_validator("unconfirmed")
    @classmethod
    def _are_fields(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in cls.model_fields]
        if unknown:
            raise ValueError(f"unknown field {unknown[0]!r}")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.effective_from and self.effective_until and self.effective_until < self.effective_from:
            raise ValueError(
                f"effective_until {self.effective_until} lies before effective_from {self.effective_from}"
            )
        if self.superseded_by and self.status is Status.CURRENT:
            raise ValueError(
                "superseded_by is set and status is current; set status to superseded, or take it out"
            )
        if self.superseded_by == self.id or self.id in self.supersedes:
            raise ValueError("a document cannot supersede itself")
        return self

    @property
    def first_day(self) -> date:
        """From which it may answer: stated, else the last day that ``published`` may mean, else the day it was added."""
        if self.effective_from:
            return self.effective_from
        return last_day_of(self.published) if self.published else self.added


def end_of(entry: Entry, entries: Mapping[str, Entry]) -> date | None:
    """First day on which it is no longer in force; None: no end is known. ``entries`` by id."""
    ends = []
    if entry.effective_until:
        ends.append(entry.effective_until + timedelta(days=1))
    if entry.status in (Status.WITHDRAWN, Status.RETRACTED):
        ends.append(entry.status_since or date.min)
    successor = entries.get(entry.superseded_by or "")
    if successor is not None:
        ends.append(successor.first_day)
    elif entry.status is Status.SUPERSEDED and not entry.effective_until:
        ends.append(date.min)
    return min(ends) if ends else None


def state_on(entry: Entry, entries: Mapping[str, Entry], day: date) -> DocumentState:
    """What the document is on that day."""
    if entry.status is Status.DRAFT:
        return DocumentState.DRAFT
    end = end_of(entry, entries)
    if end is not None and day >= end:
        ended = {
            Status.SUPERSEDED: DocumentState.SUPERSEDED,
            Status.WITHDRAWN: DocumentState.WITHDRAWN,
            Status.RETRACTED: DocumentState.RETRACTED,
        }
        return ended.get(entry.status, DocumentState.EXPIRED)
    return DocumentState.CURRENT if day >= entry.first_day else DocumentState.NOT_YET


def standing_on(entry: Entry, entries: Mapping[str, Entry], day: date) -> Standing:
    """What is shown with a quote of it."""
    end = end_of(entry, entries)
    successor = entries.get(entry.superseded_by or "")
    return Standing(
        state=state_on(entry, entries, day),
        title=entry.title,
        version=entry.version,
        published=entry.published,
        ended=end if end != date.min else None,
        newer=successor.title if successor else None,
        review_due=entry.review_due,
        overdue=entry.review_due is not None and entry.review_due < day,
        unconfirmed=entry.unconfirmed,
    )


EDITABLE = tuple(name for name in Entry.model_fields if name not in ("id", "file", "sha256", "added", "unconfirmed", "remarks", "supersedes", "superseded_by", "status", "status_since"))  # fmt: skip
"""Fields a librarian confirms or sets by name; the others change by their own commands."""


def successor_chain(start: str, entries: Mapping[str, Entry]) -> list[str]:
    """The ids reached from ``start`` by ``superseded_by``, ``start`` not included. Raises ValueError for a circle."""
    chain: list[str] = []
    at = entries[start].superseded_by if start in entries else None
    while at is not None:
        if at == start or at in chain:
            raise ValueError(f"{start} supersedes itself by way of {' → '.join([*chain, at])}")
        chain.append(at)
        at = entries[at].superseded_by if at in entries else None
    return chain
