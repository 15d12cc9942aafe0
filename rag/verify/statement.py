"""Each statement of a claim is one quoted sentence, in its words or near ones, with nothing of weight added or left out.

A small judge is at its surest where a claim has the words of its evidence, and that is where it errs: the subject of one
sentence with the object of another, a condition dropped, a frame lost ("the panel rejected the proposal that …"). So the
words are accounted for, on both sides: a word of the claim that its sentence lacks, and a word of the sentence that
the claim lacks, are faults unless they are known to carry nothing. Roles are also for the check "exchange", figures for
"numbers". A claim in words of its own is held back here: no judge at hand could be trusted with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import content_stems, fold, listed
from rag.verify.common import is_whole_row, shown
from rag.verify.links import other_links, other_time
from rag.verify.order import out_of_order
from rag.verify.parts import FEWEST, sentences_of, variants_of, without_lead_in
from rag.verify.senses import DENIAL, FIRM, Word, cased_like, count, forms_of, roots_of, spoken, words_of
from rag.vocabulary import are_near


class Statement:
    """Fails with the words that no sentence has together, or that the claim leaves out."""

    name: CheckName = "statement"

    def __call__(self, given: CheckInput) -> CheckResult:
        if any(is_whole_row(given.claim, quote) for quote in given.quotes):
            return CheckResult(True)
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
        for sentence in sentences_of(quote)
        if not sentence.endswith("?")
        for variant in variants_of(sentence)
    ]
    sentences += [
        (f"{one.rstrip(' .:')}: {other}", "")
        for one, other in pairwise(quotes)
        if one.rstrip().endswith(":") and len(one.split()) + len(other.split()) <= _PAIR
    ]
    return _account(without_lead_in(claim), sentences, frozenset(roots_of(question)), splits=_SPLITS)


_NEAREST = 16
"""Sentences, in all their variants, that a statement is compared with: those that share most of its words."""
_SPLITS = 3
"""Most statements that one claim may join, less one."""
_MOST_JOINTS = 12
"""A claim that could be parted in more places is compared as it stands: all ways to part it would take too long."""
_JOINTS = re.compile(r"[.;] +|, (?:and|but|while|whereas|or) | (?:and|while|whereas) ")


def _account(claim: str, sentences: Sequence[tuple[str, str]], asked: frozenset[str], *, splits: int) -> str:
    """The fault of the claim as one statement, unless it can be parted into statements without."""

    stems = [frozenset(content_stems(sentence)) for sentence, _ in sentences]

    @cache
    def fault(text: str) -> str:
        wanted = frozenset(content_stems(text))
        near = sorted(range(len(sentences)), key=lambda place: -len(wanted & stems[place]))[:_NEAREST]
        found = [_compared(text, *sentences[place], asked) for place in sorted(near)]
        return (
            min(found, key=lambda one: (bool(one.fault), one.weight)).fault
            if found
            else "there is no quoted sentence"
        )

    @cache
    def stands(text: str, left: int) -> bool:
        return not fault(text) or (
            left > 0 and any(all(stands(part, left - 1) for part in parts) for parts in _parted(text))
        )

    joins = len(_JOINTS.findall(claim))
    return "" if stands(claim, splits if joins <= _MOST_JOINTS else 0) else fault(claim)


def _parted(claim: str) -> Iterator[tuple[str, str]]:
    """Not before a part that speaks of something told in another: which sentence that is cannot be seen."""
    for joint in _JOINTS.finditer(claim):
        parts = claim[: joint.start()], claim[joint.end() :]
        if (
            all(len(part.split()) >= FEWEST for part in parts)
            and not _REFERS_BACK.search(fold(parts[1]))
            and (joint[0][0] in ".;" or not _OPENS_WITH_CASE.search(fold(parts[0])))
        ):
            yield parts


_OPENS_WITH_CASE = re.compile(
    r"^(?:in|for|among|during|with|if|when|where|unless|until|after|before|at|on|under|below|above|from)\b"
)
"""What a claim opens with holds for all that it joins with "and", whatever the other sentence speaks of."""
_PAIR = 90
"""Most words of two neighbouring quotes that are compared as one."""
_REFERS_BACK = re.compile(
    r"\b(?:it|they|them|its|their|these|those|such|half|both|neither|former|latter)\b|^(?:this|that|the (?:dose|maximum|minimum|rate|risk|drug|same|other|rest))\b"
    r"|^(?:should|must|may|might|can|could|will|is|are|was|were|has|have|had|do|does|did|not|also|then|only)\b"
)


# --- one claim and one sentence -------------------------------------------------------------------------


class _Compared(NamedTuple):
    fault: str
    weight: int
    """Words in fault: the sentence with the fewest is the one that is told of."""


def _compared(claim: str, sentence: str, frame: str, asked: frozenset[str]) -> _Compared:
    claim, sentence = cased_like(claim, sentence), cased_like(sentence, claim)
    said, held = words_of(claim), words_of(sentence)
    said_told, held_told = _told(said, forms_of(sentence)), _told(held, forms_of(claim))
    around = frozenset(roots_of(frame)) if frame else frozenset()
    added = [
        word
        for place, word in enumerate(said)
        if place not in said_told
        and not _is_there(word, held)
        and word.root not in around
        and not (word.text in _PLAIN and _THE_DOSE_IS.search(fold(claim)))
    ]
    left_out = [
        word
        for place, word in enumerate(held)
        if word.kind not in FIRM and place not in held_told and not _is_there(word, said)
    ]
    left_out = _not_asked(held, left_out, asked)
    weight = len(added) + len(left_out)
    if count(said, DENIAL) != count(held, DENIAL) and not weight:
        return _Compared("the claim denies another number of things than the quoted sentence", 1)
    if not weight:
        fault = (
            out_of_order(claim, sentence, said, held)
            or other_links(claim, sentence)
            or other_time(claim, sentence)
        )
        return _Compared(fault, int(bool(fault)))
    if left_out:
        words = " ".join(spoken(word) for word in left_out[:_SHOWN])
        instead = f', and says "{" ".join(spoken(word) for word in added[:_SHOWN])}"' if added else ""
        return _Compared(f'the claim leaves out "{words}" of the quoted sentence{instead}', weight)
    words = " ".join(spoken(word) for word in added[:_SHOWN])
    return _Compared(f'no quoted sentence that says the rest says "{words}"', weight)


_SHOWN = 8
_PLAIN = frozenset(("dose", "doses", "dosage"))
_THE_DOSE_IS = re.compile(r"\bdos(?:e|es|age) (?:is|are|of|should be) \W?\d")
"""What a claim may add to "give 5 mg"."""


def _not_asked(held: Sequence[Word], left_out: Sequence[Word], asked: frozenset[str]) -> list[Word]:
    """Without the stretches whose every word the question has: it told that condition."""
    if not asked:
        return list(left_out)
    gone = set(left_out)
    stretches: list[list[Word]] = [[]]
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


def _is_there(word: Word, others: Sequence[Word]) -> bool:
    return any(
        word.root == other.root
        or (word.kind and word.kind == other.kind)
        or (not word.kind and not other.kind and are_near(word.text, other.text))
        for other in others
    )


def _told(words: Sequence[Word], forms: Collection[tuple[str, ...]]) -> frozenset[int]:
    """Places of the words that are, all of them and in order, another form of a term of the other text."""
    roots = [word.root for word in words]
    by_first = defaultdict(list)
    for form in forms:
        by_first[form[0]].append(form)
    return frozenset(
        place + step
        for place, root in enumerate(roots)
        for form in by_first[root]
        if tuple(roots[place : place + len(form)]) == form
        for step in range(len(form))
    )
