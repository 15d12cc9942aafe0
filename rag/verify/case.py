"""A quoted sentence or table row is for the people the question asks about: no dose for another age, no rule that another replaces.

Three looks, at what question and document say themselves:

    another case   the sentence, its row or what it stands below is for another age, weight, kidney function or sex, or for a
                   group that the question does not name; a share is not said of the people it is asked of;
    another row    another row of the table bears the name that was asked for;
    ruled otherwise  near it, or among what was selected, another sentence has another figure, or forbids the drug, for just those people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rag.datatypes import Quote, SentenceKind
from rag.lists import is_label, mark_of, without_mark
from rag.patient import (
    ADULT,
    AGES_OF_GROUPS,
    WIDE,
    Patient,
    apart,
    cells_of,
    days_as_ages,
    for_others,
    is_closer,
    names,
    patient_of,
    patient_of_line,
    patient_of_quote,
    patient_of_row,
    patient_of_sentence,
)
from rag.ports import CheckInput, CheckResult
from rag.quantities import AMOUNTS, has_amount, read
from rag.settings import CheckName
from rag.text import fold
from rag.verify.asked import QUANTITIES, asking, kinds
from rag.verify.candidates import plain, wide
from rag.verify.common import document_text, drugs_in, evidence_of, framed, short_forms_of, shortened, shown
from rag.verify.figures import differing_figures, other_dose
from rag.verify.subject import subject
from rag.vocabulary import TermMention, clinical_terms, drug_classes, drug_names, population


class Case:
    """Fails with for whom the sentence is, or with the one that holds for those asked about. Passes where no question is given."""

    name: CheckName = "case"

    def __call__(self, given: CheckInput) -> CheckResult:
        asked = patient_of(given.question)
        faults = (
            another_case(given, asked, quote)
            or another_heading(given, quote)
            or another_share(given, asked, quote)
            or another_row(given, quote)
            or another_list(given, quote)
            or ruled_otherwise(given, asked, quote)
            for quote in given.quotes
        )
        fault = next(filter(None, faults), "")
        return CheckResult(not fault, fault)


# --- another case ----------------------------------------------------------------------------------------


def another_case(given: CheckInput, asked: Patient, quote: Quote) -> str:
    """For whom the quote is, where a figure is asked or given and it is for nobody the question names."""
    in_table = quote.kind is SentenceKind.ROW or _is_labelled(quote.text)
    sized = "size" in asked.spans and bool(_ADVISES.search(fold(given.claim)))
    tells = sized or has_amount(given.claim) or bool(_FORBIDS.search(fold(given.claim)))
    if not asked or not (in_table or tells or _asks_figure(given.question)):
        return ""
    of = for_others(_without_asked_measures(given.question, asked), quote)
    if not of:
        return ""
    return f"it is for another {_CALLED.get(of, of)} than asked about"


_ADVISES = re.compile(
    r"\b(?:suggested|suggests?|recommended|recommends?|should|must|treated|treat|preferred|indicated)\b"
)


def _is_labelled(text: str) -> bool:
    """An item of a list with whom it is for in front: "◦ 11 to 20 kg: one tablet"."""
    label, colon, _ = text.partition(":")
    return bool(colon and mark_of(text) and len(label) < _LABEL and patient_of(f"{label}:").spans)


_LABEL = 60


def _without_asked_measures(question: str, asked: Patient) -> Patient:
    """Who asks from when on something is done is told so whatever the value now: "Hb 78: when to transfuse?"."""
    if not _ASKS_FROM_WHEN.search(fold(question)):
        return asked
    people = ("age", "weight", "clearance", "gestation", "corrected age")
    return replace(asked, spans={name: spans for name, spans in asked.spans.items() if name in people})


_ASKS_FROM_WHEN = re.compile(
    r"\bwhen\b(?! (?:creatinine|potassium|bilirubin|platelets|inr|hb|ha?emoglobin)\b)|\b(?:thresholds?|targets?|cut-?offs?|ranges?|limits?|should|aim)\b|\bat (?:what|which)\b"
)


_CALLED = {"clearance": "kidney function", "gestation": "week of pregnancy"}


def _asks_figure(question: str) -> bool:
    return "amount" in kinds(question)


def another_heading(given: CheckInput, quote: Quote) -> str:
    """A heading or table caption above a dose names people that neither question nor sentence does ("Renal impairment"), and the
    dose of that drug for others stands near."""
    if not given.question or not has_amount(given.claim) or patient_of_sentence(quote):
        return ""
    told = population(f"{given.question}\n{given.claim}")
    lines = [
        line for line in (*quote.header_text.splitlines(), *quote.section) if len(cells_of(line)) < _CELLS
    ]
    limits = [line for line in lines if (meant := population(line)) and not meant & ({"adult"} | told)]
    if not limits:
        return ""
    drugs, ours = _drugs_meant(given, quote), shown(quote)
    for text, under in _rivals(given, quote, drugs):
        if (
            not population(f"{under}\n{text}") - {"adult"}
            and other_dose(ours, text)
            and drugs & drugs_in(text)
        ):
            return f"it stands below “{shortened(limits[0])}”"
    return ""


_CELLS = 2
"""A line of so many names columns, not who is meant."""


# --- another share ----------------------------------------------------------------------------------------


def another_share(given: CheckInput, asked: Patient, quote: Quote) -> str:
    """Whom the question asks a share or a count of, where neither the quote nor what stands above it names them."""
    if not _ASKS_SHARE.search(fold(asking(given.question))):
        return ""
    item = evidence_of(given, quote)
    of, before = patient_of_quote(quote), patient_of(item.before if item else "")
    wanted = (
        ("that age", _is_narrow(asked), "age" in of.spans or "age" in before.spans),
        (" and ".join(sorted(asked.sexes)), asked.sexes, of.sexes | before.sexes),
        ("that ethnic group", asked.origins, of.origins | before.origins),
    )
    return next((f"it does not say it of {name}" for name, ours, theirs in wanted if ours and not theirs), "")


def _is_narrow(asked: Patient) -> bool:
    """Some age is asked about, and not adults as such."""
    return any(span != ADULT for span in asked.spans.get("age", ()))


_ASKS_SHARE = re.compile(
    r"\b(?:prevalence|incidence|proportion|percentage|how common|how frequent)\b|\b(?:what|which|how many) (?:percent|%|share)"
    r"|\b(?:mortality|death|survival|infection|success|cure|case|detection) rates?\b"
    r"|\bhow many (?:\w+ ){0,3}?(?:adults|people|persons|patients|wom[ae]n|m[ae]n|children|deaths|cases)\b(?! per\b)"
)


# --- another row ------------------------------------------------------------------------------------------


def another_row(given: CheckInput, quote: Quote) -> str:
    """The label of a row of the same table that the question names, where it does not name that of the quoted row, or less of it."""
    if not given.question or not (quote.kind is SentenceKind.ROW or _BULLET.match(quote.text)):
        return ""
    own, *others = _labels(given, quote)
    asked, words = patient_of(given.question), wide(_WITHOUT.sub(" ", given.question))
    fits = bool(names(asked, patient_of_sentence(quote)))
    mine = _met_part(own, words)
    common = _of_most((own, *others))
    for other in others:
        theirs = frozenset() if _REST.search(fold(other)) else _met_part(other, words)
        better = bool(theirs) and not theirs <= mine and (not mine or mine < theirs)
        better = better or _has_more(own, other, words, common)
        if (better and (not fits or _REST.search(fold(own)))) or (
            not fits and not mine and _is_for(asked, other)
        ):
            return f"the row for “{other}” is the one asked about"
    return ""


def _has_more(own: str, other: str, asked: frozenset[str], common: frozenset[str]) -> bool:
    """The other label has all the words of the own one that are asked for, and more; where the own one has none, it must have most of
    its own. ``common``: words that tell no row from another."""
    mine, theirs = (subject(label) - common for label in (own, other))
    enough = bool(mine & asked) or 2 * len(subject(other) & asked) > len(subject(other))
    return mine & asked < theirs & asked and enough and not _REST.search(fold(other))


def _of_most(labels: Sequence[str]) -> frozenset[str]:
    """Words that more than half of the labels have: they tell no row from another."""
    counts = Counter(word for label in labels for word in subject(label))
    return frozenset(word for word, count in counts.items() if 2 * count > len(labels))


def another_list(given: CheckInput, quote: Quote) -> str:
    """The label of a list beside the quoted item's own that the question names ("Meningitis"), where it does not name the own ("Sepsis")."""
    if not given.question or not quote.lead_in:
        return ""
    words = wide(_WITHOUT.sub(" ", given.question))
    own, *others = _labels_of_lists(given, quote)
    mine = _met_part(own, words) | frozenset(plain(quote.text) & words)
    for other in others:
        theirs = _met_part(other, words)
        if theirs and not theirs <= mine and not _met_part(own, words):
            return f"the list below “{other}” is the one asked about"
    return ""


