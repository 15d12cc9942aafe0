"""Random quotes of real documents: does the text cut out of a quote's rectangles equal the quote?

    python eval/highlights.py ../shared/data [--quotes 1000] [--by sentence] [--seed 0] [--workers 2] [--show]

``--by sentence``: every sentence, row, heading or caption of every document is equally likely.
``--by document``: a document is drawn, then one of its sentences, so that a file of three sentences counts as much as a
guideline of 200 pages. Without ``--by``, both are measured.
The cut is PDFium's text of the rectangles (``FPDFText_GetBoundedText``), one line each. It equals the quote when nothing
differs but white space, ligatures, accents, the shape of dashes and quotation marks, and hyphens at line ends.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rag.alignment import same_text
from rag.backends.pdfium import open_view
from rag.datatypes import Document, Parsed, Sentence
from rag.highlight import Highlight, Highlighter
from rag.ingest.parse import parse_files
from rag.settings import IngestSettings

FOLDERS = ("guidelines/us_gov", "guidelines/who", "guidelines/mislabelled", "guidelines/non_english", "articles",
           "articles_other", "nasty_pdfs")  # fmt: skip
LANGUAGES = ("en", "pt", "es", "de", "fr", "it", "nl", "ca", "ro", "da", "no", "sv")


class Outcome(NamedTuple):
    folder: str
    file: str
    page: int
    kind: str
    quote: str
    cut: str
    boxes: int

    @property
    def miss(self) -> str:
        """ "" for a hit, else what kind of miss."""
        if same_text(self.quote, self.cut):
            return ""
        if not self.cut.strip():
            return "nothing found"
        return "words missing" if len(self.cut) < 0.97 * len(self.quote) else "other characters"


def count_tokens(texts: Sequence[str]) -> list[int]:
    """About what a word-piece tokenizer gives."""
    return [len(text) // 4 + 1 for text in texts]


def documents(root: Path, workers: int) -> list[tuple[str, Path, Parsed]]:
    """(folder, path, document with passages) of every PDF that is taken in."""
    files = [(folder, path) for folder in FOLDERS for path in sorted((root / folder).rglob("*.pdf"))]
    settings = IngestSettings(languages=LANGUAGES, seconds_per_file=300)
    parsed = parse_files([path for _, path in files], settings, count_tokens=count_tokens, workers=workers)
    return [
        (folder, path, result)
        for (folder, path), result in zip(files, parsed, strict=True)
        if isinstance(result, Parsed) and result.passages
    ]


def measured(
    found: Sequence[tuple[str, Path, Parsed]], quotes: int, by: str, chance: random.Random
) -> list[Outcome]:
    drawn: dict[int, list[Sentence]] = defaultdict(list)
    sentences = [[s for passage in parsed.passages for s in passage.sentences] for _, _, parsed in found]
    weights = [len(of) if by == "sentence" else 1 for of in sentences]
    for number in chance.choices(range(len(found)), weights, k=quotes):
        drawn[number].append(chance.choice(sentences[number]))
    outcomes = []
    for number, chosen in sorted(drawn.items()):
        folder, path, parsed = found[number]
        with open_view(path) as view:
            highlighter = Highlighter(parsed.document, view)
            for sentence in chosen:
                marked = highlighter.highlight(sentence.start, sentence.end)
                outcomes.append(_outcome(folder, path, parsed.document, sentence, marked))
    return outcomes


def _outcome(
    folder: str, path: Path, document: Document, sentence: Sentence, marked: Sequence[Highlight]
) -> Outcome:
    return Outcome(
        folder, path.name, marked[0].page if marked else 0, sentence.kind.value,
        document.text[sentence.start : sentence.end], "\n".join(one.text for one in marked),
        sum(len(one.boxes) for one in marked),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--quotes", type=int, default=1000)
    parser.add_argument("--by", choices=["sentence", "document"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print every miss")
    options = parser.parse_args()
    found = documents(options.data, options.workers)
    for by in [options.by] if options.by else ["sentence", "document"]:
        started = time.perf_counter()
        outcomes = measured(found, options.quotes, by, random.Random(options.seed))
        _report(found, outcomes, by, time.perf_counter() - started, show=options.show)


def _report(
    found: Sequence[tuple[str, Path, Parsed]],
    outcomes: Sequence[Outcome],
    by: str,
    seconds: float,
    *,
    show: bool,
) -> None:
    print(f"\nBy {by}:\n\n| folder | documents | quotes | equal | share |\n|---|---|---|---|---|")
    for folder in FOLDERS:
        _row(folder, sum(name == folder for name, _, _ in found), [o for o in outcomes if o.folder == folder])
    real = [o for o in outcomes if o.folder != "nasty_pdfs"]
    _row("all but nasty_pdfs", sum(name != "nasty_pdfs" for name, _, _ in found), real)
    _row("all", len(found), outcomes)
    kinds = Counter((o.kind, bool(o.miss)) for o in outcomes)
    for kind in sorted({kind for kind, _ in kinds}):
        print(f"{kind}: {kinds[kind, False]} of {kinds[kind, False] + kinds[kind, True]}")
    print("misses:", dict(Counter(o.miss for o in outcomes if o.miss)) or "none")
    print(
        f"{1000 * seconds / len(outcomes):.0f} ms a quote, {sum(o.boxes for o in outcomes) / len(outcomes):.1f} boxes"
    )
    for outcome in outcomes if show else ():
        if outcome.miss:
            print(
                f"\n{outcome.file}, page {outcome.page}, {outcome.kind}: {outcome.miss}\n  {outcome.quote!r}\n  {outcome.cut!r}"
            )


def _row(folder: str, count: int, outcomes: Sequence[Outcome]) -> None:
    good = sum(not o.miss for o in outcomes)
    share = f"{100 * good / len(outcomes):.1f} %" if outcomes else ""
    print(f"| {folder} | {count} | {len(outcomes)} | {good} | {share} |")


if __name__ == "__main__":
    main()
