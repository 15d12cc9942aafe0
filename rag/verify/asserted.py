"""What a question takes for granted, as sentences of their own.

"Since metformin is safe at eGFR 20, what dose?" asserts "Metformin is safe at eGFR 20." What is told of a patient,
a ward or the asker is the case and not a premise: documents neither confirm nor deny it. In doubt nothing is split
off. Knows English ways of asserting and nothing of any document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.text import content_stems, listed
from rag.verify.asked import BODY
from rag.verify.common import drugs_in
from rag.verify.presupposed import MASK, are, presupposed, third_person

_FEWEST_WORDS = 2
"""Content words below which a clause asserts too little to be looked up."""
_LONGEST = 2000
"""Characters of a question that are read."""


@lru_cache(maxsize=512)
def premises_of(question: str) -> tuple[str, ...]:
    """Declarative sentences, in order, none twice; empty for a question that only asks."""
    text = _TAG_ALONE.sub(", right?", " ".join(question.split())[:_LONGEST])
    sentences = [part.strip() for part in _SENTENCES.split(text) if part.strip()]
    if not any(_asks(sentence) for sentence in sentences):
        return ()
    found = (premise for sentence in sentences for premise in _of_sentence(sentence, question=text))
    return tuple(dict.fromkeys(_as_sentence(premise) for premise in found if _is_statement(premise)))


def _of_sentence(sentence: str, *, question: str) -> Iterator[str]:
    """At most one clause for each way of asserting; the first way that fits is taken."""
    if not _asks(sentence):
        clause = _said(_CUE.sub("", sentence, count=1))
        if _is_general(clause):
            yield _named(clause, question)
        return
    for way in (_tagged, _because, _therefore, _why, _when, _given, _aside, _apposed, _related):
        clause = way(sentence)
        if clause:
            yield _named(clause, question)
            return
    for clause in presupposed(_masked(sentence)):
        clause = clause.replace(MASK, "WHO")
        if not _is_case(clause) and not _OWN.search(clause):
            yield _named(clause, question)
            return


_SENTENCES = re.compile(r"(?<=[.?!;])(?<!\b[A-Z]\.)(?<!\bvs\.)(?<!\bDr\.)\s+(?=\S)")
_AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|should|shall|would|will|may|must|has|have|need|isn't|aren't|don't|doesn't|can't|shouldn't)"
_QUESTION_WORD = r"(?:what|which|who(?!\b[A-Z])|whom|whose|where|when|why|how)"
_PREPOSITION = (
    r"(?:(?:at|after|before|below|above|by|for|from|in|on|to|until|up to|within|with|about|of|over|under) )?"
)
_ASKS = re.compile(
    rf"\?$|^(?:so |and |then |but )?{_PREPOSITION}(?i:{_QUESTION_WORD}|{_AUXILIARY})\b|^(?i:name|list|give|quote|tell|state|please|write|put|start|book|order)\b"
)
_WHO = re.compile(r"\bWHO\b")


_TAG_ALONE = re.compile(
    r"[.;!] (?:(?:is|was) (?:that|this|it) )?(?:still )?(?:right|correct|true|ok|okay|agreed?)\?",
    re.IGNORECASE,
)
"""A question that only asks whether the sentence before it is so."""


def _asks(sentence: str) -> bool:
    return bool(_ASKS.search(_WHO.sub("the organisation", sentence)))


# --- ways of asserting ---------------------------------------------------------------------------

_TAG = re.compile(
    r"(?:(?<! or),? (?:correct|right|true|yes|no|okay|ok|agreed?)|,? (?:is(?:n't| that| it) (?:it|so|right|correct|true|not))|, is (?:that|it)|,? (?:aren't they|doesn't it|don't (?:we|they|you|I)"
    r"|am I right|can't (?:we|I|you)|shouldn't (?:we|I|you)|or not))\s*\?$",
    re.IGNORECASE,
)


def _tagged(sentence: str) -> str:
    """ "I divide A by B to get C, correct?"."""
    match = _TAG.search(sentence)
    clause = sentence[: match.start()] if match else ""
    if _asks(f"{clause}.") or _ASKS_WITHIN.search(_masked(clause)):
        return ""
    return "" if _is_case(clause) or not _has_verb(clause) else clause


_ASKS_WITHIN = re.compile(
    rf", (?:{_PREPOSITION}(?:what|how|(?:when|where) (?={_AUXILIARY}\b))|(?:so|then|and) (?:which|who))\b",
    re.IGNORECASE,
)


_CUE = re.compile(
    r"^(?:so |and |but )?(?:since|because(?! of\b)|as|given(?: the fact)? that|seeing that|considering that|now that|knowing that|assuming(?: that)?|in view of the fact that|although|even though"
    r"|(?:I|we)(?:'ve| have| was| were| am|'m)?(?: always| just| once)? (?:know|knew|read|understand|understood|hear|heard|see|gather|told|taught|think|thought|believed?|assumed?|learn(?:ed|t)|sure|aware)(?: that)?)\b,? ",
    re.IGNORECASE,
)
_HEARSAY = re.compile(
    r"^(?:my|our|the|a|one|another|some)(?: \w+){1,2}? (?:says?|said|tells? (?:me|us)|told (?:me|us)|thinks?|thought|claims?|claimed|insists?|insisted|believes?|argues?|mentioned)(?: that)? (?!to\b)",
    re.IGNORECASE,
)
"""Who said it, where that is a person: "My colleague says that"."""


def _said(clause: str) -> str:
    """The clause without the person who said it."""
    who = _HEARSAY.match(clause)
    return clause[who.end() :] if who and not SOURCE.search(who.group()) else clause


_MAIN = re.compile(
    rf", (?:so |then |and )?(?={_PREPOSITION}(?:{_QUESTION_WORD}|{_AUXILIARY})\b)", re.IGNORECASE
)


def _because(sentence: str) -> str:
    """ "Since CLAUSE, what …?"."""
    sentence = _BEFORE_CUE.sub("", sentence)
    cue = _CUE.search(sentence)
    if cue is None:
        return _because_at_end(sentence)
    rest = sentence[cue.end() :]
    main = next((m for m in _MAIN.finditer(_masked(rest))), None)
    clause = rest[: main.start()] if main else ""
    clause = _said(clause)
    return clause if (_has_verb(clause) or _ANY_VERB.search(clause)) and not _is_case(clause) else ""


_BEFORE_CUE = re.compile(
    r"^[^?]*: (?=(?:since|given that|seeing that|now that|considering that|knowing that) )", re.IGNORECASE
)
_ANY_VERB = re.compile(
    r"^(?!(?:of|per|an?|the) )[\w-]+(?: [\w-]+)? (?!(?:as|this|his|its|less|plus)\b)[a-z]{2,}[^us\W]s (?=[\w])"
)
""" "Smoking raises haemoglobin": what stands third in the clause and ends so is taken for its verb."""
_LATE_CUE = re.compile(
    r"(?:,? (?:given that|given (?=it |they |these |those |this )|seeing that|considering that|now that|since|because) ?|, as )(?=[^,?]+\?$)",
    re.IGNORECASE,
)


def _because_at_end(sentence: str) -> str:
    """ "What dose, since CLAUSE?"."""
    cue = _LATE_CUE.search(sentence)
    clause = sentence[cue.end() :].rstrip("?") if cue else ""
    return clause if _is_general(clause) else ""


_SO = re.compile(
    rf",? (?:so|hence|therefore|then|and so|but|which means)[, ]+(?={_PREPOSITION}(?:{_QUESTION_WORD}|{_AUXILIARY})\b)"
    rf"|(?:,| [–—-]+) (?={_PREPOSITION}(?:what|how|when|who|where|why)\b)",
    re.IGNORECASE,
)


def _therefore(sentence: str) -> str:
    """ "CLAUSE, so which …?"."""
    main = next(iter(_SO.finditer(_masked(sentence))), None)
    clause = sentence[: main.start()] if main else ""
    if re.match(r"(?:with|despite|if|when|where|unless|whether)\b", clause, re.IGNORECASE):
        return ""
    return clause if _is_general(clause) or _is_rule(clause) or _states(clause) else ""


_WHY = re.compile(
    r"^(?:so |and |but )?why (?P<aux>is|are|was|were|does|do|did|has|have|should|must|can|may)(?P<not>n't|not|'t)? (?P<rest>.+?)\?$",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    r" (?=(?:not |no longer |never |always |only |still )?(?:recommend(?:ed)?|suggest(?:ed)?|advised?|require[ds]?|allow(?:ed)?|permit(?:ted)?|given|used?|prefer(?:red)?|safe|unsafe"
    r"|contraindicated|indicated|avoid(?:ed)?|ban(?:ned)?|forbid(?:den)?|list(?:ed)?|limit(?:ed)?|cap(?:ped)?|stop(?:ped)?|held|withheld|need(?:ed)?|first[- ]line|second[- ]line"
    r"|better|worse|most|more|less|least|higher|lower|common|rare|effective|ineffective|the (?:first|preferred|best)|say|state|tell|want|set|consider(?:ed)?|classified|not|be)\b)",
    re.IGNORECASE,
)


_NO_VERB = re.compile(
    r"(?:first|second|safe|unsafe|better|worse|more|most|less|least|higher|lower|common|rare|effective|ineffective|the)\b"
)
_FIRST_VERB = re.compile(r"^((?:no longer|never|always|only|still) )?(\w+)")


def _why(sentence: str) -> str:
    """ "Why is X recommended?" takes for granted that it is; the asker's own doings are not looked up."""
    match = _WHY.search(sentence)
    if (
        match is None
        or _is_case(match["rest"])
        or re.match(r"(?:I|we|you|my|our|the patient)\b", match["rest"])
    ):
        return ""
    split = _PREDICATE.search(match["rest"])
    if split is None:
        return ""
    subject, predicate = match["rest"][: split.start()], match["rest"][split.end() :]
    denied, aux = " not" if match["not"] else "", match["aux"].lower()
    if aux in ("do", "does", "did"):
        if _NO_VERB.match(predicate):
            return ""
        if aux == "does" and predicate.startswith("not "):
            return f"{subject} does {predicate}"
        verb = (
            _FIRST_VERB.sub(lambda verb: f"{verb[1] or ''}{third_person(verb[2])}", predicate)
            if aux == "does" and not denied
            else predicate
        )
        return f"{subject} {match['aux'] + ' not ' if denied else ''}{verb}"
    return f"{subject} {match['aux']}{denied} {predicate}"


