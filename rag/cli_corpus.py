"""The command ``rag corpus``: the librarian's workbench at a terminal."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import RagError, UsageError
from rag.terminal import cell, clean, wrapped

DONE, FAULTY = 0, 1
Run = Callable[[argparse.Namespace], int]
Progress = Callable[[], AbstractContextManager[Callable[[str, int, int], None]]]


class _Commands(NamedTuple):
    """What makes a subcommand: the subparsers of ``corpus``, and what shows progress."""

    actions: Any
    progress: Progress

    def add(
        self, name: str, run: Run, summary: str, example: str, *, dry: bool = False, inside: bool = True
    ) -> Any:
        """``dry``: it can say what it would do. ``inside``: it works on a corpus that is there."""
        made = self.actions.add_parser(
            name, help=summary, description=summary, epilog=f"example:\n  rag corpus {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        if inside:
            where = "folder with catalogue.toml (default: here)"
            made.add_argument("--corpus", type=Path, default=Path(), metavar="DIR", help=where)
        made.add_argument("--json", action="store_true", help="machine-readable output on stdout")
        if dry:
            does = "say what would be done, and change nothing"
            made.add_argument("--dry-run", action="store_true", help=does)
        made.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        made.set_defaults(run=lambda options: _with_advice(run, options), progress=self.progress)
        return made


def _with_advice(run: Run, options: argparse.Namespace) -> int:
    """Run it; the commands that an error advises name the corpus that is meant, so that they can be pasted."""
    from rag.librarian.advice import pasteable

    try:
        return run(options)
    except RagError as error:
        if error.args and hasattr(options, "corpus"):
            error.args = (pasteable(str(error), options.corpus), *error.args[1:])
        raise


def add_corpus(commands: Any, parser_class: type[argparse.ArgumentParser], progress: Progress) -> None:
    """Register ``corpus`` and its subcommands. ``progress`` shows steps on stderr."""
    corpus = commands.add_parser(
        "corpus", help="Keep a corpus right: add, confirm, supersede, withdraw, remove, check",
        description="Keep a corpus right, whatever happens to its documents. A corpus is a folder with a catalogue.toml.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example:\n  rag corpus init corpora/ward\n  rag corpus add guideline.pdf --corpus corpora/ward\n"
        "  rag corpus confirm guideline --all --corpus corpora/ward\n  rag ask \"…\" --index corpora/ward",
    )  # fmt: skip
    actions = corpus.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=parser_class)
    made = _Commands(actions, progress)
    _add_files(made)
    _add_looks(made)
    _add_acts(made)
    _add_copies(made)


def _add_files(commands: _Commands) -> None:
    """Files in and out."""
    made = commands.add(
        "init",
        _init,
        "Make an empty corpus folder",
        'init corpora/ward --title "Ward guidelines"',
        dry=True,
        inside=False,
    )
    made.add_argument("folder", type=Path)
    made.add_argument("--title", default="")
    made.add_argument(
        "--index", type=Path, metavar="DIR", help="folder of its index (default: index, inside the corpus)"
    )

    summary = "Copy files into the corpus, index them, and propose what the files say of themselves"
    made = commands.add("add", _add, summary, "add new-guideline.pdf --corpus corpora/ward", dry=True)
    made.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    _ingests(made)

    summary = "Download what a manifest names, with resume, check the hashes, and add it"
    made = commands.add("fetch", _fetch, summary, "fetch manifest.toml --corpus corpora/ward", dry=True)
    made.add_argument("manifest", type=Path)
    _ingests(made)

    summary = "Take a document out for good: no byte of its text stays"
    made = commands.add("remove", _remove, summary, "remove htn-2013 --corpus corpora/ward", dry=True)
    made.add_argument("document", metavar="ID")
    shapes = "profile whose settings shape the index (default: demo)"
    made.add_argument("--profile", default="demo", metavar="NAME", help=shapes)
    may = "a snapshot that may keep it; can be given again"
    made.add_argument("--keep-snapshot", action="append", default=[], metavar="NAME", help=may)


def _add_looks(commands: _Commands) -> None:
    """What only reads, ``check --mark`` aside."""
    made = commands.add(
        "list", _list, "The documents, one a line, with their state today", "list --corpus corpora/ward"
    )
    made.add_argument("--as-of", type=day, metavar="DATE", help="their state on that day")
    made = commands.add(
        "show", _show, "All that the catalogue says of a document", "show htn-2021 --corpus corpora/ward"
    )
    made.add_argument("document", metavar="ID")

    summary = "What is wrong, and what to do; exit status 1 where there is an error"
    made = commands.add(
        "check", _check, summary, "check --corpus corpora/ward --retractions retraction_watch.csv", dry=True
    )
    made.add_argument("--retractions", type=Path, metavar="CSV", help="a list in Retraction Watch's columns")
    made.add_argument("--mark", action="store_true", help="with --retractions: mark what is retracted")
    made.add_argument("--full", action="store_true", help="read every file again")

    summary = (
        "Sentences that differ between two documents; first those with another figure, negation or strength"
    )
    made = commands.add("diff", _diff, summary, "diff htn-2013 htn-2021 --corpus corpora/ward")
    made.add_argument("old", metavar="A")
    made.add_argument("new", metavar="B")

    summary = "The state of the corpus on one page (Markdown)"
    made = commands.add("report", _report, summary, "report --corpus corpora/ward > report.md")
    made.add_argument("--retractions", type=Path, metavar="CSV")
    summary = "The JSON Schema of catalogue.toml, for editors"
    commands.add("schema", _schema, summary, "schema > catalogue.schema.json", inside=False)


def _add_acts(commands: _Commands) -> None:
    """What is done to a document's standing."""
    example = "confirm htn-2021 title published=2021-08-25 --corpus corpora/ward"
    made = commands.add("confirm", _confirm, "Confirm proposed fields, or set fields", example, dry=True)
    made.add_argument("document", metavar="ID")
    made.add_argument(
        "fields", nargs="*", metavar="FIELD[=VALUE]", help="a field as it stands, or with a new value"
    )
    made.add_argument("--all", action="store_true", help="everything that was proposed, as it stands")

    example = "supersede htn-2013 htn-2021 --from 2021-08-25 --corpus corpora/ward"
    made = commands.add("supersede", _supersede, "NEW takes the place of OLD", example, dry=True)
    made.add_argument("old", metavar="OLD")
    made.add_argument("new", metavar="NEW")
    first = "first day of NEW (default: its effective_from, published or added)"
    made.add_argument("--from", dest="start", type=day, metavar="DATE", help=first)

    for name, summary in (
        ("withdraw", "From a day on it answers no more"),
        ("retract", "Mark it as retracted"),
    ):
        example = f'{name} htn-2013 --reason "dose error on page 4" --corpus corpora/ward'
        made = commands.add(name, _end, summary, example, dry=True)
        made.add_argument("document", metavar="ID")
        made.add_argument("--on", type=day, metavar="DATE", help="default: today")
        made.add_argument("--reason")
    summary = "Mark it as a draft, which never answers; restore makes it current"
    made = commands.add("draft", _draft, summary, "draft htn-2027 --corpus corpora/ward", dry=True)
    made.add_argument("document", metavar="ID")
    summary = "Undo a withdrawal, a retraction or a draft; where there is none, a supersession"
    made = commands.add("restore", _restore, summary, "restore htn-2013 --corpus corpora/ward", dry=True)
    made.add_argument("document", metavar="ID")


