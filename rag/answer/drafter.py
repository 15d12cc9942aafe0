"""Selected sentences to a draft: packed into the writer's context, written under the grammar, read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rag.answer.grammar import answer_grammar, parse_draft, verbatim_grammar
from rag.answer.prompts import as_data, load_prompt, render
from rag.datatypes import Draft, Evidence
from rag.errors import WriterError
from rag.ports import Prompt, Writer
from rag.settings import WritingSettings

_HEADING_CHARACTERS = 120
# A sentence that starts so points back at the one before it.
_POINTS_BACK = re.compile(
    r"(?i:this|these|those|that|such|it|they|he|she|its|their|however|therefore|thus|otherwise|if so|also|instead"
    r"|in (?:this|these|such)|for (?:this|these|such|them)|the (?:latter|former|same))\b|[a-z]"
)


class WriterDrafter:
    """Fits ``ports.Drafter``."""

    def __init__(self, writer: Writer, settings: WritingSettings, family: str) -> None:
        self._writer = writer
        self._settings = settings
        self._file = load_prompt("answer", family)

    @property
    def prompt_id(self) -> str:
        """Task, family and hash of the prompt file."""
        return self._file.id

    def draft(
        self, question: str, evidence: Sequence[Evidence], *, attempt: int, failures: Sequence[str] = ()
    ) -> Draft:
        """Raises WriterError when not even one sentence fits into the writer's context."""
        shown, prompt = self._pack(question, _in_order(evidence), failures)
        grammar = self._grammar(
            shown,
            own_words=attempt == 1 and self._settings.words == "own",
            may_refuse=attempt == 1 or bool(failures),
        )
        written = self._writer.write(
            prompt,
            grammar=grammar,
            max_tokens=self._settings.max_output_tokens,
            seed=self._settings.seed + attempt - 1,
            temperature=self._settings.temperature,
            top_p=self._settings.top_p,
        )
        read = parse_draft(written.text, shown)
        error = read.error
        if not written.finished:
            error = f"the draft was cut after {written.output_tokens} tokens"
        return Draft(
            attempt=attempt,
            answerable=read.answerable and error is None,
            claims=() if error else read.claims,
            raw=written.text,
            error=error,
            prompt_tokens=written.prompt_tokens,
            output_tokens=written.output_tokens,
        )

    def _grammar(self, shown: Sequence[Evidence], *, own_words: bool, may_refuse: bool) -> str:
        """In the writer's own words, or a choice of sentences to repeat where any can be.

        Asked again without a failure to tell, it has refused before, and must choose: a small writer's refusal is
        worth little, and the pipeline asks more of what it chooses then.
        """
        most = self._settings.max_claims
        repeat = None if own_words else verbatim_grammar(shown, max_claims=most, may_refuse=may_refuse)
        ids = [item.id for item in shown]
        return repeat or answer_grammar(ids, max_claims=most, max_quotes=self._settings.max_quotes)

    def _pack(
        self, question: str, evidence: list[Evidence], failures: Sequence[str]
    ) -> tuple[list[Evidence], Prompt]:
        """As much of the evidence as fits with room for the output: the worst goes first, whole."""
        room = self._writer.context_tokens - self._settings.max_output_tokens
        room -= self._writer.count_tokens(self._file.fixed)
        shown = list(evidence)
        while shown:
            prompt = self._render(question, shown, failures)
            if self._writer.count_tokens(prompt.variable) <= room:
                return shown, prompt
            shown.remove(min(shown, key=lambda item: item.score))
        raise WriterError(
            f"the question and one sentence do not fit into the {self._writer.context_tokens} tokens "
            f"of {self._writer.id}; ask a shorter question"
        )

    def _render(self, question: str, shown: Sequence[Evidence], failures: Sequence[str]) -> Prompt:
        values = {
            "evidence": "\n".join(_lines(shown)),
            "question": as_data(question),
            "failures": _told(failures),
        }
        return render(self._file, values)


def _in_order(evidence: Sequence[Evidence]) -> list[Evidence]:
    """By passage and position, as the ids count."""
    return sorted(evidence, key=lambda item: tuple(int(part) for part in item.id.split(".")))


def _lines(shown: Sequence[Evidence]) -> Iterator[str]:
    """Heading, table header, what opens a list, and sentences of each passage. Only what may be cited has a number."""
    quoted = {item.quote.text for item in shown}
    heading = header = lead_in = None
    for _, group in groupby(shown, key=lambda item: item.passage_id):
        for item in group:
            if (new := _heading(item)) != heading:
                heading, header, lead_in = new, None, None
                yield heading
            if item.quote.header_text and item.quote.header_text != header:
                header = item.quote.header_text
                yield f"Table: {as_data(header)}"
            if item.quote.lead_in and item.quote.lead_in != lead_in:
                lead_in = item.quote.lead_in
                yield "List: " + " > ".join(as_data(line) for line in reversed(lead_in))
            yield _sentence(item, quoted)


def _sentence(item: Evidence, quoted: set[str]) -> str:
    """The numbered sentence, after its predecessor in brackets when it points back at it."""
    line = f"[{item.id}] {as_data(item.quote.text)}"
    if item.before and item.before not in quoted and _POINTS_BACK.match(item.quote.text):
        line = f"({as_data(item.before)})\n{line}"
    if item.after and item.after not in quoted and item.quote.text.rstrip().endswith(":"):
        line = f"{line}\n({as_data(item.after)})"
    return line


def _heading(item: Evidence) -> str:
    path = " > ".join(as_data(part) for part in (item.quote.title, *item.quote.section[-2:]) if part.strip())
    return path if len(path) <= _HEADING_CHARACTERS else path[: _HEADING_CHARACTERS - 1] + "…"


def _told(failures: Sequence[str]) -> str:
    """What was wrong with the draft before, for the next attempt."""
    if not failures:
        return ""
    return " (An earlier answer was rejected: " + "; ".join(as_data(failure) for failure in failures) + ")"
