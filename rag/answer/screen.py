"""What is declined before anything is looked up: orders for a person, and text that is no question."""

from __future__ import annotations

import re

from rag.text import fold, words
from rag.vocabulary import drug_names

LONGEST = 2000
"""Characters."""

_ORDER_REASON = (
    "This is a request to order or prescribe for a particular patient. "
    "This program only reports what the documents say; orders belong in the prescribing system."
)


def screen(question: str) -> str | None:
    """The reason to decline, in words for the asker; None for anything that may be a question."""
    if not question.strip():
        return "The question is empty."
    if len(question) > LONGEST:
        return f"The question has {len(question):,} characters; at most {LONGEST:,} can be answered. Please shorten it."
    if not _is_language(question):
        return "This does not read as a question. Please ask in a sentence or a few key words."
    return _ORDER_REASON if is_order(question) else None


def _is_language(question: str) -> bool:
    """At least one word of letters, and not one sign over and over."""
    tokens = words(question)
    letters = sum(c.isalpha() for c in question)
    spoken = [t for t in tokens if len(t) >= 2 and any(c.isalpha() for c in t)]
    if not spoken or letters * 4 < len(question.replace(" ", "")):
        return False
    if len({c for c in fold(question) if c.isalpha()}) < 2:
        return False
    return any(_is_word(t) for t in spoken)


def _is_word(token: str) -> bool:
    """Not a keyboard run: has a vowel, a digit, is an acronym, or is not Latin at all."""
    if len(token) <= 5 or any(c.isdigit() for c in token) or not token.isascii():
        return True
    return bool(re.search(r"[aeiouy]", token)) and not re.search(
        r"[bcdfghjklmnpqrstvwxz]{6,}|(.)\1{3,}", token
    )


# --- orders -----------------------------------------------------------------------------------------
# An order has an imperative and a person. The imperative alone is a question in telegram style ("Start
# ACE inhibitor or CCB first?"); the person alone is a vignette ("Mrs Jones is on warfarin; is …?").

