"""More ways of saying the same than the damage suite measures: near words, openings and brackets dropped, one of two statements.

For training alone. A word here may fit a sentence a little less well than the one it replaces; it must not change what
the sentence says. Text is changed by ``Change`` functions like those of ``eval/damage_lib``.
"""

from __future__ import annotations

import random
import re

import freely
from damage_lib.change import Change, swap
from damage_lib.paraphrase import KINDS

_NEAR_WORDS = """compared with=compared to|versus=compared with|participants=subjects|prior to=before|following=after|assessed=evaluated
assess=evaluate|approximately=about|utilized=used|utilised=used|demonstrated=showed|showed=found|demonstrate=show|demonstrates=shows
commenced=started|initiated=started|initiation=start|discontinued=stopped|discontinue=stop|discontinuation=stopping
administered=given|obtained=collected|conducted=carried out|performed=done|additional=further
sufficient=enough|numerous=many|majority of=most of|elevated=raised|decreased=reduced|decrease=reduction|diminished=reduced
enhanced=improved|adverse events=side effects|adverse effects=side effects|physicians=doctors|clinicians=doctors
individuals=people|persons=people|elderly=older people|infants=babies|illness=disease|mortality=death
therapy=treatment|therapies=treatments|medication=medicine|medications=medicines|drugs=medicines|dosage=dose|dosages=doses
determine=find out|investigated=studied|examined=studied|revealed=showed
frequently=often|primarily=mainly|predominantly=mainly|currently=at present|subsequently=afterwards|simultaneously=at the same time
remained=stayed|comprised=consisted of|required=needed|require=need|attempted=tried|assist=help|assistance=help
beneficial=helpful|effective=efficacious|efficacy=effectiveness
enrolled=recruited|assigned=allocated|fatigue=tiredness|vomiting=emesis
due to=because of|owing to=because of|consistent with=in line with|associated with=linked to|related to=linked to
resulted in=led to|results in=leads to|caused by=due to|in addition to=besides|in total=altogether|at baseline=at the start
hospitalized=admitted to hospital|follow-up=follow up|kidney=renal|liver=hepatic|heart=cardiac|lung=pulmonary
women=females|men=males"""
NEAR_WORDS = [
    (one, other) for entry in _NEAR_WORDS.replace("\n", "|").split("|") for one, other in [entry.split("=")]
]
_OPENING = re.compile(
    r"^(?:However|In addition|Therefore|Moreover|Furthermore|Thus|Overall|Additionally|Finally|Similarly|Interestingly|Notably"
    r"|Importantly|Of note|In conclusion|In summary|Consequently|Accordingly|Hence|In contrast|Nevertheless|Also|In this study"
    r"|In the present study|As expected|Specifically|For example|First|Second|Third), (?P<rest>.{20,})$"
)
_BRACKETS = re.compile(r" ?\((?![^()]*\b(?:not|no|except|unless|only|if)\b)[^()]{2,80}\)")
_BACK = re.compile(
    r"^(?:it|its|they|them|their|this|these|those|that|which|he|she|such|both|however|therefore|but|and|or)\b",
    re.IGNORECASE,
)
_LEADS = (
    "It has been shown that ", "The authors report that ", "Evidence shows that ", "The document says that ", "The guideline states that ",
    "According to the source, ", "It is reported that ", "We read that ", "The text notes that ",
)  # fmt: skip


def _several_words(text: str, chance: random.Random) -> str | None:
    """Up to three near words at once."""
    new = text
    for _ in range(chance.randint(1, 3)):
        new = _word(new, chance) or new
    return new if new != text else None


_word = swap(NEAR_WORDS)


def _without_opening(text: str, _: random.Random) -> str | None:
    match = _OPENING.match(text)
    return match["rest"][0].upper() + match["rest"][1:] if match else None


def _without_brackets(text: str, _: random.Random) -> str | None:
    new = _BRACKETS.sub("", text)
    return new if new != text else None


def _one_statement(text: str, chance: random.Random) -> str | None:
    """One side of a semicolon that can stand alone."""
    parts = [part.strip(" .") for part in text.split("; ")]
    whole = [p for p in parts if len(p.split()) >= 6 and not _BACK.match(p) and "(" not in p and ")" not in p]
    if len(parts) < 2 or not whole:
        return None
    part = chance.choice(whole)
    return f"{part[0].upper()}{part[1:]}."


def _led_in(text: str, chance: random.Random) -> str | None:
    return chance.choice(_LEADS) + freely.lower_first(text) if chance.random() < 0.15 else None


WAYS: tuple[Change, ...] = (
    *freely.WAYS,
    _several_words, _several_words, _several_words, _without_opening, _without_brackets, _one_statement, _led_in,
    *(KINDS[name] for name in (
        "abbreviation spelled out", "abbreviated", "synonym", "clauses reordered", "other voice", "last clause dropped",
        "negation written otherwise", "units written otherwise", "frequencies written otherwise", "spelling",
    )),
)  # fmt: skip


def reworded(text: str, most: int, chance: random.Random) -> str:
    """Up to ``most`` of the ways, in an order of chance; the text itself where none applies."""
    for change in chance.sample(WAYS, len(WAYS)) if most else ():
        new = change(text, chance)
        if new is not None and new != text:
            text, most = new, most - 1
        if not most:
            break
    return text
