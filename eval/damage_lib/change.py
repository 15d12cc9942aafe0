"""How a sentence is changed in one place by a pattern. The small tools that both tables of kinds are made of."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable

Change = Callable[[str, random.Random], str | None]
"""A sentence to the changed sentence; None where the rule does not apply."""


def one_place(pattern: re.Pattern[str], put: Callable[[re.Match[str], random.Random], str | None]) -> Change:
    """One place of a text where the pattern matches, by chance, becomes what ``put`` says."""

    def change(text: str, chance: random.Random) -> str | None:
        matches = list(pattern.finditer(text))
        chance.shuffle(matches)
        for match in matches:
            new = put(match, chance)
            if new is not None and new != match.group():
                return text[: match.start()] + new + text[match.end() :]
        return None

    return change


def any_of(*changes: Change) -> Change:
    """The first of the changes, in an order of chance, that applies."""

    def change(text: str, chance: random.Random) -> str | None:
        order = list(changes)
        chance.shuffle(order)
        return next((new for one in order if (new := one(text, chance)) is not None), None)

    return change


def swap(
    pairs: Iterable[tuple[str, str]], *, before: str = r"(?<![\w-])", after: str = r"(?![\w-])"
) -> Change:
    """Words for their counterparts, both ways; capitals kept. Not where both stand in the text already."""
    table = {a: b for one, other in pairs for a, b in ((one, other), (other, one))}
    words = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    pattern = re.compile(rf"{before}(?:{words}){after}", re.IGNORECASE)

    def put(match: re.Match[str], _: random.Random) -> str | None:
        new = table[match.group().lower()]
        if re.search(rf"{before}{re.escape(new)}{after}", match.string, re.IGNORECASE):
            return None
        return new[0].upper() + new[1:] if match.group()[0].isupper() else new

    return one_place(pattern, put)
