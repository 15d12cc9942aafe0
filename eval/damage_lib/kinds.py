"""Kinds of damage a sentence can suffer, and ways of writing it that keep its sense. Rules only, seeded.

Knows no check and no judge: it makes the pairs that measure (and, from other documents, train) them.
A function here takes a sentence and a source of chance, and gives the changed sentence, or None where its
rule does not apply. Damage must make the sentence say something else: what keeps the truth is left out by rule.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from damage_lib.change import Change, any_of, one_place, swap
from damage_lib.lost import CROSSED, LOST, crossed
from damage_lib.paraphrase import EVIDENCE_KINDS
from damage_lib.paraphrase import KINDS as PARAPHRASES
from rag.text import STOPWORDS, content_stems
from rag.vocabulary import drug_class, drug_names


class Pair(NamedTuple):
    """A claim beside the sentence it was made from."""

    evidence: str
    claim: str
    kind: str
    damaged: bool
    """The evidence does not support the claim."""


# --- numbers ---------------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?<![\w.,/(\[–-])(?<![Tt]able )(?<![Ff]igure )(?<![Ff]ig\. )(?<![Rr]ef\. )\d+(?:\.\d+)?(?![\w.,/)\]–-]*[\d\])])(?![\w]|\.\w)"
)
"""Not a reference mark, not a part of a name, a date or a range's end."""


_REFERENCES = re.compile(r"[\[(]\d+(?:\s?[,;–-]\s?\d+)*[\])]")


def _is_reference(match: re.Match[str]) -> bool:
    return any(m.start() < match.start() < m.end() for m in _REFERENCES.finditer(match.string))


def _other_number(match: re.Match[str], chance: random.Random) -> str | None:
    if _is_reference(match):
        return None
    text = match.group()
    at = chance.choice([i for i, c in enumerate(text) if c.isdigit()])
    return text[:at] + chance.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]


def _moved_point(match: re.Match[str], chance: random.Random) -> str | None:
    value = float(match.group())
    if value == 0 or _is_reference(match):
        return None
    return f"{value * 10:.10g}" if chance.random() < 0.5 else f"{value / 10:.10g}"


_UNITS = {"mg": "g", "mcg": "mg", "µg": "mg", "μg": "mg", "g": "mg", "ml": "l", "mL": "L", "L": "mL", "kg": "g", "mmHg": "kPa", "mm Hg": "kPa",
          "days": "weeks", "weeks": "days", "day": "week", "week": "month", "months": "weeks", "month": "week", "hours": "minutes", "minutes": "hours",
          "hour": "minute", "min": "h", "h": "min", "years": "months", "year": "month", "cm": "mm", "mm": "cm", "μm": "mm", "µm": "mm", "MME": "g", "MME/day": "MME/dose",
          "mg/kg": "mg", "mg/day": "mg", "mg/dL": "mmol/L", "mmol/L": "mg/dL", "g/dL": "g/L", "g/L": "mg/L", "mg/L": "g/L", "ng/mL": "μg/mL", "μM": "mM", "mM": "μM",
          "IU": "mg", "°C": "°F", "kcal": "kJ", "km": "m", "nm": "μm", "mL/min": "mL/h", "mg/mL": "μg/mL", "μg/mL": "mg/mL"}  # fmt: skip
_UNIT = re.compile(
    r"(?<=\d)([ -]?)(" + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True)) + r")(?![\w/])"
)
_SIGNS: dict[str, tuple[str, ...]] = {
    "≥": ("<", "≤"), ">": ("<", "≤"), "≤": (">", "≥"), "<": (">", "≥"), "at least ": ("at most ", "less than "), "more than ": ("less than ", "at most "),
    "less than ": ("more than ", "at least "), "greater than ": ("less than ", "up to "), "up to ": ("at least ", "more than "), "no more than ": ("at least ", "more than "),
    "fewer than ": ("more than ", "at least "), "at most ": ("at least ", "more than "), "over ": ("under ", "at most "), "under ": ("over ", "at least "),
    "above ": ("below ", "at most "), "below ": ("above ", "at least "), "higher than ": ("lower than ", "at most "), "lower than ": ("higher than ", "at least "),
    "a minimum of ": ("a maximum of ", "less than "), "a maximum of ": ("a minimum of ", "more than "), "not exceed ": ("exceed ", "be less than "),
    "older than ": ("younger than ",), "younger than ": ("older than ",), "within ": ("after more than ", "after at least "),
}  # fmt: skip
_COUNT = r"(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b"
_SIGN = re.compile(
    r"(?<![a-z])(?<!no )(?<!not )(?:"
    + "|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))
    + rf")(?= ?\d| ?{_COUNT})",
    re.IGNORECASE,
)


