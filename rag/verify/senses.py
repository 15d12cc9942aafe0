"""The words of a text that carry sense, by their stems, for comparing a claim with a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.text import fold, listed, stem
from rag.verify.wording import plain_wording
from rag.vocabulary import ambiguous_forms, equivalents, expansions


class Word(NamedTuple):
    text: str
    root: str
    kind: str
    """ "" for a word with a sense of its own, else the class in which words stand for one another."""


_LIGHT = frozenset(
    listed("""a an the this that these those it its they them their there here we our us he she his her him which who whom whose
    is are was were be been being am has have had having do does did done will shall
    in on of at to into from by with for as per via upon within towards toward about through throughout during aged
    and also so thus therefore hence however moreover furthermore additionally indeed namely
    become becomes became get gets give gives given giving use used uses using make makes made take takes taken taking receive receives received
    receiving administer administers administered administering performed conducted patient patients people person persons individual individuals""")
)  # fmt: skip
"""Words that may come and go. Not among them: any that denies, limits, doubts, compares or tells when."""
DENIAL = "denial"
_KINDS = {
    word: kind
    for kind, words in (
        (DENIAL, "not no never neither nor none cannot without nobody nothing"),
        (
            "advice",
            "should recommend recommends recommended recommending recommendation advise advises advised ought advisable",
        ),
        ("duty", "must required requires require mandatory obligatory needs"),
        ("option", "may might can could optional possible possibly"),
        ("suggestion", "suggest suggests suggested suggesting"),
        ("all", "all every each"),
        ("many", "most majority"),
        ("first", "before prior"),
        ("if", "if when where whenever"),
        ("because", "because due owing"),
        ("while", "while whereas although though"),
        ("%", "% percent"),
    )
    for word in words.split()
}
_TOKEN = re.compile(r"[<>]=?|\d+(?:[.,]\d+)*|[^\W\d_]+|%|(?<=\w)[+-](?!\w| ?(?:and|or)\b)")
"""With the sign of HER2+ and Cl-."""


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[Word, ...]:
    """The words that carry sense, in order, of a text in plain wording."""
    return tuple(
        Word(word, root_of(word), _KINDS.get(word, ""))
        for word in _TOKEN.findall(
            _AND_LINK.sub("andalso ", _A_FEW.sub(r"a\1", plain_wording(_names_kept(text))))
        )
        if word not in _LIGHT
    )


_AND_LINK = re.compile(r"\band (?=(?:in|on|at|with|for|during|to|from|by|of|after|before|if|when|where)\b)")
"""Two cases, not one: "below 30 and in pregnancy" is not "below 30 in pregnancy"."""
_BRACKETED = re.compile(
    r"\b(stage|grade|class|type|group|category|level|phase|step|score|mg|g|ml|units?) \((\d{1,3})\)(?= [a-z])",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"(?:(?<=[\w,)%] )[A-Z]{1,4}|^[A-Z]{2,4})\b(?!\.[A-Z])")


def _names_kept(text: str) -> str:
    """A word in capitals within a sentence is a name, though it reads like a small word: vitamin A, AS, US. A number in
    brackets behind such a word is no reference mark: "stage (4) disease"."""
    text = _BRACKETED.sub(r"\1 \2", text)
    if _in_capitals(text):
        return text
    return _CAPITALS.sub(lambda match: f"{match[0]}name" if _is_name(match[0]) else match[0], text)


def _is_name(word: str) -> bool:
    """WHO aside, whose long form is known."""
    return word.lower() in _LIGHT and word != "WHO"


def _in_capitals(text: str) -> bool:
    """Most of its letters, so that a capital tells nothing."""
    return sum(map(str.isupper, text)) * 2 > sum(map(str.isalpha, text))


def cased_like(text: str, other: str) -> str:
    """A text in small letters or capitals throughout, with the names in capitals that the other has behind the same word."""
    if text != text.lower() and not _in_capitals(text):
        return text
    text = text.lower()
    for name in _CAPITALS.finditer(other):
        before = re.findall(r"[^\W_]+", other[: name.start()])[-1:]
        if before and _is_name(name[0]):
            behind = re.compile(rf"(?<={re.escape(before[0].lower())} ){name[0].lower()}\b")
            text = behind.sub(name[0], text)
    return text


_AS_READ = {"andalso": "and", "afew": "a few", "alittle": "a little", "aoption": "an option"}


def spoken(word: Word) -> str:
    """As its text had it."""
    name = word.text.removesuffix("name")
    return name.upper() if name != word.text and name in _LIGHT else _AS_READ.get(word.text, word.text)


def root_of(word: str) -> str:
    """The stem, with an ending kept that makes another word: "preventable" is not "prevented"."""
    ending = _OWN_SENSE.search(word)
    return stem(word) + (f"+{ending[1]}" if ending else "")


_OWN_SENSE = re.compile(r"\w{4}(able|ible|ative)s?$")
_A_FEW = re.compile(r"\ban? (few|little|option)\b")
"""Not "few", "little" and "the option"."""


def roots_of(text: str) -> set[str]:
    return {word.root for word in words_of(text)}


@lru_cache(maxsize=8192)
def forms_of(text: str) -> frozenset[tuple[str, ...]]:
    """What may be written for a term of the text, as stems in order: long form, short form, generic name, spelling.

    A form counts whole: of "COPD" the word "chronic" alone is not said.
    """
    plain = plain_wording(text)
    forms = {form for form in (*expansions(text), *expansions(plain)) if form not in ambiguous_forms()}
    forms |= {
        form
        for word in words_of(text)
        if not word.kind
        for form in equivalents(word.text)
        if form not in ambiguous_forms() or form == word.text
    }
    tokens = frozenset(_TOKEN.findall(plain))
    found = (tuple(_TOKEN.findall(fold(form))) for form in forms)
    return frozenset(
        stems
        for words in found
        if words
        and (words[-1] not in _DEGREES or words[-1] in tokens or "".join(w[0] for w in words) in tokens)
        if (stems := tuple(root_of(word) for word in words if word not in _LIGHT and word not in _KINDS))
    )


_DEGREES = frozenset(("failure", "disease", "impairment", "insufficiency", "injury"))
"""Of one organ they are wide synonyms for a search and other findings for a claim: "liver disease" is not "liver failure"."""


FIRM = frozenset(("advice", "duty"))
"""What a claim may leave unsaid: "children receive zinc" of "children should receive zinc". It may not add them."""


def count(words: Sequence[Word], kind: str) -> int:
    return sum(word.kind == kind for word in words)


def senses_of(text: str) -> frozenset[str]:
    """Stems of the words that carry sense, words that deny left out."""
    return frozenset(word.root for word in words_of(text) if word.kind != DENIAL)


def denials_of(text: str) -> int:
    """How many words of the text deny."""
    return count(words_of(text), DENIAL)
