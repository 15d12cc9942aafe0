"""One way of writing for texts that say the same in different signs, units, spellings and abbreviations.

For comparing and for judges, never for showing. Only what is safe by rule is made equal: no synonym that is merely
near, no clause dropped. Reference marks and list numbers go, as they say nothing of the matter; a claim that adds a
figure in brackets is still held back by the check of numbers, which reads the claim as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from rag.quantities import UNIT_OF_FORM, normalise
from rag.text import fold, listed
from rag.vocabulary import unambiguous_abbreviations

VERSION = 3
"""Part of a judge's id: a judge that reads another wording is another judge."""

_LIST_NUMBER = re.compile(
    r"^(?:[-•*·▪–—](?= [^\W\d])|\(?\d{1,2}(?:\.\d{1,2}){0,3}[.)]|\(?[A-Za-z]\)|\d{1,2}\.\d{1,2}(?:\.\d{1,2})*(?= (?!Tablets?|Capsules?|Doses?)[A-Z][a-z]+ [a-z]+ )) +"
)
"""Not "M. pneumoniae", and not "2 Tablets": a bare number may count something."""
_NAME = r"[A-Z][\w'’-]*"
_ONE = r"(?!(?:\w+ed|\w+ing|\w+ly|\w+wn|Women|Men|Child\w*|Adult\w*|Infant\w*|Elder\w*|Pregnan\w*|Animal\w*|Draft|Until|Before|After|Since|From|In|By|Not|Only|Except|Unless|If|When)\b)[A-Z][\w'’-]*"
_WITH = r"(?: et al\.?|(?:,? (?:and|&) " + _NAME + r")+)"
_MARKS = re.compile(
    r" ?(?:\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]|\(\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\)"
    rf"|\((?:{_ONE}(?:, {_NAME})*{_WITH},? ?(?:19|20)\d\d[a-z]?(?:; ?)?)+\))"
)
"""Reference marks: numbers, and two authors or more with a year; one capitalised word and a year may be a condition."""
_UNIT = "|".join(sorted(map(re.escape, UNIT_OF_FORM), key=len, reverse=True))
_PERIOD = "day|week|month|year|hour|minute"
_LATIN = {"od": "1", "qd": "1", "bid": "2", "bd": "2", "tid": "3", "tds": "3", "qid": "4", "qds": "4"}
_ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year"}
_BRITISH = (
    ("haem", "hem"), ("aem(?=i)", "em"), ("paed", "ped"), ("oedema", "edema"), ("oesoph", "esoph"), ("oestr", "estr"),
    ("diarrhoea", "diarrhea"), ("gynae", "gyne"), ("anaesth", "anesth"), ("faec", "fec"), ("foet", "fet"), ("caesar", "cesar"),
    ("dyspnoea", "dyspnea"), ("apnoea", "apnea"), ("leuka?emi", "leukemi"), ("ischaem", "ischem"), ("glycaem", "glycem"),
    ("natraem", "natrem"), ("kalaem", "kalem"), ("lipidaem", "lipidem"), ("septicaem", "septicem"), ("bacteraem", "bacterem"),
    ("tumour", "tumor"), ("colour", "color"), ("labour", "labor"), ("favour", "favor"), ("behaviour", "behavior"),
    ("fibre", "fiber"), ("centre", "center"), ("programme(?=s?\\b)", "program"), ("sulph", "sulf"), ("counsell", "counsel"),
    ("orthopaed", "orthoped"), ("randomis", "randomiz"), ("hospitalis", "hospitaliz"), ("minimis(?![mt])", "minimiz"),
    ("maximis(?![mt])", "maximiz"), ("optimis(?![mt])", "optimiz"), ("organis(?!m)", "organiz"), ("recognis", "recogniz"),
    ("standardis", "standardiz"), ("characteris(?!t)", "characteriz"), ("utilis", "utiliz"), ("immunis", "immuniz"),
    ("stabilis", "stabiliz"), ("sterilis", "steriliz"), ("generalis(?!t)", "generaliz"), ("summaris", "summariz"),
    ("normalis", "normaliz"), ("prioritis", "prioritiz"), ("individualis", "individualiz"), ("categoris", "categoriz"),
    ("emphasis(?=e|ing)", "emphasiz"), ("authoris", "authoriz"), ("localis", "localiz"), ("specialis(?!t)", "specializ"),
    ("mobilis", "mobiliz"), ("analys(?=e[ds]?\\b|ing)", "analyz"), ("paralys(?=e|ing)", "paralyz"),
)  # fmt: skip
_SPELLED = re.compile(
    rf"\b((?:hypo|hyper|an|micro|macro|post|pre|non-?)?)(?:{'|'.join(f'({british})' for british, _ in _BRITISH)})"
)
"""One group for the prefix, and one for each spelling."""


