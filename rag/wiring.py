"""Settings and a profile to ready parts; the only module that knows which back ends exist.

Models load when first used: ``search`` never loads the writer, an unchanged ingest loads no weights.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError

from rag import __version__
from rag.datatypes import (
    ClaimToVerify,
    ClaimVerdict,
    Document,
    Hit,
    Ids,
    IngestReport,
    Parsed,
    Record,
    Scope,
    Skipped,
)
from rag.errors import ModelError, UsageError
from rag.pipeline import Parts
from rag.pipeline import ask as ask_steps
from rag.ports import (
    AnswerJudge,
    ConflictFinder,
    Corpus,
    Drafter,
    Encoder,
    Generation,
    Judge,
    Ladder,
    PremiseChecker,
    Prompt,
    Retriever,
    SecondOpinion,
    Selector,
    Standings,
    Verifier,
    Writer,
)
from rag.profiles import JudgeSource, Profile, check_fits, load_profile
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.backends.cross_encoder import CrossEncoder
    from rag.highlight import Highlighter
    from rag.index.open import OpenIndex
    from rag.retrieve.in_force import InForce
    from rag.verify.claims import ClaimVerifier


def keep_offline() -> None:
    """Tell the model libraries that there is no hub and nobody wants their progress bars.

    Called before any of them is imported; explicit settings of the user win.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait must not burn the other core