def _labels_of_lists(given: CheckInput, quote: Quote) -> list[str]:
    """What opens the list of the quoted item, and what opens those beside it."""
    own = without_mark(quote.lead_in[0])
    text = document_text(given, quote)
    lines = [
        line.strip()
        for line in text[max(0, quote.start - _FAR) : quote.end + _FAR].split("\n")
        if line.strip()
    ]
    mark = next((mark_of(line) for line in lines if line.endswith(quote.lead_in[0])), "")
    labels = (
        without_mark(line)
        for line, below in pairwise(lines)
        if mark and mark_of(line) == mark and is_label(line, below)
    )
    return [own, *(label for label in labels if label != own)]


_WITHOUT = re.compile(r"\b(?:no|not|without|never|denies)\b[^,.;?]*", re.IGNORECASE)
"""What the question says there is not: "no sign of meningitis"."""
_REST = re.compile(r"\b(?:without|no) (?:any )?other\b|\b(?:all )?others?\b|\botherwise\b")
"""The label of a row for whom no other is."""


def _is_for(asked: Patient, label: str) -> bool:
    """Age, weight, kidney function or week of pregnancy asked about are those of the label."""
    stated = patient_of_row(f"{label} | -", "")
    return bool(names(asked, stated) & frozenset(asked.spans)) and not apart(asked, stated)


