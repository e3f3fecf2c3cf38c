"""What the platforms really accepted and refused is accepted and refused by their simulations.

Reasoning state is signed anew before it is sent, for nobody has the platforms' own secrets.
"""

import base64
import re
from collections import Counter
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from tests.conftest import read_recorded
from tests.simulator.values import SETTING

from detente.configuration.schema import ProviderKindName
from detente.simulator import signature
from detente.simulator.dialects import converse_turns, generate_turns, messages_turns
from detente.simulator.dialects.responses_items import reasoning_id, sealed
from detente.simulator.exchange import Received, Reply
from detente.simulator.platforms import platform_of

NOWHERE = {
    "pydantic-ai/test_bedrock/test_bedrock_model_other_parameters#0": "recorded body is cut off",
}
"""Exchanges whose outcome has a cause outside the request, and the cause."""

UNKNOWN_MODELS = ("does-not-exist", "nonexistent", "flahs", "non-existent")


def signed(value: Any) -> Any:
    """`value` with every piece of reasoning state signed by the simulators."""
    if isinstance(value, list):
        return [signed(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: signed(inner) for key, inner in value.items()}
    for key in ("thoughtSignature", "thought_signature"):
        if key in found:
            call = found.get("functionCall") or found.get("function_call")
            thought = signature.call_thought(call["name"], call.get("args") or {}) if call else ""
            found[key] = signature.sign(generate_turns.PLATFORM, thought)
    if "reasoningText" in found:
        text = found["reasoningText"]["text"]
        found["reasoningText"]["signature"] = signature.sign(converse_turns.PLATFORM, text)
    match found.get("type"):
        case "thinking" if "signature" in found:
            found["signature"] = signature.sign(messages_turns.PLATFORM, found["thinking"])
        case "redacted_thinking" if "data" in found:
            found["data"] = signature.seal(messages_turns.PLATFORM, "")
        case "reasoning" if found.get("encrypted_content"):
            found["encrypted_content"] = sealed("")
        case "reasoning":
            found["id"] = reasoning_id("0" * 32)
        case _:
            pass
    return found


def asked(exchange: dict[str, Any]) -> Received:
    request = exchange["request"]
    body = (
        request["text"].encode() if "text" in request else base64.b64decode(request["base64"])
    )
    try:
        body = msgspec.json.encode(signed(msgspec.json.decode(body)))
    except msgspec.DecodeError:
        pass
    query = "&".join(f"{key}={value}" for key, value in (exchange.get("query") or {}).items())
    return Received(
        method="POST",
        target=f"{exchange['path']}?{query}",
        headers=(("anthropic-version", "2023-06-01"),),
        body=body,
    )


def status_of(kind: ProviderKindName, exchange: dict[str, Any]) -> tuple[int, str]:
    """How the simulation answers a recorded request, and what it says."""
    request = asked(exchange)
    models = () if any(word in exchange["path"] for word in UNKNOWN_MODELS) else models_of(request)
    answer = platform_of(kind).answer(request, msgspec.structs.replace(SETTING, models=models, base_path=platform_of(kind).base_path))
    if isinstance(answer, Reply):
        return answer.status, answer.body[:600].decode()
    assert list(answer.pieces)
    return 200, ""


def models_of(request: Received) -> tuple[str, ...]:
    """The models that a request names, wherever it does."""
    named = re.findall(r"/models?/(.+?)(?:/(?:converse|invoke|count)[-a-z]*|:[a-zA-Z]+)$", request.path)
    try:
        body = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        body = {}
    inside = body.get("model") if isinstance(body, dict) else None
    return (*map(unquote, named), *([inside] if isinstance(inside, str) else []))


FILES: list[tuple[ProviderKindName, str, tuple[str, ...]]] = [
    ("gemini", "gemini-generate", ("gemini", "vertex")),
    ("gemini", "gemini-aux", ("gemini", "vertex")),
    ("bedrock", "bedrock-converse", ("bedrock",)),
    ("bedrock", "bedrock-invoke", ("bedrock",)),
    ("anthropic", "anthropic-messages", ("anthropic",)),
    ("openai", "openai-chat", ("openai",)),
    ("openai", "openai-responses", ("openai",)),
]


@pytest.mark.parametrize(("kind", "file", "platforms"), FILES)
def test_recorded_requests_meet_the_same_fate(
    kind: ProviderKindName, file: str, platforms: tuple[str, ...]
) -> None:
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for exchange in read_recorded(file):
        if exchange["platform"] not in platforms or exchange["id"] in NOWHERE:
            continue
        expected = exchange["response"]["status"]
        status, said = status_of(kind, exchange)
        outcomes["alike" if status == expected else "otherwise"] += 1
        if status != expected:
            wrong.append(f"{exchange['id']}: {expected} was {status}: {said}")
    print(f"{file}: {outcomes['alike']} of {outcomes.total()} alike")
    assert wrong == []
