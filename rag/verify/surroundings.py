"""What stands around a quoted sentence does not turn it: no "Myth:" before it, no "This is not true." behind it.

A sentence that is repeated whole passes every comparison with itself; what its neighbours say of it is read here. So is another
quote that is the same sentence denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.datatypes import Quote
from rag.lists import announces
from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import fold, listed
from rag.verify.common import evidence_of, shortened
from rag.verify.opposition import opposition
from rag.verify.senses import denials_of, root_of, senses_of, words_of
from rag.vocabulary import population


class Surroundings:
    """Fails with the sentence that turns, bounds or denies a quoted one."""

    name: CheckName = "surroundings"

    def __call__(self, given: CheckInput) -> CheckResult:
        runs = [[quote.text for quote in run] for run in _runs(given.quotes)]
        around = [
            [item.before, quote.text, item.after]
            for quote in given.quotes
            if (item := evidence_of(given, quote)) is not None
        ]
        faults = [turned(given.claim, sentences, given.question) for sentences in (*runs, *around)]
        faults += [listed_under(given, quote) for quote in given.quotes if _repeats(given.claim, quote.text)]
        fault = (
            denied(given.claim, [quote.text for quote in given.quotes])
            or opposed(given.claim, given.quotes)
            or next(filter(None, faults), "")
        )
        return CheckResult(not fault, fault)


def _runs(quotes: Sequence[Quote]) -> Iterator[list[Quote]]:
    """Quotes that follow one another in their document."""
    run: list[Quote] = []
    for quote in quotes:
        if run and (quote.document_id != run[-1].document_id or not 0 <= quote.start - run[-1].end <= _GAP):
            yield run
            run = []
        run.append(quote)
    if run:
        yield run


_GAP = 3
"""Characters between two sentences that follow one another."""


def denied(claim: str, quotes: Sequence[str]) -> str:
    """A quote that is the claim with a denial more or less, or a shorter one with a denial more."""
    said, denials = senses_of(claim), denials_of(claim)
    for quote in quotes:
        held = senses_of(quote) - _NO_MORE
        turned_round = held == said and denials_of(quote) != denials
        if held and (turned_round or (held < said and denials_of(quote) > denials == 0)):
            return f"a quoted sentence denies it: “{shortened(quote)}”"
    return ""


_NO_MORE = frozenset(map(root_of, ("any", "more", "anymore", "longer", "must", "now")))


def opposed(claim: str, quotes: Sequence[Quote]) -> str:
    """A quote that says the opposite of the claim, while another says what it says."""
    said = senses_of(claim)
    for quote in quotes:
        if not said <= senses_of(quote.text):
            against = opposition(claim, quote)
            if against.strength >= _STRONG:
                return f"{against.detail}: “{shortened(quote.text)}”"
    return ""


_STRONG = 0.75
"""Of what a sentence speaks of, so much must be what the claim speaks of."""


def _repeats(claim: str, sentence: str) -> bool:
    """The claim, or a good part of it, is that sentence, or the sentence is a part of the claim."""
    said, held = senses_of(claim), senses_of(sentence)
    return len(said & held) >= _A_GOOD_PART * min(len(said), len(held))


_A_GOOD_PART = 0.6


def listed_under(given: CheckInput, quote: Quote) -> str:
    """Words for the heading, or the line that opens the list of a quote, which turns or bounds it; "" where claim or question has told it."""
    told = f"{given.question}\n{given.claim}\n{quote.text}"
    lines = [line for line in quote.lead_in if turns_below(line) or _of_others(line, told)]
    lines += [heading for heading in quote.section if heads_turned(heading, quote.text)]
    for line in lines:
        if not _is_told(line, given):
            return f"it stands below “{shortened(line)}”"
    return ""


def _is_told(line: str, given: CheckInput) -> bool:
    """The claim says what the line does, or the question asks for what it forbids, or names the case it is bound to."""
    said = _kinds(given.claim) | _kinds(given.question)
    if not _kinds(line) - _POINTS <= said:
        return False
    denials = denials_of(line)
    return (
        not denials
        or denials_of(given.claim) >= denials
        or bool(_ASKS_FORBIDDEN.search(fold(given.question)))
    )


def _kinds(text: str) -> frozenset[str]:
    return frozenset(word.kind or word.root for word in words_of(text))


_POINTS = frozenset(
    map(root_of, listed("following below any present there consider considered other least one listed"))
) | {"all", "advice"}
"""Words of a line that name no case."""
_ASKS_FORBIDDEN = re.compile(
    r"\b(?:which|what|who|whom|when|where|name|list)\b(?:(?!\b(?:if|when|who|that|because|but|without|with)\b)[^,.;?])*?(?:\b(?:not|never|cannot)\b|n't\b)"
)


def _of_others(line: str, told: str) -> bool:
    """The line names people that question, claim and sentence do not."""
    meant = population(line)
    meant -= {"adult", "adolescent"} if "adult" in meant else set()  # eighteen years are both
    return bool(meant and not meant & population(told))


def turned(claim: str, sentences: Sequence[str], question: str = "") -> str:
    """Words for the sentence that turns or bounds another which the claim repeats; "" if none does.

    ``sentences`` follow one another in their document.
    """
    said, above = senses_of(claim), ""
    for place, sentence in enumerate(sentences):
        held = senses_of(sentence)
        if not held:
            continue
        if sentence.rstrip().endswith(":") or announces(sentence):
            bounded = turns_below(sentence) or _of_others(sentence, f"{question}\n{claim}")
            above = sentence if bounded else ""
        elif above and not senses_of(above) <= said and said <= held | senses_of(above):
            return f"it stands below “{shortened(above)}”"
        if (
            place + 1 < len(sentences)
            and _TURNS_NEXT.search(fold(sentence))
            and not held <= said
            and said <= senses_of(sentences[place + 1])
        ):
            return f"what stands before speaks against it: “{shortened(sentence)}”"
        if place and _TURNS_ABOVE.search(fold(sentence)) and not held <= said:
            return f"what follows speaks against it: “{shortened(sentence)}”"
    return ""


_FORBIDS = (
    r"cannot|never|none of|neither|nor|no longer|avoid(?:ed|ing|ance)?|contra-?indicat\w+|don'?ts|stop(?:ped|ping)?|discontinu\w+|withh[eo]ld\w*|refrain\w*|exclu(?:de[ds]?|sions?)"
    r"|omit(?:ted|ting)?|prohibit\w*|forbid\w*|banned|unacceptable|inappropriate\w*|inadvisable|discouraged|rejected|refus\w+|more harm than good|insufficient evidence|without (?:effect|benefit)"
)
CONDEMNED = (
    r"false|untrue|myths?|misconceptions?|fallac(?:y|ies)|incorrect(?:ly)?|wrong(?:ly)?|mistak\w+|errors?|erroneous\w*|malpractice|negligen(?:t|ce)"
    r"|illegal|unproven|disprove[nd]|refuted|discredited|fictitious|invented|abandoned|obsolete|outdated|withdrawn|superseded|hypothes[ie]s|draft"
    r"|(?<!years )(?<!months )(?:former|formerly|old|previous|past)"
)
_UNSAFE = r"(?:unsafe|dangerous|harmful|hazardous|useless|ineffective)(?= ?[:.]| (?:practices?|advice|habits|statements?|things|acts?|actions?|drugs?|medicines?|treatments?|prescri\w+|interventions?)\b|$)"
"""What is unsafe or harmful may be the topic as well, as in "harmful drinking"."""
_BOUNDS = r"if|unless|when|only|except\w*|question"
_TURNS_BELOW = re.compile(rf"\b(?:not|no|{_FORBIDS}|{CONDEMNED}|{_UNSAFE}|{_BOUNDS})\b|n't\b")
_TURNS_NOTHING = re.compile(
    r"\b(?:though |but )?not (?:be )?limited to\b|\bbut not all\b|\bwhether or not\b|^(?:yes|no)(?: (?:yes|no))*$"
)


def turns_below(line: str) -> bool:
    """A line that opens what follows turns it, or bounds it to a case."""
    return bool(_TURNS_BELOW.search(_TURNS_NOTHING.sub(" ", fold(line))))


_HEADS = re.compile(
    rf"\b(?:(?:do|does|did|should|must|may|can|could|are|is) (?:not|never)|not (?:to|be|recommended|advised|indicated|do|use|give|treat)\b|cannot|never|no longer|to avoid|avoid(?:ed|ing|ance)|^avoid"
    rf"|contra-?indicat\w+|don'?ts|exclusion criteria|{_UNSAFE})"
)
_HEADS_CONDEMNED = re.compile(
    r"\b(?:myths?|misconceptions?|fallac(?:y|ies)|withdrawn|superseded|obsolete|outdated|rejected|draft|(?:common|frequent|typical) (?:errors?|mistakes?)"
    r"|(?:former|previous|old|past) (?:recommendations?|guidance|guidelines?|versions?|wording|practices?|advice|edition))\b"
)
_TWO_THINGS = re.compile(r"\b(?:and|or)\b|[,/&]")


def heads_turned(heading: str, sentence: str) -> bool:
    """A heading that forbids what stands below it, where the sentence does not forbid by itself, or calls it wrong or past.

    One with "and" tells nothing: "Contraindications and side effects".
    """
    head = _TURNS_NOTHING.sub(" ", fold(heading))
    if _TWO_THINGS.search(head):
        return False
    forbids_itself = denials_of(sentence) or re.search(rf"\b(?:{_FORBIDS})\b", fold(sentence))
    return bool(_HEADS_CONDEMNED.search(head) or (_HEADS.search(head) and not forbids_itself))


_TURNS_NEXT = re.compile(
    r"^(?:which|what)\b[^?]*\b(?:not|false|wrong|incorrect|untrue|error|mistake)\b[^?]*\?"
    r"|^(?:an? )?(?:real |typical |classic |common )?(?:example|instance|case|illustration)s? of (?:an? |the )?(?:\w+ ){0,4}?(?:mistakes?|errors?|misuse|myths?|malpractice|overdos\w+|what not)\b"
    r"|\bthe following\b[^.;]{0,40}\b(?:not|never|wrong|false|avoided)\b|\b(?:not|never|avoid)\b[^.;]{0,40}\bthe following\b"
    r"|^(?:a |the )?(?:common |frequent |popular |former |old )?(?:myth|misconception|mistake|error|wrong answer|false statement)s?\b"
)
"""In a sentence that announces the next one."""
_TURNS_ABOVE = re.compile(
    r"^(?:this|that|these|those|it|such|both|(?:the )?(?:statement|claim|advice|recommendation|sentence|former|above|belief|idea|view)s?)\b[^.;]{0,60}?"
    r"\b(?:not (?:\w+ )?(?:true|so|correct|the case|supported|recommended|advised)|untrue|false|incorrect|wrong|withdrawn|retracted|superseded|no longer|refuted|disproved"
    r"|disproven|rejected|abandoned|outdated|obsolete|myths?|misconceptions?|errors?|mistaken?)\b"
    r"|^(?:(?:new(?:er)?|later|recent|subsequent|other|more recent) (?:trials?|stud(?:y|ies)|evidence|data|reviews?|guidelines?|guidance)|we|do not|don't|never|no|the \w+)\b[^.;]{0,40}?"
    r"\b(?:contradict\w*|refute\w*|disprove\w*|overturn\w*|(?:no longer|not) (?:advise|recommend|support|hold|do|follow|use|endorse)\w*|(?:do not|don't|never) (?:follow|do|use|apply|copy) (?:this|that|the (?:above|advice|sentence))"
    r"|follow (?:this|that) (?:advice|practice|sentence|recommendation)|disagrees?)\b"
    r"|^(?:disregard|ignore|delete|strike|omit|do not (?:follow|use|apply|copy))\b[^.;]{0,30}\b(?:this|that|above|previous|preceding|sentence|statement|advice|dose)\b"
    r"|^(?:there (?:is|was) )?no (?:good |clear |convincing |reliable )?(?:evidence|proof)\b[^.;]{0,20}\b(?:this|that|these|it)\b(?! \w+ (?:drug|treatment))"
    r"|^(?:correction|erratum|corrigendum)\b[^.;:]{0,20}(?::| to\b)|^(?:nobody|no one) (?:now )?(?:believes?|thinks?)\b|^(?:however|but),? (?:this|that|it) (?:is|was|has been) (?:not|false|wrong|withdrawn)\b"
)
"""At the beginning of a sentence that speaks of the one before."""
