"""What a question presupposes without asserting it in a clause of its own: in a participle, a relative clause, a noun phrase.

"Which mask do we reuse, it being allowed by the guide?" presupposes that it is allowed. English patterns; nothing of any document
is known here. What is found is only looked up: whether a sentence speaks against it is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.verify.asked import BODY

MASK = "BOD"
"""Stands for "WHO" in what is read here, which is no question word."""
SPEAKER = (
    rf"(?:(?:the |our |this )?(?:\d{{4}} )?(?:{BODY}|{MASK})(?:'s)?(?: \d{{4}})?(?: (?:guidelines?|guidance|guide|document|programmes?|panel|report|checklist))?"
    r"|(?i:(?:the|our|this|your|its)(?: \w+){0,2} (?:guidelines?|guidance|guide|document|panel|committee|checklist|report|protocol|programmes?|programs?|handbook|recommendations?))"
    r"|(?i:(?:most )?(?:professional |medical |scientific )?societies|experts)|(?i:guidelines))"
)
"""Who says, pays or asks for something on behalf of documents."""
_END = r"(?=, (?:so |and |then |but )?(?:what|which|who|whom|whose|where|when|why|how|is|are|was|were|do|does|did|can|could|should|shall|would|will|may|must|has|have|need|in what|at what|for how|to what|by how)\b|\?|$)"
_PLAIN = re.compile(r"^(?:the|those|these|that|this|all|such)\s+(?=\w+\W+\w+)", re.IGNORECASE)


def presupposed(sentence: str) -> Iterator[str]:
    """Clauses, at most one of each kind; whether they are general or a patient's case is not looked at."""
    for way in (_why, _being, _having, _related, _who_are, _wanted, _named_rule, _conditional):
        clause = way(sentence)
        if clause:
            yield clause


def are(subject: str) -> str:
    """The verb for it."""
    return "are" if _PLURAL.search(subject.strip()) else "is"


def third_person(verb: str) -> str:
    """ "watches" for "watch"."""
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ies"
    return f"{verb}{'es' if re.search(r'(?:ch|sh|s|x|z|o)$', verb) else 's'}"


_PLURAL = re.compile(r"(?:(?<!diabete)(?<![siu])s|children|women|men|people|they|these|those)$")


def _bare(noun: str) -> str:
    return _PLAIN.sub("", noun.strip(" ,:–-"))


_WHY = re.compile(
    rf"^(?:so |and |but |then )?why (?:(?:does|do|did) (?P<who>{SPEAKER}) (?P<verb>\w+)(?P<rest>[^?]*)|(?P<aux>has|have) (?P<whose>[^?]{{3,80}}?) (?P<done>(?:been|become|stood|stayed|risen|fallen|gone|not|never|\w{{3,}}ed)\b[^?]*))\?$",
    re.IGNORECASE,
)


def _why(sentence: str) -> str:
    """ "Why does WHO put CT first?", "Why has it stood still?"."""
    match = _WHY.search(sentence)
    if match is None:
        return ""
    if match["aux"]:
        return f"{match['whose']} {match['aux']} {match['done']}"
    plain = match["verb"].lower() in ("not", "still", "no", "only", "never")
    verb = match["verb"] if plain else third_person(match["verb"])
    return f"{match['who']} {verb}{match['rest']}"


_ONE = re.compile(
    r"\b(?:the|this|that) (?:child|baby|infant|newborn|patient|woman|man|girl|boy|mother|family)$",
    re.IGNORECASE,
)
_BEING = re.compile(
    rf"(?:^|, |: | with )(?P<who>[^,:?]{{2,90}}?) being (?P<what>[^?]+?){_END}", re.IGNORECASE
)


def _being(sentence: str) -> str:
    """ "X being the first choice, what dose …?", "…, it being safe?"."""
    match = _BEING.search(sentence)
    if match is None or _ONE.search(match["who"]):
        return ""
    who = re.sub(r"^(?:with|despite|and|as|since) ", "", match["who"].strip(), flags=re.IGNORECASE)
    return f"{_bare(who)} {are(who)} {match['what']}"


_HAVING = re.compile(
    rf"^(?:with|despite) (?P<who>[^,?]{{3,120}}) (?P<what>(?!being\b)(?:\w{{3,}}ing|recommended|required|banned|allowed|contraindicated|preferred|capped|limited|set|advised|forbidden)\b[^?]*?){_END}",
    re.IGNORECASE,
)


def _having(sentence: str) -> str:
    """ "With a third of them never turning up, what …?"."""
    match = _HAVING.search(sentence)
    if match is None:
        return ""
    who = match["who"].removesuffix(" never")
    never = match["who"][len(who) :]
    return f"{_bare(who)} {are(who)}{never} {match['what']}"


