"""What is done to an index beside ingest: check it, make it anew, compare, with the parts that this package comes with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rag.datatypes import Hit, Parsed, Skipped
from rag.errors import IndexIncomplete, ModelError, UsageError
from rag.settings import Settings
from rag.store import Manifest, read_manifest
from rag.wiring import default_encoder, folder_encoder, index_encoder, keep_offline

if TYPE_CHECKING:
    from rag.index.check import Verification
    from rag.index.compare import Comparison
    from rag.index.rebuild import Rebuilt, Source


def verify_index(index: str | Path, *, recompute: bool = True) -> Verification:
    """Check every hash, offset and vector; ``recompute``: some vectors are computed again where the encoder is here.

    Raises IndexMissing or IndexIncomplete when there is no manifest that can be read.
    """
    from rag.index.check import verify_index as verify

    folder = Path(index)
    read_manifest(folder, any_format=True)
    try:
        encoder = index_encoder(folder) if recompute else None
    except ModelError:  # an index can be checked where the encoder is not
        encoder = None
    return verify(folder, encoder=encoder)


def rebuild_index(
    index: str | Path,
    *,
    settings: Settings | None = None,
    encoder_folder: str = "",
    source: Source | None = None,
    workers: int | None = None,
    passwords: Mapping[str, str] | None = None,
    dry_run: bool = False,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Rebuilt:
    """Make a candidate of the same documents, with these settings and this encoder, beside the index in use.

    ``encoder_folder``: a sentence-transformers model on this machine; the embedded encoder when not given. It is
    recorded in the index, which after a switch is searched with it. ``source``: the recorded files, or the stored
    documents; chosen when not given. Raises as ``rag.index.rebuild.rebuild_index``, and ModelMissing.
    """
    from rag.index.rebuild import rebuild_index as rebuild
    from rag.ingest.parse import parse_files

    keep_offline()
    chosen = settings or Settings()
    place = str(Path(encoder_folder).absolute()) if encoder_folder else ""
    encoder = folder_encoder(place) if place else default_encoder()

    def parse(files: Sequence[Path]) -> Iterable[Parsed | Skipped]:
        return parse_files(
            files,
            chosen.ingest,
            count_tokens=encoder.count_tokens,
            workers=workers,
            passwords=passwords or {},
        )

    return rebuild(
        Path(index),
        parse=parse,
        encoder=encoder,
        settings=chosen,
        encoder_folder=place,
        source=source,
        dry_run=dry_run,
        on_step=on_step,
    )


def compare_generations(
    index: str | Path, questions: str | Path, *, candidate: str = "", settings: Settings | None = None
) -> Comparison:
    """Recall of the generation in use and of a candidate (by default the newest) on a file of questions.

    Raises UsageError for the file or when there is no candidate, IndexIncomplete, ModelMissing.
    """
    from rag.index.compare import compare, read_questions
    from rag.index.folder import generations

    asked, without_place = read_questions(Path(questions))
    folder = Path(index)
    current, *others = generations(folder)
    chosen = [one for one in others if one.role == "candidate" and candidate in ("", one.name)]
    if not chosen:
        raise UsageError(
            f"{folder}: there is no candidate to compare with; make one with `rag index rebuild`"
        )
    with (
        closing(_Searcher(folder, current.manifest, settings or Settings())) as old,
        closing(_Searcher(folder, chosen[0].manifest, settings or Settings())) as new,
    ):
        return compare(asked, old=old.search, new=new.search, without_place=without_place)


class _Searcher:
    """One generation, searched with the encoder it was made with."""

    def __init__(self, folder: Path, manifest: Manifest, settings: Settings) -> None:
        from rag.index.open import open_generation
        from rag.retrieve.retriever import HybridRetriever

        place = manifest.encoder_folder
        encoder = folder_encoder(place) if place else default_encoder()
        if encoder.id != manifest.encoder_id:
            raise IndexIncomplete(
                f"{folder / manifest.generation} was made with encoder {manifest.encoder_id}, which is not here: "
                f"{place or 'the embedded encoder'} is {encoder.id}; without it the two cannot be compared"
            )
        opened = open_generation(folder, manifest)
        self._corpus = opened.corpus
        self._retriever = HybridRetriever(
            encoder, opened.vectors, opened.lexical, opened.corpus, settings.retrieval
        )

    def search(self, question: str, k: int) -> list[Hit]:
        return self._retriever.retrieve(question, k=k)

    def close(self) -> None:
        self._corpus.close()