def _add_copies(commands: _Commands) -> None:
    """The corpus as a whole, kept or carried elsewhere."""
    summary = "Keep the corpus as it is now, under a name"
    made = commands.add(
        "snapshot", _snapshot, summary, "snapshot before-2026-update --corpus corpora/ward", dry=True
    )
    made.add_argument("name")
    summary = "One archive of the corpus or of a snapshot"
    made = commands.add("export", _export, summary, "export ward.tar.gz --corpus corpora/ward", dry=True)
    made.add_argument("archive", type=Path)
    made.add_argument("--snapshot", metavar="NAME")
    summary = "A new corpus folder from an archive or a snapshot's folder"
    made = commands.add(
        "import", _import, summary, "import ward.tar.gz corpora/ward-2", dry=True, inside=False
    )
    made.add_argument("archive", type=Path)
    made.add_argument("folder", type=Path)
    _ingests(made)


def day(text: str) -> date:
    """An argument that is a whole date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date, expected YYYY-MM-DD") from None


def _print(options: argparse.Namespace, value: Any, lines: str | list[str]) -> int:
    if options.json:
        print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    else:
        for line in [lines] if isinstance(lines, str) else lines:
            print(clean(line, keep_lines=True))
    return DONE


def _wrapped(line: str, indent: str = "") -> str:
    return wrapped(line, 110, first=indent, then=indent + "    ")


def _many(count: int, one: str, more: str) -> str:
    """ "1 error", "2 errors"."""
    return f"{count} {one if count == 1 else more}"


def _would(options: argparse.Namespace) -> str:
    return "would be " if getattr(options, "dry_run", False) else ""


def _settings(options: argparse.Namespace) -> Any:
    from rag.profiles import load_profile

    return load_profile(options.profile).settings


def _passwords(options: argparse.Namespace) -> Mapping[str, str]:
    from rag.ingest.passwords import read_passwords

    return read_passwords(options.password_file) if options.password_file else {}


def _ingesting(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "settings": _settings(options),
        "workers": options.workers,
        "passwords": _passwords(options),
    }


def _ingests(made: Any) -> None:
    """Options of what reads files into the index."""
    made.add_argument("--workers", type=int, metavar="N", help="parser processes (default: all cores)")
    shapes = "profile whose settings shape the index (default: demo)"
    made.add_argument("--profile", default="demo", metavar="NAME", help=shapes)
    lines = 'lines of "protocol.pdf" = "secret" or "ward-*.pdf" = …'
    made.add_argument("--password-file", type=Path, metavar="FILE.toml", help=lines)


def _init(options: argparse.Namespace) -> int:
    from rag.librarian import init

    made = init(options.folder, title=options.title, index=options.index, dry_run=options.dry_run)
    if made is None:
        return _print(
            options, {"folder": str(options.folder), "dry_run": True}, f"{options.folder}: would be made"
        )
    return _print(
        options,
        made.model_dump(mode="json"),
        f"{options.folder}: made. Next: rag corpus add FILE --corpus {options.folder}",
    )


def _add(options: argparse.Namespace) -> int:
    from rag.librarian import add, add_preview

    if options.dry_run:
        found = add_preview(options.corpus, options.paths, **_ingesting(options))
    else:
        with options.progress() as on_step:
            found = add(options.corpus, options.paths, **_ingesting(options), on_step=on_step)
    return _added(options, found)


def _added(options: argparse.Namespace, found: Any, *, failed: Sequence[str] = ()) -> int:
    from rag.cli_pages import low_page_lines
    from rag.librarian.advice import pasteable

    lines = [clean(f"not fetched: {reason}") for reason in failed]
    for entry in found.entries:
        lines.append(clean(f"{entry.id}: {_would(options)}added, {entry.file}"))
        lines += [clean(f"    {name}: {getattr(entry, name)}  (unconfirmed)") for name in entry.unconfirmed]
        lines += [
            _wrapped(f"LOOK: {pasteable(remark, options.corpus, document=entry.id)}", "    ")
            for remark in entry.remarks
        ]
    lines += [clean(f"{path}: {_would(options)}mended, as {identity}") for path, identity in found.mended]
    lines += [clean(f"{path}: there already, as {identity}") for path, identity in found.known]
    lines += [clean(f"{one.path}: not taken in: {one.reason}") for one in found.skipped]
    lines += [_wrapped(line) for line in low_page_lines(found.documents)]
    if found.entries and not options.dry_run:
        lines.append(
            pasteable(
                "Proposed fields count as unconfirmed until `rag corpus confirm ID --all`.", options.corpus
            )
        )
    value = {
        "added": [entry.model_dump(mode="json", exclude_none=True) for entry in found.entries],
        "known": found.known, "mended": found.mended, "skipped": [one.model_dump(mode="json") for one in found.skipped], "dry_run": options.dry_run,
        "low_pages": {row["id"]: row["low_pages"] for row in found.documents if row["low_pages"]}, "failed": list(failed),
    }  # fmt: skip
    _print(options, value, lines or "Nothing to add.")
    return FAULTY if failed else DONE


def _list(options: argparse.Namespace) -> int:
    from rag.catalogue.entry import state_on
    from rag.catalogue.file import read

    catalogue, day = read(options.corpus), options.as_of or date.today()
    rows = [(entry, state_on(entry, catalogue.entries, day)) for entry in catalogue.document]
    value = [
        {**entry.model_dump(mode="json", exclude_none=True), "state": str(state)} for entry, state in rows
    ]
    if options.json:
        return _print(options, value, "")
    from rich.console import Console
    from rich.table import Table

    table = Table("Document", "Title", "Published", "State", "Unconfirmed", box=None, pad_edge=False)
    for entry, state in rows:
        table.add_row(
            entry.id,
            cell(entry.title, 60),
            entry.published or "",
            str(state),
            str(len(entry.unconfirmed) or ""),
        )
    Console(highlight=False).print(table)
    answering = sum(str(state) == "current" for _, state in rows)
    print(f"\n{_many(len(rows), 'document', 'documents')}, {_many(answering, 'answers', 'answer')} on {day}")
    return DONE


def _show(options: argparse.Namespace) -> int:
    from rag.catalogue.entry import standing_on
    from rag.catalogue.file import read

    catalogue = read(options.corpus)
    entry = catalogue.entry(options.document)
    standing = standing_on(entry, catalogue.entries, date.today())
    fields = {
        name: value for name, value in entry.model_dump(mode="json").items() if value not in (None, [], ())
    }
    lines = [
        clean(f"{name}: {_told(value)}{'  (unconfirmed)' if name in entry.unconfirmed else ''}")
        for name, value in fields.items()
    ]
    return _print(
        options,
        {**fields, "standing": standing.model_dump(mode="json")},
        [*lines, f"today: {standing.state}"],
    )


def _changed(
    options: argparse.Namespace, change: Any, act: dict[str, Any], *documents: str, look: Any = None
) -> int:
    """``documents``: of which the last lines say whether they answer. ``look``: from the catalogue as it is afterwards to what a
    librarian should know of it."""
    from rag.catalogue.file import read
    from rag.catalogue.lifecycle import replaced
    from rag.librarian import apply

    pairs = apply(options.corpus, change, act=act, dry_run=options.dry_run)
    catalogue = replaced(read(options.corpus), [after for _, after in pairs])
    changes, lines = [], []
    for before, after in pairs:
        fields = {
            name: (getattr(before, name), getattr(after, name))
            for name in type(after).model_fields
            if getattr(before, name) != getattr(after, name)
        }
        changes.append({"id": after.id, "changes": fields})
        lines.append(f"{after.id}: {_would(options)}changed" if fields else f"{after.id}: as it was")
        lines += [clean(f"    {name}: {_told(old)} -> {_told(new)}") for name, (old, new) in fields.items()]
    told = look(catalogue) if look else []
    states = [_state(catalogue, name, date.today()) for name in documents]
    lines += [clean(f"LOOK: {one}") for one in told]
    lines += [_state_line(state, options.dry_run) for state in states]
    value = {"documents": changes, "today": states, "look": told, "dry_run": options.dry_run}
    return _print(options, value, lines)


def _state(catalogue: Any, identity: str, today: date) -> dict[str, Any]:
    """Whether a document answers today, and from which day that is otherwise; ``ends``: the first day it does not."""
    from rag.catalogue.entry import end_of, state_on

    entry = catalogue.entry(identity)
    state, end = state_on(entry, catalogue.entries, today), end_of(entry, catalogue.entries)
    return {
        "id": identity, "state": str(state), "answers": str(state) == "current", "begins": entry.first_day,
        "ends": end if end != date.min else None, "superseded_by": entry.superseded_by,
    }  # fmt: skip


def _state_line(state: dict[str, Any], dry: bool) -> str:
    """ "htn-2013: does not answer today: superseded from 2021-08-25 on by htn-2021"."""
    answers, whole = ("would answer", "would not answer") if dry else ("answers", "does not answer")
    by = f", when {state['superseded_by']} takes its place" if state["superseded_by"] else ""
    if state["answers"]:
        until = f"; ends on {state['ends']}{by}" if state["ends"] else ""
        return f"{state['id']}: {answers} today{until}"
    if state["state"] == "draft":
        return f"{state['id']}: {whole} today: a draft never answers"
    if state["state"] not in ("superseded", "withdrawn", "retracted", "expired"):
        return f"{state['id']}: {whole} today: comes into force on {state['begins']}"
    since = (
        f"since {state['ends']}" if state["ends"] else "and since an unknown day, so that it never answers"
    )
    by = f", by {state['superseded_by']}" if state["superseded_by"] else ""
    return f"{state['id']}: {whole} today: {state['state']} {since}{by}"


def _told(value: Any) -> str:
    """A list with commas; "none" for what is not there."""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _confirm(options: argparse.Namespace) -> int:
    from rag.catalogue.file import read
    from rag.catalogue.lifecycle import confirm

    entry = read(options.corpus).entry(options.document)
    fields = {}
    for stated in options.fields:
        name, sign, value = stated.partition("=")
        if not hasattr(entry, name):
            raise UsageError(f"there is no field {name!r}")
        fields[name] = value if sign or name == "remarks" else str(getattr(entry, name) or "")
    act = {"act": "confirm", "document": options.document, "fields": sorted(fields) or "all"}
    return _changed(
        options, lambda c: confirm(c, options.document, fields, everything=options.all), act, options.document
    )


def _supersede(options: argparse.Namespace) -> int:
    from rag.catalogue.lifecycle import supersede

    act = {"act": "supersede", "old": options.old, "new": options.new, "from": options.start}
    return _changed(
        options,
        lambda c: supersede(c, options.old, options.new, start=options.start),
        act,
        options.old,
        options.new,
    )


def _end(options: argparse.Namespace) -> int:
    from rag.catalogue.entry import Status
    from rag.catalogue.lifecycle import end, left_without

    def look(catalogue: Any) -> list[str]:
        named = left_without(catalogue, options.document)
        return [
            f"{old}: was superseded by {options.document}, and nothing takes its place now" for old in named
        ]

    status = Status.WITHDRAWN if options.action == "withdraw" else Status.RETRACTED
    day = options.on or date.today()
    act = {"act": options.action, "document": options.document, "on": day, "reason": options.reason}
    return _changed(
        options,
        lambda c: end(c, options.document, status, day=day, reason=options.reason),
        act,
        options.document,
        look=look,
    )


def _restore(options: argparse.Namespace) -> int:
    from rag.catalogue.lifecycle import restore, why_silent

    def look(catalogue: Any) -> list[str]:
        entry = catalogue.entry(options.document)
        reason = why_silent(entry, catalogue.entries, date.today())
        return [f"{entry.id}: does not answer today: {reason}"] if reason else []

    act = {"act": "restore", "document": options.document}
    return _changed(options, lambda c: restore(c, options.document), act, options.document, look=look)


def _draft(options: argparse.Namespace) -> int:
    from rag.catalogue.lifecycle import draft

    act = {"act": "draft", "document": options.document}
    return _changed(options, lambda c: draft(c, options.document), act, options.document)


def _remove(options: argparse.Namespace) -> int:
    from rag.catalogue.file import read
    from rag.librarian import remove
    from rag.librarian.snapshots import snapshots_with

    if options.dry_run:
        entry = read(options.corpus).entry(options.document)
        held = [
            name for name in snapshots_with(options.corpus, entry.sha256) if name not in options.keep_snapshot
        ]
        return _print(options, {"removed": entry.id, "sha256": entry.sha256, "snapshots": held, "dry_run": True},
                      f"{entry.id}: would be removed for good, with {entry.file}, from the index and from {_many(len(held), 'snapshot', 'snapshots')}")  # fmt: skip
    with options.progress() as on_step:
        told = remove(
            options.corpus,
            options.document,
            keep=options.keep_snapshot,
            settings=_settings(options),
            on_step=on_step,
        )
    lines = [f"{options.document}: removed; nothing of its text is left in the corpus or its index"]
    lines += [f"{path}: had the same bytes, and was deleted" for path in told["copies"]]
    lines += [f"{path}: LOOK: an archive, which may hold it; delete it by hand" for path in told["archives"]]
    return _print(options, told, lines)


def _check(options: argparse.Namespace) -> int:
    from rag.librarian import apply, check
    from rag.librarian.advice import grouped, named
    from rag.librarian.check import retract_listed

    marked = []
    if options.mark:
        listed = options.retractions
        if listed is None:
            raise UsageError("--mark needs --retractions CSV")
        act = {"act": "retract listed", "list": str(listed)}
        marked = [
            after
            for _, after in apply(
                options.corpus, lambda c: retract_listed(c, listed), act=act, dry_run=options.dry_run
            )
        ]
    found = check(options.corpus, retractions=options.retractions, full=options.full)
    lines = [
        f"{entry.id}: {_would(options)}marked as retracted since {entry.status_since}" for entry in marked
    ]
    for group in grouped(found):
        who = "".join(f"{name}: " for name in group.documents)
        what = f"{group.found}: {named(group.documents)}" if len(group.documents) > 1 else who + group.found
        lines.append(_wrapped(f"{group.severity}: {what}. To do: {group.do}"))
    counts = Counter(fault.severity for fault in found)
    lines.append(", ".join(_many(counts[name], name, f"{name}s") for name in ("error", "warning", "note")))
    value = {"faults": [fault._asdict() for fault in found], "marked": [entry.id for entry in marked]}
    _print(options, value, lines)
    return FAULTY if counts["error"] else DONE


def _diff(options: argparse.Namespace) -> int:
    from rag.librarian import difference
    from rag.librarian.difference import MARKS

    found = difference(options.corpus, options.old, options.new)
    lines: list[str] = []
    for change in sorted(found, key=lambda one: (not one.marks, not one.figures)):
        mark = "".join(f"{name} " for name in change.marks)
        for sign, text, page in (("-", change.old, change.old_page), ("+", change.new, change.new_page)):
            if text:
                lines.append(_wrapped(f"{mark if sign == '-' else ''}{sign} p. {page}: {text}"))
        lines.append("")
    kinds = Counter(change.kind for change in found)
    counts = {name: sum(name.upper() in change.marks for change in found) for name in MARKS}
    told = ", ".join(f"{count} of them in {_IN_A[name]}" for name, count in counts.items())
    lines.append(
        f"{_many(len(found), 'sentence differs', 'sentences differ')}: {kinds['changed']} changed ({told}), "
        f"{kinds['new']} new, {kinds['gone']} gone"
    )
    value = {
        "changes": [{**change._asdict(), "marks": change.marks} for change in found],
        "counts": {**counts, "sentences": len(found), "changed": kinds["changed"], "new": kinds["new"], "gone": kinds["gone"]},
    }  # fmt: skip
    return _print(options, value, lines)


_IN_A = {
    "figures": "a figure or its unit",
    "negation": "a negation or an opposite",
    "strength": "how strongly it is said",
}


def _report(options: argparse.Namespace) -> int:
    from rag.librarian import report
    from rag.librarian.report import as_markdown

    made = report(options.corpus, retractions=options.retractions)
    return _print(options, made, as_markdown(made))


def _snapshot(options: argparse.Namespace) -> int:
    from rag.librarian import snapshot

    kept = snapshot(options.corpus, options.name, dry_run=options.dry_run)
    told = f"{options.name}: would be kept" if options.dry_run else f"kept: {kept}"
    return _print(options, {"snapshot": options.name, "dry_run": options.dry_run}, told)


def _export(options: argparse.Namespace) -> int:
    from rag.librarian import export

    made = export(options.corpus, options.archive, of=options.snapshot, dry_run=options.dry_run)
    told = f"{made}: would be written" if options.dry_run else f"written: {made}"
    return _print(options, {"archive": str(made), "dry_run": options.dry_run}, told)


def _import(options: argparse.Namespace) -> int:
    from rag.librarian import import_corpus, import_preview

    if options.dry_run:
        made = import_preview(options.archive, options.folder)
        return _print(
            options,
            {"folder": str(options.folder), "documents": len(made.document), "dry_run": True},
            f"{options.folder}: would be made from {options.archive}, with {len(made.document)} documents",
        )
    with options.progress() as on_step:
        made = import_corpus(options.archive, options.folder, **_ingesting(options), on_step=on_step)
    return _print(
        options,
        made.model_dump(mode="json"),
        f"{options.folder}: {_many(len(made.document), 'document', 'documents')}",
    )


def _fetch(options: argparse.Namespace) -> int:
    from rag.librarian import fetch_and_add
    from rag.librarian.fetch import read_manifest

    if options.dry_run:
        wanted = read_manifest(options.manifest).file
        return _print(
            options,
            {"files": [{**item.model_dump(), "file": item.file_name} for item in wanted], "dry_run": True},
            [f"{item.file_name}: would be fetched from {item.url}" for item in wanted],
        )
    with options.progress() as on_step:
        fetched, found = fetch_and_add(
            options.corpus, options.manifest, **_ingesting(options), on_step=on_step
        )
    return _added(options, found, failed=[one.failure for one in fetched if one.failure])


def _schema(options: argparse.Namespace) -> int:
    from rag.catalogue.file import schema

    print(json.dumps(schema(), indent=2))
    return DONE
