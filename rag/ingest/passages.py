"""Quotable units to passages sized in the encoder's tokens. Pure but for the counting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rag.datatypes import Document, Passage, Sentence, SentenceKind, Span
from rag.ingest.content import ParsedFile, Unit
from rag.ingest.sentences import Bounds, split_long
from rag.settings import IngestSettings

CountTokens = Callable[[Sequence[str]], list[int]]

ENCODER_LIMIT = 250
"""Tokens of the longest passage there may be: a single sentence that cannot be put into the usual size."""
_CONTEXT_SHARE = 0.25
"""Section path and table header count up to this share of a passage, so that they cannot eat it all."""


def passages_of(
    parsed: ParsedFile, settings: IngestSettings, *, count_tokens: CountTokens
) -> tuple[Passage, ...]:
    """Cut a document's units into passages, those of low pages (``IngestSettings.page_quality``) left out; no passage crosses a section or (but for its last sentence) a page."""
    document = parsed.document
    units = _fitting(document, _trusted(parsed, settings), count_tokens)
    sizes = _sizes(document, units, count_tokens)
    contexts = _context_sizes(document, units, count_tokens)
    room = settings.passage_tokens
    groups = _grouped(document, units, sizes, contexts, room=room)
    return tuple(passage_from_units(document, group) for group in groups)


def _trusted(parsed: ParsedFile, settings: IngestSettings) -> list[Unit]:
    """Without the units of pages whose text is not good enough to be quoted; the report names these pages."""
    low = {
        page.number
        for page in parsed.document.pages
        if page.quality is not None and page.quality.score < settings.page_quality
    }
    return [unit for unit in parsed.units if unit.page not in low] if low else list(parsed.units)


def passage_from_units(document: Document, units: Sequence[Unit]) -> Passage:
    """The passage from the first unit's start to the last unit's end."""
    start, end = units[0].start, units[-1].end
    sentences = [
        Sentence(start=unit.start, end=unit.end, kind=unit.kind, header=unit.header) for unit in units
    ]
    return Passage(
        id=f"{document.id[:16]}:{start}:{end}",
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        page=units[0].page,
        section=units[-1].section,
        sentences=tuple(sentences),
        header_text=sentences[0].header_in(document.text),
    )


def _header_text(document: Document, header: Sequence[Span]) -> str:
    return "\n".join(document.text[span.start : span.end] for span in header)


def _fitting(document: Document, units: Sequence[Unit], count_tokens: CountTokens) -> list[Unit]:
    """Units no longer than the encoder reads; longer ones are cut at clause or word bounds."""
    sizes = count_tokens([document.text[unit.start : unit.end] for unit in units]) if units else []
    fitting: list[Unit] = []
    for unit, size in zip(units, sizes, strict=True):
        fitting += [unit] if size <= ENCODER_LIMIT else _cut(document, unit, size, count_tokens)
    return fitting


def _cut(document: Document, unit: Unit, size: int, count_tokens: CountTokens) -> list[Unit]:
    length = unit.end - unit.start
    at_most = max(1, int(length * ENCODER_LIMIT / size * 0.8))
    pieces = split_long(document.text, Bounds(unit.start, unit.end), at_most=at_most)
    while at_most > 1 and max(count_tokens([document.text[a:b] for a, b in pieces])) > ENCODER_LIMIT:
        at_most = max(1, at_most // 2)
        pieces = split_long(document.text, Bounds(unit.start, unit.end), at_most=at_most)
    return [unit.model_copy(update={"start": a, "end": b, "page": _page_at(document, a), "opens": unit.opens and a == unit.start})
            for a, b in pieces]  # fmt: skip


def _page_at(document: Document, offset: int) -> int:
    return next(
        page.number for page in reversed(document.pages) if page.start <= offset and page.end > page.start
    )


def _sizes(document: Document, units: Sequence[Unit], count_tokens: CountTokens) -> list[int]:
    return count_tokens([document.text[unit.start : unit.end] for unit in units]) if units else []


def _context_sizes(document: Document, units: Sequence[Unit], count_tokens: CountTokens) -> list[int]:
    """Tokens of section path and table header of each unit."""
    contexts = [" ".join(unit.section) + "\n" + _header_text(document, unit.header) for unit in units]
    distinct = list(dict.fromkeys(contexts))
    counted = dict(zip(distinct, count_tokens(distinct), strict=True)) if distinct else {}
    return [counted[context] for context in contexts]


def _grouped(
    document: Document, units: Sequence[Unit], sizes: Sequence[int], contexts: Sequence[int], *, room: int
) -> Iterator[list[Unit]]:
    """Whole sections of one page, cut evenly where they are too long."""
    cap = int(room * _CONTEXT_SHARE)
    for _, run in groupby(_with_place(document, units), key=lambda placed: placed[0]):
        indices = [index for _, index in run]
        yield from _filled([units[i] for i in indices], [sizes[i] for i in indices],
                           [min(contexts[i], cap) for i in indices], room=room)  # fmt: skip


def _with_place(document: Document, units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    """(number of the stretch, index of the unit): a stretch ends at a page start, at a heading after text, and at
    text that is not indexed (contents lines)."""
    stretch = 0
    before: Unit | None = None
    for index, unit in enumerate(units):
        if before is not None and (
            unit.page != before.page
            or _opens_section(before, unit)
            or document.text[before.end : unit.start].strip()
        ):
            stretch += 1
        before = unit
        yield stretch, index


def _opens_section(before: Unit, unit: Unit) -> bool:
    return unit.kind is SentenceKind.HEADING and before.kind is not SentenceKind.HEADING


def _filled(
    units: Sequence[Unit], sizes: Sequence[int], contexts: Sequence[int], *, room: int
) -> Iterator[list[Unit]]:
    """Fill up to ``room``; cut where a block opens when that leaves the passage at least half full."""
    group: list[int] = []
    for index in range(len(units)):
        if group and _total([*group, index], sizes, contexts) > room:
            cut = _good_cut(group, units, sizes)
            yield [units[i] for i in group[:cut]]
            group = group[cut:]
            if group and _total([*group, index], sizes, contexts) > room:
                yield [units[i] for i in group]
                group = []
        group.append(index)
    if group:
        yield [units[i] for i in group]


def _total(group: Sequence[int], sizes: Sequence[int], contexts: Sequence[int]) -> int:
    return contexts[group[0]] + sum(sizes[i] for i in group)


def _good_cut(group: Sequence[int], units: Sequence[Unit], sizes: Sequence[int]) -> int:
    """How many of the group to keep: a caption, heading or table header never ends a passage, a row is not torn."""
    best = len(group)
    while best > 1 and units[group[best - 1]].kind in _OPENERS:
        best -= 1
    full = sum(sizes[i] for i in group)
    for cut in range(best, 0, -1):
        if sum(sizes[i] for i in group[:cut]) < full / 2:
            break
        following = group[cut] if cut < len(group) else group[-1] + 1
        ends = units[group[cut - 1]].kind not in _OPENERS
        if following < len(units) and units[following].opens and ends:
            return cut
    return best


_OPENERS = (SentenceKind.HEADING, SentenceKind.CAPTION, SentenceKind.HEADER)
