"""Who is meant: the ages, weights, kidney function, measured values and sex that a question, a sentence or a table row names.

Ages are compared in days, weights in kilograms, clearance in millilitres a minute, gestation and corrected age of the newborn in weeks. In running text a time is an age only
beside people or a word of age ("children of 2 to 5 years", "aged 65"); in the column of a table that is about ages any is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from itertools import product

from rag.datatypes import Quote, SentenceKind
from rag.laboratory import measured, measured_in_column
from rag.quantities import Comparator, Quantity, has_amount, normalise, read
from rag.text import fold
from rag.vocabulary import population

Measure = str
""" "age", "weight", "clearance", "gestation", "corrected age", or what ``rag.laboratory`` names."""


@dataclass(frozen=True)
class Patient:
    """Whom a text is about, as far as it says."""

    spans: Mapping[Measure, tuple[Quantity, ...]] = field(default_factory=dict)
    """By what is measured, or "days" for those that may be an age; several where a text names several. Those of words ("children") only where it has no figure."""
    sexes: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    """Race and ethnic group, as documents name them."""
    states: frozenset[str] = frozenset()
    """Groups of ``rag.vocabulary.population`` that are no ages: pregnancy, renal impairment, …"""

    def __bool__(self) -> bool:
        return bool(self.spans or self.sexes or self.origins or self.states)


def _plain(text: str) -> str:
    """Folded and normalised, with one word for each limit."""
    plain = normalise(fold(text))
    for pattern, put in _LIMIT_WORDS:
        plain = pattern.sub(put, plain)
    return plain


_LIMIT_WORDS = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"\b(?:no|not) (?:less|lower|fewer) than\b", "at least"),
        (r"\b(?:no|not) (?:more|greater|higher) than\b", "up to"),
        (
            r"\b(?:(?:is |are |was )?(?:greater|higher) than(?: or equal to)?|(?:exceeds|exceeding|exceeded|exceed))\b",
            "above",
        ),
        (r"\b(?:lower|smaller) than\b", "below"),
    )
)


@lru_cache(maxsize=4096)
def patient_of(text: str) -> Patient:
    """Whom running text names."""
    return _patient(text, _figures(_plain(text)))


@lru_cache(maxsize=4096)
def patient_of_row(row: str, header: str) -> Patient:
    """Whom a table row is for: its first cell, cells of columns about age, weight or kidney function, and words in the others."""
    cells, names = cells_of(row), cells_of(header.splitlines()[-1] if header else "")
    if len(names) != len(cells):
        names = [""] * len(cells)
    found: list[tuple[Measure, Quantity]] = []
    for place, (cell, name) in enumerate(zip(cells, names, strict=True)):
        plain = _plain(cell)
        measure = _column(name)
        if len(cells) == 1 and _column(header):
            found += [*_figures(plain), *_bare_ages(plain, header)]
        elif measure:
            found += _in_column(measure, plain, _plain(name))
        elif (
            place == 0
            and (bare := _BARE.fullmatch(plain) or _LIMITED.match(plain))
            and _OF_PEOPLE.search(fold(name))
        ):
            found += _in_column("weight" if "kg" in bare[0] else "age", bare[0], "")
        else:
            found += measured_in_column(_plain(name), plain) or _figures(plain)
    return _patient(row, found)


def patient_of_quote(quote: Quote) -> Patient:
    """For whom the quote is: as it says itself, else as the nearest of lead-in, table header, headings and title says."""
    own = patient_of_sentence(quote)
    captions = (
        line for line in quote.header_text.splitlines() if len(cells_of(line)) == 1
    )  # columns may name several
    outer = (*quote.lead_in, *captions, *reversed(quote.section), quote.title)
    spans, sexes, origins = dict(own.spans), own.sexes, own.origins
    for line in outer:
        above = patient_of(_without_exceptions(line))
        spans = {**above.spans, **spans}
        sexes, origins = sexes or above.sexes, origins or above.origins
    return Patient(spans, sexes, origins, own.states.union(*(patient_of(line).states for line in outer)))


def patient_of_sentence(quote: Quote) -> Patient:
    """For whom the quote is by its own words, those for whom it is not left out."""
    return patient_of_unit(quote.text, quote.kind, quote.header_text)


def patient_of_unit(text: str, kind: SentenceKind, header: str) -> Patient:
    """The same for a sentence or row that is no quote yet."""
    meant = _without_exceptions(text)
    return patient_of_row(meant, header) if kind is SentenceKind.ROW else patient_of(meant)


def patient_of_line(line: str) -> Patient:
    """Whom a line of a document names, which may be a table row."""
    return patient_of_row(line, "") if len(cells_of(line)) > 1 else patient_of(line)


def _without_exceptions(text: str) -> str:
    """Without those for whom it is not: "…, not in pregnancy"."""
    return _NOT_FOR.sub(" ", text)


_NOT_FOR = re.compile(
    r"\b(?:(?:not|never) (?:be )?(?:for|in|to|below|under|above|over|given|used?|recommended|suitable|licensed|if|when|with)|except|excluding|other than|unless|avoid\w*|contra-?indicated|but no)\b[^,;.|()]*",
    re.IGNORECASE,
)


def is_for_child(quote: Quote, asked: Patient) -> bool:
    """By ages that include some below 18 years, or by the weight of the one asked about."""
    stated = patient_of_quote(quote)
    ages = stated.spans.get("age", ())
    by_weight = not ages and "weight" in names(asked, stated)
    return by_weight or any(not disjoint(span, _AGES["child"]) for span in ages)


def cells_of(row: str) -> list[str]:
    """The cells of a table row, as they are written in a document's text; empty ones where bars part them."""
    if " |" in row or "| " in row:
        return [cell.strip() for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]
    return [cell.strip() for cell in _BETWEEN_CELLS.split(row) if cell.strip()]