def _other_sign(match: re.Match[str], chance: random.Random) -> str | None:
    """ "over 4 hours" may say during, so there it is no comparator."""
    said = match.group().lower()
    if said == "over " and re.match(
        r"(?:the )?[\w.–-]+ (?:h|min|day|week|month|year|decade)", match.string[match.end() :]
    ):
        return None
    new = chance.choice(_SIGNS[said])
    return new[0].upper() + new[1:] if match.group()[0].isupper() else new


# --- negation and strength ---------------------------------------------------------------------------

_AUXILIARY = "is|are|was|were|should|can|may|must|does|do|did|will|could|has been|have been|had"
_ADDS_NOT = re.compile(
    rf"(?<![\w-])(?:{_AUXILIARY})\b(?! not\b|n't|, )(?= (?!to\b|of\b|than\b|the\b|a\b|an\b|not\b|no\b|only\b)[a-z]{{3,}})"
)
_NOT = re.compile(
    rf"(?<![\w-])(({_AUXILIARY}) not|cannot)\b(?! (?:only|just|limited|necessarily|exceed|more|less|merely|yet|greater|fewer|later))"
)
_NO = (("without", "with"), ("contraindicated", "indicated"), ("no evidence", "evidence"), ("not recommended", "recommended"),
       ("recommend against", "recommend"), ("recommends against", "recommends"), ("no significant", "a significant"), ("no difference", "a difference"))  # fmt: skip
_NO_PATTERN = re.compile(rf"(?<![\w-])(?:{'|'.join(a for a, _ in _NO)})(?![\w-])", re.IGNORECASE)


def _add_not(match: re.Match[str], _: random.Random) -> str | None:
    """Not in a question, and not where the sense is "whether or not"."""
    if match.string.rstrip().endswith("?") or re.search(
        r"\b(?:whether|regardless|if)\b[^,;]*$", match.string[: match.start()]
    ):
        return None
    words = match.group().split()
    return " ".join((words[0], "not", *words[1:]))


def _drop_not(match: re.Match[str], _: random.Random) -> str | None:
    if re.search(r"\b(?:whether|if)\b[^,;]*$", match.string[: match.start()]):
        return None
    return match.group(2) or "can"


def _drop_no(match: re.Match[str], _: random.Random) -> str | None:
    if re.search(r"\b(?:or|and) (?:not |$)|\b(?:not|with) (?:or )?$", match.string[: match.start()]):
        return None  # "with or without"
    new = dict(_NO)[match.group().lower()]
    return new.capitalize() if match.group()[0].isupper() else new


_ADVISER = r"(?:\b(?:we|who|panel|group|gdg|committee|cdc|acip|guidelines?|experts?|societ(?:y|ies)|authors?|task force|it is|(?:is|are|was|were|be|been)(?: \w+ly)?|\w+ly)\b(?: (?:therefore|also|strongly|conditionally))?) $"
_STRENGTH = {"suggests": "recommends", "suggest": "recommend", "suggested": "recommended", "recommends": "suggests", "recommend": "suggest",
             "recommended": "suggested", "conditional recommendation": "strong recommendation", "strong recommendation": "conditional recommendation",
             "strongly recommend": "conditionally suggest", "strongly recommended": "conditionally suggested", "should be considered": "must be done",
             "should consider": "must choose"}  # fmt: skip
_STRENGTH_PATTERN = re.compile(
    r"(?<![\w-])(?:" + "|".join(sorted(_STRENGTH, key=len, reverse=True)) + r")(?![\w-])", re.IGNORECASE
)
_DATA = re.compile(r"\b(?:results?|data|findings?|stud(?:y|ies)|evidence|trials?|analys[ei]s|observations?|literature|reports?|research|model|models|this|these|which)\b[^.;]{0,60}$", re.IGNORECASE)  # fmt: skip


