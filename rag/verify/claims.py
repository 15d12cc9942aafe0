"""Claims that come with their evidence to verdicts: the same rules and the same judge as for an answer.

Knows nothing of files, questions or documents. A verdict is the judge's say unless a rule objects:

    SUPPORTS  the judge finds it likelier supported than not, does not refute, and no rule but "statement" objects
    REFUTES   the judge says refuted (the likeliest of the three); or it leans to supported and a rule
              found claim and evidence at odds while they speak of the same thing (another number, a negation …)
    NEI       everything else: silent evidence, and whatever could not be judged

``released`` is another thing than the label: every check passed, "statement" among them, and the score reaches the threshold.
A claim in words of its own can be labelled SUPPORTS and is not released: the judge alone is not trusted with it. The score stays
the judge's probability of support, also where a rule failed: the findings say why such a claim is held back. With a second
judge, label and score of what is not released are by that one.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple, TypeVar

from rag.datatypes import (
    ClaimFinding,
    ClaimToVerify,
    ClaimVerdict,
    Document,
    Evidence,
    Label,
    Page,
    Quote,
)
from rag.lists import openings
from rag.ports import Check, CheckInput, Judge, Judgement, SecondOpinion
from rag.quantities import read
from rag.settings import CheckName, VerificationSettings
from rag.verify.arithmetic import UNCHECKED
from rag.verify.calibration import JUDGED_MOST, Calibration, calibration_of
from rag.verify.common import drugs_in
from rag.verify.judges import containment
from rag.verify.support import Support
from rag.vocabulary import population

BATCH = 64
"""Claims judged together."""
CLAIM_WORDS = 200
"""A longer text is no single statement, and more than a judge reads in one piece."""
CLAIM_CHARACTERS = 4_000
EVIDENCE_CHARACTERS = 50_000
"""All evidence of one claim together."""
NEED_MORE: frozenset[str] = frozenset(
    ("quote_exists", "restatement", "relevance", "case", "answers", "support")
)
"""Checks that need a question or a document, which a bare claim lacks; and support, which is asked in batches."""

LanguageOf = Callable[[str], str | None]
"""Text to an ISO 639-1 code; None where it is too short to tell."""


class ClaimVerifier:
    """Every check of ``checks`` that needs no question, and ``judge``, on claims given with their evidence.

    ``language_of`` tells the language of a text; with it, only texts in ``languages`` are judged, as the checks
    know English alone. ``second`` is asked about every claim that is not released; label and score
    of such a claim are then by it. It releases nothing.
    """

    def __init__(
        self,
        checks: Mapping[CheckName, Check],
        judge: Judge,
        settings: VerificationSettings,
        *,
        language_of: LanguageOf | None = None,
        languages: Sequence[str] = ("en",),
        second: SecondOpinion | None = None,
    ) -> None:
        names = dict.fromkeys((*settings.required, *checks))
        self._rules = {name: checks.get(name) for name in names if name not in NEED_MORE}
        self._judge, self._threshold, self._second = judge, settings.support_threshold, second
        self._language_of, self._languages = language_of, tuple(languages)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the findings that must be there, once each, and passed."""
        language = ("language",) if self._language_of else ()
        return ("input", *language, *self._rules, "support")

    def verify(self, items: Iterable[ClaimToVerify]) -> list[ClaimVerdict]:
        """One verdict per claim, in order."""
        return list(self.verdicts(items))

    def verdicts(self, items: Iterable[ClaimToVerify]) -> Iterator[ClaimVerdict]:
        """The same as they come: at most ``BATCH`` claims are held at a time."""
        waiting = iter(items)
        while batch := list(islice(waiting, BATCH)):
            yield from self._batch(batch)

    def _batch(self, items: Sequence[ClaimToVerify]) -> Iterator[ClaimVerdict]:
        prepared = [_prepared(item) for item in items]
        before = [[*self._first_findings(one)] for one in prepared]
        asked = [i for i, findings in enumerate(before) if all(finding.passed for finding in findings)]
        said = dict(zip(asked, _asked(self._judge, [prepared[i] for i in asked]), strict=True))
        verdicts = {i: self._verdict(items[i], prepared[i], before[i], one) for i, one in said.items()}
        if self._second:
            held = {
                i: one for i, one in said.items() if isinstance(one, Judgement) and not verdicts[i].released
            }
            again = _asked_again(self._second, [(prepared[i], one) for i, one in held.items()])
            verdicts |= {
                i: _relabelled(verdicts[i], prepared[i], one) for i, one in zip(held, again, strict=True)
            }
        for i, item in enumerate(items):
            yield verdicts[i] if i in verdicts else unjudged(item.id, before[i])

    # --- before the judge ---------------------------------------------------------------------------

    def _first_findings(self, one: _Prepared) -> Iterator[ClaimFinding]:
        yield ClaimFinding(check="input", passed=not one.fault, detail=one.fault or one.note)
        if self._language_of and not one.fault:
            foreign = self._foreign(one, self._language_of)
            yield ClaimFinding(check="language", passed=not foreign, detail=foreign)

    def _foreign(self, one: _Prepared, language_of: LanguageOf) -> str:
        for name, text in (("claim", one.claim), ("evidence", " ".join(one.evidence))):
            found = language_of(text)
            if found == "und":
                return f"the language of the {name} cannot be told; only {', '.join(self._languages)} can be checked"
            if found is not None and found not in self._languages:
                return (
                    f"the {name} seems to be in another language ({found}); "
                    f"only {', '.join(self._languages)} can be checked"
                )
        return ""

    # --- the verdict --------------------------------------------------------------------------------

    def _verdict(self, item: ClaimToVerify, one: _Prepared, before: Sequence[ClaimFinding],
                 said: Judgement | str) -> ClaimVerdict:  # fmt: skip
        given = _check_input(one)
        rules = [_outcome(name, check, given) for name, check in self._rules.items()]
        support, score = self._support(given, said)
        findings = (*before, *rules, support)
        judgement = said if isinstance(said, Judgement) else Judgement(0.0)
        proven = _is_proven(findings, self.required)
        label = "SUPPORTS" if proven else _label(one, judgement, rules)
        return ClaimVerdict(id=item.id, label=label, released=proven, score=score, findings=findings)

    def _support(self, given: CheckInput, said: Judgement | str) -> tuple[ClaimFinding, float]:
        """The check ``support`` of an answer, fed with what the judge said in the batch."""
        if isinstance(said, str):
            return ClaimFinding(check="support", passed=False, detail=said), 0.0
        check = Support(_Known(self._judge.id, said, calibration_of(self._judge)), threshold=self._threshold)
        result = check(given)
        score = said.supports if result.score is None else result.score
        if result.passed and _refutes(said):
            detail = f"the judge says refuted ({said.refutes:.2f})"
            return ClaimFinding(check="support", passed=False, detail=detail), said.supports
        return ClaimFinding(check="support", passed=result.passed is True, detail=result.detail), score