_BETWEEN_CELLS = re.compile(r"\s{2,}")


def _patient(text: str, found: Sequence[tuple[Measure, Quantity]]) -> Patient:
    plain = fold(text)
    if _NURSING.search(plain):  # the baby's age is not the mother's
        found = [(measure, q) for measure, q in found if measure != "age" or q.low > _INFANT]
    spans: dict[Measure, tuple[Quantity, ...]] = {}
    for measure, quantity in found:
        spans[measure] = (*spans.get(measure, ()), quantity)
    words = tuple(_age_words(plain))
    if "age" not in spans:
        spans |= {"age": words} if words else {}
    elif words and all(word.high < ADULT.low for word in words):  # "children over 2 years" are no adults
        spans["age"] = tuple(_capped(span) for span in spans["age"])
    told = _NOT_PREGNANT.sub(" ", plain)
    sexes = frozenset(sex for sex, pattern in _SEXES if pattern.search(told))
    origins = frozenset(origin for origin, pattern in _ORIGINS if pattern.search(plain))
    states = population(_BORN.sub(" ", _CORRECTED.sub(" ", _DENIED.sub(" ", plain)))) - _AGE_GROUPS
    states |= {name for name, pattern in _STATES if pattern.search(plain)}
    if _NOT_PREGNANT.search(plain):
        states |= {"no pregnancy"}
    if _NO_DIALYSIS.search(plain):
        states |= {"no dialysis"}
    elif _ON_DIALYSIS.search(plain):
        spans.setdefault("clearance", (_DIALYSED,))
        states |= {"dialysis"}
    elif "clearance" not in spans and "renal impairment" not in states and _SOUND_KIDNEY.search(plain):
        spans["clearance"] = (Quantity(Decimal(_SOUND), Decimal(_SOUND), comparator=">="),)
    if spans.get("clearance") and all(_least(span) >= _SOUND for span in spans["clearance"]):
        states -= {"renal impairment"}
    return Patient(spans, sexes, origins, states)


def _capped(age: Quantity) -> Quantity:
    if age.comparator in (">", ">=", "from") and age.low < ADULT.low:
        return replace(age, low=age.low + (age.comparator == ">"), high=ADULT.low - 1, comparator="")
    return age


_NURSING = re.compile(
    r"\bbreast-?feeding (?:wom[ae]n|mothers?|patient)|\b(?:lactating|nursing) (?:wom[ae]n|mothers?)|\bmothers? of\b"
)
_STATES = (
    ("G6PD deficiency", re.compile(r"\bg6pd[ -]?(?:activity )?deficien\w+|\bdeficien\w+ (?:of|in) g6pd\b|\bfavism\b")),
    ("penicillin allergy", re.compile(r"\b(?:penicillin|beta-?lactam|amoxicillin)s?[ -](?:allerg\w+|anaphylaxis|hypersensitiv\w+)|\b(?:allerg\w+|hypersensitiv\w+|anaphylaxis) to (?:a |any )?(?:penicillin|beta-?lactam|amoxicillin)")),
    ("neutropenia", re.compile(r"\b(?:febrile )?neutropeni[ac]\b")),
    ("obesity", re.compile(r"\b(?:morbidly )?obes(?:e|ity)\b")),
)  # fmt: skip
"""States besides those of ``rag.vocabulary.population`` for which documents give another dose or drug."""
_DIALYSIS = r"(?:ha?emo|peritoneal )?dialysis|ha?emo(?:dia)?filtration|(?:continuous )?(?:veno-?venous )?(?:haemo)?filtration|cvvhd?f?|crrt|capd"
_NO_DIALYSIS = re.compile(
    r"\bnon-?dialy\w+|\bnot (?:yet )?(?:on |receiving |having |needing |requiring |under )?(?:\w+ )?(?:ha?emo)?dialy\w+|\b(?:without|never|no|before)(?: the)?(?: need for)? (?:\w+ )?(?:ha?emo)?dialysis\b"
)
_NOT_PREGNANT = re.compile(
    r"\b(?:not (?:currently )?|non-?|no longer )pregnan\w+|\bnot in pregnancy\b(?=\W*$)|\boutside pregnancy\b"
)
_ON_DIALYSIS = re.compile(
    rf"\b(?:on|receiving|undergoing|having|during|(?<!and )after(?: each)?) (?:(?:intermittent|chronic|maintenance|regular|continuous|an?|the) )*(?:{_DIALYSIS}|hd|pd)\b"
    rf"|(?:^|[,;:|(]) ?\W{{0,3}}(?:intermittent |continuous )?(?:{_DIALYSIS})(?=\W*$| ?[,;:|)]| patients?\b)|\b(?:ha?emo)?dialysis (?:patients?|days?|sessions?)\b|\b(?:ha?emo)?dialy[sz]ed (?:patients?|people|adults?|children)\b"
)
_DIALYSED = Quantity(Decimal(0), Decimal(15), comparator="<")
"""Clearance of somebody on dialysis, where none is told."""
_SOUND = 60
"""Clearance from which on no kidney is called impaired for a dose."""
_SOUND_KIDNEY = re.compile(
    r"(?<!\bnot )(?<!\bno )(?<!without )(?<!have )(?<!longer )(?<!near )(?<!near-)(?<!sub-)(?<!of )(?<!until )\bnormal (?:(?:kidney|renal) function|kidneys)\b"
)
"""Of those who have it, and not "without normal renal function", "half of normal kidney function"."""
_DENIED = re.compile(
    r"\b(?:not|non|no|without|normal|good)[ -](?:\w+ )?(?:pregnan\w+|labou?r\b|lactat\w+|breast-?feeding|(?:renal|kidney|hepatic|liver) \w+|dialysis)",
    re.IGNORECASE,
)