def _met_part(label: str, asked: frozenset[str]) -> frozenset[str]:
    """The words of a label, or of one of several things in it ("diabetes or kidney disease"), that the question names all; else none."""
    parts = [plain(label), *map(plain, _ONE_OF.split(label))]
    return max((part for part in parts if part and part <= asked), key=len, default=frozenset())


_ONE_OF = re.compile(r"\bor\b|\band\b|[,;/]")


def _labels(given: CheckInput, quote: Quote) -> list[str]:
    """First cells of the quoted row and of the other rows of its table."""
    text = document_text(given, quote)
    cells = len(cells_of(quote.text))
    above, below = text[: quote.start].split("\n")[-_ROWS:-1], text[quote.end :].split("\n")[1:_ROWS]
    found = [_label(quote.text)]
    for lines in (reversed(above), below):
        for line in lines:
            if len(cells_of(line)) != cells or line.strip() in quote.header_text:
                break
            if _BULLET.match(quote.text) and not _BULLET.match(line):
                break
            found.append(_label(line))
    return found


def _label(row: str) -> str:
    """Its first cell; the words before the first figure where cells could not be told apart."""
    if bullet := _BULLET.match(row):
        return bullet[1]
    cells = cells_of(row)
    return cells[0] if len(cells) > 1 else _FIRST_FIGURE.split(row, maxsplit=1)[0]


_BULLET = re.compile(r"\s*[•▪■◦●○‣*–-]\s+([^:.|]{3,60}):\s")
"""An item of a list with what it is for in front: "• Hospital inpatients: 6–10 mmol/L"."""
_FIRST_FIGURE = re.compile(r"(?:\b(?:below|under|over|above|from|up to)\s+)?[<>≥≤]?\s*\d")


_ROWS = 40
"""Lines read above and below a row."""


