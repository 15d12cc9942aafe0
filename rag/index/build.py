"""Files to an index folder: only what is new or changed is parsed and encoded.

A run writes a new generation folder beside the old one and names it in the manifest as its last
step. A run that dies leaves the old index as it was; its leftovers go at the next ingest.
"""

from __future__ import annotations

import fcntl
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rag.datatypes import IngestReport, Page, PageQuality, Parsed, Skipped
from rag.errors import IndexBusy, UsageError
from rag.index import engines
from rag.index.changes import Plan, key_of, make_plan
from rag.index.open import CORPUS, check_fits, generation_folder, index_id
from rag.ports import Encoder, FloatMatrix
from rag.settings import Settings
from rag.store import (
    MANIFEST,
    CorpusFile,
    FileState,
    Manifest,
    check_file,
    digest_file,
    passage_text,
    read_manifest,
    sync_files,
    write_manifest,
)

LOCK = ".lock"
_GENERATION = re.compile(r"generation-[0-9a-f]{12}")
_ENCODED_AT_ONCE = 512
"""Passages between two reports of progress; sorted by length within."""

Parse = Callable[[Sequence[Path]], Iterable[Parsed | Skipped]]
OnStep = Callable[[str, int, int], None]


class _Old(NamedTuple):
    """The index as it was."""

    manifest: Manifest
    folder: Path
    """Of its generation."""
    files: dict[str, FileState]


def update_index(
    folder: Path,
    files: Sequence[Path],
    *,
    parse: Parse,
    encoder: Encoder,
    settings: Settings,
    skipped: Sequence[Skipped] = (),
    retry: Sequence[Path] = (),
    on_step: OnStep | None = None,
    prune: bool = False,
) -> IngestReport:
    """Bring the index in ``folder`` up to date with ``files``; each lands in one list of the report.

    ``parse`` is given new and changed files only, ``encoder`` the passages whose text the index has
    not met. ``skipped`` are files that were set aside before; what the index had of them goes.
    Files in ``retry`` are parsed again if they were skipped before, though they have not changed.
    Files that are not named stay, unless ``prune`` and they are no longer on the disk.
    Raises IndexMismatch, IndexIncomplete, IndexBusy, UsageError (a folder that holds other things).
    """
    started = time.perf_counter()
    step = on_step or _no_step
    with _locked(folder):
        _remove_leftovers(folder)
        old = _read_old(folder, encoder, settings)
        known = old.files if old else {}
        plan = make_plan(files, known, prune=prune, retry=retry)
        plan.gone |= {key_of(item.path) for item in skipped} | plan.skipped.keys()
        if old is None or plan.parse or plan.news or plan.gone & known.keys() - _still(plan, known):
            new = _write_generation(
                folder, old, plan, parse=parse, encoder=encoder, settings=settings, step=step
            )
            _remove_leftovers(folder)
        else:
            new = old.folder
        return _report(new, files, skipped, plan, known, started, settings)


def _still(plan: Plan, known: dict[str, FileState]) -> set[str]:
    """Skipped files that were skipped before: nothing to take away."""
    return {key for key in plan.skipped if key in known and not known[key].document_id}


def _no_step(_step: str, _done: int, _total: int) -> None:
    return None


# the folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    _refuse_foreign(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexBusy(f"another ingest is writing to {folder}; wait for it to end") from error
        yield


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a folder for the index")
    names = {path.name for path in folder.iterdir()}
    ours = {name for name in names if name in (LOCK, MANIFEST) or _GENERATION.fullmatch(name)}
    if names and not ours:
        raise UsageError(f"{folder} holds other things ({min(names)}, …) and no index; name an empty folder")


def _remove_leftovers(folder: Path) -> None:
    """Generations of killed runs, and the one the manifest has just left."""
    keep = read_manifest(folder).generation if (folder / MANIFEST).is_file() else ""
    for path in folder.iterdir():
        if path.name != keep and _GENERATION.fullmatch(path.name):
            shutil.rmtree(path)
    (folder / f"{MANIFEST}.tmp").unlink(missing_ok=True)


def _read_old(folder: Path, encoder: Encoder, settings: Settings) -> _Old | None:
    if not (folder / MANIFEST).is_file():
        return None
    manifest = read_manifest(folder)
    check_fits(folder, manifest, encoder_id=encoder.id, settings=settings)
    generation = generation_folder(folder, manifest)
    for name, digest in manifest.files.items():
        check_file(generation / name, digest)
    with closing(CorpusFile(generation / CORPUS)) as corpus:
        return _Old(manifest, generation, corpus.files())


# a new generation


def _write_generation(
    folder: Path,
    old: _Old | None,
    plan: Plan,
    *,
    parse: Parse,
    encoder: Encoder,
    settings: Settings,
    step: OnStep,
) -> Path:
    generation = folder / f"generation-{secrets.token_hex(6)}"
    generation.mkdir()
    with closing(
        CorpusFile.create(generation / CORPUS, copy_of=old.folder / CORPUS if old else None)
    ) as corpus:
        _take_away(corpus, plan, old.files if old else {})
        _take_in(corpus, plan, parse, step)
        corpus.finish()
        vectors = _vectors(corpus, old, encoder, step)
        step("write", 0, 3)
        kind = engines.write_vectors(generation, vectors, settings.index)
        step("write", 1, 3)
        engines.write_lexical(
            generation, (passage_text(at.title, at.passage) for at in corpus.passage_texts())
        )
        step("write", 2, 3)
        manifest = _manifest(generation, corpus, encoder=encoder, settings=settings, kind=kind)
    sync_files(generation)
    write_manifest(folder, manifest)
    step("write", 3, 3)
    return generation


