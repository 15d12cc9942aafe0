"""Positioned lines of a PDF to blocks: headings, paragraphs, list items, tables, contents lines."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from rag.ingest.assemble import CONTENTS_HEADING, PAGE_AT_END
from rag.ingest.characters import SplitWords, join_lines, join_pair, tidy, vocabulary_of
from rag.ingest.columns import in_reading_order
from rag.ingest.content import Block, BlockKind, Content, Part
from rag.ingest.furniture import body_size, without_furniture
from rag.ingest.lines import Line, joined_baselines, mended, page_lines
from rag.ports import PdfContent

_BULLET = re.compile(r"(?:[•▪■◦●○►✓‣⁃∙·›»➢➤]|[-–—*o\[{](?=\s)|° )\s*")
_NUMBER = re.compile(r"(?:\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]|\[\d{1,3}\]|\d{1,2}(?:\.\d{1,2})+\.?)\s+\S")
_NUMBERED_HEADING = re.compile(
    r"(?:(?:chapter|section|annex|appendix|part)\s+[\dA-Z]+\b[.:]?|\d{1,2}(?:\.\d{1,2}){0,4}\.?)\s+[A-Z]",
    re.I,
)
_DEPTH = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s")
_CAPTION = re.compile(
    r"(?i:web\s+|supplementary\s+|annex\s+)?(?:TABLE\.|(?i:table|box|fig\.?|figure|exhibit)\s+"
    r"(?:[A-Z]?\d+[\d.A-Za-z]*|[IVX]+|[A-Z]\d*)\s*(?:[.:|–—-]|\s{2}|$|\(|(?=\s*[A-Z])))"
)
_TABLE_CAPTION = re.compile(r"(?:web\s+|supplementary\s+|annex\s+)?table\b", re.I)
_DOT_LEADER = re.compile(r"(?:\.\s?){5,}|…{2,}|_{5,}")
_TERMINAL = re.compile(r"[.!?:;][\"'”’)\]]*(?:[\d,–-]{1,9}|\[[\d,–\- ]+\])?$")
_LEADS_ON = re.compile(
    r"(?:[,(]|\b(?:in|see|and|or|of|to|by|from|the|with|on|at|as|also|than|per))$", re.IGNORECASE
)
_HEADING_WORDS = 22
_HEADING_LINES = 4
_ROW_PITCH = 1.4
"""Baselines this many font sizes apart are two rows of a table, nearer ones lines of one cell."""
_LONG_LINE = 65
"""Characters of a line of running text."""


@dataclass
class _Group:
    """Lines that belong together, in order."""

    kind: BlockKind
    lines: list[Line] = field(default_factory=list)
    rank: int = 0
    is_header: bool = False
    continues_row: bool = False

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]


@dataclass(frozen=True)
class _Measure:
    """What is normal in this document."""

    size: float
    """Body font size, points."""
    bold: bool
    """Most of the body is bold (then boldness marks nothing)."""
    leading: dict[float, float]
    """Distance of baselines by rounded font size, points."""
    right: float
    """Where long lines end, points."""

    def step(self, line: Line) -> float:
        return self.leading.get(_rounded(line.size), 1.25 * line.size)

    def tight_step(self, line: Line) -> float:
        """As ``step``, but rows of a table set wide apart do not count as lines of a paragraph."""
        body = self.leading.get(_rounded(self.size), 0.0) / max(self.size, 1)
        return min(self.step(line), max(_ROW_PITCH, body) * line.size)


def content_of_pdf(pdf: PdfContent) -> Content:
    """Clean and structure what the PDF library gave."""
    raw = [page_lines(page, index=index) for index, page in enumerate(pdf.pages)]
    vocabulary = vocabulary_of(line.text for lines in raw for line in lines)
    whole = [joined_baselines(lines, vocabulary) for lines in raw]
    words = SplitWords([line.text for lines in whole for line in lines], vocabulary)
    sound = [[mended(line, words) for line in lines] for lines in whole]
    pages = [_with_labels_apart(in_reading_order(lines)) for lines in without_furniture(sound)]
    measure = _measure(pages)
    found = _contents_marked([list(_groups(lines, measure)) for lines in pages])
    groups = _joined_over_pages([group for page in found for group in page], measure)
    blocks = tuple(block for group in groups if (block := _block(group, vocabulary)).text)
    return Content(
        media_type="application/pdf",
        title=pdf.title,
        date=pdf.date,
        notice=pdf.notice,
        page_numbers=tuple(page.number for page in pdf.pages),
        blocks=blocks,
        has_images=pdf.has_images,
    )


def _with_labels_apart(lines: Sequence[Line]) -> list[Line]:
    """A bold label beside running text becomes a line of its own, so that it can head the text."""
    apart: list[Line] = []
    for line in lines:
        label, *rest = line.segments
        if (
            len(rest) == 1
            and label.bold
            and not rest[0].bold
            and len(rest[0].text) >= 40
            and len(label.text) <= 40
        ):
            apart += [Line.of([label], like=line), Line.of(rest, like=line)]
        else:
            apart.append(line)
    return apart


def _contents_marked(pages: list[list[_Group]]) -> list[list[_Group]]:
    """Entries of a table of contents: from its heading on, while most of a page's lines end in a page number."""
    inside = False
    for groups in pages:
        start = next(
            (n for n, group in enumerate(groups) if CONTENTS_HEADING.fullmatch(group.first.text)), None
        )
        if start is None and not inside:
            continue
        entries = groups[0 if start is None else start + 1 :]
        lines = [line.text for group in entries for line in group.lines]
        inside = len(lines) > 2 and sum(bool(PAGE_AT_END.search(text)) for text in lines) >= 0.4 * len(lines)
        for group in entries if inside else ():
            group.kind = BlockKind.CONTENTS
    return pages


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _measure(pages: Sequence[Sequence[Line]]) -> _Measure:
    size = body_size(pages)
    steps: dict[float, list[float]] = defaultdict(list)
    for lines in pages:
        for line, following in pairwise(lines):
            distance = line.y - following.y
            if _rounded(line.size) == _rounded(following.size) and 0.7 < distance / max(line.size, 1) < 3.5:
                steps[_rounded(line.size)].append(distance)
    leading = {key: statistics.median(values) for key, values in steps.items() if len(values) >= 5}
    body = [line for lines in pages for line in lines if abs(line.size - size) < 0.6]
    bold = sum(line.bold for line in body) * 2 > len(body)
    ends = sorted(line.end for line in body)
    return _Measure(size=size, bold=bold, leading=leading, right=ends[int(len(ends) * 0.8)] if ends else 0.0)