def _other_strength(match: re.Match[str], _: random.Random) -> str | None:
    """Only where somebody advises: "these data suggest that" states no strength of a recommendation."""
    said, before = match.group(), match.string[: match.start()]
    if said.lower().startswith("should") and re.match(
        r" (?:whether|if|how|what)\b", match.string[match.end() :]
    ):
        return None
    plain = said.lower() in ("suggests", "suggest", "suggested")
    if plain and (_DATA.search(before) or not re.search(_ADVISER, before, re.IGNORECASE)):
        return None
    new = _STRENGTH[said.lower()]
    return new.capitalize() if said[0].isupper() else new


_MODALS = re.compile(
    r"(?<![\w-])(?:may|might|should|must|can|could)(?= (?:not )?(?:be [a-z]+ed\b|be (?:given|used|taken|done|made|set|kept)\b|have\b|[a-z]{4,}))"
)
_OTHER_MODAL = {
    "may": "must",
    "might": "must",
    "should": "may",
    "must": "may",
    "can": "must",
    "could": "must",
}


def _other_modal(match: re.Match[str], chance: random.Random) -> str | None:
    before = match.string[: match.start()]
    if re.search(r"\b(?:in|since|until|by|of|from) $", before) or re.match(
        r" (?:only|ideally|consider|be considered)\b", match.string[match.end() :]
    ):
        return None
    return _OTHER_MODAL[match.group()]


_LEVEL = r"(?:very[- ]low|low|moderate|high)"
_CERTAIN = re.compile(
    rf"(?<![\w-])(?P<level>{_LEVEL})(?=[- ]certainty\b|[- ]quality(?: of)?(?: the)?(?: [\w-]+)? evidence\b)"
    rf"|(?:certainty|quality) (?:of (?:the )?(?:\w+ )?evidence)?(?: (?:is|was|as|were|to be|rated|judged|considered|assessed|:))*[ :(]+(?P<after>{_LEVEL})\b",
    re.IGNORECASE,
)
_EVIDENCE_WORDS = {"strong": "weak", "weak": "strong", "insufficient": "sufficient", "sufficient": "insufficient", "limited": "strong",
                   "robust": "weak", "convincing": "weak", "inconclusive": "conclusive", "indirect": "direct", "good": "poor", "poor": "good",
                   "substantial": "little", "little": "strong", "scarce": "ample", "clear": "unclear", "inconsistent": "consistent", "consistent": "inconsistent"}  # fmt: skip
_EVIDENCE_WORD = re.compile(
    rf"(?<![\w-])(?:{'|'.join(_EVIDENCE_WORDS)})(?= (?:\w+ )?evidence\b)|(?<=evidence is )(?:{'|'.join(_EVIDENCE_WORDS)})\b",
    re.IGNORECASE,
)
_EVIDENCE_TYPE = re.compile(
    r"(?<=evidence type: )[1-4](?!\d)|(?<=[Ll]evel )(?:I{1,3}|[1-4])(?= evidence)|(?<=[Gg]rade )[A-D](?= (?:evidence|recommendation))"
)


def _other_level(match: re.Match[str], chance: random.Random) -> str:
    group = "level" if match["level"] else "after"
    said = match[group]
    new = chance.choice(
        [w for w in ("very low", "low", "moderate", "high") if w != said.lower().replace("-", " ")]
    )
    new = new.replace(" ", "-") if "-" in match.string[match.end(group) : match.end(group) + 1] else new
    new = new.capitalize() if said[0].isupper() else new
    start = match.start()
    return match.string[start : match.start(group)] + new + match.string[match.end(group) : match.end()]


def _other_type(match: re.Match[str], chance: random.Random) -> str:
    family = next(
        f for f in (["1", "2", "3", "4"], ["I", "II", "III"], ["A", "B", "C", "D"]) if match.group() in f
    )
    return chance.choice([value for value in family if value != match.group()])


# --- who, what, how often ----------------------------------------------------------------------------