def _asked(judge: Judge, batch: Sequence[_Prepared]) -> list[Judgement | str]:
    def ask(some: Sequence[_Prepared]) -> list[Judgement]:
        return judge.judge([one.evidence for one in some], [one.claim for one in some])

    return _judged(judge.id, ask, batch)


def _asked_again(
    second: SecondOpinion, batch: Sequence[tuple[_Prepared, Judgement]]
) -> list[Judgement | str]:
    def ask(some: Sequence[tuple[_Prepared, Judgement]]) -> list[Judgement]:
        return second.again(
            [one.evidence for one, _ in some], [one.claim for one, _ in some], [said for _, said in some]
        )

    return _judged(second.id, ask, batch)


_Asked = TypeVar("_Asked")


def _judged(
    name: str, ask: Callable[[Sequence[_Asked]], list[Judgement]], batch: Sequence[_Asked]
) -> list[Judgement | str]:
    """A judgement per claim, or the words of why there is none. One bad claim spoils no other."""
    if not batch:
        return []
    try:
        judgements = ask(batch)
        if len(judgements) != len(batch):
            raise ValueError(f"judge {name} gave {len(judgements)} judgements for {len(batch)} claims")
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the claims are held back and the reason kept
        if len(batch) == 1:
            return [f"{type(error).__name__}: {error}"]
        return [answer for one in batch for answer in _judged(name, ask, [one])]
    return [_in_range(judgement, name) for judgement in judgements]


