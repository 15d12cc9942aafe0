"""Two documents of a corpus, sentence by sentence: what is new, gone or changed, and whether a figure changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal, NamedTuple

from rag.catalogue import file as catalogue_file
from rag.datatypes import Document
from rag.errors import UsageError
from rag.index.open import open_corpus
from rag.store import CorpusFile
from rag.text import fold

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_ALIKE = 0.6


class Change(NamedTuple):
    kind: Literal["changed", "new", "gone"]
    old: str
    old_page: int | None
    new: str
    new_page: int | None
    figures: bool
    """Whether the figures differ: what a clinician must see first."""


class _Unit(NamedTuple):
    text: str
    page: int


def difference(folder: Path, old: str, new: str) -> list[Change]:
    """Changes from one document to another, in the order of the new one."""
    catalogue = catalogue_file.read(folder)
    first, second = catalogue.entry(old), catalogue.entry(new)
    with closing(open_corpus(catalogue_file.index_folder_of(folder, catalogue))) as corpus:
        units = []
        for entry in (first, second):
            if entry.sha256 not in corpus.row_ranges():
                raise UsageError(f"{entry.id!r} is not in the index; run `rag corpus check`")
            units.append(_units(corpus, corpus.document(entry.sha256)))
    return list(_changes(*units))


def _units(corpus: CorpusFile, document: Document) -> list[_Unit]:
    found: dict[tuple[int, int], _Unit] = {}
    for passage in corpus.passages(list(corpus.row_ranges()[document.id])):
        for sentence in passage.sentences:
            page = next(p.number for p in reversed(document.pages) if p.start <= sentence.start)
            text = " ".join(document.text[sentence.start : sentence.end].split())
            found[sentence.start, sentence.end] = _Unit(text, page)
    return [found[place] for place in sorted(found)]


def _changes(old: list[_Unit], new: list[_Unit]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, [fold(u.text) for u in old], [fold(u.text) for u in new], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag != "equal":
            yield from _paired(old[i:i_end], new[j:j_end])


def _paired(old: list[_Unit], new: list[_Unit]) -> Iterator[Change]:
    """Sentences of a changed stretch: each new one with the likest old one, if any is like it."""
    left = list(old)
    for unit in new:
        scored = [
            (SequenceMatcher(None, one.text, unit.text, autojunk=False).ratio(), n)
            for n, one in enumerate(left[:40])
        ]
        best, number = max(scored, default=(0.0, -1))
        if best >= _ALIKE:
            before = left.pop(number)
            figures = sorted(_FIGURE.findall(before.text)) != sorted(_FIGURE.findall(unit.text))
            yield Change("changed", before.text, before.page, unit.text, unit.page, figures)
        else:
            yield Change("new", "", None, unit.text, unit.page, bool(_FIGURE.search(unit.text)))
    for unit in left:
        yield Change("gone", unit.text, unit.page, "", None, bool(_FIGURE.search(unit.text)))