_AGE_GROUPS = frozenset(("newborn", "child", "adolescent", "adult", "older adult"))
_SEXES = (
    ("women", re.compile(r"\b(?:wom[ae]n|females?|girls?|pregnant|mothers?|wife|lady|ladies|she|her)\b|\b\d{2}f\b|^\W*\d{2} f\b")),
    ("men", re.compile(r"\b(?:m[ae]n|males?|boys?|husband|gentlem[ae]n|he|him|his)\b|\b\d{2}m\b|^\W*\d{2} m\b")),
)  # fmt: skip
_NAMED_PEOPLE = r"(?=(?:,? (?:or|and) (?:non-hispanic )?\w+)? (?:adults?|people|persons?|patients?|individuals?|wom[ae]n|m[ae]n|children|adolescents?|americans?|populations?|participants?|races?|groups?|ethnicit\w+)\b)"
_ORIGINS = tuple(
    (name, re.compile(rf"\b(?:{pattern})"))
    for name, pattern in (
        (
            "black",
            rf"(?:non-hispanic |other )?black{_NAMED_PEOPLE}|non-hispanic blacks?\b|african[- ]americans?\b|afro-caribbean",
        ),
        ("white", rf"(?:non-hispanic |other )?white{_NAMED_PEOPLE}|non-hispanic whites?\b|caucasians?\b"),
        ("hispanic", r"(?<!non-)hispanics?\b|latin[oax]s?\b"),
        ("asian", r"(?:non-hispanic |south |east )?asians?\b"),
        (
            "indigenous",
            r"american indians?\b|alaska natives?\b|native americans?\b|indigenous|aboriginal|m[aā]oris?\b|first nations\b|inuit",
        ),
        ("pacific", r"pacific islanders?\b|native hawaiians?\b"),
    )
)


def _years(low: int, high: int | None = None) -> Quantity:
    """From ``low`` to below ``high`` years, in days."""
    if high is None:
        return Quantity(_YEAR * low, _YEAR * low, "day", comparator=">=")
    return Quantity(_YEAR * low, _YEAR * high - 1, "day")


_YEAR = Decimal("365.25")
_INFANT = 2 * _YEAR
_IN_DAYS = {"day": Decimal(1), "week": Decimal(7), "month": Decimal("30.44"), "year": _YEAR}
_SOMEONE = r"(?:adult|people|person|patient|wom[ae]n|m[ae]n|boy|girl|bab(?:y|ie)|infant|individual)s?"
_ANYONE = rf"(?: {_SOMEONE})?"
_AGE_WORDS = tuple(
    (name, re.compile(rf"\b(?:{pattern})\b"))
    for name, pattern in (
        ("older adult", rf"older {_SOMEONE}|(?:elderly|geriatric){_ANYONE}"),
        ("newborn", rf"(?:newborns?|new-born|neonat\w*){_ANYONE}"),
        ("adolescent", rf"(?:adolescents?|adolescence|teen(?:s|age[dr]?s?)?){_ANYONE}"),
        ("infant", r"infan(?:ts?|cy)|bab(?:y|ies)(?! aspirin|['’]s\b)"),
        ("toddler", r"toddlers?"),
        ("child", r"child(?:ren|hood)?(?!-pugh|s? pugh|bearing)|p(?:a)?ediatrics?|boys?|girls?|kids?|schoolchild(?:ren)?"),
        ("adult", r"adults?"),
        ("grown", r"wom[ae]n|m[ae]n"),
    )
)  # fmt: skip


def _age_words(plain: str) -> Iterator[Quantity]:
    """Ages told by words, each word read once: an elderly man is no man of any age."""
    for name, pattern in _AGE_WORDS:
        if pattern.search(plain):
            plain = pattern.sub(" ", plain)
            yield _AGES[name]


_AGES = {
    "newborn": Quantity(Decimal(0), Decimal(28), "day"), "infant": _years(0, 2), "toddler": _years(1, 4), "child": _years(0, 18),
    "adolescent": _years(10, 20), "adult": _years(18), "grown": _years(15), "older adult": _years(60),
}  # fmt: skip

ADULT = _AGES["adult"]
WIDE = frozenset((ADULT, _AGES["grown"]))
"""Ages that say hardly more than: no child."""

AGES_OF_GROUPS = frozenset(_AGES.values())
"""Ages told by a word: "children"."""

# --- figures in running text ---------------------------------------------------------------------------

