"""The words of a claim stand in the order of its sentence, or in another that keeps the sense."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from rag.text import fold, listed
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
    kept = _roots(_sequence(held, said, {word.root for word in said}))
    if ours == kept:
        return (
            "one of claim and quoted sentence is a passive, and both have the words in one order"
            if _one_is_passive(claim, sentence)
            else ""
        )
    if sorted(ours) != sorted(kept):
        often = sorted((Counter(ours) - Counter(kept)) + (Counter(kept) - Counter(ours)))
        return f'"{often[0]}" does not stand as often in the claim as in the quoted sentence'
    roots = {word.root for word in said}
    if any(ours == _roots(_sequence(words_of(moved), said, roots)) for moved in _clause_moved(sentence)):
        return ""
    if any(_sequences_agree(claim, sentence, words) for words in range(1, _COMPOUND + 1)):
        return ""
    if _joins(claim, sentence) or (_one_is_passive(claim, sentence) and _changed_sides(ours, kept)):
        return ""
    place = next(i for i, (one, other) in enumerate(zip(ours, kept, strict=True)) if one != other)
    return f'the claim has the words of the quoted sentence in another order, from "{ours[place]}" on'


_LINKS = "if|when|where|in|for|among|during|after|before|because|since|although|with|within|until|at|once|while|unless|on|by|as|to|under|following|from"
_LEADING = re.compile(rf"((?:{_LINKS})\b[^,;]*), (.+)", re.IGNORECASE)
_TRAILING = re.compile(rf" (?=(?:{_LINKS}) )", re.IGNORECASE)


def _roots(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.kind or word.root for word in words)


def _clause_moved(sentence: str) -> Iterator[str]:
    """With the clause of its beginning at the end, or one of its end, which no comma parts, at the beginning."""
    plain = " ".join(sentence.split()).rstrip(".")
    if match := _LEADING.fullmatch(plain):
        yield f"{match[2]} {match[1]}"
    for match in _TRAILING.finditer(plain):
        clause = plain[match.end() :]
        if not set(",;") & set(clause):
            yield f"{clause}, {plain[: match.start()].rstrip(',')}"


_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|been|be) (?:\w+ )?(?!(?:recommended|suggested|advised) by)\w+(?:ed|en|wn|ne|ght|ut) (?:\w+ )?by\b"
)
"""Not of advice: "it is recommended by the panel that" turns nothing."""


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


def _joins(claim: str, sentence: str) -> bool:
    """Both are the same but for what stands on either side of one "and" or "or", and nothing counts on the order: no "respectively", no "2:1"."""
    if _RESPECTIVELY.search(fold(sentence)):
        return False
    ours, theirs = plain_wording(claim).split(), plain_wording(sentence).split()
    for at, link in enumerate(theirs):
        if link in ("and", "or"):
            for before in range(1, min(_LONGEST, at) + 1):
                for behind in range(1, min(_LONGEST, len(theirs) - at - 1) + 1):
                    one, other = theirs[at - before : at], theirs[at + 1 : at + 1 + behind]
                    if not _stand_free(theirs, at - before, at + 1 + behind):
                        continue
                    if [*theirs[: at - before], *other, link, *one, *theirs[at + 1 + behind :]] == ours:
                        return True
    return False


def _stand_free(words: Sequence[str], start: int, end: int) -> bool:
    """No word before or behind both that may belong to one of them alone: "oral A and B", "A and B over 50"."""
    opens = not start or words[start - 1] in _OPENS or words[start - 1].endswith((",", ":"))
    return opens and (end == len(words) or words[end - 1].endswith((",", ";")) or words[end] in _CLOSES)


_OPENS = frozenset(
    listed(
        "the a an of with for in to by from on and or use give given take is are was were between both than as"
    )
)
_CLOSES = frozenset(
    listed(
        "is are was were should must may might can could has have had will do does and or in if when for during"
    )
)
_LONGEST = 4
"""Words on one side of an "and"."""
_RESPECTIVELY = re.compile(
    r"\brespectively\b|\bin that order\b|\b\d+ ?[:∶/] ?\d(?!\d)|\b\d+[ -]to[ -]\d+ (?:to|ratio|basis|allocation)\b|\b(?:one|two|three|four)[ -]to[ -](?:one|two|three)\b"
)
