"""Each statement of a claim is one quoted sentence, in its words or near ones, with nothing of weight added or left out.

A small judge is at its surest where a claim has the words of its evidence, and that is where it errs: the subject of one
sentence with the object of another, a condition dropped, a frame lost ("the panel rejected the proposal that …"). So the
words are accounted for, on both sides: a word of the claim that its sentence lacks, and a word of the sentence that
the claim lacks, are faults unless they are known to carry nothing. Order and roles are for the check "exchange", figures also for
"numbers". A claim in words of its own is held back here: no judge at hand could be trusted with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import fold, stem
from rag.verify.common import listed, shown
from rag.verify.wording import plain_wording
from rag.vocabulary import are_near, equivalents, expansions


class Statement:
    """Fails with the words that no sentence has together, or that the claim leaves out."""

    name: CheckName = "statement"

    def __call__(self, given: CheckInput) -> CheckResult:
        fault = unaccounted(
            given.claim,
            [shown(quote) for quote in given.quotes],
            frames=["\n".join((quote.title, *quote.section, quote.header_text)) for quote in given.quotes],
            question=given.question,
        )
        return CheckResult(not fault, fault)


def unaccounted(claim: str, quotes: Sequence[str], *, frames: Sequence[str] = (), question: str = "") -> str:
    """Words for the fault against the sentence that comes nearest; "" where every statement is one sentence.

    Args:
        frames: title, headings and table header of each quote, which may name what a sentence calls "it".
        question: tells the situation, so that a condition it names may be left out.
    """
    context = frames or ("",) * len(quotes)
    sentences = [
        (variant, frame)
        for quote, frame in zip(quotes, context, strict=True)
        for sentence in _sentences(quote)
        for variant in _variants(sentence)
    ]
    return _account(_without_lead_in(claim), sentences, frozenset(_roots(question)), splits=_SPLITS)


_SPLITS = 3
"""Most statements that one claim may join, less one."""
_JOINTS = re.compile(r"[.;:] +|, (?:and|but|while|whereas|or) | (?:and|while|whereas) ")


def _account(claim: str, sentences: Sequence[tuple[str, str]], asked: frozenset[str], *, splits: int) -> str:
    found = [_compared(claim, sentence, frame, asked) for sentence, frame in sentences]
    if not found:
        return "there is no quoted sentence"
    if any(not one.fault for one in found):
        return ""
    if splits:
        for joint in _JOINTS.finditer(claim):
            parts = claim[: joint.start()], claim[joint.end() :]
            if all(len(part.split()) >= _FEWEST for part in parts) and not any(
                _account(part, sentences, asked, splits=splits - 1) for part in parts
            ):
                return ""
    return min(found, key=lambda one: one.weight).fault


_FEWEST = 3
"""Words of the shortest statement that a claim may be split into."""


# --- one claim and one sentence -------------------------------------------------------------------------


class _Word(NamedTuple):
    text: str
    root: str
    kind: str
    """ "" for a word with a sense of its own, else the class in which words stand for one another."""


class _Compared(NamedTuple):
    fault: str
    weight: int
    """Words in fault: the sentence with the fewest is the one that is told of."""


def _compared(claim: str, sentence: str, frame: str, asked: frozenset[str]) -> _Compared:
    said, held = _words(claim), _words(_LEAD_IN.sub("", sentence))
    said_pool, held_pool = _pool(claim), _pool(sentence)
    around = frozenset(_roots(frame)) if frame else frozenset()
    added = [
        word
        for word in said
        if not _is_there(word, held, held_pool)
        and word.root not in around
        and not (word.text in _PLAIN and _THE_DOSE_IS.search(fold(claim)))
    ]
    left_out = [word for word in held if word.kind not in _FIRM and not _is_there(word, said, said_pool)]
    left_out = _not_asked(held, left_out, asked)
    weight = len(added) + len(left_out)
    if _count(said, _DENIAL) != _count(held, _DENIAL) and not weight:
        return _Compared("the claim denies another number of things than the quoted sentence", 1)
    if not weight:
        fault = _out_of_order(claim, sentence, said, held)
        return _Compared(fault, int(bool(fault)))
    if left_out:
        words = " ".join(word.text for word in left_out[:_SHOWN])
        instead = f', and says "{" ".join(word.text for word in added[:_SHOWN])}"' if added else ""
        return _Compared(f'the claim leaves out "{words}" of the quoted sentence{instead}', weight)
    words = " ".join(word.text for word in added[:_SHOWN])
    return _Compared(f'no quoted sentence that says the rest says "{words}"', weight)


_SHOWN = 8
_PLAIN = frozenset(("dose", "doses", "dosage"))
_THE_DOSE_IS = re.compile(r"\bdos(?:e|es|age) (?:is|are|of|should be) \W?\d")
"""What a claim may add to "give 5 mg"."""
_FIRM = frozenset(("advice", "duty"))
"""What a claim may leave unsaid: "children receive zinc" of "children should receive zinc". It may not add them."""


def _out_of_order(claim: str, sentence: str, said: Sequence[_Word], held: Sequence[_Word]) -> str:
    """Words for another order of the same words, or for one that stands less or more often; "" where the order keeps the sense.

    It does when a clause of the beginning is moved to the end or back ("if A, B": "B if A"), when what "and" or "or" joins is
    exchanged, and when a passive is turned. Words of the vocabulary's other forms have no place of their own and are left aside.
    """
    theirs = {word.root for word in held}
    ours, written = _sequence(said, held, theirs), _sequence(held, said, {word.root for word in said})
    ours = tuple(_as_held(word, held, theirs) for word in ours)
    kept = tuple(word.kind or word.root for word in written)
    if ours == kept:
        return ""
    if sorted(ours) != sorted(kept):
        often = sorted((Counter(ours) - Counter(kept)) + (Counter(kept) - Counter(ours)))
        return f'"{often[0]}" does not stand as often in the claim as in the quoted sentence'
    if _is_rotated(ours, kept) and _LINKED.search(fold(sentence)):
        return ""
    if any(_sequences_agree(claim, sentence, words) for words in range(1, _COMPOUND + 1)):
        return ""
    if _joins(claim, sentence) or _PASSIVE.search(fold(claim)) or _PASSIVE.search(fold(sentence)):
        return ""
    place = next(i for i, (one, other) in enumerate(zip(ours, kept, strict=True)) if one != other)
    return f'the claim has the words of the quoted sentence in another order, from "{ours[place]}" on'


_LINKED = re.compile(
    r"^(?:if|when|where|in|for|among|during|after|before|because|since|although|with|within|until|at|once|while|unless|on|by|as|to|under|among|following|from) "
    r"|, .|\b(?:if|when|because|since|after|before|during|until|unless|while|in|for|among|with|at|on|to)\b"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|been|be) (?:\w+ )?\w+(?:ed|en|wn|ne|ght|ut) by\b")


_COMPOUND = 3


def _sequences_agree(claim: str, sentence: str, words: int) -> bool:
    """Once "treatment of severe malaria" is written as "severe malaria treatment" on both sides, the order is the same."""
    pattern = re.compile(rf"\b([\w-]+) of (?:the |an? )?((?:[\w-]+ ){{{words - 1}}}[\w-]+)\b")
    ours, theirs = (_words(pattern.sub(r"\2 \1", plain_wording(text))) for text in (claim, sentence))
    return [word.root for word in ours] == [word.root for word in theirs]


def _sequence(words: Sequence[_Word], others: Sequence[_Word], roots: Collection[str]) -> tuple[_Word, ...]:
    """Those that have a counterpart of their own among the others, advice aside."""
    return tuple(
        word
        for word in words
        if word.kind not in _FIRM
        and (
            word.root in roots
            or any(
                word.kind == other.kind if word.kind else are_near(word.text, other.text) for other in others
            )
        )
    )


def _as_held(word: _Word, held: Sequence[_Word], roots: Collection[str]) -> str:
    if word.kind or word.root in roots:
        return word.kind or word.root
    return next(other.root for other in held if are_near(word.text, other.text))


def _is_rotated(one: Sequence[str], other: Sequence[str]) -> bool:
    return any(tuple(other[cut:]) + tuple(other[:cut]) == tuple(one) for cut in range(1, len(other)))


def _joins(claim: str, sentence: str) -> bool:
    """Both are the same but for what stands on either side of one "and" or "or", and no "respectively" counts on the order."""
    if _RESPECTIVELY.search(fold(sentence)):
        return False
    ours, theirs = plain_wording(claim), plain_wording(sentence)
    for match in _JOINED.finditer(theirs):
        turned = f"{theirs[: match.start()]}{match['b']} {match['link']} {match['a']}{theirs[match.end() :]}"
        if turned == ours:
            return True
    return False


_RESPECTIVELY = re.compile(r"\brespectively\b|\bin that order\b")
_JOINED = re.compile(r"\b(?P<a>[\w-]+(?: [\w-]+){0,2}) (?P<link>and|or) (?P<b>[\w-]+(?: [\w-]+){0,2})\b")


def _not_asked(held: Sequence[_Word], left_out: Sequence[_Word], asked: frozenset[str]) -> list[_Word]:
    """Without the stretches whose every word the question has: it told that condition."""
    if not asked:
        return list(left_out)
    gone = set(left_out)
    stretches: list[list[_Word]] = [[]]
    for word in held:
        if word in gone:
            stretches[-1].append(word)
        elif stretches[-1]:
            stretches.append([])
    return [
        word for stretch in stretches if not all(word.root in asked or word.text in _LINKS for word in stretch) for word in stretch
    ]  # fmt: skip


_LINKS = frozenset(listed("in for with among during if when where"))
"""What may open a condition that the question has told; "unless" and "except" turn it."""


def _is_there(word: _Word, others: Sequence[_Word], pool: Collection[str]) -> bool:
    if word.root in pool:
        return True
    return any(
        (word.kind and word.kind == other.kind)
        or (not word.kind and not other.kind and are_near(word.text, other.text))
        for other in others
    )


def _count(words: Sequence[_Word], kind: str) -> int:
    return sum(word.kind == kind for word in words)


# --- words ----------------------------------------------------------------------------------------------

_LIGHT = frozenset(
    listed("""a an the this that these those it its they them their there here we our us he she his her him which who whom whose
    is are was were be been being am has have had having do does did done will would shall
    in on of at to into from by with for as per via upon within towards toward about through throughout
    and also then so thus therefore hence however moreover furthermore additionally indeed namely
    become becomes became get gets give gives given giving use used uses using make makes made take takes taken taking receive receives received
    receiving administer administers administered administering performed conducted patient patients people person persons individual individuals""")
)  # fmt: skip
"""Words that may come and go. Not among them: any that denies, limits, doubts, compares or tells when."""
_DENIAL = "denial"
_KINDS = {
    word: kind
    for kind, words in (
        (_DENIAL, "not no never neither nor none cannot without nobody nothing"),
        (
            "advice",
            "should recommend recommends recommended recommending recommendation advise advises advised ought advisable",
        ),
        ("duty", "must required requires require mandatory obligatory needs"),
        ("option", "may might can could optional possible possibly"),
        ("suggestion", "suggest suggests suggested suggesting"),
        ("all", "all every each any"),
        ("many", "most majority"),
        ("first", "before prior"),
        ("if", "if when where whenever"),
        ("because", "because since due owing"),
        ("while", "while whereas although though"),
        ("%", "% percent"),
    )
    for word in words.split()
}
_TOKEN = re.compile(r"[<>]=?|\d+(?:[.,]\d+)*|[^\W\d_]+|%|(?<=\w)[+-](?!\w| ?(?:and|or)\b)")
"""With the sign of HER2+ and Cl-."""


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[_Word, ...]:
    """The words that carry sense, in order, of a text in plain wording."""
    return tuple(
        _Word(word, stem(word), _KINDS.get(word, ""))
        for word in _TOKEN.findall(plain_wording(text))
        if word not in _LIGHT
    )


def _roots(text: str) -> set[str]:
    return {word.root for word in _words(text)}


@lru_cache(maxsize=8192)
def _pool(text: str) -> frozenset[str]:
    """Stems of the text and of what may be written for its terms: long form, short form, generic name, spelling."""
    plain = plain_wording(text)
    found = _roots(text)
    forms = [*expansions(text), *expansions(plain)]
    forms += [form for word in _words(text) if not word.kind for form in equivalents(word.text)]
    for form in forms:
        found |= {
            stem(word) for word in _TOKEN.findall(fold(form)) if word not in _LIGHT and word not in _KINDS
        }
    return frozenset(found)


# --- sentences and what may be taken from them -------------------------------------------------------------

_END = re.compile(r"(?<=[a-z0-9)\]%]\.)\s+(?=[A-Z])|\n")


def _sentences(quote: str) -> Iterator[str]:
    """The quote whole, and each of its sentences."""
    yield from dict.fromkeys(part for part in (quote, *_END.split(quote)) if part.strip())


_LEAD_IN = re.compile(
    r"^(?:according to (?:the |this )?(?:source|guidelines?|documents?|sheet|protocol|leaflet|authors?|panel|article|study),? "
    r"|(?:the |this )?(?:source|guideline|document|sheet|protocol|leaflet|article|section|text) (?:states|says|notes|advises|reports) that "
    r"|it is (?:stated|said|noted) that |(?:yes|no), )",
    re.IGNORECASE,
)


def _without_lead_in(claim: str) -> str:
    return _LEAD_IN.sub("", claim)


_LABEL = re.compile(
    r"^(?:(?:recommendations?|statements?|key (?:points?|messages?)|notes?|box|good practice (?:points?|statements?)|results?|conclusions?|findings?|background|summary)"
    r"(?: \d+(?:\.\d+)*[a-z]?)?(?:[:.]| [-–—]) +"
    r"|(?:overall|in (?:conclusion|summary|addition|general|short)|to (?:conclude|summari[sz]e)|taken together|note that|finally|additionally|importantly|similarly),? )",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    r",? (?:including|such as|for example,?|e\.g\.,?|for instance,?|as well as) [^,;:()]*(?:, [^,;:()]*)*\.?$"
)
_ABBREVIATED = re.compile(r" \(([A-Z][A-Za-z0-9-]{1,9}?)s?\)")
_AND_CLAUSE = re.compile(r"(?<=\w), and (?P<clause>[^;:(),]+)$")
_CLAUSE = re.compile(
    r"^(?!(?:this|that|these|those|it|they|which|who|such|its|their|the (?:former|latter|same|opposite|reverse))\b)(?:[\w-]+ ){1,6}?(?:is|are|was|were|has|have|had|should|must|can|may|will)\b",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|except|unless|only|but|however|until|respectively|both|other|opposite|contrary|false|wrong"
    r"|incorrect|untrue|refut\w+|disprov\w+|reject\w*|retract\w*|withdraw\w*|withdrawn|supersed\w*|abandon\w*|discredit\w*|disput\w*|doubt\w*|myth"
    r"|reverse\w*|obsolete|outdated|evidence|claim\w*|belie\w+|hypothes\w+|stud\w+|trial\w*|placebo|same|latter|former|then)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _variants(sentence: str) -> tuple[str, ...]:
    """The sentence, and what is left when a part is taken away that bounds nothing: a label, an explained abbreviation, trailing examples,
    a last clause with "and" that has a subject and a verb of its own and turns nothing."""
    base = _LABEL.sub("", sentence)
    plain = _without_abbreviations(base)
    found = [sentence, base, plain]
    for text in (base, plain):
        match = _EXAMPLES.search(text)
        if match and not _TURNS.search(match.group()):
            found.append(text[: match.start()])
        match = _AND_CLAUSE.search(text)
        if (
            match
            and len(text[: match.start()].split()) > _FEWEST
            and _CLAUSE.match(match["clause"])
            and not _TURNS.search(match["clause"])
        ):
            found.append(text[: match.start()])
    return tuple(dict.fromkeys(found))


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


def senses_of(text: str) -> frozenset[str]:
    """Stems of the words that carry sense, words that deny left out."""
    return frozenset(word.root for word in _words(text) if word.kind != _DENIAL)


def denials_of(text: str) -> int:
    """How many words of the text deny."""
    return _count(_words(text), _DENIAL)
