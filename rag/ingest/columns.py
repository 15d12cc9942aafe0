"""Two columns whose lines were read across the gutter, put back in reading order."""

from __future__ import annotations

from collections.abc import Sequence

from rag.ingest.lines import Line

_SHARE = 0.5
_AT_LEAST = 8
_LETTERS = 22


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The same lines; when most are two long halves with one gutter, left halves first."""
    gutter = _gutter(lines)
    if gutter is None:
        return list(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        halves = _halves(line, gutter)
        if halves is None and _spans(line, gutter):
            ordered += [*left, *right, line]
            left, right = [], []
        elif halves is None:
            (right if line.x >= gutter - 6 else left).append(line)
        else:
            left.append(halves[0])
            right.append(halves[1])
    return [*ordered, *left, *right]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Left edge of the right column, when the page is interleaved."""
    edges: dict[int, int] = {}
    for line in lines:
        if len(line.segments) == 2 and all(len(segment.text) >= _LETTERS for segment in line.segments):
            edge = round(line.segments[1].x / 4)
            edges[edge] = edges.get(edge, 0) + 1
    if not edges:
        return None
    edge = max(edges, key=lambda key: edges.get(key, 0) + edges.get(key - 1, 0) + edges.get(key + 1, 0))
    count = edges.get(edge, 0) + edges.get(edge - 1, 0) + edges.get(edge + 1, 0)
    return edge * 4.0 if count >= max(_AT_LEAST, _SHARE * len(lines)) else None


def _halves(line: Line, gutter: float) -> tuple[Line, Line] | None:
    left = [segment for segment in line.segments if segment.x < gutter - 6]
    right = [segment for segment in line.segments if segment.x >= gutter - 6]
    return (Line.of(left, like=line), Line.of(right, like=line)) if left and right else None


def _spans(line: Line, gutter: float) -> bool:
    return line.x < gutter - 6 and line.end > gutter + 20