def _relabelled(verdict: ClaimVerdict, one: _Prepared, said: Judgement | str) -> ClaimVerdict:
    """A claim that is held back, with the label and score of the second opinion."""
    if isinstance(said, str):
        finding = ClaimFinding(check="second_opinion", passed=False, detail=said)
        return verdict.model_copy(update={"findings": (*verdict.findings, finding)})
    rules = [f for f in verdict.findings if f.check not in ("input", "language", "support")]
    label = _label(
        one, said, rules, ignoring=_OF_OWN_WORDS - ({"numbers"} if _measures_alike(one) else set())
    )
    detail = f"supports {said.supports:.2f}, refutes {said.refutes:.2f}"
    finding = ClaimFinding(check="second_opinion", passed=label == "SUPPORTS", detail=detail)
    changed = {
        "label": label,
        "score": min(said.supports, JUDGED_MOST),
        "findings": (*verdict.findings, finding),
    }
    return verdict.model_copy(update=changed)


def unjudged(identity: str | int | None, findings: Sequence[ClaimFinding]) -> ClaimVerdict:
    """The verdict on what no judge was asked about; the findings say why."""
    return ClaimVerdict(id=identity, label="NEI", released=False, score=0.0, findings=tuple(findings))


class _Known(NamedTuple):
    """A judge that has already spoken."""

    id: str
    judgement: Judgement
    calibration: Calibration | None

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [self.judgement for _ in claims]


def _in_range(judgement: Judgement, judge: str) -> Judgement | str:
    supports, refutes = map(float, judgement)
    if not all(math.isfinite(p) and 0 <= p <= 1 for p in (supports, refutes)) or supports + refutes > 1.001:
        return f"judge {judge} gave supports {supports}, refutes {refutes}; expected shares of 1"
    return Judgement(supports, refutes)


def _refutes(judgement: Judgement) -> bool:
    """Refuted is the likeliest of the three."""
    return judgement.refutes > max(judgement.supports, 1 - judgement.supports - judgement.refutes)


def _outcome(name: str, check: Check | None, given: CheckInput) -> ClaimFinding:
    if check is None:
        return ClaimFinding(check=name, passed=False, detail=f"there is no check {name}")
    try:
        result = check(given)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the claim is held back and the reason kept
        return ClaimFinding(check=name, passed=False, detail=f"{type(error).__name__}: {error}")
    return ClaimFinding(check=name, passed=result.passed is True, detail=result.detail)


def _is_proven(findings: Sequence[ClaimFinding], required: Sequence[str]) -> bool:
    """Each required finding is there exactly once, and whatever is there passed."""
    names = sorted(finding.check for finding in findings)
    return bool(required) and names == sorted(required) and all(finding.passed for finding in findings)


_WORDING: frozenset[str] = frozenset(("statement",))
_OF_OWN_WORDS = _WORDING | {"numbers", "negation", "population", "strength", "exchange"}
"""Rules that compare words, and are wrong too often about claims in words of their own. What they find in a claim that
speaks of the same in the same words still makes it refuted."""


def _label(
    one: _Prepared, said: Judgement, rules: Sequence[ClaimFinding], *, ignoring: Collection[str] = _WORDING
) -> Label:
    """Of a claim that is not released. ``ignoring``: rules whose objection alone does not keep it from SUPPORTS."""
    if _refutes(said):
        return "REFUTES"
    if said.supports < 0.5 or said.supports <= said.refutes:
        return "NEI"
    objecting = {finding.check: finding.detail for finding in rules if not finding.passed}
    if _same_matter(one) and any(_is_at_odds(check, detail, one) for check, detail in objecting.items()):
        return "REFUTES"
    return "SUPPORTS" if objecting.keys() <= set(ignoring) else "NEI"


