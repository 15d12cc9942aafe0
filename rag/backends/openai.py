"""A writer behind an OpenAI-compatible server (vLLM and others), over HTTP.

A server may ignore the grammar; what it sends back is read as strictly as any other draft.
Only this machine is asked, unless the caller says that the host may be elsewhere.
"""

from __future__ import annotations

import ipaddress
import json
import math
import os
import re
import time
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from rag.errors import UsageError, WriterError
from rag.ports import Generation, Prompt

Endpoint = Literal["completions", "chat"]
Structure = Literal["json_schema", "structured_outputs", "guided_grammar"]
"""How the server is told the form: JSON schema (most), or the grammar itself (vLLM, new and old name)."""

SCHEMA_COMMENT = "// json-schema: "
"""A grammar's line that carries the same form as a JSON schema, for servers that know no grammars."""
_TURN = re.compile(r"<\|im_start\|>(\w+)\n(.*?)<\|im_end\|>", re.DOTALL)
_BYTES_PER_TOKEN = 3  # fewer than real vocabularies need for English: the count errs on the high side


class OpenAIWriter:
    """Fits ``ports.Writer``."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        context_tokens: int,
        endpoint: Endpoint = "completions",
        structure: Structure = "json_schema",
        allow_remote: bool = False,
        api_key_variable: str | None = None,
        quantisation: str = "server",
        revision: str | None = None,
        seconds: float = 120.0,
        tries: int = 3,
        pause_seconds: float = 0.5,
    ) -> None:
        """``base_url`` ends where "/completions" is appended, e.g. ``http://127.0.0.1:8000/v1``.

        ``api_key_variable`` names an environment variable. Raises UsageError for a host that is not
        this machine without ``allow_remote``, and for a key that is named and not set.
        """
        loopback = _is_loopback(base_url)
        if not loopback and not allow_remote:
            raise UsageError(
                f"{base_url} is not on this machine; a profile that may send questions and passages there "
                "says allow_remote = true beside its base_url"
            )
        self.id = f"{model}@{revision or urlsplit(base_url).netloc.rsplit('@')[-1]}"
        self.quantisation = quantisation
        self.context_tokens = context_tokens
        self._model = model
        self._endpoint = endpoint
        self._structure = structure
        self._tries = tries
        self._pause_seconds = pause_seconds
        headers = {"Authorization": f"Bearer {_api_key(api_key_variable)}"} if api_key_variable else {}
        self._client = httpx.Client(
            base_url=base_url.rstrip("/") + "/",
            headers=headers,
            timeout=seconds,
            follow_redirects=False,
            trust_env=not loopback,
        )

    def close(self) -> None:
        self._client.close()

    def count_tokens(self, text: str) -> int:
        """An estimate that errs on the high side: servers need not tell."""
        return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)

    def write(
        self,
        prompt: Prompt,
        *,
        grammar: str,
        max_tokens: int,
        seed: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
    ) -> Generation:
        """Raises WriterError; ``retryable`` when the server was busy, slow or away."""
        body = {"max_tokens": max_tokens, "seed": seed, "temperature": temperature, "top_p": top_p}
        answer = self._post(prompt, body | self._form(grammar))
        choice, usage = _choice(answer), answer.get("usage") or {}
        text = (
            choice.get("text")
            if self._endpoint == "completions"
            else choice.get("message", {}).get("content")
        )
        if not isinstance(text, str):
            raise WriterError(f"the server's answer has no text: {_short(str(choice))}")
        return Generation(
            text,
            int(usage.get("prompt_tokens") or self.count_tokens(prompt.fixed + prompt.variable)),
            int(usage.get("completion_tokens") or self.count_tokens(text)),
            finished=choice.get("finish_reason") == "stop",
        )

    def yes_probability(self, prompts: Sequence[Prompt]) -> list[float]:
        return [self._yes(prompt) for prompt in prompts]

    def _yes(self, prompt: Prompt) -> float:
        chat = self._endpoint == "chat"
        wanted: dict[str, Any] = {"logprobs": True, "top_logprobs": 20} if chat else {"logprobs": 20}
        answer = self._post(prompt, {"max_tokens": 1, "temperature": 0.0, **wanted})
        weights = {"yes": 0.0, "no": 0.0}
        for token, logarithm in _likeliest(_choice(answer), chat=chat):
            if (word := token.strip().lower()) in weights:
                weights[word] += math.exp(logarithm)
        if not any(weights.values()):
            raise WriterError(
                "neither yes nor no is among the tokens the server lists; is it the right prompt family?"
            )
        return weights["yes"] / (weights["yes"] + weights["no"])

    def _form(self, grammar: str) -> dict[str, Any]:
        if self._structure == "structured_outputs":
            return {"structured_outputs": {"grammar": grammar}}
        if self._structure == "guided_grammar":
            return {"guided_grammar": grammar}
        schema = {"name": "draft", "strict": True, "schema": _schema(grammar)}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}

    def _post(self, prompt: Prompt, body: dict[str, Any]) -> dict[str, Any]:
        body = {"model": self._model, **body}
        if self._endpoint == "chat":
            path, body["messages"] = "chat/completions", _messages(prompt.fixed + prompt.variable)
        else:
            path, body["prompt"] = "completions", prompt.fixed + prompt.variable
        for attempt in range(1, self._tries + 1):
            try:
                return self._post_once(path, body)
            except WriterError as error:
                if not error.retryable or attempt == self._tries:
                    raise
                time.sleep(self._pause_seconds * 2 ** (attempt - 1))
        raise AssertionError("tries is at least 1")

    def _post_once(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = self._client.post(path, json=body)
        except httpx.TransportError as error:
            raise WriterError(
                f"{self._client.base_url}: {type(error).__name__}: {error}", retryable=True
            ) from error
        if response.status_code != 200:
            busy = response.status_code == 429 or response.status_code >= 500
            raise WriterError(
                f"{self._client.base_url} answered {response.status_code}: {_short(response.text)}",
                retryable=busy,
            )
        try:
            answer = response.json()
        except ValueError as error:
            raise WriterError(
                f"{self._client.base_url} did not answer in JSON: {_short(response.text)}"
            ) from error
        if not isinstance(answer, dict):
            raise WriterError(
                f"{self._client.base_url} answered with a {type(answer).__name__}, not an object"
            )
        return answer


def _is_loopback(base_url: str) -> bool:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"base_url must start with http:// or https:// and name a host, found {base_url!r}")
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return parts.hostname == "localhost"


def _api_key(variable: str) -> str:
    key = os.environ.get(variable)
    if not key:
        raise UsageError(
            f"the profile takes the API key from the environment variable {variable}, which is not set"
        )
    return key


def _schema(grammar: str) -> Any:
    for line in grammar.splitlines():
        if line.startswith(SCHEMA_COMMENT):
            return json.loads(line.removeprefix(SCHEMA_COMMENT))
    raise UsageError(f"this grammar has no line {SCHEMA_COMMENT!r}; use structure = structured_outputs")


def _messages(text: str) -> list[dict[str, str]]:
    """A ChatML prompt as messages; any other prompt as one message."""
    turns = [{"role": role, "content": content} for role, content in _TURN.findall(text)]
    return turns or [{"role": "user", "content": text}]


def _choice(answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise WriterError(f"the server's answer has no choices: {_short(str(answer))}")
    return choices[0]


def _likeliest(choice: dict[str, Any], *, chat: bool) -> list[tuple[str, float]]:
    """The likeliest first tokens with their natural logarithms of probability."""
    found: Any = choice.get("logprobs")
    try:
        if chat:
            return [
                (str(item["token"]), float(item["logprob"])) for item in found["content"][0]["top_logprobs"]
            ]
        return [(str(token), float(value)) for token, value in found["top_logprobs"][0].items()]
    except (KeyError, IndexError, TypeError) as error:
        raise WriterError(
            "the server lists no token probabilities; yes/no questions need logprobs"
        ) from error


def _short(text: str) -> str:
    """Servers echo prompts into their errors; a log line needs only the beginning."""
    return text[:200]
