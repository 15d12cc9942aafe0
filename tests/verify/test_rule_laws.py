"""Laws of all the rules together, over sentences that hypothesis puts together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rag.datatypes import Quote
from rag.ports import CheckInput
from rag.verify.drugs import Drugs
from rag.verify.exchange import Exchange
from rag.verify.negation import Negation
from rag.verify.numbers import Numbers
from rag.verify.population import Population
from rag.verify.strength import Strength

RULES = (Numbers(), Negation(), Drugs(), Population(), Strength(), Exchange())
laws = settings(max_examples=60, deadline=None)  # the time of one example says nothing on a busy machine

who = st.sampled_from(("Adults", "Children", "Pregnant women", "Patients with asthma", "Older adults", "Health workers", "Patients", "People on dialysis"))  # fmt: skip
strength = st.sampled_from(
    ("should receive", "may receive", "must not receive", "are given", "can be offered", "should not stop")
)
drug = st.sampled_from(("amoxicillin", "warfarin", "metformin", "zinc", "prednisolone"))
unit = st.sampled_from(("mg", "g", "mL", "mg/kg", "micrograms", "IU", "tablets"))
often = st.sampled_from(
    ("once daily", "twice daily", "every 8 hours", "weekly", "for 7 days", "for at least 4 weeks", "")
)
tail = st.sampled_from(
    (
        "",
        ", unless it is contraindicated",
        " (low-certainty evidence)",
        " before surgery",
        " if the eGFR is below 30 mL/min",
        ", not 900 mg",
    )
)
value = st.one_of(st.integers(1, 2000).map(str), st.integers(1, 99).map(lambda n: f"{n / 10:g}"))
sentence = st.builds(
    lambda w, s, d, v, u, o, t: " ".join(f"{w} {s} {d} {v} {u} {o}".split()) + f"{t}.",
    who, strength, drug, value, unit, often, tail,
)  # fmt: skip


class _Nowhere:
    def document(self, document_id: str) -> Any:
        raise KeyError(document_id)


def case(claim: str, quotes: Sequence[str]) -> CheckInput:
    made = tuple(
        Quote(document="", document_id="", title="", page=1, section=(), start=0, end=len(text), text=text)
        for text in quotes
    )
    return CheckInput("", claim, made, (), _Nowhere())


def failed(claim: str, quotes: Sequence[str]) -> set[str]:
    return {rule.name for rule in RULES if not rule(case(claim, quotes)).passed}


@laws
@given(sentence, st.lists(sentence, max_size=2))
def test_a_claim_equal_to_its_quote_passes_every_rule(text: str, others: list[str]) -> None:
    assert not failed(text, [text])
    assert "numbers" not in failed(text, [*others, text])


@laws
@given(sentence, sentence)
def test_white_space_and_case_change_nothing(claim: str, quote: str) -> None:
    before = failed(claim, [quote])
    assert failed(f"  {claim.replace(' ', '  ')}\n", [quote]) == before
    broken = quote.replace(", ", ",\n")
    assert failed(claim, [f"\t{broken} "]) == before
    assert failed(claim.upper(), [quote]) == before
    assert failed(claim, [quote.upper()]) == before


@laws
@given(sentence, sentence, st.integers(1, 2000), unit)
def test_an_unrelated_quote_lends_no_number_it_does_not_hold(
    quote: str, other: str, number: int, of: str
) -> None:
    """A figure that neither quote has with this unit fails, however many quotes are added."""
    figures = (f"{number} {of}", f"{number / 1000:g} ", f"{number * 1000} ", f" {number} ")
    assume(not any(figure.strip() in text for figure in figures for text in (quote, other)))
    claim = f"Give {number} {of}."
    assert "numbers" in failed(claim, [quote])
    assert "numbers" in failed(claim, [quote, other])


@laws
@given(sentence, value, value)
def test_a_changed_figure_fails(quote: str, one: str, other: str) -> None:
    assume(float(one) != float(other))
    text = f"Amoxicillin is given at {one} mg. {quote}"
    assume(f"{other} " not in quote and f"{float(other) / 1000:g} g" not in quote)
    assert "numbers" in failed(f"Amoxicillin is given at {other} mg.", [text])


@laws
@given(sentence, sentence)
def test_no_order_of_quotes_matters(one: str, other: str) -> None:
    claim = f"{one[:-1]} and so on."
    assert failed(claim, [one, other]) == failed(claim, [other, one])