def _american(match: re.Match[str]) -> str:
    return f"{match[1]}{_BRITISH[(match.lastindex or 0) - 2][1]}"


_NUMBER = r"\d+(?:\.\d+)?"
_YEARS = r"(?: ?(?:years?|yrs?))?(?: of age| old)?"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(should|must|do|does) never\b"), r"\1 not"),
    (re.compile(r"\b(?:at least|no less than|not less than|no fewer than) (?=\d)"), ">="),
    (re.compile(r"\b(?:at most|no more than|not more than) (?=\d)"), "<="),
    (re.compile(rf"\b(?:aged )?({_NUMBER}){_YEARS} (?:and|or) (?:over|older|above)\b"), r">=\1 years"),
    (re.compile(rf"\b(?:aged )?({_NUMBER}){_YEARS} (?:and|or) (?:under|younger)\b"), r"<=\1 years"),
    (re.compile(r"\b(?:up to|an? maximum of) (?=\d)"), "<="),
    (re.compile(rf"\b(?:younger than|under) (?={_NUMBER} (?:years?|months?|weeks?|days?)\b)"), "<"),
    (re.compile(rf"(?<![\w.<>=])({_NUMBER} ?(?:[a-z]+|%|°c?)?) or (?:more|longer|greater|higher)\b"), r">=\1"),
    (re.compile(rf"(?<![\w.<>=])({_NUMBER} ?(?:[a-z]+|%|°c?)?) or (?:less|shorter|fewer|lower)\b"), r"<=\1"),
    (re.compile(r"\b(?:every|per) 24 h(?:ours?|rs?)?\b"), "per day"),
    (re.compile(r"\b(?:on )?alternate days\b"), "every 2 day"),
    (re.compile(r"\b(?:(?:more|greater|higher) than|above|exceeding) (?=\d)"), ">"),
    (re.compile(r"\b(?:(?:less|fewer|lower) than|below) (?=\d)"), "<"),
    (re.compile(r"(?<![\w.<>=])(\d+(?:\.\d+)?) or (?:more|greater|higher|above)\b"), r">=\1"),
    (re.compile(r"(?<![\w.<>=])(\d+(?:\.\d+)?) or (?:less|fewer|lower|below)\b"), r"<=\1"),
    (re.compile(r" *([<>]=?) *(?=\d)"), r" \1"),
    (re.compile(r"(?<=\()\s+"), ""),
    (re.compile(r"(?<![\d.])(\d+)\.0+(?![\d.]*\d)"), r"\1"),
    (re.compile(r"(?<=\d) ?× ?(?=\d)"), " x "),
    (re.compile(r", (?=(?:and|or) )"), " "),
    (re.compile(r"\bbetween (\d+(?:\.\d+)?) and (?=\d)"), r"\1-"),
    (re.compile(r"(?<=\d) ?(?:-|\bto\b) ?(?=\d)"), "-"),
    (re.compile(rf"(?<=\d)[ -]?({_UNIT})(?![\w])"), lambda m: f" {UNIT_OF_FORM[m[1]]}"),
    (re.compile(rf"(?<=[a-z%]) ?/ ?({_UNIT})(?![\w])"), lambda m: f" per {UNIT_OF_FORM[m[1]]}"),
    (re.compile(r"\bonce\b(?= (?:a|per|each|every|daily|weekly|monthly|yearly|annually)\b)|\b(?:one|1) time\b"), "1 times"),
    (re.compile(r"\btwice\b|\btwo times\b"), "2 times"),
    (re.compile(r"\bthrice\b"), "3 times"),
    (re.compile(rf"(?<=\d) ?x (?=(?:a|per|each|every) (?:{_PERIOD})\b)"), " times "),
    (re.compile(rf"(?<!\bdrop )(?<!\bdrops )\b({'|'.join(_LATIN)})\b"), lambda m: f"{_LATIN[m[1]]} times per day"),
    (re.compile(r"\bq ?(\d+) ?h(?:ours?|rs?)?\b"), r"every \1 hour"),
    (re.compile(rf"\b({'|'.join(_ADVERBS)})\b"), lambda m: f"per {_ADVERBS[m[1]]}"),
    (re.compile(r"\bevery (?:other|second) day\b"), "every 2 day"),
    (
        re.compile(
            rf"\b(times|mg|g|ug|ml|l|iu|unit|dose|tablet|capsule|drop|puff|salt|water) an? ({_PERIOD})\b(?! (?:after|before|later|ago))"
        ),
        r"\1 per \2",
    ),
    (re.compile(rf"\b(?:each|every) ({_PERIOD})\b(?! (?:after|before|later))"), r"per \1"),
    (re.compile(r"\b1 times (?=per\b)"), ""),
    (re.compile(r"\bintravenous(?:ly)?\b"), "iv"),
    (re.compile(r"\bintramuscular(?:ly)?\b"), "im"),
    (re.compile(r"\bsubcutaneous(?:ly)?\b"), "sc"),
    (re.compile(rf"(?<![\w.,/-])({_NUMBER}) g(?![\w/%]| per (?:dl|l|ml|day per)\b)"), lambda m: f"{_shifted(m[1], Decimal(1000))} mg"),
    (re.compile(rf"(?<![\w.,/-])({_NUMBER}) ug(?![\w/%]| per (?:dl|l|ml)\b)"), lambda m: f"{_shifted(m[1], Decimal('0.001'))} mg"),
    (re.compile(r"(?<![\w.,/-])(?<!\bor )(?<!\bto )(?<!\band )(\d+) week(?!\w)"), lambda m: f"{7 * int(m[1])} day"),
    (re.compile(r" +([.,;:)])"), r"\1"),
)  # fmt: skip