_PEOPLE = (
    ("adults", "children"), ("adult", "child"), ("infants", "adolescents"), ("infant", "adolescent"), ("neonates", "schoolchildren"),
    ("newborns", "adolescents"), ("men", "women"), ("male", "female"), ("males", "females"), ("boys", "girls"), ("mothers", "fathers"),
    ("pregnant women", "nonpregnant women"), ("pregnant", "breastfeeding"), ("older adults", "young adults"), ("older people", "young people"),
    ("elderly patients", "young patients"),
    ("elderly people", "young people"), ("renal impairment", "hepatic impairment"), ("renal insufficiency", "hepatic insufficiency"), ("kidney disease", "liver disease"),
    ("kidney failure", "liver failure"), ("renal failure", "heart failure"), ("inpatients", "outpatients"), ("inpatient", "outpatient"),
    ("type 1 diabetes", "type 2 diabetes"), ("premenopausal", "postmenopausal"), ("hiv-positive", "hiv-negative"), ("immunocompromised", "immunocompetent"),
    ("smokers", "non-smokers"), ("chronic pain", "acute pain"), ("health workers", "patients"), ("health care workers", "visitors"), ("healthcare workers", "visitors"),
    ("with diabetes", "with asthma"), ("with hypertension", "with asthma"), ("with copd", "with epilepsy"), ("with cancer", "with diabetes mellitus"),
    ("students", "teachers"), ("nurses", "physicians"), ("caregivers", "doctors"), ("first trimester", "third trimester"), ("veterans", "students"),
)  # fmt: skip


def _other_drug(text: str, chance: random.Random) -> str | None:
    """Every mention of one drug becomes another drug, of its class where one is known."""
    mentions = [m for m in drug_names(text) if drug_class(m.name) not in _NO_MEDICINES]
    if not mentions:
        return None
    present = {mention.name for mention in mentions}
    mention = chance.choice(mentions)
    alike = [
        d for d in _COMMON_DRUGS if d not in present and drug_class(d) == drug_class(mention.name) is not None
    ]
    others = [d for d in _COMMON_DRUGS if d not in present]
    new = chance.choice(alike if alike and chance.random() < 0.5 else others)
    for each in reversed([m for m in mentions if m.name == mention.name]):
        put = new.capitalize() if each.start == 0 else new
        text = text[: each.start] + put + text[each.end :]
    return text


_NO_MEDICINES = frozenset(("antiseptic", "mineral"))
"""Hand rubs, salts and metals stand for too many things to be swapped for a drug."""
_COMMON_DRUGS = tuple(
    """amlodipine nifedipine lisinopril enalapril losartan valsartan metoprolol bisoprolol atenolol furosemide spironolactone hydrochlorothiazide
    warfarin apixaban rivaroxaban heparin aspirin clopidogrel atorvastatin simvastatin metformin gliclazide sitagliptin insulin levothyroxine prednisolone
    dexamethasone hydrocortisone amoxicillin doxycycline azithromycin ciprofloxacin vancomycin gentamicin ceftriaxone isoniazid rifampicin ethambutol pyrazinamide
    fluconazole aciclovir tenofovir lamivudine efavirenz dolutegravir albendazole mebendazole praziquantel ivermectin artesunate morphine oxycodone
    hydromorphone fentanyl tramadol codeine methadone buprenorphine naloxone naltrexone paracetamol ibuprofen naproxen diclofenac gabapentin pregabalin duloxetine
    amitriptyline sertraline fluoxetine diazepam lorazepam midazolam haloperidol olanzapine risperidone lithium carbamazepine valproate lamotrigine phenytoin
    levetiracetam salbutamol budesonide montelukast omeprazole pantoprazole ondansetron cisplatin carboplatin paclitaxel methotrexate rituximab tocilizumab""".split()  # noqa: SIM905
)

