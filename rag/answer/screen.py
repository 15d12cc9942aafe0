"""What is declined before anything is looked up: orders for a person, and text that is no question."""

from __future__ import annotations

import re

from rag.text import fold, words
from rag.vocabulary import clinical_terms, drug_names

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
    rf"(?:^|(?<=[.;!?:] )|(?<=, )|(?<= - )|(?<=\band )|(?<=\bthen ))(?P<polite>{_POLITE})(?P<verb>{_VERBS})\b(?!-)(?! (?:to|is|was|of)\b)"
)
_DOCUMENT = re.compile(
    r"\b(?:write|put|send|issue|sign|enter|place|submit|prepare|draft|fill|print|generate|complete)\b[^.?!]{0,40}\b"
    r"(?:script|prescription|rx|order|orders|referral|requisition|drug chart|e-?script|admission|form|letter)\b"
)
_RECORD_NUMBER = re.compile(
    r"\b(?:mrn|mr#|dob|d\.o\.b|date of birth|nhs (?:number|no|#)|hospital (?:number|no|#)|patient (?:id|number|no)|medical record|urn|ssn|nin|chi|account (?:number|no))\b"
    r"|\b(?:bed|room|bay|cubicle|ward) (?:no\.? ?)?\d+[a-z]?\b|\b#\d{4,}\b"
)
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Master|MR|MRS|MS|mr|mrs|ms|Baby)\b\.? +[A-Z][\w'’-]+|\b(?:mr|mrs)\.? [a-z]{3,}"
)
_THIS_PERSON = re.compile(
    r"\b(?:my|this|the|our) (?:patient|pt|lady|gentleman|man|woman|boy|girl|client|baby|child)\b|\b(?:him|her|them)\b"
)
_ASKS = re.compile(
    r"\b(?:should|shall|which|what|when|why|how|whether|who|does|do|did|is|are|can i|could i|may i|can we|could we|would|"
    r"recommend(?:s|ed)?|advise|advice|guideline|guidance|evidence|safe|contraindicated)\b"
)
_OPEN_END = re.compile(
    r"\b(?:at|in|to|for|from|with|after|until|on|by) (?:what|which|how)\b|\b(?:how (?:much|many|long|often|soon)|or (?:not|wait))\b"
)
""" "Start treatment at what level": asks, whatever its mark."""
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
    named = _TITLE.search(part) or _GIVEN_NAMES.intersection(words(part))
    if _OPEN_END.search(plain, match.end()) and not asks_politely and not named:
        return False
    return not _ASKS.search(re.sub(_POLITE, " ", before))


def _only_asks(question: str) -> bool:
    """A command that is itself the object of a question: "give" in "when to give …"."""
    return not _commands(question)


