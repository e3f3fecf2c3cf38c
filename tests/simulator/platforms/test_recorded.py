"""What the platforms really accepted and refused is accepted and refused by their simulations.

Reasoning state is signed anew before it is sent, for nobody has the platforms' own secrets.
"""

import base64
import re
from collections import Counter
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from detente.canonical.extras import Json, Obj
from detente.configuration.schema import ProviderKindName
from detente.simulator import signature
from detente.simulator.dialects import converse_turns, generate_turns, messages_turns
from detente.simulator.dialects.responses_items import reasoning_id, sealed
from detente.simulator.exchange import Received, Reply
from detente.simulator.platforms import platform_of
from tests.conftest import read_recorded
from tests.simulator.values import SETTING

MATRIX = "pydantic-ai/test_multimodal_tool_returns/test_multimodal_tool_return_matrix"
ELSEWHERE = {
    "pydantic-ai/test_bedrock/test_bedrock_model_other_parameters#0": "the record is cut off",
    "pydantic-ai/test_multimodal_tool_returns/test_model_sees_multiple_images[google_vertex]#1": (
        "a page that may not be fetched"
    ),
    "openllmetry/test_vision/test_vision_with_events_with_no_content#2": "a page that is gone",
    "pydantic-ai/test_anthropic/test_anthropic_explicit_effort_xhigh_unsupported_model_errors#0": (
        "what this one model can do"
    ),
    "pydantic-ai/test_openai/test_openai_o1_mini_system_role[system]#0": (
        "what this one model can do"
    ),
    f"{MATRIX}[direct-binary-audio-openai_chat]#1": "what this one model can do",
    f"{MATRIX}[direct-url-audio-openai_chat]#2": "what this one model can do",
    f"{MATRIX}[direct-url_force_download-audio-openai_chat]#2": "what this one model can do",
}
"""Exchanges whose outcome has a cause outside the request, and the cause."""

NOT_SERVED = "/api/generate"
"""An operation of Ollama's that nothing here speaks."""

MISSPELT = ("does-not-exist", "nonexistent", "flahs", "claude-sonet", "gpt-5.2-proo")