_OFTEN: dict[str, tuple[str, ...]] = {
    "once": ("twice", "three times"), "twice": ("once", "three times"), "three times": ("once", "twice"), "four times": ("twice", "once"),
    "daily": ("weekly", "monthly", "hourly"), "weekly": ("daily", "monthly", "hourly"), "monthly": ("weekly", "yearly", "daily"), "hourly": ("daily", "weekly"),
    "annually": ("monthly", "weekly"), "yearly": ("monthly", "weekly"), "bid": ("tid", "qid"), "tid": ("bid", "qid"), "b.i.d.": ("t.i.d.",), "qid": ("bid", "tid"),
}  # fmt: skip
_PERIOD: dict[str, tuple[str, ...]] = {
    "day": ("week", "hour", "month"), "week": ("day", "month"), "month": ("week", "year", "day"), "year": ("month", "week"), "hour": ("day", "week"),
}  # fmt: skip
_HOW_OFTEN = re.compile(
    r"(?<![\w-])(?:(?P<count>once|twice|three times|four times)(?=[- ](?:a|per|each|every|daily|weekly|monthly|yearly)\b)"
    r"|(?P<adverb>daily|weekly|monthly|hourly|annually|yearly|bid|tid|qid|b\.i\.d\.)(?! (?:life|lives|living|activit|practice|basis|routine|news|work|function|clinical))"
    r"|(?P<link>(?:per|a|each|every|once an?) |(?<=\w)/)(?P<period>day|week|month|year|hour)(?![\w-]| (?:after|before|in|later|ago|old|or|and)\b)"
    r"|(?P<every>every )(?P<number>\d+|two|three|four|six|eight|twelve)(?P<unit>[ -]?(?:hours?|days?|weeks?|months?|years?|h)\b))"
)
_NUMBERS = ("2", "3", "4", "6", "8", "12", "24")
_NUMBER_WORDS = ("two", "three", "four", "six", "eight", "twelve")


def _other_frequency(match: re.Match[str], chance: random.Random) -> str | None:
    if match["count"] or match["adverb"]:
        return chance.choice(_OFTEN[(match["count"] or match["adverb"]).lower()])
    if match["period"]:
        if match["link"] == "a " and not re.search(
            r"(?:times|once|twice|thrice|\d ?[a-zA-Z]+|doses?|hours?|days?) $", match.string[: match.start()]
        ):
            return None
        return match["link"] + chance.choice(_PERIOD[match["period"]])
    family = _NUMBERS if match["number"].isdigit() else _NUMBER_WORDS
    return match["every"] + chance.choice([n for n in family if n != match["number"]]) + match["unit"]


# --- subject and object ------------------------------------------------------------------------------

_VERB = (
    r"causes|caused|increases|reduces|decreases|improves|worsens|precedes|preceded|replaces|replaced|predicts|predicted|prevents|prevented|induces|inhibits|inhibited|leads? to"
    r"|led to|results? in|resulted in|affects|affected|influences|influenced|promotes|activates|exceeds|exceeded|outweighs|outweigh|requires|depends? on|stimulates|regulates"
    r"|suppresses|triggers|follows|mediates|contributes? to|contributed to|(?:may|can|could|will|should|might) (?:cause|increase|reduce|decrease|improve|precede|replace|predict|prevent"
    r"|induce|affect|influence|promote|follow|lead to|result in|contribute to)|(?:is|are|was|were|be) (?:(?:more|less|better|worse|higher|lower|greater|smaller|larger|longer|shorter|safer"
    r"|faster|slower)(?: \w+)?(?: in| for)? than|caused by|followed by|preceded by|superior to|inferior to|replaced by|due to|derived from|converted (?:in)?to|induced by|reduced by"
    r"|mediated by|attributed to|dependent on|required for|needed for|part of|used for|recommended for|effective for|a cause of|a risk factor for|influenced by|affected by)"
)
_WORD = r"[A-Za-z][\w-]*"
_SUBJECT_OBJECT = re.compile(
    rf"(?:^|(?<=, )|(?<=that )|(?<=; ))(?P<subject>(?:[Tt]he |[Aa]n? )?{_WORD}(?: (?:of |in |with |and )?{_WORD}){{0,4}}) (?P<verb>(?:significantly )?(?:{_VERB})) "
    rf"(?P<object>(?:the |an? )?{_WORD}(?: (?:of |in )?{_WORD}){{0,4}})(?=[.,;]| and | in | by | with | for | than | at | when | \[)"
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|may|can|could|will|would|should|must|might|which|that|who|if|when|we|it|they|this|these|those|he|she|there|to|by|not"
    r"|because|although|while|whereas|since|after|before|during|however|also|thus|therefore|and|or|but|often|usually|from|on|only|each|such|both|how|what|whether)\b",
    re.IGNORECASE,
)
_BETWEEN_DRUGS = re.compile(
    r"\b(?:than|rather than|instead of|before|after|followed by|replaced (?:by|with)|superior to|inferior to|to which|unlike|but not|in place of|(?<=switched from )\w+ to)\b"
)