def forbids_for_asked(given: CheckInput) -> bool:
    """The claim forbids something for the people the question names: an answer to "which dose?" too."""
    asked = patient_of(given.question)
    return bool(
        _FORBIDS.search(fold(given.claim))
        and names(asked, patient_of(given.claim))
        and not apart(asked, patient_of(given.claim))
    )


# --- ruled otherwise --------------------------------------------------------------------------------------


class _Near(NamedTuple):
    """A sentence or row near the quoted one."""

    text: str
    under: str
    """The last line above it that looks like a heading."""
    drugs: frozenset[str]
    """Named by it, or by the nearest line above that names any."""


def ruled_otherwise(given: CheckInput, asked: Patient, quote: Quote) -> str:
    """A sentence for just those asked about that has another figure or forbids, where the quoted one is for more people than these."""
    if not given.question or _FORBIDS.search(fold(given.claim)):
        return ""
    drugs = _drugs_meant(given, quote)
    ours = shown(quote)
    item = evidence_of(given, quote)
    beside = (item.before, item.after) if item is not None else ()
    after = beside[1] if beside else ""
    if (
        _is_their_case(given.question, quote, after)
        and _has_other_figure(ours, after)
        and not _same_by_weight(asked, ours, after)
    ):
        return f"for those asked about it says otherwise: “{shortened(after)}”"
    for text, under in _rivals(given, quote, drugs):
        if _forbidden_to(given, asked, text, drugs, goes_on=text == after):
            return f"for those asked about it says otherwise: “{shortened(text)}”"
        only = text in beside and apart(asked, patient_of_line(text)) and _ONLY.search(fold(text))
        if only or (
            _is_closer(given, asked, quote, text, under, drugs)
            and (_otherwise(ours, text) or (text in beside and _has_other_span(ours, text)))
            and not _same_by_weight(asked, ours, text)
        ):
            return f"for those asked about it says otherwise: “{shortened(text)}”"
    return ""


def _is_their_case(question: str, quote: Quote, after: str) -> bool:
    """The sentence after the quote opens with a case that the question names, and that neither quote nor what it stands below does:
    "The target is 2.5. For a mechanical mitral valve it is 3.0." """
    opening = _CASE.match(fold(after))
    if not opening or quote.kind is SentenceKind.ROW:
        return False
    asked, known = wide(_WITHOUT.sub(" ", question)), wide(framed(quote))
    new = {word for word in subject(opening["case"]) - _SURE if not _is_among(word, known)}
    told = all(_is_among(word, asked) for word in new) and set(_NUMBERS.findall(opening["case"])) <= set(
        _NUMBERS.findall(fold(question))
    )
    denied = _WITHOUT.search(opening["case"])
    return bool(new) and told and not denied and not apart(patient_of(question), patient_of(after))


_NUMBERS = re.compile(r"\d+")
_SURE = subject("known confirmed proven diagnosed established")


def _is_among(word: str, words: Collection[str]) -> bool:
    """Itself, or a word that goes on where it ends or the reverse: "asthma", "asthmatic"."""
    return word in words or any(
        min(len(word), len(other)) >= _ROOT and (word.startswith(other) or other.startswith(word))
        for other in words
    )


_ROOT = 5
"""Letters that two words must have in common from their beginning."""


_CASE = re.compile(
    r"(?:but |however,? )?(?P<case>(?:in|with|for|during|after|among|if|when|where|those|people|patients|women|men|children|adults|anyone|babies|infants)\b"
    r"(?: (?:the|an?)(?= ))?(?: (?!(?:is|are|the|it|its|give|given|should|must|need|needs|has|have|stay|receive|receives|get|gets|take|takes|use|start|treat|aim)\b)[^\s,;:.]+){1,9})"
)
"""With whom or what a sentence opens that makes an exception of the one before."""


def _has_other_span(ours: str, theirs: str) -> bool:
    """Both have a span of one unit, and not the same: a target of 100–120 g/L, and one of 95–115."""
    mine, other = (
        {(q.unit, q.per): (q.low, q.high) for q in read(text) if q.unit and q.is_range}
        for text in (ours, theirs)
    )
    return any(mine[unit] != span for unit, span in other.items() if unit in mine)


