"""Whom a claim speaks of: adults, children, pregnancy, renal impairment, health workers, patients with a disease.

A claim fails when it names a group that its quotes, their headings and neighbours do not name. "Patients" is no group,
but may not stand where the quotes have only health workers. Leaving a group out is not seen here: ``relevance`` asks
whether the question's group is met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import fold
from rag.verify.common import framed, neighbours, shown, spelled_out
from rag.vocabulary import clinical_terms, population


class Population:
    """Fails with the group that is not in the quotes."""

    name: CheckName = "population"

    def __call__(self, given: CheckInput) -> CheckResult:
        held = [f"{framed(quote)}\n{neighbours(given, quote)}" for quote in given.quotes]
        fault = (
            other_group(given.claim, held)
            or other_condition(given.claim, held)
            or replaced_group(given.claim, [shown(quote) for quote in given.quotes])
        )
        return CheckResult(not fault, fault)


_GROUPS: dict[str, str] = {
    "newborns": r"newborns?|new-born|neonat\w*",
    "infants": r"infan(?:ts?|cy)|bab(?:y|ies)|toddlers?",
    "children": r"child(?:ren|hood)?|kids?|p(?:a)?ediatrics?|schoolchild(?:ren)?|school-?age\w*",
    "adolescents": r"adolescen\w*|teen(?:s|age\w*)?|young people|youths?",
    "adults": r"adults?|adulthood",
    "older adults": r"older (?:adult|people|person|patient|wom[ae]n|m[ae]n|individual)s?|elderly|geriatric|seniors?",
    "young adults": r"young(?:er)? (?:adults?|wom[ae]n|m[ae]n)|(?<!very )\byoung(?= (?:patients?|persons?|subjects?|participants?))",
    "women": r"wom[ae]n|females?|mothers?|maternal|midwi\w+",
    "men": r"m[ae]n(?! of)|males?|fathers?|paternal",
    "boys": r"boys?", "girls": r"girls?", "mothers": r"mothers?|maternal", "fathers": r"fathers?|paternal",
    "pregnancy": r"(?<!non-)(?<!non)pregnan\w*|gravid\w*|gestation(?:al)?|trimesters?|antenatal|prenatal|obstetric\w*|peripartum|intrapartum|miscarriages?|childbirth|(?:live |still)births?|abortions?",
    "no pregnancy": r"non-?pregnant|not pregnant|outside pregnancy",
    "breastfeeding": r"breast[- ]?f(?:eeding|ed)|lactat\w*|nursing mothers?",
    "first trimester": r"first trimester|early pregnancy", "second trimester": r"second trimester", "third trimester": r"third trimester|late pregnancy",
    "postpartum": r"post-?partum|postnatal|puerper\w+",
    "renal impairment": r"(?:renal|kidney)(?:ly)? (?:or (?:hepatic|liver) )?(?:impairment|disease|failure|insufficiency|dysfunction|function|injury)|ckd|esrd|eskd|dialysis|egfr|creatinine clearance|crcl|nephropath\w+|aki",
    "hepatic impairment": r"(?:hepatic|liver) (?:or (?:renal|kidney) )?(?:impairment|disease|failure|insufficiency|dysfunction|function|injury)|cirrho\w+|child-pugh|hepatopath\w+",
    "heart failure": r"(?:heart|cardiac|ventricular) (?:failure|dysfunction)|cardiomyopath\w+|hfref|hfpef|ejection fraction",
    "type 1 diabetes": r"type[- ]?(?:1|i) diabet\w+|t1dm?|type 1 or (?:type )?2 diabet\w+|iddm", "type 2 diabetes": r"type[- ]?(?:2|ii) diabet\w+|t2dm?|types? 1 (?:or|and) (?:type )?2 diabet\w+|niddm",
    "premenopausal women": r"pre-?menopaus\w+|childbearing|reproductive (?:age|years|period)|child-bearing", "postmenopausal women": r"(?:post-?)menopaus\w+|after (?:the )?menopause",
    "people with hiv": r"hiv[- ](?:positive|infected|seropositive)|(?:living )?with hiv|hiv infection|plhiv|plwh\w*", "people without hiv": r"hiv[- ](?:negative|uninfected)|without hiv",
    "immunocompromised people": r"immuno-?(?:compromis|suppress|depress|deficien(?!cy virus))\w+|transplant\w*", "immunocompetent people": r"immuno-?competen\w+",
    "smokers": r"(?<!non-)(?<!non)smok\w+|tobacco", "non-smokers": r"non-?smok\w+|never smok\w+",
    "inpatients": r"in-?patients?|hospitali[sz]\w+|hospital\w*|admitted|wards?", "outpatients": r"out-?patients?|ambulatory|clinics?|community|primary care",
    "health workers": r"(?:health|health-?care|hospital|medical|care) ?(?:workers?|personnel|providers?|professionals?|staff|practitioners?)|hcws?|hcp|clinicians?|doctors?|nurses?|physicians?|staff",
    "visitors": r"visitors?", "students": r"students?|pupils?|schoolchildren", "teachers": r"teachers?|educators?|faculty", "nurses": r"nurs(?:e|es|ing)|midwi\w+",
    "physicians": r"physicians?|doctors?|surgeons?|clinicians?|practitioners?|medical (?:staff|officers?)", "caregivers": r"care-?givers?|carers?|parents?|famil(?:y|ies)|guardians?",
    "veterans": r"veterans?|military",
}  # fmt: skip
_PATTERNS = {name: re.compile(rf"(?<![\w-])(?:{pattern})(?!\w)") for name, pattern in _GROUPS.items()}
_ALSO: dict[str, tuple[str, ...]] = {
    "women": ("pregnancy", "breastfeeding", "postpartum", "mothers", "girls", "premenopausal women", "postmenopausal women"),
    "men": ("boys", "fathers"), "children": ("infants", "newborns", "adolescents", "boys", "girls"), "infants": ("newborns",),
    "adolescents": ("teenagers",), "older adults": (), "adults": ("older adults", "young adults", "women", "men", "pregnancy", "veterans"),
    "mothers": ("pregnancy", "breastfeeding", "postpartum"), "people with hiv": (), "physicians": ("health workers",), "nurses": ("health workers",), "caregivers": (),
    "no pregnancy": (), "pregnancy": ("first trimester", "second trimester", "third trimester"),
}  # fmt: skip
"""A claim may name the first where the quotes name one of the others."""
_AGES = {"child": "children", "newborn": "newborns", "adult": "adults", "older adult": "older adults", "adolescent": "adolescents"}  # fmt: skip
_AGE_GROUPS = frozenset(
    ("newborns", "infants", "children", "adolescents", "adults", "older adults", "young adults")
)
_NO_GROUPS = frozenset(("inpatients", "outpatients", "caregivers", "health workers", "physicians"))
"""Named only for places and roles that texts call by too many names: compared with their counterparts alone."""
_COUNTERPARTS = (
    ("people with HIV", "people without HIV", r"hiv[- ](?:positive|infected)", r"hiv[- ](?:negative|uninfected)"),
    ("inpatients", "outpatients", r"in-?patients?", r"out-?patients?"), ("patients", "health workers", r"patients?", r"(?:health|health-?care) ?workers?"),
    ("doctors", "caregivers", r"doctors?", r"care-?givers?"), ("physicians", "nurses", r"physicians?", r"nurses?"),
    ("visitors", "health workers", r"visitors?", r"(?:health|health-?care) ?workers?"), ("acute pain", "chronic pain", r"acute pain", r"chronic pain"),
    ("women", "men", r"wom[ae]n|females?", r"m[ae]n|males?"), ("girls", "boys", r"girls?", r"boys?"), ("children", "adults", r"child(?:ren)?", r"adults?"),
)  # fmt: skip
_COUNTER_PATTERNS = tuple(
    (a, b, re.compile(rf"(?<![\w-])(?:{one})(?!\w)"), re.compile(rf"(?<![\w-])(?:{other})(?!\w)"))
    for a, b, one, other in _COUNTERPARTS
)


def other_group(claim: str, held: Sequence[str]) -> str:
    """Words for a group of the claim that the texts do not name; "" if there is none."""
    there = set().union(*(groups(spelled_out(text)) for text in held))
    for group in sorted(_named(claim) - there - _NO_GROUPS):
        if there.isdisjoint(_ALSO.get(group, ())) and not _is_default(group, there):
            return f"the quoted sentences do not speak of {group}"
    return _counterpart(fold(claim), fold("\n".join(held)))


def _is_default(group: str, there: set[str]) -> bool:
    """A text that names no age speaks of adults."""
    return group == "adults" and there.isdisjoint(_AGE_GROUPS)


def _counterpart(said: str, held: str) -> str:
    for names in (pair for pair in _COUNTER_PATTERNS):
        for here, there, ours, theirs in (names, (names[1], names[0], names[3], names[2])):
            if (
                ours.search(said)
                and theirs.search(held)
                and not theirs.search(said)
                and not ours.search(held)
            ):
                return f"the claim says {here}, the quoted sentences say {there}"
    return ""


def _named(text: str) -> set[str]:
    """Groups named by a word. An age in a claim is a number, and compared as such."""
    plain = fold(text)
    return {name for name, pattern in _PATTERNS.items() if pattern.search(plain)}


@lru_cache(maxsize=2048)
def groups(text: str) -> frozenset[str]:
    """Groups named in a text, those of stated ages included."""
    return frozenset(
        _named(text) | {_AGES[name] for name in population(_NO_WORDS.sub(" ", text)) if name in _AGES}
    )


_NO_WORDS = re.compile(
    r"(?<![A-Za-z])[A-Za-z]*(?:child|infan|bab|toddler|boy|girl|kid|p(?:a)?ediatric|adolescen|teen|adult|elderly|geriatric|neonat|newborn|frail|older|young)[A-Za-z]*"
)
"""Leaves the ages: words are read by the finer patterns here."""


# --- in the same words -----------------------------------------------------------------------------------

_TOKEN = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_END = re.compile(r"(?<=[a-z0-9)\]%]\.)\s+(?=[A-Z])|\n")
_RETOLD = 0.8
"""Share of common words (Jaccard) from which a claim is taken to retell a sentence."""


def replaced_group(claim: str, quotes: Sequence[str]) -> str:
    """A claim in a quote's own words that has another group in the place of one of its groups."""
    said = _tokens(claim)
    for sentence in (part for quote in quotes for part in {quote, *_END.split(quote)}):
        held = _tokens(sentence)
        if held == said or len({*said} & {*held}) < _RETOLD * len({*said} | {*held}):
            continue
        for kind, i, j, k, m in SequenceMatcher(None, held, said, autojunk=False).get_opcodes():
            ours, theirs = _people(said[k:m]), _people(held[i:j])
            if kind == "replace" and ours and theirs and ours.isdisjoint(theirs):
                return f"the claim says {min(ours)} where the quoted sentence says {min(theirs)}"
    return ""


