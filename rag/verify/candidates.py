"""The sentences of some hits that share most with a statement, as evidence that can be quoted.

A cheap first look before a judge is asked: shared words, drugs and figures, the rarer the better.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rag.apparatus import only_refers
from rag.datatypes import Evidence, Hit, Quote, Sentence, SentenceKind
from rag.lists import only_opens
from rag.ports import QuoteSource
from rag.quantities import has_amount, normalise
from rag.text import STOPWORDS, fold, stem
from rag.vocabulary import clinical_terms, drug_class, drug_names, equivalents, expansions

_NEIGHBOUR = 0.5
"""What a word counts that stands only in the sentence before, or in the headings."""
_SHORTEST = 12
"""Characters; what is shorter says nothing alone."""
_WORD = re.compile(r"[^\W_]+(?:\.\d+)?")


def candidates(
    statement: str,
    hits: Sequence[Hit],
    documents: QuoteSource,
    *,
    most: int,
    tried: Sequence[Quote] = (),
    only: re.Pattern[str] | None = None,
) -> list[Evidence]:
    """At most ``most`` sentences and rows, those that share most first; ids are "h" and hit and place.

    ``only``: sentences in which this is found, in lower case.
    """  # fmt: skip
    wanted = wide(statement)
    found = [(hit, place) for hit in hits for place in _places(hit)]
    texts = [_searched(hit, hit.sentences[place], documents) for hit, place in found]
    around = [_around(hit, place) for hit, place in found]
    rarity = _rarity([plain(text) for text in texts])
    scores = [
        sum(rarity[word] for word in plain(text) & wanted)
        + _NEIGHBOUR * sum(rarity.get(word, 0.0) for word in (plain(near) - plain(text)) & wanted)
        if only is None or only.search(fold(text)) else 0.0
        for text, near in zip(texts, around, strict=True)
    ]  # fmt: skip
    ranked = sorted((i for i, score in enumerate(scores) if score > 0), key=lambda i: -scores[i])
    taken = {_spot(quote) for quote in tried}
    best: list[Evidence] = []
    for i in ranked:
        item = as_evidence(*found[i], documents)
        if _spot(item.quote) not in taken:
            taken.add(_spot(item.quote))
            best.append(item)
        if len(best) == most:
            break
    return best


def as_evidence(hit: Hit, place: int, documents: QuoteSource) -> Evidence:
    """Sentence ``place`` of the hit with its neighbours. Its score is 0: no selector has seen it."""
    texts = [hit.text[s.start - hit.start : s.end - hit.start] for s in hit.sentences]
    last = _list_end(texts, place)
    whole = hit.sentences[place].model_copy(update={"end": hit.sentences[last].end})
    return Evidence(
        id=f"h{hit.rank}.{place + 1}", score=0.0, passage_id=hit.passage_id,
        quote=Quote.copied(documents.document(hit.document_id), hit, whole),
        before=texts[place - 1] if place else "", after=texts[last + 1] if last + 1 < len(texts) else "",
    )  # fmt: skip


_ITEM = re.compile(r"^\W*(?:\(?(?:\d{1,2}|[a-z])[.)]|[-•*·▪–])\s")


def _list_end(texts: Sequence[str], place: int) -> int:
    """Place of the last item of the list that the sentence announces; the sentence's own without a list."""
    last = place
    if texts[place].rstrip().endswith(":"):
        while last + 1 < len(texts) and _ITEM.match(texts[last + 1]):
            last += 1
    return last


def _places(hit: Hit) -> Iterator[int]:
    for place, sentence in enumerate(hit.sentences):
        long = sentence.end - sentence.start >= _SHORTEST or sentence.kind is SentenceKind.ROW
        if not long or sentence.kind in (SentenceKind.HEADING, SentenceKind.HEADER):
            continue
        text = hit.text[sentence.start - hit.start : sentence.end - hit.start]
        if not only_refers(text) and (has_amount(text) or not only_opens(text)):
            yield place


def _searched(hit: Hit, sentence: Sentence, documents: QuoteSource) -> str:
    text = hit.text[sentence.start - hit.start : sentence.end - hit.start]
    header = sentence.header_in(documents.document(hit.document_id).text) if sentence.header else ""
    return f"{header} {text}" if header else text


def _around(hit: Hit, place: int) -> str:
    before = hit.sentences[place - 1] if place else None
    said = hit.text[before.start - hit.start : before.end - hit.start] if before else ""
    return " ".join((hit.title, *hit.section, said))


def _spot(quote: Quote) -> tuple[str, int, int]:
    return quote.document_id, quote.start, quote.end


def _rarity(texts: Sequence[frozenset[str]]) -> dict[str, float]:
    counts = Counter(word for words in texts for word in words)
    return {word: math.log(1 + len(texts) / count) for word, count in counts.items()}


@lru_cache(maxsize=4096)
def plain(text: str) -> frozenset[str]:
    """Stems of the words, compounds also in pieces, figures as they are; no stop words; drugs by their generic name."""
    found = {stem(word) for word in _pieces(text) if word not in STOPWORDS}
    return frozenset(found | {stem(part) for m in drug_names(text) for part in m.name.split()})


@lru_cache(maxsize=2048)
def wide(text: str) -> frozenset[str]:
    """``plain``, and the other words for the same: synonyms, abbreviations, the class of a drug."""
    others = [*expansions(text), *(form for term in clinical_terms(text) for form in term.forms)]
    others += [term for word in _pieces(text) if word not in STOPWORDS for term in equivalents(word)]
    others += [name for mention in drug_names(text) if (name := drug_class(mention.name))]
    return plain(text) | _stems(others)


def _stems(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(word) for text in texts for word in _pieces(text) if word not in STOPWORDS)


def _pieces(text: str) -> list[str]:
    return _WORD.findall(fold(normalise(text)))