class Pipeline:
    """An opened index and the parts that answer from it.

    >>> from rag import Pipeline                                              # doctest: +SKIP
    >>> with Pipeline.open("indexes/demo") as pipeline:                       # doctest: +SKIP
    ...     record = pipeline.ask("When should drug treatment of hypertension start?")
    ...     print(record.status, record.answer)
    """

    def __init__(
        self,
        *,
        parts: Parts,
        settings: Settings,
        ids: Callable[[], Ids],
        notices: Sequence[str] = (),
        in_force: InForce | None = None,
        scoped: Callable[[Scope], Pipeline] | None = None,
    ) -> None:
        self.parts = parts
        self.settings = settings
        self.notices = tuple(notices)
        self._ids = ids
        self._in_force = in_force
        self._scoped = scoped

    @classmethod
    def open(
        cls,
        index: str | Path,
        *,
        profile: str | Profile = "demo",
        settings: Settings | None = None,
        device: str = "auto",
        encoder: Encoder | None = None,
        writer: Writer | None = None,
        judge: Judge | None = None,
        answer_judge: AnswerJudge | None = None,
        retriever: Retriever | None = None,
        selector: Selector | None = None,
        drafter: Drafter | None = None,
        verifier: Verifier | None = None,
        premises: PremiseChecker | None = None,
        ladder: Ladder | None = None,
        conflicts: ConflictFinder | None = None,
        reader: SecondOpinion | None = None,
        scope: Scope | None = None,
    ) -> Pipeline:
        """Open ``index`` (its folder, or that of a corpus with a catalogue) and wire the default parts, each
        replaceable by an object that fits its port.

        ``reader`` of the sentences for and against a premise: by default ``premise_reader``. ``scope`` says which documents of a catalogued index may answer; by default those in force today. A
        ``retriever`` of your own is not bound by it. ``settings`` defaults to the profile's. Raises IndexMissing,
        IndexIncomplete or IndexMismatch for the index, CatalogueError where its catalogue is gone or wrong, ModelMissing or DoesNotFit for the models, UsageError for an unknown profile.
        """
        from rag.index.open import open_index

        keep_offline()
        chosen = profile if isinstance(profile, Profile) else load_profile(profile)
        settings = chosen.settings if settings is None else settings
        folder = index_folder(Path(index))
        encoder = encoder or index_encoder(folder, device=device)
        opened = open_index(folder, encoder=encoder, device=device)
        standings = _standings(folder)
        writer = writer or _LazyWriter(lambda: load_writer(chosen))
        answer_judge = answer_judge or embedded_answer_judge(device=device)
        judge = judge or load_judge(chosen.judge, device=device)
        selector = selector or _selector(encoder, opened.corpus, answer_judge, settings)
        drafter = drafter or _drafter(writer, settings, chosen)
        verifier = verifier or _verifier(judge, answer_judge, writer, settings, chosen)
        conflicts = conflicts or _conflicts(judge)
        reader = None if premises else reader or premise_reader(judge, settings)

        def within(scope: Scope) -> Pipeline:
            """Only what searches depends on the scope."""
            in_force = _in_force(standings, opened.corpus, scope)
            searched = retriever or _retriever(encoder, opened, settings, in_force)
            parts = Parts(
                corpus=opened.corpus,
                retriever=searched,
                selector=selector,
                drafter=drafter,
                verifier=verifier,
                premises=premises or _premises(searched, judge, selector, settings, reader),
                ladder=ladder or _ladder(judge, searched, verifier, settings),
                conflicts=conflicts,
            )
            notices = _notices(chosen, judge)
            return cls(
                parts=parts, settings=settings, ids=ids, notices=notices, in_force=in_force, scoped=within
            )

        def ids() -> Ids:
            catalogue = standings.id if standings else ""
            return _ids(opened, encoder, writer, judge, answer_judge, reader, settings, chosen, catalogue)

        return within(scope or Scope())

    def within(self, scope: Scope) -> Pipeline:
        """The same models over another choice of documents: those in force on a day, and states asked for by name.

        Raises UsageError for an index that belongs to no catalogue.
        """
        if self._scoped is None:
            raise UsageError(
                "this pipeline was put together by hand; give it a retriever of that scope instead"
            )
        return self._scoped(scope)

    def identity(self) -> Ids:
        """What decides an answer here: hashes and names of corpus, index, models, prompts and settings."""
        return self._ids()

    def ask(self, question: str) -> Record:
        """Answer from the documents with quotes, or abstain; both come as a Record."""
        scope = None
        if self._in_force is not None:
            scope = self._in_force.scope.model_copy(update={"as_of": self._in_force.day})
        return ask_steps(
            question, self.parts, self.settings, ids=self._ids(), notices=self.notices, scope=scope
        )

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """The ``k`` best passages, best first. Raises UsageError for an empty query."""
        return self.parts.retriever.retrieve(query, k=k)

    def documents(self) -> list[Document]:
        return list(self.parts.corpus.documents())

    def document(self, name: str) -> Document:
        """The document with this file name, path or id. Raises UsageError, naming what there is."""
        return self._named(name)

    def page(self, document: str, number: int) -> str:
        """Text of page ``number`` (from 1, as a viewer counts) of the document with this file name or id.

        Raises UsageError, naming what there is, for an unknown document or page.
        """
        found = self._named(document)
        pages = {page.number: page for page in found.pages}
        if number not in pages:
            raise UsageError(
                f"{found.name} has pages 1 to {max(pages, default=0)}; page {number} was asked for."
            )
        return found.text[pages[number].start : pages[number].end]

    def file_of(self, document: Document) -> Path:
        """Where its file is: in the folder of its corpus, which may have moved, else where it was taken in."""
        kept = self._in_force.file(document.id) if self._in_force else None
        return kept or Path(document.source)

    def _named(self, document: str) -> Document:
        documents = self.documents()
        found = [d for d in documents if document in (d.name, d.id, d.source)]
        if len(found) == 1:
            return found[0]
        if found:
            places = ", ".join(d.source for d in found)
            raise UsageError(
                f"{len(found)} documents are named {document!r}; give one of the paths: {places}"
            )
        names = ", ".join(sorted(d.name for d in documents)[:20]) or "none"
        raise UsageError(f"No document named {document!r} in this index. It holds: {names}")

    def close(self) -> None:
        close = getattr(self.parts.corpus, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ingest(
    paths: Sequence[str | Path],
    index: str | Path,
    *,
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    workers: int | None = None,
    prune: bool = False,
    without: Collection[str] = (),
    on_step: Callable[[str, int, int], None] | None = None,
    passwords: Mapping[str, str] | None = None,
) -> IngestReport:
    """Files and folders into the index folder ``index``; what is unchanged is left as it is.

    ``on_step(step, done, total)`` is called as work proceeds. ``prune`` drops documents whose files are gone,
    ``without`` those with these ids.
    ``passwords`` of encrypted PDF files by file name or glob pattern; they are stored nowhere.
    """
    from rag.index.build import update_index
    from rag.ingest.parse import find_files, parse_files
    from rag.ingest.passwords import password_for

    keep_offline()
    settings = settings or Settings()
    if settings.ingest.ocr:
        from rag.backends.tesseract import expect_tesseract

        expect_tesseract(settings.ingest.languages)
    encoder = encoder or index_encoder(Path(index))
    found = find_files([Path(path) for path in paths])

    def parse(files: Sequence[Path]) -> Iterable[Parsed | Skipped]:
        return parse_files(
            files,
            settings.ingest,
            count_tokens=encoder.count_tokens,
            workers=workers,
            passwords=passwords or {},
        )

    return update_index(
        Path(index),
        found.files,
        parse=parse,
        encoder=encoder,
        settings=settings,
        skipped=found.skipped,
        retry=[path for path in found.files if password_for(path, passwords or {}) is not None],
        without=without,
        prune=prune,
        on_step=on_step,
    )


@contextmanager
def highlighter(
    document: Document, *, file: Path | None = None, password: str | None = None
) -> Iterator[Highlighter]:
    """What finds the rectangles of quotes on the pages of the document's own file.

    ``file``: where that file is now (``Pipeline.file_of``), if not where it was taken in.
    Raises UsageError when the document is no PDF, or its file is gone or no longer the one that was taken in.
    """
    from rag.backends.pdfium import open_view
    from rag.highlight import Highlighter
    from rag.ingest.document import file_hash

    path = file or Path(document.source)
    if document.media_type != "application/pdf":
        raise UsageError(f"{document.name} is no PDF; only pages of PDF files can be marked")
    if not path.is_file():
        raise UsageError(f"the file of {document.name} is gone: there is no {path}")
    if file_hash(path) != document.id:
        raise UsageError(
            f"{path} has changed since it was taken in; ingest it again before marking quotes in it"
        )
    with open_view(path, password=password) as view:
        yield Highlighter(document, view)


def default_encoder(*, device: str = "auto") -> Encoder:
    """The embedded sentence encoder. Raises ModelMissing with the command that gets it."""
    from rag.backends.sentence_transformers import SentenceTransformerEncoder
    from rag.models import encoder_folder, rag_home

    keep_offline()
    return SentenceTransformerEncoder(encoder_folder(rag_home()), device=device)


def index_encoder(index: Path, *, device: str = "auto") -> Encoder:
    """The encoder that the index in this folder was made with; the embedded one where there is no index yet."""
    from rag.errors import IndexFolderError
    from rag.store import read_manifest

    try:
        folder = read_manifest(index).encoder_folder
    except IndexFolderError:  # whoever opens the index says what is wrong with it
        folder = ""
    return folder_encoder(folder, device=device) if folder else default_encoder(device=device)


def folder_encoder(folder: str, *, device: str = "auto") -> Encoder:
    """A sentence-transformers model in a local folder. Raises ModelMissing."""
    from rag.backends.sentence_transformers import SentenceTransformerEncoder

    keep_offline()
    return SentenceTransformerEncoder(Path(folder), device=device)


def load_writer(profile: Profile) -> Writer:
    """The profile's writer, after a check that it can run here. Raises DoesNotFit or ModelMissing."""
    check_fits(profile)
    match profile.backend:
        case "transformers":
            from rag.backends.transformers import TransformersWriter

            return TransformersWriter(profile.source(), **profile.loading())
        case "openai":
            from rag.backends.openai import OpenAIWriter

            return OpenAIWriter(**profile.calling())


class _LazyWriter:
    """Builds the writer on first use, so that a search needs none."""

    def __init__(self, build: Callable[[], Writer]) -> None:
        self._build = build
        self._built: Writer | None = None

    @property
    def _writer(self) -> Writer:
        if self._built is None:
            self._built = self._build()
        return self._built

    @property
    def id(self) -> str:
        return self._writer.id

    @property
    def quantisation(self) -> str:
        return self._writer.quantisation

    @property
    def context_tokens(self) -> int:
        return self._writer.context_tokens

    def count_tokens(self, text: str) -> int:
        return self._writer.count_tokens(text)

    def write(
        self,
        prompt: Prompt,
        *,
        grammar: str,
        max_tokens: int,
        seed: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
    ) -> Generation:
        return self._writer.write(
            prompt, grammar=grammar, max_tokens=max_tokens, seed=seed, temperature=temperature, top_p=top_p
        )

    def yes_probability(self, prompts: Sequence[Prompt]) -> list[float]:
        return self._writer.yes_probability(prompts)


def _notices(profile: Profile, judge: Judge) -> list[str]:
    """What is told with every answer: of the profile, and that a judge's scores carry no bound."""
    from rag.verify.calibration import uncalibrated_note

    note = uncalibrated_note(judge)
    return [text for text in (profile.notice, note[:1].upper() + note[1:]) if text]


def _selector(encoder: Encoder, corpus: Corpus, answer_judge: AnswerJudge, settings: Settings) -> Selector:
    from rag.retrieve.select import EvidenceSelector

    use_judge = settings.selection.judge
    return EvidenceSelector(encoder, corpus, settings.selection, judge=answer_judge if use_judge else None)


def _drafter(writer: Writer, settings: Settings, profile: Profile) -> Drafter:
    from rag.answer.drafter import WriterDrafter

    return WriterDrafter(writer, settings.writing, profile.family)


def load_judge(source: JudgeSource, *, device: str = "auto") -> Judge:
    """The judge of claims that come with their evidence. Raises ModelMissing, or UsageError for labels that do not fit."""
    keep_offline()
    match source.backend:
        case "embedded":
            return embedded_judge(device=device)
        case "similarity":
            from rag.verify.judges import SimilarityJudge

            return SimilarityJudge(default_encoder(device=device))
        case "nli":
            from rag.backends.nli import SequenceClassificationJudge

            return SequenceClassificationJudge(**_checkpoint(source, "labels"), device=device)
        case "minicheck":
            from rag.backends.nli import Seq2SeqJudge

            return Seq2SeqJudge(**_checkpoint(source, "label_tokens"), device=device)


def _checkpoint(source: JudgeSource, *own: str) -> dict[str, Any]:
    """What a judge from a checkpoint takes; what is not given keeps the judge's own default."""
    names = ("revision", "max_tokens", "batch_size", *own)
    chosen = {name: getattr(source, name) for name in names if getattr(source, name) is not None}
    return {"source": source.model, **chosen}


@lru_cache(maxsize=2)
def embedded_judge(*, device: str = "auto") -> Judge:
    """The trained judge of support. Loaded once in a process: library calls that name no judge share it."""
    from rag.verify.calibration import calibrated, calibration_file, load
    from rag.verify.judges import WholeSentenceJudge

    return WholeSentenceJudge(calibrated(uncalibrated_judge(device=device), load(calibration_file())))


def uncalibrated_judge(*, device: str = "auto") -> Judge:
    """The trained judge's own scores, which a calibration is made from."""
    from rag.backends.cross_encoder import CrossEncoderJudge
    from rag.verify.judges import PlainlyWordedJudge

    return PlainlyWordedJudge(CrossEncoderJudge(_cross_encoder("support", labels=3, device=device)))


@lru_cache(maxsize=2)
def embedded_answer_judge(*, device: str = "auto") -> AnswerJudge:
    """The trained judge of whether a sentence answers a question; loaded once in a process."""
    from rag.backends.cross_encoder import CrossEncoderAnswerJudge

    return CrossEncoderAnswerJudge(_cross_encoder("answer", labels=2, device=device))


def _cross_encoder(name: str, *, labels: int, device: str) -> CrossEncoder:
    from rag.backends.cross_encoder import CrossEncoder
    from rag.models import encoder_folder, rag_home
    from rag.resources import weights

    keep_offline()
    return CrossEncoder(encoder_folder(rag_home()), weights(name), labels=labels, device=device)


_THOROUGH_GIB = 6
"""The writer's first layers in float32, which a processor without bfloat16 needs."""


def second_opinion(judge: Judge, *, thorough: bool = False) -> SecondOpinion | None:
    """Who labels claims in words of their own; None where none was made for ``judge``.

    ``thorough``: the embedded writer reads them too. Then it raises ModelMissing without that writer, DoesNotFit without the memory
    for it, and UsageError for a judge or a writer that the maps were not made for.
    """
    from rag.backends.joined import Joined, Maps, WriterStates
    from rag.models import model_id, rag_home, writer_folder
    from rag.resources import weights

    maps = Maps(weights("second"))
    if not thorough:
        return Joined(judge.id, default_encoder(), maps) if maps.judge == judge.id else None
    folder = writer_folder(rag_home())
    if maps.writer != model_id(folder):
        raise UsageError(
            f"{maps.id} was made for the writer {maps.writer}, found {model_id(folder)}; run training/second.py"
        )
    demo = load_profile("demo")
    needs = demo.needs.model_copy(update={"memory_gib": _THOROUGH_GIB})
    check_fits(demo.model_copy(update={"needs": needs}))
    keep_offline()
    return Joined(judge.id, default_encoder(), maps, WriterStates(folder))


def premise_reader(judge: Judge, settings: Settings) -> SecondOpinion | None:
    """The embedded writer, who reads the sentences for and against a premise; None where rules and judge decide alone: by
    ``settings``, with another judge, without that writer or the memory for it. Loaded at the first premise."""
    if not settings.verification.premise_read:
        return None
    try:
        return second_opinion(judge, thorough=True)
    except (ModelError, UsageError):
        return None


def claim_verifier(
    judge: Judge | None = None, settings: Settings | None = None, *, second: SecondOpinion | None = None
) -> ClaimVerifier:
    """Verifies claims that come with their evidence; by default with the embedded judge and default settings.

    ``second``: see ``ClaimVerifier``; the quick one of ``second_opinion`` when not given.
    """
    from rag.ingest.language import sentence_language
    from rag.verify.claims import ClaimVerifier
    from rag.verify.verifier import make_checks

    settings = settings or Settings()
    judge = judge or embedded_judge()
    return ClaimVerifier(
        make_checks(judge, settings.verification),
        judge,
        settings.verification,
        language_of=lambda text: sentence_language(text, seed=settings.ingest.language_seed),
        languages=settings.ingest.languages,
        second=second or second_opinion(judge),
    )


def verify_claims(
    items: Iterable[ClaimToVerify | Mapping[str, Any]],
    judge: Judge | None = None,
    settings: Settings | None = None,
    *,
    second: SecondOpinion | None = None,
) -> list[ClaimVerdict]:
    """Which claims their evidence supports, one verdict each and in order.

    >>> from rag import verify_claims                                         # doctest: +SKIP
    >>> verify_claims([{"id": 1, "claim": "Zinc is given for 10 to 14 days.",  # doctest: +SKIP
    ...                 "evidence": ["Give zinc for 10–14 days."]}])[0].released

    An item is a ClaimToVerify or a mapping with its fields; other fields are not read.
    ``second=second_opinion(embedded_judge(), thorough=True)`` labels claims in words of their own a little better, and takes a second or more for each. Raises UsageError for any other; a claim that
    cannot be judged gets a verdict that says why, and the rest goes on.
    """
    claims = [_claim(item, number) for number, item in enumerate(items, start=1)]
    return claim_verifier(judge, settings, second=second).verify(claims)


_EXPECTED = "expected id, claim (a text) and evidence (a list of sentences)"


def _claim(item: ClaimToVerify | Mapping[str, Any], number: int) -> ClaimToVerify:
    if isinstance(item, ClaimToVerify):
        return item
    try:
        return ClaimToVerify.model_validate(_fields(item))
    except ValidationError as error:
        (first, *_) = error.errors()
        where = ".".join(map(str, first["loc"])) or "item"
        told = "this is no list of sentences" if first["type"] == "tuple_type" else first["msg"]
        raise UsageError(f"claim {number}: {where}: {told}; {_EXPECTED}") from error
    except TypeError as error:
        raise UsageError(f"claim {number}: {error}; {_EXPECTED}") from error


def _fields(item: Any) -> Any:
    """What is read of a mapping. Raises TypeError for an id that would come back as another."""
    if not isinstance(item, Mapping):
        return item
    identity = item.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | Integral | None):
        raise TypeError(f"id: {identity!r:.60} is neither a text nor a whole number")
    return {name: item[name] for name in ClaimToVerify.model_fields if name in item}