def _shifted(number: str, factor: Decimal) -> str:
    return format((Decimal(number) * factor).normalize(), "f")


@lru_cache(maxsize=16384)
def plain_wording(text: str) -> str:
    """In lower case, without reference marks, list number and final stop; figures, units and comparators in one form."""
    text = normalise(_MARKS.sub("", _LIST_NUMBER.sub("", " ".join(text.split()))))
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    text = _SPELLED.sub(_american, text)
    return " ".join(_abbreviated(text).split()).rstrip(" .")


def says_the_same(claim: str, sentence: str) -> bool:
    """Both are one text in plain wording, and say something."""
    wanted = plain_wording(claim)
    return (
        any(map(str.isalpha, wanted))
        and wanted == plain_wording(sentence)
        and not case_clash(claim, sentence)
    )


_WORDS_IN_CAPITALS = frozenset(
    listed(
        "all who it us aids act pad cap arms hit tips map rest pain lead ten as or is was am pet co no pe hi"
    )
)
"""Abbreviations that are ordinary words in small letters: ALL is a leukaemia."""
_PREFIXED = frozenset({"mu", "mbq", "mm", "mj", "mw", "mpa", "mci", "mev", "nm", "pm", "m"})
"""Units that another case of their first or last letter makes another unit."""


def case_clash(claim: str, sentence: str) -> bool:
    """The two are one text but for a case that changes the sense: ALL and all, mU and MU.

    A claim all in one case has lost what told them apart: it clashes with a unit in mixed case, and one in small letters also with
    an abbreviation that is a word.
    """
    if claim.isupper():
        return any(word.lower() in _PREFIXED and len(word) > 1 and not word.isupper() for word in _TOKEN.findall(sentence))  # fmt: skip
    if claim.islower():
        return any(
            (word.lower() in _PREFIXED and not word.islower() and len(word) > 1)
            or (word.lower() in _WORDS_IN_CAPITALS and word.isupper() and len(word) > 1)
            for word in _TOKEN.findall(sentence)
        )
    pairs = zip(_TOKEN.findall(claim), _TOKEN.findall(sentence), strict=False)
    return any(
        one != other
        and one.lower() == other.lower()
        and (
            one.lower() in _PREFIXED
            or (one.lower() in _WORDS_IN_CAPITALS and one.isupper() != other.isupper())
        )
        for one, other in pairs
    )