_LOOSE_END = re.compile(
    r"(?:^| )(?:of|in|with|many|common|most|some|several|the|an?|its|their)$", re.IGNORECASE
)


def _exchanged(text: str, _: random.Random) -> str | None:
    """The two sides of a verb that is not true both ways."""
    for match in _SUBJECT_OBJECT.finditer(text):
        subject, thing = match["subject"], match["object"]
        if (
            _FINITE.search(subject)
            or _FINITE.search(thing)
            or _LOOSE_END.search(subject)
            or _LOOSE_END.search(thing)
        ):
            continue
        if (
            not content_stems(subject)
            or not content_stems(thing)
            or set(content_stems(subject)) & set(content_stems(thing))
        ):
            continue
        start = match.start("subject")
        first = thing[0].upper() + thing[1:] if start == 0 else thing
        second = subject if _is_name(subject) else subject[0].lower() + subject[1:]
        return f"{text[:start]}{first} {match['verb']} {second}{text[match.end('object') :]}"
    return None


def _is_name(words: str) -> bool:
    first = words.split()[0]
    return sum(c.isupper() for c in first) > 1 or any(c.isdigit() for c in first)


def _drugs_exchanged(text: str, _: random.Random) -> str | None:
    """Two drugs around "rather than" and its like."""
    mentions = drug_names(text)
    for one, other in pairwise(mentions):
        between = text[one.end : other.start]
        if one.name != other.name and len(between) < 60 and _BETWEEN_DRUGS.search(between):
            first = other.text.capitalize() if one.start == 0 else other.text
            second = one.text.lower() if one.start == 0 else one.text
            return text[: one.start] + first + between + second + text[other.end :]
    return None


_GROUPS = (
    ("men", "women"), ("males", "females"), ("male", "female"), ("boys", "girls"), ("cases", "controls"), ("patients", "controls"), ("intervention", "control"), ("adults", "children"),
    ("treatment", "placebo"), ("opioids", "placebo"), ("urban", "rural"), ("systolic", "diastolic"), ("sensitivity", "specificity"), ("positive", "negative"), ("mothers", "infants"),
    ("smokers", "non-smokers"), ("short-term", "long-term"), ("acute", "chronic"), ("SBP", "DBP"), ("day", "night"), ("baseline", "follow-up"), ("before", "after"), ("first", "second"),
    ("benefits", "harms"), ("benefits", "risks"), ("intravenous", "oral"), ("public", "private"), ("high-income", "low-income"), ("mild", "severe"), ("mean", "median"),
)  # fmt: skip
_UNEQUAL = re.compile(r"\bthan\b|\bcompared (?:with|to)\b|\brather than\b|\boutweigh|\bversus\b|\bvs\b")


def _groups_exchanged(text: str, chance: random.Random) -> str | None:
    """Two names that each stand once in a sentence which says unequal things of them, by figures or by "than"."""
    figures = set(re.findall(r"\d+(?:\.\d+)?", text))
    if not _UNEQUAL.search(text) and len(figures) < 2:
        return None
    for one, other in chance.sample(_GROUPS, k=len(_GROUPS)):
        places = [list(re.finditer(rf"(?<![\w-]){word}(?![\w-])", text)) for word in (one, other)]
        if all(len(found) == 1 for found in places):
            first, second = sorted((found[0] for found in places), key=lambda m: m.start())
            between = text[first.end() : second.start()]
            if not (re.search(r"\d", between) or _UNEQUAL.search(between)) or re.search(
                r"\b(?:between|both)\b", text[: first.start()]
            ):
                continue
            return text[: first.start()] + second.group() + between + first.group() + text[second.end() :]
    return None


_RESPECTIVELY = re.compile(
    r"(?P<one>\d+(?:\.\d+)?)(?P<a>[ \w%/().±-]{0,25}?)(?P<link>,? and )(?P<two>\d+(?:\.\d+)?)(?P<b>[^.;]{0,120}respectively)"
)


