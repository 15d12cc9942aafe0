"""No negation and no direction of a claim is turned against its quotes.

Every content word gets a polarity from the cues in its clause. A claim fails when words it shares with
its quotes stand there only with the opposite polarity, or when it says "increased" where they say only
"reduced". Knows nothing of meaning beyond that: the judge does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rag.ports import CheckInput, CheckResult
from rag.settings import CheckName
from rag.text import STOPWORDS, fold, listed, stem
from rag.verify.common import is_whole_row, shown, without_citations


class Negation:
    """Fails with the words whose sense was turned."""

    name: CheckName = "negation"

    def __call__(self, given: CheckInput) -> CheckResult:
        if any(is_whole_row(given.claim, quote) for quote in given.quotes):
            return CheckResult(True)
        quotes = [shown(quote) for quote in given.quotes]
        for fault in (
            turned_polarity(given.claim, quotes),
            turned_direction(given.claim, quotes),
        ):
            if fault:
                return CheckResult(False, fault)
        return CheckResult(True)


# --- polarity -----------------------------------------------------------------------------------

_NEUTRAL = re.compile(
    r"\b(?:not (?:only|just|merely)(?=[^.;]*\bbut\b)|no later than|no (?:more|less|fewer|greater|higher|lower|longer|earlier) than"
    r"|not (?:more|less|fewer|greater|later|earlier|longer) than|not (?:above|below|over|under)(?= ?[\d≥≤<>])|(?:not|never) (?:to )?exceed\w*"
    r"|(?:do|does|should|must|shall|can) ?not exceed|whether or not|no matter|if not (?:yet )?already|without exceeding"
    r"|(?:no|not) doubt|non[- ]?(?:communicable|pharmac\w+|steroidal|governmental|invasive|fatal)"
    r"|n't it|but not limited to)\b"
)
_UNFOLDED = re.compile(r"\bun(known|available|confirmed|treated|affected|changed|clear)\b")
"""Words that deny what the word inside them affirms."""
_INTRODUCED = re.compile(
    r"(^|[.;] )((?:in|for|during|among|with|at|on|after|before|within) [^,.;:()?]{2,50}), "
)
"""A phrase of place, time or people before the statement it belongs to."""
_HELD = re.compile(r"\b((?:be|is|are)(?: not)?) held(?! (?:in|at|on|by)\b)")
_ANSWER = re.compile(r"^(?:no|yes)\b[,.:;-] *")
_CLAUSE = re.compile(r"[;:()\[\]!?]|\.(?=\s|$)|,(?!\d)|\n| - |\b(?:but|although|though|however|unless|except|whereas|while|if|when|because|since|rather than|instead of|until|despite)\b")  # fmt: skip
_WHOLE = re.compile(
    r"\b(?:not|cannot|never|rarely|seldom|hardly|neither|nor|avoid(?:s|ed|ing|ance)?|contra-?indicat(?:ed|es|ion|ions)|withh[eo]ld(?:s|ing)?|hold off"
    r"|prohibit(?:s|ed|ing)?|forbid(?:s|den)?|off[- ]limits|no[- ]go|refrain(?:s|ed)?"
    r"|inadvisable|inappropriate|unsuitable|ineligible|unsafe|discouraged?|discourages|advises? against|recommends? against"
    r"|recommended against|suggests? against|advised against|(?:argu\w+|decid\w+|warn\w*|caution\w*|recommendations?|is|are) (?:\w+ ){0,2}against|fail(?:s|ed|ure)? to|lacks?|lacking|unnecessary"
    r"|unlikely|rules? out|ruled out|den(?:y|ies|ied))\b|n't\b"
)
_LOCAL = re.compile(
    r"\b(?:without|no|none|insufficient(?= (?:\w+ )?evidence)|absence of|absent|lack of|free of|free from|non|neither|excluding)\b"
)
_UNLESS = re.compile(r"\b(?:unless|except|until)\b")
_LOCAL_WORDS = 3
_ENDS_SCOPE = frozenset(("and", "or", "with", "who", "that", "is", "are", "should", "than"))
_TOKEN = re.compile(r"[^\W_]+(?:['.\-/+][^\W_]+)*")
_SILENT = STOPWORDS - frozenset(listed("use used using give given gives get need on off before after"))
"""Words without a polarity of their own; unlike in retrieval, "used" and "given" are what "not" is about."""
_CUE_WORDS = frozenset(
    stem(w) for w in listed("avoid contraindicated contraindication withhold held prohibited off-limits without no not never none against recommended-against")
)  # fmt: skip

Signed = tuple[str, bool]
"""A stem and whether it is negated; the same behind "~" counting "without" alone;
or two neighbours, joined by a space, and whether a "without" negates them."""


def turned_polarity(claim: str, quotes: Sequence[str]) -> str:
    """What of the claim is negated, or no longer negated, against all the quotes; "" if nothing."""
    quoted = [features for quote in quotes for _, features in clauses(quote)]
    held: dict[str, set[bool]] = {}
    for features in quoted:
        for word, sign in features:
            held.setdefault(word, set()).add(sign)
    for text, features in clauses(claim):
        fault = _clause_fault(text, features, held) or _twin_fault(text, features, quoted)
        if fault:
            return fault
    return ""


_TWIN = 0.7
"""Share of common words (Jaccard) from which two clauses count as the same clause."""


def _twin_fault(text: str, features: Sequence[Signed], quoted: Sequence[Sequence[Signed]]) -> str:
    """The quotes have this very clause, and only with the other polarity."""
    ours = {word: sign for word, sign in features if " " not in word and word[0] != "~"}
    agrees = disagrees = 0.0
    for clause in quoted:
        theirs = {word: sign for word, sign in clause if " " not in word and word[0] != "~"}
        common = ours.keys() & theirs.keys()
        likeness = len(common) / max(1, len(ours.keys() | theirs.keys()))
        if 2 * sum(ours[word] != theirs[word] for word in common) > len(common):
            disagrees = max(disagrees, likeness)
        else:
            agrees = max(agrees, likeness)
    if disagrees < _TWIN or agrees >= disagrees:
        return ""
    return f'"{text.strip()}" says the opposite of the quoted sentences'


def _clause_fault(text: str, features: Sequence[Signed], held: dict[str, set[bool]]) -> str:
    shared = [(word, sign) for word, sign in features if word in held]
    turned = [(word, sign) for word, sign in shared if sign not in held[word]]
    pairs = [word for word, _ in turned if " " in word]
    singles = [word for word, _ in turned if " " not in word and word[0] != "~"]
    known = sum(" " not in word and word[0] != "~" for word, _ in shared)
    marked = {word for word, _ in turned if word[0] == "~"}
    sharply = any(f"~{word}" in marked for word in singles)
    if not pairs and not sharply and not (singles and 2 * len(singles) >= known):
        return ""
    said = "denies" if turned[0][1] else "does not deny"
    return f'"{text.strip()}" {said} what the quoted sentences {"affirm" if turned[0][1] else "deny"}'


@lru_cache(maxsize=2048)
def clauses(text: str) -> tuple[tuple[str, tuple[Signed, ...]], ...]:
    """Clauses with the content stems and neighbouring pairs of stems in them, each with its polarity."""
    plain = _NEUTRAL.sub(
        " ",
        _ANSWER.sub(
            "",
            _UNFOLDED.sub(
                r"not \1", fold(without_citations(text)).replace("n't", " not").replace("cannot", "can not")
            ),
        ),
    )
    plain = _INTRODUCED.sub(r"\1\2 ", _HELD.sub(r"\1 withheld", plain))
    return tuple((part, tuple(_signed(part))) for part in _CLAUSE.split(plain) if part and part.strip())


def _signed(clause: str) -> Iterator[Signed]:
    negated = len(_WHOLE.findall(clause)) % 2 == 1
    local = _local_positions(clause)
    previous: tuple[str, bool] | None = None
    for match in _TOKEN.finditer(_WHOLE.sub(lambda m: " " * len(m.group()), clause)):
        word, here = match.group(), match.start() in local
        root = stem(word)
        if word in _SILENT or root in _CUE_WORDS:
            continue
        yield root, negated ^ here
        yield f"~{root}", here
        if previous and previous[1] == here:
            yield f"{previous[0]} {root}", here
        previous = root, here


def _local_positions(clause: str) -> set[int]:
    """Starts of the words that a "without" or "no" in front of them negates."""
    positions: set[int] = set()
    for cue in _LOCAL.finditer(clause):
        count = 0
        for match in _TOKEN.finditer(clause, cue.end()):
            if match.group() in _ENDS_SCOPE and count:
                break
            if match.group() in _SILENT:
                continue
            positions ^= {match.start()}
            count += 1
            if count >= _LOCAL_WORDS:
                break
    return positions


# --- direction -----------------------------------------------------------------------------------

_OPPOSITES: tuple[tuple[str, str], ...] = (
    ("increase increases increased increasing higher rise rises rose raise raises raised elevate elevates elevated greater up-titrate",
     "decrease decreases decreased decreasing reduce reduces reduced reducing reduction reductions lower lowers lowered lowering fall falls fell "
     "decline declines declined fewer diminish diminishes diminished"),
    ("before prior pre-treatment preoperatively preceding", "after following post-treatment postoperatively subsequently afterwards"),
    ("start starts started starting initiate initiates initiated initiating initiation begin begins beginning "
     "continue continues continued continuing continuation",
     "stop stops stopped stopping discontinue discontinues discontinued discontinuing discontinuation cease ceased terminate"),
    ("include includes included including inclusion", "exclude excludes excluded excluding exclusion"),
    ("safe safely", "unsafe"), ("effective", "ineffective"), ("appropriate", "inappropriate"), ("necessary", "unnecessary"),
    ("likely", "unlikely"), ("stable", "unstable"), ("complicated", "uncomplicated"), ("controlled", "uncontrolled"),
    ("benefit benefits beneficial", "harm harms harmful"), ("improve improves improved improving improvement", "worsen worsens worsened worsening"),
    ("minimum minimal lowest", "maximum maximal highest"), ("positive", "negative"), ("systolic", "diastolic"),
    ("oral orally", "intravenous intravenously iv intramuscular intramuscularly im subcutaneous subcutaneously"),
    ("adult adults", "child children paediatric pediatric neonates neonate infant infants"),
    ("hyperkalaemia hyperkalemia", "hypokalaemia hypokalemia"), ("hyperglycaemia hyperglycemia", "hypoglycaemia hypoglycemia"),
    ("hypertension hypertensive", "hypotension hypotensive"), ("hyperthyroidism", "hypothyroidism"),
    ("inpatient inpatients", "outpatient outpatients"), ("longer", "shorter"), ("older", "younger"), ("faster rapidly", "slower slowly"),
    ("allow allows allowed permit permits permitted", "prohibit prohibits prohibited forbid forbids forbidden disallow"),
    ("accept accepts accepted", "reject rejects rejected"), ("superior", "inferior"), ("above", "below"),
    ("tachycardia", "bradycardia"), ("acidosis", "alkalosis"), ("left", "right"), ("sudden suddenly", "gradual gradually"), ("liver hepatic", "kidney kidneys renal"), ("present", "absent"),
    ("acute", "chronic"), ("latent", "active"), ("dependent", "independent"), ("indicated", "contraindicated contra-indicated"),
)  # fmt: skip
_SIDES = tuple((frozenset(a.split()), frozenset(b.split())) for a, b in _OPPOSITES)
_SIDE_WORDS = frozenset(word for pair in _SIDES for side in pair for word in side)


def turned_direction(claim: str, quotes: Sequence[str]) -> str:
    """ "increased" for "reduced", "before" for "after": an opposite that only the claim has."""
    said, held = _plain_words([claim]), _plain_words(quotes)
    for pair in _SIDES:
        for here, there in (pair, pair[::-1]):
            ours, theirs = here.intersection(said), there.intersection(held)
            if ours and theirs and not here.intersection(held) and not there.intersection(said):
                return f'the claim says "{min(ours)}", the quoted sentences "{min(theirs)}"'
    return _turned_object(said, held)


def _turned_object(said: Sequence[str], held: Sequence[str]) -> str:
    """Both opposites are in the quotes, but not with this object."""
    for here, there in (*_SIDES, *(pair[::-1] for pair in _SIDES)):
        if here.isdisjoint(said):
            continue
        ours, same, opposite = (set(_objects(w, s)) for w, s in ((said, here), (held, here), (held, there)))
        wrong = (ours & opposite) - same
        if wrong and same:
            return f'the quoted sentences say the opposite of "{min(wrong)}"'
    return ""


def _objects(tokens: Sequence[str], side: frozenset[str]) -> Iterable[str]:
    for i, token in enumerate(tokens[:-1]):
        if token in side and tokens[i + 1] not in STOPWORDS and tokens[i + 1] not in _SIDE_WORDS:
            yield stem(tokens[i + 1])


def _plain_words(texts: Iterable[str]) -> list[str]:
    """Tokens, and of a compound its last part as well: "insulin-dependent" is "dependent"."""
    found = [word for text in texts for word in _TOKEN.findall(_NEUTRAL.sub(" ", fold(text)))]
    return [part for word in found for part in dict.fromkeys((word, word.rsplit("-", 1)[-1]))]
