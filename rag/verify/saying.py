"""Whether a sentence says what a statement says: in words of the same kinds, within the same bounds, with its figures.

For premises, which are confirmed by any sentence that says them; a claim has checks of its own. Knows no model.
"""

from __future__ import annotations

import re

from rag.datatypes import Quote, SentenceKind
from rag.text import fold, listed
from rag.verify.common import in_context, shown
from rag.verify.exchange import exchanged, turned
from rag.verify.order import out_of_order
from rag.verify.senses import words_of
from rag.verify.subject import met, on_topic
from rag.verify.surroundings import CONDEMNED
from rag.verify.wording import plain_wording

_KINDS = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        "safe|safely|harmless", "must|do not|never|required?|requires|mandatory|compulsory|ha(?:s|ve) to|needs?|needed", "only|alone|sole|solely", "first|initial|begin|start|starting",
        "before|prior|precede[sd]?", "after|following", "always|every|each|all|any|regardless", "never|not|no|avoid|avoided|cannot|neither|without|contra-?indicated|contraindication",
        r"stop\w*|discontinu\w*", r"continu\w*", "add(?:s|ed|ing)?", r"switch\w*",
        "best|better|prefer|preferred|preference|preferable", "instead|rather|replaces?", "until", "together|combined|combination", "effective|works?", "may|can|could|allow(?:s|ed)?|permit(?:s|ted)?|consider(?:ed)?|optional",
    )
)  # fmt: skip
_COUNTS = {word: str(n) for n, word in enumerate(listed("two three four five six seven eight nine ten"), 2)}
_BOUNDS = tuple(
    re.compile(rf"\b(?:{words})\b|{signs}")
    for words, signs in (
        (rf"always|every(?! (?:\d|other|hour|day|week|month|year|{'|'.join(_COUNTS)}))|each(?! (?:hour|day|week|month|year))|all|any|anyone|everyone|everybody|whatever|whenever|regardless", "(?!)"),
        ("only|alone|sole|solely|exclusively", "(?!)"), ("before|prior to|precede[sd]?", "(?!)"), ("until|up to", "(?!)"), ("after|following", "(?!)"),
        ("must|ha(?:s|ve) to|requires?|required|mandatory|compulsory|obligatory|needs?|needed|necessary|do not|never", "(?!)"),
        (r"above|over(?= \d)|exceed\w*|(?:more|greater|higher|older|longer) than|from(?= \d)", "[>≥]"), (r"below|under(?= \d)|less than|fewer than|lower than", "[<≤]"),
        ("at least|minimum|no (?:less|fewer|lower) than|or (?:more|older|longer|higher|above)", "≥"), ("at most|maximum|not? (?:more|longer|later|greater|higher) than|or (?:less|younger|shorter|lower|below)|up to|within", "≤"),
    )
)  # fmt: skip
"""Words that widen, narrow or bound what is said."""


def bounds(text: str) -> frozenset[int]:
    """Which of the kinds of ``_BOUNDS`` a text has: a sentence confirms no statement with a kind that it lacks."""
    held = fold(text)
    return frozenset(place for place, kind in enumerate(_BOUNDS) if kind.search(held))


_DIRECTED = re.compile(
    r"\b(?:before|after|prior|follow\w*|then|until|prefer\w*|rather|instead|than|replac\w*|switch\w*|chang\w*|convert\w*|rais\w*|lower\w*|increas\w*|decreas\w*|reduc\w*|caus\w*|lead\w*|not)\b"
)
"""What stands on which side of these words decides the sense."""
_ADVICE = re.compile(
    r"\b(?:recommend\w*|suggest\w*|advis\w+|should|must|offer\w*|prefer\w*|give[ns]?|use|used|do not|start|begin|need\w*|require\w*|is|are)\b"
)


_EXCEPTION = re.compile(
    r"\b(?:other than|except(?:ing|ion of)?(?: for)?|excluding|apart from|aside from|but not|not including|save for)\b [^,;.()]+"
)


def excepted(statement: str, quote: Quote) -> bool:
    """The sentence makes an exception of what the statement is about, or any where that speaks of all: "equipment, other than respirators"."""
    said, held = fold(statement), fold(shown(quote))
    rest = _EXCEPTION.sub(" ", held)
    if rest == held or _EXCEPTION.search(said):
        return False
    return bool(_BOUNDS[0].search(said)) or met(statement, rest) < met(statement, held)


_ONLY_IN_PART = re.compile(
    rf"\b(?:{CONDEMNED}|believ\w+|thought to|asked (?:if|whether)|debated|controversial|given up|once (?:recommended|used|thought|believed)|if|unless|only|provided that|whether)\b"
)


def told_otherwise(statement: str, quote: Quote) -> bool:
    """The sentence asks, doubts, condemns or bounds to a case, in words that the statement lacks: "common myth: it is safe"."""
    said, held = fold(statement), fold(shown(quote))
    return quote.text.rstrip().endswith("?") or not set(_ONLY_IN_PART.findall(held)) <= set(
        _ONLY_IN_PART.findall(said)
    )


def figures(text: str) -> frozenset[str]:
    """The figures in it, in digits."""
    found = re.findall(rf"\d+(?:[.,]\d+)*|\b(?:{'|'.join(_COUNTS)})\b", fold(text))
    return frozenset(_COUNTS.get(figure, figure) for figure in found)


def says(statement: str, quote: Quote, frame: str) -> bool:
    """The sentence speaks of all that the statement does, in words of each kind that the statement has, in an order that
    keeps the sense."""
    said, held = fold(statement), fold(shown(quote))
    if quote.kind is not SentenceKind.SENTENCE or not _ADVICE.search(held):
        return False
    if met(statement, frame) < 1 or not on_topic(statement, in_context(quote)):
        return False
    if _DIRECTED.search(held) and out_of_order(
        statement, quote.text, words_of(plain_wording(said)), words_of(plain_wording(held))
    ):
        return False
    if exchanged(statement, [shown(quote)]) or turned(statement, [shown(quote)]):
        return False
    return all(kind.search(held) for kind in _KINDS if kind.search(said))