_VERB = (
    r"(?:recommends?|advises?|suggests?|prefers?|wants?|asks?|requires?|allows?|permits?|lets?|sets?|gives?|lists?|names?|counts?|puts?|ranks?|pays?|covers?|provides?|bans?|forbids?|prohibits?"
    r"|limits?|caps?|tells?|says?|calls?|endorses?|backs?|approves?|accepts?|favou?rs?|supports?|uses?|mandates?|offers?|expects?|insists?|demands?|funds?|warns?|discourages?|leaves?|excludes?|includes?|treats?|considers?|keeps?|makes?|starts?|stops?|rules?)"
)
_THAT = re.compile(
    rf"(?P<what>[^,?]*?) (?:that |which )?(?P<who>{SPEAKER}) (?P<verb>(?:still |now |no longer |only |always )?{_VERB})\b(?P<rest>[^,?]*)"
)
_NOUN_BEGINS = re.compile(
    r"\b(?:about|of|to|for|from|with|after|before|during|on|in|use|give|start|claim|apply|follow|keep|reach|do|does|is|are|should|can|may|must|will|need|the|an?|my|our|his|her|what|which|how|why)\b",
    re.IGNORECASE,
)


def _related(sentence: str) -> str:
    """ "How do I use the three-month trial that WHO asks for …?": WHO asks for it."""
    match = _THAT.search(sentence)
    if match is None or _ASKS_WHETHER.match(sentence):
        return ""
    what = _last_noun(match["what"])
    verb, rest = match["verb"], match["rest"].rstrip()
    asserted = verb.endswith("s") or _MANY.search(match["who"])
    if not asserted or _ASKED.search(match["what"]) or _ONLY_ASKED_FOR.fullmatch(what):
        return ""
    if verb in ("says", "say") and _DUTY.match(rest):
        return f"{what}{rest}"
    if rest.startswith(" us to ") and what:
        return f"{match['who']} {verb}{rest} {what}"
    too_little = len(what.split()) < _FEWEST and len(rest.split()) < _FEWEST
    if too_little or re.match(r" (?:that|us|me|whether|how|when|what)\b", rest):
        return ""
    if not _SUBORDINATE.search(rest):
        rest = _NEXT_VERB.split(rest)[0].rstrip()
    link = (_ANY_LINK if _KEEPS.search(verb) else _LEFT_OVER).match(rest)
    if link and not re.match(r" to \w+ ", rest):
        return f"{match['who']} {verb}{link.group()} {what}{rest[link.end() :]}"
    return f"{match['who']} {verb} {what}{rest}"


_ASKS_WHETHER = re.compile(r"(?:is|was|isn't|wasn't) (?:it|this|that)\b", re.IGNORECASE)
_DUTY = re.compile(r" (?:must|should|may|can|is|are|need|needs|ha(?:s|ve) to)\b")
_SUBORDINATE = re.compile(r"\b(?:after|before|when|if|once|until|while|where|as|because|that|which|who)\b")
_NEXT_VERB = re.compile(r" (?:is|are|was|were|will|does|has|have)\b")
_KEEPS = re.compile(r"\b(?:ask|pay|call|opt|warn|insist)s?$")
_ANY_LINK = re.compile(r" (?:for|to|on|out|against|of)(?= |$)")
_LEFT_OVER = re.compile(
    r" (?:for|to|on|out|against|of)(?=$| (?:after|before|when|while|in|at|during|by|until|for|as|if|with)\b)"
)
"""The verb's preposition, whose noun stands before: "the trial that WHO asks for after the diagnosis"."""
_ASKED = re.compile(r"\b(?:do|does|did|would|should|could|can|will|may|must|is|are)$", re.IGNORECASE)
"""Before the speaker: it is asked whether they say so."""
_ONLY_ASKED_FOR = re.compile(
    r"(?:drugs?|medicines?|doses?|dosages?|patients?|people|tests?|targets?|thresholds?|levels?|values?|intervals?|regimens?|treatments?|therapy|advice|interval|one|ones|thing|things|steps?|measures?|options?)",
    re.IGNORECASE,
)
_MANY = re.compile(r"(?:societies|experts|guidelines)$", re.IGNORECASE)
_FEWEST = 2


def _last_noun(text: str) -> str:
    """The end of the text, from its last article or preposition on: "about kids with …" is cut at "about"."""
    pieces = _NOUN_BEGINS.split(text)
    last = pieces[-1].strip()
    if len(last.split()) < _FEWEST and len(pieces) > 1:
        joined = re.search(r"([\w-]+(?: [\w-]+)?) (?:of|with|for|in) " + re.escape(last) + "$", text)
        return joined.group().strip() if joined and not _DOING.match(joined.group()) else last
    return last


