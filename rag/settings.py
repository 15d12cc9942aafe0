"""Every choice that changes an answer, with its unit and range. Frozen; variants by ``model_copy``.

``settings.id`` goes into every Record. What does not change an answer (number of worker
processes, paths, progress bars) is an argument elsewhere, not a setting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from rag.datatypes import Frozen

CheckName = Literal[
    "quote_exists", "numbers", "negation", "drugs", "population", "strength", "exchange", "statement", "surroundings", "restatement", "relevance",
    "case", "support", "answers",
]  # fmt: skip
REQUIRED_CHECKS: tuple[CheckName, ...] = (
    "quote_exists", "numbers", "negation", "drugs", "population", "strength", "exchange", "statement", "surroundings", "restatement", "relevance",
    "case", "support", "answers",
)  # fmt: skip

Share = Annotated[float, Field(ge=0, le=1)]

CALIBRATED_SUPPORT_THRESHOLD = 0.5
"""Lowest probability of support at which a claim may be released: that of rag/weights/calibration.json, a test says.
``python eval/calibrate.py`` computes it anew."""
CALIBRATED_ANSWERS_THRESHOLD = 0.35
"""The same for whether a claim answers its question. Chosen on a development set; it has no stated bound."""


class Checked(Frozen):
    """Values that are validated however they are made: pydantic's own copies and ``model_construct`` are not."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A variant, validated. Raises ValidationError."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**_plain(values), **_plain(update or {})})

    def copy(self, *, update: Mapping[str, Any] | None = None, **_: Any) -> Self:
        """``model_copy``; pydantic's own, which it has for its former version, checks nothing."""
        return self.model_copy(update=update)

    def __setstate__(self, state: dict[Any, Any]) -> None:
        """Raises ValidationError for a state that no constructor would make."""
        type(self).model_validate(_plain(state.get("__dict__") or {}))
        super().__setstate__(state)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """The same as the constructor: nothing is made unchecked."""
        return cls.model_validate(_plain(values))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Parts as dictionaries, so that each of them is validated again."""
    return {k: v.model_dump(warnings=False) if isinstance(v, Frozen) else v for k, v in values.items()}


class IngestSettings(Frozen):
    """Files to passages. Part of the index id: a change means another index."""

    languages: tuple[str, ...] = ("en",)
    """ISO 639-1 codes; documents in other languages are skipped with a reason."""
    passage_tokens: Annotated[int, Field(ge=32, le=512)] = 128
    """Upper size of a passage in the encoder's tokens, heading and table header included."""
    language_seed: int = 0
    """Seed of langdetect, which is random without one."""
    seconds_per_file: Annotated[float, Field(gt=0)] = 120.0
    """A file that takes longer is skipped with the reason "timeout"."""
    megabytes_per_file: Annotated[float, Field(gt=0)] = 200.0
    """A larger file is skipped with the reason "too_large"."""
    page_quality: Share = 0.5
    """Pages whose text scores less (``PageQuality.score``) are kept out of the index and named in the report."""
    ocr: bool = False
    """Recognise the text of pages that are pictures with hardly any text (extra "ocr", and the program tesseract)."""
    megabytes_per_worker: Annotated[float, Field(gt=0)] = 900.0
    """Address space a parser process may take on top of what it starts with."""


class IndexSettings(Frozen):
    """Passages to vectors. Part of the index id."""

    exact_up_to: int = 200_000
    """Passages up to which search is exact; more than that: HNSW."""
    hnsw_up_to: int = 1_000_000
    """Passages up to which the index is HNSW; more than that: IVF."""


