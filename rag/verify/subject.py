"""What a statement and a sentence speak of, and whether that is the same: topic, people, drugs.

Words without figures and without those that any recommendation has. Knows no document and no model.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.datatypes import Quote
from rag.text import listed, stem
from rag.verify.asserted import SOURCE, VERB
from rag.verify.candidates import plain, wide
from rag.verify.common import drugs_in, shown
from rag.vocabulary import clinical_terms, population


class Opposition(NamedTuple):
    """How a sentence speaks against a statement."""

    strength: float
    """0..1: how much of what the sentence speaks of is what the statement speaks of; 0: it does not oppose."""
    detail: str = ""


NONE = Opposition(0.0)
LEAST_SHARED = 2
"""Words of the subject that both must have."""
MOST_OF = 0.6


GENERIC = frozenset(
    stem(word)
    for word in listed("""use used using give given giving take taken recommend recommended recommendation suggest suggested advise advised advice allow allowed allows let lets permit
    permitted need needed needs require required compulsory mandatory optional necessary safe unsafe feasible appropriate indicated contraindicated avoid avoided prefer preferred first line choice
    must should may can patient patients people person persons adult adults case cases treatment treat treated treating therapy medicine medicines drug drugs setting settings system systems
    purpose purposes guideline guidance guide document protocol sheet card strong conditional weak certainty evidence quality category type low moderate high very not no never only always
    one two three another other same way longer also still any all every each day days week weeks month months year years hour hours minute minutes mg kg ml mmhg daily weekly monthly aged age source facts who cdc nice where when there within upon annual annually yearly apply applies later earlier""")
)  # fmt: skip
NUMBER = re.compile(r"[\d.,]+")
_UNITS = re.compile(
    r"(?<=\d) ?(?:mg|g|kg|mcg|µg|ml|l|mmol|meq|iu|mmhg|dl|micrograms?)(?:/(?:kg|l|dl|ml|min|hour|day|min))*\b|(?<=\d)%",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def subject(text: str) -> frozenset[str]:
    """What a text speaks of: its words without figures, and without those any recommendation has."""
    words = plain(_UNITS.sub(" ", text))
    return frozenset(word for word in words if word not in GENERIC and not NUMBER.fullmatch(word))


def shared_part(text: str, other: str) -> float:
    """Share of the subject of ``text`` that ``other`` speaks of, in these words or in other words for them."""
    wanted = subject(text)
    return len(wanted & wide(other)) / len(wanted) if wanted else 0.0


_REFERS_BACK = re.compile(
    r"^\W*(?:[\w.]{1,4}\W{1,2}|recommendation \d+\W+)?(?:they|it|this|these|those|neither|both|such|the (?:two|three|same|latter|former))\b",
    re.IGNORECASE,
)


def told(quote: Quote, before: str = "") -> str:
    """The quote's words, and the sentence before where the quote speaks of it: "They must not be combined"."""
    return f"{before}\n{shown(quote)}" if before and _REFERS_BACK.search(quote.text) else shown(quote)


def frame_of(quote: Quote, before: str = "") -> str:
    """``told`` under title and headings."""
    return "\n".join((quote.title, *quote.section, told(quote, before)))


def other_people(statement: str, quote: Quote, before: str = "") -> bool:
    """The quote is about children, pregnancy or the like, and the statement is not; or the reverse.

    A failing organ in the quote is only one of several cases where it names the statement's own disease too.
    """
    meant, found = population(statement) - {"adult"}, population(shown(quote)) - {"adult"}
    if {form for term in clinical_terms(statement) if term.specific for form in term.forms} & _names(quote):
        found -= {"renal impairment", "hepatic impairment"}
    return bool(found - meant) or bool(meant and not meant & population(frame_of(quote, before)))


def _names(quote: Quote) -> set[str]:
    return {form for term in clinical_terms(shown(quote)) if term.specific for form in term.forms}


def other_drugs(statement: str, quote: Quote, before: str = "") -> bool:
    """Both name drugs, and none in common."""
    meant, found = drugs_in(statement), drugs_in(told(quote, before))
    return bool(meant and found and not meant & found)


_PARTS = re.compile(
    rf"{VERB.pattern}|\b(?:in|for|at|with|on|to|after|before|by|until|over|under|from|as|during|within|if|when|than|of)\b",
    re.IGNORECASE,
)
ACTS = frozenset(
    map(
        stem,
        listed(
            "start starting begin beginning initiate initiating stop stopping continue continuing add adding switch switching clinician clinicians staff us we"
        ),
    )
)


@lru_cache(maxsize=2048)
def topic(statement: str) -> str:
    """What it is about: its first words, or the next where those only name who speaks or what is done."""
    for part in _PARTS.split(statement):
        if subject(part or "") - ACTS and not SOURCE.search(part):
            return part
    return statement


@lru_cache(maxsize=2048)
def matter(statement: str) -> frozenset[str]:
    """What it speaks of from its topic on, without those who only say or do it."""
    return subject(statement[statement.index(topic(statement)) :]) - ACTS


def met(statement: str, text: str) -> float:
    """Share of the statement's matter that the text speaks of."""
    wanted = matter(statement)
    return len(wanted & wide(text)) / len(wanted) if wanted else 0.0


def on_topic(statement: str, text: str) -> bool:
    """The text names what the statement is about, or its class; of a long name, two words in five."""
    named = topic(statement)
    wanted = subject(named) - ACTS
    by_class = bool((wide(named) - plain(named)) & plain(text))
    return len(wanted & wide(text)) + by_class >= max(min(2, len(wanted)), 0.4 * len(wanted))