_N = r"\d+(?:\.\d+)?"
_TIME = r"(?:years?|yrs?|y|months?|mo|weeks?|wks?|days?)"
_LONG_TIME = r"(?:years?|yrs?|months?)"
_TO = r" ?(?:-|to|and|through|up to) ?(?:less than |under |below |< ?)?"
_SPAN = rf"(?:birth{_TO}(?={_N}))?{_N}(?: ?-?{_TIME})?(?:{_TO}{_N})?"
_LIMIT = (
    r"(?:(?:of|from|between|under|over|above|below|beyond|aged?|ages|at least|up to|less than|more than|older than|younger than|lighter than|heavier than|who are|who is|is|was"
    r"|the age of|age of|>=|<=|>|<)(?: |(?=\d)))"
)
_PERSON = (
    r"(?:child(?:ren)?|infants?|newborns?|neonates?|bab(?:y|ies)|toddlers?|boys?|girls?|kids?|adolescents?|teenagers?|adults?|people|persons?|patients?|pt"
    r"|individuals?|those|anyone|everyone|wom[ae]n|m[ae]n|males?|females?|he|she)"
)
_YOUNG = r"(?:child|infant|newborn|baby|toddler|boy|girl|kid)"
_WHO_IS = r"(?:who (?:is|are)|is|was)"
_FREE = r"(?: (?!for\b|after\b|within\b|during\b|every\b|until\b|in\b|over\b|on\b)\w+)?"
_ENDS = r"(?=$|[,;:?!)(]|\.(?!\d)| (?:with|who|(?:and|or|to)(?! ?\d)|in|on|should|must|may|can|will|need|needs|get|gets|take|takes|receive|receives|start|starts|use|had|has|have|is|are|were|was|at|for|without|taking|receiving|as|by|what|which|how|the|this|these|it|no)\b)"
""""Over 65" is an age only where no noun follows that the figure could count."""
_EITHER_WAY = r"(?: (?:or|and) (?:older|more|over|above|younger|under|below)|\+)?"
_AGED = re.compile(
    rf"\b{_PERSON}{_FREE} {_LIMIT}{{1,3}}{_SPAN}[ -]?{_TIME}\b{_EITHER_WAY}"
    rf"|\b{_PERSON},? {_SPAN} ?{_TIME}\b{_EITHER_WAY}"
    rf"|{_LIMIT}{{0,2}}\b{_SPAN}[ -]?{_TIME}[- ](?:olds?|of age|or (?:older|younger)|and older)\b"
    rf"|(?:{_LIMIT}{{1,2}}(?:the )?)?\b(?:aged?|ages|age of|at age)(?: |: ?){_LIMIT}{{0,2}}{_SPAN}(?: ?{_TIME})?\b{_EITHER_WAY}"
    rf"|\b{_N} ?(?:yo|y/o)\b|(?<!for )(?<!after )(?<!every )(?<!over )(?<!last )(?<!within )(?<!least )(?<!of )(?<!than )(?<!next )(?<!first )(?<!in )\b\d{{1,3}} ?y(?=$|[,;?.)](?!\d))|\b\d{{2}}[mf]\b|^\W*\d{{2}} [mf]\b|\b{_N} or (?:older|younger)\b|\b(?:older|younger) than \d{{1,3}}\b{_ENDS}|\b\d{{2}}\+{_ENDS}"
    rf"|\b{_PERSON} (?:{_WHO_IS}|(?:{_WHO_IS} )?(?:over|under|above|below|older than|younger than|>=|<=|>|<|between)) ?(?:the age of )?"
    rf"\d{{1,3}}(?: ?(?:-|to|and) ?\d{{1,3}})?{_EITHER_WAY}{_ENDS}"
    rf"|\b{_YOUNG}(?: of|,) \d{{1,2}}\b{_ENDS}"
    rf"|\b(?:under|over|above|below)[- ](?:\d{{1,2}}|fives|twos|ones|threes|fours|sixes|tens|twelves)s?(?<=s)\b"
    rf"|\bfrom {_N} {_LONG_TIME}\b(?! (?:of (?!age)|after|before|ago|onwards? (?:after|from)|to|until|from))"
    rf"|\({_LIMIT}{{0,2}}{_SPAN} ?{_LONG_TIME}\b{_EITHER_WAY}\)"
    rf"|^\W*(?:{_LIMIT}{{0,2}}{_SPAN} ?{_LONG_TIME}\b{_EITHER_WAY} ?(?=[:–-] |:)|(?:below|under|over|above|from) {_N} {_LONG_TIME}\b(?! (?:of|after|before)\b))"
    rf"|\b(?:adults?|people|persons?|patients?|children|wom[ae]n|m[ae]n) \d{{1,2}}(?: ?(?:-|to|and) ?\d{{1,2}}|(?: (?:or|and) (?:older|over|above|younger|under))){_ENDS}"
)
_NO_AGE = re.compile(
    r"['’]?[ -]?(?:post|after|into\b|pregnan|gestation|ago\b|later\b|on\b|before\b|earlier\b|apart\b|of (?:treatment|therapy|follow|pregnan|gestation|illness|fever|symptoms|use)|\+)"
)
"""Behind a time that is not an age: "she is 39 weeks pregnant"."""
_SMALL = re.compile(
    rf"\b(?:preterms?|infants?|newborns?|neonates?|bab(?:y|ies)) (?:\w+ )?(?P<figure>{_LIMIT}{{0,2}}\d{{3,4}}(?: ?(?:-|to) ?\d{{3,4}})?) ?g\b(?! ?/)"
    rf"|(?P<before>{_LIMIT}{{0,2}}\b\d{{3,4}}) ?g (?:preterm|infant|newborn|neonate|baby)"
)
_KILO = r"(?:kgs?|kilos?|kilograms?|kilogrammes?)"
_OVER = r"(?:under|over|above|below|at least|up to|less than|more than|lighter than|heavier than|from|between|>=|<=|>|<)(?: |(?=\d))"
_WEIGHED = re.compile(
    rf"(?:{_OVER}){{0,2}}\b{_N}(?: ?(?:-|to|and) ?(?:less than |under |below |< ?)?{_N})?[ -]?{_KILO}\b(?! ?/)(?: (?:or|and) (?:more|over|above|less|under|below)\b)?"
)
_KILOS = re.compile(rf"-?{_KILO}\b")
_NO_WEIGHT = re.compile(r"(?:/ ?|\b(?:per|by|each|every|loses?|lost|loss(?: of)?|gains?|gained|gain of) )$")
_BEFORE = 12
"""Characters looked at in front of a weight."""
_CLEARED = re.compile(
    r"\b(?:e?gfr|estimated glomerular filtration rate|creatinine clearance|clearance|cr ?cl|clcr)\b[ :=]*(?:(?:is|was|of|at|falls?|drops?|lies|rate|\(?e?gfr\)?|\(?cr ?cl\)?|has|been|about|approximately|around|~|,)[ :=]*){0,4}"
    rf"(?P<figure>(?:{_OVER}){{0,2}}{_N}(?: ?(?:-|to|and) ?(?:less than |under |below |< ?)?{_N})?)(?: ?ml/min(?:ute)?(?:/1\.73 ?m2)?)?(?P<after> or (?:more|above|higher|less|below|lower|over|under))?"
)
_BY_MINUTE = re.compile(
    rf"\b(?:under|below|less than|over|above|between|>=|<=|<|>) ?{_N}(?: ?(?:-|to|and) ?{_N})? ?ml/min(?:ute)?\b"
)
"""Millilitres a minute as a limit, where no kidney is named: "contraindicated below 30 mL/min"."""
_STAGE = re.compile(r"\bckd(?: stage| g)? ?(?P<stage>[1-5][ab]?)\b")
_STAGES = {
    "1": (90, 500),
    "2": (60, 89),
    "3": (30, 59),
    "3a": (45, 59),
    "3b": (30, 44),
    "4": (15, 29),
    "5": (0, 14),
}


