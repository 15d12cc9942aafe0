"""How long `rag corpus add` and `rag corpus check` take with many small documents.

    python eval/bench/corpus.py [--documents 10000]

The documents are three synthetic sentences each, of a vocabulary like that of text (``scale.py``). `check` is run three times: the first works out
near-duplicates, the second and third find everything as it was.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import REPOSITORY, describe, show
from scale import Words


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=10_000)
    options = parser.parse_args()
    show("Measured on", {**describe(), "documents": options.documents})
    with tempfile.TemporaryDirectory() as made:
        files, corpus = Path(made) / "files", Path(made) / "corpus"
        files.mkdir()
        words = Words(4)
        for number in range(options.documents):
            text = " ".join(words.sentence() for _ in range(3))
            (files / f"{number:06}.md").write_text(f"# Note {number}\n\nThe patient should be seen. {text}\n")
        figures = {}
        for name, arguments in (
            ("init", ["init", str(corpus)]),
            ("add", ["add", str(files), "--corpus", str(corpus)]),
            ("first check", ["check", "--corpus", str(corpus)]),
            ("second check", ["check", "--corpus", str(corpus)]),
            ("third check", ["check", "--corpus", str(corpus)]),
        ):
            started = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "rag.cli", "corpus", *arguments],
                cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            figures[f"{name}, s (exit {done.returncode})"] = f"{time.perf_counter() - started:.1f}"
        show("rag corpus", figures)


if __name__ == "__main__":
    main()