_VERBS = (
    r"start|restart|put|give|prescribe|order|book|administer|write|send|enter|chart|add|stop|discontinue|switch|increase|decrease|reduce|titrate|"
    r"schedule|refer|arrange|issue|renew|refill|repeat|dispense|commence|begin|continue|hold|cancel|place|sign|submit|request|set up|draw up|"
    r"e-?prescribe|script|discharge|admit|load|bolus|infuse|inject|change|raise|lower|up|drop|fill|phone in|call in|get|make|draft|double|halve|taper|wean|transfer|vaccinate|immuni[sz]e|transfuse"
)
_POLITE = (
    r"(?:(?:hi|hello|hey|ok|okay|urgent|stat|asap|now|also|and|then|so|please|pls|kindly|just|right|thanks|thank you)[,:!. ]+)*"
    r"(?:(?:can|could|will|would) you (?:please |pls |kindly |just |go ahead and )*|i(?:'d| would) like you to |i (?:need|want) you to |"
    r"you (?:should|must|need to) |go ahead and |let's |let us |we need to |help me (?:to )?)?(?:please |just )?"
)
_IMPERATIVE = re.compile(
    rf"(?:^|(?<=[.;!?:] )|(?<=, )|(?<=\band )|(?<=\bthen ))(?P<polite>{_POLITE})(?P<verb>{_VERBS})\b(?!-)(?! (?:to|is|was|of)\b)"
)
_DOCUMENT = re.compile(
    r"\b(?:write|put|send|issue|sign|enter|place|submit|prepare|draft|fill|print|generate|complete)\b[^.?!]{0,40}\b"
    r"(?:script|prescription|rx|order|orders|referral|requisition|drug chart|e-?script|admission|form|letter)\b"
)
_RECORD_NUMBER = re.compile(
    r"\b(?:mrn|mr#|dob|d\.o\.b|date of birth|nhs (?:number|no|#)|hospital (?:number|no|#)|patient (?:id|number|no)|medical record|urn|ssn|nin|chi|account (?:number|no))\b"
    r"|\b(?:bed|room|bay|cubicle|ward) (?:no\.? ?)?\d+[a-z]?\b|\b#\d{4,}\b"
)
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Master|MR|MRS|MS|mr|mrs|ms|Baby)\b\.? +[A-Z][\w'’-]+")
_THIS_PERSON = re.compile(
    r"\b(?:my|this|the|our) (?:patient|pt|lady|gentleman|man|woman|boy|girl|client|baby|child)\b|\b(?:him|her|them)\b"
)
_ASKS = re.compile(
    r"\b(?:should|shall|which|what|when|why|how|whether|who|does|do|did|is|are|can i|could i|may i|can we|could we|would|"
    r"recommend(?:s|ed)?|advise|advice|guideline|guidance|evidence|safe|contraindicated)\b"
)
_AMOUNT = re.compile(
    r"\b\d+(?:\.\d+)? ?(?:mg|mcg|g|ml|units?|iu|tablets?|tabs?|%)\b|#\d+|\b(?:od|bd|bid|tds|tid|qid|qds|prn|q\d+h|daily|nocte)\b"
)


def is_order(question: str) -> bool:
    """Asks to start, order, book or write something for an identified person."""
    plain = fold(question)
    commands = _commands(question)
    identified = bool(_RECORD_NUMBER.search(plain) or _TITLE.search(question) or _person_names(question))
    if commands and identified:
        return not _only_asks(question)
    writes = any(_DOCUMENT.search(fold(part)) for part in commands)
    return writes and bool(_THIS_PERSON.search(plain) or _AMOUNT.search(plain)) and not _only_asks(question)


def _commands(question: str) -> list[str]:
    """Sentences that command."""
    parts = [part for part in re.split(r"(?<=[.!?;])\s+|\n+", question.strip()) if part]
    return [part for part in parts if _commands_in(part)]


def _commands_in(part: str) -> bool:
    plain = fold(part)
    match = _IMPERATIVE.search(plain)
    if not match:
        return False
    asks_politely = bool(re.search(r"\b(?:can|could|will|would) you\b", match["polite"]))
    if plain.endswith("?") and not asks_politely:
        return False
    before = plain[: match.start("verb")]
    return not _ASKS.search(re.sub(_POLITE, " ", before))


def _only_asks(question: str) -> bool:
    """A command that is itself the object of a question: "give" in "when to give …"."""
    return not _commands(question)


_CAPITALS = re.compile(
    r"(?<![.!?] )(?<!^)\b[A-Z][a-z'’-]+(?: [A-Z]\.?)? [A-Z][a-z'’-]+\b|\b[A-Z][a-z'’-]+, [A-Z][a-z'’-]+\b"
)
_FOR_NAME = re.compile(
    r"\b(?:[Ff]or|[Oo]n|[Tt]o|[Ss]tart|[Gg]ive|[Pp]ut|[Bb]ook|[Rr]efer|[Aa]dmit|[Dd]ischarge|[Ss]witch|[Ll]oad) (?P<name>[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)?)\b(?:'s|’s)?"
)
_NO_NAME = frozenset(
    word
    for line in """world health organization organisation centers centres disease control national institute institutes american european british college society
    heart association guideline guidelines united states kingdom africa asia europe january february march april may june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday type stage grade class table figure chapter annex section category
    hepatitis helicobacter streptococcus staphylococcus escherichia echinococcus mycobacterium clostridioides clostridium pseudomonas candida
    crohn parkinson alzheimer graves hodgkin barrett addison cushing wilson kawasaki raynaud still cochrane child pugh glasgow coma score wells
    north south east west the a an any all no who cdc nice vitamin day week iv po english part medicare medicaid global fund""".splitlines()
    for word in line.split()
)  # fmt: skip


def _person_names(question: str) -> list[str]:
    """Capitalised words where a person's name would stand, that are no drug, disease, body or date."""
    drugs = {word for mention in drug_names(question) for word in fold(mention.text).split()}
    found = [m.group() for m in _CAPITALS.finditer(question)]
    found += [m["name"] for m in _FOR_NAME.finditer(question)]
    return [name for name in found if _could_be_person(name, drugs)]


def _could_be_person(name: str, drugs: set[str]) -> bool:
    parts = [fold(part).removesuffix("'s") for part in re.findall(r"[\w'’-]+", name)]
    return bool(parts) and not any(part in drugs or part in _NO_NAME for part in parts)
