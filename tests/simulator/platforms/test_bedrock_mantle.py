"""Simulated Mantle: which model is served where, and whose errors it tells."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detente.simulator.exchange import Headers, Received, Refused, Reply, Setting
from detente.simulator.platforms.bedrock_mantle import PLATFORM

CLAUDE, OSS, GPT = "anthropic.claude-haiku-4-5", "openai.gpt-oss-120b", "openai.gpt-5.5"
GROK, QWEN = "xai.grok-4.3", "qwen.qwen3-32b"
SETTING = Setting(
    models=(CLAUDE, OSS, GPT, GROK, QWEN),
    api_key="key",
    base_path="",
    tokens=4,
    limit=1,
    remaining=1,
    request_id="0" * 32,
    at=datetime(2026, 11, 22, tzinfo=UTC),
)
KEYED = (("authorization", "Bearer key"), ("anthropic-version", "2023-06-01"))


def asked(path: str, body: object, headers: Headers = KEYED, method: str = "POST") -> Reply:
    request = Received(method=method, target=path, headers=headers, body=msgspec.json.encode(body))
    found = PLATFORM.answer(request, SETTING)
    assert isinstance(found, Reply)
    return found


def chat(model: str, **more: object) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": "echo hi"}], **more}


def responding(model: str) -> dict[str, object]:
    return {"model": model, "input": "echo hi"}


def said(reply: Reply) -> Any:
    return json.loads(reply.body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", chat(OSS)),
        ("/v1/chat/completions", chat(OSS, service_tier="flex")),
        ("/v1/chat/completions", chat(QWEN)),
        ("/v1/responses", responding(OSS)),
        ("/openai/v1/chat/completions", chat(GROK)),
        ("/openai/v1/responses", responding(GROK)),
        ("/openai/v1/responses", responding(GPT)),
        ("/anthropic/v1/messages", chat(CLAUDE, max_tokens=9)),
        ("/anthropic/v1/messages/count_tokens", chat(CLAUDE)),
    ],
)
def test_what_is_served(path: str, body: object) -> None:
    assert asked(path, body).status == 200


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/openai/v1/chat/completions", chat(OSS), "isn't supported on this route"),
        ("/v1/chat/completions", chat(GROK), "isn't supported on this route"),
        ("/v1/responses", responding(GPT), "isn't supported on this route"),
        ("/v1/chat/completions", chat(CLAUDE), "isn't supported on this route"),
        ("/openai/v1/chat/completions", chat(GPT), "does not support the '/openai/v1/chat"),
        ("/v1/responses", responding(QWEN), "does not support the '/v1/responses' API"),
        ("/anthropic/v1/messages", chat(OSS), "does not support the '/anthropic/v1/messages'"),
        ("/v1/embeddings", {"model": OSS, "input": "a"}, "does not support the '/v1/embeddings'"),
        ("/v1/chat/completions", chat(OSS, service_tier="fast"), "failed to satisfy"),
    ],
)
def test_what_is_refused(path: str, body: object, words: str) -> None:
    reply = asked(path, body)
    assert reply.status == 400
    assert words in said(reply)["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", chat("openai.gone")),
        ("/anthropic/v1/messages", chat("anthropic.gone", max_tokens=9)),
        ("/v2/chat/completions", chat(OSS)),
        ("/v1/nothing", chat("gone")),
        ("/anthropic/v1/nothing", chat(CLAUDE)),
    ],
)
def test_what_is_not_there(path: str, body: object) -> None:
    assert asked(path, body).status == 404


def test_a_listing() -> None:
    listed = said(asked("/v1/models", {}, method="GET"))["data"]
    assert {model["id"] for model in listed} == set(SETTING.models)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/anthropic/v1/messages"])
def test_a_wrong_key_is_told_in_the_terms_of_who_asks(path: str) -> None:
    reply = asked(path, chat(OSS), headers=(("authorization", "Bearer other"),))
    assert reply.status == 403
    assert ("x-amzn-errortype", "AccessDeniedException") in reply.headers
    value = said(reply)
    assert (value.get("type") == "error") == path.startswith("/anthropic")


def test_failures() -> None:
    reply = asked("/v1/chat/completions", {**chat(OSS), "user": "raise ThrottlingException"})
    assert reply.status == 429
    assert ("x-amzn-errortype", "ThrottlingException") in reply.headers
    assert PLATFORM.failure(503, SETTING).status == 503
    refused = Refused(concurrent=False, limit=1, retry_after_ms=1500)
    assert dict(PLATFORM.refusal(refused, SETTING).headers)["retry-after"] == "2"