_WHEN = re.compile(r"^(?:so |and )?(?:when|where) (?P<clause>.+)$", re.IGNORECASE)


def _when(sentence: str) -> str:
    """ "When the guideline recommends X, what dose …?"; other cases that a question names are not asserted."""
    match = _WHEN.search(sentence)
    main = _MAIN.search(_masked(match["clause"])) if match else None
    clause = match["clause"][: main.start()] if match and main else ""
    return clause if not _is_case(clause) and _says_source(clause) else ""


_APPOSED = re.compile(
    r"(?P<before>[^,?]+), (?:which (?:is|are) )?(?P<what>(?:still )?(?:the|an?|one of the|our|among the) [^,?]*?\b(?:preferred|recommended|first|standard|best|only|safest|usual|approved|choice)\b[^,?]*), ",
    re.IGNORECASE,
)
_LAST_NOUN = re.compile(
    rf"\b(?:of|for|with|to|after|before|during|on|from|in|give|giving|start|starting|use|using|add|adding|the|an?|{_AUXILIARY})\b",
    re.IGNORECASE,
)


def _apposed(sentence: str) -> str:
    """ "How is X, the preferred drug in Y, given?"."""
    match = _APPOSED.search(sentence)
    noun = _LAST_NOUN.split(match["before"])[-1].strip() if match else ""
    if match is None or not noun or _is_case(noun) or _is_case(match["what"]):
        return ""
    return f"{noun} {are(noun)} {match['what']}"


