"""What has changed since the last ingest, told from sizes, times and hashes alone."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.datatypes import Skipped
from rag.store import FileState, skipped_from

_SETTLED_NS = 2_000_000_000
"""A file modified less than this before it was read may change again within the clock's grain."""


@dataclass
class Plan:
    """Every file given is in exactly one of ``unchanged``, ``parse`` and ``skipped``."""

    unchanged: dict[str, FileState] = field(default_factory=dict)
    """Taken in before, by key."""
    parse: dict[str, FileState] = field(default_factory=dict)
    """New or changed; ``document_id`` is not known yet."""
    skipped: dict[str, Skipped] = field(default_factory=dict)
    states: dict[str, FileState] = field(default_factory=dict)
    """What is to be remembered of files that are not parsed: refreshed times and skips."""
    gone: set[str] = field(default_factory=set)
    """Keys that lose what the index holds of them."""
    news: bool = False
    """Whether ``states`` says more than that a file's times have changed, which can wait."""


def key_of(path: str | Path) -> str:
    """A file's name in the index: its absolute path, links not followed."""
    return str(Path(path).absolute())


def make_plan(
    files: Sequence[Path],
    known: Mapping[str, FileState],
    *,
    prune: bool = False,
    retry: Sequence[Path] = (),
) -> Plan:
    """Compare the files with what the index remembers of them. Those in ``retry`` are parsed if they were skipped."""
    plan = Plan()
    if prune:
        plan.gone |= {key for key in known if not Path(key).exists()}
    hashes = {state.sha256: key for key, state in known.items() if state.document_id}
    again = {key_of(path) for path in retry}
    for key in sorted({key_of(path) for path in files}):
        _place(plan, key, known.get(key), again=key in again)
    _set_duplicates_aside(plan, hashes, known)
    return plan


def _place(plan: Plan, key: str, before: FileState | None, *, again: bool) -> None:
    try:
        now = _state(key, before)
    except OSError as error:
        plan.skipped[key] = Skipped(
            path=key, reason=f"cannot be read: {error.strerror}", category="unreadable"
        )
        plan.gone.add(key)
        return
    if before is None or before.sha256 != now.sha256 or _worth_another_try(before, now, again=again):
        plan.parse[key] = now
        return
    if before.document_id:
        plan.unchanged[key] = now
    else:
        plan.skipped[key] = skipped_from(now, path=key)
    if now != before:
        plan.states[key] = now


def _worth_another_try(before: FileState, now: FileState, *, again: bool) -> bool:
    """A skipped file that was touched or has a password now; a duplicate is judged anew each time."""
    if before.document_id:
        return False
    return again or before.category == "duplicate" or before.mtime_ns != now.mtime_ns


def _state(key: str, before: FileState | None) -> FileState:
    """The file as it is now, hashed only where size and time leave a doubt."""
    read_at = time.time_ns()
    status = Path(key).stat()
    same = before is not None and (before.size, before.mtime_ns) == (status.st_size, status.st_mtime_ns)
    if before is not None and same and before.settled:
        return before
    settled = read_at - status.st_mtime_ns > _SETTLED_NS
    fields = (key, file_hash(Path(key)), status.st_size, status.st_mtime_ns, settled)
    if before is None:
        return FileState(*fields, document_id=None)
    return FileState(*fields, before.document_id, before.category, before.reason)


def file_hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _set_duplicates_aside(plan: Plan, hashes: dict[str, str], known: Mapping[str, FileState]) -> None:
    """The same bytes under a second path: the path the index has goes first, then the first by name.

    A path that is no longer on the disk owns nothing: its file was renamed.
    """
    leaving = plan.gone | plan.parse.keys()
    owners = {sha256: key for sha256, key in hashes.items() if key not in leaving and Path(key).exists()}
    for key, state in list(plan.parse.items()):
        owner = owners.setdefault(state.sha256, key)
        if owner != key:
            del plan.parse[key]
            reason = f"same content as {owner}"
            plan.skipped[key] = Skipped(path=key, reason=reason, category="duplicate")
            now = state._replace(document_id=None, category="duplicate", reason=reason)
            before = known.get(key)
            if before is None or before[5:] != now[5:] or before.sha256 != now.sha256:
                plan.news = True
            plan.states[key] = now
