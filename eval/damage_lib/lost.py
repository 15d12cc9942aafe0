"""Damage that a claim does by leaving out: what the evidence says around a sentence, or the sentence beside it. Rules only, seeded.

The claim is a true sentence; the evidence is the same sentence inside a frame that turns it, or with a bound that the claim does
not tell, or two sentences of which the claim takes one half each.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from damage_lib.change import Change
from rag.text import content_stems

_FRAMES = (
    "We aimed to find out whether {}", "It was once thought that {}", "The panel rejected the proposal that {}", "The null hypothesis was that {}",
    "It is not known whether {}", "There is no evidence that {}", "The belief that {} has been abandoned", "A retracted study reported that {}",
    "The claim that {} was later disproved", "In mice, {}", "Critics of the guideline argue that {}", "The manufacturer maintains that {}",
    "{}, which later trials did not confirm", "{}; this statement has since been withdrawn", "{}, according to the earlier edition, which no longer applies", "{}, but only in the placebo group",
)  # fmt: skip
_BOUNDS = (
    "{}, but only in patients who are allergic to penicillin", "{} as a last resort", "{} after all other treatments have failed", "{} unless the patient is pregnant",
    "{}, except in renal failure", "{} in children under two years of age", "{} in combination with rifampicin", "{} when the eGFR is above 60", "{} (very low-certainty evidence)",
    "{}, if nothing else is at hand", "{} for at most three days", "{} in fewer than one in a hundred patients", "{} (not at term)", "{} in hospital, under supervision",
)  # fmt: skip
_TAIL = re.compile(
    r"^(?P<head>.{20,}) (?P<link>for|in|with|of|by|during|after) (?P<tail>(?:[\w-]+ ){0,3}[\w-]{4,})\.$"
)


def _inside(templates: Sequence[str]) -> Change:
    def change(text: str, chance: random.Random) -> str | None:
        template, plain = chance.choice(templates), text.rstrip(" .")
        if not plain or text.endswith((":", "?")) or any(mark in plain for mark in ";:?"):
            return None
        first = plain.split()[0]
        keep = template.startswith("{}") or sum(c.isupper() for c in first) > 1 or first == "I"
        return template.format(plain if keep else plain[0].lower() + plain[1:]) + "."

    return change


LOST: dict[str, Change] = {"frame lost": _inside(_FRAMES), "bound lost": _inside(_BOUNDS)}
"""``change(sentence, chance)`` is the evidence, the sentence itself the claim; None where the rule does not apply."""
CROSSED = "halves of two sentences"
"""The kind that needs two sentences as evidence."""


def crossed(sentences: Sequence[str], order: Sequence[int]) -> Iterator[tuple[str, str]]:
    """(evidence, claim): two sentences with the same link word, the beginning of the one with the end of the other."""
    by_link: dict[str, list[re.Match[str]]] = {}
    for i in order:
        match = _TAIL.match(sentences[i])
        if match is None:
            continue
        for other in by_link.get(match["link"], []):
            new, held = set(content_stems(other["tail"])), set(content_stems(match.string))
            if new and not new & held:
                yield f"{match.string} {other.string}", f"{match['head']} {match['link']} {other['tail']}."
                break
        by_link.setdefault(match["link"], []).insert(0, match)
