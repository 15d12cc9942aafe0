"""Extracted articles against the JATS XML beside each PDF: words in order, rows of tables, what got into sentences.

    python eval/fidelity.py ../shared/data/articles [--workers 2] [--show]

Words in order: the longest common subsequence (exact) of the words of the XML's abstract and body (paragraphs, titles,
list items; tables, figures and formulas apart) and of the document's text, as a share of the XML's words.
Rows: a row of an XML table with two or more filled cells is whole when one line of the text holds all of its cells; a cell
is in its row when it stands in the line that holds most of the row's cells.
Strays: sentences outside the list of references that hold the title of a cited work, or a running head (the journal's
name) that the XML does not have in its text.
"""

from __future__ import annotations

import argparse
import re
import statistics
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from rag.datatypes import Document, Parsed, SentenceKind, Skipped
from rag.ingest.parse import parse_files
from rag.settings import IngestSettings

_WORD = re.compile(r"[^\W_]+")
_APART = {
    "table-wrap",
    "fig",
    "disp-formula",
    "inline-formula",
    "table-wrap-foot",
    "supplementary-material",
    "tex-math",
}
_RUNS = {"p", "title", "td", "th", "li", "list-item", "sec", "label", "break"}
"""After these the next word begins."""
_TITLE_CHARACTERS = 30


class Truth(NamedTuple):
    words: list[str]
    rows: list[list[str]]
    cited: list[str]
    """Titles of the works cited, folded."""
    journal: str


class Measured(NamedTuple):
    file: str
    words: int
    in_order: float
    rows: int
    whole_rows: int
    cells: int
    cells_in_row: int
    cited_inside: list[str]
    heads_inside: list[str]
    missing: list[str]


def words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def squeezed(text: str) -> str:
    return "".join(words(text))


def plain(element: etree._Element, *, apart: frozenset[str] | set[str] = frozenset()) -> str:
    pieces: list[str] = []

    def walk(node: etree._Element) -> None:
        if not isinstance(node.tag, str):
            pieces.append(node.tail or "")
            return
        name = etree.QName(node).localname
        if name not in apart:
            pieces.append(node.text or "")
            for child in node:
                walk(child)
        pieces.append((" " if name in _RUNS else "") + (node.tail or ""))

    walk(element)
    return "".join(pieces)


def truth(path: Path) -> Truth:
    tree = etree.parse(str(path), etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False))
    parts = [*tree.iterfind(".//front//abstract"), *tree.iterfind("./body")]
    rows = [
        [text for cell in row if isinstance(cell.tag, str) and (text := squeezed(plain(cell)))]
        for row in tree.iterfind(".//table-wrap//tr")
    ]
    titles = [squeezed(plain(title)) for title in tree.iterfind(".//ref-list//article-title")]
    journal = tree.findtext(".//journal-title") or ""
    return Truth(
        [word for part in parts for word in words(plain(part, apart=_APART))],
        [row for row in rows if len(row) >= 2],
        [title for title in titles if len(title) >= _TITLE_CHARACTERS],
        squeezed(journal),
    )


def common_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, by bit-parallel dynamic programming (Crochemore et al. 2001)."""
    places: dict[str, int] = defaultdict(int)
    for at, word in enumerate(one):
        places[word] |= 1 << at
    everything = (1 << len(one)) - 1
    state = everything
    for word in other:
        matches = state & places.get(word, 0)
        state = ((state + matches) | (state - matches)) & everything
    return len(one) - state.bit_count()


def measured(path: Path, parsed: Parsed) -> Measured:
    document, true = parsed.document, truth(path.with_suffix(".xml"))
    text = words(document.text)
    lines = [squeezed(line) for line in document.text.split("\n")]
    counts = [(len(row), _cells_together(row, lines)) for row in true.rows]
    body = squeezed(" ".join(true.words))
    prose = list(_prose(document, parsed))
    return Measured(
        file=path.name,
        words=len(true.words),
        in_order=common_length(true.words, text) / max(1, len(true.words)),
        rows=len(counts),
        whole_rows=sum(found == size for size, found in counts),
        cells=sum(size for size, _ in counts),
        cells_in_row=sum(found for _, found in counts),
        cited_inside=[one for one in prose if any(title in squeezed(one) for title in true.cited)],
        heads_inside=[
            one for one in prose
            if true.journal and true.journal in squeezed(one) and true.journal not in body
            and not re.search(r"correspondence|copyright|licen[cs]e|doi|publish|editor|volume", one, re.IGNORECASE)
        ],
        missing=[" ".join(run) for run in _missing(true.words, text)],
    )  # fmt: skip


def _cells_together(row: Sequence[str], lines: Sequence[str]) -> int:
    return max((sum(cell in line for cell in row) for line in lines), default=0)


def _prose(document: Document, parsed: Parsed) -> Iterator[str]:
    """Sentences outside the list of references."""
    for passage in parsed.passages:
        if "References" not in passage.section:
            for sentence in passage.sentences:
                if sentence.kind is SentenceKind.SENTENCE:
                    yield document.text[sentence.start : sentence.end]


def _missing(true: Sequence[str], text: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of five words of the XML that the text does not have, for looking at."""
    known = set(zip(*(text[k:] for k in range(3)), strict=False))
    run: list[str] = []
    for at in range(len(true) - 2):
        if tuple(true[at : at + 3]) not in known:
            run.append(true[at])
        else:
            if len(run) >= 5:
                yield run
            run = []


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print strays and what is missing")
    options = parser.parse_args()
    files = sorted(path for path in options.folder.glob("*.pdf") if path.with_suffix(".xml").exists())
    results = parse_files(
        files, IngestSettings(seconds_per_file=300), count_tokens=lambda texts: [len(text) // 4 + 1 for text in texts],
        workers=options.workers,
    )  # fmt: skip
    found = []
    for path, result in zip(files, results, strict=True):
        if isinstance(result, Skipped):
            print(f"{path.name}: {result.category}, {result.reason}")
        else:
            found.append(measured(path, result))
    print(
        "| article | words | in order | rows | whole | cells in their row | cited works in sentences | running heads |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for one in found:
        print(f"| {one.file} | {one.words} | {100 * one.in_order:.1f} % | {one.rows} | {one.whole_rows} | "
              f"{one.cells_in_row} of {one.cells} | {len(one.cited_inside)} | {len(one.heads_inside)} |")  # fmt: skip
    shares = sorted(one.in_order for one in found)
    print(f"\nwords in order: median {100 * statistics.median(shares):.2f} %, lowest {100 * shares[0]:.1f} %, "
          f"{sum(share >= 0.97 for share in shares)} of {len(shares)} at 97 % or more")  # fmt: skip
    print(f"rows whole: {sum(o.whole_rows for o in found)} of {sum(o.rows for o in found)}; cells in their row: "
          f"{sum(o.cells_in_row for o in found)} of {sum(o.cells for o in found)}")  # fmt: skip
    print(f"sentences with a cited work: {sum(len(o.cited_inside) for o in found)}; with a running head: "
          f"{sum(len(o.heads_inside) for o in found)}")  # fmt: skip
    for one in found if options.show else ():
        for kind, texts in (
            ("CITED", one.cited_inside),
            ("HEAD", one.heads_inside),
            ("MISSING", one.missing),
        ):
            for text in texts[:6]:
                print(f"{one.file} {kind}: {text[:300]}")


if __name__ == "__main__":
    main()