def _take_away(corpus: CorpusFile, plan: Plan, known: dict[str, FileState]) -> None:
    """Old passages of changed and skipped files, before anything new comes in."""
    for key in plan.gone | plan.parse.keys():
        if key in known:
            document_id = known[key].document_id
            if document_id:
                corpus.remove(document_id)
            corpus.forget_file(key)
    for state in plan.states.values():
        corpus.put_file(state)


def _take_in(corpus: CorpusFile, plan: Plan, parse: Parse, step: OnStep) -> None:
    """Parse what is new or changed; a file the parser says nothing of is skipped as crashed."""
    waiting = dict(plan.parse)
    total = len(waiting)
    if not total:
        return
    real = {str(Path(key).resolve()): key for key in waiting}
    step("parse", 0, total)
    for result in parse([Path(key) for key in waiting]):
        path = result.document.source if isinstance(result, Parsed) else result.path
        key = key_of(path) if key_of(path) in waiting else real.get(str(Path(path).resolve()), "")
        state = waiting.pop(key, None)
        if state is None:
            raise UsageError(f"the parser gave {path}, which was not asked for or was given twice")
        _record(corpus, plan, state, result)
        step("parse", total - len(waiting), total)
    for key, state in waiting.items():
        _record(
            corpus, plan, state, Skipped(path=key, reason="the parser gave no result", category="crashed")
        )


def _record(corpus: CorpusFile, plan: Plan, state: FileState, result: Parsed | Skipped) -> None:
    if isinstance(result, Skipped):
        plan.skipped[state.path] = result.model_copy(update={"path": state.path})
        corpus.put_file(state._replace(document_id=None, category=result.category, reason=result.reason))
        return
    identity = result.document.id
    corpus.forget_document(identity)  # under a path that is no longer on the disk
    corpus.add(result)
    unchanged_since = state.settled and identity == state.sha256
    corpus.put_file(
        state._replace(
            sha256=identity, settled=unchanged_since, document_id=identity, category=None, reason=None
        )
    )


def _vectors(corpus: CorpusFile, old: _Old | None, encoder: Encoder, step: OnStep) -> FloatMatrix:
    """(passages, dimension) in row order; texts met before keep their vector."""
    known = _known_vectors(old)
    vectors = np.zeros((len(corpus), encoder.dimension), np.float32)
    rows: dict[bytes, list[int]] = {}
    texts: dict[bytes, str] = {}
    for row, at in enumerate(corpus.passage_texts()):
        if at.content_hash in known:
            vectors[row] = known[at.content_hash]
        else:
            rows.setdefault(at.content_hash, []).append(row)
            texts.setdefault(at.content_hash, passage_text(at.title, at.passage))
    hashes = sorted(texts, key=lambda digest: -len(texts[digest]))
    for start in range(0, len(hashes), _ENCODED_AT_ONCE):
        step("encode", start, len(hashes))
        chunk = hashes[start : start + _ENCODED_AT_ONCE]
        for digest, vector in zip(chunk, encoder.encode([texts[one] for one in chunk]), strict=True):
            vectors[rows[digest]] = vector
    if hashes:
        step("encode", len(hashes), len(hashes))
    return vectors


def _known_vectors(old: _Old | None) -> dict[bytes, FloatMatrix]:
    if old is None:
        return {}
    with closing(CorpusFile(old.folder / CORPUS)) as corpus:
        hashes = corpus.content_hashes()
    return dict(zip(hashes, engines.read_vectors(old.folder), strict=True))


def _manifest(
    generation: Path, corpus: CorpusFile, *, encoder: Encoder, settings: Settings, kind: str
) -> Manifest:
    files = [path for path in sorted(generation.rglob("*")) if path.is_file()]
    return Manifest(
        generation=generation.name,
        corpus_id=corpus.id,
        index_id=index_id(corpus.id, encoder.id, settings, kind),
        encoder_id=encoder.id,
        encoder_dtype=str(getattr(encoder, "dtype", "float32")),
        settings_id=settings.index_id,
        kind=kind,
        documents=len(corpus.entries()),
        pages=corpus.page_count,
        passages=len(corpus),
        dimension=encoder.dimension,
        files={str(path.relative_to(generation)): digest_file(path) for path in files},
        software=_software(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _software() -> str:
    try:
        return version("meditron-rag")
    except PackageNotFoundError:
        return "not installed"


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
            entry: [_weak_page(page, least) for page in corpus.weak_pages(entry, below=least)]
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


def _weak_page(page: Page, least: float) -> dict[str, object]:
    quality = page.quality or PageQuality(page=page.number, score=1.0)
    return {
        "page": page.number, "score": quality.score, "scanned": quality.scanned, "ocr": page.ocr,
        "left_out": quality.score < least, "reason": quality.reason,
    }  # fmt: skip


def _state_word(key: str, plan: Plan, known: dict[str, FileState]) -> str:
    if key in plan.unchanged:
        return "unchanged"
    return "changed" if key in known and known[key].document_id else "new"
