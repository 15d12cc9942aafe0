"""The second opinion: what it reads, the two linear maps, and the real writer's states."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from rag.backends.joined import LAYERS, Joined, Maps, WriterStates, features, nearest, softmax
from rag.errors import ModelMissing, UsageError
from rag.models import rag_home, writer_folder
from rag.ports import Judgement
from rag.wiring import embedded_judge, second_opinion

WORDS = st.lists(st.sampled_from(["zinc", "dose", "of", "child", "10", "mg"]), min_size=1, max_size=8).map(
    " ".join
)


@given(st.lists(WORDS, max_size=8), WORDS, st.integers(min_value=8, max_value=30))
def test_nearest_keeps_sentences_whole_and_in_order(sentences: list[str], claim: str, most: int) -> None:
    text = nearest(sentences, claim, most_words=most)
    assert len(text.split()) <= most
    rest = iter(" ".join(sentences).split())
    assert all(word in rest for word in text.split())
    if sum(len(one.split()) for one in sentences) <= most:
        assert text == " ".join(sentences)


def test_nearest_prefers_what_shares_words() -> None:
    sentences = ["Wash your hands before meals.", "Zinc shortens diarrhoea.", "Bring the child back at once."]
    assert (
        nearest(sentences, "Zinc shortens diarrhoea in a child.", most_words=3) == "Zinc shortens diarrhoea."
    )


def test_nearest_cuts_a_sentence_that_is_too_long_alone() -> None:
    assert nearest(["one two three four", "five"], "one", most_words=2) == "one two"


def test_features_do_not_depend_on_what_is_added_to_all_three_logits() -> None:
    said = [Judgement(0.7, 0.1), Judgement(0.0, 1.0)]
    logits = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]], np.float32)
    one, other = features(said, logits, [0.2, 0.9]), features(said, logits + 5, [0.2, 0.9])
    np.testing.assert_allclose(one, other, atol=1e-5)
    assert one.shape == (2, 6)
    assert np.isfinite(one).all()


@given(st.lists(st.floats(-500, 500, width=32), min_size=3, max_size=3))
def test_softmax_gives_shares_of_one(logits: list[float]) -> None:
    found = softmax(np.array([logits], np.float32))
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1, abs=1e-5)


# --- maps -------------------------------------------------------------------------------------------------


class OneState:
    def of(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.ones((len(pairs), 4), np.float32)


class OneVector:
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.tile(np.array([[1.0, 0.0]], np.float32), (len(texts), 1))


def hears(columns: int) -> np.ndarray:
    """A map that hears nothing but the first judge."""
    heard = np.zeros((columns, 3), np.float32)
    heard[0, 0], heard[1, 1] = 1, 1
    return heard


@pytest.fixture
def maps(tmp_path: Path) -> Maps:
    path = tmp_path / "second.safetensors"
    none = np.zeros(3, np.float32)
    parts = {"near": hears(3), "near_bias": none, "probe": np.zeros((4, 3), np.float16), "probe_bias": none,
             "join": hears(6), "join_bias": none}  # fmt: skip
    save_file(parts, path, metadata={"about": json.dumps({"writer": "w", "judge": "says-1"})})
    return Maps(path)


SAID = [Judgement(0.9, 0.05), Judgement(0.9, 0.05), Judgement(0.1, 0.8)]


@pytest.mark.parametrize("states", [None, OneState()])
def test_the_join_hears_the_first_judge(maps: Maps, states: Any) -> None:
    second = Joined("says-1", OneVector(), maps, states)  # type: ignore[arg-type]
    found = second.again([["Give zinc."], [], ["Give zinc."]], ["zinc", "zinc", "no"], SAID)
    assert found[0].supports > 0.8 > 0.2 > found[0].refutes
    assert found[1] == Judgement(0.0)
    assert found[2].refutes > found[2].supports
    assert second.id.startswith("says-1+second-")
    assert second.id.endswith("+writer") == (states is not None)


def test_nothing_asked_nothing_said(maps: Maps) -> None:
    assert Joined("says-1", OneVector(), maps).again([], [], []) == []  # type: ignore[arg-type]


def test_maps_of_another_judge_are_refused(maps: Maps) -> None:
    with pytest.raises(UsageError, match=r"says-1.*says-2"):
        Joined("says-2", OneVector(), maps)  # type: ignore[arg-type]


def test_without_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"training/second\.py"):
        Maps(tmp_path / "second.safetensors")


# --- the real ones ------------------------------------------------------------------------------------------

PAIRS = [
    ("Zinc shortens diarrhoea in children.", "In children with diarrhoea, zinc made the illness shorter."),
    ("Zinc prolongs diarrhoea in children.", "In children with diarrhoea, zinc made the illness shorter."),
    ("Aspirin is safe in dengue.", "Wash your hands before meals. " * 10),
]


@pytest.mark.model
@pytest.mark.slow
def test_states_do_not_depend_on_the_batch() -> None:
    states = WriterStates(writer_folder(rag_home()), layers=LAYERS[:1])
    together = states.of(PAIRS)
    alone = np.concatenate([states.of([pair]) for pair in PAIRS])
    assert together.shape[0] == 3
    for one, other in zip(together, alone, strict=True):
        assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.995


def opinions(*, thorough: bool) -> list[Judgement]:
    judge = embedded_judge()
    second = second_opinion(judge, thorough=thorough)
    assert second is not None
    evidence, claims = [[text] for _, text in PAIRS], [claim for claim, _ in PAIRS]
    return second.again(evidence, claims, judge.judge(evidence, claims))


@pytest.mark.model
def test_a_rewording_is_told_from_something_else() -> None:
    """From its opposite it is not: shorter and longer are alike to judge and cosine."""
    right, _, silent = opinions(thorough=False)
    assert right.supports > 0.5 > silent.supports


@pytest.mark.model
@pytest.mark.slow
def test_with_the_writer_a_rewording_is_told_from_its_opposite() -> None:
    right, opposite, silent = opinions(thorough=True)
    assert right.supports > 0.5 > opposite.supports
    assert silent.supports < 0.5


class Says:
    id = "says-1"

    def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
        return [Judgement(0.5) for _ in claims]


@pytest.mark.model
def test_no_second_opinion_for_another_judge() -> None:
    assert second_opinion(Says()) is None
    with pytest.raises(UsageError, match="says-1"):
        second_opinion(Says(), thorough=True)
