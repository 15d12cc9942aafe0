"""Checked premises in plain words."""

from __future__ import annotations

import re

from rag.datatypes import Premise

_FULL_STOP = re.compile(r"[.\s]+$")


def correction(premise: Premise) -> str:
    """A refuted premise and what the documents say instead."""
    said = "; ".join(f"“{' '.join(quote.text.split())}”" for quote in premise.quotes)
    return f"The documents do not say that {_lowered(premise.text)}; they say: {said}"


def doubt(premise: Premise) -> str:
    """A premise that was not found."""
    return f"The documents here do not confirm that {_lowered(premise.text)}."


def _lowered(text: str) -> str:
    """Within a sentence: an ordinary first word in small letters, no stop at the end."""
    text = _FULL_STOP.sub("", text)
    first = text.split(" ", 1)[0]
    is_name = not first.isalpha() or first == "I" or (len(first) > 1 and not first[1:].islower())
    return text if is_name else text[:1].lower() + text[1:]
