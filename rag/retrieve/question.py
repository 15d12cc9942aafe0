"""What a question asks: its terms, the kind of answer, the people meant, the documents named.

Knows nothing of documents or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rag.text import STOPWORDS, fold, stem
from rag.vocabulary import clinical_terms, drug_names, equivalents, members_of, population

Stems = tuple[str, ...]


class AnswerKind(StrEnum):
    """What a good answer has to contain."""

    DOSE = "dose"
    DURATION = "duration"
    FREQUENCY = "frequency"
    THRESHOLD = "threshold"
    SHARE = "share"
    NUMBER = "number"
    YES_NO = "yes_no"
    STRENGTH = "strength"
    DEFINITION = "definition"
    CONTRAINDICATION = "contraindication"
    COMPARISON = "comparison"
    LIST = "list"


class TermKind(StrEnum):
    """Drugs, codes and clinical terms decide whether a passage is about the question; words only help."""

    DRUG = "drug"
    CODE = "code"
    CLINICAL = "clinical"
    WORD = "word"


@dataclass(frozen=True)
class Term:
    """A word or phrase of the question and the other forms it may take, as stems."""

    text: str
    kind: TermKind
    forms: frozenset[Stems]
    focus: bool
    """In the part that asks, not in the story before it."""


@dataclass(frozen=True)
class Question:
    text: str
    parts: tuple[str, ...]
    """What is asked, one part each; at least one."""
    terms: tuple[Term, ...]
    kinds: frozenset[AnswerKind]
    counted: Stems
    """Stems of what "how many" counts and of what it is per, e.g. ("patient", "nurs")."""
    population: frozenset[str]
    sources: frozenset[str]
    """Folded words by which documents are named: "who", "cdc", "2021"."""


def _words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


ORGANISATIONS = _words(
    """who cdc nih nhlbi niddk nice fda uspstf acip nchs esc aha acc ada easd idsa ats ers kdigo gina gold figo acog
    rcog sign nhs ema unicef unaids paho euro emro searo"""
)
_DOCUMENT_WORDS = _words(
    """guideline guidelines guidance document documents recommendation recommendations recommend recommends sheet
    brief draft docket advice advise advises advised say says said tell tells told state states list lists per
    according set sets quote give gives table algorithm example position statement wants want"""
)
_ASKING_WORDS = _words(
    """patient patients pt pts year years old y yo man woman male female new first last need needed use used using
    start starting usual usually long longest often soon many much amount right ok okay correct really still actually
    please today now ago thing things kind type types way ways case adult adults people person persons month months
    week weeks day days hour hours minute minutes time times daily weekly monthly below above under over than less
    max maximum min minimum ever exactly happen happens go going come coming take make call count
    prn stat dose doses dosage dosing mg mcg g kg ml l dl mmol mmhg mm hg cm iu"""
)
_MEDICAL_SUFFIX = re.compile(
    r"\w{3,}(?:itis|itides|ectomy|ostomy|otomy|osis|oses|a?emia|a?emic|oma|omas|pathy|pathies|plasty|scopy|graphy"
    r"|algia|uria|pnoea|pnea|rrh?oea|rrhea|rrhage|plegia|paresis|penia|trophy|cocc\w+|virus|viral|megaly|iasis"
    r"|lysis|centesis|desis|genic|toxic\w*|emesis|stenosis|sclerosis|phylaxis)"
)
_SENTENCE = re.compile(r".+?(?:\?|!|(?<=[^\W_]{3})\.|(?<=\d)\.|\)\.)(?=\s+[A-Z0-9'\"])|.+$", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:\.\d+)?")
_CODE = re.compile(
    r"(?<![^\W_])[A-Z][A-Za-z]*(?:\d+[A-Z]+)+\d*(?![^\W_])|(?=[^\W_]*\d)(?=[^\W_]*[A-Za-z])[A-Za-z]{1,6}[-]?\d{1,4}[a-z]?|\d[A-Z]{2,4}|[A-Z][A-Za-z]*[A-Z][A-Za-z]*"
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|him|his|she|her|there|here|one|then|beforehand)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bhow many (?:\w+ (?!per\b|of\b|for\b|in\b|do\b|does\b|may\b|can\b|should\b|is\b|are\b|before\b|after\b))?"
    r"(\w+)(?: (?:per|for each) (\w+))?"
)
_QUANTITY = re.compile(r"\d+(?:\.\d+)?(?:mg|mcg|g|kg|ml|l|cm|mm|m|f|y|yo|d|h|w)", re.IGNORECASE)

_KINDS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (AnswerKind.DOSE, r"\bdos(?:e|es|age|ing)\b|\bmg\b|mg/kg|\bhow much (?!does|do|did)|\bstrengths?\b|\bml/kg\b|\bMME\b"),
        (AnswerKind.DURATION, r"\bhow (?:long|soon|quickly|many (?:days|weeks|months|years|hours|minutes))\b|\bduration\b"
                              r"|\bwhen (?:must|should|do|can|does|may|to)\b|\bfor how\b|\b(?:days|weeks|months|years)\?"
                              r"|\bcourse\b|\blongest\b|\bshortest\b|\blengths?\b|\binterval\b|\bdelay\b"),
        (AnswerKind.FREQUENCY, r"\bhow often\b|\bfrequency\b|\binterval\b|\bevery how\b|\bhow frequently\b|\bsplit\b"),
        (AnswerKind.THRESHOLD, r"\bthresholds?\b|\bcut-?\s?(?:off|point)s?\b|\bat (?:what|which)\b|\b(?:below|above|under|over) "
                               r"(?:what|which)\b|\btargets?\b|\bgoal\b|\bwhat (?:level|value|pressure|reading)s?\b|\bceiling\b"
                               r"|\bfloor\b|\bcap\b|\blimits?\b|\bmaximum\b|\bminimum\b|\branges?\b|\bhow (?:high|low)\b|\bwhich \w+ week\b"),
        (AnswerKind.SHARE, r"\bpercent\w*|\bprevalence\b|\bsensitivity\b|\bspecificity\b|\bwhat (?:share|proportion|fraction|rate)\b"
                           r"|\brisk climb|\bhow (?:common|likely)\b|\bincidence\b|\bodds\b|\bhazard\b"),
        (AnswerKind.NUMBER, r"\bhow (?:many|much|old|far|big|large|high|low)\b|\bwhat (?:number|ratio|age|size|multiplier|factor)\b"
                            r"|\bmultiplier\b|\bconversion factor\b|\bratio\b|\bfigures?\b"),
        (AnswerKind.STRENGTH, r"\bhow (?:strong|firm|certain|good|solid)\b|\bstrength of\b|\b(?:strong|firm|conditional|weak|soft) "
                              r"(?:or|recommendation|one)\b|\bcategory\b|\bgraded?\b|\bquality of (?:the )?evidence\b"
                              r"|\bcertainty\b|\bevidence (?:type|level|base)\b|\blevel of evidence\b|\bresting on\b|\bwhat strength\b"),
        (AnswerKind.DEFINITION, r"\bdefin\w+|\bwhat (?:is|are) (?:an? )?(?:meant|the difference)|\bmean(?:s|ing)?\b|\bcounts? as\b"
                                r"|\btells? .{1,40} from\b|\bdifference between\b"),
        (AnswerKind.CONTRAINDICATION, r"\bcontra-?indicat\w+|\bavoid\w*|\boff-limits\b|\bno-go\b|\bnot (?:be )?(?:use|give)\w*"
                                      r"|\bsafe\b|\bshould(?:n't| not)\b"),
        (AnswerKind.COMPARISON, r"\bvs\.?\b|\bversus\b|\bcompar\w+|\bagainst\b|\bbetter\b|\bdiffer\w*|\bprefer\w*|\border\b|\bor\b"),
        (AnswerKind.LIST, r"\bwhich (?:\w+ ){0,3}(?:agents|drugs|patients|classes|people|groups|tests|signs|comorbidities|steps)\b"
                          r"|\bwho should\b|\bwhat are\b|\blist\b"),
        (AnswerKind.YES_NO, r"(?:^|[.?!:;,]\s*)(?:is|are|do|does|did|can|could|should|may|must|will|would|has|have|was)\b[^.?!]*\?"
                            r"|\bok(?:ay)? to\b|\bcorrect\?|\bright\?|\bstill \w+\?"),
    )
)  # fmt: skip


def stems(text: str) -> list[str]:
    """Stems of all words, compounds split: ``"5-10 mg/kg"`` gives ``["5", "10", "mg", "kg"]``."""
    return [stem(word) for word in _WORD.findall(fold(text))]


@lru_cache(maxsize=256)
def read_question(text: str) -> Question:
    """Take a question apart. Nothing is looked up but the vocabulary."""
    parts, start = _parts(text)
    return Question(
        text=text,
        parts=parts,
        terms=tuple(_terms(text, focus_from=start)),
        kinds=frozenset(kind for kind, pattern in _KINDS if pattern.search(text)),
        counted=tuple(stem(word) for m in _COUNTED.finditer(fold(text)) for word in m.groups() if word and word not in STOPWORDS),
        population=population(text),
        sources=frozenset(
            word for word in _WORD.findall(fold(text)) if word in ORGANISATIONS or re.fullmatch(r"(?:19|20)\d\d", word)
        ) & _named_sources(text),
    )  # fmt: skip


def _named_sources(text: str) -> frozenset[str]:
    """Organisations in capitals (WHO is no pronoun) and years."""
    found = (word for word in _WORD.findall(text) if word.isupper() or word.isdigit())
    return frozenset(word.lower() for word in found)


def _parts(text: str) -> tuple[tuple[str, ...], int]:
    """The things asked, and where asking starts: what comes before is the story."""
    sentences = [m for m in _SENTENCE.finditer(text) if m.group().strip()]
    asking = [m for m in sentences if "?" in m.group()] or sentences
    if not asking:
        return (text,), 0
    start = asking[0].start()
    head = re.match(r"[^?]*?:\s", asking[0].group())
    if head and len(asking[0].group()) - head.end() > 25 and _is_story(head.group()):
        start += head.end()
    parts = [piece for m in asking for piece in _pieces(m.group())]
    return _self_contained(parts, text[:start].strip()) or (text,), start


def _self_contained(parts: Sequence[str], story: str) -> tuple[str, ...]:
    """A part that points back ("it", "there") or names nothing is read with what it points to."""
    whole: list[str] = []
    for part in parts:
        named = [word for word in _WORD.findall(fold(part)) if not _says_nothing(word)]
        if len(named) < 2 or _POINTS_BACK.search(part):
            before = whole[0] if whole else story
            whole.append(f"{before} {part}".strip())
        else:
            whole.append(part)
    return tuple(whole)


def _is_story(head: str) -> bool:
    return bool(re.match(r"\s*\d|\s*(?:a|my|our|the|pt|patient)\b", head, re.IGNORECASE))


def _pieces(sentence: str) -> list[str]:
    """Split at "and what", ", how" and the like; a piece of fewer than three words is no part."""
    pieces = re.split(
        r"(?:,|;|:|\band\b|,\s*and\b)\s+(?=(?:what|how|when|where|which|who|does|do|can|is|are|should|at)\b)",
        sentence.strip(),
        flags=re.IGNORECASE,
    )
    kept = [piece.strip(" ,;:") for piece in pieces if len(piece.split()) >= 3]
    return kept or [sentence.strip()]


def _terms(text: str, *, focus_from: int) -> list[Term]:
    """Drugs first, then clinical terms, codes and the words left over, none twice."""
    found: dict[frozenset[Stems], Term] = {}
    taken = [False] * (len(text) + 1)

    def add(words: str, kind: TermKind, others: Iterable[str], start: int, end: int) -> None:
        forms = frozenset(form for form in (tuple(stems(t)) for t in (words, *others)) if form)
        if not forms or any(taken[start:end]):
            return
        taken[start:end] = [True] * (end - start)
        focus = start >= focus_from
        before = found.get(forms)
        if before is None or (focus and not before.focus):
            found[forms] = Term(words, kind, forms, focus)

    for drug in drug_names(text):
        add(drug.text, TermKind.DRUG, (drug.name, *equivalents(drug.name)), drug.start, drug.end)
    for term in clinical_terms(text):
        if fold(term.text) not in ORGANISATIONS and fold(term.text) not in _ASKING_WORDS:
            kind = TermKind.CLINICAL if term.specific else TermKind.WORD
            add(term.text, kind, _said_as(term.forms), term.start, term.end)
    for match in _CODE.finditer(text):
        if fold(match.group()) not in ORGANISATIONS and not _QUANTITY.fullmatch(match.group()):
            add(match.group(), TermKind.CODE, (), match.start(), match.end())
    for match in _WORD.finditer(text):
        word = fold(match.group())
        if not _says_nothing(word):
            kind = TermKind.CLINICAL if _MEDICAL_SUFFIX.fullmatch(word) else TermKind.WORD
            add(match.group(), kind, equivalents(word), match.start(), match.end())
    return list(found.values())


def _said_as(forms: Iterable[str]) -> set[str]:
    """The forms of a term, other words for those that are no short forms, and of a class of drugs its members: a passage that names
    one of these speaks of it."""
    long = (form for form in forms if " " in form)
    return {
        *forms,
        *(other for form in long for other in equivalents(form)),
        *(name for form in forms for name in members_of(form)),
    }


def _says_nothing(word: str) -> bool:
    skipped = STOPWORDS | ORGANISATIONS | _DOCUMENT_WORDS | _ASKING_WORDS
    return word in skipped or len(word) < 2 or word[0].isdigit()