_RECOMMENDED = (
    r"(?:recommended|advised|preferred|approved|allowed|permitted|indicated|contraindicated|suggested)"
)
_SET = re.compile(
    rf"\bof the (?:two|three|four|five|\d) (?P<what>[^,?]+?) (?:that |which )?(?:is |are |were )?(?P<how>{_RECOMMENDED}) (?P<rest>(?:for|in|as|during|after|before|by|to)\b[^,?]*?)(?= {_AUXILIARY}\b|[,?])",
    re.IGNORECASE,
)
_FIGURE_OF = re.compile(
    r"\bthe (?P<what>[^,?]*?\d[^,?]*?) (?:that|which) (?P<who>[^,?]{2,40}?)(?P<rest> (?:recommends?|advises?|sets?|gives?|suggests?|allows?|requires?|states?)\b[^,?]*)",
    re.IGNORECASE,
)


def _related(sentence: str) -> str:
    """ "Which of the two drugs recommended for X …?", "after the 400 mg that the guideline recommends"."""
    several = _SET.search(sentence)
    if several:
        return f"{several['what']} are {several['how']} {several['rest']}"
    match = _FIGURE_OF.search(sentence)
    if match is None or not SOURCE.search(match["who"]) or SOURCE.search(match["what"]):
        return ""
    verb, _, rest = match["rest"].strip().partition(" ")
    return f"{match['who'].strip()} {verb} {match['what']} {rest}"