_CAPITALS = re.compile(
    r"(?<![.!?] )(?<!^)\b[A-Z][a-z'’-]+(?: [A-Z]\.?)? [A-Z][a-z'’-]+\b|\b[A-Z][a-z'’-]+, [A-Z][a-z'’-]+\b"
)
_FOR_NAME = re.compile(
    r"\b(?:[Ff]or|[Oo]n|[Tt]o|[Ss]tart|[Gg]ive|[Pp]ut|[Bb]ook|[Rr]efer|[Aa]dmit|[Dd]ischarge|[Ss]witch|[Ll]oad|[Pp]rescribe|[Aa]dminister) "
    r"(?P<name>[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)?)\b(?:'s|’s)?"
)
_NOT_A_PERSON_BEFORE = re.compile(
    r"\b(?:in|with|at|by|of|during|under|from|per|via|versus|vs|against|and|or) $", re.IGNORECASE
)
_NOT_A_PERSON_AFTER = re.compile(
    r"\s+(?:in|at|during|if|when|until|is|are|versus|vs|or)\b"
    r"|\s+(?:to|for|with)\s+(?:(?:an?|the|all|any|every|each|some)\b|(?:adults?|child(?:ren)?|infants?|patients?|people|women|men|neonates?|newborns?)\b)",
    re.IGNORECASE,
)
"""A thing is given "to a child" or stopped "in adults"; a person is not."""
_STARTED_ON = re.compile(
    r"\b(?:start|restart|put|switch|load|commence) (?P<who>[a-z'’-]+(?: [a-z'’-]+){0,2}) (?:on|to|with) (?P<what>[^.;,]+)"
)
_GIVEN_AMOUNT = re.compile(
    r"\b(?:prescribe|give|administer|order|dispense|chart|start|write) (?P<who>[a-z'’-]+(?: [a-z'’-]+)?) (?:on )?"
    r"\d[\d.,]* ?(?:mg|mcg|g|ml|units?|iu|tablets?)\b (?:of )?(?P<what>[^.;,]+)"
)
_GIVEN_NAMES = frozenset(
    name
    for line in """john james robert michael david william richard joseph thomas charles christopher daniel matthew anthony paul andrew joshua kenneth
    kevin brian george edward ronald timothy jason jeffrey ryan jacob nicholas eric jonathan stephen larry justin scott brandon benjamin samuel
    gregory alexander patrick raymond dennis jerry tyler aaron jose adam nathan henry peter zachary kyle noah ethan liam oliver harry jack arthur
    mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle
    carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela emma nicole helen
    samantha katherine christine rachel carolyn janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren jane
    alice julia martha judith sophia sophie lucy chloe ella mia isabella jane jean fiona claire nora
    ahmed mohammed mohamed muhammad ali hassan hussein omar yusuf ibrahim fatima aisha khadija amina zainab leila layla karim khalid mustafa abdullah
    juan carlos luis miguel pedro jorge diego pablo fernando sofia lucia carmen elena rosa ana francisco antonio manuel
    hans klaus jurgen stefan andreas wolfgang lena ingrid heike pierre jacques michel marie camille giovanni marco giulia francesca luca
    ivan dmitri sergei vladimir olga natasha svetlana tatiana anastasia igor boris katarzyna piotr jan pavel
    wei ming li yuki hiroshi kenji sakura takashi minh nguyen linh raj priya anil sunil rahul sanjay deepak anita sunita kumar
    kwame kofi ama abena chidi ngozi amara chinedu adebayo oluwaseun thabo sipho wanjiku kamau tendai zola""".splitlines()
    for name in line.split()
) - {"will", "mark", "grace", "rose", "may", "li", "jan", "jean", "ama", "scott", "wei", "ming"}
"""Common first names of many countries: they show a person whatever the capitals. No list of all."""
_NOBODY = frozenset(
    word
    for line in """a an all any every each some no the this that these those it its him her them everyone anybody who patient patients pt pts adult adults
    child children infant infants baby babies newborn newborns neonate neonates woman women man men people person persons user users smoker smokers
    elderly older young pregnant lactating obese diabetic hypertensive frail high low first second third early late new newly old dose doses treatment
    therapy therapies drug drugs medication medicine infusion bolus prophylaxis oxygen fluid fluids antibiotic antibiotics analgesia as up down back off
    over on in at for with from straight directly immediately injury injuries solution rule score scale sign syndrome disease disorder
    infection failure failures shock wound wounds fracture surgery pain fever sepsis trauma poisoning overdose bleeding vaccine immunoglobulin serum saline
    test testing scan clinic centre center criteria care severe acute chronic mild moderate oral iv long short term line loading maintenance regular daily weekly""".splitlines()
    for word in line.split()
)  # fmt: skip
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
    """First names, words where the grammar puts a person, and capitalised words that are no drug, disease, body or date."""
    known = [name for name in re.findall(r"[a-z]+", fold(question)) if name in _GIVEN_NAMES]
    found = known + _persons_by_grammar(question)
    return found if _is_title_case(question) else found + _persons_by_capitals(question)


def _clinical_words(question: str) -> set[str]:
    texts = [m.text for m in drug_names(question)] + [m.text for m in clinical_terms(question)]
    return {word for text in texts for word in fold(text).split()}


def _persons_by_grammar(question: str) -> list[str]:
    """The "ann lee" of "start ann lee on metformin" and "give ann lee 5 mg of morphine"."""
    plain, clinical = fold(question), _clinical_words(question)
    found = (match for pattern in (_STARTED_ON, _GIVEN_AMOUNT) for match in pattern.finditer(plain))
    return [
        match["who"]
        for match in found
        if drug_names(match["what"])
        and not any(word in _NOBODY or word in clinical or _is_plural(word) for word in match["who"].split())
    ]


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "'s", "’s"))


_LONG_WORD = 4
_TITLE_SHARE = 0.7


def _is_title_case(question: str) -> bool:
    """Most long words are capitalised, as in a heading, so that capitals name nobody."""
    long = [w for w in re.findall(r"[^\W\d_]+", question)[1:] if len(w) >= _LONG_WORD]
    return len(long) > 2 and sum(w[0].isupper() for w in long) >= _TITLE_SHARE * len(long)


def _persons_by_capitals(question: str) -> list[str]:
    no_person = _clinical_words(question) | _NOBODY
    found = [
        (match["name"] if match.re is _FOR_NAME else match.group())
        for pattern in (_CAPITALS, _FOR_NAME)
        for match in pattern.finditer(question)
        if not _NOT_A_PERSON_BEFORE.search(question[: match.start()])
        and not _NOT_A_PERSON_AFTER.match(question, match.end())
    ]
    return [name for name in found if _could_be_person(name, no_person)]


def _could_be_person(name: str, drugs: set[str]) -> bool:
    parts = [fold(part).removesuffix("'s") for part in re.findall(r"[\w'’-]+", name)]
    return bool(parts) and not any(part in drugs or part in _NO_NAME for part in parts)
