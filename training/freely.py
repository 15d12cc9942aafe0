"""Freer ways of saying the same: noun phrases turned round, phrases moved, parts told alone, advice as an order.

For training and calibration alone, by pattern: what comes out is not always good English. ``WAYS`` are ``Change``
functions like those of ``eval/damage_lib``; none may change what the sentence says.
"""

from __future__ import annotations

import random
import re

from damage_lib.change import Change, one_place

_NAME = r"(?:[Tt]he |[Aa]n? )?[A-Za-z][\w/-]*(?: (?!(?:was|were|is|are|be|been|has|have|had|that|which|who|and|or|than|not|no|by|to|did|does|do)\b)[\w/-]+){0,5}"
_VERBISH = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|may|can|could|will|would|should|must|might|that|which|who|we|it|they|showed|found)\b"
)
_NO_FRONT = re.compile(
    r"^(?:[A-Z][a-z]+ly|However|Then|This|These|It|They|In|At|For|After|Before|During|When|If|Among|Although|While|As|Of|With|On|To|By)\b"
)


def lower_first(text: str) -> str:
    first = text.split()[0]
    is_name = first == "I" or sum(c.isupper() for c in first) > 1 or any(c.isdigit() for c in first)
    return text if is_name else text[0].lower() + text[1:]


def upper_first(text: str) -> str:
    return text[0].upper() + text[1:]


_NO_DIFFERENCE = re.compile(
    rf"^(?:There (?:was|were)|We (?:found|observed)) no (?P<how>(?:statistically )?significant )?differences? in (?:the )?(?P<what>[^,;()]{{4,60}}?) between (?:the )?(?P<one>{_NAME}) and (?:the )?(?P<two>{_NAME})(?P<end>[.( ].*)$"
)
_GROUPS = re.compile(
    r"^(?:There (?:was|were)|We (?:found|observed)) no (?P<how>(?:statistically )?significant )?differences? (?P<groups>between (?:the )?(?:two |three |study |treatment )*(?:groups|arms)) in (?:the )?(?P<what>[^,;()]{4,60}?)(?P<end>\.| \(.*)$"
)


def _did_not_differ(text: str, chance: random.Random) -> str | None:
    if match := _GROUPS.match(text):
        groups, end = match["groups"], match["end"]
    elif match := _NO_DIFFERENCE.match(text):
        groups, end = f"between {match['one']} and {match['two']}", match["end"]
    else:
        return None
    how = " significantly" if match["how"] else ""
    told = (
        f"{match['what']} did not differ{how} {groups}",
        f"{groups[8:]} did not differ{how} in {match['what']}",
        f"no {how.strip()[:-2] + ' ' if how else ''}difference {groups} was found in {match['what']}",
    )
    return upper_first(chance.choice(told)) + end


_REPORTED = re.compile(
    r"^(?:(?:We|The authors|The investigators|This study|The study|Our study|The results|Results|Our results|The data|Our data|The present study|Our findings|These results) (?:also |clearly )?"
    r"(?:found|observed|showed|demonstrated|show|demonstrate|confirmed|concluded|reported) that) (?P<rest>.{25,})$"
)
_REPORTERS = (
    "The study found that ",
    "The authors found that ",
    "Researchers observed that ",
    "In this study, ",
    "In the study, ",
)


def _reported(text: str, chance: random.Random) -> str | None:
    match = _REPORTED.match(text)
    if match:
        return upper_first(match["rest"])
    return chance.choice(_REPORTERS) + lower_first(text) if chance.random() < 0.1 else None


_THINGS = (
    "risk|risks|level|levels|incidence|rate|rates|severity|prevalence|concentration|concentrations|use|duration|onset|diagnosis|management|prevention|treatment"
    "|dose|doses|symptoms|signs|measurement|measurements|score|scores|improvement|reduction|patients|history|therapy|course|frequency|prescription"
)
_TAIL = r"(?=[.,;)]| (?:in|was|were|is|are|and|by|for|at|from|among|between|compared|after|before|during|on|did|has|have|should|may|can|than)\b)"
_OF = re.compile(
    rf"\b(?P<thing>{_THINGS}) (?:of|for) (?:the )?(?P<what>[a-z][a-z-]{{3,}}(?: [a-z][a-z-]{{3,}})?){_TAIL}"
)
_NOT_A_THING = re.compile(
    r"\b(?:this|that|these|those|each|both|other|such|some|their|with|from|least|more|most|less|all|any|many)\b"
)
_DOSE_OF = re.compile(
    r"\b(?:an? )?(?P<kind>(?:(?:single|daily|total|oral|initial|maximum|fixed|average|median|mean) )*)dose of (?P<dose>\d[\d.,]* ?(?:mg|g|mcg|µg|μg|mL|ml|IU|units)(?:/(?:kg|day|d))?)(?![\w/]| m)"
)


def _turned_round(match: re.Match[str], _: random.Random) -> str | None:
    return None if _NOT_A_THING.search(match["what"]) else f"{match['what']} {match['thing']}"


