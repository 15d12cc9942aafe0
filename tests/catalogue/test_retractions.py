"""A list of retractions against a catalogue in memory."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from catalogue.entries import catalogue, entry

from rag.catalogue.entry import Status
from rag.catalogue.retractions import notices
from rag.librarian.check import retract_listed

HEAD = "RetractionDate,RetractionNature,Reason,OriginalPaperDOI,OriginalPaperPubMedID\n"
DOI = "10.1000/lumps.1"
OUT, BACK = f"1/31/2015 0:00,Retraction,,{DOI},0\n", f"2/1/2016 0:00,Reinstatement,,{DOI},0\n"


def marked(tmp_path: Path, rows: str, **fields: str) -> dict[str, date | None]:
    """Ids and days of what would be marked, of two documents with these fields and one without."""
    path = tmp_path / "list.csv"
    path.write_text(HEAD + rows)
    made = catalogue(entry("one", **fields), entry("two", **fields), entry("other"))
    found = retract_listed(made, path)
    assert all(one.status is Status.RETRACTED for one in found)
    return {one.id: one.status_since for one in found}


@pytest.mark.parametrize("fields", [{"doi": DOI}, {"pmid": "1234567"}])
def test_every_document_with_the_doi_or_pmid_is_marked(tmp_path: Path, fields: dict[str, str]) -> None:
    day = date(2015, 1, 31)
    found = marked(tmp_path, f"1/31/2015 0:00,Retraction,,{DOI.upper()},1234567\n", **fields)
    assert found == {"one": day, "two": day}


@pytest.mark.parametrize("rows", [OUT + BACK, BACK + OUT, OUT + BACK.replace("2/1/2016 0:00", "")])
def test_a_later_reinstatement_lifts_a_retraction(tmp_path: Path, rows: str) -> None:
    assert marked(tmp_path, rows, doi=DOI) == {}


def test_an_earlier_reinstatement_lifts_nothing(tmp_path: Path) -> None:
    again = OUT.replace("1/31/2015", "3/1/2017")
    assert marked(tmp_path, OUT + BACK + again, doi=DOI) == {"one": date(2017, 3, 1), "two": date(2017, 3, 1)}


def test_reasons_are_told_without_the_plus_signs_of_the_list(tmp_path: Path) -> None:
    rows = tmp_path / "list.csv"
    rows.write_text(
        "RetractionDate,RetractionNature,Reason,OriginalPaperDOI,OriginalPaperPubMedID\n"
        "1/31/2015 0:00,Retraction,+Error in Data;+Error in Image;,10.1000/lumps,0\n"
    )
    (notice,) = notices(rows, [entry("lumps", doi="10.1000/lumps")])
    assert notice.reason == "Error in Data; Error in Image"