def _figures_exchanged(match: re.Match[str], _: random.Random) -> str | None:
    """The two figures of a "respectively"."""
    return (
        None
        if match["one"] == match["two"]
        else f"{match['two']}{match['a']}{match['link']}{match['one']}{match['b']}"
    )


# --- the tables --------------------------------------------------------------------------------------

KINDS: dict[str, Change] = {
    "number changed": one_place(_NUMBER, _other_number),
    "decimal moved": one_place(_NUMBER, _moved_point),
    "unit swapped": one_place(_UNIT, lambda m, _: m.group(1) + _UNITS[m.group(2)]),
    "comparator turned": one_place(_SIGN, _other_sign),
    "negation added": one_place(_ADDS_NOT, _add_not),
    "negation removed": any_of(one_place(_NOT, _drop_not), one_place(_NO_PATTERN, _drop_no)),
    "drug swapped": _other_drug,
    "population swapped": swap(_PEOPLE),
    "frequency changed": one_place(_HOW_OFTEN, _other_frequency),
    "strength changed": one_place(_STRENGTH_PATTERN, _other_strength),
    "modality changed": one_place(_MODALS, _other_modal),
    "certainty changed": any_of(
        one_place(_CERTAIN, _other_level),
        one_place(_EVIDENCE_WORD, lambda m, _: _EVIDENCE_WORDS[m.group().lower()]),
        one_place(_EVIDENCE_TYPE, _other_type),
    ),
    "subject and object exchanged": any_of(
        _exchanged, _drugs_exchanged, _groups_exchanged, one_place(_RESPECTIVELY, _figures_exchanged)
    ),
}
"""Damage to one sentence, by name: ``change(sentence, chance)`` is the damaged sentence, or None."""
NEIGHBOUR = "wrong neighbour"
"""A kind that needs two sentences: the claim is true, and the sentence beside it is its evidence."""
DAMAGE = (*KINDS, *LOST, CROSSED, NEIGHBOUR)
"""The names of all kinds of damage."""


def pairs(sentences: Sequence[str], kind: str, *, most: int, seed: int) -> list[Pair]:
    """At most ``most`` pairs of one kind, from sentences drawn by the seed; fewer where the rule seldom applies.

    ``sentences``: in the order of their document, because neighbours make a kind. ``kind``: a name of
    ``DAMAGE`` or of ``paraphrase.KINDS``.
    """
    return list(islice(_pairs(sentences, kind, random.Random(f"{seed} {kind}")), most))


def _pairs(sentences: Sequence[str], kind: str, chance: random.Random) -> Iterator[Pair]:
    order = list(range(len(sentences)))
    chance.shuffle(order)
    if kind == NEIGHBOUR:
        yield from _neighbours(sentences, order)
        return
    if kind == CROSSED:
        yield from (Pair(evidence, claim, kind, True) for evidence, claim in crossed(sentences, order))
        return
    changes_evidence = {**EVIDENCE_KINDS, **LOST}
    change = KINDS.get(kind) or PARAPHRASES.get(kind) or changes_evidence.get(kind)
    if change is None:
        known = ", ".join((*DAMAGE, *PARAPHRASES, *EVIDENCE_KINDS))
        raise ValueError(f"unknown kind {kind!r}; known: {known}")
    seen: set[str] = set()
    for i in order * (1 if kind not in KINDS else _ROUNDS):
        new = change(sentences[i], chance)
        if new is None or (new == sentences[i] and kind != "identity") or new in seen:
            continue
        seen.add(new)
        evidence, claim = (new, sentences[i]) if kind in changes_evidence else (sentences[i], new)
        yield Pair(evidence, claim, kind, kind in DAMAGE)


_ROUNDS = 6
"""A sentence may be damaged in several places; once all have had their turn, they are drawn again."""
_NEW = 0.5
"""Share of a neighbour's content words that the evidence must lack: less is the same fact told again."""


def _neighbours(sentences: Sequence[str], order: Sequence[int]) -> Iterator[Pair]:
    for i in order:
        if i + 1 >= len(sentences):
            continue
        told, held = set(content_stems(sentences[i + 1])), set(content_stems(sentences[i]))
        if len(told - STOPWORDS) >= 4 and len(told - held) >= _NEW * len(told):
            yield Pair(sentences[i], sentences[i + 1], NEIGHBOUR, True)
