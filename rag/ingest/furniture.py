"""What is printed on a page but is not its text: running heads, page numbers, margin line numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from rag.ingest.lines import Line, Segment

_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"(?<![A-Za-z])[ivxl]+(?![A-Za-z])")
_TABLE_START = re.compile(r"(?:table|box|annex|figure)\s+[\dA-Z]", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–|]?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d{1,4})?\s*[-–|]?", re.IGNORECASE
)
_PAGE_AT_END = re.compile(r"(?:^|\W)page\s+\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?$", re.IGNORECASE)
_PAGE_OF_PAGES = re.compile(r"(?:page\s+)?\d{1,4}\s*(?:of|/)\s*\d{1,4}", re.IGNORECASE)
_OUTERMOST = 5
"""Lines looked at from each edge of a page."""
_EDGE_SHARE = 0.15
"""Running heads and feet lie within this share of the page's height from an edge of the text."""
_SEEN_ON = 3
_NEAR_PAGES = 8
_SAME_HEIGHT = 4.0
"""Points."""
_NUMBERED_SHARE = 0.4
_NUMBERED_AT_LEAST = 6
_PAGES_SHARE = 0.3


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Pages without margin line numbers, running heads and feet, page numbers and turned margin tabs."""
    numbered = without_line_numbers(pages)
    places = _places(numbered)
    size = body_size(numbered)
    peeled = [_peeled(page, places, size) for page in numbered]
    return peeled if any(peeled) else numbered  # a file of nothing but repeated lines keeps them


# --- margin line numbers ---


def without_line_numbers(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Strip numbers that run on from line to line at the lines' start or end; drop lines that are nothing else.

    A list may be numbered on one page. A document has line numbers when they run over most lines of many pages;
    then short runs, on pages with pictures or titles, are taken for line numbers too.
    """
    for side in (-1, 0):
        runs = [_longest_run(_candidates(lines, side)) for lines in pages]
        strong = [_covers(run, lines) for run, lines in zip(runs, pages, strict=True)]
        if sum(strong) >= max(1, _PAGES_SHARE * sum(bool(lines) for lines in pages)) and (
            sum(strong) > 1
            or any(len(run) >= 0.8 * len(lines) for run, lines in zip(runs, pages, strict=True) if run)
        ):
            return [
                _stripped(lines, side, run if len(run) > 1 else set())
                for lines, run in zip(pages, runs, strict=True)
            ]
    return [list(lines) for lines in pages]


def _covers(run: set[int], lines: Sequence[Line]) -> bool:
    return len(run) >= max(_NUMBERED_AT_LEAST, _NUMBERED_SHARE * len(lines))


def _candidates(lines: Sequence[Line], side: int) -> list[tuple[int, int]]:
    return [
        (index, number) for index, line in enumerate(lines) if (number := _number_at(line, side)) is not None
    ]


def _stripped(lines: Sequence[Line], side: int, run: set[int]) -> list[Line]:
    kept: list[Line] = []
    for index, line in enumerate(lines):
        left = _without_number(line, side) if index in run else line
        if left is not None and not (index in run and re.fullmatch(r"[\d\s]+", left.text)):
            kept.append(left)
    return kept


def _number_at(line: Line, side: int) -> int | None:
    """The number standing alone at the line's start (0) or end (-1)."""
    words = line.cells.split()
    return int(words[side]) if words and re.fullmatch(r"[0-9]{1,5}", words[side]) else None


def _longest_run(candidates: Sequence[tuple[int, int]]) -> set[int]:
    """Indices of the longest chain of numbers that grow by 1 (up to 5 where a line was missed)."""
    best: list[int] = []
    chains: list[tuple[int, list[int]]] = []
    for index, number in candidates:
        for position, (last, chain) in enumerate(chains):
            if 1 <= number - last <= 5:
                chains[position] = (number, [*chain, index])
                break
        else:
            chains.append((number, [index]))
        chains = chains[-40:]
    for _, chain in chains:
        best = max(best, chain, key=len)
    return set(best)