_ADVISES = r"(?:advice|recommendation|guidance|instruction|rule|permission|requirement|statement|ban|cap|limit|ceiling|threshold|target|preference|policy|warning|suggestion)"
_GIVEN = re.compile(
    rf",? (?:given|in view of|considering|following|because of|despite|in line with|under) (?P<whose>[^,?]*?(?:'s|s')? ?(?:\d{{4}} )?)(?P<noun>{_ADVISES})s? (?P<link>to|that|on|against|of|for) (?P<what>[^?]+?)(?=\?|, {_QUESTION_WORD}\b)",
    re.IGNORECASE,
)
_GIVEN_FIRST = re.compile(rf"^{_GIVEN.pattern.removeprefix(',? ')}", re.IGNORECASE)
_VERBS = {
    "advice": "advises", "recommendation": "recommends", "guidance": "advises", "instruction": "advises", "suggestion": "suggests",
    "permission": "allows", "requirement": "requires", "rule": "requires", "warning": "warns", "statement": "states",
    "ban": "bans", "preference": "prefers", "policy": "requires",
}  # fmt: skip


def _given(sentence: str) -> str:
    """ "…, given WHO's advice to fit them at home?"."""
    match = _GIVEN_FIRST.search(sentence) or _GIVEN.search(sentence)
    if match is None or not SOURCE.search(match["whose"]) or _is_case(match["what"]):
        return ""
    whose = re.sub(r"(?:'s|(?<=s)')", "", match["whose"]).strip()
    verb = _VERBS.get(match["noun"].lower())
    if verb is None:
        return f"{whose} sets a {match['noun']} {match['link']} {match['what']}"
    link = (
        "" if match["link"].lower() in ("of", "on", "for") or verb == "bans" else f" {match['link'].lower()}"
    )
    return f"{whose} {verb}{link} {match['what']}"


_ASIDE = re.compile(
    r", which (?!(?:is|are|was|were)\b)(?P<who>[^,?]{2,60}?) (?P<verb>\w+(?:s|ed)|say|advise|recommend|state|require|allow)\b(?P<rest>[^,?]{0,40}),",
    re.IGNORECASE,
)


def _aside(sentence: str) -> str:
    """ "How long do we give X for 28 days, which WHO advises, before …?" — the sentence's own figure is asserted."""
    match = _ASIDE.search(sentence)
    if match is None or not SOURCE.search(match["who"]):
        return ""
    phrase = re.split(
        r"\b(?:of|for|with|after|before|during|on|do|does|is|are|should|can|the|a|an)\b",
        sentence[: match.start()],
    )[-1]
    return f"{match['who']} {match['verb']} {phrase.strip()}{match['rest']}"


# --- general statement or the case of a patient ------------------------------------------------------