# --- lines to groups ---


def _groups(lines: Sequence[Line], measure: _Measure) -> Iterator[_Group]:
    """The page's lines in groups of one kind each."""
    position = 0
    while position < len(lines):
        caption = _caption_length(lines, position, measure)
        if caption:
            yield _Group(BlockKind.CAPTION, list(lines[position : position + caption]))
            start = position + caption
            is_table = bool(_TABLE_CAPTION.match(lines[position].text))
            end = _table_end(lines, start, measure) if is_table else start
            yield from _table(lines[start:end], measure, has_caption=True)
            position = max(end, start)
            continue
        rows = _loose_rows(lines, position)
        if rows:
            yield from _table(lines[position : position + rows], measure, has_caption=False)
            position += rows
            continue
        end = _paragraph_end(lines, position, measure)
        yield _classified(list(lines[position:end]), measure)
        position = end


def _caption_length(lines: Sequence[Line], position: int, measure: _Measure) -> int:
    """Lines of the caption that starts here; 0 when none does."""
    first = lines[position]
    if not _CAPTION.match(first.text) or (position and _leads_on(lines[position - 1], first)):
        return 0
    if not (first.bold and not measure.bold) and len(first.text) > 40 and _is_prose_reference(first.text):
        return 0
    end = position + 1
    while end < len(lines) and end - position < 4:
        line, before = lines[end], lines[end - 1]
        if (abs(line.size - first.size) > 0.4 or line.bold != first.bold or len(line.segments) > 1
                or not 0 < before.y - line.y < 1.5 * measure.tight_step(line) or abs(line.x - first.x) > 60
                or len(before.text) < 35 or before.text.rstrip().endswith(".")):  # fmt: skip
            break
        end += 1
    return end - position