_SAME_MATTER = 0.6
"""Share of the claim's content words that one sentence of its evidence has, from which the two speak of the same thing."""
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")


def _same_matter(one: _Prepared) -> bool:
    """Figures and the claim's drugs aside: those are what may be at odds."""
    drugs = drugs_in(one.claim)
    claim = _bare(one.claim, drugs)
    return any(containment([_bare(text, drugs)], claim) >= _SAME_MATTER for text in one.evidence)


def _measures_alike(one: _Prepared) -> bool:
    """A unit of the claim is in its evidence too, so that a figure which is not there is another figure. Shares aside."""
    return bool(_units(one.claim) & _units(" ".join(one.evidence)))


def _units(text: str) -> set[str]:
    return {quantity.unit for quantity in read(text)} - {"", "%"}


def _bare(text: str, drugs: Iterable[str]) -> str:
    words = _FIGURES.sub(" ", text)
    for drug in drugs:
        words = re.sub(re.escape(drug), " ", words, flags=re.IGNORECASE)
    return words


def _is_at_odds(check: str, detail: str, one: _Prepared) -> bool:
    """A number is not contradicted by evidence without numbers, nor a drug or a population by evidence that names none.

    Another word in a sentence's place may be anything: "statement" alone contradicts nothing. Nor is a sum at odds that cannot be checked.
    """
    if check == "statement":
        return False
    if check == "numbers" and detail.startswith(UNCHECKED):
        return False
    named: dict[str, Callable[[str], object]] = {"numbers": read, "drugs": drugs_in, "population": population}
    return check not in named or any(named[check](text) for text in one.evidence)


# --- what is read -------------------------------------------------------------------------------------


class _Prepared(NamedTuple):
    """What the checks and the judge read, and what is wrong with it."""

    claim: str
    evidence: tuple[str, ...]
    fault: str = ""
    """Why nothing can be judged; "" if nothing is wrong."""
    note: str = ""


def _prepared(item: ClaimToVerify) -> _Prepared:
    fault = _claim_fault(item.claim) or _evidence_fault(item.evidence)
    if fault:
        return _Prepared("", (), fault)
    sentences = [text for text in map(_plain, item.evidence) if _has_content(text)]
    kept = tuple(text for text in sentences if not speaks_to_the_judge(text))
    aside = [text for text in sentences if speaks_to_the_judge(text)]
    note = f"set aside, as it gives orders to the program: “{aside[0][:120]}”" if aside else ""
    if not kept:
        return _Prepared("", (), f"no evidence is left; {note}" if note else "the evidence is empty")
    return _Prepared(_plain(item.claim), kept, "", note)


def _plain(text: str) -> str:
    """Runs of white space are one space; control characters are spaces, characters without width are left out."""
    kept = (c for c in text if unicodedata.category(c) != "Cf")
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in kept).split())


