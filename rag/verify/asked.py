"""What a question asks for: the sentences that ask, their parts, and the kind of answer that fits each part.

Knows English ways of asking and nothing of any document. In doubt a part is "open": any statement may answer it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text import fold, listed

_SENTENCES = re.compile(r"(?<=[.?!])(?<!\b[A-Z]\.)\s+(?=\S)")
_ORGANISATION = re.compile(r"\bWHO\b")
_AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|should|shall|would|will|may|must|has|have)"
_QUESTION_WORD = r"(?:what|which|who|whom|whose|where|when|why|how)"
_ASKING = re.compile(rf"\?|^(?:{_QUESTION_WORD}|{_AUXILIARY}|name|list|give|quote|tell|state)\b")


def _plain(text: str) -> str:
    """Folded, and WHO no question word."""
    return fold(_ORGANISATION.sub("the organisation", text))


@lru_cache(maxsize=512)
def asking(question: str) -> str:
    """The sentences of the question that ask; all of it when none is marked."""
    sentences = [part for part in _SENTENCES.split(question.strip()) if part]
    chosen = [part for part in sentences if _ASKING.search(_plain(part))]
    return " ".join(chosen or sentences)


BODIES = listed(
    "who who's cdc nih nice fda ema acog aha acc esc ada easd kdigo idsa ats ers gina gold uspstf rcog sign bts bnf unicef ecdc ukhsa mhra acip jcvi"
)
"""Who writes guidelines: named in questions, and no subject of them."""
BODY = "|".join(sorted({body.upper() for body in BODIES if "'" not in body}, key=len, reverse=True))
"""Pattern of their names in capitals."""

# --- measures --------------------------------------------------------------------------------------

_MEASURES = "|".join(
    listed(
        r"""doses? dosages? dosing amounts? quantit(?:y|ies) numbers? counts? totals? rates? ratios? proportions? percentages? percent % fractions?
        shares? frequenc(?:y|ies) intervals? spacing durations? lengths? periods? limits? ceilings? caps? floors? maxim(?:um|a)s? max minim(?:um|a)s? min
        thresholds? cut-?offs? cut-?points? ranges? bands? scores? factors? multipliers? sizes? diameters? thickness depths? volumes? weights? heights?
        distances? concentrations? strengths? temperatures? pressures? readings? values? figures? speeds? pace intakes? allowances? increments? ages? odds
        sensitivity specificity prevalence incidence probabilit(?:y|ies) likelihood half-li(?:fe|ves) hours? days? weeks? months? years? trimesters? mg mcg micrograms? ml iu mmol meq mmhg mmes?
        (?:mg|mcg|ml|units?|iu|g|mmol|meq)/\w+(?:/\w+)*"""
    )
)
QUANTITIES = "|".join(
    listed(
        r"""egfr gfr creatinine(?:[ ]clearance)? bmi hb?a1c ldl hdl cholesterol triglycerides? potassium sodium salt calcium magnesium phosphate glucose
        lactate h?a?emoglobin ferritin platelets? neutrophils? lymphocytes? cd4 inr bilirubin alt ast tsh troponin procalcitonin saturations? spo2 pao2
        systolic diastolic bp sensitivity specificity prevalence incidence mortality bioavailability albumin urea uric[ ]acid"""
    )
)
"""What is measured in a patient, a test or a population, and named when its figure is told."""
_NO_MODIFIER = (  # an auxiliary, a preposition, or most likely a verb or a plural
    rf"(?!(?:{_AUXILIARY}|need|require|get|give|take|caused?|to|for|of|in|with|on|at|by|from|after|before|within|during|over|under|into|against"
    r"|between|that|than|and|or|\w*[^sui\W]s)\b)"
)
_MODIFIERS = rf"(?:{_NO_MODIFIER}[a-z0-9][\w'./-]* ){{0,4}}?"
_FEW_MODIFIERS = rf"(?:{_NO_MODIFIER}(?!\w+ed\b)[a-z0-9][\w'./-]* ){{0,2}}?"
_HEAD = (  # a noun that ends its phrase: not the "age" of "age group"
    rf"(?=$|[?,.;:)]| (?:{_AUXILIARY}|be|to|at|in|on|for|from|before|after|with|as|by|per|of|when|if|once|until|between|against|above|below|over"
    r"|under|and|or|vs|versus|instead|then|that|i|we|you|counts?|makes?|means?|needs?|marks?|defines?|separates?|distinguish\w*|triggers?"
    r"|warrants?|suffices?|works?|rules?)\b)"
)
_NOUN = rf"(?<!\d )(?<!\d)\b(?:{_MEASURES}){_HEAD}"
_QUANTITY = rf"(?:(?:{QUANTITIES})(?: (?:levels?|targets?|goals?))?|levels? of (?:{QUANTITIES})){_HEAD}"
_LEADING = rf"(?:what|which)(?:'s| {_AUXILIARY})?(?: be)? (?:(?:the|an?|its|their|your|our|my|usual) )?"
_AMOUNT = re.compile(
    r"\bhow (?:much|many|long|often|soon|far|high|low|old|frequently|big|large|late|early|fast|quickly|heavy|wide|deep)\b"
    rf"|\b{_LEADING}(?:{_MODIFIERS}{_NOUN}|{_FEW_MODIFIERS}{_QUANTITY})|\b(?:below|above|over|beyond) (?:what|which)\b|\bas (?:the|an?|its|their) {_MODIFIERS}{_NOUN}"
    r"|\b(?:what|which)(?:'s| is| are| was) the (?:longest|shortest|highest|lowest|largest|smallest|earliest|latest|oldest|youngest|maximum|minimum)"
    r"(?=$|\?| (?:\w+ ){1,2}(?:would|can|could|may|might|should|allows?|lets?)\b)"
)
_BARE_UNIT = re.compile(r"(?<![\d.])(?<!\d )\b(?:mg|mcg|ml|g|units?|iu|mmol|meq)/(?:kg|day|dose|h|hour|m2)\b")
_NAMED = re.compile(rf"{_NOUN}|\b(?:{QUANTITIES}) (?:levels?|targets?|goals?){_HEAD}|{_BARE_UNIT.pattern}")
_TOLD = re.compile(
    rf"^(?:please )?(?:give|quote|state|name|list|tell)(?: (?:me|us))?(?: (?:the|an?|its|their|both|all))? {_MODIFIERS}{_NOUN}"
)

# --- strength --------------------------------------------------------------------------------------

_STRENGTH = re.compile(
    r"\bhow (?:strong|firm|certain|sure|confident|good|solid|robust|reliable)\b"
    r"|\b(?:strength|certainty|quality|grades?|graded|grading|categor(?:y|ies)|class|strong|firm|weak|soft|conditional)\b"
    r"|\bevidence (?:type|grade|level|quality|base)\b|\blevel of evidence\b|\b(?:rest|rests|resting|based|base|founded|basis) (?:on|for|of)\b"
    r"|\b(?:based|resting|founded) on$"
)
_GRADED = re.compile(
    r"\b(?:recommend\w*|suggest\w*|evidence|certain\w*|quality|categor\w*|advice|advis\w*|guidance|statement)\b"
)
"""Without one of these, "strength" is a drug's and "how good" asks for anything."""

