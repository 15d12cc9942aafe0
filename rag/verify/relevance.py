"""A claim answers the question asked: the right kind of answer, about the right subject.

Two halves. Kind: who asks for a number gets a number, who asks for the strength gets the strength.
Subject: the drug, organism, population and variant of disease the question names are those the claim,
its quotes or their surroundings speak of. A vignette's other details need not appear anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.datatypes import Quote
from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import STOPWORDS, content_stems, fold, stem
from rag.verify.common import framed, listed, neighbours, shown
from rag.verify.quantities import read
from rag.verify.restatement import is_yes_no
from rag.vocabulary import drug_names, equivalents


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
            wrong_population(given),
            wrong_variant(given),
            no_measure(given),
        ):
            if fault:
                return CheckResult(False, fault, min(score, self._threshold / 2))
        if score < self._threshold:
            return CheckResult(False, "the claim is about something else than the question", score)
        return CheckResult(True, score=score)


# --- what is asked ---------------------------------------------------------------------------------

_SENTENCES = re.compile(r"(?<=[.?!])\s+(?=\S)")
_ASKING = re.compile(
    r"\?|^(?:which|what|who|when|where|how|why|is|are|do|does|did|can|could|should|shall|would|will|may|must|name|list|give|quote|tell)\b"
)


@lru_cache(maxsize=512)
def asking(question: str) -> str:
    """The sentences of the question that ask; all of it when none is marked."""
    parts = [part for part in _SENTENCES.split(question.strip()) if part]
    chosen = [part for part in parts if _ASKING.search(fold(part))]
    return " ".join(chosen or parts)


_AMOUNT = re.compile(
    r"\bhow (?:much|many|long|often|soon|far|high|low|old|frequently|big|large|late|early)\b|\b(?:dose|dosage|dosing|mg/kg|mcg|strengths?\b(?! of)|"
    r"opening strengths?|threshold|cut-?off|multiplier|conversion factor|factor for|percentage|per cent|percent|proportion|prevalence|incidence|"
    r"sensitivity|specificity|ratio|ceiling|maximum|minimum|what (?:level of )?(?:systolic|pressures?|readings?|daily total|bmi|egfr|weight|age|"
    r"temperature|interval|duration|gestational week|number|rate|range|intake|size|lengths?)|(?:which|what) (?:gestational )?(?:week|month|day|age|range|band)|"
    r"(?:below|above|over|under|at|after) (?:what|which)|what monthly|start dose|top dose|interval)\b"
)
_STRENGTH = re.compile(
    r"\bhow (?:strong|firm|certain|sure|good|solid)\b|\b(?:strength|certainty|quality|grade|graded|category|firm|strong|soft|conditional)\b"
    r"|\bwhat is that (?:advice )?resting\b|\bevidence (?:type|grade|level|quality)\b|\bresting on\b"
)
_OPEN = re.compile(
    r"\b(?:which|what|who|whom|whose|where|why|when|name|list)\b|\bhow\b(?! (?:much|many|long|often|soon|strong|certain|good|high))"
)
_STRENGTH_WORDS = re.compile(
    r"\b(?:strong|conditional|weak|recommends?|suggests?|recommended|certain(?:ty)?|quality|confidence|low|moderate|high|category|type|grade|level|"
    r"evidence|expert|opinion|consensus|good practice)\b"
)


def kinds(question: str) -> frozenset[str]:
    """What a fitting answer looks like: any of "amount", "strength", "yes_no", "open"."""
    asked = fold(asking(question))
    found = {"amount"} if _AMOUNT.search(asked) else set()
    if _STRENGTH.search(asked) and not re.search(r"\bstrengths\b|which strength|what strength", asked):
        found.add("strength")
    if is_yes_no(question):
        found.add("yes_no")
    rest = _AMOUNT.sub(" ", _STRENGTH.sub(" ", asked))
    if _OPEN.search(rest) and not found & {"amount", "strength"}:
        found.add("open")
    return frozenset(found or {"open"})


def wrong_kind(given: CheckInput) -> str:
    """Words for what is lacking when the claim is none of the kinds asked for."""
    wanted = kinds(given.question)
    if wanted & {"yes_no", "open"} or (_corrects(given.claim) and _has_new_quantity_or_denial(given)):
        return ""
    if "amount" in wanted and read(given.claim):
        return ""
    if "strength" in wanted and _STRENGTH_WORDS.search(fold(given.claim)):
        return ""
    return "the question asks for " + " or ".join(
        {"amount": "a figure", "strength": "the strength of a recommendation"}[kind]
        for kind in sorted(wanted)
    )


_CORRECTS = re.compile(r"\b(?:not|no|never|avoid|contraindicated|instead|rather|cannot)\b|n't\b")


def _corrects(claim: str) -> bool:
    return bool(_CORRECTS.search(fold(claim)))


def _has_new_quantity_or_denial(given: CheckInput) -> bool:
    """A correction of the question must rest on a denial in the quotes too."""
    return any(_CORRECTS.search(fold(shown(quote))) for quote in given.quotes)


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
    """The asking sentence names drugs and the quotes none of them."""
    asked = {mention.name for mention in drug_names(asking(given.question))}
    if not asked or any(asked & _drugs_of(quote, given) for quote in given.quotes):
        return ""
    return f"the quoted sentences do not speak of {', '.join(sorted(asked))}"


def _drugs_of(quote: Quote, given: CheckInput) -> set[str]:
    """Drugs of the quote; where it names none, of its headings, then of the sentence before it."""
    for text in (shown(quote), "\n".join(quote.section), neighbours(given, quote), quote.title):
        found = {mention.name for mention in drug_names(text)}
        if found:
            return found
    return set()


_CHILD = re.compile(
    r"\b(?:child(?:ren|hood)?s?|paediatrics?|pediatrics?|neonat\w+|newborns?|infants?|toddlers?|adolescents?|teenagers?|teens?|boys?|girls?|schoolchild\w*|youths?|young people)\b"
)
_YOUNG_AGE = re.compile(
    r"\b(\d{1,2})[- ]?(?:year|yr|y)s?[- ]?(?:old|/?o)\b|\baged? (?:of )?(\d{1,2})\b(?![-–])|\b(\d{1,2}) ?(?:yo|y/o)\b"
)
_MONTHS_OLD = re.compile(r"\b\d{1,2}[- ](?:month|week|day)s?[- ]old\b")
_PREGNANT = re.compile(
    r"\bpregnan\w*|\bgestation\w*|\bobstetric\w*|\bantenatal\w*|\bantepartum|\bgravid\w*|\bpre-?eclampsia|\bmaternal\w*|\btrimester|\b\d{1,2}/40\b"
)
_LACTATING = re.compile(r"\bbreast-?feed\w*|\blactat\w*|\bnursing mother")
_ALL_AGES = re.compile(
    r"\ball ages\b|\bany age\b|\beveryone\b|\ball (?:patients|people|persons|individuals)\b"
)


def _speaks_of_child(text: str) -> bool:
    plain = fold(text)
    ages = (int(next(filter(None, match.groups()))) for match in _YOUNG_AGE.finditer(_words_as_ages(plain)))
    return bool(_CHILD.search(plain) or _MONTHS_OLD.search(plain)) or any(age < 18 for age in ages)


def _words_as_ages(plain: str) -> str:
    from rag.verify.quantities import normalise

    return normalise(plain)


def wrong_population(given: CheckInput) -> str:
    """The question is about a child or a pregnancy, and nothing quoted is."""
    surroundings = fold(_surroundings_without_claim(given))
    for who, in_question, pattern in (
        ("pregnancy", _PREGNANT.search(fold(given.question)) is not None, _PREGNANT),
        ("breastfeeding", _LACTATING.search(fold(given.question)) is not None, _LACTATING),
    ):
        if in_question and not pattern.search(surroundings):
            return f"the quoted sentences do not speak of {who}"
    if _speaks_of_child(given.question) and not _speaks_of_child(surroundings):
        adults = re.search(r"\badults?\b|\b(?:18|nineteen|eighteen) years\b", surroundings)
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
    (r"ce1", r"ce2", r"ce3a", r"ce3b", r"ce4", r"ce5"),
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
    organisms = [m.group() for m in _BINOMIAL.finditer(given.question)]
    lacking = [o for o in organisms if fold(o).split(". ")[-1].split(".")[-1].strip() not in stated]
    return f"the quoted sentences do not speak of {lacking[0]}" if lacking else ""


_MEASURE = re.compile(
    r"\b(?:what|which|how many) ((?:[a-z][\w/-]* ){0,2}?(?:egfr|gfr|bmi|a1c|hba1c|ldl|potassium|sodium|salt|sensitivity|specificity|prevalence|incidence|"
    r"mortality|sensitivit\w+|ratio|weeks?|months?|days?|hours?|minutes?|doses?|nurses?|beds?))\b"
)  # fmt: skip
_MEASURED = re.compile(
    r"\b(?:egfr|gfr|bmi|a1c|hba1c|ldl|potassium|sodium|salt|sensitivity|specificity|prevalence|incidence|minutes?)\b"
)


def no_measure(given: CheckInput) -> str:
    """The question names what is to be counted or measured, and no quote does."""
    asked = _MEASURE.search(fold(asking(given.question)))
    measured = _MEASURED.search(asked.group(1)) if asked else None
    if not measured or _corrects(given.claim):
        return ""
    stated = fold(_stated(given))
    forms = {measured.group(), measured.group().rstrip("s"), *equivalents(measured.group())}
    if any(re.search(rf"(?<!\w){re.escape(form)}", stated) for form in forms if form):
        return ""
    return f"the quoted sentences do not speak of {measured.group()}"


_ASKING_WORDS = frozenset(
    stem(w)
    for w in listed("""guideline guidelines guidance document who's recommend recommends recommendation recommended say says suggest list lists
    want wants tell tells want need use used using according cdc nih niddk nchs patient patients pt dose doses many much long often soon
    start starting give given quote exactly please correct okay figure number level strength evidence how's what's answer question
    count counts happen set usual usually advice advise""")
)


def overlap(given: CheckInput) -> float:
    """Share of the asking sentence's words found in claim, quotes and surroundings; synonyms count.

    Mapped so that a quarter of the words gives 0.5: clinicians ask in other words than guidelines write.
    """
    asked = [
        w
        for w in _TOKENS.findall(fold(asking(given.question)))
        if w not in STOPWORDS and stem(w) not in _ASKING_WORDS
    ]
    if not asked:
        return 1.0
    text = fold(_surroundings(given))
    stems = set(content_stems(text))
    share = sum(_is_there(word, text, stems) for word in asked) / len(asked)
    return min(1.0, share * 2)


_TOKENS = re.compile(r"[^\W_]+(?:['.\-/+][^\W_]+)*")


def _is_there(word: str, text: str, stems: set[str]) -> bool:
    forms: Iterable[str] = (word, *re.split(r"[-/]", word))
    if any(stem(form) in stems for form in forms if form):
        return True
    return any(
        re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text) for term in equivalents(word) if term != word
    )
