"""Clinical words: drugs, drug classes, abbreviations, synonyms, populations.

Knows nothing of documents, questions or models. The lists are this project's own selection from general
medical knowledge; they widen a search and compare terms, they are no formulary and never advice.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from rag.text import fold, stem

_TOKEN = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[ \t\n\u00a0]?[-\u2010-\u2013/'\u2019.+(]?[ \t\n]?\)?")
_MOST_PER_TERM = 4
_SHORT_FORM = 4
"""Other names of drugs of at most this many letters count only in capitals ("ASA", not "asa")."""
_SHORTEST_OF_WARD = 3
"""Abbreviations of the ward of at most this many letters count only as they are listed."""
_SAID = frozenset(("vanc", "teic", "doxy", "mero", "pred", "enox", "apix"))
"""Short names that are no other word."""


@dataclass(frozen=True)
class DrugMention:
    """A drug named in a text: ``text == source[start:end]``."""

    name: str
    """Canonical generic name, folded; for a name known by its stem only, the word itself."""
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class TermMention:
    """A term of the lists of synonyms, classes and abbreviations: ``text == source[start:end]``."""

    text: str
    start: int
    end: int
    forms: frozenset[str]
    """Folded terms that may stand for it, itself included."""
    specific: bool
    """True for clinical terms, false for the general words of a guideline ("dose", "stop")."""


class _Token(NamedTuple):
    text: str
    folded: str
    start: int
    end: int


class _Found(NamedTuple):
    key: tuple[str, ...]
    start: int
    end: int
    surface: str


Key = tuple[str, ...]


class _Terms:
    """Many terms of one or more words, found in a text left to right, longest first."""

    def __init__(self, keys: set[Key]) -> None:
        by_first: dict[str, list[Key]] = defaultdict(list)
        for key in keys:
            by_first[key[0]].append(key)
        self._by_first = {first: sorted(found, key=len, reverse=True) for first, found in by_first.items()}

    def find(self, text: str, tokens: Sequence[_Token]) -> Iterator[_Found]:
        position = 0
        while position < len(tokens):
            key = self._longest(text, tokens, position)
            if key is None:
                position += 1
                continue
            start, end = tokens[position].start, tokens[position + len(key) - 1].end
            yield _Found(key, start, end, text[start:end])
            position += len(key)

    def _longest(self, text: str, tokens: Sequence[_Token], position: int) -> Key | None:
        for key in self._by_first.get(tokens[position].folded, ()):
            window = tokens[position : position + len(key)]
            if tuple(token.folded for token in window) == key and _adjacent(text, window):
                return key
        return None


def _adjacent(text: str, window: Sequence[_Token]) -> bool:
    return all(_GAP.fullmatch(text, left.end, right.start) for left, right in pairwise(window))


def _tokens(text: str) -> tuple[_Token, ...]:
    return tuple(
        _Token(m.group(), unicodedata.normalize("NFKC", m.group()).lower(), m.start(), m.end())
        for m in _TOKEN.finditer(text)
    )


@lru_cache(maxsize=16384)
def _key(term: str) -> Key:
    return tuple(token.folded for token in _tokens(term))


def _rows(name: str) -> Iterator[list[str]]:
    for line in files(__package__).joinpath(f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _alternatives(field: str) -> list[str]:
    return [term for term in field.split("|") if term]


# --- drugs ---------------------------------------------------------------------------------------


class _Drugs(NamedTuple):
    terms: _Terms
    canonical: Mapping[Key, str]
    aliases: Mapping[str, tuple[str, ...]]
    classes: Mapping[str, str]
    short: frozenset[Key]
    stems: re.Pattern[str]
    not_drugs: frozenset[str]


@lru_cache(maxsize=1)
def _drugs() -> _Drugs:
    canonical: dict[Key, str] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    classes: dict[str, str] = {}
    short: set[Key] = set()
    for generic, drug_class, others in _rows("drugs"):
        aliases[generic] = tuple(_alternatives(others))
        classes[generic] = drug_class
        for name in (generic, *aliases[generic]):
            canonical.setdefault(_key(name), generic)
            if name != generic and len(name) <= _SHORT_FORM and name not in _SAID:
                short.add(_key(name))
    stems = "|".join(sorted((row[0] for row in _rows("stems")), key=len, reverse=True))
    return _Drugs(
        terms=_Terms(set(canonical)),
        canonical=canonical,
        aliases=aliases,
        classes=classes,
        short=frozenset(short),
        stems=re.compile(rf"[a-z]{{3,}}(?:{stems})"),
        not_drugs=frozenset(row[0] for row in _rows("stem_exceptions")),
    )


@lru_cache(maxsize=4096)
def drug_names(text: str) -> tuple[DrugMention, ...]:
    """Drugs named in ``text``, in order: generic and brand names of the list, and words with a drug's stem."""
    drugs = _drugs()
    tokens = _tokens(text)
    mentions: list[DrugMention] = []
    covered = 0
    found = {item.start: item for item in drugs.terms.find(text, tokens)}
    for token in tokens:
        item = found.get(token.start)
        if item is not None and not (item.key in drugs.short and item.surface != item.surface.upper()):
            mentions.append(DrugMention(drugs.canonical[item.key], item.surface, item.start, item.end))
            covered = item.end
        elif token.start >= covered and (name := _by_stem(token.folded)):
            mentions.append(DrugMention(name, token.text, token.start, token.end))
    return tuple(mentions)