def _figures(plain: str) -> list[tuple[Measure, Quantity]]:
    found: list[tuple[Measure, Quantity]] = measured(plain)
    found += [("corrected age", q) for match in _CORRECTED.finditer(plain) for q in _whole_weeks(match[0])]
    plain = _HALF_YEAR.sub("6 months old", _CORRECTED.sub(" ", plain))
    for pattern in (_BORN, _PLUS_DAYS):
        found += [("gestation", q) for match in pattern.finditer(plain) for q in _whole_weeks(match[0])]
        plain = pattern.sub(" ", plain)
    plain = _LIFE_DAY.sub("\\1 days old", plain)
    found += [("gestation", q) for q in _weeks(plain)]
    found += [("days", q) for match in _DAY_LABEL.finditer(plain) for q in _ages(match["days"], "day")]
    for match in _CLEARED.finditer(plain):
        figure = f"{match['figure']}{match['after'] or ''}"
        found += [("clearance", replace(q, unit="")) for q in read(figure)[:1]]
    named = any(measure == "clearance" for measure, _ in found)
    for match in _BY_MINUTE.finditer(plain) if not named else ():
        found += [("clearance", replace(q, unit="", per=frozenset())) for q in read(match[0])[:1]]
    for match in _STAGE.finditer(plain):
        least, most = _STAGES.get(match["stage"], (0, 500))
        found.append(("clearance", Quantity(Decimal(least), Decimal(most))))
    for match in _WEIGHED.finditer(plain):
        if not _NO_WEIGHT.search(plain[max(0, match.start() - _BEFORE) : match.start()]):
            found += [("weight", q) for q in read(_KILOS.sub("kg", match[0])) if q.unit == "kg" and not q.per]
    for match in _SMALL.finditer(plain):
        small = read(match["figure"] or match["before"])[:1]
        found += [("weight", replace(q, low=q.low / 1000, high=q.high / 1000, unit="kg")) for q in small]
    aged = [m for m in _AGED.finditer(plain) if m[0].endswith(_SURE_AGE) or not _NO_AGE.match(plain, m.end())]
    if aged:  # the sentence goes by age: "10 mg below 6 months of age, 20 mg from 6 months"
        spans = [match.span() for match in aged]
        aged += [
            m for m in _LIMITED.finditer(plain) if not any(a < m.end() and m.start() < b for a, b in spans)
        ]
    aged = [m for m in aged if not (_GROWN_DAYS.match(m[0]) and not m[0].endswith(_SURE_AGE))]
    return found + [("age", q) for match in aged for q in _ages(match[0]) if q.low <= _OLDEST]


_GROWN_DAYS = re.compile(
    r"(?:adults?|children|patients?|people|persons?|wom[ae]n|m[ae]n)\b.*\b(?:days?|weeks?|wks?)\b"
)
""" "Adults 5 days, children 3 days" is for how long."""


_SURE_AGE = ("old", "olds", "of age", "older", "younger")
_LIMITED = re.compile(
    rf"\b(?:under|over|above|below|from|up to|at least|less than|more than|older than|younger than|>=|<=|>|<) ?{_SPAN} ?(?:months?|years?)\b{_EITHER_WAY}"
    rf"|\b{_SPAN} ?(?:months?|years?) (?:or|and) (?:older|more|over|above|younger|under|below)\b"
)


