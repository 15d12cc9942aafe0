"""The words of a claim stand in the order of its sentence, or in another that keeps the sense."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from rag.text import fold
from rag.verify.senses import FIRM, Word, words_of
from rag.verify.wording import plain_wording
from rag.vocabulary import are_near


def out_of_order(claim: str, sentence: str, said: Sequence[Word], held: Sequence[Word]) -> str:
    """Words for another order of the same words, or for one that stands less or more often; "" where the order keeps the sense.

    It does when a clause of the beginning is moved to the end or back ("if A, B": "B if A"), when what "and" or "or" joins is
    exchanged, and when a passive is turned. Words of the vocabulary's other forms have no place of their own and are left aside.
    """
    theirs = {word.root for word in held}
    ours = tuple(_as_held(word, held, theirs) for word in _sequence(said, held, theirs))
    kept = tuple(word.kind or word.root for word in _sequence(held, said, {word.root for word in said}))
    if ours == kept:
        return ""
    if sorted(ours) != sorted(kept):
        often = sorted((Counter(ours) - Counter(kept)) + (Counter(kept) - Counter(ours)))
        return f'"{often[0]}" does not stand as often in the claim as in the quoted sentence'
    if _is_rotated(ours, kept) and _LINKED.search(fold(sentence)):
        return ""
    if any(_sequences_agree(claim, sentence, words) for words in range(1, _COMPOUND + 1)):
        return ""
    if _joins(claim, sentence) or (_one_is_passive(claim, sentence) and _changed_sides(ours, kept)):
        return ""
    place = next(i for i, (one, other) in enumerate(zip(ours, kept, strict=True)) if one != other)
    return f'the claim has the words of the quoted sentence in another order, from "{ours[place]}" on'


_LINKED = re.compile(
    r"^(?:if|when|where|in|for|among|during|after|before|because|since|although|with|within|until|at|once|while|unless|on|by|as|to|under|among|following|from) "
    r"|, .|\b(?:if|when|because|since|after|before|during|until|unless|while|in|for|among|with|at|on|to)\b"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|been|be) (?:\w+ )?\w+(?:ed|en|wn|ne|ght|ut) by\b")


def _one_is_passive(claim: str, sentence: str) -> bool:
    return abs(len(_PASSIVE.findall(fold(claim))) - len(_PASSIVE.findall(fold(sentence)))) == 1


def _changed_sides(one: Sequence[str], other: Sequence[str]) -> bool:
    """ "A, verb, B" and "B, verb, A", with the same before and behind."""
    same = next(i for i, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
    last = next(i for i in range(len(one), 0, -1) if one[i - 1] != other[i - 1])
    ours, theirs = tuple(one[same:last]), tuple(other[same:last])
    return any(
        ours == (*theirs[end:], *theirs[start:end], *theirs[:start])
        for start in range(1, len(theirs))
        for end in range(start, min(start + _VERB, len(theirs) - 1) + 1)
    )


_VERB = 2
"""Most words of sense between the two sides."""
_COMPOUND = 3


def _sequences_agree(claim: str, sentence: str, words: int) -> bool:
    """Once "treatment of severe malaria" is written as "severe malaria treatment" on both sides, the order is the same."""
    pattern = re.compile(rf"\b([\w-]+) of (?:the |an? )?((?:[\w-]+ ){{{words - 1}}}[\w-]+)\b")
    ours, theirs = (words_of(pattern.sub(r"\2 \1", plain_wording(text))) for text in (claim, sentence))
    return [word.root for word in ours] == [word.root for word in theirs]


def _sequence(words: Sequence[Word], others: Sequence[Word], roots: Collection[str]) -> tuple[Word, ...]:
    """Those that have a counterpart of their own among the others, advice aside."""
    return tuple(
        word
        for word in words
        if word.kind not in FIRM
        and (
            word.root in roots
            or any(
                word.kind == other.kind if word.kind else are_near(word.text, other.text) for other in others
            )
        )
    )


def _as_held(word: Word, held: Sequence[Word], roots: Collection[str]) -> str:
    if word.kind or word.root in roots:
        return word.kind or word.root
    return next(other.root for other in held if are_near(word.text, other.text))


def _is_rotated(one: Sequence[str], other: Sequence[str]) -> bool:
    return any(tuple(other[cut:]) + tuple(other[:cut]) == tuple(one) for cut in range(1, len(other)))


def _joins(claim: str, sentence: str) -> bool:
    """Both are the same but for what stands on either side of one "and" or "or", and no "respectively" counts on the order."""
    if _RESPECTIVELY.search(fold(sentence)):
        return False
    ours, theirs = plain_wording(claim).split(), plain_wording(sentence).split()
    for at, link in enumerate(theirs):
        if link in ("and", "or"):
            for before in range(1, min(_LONGEST, at) + 1):
                for behind in range(1, min(_LONGEST, len(theirs) - at - 1) + 1):
                    one, other = theirs[at - before : at], theirs[at + 1 : at + 1 + behind]
                    if [*theirs[: at - before], *other, link, *one, *theirs[at + 1 + behind :]] == ours:
                        return True
    return False


_LONGEST = 4
"""Words on one side of an "and"."""
_RESPECTIVELY = re.compile(r"\brespectively\b|\bin that order\b")