@lru_cache(maxsize=65536)
def _by_stem(word: str) -> str | None:
    """The word in the singular when it is a drug's plural or ends like a drug."""
    drugs = _drugs()
    single = word[:-1] if word.endswith("s") else word
    if (single,) in drugs.canonical and (single,) not in drugs.short:
        return drugs.canonical[(single,)]
    if word in drugs.not_drugs or single in drugs.not_drugs:
        return None
    return single if drugs.stems.fullmatch(single) else None


def drug_class(name: str) -> str | None:
    """Class of a canonical name, by list or by stem ("lisinopril" gives "ace inhibitor")."""
    known = _drugs().classes.get(name)
    if known is not None:
        return known
    best = max(
        (row for row in _rows("stems") if name.endswith(row[0])), key=lambda row: len(row[0]), default=None
    )
    return best[1] if best else None


def classes_of(names: Iterable[str]) -> frozenset[str]:
    """The classes of canonical drug names, as far as they are known."""
    return frozenset(name for drug in names if (name := drug_class(drug)))


def members_of(name: str) -> frozenset[str]:
    """Generic names of the listed drugs of a class ("antiemetic"); none for what is no class."""
    return _members().get(name, frozenset())


@lru_cache(maxsize=1)
def _members() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for generic, of in _drugs().classes.items():
        found[of].add(generic)
    return {of: frozenset(names) for of, names in found.items()}


@lru_cache(maxsize=512)
def drug_classes(text: str) -> frozenset[str]:
    """Classes of drugs that a text names by one of their names: "opiates" gives "opioid"."""
    known = {row[0] for row in _rows("classes")}
    return frozenset(form for term in clinical_terms(text) for form in term.forms if form in known)


# --- synonyms, abbreviations, classes -------------------------------------------------------------


class _Groups(NamedTuple):
    terms: _Terms
    of: Mapping[Key, tuple[tuple[str, ...], ...]]
    """Groups each term stands in, for comparing."""
    widening: frozenset[tuple[str, ...]]
    """Groups whose terms are added to a query."""
    narrow: frozenset[tuple[str, ...]]
    """Routes, groups of people and forms of a disease: not added, but they must agree."""
    cased: Mapping[Key, frozenset[str]]
    """Abbreviations: how they may be written."""