def _people(tokens: Sequence[str]) -> set[str]:
    text = spelled_out(" ".join(tokens))
    return set(groups(text)) | ({"patients"} if re.search(r"\bpatients?\b", text) else set())


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(fold(text)))


# --- conditions ------------------------------------------------------------------------------------------

_WITH = re.compile(r"\b(?:with|having|has|have|without|history of|diagnosed with|suffering from|for|in)\s+(?:(?:an?|the|severe|mild|moderate|acute|chronic|suspected|confirmed|known|active)\s+){0,2}$")  # fmt: skip
_PEOPLE = re.compile(r"\b(?:patients?|people|persons?|individuals?|those|adults?|children|women|men|infants|subjects|participants|anyone|who)\b[^.;]{0,20}$")  # fmt: skip


def other_condition(claim: str, held: Sequence[str]) -> str:
    """A disease of which the claim says that people have it, and that no text names by any of its names."""
    for name, forms in _conditions(claim):
        short = () if " " in name else (name.lower()[:_STEM],)
        if not any(form in text for text in map(_all_names, held) for form in (*forms, *short)):
            return f"the quoted sentences do not speak of {name}"
    return ""


_STEM = 6
"""Letters by which "diabetes" and "diabetic" are one."""


def _conditions(claim: str) -> Iterator[tuple[str, frozenset[str]]]:
    for term in clinical_terms(claim):
        before = claim[max(0, term.start - 60) : term.start].lower()
        link = _WITH.search(before)
        if term.specific and link and _PEOPLE.search(before[: link.start()]):
            yield term.text, term.forms | {fold(term.text)}


@lru_cache(maxsize=1024)
def _all_names(text: str) -> str:
    """Folded, with every name of every clinical term in it."""
    return "\n".join((fold(text), *(form for term in clinical_terms(text) for form in sorted(term.forms))))