def _leads_on(before: Line, line: Line) -> bool:
    """``"… are listed in"`` before ``"Table 4."``: the caption is none."""
    return 0 < before.y - line.y < 3 * line.size and bool(_LEADS_ON.search(before.text))


def _is_prose_reference(text: str) -> bool:
    """``"Table 3 shows that …"`` is a sentence about a table."""
    rest = _CAPTION.sub("", text, count=1).lstrip(" .:|–-")
    return bool(re.match(r"(?:[a-z]|\()", rest))


def _table_end(lines: Sequence[Line], start: int, measure: _Measure) -> int:
    """Where running text begins again."""
    position = start
    while position < len(lines):
        line = lines[position]
        if position > start and _CAPTION.match(line.text):
            break
        if _looks_like_heading(line, measure) and line.size > measure.size + 1:
            break
        if _is_prose(lines, position, measure) or _leaves_table(lines[start:position], line, measure):
            break
        position += 1
    return position


def _leaves_table(rows: Sequence[Line], line: Line, measure: _Measure) -> bool:
    """Is this line of one cell no longer of the table's type, or a heading or running text set apart from its rows?"""
    if len(rows) < 2 or len(line.segments) > 1 or line.x > min(row.x for row in rows) + 3:
        return False
    if max(row.size for row in rows) < measure.size - 0.6:
        return line.size > measure.size - 0.4
    set_apart = rows[-1].y - line.y > 1.3 * statistics.median(a.y - b.y for a, b in pairwise(rows))
    if not set_apart or rows[-1].y - line.y < _ROW_PITCH * line.size:
        return False
    if line.bold and not measure.bold and not rows[-1].bold:
        return bool(_NUMBERED_HEADING.match(line.text)) and _looks_like_heading(line, measure)
    of_cells = sum(len(row.segments) > 1 for row in rows) * 2 > len(rows)
    return of_cells and len(line.text) > _LONG_LINE and abs(line.size - measure.size) < 0.4


def _is_prose(lines: Sequence[Line], position: int, measure: _Measure) -> bool:
    """Two full lines of body size, one cell each, one under the other."""
    pair = lines[position : position + 2]
    return len(pair) == 2 and pair[0].y > pair[1].y and abs(pair[0].x - pair[1].x) < 25 and all(
        len(line.segments) == 1 and abs(line.size - measure.size) < 0.4 and len(line.text) > _LONG_LINE for line in pair
    )  # fmt: skip


def _loose_rows(lines: Sequence[Line], position: int) -> int:
    """Number of consecutive lines of several cells each, when they are a table without a caption."""
    count = 0
    while position + count < len(lines) and _is_row(lines[position + count]):
        count += 1
    return count if count >= 3 else 0


def _is_row(line: Line) -> bool:
    return (
        len(line.segments) >= 2
        and not _BULLET.fullmatch(line.segments[0].text + " ")
        and not _DOT_LEADER.search(line.text)
    )


def _table(lines: Sequence[Line], measure: _Measure, *, has_caption: bool) -> Iterator[_Group]:
    """Rows in order: lines of several cells are rows; stacked lines of one cell are joined."""
    cells = _cells(lines, measure)
    left = min((cell.first.x for cell in cells), default=0.0)
    top, header_open = float("inf"), True
    for number, cell in enumerate(cells):
        new_row = (
            number == 0 or len(cell.first.segments) > 1 or cell.first.x < left + 6 or cell.first.y > top + 3
        )
        if new_row:
            header_open = header_open and (number == 0 or cell.first.bold)
            top = cell.first.y
        cell.continues_row = not new_row
        cell.is_header = header_open and (cell.first.bold or (number == 0 and has_caption and _short(cell)))
        header_open = header_open and cell.is_header
        yield cell


def _short(cell: _Group) -> bool:
    return sum(len(line.text) for line in cell.lines) <= 120


def _cells(lines: Sequence[Line], measure: _Measure) -> list[_Group]:
    cells: list[_Group] = []
    for line in lines:
        last = cells[-1].last if cells else None
        if last is not None and _same_cell(last, line, measure):
            cells[-1].lines.append(line)
        else:
            cells.append(_Group(BlockKind.ROW, [line]))
    return cells


