"""What a question of several parts asked for and the released claims do not give.

Conservative: a needless "partial" annoys, and the reader sees the claims anyway. Only parts that ask
for a figure, or name their own subject, can be missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.datatypes import Claim
from rag.quantities import read
from rag.text import content_stems, fold
from rag.verify.asked import asking, asks_in_words, part_kinds, parts
from rag.verify.common import framed
from rag.vocabulary import drug_names, equivalents


def missing(question: str, released: Sequence[Claim]) -> tuple[str, ...]:
    """Gaps in the words of the question, e.g. "no figure for 'how often once at goal'"."""
    if not released:
        return ()
    asked = asking(question)
    return tuple(dict.fromkeys((*_missing_drugs(asked, released), *_missing_figures(asked, released))))


def _missing_figures(asked: str, released: Sequence[Claim]) -> list[str]:
    """With n parts that each ask for a figure there should be n different figures."""
    wanted = [part for part in parts(asked) if part_kinds(part) == {"amount"} and asks_in_words(part)]
    figures = {(q.low, q.high, q.unit) for claim in released for q in read(claim.text)}
    if len(wanted) < 2 or len(figures) >= len(wanted):
        return []
    told = {stem for claim in released for stem in content_stems(claim.text)}
    ranked = sorted(wanted, key=lambda part: len(told.intersection(content_stems(part))))
    return [f"no figure for '{part}'" for part in ranked[: len(wanted) - len(figures)]]


_COMPARED = re.compile(r"\b(?:vs\.?|versus|compared (?:with|to)|or|and)\b")


def _missing_drugs(asked: str, released: Sequence[Claim]) -> list[str]:
    """Drugs that are compared in the question and that no released claim or quote names."""
    names = list(dict.fromkeys(mention.name for mention in drug_names(asked)))
    if len(names) < 2 or not _COMPARED.search(fold(asked)):
        return []
    told = "\n".join((c.text + "\n" + "\n".join(framed(q) for q in c.quotes)) for c in released)
    held = {mention.name for mention in drug_names(told)}
    plain = fold(told)
    lacking = [n for n in names if n not in held and not any(term in plain for term in equivalents(n))]
    return [f"nothing on {name}" for name in lacking] if len(lacking) < len(names) else []