def index_folder(given: Path) -> Path:
    """The folder itself, or, for a corpus folder, that of its index."""
    from rag.catalogue.file import NAME, index_folder_of, read

    return index_folder_of(given, read(given)) if (given / NAME).is_file() else given


def _standings(index: Path) -> Standings | None:
    """The catalogue this index belongs to, if it belongs to one. Raises CatalogueError where it is gone."""
    from rag.catalogue.scope import CatalogueReader, corpus_folder

    folder = corpus_folder(index)
    return CatalogueReader(folder) if folder else None


def _in_force(standings: Standings | None, corpus: Corpus, scope: Scope) -> InForce | None:
    from rag.retrieve.in_force import InForce

    if standings is None:
        if scope != Scope():
            raise UsageError(
                "this index belongs to no catalogue, so that nothing tells which documents were in force when; "
                "keep the corpus with `rag corpus init`"
            )
        return None
    return InForce(standings, corpus, scope)


def _retriever(
    encoder: Encoder, opened: OpenIndex, settings: Settings, in_force: InForce | None
) -> Retriever:
    from rag.retrieve.retriever import HybridRetriever

    return HybridRetriever(
        encoder, opened.vectors, opened.lexical, opened.corpus, settings.retrieval, in_force=in_force
    )


def _premises(
    retriever: Retriever, judge: Judge, selector: Selector, settings: Settings, reader: SecondOpinion | None
) -> PremiseChecker:
    from rag.verify.premises import RetrievedPremises

    return RetrievedPremises(retriever, judge, settings.verification, selector=selector, second=reader)


