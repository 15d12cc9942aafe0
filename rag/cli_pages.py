"""What the commands show of pages: ``rag highlight``, and the low pages of ``rag ingest``."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from rag.errors import UsageError
from rag.terminal import clean, ranges

if TYPE_CHECKING:
    from rag.datatypes import Document, Quote, Span
    from rag.highlight import Highlight, Highlighter
    from rag.wiring import Pipeline

_MEGABYTES = 2048.0
_SECONDS = 120
"""What the command may take for itself: the pages it draws come from files that nobody has vetted."""


RECOGNISED = (
    "Recognised in a picture of the page (OCR): compare with the page before you rely on a word or figure."
)


def low_page_lines(documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is printed of pages that are scanned or whose text cannot be trusted; rows as in ``IngestReport.documents``."""
    for row in documents:
        left_out = [page for page in row["low_pages"] if page["left_out"]]
        for page in left_out:
            yield f"Left out: {row['document']}, page {page['page']}: {page['reason']}"
        scanned = [page for page in row["low_pages"] if page["scanned"] and not page["left_out"]]
        for word, pages in (
            ("recognised by OCR", [page["page"] for page in scanned if page["ocr"]]),
            ("pictures with hardly any text", [page["page"] for page in scanned if not page["ocr"]]),
        ):
            if pages:
                yield f"Pages to look at: {row['document']}, {word}: {ranges(pages)}"


class _Wanted(NamedTuple):
    """A quote to be marked."""

    document: str
    """Name, path or id."""
    page: int
    text: str
    span: Span | None
    """Where it stands in the document's text; None: wherever the page says it."""


def add_highlight(commands: Any, make: Callable[..., argparse.ArgumentParser]) -> None:
    """Register the command; ``make`` is the maker of subcommands of ``rag.cli``."""
    command = make(
        commands,
        "highlight",
        _highlight,
        "Mark quotes on the pages they stand on: pictures, or rectangles in PDF points",
        "rag highlight record.json --index indexes/ward --out marked/\n"
        '  rag highlight --document guideline.pdf --page 12 --text "140 mmHg" --index indexes/ward --json',
    )
    command.add_argument(
        "record",
        nargs="?",
        type=Path,
        metavar="RECORD.json",
        help="as `rag ask --json` prints it: marks every quote of the answer",
    )
    command.add_argument("--index", required=True, type=Path, metavar="DIR", help="folder of the index")
    command.add_argument("--document", metavar="NAME", help="instead of a Record: the document's file name")
    command.add_argument("--page", type=int, metavar="N", help="as a PDF viewer counts")
    command.add_argument("--text", metavar="TEXT", help="words of that page; every place is marked")
    command.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the pictures (default: highlights)"
    )
    command.add_argument(
        "--password-file", type=Path, metavar="FILE.toml", help="passwords of encrypted documents"
    )
    command.add_argument("--json", action="store_true", help="rectangles on stdout; pictures only with --out")


def _highlight(options: argparse.Namespace) -> int:
    from rag.wiring import Pipeline

    wanted = _wanted(options)
    with Pipeline.open(options.index) as pipeline:
        _limit()
        rows = [
            row
            for document, quotes in _by_document(wanted, pipeline)
            for row in _marked(document, pipeline.file_of(document), quotes, options)
        ]
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            print(f"{clean(row['document'])}, page {row['page']}: {row['image'] or 'not found on the page'}")
    return 0 if all(row["rectangles"] for row in rows) else 1


def _wanted(options: argparse.Namespace) -> list[_Wanted]:
    one = (options.document, options.page, options.text)
    if (options.record is None) == (one == (None, None, None)) or (options.record is None and None in one):
        raise UsageError("Give a RECORD.json, or --document, --page and --text. See: rag highlight --help")
    if options.record is None:
        return [_Wanted(options.document, options.page, options.text, None)]
    return [_from_quote(quote) for quote in _quotes(options.record)]


def _quotes(path: Path) -> list[Quote]:
    from rag.answer.compose import numbered_quotes
    from rag.datatypes import Record

    try:
        record = Record.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UsageError(
            f"{path} is no Record as `rag ask --json` prints it: {str(error).splitlines()[0]}"
        ) from error
    return [quote for _, quote in numbered_quotes(record.claims)]


def _from_quote(quote: Quote) -> _Wanted:
    from rag.datatypes import Span

    return _Wanted(quote.document_id, quote.page, quote.text, Span(start=quote.start, end=quote.end))


def _by_document(wanted: Sequence[_Wanted], pipeline: Pipeline) -> Iterator[tuple[Document, list[_Wanted]]]:
    for name in dict.fromkeys(one.document for one in wanted):
        yield pipeline.document(name), [one for one in wanted if one.document == name]


def _marked(
    document: Document, file: Path, wanted: Sequence[_Wanted], options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """One row for each quote and page."""
    from rag.ingest.passwords import password_for, read_passwords
    from rag.wiring import highlighter

    passwords = read_passwords(options.password_file) if options.password_file else {}
    with highlighter(document, file=file, password=password_for(file, passwords)) as finder:
        for one in wanted:
            for span in _spans(document, one, finder):
                for found in finder.highlight(span.start, span.end):
                    yield _row(document, one, found, _picture(document, found, finder, options))


def _spans(document: Document, one: _Wanted, finder: Highlighter) -> list[Span]:
    if one.span is None:
        spans = finder.occurrences(one.page, one.text)
        if not spans:
            raise UsageError(f"page {one.page} of {document.name} does not say {one.text!r}; see `rag show`")
        return spans
    if document.text[one.span.start : one.span.end] != one.text:
        raise UsageError(f"the Record quotes another version of {document.name} than this index holds")
    return [one.span]


def _row(document: Document, one: _Wanted, found: Highlight, image: str | None) -> dict[str, Any]:
    return {
        "document": document.name, "page": found.page, "quote": one.text, "text": found.text, "image": image,
        "rectangles": [{name: round(value, 2) for name, value in box._asdict().items()} for box in found.boxes],
    }  # fmt: skip


def _picture(
    document: Document, found: Highlight, finder: Highlighter, options: argparse.Namespace
) -> str | None:
    """Path of the picture written; None where none was asked for or nothing can be marked."""
    if not found.boxes or (options.json and options.out is None):
        return None
    folder: Path = options.out or Path("highlights")
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]+", "_", Path(document.name).stem)[:60]
    first = found.boxes[0]
    path = folder / f"{stem}-p{found.page}-{round(first.left)}x{round(first.top)}.png"
    path.write_bytes(finder.image(found))
    return str(path)


def _limit() -> None:
    """Address space and processor time of this process from here on."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + int(_MEGABYTES * 2**20)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (space if hard < 0 else min(space, hard), hard))
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used) + _SECONDS, resource.getrlimit(resource.RLIMIT_CPU)[1])
    )
