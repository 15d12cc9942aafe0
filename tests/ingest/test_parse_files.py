from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.datatypes import Parsed, Skipped
from rag.ingest.document import READERS
from rag.ingest.parse import _Worker, find_files, parse_files
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


def test_a_worker_interrupted_before_or_while_it_starts_ends(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = _Worker(IngestSettings(), READERS)
    worker.interrupt()
    assert worker.parse(corpus / "0.txt").category == "crashed"  # type: ignore[union-attr]

    other = _Worker(IngestSettings(), READERS)
    start = subprocess.Popen

    def interrupted(*args: object, **kwargs: object) -> subprocess.Popen[bytes]:
        other.interrupt()  # in the moment before the process is known
        return start(*args, **kwargs)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr("rag.ingest.parse.subprocess.Popen", interrupted)
    assert other.parse(corpus / "0.txt").category == "crashed"  # type: ignore[union-attr]
    other.stop()


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


def test_a_name_that_is_not_utf8_costs_its_own_file_only(corpus: Path, count_words: Counter) -> None:
    foreign = Path(os.fsdecode(os.fsencode(corpus) + b"/caf\xff.txt"))
    foreign.write_text("This is a text whose name is not valid at all.")
    found = find_files([corpus])
    assert [file.name for file in found.files] == ["0.txt", "1.txt", "2.txt", "3.txt"]
    assert [(Path(s.path).name, s.category, s.reason) for s in found.skipped] == [
        ("caf\\udcff.txt", "unreadable", "the name is not valid UTF-8")
    ]
    assert json.loads(found.skipped[0].model_dump_json())["path"] == f"{corpus}/caf\\udcff.txt"
    results = list(parse_files([foreign, corpus / "0.txt"], IngestSettings(), count_tokens=count_words))
    assert names(results) == ["unreadable", "0.txt"]
    assert results[0].model_dump_json()


def test_a_folder_whose_name_is_not_utf8(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9"))
    folder.mkdir()
    (folder / "a.txt").write_text("x")
    found = find_files([folder])
    assert found.files == ()
    assert [s.path for s in found.skipped] == [f"{tmp_path}/\\udce9t\\udce9/a.txt"]


def test_links_that_lead_nowhere_and_what_is_no_file_are_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("x")
    (tmp_path / "good.txt").symlink_to("real.txt")
    (tmp_path / "broken.txt").symlink_to("nowhere.txt")
    (tmp_path / "circle.txt").symlink_to("circle.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    found = find_files([tmp_path, tmp_path / "broken.txt"])
    assert [file.name for file in found.files] == ["real.txt"]
    assert [(Path(s.path).name, s.category) for s in found.skipped] == [
        ("broken.txt", "unreadable"),
        ("circle.txt", "unreadable"),
        ("pipe.txt", "unreadable"),
    ]
    assert found.skipped[0].reason == "the link is broken: there is no nowhere.txt"
    assert found.skipped[2].reason == "neither a file nor a folder"


def test_a_name_that_is_too_long_is_skipped(tmp_path: Path) -> None:
    found = find_files([tmp_path / ("a" * 300 + ".txt")])
    assert [(s.category, s.reason) for s in found.skipped] == [
        ("unreadable", "there is no such file or folder")
    ]


def test_a_file_that_vanishes_is_skipped(corpus: Path, count_words: Counter) -> None:
    found = find_files([corpus])
    (corpus / "1.txt").unlink()
    results = list(parse_files(found.files, IngestSettings(), count_tokens=count_words))
    assert names(results) == ["0.txt", "unreadable", "2.txt", "3.txt"]
    assert isinstance(results[1], Skipped)
    assert results[1].reason == "cannot be read: No such file or directory"