def signed(value: Json) -> Json:
    """`value` with every piece of reasoning state signed by the simulators."""
    if isinstance(value, list):
        return [signed(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: signed(inner) for key, inner in value.items()}
    sign_google(found)
    sign_claude(found)
    sign_openai(found)
    if isinstance(data := found.get("data"), str) and len(data) % 4 == 1:
        found["data"] = data[:-1]  # an image that the record cuts off
    return found


def sign_google(found: Obj) -> None:
    call = found.get("functionCall") or found.get("function_call")
    thought = ""
    if isinstance(call, dict):
        thought = signature.call_thought(str(call["name"]), call.get("args") or {})
    for key in ("thoughtSignature", "thought_signature"):
        if key in found:
            found[key] = signature.sign(generate_turns.PLATFORM, thought)


def sign_claude(found: Obj) -> None:
    text = found.get("reasoningText")
    if isinstance(text, dict):
        text["signature"] = signature.sign(converse_turns.PLATFORM, str(text["text"]))
    if found.get("type") == "thinking" and "signature" in found:
        found["signature"] = signature.sign(messages_turns.PLATFORM, str(found["thinking"]))
    if found.get("type") == "redacted_thinking" and "data" in found:
        found["data"] = signature.seal(messages_turns.PLATFORM, "")


def sign_openai(found: Obj) -> None:
    if found.get("type") != "reasoning":
        return
    if found.get("encrypted_content"):
        found["encrypted_content"] = sealed("")
    else:
        found["id"] = reasoning_id("0" * 32)


def asked(exchange: dict[str, Any]) -> Received:
    request = exchange["request"]
    body = request["text"].encode() if "text" in request else base64.b64decode(request["base64"])
    with suppress(msgspec.DecodeError):
        body = msgspec.json.encode(signed(msgspec.json.decode(body)))
    pairs: dict[str, str] = exchange.get("query") or {}
    query = "&".join(f"{key}={value}" for key, value in pairs.items())
    return Received(
        method="POST",
        target=f"{exchange['path']}?{query}",
        headers=(("anthropic-version", "2023-06-01"),),
        body=body,
    )


def status_of(kind: ProviderKindName, exchange: dict[str, Any]) -> tuple[int, str]:
    """How the simulation answers a recorded request, and what it says."""
    request = asked(exchange)
    known = [name for name in models_of(request) if not any(word in name for word in MISSPELT)]
    answer = platform_of(kind).answer(
        request,
        msgspec.structs.replace(
            SETTING, models=tuple(known), base_path=platform_of(kind).base_path
        ),
    )
    if isinstance(answer, Reply):
        return answer.status, answer.body.decode()
    assert list(answer.pieces)
    return 200, ""


def models_of(request: Received) -> tuple[str, ...]:
    """The models that a request names, wherever it does."""
    named: list[str] = re.findall(
        r"/models?/(.+?)(?:/(?:converse|invoke|count)[-a-z]*|:[a-zA-Z]+)$", request.path
    )
    with suppress(msgspec.DecodeError):
        body: Json = msgspec.json.decode(request.body)
        if isinstance(body, dict) and isinstance(inside := body.get("model"), str):
            named.append(inside)
    return tuple(map(unquote, named))


def kind_of(body: str) -> tuple[object, ...]:
    """What an error is, in the platform's words; Amazon's recorded ones are told by the message."""
    value: Obj = msgspec.json.decode(body)
    error = value.get("error", value)
    assert isinstance(error, dict)
    if set(error) == {"message"}:
        return (error["message"],)
    return tuple(error.get(name) for name in ("type", "code", "status"))


FILES: list[tuple[ProviderKindName, str, tuple[str, ...]]] = [
    ("gemini", "gemini-generate", ("gemini", "vertex")),
    ("gemini", "gemini-aux", ("gemini", "vertex")),
    ("bedrock", "bedrock-converse", ("bedrock",)),
    ("bedrock", "bedrock-invoke", ("bedrock",)),
    ("anthropic", "anthropic-messages", ("anthropic",)),
    ("openai", "openai-chat", ("openai",)),
    ("openai", "openai-responses", ("openai",)),
    ("openai", "openai-completions", ("openai",)),
    ("cohere", "cohere-chat", ("api.cohere.com",)),
    ("ollama", "ollama", ("127.0.0.1",)),
    ("mistral", "openai-chat", ("api.mistral.ai",)),
    ("mistral", "embeddings", ("api.mistral.ai",)),
    ("groq", "openai-chat", ("api.groq.com",)),
    ("deepseek", "openai-chat", ("api.deepseek.com",)),
    ("deepseek", "openai-responses", ("api.deepseek.com",)),
    ("together", "openai-chat", ("api.together.xyz",)),
    ("cerebras", "openai-chat", ("api.cerebras.ai",)),
    ("openrouter", "openai-responses", ("openrouter.ai",)),
    ("zai", "openai-chat", ("api.z.ai",)),
]


@pytest.mark.parametrize(("kind", "file", "platforms"), FILES)
def test_recorded_requests_meet_the_same_fate(
    kind: ProviderKindName, file: str, platforms: tuple[str, ...]
) -> None:
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for exchange in read_recorded(file):
        if exchange["platform"] not in platforms or exchange["id"] in ELSEWHERE:
            continue
        if exchange["path"] == NOT_SERVED:
            continue
        expected = exchange["response"]["status"]
        status, said = status_of(kind, exchange)
        alike = status == expected
        if alike and status != 200:
            alike = kind_of(said) == kind_of(exchange["response"]["text"])
        outcomes["alike" if alike else "otherwise"] += 1
        if not alike:
            wrong.append(f"{exchange['id']}: {expected} was {status}: {said[:600]}")
    print(f"{file}: {outcomes['alike']} of {outcomes.total()} alike")  # noqa: T201 - the count is what this test is for
    assert wrong == []
    assert outcomes.total()
