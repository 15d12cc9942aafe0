"""Documents of a corpus that are nearly the same text. What was found is kept until the set of documents changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from rag.ingest.duplicates import overlaps

KEPT = ".near-duplicates.json"
"""In the corpus folder: hashes and shares, no text."""
LEAST = 0.5
"""Share of the shorter document that must stand in the other."""


class NearDuplicate(NamedTuple):
    one: str
    """SHA-256 of the document that stands in the other for the larger part."""
    other: str
    containment: float
    """Share of the shorter text that stands in the longer one, 0..1."""


def near_duplicates(
    folder: Path, documents: Collection[str], text_of: Callable[[str], str]
) -> list[NearDuplicate]:
    """Pairs of these documents (SHA-256), most alike first. ``text_of`` is called only when the set is a new one."""
    key = sha256("\n".join([str(LEAST), *sorted(documents)]).encode()).hexdigest()
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads((folder / KEPT).read_bytes())
        if kept["documents"] == key:
            return [NearDuplicate(str(one), str(other), float(share)) for one, other, share in kept["pairs"]]
    found = [
        NearDuplicate(pair.one, pair.other, round(pair.containment, 3))
        for pair in overlaps(sorted(documents), text_of, least=LEAST)
    ]
    with suppress(OSError):  # a corpus on a disk that cannot be written is checked all the same
        temporary = folder / f"{KEPT}.tmp"
        temporary.write_text(json.dumps({"documents": key, "pairs": found}), encoding="utf-8")
        temporary.replace(folder / KEPT)
    return found
