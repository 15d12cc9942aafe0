from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.datatypes import Parsed, Skipped
from rag.ingest.document import READERS
from rag.ingest.parse import find_files, parse_files
from rag.settings import IngestSettings

Counter = Callable[[Sequence[str]], list[int]]
HOSTILE = {**READERS, ".die": "hostile_readers:die", ".sleep": "hostile_readers:sleep", ".eat": "hostile_readers:eat",
           ".raise": "hostile_readers:raise_something"}  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "data" / "ingest")
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text(
            f"This is the text of the file with number {number}. It has two sentences."
        )
    return tmp_path


def names(results: Sequence[Parsed | Skipped]) -> list[str]:
    return [r.document.name if isinstance(r, Parsed) else r.category for r in results]


def test_a_dying_process_costs_its_own_file_only(corpus: Path, count_words: Counter) -> None:
    for name in ("a.die", "b.raise"):
        (corpus / name).write_text("x")
    files = [corpus / name for name in ("0.txt", "a.die", "1.txt", "b.raise", "2.txt", "3.txt")]
    done: list[Path] = []
    results = list(
        parse_files(
            files, IngestSettings(), count_tokens=count_words, workers=2, on_done=done.append, readers=HOSTILE
        )
    )
    assert names(results) == ["0.txt", "crashed", "1.txt", "crashed", "2.txt", "3.txt"]
    assert done == files
    assert isinstance(results[1], Skipped)
    assert "exit status 7" in results[1].reason


def test_a_slow_file_is_given_up(corpus: Path, count_words: Counter) -> None:
    (corpus / "a.sleep").write_text("x")
    files = [corpus / name for name in ("a.sleep", "0.txt")]
    started = time.monotonic()
    results = list(
        parse_files(
            files, IngestSettings(seconds_per_file=1), count_tokens=count_words, workers=1, readers=HOSTILE
        )
    )
    assert names(results) == ["timeout", "0.txt"]
    assert time.monotonic() - started < 60


def test_memory_is_bounded(corpus: Path, count_words: Counter) -> None:
    (corpus / "a.eat").write_text("x")
    files = [corpus / name for name in ("a.eat", "0.txt")]
    results = list(
        parse_files(
            files,
            IngestSettings(megabytes_per_worker=512),
            count_tokens=count_words,
            workers=1,
            readers=HOSTILE,
        )
    )
    assert names(results) == ["too_large", "0.txt"]


def test_a_file_over_the_size_limit_is_not_read(corpus: Path, count_words: Counter) -> None:
    results = list(
        parse_files([corpus / "0.txt"], IngestSettings(megabytes_per_file=1e-6), count_tokens=count_words)
    )
    assert names(results) == ["too_large"]


def test_parallel_and_serial_give_the_same_bytes(corpus: Path, count_words: Counter) -> None:
    files = sorted(corpus.glob("*.txt"))
    runs = [
        [
            r.model_dump_json()
            for r in parse_files(files, IngestSettings(), count_tokens=count_words, workers=n)
        ]
        for n in (1, 3)
    ]
    assert runs[0] == runs[1]


def test_stopping_early_ends_the_processes(corpus: Path, count_words: Counter) -> None:
    running = parse_files(sorted(corpus.glob("*.txt")), IngestSettings(), count_tokens=count_words, workers=2)
    assert names([next(running)]) == ["0.txt"]
    running.close()  # type: ignore[attr-defined]


def test_encrypted_files(make_pdf: Callable[..., Path], count_words: Counter) -> None:
    text = "This is the text of a file that is written in English for the test."
    page = [(72.0, 700.0, 10.0, "Helvetica", text)]
    locked = make_pdf([page], name="locked.pdf", password="secret")
    assert names(list(parse_files([locked], IngestSettings(), count_tokens=count_words))) == ["encrypted"]


def test_files_are_found_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.pdf", "c.docx", ".hidden.txt", "sub/d.md", ".git/e.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = find_files([tmp_path / "b.txt", tmp_path, tmp_path / "gone.pdf"])
    assert [file.name for file in found.files] == ["b.txt", "a.pdf", "d.md"]
    assert [(Path(s.path).name, s.category) for s in found.skipped] == [
        ("c.docx", "not_supported"),
        ("gone.pdf", "unreadable"),
    ]
