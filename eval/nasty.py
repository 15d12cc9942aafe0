"""Every awkward PDF by itself through a parser process: how it ends, how long it takes, how much memory.

    python eval/nasty.py ../shared/data/nasty_pdfs [--show] [--without-passwords]

Memory is the peak resident size of the parser process (``ru_maxrss``), 60 s the limit of a file. Passwords are those that
index.csv knows. A parser process that tries to start a program or to open a connection is stopped by its own guard
(``rag/ingest/worker.py``); the file then ends as "unreadable", which no file of the table may.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.datatypes import Skipped
from rag.ingest.parse import parse_files
from rag.settings import IngestSettings

LIMIT_SECONDS, LIMIT_MEGABYTES = 60.0, 1000.0
EXPECTED = {
    "attachments": {"ok", "encrypted"},
    "awkward_text_layer": {"ok", "language"},
    "corrupt_unreadable": {"damaged", "empty", "language", "not_supported"},
    "damaged_recoverable": {"ok", "damaged"},
    "non_latin_script": {"ok", "language"},
    "encrypted_user_password": {"encrypted"},
    "scanned_no_text": {"scanned", "empty"},
    "empty_or_not_pdf": {"empty", "not_supported", "damaged"},
    "decompression_bomb": {"too_large", "timeout", "damaged", "empty", "scanned"},
    "encrypted_owner_only": {"ok", "language"},
    "very_long": {"ok", "timeout"},
    "multi_column": {"ok", "language"},
    "tables": {"ok", "language", "scanned"},
    "rotated_with_text": {"ok", "language"},
    "embedded_javascript": {"ok", "language"},
    "launch_action": {"ok"},
}
"""Category -> ways to end that are right. An encrypted file whose password is known ends as the others do."""
OPENED = {"ok", "language", "empty", "scanned"}


def expected(row: dict[str, str], *, with_passwords: bool) -> set[str]:
    return OPENED if row["password"] and with_passwords else EXPECTED[row["category"]]


def one(path: Path) -> None:
    """Parse one file in a parser process and print what came of it as JSON. The password comes by standard input."""
    password = sys.stdin.read()
    settings = IngestSettings(languages=("en", "de", "fr"), seconds_per_file=LIMIT_SECONDS)
    started = time.perf_counter()
    (result,) = parse_files(
        [path], settings, count_tokens=lambda texts: [len(text) // 4 + 1 for text in texts], workers=1,
        passwords={path.name: password} if password else {},
    )  # fmt: skip
    seconds = time.perf_counter() - started
    skipped = isinstance(result, Skipped)
    print(json.dumps({
        "outcome": result.category if skipped else "ok", "reason": result.reason if skipped else "",
        "pages": 0 if skipped else len(result.document.pages), "seconds": seconds,
        "megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }))  # fmt: skip


def measured(folder: Path, rows: Sequence[dict[str, str]], *, with_passwords: bool) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        run = subprocess.run(
            [sys.executable, __file__, str(folder), "--one", row["file"]], check=True, capture_output=True, text=True,
            input=row["password"] if with_passwords else "", timeout=LIMIT_SECONDS + 60,
        )  # fmt: skip
        result = json.loads(run.stdout)
        found.append(
            {**row, **result, "right": result["outcome"] in expected(row, with_passwords=with_passwords)}
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--one", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--show", action="store_true", help="print every file")
    parser.add_argument("--without-passwords", action="store_true")
    options = parser.parse_args()
    if options.one:
        one(options.folder / options.one)
        return
    with (options.folder / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = measured(options.folder, rows, with_passwords=not options.without_passwords)
    print(
        "| category | files | how they end | right | slowest, s | most memory, MB |\n|---|---|---|---|---|---|"
    )
    for category in [*dict.fromkeys(row["category"] for row in found), "all"]:
        group = [row for row in found if category in ("all", row["category"])]
        ends = ", ".join(
            f"{count} {end}" for end, count in Counter(row["outcome"] for row in group).most_common()
        )
        print(f"| {category} | {len(group)} | {ends} | {sum(row['right'] for row in group)} | "
              f"{max(row['seconds'] for row in group):.1f} | {max(row['megabytes'] for row in group):.0f} |")  # fmt: skip
    for row in found:
        bad = not row["right"] or row["seconds"] > LIMIT_SECONDS + 5 or row["megabytes"] > LIMIT_MEGABYTES
        if bad or options.show:
            print(f"{'BAD ' if bad else ''}{row['file']}: {row['outcome']}, {row['seconds']:.1f} s, "
                  f"{row['megabytes']:.0f} MB. {row['reason']}")  # fmt: skip


if __name__ == "__main__":
    main()