def _bare_ages(plain: str, header: str) -> list[tuple[Measure, Quantity]]:
    """Months and years of a row whose cells could not be told apart, below a header that names ages."""
    if not re.search(r"\bages?\b", fold(header)):
        return []
    return [("age", q) for match in _BARE_AGE.finditer(plain) for q in _ages(match[0]) if q.low <= _OLDEST]


_BARE_AGE = re.compile(rf"(?:{_LIMIT}){{0,2}}\b{_SPAN} ?(?:months?|years?)\b{_EITHER_WAY}")


_OLDEST = 120 * _YEAR
_PLURAL = re.compile(
    r"\b(under|over|above|below)[- ](?:(\d{1,2})s|(ones|twos|threes|fours|fives|sixes|tens|twelves))\b"
)
_SPELLED = {"ones": 1, "twos": 2, "threes": 3, "fours": 4, "fives": 5, "sixes": 6, "tens": 10, "twelves": 12}
_LETTERED = re.compile(rf"({_N}) ?(?:yo|y/o|y)\b|\b(\d{{2}}) ?[mf]\b")
_FROM_BIRTH = re.compile(rf"\bbirth{_TO}")


_DAY_NUMBERS = re.compile(rf"\bdays? (\d{{1,2}}(?:{_TO}\d{{1,2}})?)\b(?! ?{_TIME})")
""" "Day 8 to 28" in a column of ages."""


def _ages(text: str, unit: str = "year") -> Iterator[Quantity]:
    """The ages of a stretch that is about ages, in days. ``unit``: of a figure that has none."""
    text = _PLURAL.sub(lambda m: f"{m[1]} {m[2] or _SPELLED[m[3]]} years", text)
    text = _DAY_NUMBERS.sub(r"\1 days", _FROM_BIRTH.sub("up to ", text))
    plain = _AGE_OF.sub("", _LETTERED.sub(lambda m: f"{m[1] or m[2]} years", text))
    quantities = [q for q in read(plain) if q.unit in ("", *_IN_DAYS) and not q.per]
    if len(quantities) == 2 and _MIXED.search(plain):
        low, high = (_in_days(q, unit) for q in quantities)
        quantities = [Quantity(low.low, high.high, "day")] if low.low <= high.high else []
        yield from quantities
        return
    yield from (_in_days(quantity, unit) for quantity in quantities)


_AGE_OF = re.compile(r"\b(?:the )?ages?(?: of)? (?=\D{0,10}\d)")
_MIXED = re.compile(rf"{_TIME} ?(?:-|to|and|up to) ?(?:less than |under |below |< ?)?{_N} ?{_TIME}")
""" "6 months to 6 years": two quantities, one span."""


def _in_days(quantity: Quantity, unit: str) -> Quantity:
    """In completed years from two on: who is 54 months old is among those of 1 to 4 years."""
    kind = quantity.unit or unit
    if kind == "month" and quantity.low == quantity.high >= _TWO_YEARS and not quantity.comparator:
        years = quantity.low // 12 * _YEAR
        return replace(quantity, low=years, high=years, unit="day")
    return replace(
        quantity, low=quantity.low * _IN_DAYS[kind], high=quantity.high * _IN_DAYS[kind], unit="day"
    )


_TWO_YEARS = 24


_WEEK = r"(?P<{0}>(?:(?:before|until|up to|below|under|from|after|beyond|over|above|at least) )?[1-4]?\d)(?:\+\d)?(?: ?(?:-|to|and) ?(?P<{0}_to>[1-4]?\d)(?:\+\d)?)?"
_WEEKS = re.compile(
    rf"\b{_WEEK.format('a')}[- ]?(?:weeks?|wks?)(?:'|’)? ?-?(?:pregnan\w+|gestation\w*|of (?:pregnancy|gestation))(?P<onwards> (?:or|and) (?:more|over|above|later|beyond))?|\b{_WEEK.format('b')}/40\b"
    rf"|\bpregnan\w+(?:,? (?:woman|patient|lady))?[ ,(]{{1,2}}(?:at |of )?{_WEEK.format('c')} ?(?:weeks?|wks?)\b|\bgestation\w* (?:age )?(?:of )?{_WEEK.format('d')} (?:weeks?|wks?)"
    rf"|\bat {_WEEK.format('e')} weeks\b(?! of (?:age|treatment|follow))|^\W*{_WEEK.format('f')} weeks, (?=(?:does|is|has|should|can|may|what|which) )"
)
_TRIMESTER = re.compile(
    r"\b(?P<names>(?:first|second|third|1st|2nd|3rd)(?:(?:,? (?:and|or|to) |, | ?- ?)(?:first|second|third|1st|2nd|3rd)){0,2}) ?trimesters?\b"
)
_TRIMESTERS = (("first", "1st", 0, 13), ("second", "2nd", 14, 27), ("third", "3rd", 28, 45))