_DOING = re.compile(r"(?:I|we|you|do|does|did|is|are)\b")
_WHO_ARE = re.compile(
    r"(?P<before>[^?]+?), (?:who|which) (?P<what>(?:are|is|may|must|should|can|need|needs|have to|has to|do not|does not|cannot)(?:n't)? [^,?]+?)(?=[,?]|$)",
    re.IGNORECASE,
)


def _who_are(sentence: str) -> str:
    """ "…about children with TB, who are exempt from masks?"."""
    match = _WHO_ARE.search(sentence)
    if match is None:
        return ""
    noun = re.split(
        r"\b(?:about|to|from|on|[Ff]or|,|do|does|is|are|should|can|may|must|will|give|giving|start|starting|use|using|reassure|of the|the|my|our|an?)\b",
        match["before"],
    )[-1].strip()
    return f"{noun} {match['what']}" if noun else ""


_WANTED = re.compile(
    rf"^(?:so |and |then )?(?:in |at |on |for |by |to |with |after |before |within )?(?:which|what|how (?:many|much|long|often)(?: (?:days|weeks|months|years|hours|minutes|doses|tablets|mg|ml)(?: of)?)?)(?P<what> [^,?]*?)? (?:do|does|did) (?P<who>{SPEAKER}) (?P<verb>(?:still |now |no longer |only |always )?{_VERB})\b(?P<rest>[^?]*)\?$",
)


def _wanted(sentence: str) -> str:
    """ "Which long-acting opioid does the CDC prefer for X?": it prefers one. Bare "which drug" presupposes nothing of note."""
    text = sentence[:1].lower() + sentence[1:]
    match = _WANTED.search(text)
    what = (match["what"] or "").strip() if match else ""
    if match is None or not _IS_TOLD.search(what) or re.match(r" \w+ing\b", match["rest"]):
        return ""
    verb = match["verb"] if match["verb"].endswith("s") else third_person(match["verb"])
    return f"{match['who']} {verb} {what}{match['rest']}"


_IS_TOLD = re.compile(
    r"\b(?!(?:drugs?|medicines?|doses?|dosages?|patients?|people|adults|children|women|tests?|targets?|thresholds?|levels?|values?|intervals?|kinds?|types?|regimens?|treatments?|therap(?:y|ies)|evidence"
    r"|strength|grade|first|line|blood|pressure|advice|recommendations?|class(?:es)?|groups?|options?|interventions?|measures?|approach(?:es)?|methods?|criteria|conditions?|factors?|the|of|for|in|to|and|or|with|on|an?|at)\b)[a-z]\w*-\w+|\b(?:without|alone|lead-in|loading|maintenance|routine|prophylactic|extended)\b"
)
"""A qualified noun: "long-acting opioid", "loading dose"; "which drug" is only asked for."""

_BAN = re.compile(
    r"\b(?:the|this|that) (?P<what>ban|prohibition) (?:on|of|against) (?P<rest>[^,?]+?)(?=[,?]|$)",
    re.IGNORECASE,
)
_SET = re.compile(
    r"\b(?:the|our|its) (?P<how>usual|recommended|advised|mandatory|compulsory|required|standard|preferred|permitted|allowed|maximum|customary) (?P<what>(?=[^,?]*\b(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b)[^,?]+?)"
    r"(?=[,?]|$| (?:that|which|do|does|should|can|may|must|will|is|are|be|a(?! (?:day|week|month|year|night|dose|time))|to(?! \d| (?:two|three|four|five|six|seven|eight|nine|ten)\b))\b)",
    re.IGNORECASE,
)


def _named_rule(sentence: str) -> str:
    """ "the ban on X", "the mandatory two hours of Y": there is one."""
    match = _BAN.search(sentence)
    if match:
        return f"{match['rest']} {are(match['rest'])} {'banned' if match['what'].lower() == 'ban' else 'prohibited'}"
    match = _SET.search(sentence)
    return f"{match['what']} {are(match['what'])} {match['how'].lower()}" if match else ""


_CONDITIONAL = re.compile(
    rf"^if (?P<clause>[^,?]*\b(?:is recommended|are recommended|is banned|are banned|is not allowed|are not allowed)\b[^?]*?){_END}",
    re.IGNORECASE,
)


def _conditional(sentence: str) -> str:
    """ "If X is recommended every month, who …?" says that it is; "if X has to be stopped" names a case."""
    match = _CONDITIONAL.search(sentence)
    return match["clause"] if match else ""
