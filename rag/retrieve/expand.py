"""A clinician's question to what is searched for: cleaned, and its abbreviations in their other forms."""

from __future__ import annotations

from rag.errors import UsageError
from rag.text import fold

MAX_CHARACTERS = 8000
"""What is longer is cut here: more than any question, and a bound on the work."""


def clean_question(question: str) -> str:
    """One line without control characters. Raises UsageError when nothing is left."""
    text = question[:MAX_CHARACTERS].encode("utf-8", "ignore").decode()
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not any(c.isalnum() for c in text):
        raise UsageError("the question is empty; ask for example: rag ask 'When is metformin stopped?'")
    return text


def other_forms(question: str, expansions: tuple[str, ...]) -> str:
    """Those expansions that the question does not hold already, as a query of their own."""
    held = fold(question)
    return " ".join(dict.fromkeys(form for form in expansions if fold(form) not in held))