_CORRECTED_WORDS = r"(?:corrected(?: gestational)?(?: age)?|post-?menstrual(?: age)?|pma|cga)"
_SOME_WEEKS = rf"(?:{_OVER}){{0,2}}[2-4]\d(?:\+\d)?(?: ?(?:-|to|and) ?[2-4]\d(?:\+\d)?)?"
_CORRECTED = re.compile(
    rf"{_SOME_WEEKS}[- ]?(?:weeks?|wks?)?(?:'|’)? {_CORRECTED_WORDS}\b|\b{_CORRECTED_WORDS}(?: of| is|:)? {_SOME_WEEKS}[- ]?(?:weeks?|wks?)\b"
)
_ONWARD = r"(?: (?:(?:and|or) (?:later|over|above|more|older|beyond)|onwards?)\b)?"
_BORN = re.compile(
    rf"\bborn(?: at| before| after| from)? (?:{_OVER}){{0,2}}[2-4]\d(?:\+\d(?: ?(?:weeks?|wks?))?|(?: ?(?:-|to|and) ?[2-4]\d)? ?(?:weeks?|wks?)){_ONWARD}(?![\d+])"
    rf"|\b{_SOME_WEEKS}[- ]?(?:weekers?\b|(?:weeks?|wks?) (?:preterm|premature|at birth))"
)
"""Weeks of pregnancy at which somebody was born."""
_WEEK_AND_DAY = r"[1-4]\d\+[0-6](?![\d/])"
_PLUS_DAYS = re.compile(
    rf"(?:(?:before|until|after) )?(?:{_OVER}){{0,2}}\b{_WEEK_AND_DAY}(?: ?(?:-|to|and) ?[1-4]\d(?:\+[0-6])?)? ?(?:weeks?|wks?)\b{_ONWARD}"
    rf"|\b(?:at|before|until|after|from|up to|below|above|between) {_WEEK_AND_DAY}(?: ?(?:-|to|and) ?{_WEEK_AND_DAY})?(?! ?(?:mg|g|ml|%|tablets?))"
)
"""Weeks and days, as only pregnancies are counted: "up to 36+6 weeks"."""
_HALF_YEAR = re.compile(r"\bhalf a year old\b")


def _whole_weeks(text: str) -> list[Quantity]:
    """The weeks of a stretch that is about them, days behind a plus left out: "27+4"."""
    plain = _DAYS_OVER.sub(r"\1", text)
    for pattern, put in _WEEK_LIMITS:
        plain = pattern.sub(put, plain)
    plain = _LATER.sub(r"at least \1 weeks", plain)
    kept = [q for q in read(plain) if q.unit in ("", "week") and not q.per][:1]
    return [replace(q, unit="week") for q in kept]


_DAY_LABEL = re.compile(
    rf"^[^\w<>]*(?P<days>(?:{_OVER}){{1,2}}\d{{1,2}} ?days?|\d{{1,2}} ?(?:-|to) ?\d{{1,2}} ?days?|days? (?:1 ?(?:-|to) ?7|8 ?(?:-|to) ?28)):"
)
"""In front of what holds then: "• 7 to 20 days: …". How long or how old: the question tells. Day 1 to 7 and 8 to 28 are ages of newborns."""
_LIFE_DAY = re.compile(r"\b(?:day of life|dol|day(?= \d+ of life)) (\d{1,2})(?: of life)?\b")
_DAYS_OVER = re.compile(r"(\d\d)\+\d")
_LATER = re.compile(
    r"(\d\d)(?: ?(?:weeks?|wks?))? (?:(?:and|or) (?:later|onwards?|over|above|more|older)|onwards?)\b"
)
_WEEK_LIMITS = (
    (re.compile(r"\bbefore\b"), "below"),
    (re.compile(r"\b(?:after|beyond)\b"), "above"),
    (re.compile(r"\buntil\b"), "up to"),
)


def _weeks(plain: str) -> Iterator[Quantity]:
    for match in _WEEKS.finditer(plain):
        name = next(name for name in "abcdef" if match[name])
        for week in read(f"{_UNTIL.sub('below', match[name])} weeks")[:1]:
            onwards = _ONWARDS.match(match[name]) or match["onwards"]
            sign: Comparator = ">=" if onwards else week.comparator
            high = Decimal(match[f"{name}_to"]) if match[f"{name}_to"] else week.high
            yield Quantity(week.low, high, "week", comparator=sign)
    for match in _TRIMESTER.finditer(plain):
        for word, short, first, last in _TRIMESTERS:
            if word in match["names"] or short in match["names"]:
                yield Quantity(Decimal(first), Decimal(last), "week")


_UNTIL = re.compile(r"\b(?:before|until)\b")
_ONWARDS = re.compile(r"(?:from|after|beyond|over|above|at least)\b")

# --- figures in tables ----------------------------------------------------------------------------------

_BARE = re.compile(
    rf"(?:{_LIMIT}){{0,2}}{_N} ?(?:kg|{_TIME})?(?: ?(?:-|to|and|up to) ?(?:less than |under |below |< ?)?{_N})? ?(?:kg|{_TIME})(?: of age| old)?"
    r"(?: (?:or|and) (?:more|over|above|older|less|under|below|younger))?"
)
"""A cell that is a span of ages or weights and nothing else."""
_OF_PEOPLE = re.compile(
    r"^\W*$|\b(?:ages?|groups?|patients?|who|population|people|child(?:ren)?|bands?|categor\w+|persons?|weights?)\b"
)
"""A first column that may hold ages and weights."""
_COLUMNS: tuple[tuple[Measure, re.Pattern[str]], ...] = (
    ("clearance", re.compile(r"\be?gfr\b|clearance|\bcr ?cl\b|renal function|kidney function")),
    ("weight", re.compile(r"\b(?:body ?)?weights?\b")),
    ("corrected age", re.compile(r"\b(?:corrected|post-?menstrual) (?:gestational )?age\b|\bpma\b")),
    ("gestation", re.compile(r"\bgestation(?:al)?\b")),
    ("age", re.compile(r"\bages?\b(?!-)")),
)


def _column(name: str) -> Measure | None:
    plain = fold(name)
    if re.search(r"\((?:lb|lbs|pounds?|stone)\)", plain):
        return None
    return next((measure for measure, pattern in _COLUMNS if pattern.search(plain)), None)