def _has_other_figure(ours: str, theirs: str) -> bool:
    """Both have figures of one unit, and none in common."""
    mine, other = _by_unit(ours), _by_unit(theirs)
    return any(mine[unit].isdisjoint(values) for unit, values in other.items() if unit in mine)


def _by_unit(text: str) -> dict[tuple[str, frozenset[str]], set[tuple[Decimal, Decimal]]]:
    found: dict[tuple[str, frozenset[str]], set[tuple[Decimal, Decimal]]] = {}
    for quantity in read(_PLACE.sub(" ", text)):
        found.setdefault((quantity.unit, quantity.per), set()).add((quantity.low, quantity.high))
    return found


_PLACE = re.compile(r"\b(?:section|table|figure|chapter|page|step|appendix|annex) \d[\d.]*", re.IGNORECASE)


def _forbidden_to(
    given: CheckInput, asked: Patient, text: str, drugs: frozenset[str], *, goes_on: bool
) -> bool:
    """The text forbids one of the drugs for the age, weight, kidney function or week that the question tells, whatever else the quote
    says; not where it names a disease, a second drug or a circumstance besides."""
    plain_text = _NO_CHANGE.sub(" ", fold(text))
    of_them = bool(drugs & drugs_in(text)) or (goes_on and bool(_IT.match(plain_text)))
    if not _FORBIDS.search(plain_text) or _CIRCUMSTANCE.search(plain_text) or not of_them:
        return False
    theirs = days_as_ages(asked, patient_of_line(text))
    told = {
        m for m in names(asked, theirs) if m in theirs.spans and not set(theirs.spans[m]) <= AGES_OF_GROUPS
    }
    unasked = {t.text for t in _diseases(text)} - {t.text for t in _diseases(given.question)}
    return (
        bool(told)
        and not apart(asked, theirs)
        and not unasked
        and drugs_in(text) <= drugs | drugs_in(given.question)
    )


_IT = re.compile(r"(?:it|they|this|these)\b")
_CIRCUMSTANCE = re.compile(
    r"\b(?:after|with|near|during|while|who (?:have|had|has|take)|severe|slow-release|modified[- ]release|extended[- ]release|unless|for more than|combin\w+)\b"
)


def _is_closer(
    given: CheckInput, asked: Patient, quote: Quote, text: str, under: str, drugs: frozenset[str]
) -> bool:
    """The text names people, a disease or a drug taken beside, of those in the question, that the quote does not name; and where
    it is for a disease, it lacks none that the quote names."""
    own, theirs = (days_as_ages(asked, one) for one in (patient_of_sentence(quote), patient_of_line(text)))
    told = names(asked, theirs)
    against = apart(asked, theirs)
    if against and not (against == "age" and told & _WITHOUT_AGE):
        return False
    mine = names(asked, own) - ({"age"} if set(own.spans.get("age", ())) <= WIDE else set())
    if "clearance" in mine:
        mine, told = mine - {"renal impairment"}, told - {"renal impairment"}
    adult_only = {"age"} if not _is_narrow(asked) else set()
    if mine - told - adult_only:
        return False
    people = {name for name in told - adult_only if name not in mine or is_closer(asked, theirs, own, name)}
    people |= (told & adult_only) - _named(own) if not mine else set()
    people |= names(asked, patient_of(under)) - _named(days_as_ages(asked, patient_of_quote(quote)))
    here = _conditions(given.question, "\n".join((*quote.section, quote.text)), drugs)
    lost = here - _conditions(given.question, f"{text}\n{under}", drugs)
    if lost and (_diseases(text) or (under and under not in quote.section)):
        return False
    item = evidence_of(given, quote)
    goes_on = names(asked, own) and _CASE.match(fold(quote.text))
    before = item.before if item is not None and goes_on else ""
    framing = _conditions(given.question, f"{given.claim}\n{framed(quote)}\n{before}", drugs)
    return bool(people or _conditions(given.question, text, drugs) - framing)


_WITHOUT_AGE = frozenset(("pregnancy", "breastfeeding"))
"""A woman asked about is no infant, named beside pregnant women or not."""


