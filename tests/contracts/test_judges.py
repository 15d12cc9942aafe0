"""Judges from checkpoints against the plainest use of the same model: one pair at a time, no windows, no batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from rag.backends.nli import Seq2SeqJudge, SequenceClassificationJudge, joined, windows
from rag.errors import ModelMissing, UsageError
from rag.ports import FloatMatrix, Judge, Judgement
from rag.profiles import JudgeSource
from rag.text import words
from rag.verify.judges import SimilarityJudge
from rag.wiring import load_judge

WORDS = [
    "predict",
    ":",
    ".",
    ",",
    "give",
    "zinc",
    "for",
    "days",
    "10",
    "14",
    "20",
    "mg",
    "a",
    "day",
    "in",
    "diarrhoea",
    "warfarin",
    "not",
    "is",
    "adult",
    "child",
    "ors",
    "75",
    "ml",
    "wear",
    "gloves",
]
EVIDENCE = [
    ["Give zinc for 10 days."],
    ["Warfarin is not for a child.", "Wear gloves."],
    ["ORS 75 ml a day in diarrhoea, for a child."],
]
CLAIMS = ["Zinc for 14 days", "Give warfarin", "Wear gloves."]


def save_tokenizer(folder: Path, *, special: Sequence[str], frame: Callable[[Tokenizer], Any]) -> None:
    """A word-level tokenizer in lower case with the given special tokens first."""
    from tokenizers import normalizers

    names = [*special, *WORDS, *(f"filler{i}" for i in range(220))]
    tokenizer = Tokenizer(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token=special[1]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = frame(tokenizer)
    roles = dict(
        zip(("pad_token", "unk_token", "eos_token", "sep_token", "cls_token"), special, strict=False)
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_input_names=["input_ids", "attention_mask"], **roles
    ).save_pretrained(folder)


@pytest.fixture(scope="module")
def nli_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nli")
    return save_nli(folder, labels=3)


def save_nli(folder: Path, *, labels: int, names: dict[int, str] | None = None, positions: int = 64) -> Path:
    torch.manual_seed(7)
    special = ["[PAD]", "[UNK]", "[EOS]", "[SEP]", "[CLS]"]
    save_tokenizer(
        folder, special=special, frame=lambda t: processors.BertProcessing(("[SEP]", 3), ("[CLS]", 4))
    )
    config = BertConfig(
        vocab_size=300, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=positions, num_labels=labels, initializer_range=0.6, **({"id2label": names} if names else {}),
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def t5_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("t5")
    torch.manual_seed(7)
    save_tokenizer(
        folder,
        special=["<pad>", "<unk>", "</s>"],
        frame=lambda t: processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)]),
    )
    config = T5Config(
        vocab_size=300, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, decoder_start_token_id=0,
        pad_token_id=0, eos_token_id=2, initializer_factor=4.0,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


class WordEncoder:
    """Hashed word counts."""

    id, dimension, max_tokens = "words", 64, 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    def encode(self, texts: Sequence[str]) -> FloatMatrix:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in (*words(text), "."):
                vectors[row, sum(map(ord, word)) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(params=["similarity", "nli", "minicheck"])
def judge(request: pytest.FixtureRequest, nli_folder: Path, t5_folder: Path) -> Judge:
    if request.param == "similarity":
        return SimilarityJudge(WordEncoder())
    if request.param == "nli":
        return SequenceClassificationJudge(nli_folder, batch_size=2, device="cpu")
    return Seq2SeqJudge(t5_folder, batch_size=2, device="cpu")


class TestEveryJudge:
    def test_one_judgement_per_claim_in_range(self, judge: Judge) -> None:
        found = judge.judge(EVIDENCE, CLAIMS)
        assert len(found) == len(CLAIMS)
        assert all(0 <= s <= 1 and 0 <= r <= 1 and s + r <= 1 + 1e-9 for s, r in found)
        assert len({round(s, 6) for s, _ in found}) == len(CLAIMS), "different pairs have different scores"

    def test_order_and_company_change_nothing(self, judge: Judge) -> None:
        together = np.array(judge.judge(EVIDENCE, CLAIMS))
        reversed_ = np.array(judge.judge(EVIDENCE[::-1], CLAIMS[::-1]))[::-1]
        alone = np.array([judge.judge([e], [c])[0] for e, c in zip(EVIDENCE, CLAIMS, strict=True)])
        np.testing.assert_allclose(together, reversed_, atol=1e-5)
        np.testing.assert_allclose(together, alone, atol=1e-5)

    def test_nothing_to_compare_is_neither(self, judge: Judge) -> None:
        found = judge.judge([[], ["", " "], ["Give zinc."], ["Give zinc."]], ["Zinc", "Zinc", "", " "])
        assert found == [Judgement(0.0, 0.0)] * 4

    def test_no_claims_no_judgements(self, judge: Judge) -> None:
        assert judge.judge([], []) == []

    def test_lists_of_different_length_are_refused(self, judge: Judge) -> None:
        with pytest.raises(ValueError, match="zip"):
            judge.judge([["Give zinc."]], [])

    def test_the_id_stays(self, judge: Judge) -> None:
        assert judge.id == judge.id
        assert judge.id


# --- the plain twins -----------------------------------------------------------------------------------


def plain_nli(folder: Path, premise: str, claim: str) -> list[float]:
    """Shares of the model's outputs, in their order."""
    tokenizer, model = (
        AutoTokenizer.from_pretrained(folder),
        AutoModelForSequenceClassification.from_pretrained(folder),
    )
    with torch.no_grad():
        return list(
            model.eval()(**tokenizer(premise, claim, return_tensors="pt")).logits[0].softmax(-1).tolist()
        )


