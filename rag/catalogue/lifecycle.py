"""What a librarian does to a document: confirm, supersede, withdraw, restore. From a catalogue to the changed entries.

Nothing here reads or writes a file; every function refuses with UsageError what would leave the corpus wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from rag.catalogue.entry import EDITABLE, Entry, Status, state_on, successor_chain
from rag.catalogue.file import Catalogue
from rag.datatypes import DocumentState
from rag.errors import UsageError


def confirm(
    catalogue: Catalogue, identity: str, fields: Mapping[str, str], *, everything: bool = False
) -> list[Entry]:
    """Set ``fields`` (an empty text takes a field out) and take them out of ``unconfirmed``.

    ``everything``: confirm what was proposed as it stands. ``remarks`` among the fields: they have been looked at, and go.
    With none of these, nothing is confirmed: UsageError.
    """
    entry = catalogue.entry(identity)
    unknown = [name for name in fields if name not in (*EDITABLE, _REMARKS)]
    if unknown:
        raise UsageError(
            f"{unknown[0]!r} cannot be set here; fields to confirm are {', '.join((*EDITABLE, _REMARKS))}"
        )
    if fields.get(_REMARKS):
        raise UsageError(
            f"remarks cannot be written here; `rag corpus confirm {identity} remarks` takes them out"
        )
    if not fields and not everything:
        open_fields = ", ".join(entry.unconfirmed) or "none"
        raise UsageError(
            f"say what to confirm of {identity!r}: FIELD, FIELD=VALUE or --all; unconfirmed are: {open_fields}"
        )
    left = () if everything else tuple(name for name in entry.unconfirmed if name not in fields)
    values: dict[str, Any] = {name: value or None for name, value in fields.items() if name != _REMARKS}
    if _REMARKS in fields:
        values[_REMARKS] = ()
    return [changed(entry, **values, unconfirmed=left)]


_REMARKS = "remarks"


def supersede(catalogue: Catalogue, old: str, new: str, *, start: date | None = None) -> list[Entry]:
    """``new`` takes the place of ``old`` from its first day on, or from ``start``, which becomes that day.

    Refused: a successor that is a draft, superseded, withdrawn or retracted, one that ``old`` itself succeeds, or one
    whose first day is not after that of ``old``, which then would never have been in force.
    """
    before, after = catalogue.entry(old), catalogue.entry(new)
    if old == new:
        raise UsageError(f"{old!r} cannot supersede itself")
    if before.status in (Status.WITHDRAWN, Status.RETRACTED):
        raise UsageError(
            f"{old!r} is {before.status}; restore it first if it was in force until {new!r} came"
        )
    if before.status is Status.DRAFT:
        raise UsageError(f"{old!r} is a draft, which never was in force; withdraw or remove it instead")
    if after.status is not Status.CURRENT:
        raise UsageError(
            f"{new!r} is {after.status}, so that nothing would take the place of {old!r}; restore it first"
        )
    if before.superseded_by not in (None, new):
        raise UsageError(
            f"{old!r} is superseded by {before.superseded_by!r} already; `rag corpus restore {old}` first"
        )
    if old in successor_chain(new, catalogue.entries):
        raise UsageError(f"{old!r} supersedes {new!r} already: that would be a circle")
    supersedes = tuple(dict.fromkeys((*after.supersedes, old)))
    successor = changed(after, supersedes=supersedes, effective_from=start or after.effective_from)
    for one in supersedes if start else (old,):
        _expect_later(catalogue.entry(one), successor)
    return [changed(before, superseded_by=new, status=Status.SUPERSEDED), successor]


def _expect_later(old: Entry, new: Entry) -> None:
    if new.first_day <= old.first_day:
        raise UsageError(
            f"{new.id!r} is in force from {new.first_day}, which is not after {old.id!r}, in force from {old.first_day}. "
            f"The order is `rag corpus supersede OLD NEW`: is it the other way round? If not, say the first day of "
            f"{new.id!r} with --from DATE, or that of {old.id!r} with `rag corpus confirm {old.id} effective_from=DATE`"
        )


def left_without(catalogue: Catalogue, identity: str) -> list[str]:
    """Ids of the documents that it superseded, where it ended without a successor: nothing takes their place."""
    entry = catalogue.entry(identity)
    if entry.status is Status.CURRENT or entry.superseded_by is not None:
        return []
    return [old for old in entry.supersedes if catalogue.entry(old).status is Status.SUPERSEDED]


def why_silent(entry: Entry, entries: Mapping[str, Entry], day: date) -> str | None:
    """Why it does not answer on that day, and what to do; None where it does."""
    confirm_it = f"`rag corpus confirm {entry.id} "
    match state_on(entry, entries, day):
        case DocumentState.CURRENT:
            return None
        case DocumentState.SUPERSEDED if entry.superseded_by:
            return (
                f"it is superseded by {entry.superseded_by}; `rag corpus restore {entry.id}` undoes that too"
            )
        case DocumentState.NOT_YET:
            return (
                f"it comes into force on {entry.first_day}; {confirm_it}effective_from=DATE` sets another day"
            )
        case state if entry.effective_until and entry.effective_until < day:
            return f"it is {state}, its last day was {entry.effective_until}; {confirm_it}effective_until=` takes that out"
        case state:
            return f"it is {state}"


def end(catalogue: Catalogue, identity: str, status: Status, *, day: date, reason: str | None) -> list[Entry]:
    """Withdraw or retract it from that day on."""
    entry = catalogue.entry(identity)
    if entry.status is status:
        raise UsageError(f"{identity!r} is {status} already, since {entry.status_since or 'an unknown day'}")
    return [changed(entry, status=status, status_since=day, status_reason=reason)]


def draft(catalogue: Catalogue, identity: str) -> list[Entry]:
    """Mark a current document as a draft, which never answers. Refused where it has taken the place of another."""
    entry = catalogue.entry(identity)
    if entry.status is Status.DRAFT:
        raise UsageError(f"{identity!r} is a draft already")
    if entry.status is not Status.CURRENT:
        raise UsageError(f"{identity!r} is {entry.status}, which a draft cannot be; restore it first")
    if entry.supersedes:
        old = ", ".join(entry.supersedes)
        raise UsageError(
            f"{identity!r} has superseded {old}, and a draft takes no place; `rag corpus restore {entry.supersedes[0]}` first"
        )
    return [changed(entry, status=Status.DRAFT)]


def restore(catalogue: Catalogue, identity: str) -> list[Entry]:
    """Undo what was done last: a withdrawal, retraction or draft; else its supersession, on both sides.

    A document that was superseded before it was withdrawn is superseded again.
    """
    entry = catalogue.entry(identity)
    if entry.status is Status.CURRENT:
        raise UsageError(f"{identity!r} is current; there is nothing to restore")
    if entry.superseded_by is not None and entry.status is not Status.SUPERSEDED:
        return [changed(entry, status=Status.SUPERSEDED, status_since=None, status_reason=None)]
    made = [changed(entry, status=Status.CURRENT, superseded_by=None, status_since=None, status_reason=None)]
    if entry.superseded_by is not None:
        successor = catalogue.entry(entry.superseded_by)
        left = tuple(old for old in successor.supersedes if old != identity)
        made.append(changed(successor, supersedes=left))
    return made


def unlinked(catalogue: Catalogue, identity: str) -> list[Entry]:
    """The other entries as they must be once this one is removed.

    What it superseded stays superseded: its last day is written down, so that it does not come back by itself.
    """
    entry, made = catalogue.entry(identity), []
    for old in entry.supersedes:
        before = catalogue.entry(old)
        last = entry.first_day - timedelta(days=1)
        kept = min(last, before.effective_until) if before.effective_until else last
        if before.effective_from and kept < before.effective_from:
            kept = before.effective_from
        made.append(changed(before, superseded_by=None, effective_until=kept))
    if entry.superseded_by is not None:
        after = catalogue.entry(entry.superseded_by)
        made.append(changed(after, supersedes=tuple(old for old in after.supersedes if old != identity)))
    return made


def changed(entry: Entry, **values: Any) -> Entry:
    """A checked copy. Raises UsageError naming the field that cannot be so."""
    try:
        return Entry.model_validate({**entry.model_dump(), **values})
    except ValidationError as error:
        one = error.errors()[0]
        field = ".".join(str(part) for part in one["loc"]) or "the document"
        reason = one["msg"].removeprefix("Value error, ")
        raise UsageError(f"{entry.id!r}, field {field}: {reason}") from error


def replaced(catalogue: Catalogue, entries: Sequence[Entry], *, removed: Sequence[str] = ()) -> Catalogue:
    """The catalogue with these entries put in or in place of theirs; for a look before anything is written."""
    new = {entry.id: entry for entry in entries}
    kept = [new.pop(old.id, old) for old in catalogue.document if old.id not in removed]
    head = {name: getattr(catalogue, name) for name in Catalogue.model_fields if name != "document"}
    return Catalogue(**head, document=(*kept, *new.values()))
