"""What a draft holds that it must not. Asked of the document and of the raw output, not of the product's reader."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from adversarial_lib.scenes import Scene
from rag.datatypes import Draft, Evidence, Quote, SentenceKind

REACHING = (
    "invented quote",
    "quote under an id that was not cited",
    "id that was not shown",
    "id twice in a claim",
    "claim that is no shown sentence",
)
"""Faults of a Draft that was taken: none may ever happen."""
_LIST = re.compile(r'"evidence":\[([^\]]*)\]?')
_STRING = re.compile(r'"([^"]*)"')


def reaching(scene: Scene, draft: Draft, *, verbatim_only: bool) -> Iterator[str]:
    """Faults of a draft's claims, one name a claim and fault."""
    if not draft.claims:
        return
    by_id = {item.id: item for item in scene.evidence}
    entries = json.loads(draft.raw)["claims"]
    for claim, entry in zip(draft.claims, entries, strict=True):
        ids = entry["evidence"]
        if any(scene.document.text[q.start : q.end] != q.text or not q.text for q in claim.quotes):
            yield REACHING[0]
        if not _are_those(claim.quotes, [by_id[id_] for id_ in ids if id_ in by_id]):
            yield REACHING[1]
        if any(id_ not in by_id for id_ in ids):
            yield REACHING[2]
        if len(set(ids)) != len(ids):
            yield REACHING[3]
        if verbatim_only and claim.text not in [
            _repeated(scene, by_id[id_].quote) for id_ in ids if id_ in by_id
        ]:
            yield REACHING[4]


def written(scene: Scene, draft: Draft, *, finished: bool) -> Iterator[str]:
    """What the writer wrote that it was not to, whether or not it was then rejected."""
    shown = {item.id for item in scene.evidence}
    lists = [_STRING.findall(ids) for ids in _LIST.findall(draft.raw)]
    if any(id_ not in shown for ids in lists for id_ in ids):
        yield "wrote an id that was not shown"
    if any(len(set(ids)) != len(ids) for ids in lists):
        yield "wrote an id twice"
    if finished and draft.error:
        yield f"wrote to the end what cannot be read ({_kind(draft.raw)})"


def _are_those(quotes: Sequence[Quote], cited: Sequence[Evidence]) -> bool:
    return Counter((q.start, q.end) for q in quotes) == Counter((c.quote.start, c.quote.end) for c in cited)


def _repeated(scene: Scene, quote: Quote) -> str:
    """The words of the document at the quote's place, a row under the last line of its header."""
    words = " ".join(scene.document.text[quote.start : quote.end].split())
    if quote.kind is SentenceKind.ROW and quote.header_text:
        return f"{' '.join(quote.header_text.splitlines()[-1].split())}: {words}"
    return words


def _kind(raw: str) -> str:
    try:
        value: Any = json.loads(raw)
    except ValueError:
        return "not JSON"
    if not isinstance(value, dict) or set(value) != {"answerable", "claims"}:
        return "other fields"
    return "other content"