def plain_t5(folder: Path, document: str, claim: str, tokens: Sequence[int]) -> float:
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForSeq2SeqLM.from_pretrained(folder)
    batch = tokenizer(f"predict: {document}</s>{claim}", return_tensors="pt")
    with torch.no_grad():
        logits = model.eval()(**batch, decoder_input_ids=torch.zeros((1, 1), dtype=torch.long)).logits[0, 0]
    return float(logits[list(tokens)].softmax(-1)[1])


def test_nli_equals_its_plain_twin(nli_folder: Path) -> None:
    judge = SequenceClassificationJudge(nli_folder, labels=("supports", "nei", "refutes"), device="cpu")
    for judgement, texts, claim in zip(judge.judge(EVIDENCE, CLAIMS), EVIDENCE, CLAIMS, strict=True):
        supports, _, refutes = plain_nli(nli_folder, " ".join(texts), claim)
        assert judgement == pytest.approx((supports, refutes), abs=1e-5)


def test_minicheck_equals_its_plain_twin(t5_folder: Path) -> None:
    judge = Seq2SeqJudge(t5_folder, device="cpu")
    for judgement, texts, claim in zip(judge.judge(EVIDENCE, CLAIMS), EVIDENCE, CLAIMS, strict=True):
        expected = plain_t5(t5_folder, " ".join(texts), claim, (3, 209))
        assert judgement == pytest.approx((expected, 0.0), abs=1e-5)


def test_another_order_of_labels_swaps_the_values(nli_folder: Path) -> None:
    one = SequenceClassificationJudge(nli_folder, labels=("supports", "nei", "refutes"), device="cpu")
    other = SequenceClassificationJudge(nli_folder, labels=("refutes", "nei", "supports"), device="cpu")
    turned = [(r, s) for s, r in other.judge(EVIDENCE, CLAIMS)]
    np.testing.assert_allclose(one.judge(EVIDENCE, CLAIMS), turned, atol=1e-6)
    assert one.id != other.id


def test_swapped_label_tokens_swap_the_values(t5_folder: Path) -> None:
    one, other = Seq2SeqJudge(t5_folder), Seq2SeqJudge(t5_folder, label_tokens=(209, 3))
    for (supports, _), (turned, _) in zip(
        one.judge(EVIDENCE, CLAIMS), other.judge(EVIDENCE, CLAIMS), strict=True
    ):
        assert supports == pytest.approx(1 - turned, abs=1e-6)
    assert one.id != other.id


def test_a_model_with_two_outputs(tmp_path: Path) -> None:
    folder = save_nli(tmp_path, labels=2)
    judge = SequenceClassificationJudge(folder, labels=("nei", "supports"), device="cpu")
    (judgement,) = judge.judge(EVIDENCE[:1], CLAIMS[:1])
    assert judgement == pytest.approx((plain_nli(folder, EVIDENCE[0][0], CLAIMS[0])[1], 0.0), abs=1e-5)


