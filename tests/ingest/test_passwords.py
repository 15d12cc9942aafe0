"""Passwords open encrypted files and are seen nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.datatypes import Parsed, Skipped
from rag.errors import UsageError
from rag.ingest.parse import parse_files
from rag.ingest.passwords import password_for, read_passwords
from rag.settings import IngestSettings

Counter = Callable[[Sequence[str]], list[int]]
PAGE = [
    (72.0, 700.0, 10.0, "Helvetica", "This is the text of a file that is written in English for the test.")
]
SECRET = "qX7-canary-secret"


def test_the_right_password_opens_the_file_and_a_wrong_one_says_so(
    make_pdf: Callable[..., Path], count_words: Counter, capfd: pytest.CaptureFixture[str]
) -> None:
    locked = make_pdf([PAGE], name="locked.pdf", password=SECRET)
    results: list[Parsed | Skipped] = []
    for passwords in (
        {"locked.pdf": SECRET},
        {"lock*": SECRET},
        {"locked.pdf": "wrong-canary"},
        {"other.pdf": SECRET},
    ):
        results += parse_files([locked], IngestSettings(), count_tokens=count_words, passwords=passwords)
    assert [type(result) for result in results] == [Parsed, Parsed, Skipped, Skipped]
    reasons = [result.reason for result in results if isinstance(result, Skipped)]
    assert "the password given does not open it" in reasons[0]
    assert "it needs a password" in reasons[1]
    seen = "".join(result.model_dump_json() for result in results) + "".join(capfd.readouterr())
    assert "canary" not in seen


def test_a_file_name_goes_before_a_pattern(tmp_path: Path) -> None:
    passwords = {"*.pdf": "general", "a.pdf": "own", "/ward/*": "folder"}
    assert password_for(Path("/x/a.pdf"), passwords) == "own"
    assert password_for(Path("/x/b.pdf"), passwords) == "general"
    assert password_for(Path("/ward/notes"), passwords) == "folder"
    assert password_for(Path("/x/notes"), passwords) is None


@pytest.mark.parametrize(
    "text",
    ['a.pdf = "canary"', '"a.pdf" = canary', '"a.pdf" = 7', '"a.pdf" = "canary'],
    ids=["name_without_quotes", "bare_word", "number", "never_closed"],
)
def test_a_bad_password_file_is_explained_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "passwords.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        read_passwords(path)
    assert "passwords.toml" in str(raised.value)
    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None