_MOVES = (
    r"(?:after|within|during|over) (?:(?:the )?(?:first |last |next )?[\w.-]+ (?:weeks?|months?|years?|days?|hours?|minutes)(?: of [a-z]+(?: [a-z]+)?)?|treatment|surgery|follow-up|hospitalization)"
    r"|at (?:[\w.-]+ (?:weeks?|months?|years?|days?|hours?|minutes)|baseline|follow-up|discharge|admission|week \d+|month \d+|day \d+)"
    r"|(?:in|among) (?:(?:the )?(?:[a-z-]+ )?(?:patients|adults|children|women|men|people|participants|individuals|infants|adolescents)(?: with [a-z][\w -]{3,40})?|the [\w-]+ group|both groups|this study)"
)
_LAST_PHRASE = re.compile(rf"^(?P<main>[^;:()]{{25,}}?) (?P<phrase>{_MOVES})\.$")
_FIRST_PHRASE = re.compile(rf"^(?P<phrase>{_MOVES}), (?P<main>[^;:()]{{25,}})\.$", re.IGNORECASE)


def _phrase_moved(text: str, _: random.Random) -> str | None:
    """When and in whom, from the end to the front and back."""
    if match := _FIRST_PHRASE.match(text):
        if "," in match["main"] or re.match(r"(?:it|they|this|these|there)\b", match["main"]):
            return None
        return f"{upper_first(match['main'])} {lower_first(match['phrase'])}."
    match = _LAST_PHRASE.match(text)
    if (
        not match
        or _NO_FRONT.match(text)
        or "," in match["main"]
        or re.search(r"\b(?:than|between|and|or|that|which|who)\b", match["main"])
    ):
        return None
    return f"{upper_first(match['phrase'])}, {lower_first(match['main'])}."


_COORDINATED = re.compile(
    r", (?:and|but|whereas|while) (?=(?:the |a |an |no |there |in |all |most |only )?[a-z])"
)
_POINTS_BACK = re.compile(
    r"^(?:it|its|they|them|their|this|these|those|that|which|he|she|such|both|also|then|not|was|were|is|are|had|has)\b",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|did|may|can|should|showed|increased|decreased|reduced|improved|received|occurred|remained)\b"
)


def _one_part(text: str, chance: random.Random) -> str | None:
    """One of two statements joined by a comma and a word, where it can stand alone."""
    if (
        re.match(r"(?:If|When|Although|While|Because|Since|Unless|Both|Neither|Either)\b", text)
        or "respectively" in text
    ):
        return None
    parts = [part.strip(" .") for part in _COORDINATED.split(text)]
    if len(parts) != 2 or any(
        "," in part or "(" in part or len(part.split()) < 6 or not _FINITE.search(part) for part in parts
    ):
        return None
    whole = [part for part in parts if not _POINTS_BACK.match(part)]
    return upper_first(chance.choice(whole)) + "." if whole else None


_ASIDE = re.compile(
    r", (?:which|who|where)\b[^,;()]{6,80}(?:,(?= (?:was|were|is|are|had|did|has)\b)|(?=\.$))"
)


def _aside_dropped(text: str, _: random.Random) -> str | None:
    new = _ASIDE.sub("", text, count=1)
    return new if new != text and len(new.split()) >= 6 else None


_ORDERS = {
    "Give": "given", "Use": "used", "Avoid": "avoided", "Start": "started", "Stop": "stopped", "Offer": "offered", "Administer": "administered", "Check": "checked",
    "Measure": "measured", "Monitor": "monitored", "Repeat": "repeated", "Continue": "continued", "Treat": "treated", "Screen": "screened", "Refer": "referred", "Test": "tested",
    "Assess": "assessed", "Prescribe": "prescribed", "Perform": "performed", "Obtain": "obtained", "Record": "recorded", "Consider": "considered",
}  # fmt: skip
_DONE_TO = {done: order for order, done in _ORDERS.items()}
_ORDER = re.compile(
    rf"^(?P<order>{'|'.join(_ORDERS)}) (?P<thing>(?!of\b)[^,;:()]+?)(?P<end>(?: (?:to|for|in|if|when|every|at|with|before|after|until|once|twice|as|during|by|on|from)\b.*)?\.)$"
)
_ADVISED = re.compile(
    rf"^(?P<thing>[A-Z][^,;:()]{{3,60}}?) should be (?P<done>{'|'.join(_DONE_TO)})(?P<end>(?: [^;:()]*)?\.)$"
)


def _order(text: str, _: random.Random) -> str | None:
    """ "X should be given to Y" is "Give X to Y", and back."""
    if (m := _ADVISED.match(text)) and not _VERBISH.search(m["thing"]):
        return f"{_DONE_TO[m['done']]} {lower_first(m['thing'])}{m['end']}"
    if (m := _ORDER.match(text)) and not _VERBISH.search(m["thing"]):
        return f"{upper_first(m['thing'])} should be {_ORDERS[m['order']]}{m['end']}"
    return None


_SHORTER = one_place(
    re.compile(
        r"\b(?:[Aa] total of (?=\d)|in order (?=to )|the fact that |a (?:large )?number of (?=[a-z])|(?:statistically )(?=significant)|the use of |the presence of |it (?:was found|is known|was shown|has been shown) that )"
    ),
    lambda m, _: "many " if m.group().endswith("number of ") else "",
)
WAYS: tuple[Change, ...] = (
    _did_not_differ, _reported, one_place(_OF, _turned_round), one_place(_DOSE_OF, lambda m, _: f"a {m['kind']}{m['dose']} dose"),
    _phrase_moved, _one_part, _aside_dropped, _order, _SHORTER,
)  # fmt: skip


def joined(one: str, other: str, chance: random.Random) -> str:
    """Two sentences told as one."""
    link = chance.choice((", and ", "; ", ", while ", " and "))
    return f"{one.rstrip('.')}{link}{lower_first(other)}"