def _in_column(measure: Measure, cell: str, name: str) -> list[tuple[Measure, Quantity]]:
    """All spans of a cell below a name that says what is measured."""
    if measure in ("gestation", "corrected age"):
        return [(measure, quantity) for quantity in _whole_weeks(cell)]
    if measure == "age":
        unit = next((unit for unit in _IN_DAYS if re.search(rf"\b{unit}s?\b", name)), "year")
        return [("age", quantity) for quantity in _ages(cell, unit)]
    if measure == "weight" and re.search(r"\((?:g|grams?)\)", name):
        small = [q for q in read(cell) if q.unit in ("", "g")]
        return [("weight", replace(q, low=q.low / 1000, high=q.high / 1000, unit="kg")) for q in small]
    fitting = ("", "kg") if measure == "weight" else ("", "ml")
    return [
        (measure, replace(q, unit="" if measure == "clearance" else "kg"))
        for q in read(cell)
        if q.unit in fitting
    ]


# --- comparing --------------------------------------------------------------------------------------------


def apart(asked: Patient, stated: Patient) -> str:
    """What is measured, where none of what the one names is among what the other names; "" where nothing speaks against it."""
    stated = days_as_ages(asked, stated)
    for measure, ours in asked.spans.items():
        theirs = stated.spans.get(measure, ())
        if theirs and all(disjoint(one, other) for one in ours for other in theirs):
            return measure
    for state in ("dialysis", "pregnancy"):
        if any({*pair} == {state, f"no {state}"} for pair in product(asked.states, stated.states)):
            return state
    groups = (("sex", asked.sexes, stated.sexes), ("ethnic group", asked.origins, stated.origins))
    return next((what for what, one, other in groups if one and other and one.isdisjoint(other)), "")


def for_others(asked: Patient, quote: Quote) -> str:
    """What is measured, where the quote is for nobody the question names; "" too where a part of it, with an amount, is for the rest."""
    of = apart(asked, patient_of_quote(quote))
    return "" if of and _has_rest(quote) else of


def _has_rest(quote: Quote) -> bool:
    """One part of the sentence is for some and another, with an amount, for the rest."""
    if quote.kind is SentenceKind.ROW:
        return False
    pieces = _PIECES.split(_BRACKETED.sub(_opened, quote.text))
    return any(map(patient_of, pieces)) and any(has_amount(p) and not patient_of(p) for p in pieces)


def _opened(bracketed: re.Match[str]) -> str:
    """People in brackets, or an amount without any, belong to what stands in front: "500 mg (children over 30 kg)", "4 mg/kg (at most 200 mg)"."""
    inner = bracketed[1]
    amount = has_amount(_CLEARED.sub(" ", _plain(inner)))
    return bracketed[0] if patient_of(inner) and amount else f" {inner} "


_BRACKETED = re.compile(r"\(([^()]*)\)")
_PIECES = re.compile(r"[;()]|, (?:but|while|whereas|reduced|lowered|increased|otherwise|or)\b")
""" "2.4 mg/kg; children below 20 kg get 3 mg/kg"."""


def days_as_ages(asked: Patient, stated: Patient) -> Patient:
    """For a newborn, "7 to 20 days:" in front of a dose is an age."""
    ages, days = asked.spans.get("age", ()), stated.spans.get("days", ())
    if not ages or not days or "age" in stated.spans or any(age.high > _AGES["newborn"].high for age in ages):
        return stated
    return replace(stated, spans={**stated.spans, "age": days})


def is_closer(asked: Patient, stated: Patient, than: Patient, measure: str) -> bool:
    """Both name the asked in that measure, and the first by a narrower span: "people over 75" and "adults"."""
    for one in stated.spans.get(measure, ()):
        for other in than.spans.get(measure, ()):
            within = _least(other) <= _least(one) and _most(one) <= _most(other)
            if within and (_least(one), _most(one)) != (_least(other), _most(other)):
                return any(_is_met(span, one) for span in asked.spans.get(measure, ()))
    return False


def names(asked: Patient, stated: Patient) -> frozenset[str]:
    """In what the second names the people of the first: measures and groups."""
    stated = days_as_ages(asked, stated)
    measured = {
        measure
        for measure, ours in asked.spans.items()
        if any(_is_met(one, other) for one in ours for other in stated.spans.get(measure, ()))
    }
    return frozenset(measured) | (asked.states & stated.states)


def _is_met(asked: Quantity, stated: Quantity) -> bool:
    """A value lies within; a span, as of "a child", wholly: a rule for infants is none for children."""
    if _least(asked) == _most(asked):
        return not disjoint(asked, stated)
    return _least(stated) <= _least(asked) and _most(asked) <= _most(stated)


def disjoint(one: Quantity, other: Quantity) -> bool:
    """No value is in both; of a point on an open end none is."""
    low, high = max(_least(one), _least(other)), min(_most(one), _most(other))
    if low != high:
        return low > high
    points = [span for span in (one, other) if _least(span) == _most(span)]
    ranges = [span for span in (one, other) if _least(span) < _most(span)]
    return not points or any(
        span.comparator in ("<", ">") and low in (_least(span), _most(span)) for span in ranges
    )


def _least(span: Quantity) -> Decimal:
    return Decimal(0) if span.comparator in ("<", "<=") else span.low


def _most(span: Quantity) -> Decimal:
    return Decimal("Infinity") if span.comparator in (">", ">=", "from") else span.high