@lru_cache(maxsize=1)
def _groups() -> _Groups:
    of: dict[Key, list[tuple[str, ...]]] = defaultdict(list)
    widening: set[tuple[str, ...]] = set()
    cased: dict[Key, set[str]] = defaultdict(set)
    plain: set[Key] = set()
    ordinary = {row[0] for row in _rows("ordinary_words")}

    def add(group: tuple[str, ...], *, widen: bool) -> None:
        for term in group:
            of[_key(term)].append(group)
        if widen:
            widening.add(group)

    narrow: set[tuple[str, ...]] = set()
    for use, terms in _rows("synonyms"):
        add(tuple(_alternatives(terms)), widen=use == "clinical")
        if use == "narrow":
            narrow.add(tuple(_alternatives(terms)))
        plain.update(map(_key, _alternatives(terms)))
    for name, others in _rows("classes"):
        group = (name, *_alternatives(others))
        add(group, widen=True)
        plain.update(_key(term) for term in group if len(term) > _SHORT_FORM)
        for term in group:
            if len(term) <= _SHORT_FORM:
                cased[_key(term)].update(_ways_to_write(term.upper(), ordinary))
    for of_ward, name in enumerate(("abbreviations", "ward_abbreviations")):
        for short, expansions_ in _rows(name):
            for long in _alternatives(expansions_):
                add((short, long), widen=True)
                plain.add(_key(long))
            as_listed = of_ward and len(short) <= _SHORTEST_OF_WARD
            forms = {short, f"{short}s"} if as_listed else _ways_to_write(short, ordinary)
            cased[_key(short)].update(forms)
    only_cased = {key: frozenset(forms) for key, forms in cased.items() if key not in plain}
    return _Groups(
        terms=_Terms(set(of)),
        of={key: tuple(found) for key, found in of.items()},
        widening=frozenset(widening),
        narrow=frozenset(narrow),
        cased=only_cased,
    )


def unambiguous_abbreviations() -> dict[str, str]:
    """Abbreviations in capitals, three letters or more, that are listed with one meaning, and that meaning."""
    return {
        short: meanings
        for short, meanings in _rows("abbreviations")
        if "|" not in meanings and len(short) > 2 and short.isupper() and short not in _AMBIGUOUS
    }


_AMBIGUOUS = frozenset(
    """ACS AF ARF AS BM BPD CAP CF CHD CP CRF CTX CVA DST ED EM GA GAS HD ICP IDA LP MAC MDS MI MR MRA MS NPH OD PCP PD PDA
    PE PID PKD PPV PT PVD RA ROM SAH SCD SMA SSI SVC TCA TS UC VT""".split()  # noqa: SIM905
)
"""Abbreviations with a second meaning in another ward: a search is widened by them, and nothing is taken for the same."""


@lru_cache(maxsize=1)
def ambiguous_forms() -> frozenset[str]:
    """Folded: abbreviations that more than one thing is written as, their long forms, and drugs with another form, salt or
    combination listed under their name ("artemether-lumefantrine")."""
    found = {
        (short, long)
        for short, meanings in _rows("abbreviations")
        for long in _alternatives(meanings)
        if short in _AMBIGUOUS
    }
    found |= {
        (name, other) for name, others in _drugs().aliases.items() for other in others
        if len(other) > len(name) + 1 and (other.startswith(name) or other.endswith(f" {name}"))
    }  # fmt: skip
    return frozenset(fold(form) for pair in found for form in pair) | _of_ward_alone()


def _of_ward_alone() -> frozenset[str]:
    """Folded: the abbreviations of the ward, and those of their long forms that neither ``abbreviations`` nor ``synonyms`` list."""
    longs = (long for _, meanings in _rows("abbreviations") for long in _alternatives(meanings))
    terms = (term for _, group in _rows("synonyms") for term in _alternatives(group))
    listed = frozenset(map(fold, (*longs, *terms)))
    ward = dict(_rows("ward_abbreviations"))
    meant = {fold(long) for meanings in ward.values() for long in _alternatives(meanings)}
    return frozenset(map(fold, ward)) | (meant - listed)


def _ways_to_write(short: str, ordinary: set[str]) -> set[str]:
    """Forms in which an abbreviation is taken as one: as listed, in the plural, in lower case if no word."""
    forms = {short, f"{short}s", f"{short[:-1]}{short[-1].lower()}" if short.endswith("S") else short}
    if len(short) >= 3 and short.lower() not in ordinary:
        forms |= {short.lower(), short.upper(), short.title()}
    return forms