class RetrievalSettings(Frozen):
    candidates: Annotated[int, Field(ge=10)] = 1000
    """Passages taken from each of the dense and the lexical index before fusion."""
    fusion: Literal["minmax", "rrf"] = "minmax"
    """How the two rankings are joined: min-max-normalised scores, or reciprocal rank."""
    dense_weight: Share = 0.5
    """Weight of the dense part in min-max fusion; the lexical part has the rest."""
    expand: bool = True
    """Search for clinical synonyms and abbreviations of the query as well."""
    expansion_weight: Share = 0.3
    """Lexical score of the synonyms beside that of the question's own words."""
    feedback_passages: Annotated[int, Field(ge=0, le=20)] = 3
    """Best passages of a first search whose mean vector is added to the query for a second; 0: none."""
    feedback_weight: Share = 0.3
    """Length of that mean beside the query's own vector, which has length 1."""
    same_page: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Each further passage of a page (of a section, where there is one page only) counts this much of the last."""


class SelectionSettings(Frozen):
    passages: Annotated[int, Field(ge=1, le=200)] = 30
    """Passages looked at, from the top of the fused ranking."""
    sentences: Annotated[int, Field(ge=1, le=40)] = 6
    """Most sentences or rows shown to the writer."""
    threshold: Share = 0.5
    """A selection whose best score is below this is empty: abstain."""
    judge: bool = True
    """Score the best sentences with the trained answer judge as well: half a second a question on 2 cores."""


class WritingSettings(Frozen):
    words: Literal["own", "evidence"] = "own"
    """"own": the first draft is worded by the writer. "evidence": it only chooses sentences, which are repeated
    word for word; for writers too small to be trusted with wording. Drafts after the first always do."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """0 is greedy."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Nucleus sampling; only used when temperature is above 0."""
    seed: int = 0
    """Seed of sampling; part of the Record."""
    max_claims: Annotated[int, Field(ge=1, le=10)] = 2
    """Most statements in one draft."""
    max_quotes: Annotated[int, Field(ge=1, le=8)] = 2
    """Most evidence ids per claim."""
    max_output_tokens: Annotated[int, Field(ge=32)] = 256
    """A draft that is not finished within this is rejected, never mended."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 2
    """Drafts before giving up. A later one is told what failed before, and not offered again what did not answer."""


class VerificationSettings(Checked):
    required: tuple[CheckName, ...] = REQUIRED_CHECKS
    """Checks that must be present and passed for a claim to be released. More may be named, none left out."""
    support_threshold: Share = CALIBRATED_SUPPORT_THRESHOLD
    """A claim whose support score is below this is dropped. Calibrated; can only be raised."""
    relevance_threshold: Share = 0.5
    """A claim whose relevance score is below this is dropped."""
    answers_threshold: Share = CALIBRATED_ANSWERS_THRESHOLD
    """Least probability that a claim answers the question. Can only be raised."""
    overrule_threshold: Share = 0.6
    """The same for a claim of a draft made after the writer had found no answer."""
    refute_threshold: Share = 0.6
    """A premise of the question that a sentence refutes at least this clearly is corrected, and nothing else answered."""
    read_refute_threshold: Share = 0.5
    """The same where the embedded writer reads the sentences."""
    confirm_threshold: Share = 0.95
    """A premise of the question that a sentence supports at least this clearly is called confirmed. No bound is known for it."""
    premises: Annotated[int, Field(ge=0, le=6)] = 3
    """Most premises of one question that are looked up; 0: none."""
    premise_sentences: Annotated[int, Field(ge=1, le=40)] = 12
    """Sentences compared with each premise, beside those the selector chooses for it."""
    premise_read: Annotated[int, Field(ge=0, le=40)] = 6
    """Of these, the embedded writer reads so many, and two that have most words of the premise, where it is there: half a second each on 2 cores with bfloat16, several without. 0: none."""
    ladder_claims: Annotated[int, Field(ge=0, le=4)] = 2
    """Most claims of one draft for which other quotes are looked for when a check fails; 0: none."""
    ladder_sentences: Annotated[int, Field(ge=1, le=40)] = 8
    """Sentences shown to the judge in each such look."""
    ladder_trials: Annotated[int, Field(ge=1, le=6)] = 3
    """Sets of other quotes with which one claim goes through every required check again."""
    ask_writer: bool = True
    """The check "answers" is the writer's own yes or no; without it, the trained answer judge's."""

    @field_validator("required")
    @classmethod
    def _none_left_out(cls, required: tuple[CheckName, ...]) -> tuple[CheckName, ...]:
        absent = [name for name in REQUIRED_CHECKS if name not in required]
        if absent:
            raise ValueError(f"no check may be left out; missing: {', '.join(absent)}")
        return required

    @model_validator(mode="after")
    def _only_raised(self) -> Self:
        for name, least in _LEAST.items():
            if not getattr(self, name) >= least:
                raise ValueError(
                    f"{name} is {getattr(self, name)}, expected {least} or more: the calibrated threshold can only be "
                    "raised. To lower it, calibrate anew (python eval/calibrate.py)"
                )
        return self


_LEAST = {
    "support_threshold": CALIBRATED_SUPPORT_THRESHOLD,
    "answers_threshold": CALIBRATED_ANSWERS_THRESHOLD,
}


class Settings(Checked):
    ingest: IngestSettings = IngestSettings()
    index: IndexSettings = IndexSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    selection: SelectionSettings = SelectionSettings()
    writing: WritingSettings = WritingSettings()
    verification: VerificationSettings = VerificationSettings()

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 of the settings as JSON."""
        return _short_hash(self.model_dump_json())

    @property
    def index_id(self) -> str:
        """The same of the part an index depends on."""
        return _short_hash(self.model_dump_json(include={"ingest", "index"}))

    @property
    def ingest_id(self) -> str:
        """The same of the part that documents are cut with."""
        return _short_hash(self.model_dump_json(include={"ingest"}))


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