# --- parts -----------------------------------------------------------------------------------------

_BEFORE_WORD = (
    r"(?:(?:at|after|before|below|above|over|under|by|for|from|in|on|to|until|up to|within|with) )?"
)
_PARTS = re.compile(
    rf"[?;:] +|(?:,? and|,? or|,) (?={_BEFORE_WORD}{_QUESTION_WORD}\b)|(?:,? and|,? or|,) (?={_AUXILIARY} (?!not\b))"
    rf"|,? and (?=(?:its|their|the) {_MODIFIERS}(?:{_MEASURES})\b)",
    re.IGNORECASE,
)
_ITEMS = re.compile(r", (?:and |or )?| and ")
_ASKS = re.compile(rf"\b(?:{_QUESTION_WORD}|{_AUXILIARY})\b")
_NO_ITEM = re.compile(
    r"\d|^(?:please|thanks?|thank you|per|in|for|on|at|as|by|according|under|from|after|before|using)\b|^$"
)
_LATER = re.compile(r" (?:at|in|for|with|after|before|during|within|of|on|by|from|to|under|per|against) ")
_COMMAND = re.compile(r"(?:please )?(?:give|quote|state|name|list|tell)\b")
_CHOICE = re.compile(r"\b\w+ or \w+\b")


@lru_cache(maxsize=512)
def parts(asked: str) -> tuple[str, ...]:
    """Pieces of asking sentences that can be answered one by one, in their own words, without end marks."""
    marked = _ORGANISATION.sub("W\0HO", asked)
    pieces = (part.replace("\0", "").strip(" ,.?;:") for part in _PARTS.split(marked))
    return tuple(filter(None, pieces))