_TOKEN = re.compile(r"[^\W\d_]+")


_ONE_NAME = {
    other: one
    for one, other in (
        ("hypertension", "high blood pressure"), ("hypotension", "low blood pressure"), ("myocardial infarction", "heart attack"),
        ("stroke", "cerebrovascular accident"), ("blood glucose", "blood sugar"), ("influenza", "flu"), ("varicella", "chickenpox"),
        ("herpes zoster", "shingles"), ("pertussis", "whooping cough"), ("poliomyelitis", "polio"), ("fever", "pyrexia"),
        ("vomiting", "emesis"), ("itching", "pruritus"), ("tiredness", "fatigue"), ("deep vein thrombosis", "deep venous thrombosis"),
        ("heart failure", "cardiac failure"), ("diabetes", "diabetes mellitus"), ("x-ray", "radiograph"),
        ("ultrasound", "ultrasonography"), ("newborn", "neonate"), ("newborns", "neonates"), ("postherpetic", "post-herpetic"),
        ("clostridioides difficile", "clostridium difficile"), ("covid-19", "covid"), ("pressure ulcer", "bedsore"),
        ("miscarriage", "spontaneous abortion"), ("breastfeeding", "breast-feeding"), ("preeclampsia", "pre-eclampsia"),
        ("tuberculosis", "tb"), ("lice", "pediculosis"), ("opioid use disorder", "opioid addiction"),
        ("paracetamol", "acetaminophen"), ("adrenaline", "epinephrine"), ("noradrenaline", "norepinephrine"), ("salbutamol", "albuterol"),
        ("furosemide", "frusemide"), ("rifampicin", "rifampin"), ("pethidine", "meperidine"), ("lidocaine", "lignocaine"),
        ("glyceryl trinitrate", "nitroglycerin"), ("ciclosporin", "cyclosporine"), ("ciclosporin", "cyclosporin"), ("aciclovir", "acyclovir"),
        ("benzylpenicillin", "penicillin g"), ("phenobarbital", "phenobarbitone"), ("bendroflumethiazide", "bendrofluazide"),
        ("colestyramine", "cholestyramine"), ("suxamethonium", "succinylcholine"),
        ("isoprenaline", "isoproterenol"), ("glibenclamide", "glyburide"), ("orciprenaline", "metaproterenol"), ("co-trimoxazole", "cotrimoxazole"),
    )
}  # fmt: skip
"""Two names of one thing in every sentence; names that are only near (chest pain, angina) are for the judge to compare."""
_OTHER_NAME = re.compile(
    rf"(?<![\w-])({'|'.join(sorted(map(re.escape, _ONE_NAME), key=len, reverse=True))})(?![\w-])"
)


def _abbreviated(text: str) -> str:
    """Long forms become their abbreviation, and an abbreviation explained by itself stands once."""
    longs, pattern = _long_forms()
    text = pattern.sub(lambda m: f"{longs[m[1]]}{m[2]}", text)
    return _OTHER_NAME.sub(lambda m: _ONE_NAME[m[1]], _EXPLAINED.sub(r"\1", text))


_EXPLAINED = re.compile(r"\b([a-z0-9-]{2,12}?)s? \(\1s?\)")


@lru_cache(maxsize=1)
def _long_forms() -> tuple[dict[str, str], re.Pattern[str]]:
    """Of abbreviations in capitals, three letters or more, that the vocabulary gives one meaning."""
    longs = {fold(long): fold(short) for short, long in unambiguous_abbreviations().items()}
    written = "|".join(sorted(map(re.escape, longs), key=len, reverse=True))
    return longs, re.compile(rf"(?<![\w-])({written})(s?)(?![\w-])")
