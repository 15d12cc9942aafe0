"""What a file says of itself, as proposals for the librarian: nothing is invented, everything stays unconfirmed.

Read are the file's own metadata and its first two pages. A file name that does not fit the text is remarked on.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import PurePath
from typing import Any

from rag.catalogue.entry import Kind
from rag.datatypes import Document
from rag.text import STOPWORDS, fold, stem

_DOI = re.compile(r"\b(?:doi(?:\.org/|:)\s*)?(10\.\d{4,9}/[^\s\"<>,;)\]]+[^\s\"<>,;)\].])", re.IGNORECASE)
_PMID = re.compile(r"\bPMID:?\s*(\d{5,9})\b")
_LICENCE = re.compile(
    r"\bCC[ -](BY(?:-NC)?(?:-SA|-ND)?)[ -]?(\d\.\d)?(?: (IGO))?|Creative Commons Attribution[ -]*(Non-?Commercial)?[ -]*(Share-?Alike|No ?Derivatives?|ShareAlike)?[^.]{0,30}?(\d\.\d)"
)
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATED = re.compile(
    rf"\b(?:published|posted|issued|updated|released|date|edition|version of)\b[^.\n]{{0,40}}?(?:(\d{{1,2}}) )?({_MONTH})? ?(?:(\d{{1,2}}), )?((?:19|20)\d\d)(?:-(\d\d)-(\d\d))?\b",
    re.IGNORECASE,
)
_RETRACTED = re.compile(r"\b(?:retraction(?: notice)?|retracted(?: article)?)\b", re.IGNORECASE)
_CORRECTED = re.compile(r"\b(?:corrigendum|erratum|correction(?: to)?)\b", re.IGNORECASE)
_DRAFT = re.compile(r"\bdraft\b", re.IGNORECASE)
_PUBLISHERS = (
    "World Health Organization", "Centers for Disease Control and Prevention", "National Institute for Health and Care Excellence", "National Institutes of Health",
    "US Preventive Services Task Force", "U.S. Preventive Services Task Force", "Scottish Intercollegiate Guidelines Network", "European Society of Cardiology",
    "American Heart Association", "American Diabetes Association", "Cochrane", "Public Health England", "UK Health Security Agency", "BMJ", "Elsevier", "Springer", "PLOS",
    "BioMed Central", "National Institute of Diabetes and Digestive and Kidney Diseases", "National Center for Health Statistics", "Ministry of Health", "Department of Health",
    "Médecins Sans Frontières", "UNICEF", "World Organisation for Animal Health", "Food and Drug Administration", "European Medicines Agency", "Robert Koch Institute",
)  # fmt: skip
_KINDS = (
    (Kind.SYSTEMATIC_REVIEW, r"systematic review|meta-analys"), (Kind.TRIAL, r"randomi[sz]ed|clinical trial|controlled trial"), (Kind.FACT_SHEET, r"fact ?sheet|data brief|information sheet|leaflet|brochure|ward card"),
    (Kind.GUIDELINE, r"guideline|guidance|recommendations?\b|practice statement"), (Kind.PROTOCOL, r"protocol|standard operating procedure|pathway"),
)  # fmt: skip
_GENERIC = frozenset(
    stem(word)
    for word in [
        "guideline",
        "guidelines",
        "guide",
        "guidance",
        "draft",
        "final",
        "version",
        "docket",
        "full",
        "text",
        "summary",
        "report",
        "document",
        "doc",
        "pdf",
        "web",
        "print",
        "copy",
        "new",
        "old",
        "update",
        "updated",
        "edition",
        "english",
        "eng",
        "annex",
        "appendix",
        "supplement",
        "main",
        "article",
        "paper",
        "chapter",
        "book",
        "module",
        "manual",
        "handbook",
        "policy",
        "standard",
        "standards",
        "clinical",
        "practice",
        "recommendations",
        "brief",
        "data",
        "sheet",
        "health",
        "care",
        "healthcare",
        "cdc",
        "who",
        "nice",
        "uspstf",
        "nih",
        "niddk",
        "nchs",
        "mmwr",
        "fda",
        "apr",
        "jan",
        "feb",
        "mar",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        *[
            "help",
            "readme",
            "index",
            "untitled",
            "unnamed",
            "download",
            "downloads",
            "downloaded",
            "attachment",
            "attachments",
            "scan",
            "scanned",
            "file",
            "files",
            "note",
            "notes",
            "ward",
            "wards",
            "page",
            "pages",
        ],
        *[
            "test",
            "temp",
            "image",
            "images",
            "photo",
            "output",
            "export",
            "signed",
            "merged",
            "compressed",
            "converted",
            "upload",
            "uploaded",
            "microsoft",
            "word",
            "acrobat",
            "default",
        ],
    ]
)
_PER_WORDS = 1500
"""A subject that the file name promises turns up more than once in so many words."""


def proposals(document: Document) -> dict[str, Any]:
    """Field to value, only what the file itself says."""
    first, front = _first_pages(document), _first_pages(document, _FRONT_PAGES)
    found: dict[str, Any] = {
        "title": document.title,
        "language": document.language if document.language != "und" else None,
    }
    found["published"] = document.date or _stated_date(first) or _copyright_year(front)
    found["publisher"] = _publisher(first, front)
    found["doi"] = _own_doi(first)
    found["pmid"] = match[1] if (match := _PMID.search(first)) else None
    found["licence"] = _licence(front)
    head = f"{document.title} {first[:600]}".lower()
    found["kind"] = next((kind for kind, pattern in _KINDS if re.search(pattern, head)), None)
    return {name: value for name, value in found.items() if value}


def _first_pages(document: Document, count: int = 2) -> str:
    end = document.pages[min(count, len(document.pages)) - 1].end if document.pages else 0
    return document.text[: min(end, 6_000 * count)]


def _publisher(first: str, front: str) -> str | None:
    """A publisher that a line of its own names, or the imprint; one that a sentence mentions may be a source only."""
    for name in _PUBLISHERS:
        imprint = rf"(?:©|published by|issued by|copyright)\W*(?:(?:19|20)\d\d\W*)?(?:the )?{re.escape(name)}"
        lines = [line for line in first.splitlines() if name.lower() in line.lower()]
        if re.search(imprint, front, re.IGNORECASE) or any(_is_masthead(line, name) for line in lines):
            return name
    return None


def _own_doi(first: str) -> str | None:
    """The first DOI that does not belong to what the text cites."""
    for match in _DOI.finditer(first):
        if not _CITES.search(first[max(0, match.start() - _BEFORE_DOI) : match.start()]):
            return match[1]
    return None


_CITES = re.compile(
    r"(?:19|20)\d\d\s*;\s*\d+|\d\s*\(\d+\)\s*:|\bvol\.|\bno\. ?\d|\bpp?\. ?\d|\bet al\b|available (?:at|from)|\[\d+\]|\bsee\b",
    re.IGNORECASE,
)
_BEFORE_DOI = 100
"""Characters in which a reference shows itself: year;volume, vol., pp., available at."""


def _copyright_year(front: str) -> str | None:
    """The one year of the copyright line; none where several are named."""
    years = {match[1] for match in _COPYRIGHT.finditer(front)}
    return years.pop() if len(years) == 1 else None


_FRONT_PAGES = 6
"""Among the first so many is the imprint."""
_COPYRIGHT = re.compile(r"©[^\n©]{0,60}?\b((?:19|20)\d\d)\b")


def _is_masthead(line: str, name: str) -> bool:
    """A short line that hardly says more than the name."""
    others = len(line.split()) - len(name.split())
    return others <= _MASTHEAD_WORDS and not re.search(
        r"\b(?:source|according|based|from|by)\b", line, re.IGNORECASE
    )


_MASTHEAD_WORDS = 6
"""Most words beside the name."""


def _stated_date(text: str) -> str | None:
    match = _DATED.search(text)
    if not match:
        return None
    day, month, year = match[1] or match[3], match[2], match[4]
    if match[5] and not month:
        with suppress(ValueError):  # 2013-00-00 says no more than the year
            return date(int(year), int(match[5]), int(match[6])).isoformat()
    if not month:
        return year
    number = [name.lower() for name in _MONTH.split("|")].index(month.lower()) + 1
    stated = f"{year}-{number:02d}"
    return f"{stated}-{int(day):02d}" if day and 0 < int(day) <= monthrange(int(year), number)[1] else stated


def _licence(text: str) -> str | None:
    match = _LICENCE.search(text)
    if not match:
        return None
    if match[1]:
        return " ".join(part for part in ("CC", match[1], match[2], match[3]) if part)
    parts = "BY" + ("-NC" if match[4] else "")
    if match[5]:
        parts += "-SA" if match[5].lower().startswith("share") else "-ND"
    return f"CC {parts} {match[6]}"


def remarks(document: Document) -> Iterator[str]:
    """What a librarian should look at before confirming."""
    missing = misfit_words(document)
    if missing:
        words = ", ".join(missing)
        yield f"the file name {document.name!r} speaks of {words}; title and text hardly do: is this the right file?"
    title = document.title
    if _RETRACTED.search(title):
        yield "the title says that something is retracted: find out what, and retract it"
    elif _CORRECTED.search(title):
        yield "the title says that this corrects another document: find out which"
    if _DRAFT.search(f"{title} {document.name}") or len(_DRAFT.findall(_first_pages(document))) >= 2:
        yield "it calls itself a draft: `rag corpus draft ID` unless it is the one in use"


_COMPOUND = 6
"""A word of more letters may be two words of the title."""


def misfit_words(document: Document) -> list[str]:
    """Words of the file name that the document is not about; empty where most of the name fits.

    A word fits when its stem is in the title ("handwashing" in "Hand washing") or comes up at least twice, and once in
    ``_PER_WORDS`` words.
    """
    stem_of_file = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", PurePath(document.name).stem)
    name = re.findall(r"[a-z]{4,}", fold(stem_of_file))
    wanted = [word for word in dict.fromkeys(name) if word not in STOPWORDS and stem(word) not in _GENERIC]
    if not wanted:
        return []
    counts = Counter(stem(word) for word in re.findall(r"[a-z]{3,}", fold(document.text).lower()))
    title = {stem(word) for word in re.findall(r"[a-z]{3,}", fold(document.title).lower())}
    joined = re.sub(r"[^a-z]", "", fold(document.title))
    needed = max(2, sum(counts.values()) // _PER_WORDS)
    absent = [word for word in wanted if stem(word) not in title and counts[stem(word)] < needed]
    if any(stem(word) in title or (len(word) > _COMPOUND and word in joined) for word in wanted):
        return []
    return absent if 2 * len(absent) >= len(wanted) else []