# --- what does not fit ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("supports", "nei"), r"name 2 outputs.*has 3.*name them all"),
        (("supports", "supports", "nei"), "supports.*once"),
        (("refutes", "nei", "nei"), "supports.*once"),
        (("entailment", "nei", "refutes"), "expected"),
        (("supports",), "expected at least two"),
    ],
)
def test_labels_that_do_not_fit_are_refused(nli_folder: Path, labels: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        SequenceClassificationJudge(nli_folder, labels=labels)


def test_labels_against_the_names_in_the_checkpoint_are_refused(tmp_path: Path) -> None:
    names = {0: "contradiction", 1: "neutral", 2: "entailment"}
    folder = save_nli(tmp_path, labels=3, names=names)
    with pytest.raises(UsageError, match=r'expected \["refutes", "nei", "supports"\]'):
        SequenceClassificationJudge(folder, labels=("supports", "nei", "refutes"))
    assert SequenceClassificationJudge(folder, labels=("refutes", "nei", "supports"))


def test_label_tokens_outside_the_vocabulary_are_refused(t5_folder: Path) -> None:
    with pytest.raises(UsageError, match="0 to 299"):
        Seq2SeqJudge(t5_folder, label_tokens=(3, 300))


def test_a_missing_checkpoint_says_how_to_get_it() -> None:
    with pytest.raises(ModelMissing, match="hf download nobody/nothing"):
        SequenceClassificationJudge("nobody/nothing")


def test_pickled_weights_are_not_read(tmp_path: Path, nli_folder: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((nli_folder / name).read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelMissing, match="safe_serialization"):
        SequenceClassificationJudge(tmp_path)


def test_a_classifier_with_one_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected at least two"):
        SequenceClassificationJudge(save_nli(tmp_path, labels=1), labels=("supports",))


@pytest.mark.parametrize("kind", [SequenceClassificationJudge, Seq2SeqJudge])
def test_a_checkpoint_without_a_tokenizer_is_refused(tmp_path: Path, nli_folder: Path, kind: Any) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((nli_folder / name).read_bytes())
    with pytest.raises(ModelMissing, match=r"has no tokenizer beside the model, expected tokenizer\.json"):
        kind(tmp_path)


def test_minicheck_on_a_classifier_is_refused(nli_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"\(bert\) is no encoder-decoder.*backend = \"nli\""):
        Seq2SeqJudge(nli_folder, label_tokens=(3, 4))


@pytest.mark.parametrize("share", [0, 0.5])
def test_weights_that_are_cut_short_are_refused_by_name(
    tmp_path: Path, nli_folder: Path, share: float
) -> None:
    for path in nli_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: int(share * weights.stat().st_size)])
    with pytest.raises(ModelMissing, match=r"model\.safetensors cannot be read.*download it again"):
        SequenceClassificationJudge(tmp_path)


def test_a_checkpoint_without_a_trained_head_is_refused(tmp_path: Path, nli_folder: Path) -> None:
    for path in nli_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "model.safetensors"
    kept = {name: value for name, value in load_file(weights).items() if not name.startswith("classifier")}
    save_file(kept, weights, metadata={"format": "pt"})
    with pytest.raises(ModelMissing, match=r"lack classifier\.bias, classifier\.weight"):
        SequenceClassificationJudge(tmp_path, device="cpu").judge(EVIDENCE, CLAIMS)


