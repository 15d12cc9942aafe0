"""What a writer may write, and how it is read back. Nothing it wrote is ever mended.

The grammar is llguidance's Lark dialect; its strings are compact JSON such as
``{"answerable":true,"claims":[{"evidence":["1.1","2.3"],"claim":"One sentence."}]}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from rag.datatypes import Claim, Evidence, SentenceKind
from rag.errors import UsageError

CLAIM_CHARACTERS = 600
_CUT = CLAIM_CHARACTERS - 10
"""A claim this long was ended by the limit, not by the writer."""
_ID = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
# A claim starts with a letter, digit or sign of comparison and ends with a full stop. It holds no quotation mark,
# backslash, control or invisible character, so that the JSON string is the claim, letter by letter; and no braces,
# square brackets or asterisks, with which small models go on to write notes or source marks of their own.
_CLAIM = r"[\p{L}\p{N}<>≤≥][^\"“”„\\{}\[\]*\p{C}\p{Zl}\p{Zp}]" + f"{{0,{CLAIM_CHARACTERS - 2}}}" + r"\."
_FORBIDDEN = re.compile(r'["“”„\\{}\[\]*\x00-\x1f\x7f-\x9f\u2028\u2029]')

# A sentence with a model's control token, "</s>" or "<|im_end|>", cannot be repeated: forced into the output it would
# be taken for the token itself, and the grammar fails.
_CONTROL = re.compile(r"<[/|]?\w[^<>\s]*>")


class ReadDraft(NamedTuple):
    """The writer's output, read; ``error`` is set when it could not be, and then there are no claims."""

    answerable: bool
    claims: tuple[Claim, ...]
    error: str | None


def answer_grammar(ids: Sequence[str], *, max_claims: int, max_quotes: int) -> str:
    """Lark whose strings cite these ids only: evidence before its claim, ascending, none twice in a claim.

    "answerable" is true exactly when there are claims.
    """
    _check_ids(ids)
    more = f'("," claim){{0,{max_claims - 1}}}' if max_claims > 1 else ""
    return "\n".join(
        [
            "// json-schema: " + json.dumps(answer_schema(ids, max_claims=max_claims, max_quotes=max_quotes)),
            'start: "{\\"answerable\\":" (yes | no)',
            f'yes: "true,\\"claims\\":[" claim {more} "]}}"',
            'no: "false,\\"claims\\":[]}"',
            'claim: "{\\"evidence\\":[" IDS "],\\"claim\\":\\"" TEXT "\\"}"',
            f"IDS: /{_ascending(ids)}/ & /[^,]*(,[^,]*){{0,{max_quotes - 1}}}/",
            f"TEXT: /{_CLAIM}/",
        ]
    )


def answer_schema(ids: Sequence[str], *, max_claims: int, max_quotes: int) -> dict[str, Any]:
    """The same form as far as JSON Schema can say it, for servers that know no grammars; the reader checks the rest."""
    evidence = {"type": "array", "items": {"enum": list(ids)}, "minItems": 1, "maxItems": max_quotes}
    claim = {"type": "string", "minLength": 1, "maxLength": CLAIM_CHARACTERS}
    entry = _closed({"evidence": evidence, "claim": claim})
    claims = {"type": "array", "items": entry, "maxItems": max_claims}
    return _closed({"answerable": {"type": "boolean"}, "claims": claims})


def verbatim_grammar(evidence: Sequence[Evidence], *, max_claims: int, may_refuse: bool = True) -> str | None:
    """Lark whose strings choose among the evidence and repeat it word for word, or choose nothing
    where the writer ``may_refuse``.

    None when no evidence can be repeated: captions, and text that a claim may not hold.
    """
    entries = [
        json.dumps({"evidence": [item.id], "claim": text}, ensure_ascii=False, separators=(",", ":"))
        for item in evidence
        if item.quote.kind in (SentenceKind.SENTENCE, SentenceKind.ROW)
        and len(text := verbatim(item)) <= CLAIM_CHARACTERS
        and not _FORBIDDEN.search(text)
        and not _CONTROL.search(text)
    ]
    if not entries:
        return None
    most = min(max_claims, len(entries))
    schema = {
        "type": "array",
        "items": {"enum": [json.loads(e) for e in entries]},
        "maxItems": most,
    }
    whole = _closed({"answerable": {"type": "boolean"}, "claims": schema})
    rules = [f"c{n}: {json.dumps(entry, ensure_ascii=False)}" for n, entry in enumerate(entries)]
    for left in range(1, most + 1):
        for n in range(len(entries)):
            later = " | ".join(f"r{m}_{left - 1}" for m in range(n + 1, len(entries)))
            rules.append(f"r{n}_{left}: c{n}" + (f' ("," ({later}))?' if left > 1 and later else ""))
    first = " | ".join(f"r{n}_{most}" for n in range(len(entries)))
    yes, no = '"true,\\"claims\\":["', '"false,\\"claims\\":[]}"'
    start = f'start: "{{\\"answerable\\":" ({yes} ({first}) "]}}"{f" | {no}" if may_refuse else ""})'
    return "\n".join(["// json-schema: " + json.dumps(whole), start, *rules])


