"""One change of the lifecycle, written: confirm, supersede, withdraw, retract, restore, set as draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rag.catalogue import file as catalogue_file
from rag.catalogue.entry import Entry
from rag.catalogue.file import Catalogue

Change = Callable[[Catalogue], list[Entry]]


def apply(
    folder: Path, change: Change, *, act: Mapping[str, Any], dry_run: bool = False
) -> list[tuple[Entry, Entry]]:
    """(before, after) of every entry that changes. A dry run checks the same and writes nothing."""
    if dry_run:
        catalogue, text = (
            catalogue_file.read(folder),
            (folder / catalogue_file.NAME).read_text(encoding="utf-8"),
        )
        entries = change(catalogue)
        catalogue_file.parse(catalogue_file.changed_text(text, entries), path=folder / catalogue_file.NAME)
        return [(catalogue.entries[entry.id], entry) for entry in entries]
    with catalogue_file.locked(folder):
        catalogue, text = (
            catalogue_file.read(folder),
            (folder / catalogue_file.NAME).read_text(encoding="utf-8"),
        )
        entries = change(catalogue)
        catalogue_file.write(folder, catalogue_file.changed_text(text, entries), act=act)
    return [(catalogue.entries[entry.id], entry) for entry in entries]
