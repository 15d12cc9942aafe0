"""Another generation of the same documents beside the one in use, and the step from one to the other.

A generation that is made with another encoder, other settings or another format is a candidate until it is
switched to. The generation that was in use before is kept, so that the switch can be taken back.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple

from rag.datatypes import Skipped
from rag.errors import IndexIncomplete, UsageError
from rag.index.changes import Plan, file_hash, make_plan
from rag.index.folder import (
    Generation,
    generation_folder,
    generations,
    locked,
    put_in_use,
    remove_journal,
    remove_leftovers,
    restore_manifest,
)
from rag.index.generation import (
    Known,
    Making,
    OnStep,
    Parse,
    encoder_dtype,
    make_generation,
    no_step,
    software,
)
from rag.index.open import CORPUS
from rag.ports import Encoder
from rag.settings import Settings
from rag.store import (
    FORMAT,
    MANIFEST,
    MANIFEST_COPY,
    CorpusFile,
    FileState,
    Manifest,
    check_file,
    read_manifest,
    write_manifest,
)

Source = Literal["files", "stored"]
_SHOWN = 5
"""Files named in a message."""
_SPECIAL_TOKENS = 2
"""An encoder's own at the beginning and the end of a text."""


class Rebuilt(NamedTuple):
    """What a rebuild made, or would make."""

    source: Source
    """"stored": documents and passages as they are in the index; "files": read and cut again."""
    documents: int
    """Those of the index that it is made from."""
    manifest: Manifest | None
    """None on a dry run."""
    lost: tuple[Skipped, ...] = ()
    """Documents of the index that could not be taken in this time."""


def rebuild_index(
    folder: Path,
    *,
    parse: Parse,
    encoder: Encoder,
    settings: Settings,
    encoder_folder: str = "",
    source: Source | None = None,
    dry_run: bool = False,
    on_step: OnStep | None = None,
) -> Rebuilt:
    """Make a candidate of the documents in ``folder``; what is in use stays in use. One that is there is not made again.

    Without ``source`` the stored documents are taken where their passages are cut as they would be now: with the
    same settings of ingest and the same encoder's tokens. Otherwise the source files are read again where they were.
    Raises UsageError when the documents cannot all be had that way, IndexMissing, IndexIncomplete, IndexBusy,
    IndexNotWritten.
    """
    read_manifest(folder, any_format=True)
    with locked(folder):
        remove_leftovers(folder)
        old = _known(folder)
        chosen = source or _source(old.manifest, encoder, settings)
        plan = _plan_stored(old, encoder, settings) if chosen == "stored" else _plan_files(old)
        documents = sum(state.document_id is not None for state in old.files.values())
        if dry_run:
            return Rebuilt(chosen, documents, None)
        for one in generations(folder):
            if one.role == "candidate" and _alike(one.manifest, encoder, settings):
                remove_journal(folder)  # of a run that ended between the candidate's manifest and this
                return Rebuilt(chosen, documents, one.manifest)
        made = Making(folder, parse, encoder, settings, on_step or no_step, encoder_folder)
        manifest = make_generation(
            made, plan, start=old if chosen == "stored" else None, known=old if _is_sound(old) else None
        )
        manifest = manifest.model_copy(update={"former": old.manifest.generation})
        write_manifest(generation_folder(folder, manifest), manifest)
        remove_journal(folder)
        lost = [skip for key, skip in plan.skipped.items() if key in old.files and old.files[key].document_id]
        return Rebuilt(chosen, documents, manifest, tuple(lost))


def _alike(manifest: Manifest, encoder: Encoder, settings: Settings) -> bool:
    """Whether a candidate is what would be made again."""
    found = (
        manifest.format,
        manifest.encoder_id,
        manifest.encoder_dtype,
        manifest.settings_id,
        manifest.software,
    )
    return found == (FORMAT, encoder.id, encoder_dtype(encoder), settings.index_id, software())


def switch_index(folder: Path, *, to: str = "", dry_run: bool = False) -> Generation:
    """Put a candidate in use, by default the newest; the generation in use becomes the former one.

    Raises UsageError when there is none, IndexIncomplete when it is damaged, IndexBusy, IndexNotWritten.
    """
    read_manifest(folder, any_format=True)
    with locked(folder):
        candidates = [one for one in generations(folder) if one.role == "candidate" and to in ("", one.name)]
        if not candidates:
            named = f"is no candidate named {to}" if to else "is no candidate"
            raise UsageError(f"{folder}: there {named} to switch to; make one with `rag index rebuild`")
        return _put_in_use(folder, candidates[0], dry_run=dry_run)