def part_kinds(part: str) -> frozenset[str]:
    """Of "amount", "strength" and "open"; none for a piece that asks nothing itself."""
    plain = _plain(part)
    if _STRENGTH.search(plain) and _GRADED.search(plain):
        return frozenset({"strength"})
    if not _ASKS.search(plain) and not _TOLD.search(plain):
        return frozenset(_telegram_kinds(plain))
    if _AMOUNT.search(plain) or _BARE_UNIT.search(plain) or _TOLD.search(plain):
        return frozenset({"amount"})
    return frozenset({"open"} if re.search(rf"\b{_QUESTION_WORD}\b", plain) else ())


def _telegram_kinds(plain: str) -> set[str]:
    """Of "dose, route and interval": each item asks; what is no measure is open, if anything there is one."""
    if _COMMAND.match(plain):
        return {"open"}
    measured = [bool(_NAMED.search(_LATER.split(item)[0])) for item in _ITEMS.split(plain) if _is_item(item)]
    if not any(measured):
        return set()
    return {"amount"} if all(measured) else {"amount", "open"}


def _is_item(item: str) -> bool:
    head = _LATER.split(item)[0]
    return bool(not _NO_ITEM.search(head) or _CHOICE.search(item) or _NAMED.search(head))


def asks_in_words(part: str) -> bool:
    """It has a question word or verb of its own, and is not only a noun."""
    return bool(_ASKS.search(_plain(part)))


def kinds(question: str) -> frozenset[str]:
    """What a fitting answer looks like: any of "amount", "strength", "yes_no", "open"."""
    asked = asking(question)
    found = {kind for part in parts(asked) for kind in part_kinds(part)}
    if is_yes_no(question):
        found.add("yes_no")
    if not found or is_bare(question):
        found.add("open")
    return frozenset(found)


def is_bare(question: str) -> bool:
    """A sentence of it asks by its question mark alone: "Amiodarone with a statin?"."""
    marked = (part for part in _SENTENCES.split(question.strip()) if part.endswith("?"))
    return any(
        not _ASKS.search(_plain(sentence)) and not any(map(part_kinds, parts(sentence)))
        for sentence in marked
    )


# --- yes or no -------------------------------------------------------------------------------------

_YES_NO = re.compile(
    rf"(?:^|[.,:;?!]\s*|\b(?:and|or|so|but) ){_AUXILIARY}\b|\b(?:correct|right|true|false|yes or no|okay|ok|agree|is that so)\?"
)
_SHORTENED = re.compile(
    r"(?:^|[.,:;?!] )(?:still|also|even|ever|always|only|any|safe|fine|needed|necessary|required|allowed|worth|contraindicated|indicated|advisable"
    r"|appropriate|reasonable|possible|acceptable|permitted|recommended|effective|useful|ok|okay)\b[^.,:;?!]*\?"
)
""" "Safe in asthma?": the verb left out."""


def is_yes_no(question: str) -> bool:
    """One of its sentences can be answered with yes or no."""
    plain = _plain(question)
    return "?" in question and bool(_YES_NO.search(plain) or _SHORTENED.search(plain))
