"""How the pages of real documents score, which fall below the threshold, and what the second reading costs.

    python eval/pages.py ../shared/data [--show]

Seconds are those of one process: the whole of ``parse_file``, and of it the second library's reading and the scoring.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from rag.datatypes import Page, PageQuality
from rag.errors import ParseError
from rag.ingest.content import ParsedFile
from rag.ingest.document import parse_file
from rag.ingest.quality import page_qualities
from rag.ingest.second import second_reading
from rag.settings import IngestSettings

FOLDERS = ("guidelines/us_gov", "guidelines/who", "guidelines/mislabelled", "guidelines/non_english", "articles",
           "articles_other")  # fmt: skip
LANGUAGES = ("en", "pt", "es")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--show", action="store_true", help="print the lowest pages")
    options = parser.parse_args()
    settings = IngestSettings(languages=LANGUAGES)
    pages: dict[str, list[tuple[PageQuality, str]]] = defaultdict(list)
    whole = second = 0.0
    for folder in FOLDERS:
        for path in sorted((options.data / folder).rglob("*.pdf")):
            started = time.perf_counter()
            parsed = parse_file(path, settings)
            whole += time.perf_counter() - started
            if not isinstance(parsed, ParsedFile):
                continue
            started = time.perf_counter()
            try:
                page_qualities(parsed.document, second_reading(path))
            except ParseError:
                continue
            second += time.perf_counter() - started
            pages[folder] += [(page.quality, path.name) for page in parsed.document.pages if _measured(page)]
    print(
        "| folder | pages | below the threshold | pictures with hardly any text | lowest | 1st percentile | median |"
    )
    print("|---|---|---|---|---|---|---|")
    for folder in [*FOLDERS, "all"]:
        group = [one for name, ones in pages.items() if folder in ("all", name) for one in ones]
        scores = np.array([quality.score for quality, _ in group])
        low = int((scores < settings.page_quality).sum())
        print(f"| {folder} | {len(group)} | {low} | {sum(q.scanned for q, _ in group)} | {scores.min():.2f} | "
              f"{np.percentile(scores, 1):.2f} | {np.median(scores):.2f} |")  # fmt: skip
    print(f"\n{whole:.0f} s to parse, of it {second:.1f} s for the second reading and the scores: "
          f"{100 * second / (whole - second):.1f} % on top")  # fmt: skip
    everything = sorted((one for ones in pages.values() for one in ones), key=lambda one: one[0].score)
    for quality, name in everything[:25] if options.show else ():
        print(f"{quality.score:.2f} {name}, page {quality.page}: {quality.reason}")


def _measured(page: Page) -> bool:
    return page.quality is not None


if __name__ == "__main__":
    main()