def _mentions(text: str) -> Iterator[_Found]:
    groups = _groups()
    tokens = [
        token._replace(folded=token.folded[:-1])
        if (token.folded,) not in groups.of and _is_plural_abbreviation(token.text)
        else token
        for token in _tokens(text)
    ]
    for found in groups.terms.find(text, tokens):
        forms = groups.cased.get(found.key)
        if forms is None or found.surface in forms:
            yield found


def _is_plural_abbreviation(word: str) -> bool:
    return len(word) > 2 and word.endswith("s") and word[:-1].isupper()


@lru_cache(maxsize=4096)
def clinical_terms(text: str) -> tuple[TermMention, ...]:
    """Synonyms, drug classes and abbreviations in ``text``, in order, longest first, none overlapping."""
    groups = _groups()
    return tuple(
        TermMention(
            text=found.surface,
            start=found.start,
            end=found.end,
            forms=frozenset(fold(term) for group in groups.of[found.key] for term in group),
            specific=any(
                group in groups.widening or group in groups.narrow for group in groups.of[found.key]
            ),
        )
        for found in _mentions(text)
    )


@lru_cache(maxsize=4096)
def expansions(text: str) -> tuple[str, ...]:
    """Other words for the clinical terms of ``text``, to widen a search, in order of mention, without repeats.

    Brand names give the generic name; abbreviations the long form and back; lay words the clinical ones.
    """
    present = f" {' '.join(_key(text))} "
    added: dict[str, None] = {}
    groups = _groups()
    for found in _mentions(text):
        others = (t for group in groups.of[found.key] if group in groups.widening for t in group)
        _add_new(added, present, others)
    for mention in drug_names(text):
        _add_new(added, present, (mention.name, *_drugs().aliases.get(mention.name, ())))
    return tuple(added)


def _add_new(added: dict[str, None], present: str, terms: Iterator[str] | tuple[str, ...]) -> None:
    room = _MOST_PER_TERM
    for term in terms:
        if room and term not in added and f" {' '.join(_key(term))} " not in present:
            added[term] = None
            room -= 1


@lru_cache(maxsize=16384)
def equivalents(term: str) -> frozenset[str]:
    """Folded terms that may stand for ``term``, itself included; case does not matter here."""
    key = _key(term)
    found = {fold(term)}
    for group in _groups().of.get(key, ()):
        found.update(map(fold, group))
    canonical = _drugs().canonical.get(key)
    if canonical is not None:
        found.update(map(fold, (canonical, *_drugs().aliases[canonical])))
    for variant in _spellings(fold(term)):
        found.add(variant)
    return frozenset(found)


def are_near(one: str, other: str) -> bool:
    """Whether two words may stand for one another in a claim and its source: "initiate" and "start".

    Nearer than any two words of a subject, farther than ``equivalents``: nothing is searched by it. Case and form of a
    word do not matter.
    """
    return not _groups_of(one).isdisjoint(_groups_of(other))


@lru_cache(maxsize=65536)
def _groups_of(word: str) -> frozenset[int]:
    return _near_groups().get(stem(fold(word)), frozenset())


