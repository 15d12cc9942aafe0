"""What is wrong with a corpus, and what to do about it. Writes two things: where an index has lost its corpus, the link, and
which documents are nearly the same, so that this is not worked out again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from itertools import groupby
from pathlib import Path
from shlex import quote
from typing import Literal, NamedTuple

from rag.catalogue import file as catalogue_file
from rag.catalogue.entry import Entry, Status, end_of
from rag.catalogue.file import DOCUMENTS, Catalogue
from rag.catalogue.lifecycle import changed, left_without
from rag.catalogue.retractions import Notice, is_reinstatement, is_retraction, notices
from rag.catalogue.scope import corpus_folder, link, other_owner
from rag.errors import CatalogueError, RagError
from rag.index.open import open_corpus
from rag.ingest.document import file_hash
from rag.librarian.advice import pasteable
from rag.librarian.duplicates import NearDuplicate, near_duplicates
from rag.librarian.pages import in_words, weak_pages
from rag.store import MANIFEST, FileState

Severity = Literal["error", "warning", "note"]
WANTED = ("publisher", "kind", "published", "licence")
"""Fields without which a document is told of as incomplete."""


class Fault(NamedTuple):
    severity: Severity
    document: str
    """Id; "" for the corpus as a whole."""
    found: str
    do: str


def check(
    folder: Path, *, retractions: Path | None = None, full: bool = False, today: date | None = None
) -> list[Fault]:
    """Every fault, errors first. ``full`` reads every file again; without, size and time of change suffice.

    Raises CatalogueError where the catalogue itself cannot be read.
    """
    catalogue = catalogue_file.read(folder)
    day = today or date.today()
    index = catalogue_file.index_folder_of(folder, catalogue)
    found = [*_of_index(folder, catalogue, index, full=full)]
    for entry in catalogue.document:
        found += _of_entry(entry, catalogue, day)
    found += _of_notices(catalogue)
    if retractions is not None:
        found += [_of_notice(notice) for notice in notices(retractions, catalogue.document)]
    order = {"error": 0, "warning": 1, "note": 2}
    filled = [
        fault._replace(
            found=pasteable(fault.found, folder, document=fault.document),
            do=pasteable(fault.do, folder, document=fault.document, retractions=retractions),
        )
        for fault in found
    ]
    return sorted(dict.fromkeys(filled), key=lambda fault: order[fault.severity])


def retract_listed(catalogue: Catalogue, list_file: Path) -> list[Entry]:
    """Entries that the list names as retracted originals, changed to say so."""
    found = {}
    for notice in notices(list_file, catalogue.document):
        if is_retraction(notice) and not notice.lifted and notice.entry.status is not Status.RETRACTED:
            reason = notice.reason or "on the list of retractions"
            found[notice.entry.id] = changed(
                notice.entry, status=Status.RETRACTED, status_since=notice.day, status_reason=reason
            )
    return list(found.values())


def _of_entry(entry: Entry, catalogue: Catalogue, day: date) -> Iterator[Fault]:
    name = entry.id
    if entry.unconfirmed:
        yield Fault(
            "warning",
            name,
            f"not confirmed: {', '.join(entry.unconfirmed)}",
            f"look at it, then `rag corpus confirm {name} --all`",
        )
    for remark in entry.remarks:
        yield Fault(
            "warning",
            name,
            remark,
            f"`rag corpus show {name}`; when it is settled, `rag corpus confirm {name} remarks`",
        )
    if entry.review_due and entry.review_due < day:
        yield Fault(
            "warning", name, f"was due for review on {entry.review_due}", "review it, and set review_due anew"
        )
    yield from _of_dates(entry, catalogue, day)
    for old in left_without(catalogue, name):
        yield Fault(
            "warning",
            old,
            f"is superseded by {name}, which is {entry.status}: nothing takes its place",
            f"`rag corpus restore {old}`, then `rag corpus supersede {old} NEW` or withdraw it",
        )
    lacking = [field for field in WANTED if getattr(entry, field) is None]
    if lacking:
        yield Fault(
            "note", name, f"not known: {', '.join(lacking)}", f"`rag corpus confirm {name} FIELD=VALUE`"
        )


def _of_dates(entry: Entry, catalogue: Catalogue, day: date) -> Iterator[Fault]:
    """When it answers, and whether that can be meant."""
    name, end = entry.id, end_of(entry, catalogue.entries)
    if entry.status is Status.CURRENT:
        if end is not None and end <= day:
            yield Fault(
                "warning",
                name,
                f"is current and out of force since {end}",
                "supersede, withdraw or prolong it",
            )
        elif entry.first_day > day:
            yield Fault("note", name, f"comes into force on {entry.first_day}", "nothing, if that is meant")
    if entry.status is not Status.DRAFT and end == date.min:
        yield Fault(
            "warning",
            name,
            f"is {entry.status} since an unknown day: it never answers, for no day",
            "set status_since or superseded_by",
        )
    if entry.superseded_by and end is not None and date.min < end <= entry.first_day:
        yield Fault(
            "warning",
            name,
            f"is in force from {entry.first_day} and superseded from {end}: it never answers, for no day",
            f"look at the first days of {name} and {entry.superseded_by}: are they the wrong way round?",
        )


def _of_notice(notice: Notice) -> Fault:
    day = f" on {notice.day}" if notice.day else ""
    reason = f" ({notice.reason})" if notice.reason else ""
    name = notice.entry.id
    if notice.role == "notice":
        return Fault(
            "note",
            name,
            f"is itself the notice of a {notice.nature.lower()}{day}",
            "keep it out of answers: withdraw it",
        )
    if is_reinstatement(notice):
        return Fault("note", name, f"is on the list as reinstated{day}{reason}", "nothing")
    if is_retraction(notice):
        if notice.lifted:
            marked = notice.entry.status is Status.RETRACTED
            return Fault(
                "note",
                name,
                f"was retracted{day}{reason} and reinstated afterwards",
                f"it is marked as retracted: `rag corpus restore {name}`" if marked else "nothing",
            )
        if notice.entry.status is Status.RETRACTED:
            return Fault("note", name, f"is retracted{day}{reason}, and marked so", "nothing")
        return Fault(
            "error",
            name,
            f"was retracted{day}{reason}",
            "`rag corpus check --retractions LIST --mark` marks it",
        )
    return Fault("warning", name, f"is on the list: {notice.nature}{day}{reason}", "read the notice")


def _of_index(folder: Path, catalogue: Catalogue, index: Path, *, full: bool) -> Iterator[Fault]:
    if (owner := other_owner(index, folder)) is not None:
        yield Fault(
            "error",
            "",
            f"its index {index} is that of the corpus {owner}: no document of this one answers",
            f"set `index` in {catalogue_file.NAME} to a folder of its own, then {_add_again(folder / DOCUMENTS)}",
        )
        return
    try:
        if (linked := corpus_folder(index)) is None or linked.resolve() != folder.resolve():
            raise CatalogueError("the index does not know its catalogue")
    except CatalogueError as error:
        if index.is_dir():
            link(index, folder)
            yield Fault("note", "", f"{error}", "nothing: the link was written anew")
    if not (index / MANIFEST).is_file():
        if catalogue.document:
            yield Fault("error", "", f"there is no index in {index}", _add_again(folder / DOCUMENTS))
        return
    try:
        with closing(open_corpus(index)) as corpus:
            states, indexed = corpus.files(), corpus.row_ranges()
            names = {entry.id: entry.name for entry in corpus.entries()}
            listed = {entry.sha256 for entry in catalogue.document}
            weak = weak_pages(corpus, catalogue.document)
            alike = near_duplicates(folder, listed & indexed.keys(), lambda one: corpus.document(one).text)
    except RagError as error:
        yield Fault("error", "", str(error), "`rag index verify`")
        return
    yield from _of_pairs(catalogue, alike)
    for name, pages in groupby(weak, key=lambda one: one.document):
        yield Fault(
            "warning", name, in_words(list(pages)), "look at these pages; add a better copy, then supersede"
        )
    for digest in indexed.keys() - listed:
        yield Fault(
            "error",
            "",
            f"{names[digest]!r} is in the index and not in the catalogue: it never answers",
            "`rag corpus add` its file lists it; until then it does no harm",
        )
    for entry in catalogue.document:
        yield from _of_file(folder / entry.file, entry, states, full=full)
        if entry.sha256 not in indexed:
            yield Fault(
                "error",
                entry.id,
                "is not in the index: it never answers",
                _add_again(folder / entry.file),
            )
        elif not len(indexed[entry.sha256]):
            yield Fault(
                "warning", entry.id, "has no passage that could be found", "look whether its text can be read"
            )


def _add_again(path: Path) -> str:
    """Paths with what a shell would read otherwise are quoted."""
    return f"`rag corpus add {quote(str(path))}`"


def _of_pairs(catalogue: Catalogue, alike: Sequence[NearDuplicate]) -> Iterator[Fault]:
    """Nearly the same text twice, unless one is known to have taken the place of the other."""
    by_hash = {entry.sha256: entry for entry in catalogue.document}
    for pair in alike:
        one, other = by_hash[pair.one], by_hash[pair.other]
        if one.superseded_by == other.id or other.superseded_by == one.id:
            continue
        yield Fault(
            "warning",
            one.id,
            f"is nearly the same text as {other.id}: {pair.containment:.0%} of the shorter one in common",
            f"`rag corpus diff {one.id} {other.id}`; then supersede, withdraw or remove one of them",
        )


def _of_notices(catalogue: Catalogue) -> Iterator[Fault]:
    """Documents of the corpus that another one, by its title, retracts or corrects."""
    titles = {_plain(entry.title): entry for entry in catalogue.document}
    for notice in catalogue.document:
        match = _NOTICE.match(notice.title)
        original = titles.get(_plain(match["title"])) if match else None
        if match is None or original is None or original.id == notice.id:
            continue
        if match["nature"].lower().startswith("retract"):
            if original.status is not Status.RETRACTED:
                yield Fault(
                    "error",
                    original.id,
                    f"{notice.id} says that it is retracted",
                    f"read {notice.id}; then `rag corpus retract {original.id}`",
                )
        else:
            yield Fault(
                "warning",
                original.id,
                f"{notice.id} corrects it",
                f"read {notice.id}; where a figure is wrong, withdraw {original.id}",
            )


_NOTICE = re.compile(
    r"(?P<nature>retract(?:ed|ion)|corrigendum|erratum|correction)(?: notice| article)?(?: to| of| for)?:?\s+(?P<title>.+)",
    re.IGNORECASE | re.DOTALL,
)


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.casefold()))


def _of_file(path: Path, entry: Entry, states: dict[str, FileState], *, full: bool) -> Iterator[Fault]:
    try:
        now = path.stat()
    except OSError:
        yield Fault(
            "error",
            entry.id,
            f"its file {entry.file} is missing",
            f"put it back, or `rag corpus remove {entry.id}`",
        )
        return
    state = states.get(str(path.absolute())) or states.get(str(path.resolve()))
    as_seen = (
        state is not None
        and state.settled
        and state.sha256 == entry.sha256
        and (state.size, state.mtime_ns) == (now.st_size, now.st_mtime_ns)
    )
    if (full or not as_seen) and file_hash(path) != entry.sha256:
        yield Fault(
            "error",
            entry.id,
            f"its file {entry.file} is not the one that was added",
            "put the old one back, or add the new one and supersede",
        )
