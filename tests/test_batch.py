"""``rag batch``: one Record a line, resumable, never mixing two set-ups."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import IDS, claim, parts

from rag.batch import Question, answer_all, read_questions
from rag.datatypes import Ids, Record
from rag.errors import UsageError
from rag.pipeline import ask
from rag.settings import Settings


class Asker:
    def __init__(self, ids: Ids = IDS, stop_after: int = 99) -> None:
        self.ids, self.left, self.asked = ids, stop_after, list[str]()

    def identity(self) -> Ids:
        return self.ids

    def ask(self, question: str) -> Record:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self.asked.append(question)
        return ask(question, parts([[claim(0)]]), Settings(), ids=self.ids)


QUESTIONS = [Question(id=f"q{n}", text=f"When should drug treatment start in group {n}?") for n in range(4)]


def ids_in(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_goes_on_where_it_stopped(tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    with pytest.raises(KeyboardInterrupt):
        answer_all(Asker(stop_after=2), QUESTIONS, out)
    with out.open("a", encoding="utf-8") as file:
        file.write('{"half": ')
    second = Asker()
    counts = answer_all(second, QUESTIONS, out)
    assert second.asked == [q.text for q in QUESTIONS[2:]]
    assert ids_in(out) == ["q0", "q1", "q2", "q3"]
    assert sum(counts.values()) == 4


def test_other_settings_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    answer_all(Asker(), QUESTIONS[:1], out)
    with pytest.raises(UsageError, match="settings: s then, other now"):
        answer_all(Asker(IDS.model_copy(update={"settings": "other"})), QUESTIONS, out)


def test_another_question_under_the_same_id_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    answer_all(Asker(), QUESTIONS[:1], out)
    with pytest.raises(UsageError, match="another question under the id 'q0'"):
        answer_all(Asker(), [Question(id="q0", text="Something else?")], out)


def test_ids_default_to_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"question": "a"}\n\n{"id": "x", "question": "b"}\n{"id": 7, "question": "c"}\n', encoding="utf-8"
    )
    assert read_questions(path) == [Question("1", "a"), Question("x", "b"), Question("7", "c")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{nonsense\n", "line 1: not JSON", id="not_json"),
        pytest.param('["a"]\n', "line 1: expected an object", id="not_an_object"),
        pytest.param('{"question": 3}\n', "line 1: expected an object", id="not_a_text"),
        pytest.param(
            '{"question": "a", "id": 1}\n{"question": "b", "id": "1"}\n', "more than once", id="id_twice"
        ),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_questions(path)


@pytest.mark.parametrize(
    "content", ['{"question": "When?"}', "notes\nmore notes\n", '{"question": "When?"}\n{"half']
)
def test_a_file_that_holds_no_records_is_left_alone(tmp_path: Path, content: str) -> None:
    out = tmp_path / "questions.jsonl"
    out.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="give another --out"):
        answer_all(Asker(), QUESTIONS, out)
    assert out.read_text(encoding="utf-8") == content


def test_a_first_record_that_was_cut_is_written_again(tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    out.write_text('{"version":1,"id":"q0","ques', encoding="utf-8")
    answer_all(Asker(), QUESTIONS[:1], out)
    assert ids_in(out) == ["q0"]


def test_a_question_may_hold_a_line_separator_and_the_file_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes('\ufeff{"question": "a\u2028b"}\r\n'.encode())
    assert read_questions(path) == [Question("1", "a\u2028b")]