@lru_cache(maxsize=1)
def _near_groups() -> Mapping[str, frozenset[int]]:
    """Stem to the numbers of its groups."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(_rows("near_words")):
        for word in line[0].split("|"):
            found[stem(word)].add(number)
    return {root: frozenset(numbers) for root, numbers in found.items()}


_SPELLINGS = (
    ("haem", "hem"), ("aem", "em"), ("oed", "ed"), ("oes", "es"), ("paed", "ped"), ("gynae", "gyne"),
    ("anaes", "anes"), ("rrhoea", "rrhea"), ("pnoea", "pnea"), ("foet", "fet"), ("faec", "fec"), ("caes", "ces"),
    ("tumour", "tumor"), ("colour", "color"), ("labour", "labor"), ("behaviour", "behavior"), ("fibre", "fiber"),
    ("centre", "center"), ("litre", "liter"), ("ischaem", "ischem"), ("orthopaed", "orthoped"), ("isation", "ization"),
    ("ising", "izing"), ("ised", "ized"), ("ise", "ize"), ("sulph", "sulf"), ("oestr", "estr"), ("leuko", "leuco"),
    ("counsell", "counsel"), ("programme", "program"), ("mould", "mold"), ("diarrhoea", "diarrhea"),
)  # fmt: skip


def _spellings(term: str) -> Iterator[str]:
    """British and American forms; a form nobody writes does no harm in a comparison."""
    for british, american in _SPELLINGS:
        if british in term:
            yield term.replace(british, american)
        elif len(american) > 3 and american in term:
            yield term.replace(american, british)


# --- populations ----------------------------------------------------------------------------------

_POPULATIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE))
    for name, pattern in (
        ("newborn", r"newborns?|neonat\w*|new-born"),
        ("child", r"child(?:ren|hood)?|kids?|p(?:a)?ediatrics?|infan(?:ts?|cy)|bab(?:y|ies)|toddlers?|boys?|girls?"
                  r"|schoolchild(?:ren)?"),
        ("adolescent", r"adolescen\w*|teen(?:s|age\w*)?|young people"),
        ("adult", r"adults?"),
        ("older adult", r"older (?:adult|people|person|patient|wom[ae]n|m[ae]n)s?|elderly|geriatric|frail\w*"),
        ("pregnancy", r"pregnan\w*|gravid\w*|gestation(?:al)?|trimesters?|antenatal|prenatal|in labou?r|intrapartum"
                      r"|ca?esarean|obstetric\w*|peripartum|G\dP\d"),
        ("breastfeeding", r"breast[- ]?f(?:eeding|ed)|lactat\w*|nursing mothers?"),
        ("renal impairment", r"(?:renal|kidney)(?:ly)? (?:impairment|disease|failure|insufficiency|dysfunction|function)"
                             r"|CKD(?:[- ]?\d\w?)?|ESRD|ESKD|(?:ha?emo)?dialysis|e?GFR|creatinine clearance|CrCl"),
        ("hepatic impairment", r"(?:hepatic|liver) (?:impairment|disease|failure|insufficiency|dysfunction)|cirrho\w+"),
    )
)  # fmt: skip
_AGE = re.compile(
    r"\b(?P<number>\d{1,3}(?:\.\d)?)(?:\s*-?\s*(?P<unit>years?|yrs?|months?|mos?|weeks?|wks?|days?)[\s-]*(?:old|of age)\b"
    r"|\s*-?\s*(?P<short>y\.?/?o\.?)(?![\w])|\s?(?P<sex>[MF])\b)"
)
_AGED = re.compile(
    r"\b(?:aged?|age of)\s+(?P<number>\d{1,3})(?:\s*(?P<unit>years?|months?|weeks?|days?))?\b", re.IGNORECASE
)
_GESTATION = re.compile(
    r"\b[1-4]\d(?:\+\d)?/40\b|\b[1-4]?\d(?:\+\d)?[\s-]*(?:weeks?|wks?)(?:'|\u2019)?[\s-]*(?:pregnant|gestation)\b"
    r"|\bat [1-4]\d(?:\+\d)? weeks\b",
    re.IGNORECASE,
)
_DAYS = {"y": 365.25, "m": 30.44, "w": 7.0, "d": 1.0}


@lru_cache(maxsize=4096)
def population(text: str) -> frozenset[str]:
    """Who is meant, from words and ages: "14-year-old", "58M", "18-month-old", "32/40" (weeks of pregnancy)."""
    found = {name for name, pattern in _POPULATIONS if pattern.search(text)}
    if _GESTATION.search(text):
        found.add("pregnancy")
    for match in (*_AGE.finditer(text), *_AGED.finditer(text)):
        unit = (match.groupdict().get("unit") or "y")[0].lower()
        found |= _age_group(float(match["number"]) * _DAYS[unit])
    if "older adult" in found:
        found.add("adult")
    return frozenset(found)


def _age_group(days: float) -> set[str]:
    years = days / 365.25
    groups: set[str] = set()
    if days <= 28:
        groups.add("newborn")
    if years < 18:
        groups.add("child")
    if 10 <= years < 20:
        groups.add("adolescent")
    if years >= 18:
        groups.add("adult")
    if years >= 65:
        groups.add("older adult")
    return groups