def _same_cell(last: Line, line: Line, measure: _Measure) -> bool:
    return (
        len(last.segments) == len(line.segments) == 1
        and abs(last.x - line.x) < 14
        and 0 < last.y - line.y < min(1.3 * measure.step(line), _ROW_PITCH * line.size + 0.1)
        and last.bold == line.bold
        and not _BULLET.match(line.text)
        and not (_NUMBER.match(line.text) and _TERMINAL.search(last.text))
    )


# --- paragraphs ---


_LABEL = re.compile(
    r"(?:(?:strong|conditional|good practice) )?(?:recommendation|statement|key (?:message|point|question)|question|box|step)"
    r"s? \d{1,3}(?:\.\d{1,2})*[a-z]?[.:]?",
    re.IGNORECASE,
)
"""A line that only numbers what stands below it."""


def _paragraph_end(lines: Sequence[Line], start: int, measure: _Measure) -> int:
    position = start + 1
    while position < len(lines) and _continues(lines, start, position, measure):
        position += 1
    return position


def _continues(lines: Sequence[Line], start: int, position: int, measure: _Measure) -> bool:
    """Does the line at ``position`` belong to the paragraph that began at ``start``?"""
    before, line = lines[position - 1], lines[position]
    if _DOT_LEADER.search(before.text) or (_CAPTION.match(line.text) and (line.bold and not before.bold)):
        return False
    if _LABEL.fullmatch(before.text.strip()):
        return False
    if _starts_item(line, before) or abs(line.size - before.size) > 0.8:
        return False
    distance = before.y - line.y
    if distance < -2 or distance > 1.35 * max(measure.step(line), 0.9 * line.size):
        return False
    if line.bold != before.bold and not _flows(before, line):
        return False
    if len(line.segments) > 1 and _is_row(line) and _loose_rows(lines, position):
        return False
    ended = bool(_TERMINAL.search(before.text.rstrip()))
    indented = line.x - before.x > 6 and position - start > 1
    is_short = before.end < 0.72 * measure.right and len(before.text) < 60
    return not (ended and (indented or is_short))


def _flows(before: Line, line: Line) -> bool:
    """A change of weight inside a sentence."""
    return not _TERMINAL.search(before.text.rstrip()) and (
        line.text[:1].islower() or before.text.rstrip()[-1:] in ",-–("
    )


def _starts_item(line: Line, before: Line) -> bool:
    if _BULLET.match(line.text):
        return (
            not line.text.startswith(("-", "–", "—", "*", "o ", "·"))
            or bool(_TERMINAL.search(before.text))
            or line.x != before.x
        )
    if not _NUMBER.match(line.text):
        return False
    return bool(_TERMINAL.search(before.text.rstrip())) or abs(line.x - before.x) > 3 or bool(_NUMBER.match(before.text)) \
        or line.text.startswith("[")  # fmt: skip


def _classified(lines: list[Line], measure: _Measure) -> _Group:
    text = join_lines([line.text for line in lines])
    if _DOT_LEADER.search(text):
        ends_in_page = re.search(r"[.…_ ](?:\d{1,4}|[ivxl]{1,6})$", text)
        return _Group(BlockKind.CONTENTS if ends_in_page else BlockKind.ROW, lines)
    if len(lines) <= _HEADING_LINES and _is_heading(text, lines, measure):
        return _Group(BlockKind.HEADING, lines, rank=_rank(text, lines[0], measure))
    is_item = bool(_BULLET.match(text) or _NUMBER.match(text))
    return _Group(BlockKind.ITEM if is_item else BlockKind.PARAGRAPH, lines)


def _looks_like_heading(line: Line, measure: _Measure) -> bool:
    return _is_heading(line.text, [line], measure)


