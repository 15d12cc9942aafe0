"""A quote's sentences, and what may be taken from one without changing what the rest says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.text import fold
from rag.vocabulary import population

_END = re.compile(r"(?<=[a-z0-9)\]%]\.)\s+(?=[A-Z])|\n")


def sentences_of(quote: str) -> Iterator[str]:
    """The quote whole, and each of its sentences; white space is single."""
    yield from dict.fromkeys(" ".join(part.split()) for part in (quote, *_END.split(quote)) if part.strip())


_LEAD_IN = re.compile(
    r"^(?:according to (?:the |this )?(?:source|guidelines?|documents?|sheet|protocol|leaflet|authors?|panel|article|study),? "
    r"|(?:the |this )?(?:source|guideline|document|sheet|protocol|leaflet|article|section|text) (?:states|says|notes|advises|reports) that "
    r"|it is (?:stated|said|noted) that |(?:yes|no), )",
    re.IGNORECASE,
)


def without_lead_in(claim: str) -> str:
    return _LEAD_IN.sub("", " ".join(claim.split()))


_LABEL = re.compile(
    r"^(?:(?:recommendations?|statements?|key (?:points?|messages?)|notes?|box|good practice (?:points?|statements?)|results?|conclusions?|findings?|background|summary)"
    r"(?: \d+(?:\.\d+)*[a-z]?)?(?:[:.]| [-–—]) +"
    r"|(?:overall|in (?:conclusion|summary|addition|general|short)|to (?:conclude|summari[sz]e)|taken together|note that|finally|additionally|importantly|similarly),? )",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(
    r"^\d{1,2} (?!(?:Tablets?|Capsules?|Doses?|Drops?|Puffs?|Units?|Hours?|Days?|Weeks?|Months?|Years?|Patients?|Women|Men|Children|Adults|Infants"
    r"|Cases?|Trials?|Studies)\b)(?=[A-Z][a-z]+ [a-z]+ )"
    r"|^\d{1,2}(?:\.\d{1,2}){0,3} (?=(?:The|An?|In|On|At|For|From|If|When|Where|While|As|By|To|It|This|That|These|Those|There|However|Moreover|Therefore|Thus|Also"
    r"|Although|Because|Since|After|Before|During|With|Without|All|Each|Every|Some|Most|Many|Both|Furthermore)\b(?! ?\d))"
)
"""Not a number that counts something ("2 Tablets"); before a small word it counts nothing."""
_EXAMPLES = re.compile(
    r", (?:including|such as|for example,?|e\.g\.,?|for instance,?) [^,;:()]*(?:, [^,;:()]*)*\.?$"
)
"""Behind a comma: "avoid foods such as …" without one says which foods."""
_ABBREVIATED = re.compile(r" \(([A-Z][A-Za-z0-9-]{1,9}?)s?\)")
_AND_CLAUSE = re.compile(r"(?<=\w), and (?P<clause>[^;:(),]+)$")
_CLAUSE = re.compile(
    r"^(?!(?:this|that|these|those|it|they|which|who|such|its|their|the (?:former|latter|same|opposite|reverse))\b)(?:[\w-]+ ){1,6}?(?:is|are|was|were|has|have|had|should|must|can|may|will)\b",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|except|unless|only|but|however|until|respectively|both|other|opposite|contrary|false|wrong"
    r"|incorrect|untrue|refut\w+|disprov\w+|reject\w*|retract\w*|withdraw\w*|withdrawn|supersed\w*|abandon\w*|discredit\w*|disput\w*|doubt\w*|myth"
    r"|first|dos(?:e|es|age)|contraindicat\w*|condition\w*|stop\w*|except\w*|those|who|aged|\d+"
    r"|must|should|needs?|needed|requir\w*|has to|have to|provided|ensur\w*|exclud\w*|monitor\w*|check\w*|reverse\w*|obsolete|outdated|evidence|claim\w*|belie\w+|hypothes\w+|stud\w+|trial\w*|placebo|same|latter|former|then)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def variants_of(sentence: str) -> tuple[str, ...]:
    """The sentence, and what is left when a part is taken away that bounds nothing: a label, an explained abbreviation, trailing examples,
    a last clause with "and" that has a subject and a verb of its own and turns nothing."""
    numberless = _LIST_NUMBER.sub("", sentence)
    base = _LABEL.sub("", numberless)
    plain = _without_abbreviations(base)
    found = [sentence, numberless, base, plain]
    for text in (base, plain):
        match = _EXAMPLES.search(text)
        if match and not _bounds(match.group()):
            found.append(text[: match.start()])
        match = _AND_CLAUSE.search(text)
        if (
            match
            and len(text[: match.start()].split()) > FEWEST
            and _CLAUSE.match(match["clause"])
            and not _bounds(match["clause"])
        ):
            found.append(text[: match.start()])
    return tuple(dict.fromkeys(found))


def _bounds(part: str) -> bool:
    """It has a figure, people or a word that turns, so that the rest is not the same without it."""
    return bool(_TURNS.search(part) or population(part))


def _without_abbreviations(text: str) -> str:
    """Without brackets that hold the initials of the words right before them, in order: "blood pressure (BP)"."""

    def put(match: re.Match[str]) -> str:
        letters = [letter.lower() for letter in match[1] if letter.isalpha()]
        before = re.findall(r"[^\W\d_]+", fold(text[: match.start()]))[-2 * len(letters) :]
        return "" if _stand_in(letters, before) else match.group()

    return _ABBREVIATED.sub(put, text)


def _stand_in(letters: Sequence[str], words: Sequence[str]) -> bool:
    """The letters are found in the words in order, the first at the beginning of a word: "chlorthalidone (CTD)"."""
    for start, word in enumerate(words):
        if letters and word.startswith(letters[0]):
            rest = iter("".join(words[start:])[1:])
            if all(letter in rest for letter in letters[1:]):
                return True
    return False


FEWEST = 3
"""Words of the shortest statement."""
