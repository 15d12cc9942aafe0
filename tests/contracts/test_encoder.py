"""The encoder on values: canonical vectors, padding, precision, and what costs no loading."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag.backends.sentence_transformers import SentenceTransformerEncoder
from rag.errors import ModelMissing
from rag.models import encoder_folder, rag_home

TEXTS = [
    "Metformin is stopped when eGFR falls below 30.",
    "a",
    "Give isoniazid and rifapentine once a week for three months. " * 20,
    "",
]
CANONICAL = {"hello world": [-0.03447727, 0.03102318, 0.00673494, 0.02610896, -0.03936202]}
"""First five values of the published model in float32."""


@pytest.fixture(scope="module")
def folder() -> Path:
    return encoder_folder(rag_home())


@pytest.fixture(scope="module")
def make(folder: Path) -> Callable[[str], SentenceTransformerEncoder]:
    made: dict[str, SentenceTransformerEncoder] = {}

    def encoder(dtype: str) -> SentenceTransformerEncoder:
        if dtype not in made:
            made[dtype] = SentenceTransformerEncoder(folder, device="cpu", dtype=dtype)  # type: ignore[arg-type]
        return made[dtype]

    return encoder


@pytest.mark.model
def test_canonical_values(make: Callable[[str], SentenceTransformerEncoder]) -> None:
    vectors = make("float32").encode(list(CANONICAL))
    np.testing.assert_allclose(vectors[:, :5], list(CANONICAL.values()), atol=1e-5)


@pytest.mark.model
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("bfloat16", 0.02)])
def test_vector_does_not_depend_on_its_batch(
    make: Callable[[str], SentenceTransformerEncoder], dtype: str, tolerance: float
) -> None:
    encoder = make(dtype)
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=tolerance)


@pytest.mark.model
def test_vectors_are_float32_of_length_one(make: Callable[[str], SentenceTransformerEncoder]) -> None:
    vectors = make("bfloat16").encode(TEXTS)
    assert (vectors.dtype, vectors.shape) == (np.float32, (4, 384))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.model
def test_bfloat16_is_near_float32(make: Callable[[str], SentenceTransformerEncoder]) -> None:
    cosines = np.einsum("nd,nd->n", make("bfloat16").encode(TEXTS), make("float32").encode(TEXTS))
    assert cosines.min() > 0.995


@pytest.mark.model
def test_text_beyond_the_limit_changes_nothing(make: Callable[[str], SentenceTransformerEncoder]) -> None:
    text = "dose " * 300
    encoder = make("float32")
    np.testing.assert_allclose(encoder.encode([text]), encoder.encode([text + "aspirin"]), atol=1e-6)


@pytest.mark.model
def test_no_texts_give_no_vectors(make: Callable[[str], SentenceTransformerEncoder]) -> None:
    assert make("float32").encode([]).shape == (0, 384)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "count"), [("hello world", 2), ("", 0), ("dose " * 600, 600), ("tokenization", 2)], ids=repr
)
def test_tokens_are_counted_without_cutting(folder: Path, text: str, count: int) -> None:
    assert SentenceTransformerEncoder(folder).count_tokens([text, "a"]) == [count, 1]


@pytest.mark.model
def test_id_sizes_and_tokens_load_no_weights(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from rag.backends.sentence_transformers import SentenceTransformerEncoder as E;"
        f"e = E(Path({str(folder)!r})); e.count_tokens(['a']);"
        "assert 'torch' not in sys.modules; print(e.id, e.dimension, e.max_tokens)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["bert-6x384-mean256-53aa51172d14", "384", "256"]


def test_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"modules\.json is not there; run `rag models fetch"):
        SentenceTransformerEncoder(tmp_path)
