"""Random histories of a corpus against a plain account of them; and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue.entries import catalogue, entry
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.backends import bm25, faiss
from rag.catalogue.entry import Status, last_day_of, standing_on, state_on
from rag.catalogue.file import Catalogue
from rag.catalogue.lifecycle import (
    changed,
    confirm,
    draft,
    end,
    left_without,
    replaced,
    restore,
    supersede,
    unlinked,
    why_silent,
)
from rag.datatypes import Document, DocumentState, Page, Passage, Scope, Sentence, Standing
from rag.errors import UsageError
from rag.retrieve.in_force import InForce
from rag.retrieve.retriever import HybridRetriever
from rag.settings import IndexSettings, RetrievalSettings

NAMES = ("alpha", "beta", "gamma", "delta")
PASSAGES = 6
FIRST = date(2020, 1, 1)
days = st.integers(0, 400).map(lambda n: FIRST + timedelta(days=n))
acts = st.one_of(
    st.tuples(st.just("supersede"), st.sampled_from(NAMES), st.sampled_from(NAMES), st.none() | days),
    st.tuples(st.sampled_from(["withdraw", "retract"]), st.sampled_from(NAMES), days),
    st.tuples(st.just("restore"), st.sampled_from(NAMES)),
    st.tuples(st.just("draft"), st.sampled_from(NAMES)),
    st.tuples(st.just("until"), st.sampled_from(NAMES), days),
    st.tuples(st.just("remove"), st.sampled_from(NAMES)),
)


class Account:
    """The same history, kept as plainly as can be: a first day, and the days on which something ended it."""

    def __init__(self, starts: dict[str, date]) -> None:
        self.starts = dict(starts)
        self.closed: dict[str, date] = {}
        self.successor: dict[str, str] = {}
        self.frozen: dict[str, date] = {}
        self.drafts: set[str] = set()
        self.gone: set[str] = set()

    def in_force(self, name: str, day: date) -> bool:
        if name in self.gone or name in self.drafts or day < self.starts[name]:
            return False
        ends = [self.closed.get(name), self.frozen.get(name)]
        if name in self.successor:
            ends.append(self.starts[self.successor[name]])
        return all(day < one for one in ends if one is not None)


def lived(history: list[Any]) -> tuple[Catalogue, Account]:
    """Both after the history; an act that the library refuses is left out of both."""
    made = catalogue(
        *(entry(name, effective_from=FIRST + timedelta(days=30 * i)) for i, name in enumerate(NAMES))
    )
    account = Account({one.id: one.first_day for one in made.document})
    for act, name, *more in history:
        if name in account.gone or (act == "supersede" and more[0] in account.gone):
            continue
        try:
            made = _applied(made, act, name, more)
        except UsageError:
            continue
        if act == "supersede":
            account.successor[name] = more[0]
            account.starts[more[0]] = more[1] or account.starts[more[0]]
        elif act in ("withdraw", "retract"):
            account.closed[name] = more[0]
            account.drafts.discard(name)
        elif act == "restore":
            if account.closed.pop(name, None) is None:
                account.successor.pop(name, None)
            account.drafts.discard(name)
        elif act == "draft":
            account.drafts.add(name)
            account.closed.pop(name, None)
        elif act == "until":
            account.frozen[name] = more[0] + timedelta(days=1)
        elif act == "remove":
            for old in [old for old, new in account.successor.items() if new == name]:
                del account.successor[old]
                limit = max(account.starts[name], account.starts[old] + timedelta(days=1))
                account.frozen[old] = min(account.frozen.get(old, limit), limit)
            account.gone.add(name)
    return made, account


def _applied(made: Catalogue, act: str, name: str, more: list[Any]) -> Catalogue:
    if act == "supersede":
        return replaced(made, supersede(made, name, more[0], start=more[1]))
    if act in ("withdraw", "retract"):
        status = Status.WITHDRAWN if act == "withdraw" else Status.RETRACTED
        return replaced(made, end(made, name, status, day=more[0], reason=None))
    if act == "restore":
        return replaced(made, restore(made, name))
    if act == "draft":
        return replaced(made, draft(made, name))
    if act == "until":
        return replaced(made, [changed(made.entries[name], effective_until=more[0])])
    return replaced(made, unlinked(made, name), removed=[name])


@given(st.lists(acts, max_size=12), days)
@settings(max_examples=400, deadline=None)
def test_a_document_is_in_force_exactly_when_its_history_says_so(history: list[Any], day: date) -> None:
    made, account = lived(history)
    for name in NAMES:
        expected = account.in_force(name, day)
        found = (
            name in made.entries and state_on(made.entries[name], made.entries, day) is DocumentState.CURRENT
        )
        assert found == expected, (name, day, history)


class FourDocuments:
    """Fits ``ports.Corpus``: each name is a document of many passages that speak of the same."""

    id = "four"

    def __init__(self) -> None:
        self._documents, self._passages, self._rows = {}, [], {}
        for name in NAMES:
            parts = [f"dose of aspirin, part {n} of {name}." for n in range(PASSAGES)]
            text, identity, start = "\n".join(parts), entry(name).sha256, 0
            self._documents[identity] = Document(
                id=identity, name=f"{name}.md", source=f"/{name}.md", title=name, language="en",
                media_type="text/markdown", text=text, pages=(Page(start=0, end=len(text), number=1),),
            )  # fmt: skip
            self._rows[identity] = range(len(self._passages), len(self._passages) + PASSAGES)
            for part in parts:
                self._passages.append(
                    Passage(
                        id=f"{name}{start}", document_id=identity, start=start, end=start + len(part), text=part, page=1,
                        sentences=(Sentence(start=start, end=start + len(part)),),
                    )
                )  # fmt: skip
                start += len(part) + 1

    def document(self, document_id: str) -> Document:
        return self._documents[document_id]

    def documents(self) -> list[Document]:
        return list(self._documents.values())

    def row_ranges(self) -> dict[str, range]:
        return self._rows

    def passages(self, rows: Any) -> list[Passage]:
        return [self._passages[int(row)] for row in rows]

    def __len__(self) -> int:
        return len(self._passages)


class Encoder:
    id, dimension, max_tokens = "letters", 8, 256

    def count_tokens(self, texts: Any) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Any) -> Any:
        found = np.array(
            [[1.0, *(text.count(letter) / 9 for letter in "abcdeg1")] for text in texts], np.float32
        )
        return found / np.linalg.norm(found, axis=1, keepdims=True)


class Kept:
    """Fits ``ports.Standings`` over a catalogue in memory."""

    def __init__(self, made: Catalogue) -> None:
        self._made = made
        self.id = made.id

    def standing(self, document_id: str, day: date) -> Standing:
        found = next((one for one in self._made.document if one.sha256 == document_id), None)
        return (
            standing_on(found, self._made.entries, day) if found else Standing(state=DocumentState.UNLISTED)
        )

    def file(self, document_id: str) -> Path | None:
        return None


CORPUS = FourDocuments()
TEXTS = [passage.text for passage in CORPUS.passages(range(len(CORPUS)))]
INDEXES = {
    "exact": faiss.build(Encoder().encode(TEXTS), IndexSettings()),
    "hnsw": faiss.build(Encoder().encode(TEXTS), IndexSettings(exact_up_to=1)),
}
LEXICAL = bm25.build(TEXTS)


@pytest.mark.parametrize("kind", INDEXES)
@given(st.lists(acts, max_size=10), days, st.sets(st.sampled_from(sorted(DocumentState))))
@settings(max_examples=150, deadline=None)
def test_no_passage_of_a_document_not_in_force_is_ever_a_hit(
    kind: str, history: list[Any], day: date, include: set[DocumentState]
) -> None:
    made, account = lived(history)
    for scope in (Scope(as_of=day), Scope(as_of=day, include=tuple(sorted(include)))):
        in_force = InForce(Kept(made), CORPUS, scope)
        retriever = HybridRetriever(
            Encoder(), INDEXES[kind], LEXICAL, CORPUS, RetrievalSettings(), in_force=in_force
        )
        hits = retriever.retrieve("dose of aspirin", k=len(CORPUS))
        for hit in hits:
            assert hit.standing is not None
            name = hit.document.removesuffix(".md")
            assert account.in_force(name, day) or hit.standing.state in scope.include
            assert account.in_force(name, day) == (hit.standing.state is DocumentState.CURRENT)
        found = {hit.document.removesuffix(".md") for hit in hits}
        assert {name for name in NAMES if account.in_force(name, day)} <= found


def test_supersession_links_both_ways_and_restoring_undoes_both() -> None:
    made = catalogue(entry("old"), entry("new", effective_from=date(2021, 1, 1)))
    made = replaced(made, supersede(made, "old", "new"))
    assert made.entries["old"].superseded_by == "new"
    assert made.entries["new"].supersedes == ("old",)
    made = replaced(made, restore(made, "old"))
    assert made.entries["old"].superseded_by is None
    assert made.entries["new"].supersedes == ()


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN, Status.RETRACTED])
def test_a_dead_successor_is_refused(status: Status) -> None:
    with pytest.raises(UsageError, match=str(status)):
        supersede(catalogue(entry("old"), entry("new", status=status)), "old", "new")


def test_a_circular_successor_is_refused() -> None:
    made = catalogue(*(entry(name) for name in ("one", "two", "three")))
    made = replaced(made, supersede(made, "one", "two", start=date(2021, 1, 1)))
    made = replaced(made, supersede(made, "two", "three", start=date(2022, 1, 1)))
    with pytest.raises(UsageError):
        supersede(made, "three", "one", start=date(2023, 1, 1))


@pytest.mark.parametrize("first", [date(2021, 1, 1), date(2019, 5, 1)])
def test_a_successor_that_does_not_come_later_is_refused(first: date) -> None:
    made = catalogue(entry("old", effective_from=date(2021, 1, 1)), entry("new", effective_from=first))
    with pytest.raises(UsageError, match=rf"from {first}.* from 2021-01-01.*--from DATE"):
        supersede(made, "old", "new")
    made = replaced(made, supersede(made, "old", "new", start=date(2021, 1, 2)))
    assert state_on(made.entries["old"], made.entries, date(2021, 1, 1)) is DocumentState.CURRENT


def test_a_day_that_would_end_an_earlier_document_before_its_first_is_refused() -> None:
    made = catalogue(
        entry("one", effective_from=date(2021, 1, 1)),
        entry("two", effective_from=date(2019, 1, 1)),
        entry("new", effective_from=date(2022, 1, 1)),
    )
    made = replaced(made, supersede(made, "one", "new"))
    with pytest.raises(UsageError, match="'one', in force from 2021-01-01"):
        supersede(made, "two", "new", start=date(2020, 1, 1))


def test_restoring_undoes_what_was_done_last() -> None:
    made = catalogue(entry("old"), entry("new", effective_from=date(2021, 1, 1)))
    made = superseded = replaced(made, supersede(made, "old", "new"))
    made = replaced(made, end(made, "old", Status.WITHDRAWN, day=date(2022, 1, 1), reason="harm"))
    made = replaced(made, restore(made, "old"))
    assert made == superseded
    assert "superseded by new" in (why_silent(made.entries["old"], made.entries, date(2023, 1, 1)) or "")
    made = replaced(made, restore(made, "old"))
    assert made == catalogue(entry("old"), entry("new", effective_from=date(2021, 1, 1)))
    assert why_silent(made.entries["old"], made.entries, date(2023, 1, 1)) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"effective_until": date(2022, 1, 1)}, "its last day was 2022-01-01"),
        ({"effective_from": date(2030, 1, 1)}, "comes into force on 2030-01-01"),
    ],
)
def test_what_is_restored_and_does_not_answer_says_why(fields: dict[str, date], reason: str) -> None:
    made = catalogue(entry("one", status=Status.WITHDRAWN, **fields))
    made = replaced(made, restore(made, "one"))
    assert reason in (why_silent(made.entries["one"], made.entries, date(2023, 1, 1)) or "")


@given(st.lists(acts, max_size=12), days)
@settings(max_examples=200, deadline=None)
def test_silence_is_told_of_exactly_when_there_is_silence(history: list[Any], day: date) -> None:
    made, account = lived(history)
    for name in made.entries:
        assert (why_silent(made.entries[name], made.entries, day) is None) == account.in_force(name, day)


def test_what_a_withdrawn_successor_had_superseded_is_named() -> None:
    made = catalogue(entry("old"), entry("new", effective_from=date(2021, 1, 1)), entry("third"))
    made = replaced(made, supersede(made, "old", "new"))
    assert left_without(made, "new") == []
    dead = replaced(made, end(made, "new", Status.RETRACTED, day=date(2022, 1, 1), reason=None))
    assert left_without(dead, "new") == ["old"]
    both = replaced(dead, end(dead, "old", Status.WITHDRAWN, day=date(2022, 1, 1), reason=None))
    assert left_without(both, "new") == []
    made = replaced(made, supersede(made, "new", "third", start=date(2022, 1, 1)))
    made = replaced(made, end(made, "new", Status.RETRACTED, day=date(2023, 1, 1), reason=None))
    assert left_without(made, "new") == []


def test_what_has_no_date_counts_against_a_document() -> None:
    made = catalogue(entry("old", status=Status.WITHDRAWN))
    assert state_on(made.entries["old"], made.entries, date(2000, 1, 1)) is DocumentState.WITHDRAWN
    assert entry("x", published="2021").first_day == date(2021, 12, 31)
    assert last_day_of("2024-02") == date(2024, 2, 29)


def test_confirming_says_what_is_confirmed() -> None:
    made = catalogue(entry("one", publisher="WHO", unconfirmed=("title", "publisher")))
    (after,) = confirm(made, "one", {"publisher": "WHO"})
    assert after.unconfirmed == ("title",)
    (after,) = confirm(made, "one", {}, everything=True)
    assert after.unconfirmed == ()
    with pytest.raises(UsageError, match="title, publisher"):
        confirm(made, "one", {})
    with pytest.raises(UsageError, match="published"):
        confirm(made, "one", {"published": "soon"})


def test_remarks_go_when_they_are_named_and_not_with_the_rest() -> None:
    made = catalogue(entry("one", remarks=("is this the right file?",), unconfirmed=("title",)))
    (after,) = confirm(made, "one", {}, everything=True)
    assert after.remarks
    (after,) = confirm(made, "one", {"remarks": ""})
    assert (after.remarks, after.unconfirmed) == ((), ("title",))
    with pytest.raises(UsageError, match="cannot be written"):
        confirm(made, "one", {"remarks": "fine"})
