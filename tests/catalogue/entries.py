"""Entries for tests: only what a test is about is said."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from rag.catalogue.entry import Entry
from rag.catalogue.file import Catalogue

ADDED = date(2020, 1, 1)


def entry(identity: str, **fields: Any) -> Entry:
    digest = hashlib.sha256(identity.encode()).hexdigest()
    given = {
        "id": identity,
        "file": f"documents/{identity}.md",
        "sha256": digest,
        "added": ADDED,
        "title": identity.title(),
    }
    return Entry.model_validate({**given, **fields})


def catalogue(*entries: Entry) -> Catalogue:
    return Catalogue(name="ward", index="index", document=entries)
