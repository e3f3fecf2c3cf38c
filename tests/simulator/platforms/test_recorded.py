"""What the platforms really accepted and refused is accepted and refused by their simulations.

Reasoning state is signed anew before it is sent, for nobody has the platforms' own secrets.
"""

import base64
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
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
from tests.conftest import read_recorded, recorded_folder
from tests.simulator.values import SETTING

MATRIX = "pydantic-ai/test_multimodal_tool_returns/test_multimodal_tool_return_matrix"
ELSEWHERE = {
    "pydantic-ai/test_bedrock/test_bedrock_model_other_parameters#0": "the record is cut off",
    "pydantic-ai/test_multimodal_tool_returns/test_model_sees_multiple_images[google_vertex]#1": (
        "a page that may not be fetched"
    ),
    **{
        f"openllmetry/test_azure/test_chat_reasoning#{number}": "a deployment that came and went"
        for number in range(4)
    },
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

NOT_SERVED = {
    "/api/generate": "an operation of Ollama's that nothing here speaks",
    "/v1/responses/compact": "an operation of OpenAI's that nothing here speaks",
    "/v1/responses/resp_": "what OpenAI has stored",
}
"""Beginnings of paths that are not held to, and why; a whole operation, or what else was there."""
ANYWHERE = ("huggingface", "openai_compatible")
"""Kinds whose `base_url` is all that stands before the operation: a router's own provider, a
server's."""

UNTOLD = {429: "how much was asked before"}
"""Statuses whose cause is outside the request."""
WRONG_KEY = 401
"""Nobody's key was recorded: the simulation is told of another one than what comes."""

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
        headers=(("anthropic-version", "2023-06-01"), ("anthropic-workspace-id", "wrkspc")),
        body=body,
    )


def status_of(kind: ProviderKindName, exchange: dict[str, Any]) -> tuple[int, str]:
    """How the simulation answers a recorded request, and what it says."""
    request = asked(exchange)
    base = platform_of(kind).base_path
    if kind in ANYWHERE:
        base = re.sub(r"(/chat)?/(completions|embeddings)$", "", exchange["path"])
    key = "another" if exchange["response"]["status"] == WRONG_KEY else None
    known = [name for name in models_of(request) if not any(word in name for word in MISSPELT)]
    answer = platform_of(kind).answer(
        request,
        msgspec.structs.replace(SETTING, models=tuple(known), base_path=base, api_key=key),
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
    named += re.findall(r"/openai/deployments/([^/]+)/", request.path)
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


OTHERS = (
    "api.inference.crusoecloud.com",
    "demo-endpoints.pydantic.workers.dev",
    "localhost",
    "ollama.com",
    "us.inference.heroku.com",
)
"""Hosts that are no kind of their own."""

FILES: list[tuple[ProviderKindName, str, tuple[str, ...]]] = [
    ("gemini", "gemini-generate", ("gemini",)),
    ("gemini", "gemini-aux", ("gemini",)),
    ("vertex", "gemini-generate", ("vertex",)),
    ("vertex", "gemini-aux", ("vertex",)),
    ("bedrock", "bedrock-converse", ("bedrock",)),
    ("bedrock", "bedrock-invoke", ("bedrock",)),
    ("bedrock_mantle", "openai-chat", ("bedrock",)),
    ("bedrock_mantle", "openai-responses", ("bedrock",)),
    ("anthropic", "anthropic-messages", ("anthropic",)),
    ("anthropic", "anthropic-count-tokens", ("anthropic",)),
    ("anthropic_aws", "anthropic-messages", ("anthropic",)),
    ("azure", "openai-chat", ("azure",)),
    ("azure", "openai-responses", ("azure",)),
    ("azure", "embeddings", ("azure",)),
    ("foundry", "openai-chat", ("azure",)),
    ("foundry", "openai-responses", ("azure",)),
    ("foundry", "embeddings", ("azure",)),
    ("openai", "embeddings", ("openai",)),
    ("openai", "openai-responses-aux", ("openai",)),
    ("openai", "openai-chat", ("openai",)),
    ("openai", "openai-responses", ("openai",)),
    ("openai", "openai-completions", ("openai",)),
    ("cohere", "cohere-chat", ("api.cohere.com",)),
    ("cohere", "embeddings", ("api.cohere.com",)),
    ("ollama", "ollama", ("127.0.0.1",)),
    ("ollama", "embeddings", ("127.0.0.1", "localhost")),
    ("mistral", "openai-chat", ("api.mistral.ai",)),
    ("mistral", "embeddings", ("api.mistral.ai",)),
    ("groq", "openai-chat", ("api.groq.com",)),
    ("deepseek", "openai-chat", ("api.deepseek.com",)),
    ("deepseek", "openai-responses", ("api.deepseek.com",)),
    ("together", "openai-chat", ("api.together.xyz",)),
    ("cerebras", "openai-chat", ("api.cerebras.ai",)),
    ("openrouter", "openai-responses", ("openrouter.ai",)),
    ("openrouter", "openai-chat", ("openrouter.ai",)),
    ("huggingface", "openai-chat", ("router.huggingface.co",)),
    ("openai_compatible", "openai-completions", ("localhost",)),
    ("openai_compatible", "openai-chat", OTHERS),
    ("vllm", "openai-completions", ("localhost",)),
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
        expected = exchange["response"]["status"]
        if expected in UNTOLD or exchange["path"].startswith(tuple(NOT_SERVED)):
            continue
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


NOT_SIMULATED = {
    ("bedrock-converse", "localhost"): "a gateway of somebody's, with paths of its own",
    ("embeddings", "api.voyageai.com"): "no kind of provider",
    ("openai-chat", "gemini"): "Google's endpoint of OpenAI's dialect, which no deployment needs",
    ("rerank", "api.cohere.com"): "an operation that nothing here speaks",
}
"""What was recorded and is held against no simulation, and why."""


def test_everything_recorded_is_held_against_a_simulation() -> None:
    held = {(file, platform) for _, file, platforms in FILES for platform in platforms}
    recorded = {
        (path.name.partition(".")[0], exchange["platform"])
        for path in Path(recorded_folder()).glob("*.gz")
        for exchange in read_recorded(path.name.partition(".")[0])
    }
    assert recorded - held == set(NOT_SIMULATED)
    assert not held & set(NOT_SIMULATED)
