"""Ways of writing a sentence that keep its sense, by rule, seeded. What a check must not refuse.

Only what is safe by rule is here: no synonym that is merely near, no clause dropped that may bound the rest.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from damage_lib.change import Change, any_of, one_place
from rag.vocabulary import clinical_terms, equivalents, unambiguous_abbreviations


def _everywhere(rules: Iterable[tuple[str, str]]) -> Change:
    """All the rules, one after the other, wherever they match."""
    compiled = [(re.compile(pattern), put) for pattern, put in rules]

    def change(text: str, _: random.Random) -> str | None:
        for pattern, put in compiled:
            text = pattern.sub(put, text)
        return text

    return change


_SIGNS = (
    (r"≥ ?(?=\d)", "at least "), (r"≤ ?(?=\d)", "at most "), (r"(?<=\d)–(?=\d)", " to "), (r"(?<=\d)-(?=\d{1,3}(?![\d-]))", "–"), (r"(?<=\d) to (?=\d)", "-"),
    (r"(?<![a-z] )(?<!no )\bmore than (?=\d)", ">"), (r"(?<![a-z] )\bless than (?=\d)", "<"), (r"(?<=\w) > ?(?=\d)", " more than "), (r"(?<=\w) < ?(?=\d)", " less than "),
)  # fmt: skip
_UNITS = (
    (r"(?<=\d) ?%", " percent"), (r"(?<=\d) mg\b(?!/)", "mg"), (r"(?<=\d)mg\b(?!/)", " mg"), (r"(?<=\d) ?mm ?Hg\b", " mm Hg"), (r"(?<=\d )mL\b(?!/)", "ml"),
    (r"(?<=[a-zE])/day\b", " per day"), (r"(?<=mg)/kg\b", " per kg"), (r"\bkg/m2\b", "kg/m²"), (r"(?<=\d )g\b(?!/)", "grams"), (r"(?<=\d )(?:mcg|µg|μg)\b(?!/)", "micrograms"),
    (r"(?<=\d )hours\b", "hrs"), (r"(?<=\d )minutes\b", "min"), (r"(?<=\d )years\b(?! old)", "yrs"), (r"(?<=\d )weeks\b", "wks"), (r"(?<=\d )kg\b(?!/)", "kilograms"),
)  # fmt: skip
_FREQUENCIES = (
    (r"\btwice (?:a day|daily)\b", "bid"), (r"\b(?:bid|BID|b\.i\.d\.)(?!\w)", "twice a day"), (r"\bthree times (?:a day|daily|per day)\b", "tid"), (r"\bonce (?:daily|a day)\b", "one time per day"),
    (r"\bfour times (?:a day|daily)\b", "qid"), (r"\bevery (\d+) hours\b", r"q\1h"), (r"\bonce (?:a week|weekly)\b", "once per week"), (r"\btwice (?:a week|weekly)\b", "two times per week"),
    (r"(?<=\d) times (?:a|per) week\b", "x per week"), (r"\bannually\b", "every year"), (r"\bper day\b", "a day"), (r"\bper week\b", "a week"), (r"\bevery other day\b", "every 2 days"),
    (r"\bper year\b", "a year"), (r"\bper month\b", "a month"), (r"\beach day\b", "every day"), (r"(?<=mg )daily\b", "per day"),
)  # fmt: skip
_COUNTS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_COUNT_WORD = re.compile(
    r"(?<![\w-])(two|three|four|five|six|seven|eight|nine|ten|twelve)(?= [a-z]{4,})(?! (?:of|times|hundred|thousand|million)\b)"
)
_COUNT_FIGURE = re.compile(
    r"(?<![\w.,/(\[–-])(?<!\d )(?<!type )(?<!Type )(?<!stage )(?<!grade )(?<!able )(?<!igure )[2-9](?= (?:weeks?|months?|years?|days?|hours?|doses?|patients|studies|trials|times|groups?|drugs|tablets|participants|cases)\b)"
)
_DENIALS = (
    (r"\bshould not\b", "should never"), (r"\bcannot\b", "can not"), (r"\bdo not\b", "don't"), (r"\bis not\b", "isn't"), (r"\bdoes not\b", "doesn't"), (r"\bare not\b", "aren't"),
    (r"\bwas not\b", "wasn't"), (r"\bdid not\b", "didn't"), (r"\bwere not\b", "weren't"), (r"\bhas not\b", "hasn't"), (r"\bhave not\b", "haven't"),
)  # fmt: skip
_SPELLINGS = (
    ("haemo", "hemo"), ("anaemi", "anemi"), ("paediatr", "pediatr"), ("oedema", "edema"), ("diarrhoea", "diarrhea"), ("tumour", "tumor"), ("labour", "labor"), ("centre", "center"),
    ("behaviour", "behavior"), ("ischaemi", "ischemi"), ("leukaemi", "leukemi"), ("programme", "program"), ("glycaemi", "glycemi"), ("gynaecolog", "gynecolog"), ("oesophag", "esophag"),
    ("dyspnoea", "dyspnea"), ("favour", "favor"), ("foetal", "fetal"), ("haemat", "hemat"), ("organis", "organiz"), ("randomis", "randomiz"), ("hospitalis", "hospitaliz"), ("summaris", "summariz"),
    ("characteris", "characteriz"), ("optimis", "optimiz"), ("minimis", "minimiz"), ("standardis", "standardiz"), ("recognis", "recogniz"), ("normalis", "normaliz"), ("prioritis", "prioritiz"),
    ("colour", "color"), ("fibre", "fiber"), ("utilis", "utiliz"), ("immunis", "immuniz"), ("stabilis", "stabiliz"), ("litre", "liter"), ("analyse", "analyze"), ("sulph", "sulf"), ("generalis", "generaliz"),
)  # fmt: skip
_BRITISH = dict(_SPELLINGS)
_AMERICAN = {american: british for british, american in _SPELLINGS}
_BRITISH_PATTERN = re.compile(r"(?<![A-Za-z])(?i:hypo|hyper|an|de|re)?(" + "|".join(_BRITISH) + ")")
_AMERICAN_PATTERN = re.compile(
    r"(?<![A-Za-z])("
    + "|".join(
        w for w in _AMERICAN if w not in ("edema", "program", "center", "fiber", "color", "favor", "labor")
    )
    + r")(?!e?s?m\b|a[tlc])"
)
_CITATION = re.compile(
    r" ?(?:\[\d{1,3}(?:[,;–-] ?\d{1,3})*\]|\((?:\d{1,3})(?:[,;–-] ?\d{1,3})*\)(?=[.,; ])|\((?:[A-Z][\w'-]+ (?:et al\.?|and [A-Z][\w'-]+),? ?(?:19|20)\d\d[a-z]?(?:; )?)+\))"
)
_LAST_CLAUSE = re.compile(
    r", (?:including|such as|which|e\.g\.,?|for example,?|as well as|and therefore|thereby|respectively)[^,()]*\.$"
)
_CONTRADICTS = re.compile(r"\b(?:not|without|except|unless|only|respectively)\b")
_LEADING = re.compile(
    r"^(?P<link>If|When|In|For|Among|During|After|Before|Because|Since|Although|With|Within|Until|At) (?P<condition>[^,;:()]{8,90}), (?P<main>[^;:()]{15,}?)\.$"
)
_BACKWARD = re.compile(r"\b(?:it|its|they|them|their|these|those|this|such|he|she|the former|and|but|or)\b")
_ADVISES = re.compile(
    r"^(?P<who>We|WHO|CDC|The (?:panel|committee|guideline|GDG|task force)) (?:also )?(?P<verb>recommend|suggest)s? that (?P<rest>.+)$"
)
_PASSIVE = re.compile(
    r"^(?P<thing>(?:The |An? )?[A-Za-z][\w-]*(?: (?!by\b|was\b|were\b)[\w-]+){0,6}) (?:was|were) (?P<verb>conducted|performed|supported|funded|approved|reported|induced|reduced|inhibited|increased|affected"
    r"|followed|reviewed|developed|observed|collected|provided|assessed|analyzed|carried out|prescribed|recorded) by (?P<who>[A-Za-z][\w-]*(?: (?!and\b|in\b|by\b|using\b)[\w-]+){0,5})\.$"
)
_FINITE = re.compile(r"\b(?:is|are|was|were|has|have|had|that|which|who|may|can|could|not|no|and|using)\b")


def _reordered(text: str, _: random.Random) -> str | None:
    """ "If A, B." becomes "B if A." where neither half points back at the other."""
    match = _LEADING.match(text)
    if (
        not match
        or _BACKWARD.search(match["main"][:40].lower())
        or ", " in match["main"]
        or not _has_verb(match["main"])
    ):
        return None
    main, condition = match["main"], match["condition"]
    if re.match(
        r"(?:addition|general|particular|contrast|fact|summary|total|conclusion|short|example|instance|that|this|these|all|other)\b",
        condition,
    ):
        return None
    return f"{main[0].upper()}{main[1:]} {match['link'].lower()} {condition}."


def _has_verb(text: str) -> bool:
    return bool(re.search(r"\b(?:is|are|was|were|should|can|may|must|will|has|have|had)\b", text))


def _other_voice(text: str, _: random.Random) -> str | None:
    """ "We recommend that …" is "It is recommended that …"; "A was done by B" is "B did A"."""
    advice = _ADVISES.match(text)
    if advice:
        by = (
            ""
            if advice["who"] == "We"
            else f" by {advice['who'][0].lower() + advice['who'][1:] if advice['who'].startswith('The') else advice['who']}"
        )
        verb = {"recommend": "recommended", "suggest": "suggested"}[advice["verb"]]
        return f"It is {verb}{by} that {advice['rest']}"
    match = _PASSIVE.match(text)
    if not match or _FINITE.search(match["thing"]) or _FINITE.search(match["who"]):
        return None
    who, thing = match["who"], match["thing"]
    thing = thing if sum(c.isupper() for c in thing.split()[0]) > 1 else thing[0].lower() + thing[1:]
    return f"{who[0].upper()}{who[1:]} {match['verb']} {thing}."


# --- words of the project's own vocabulary -------------------------------------------------------------


_abbreviations = lru_cache(maxsize=1)(unambiguous_abbreviations)


_CAPITALS = re.compile(r"(?<![\w/-])[A-Z]{3,6}(?![\w/-])")


def _spell_out(match: re.Match[str], _: random.Random) -> str | None:
    """Not where the sentence itself says what it is short for."""
    long = _abbreviations().get(match.group())
    around = match.string[max(0, match.start() - 1) : match.end() + 2]
    if long is None or "(" in around or long.lower() in match.string.lower():
        return None
    return long if match.start() else long[0].upper() + long[1:]


def _shorten(text: str, chance: random.Random) -> str | None:
    for short, long in chance.sample(sorted(_abbreviations().items()), k=len(_abbreviations())):
        found = re.search(rf"(?<![\w-]){re.escape(long)}(?![\w-])(?! \()", text, re.IGNORECASE)
        if found and short not in text:
            return text[: found.start()] + short + text[found.end() :]
    return None


_ENDINGS = ("s", "ic", "al", "ive", "ed", "ing", "ly")


def _synonym(text: str, chance: random.Random) -> str | None:
    """A clinical term for another of its group in the same form: no plural for a singular, no adjective for a noun."""
    mentions = [m for m in clinical_terms(text) if m.specific and m.text.islower() and len(m.text) > 6]
    chance.shuffle(mentions)
    for mention in mentions:
        forms = [
            form
            for form in sorted(_group(mention.text))
            if _is_same_form(mention.text, form) and form not in text
        ]
        if forms:
            return text[: mention.start] + chance.choice(forms) + text[mention.end :]
    return None


@lru_cache(maxsize=1)
def _clinical_groups() -> tuple[tuple[str, ...], ...]:
    lines = files("rag.vocabulary").joinpath("synonyms.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line.startswith("clinical\t"))
    return tuple(tuple(terms.split("|")) for _, terms in rows)


_LOOSE = frozenset(
    """chest pain|syringe|withdrawal|pneumonia|pharyngitis|common cold|bronchitis|bronchiolitis|otitis media|cystitis|pyelonephritis|cellulitis
    |sepsis|zoonotic influenza|rabies|malaria|pain|abdominal pain|dizziness|depression|dementia|underweight|overdose|anaphylaxis
    |emergency department|intensive care unit|hand hygiene|needlestick injury|atrial fibrillation|vaso-occlusive crisis|viral load
    |oral rehydration|arthritis|osteoarthritis|low back pain|osteoporosis|fibromyalgia|asthma|contraception|syphilis|jaundice
    |antimicrobial stewardship|corticosteroids|renal impairment|hepatic impairment|preterm|stillbirth|postpartum|cirrhosis
    |surgical site infection|tuberculosis preventive treatment|alveolar echinococcosis|helminth|scabies|urine test|biopsy""".replace(
        "\n    ", ""
    ).split("|")
)
"""Groups whose first two names are near, and do not say the same of every patient."""


def _group(term: str) -> set[str]:
    """The first two terms of a group are names of one thing; what comes after may be looser."""
    groups = [group for group in _clinical_groups() if group[0] not in _LOOSE]
    return {form for group in groups if term in group[:2] for form in group[:2]} & equivalents(term)


def _is_same_form(one: str, other: str) -> bool:
    return (
        one[:5] != other[:5]
        and all(one.endswith(end) == other.endswith(end) for end in _ENDINGS)
        and other.islower()
    )


def _spelled_otherwise(text: str, chance: random.Random) -> str | None:
    american = one_place(_BRITISH_PATTERN, lambda m, _: m.group().replace(m.group(1), _BRITISH[m.group(1)]))
    british = one_place(_AMERICAN_PATTERN, lambda m, _: _AMERICAN[m.group(1)])
    return american(text, chance) or british(text, chance)


# --- the tables ------------------------------------------------------------------------------------------


def _without_last_clause(text: str, _: random.Random) -> str | None:
    match = _LAST_CLAUSE.search(text)
    if not match or _CONTRADICTS.search(text[match.start() :]):
        return None
    return f"{text[: match.start()]}."


def _with_lead_in(text: str, chance: random.Random) -> str | None:
    lead = chance.choice(
        (
            "According to the source, ",
            "The guideline states that ",
            "It is stated that ",
            "The document says that ",
        )
    )
    first = text.split()[0]
    keep = first == "I" or sum(c.isupper() for c in first) > 1 or any(c.isdigit() for c in first)
    return lead + (text if keep else text[0].lower() + text[1:])


KINDS: dict[str, Change] = {
    "identity": lambda text, _: text,
    "first letter small": lambda text, _: text[0].lower() + text[1:],
    "capitals": lambda text, _: text.upper(),
    "small letters": lambda text, _: text.lower(),
    "signs written otherwise": _everywhere(_SIGNS),
    "units written otherwise": _everywhere(_UNITS),
    "frequencies written otherwise": _everywhere(_FREQUENCIES),
    "numerals": any_of(
        one_place(_COUNT_WORD, lambda m, _: str(_COUNTS.index(m.group()))),
        one_place(_COUNT_FIGURE, lambda m, _: _COUNTS[int(m.group())]),
    ),
    "negation written otherwise": _everywhere(_DENIALS),
    "spelling": _spelled_otherwise,
    "abbreviation spelled out": one_place(_CAPITALS, _spell_out),
    "abbreviated": _shorten,
    "synonym": _synonym,
    "clauses reordered": _reordered,
    "other voice": _other_voice,
    "citation dropped": lambda text, _: _CITATION.sub("", text),
    "last clause dropped": _without_last_clause,
    "lead-in added": _with_lead_in,
}
"""Undamaged: ``change(sentence, chance)`` says the same as the sentence."""


def _numbered(text: str, chance: random.Random) -> str:
    mark = chance.choice(("• ", "– ", "{}. ", "{}) ", "({}) ", "{} ", "{}.{} "))
    return mark.format(chance.randint(1, 30), chance.randint(1, 9)) + text


def _referenced(text: str, chance: random.Random) -> str:
    mark = chance.choice((" [{}]", " ({})", " [{},{}]", " ({}–{})"))
    first = chance.randint(1, 80)
    return f"{text.rstrip('.')}{mark.format(first, first + chance.randint(1, 9))}."


EVIDENCE_KINDS: dict[str, Change] = {
    "quote with a list number": _numbered,
    "quote with a reference mark": _referenced,
    "quote broken into lines": lambda text, _: re.sub(r" (\S+) ", r" \1\n", text),
}
"""Undamaged too, but what is changed is the evidence: the sentence itself is the claim."""
UNDAMAGED = (*KINDS, *EVIDENCE_KINDS)
"""The names of all of them."""
