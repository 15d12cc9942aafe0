"""The grammar's strings, and how strictly they are read back."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import llguidance
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer.grammar import (
    CLAIM_CHARACTERS,
    answer_grammar,
    answer_schema,
    parse_draft,
    verbatim,
    verbatim_grammar,
)
from rag.datatypes import Evidence, Quote, SentenceKind
from rag.errors import UsageError

IDS = ["1.1", "1.2", "2.1", "10.1"]
# Every byte is a token, and the last one ends the text.
TOKENIZER = llguidance.LLTokenizer(
    json.dumps(
        {
            "version": "1.0",
            "added_tokens": [{"id": 256, "content": "</s>", "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}],
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            "model": {
                "type": "BPE",
                "merges": [],
                "vocab": {letter: number for number, letter in enumerate(
                    [chr(b) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174 else "" for b in range(256)]
                ) if letter}
                | {chr(256 + place): b for place, b in enumerate(
                    [b for b in range(256) if not (33 <= b <= 126 or 161 <= b <= 172 or b >= 174)]
                )}
                | {"</s>": 256},
            },
        }
    ),
    eos_token=256,
)  # fmt: skip


def shown(ids: list[str] = IDS) -> list[Evidence]:
    quote = {
        "document": "d.pdf",
        "document_id": "d",
        "title": "T",
        "page": 1,
        "section": (),
        "start": 0,
        "end": 3,
    }
    return [
        Evidence(id=id_, score=1, passage_id=id_.split(".")[0], quote=Quote(text=f"Quote {id_}", **quote))
        for id_ in ids
    ]


def accepts(text: str, *, max_claims: int = 2, max_quotes: int = 2, ids: list[str] = IDS) -> bool:
    matcher = llguidance.LLMatcher(
        TOKENIZER, answer_grammar(ids, max_claims=max_claims, max_quotes=max_quotes)
    )
    tokens = list(text.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def draft(*claims: dict[str, Any], answerable: bool | None = None) -> str:
    value = {"answerable": bool(claims) if answerable is None else answerable, "claims": list(claims)}
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def claim(*ids: str, text: str = "Start 5 mg/day.") -> dict[str, Any]:
    return {"evidence": list(ids), "claim": text}


def test_exactly_the_ascending_selections_are_taken() -> None:
    """Against brute force over all sequences of up to three ids."""
    from itertools import product

    allowed = {picked for size in (1, 2) for picked in combinations(IDS, size)}
    for size in range(4):
        for picked in product([*IDS, "9.9"], repeat=size):
            assert accepts(draft(claim(*picked))) == (picked in allowed), picked


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        pytest.param(draft(), True, id="refusal"),
        pytest.param(draft(answerable=True), False, id="answerable_without_claim"),
        pytest.param(draft(claim("1.1"), answerable=False), False, id="refusal_with_claim"),
        pytest.param(draft(claim("1.1"), claim("1.1", "10.1")), True, id="two_claims"),
        pytest.param(draft(claim("1.1"), claim("1.1"), claim("1.1")), False, id="too_many_claims"),
        pytest.param(
            '{"answerable":true,"claims":[{"claim":"A.","evidence":["1.1"]}]}', False, id="claim_first"
        ),
        pytest.param(draft(claim("1.1")).replace(",", ", "), False, id="spaces"),
        pytest.param(draft(claim("1.1", text="No stop")), False, id="no_full_stop"),
        pytest.param(draft(claim("1.1", text="")), False, id="empty_claim"),
        pytest.param(draft(claim("1.1", text=" A.")), False, id="starts_with_space"),
        pytest.param(draft(claim("1.1", text="A\nb.")), False, id="new_line"),
        pytest.param(draft(claim("1.1", text="A\u200bb.")), False, id="invisible"),
        pytest.param(draft(claim("1.1", text="A\u2028b.")), False, id="line_separator"),
        pytest.param(draft(claim("1.1", text="A [2] b.")), False, id="own_source_mark"),
        pytest.param(
            draft(claim("1.1", text="≥ 5–10 µg/m² (95 % CI 1.2 to 3.4); é.")), True, id="clinical_signs"
        ),
        pytest.param(draft(claim("1.1", text="A" * (CLAIM_CHARACTERS - 1) + ".")), True, id="longest"),
        pytest.param(draft(claim("1.1", text="A" * CLAIM_CHARACTERS + ".")), False, id="too_long"),
    ],
)
def test_what_the_grammar_takes(text: str, taken: bool) -> None:
    assert accepts(text) == taken


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_string_of_the_grammar_reads_back(data: st.DataObject) -> None:
    """Walk the grammar byte by byte wherever hypothesis wants to go."""
    ids = data.draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1).map(sorted), label="ids")
    matcher = llguidance.LLMatcher(TOKENIZER, answer_grammar(ids, max_claims=2, max_quotes=2))
    random = data.draw(st.randoms(use_true_random=False))
    output: list[int] = []
    while not matcher.is_stopped():
        allowed = np.flatnonzero(
            np.unpackbits(np.frombuffer(matcher.compute_bitmask(), np.uint8), bitorder="little")
        )
        # A byte that may end the claim is often taken, so that the walk ends.
        closing = [byte for byte in (ord('"'), ord(".")) if byte in allowed and random.random() < 0.2]
        byte = closing[0] if closing else int(random.choice(list(allowed)))
        assert matcher.consume_token(byte)
        output.append(byte)
    text = bytes(output).decode()
    read = parse_draft(text, shown(ids))
    assert read.error is None, text
    assert read.answerable == bool(read.claims)
    written = json.loads(text)["claims"]
    assert [entry["claim"] for entry in written] == [item.text for item in read.claims]
    assert [entry["evidence"] for entry in written] == [
        [quote.text.removeprefix("Quote ") for quote in item.quotes] for item in read.claims
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        (draft(claim("1.1"))[:-2], "Expecting"),
        (draft(claim("1.1")) + "x", "Extra data"),
        ("[]", "expected an object"),
        ('{"answerable":false,"claims":[],"note":1}', "expected an object"),
        ('{"answerable":false,"answerable":true,"claims":[]}', "a key stands twice"),
        ('{"answerable":1,"claims":[]}', "must be true or false"),
        (draft(answerable=True), "True with 0 claims"),
        (draft(claim("1.1"), answerable=False), "False with 1 claims"),
        (draft(claim("9.9")), "not offered"),
        (draft(claim("1.1", "1.1")), "stand twice"),
        (draft(claim()), "list of ids"),
        (draft({"evidence": [1.1], "claim": "A."}), "list of ids"),
        (draft({"evidence": "1.1", "claim": "A."}), "list of ids"),
        (draft({"evidence": ["1.1"], "claim": "A.", "quote": "mine"}), "expected a claim"),
        (draft(claim("1.1", text=" ")), "one line"),
        (draft(claim("1.1", text="A\nb.")), "one line"),
        (draft(claim("1.1", text="A" * (CLAIM_CHARACTERS + 1))), "one line"),
        (draft(claim("1.1", text="A" * (CLAIM_CHARACTERS - 1) + ".")), "was cut"),
        ("[" * 100_000, "could not be read"),
    ],
)
def test_what_cannot_be_read_has_an_error_and_no_claims(text: str, why: str) -> None:
    read = parse_draft(text, shown())
    assert (read.answerable, read.claims) == (False, ())
    assert why in (read.error or "")


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["answerable", "claims", "evidence", "claim"]), inner)).map(json.dumps))  # fmt: skip
def test_reading_never_raises(text: str) -> None:
    read = parse_draft(text, shown())
    assert (read.error is None) or not read.claims


def test_quotes_are_the_evidences_own() -> None:
    read = parse_draft(draft(claim("1.2", "10.1")), shown())
    assert read.claims[0].quotes == (shown()[1].quote, shown()[3].quote)


@pytest.mark.parametrize("ids", [[], ["1.1", "1.1"], ["1"], ['1.1"'], ["1.1", "a.b"]], ids=str)
def test_unusable_ids_are_refused(ids: list[str]) -> None:
    with pytest.raises(UsageError):
        answer_grammar(ids, max_claims=1, max_quotes=1)


def test_the_schema_travels_with_the_grammar() -> None:
    first = answer_grammar(IDS, max_claims=2, max_quotes=3).splitlines()[0]
    assert json.loads(first.removeprefix("// json-schema: ")) == answer_schema(
        IDS, max_claims=2, max_quotes=3
    )


def test_the_largest_setting_still_compiles() -> None:
    ids = [f"{n}.{m}" for n in range(1, 11) for m in range(1, 5)]
    assert accepts(draft(claim(*ids[::6])), ids=ids, max_claims=10, max_quotes=8)


def matches(grammar: str, text: str) -> bool:
    matcher = llguidance.LLMatcher(TOKENIZER, grammar)
    tokens = list(text.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def test_a_second_draft_only_repeats_evidence_each_once_and_in_order() -> None:
    evidence = shown()
    grammar = verbatim_grammar(evidence, max_claims=2)
    assert grammar is not None
    words = {item.id: verbatim(item) for item in evidence}
    for size in range(4):
        for picked in combinations([*IDS], size):
            text = draft(*(claim(id_, text=words[id_]) for id_ in picked))
            assert matches(grammar, text) == (size in (0, 1, 2)), text
            if size in (1, 2):
                assert [item.text for item in parse_draft(text, evidence).claims] == [
                    words[i] for i in picked
                ]
    assert not matches(grammar, draft(claim("1.2", text=words["1.1"])))
    assert not matches(grammar, draft(claim("1.1", text=words["1.1"]), claim("1.1", text=words["1.1"])))
    assert not matches(grammar, draft(answerable=True))
    must = verbatim_grammar(evidence, max_claims=2, may_refuse=False)
    assert must is not None
    assert not matches(must, draft())
    assert matches(must, draft(claim("1.1", text=words["1.1"])))


def test_a_row_is_repeated_under_its_header_and_captions_are_not() -> None:
    row, caption, quoted = shown(["1.1", "1.2", "2.1"])
    changes = {"kind": SentenceKind.ROW, "header_text": "Table 1. Doses\nDrug  Dose", "text": "Iron  60 mg"}
    row = row.model_copy(update={"quote": row.quote.model_copy(update=changes)})
    caption = caption.model_copy(
        update={"quote": caption.quote.model_copy(update={"kind": SentenceKind.CAPTION})}
    )
    quoted = quoted.model_copy(update={"quote": quoted.quote.model_copy(update={"text": 'He said "no".'})})
    grammar = verbatim_grammar([row, caption, quoted], max_claims=2)
    assert grammar is not None
    assert matches(grammar, draft(claim("1.1", text="Drug Dose: Iron 60 mg")))
    assert not matches(grammar, draft(claim("1.2", text=caption.quote.text)))
    assert verbatim_grammar([caption, quoted], max_claims=2) is None