SOURCE = re.compile(
    rf"\b(?:{BODY}|Surviving Sepsis)\b|\b(?i:guidelines?|guidance|guides?|protocols?|sheets?|ward cards?|card|summar(?:y|ies)|documents?|handbook|pocket book|label|formulary|manual"
    r"|policy|recommendations?|algorithm|evidence)\b"
)
_ATTRIBUTED = re.compile(
    r"\b(?:says?|said|states?|stated|recommends?|recommended|advis(?:e|es|ed)|lists?|listed|caps?|capped|limits?|limited|lets?|allows?|allowed|permits?|permitted|bans?|banned"
    r"|forbids?|forbade|prohibits?|prohibited|requires?|required|sets?|gives?|gave|defines?|defined|suggests?|suggested|wants?|tells?|told|counts?|names?|puts?|has|have|calls?"
    r"|endorses?|endorsed|backs?|approves?|approved|treats?|considers?|classif(?:y|ies|ied)|prefers?|preferred|uses?|makes?|includes?|included|excludes?|excluded|withdrew|withdraws|dropped|drops"
    r"|raised|lowered|accepts?|accepted|favou?rs?|supports?|discourages?|warns?|mandates?|mandated|starts?|stops?|places?|ranks?|rates?|grades?|needs?|asks?|no longer|is|are|must|should|may|can)\b"
)
_GENERAL = re.compile(
    r"\b(?:is|are|must|should|can|may|cannot|has to|have to|need(?:s)? to)(?:n't| not| no longer| never| always| only| generally| usually| still| now| also)? (?:be )?(?:strongly |conditionally |the |a |an )?"
    r"(?:one of|among|safe|unsafe|recommended|suggested|advised|first[- ](?:line|choice)|second[- ]line|first|preferred|contra-?indicated|indicated|needed|required|necessary|unnecessary|mandatory"
    r"|optional|allowed|permitted|banned|forbidden|prohibited|effective|ineffective|appropriate|inappropriate|given|used|avoided|stopped|withheld|continued|started|defined|classed"
    r"|classified|capped|limited|standard|drug of choice|treatment of choice|threshold|cut-?off|target|dose|antidote|curative|interchangeable|equivalent|harmless|treated|reused|combined|adequate"
    r"|sufficient|best|enough|repeated|diluted|doubled|halved|reduced|raised|crushed|measured|checked|screened|offered|fine|ok|okay|acceptable|possible|enough)\b"
    r"|\b(?:works?|prevents?|cures?|requires?|rules? out|replaces?|counts? as|lasts?|does not (?:need|require|cross|affect)|do not (?:need|require))\b"
)
_CASE = re.compile(
    r"^(?:the )?patient\b|\b(?:my|this|our|new) patient\b|\b(?:my|his|her|hers|she|he|him|pt|pts|mr|mrs|ms|mother|father|son|daughter|wife|husband|brother|sister|gentleman|lady|man|woman|boy|girl|today|yesterday"
    r"|tonight|last (?:week|month|year)|ago|admitted|presents?|presented|presenting|complains?|(?:was|been|just|recently|newly) diagnosed|hx|dx|pmh)\b|(?:^|, )(?:past )?(?:history of|known|diagnosed|frail)\b"
    r"|(?<!patients )(?<!people )(?<!those )(?<!adults )(?<!women )(?<!men )(?<!children )(?<!anyone )\bwith (?:a )?(?:known |history of\b)"
    r"|\b\d{1,3} ?(?:[MF]|yo|y/o|year[- ]old|years[- ]old|month[- ]old|week[- ]old)\b|\b\d{1,3}-(?:year|month|week|day)s?-old\b|^\d{1,3}[MFmf]\b",
    re.IGNORECASE,
)  # fmt: skip
_OWN = re.compile(
    r"^(?:I|I'm|I've|we|we're|our|the (?:ward|clinic|lab|nurse|family|team|rep|parents))\b", re.IGNORECASE
)
_AS_SAID = re.compile(
    rf"(?:,? (?:as|per|according to|following|in line with)|, which) (?:the |our |its )?[^,.;?]{{0,40}}?(?:{SOURCE.pattern})[^,.;?]{{0,40}}(?=[,.;?]|$)",
    re.IGNORECASE,
)
VERB = re.compile(
    rf"\b(?:{_AUXILIARY}|has|had|lets?|gives?|takes?|divides?|multipl(?:y|ies)|converts?|adds?|works?|needs?|uses?|counts?|means?|applies|lasts?|cures?|prevents?|replaces?|switch(?:es)?"
    rf"|skips?|waits?|stops?|starts?|treats?|halves?|doubles?|repeats?|monitors?)\b|{_ATTRIBUTED.pattern}",
    re.IGNORECASE,
)


def _masked(text: str) -> str:
    """WHO is no question word; every place stays where it is."""
    return _WHO.sub(MASK, text)


def _has_verb(clause: str) -> bool:
    return bool(VERB.search(clause))


_ANYONE = re.compile(
    r"\b(?:every|each|any|all|no)(?: \w+){0,2} (?:patient|man|woman|boy|girl|mother|person)\b", re.IGNORECASE
)


def _is_case(clause: str) -> bool:
    return bool(_CASE.search(_ANYONE.sub("everyone", clause)))


_RULE = re.compile(
    r"^(?!(?:the|this|that|these|those|his|her|its|my|our|your|he|she|it|they|there|I|we|you)\b)[^,]*?\b(?:(?:must|should|may|can|cannot|need(?:s)? to|ha(?:ve|s) to)(?: not| never| always| only)? (?!I\b|we\b)\w+"
    r"|(?:is|are)(?: \w+ly| not| no longer| only| always| never){0,2} \w+(?:ed|en|wn|ne|pt|ut) (?:in|on|for|at|with|by|to|every|after|before|within|over|during|from|until|without|as|once|twice)\b)",
    re.IGNORECASE,
)
"""What is done, may be done or must be done, said of no one in particular."""


