"""The catalogue as a file: what a librarian writes by hand, and what is said of it when it is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from catalogue.entries import entry

from rag.catalogue import file as catalogue_file
from rag.errors import CatalogueError, UsageError

HEAD = 'format = 1\nname = "ward"\nindex = "index"\n'
GOOD = f"""{HEAD}
# Cardiology asked for this one.
[[document]]
id = "htn-2013"
file = "documents/htn-2013.pdf"
sha256 = "{"a" * 64}"
added = 2020-01-01
title = "Hypertension 2013"   # the printed title
published = 2013
status = "superseded"
superseded_by = "htn-2021"

[[document]]
id = "htn-2021"
file = "documents/htn-2021.pdf"
sha256 = "{"b" * 64}"
added = 2021-09-01
title = "Hypertension 2021"
effective_from = 2021-08-25
supersedes = ["htn-2013"]
"""


def test_reads_dates_years_and_links(tmp_path: Path) -> None:
    (tmp_path / catalogue_file.NAME).write_text(GOOD)
    made = catalogue_file.read(tmp_path)
    assert made.entries["htn-2013"].published == "2013"
    assert made.entries["htn-2021"].effective_from == date(2021, 8, 25)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ('status = "superseded"', 'status = "old"', 13, "status", "current"),
        ("added = 2021-09-01", "added = 2021-13-01", 20, "", "TOML"),
        ("published = 2013", 'published = "13 May"', 12, "published", "YYYY"),
        ('title = "Hypertension 2021"', 'titel = "Hypertension 2021"', 21, "titel", "no such field"),
        ('title = "Hypertension 2021"\n', "", 16, "title", "missing"),
        (f'sha256 = "{"b" * 64}"', 'sha256 = "b"', 19, "sha256", "64 hex"),
        (f'sha256 = "{"b" * 64}"', f'sha256 = "{"a" * 64}"', 19, "sha256", "htn-2013"),
        ('supersedes = ["htn-2013"]', "", 16, "supersedes", "htn-2013"),
        ('supersedes = ["htn-2013"]', 'supersedes = ["htn-2013", "htn-1999"]', 23, "supersedes", "htn-1999"),
        ('superseded_by = "htn-2021"', 'superseded_by = "htn-2031"', 14, "superseded_by", "htn-2031"),
        ('file = "documents/htn-2021.pdf"', 'file = "../secret.pdf"', 18, "file", "leaves"),
        ('file = "documents/htn-2021.pdf"', 'file = "./catalogue.toml"', 18, "file", "no place"),
        ('file = "documents/htn-2021.pdf"', 'file = "snapshots/one/x.pdf"', 18, "file", "no place"),
        ('file = "documents/htn-2021.pdf"', 'file = "./index/x.pdf"', 18, "file", "index folder"),
        ("format = 1", "format = 9", 1, "format", "reads format 1"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str, words: str
) -> None:
    (tmp_path / catalogue_file.NAME).write_text(GOOD.replace(old, new))
    with pytest.raises(CatalogueError) as caught:
        catalogue_file.read(tmp_path)
    told = str(caught.value)
    assert f"line {line}" in told
    assert field in told
    assert words in told


def test_a_circle_is_refused(tmp_path: Path) -> None:
    circle = GOOD.replace(
        'supersedes = ["htn-2013"]',
        'supersedes = ["htn-2013"]\nstatus = "superseded"\nsuperseded_by = "htn-2013"',
    )
    circle = circle.replace(
        'superseded_by = "htn-2021"', 'superseded_by = "htn-2021"\nsupersedes = ["htn-2021"]'
    )
    (tmp_path / catalogue_file.NAME).write_text(circle)
    with pytest.raises(CatalogueError, match="supersedes itself"):
        catalogue_file.read(tmp_path)


def test_what_the_librarian_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / catalogue_file.NAME
    path.write_text(GOOD)
    before = catalogue_file.read(tmp_path)
    entries = [before.entries["htn-2021"].model_copy(update={"publisher": "WHO"}), entry("new-one")]
    text = catalogue_file.changed_text(GOOD, entries)
    assert "# Cardiology asked for this one." in text
    assert 'title = "Hypertension 2013"   # the printed title' in text
    made = catalogue_file.write(tmp_path, text, act={"act": "test"})
    assert made.entries["htn-2021"].publisher == "WHO"
    assert made.entries["new-one"].added == date(2020, 1, 1)
    assert made.entries["htn-2013"] == before.entries["htn-2013"]
    assert '"act": "test"' in (tmp_path / catalogue_file.HISTORY).read_text()


def test_a_text_that_would_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / catalogue_file.NAME
    path.write_text(GOOD)
    with pytest.raises(CatalogueError):
        catalogue_file.write(tmp_path, GOOD.replace("format = 1", "format = 7"), act={})
    assert path.read_text() == GOOD


def test_the_last_document_can_go(tmp_path: Path) -> None:
    text = catalogue_file.changed_text(HEAD, [entry("only")])
    emptied = catalogue_file.changed_text(text, [], removed=["only"])
    assert catalogue_file.parse(emptied, path=tmp_path).document == ()


def test_two_writers_are_kept_apart(tmp_path: Path) -> None:
    with (
        catalogue_file.locked(tmp_path),
        pytest.raises(CatalogueError, match="another command"),
        catalogue_file.locked(tmp_path),
    ):
        raise AssertionError("both hold the lock")


def test_an_unknown_document_is_told_with_near_names(tmp_path: Path) -> None:
    (tmp_path / catalogue_file.NAME).write_text(GOOD)
    with pytest.raises(UsageError, match="htn-2021"):
        catalogue_file.read(tmp_path).entry("htn-2012")