def _is_heading(text: str, lines: Sequence[Line], measure: _Measure) -> bool:
    words = text.split()
    letters = [c for c in text if c.isalpha()]
    if (
        len(letters) < 3
        or len(words) > _HEADING_WORDS
        or _BULLET.match(text)
        or len(letters) * 2 < len(text.replace(" ", ""))
    ):
        return False
    if (re.search(r"[.,;]$", text) and not re.match(r"\d", text)) or text[0].islower():
        return False
    size = lines[0].size
    if size >= measure.size + 1.2:
        return True
    if size < measure.size - 0.6:
        return False
    if all(line.bold for line in lines) and not measure.bold:
        return True
    if (
        _NUMBERED_HEADING.match(text)
        and len(words) <= 12
        and not re.search(r"[.;:,]$", text)
        and "." in text[:6]
    ):
        return True
    return len(words) <= 10 and len(letters) >= 6 and all(c.isupper() for c in letters)


def _rank(text: str, line: Line, measure: _Measure) -> int:
    """Smaller is further out: by size, then weight, then numbering depth."""
    rank = 1000 - 20 * round(_rounded(line.size) * 2)
    numbered = _DEPTH.match(text)
    depth = numbered[1].count(".") + 1 if numbered else 1
    return rank + (0 if line.bold and not measure.bold else 9) + depth


# --- over page and column breaks ---


def _joined_over_pages(groups: list[_Group], measure: _Measure) -> list[_Group]:
    """A paragraph that breaks off at a page or column end goes on in the next one."""
    joined: list[_Group] = []
    for group in groups:
        open_at = _open_paragraph(joined, group, measure)
        if open_at is None:
            joined.append(group)
        else:
            opened = joined.pop(open_at)
            opened.lines.extend(group.lines)
            joined.append(opened)
    return joined


def _open_paragraph(joined: list[_Group], group: _Group, measure: _Measure) -> int | None:
    """Index of the broken-off paragraph that this group goes on with; footnotes may lie between."""
    if group.kind is not BlockKind.PARAGRAPH or not joined:
        return None
    index = len(joined) - 1
    while index > 0 and index >= len(joined) - 4 and joined[index].first.size < measure.size - 0.6 and (
            joined[index].kind in (BlockKind.PARAGRAPH, BlockKind.ITEM)):  # fmt: skip
        index -= 1
    before = joined[index]
    moved_on = before.last.page != group.first.page or group.first.y > before.last.y
    if not moved_on or before.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM):
        return None
    between = joined[index + 1 :]
    if any(
        one.last.page != before.first.page for one in between
    ):  # they would move before a page they follow
        return None
    if group.first.page - before.last.page > 1 or abs(before.last.size - group.first.size) > 0.6:
        return None
    text = before.last.text.rstrip()
    in_brackets = before.first.text.lstrip().startswith("(") and text.endswith(")")
    open_ended = not in_brackets and (not _TERMINAL.search(text) or text.endswith(("e.g.", "i.e.", "vs.")))
    return index if open_ended and _can_continue(group.first.text, text) else None


def _can_continue(text: str, before: str) -> bool:
    return (
        text[:1].islower()
        or before[-1:] in ",-–("
        or (len(before) > 60 and bool(re.match(r"[\d(\[“\"A-Z]", text)))
    )


# --- groups to blocks ---


def _block(group: _Group, vocabulary: frozenset[str]) -> Block:
    """Join the lines; each page's share is a part."""
    parts: list[Part] = []
    for line in group.lines:
        text = line.cells if group.kind is BlockKind.ROW else line.text
        if not parts:
            parts.append(Part(line.page, text))
            continue
        joint = join_pair(parts[-1].text, text, vocabulary=vocabulary)
        if line.page == parts[-1].page:
            parts[-1] = Part(line.page, joint.before + joint.after)
        else:
            parts[-1] = replace(parts[-1], text=joint.before)
            parts.append(Part(line.page, joint.after))
    tidied = tuple(
        _tidied(part, is_last=part is parts[-1], cells=group.kind is BlockKind.ROW) for part in parts
    )
    return Block(group.kind, tidied, group.rank, group.is_header, group.continues_row)


def _tidied(part: Part, *, is_last: bool, cells: bool) -> Part:
    """Single spaces, but two between the cells of a row."""
    text = (
        "  ".join(tidy(cell) for cell in part.text.split("  ") if cell.strip()) if cells else tidy(part.text)
    )
    return Part(part.page, text if is_last or not part.text.endswith(" ") else text + " ")