def _named(patient: Patient) -> frozenset[str]:
    return frozenset(patient.spans) | patient.states


def _conditions(question: str, text: str, drugs: frozenset[str]) -> frozenset[str]:
    """Diseases of the question that the text names by any of their names, and drugs asked about beside one of ``drugs``."""
    plain_text = fold(text)
    diseases = {t.text for t in _diseases(question) if any(form in plain_text for form in t.forms)}
    asked = drugs_in(question)
    beside = asked - drugs if asked & drugs else set()
    return frozenset(diseases | (beside & drugs_in(text)))


@lru_cache(maxsize=512)
def _diseases(question: str) -> tuple[TermMention, ...]:
    """Specific clinical terms of a question that are no drug, no measure and no people."""
    taken = {mention.text for mention in drug_names(question)}
    return tuple(
        term for term in clinical_terms(question)
        if term.specific and subject(term.text) and term.text not in taken and not population(term.text) and not drug_classes(term.text)
        and not re.fullmatch(QUANTITIES, term.text, re.IGNORECASE)
    )  # fmt: skip


_ONLY = re.compile(
    r"\b(?:meant|intended|licensed|indicated|suitable) (?:only )?for [^.;]* only\b|\bonly (?:be )?(?:given|used|meant|licensed) (?:to|in|for)\b|\bonly for (?:use in )?\w+"
)


def _otherwise(ours: str, theirs: str) -> bool:
    differs = differing_figures(ours, theirs) or other_dose(ours, theirs) or _other_frequency(ours, theirs)
    return bool(
        differs
        or (has_amount(ours) and _RELATIVE.search(_NO_CHANGE.sub(" ", fold(theirs))))
        or _FORBIDS.search(_NO_CHANGE.sub(" ", fold(theirs)))
    )


def _same_by_weight(asked: Patient, ours: str, theirs: str) -> bool:
    """The amount per kilogram, times the weight asked about, is within the other's amount: 75 ml/kg of 8 kg and 400–700 ml."""
    whole = [q for q in read(theirs) if q.unit in AMOUNTS and not q.per]
    return any(
        one.unit == other.unit and other.low <= one.low * weight.low and one.high * weight.low <= other.high
        for weight in asked.spans.get("weight", ()) if weight.low == weight.high and not weight.comparator
        for one in read(ours) if one.unit in AMOUNTS and one.per == {"kg"}
        for other in whole
    )  # fmt: skip


def _other_frequency(one: str, other: str) -> bool:
    """Both give a dose and say how often, and not as often."""
    ours, theirs = (
        {
            (q.low, q.high, q.unit, q.per)
            for q in read(text)
            if q.unit == "times" or q.unit.startswith("every")
        }
        for text in (one, other)
    )
    return bool(ours and theirs and has_amount(one) and has_amount(other)) and ours.isdisjoint(theirs)


_RELATIVE = re.compile(
    r"\b(?:halve|reduce|lower|decrease|double|increase|adjust)\b[^.;]{0,30}\bdos(?:e|es|age|ing)\b|\bhalf (?:of )?(?:the|this|that) (?:\w+ )?dose"
    r"|\bdos(?:e|es|age) (?:is|are|should be|must be|needs? to be) (?:halved|reduced|lowered|adjusted|doubled|increased)"
    r"|\b(?:lower|smaller|reduced|higher|half) doses?\b|\bdos(?:e|age) (?:reduction|adjustment)s?\b"
)
_NO_CHANGE = re.compile(
    r"\b(?:no|without|not)\b[^.;]{0,40}\b(?:adjust\w*|reduc\w*|chang\w*|dos(?:e|es|age))\b"
    r"|\b(?:adjust\w*|reduc\w*|chang\w*)\b[^.;]{0,60}\b(?:not (?:be )?(?:required|needed|necessary|recommended)|unnecessary)\b"
)
_FORBIDS = re.compile(
    r"\b(?:must|should|do|does|can|may|is|are) ?not (?:be )?(?:\w+ )?(?:given|give|used|use|taken|take|prescribed?|started|recommended|indicated|safe)\b"
    r"|\b(?:do|does|must|should|may|can) not start\b|\bnothing (?:here|in this \w+) applies\b|\b(?:unsuitable|forbidden|not suitable|not licensed|(?:must|should|may) not (?:take|receive|have))\b|\bnot for (?:children|adults|women|men|infants|people|patients|use in)\b|\bno \w+ (?:may|should|must) be (?:given|taken|used)\b"
    r"|\bcannot be (?:given|used|taken)\b|\bcontra-?indicat\w+|\bavoid(?:ed)?\b|\bnever (?:be )?(?:given|give|used?|taken?|prescribed?)\b|\bstopped\b|\bwithheld\b|^stop\b"
)


