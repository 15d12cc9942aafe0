"""A claim answers the question asked: the right kind of answer, about the right subject.

Two halves. Kind: who asks for a number gets a number, who asks for the strength gets the strength.
Subject: the drug, organism, population and variant of disease the question names are those the claim,
its quotes or their surroundings speak of. A vignette's other details need not appear anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.datatypes import Quote
from rag.patient import is_for_child, patient_of
from rag.ports import CheckInput, CheckResult
from rag.quantities import normalise, read
from rag.settings import CheckName
from rag.text import STOPWORDS, content_stems, fold, listed, stem
from rag.verify.asked import BODIES, QUANTITIES, asking, kinds, part_kinds, parts
from rag.verify.case import drugs_before, forbids_for_asked
from rag.verify.codes import other_member
from rag.verify.common import document_text, drugs_in, evidence_of, framed, neighbours, short_forms_of, shown
from rag.verify.subject import shared_part, subject
from rag.vocabulary import (
    classes_of,
    drug_class,
    drug_classes,
    drug_names,
    equivalents,
    expansions,
    population,
)


class Relevance:
    """Fails on another kind of answer, or another drug, population or disease than asked for.

    ``threshold`` (0..1): least score; the score is 1 for full overlap of the asked words with claim,
    quotes and surroundings.
    """

    name: CheckName = "relevance"

    def __init__(self, *, threshold: float) -> None:
        self._threshold = threshold

    def __call__(self, given: CheckInput) -> CheckResult:
        score = overlap(given)
        for fault in (
            wrong_kind(given),
            wrong_drug(given),
            wrong_class(given),
            unknown_regimen(given),
            wrong_population(given),
            wrong_variant(given),
            no_measure(given),
            other_grade(given),
        ):
            if fault:
                return CheckResult(False, fault, min(score, self._threshold / 2))
        if score < self._threshold:
            return CheckResult(False, "the claim is about something else than the question", score)
        return CheckResult(True, score=score)


# --- what kind of answer -----------------------------------------------------------------------------

_STRENGTH_WORDS = re.compile(
    r"\b(?:strong|conditional|weak|recommends?|suggests?|recommended|certain(?:ty)?|quality|confidence|low|moderate|high|category|type|grade|level|"
    r"evidence|trials?|stud(?:y|ies)|expert|opinion|consensus|good practice)\b"
)


_ASKS_TIME = re.compile(
    r"\bhow (?:long|soon|often|frequently|early|late)\b|\b(?:duration|frequency|interval|when)\b"
)
_EVENT = re.compile(
    r"\b(?:until|till|once|as long as|as soon as|lifelong|life-long|for life|indefinitely|throughout|continuous(?:ly)?|immediately|at once|promptly"
    r"|without delay|every visit|each visit|regularly|permanently)\b"
)
"""Tells a time without a figure."""


def wrong_kind(given: CheckInput) -> str:
    """Words for what is lacking when the claim is none of the kinds asked for."""
    wanted = kinds(given.question)
    if wanted & {"yes_no", "open"} or _is_correction(given) or forbids_for_asked(given):
        return ""
    if "amount" in wanted and (read(given.claim) or _tells_time(given)):
        return ""
    if "strength" in wanted and _STRENGTH_WORDS.search(fold(given.claim)):
        return ""
    return "the question asks for " + " or ".join(
        {"amount": "a figure", "strength": "the strength of a recommendation"}[kind]
        for kind in sorted(wanted)
    )


def _tells_time(given: CheckInput) -> bool:
    """ "How long?" is answered by "until the lesions have crusted"."""
    return bool(_ASKS_TIME.search(fold(asking(given.question))) and _EVENT.search(fold(given.claim)))


_CORRECTS = re.compile(r"\b(?:not|no|never|avoid|contraindicated|instead|rather|cannot)\b|n't\b")


def _is_correction(given: CheckInput) -> bool:
    """Denies something the question took for granted: claim and quotes deny, and speak of the same things."""
    denied = [
        text for text in (given.claim, *(shown(q) for q in given.quotes)) if _CORRECTS.search(fold(text))
    ]
    shared = set(content_stems(given.question)) & set(content_stems(given.claim))
    return len(denied) > 1 and denied[0] is given.claim and len(shared) >= _CORRECTION_WORDS


_CORRECTION_WORDS = 2


# --- about what ------------------------------------------------------------------------------------


def _surroundings(given: CheckInput) -> str:
    """Claim, quotes, their titles, headings and neighbours."""
    return "\n".join(
        (given.claim, *(f"{framed(q)}\n{q.document}\n{neighbours(given, q)}" for q in given.quotes))
    )


def _stated(given: CheckInput) -> str:
    """Quotes with header, headings and title. Not the claim, which may only echo the question."""
    return "\n".join(framed(q) for q in given.quotes)


def wrong_drug(given: CheckInput) -> str:
    """The asking sentence names drugs; the quotes name others, or none where a figure is asked for."""
    asked = drugs_in(asking(given.question))
    if not asked:
        return ""
    wider = asked | drugs_in("; ".join(expansions(asking(given.question))))
    named = [_drugs_of(quote, given) for quote in given.quotes]
    if any(wider & found for found in named) or _is_their_class(asked, given):
        return ""
    if not any(named) and not _needs_figure(given.question):
        return ""
    return f"the quoted sentences do not speak of {', '.join(sorted(asked))}"


def wrong_class(given: CheckInput) -> str:
    """A dose is asked for a class of drugs ("opioid dose"), and neither the class nor one of it stands in or around the quotes."""
    if not _ASKS_DOSE.search(fold(asking(given.question))):
        return ""
    asked = drug_classes(asking(given.question)) - _WIDE
    if (
        not asked
        or not _needs_figure(given.question)
        or drugs_in(asking(given.question))
        or not read(given.claim)
    ):
        return ""
    around = _surroundings_without_claim(given)
    found = drug_classes(around) | classes_of(drugs_in(around))
    known = {form for name in found for form in (name, *equivalents(name))}
    if any(name in form for name in asked for form in known) or any(name in fold(around) for name in asked):
        return ""
    return f"the quoted sentences do not speak of {', '.join(sorted(asked))}"


def unknown_regimen(given: CheckInput) -> str:
    """A figure is asked for a regimen known by letters ("3HP") that the quoted document never names."""
    if not _needs_figure(given.question):
        return ""
    for regimen in _REGIMEN.findall(asking(given.question)):
        names = {regimen.lower(), *map(_squeezed, equivalents(regimen))}
        if not any(
            name in _squeezed(f"{document_text(given, quote)} {framed(quote)}")
            for quote in given.quotes
            for name in names
        ):
            return f"the quoted document does not speak of {regimen}"
    return ""


_ASKS_DOSE = re.compile(
    r"\b(?:dos(?:e|es|age|ing)|how much|how many (?:mg|mcg|ml|grams|tablets|units))\b|\b(?:mg|mcg|mme)\b"
)
_WIDE = frozenset(
    listed(
        "antibiotic antidepressant antiviral antiretroviral anticoagulant bronchodilator diuretic vasopressor inotrope laxative hypnotic vaccine"
    )
)
"""Classes whose drugs are listed under narrower ones."""
_REGIMEN = re.compile(r"(?<!\w)\d(?!YO|MG|ML|KG|ND|ST|RD|TH|IU|AM|PM|YR|MO|WK|FU)[A-Z]{2,4}(?!\w)")


def _squeezed(text: str) -> str:
    return re.sub(r"[\s-]", "", text).lower()


def _needs_figure(question: str) -> bool:
    return "amount" in kinds(question) and "yes_no" not in kinds(question)


def _drugs_of(quote: Quote, given: CheckInput) -> set[str]:
    """Drugs of the quote; where it names none, of what opens its list, its headings, the sentences beside it, the title, then the
    last sentence before that opens with one."""
    short_forms = short_forms_of(given.documents, quote.document_id)
    lead_in, headings = "\n".join(quote.lead_in), "\n".join(quote.section)
    for text in (
        shown(quote),
        lead_in,
        headings,
        neighbours(given, quote),
        quote.title,
        drugs_before(given, quote),
    ):
        found = drugs_in(text, short_forms)
        if found:
            return found
    return set()


def _is_their_class(asked: set[str], given: CheckInput) -> bool:
    """The quotes speak of the class of an asked drug; enough for a rule, not for a figure or for another of the class."""
    classes = {name for drug in asked if (name := drug_class(drug))}
    stated = "\n".join(shown(quote) for quote in given.quotes)
    for mention in drug_names(stated):
        if mention.name not in classes and not asked.intersection(mention.name.split()):
            stated = stated.replace(mention.text, " ")
    return not _needs_figure(given.question) and any(name in fold(stated) for name in classes)


_CHILD = re.compile(
    r"\b(?:child(?:ren|hood)?s?|paediatrics?|pediatrics?|neonat\w+|newborns?|infants?|toddlers?|adolescents?|teenagers?|teens?|boys?|girls?|schoolchild\w*|youths?|young people)\b"
)
_YOUNG_AGE = re.compile(
    r"\b(\d{1,2})[- ]?(?:year|yr|y)s?[- ]?(?:old|/?o)\b|\baged? (?:of )?(\d{1,2})\b(?![-–])|\b(\d{1,2}) ?(?:yo|y/o)\b|\b(\d{1,2}) years? of age\b"
)
_MONTHS_OLD = re.compile(r"\b\d{1,2}[- ](?:month|week|day)s?(?:[- ]old| of age)\b")
_PREGNANT = re.compile(
    r"\bpregnan\w*|\bfo?et(?:us|al)\b|\bgestation\w*|\bobstetric\w*|\bantenatal\w*|\bantepartum|\bgravid\w*|\bpre-?eclampsia|\bmaternal\w*|\btrimester|\b\d{1,2}/40\b"
)
_LACTATING = re.compile(r"\bbreast-?feed\w*|\blactat\w*|\bnursing mother")
_ADULT = re.compile(r"\badults?\b|\b(?:18|19|[2-9]\d) ?years\b")
_ALL_AGES = re.compile(
    r"\ball ages\b|\bany age\b|\beveryone\b|\ball (?:patients|people|persons|individuals)\b"
)


def _speaks_of_child(text: str) -> bool:
    plain = fold(text)
    ages = (int(next(filter(None, match.groups()))) for match in _YOUNG_AGE.finditer(normalise(plain)))
    return bool(_CHILD.search(plain) or _MONTHS_OLD.search(plain)) or any(age < 18 for age in ages)


def wrong_population(given: CheckInput) -> str:
    """The question is about a child or a pregnancy, and nothing quoted is."""
    surroundings = fold(_surroundings_without_claim(given))
    for who, in_question, pattern in (
        ("pregnancy", _PREGNANT.search(fold(given.question)) is not None, _PREGNANT),
        ("breastfeeding", _LACTATING.search(fold(given.question)) is not None, _LACTATING),
    ):
        if in_question and not pattern.search(surroundings):
            return f"the quoted sentences do not speak of {who}"
    met = _speaks_of_child(surroundings) or any(
        is_for_child(quote, patient_of(given.question)) for quote in given.quotes
    )
    if _speaks_of_child(given.question) and not met:
        adults = _ADULT.search(normalise(surroundings))
        if (adults or "amount" in kinds(given.question)) and not _ALL_AGES.search(surroundings):
            return "the quoted sentences do not speak of children"
    return ""


def _surroundings_without_claim(given: CheckInput) -> str:
    return "\n".join(f"{framed(q)}\n{neighbours(given, q)}" for q in given.quotes)


_VARIANTS: tuple[tuple[str, ...], ...] = (
    (r"alveolar|multilocularis", r"cystic|granulosus|hydatid"),
    (r"type 1|t1dm?|type i", r"type 2|t2dm?|type ii"),
    (r"acute", r"chronic"), (r"active", r"latent"), (r"primary", r"secondary"),
    (r"provoked", r"unprovoked"), (r"systolic|sbp", r"diastolic|dbp"),
    (r"hyperthyroid\w*", r"hypothyroid\w*"), (r"ischa?emic", r"ha?emorrhagic"), (r"bacterial", r"viral"),
    (r"hepatitis b|hbv", r"hepatitis c|hcv", r"hepatitis a|hav"), (r"inpatients?", r"outpatients?"),
    (r"oral|orally", r"intravenous\w*|iv", r"intramuscular\w*|im", r"nasal|intranasal\w*", r"topical\w*", r"inhaled"),
    (r"gram-positive", r"gram-negative"), (r"nstemi", r"(?<!n)stemi"), (r"hfref", r"hfpef"),
)  # fmt: skip
_VARIANT_PATTERNS = tuple(
    tuple(re.compile(rf"(?<![\w-])(?:{form})(?![\w-])") for form in group) for group in _VARIANTS
)
_BINOMIAL = re.compile(r"\b[A-Z]\. ?[a-z]{4,}\b")


def wrong_variant(given: CheckInput) -> str:
    """The question asks about one of a contrasting pair, and only the other one is quoted."""
    asked, stated = fold(asking(given.question)), fold(_surroundings_without_claim(given))
    for group in _VARIANT_PATTERNS:
        wanted = [p for p in group if p.search(asked)]
        if wanted and not any(p.search(stated) for p in wanted) and any(p.search(stated) for p in group):
            found = wanted[0].search(asked)
            return f"the quoted sentences do not speak of {found.group() if found else 'that'}"
    severity = _other_severity(asked, fold(_stated(given)))
    if severity:
        return f"the quoted sentences do not speak of {severity}"
    member = other_member(asking(given.question), _surroundings_without_claim(given))
    if member:
        return f"the quoted sentences do not speak of {member}"
    organisms = [m.group() for m in _BINOMIAL.finditer(given.question)]
    lacking = [o for o in organisms if fold(o).split(". ")[-1].split(".")[-1].strip() not in stated]
    return f"the quoted sentences do not speak of {lacking[0]}" if lacking else ""


_SEVERITY = r"(mild|moderate|some|severe|uncomplicated)"
_SEVERE_WHAT = re.compile(rf"\b{_SEVERITY} ([a-z]{{6,}})\b")


def _other_severity(asked: str, stated: str) -> str:
    """A disease with its severity that the question names, where the quotes and what they stand below name it with another one only."""
    for how, what in _SEVERE_WHAT.findall(asked):
        there = {found[0] for found in _SEVERE_WHAT.findall(stated) if found[1] == what}
        if there - {"some"} and how not in there and not _both(stated, how, what):
            return f"{how} {what}"
    return ""


def _both(stated: str, how: str, what: str) -> bool:
    """ "Mild or moderate pneumonia", "moderate-to-severe pain"."""
    return bool(re.search(rf"\b{how}(?: |-)(?:or|and|to)(?: |-)\w+ {what}", stated))


def other_grade(given: CheckInput) -> str:
    """The quotes say how strong a recommendation is and not which one, and what stands above them is hardly what the question speaks of."""
    if not given.quotes or not all(_only_grades(quote.text) for quote in given.quotes):
        return ""
    above = "\n".join(
        (*(line for quote in given.quotes for line in (quote.title, *quote.section)), *_before(given))
    )
    met = shared_part(asking(given.question), above)
    return (
        ""
        if met >= _GRADED
        else "what stands above the quoted grade is another recommendation than asked about"
    )


def _only_grades(text: str) -> bool:
    return bool(_STRENGTH_WORDS.search(fold(text)) and not subject(text))


def _before(given: CheckInput) -> list[str]:
    found = (evidence_of(given, quote) for quote in given.quotes)
    return [item.before for item in found if item is not None]


_GRADED = 1 / 3
"""Share of the words of a question that stand above a grade that answers it."""


_MEASURED = re.compile(
    rf"\b(?:what|which) (?:[a-z][\w/-]* ){{0,2}}?(?P<asked>{QUANTITIES})\b"
    rf"|\b(?P<aimed>{QUANTITIES}) (?:levels?|targets?|goals?|thresholds?|cut-?offs?|limits?|range)\b"
    r"|\b(?P<rate>prevalence|incidence|sensitivity|specificity|half-life|bioavailability)\b"
)
_COUNTED = re.compile(
    r"\bhow many (?:[a-z][\w-]+ ){0,3}?(?P<counted>[a-z][\w-]+)(?: (?:of|per) (?P<per>[a-z0-9][\w-]+))?"
    r"(?=[?,.;:]|$| (?:of|per|an?|do|does|did|is|are|was|were|has|have|can|could|should|must|may|might|will|would|to|in|on|at|for|from|with|within"
    r"|after|before|between|by|until|if|when|against|it|i|we|you)\b)"
)
_SAID_OTHERWISE: tuple[tuple[str, str], ...] = (
    (r"(?:second|minute|hour|day|week|month|year)s?", r"second|minute|hour|day|week|month|year|daily"),
    (r"times", r"\btimes\b|\bonce\b|twice|daily|weekly|monthly|hourly|yearly|every|\b(?:bid|tid|qid|od|bd|tds|qds)\b"),
    (r"prevalence|incidence", r"%|\bper ?(?:cent|\d)|\b(?:one|\d+) in \w|\brates?\b|proportion"),
    (r"mortality|deaths?", r"mortality|\bdeath|\bdied?\b|\bdies\b|fatal|surviv"),
    (r"people|persons?|patients?|adults?|individuals?", r"people|person|patient|adult|individual|participant|\bm[ae]n\b|wom[ae]n|child"),
    (r"spo2|pao2|saturations?", r"saturation|[sp]p?[ao]o2|oximet"),
    (r"e?gfr|creatinine(?: clearance)?", r"gfr|clearance|creatinine"),
    (r"systolic|diastolic|bp", r"mmhg|\bmm hg|pressure|\d/\d"),
    (r"mg|mcg|ml|g|iu|units?|tablets?|puffs?|drops?", r"\d ?(?:mg|mcg|µg|ml|g|iu|units?)\b|tablet|puff|drop"),
)  # fmt: skip
"""Names of measures, and what says the same without the name."""


def no_measure(given: CheckInput) -> str:
    """The question asks one thing, names what is counted or measured, and nothing quoted does."""
    asked = [part for part in parts(asking(given.question)) if part_kinds(part)]
    if [part_kinds(part) for part in asked] != [{"amount"}] or _is_correction(given):
        return ""
    stated = fold(_surroundings_without_claim(given))
    lacking = [word for word in _measures_of(fold(asked[0])) if not _names_measure(word, stated)]
    return f"the quoted sentences do not speak of {lacking[0]}" if lacking else ""


def _measures_of(asked: str) -> list[str]:
    found = _MEASURED.search(asked) or _COUNTED.search(asked)
    return [word for word in found.groups() if word] if found else []


def _names_measure(word: str, stated: str) -> bool:
    if any(re.fullmatch(names, word) and re.search(said, stated) for names, said in _SAID_OTHERWISE):
        return True
    return stem(word) in set(content_stems(stated)) or any(
        re.search(rf"(?<!\w){re.escape(form)}(?!\w)", stated) for form in equivalents(word)
    )


_ASKING_WORDS = frozenset(
    stem(w)
    for w in (*BODIES, *listed("""guideline guidelines guidance document recommend recommends recommendation recommended say says suggest list
    lists want wants tell tells need use used using according patient patients pt dose doses many much long often soon start starting give given
    quote exactly please correct okay figure number level strength evidence how's what's answer question count counts set usual usually advice
    advise"""))
)  # fmt: skip


def overlap(given: CheckInput) -> float:
    """0.5 when claim, quotes or surroundings share one word (or synonym) with the question, 0 without any, up to 1.

    A guard against evidence about nothing the question mentions, no more: clinicians ask in other words
    than guidelines write, and the selection has scored the evidence already.
    """
    asked = {
        w
        for w in _TOKENS.findall(fold(given.question))
        if w not in STOPWORDS and stem(w) not in _ASKING_WORDS
    }
    if not asked:
        return 1.0
    text = fold(_surroundings(given))
    stems = set(content_stems(text)) | set(content_stems(re.sub(r"[-/]", " ", text)))
    hits = sum(_is_there(word, text, stems) for word in asked)
    drugs = drugs_in(given.question)
    hits += any(drugs & _drugs_of(quote, given) for quote in given.quotes) if drugs else 0
    hits += sum(fold(term) in text for term in expansions(given.question)) if not hits else 0
    hits += len(population(given.question) & population(text) - {"adult"}) if not hits else 0
    return min(1.0, 0.5 * min(hits, 1) + 0.5 * hits / len(asked)) if hits else 0.0


_PART = 6
"""Letters from which a stem inside another counts: "hypertens" in "antihypertens"."""


def _is_part(root: str, stems: set[str]) -> bool:
    return len(root) >= _PART and any(len(s) >= _PART and (s in root or root in s) for s in stems)


_TOKENS = re.compile(r"[^\W_]+(?:['.\-/+][^\W_]+)*")


def _is_there(word: str, text: str, stems: set[str]) -> bool:
    forms: Iterable[str] = (word, *re.split(r"[-/]", word))
    roots = [stem(form) for form in forms if form]
    if any(root in stems or _is_part(root, stems) for root in roots):
        return True
    return any(
        re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text) for term in equivalents(word) if term != word
    )