def _is_rule(clause: str) -> bool:
    return bool(_RULE.search(clause)) and not _is_case(clause) and not _OWN.search(clause)


_STATED = re.compile(
    r"^(?!(?:the|this|that|these|those|his|her|its|my|our|your|he|she|it|they|there|no|I|we|you)\b)[^,]*?[^\W\d]{3,} (?:stay|remain|settle|prove|come|go|get|raise|lower|cause|help|protect|cover|depend|increase|reduce|improve|beat|fail"
    r"|cross|belong|hold|lead|keep|become|rise|fall|rank|outweigh|exceed|suffice|qualify|differ|replace|prevent|cure|require)(?:s|es)? [^,]+$",
    re.IGNORECASE,
)
_FEWEST_STATED = 4


def _states(clause: str) -> bool:
    """What a thing does, said of no one in particular: "Honey stays outside the limit"."""
    stated = _STATED.search(clause) and len(set(content_stems(clause))) >= _FEWEST_STATED
    return bool(stated) and not _is_case(clause) and not _OWN.search(clause)


def _says_source(clause: str) -> bool:
    source = SOURCE.search(clause)
    return bool(source and _ATTRIBUTED.search(clause, source.end()))


def _is_general(clause: str) -> bool:
    """It says what a document says, what is done as a document says, or what holds for everyone."""
    if _asks(clause) or ("?" in clause):
        return False
    said = _AS_SAID.search(clause)
    if said and _has_verb(clause[: said.start()]) and not _is_case(clause[: said.start()]):
        return True
    if _is_case(clause):
        return False
    if _says_source(clause):
        return True
    return not _OWN.search(clause) and bool(_GENERAL.search(clause))


# --- wording ---------------------------------------------------------------------------------------

_THEM = re.compile(r"\b(?:them|it|they|these|those)\b")
_ASKED_FOR = re.compile(
    rf"\b(?:which|what) (?P<noun>(?:(?!{_AUXILIARY}\b)[\w/-]+ ){{1,4}}?)(?={_AUXILIARY}\b|to\b|for\b|in\b)",
    re.IGNORECASE,
)


def _named(clause: str, question: str) -> str:
    """A pronoun is replaced by the question's one drug, or what it asks for, where the clause names no drug."""
    if not _THEM.search(clause) or drugs_in(clause):
        return clause
    drugs = drugs_in(question)
    if len(drugs) == 1:
        return _THEM.sub(min(drugs), clause, count=1)
    asked = _ASKED_FOR.search(_masked(question))
    noun = question[asked.start("noun") : asked.end("noun")].strip() if asked else ""
    return _THEM.sub(noun, clause, count=1) if content_stems(noun) else clause


def core(premise: str) -> str:
    """The premise without who says it, where that is only an aside: what a sentence of a document could say."""
    bare = _AS_SAID.sub("", premise)
    bare = _SAYS_THAT.sub("", bare)
    return premise if len(content_stems(bare)) < _FEWEST_WORDS else _as_sentence(bare)


_SAYS_THAT = re.compile(
    rf"^[^,;]{{0,60}}?(?:{SOURCE.pattern})[^,;]{{0,40}}? (?:(?:recommends?|advises?|holds?|tells us|is clear|suggests?) that|(?:says?|states?)(?: that)?) ",
)
_EMPTY = frozenset(listed("guideline guidance document recommend advice advis say state"))


_NO_STATEMENT = re.compile(
    rf"^(?:{_QUESTION_WORD}|if|whether|unless)\b|\b(?:I|we|you) (?:do|should|can) (?:about|with)\b",
    re.IGNORECASE,
)
"""What is still half a question."""


def _is_statement(clause: str) -> bool:
    """It says something by itself, of enough things to be looked up."""
    if _NO_STATEMENT.search(_masked(clause)):
        return False
    stems = [stem for stem in content_stems(SOURCE.sub(" ", clause)) if stem not in _EMPTY]
    return len(set(stems)) >= _FEWEST_WORDS


def _as_sentence(clause: str) -> str:
    clause = clause.strip(" ,;:.?!-")
    return f"{clause[:1].upper()}{clause[1:]}."
