"""Two documents of a corpus, sentence by sentence: what is new, gone or changed, and how it matters.

Of a changed sentence it is told whether a figure with its unit and comparator, a negation or the strength of the advice
changed. In doubt it is told: a mark too many costs a look, a mark too few may cost a dose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from difflib import SequenceMatcher
from heapq import nlargest
from pathlib import Path
from typing import Literal, NamedTuple

from rag.catalogue import file as catalogue_file
from rag.datatypes import Document
from rag.errors import UsageError
from rag.index.open import open_corpus
from rag.quantities import identifiers, normalise, read
from rag.store import CorpusFile
from rag.text import STOPWORDS, fold, stem
from rag.verify.negation import turned_direction

_ALIKE = 0.6
_LOOKED_AT = 8
"""So many old sentences, those that share most words with the new one, are compared letter by letter."""


MARKS = ("figures", "negation", "strength")


class Change(NamedTuple):
    kind: Literal["changed", "new", "gone"]
    old: str
    old_page: int | None
    new: str
    new_page: int | None
    figures: bool
    """Whether figures, their units, comparators or order differ; of a new or gone sentence: whether it has a figure."""
    negation: bool
    """Whether what is denied, or a word for its opposite, differs; of a new or gone one: whether it denies something."""
    strength: bool
    """Whether a word of strength (must, should, may, …) differs; of a new or gone one: whether it has one."""

    @property
    def marks(self) -> tuple[str, ...]:
        """What a clinician must see first of a changed sentence."""
        if self.kind != "changed":
            return ()
        return tuple(name.upper() for name in MARKS if getattr(self, name))


class _Unit(NamedTuple):
    text: str
    page: int


def difference(folder: Path, old: str, new: str) -> list[Change]:
    """Changes from one document to another, in the order of the new one."""
    catalogue = catalogue_file.read(folder)
    first, second = catalogue.entry(old), catalogue.entry(new)
    with closing(open_corpus(catalogue_file.index_folder_of(folder, catalogue))) as corpus:
        units = []
        for entry in (first, second):
            if entry.sha256 not in corpus.row_ranges():
                raise UsageError(f"{entry.id!r} is not in the index; run `rag corpus check`")
            units.append(_units(corpus, corpus.document(entry.sha256)))
    return list(_changes(*units))


def _units(corpus: CorpusFile, document: Document) -> list[_Unit]:
    found: dict[tuple[int, int], _Unit] = {}
    for passage in corpus.passages(list(corpus.row_ranges()[document.id])):
        for sentence in passage.sentences:
            page = next(p.number for p in reversed(document.pages) if p.start <= sentence.start)
            text = " ".join(document.text[sentence.start : sentence.end].split())
            found[sentence.start, sentence.end] = _Unit(text, page)
    return [found[place] for place in sorted(found)]


def _changes(old: list[_Unit], new: list[_Unit]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, [fold(u.text) for u in old], [fold(u.text) for u in new], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag != "equal":
            yield from _paired(old[i:i_end], new[j:j_end])


def _paired(old: list[_Unit], new: list[_Unit]) -> Iterator[Change]:
    """Sentences of a changed stretch: each new one with the likest old one, if any is like it."""
    left, words = dict(enumerate(old)), [frozenset(_tokens(unit.text)) for unit in old]
    for unit in new:
        mine = frozenset(_tokens(unit.text))
        near = nlargest(_LOOKED_AT, left, key=lambda n: len(mine & words[n]) / max(1, len(mine | words[n])))
        scored = [(_likeness(left[n].text, unit.text), -n) for n in near]
        best, number = max(scored, default=(0.0, 0))
        if best >= _ALIKE:
            before = left.pop(-number)
            yield Change(
                "changed", before.text, before.page, unit.text, unit.page, **_marks(before.text, unit.text)
            )
        else:
            yield Change("new", "", None, unit.text, unit.page, **_marks("", unit.text))
    for unit in left.values():
        yield Change("gone", unit.text, unit.page, "", None, **_marks(unit.text, ""))


def _likeness(old: str, new: str) -> float:
    return SequenceMatcher(None, old, new, autojunk=False).ratio()


# what changed -----------------------------------------------------------------------------------------


def _marks(old: str, new: str) -> dict[str, bool]:
    """By the name of the mark. An empty text has no figure, denies nothing and advises nothing."""
    before, after = _tokens(old), _tokens(new)
    moved = bool(old and new) and before != after and sorted(before) == sorted(after)
    touched = {word for words in _differing(before, after) for word in words}
    return {
        "figures": figures(old) != figures(new) or (moved and bool(figures(new))),
        "negation": any(map(_NEGATION.fullmatch, touched))
        or (moved and any(map(_NEGATION.fullmatch, before)))
        or bool(old and new and turned_direction(new, [old])),
        "strength": any(map(_STRENGTH.fullmatch, touched))
        or (moved and any(map(_STRENGTH.fullmatch, before))),
    }


def figures(text: str) -> list[tuple[str, ...]]:
    """Figures in order, each with comparator, unit and what it is divided by, or else with the word behind it.

    What is no quantity (1.2.3, CE3b, "double") counts as it is written. One quantity written in two ways is one:
    "1,000 mg twice daily" and "1000 milligrams bid".
    """
    clean, found, rest = normalise(text), [], list(normalise(text))
    for quantity in read(text):
        behind = _WORD_BEHIND.match(clean, quantity.end)
        counted = behind[1] if behind and not quantity.unit and behind[1] not in STOPWORDS else ""
        what = " ".join((quantity.unit, *sorted(quantity.per), stem(counted))).strip()
        found.append(
            (quantity.comparator, str(quantity.low.normalize()), str(quantity.high.normalize()), what)
        )
        rest[quantity.start : quantity.end] = " " * (quantity.end - quantity.start)
    others = [(one,) for one in _FIGURE.findall("".join(rest))]
    return [*found, *others, *((name,) for name in identifiers(text))]


_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_WORD_BEHIND = re.compile(r"[ -]([a-z]{2,})")
_NEGATION = re.compile(
    r"not|no|never|none|nor|neither|without|unless|except(?:ing)?|avoid(?:s|ed|ing|ance)?|contra-?indicat\w+|withh[eo]ld\w*|against"
    r"|stop\w*|discontinu\w+|refrain\w*|prohibit\w*|forbid\w*|exclud\w+|un(?:safe|suitable|necessary|likely)|in(?:appropriate|advisable|eligible)"
)
_STRENGTH = re.compile(
    r"must|shall|should|ought|may|might|can|could|would|need(?:s|ed)?|required?|requires|mandatory|obligatory|compulsory|optional(?:ly)?"
    r"|always|only|usually|routine(?:ly)?|recommend\w*|suggest\w*|advis\w+|consider\w*|prefer\w*|encourag\w+|discourag\w+|allow(?:s|ed)?"
    r"|permit\w*|strong(?:ly)?|weak(?:ly)?|conditional(?:ly)?|first-line|second-line|third-line"
)
_TOKEN = re.compile(r"[^\W_]+(?:['.\-/][^\W_]+)*")


def _tokens(text: str) -> list[str]:
    """Words in order; "mustn't", "cannot" and "must never" as "must not", "can not" and "must not"."""
    plain = re.sub(r"\bcannot\b|\bcan't\b", "can not", fold(text))
    plain = re.sub(r"\bnever\b", "not", re.sub(r"\bwon't\b", "will not", plain).replace("n't", " not"))
    return _TOKEN.findall(plain)


def _differing(old: list[str], new: list[str]) -> Iterator[list[str]]:
    """Words that only one of the two has at its place."""
    for tag, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield old[i:i_end] + new[j:j_end]