def _has_content(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _claim_fault(claim: str) -> str:
    if not _has_content(claim):
        return "the claim is empty" if not claim.strip() else "the claim has no letters or figures"
    if not any(map(str.isalpha, claim)):
        return "the claim has no words"
    if claim.rstrip().endswith("?"):
        return "the claim is a question; expected a statement"
    count = len(claim.split())
    if count > CLAIM_WORDS:
        return f"the claim has {count:,} words, at most {CLAIM_WORDS} can be judged: split it into statements"
    if len(claim) > CLAIM_CHARACTERS:
        return f"the claim has {len(claim):,} characters, at most {CLAIM_CHARACTERS:,} can be judged"
    return _character_fault("claim", claim, controls=True)


def _evidence_fault(evidence: Sequence[str]) -> str:
    length = sum(map(len, evidence))
    if length > EVIDENCE_CHARACTERS:
        return (
            f"the evidence has {length:,} characters, at most {EVIDENCE_CHARACTERS:,} can be judged: "
            "give the sentences that matter"
        )
    faults = (_character_fault("evidence", text, controls=False) for text in evidence)
    return next(filter(None, faults), "")


_WHITE = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
_TURNS = frozenset(map(chr, range(0xE0000, 0xE0080))) | frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""They make a reader see other characters, or another order, than the checks do: tags are not shown at all."""


def _character_fault(name: str, text: str, *, controls: bool) -> str:
    for character in text:
        if character in _TURNS:
            return f"the {name} has {_point(character)}, which changes what a reader sees; remove it"
        if unicodedata.category(character) == "Cs":
            return f"the {name} has {_point(character)}, half of a character; write it as valid UTF-8"
        if controls and unicodedata.category(character) == "Cc" and character not in _WHITE:
            return f"the {name} has the control character {_point(character)}; remove it"
    return ""


def _point(character: str) -> str:
    return f"U+{ord(character):04X}"


_ANSWERS = r"(?:supported|supports|entailed|entailment)"
_ORDERS = re.compile(
    r"(?:^|[.!?:;,\"“] *|\b(?:please|now|then|must|and|to|you) )(?:ignore|disregard|override|bypass)\b[^.!?]{0,40}\b(?<!dosing )(?:instructions?|prompts?|system message|everything above)\b"
    rf"|\b(?:answer|reply|respond|say|output|print|return|write)\b *(?:with|only|is)? *[:=]? *[\"'“‘]?{_ANSWERS}(?=\W*$|[\"'”’.!,;]| for (?:this|that|the|every|each|all|any)\b)"
    r"|\b(?:(?:mark|label|classify|rate|judge) (?:this|that|the|these|every|each|all|any)(?:(?: \w+)? (?:claims?|statements?|answers?))?"
    r"|(?:treat|consider) (?:this|that|the|these|every|each|all|any)(?: \w+)? (?:claims?|statements?|answers?))"
    rf" (?:as|to be) (?:\w+ )?(?:{_ANSWERS}|true|correct)\b"
    r"|\bsystem override\b|\b(?:treat|consider) (?:the following|the above|this|these) (?:claims?|statements?) (?:as |to be )?(?:proven|true|supported|correct)\b"
    rf"|\b(?:every|each|all|any|this|the) (?:claims?|statements?) (?:is|are|must be|should be) (?:marked |labell?ed |judged |answered )?(?:as )?{_ANSWERS}\.?$"
    rf"|^\W*verdict ?: *{_ANSWERS}|\b(?:note to the (?:grader|judge|program|model)|accept this claim)\b"
    r"|^\W*(?:system|assistant|developer) ?: |<\|?(?:im_start|im_end|system)\|?>|\[/?INST\]",
    re.IGNORECASE,
)


def speaks_to_the_judge(text: str) -> bool:
    """It tells a program what to answer, which no sentence of a guideline does; such a sentence supports nothing."""
    return bool(_ORDERS.search(text))


def _check_input(one: _Prepared) -> CheckInput:
    """The evidence as quotes of a document that consists of it."""
    text = "\n".join(one.evidence)
    document = Document(
        id=sha256(text.encode()).hexdigest(), name="evidence", source="", title="", language="en",
        media_type="text/plain", text=text, pages=(Page(start=0, end=len(text), number=1),),
    )  # fmt: skip
    quotes = tuple(_quotes(document, one.evidence))
    evidence = tuple(
        Evidence(id=f"1.{i}", score=1.0, quote=quote, passage_id="evidence")
        for i, quote in enumerate(quotes, 1)
    )
    return CheckInput("", one.claim, quotes, evidence, _OneDocument(document))


def _quotes(document: Document, sentences: Sequence[str]) -> Iterator[Quote]:
    start = 0
    for sentence in sentences:
        end = start + len(sentence)
        yield Quote(document=document.name, document_id=document.id, title="", page=1, section=(),
                    start=start, end=end, text=sentence, lead_in=openings(document.text, start, end))  # fmt: skip
        start = end + 1


class _OneDocument(NamedTuple):
    only: Document

    def document(self, document_id: str) -> Document:
        if document_id != self.only.id:
            raise KeyError(document_id)
        return self.only


__all__ = ["BATCH", "ClaimVerifier", "LanguageOf", "speaks_to_the_judge", "unjudged"]