def verbatim(item: Evidence) -> str:
    """The evidence as a claim: its own words, a table row under the last line of its header."""
    words = " ".join(item.quote.text.split())
    header = item.quote.header_text.splitlines() if item.quote.kind is SentenceKind.ROW else []
    return f"{' '.join(header[-1].split())}: {words}" if header else words


def parse_draft(text: str, evidence: Sequence[Evidence]) -> ReadDraft:
    """Read what the writer wrote; quotes are copied from the evidence it names."""
    by_id = {item.id: item for item in evidence}
    try:
        answerable, entries = _top(json.loads(text, object_pairs_hook=_no_key_twice))
        claims = tuple(_claim(entry, by_id) for entry in entries)
    except (ValueError, RecursionError) as error:
        return ReadDraft(False, (), f"the draft could not be read: {error}")
    return ReadDraft(answerable, claims, None)


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with these properties, all required, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _check_ids(ids: Sequence[str]) -> None:
    if not ids:
        raise UsageError("a grammar needs at least one evidence id; without evidence, abstain before writing")
    wrong = [id_ for id_ in ids if not _ID.fullmatch(id_)]
    if wrong or len(set(ids)) != len(ids):
        raise UsageError(f"evidence ids must look like 2.3 and be distinct, found {list(ids)}")


def _ascending(ids: Sequence[str]) -> str:
    """Regular expression of the non-empty selections of ``ids`` in their order."""
    quoted = ['"' + id_.replace(".", r"\.") + '"' for id_ in ids]
    starts = [
        first + "".join(f"(,{later})?" for later in quoted[place + 1 :]) for place, first in enumerate(quoted)
    ]
    return "(" + "|".join(starts) + ")"


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _top(value: Any) -> tuple[bool, list[Any]]:
    if not isinstance(value, dict) or set(value) != {"answerable", "claims"}:
        raise ValueError('expected an object with "answerable" and "claims"')
    answerable, entries = value["answerable"], value["claims"]
    if not isinstance(answerable, bool) or not isinstance(entries, list):
        raise ValueError('"answerable" must be true or false and "claims" a list')
    if answerable != bool(entries):
        raise ValueError(f'"answerable" is {answerable} with {len(entries)} claims')
    return answerable, entries


def _claim(entry: Any, by_id: dict[str, Evidence]) -> Claim:
    if not isinstance(entry, dict) or set(entry) != {"evidence", "claim"}:
        raise ValueError('expected a claim with "evidence" and "claim"')
    ids, text = entry["evidence"], entry["claim"]
    if not isinstance(ids, list) or not ids or not all(isinstance(id_, str) for id_ in ids):
        raise ValueError('"evidence" must be a list of ids')
    unknown = [id_ for id_ in ids if id_ not in by_id]
    if unknown or len(set(ids)) != len(ids):
        raise ValueError(
            f"evidence {ids} has ids that were not offered or stand twice; offered: {list(by_id)}"
        )
    if (
        not isinstance(text, str)
        or not text.strip()
        or len(text) > CLAIM_CHARACTERS
        or _FORBIDDEN.search(text)
    ):
        raise ValueError(f'"claim" must be one line of 1 to {CLAIM_CHARACTERS} characters')
    quotes = tuple(by_id[id_].quote for id_ in ids)
    if len(text) > _CUT and all(text != verbatim(by_id[id_]) for id_ in ids):
        raise ValueError(f'"claim" was cut at {CLAIM_CHARACTERS} characters')
    return Claim(text=text, quotes=quotes)
