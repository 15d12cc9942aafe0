"""Every writer against the port, on values. The model is a tiny random Llama of Meditron's architecture."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.answer.drafter import WriterDrafter
from rag.answer.grammar import answer_grammar, parse_draft
from rag.backends.openai import OpenAIWriter
from rag.backends.replay import ReplayWriter, prompt_key
from rag.backends.transformers import Savings, TransformersWriter
from rag.datatypes import Evidence, Quote
from rag.errors import ModelMissing, UsageError, WriterError
from rag.ports import Prompt
from rag.profiles import Profile, check_fits, load_profile
from rag.settings import WritingSettings

TEXT = (
    "Adults start veltarin at 20 mg once daily. If creatinine clearance is below 30 mL/min, the starting dose is 10 mg. "
    'yes no Yes No {"answerable":true,"claims":[{"evidence":["1.1"],"claim":"Potassium."}]} Question Evidence answer '
)
IDS = ["1.1", "1.2", "2.1", "2.2", "3.1"]
PROMPT = Prompt(
    "Answer from the evidence.\n", "[1.1] Adults start veltarin at 20 mg once daily.\nQuestion: dose?\n"
)


def evidence(count: int = 5) -> list[Evidence]:
    texts = [f"Adults start veltarin at {10 * (n + 1)} mg once daily." for n in range(count)]
    return [
        Evidence(
            id=IDS[n],
            score=0.9 - n / 10,
            passage_id=f"p{IDS[n][0]}",
            quote=Quote(
                document="guide.pdf",
                document_id="a" * 64,
                title="Veltarin guide",
                page=n + 1,
                section=("Dosing",),
                start=100 * n,
                end=100 * n + len(text),
                text=text,
            ),
        )
        for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama with grouped-query attention and a byte-level tokenizer, saved to disk in float32."""
    import tokenizers
    import torch
    from tokenizers import decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny") / "llama"
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        [TEXT] * 20,
        trainers.BpeTrainer(
            vocab_size=512,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(
        folder
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=576,  # larger than the tokenizer's, as real ones are
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=3,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=1,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def writer(tiny_llama: Path) -> TransformersWriter:
    return TransformersWriter(tiny_llama, quantisation="none", context_tokens=4096, threads=1)


def write(writer: TransformersWriter, prompt: Prompt = PROMPT, *, seed: int = 0, **options: Any) -> str:
    grammar = answer_grammar(IDS, max_claims=2, max_quotes=2)
    return writer.write(prompt, grammar=grammar, max_tokens=60, seed=seed, **options).text


@pytest.mark.parametrize(
    "savings",
    [
        pytest.param(Savings(keep_prefix=False), id="no_prefix"),
        pytest.param(Savings(guess=False), id="no_guess"),
        pytest.param(Savings(batch_forced=False), id="forced_one_by_one"),
        pytest.param(Savings(False, False, False), id="nothing_saved"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"temperature": 1.2, "top_p": 0.9}], ids=["greedy", "sampled"])
def test_savings_change_no_byte(
    tiny_llama: Path, writer: TransformersWriter, savings: Savings, options: dict[str, Any]
) -> None:
    plain = TransformersWriter(tiny_llama, quantisation="none", context_tokens=4096, savings=savings)
    for number in range(2):
        prompt = Prompt(PROMPT.fixed, PROMPT.variable + f"Take {number} of 20 mg once daily.\n")
        assert write(writer, prompt, seed=number, **options) == write(plain, prompt, seed=number, **options)


def test_a_prefix_kept_on_disk_changes_no_byte(
    tiny_llama: Path, writer: TransformersWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written by the first process, read by the second, made anew when it is damaged."""

    def another() -> TransformersWriter:
        return TransformersWriter(
            tiny_llama, quantisation="none", context_tokens=4096, prefix_folder=tmp_path
        )

    assert write(another()) == write(writer)
    (kept,) = tmp_path.iterdir()
    ran: list[int] = []
    second, forward = another(), TransformersWriter._forward
    monkeypatch.setattr(
        TransformersWriter,
        "_forward",
        lambda self, cache, tokens, rows: ran.append(len(tokens)) or forward(self, cache, tokens, rows=rows),
    )
    assert write(second) == write(writer)
    assert ran[0] < writer.count_tokens(PROMPT.fixed + PROMPT.variable)
    kept.write_bytes(b"damaged")
    assert write(another()) == write(writer)
    assert kept.stat().st_size > 1000


def test_greedy_is_the_masked_argmax_of_a_plain_model(tiny_llama: Path, writer: TransformersWriter) -> None:
    """The slow, obvious twin: the whole text through the model again for every token, no cache."""
    import llguidance
    import llguidance.hf
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
    model = AutoModelForCausalLM.from_pretrained(tiny_llama).eval()
    matcher = llguidance.LLMatcher(
        llguidance.hf.from_tokenizer(tokenizer, n_vocab=576), answer_grammar(IDS, max_claims=2, max_quotes=2)
    )
    tokens, output = tokenizer(PROMPT.fixed + PROMPT.variable)["input_ids"], []
    while not matcher.is_stopped() and len(output) < 60:
        forced = matcher.compute_ff_tokens()
        if not forced:
            with torch.inference_mode():
                logits = model(torch.tensor([tokens + output])).logits[0, -1].numpy()
            mask = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), np.uint8), bitorder="little")
            forced = [int(np.where(mask[: len(logits)] == 1, logits, -np.inf).argmax())]
        matcher.consume_tokens(forced)
        output += forced
    assert write(writer) == tokenizer.decode(output[:60])


def test_same_seed_same_text_and_seeds_differ(writer: TransformersWriter) -> None:
    texts = [write(writer, seed=seed, temperature=1.5) for seed in (1, 1, 2, 3)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


def test_top_p_near_zero_is_greedy(writer: TransformersWriter) -> None:
    assert write(writer, seed=5, temperature=1.0, top_p=1e-9) == write(writer)


def test_a_random_model_never_leaves_the_offered_ids(writer: TransformersWriter) -> None:
    """Adversary: nearly uniform tokens. Whatever ends is a string of the grammar and reads back."""
    offered, ended = evidence(), 0
    for seed in range(10):
        shown = random.Random(seed).sample(offered, k=1 + seed % 5)
        shown.sort(key=lambda item: item.id)
        grammar = answer_grammar([item.id for item in shown], max_claims=2, max_quotes=2)
        result = writer.write(PROMPT, grammar=grammar, max_tokens=300, seed=seed, temperature=2.0)
        read = parse_draft(result.text, shown)
        assert (read.error is None) == result.finished, result.text
        ended += result.finished
        quotes = [quote for claim in read.claims for quote in claim.quotes]
        assert all(quote in [item.quote for item in shown] for quote in quotes)
    assert ended >= 3


def test_a_cut_output_is_not_finished(writer: TransformersWriter) -> None:
    grammar = answer_grammar(IDS, max_claims=2, max_quotes=2)
    result = writer.write(PROMPT, grammar=grammar, max_tokens=8, seed=0)
    assert not result.finished
    assert result.output_tokens == 8


def test_counts(writer: TransformersWriter) -> None:
    assert writer.count_tokens("") == 0
    result = writer.write(PROMPT, grammar='start: "yes" | "no"', max_tokens=5, seed=0)
    assert result.prompt_tokens == writer.count_tokens(PROMPT.fixed + PROMPT.variable)
    assert result.text in ("yes", "no")
    assert result.finished


def test_a_prompt_without_room_is_refused(tiny_llama: Path) -> None:
    small = TransformersWriter(tiny_llama, quantisation="none", context_tokens=40)
    with pytest.raises(WriterError, match=r"room for 30 more; the context has 40"):
        small.write(PROMPT, grammar='start: "yes"', max_tokens=30, seed=0)


def test_a_broken_grammar_is_a_writer_error_and_the_writer_lives_on(writer: TransformersWriter) -> None:
    before = write(writer)
    with pytest.raises(WriterError, match="grammar"):
        writer.write(PROMPT, grammar="start: nothing_defined", max_tokens=10, seed=0)
    assert write(writer) == before


def test_yes_probability_is_the_share_of_the_plain_model(
    tiny_llama: Path, writer: TransformersWriter
) -> None:
    """Packed into one pass or asked one by one: the same as the plain softmax."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
    model = AutoModelForCausalLM.from_pretrained(tiny_llama).eval()
    prompts = [Prompt("Say yes or no.\n", f"Is {n} mg {'very ' * n}much?\n") for n in range(5)]
    prompts.append(Prompt("Another beginning.\n", "Is it?\n"))
    ids = [
        {ids[0] for word in words for ids in [tokenizer(word)["input_ids"]] if len(ids) == 1}
        for words in (("yes", " yes", "Yes", " Yes"), ("no", " no", "No", " No"))
    ]
    expected = []
    for prompt in prompts:
        with torch.inference_mode():
            logits = model(torch.tensor([tokenizer(prompt.fixed + prompt.variable)["input_ids"]])).logits
        share = torch.softmax(logits[0, -1].double(), -1)
        yes, no = (sum(float(share[token]) for token in group) for group in ids)
        expected.append(yes / (yes + no))
    assert writer.yes_probability(prompts) == pytest.approx(expected, abs=1e-5)
    assert [writer.yes_probability([prompt])[0] for prompt in prompts] == pytest.approx(expected, abs=1e-5)
    assert writer.yes_probability([]) == []


def test_nothing_is_fetched_and_the_message_says_so(tmp_path: Path) -> None:
    absent = TransformersWriter("nobody/no-such-model", quantisation="none", context_tokens=512)
    with pytest.raises(ModelMissing, match="nobody/no-such-model is not on this machine"):
        absent.write(PROMPT, grammar='start: "yes"', max_tokens=1, seed=0)


def test_id_follows_the_weights(tiny_llama: Path, writer: TransformersWriter, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "llama"
    shutil.copytree(tiny_llama, copy)
    same = TransformersWriter(copy, quantisation="none", context_tokens=512)
    assert same.id == writer.id
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert TransformersWriter(copy, quantisation="none", context_tokens=512).id != writer.id


@pytest.mark.parametrize("quantisation", ["nf4", "int8"])
def test_the_70b_profile_loads_a_tiny_llama_quantised(
    tiny_llama: Path, quantisation: str, tmp_path: Path
) -> None:
    """The very code path of meditron-70b: profile, fit, loading, completion prompt, grammar, reading back."""
    given = load_profile("meditron-70b").model_dump()
    given |= {"model": str(tiny_llama), "quantisation": quantisation, "needs": {"memory_gib": 0.1}}
    profile = Profile.model_validate(given)
    check_fits(profile)
    writer = TransformersWriter(profile.source(), **profile.loading(tmp_path))
    kinds = {type(module).__name__ for module in writer._model.modules()}
    assert ("Linear4bit" if quantisation == "nf4" else "Linear8bitLt") in kinds
    assert (writer.quantisation, writer.context_tokens) == (quantisation, 4096)
    settings = WritingSettings(max_output_tokens=300, temperature=1.0)
    drafts = [
        WriterDrafter(writer, settings.model_copy(update={"seed": seed}), profile.family).draft(
            "What dose?", evidence(), attempt=1
        )
        for seed in range(4)
    ]
    for draft in drafts:
        assert draft.error is None or draft.error.startswith("the draft was cut")
        assert (
            json.loads(draft.raw)["answerable"] == draft.answerable
            if draft.error is None
            else not draft.claims
        )
    assert any(draft.error is None for draft in drafts)
    assert 0 < writer.yes_probability([PROMPT])[0] < 1


def test_a_checkpoint_saved_in_nf4_loads_as_it_is(tiny_llama: Path, tmp_path: Path) -> None:
    fresh = TransformersWriter(tiny_llama, quantisation="nf4", context_tokens=1024)
    folder = tmp_path / "nf4"
    fresh._model.save_pretrained(folder)
    fresh._tokenizer.save_pretrained(folder)
    saved = TransformersWriter(folder, quantisation="checkpoint", context_tokens=1024)
    assert saved.quantisation == "nf4"
    assert write(saved) == write(fresh)
    with pytest.raises(WriterError, match="holds nf4 weights; the profile says int8"):
        write(TransformersWriter(folder, quantisation="int8", context_tokens=1024))


def test_nf4_runs_on_a_processor_without_bfloat16(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other code path of bitsandbytes: unpack, then multiply in float32."""
    import bitsandbytes.functional
    import bitsandbytes.nn.modules
    import torch

    for module in (bitsandbytes.functional, bitsandbytes.nn.modules):
        monkeypatch.setattr(module, "has_avx512bf16", lambda: False)
    old = TransformersWriter(tiny_llama, quantisation="nf4", context_tokens=1024)
    text = write(old)
    assert text.startswith('{"answerable":')
    assert old._model.dtype == torch.float32
    assert {m.compute_dtype for m in old._model.modules() if hasattr(m, "compute_dtype")} == {torch.float32}


@pytest.mark.model
def test_the_demo_writer_cites_the_sentence_that_answers_and_refuses_without_one(tmp_path: Path) -> None:
    """Real weights, through the demo profile. Two easy cases: a smoke test, no measure of quality."""
    profile = load_profile("demo")
    writer = TransformersWriter(profile.source(), **profile.loading())
    drafter = WriterDrafter(writer, WritingSettings(), profile.family)
    shown = evidence(3)
    late = "Treatment with quilorin stops after 3 days in adults with marsh fever."
    quote = shown[2].quote.model_copy(update={"text": late, "end": shown[2].quote.start + len(late)})
    shown[2] = shown[2].model_copy(update={"quote": quote})
    draft = drafter.draft("After how many days is quilorin stopped in marsh fever?", shown, attempt=1)
    assert draft.error is None
    assert "3 days" in draft.claims[0].text
    assert quote in draft.claims[0].quotes
    refused = drafter.draft("Which vaccine prevents river blindness?", shown, attempt=1)
    assert (refused.answerable, refused.claims) == (False, ())


def test_loading_is_quiet(tiny_llama: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(TransformersWriter(tiny_llama, quantisation="int8", context_tokens=1024))
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


# Replay


def test_replay_in_order_and_by_prompt() -> None:
    replay = ReplayWriter(["one two", "three"], yes=[0.25])
    given = {"grammar": "start:", "max_tokens": 2, "seed": 0}
    assert replay.write(PROMPT, **given).text == "one two"
    assert replay.write(PROMPT, **given).output_tokens == 1
    with pytest.raises(WriterError, match="asked 3 times"):
        replay.write(PROMPT, **given)
    assert replay.prompts == [PROMPT] * 3
    assert replay.yes_probability([PROMPT]) == [0.25]
    with pytest.raises(WriterError, match="yes or no"):
        replay.yes_probability([PROMPT])
    by_key = ReplayWriter({prompt_key(PROMPT): "a b c"})
    cut = by_key.write(PROMPT, **given)
    assert (cut.text, cut.finished) == ("a b", False)
    with pytest.raises(WriterError, match="no output is stored"):
        by_key.write(Prompt("x", "y"), **given)


# A server


class _Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answers: list[tuple[int, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        status, answer = self.server.answers.pop(0)
        data = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[_Server]:
    running = _Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def ask(server: _Server, **options: Any) -> OpenAIWriter:
    return OpenAIWriter(server.url, **({"model": "m", "context_tokens": 4096, "pause_seconds": 0} | options))


GRAMMAR = answer_grammar(IDS, max_claims=2, max_quotes=2)
WRITTEN = '{"answerable":false,"claims":[]}'


def test_server_is_sent_the_schema_and_its_text_comes_back(server: _Server) -> None:
    usage = {"prompt_tokens": 17, "completion_tokens": 9}
    server.answers = [(200, {"choices": [{"text": WRITTEN, "finish_reason": "stop"}], "usage": usage})]
    client = ask(server)
    result = client.write(PROMPT, grammar=GRAMMAR, max_tokens=50, seed=3)
    client.close()
    assert result == (WRITTEN, 17, 9, True)
    path, _, body = server.asked[0]
    assert path == "/v1/completions"
    assert (body["prompt"], body["seed"], body["max_tokens"]) == (PROMPT.fixed + PROMPT.variable, 3, 50)
    claims = body["response_format"]["json_schema"]["schema"]["properties"]["claims"]
    assert claims["maxItems"] == 2
    assert claims["items"]["properties"]["evidence"]["items"]["enum"] == IDS


@pytest.mark.parametrize("structure", ["structured_outputs", "guided_grammar"])
def test_server_that_knows_grammars_gets_the_grammar(server: _Server, structure: Any) -> None:
    server.answers = [(200, {"choices": [{"text": WRITTEN, "finish_reason": "length"}]})]
    client = ask(server, structure=structure)
    assert not client.write(PROMPT, grammar=GRAMMAR, max_tokens=50, seed=3).finished
    client.close()
    body = server.asked[0][2]
    assert GRAMMAR in (body.get("guided_grammar"), body.get("structured_outputs", {}).get("grammar"))


def test_chat_endpoint_gets_the_turns_of_a_chatml_prompt(server: _Server) -> None:
    server.answers = [(200, {"choices": [{"message": {"content": WRITTEN}, "finish_reason": "stop"}]})]
    prompt = Prompt(
        "<|im_start|>system\nBe right.<|im_end|>\n", "<|im_start|>user\nQ?<|im_end|>\n<|im_start|>assistant\n"
    )
    client = ask(server, endpoint="chat")
    assert client.write(prompt, grammar=GRAMMAR, max_tokens=50, seed=3).text == WRITTEN
    client.close()
    assert server.asked[0][0] == "/v1/chat/completions"
    assert server.asked[0][2]["messages"] == [
        {"role": "system", "content": "Be right."},
        {"role": "user", "content": "Q?"},
    ]


def test_yes_probability_from_both_endpoints(server: _Server) -> None:
    listed = {"yes": np.log(0.3), " Yes": np.log(0.3), "no": np.log(0.2), "maybe": np.log(0.1)}
    chat = [{"token": token, "logprob": value} for token, value in listed.items()]
    server.answers = [
        (200, {"choices": [{"text": "yes", "logprobs": {"top_logprobs": [listed]}}]}),
        (200, {"choices": [{"message": {}, "logprobs": {"content": [{"top_logprobs": chat}]}}]}),
        (200, {"choices": [{"text": "x", "logprobs": {"top_logprobs": [{"x": 0.0}]}}]}),
        (200, {"choices": [{"text": "x", "logprobs": None}]}),
    ]
    plain, talking = ask(server), ask(server, endpoint="chat")
    assert plain.yes_probability([PROMPT]) == pytest.approx([0.75])
    assert talking.yes_probability([PROMPT]) == pytest.approx([0.75])
    with pytest.raises(WriterError, match="neither yes nor no"):
        plain.yes_probability([PROMPT])
    with pytest.raises(WriterError, match="logprobs"):
        plain.yes_probability([PROMPT])
    plain.close()
    talking.close()


def test_a_server_without_grammar_is_read_strictly(server: _Server) -> None:
    """It cites an id that was not offered: the draft has an error and no claims."""
    wild = '{"answerable":true,"claims":[{"evidence":["9.9"],"claim":"Take 40 mg."}]}'
    server.answers = [(200, {"choices": [{"text": wild, "finish_reason": "stop"}]})]
    client = ask(server)
    draft = WriterDrafter(client, WritingSettings(), "completion").draft("Dose?", evidence(), attempt=1)
    client.close()
    assert draft.claims == ()
    assert "9.9" in (draft.error or "")
    assert draft.raw == wild


def test_busy_servers_are_asked_again_and_refusals_are_not(server: _Server) -> None:
    good = (200, {"choices": [{"text": WRITTEN, "finish_reason": "stop"}]})
    server.answers = [
        (503, "busy"),
        (429, "slow down"),
        good,
        (401, "no key"),
        (500, "x"),
        (500, "x"),
        (500, "x"),
    ]
    client = ask(server)
    assert client.write(PROMPT, grammar=GRAMMAR, max_tokens=5, seed=0).text == WRITTEN
    with pytest.raises(WriterError, match="answered 401") as refused:
        client.write(PROMPT, grammar=GRAMMAR, max_tokens=5, seed=0)
    assert not refused.value.retryable
    with pytest.raises(WriterError, match="answered 500") as failed:
        client.write(PROMPT, grammar=GRAMMAR, max_tokens=5, seed=0)
    assert failed.value.retryable
    client.close()
    assert len(server.asked) == 7


@pytest.mark.parametrize(
    "answer", ["not json", [], {}, {"choices": []}, {"choices": [{"text": None}]}], ids=str
)
def test_nonsense_from_a_server_is_a_writer_error(server: _Server, answer: Any) -> None:
    server.answers = [(200, answer)]
    client = ask(server)
    with pytest.raises(WriterError):
        client.write(PROMPT, grammar=GRAMMAR, max_tokens=5, seed=0)
    client.close()


def test_the_key_is_sent_and_never_told(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "sesame-81")
    server.answers = [(403, "forbidden")]
    client = ask(server, api_key_variable="TEST_KEY")
    with pytest.raises(WriterError) as refused:
        client.write(PROMPT, grammar=GRAMMAR, max_tokens=5, seed=0)
    client.close()
    assert server.asked[0][1]["Authorization"] == "Bearer sesame-81"
    assert "sesame" not in f"{refused.value} {client!r} {client.id}"
    monkeypatch.delenv("TEST_KEY")
    with pytest.raises(UsageError, match="TEST_KEY"):
        ask(server, api_key_variable="TEST_KEY")


def test_other_hosts_need_the_profiles_word() -> None:
    given: dict[str, Any] = {"model": "m", "context_tokens": 512}
    for url in ("http://10.0.0.7:8000/v1", "https://api.example.org/v1", "http://127.0.0.1.example.org/v1"):
        with pytest.raises(UsageError, match="allow_remote"):
            OpenAIWriter(url, **given)
    OpenAIWriter("https://api.example.org/v1", allow_remote=True, **given).close()
    for url in ("http://localhost:8000/v1", "http://[::1]:8000/v1"):
        OpenAIWriter(url, **given).close()
    with pytest.raises(UsageError, match="http"):
        OpenAIWriter("file:///etc/passwd", **given)


def test_no_server_is_retryable() -> None:
    client = OpenAIWriter("http://127.0.0.1:9/v1", model="m", context_tokens=512, tries=2, pause_seconds=0)
    with pytest.raises(WriterError, match="ConnectError") as failed:
        client.write(PROMPT, grammar=GRAMMAR, max_tokens=5, seed=0)
    assert failed.value.retryable
    client.close()


def test_openmp_waits_without_spinning() -> None:
    assert os.environ["OMP_WAIT_POLICY"]
