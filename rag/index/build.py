"""Files to an index folder: only what is new or changed is parsed and encoded.

A run writes a new generation folder beside the old one and names it in the manifest as its last
step. A run that dies leaves the old index as it was; what it had parsed and encoded is in the journal,
from which the next run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.datatypes import IngestReport, Page, PageQuality, Skipped
from rag.index.changes import Plan, key_of, make_plan
from rag.index.folder import (
    generation_folder,
    keep_only_current,
    locked,
    put_in_use,
    remove_journal,
    remove_leftovers,
)
from rag.index.generation import Known, Making, OnStep, Parse, make_generation, no_step
from rag.index.open import CORPUS, check_fits
from rag.ports import Encoder
from rag.settings import Settings
from rag.store import MANIFEST, CorpusFile, FileState, check_file, read_manifest

__all__ = ["OnStep", "Parse", "update_index"]


def update_index(
    folder: Path,
    files: Sequence[Path],
    *,
    parse: Parse,
    encoder: Encoder,
    settings: Settings,
    skipped: Sequence[Skipped] = (),
    retry: Sequence[Path] = (),
    without: Collection[str] = (),
    on_step: OnStep | None = None,
    prune: bool = False,
) -> IngestReport:
    """Bring the index in ``folder`` up to date with ``files``; each lands in one list of the report.

    ``parse`` is given new and changed files only, ``encoder`` the passages whose text the index has
    not met. ``skipped`` are files that were set aside before; what the index had of them goes.
    Files in ``retry`` are parsed again if they were skipped before, though they have not changed.
    Documents whose ids are in ``without`` go, wherever their files are.
    Files that are not named stay, unless ``prune`` and they are no longer on the disk.
    A run that changes anything leaves one generation: the former one and candidates hold what was before.
    Raises IndexMismatch, IndexIncomplete, IndexBusy, IndexNotWritten, UsageError (a folder that holds other things).
    """
    started = time.perf_counter()
    step = on_step or no_step
    with locked(folder):
        remove_leftovers(folder)
        old = _read_old(folder, encoder, settings)
        known = old.files if old else {}
        plan = make_plan(files, known, prune=prune, retry=retry)
        plan.gone |= {key_of(item.path) for item in skipped} | plan.skipped.keys()
        plan.gone |= {key for key, state in known.items() if state.document_id in without}
        if old is None or plan.parse or plan.news or plan.gone & known.keys() - _still(plan, known):
            source = old.manifest.encoder_folder if old else ""
            made = Making(folder, parse, encoder, settings, step, source)
            manifest = make_generation(made, plan, start=old, known=old)
            put_in_use(folder, manifest)
            step("write", 3, 3)
            keep_only_current(folder)
            new = generation_folder(folder, manifest)
        else:
            remove_journal(folder)
            new = old.folder
        return _report(new, files, skipped, plan, known, started, settings)


def _still(plan: Plan, known: dict[str, FileState]) -> set[str]:
    """Skipped files that were skipped before: nothing to take away."""
    return {key for key in plan.skipped if key in known and not known[key].document_id}


def _read_old(folder: Path, encoder: Encoder, settings: Settings) -> Known | None:
    if not (folder / MANIFEST).is_file():
        return None
    manifest = read_manifest(folder)
    check_fits(folder, manifest, encoder_id=encoder.id, settings=settings)
    generation = generation_folder(folder, manifest)
    for name, digest in manifest.files.items():
        check_file(generation / name, digest)
    with closing(CorpusFile(generation / CORPUS)) as corpus:
        return Known(manifest, generation, corpus.files())


# the report


def _report(
    generation: Path,
    files: Sequence[Path],
    skipped: Sequence[Skipped],
    plan: Plan,
    known: dict[str, FileState],
    started: float,
    settings: Settings,
) -> IngestReport:
    least = settings.ingest.page_quality
    with closing(CorpusFile(generation / CORPUS)) as corpus:
        states = corpus.files()
        entries = {entry.id: entry for entry in corpus.entries()}
        weak = {
            entry: [weak_page(page, least) for page in corpus.weak_pages(entry, below=least)]
            for entry in entries
        }
    documents, left_out = [], []
    for key, path in {key_of(path): path for path in files}.items():
        if key in plan.skipped:
            left_out.append(plan.skipped[key].model_copy(update={"path": str(path)}))
            continue
        entry = entries[states[key].document_id or ""]
        documents.append({
            "path": str(path), "document": entry.name, "id": entry.id, "title": entry.title,
            "language": entry.language, "pages": entry.pages, "passages": entry.passages,
            "state": _state_word(key, plan, known), "low_pages": weak[entry.id],
        })  # fmt: skip
    return IngestReport(
        documents=tuple(documents),
        skipped=(*left_out, *skipped),
        pages=sum(int(str(document["pages"])) for document in documents),
        passages=sum(int(str(document["passages"])) for document in documents),
        seconds=time.perf_counter() - started,
    )


def weak_page(page: Page, least: float) -> dict[str, Any]:
    """What is told of a page that is scanned, or whose score is under ``least``."""
    quality = page.quality or PageQuality(page=page.number, score=1.0)
    return {
        "page": page.number, "score": quality.score, "scanned": quality.scanned, "ocr": page.ocr,
        "left_out": quality.score < least, "reason": quality.reason,
    }  # fmt: skip


def _state_word(key: str, plan: Plan, known: dict[str, FileState]) -> str:
    if key in plan.unchanged:
        return "unchanged"
    return "changed" if key in known and known[key].document_id else "new"