def _drugs_meant(given: CheckInput, quote: Quote) -> frozenset[str]:
    """Drugs of the quote; where it names none, of the nearest line above that does."""
    found = drugs_in(shown(quote), short_forms_of(given.documents, quote.document_id))
    if found:
        return frozenset(found)
    near = _near(document_text(given, quote), quote.start, quote.end)
    here = (line.drugs for line in near if line.text in quote.text or quote.text in line.text)
    return next(here, frozenset())


def drugs_before(given: CheckInput, quote: Quote) -> str:
    """The nearest sentence before the quote, not far and below the same heading, that names a drug, if that opens with it; else "".

    A drug that is only mentioned ("do not combine with …") is not the one spoken of afterwards.
    """
    text = document_text(given, quote)
    before = text[max(0, quote.start - _SAME_MATTER) : quote.start]
    for line in reversed(before.split("\n")):
        if line.strip() in quote.section:
            break
        for sentence in reversed(_SENTENCE_END.split(line.strip())):
            if drugs_in(sentence):
                opening = " ".join(without_mark(sentence).split()[:_OPENS])
                return sentence if drugs_in(opening) and not _DENIES.search(fold(sentence)) else ""
    return ""


_OPENS = 2
"""First words of a sentence, which tell what it speaks of."""
_DENIES = re.compile(r"\b(?:not|never|no|avoid|without|instead|allerg\w+|contra-?indicat\w+)\b")
_SAME_MATTER = 600
"""Characters over which a drug named stays the one spoken of."""


def _rivals(given: CheckInput, quote: Quote, drugs: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Other sentences with what they stand below: those beside the quoted one; about its drugs, those near it and the rest of the evidence."""
    item = evidence_of(given, quote)
    if item is not None:
        beside = (text for text in (item.after, item.before) if text)
        yield from (
            (text, "") for text in beside if not drugs or not drugs_in(text) or drugs_in(text) & drugs
        )
    if not drugs:
        return
    quoted = {q.text for q in given.quotes}
    for line in _near(document_text(given, quote), quote.start, quote.end):
        if line.drugs & drugs and line.text not in quoted:
            yield line.text, line.under
    for other in given.evidence:
        above = (*other.quote.section[-1:], *other.quote.lead_in, other.quote.header_text)
        if other.quote.text not in quoted and drugs_in("\n".join((*above, other.quote.text))) & drugs:
            yield other.quote.text, "\n".join(above)


@lru_cache(maxsize=256)
def _near(text: str, start: int, end: int) -> tuple[_Near, ...]:
    """The sentences and rows of a page's length around ``text[start:end]``, the first and the last perhaps cut."""
    found: list[_Near] = []
    under, drugs = "", frozenset[str]()
    for line in text[max(0, start - _FAR) : end + _FAR].split("\n"):
        if not line.strip():
            continue
        if _HEADING.fullmatch(line.strip()) and len(cells_of(line)) < 2 and not has_amount(line):
            under = line.strip()
        for sentence in _SENTENCE_END.split(line.strip()):
            drugs = frozenset(drugs_in(sentence)) or drugs
            found.append(_Near(sentence, under, drugs))
    return tuple(found)


_FAR = 2500
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)%\]]\.)\s+(?=[A-Z])")
_HEADING = re.compile(r"(?:#+ )?(?:\S+ ){0,8}\S*[^\s.,;:!?]")
"""A short line without a stop."""