def rollback_index(folder: Path, *, dry_run: bool = False) -> Generation:
    """Go back to the former generation; the one in use becomes the former one, so that this can be taken back.

    Where only the manifest is damaged, its copy is put in its place, and what was in use is in use again.
    Raises UsageError when there is none, IndexIncomplete when it is damaged, IndexMissing, IndexBusy, IndexNotWritten.
    """
    if not (folder / MANIFEST).is_file() and not (folder / MANIFEST_COPY).is_file():
        read_manifest(folder)
    with locked(folder):
        if not dry_run and (restored := restore_manifest(folder)) is not None:
            return Generation(restored.generation, "current", restored)
        former = [one for one in generations(folder) if one.role == "former"]
        if not former:
            raise UsageError(
                f"{folder}: there is no former generation to go back to: nothing was switched, or documents have changed "
                "since (an ingest that changes anything keeps no generation with what was before)"
            )
        return _put_in_use(folder, former[0], dry_run=dry_run)


def _put_in_use(folder: Path, chosen: Generation, *, dry_run: bool) -> Generation:
    """The one step is the writing of the folder's manifest: before it the old generation is in use, after it the new."""
    for name, digest in chosen.manifest.files.items():
        check_file(folder / chosen.name / name, digest, full=True)
    if not dry_run:
        current = read_manifest(folder, any_format=True)
        write_manifest(generation_folder(folder, current), current.model_copy(update={"former": ""}))
        put_in_use(folder, chosen.manifest.model_copy(update={"former": current.generation}))
        remove_leftovers(folder)
    return chosen


# what a rebuild starts from


def _known(folder: Path) -> Known:
    """The generation in use as far as its documents go: vectors and terms may be damaged, and be made again."""
    manifest = read_manifest(folder, any_format=True)
    generation = generation_folder(folder, manifest)
    check_file(generation / CORPUS, manifest.files[CORPUS], full=True)
    with closing(CorpusFile(generation / CORPUS)) as corpus:
        return Known(manifest, generation, corpus.files())


def _is_sound(old: Known) -> bool:
    try:
        for name, digest in old.manifest.files.items():
            check_file(old.folder / name, digest, full=True)
    except IndexIncomplete:
        return False
    return old.manifest.format == FORMAT


def _source(manifest: Manifest, encoder: Encoder, settings: Settings) -> Source:
    alike = manifest.ingest_settings_id == settings.ingest_id and manifest.encoder_id == encoder.id
    return "stored" if alike and manifest.format == FORMAT else "files"


def _plan_stored(old: Known, encoder: Encoder, settings: Settings) -> Plan:
    """Nothing to parse. Raises UsageError where the stored passages are not what these settings ask for."""
    if old.manifest.format != FORMAT or old.manifest.ingest_settings_id != settings.ingest_id:
        raise UsageError(
            "the stored passages were cut with other settings of ingest (or another format) than those asked for; "
            "the source files are needed: leave out `--from stored`"
        )
    with closing(CorpusFile(old.folder / CORPUS)) as corpus:
        texts = list(corpus.indexed_texts(range(len(corpus))))
    longest = max(encoder.count_tokens(texts), default=0)
    room = encoder.max_tokens - _SPECIAL_TOKENS
    if old.manifest.encoder_id != encoder.id and longest > room:
        raise UsageError(
            f"a stored passage has {longest} tokens of the new encoder, which reads {room}; "
            "the source files are needed: leave out `--from stored`"
        )
    return Plan()


def _plan_files(old: Known) -> Plan:
    """Every file the index has met. Raises UsageError naming files that are gone or no longer the same."""
    gone = [key for key, state in old.files.items() if state.document_id and not Path(key).is_file()]
    there = [key for key in old.files if Path(key).is_file()]
    changed = [key for key in there if _has_changed(old.files[key])]
    if gone or changed:
        raise UsageError(
            f"{_named('gone', gone)}{_named('changed since they were taken in', changed)}"
            "A rebuild takes the documents that are in the index. Put the files back, run `rag ingest` (with --prune to "
            "drop what is gone) first, or keep the passages as they are with `--from stored`"
        )
    return make_plan([Path(key) for key in there], {})


def _has_changed(state: FileState) -> bool:
    return state.document_id is not None and file_hash(Path(state.path)) != state.sha256


def _named(what: str, paths: list[str]) -> str:
    if not paths:
        return ""
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{len(paths)} source files are {what}: {', '.join(sorted(paths)[:_SHOWN])}{more}. "
