"""A list of retractions in Retraction Watch's columns against the DOIs and PMIDs of a catalogue. Offline.

Columns read: RetractionDate, RetractionNature, Reason, RetractionDOI, RetractionPubMedID, OriginalPaperDOI,
OriginalPaperPubMedID (https://gitlab.com/crossref/retraction-watch-data). Others are left alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from rag.catalogue.entry import Entry
from rag.errors import UsageError

NEEDED = ("RetractionDate", "RetractionNature", "OriginalPaperDOI", "OriginalPaperPubMedID")


Role = Literal["original", "notice"]


class Notice(NamedTuple):
    """A document of the catalogue on the list."""

    entry: Entry
    nature: str
    """As the list says: Retraction, Expression of concern, Correction, Reinstatement."""
    day: date | None
    reason: str
    role: Role
    """Whether the document is what was retracted, or the notice that says so."""
    lifted: bool = False
    """Of a retraction: a later row of the list reinstates the document."""


def notices(path: Path, entries: Sequence[Entry]) -> list[Notice]:
    """Every row of the list that names a document; one that several have is told of each.

    Raises UsageError for a file without the columns.
    """
    found = list(_rows(path, entries))
    return [
        notice._replace(lifted=is_retraction(notice) and any(_lifts(one, notice, found) for one in found))
        for notice in found
    ]


def is_retraction(notice: Notice) -> bool:
    """Whether the row says that the document itself was retracted."""
    return notice.role == "original" and notice.nature.strip().lower() == "retraction"


def is_reinstatement(notice: Notice) -> bool:
    return notice.role == "original" and notice.nature.strip().lower() == "reinstatement"


def _lifts(one: Notice, retraction: Notice, rows: Sequence[Notice]) -> bool:
    """By the days; where one is not known or both are the same, the later row of the list counts."""
    if not is_reinstatement(one) or one.entry.id != retraction.entry.id:
        return False
    if one.day and retraction.day and one.day != retraction.day:
        return one.day > retraction.day
    return rows.index(one) > rows.index(retraction)


def _rows(path: Path, entries: Sequence[Entry]) -> Iterator[Notice]:
    by_doi: dict[str, list[Entry]] = {}
    by_pmid: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.doi:
            by_doi.setdefault(entry.doi.lower(), []).append(entry)
        if entry.pmid:
            by_pmid.setdefault(entry.pmid, []).append(entry)
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
            rows = csv.DictReader(stream)
            missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
            if missing:
                raise UsageError(
                    f"{path} has no column {missing[0]}; expected Retraction Watch's columns, among them {', '.join(NEEDED)}"
                )
            for row in rows:
                sides: tuple[tuple[Role, str | None, str | None], ...] = (
                    ("original", row["OriginalPaperDOI"], row["OriginalPaperPubMedID"]),
                    ("notice", row.get("RetractionDOI"), row.get("RetractionPubMedID")),
                )
                for role, doi, pmid in sides:
                    named = [
                        *by_doi.get(_plain_doi(doi), ()),
                        *by_pmid.get((pmid or "").strip() or "none", ()),
                    ]
                    for entry in {one.id: one for one in named}.values():
                        reason = _reason(row.get("Reason"))
                        yield Notice(
                            entry, row["RetractionNature"] or "", _day(row["RetractionDate"]), reason, role
                        )
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _reason(stated: str | None) -> str:
    """ "+Error in Data;+Error in Image;" as "Error in Data; Error in Image"."""
    parts = (part.strip().removeprefix("+").strip() for part in (stated or "").split(";"))
    return "; ".join(part for part in parts if part)


def _plain_doi(stated: str | None) -> str:
    return re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", (stated or "").strip().lower()) or "none"


def _day(stated: str | None) -> date | None:
    """Month first, as the list writes it ("1/31/2024 0:00"), or ISO 8601."""
    text = (stated or "").split(" ")[0]
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        month, day, year = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text):
        year, month, day = (int(part) for part in match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