def _ladder(judge: Judge, retriever: Retriever, verifier: Verifier, settings: Settings) -> Ladder:
    from rag.verify.ladder import QuoteLadder
    from rag.verify.requote import JudgedQuotes

    return QuoteLadder(JudgedQuotes(judge, settings.verification), retriever, verifier, settings)


def _conflicts(judge: Judge) -> ConflictFinder:
    from rag.verify.conflicts import DisagreeingSources

    return DisagreeingSources(judge)


def _verifier(
    judge: Judge, answer_judge: AnswerJudge, writer: Writer, settings: Settings, profile: Profile
) -> Verifier:
    from rag.answer.prompts import relevance_prompt
    from rag.verify.verifier import ChecklistVerifier, make_checks

    def ask_writer(question: str, claim: str, context: str) -> float:
        return writer.yes_probability([relevance_prompt(question, claim, context, profile.family)])[0]

    chosen = settings.verification
    checks = make_checks(
        judge,
        chosen,
        answer_judge=None if chosen.ask_writer else answer_judge,  # docs/log.md: not measured together yet
        ask_writer=ask_writer if chosen.ask_writer else None,
    )
    return ChecklistVerifier(checks, chosen)


def _ids(
    opened: OpenIndex,
    encoder: Encoder,
    writer: Writer,
    judge: Judge,
    answer_judge: AnswerJudge,
    reader: SecondOpinion | None,
    settings: Settings,
    profile: Profile,
    catalogue: str,
) -> Ids:
    return Ids(
        corpus=opened.corpus.id,
        index=opened.manifest.index_id,
        encoder=encoder.id,
        writer=writer.id,
        quantisation=writer.quantisation,
        prompt=_prompt_id(profile),
        settings=settings.id,
        profile=profile.name,
        seed=settings.writing.seed,
        software=__version__,
        judge=judge.id,
        answer_judge=answer_judge.id,
        premise_reader=reader.id if reader else "",
        support_threshold=settings.verification.support_threshold,
        catalogue=catalogue,
    )


def _prompt_id(profile: Profile) -> str:
    """One hash of every prompt file that this profile uses."""
    from rag.answer.prompts import load_prompt

    hashes = "".join(load_prompt(task, profile.family).hash for task in ("answer", "judge", "relevant"))
    return sha256(hashes.encode()).hexdigest()[:16]
