"""Sentences of real documents that no training reads: guidelines as PDF, and the later half of the articles."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from rag.datatypes import SentenceKind, Skipped
from rag.ingest.document import parse_file
from rag.settings import IngestSettings

_SPACE = re.compile(r"\s+")
_END = re.compile(r"(?<=[a-z)\]%0-9]\.)\s+(?=[A-Z])")
_NO_END = re.compile(r"(?:\b(?:e\.g|i\.e|vs|cf|approx|al|[Ff]igs?|[Nn]o|Dr|[Tt]ab|[Rr]efs?|[A-Z])\.)$")
_REFERENCE = re.compile(
    r"https?:|doi[:.]|\b(?:19|20)\d\d ?[;(]|\d\(\d+\):|\d, ?\d+[-–]\d+\. |[A-Z]\., &|(?:\. ){2}|^[A-Z][\w-]+ [A-Z]{1,2}, "
)
"""An entry of a list of references is no sentence."""
_SHORTEST, _LONGEST = 40, 400


def held_out_sentences(data: Path, cache: Path | None = None) -> list[str]:
    """Of the us_gov and who guidelines and of the articles whose names sort in the second half, in their order.

    ``cache``: a text file kept between runs, because reading the PDFs takes a minute.
    """
    if cache is not None and cache.exists():
        return cache.read_text(encoding="utf-8").splitlines()
    found = list(
        dict.fromkeys([*guideline_sentences(data / "guidelines"), *article_sentences(data / "articles")])
    )
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text("\n".join(found) + "\n", encoding="utf-8")
    return found


def guideline_sentences(folder: Path) -> Iterator[str]:
    """As the product reads the PDFs, by its own parser and sentence splitter."""
    for path in sorted((*folder.glob("us_gov/*.pdf"), *folder.glob("who/*.pdf"))):
        parsed = parse_file(path, IngestSettings())
        if isinstance(parsed, Skipped):
            continue
        text = parsed.document.text
        units = (
            _SPACE.sub(" ", text[u.start : u.end]) for u in parsed.units if u.kind is SentenceKind.SENTENCE
        )
        yield from (unit for unit in units if _is_whole(unit))


def article_sentences(folder: Path, *, first_half: bool = False) -> Iterator[str]:
    """Paragraphs of the JATS files; the first half of the sorted names is what training may read."""
    files = sorted(folder.glob("*.xml"))
    half = len(files) // 2
    for path in files[:half] if first_half else files[half:]:
        body = ElementTree.parse(path).getroot().find(".//body")
        for paragraph in body.iter("p") if body is not None else ():
            yield from sentences_of("".join(paragraph.itertext()))


def sentences_of(text: str) -> Iterator[str]:
    """Whole sentences of 40 to 400 characters that begin with a capital and end in a full stop."""
    parts = _END.split(_SPACE.sub(" ", text).strip())
    for i, part in enumerate(parts):
        if _is_whole(part) and not (i and _NO_END.search(parts[i - 1])):
            yield part


def _is_whole(text: str) -> bool:
    if not _SHORTEST <= len(text) <= _LONGEST or _REFERENCE.search(text):
        return False
    return text[0].isupper() and text.endswith(".") and not _NO_END.search(text) and text.count(" ") >= 5


def is_for_development(sentence: str) -> bool:
    """Half of the sentences, by their hash: rules may be developed on these and are reported on the others."""
    return hashlib.sha256(sentence.encode()).digest()[0] % 2 == 0