def _without_number(line: Line, side: int) -> Line | None:
    """The line without its number; None when nothing else was on it."""
    segments = list(line.segments)
    while segments and not segments[side].text.strip():
        segments.pop(side)
    text = segments[side].text
    shorter = re.sub(r"\s*[0-9]{1,5}\s*$", "", text) if side else re.sub(r"^\s*[0-9]{1,5}(?=\s|$)", "", text)
    segments[side] = Segment(shorter, segments[side].x, segments[side].size, segments[side].bold)
    left = [segment for segment in segments if segment.text.strip()]
    return Line.of(left, like=line) if left else None


# --- running heads and feet ---


def _key(line: Line) -> str:
    """The line as it is compared: numbers are alike, and the page number may stand left on one page, right on the next."""
    folded = _ROMAN.sub("#", _DIGITS.sub("#", " ".join(line.text.lower().split())))
    return folded.strip("# |–-") or folded


Places = dict[str, list[tuple[int, float, float]]]
"""Folded line -> (page index, height of its baseline, left edge) of each time it stands at an edge."""


def _places(pages: Sequence[Sequence[Line]]) -> Places:
    places: Places = defaultdict(list)
    for index, lines in enumerate(pages):
        for line in _edge_lines(lines):
            places[_key(line)].append((index, line.y, line.x))
    return places


def _edge_lines(lines: Sequence[Line]) -> list[Line]:
    ordered = sorted(lines, key=lambda line: -line.y)
    chosen = {id(line): line for line in [*ordered[:_OUTERMOST], *ordered[-_OUTERMOST:]]}
    chosen.update({id(line): line for line in lines if not line.upright})
    return list(chosen.values())


def _peeled(lines: Sequence[Line], places: Places, size: float) -> list[Line]:
    """Take furniture from both edges inwards until a line that is none."""
    if not lines:
        return []
    ordered = sorted((line for line in lines if line.upright), key=lambda line: -line.y)
    if not ordered:
        return list(lines)
    gone = {id(line) for line in lines if not line.upright and _repeats(line, places, same_height=True)}
    reach = max(line.page_height for line in lines) * _EDGE_SHARE
    top, bottom = ordered[0].y, ordered[-1].y
    for edge, sequence in ((top, ordered), (bottom, ordered[::-1])):
        misses = 0
        for line in sequence[:_OUTERMOST]:
            if abs(line.y - edge) > reach or misses > 1:
                break
            if _is_furniture(line, places) or (line.y == edge and _ends_in_page_number(line, size)):
                gone.add(id(line))
            else:
                misses += 1
    return [line for line in lines if id(line) not in gone]


def _is_furniture(line: Line, places: Places) -> bool:
    if _PAGE_NUMBER.fullmatch(line.text.strip()):
        return _at_paper_edge(line) or _repeats(line, places, same_height=True)
    if _TABLE_START.match(line.text):
        return False
    return _repeats(line, places, same_height=True)


def _ends_in_page_number(line: Line, size: float) -> bool:
    """A foot or head in small type such as ``"Guide to fever   Page 1"``: enough on a single page.

    Args:
        size: of the body's type, in points.
    """
    last = line.segments[-1].text.strip()
    is_number = len(line.segments) > 1 and _PAGE_OF_PAGES.fullmatch(last)
    return (
        line.size < size - 0.6 and _at_paper_edge(line) and bool(is_number or _PAGE_AT_END.search(line.text))
    )


def _at_paper_edge(line: Line) -> bool:
    return line.y < 0.09 * line.page_height or line.y > 0.93 * line.page_height


def _repeats(line: Line, places: Places, *, same_height: bool) -> bool:
    """Does the same line, but for its numbers, stand at this height on other pages near by?"""
    alike = {page for page, y, _ in places.get(_key(line), ())
             if abs(page - line.page_index) <= _NEAR_PAGES and (not same_height or abs(y - line.y) <= _SAME_HEIGHT)}  # fmt: skip
    return len(alike) >= (2 if _at_paper_edge(line) else _SEEN_ON)


def body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The font size most characters have, in points."""
    weights: dict[float, int] = defaultdict(int)
    for lines in pages:
        for line in lines:
            weights[round(line.size * 2) / 2] += len(line.text)
    return max(weights, key=lambda size: (weights[size], size), default=10.0)