def test_loading_shows_no_progress(
    nli_folder: Path, t5_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging

    logging.enable_progress_bar()
    SequenceClassificationJudge(nli_folder, device="cpu").judge(EVIDENCE, CLAIMS)
    Seq2SeqJudge(t5_folder, device="cpu").judge(EVIDENCE, CLAIMS)
    assert capfd.readouterr().err == ""


# --- long evidence -------------------------------------------------------------------------------------


def test_long_evidence_is_read_in_windows_and_the_best_counts(nli_folder: Path) -> None:
    judge = SequenceClassificationJudge(nli_folder, device="cpu")
    sentences = [f"Give zinc filler{i} for {i} days in diarrhoea, a child." for i in range(20)]
    read = windows(sentences, judge._lengths, room=64 - 3 - 4)
    assert len(read) > 3
    shares = np.array([plain_nli(nli_folder, window, CLAIMS[0]) for window in read])
    (judgement,) = judge.judge([sentences], CLAIMS[:1])
    assert judgement == pytest.approx(joined([(s, r) for s, _, r in shares]), abs=1e-5)


def test_long_evidence_for_minicheck(t5_folder: Path) -> None:
    judge = Seq2SeqJudge(t5_folder, device="cpu", max_tokens=48)
    sentences = [f"Give zinc filler{i} for {i} days in diarrhoea, a child." for i in range(20)]
    room = 48 - judge._lengths(CLAIMS[:1])[0] - judge._overhead()
    expected = max(
        plain_t5(t5_folder, text, CLAIMS[0], (3, 209))
        for text in windows(sentences, judge._lengths, room=room)
    )
    assert judge.judge([sentences], CLAIMS[:1])[0].supports == pytest.approx(expected, abs=1e-5)


def test_a_claim_too_long_for_the_model_is_never_supported(nli_folder: Path) -> None:
    judge = SequenceClassificationJudge(nli_folder, device="cpu")
    assert judge.judge([["Give zinc."]], ["zinc " * 40]) == [Judgement(0.0, 0.0)]


def word_counts(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def test_windows_are_whole_sentences_that_overlap_by_one() -> None:
    assert windows(["a b c", "d e", "f g", "h i"], word_counts, room=8) == ["a b c d e", "d e f g", "f g h i"]


@pytest.mark.parametrize("room", [3, 5, 9, 40])
def test_every_word_is_in_a_window_that_fits(room: int) -> None:
    sentences = ["a b c d e f g h i j k l", "m", "n o p", "q r s t"]
    read = windows(sentences, word_counts, room=room)
    assert {word for window in read for word in window.split()} == set(" ".join(sentences).split())
    assert all(len(window.split()) <= room for window in read)


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ([], (0, 0)),
        ([(0.2, 0.1), (0.7, 0.1)], (0.7, 0.1)),
        ([(0.8, 0.0), (0.1, 0.6)], (0.8, 0.2)),
        ([(0.6, 0.0), (0.1, 0.9)], (0.1, 0.9)),
        ([(0.7, 0.0), (0.0, 0.7)], (0.3, 0.7)),
    ],
)  # fmt: skip
def test_how_windows_are_joined(read: list[tuple[float, float]], expected: tuple[float, float]) -> None:
    assert joined(read) == pytest.approx(expected)


# --- the setting ---------------------------------------------------------------------------------------


def test_a_judge_table_makes_the_judge(tmp_path: Path, nli_folder: Path, t5_folder: Path) -> None:
    from rag.profiles import load_judge_source

    table = tmp_path / "judge.toml"
    table.write_text(
        f'[judge]\nbackend = "nli"\nmodel = {json.dumps(str(nli_folder))}\nlabels = ["supports", "nei", "refutes"]\n'
    )
    judge = load_judge(load_judge_source(table), device="cpu")
    assert isinstance(judge, SequenceClassificationJudge)
    minicheck = load_judge(
        JudgeSource(backend="minicheck", model=str(t5_folder), max_tokens=100), device="cpu"
    )
    assert isinstance(minicheck, Seq2SeqJudge)
    assert minicheck.max_tokens == 100
    assert minicheck.id.startswith("minicheck(t5-")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"no table \[judge\]"),
        ('[judge]\nbackend = "nli"', "needs a `model`"),
        ('[judge]\nbackend = "nli"\nmodel = "x"', "`labels` goes with"),
        ('[judge]\nbackend = "embedded"\nmodel = "x"', "takes no `model`"),
        ('[judge]\nbackend = "minicheck"\nmodel = "x"\nlabels = ["supports"]', "`labels` goes with"),
        ('[judge]\nbackend = "other"', "backend"),
        ("[judge", "not TOML"),
    ],
)
def test_a_wrong_judge_table_is_explained(tmp_path: Path, text: str, said: str) -> None:
    from rag.profiles import load_judge_source

    (tmp_path / "judge.toml").write_text(text)
    with pytest.raises(UsageError, match=said):
        load_judge_source(tmp_path / "judge.toml")


def test_a_hub_id_is_read_from_the_local_cache(
    nli_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    model = tmp_path / "models--someone--tiny-nli"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text("abc123")
    (model / "snapshots").mkdir()
    (model / "snapshots" / "abc123").symlink_to(nli_folder)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    cached, direct = SequenceClassificationJudge("someone/tiny-nli"), SequenceClassificationJudge(nli_folder)
    assert cached.judge(EVIDENCE, CLAIMS) == direct.judge(EVIDENCE, CLAIMS)
    assert cached.id == direct.id
    with pytest.raises(ModelMissing, match="--revision v2"):
        SequenceClassificationJudge("someone/tiny-nli", revision="v2")
