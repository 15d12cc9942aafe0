"""Citation recall and precision on Records made by hand, the sums written out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import fakes
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "eval"))

import alce
from alce_lib.measure import GoldPlace, mean_of, over_questions, stands_at
from alce_lib.systems import SYSTEMS, Citation

from rag.datatypes import Claim, Record, Selection, Status
from rag.ports import Judgement

FIRST, SECOND, THIRD = fakes.SENTENCES
NEEDS_BOTH = "Start at 140/90 mmHg and follow up monthly."


class TableJudge:
    """Supports what its table says; a sentence supports itself, alone or among others."""

    id = "table"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [Judgement(float(self._holds(set(e), c))) for e, c in zip(evidence, claims, strict=True)]

    def _holds(self, given: set[str], claim: str) -> bool:
        return claim in given or (claim == NEEDS_BOTH and {FIRST, SECOND} <= given)


def record(identity: str, *claims: Claim, selected: Sequence[int] = (0, 1, 2)) -> Record:
    evidence = tuple(fakes.evidence(n).model_copy(update={"score": 0.9 - n / 10}) for n in selected)
    return Record(
        id=identity, question="?", asked_at="", status=Status.ANSWERED if claims else Status.ABSTAINED,
        answer="text" if claims else None, claims=claims, reason=None if claims else "nothing", hits=(fakes.HIT,),
        selection=Selection(evidence=evidence, reason=None if evidence else "nothing"), ids=fakes.IDS,
    )  # fmt: skip


def claim(text: str, *numbers: int) -> Claim:
    return Claim(text=text, quotes=tuple(fakes.quote(n) for n in numbers))


def place(number: int, *, page: int = 1, part: int = 1) -> GoldPlace:
    return GoldPlace(fakes.DOCUMENT.name, page, fakes.SENTENCES[number], part)


RECORDS = [
    # Claim 1 needs both its quotes: recall 1/1, precision 2/2. Claim 2 is supported by none: 0/1, 0/1.
    # Together: recall 1/2, precision 2/3.
    record("a", claim(NEEDS_BOTH, 0, 1), claim("Pigs fly.", 2)),
    # Supported by the first quote; the second neither supports alone nor is missed: recall 1/1, precision 1/2.
    record("b", claim(FIRST, 0, 1)),
    record("c", selected=()),  # an abstention where there is an answer
    record("d", selected=()),  # an abstention where there is none
]
GOLD = {"a": [place(0, part=1), place(1, part=2)], "b": [place(0)], "c": [place(2)], "d": []}


@pytest.fixture(scope="module")
def rows() -> dict[str, alce.Row]:
    return alce.measure(RECORDS, TableJudge(), GOLD, threshold=0.5)


@pytest.mark.parametrize(
    ("system", "column", "value"),
    [
        ("the system", "coverage", 2 / 4),
        ("the system", "statements", 3 / 4),
        ("the system", "recall", (1 / 2 + 1) / 2),
        ("the system", "precision", (2 / 3 + 1 / 2) / 2),
        ("the system", "recall, pooled", 2 / 3),
        ("the system", "precision, pooled", 3 / 5),
        # a: both parts cited, b: its part, c: nothing. Citations at gold: a 2 of 3, b 1 of 2.
        ("the system", "gold recall", (1 + 1 + 0) / 3),
        ("the system", "gold recall, answered", (1 + 1) / 2),
        ("the system", "gold precision", 3 / 5),
        ("the system", "gold precision, answered", (2 / 3 + 1 / 2) / 2),
        # Three sentences for each of four questions, each supporting itself.
        ("copy the top passage", "coverage", 1),
        ("copy the top passage", "statements", 3),
        ("copy the top passage", "recall", 1),
        ("copy the top passage", "precision", 1),
        ("copy the top passage", "gold recall", 1),
        ("copy the top passage", "gold precision", (2 + 1 + 1 + 0) / 12),
        # The first sentence where something was selected.
        ("copy the top sentence", "coverage", 2 / 4),
        ("copy the top sentence", "recall", 1),
        ("copy the top sentence", "gold recall", (1 / 2 + 1 + 0) / 3),
        ("copy the top sentence", "gold precision", 2 / 2),
        # a: three citations a claim, two of them needed by claim 1; b: three, the first supports alone.
        ("cite everything", "recall, pooled", 2 / 3),
        ("cite everything", "precision, pooled", (2 + 0 + 1) / 9),
        ("cite everything", "gold precision", (2 + 2 + 1) / 9),
    ],
)  # fmt: skip
def test_values(rows: dict[str, alce.Row], system: str, column: str, value: float) -> None:
    assert rows[system][column].value == pytest.approx(value)


def test_random_citations_are_as_many_and_the_same_each_time() -> None:
    trick = SYSTEMS["cite at random"]
    assert [len(s.citations) for s in trick(RECORDS[0])] == [2, 1]
    assert trick(RECORDS[0]) == trick(RECORDS[0])
    drawn = {SYSTEMS["cite at random"](record(str(n), claim(FIRST, 0)))[0].citations for n in range(30)}
    assert len(drawn) == 3


@pytest.mark.parametrize(
    ("text", "page", "found"),
    [
        (FIRST, 1, True),
        (FIRST, 2, False),
        (FIRST.upper(), 1, True),
        (SECOND, 1, False),
        (f"{SECOND} {FIRST} {THIRD}", 1, True),  # the gold quote lies inside
        ("Start drug treatment at", 1, True),  # four of nine tokens, all inside: 2 * 4 / 13
        ("Start", 1, False),  # too short to say anything
        ("", 1, False),
    ],
)
def test_where_a_citation_stands(text: str, page: int, found: bool) -> None:
    assert stands_at(Citation(fakes.DOCUMENT.name, page, text), place(0)) is found


def test_intervals() -> None:
    assert over_questions([(1, 2), (3, 4)]).value == 4 / 6
    assert over_questions([(1, 1)] * 5)[1:] == (1, 1)
    low, high = over_questions([(n % 2, 1) for n in range(100)])[1:]
    assert 0.38 < low < 0.45 and 0.55 < high < 0.62
    assert over_questions([mean_of((0, 0))]).value is None
    assert str(over_questions([])) == "–"


def test_the_table_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = tmp_path / "r.jsonl", tmp_path / "t.md"
    path.write_text("\n".join(r.model_dump_json() for r in RECORDS) + "\n", encoding="utf-8")
    monkeypatch.setattr(alce, "load", lambda name: TableJudge())
    monkeypatch.setattr(sys, "argv", ["alce.py", "--records", str(path), "--markdown", str(out)])
    assert alce.main() == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[2].startswith("| | the system | copy the top passage |")
    assert any(line.startswith("| recall | 75.0 (50–100) | 100.0") for line in lines)
    assert any(line.startswith("| gold recall | – |") for line in lines)  # no question file was given
    path.write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="holds no Record"):
        alce.load_records(path)
