"""What a list of retractions says, in words a reader can use."""

from __future__ import annotations

from pathlib import Path

from catalogue.entries import entry

from rag.catalogue.retractions import notices


def test_reasons_are_told_without_the_plus_signs_of_the_list(tmp_path: Path) -> None:
    rows = tmp_path / "list.csv"
    rows.write_text(
        "RetractionDate,RetractionNature,Reason,OriginalPaperDOI,OriginalPaperPubMedID\n"
        "1/31/2015 0:00,Retraction,+Error in Data;+Error in Image;,10.1000/lumps,0\n"
    )
    (notice,) = notices(rows, [entry("lumps", doi="10.1000/lumps")])
    assert notice.reason == "Error in Data; Error in Image"
