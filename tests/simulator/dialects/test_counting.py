"""The law that makes usage testable: every counted output token is one event of the stream."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.configuration.schema import ProviderKindName
from detente.simulator.dialects import (
    chat,
    chat_request,
    cohere,
    cohere_request,
    completions,
    converse,
    converse_request,
    generate,
    generate_request,
    messages,
    messages_request,
    ollama,
    ollama_request,
    responses,
    responses_request,
)
from detente.simulator.exchange import Answer, Received, Reply, Stream
from detente.simulator.platforms import PLATFORMS, platform_of
from tests.simulator.values import SETTING

EXAMPLES = 30
"""Of each of some thirty paths, every time others."""
TOOL = {"type": "object", "properties": {"city": {"type": "string"}}}

Reading = tuple[Answer, Answer, int]

PROMPTS = st.text(min_size=1, max_size=80) | st.sampled_from(
    ['find {"city": "Rome"} find', "count to 20", "echo a, b; c", "find"]
)


def chat_pair(prompt: str) -> Reading:
    body: dict[str, object] = {
        "model": "m",
        "messages": [{"role": "user", "content": prompt}],
        "tools": [{"type": "function", "function": {"name": "find", "parameters": TOOL}}],
    }
    answers = [
        chat.answer(chat_request.parse(json.dumps(each).encode()), SETTING, chat.Trim())
        for each in (body, {**body, "stream": True})
    ]
    assert isinstance(answers[0], Reply)
    return answers[0], answers[1], json.loads(answers[0].body)["usage"]["completion_tokens"]


def responses_pair(prompt: str) -> Reading:
    body: dict[str, object] = {
        "model": "m",
        "input": prompt,
        "tools": [{"type": "function", "name": "find", "parameters": TOOL}],
    }
    answers = [
        responses.answer(responses_request.parse(json.dumps(each).encode()), SETTING)
        for each in (body, {**body, "stream": True})
    ]
    assert isinstance(answers[0], Reply)
    return answers[0], answers[1], json.loads(answers[0].body)["usage"]["output_tokens"]


def messages_pair(prompt: str) -> Reading:
    body: dict[str, object] = {
        "model": "m",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": prompt}],
        "tools": [{"name": "find", "input_schema": TOOL}],
    }
    answers = [
        messages.answer(messages_request.parse(json.dumps(each).encode(), "2023-06-01"), SETTING)
        for each in (body, {**body, "stream": True})
    ]
    assert isinstance(answers[0], Reply)
    return answers[0], answers[1], json.loads(answers[0].body)["usage"]["output_tokens"]


def converse_pair(prompt: str) -> Reading:
    body: dict[str, object] = {
        "messages": [{"role": "user", "content": [{"text": f"{prompt}."}]}],
        "toolConfig": {"tools": [{"toolSpec": {"name": "find", "inputSchema": {"json": TOOL}}}]},
    }
    asked = converse_request.parse(json.dumps(body).encode(), "m")
    whole = converse.answer(asked, SETTING, streamed=False)
    assert isinstance(whole, Reply)
    counted = json.loads(whole.body)["usage"]["outputTokens"]
    return whole, converse.answer(asked, SETTING, streamed=True), counted


def generate_pair(prompt: str) -> Reading:
    """Without tools: this dialect's calls come whole."""
    asked = generate_request.parse(
        json.dumps({"contents": [{"parts": [{"text": prompt}]}]}).encode(), "m"
    )
    whole = generate.answer(asked, SETTING, streamed=False)
    assert isinstance(whole, Reply)
    counted = json.loads(whole.body)["usageMetadata"]["candidatesTokenCount"]
    return whole, generate.answer(asked, SETTING, streamed=True), counted


def cohere_pair(prompt: str) -> Reading:
    body: dict[str, object] = {
        "model": "m",
        "messages": [{"role": "user", "content": prompt}],
        "tools": [{"type": "function", "function": {"name": "find", "parameters": TOOL}}],
    }
    answers = [
        cohere.answer(cohere_request.parse(json.dumps(each).encode()), SETTING)
        for each in (body, {**body, "stream": True})
    ]
    assert isinstance(answers[0], Reply)
    units = json.loads(answers[0].body)["usage"]["billed_units"]
    return answers[0], answers[1], units["output_tokens"]


def ollama_pair(prompt: str) -> Reading:
    """Without tools: this dialect's calls come whole."""
    body: dict[str, object] = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
    answers = [
        ollama.answer(ollama_request.parse(json.dumps(each).encode()), SETTING)
        for each in ({**body, "stream": False}, body)
    ]
    assert isinstance(answers[0], Reply)
    return answers[0], answers[1], json.loads(answers[0].body)["eval_count"]


def completions_pair(prompt: str) -> Reading:
    body: dict[str, object] = {"model": "m", "prompt": prompt, "n": 2}
    answers = [
        completions.answer(completions.parse(json.dumps(each).encode()), SETTING)
        for each in (body, {**body, "stream": True})
    ]
    assert isinstance(answers[0], Reply)
    return answers[0], answers[1], json.loads(answers[0].body)["usage"]["completion_tokens"]


PAIRS = [
    chat_pair,
    responses_pair,
    messages_pair,
    converse_pair,
    generate_pair,
    cohere_pair,
    ollama_pair,
    completions_pair,
]


@pytest.mark.parametrize("pair", PAIRS)
@given(prompt=PROMPTS)
def test_each_output_token_is_one_event(pair: type, prompt: str) -> None:
    whole, stream, counted = pair(prompt)
    assert isinstance(stream, Stream)
    assert sum(piece.token for piece in stream.pieces) == counted
    assert whole.tokens == counted


@pytest.mark.parametrize("kind", [platform.kind for platform in PLATFORMS])
@settings(max_examples=EXAMPLES)
@given(method=st.sampled_from(["GET", "POST", "PUT"]), target=st.text(), body=st.binary())
def test_any_request_has_an_answer(
    kind: ProviderKindName, method: str, target: str, body: bytes
) -> None:
    received = Received(
        method=method,
        target=f"/{target}",
        headers=(("anthropic-version", "2023-06-01"),),
        body=body,
    )
    answer = platform_of(kind).answer(received, SETTING)
    assert isinstance(answer, Reply)
    assert 400 <= answer.status < 500


STREAM_ENDS = (b"\n\n", b"\r\n\r\n")
REFUSALS = (400, 404, 422)

PATHS: list[tuple[ProviderKindName, str]] = [
    ("openai", "/v1/chat/completions"),
    ("openai", "/v1/responses"),
    ("openai", "/v1/responses/input_tokens"),
    ("openai", "/v1/embeddings"),
    ("azure", "/openai/v1/chat/completions"),
    ("azure", "/openai/deployments/m/embeddings?api-version=1"),
    ("anthropic", "/v1/messages"),
    ("anthropic", "/v1/messages/count_tokens"),
    ("openai_compatible", "/v1/chat/completions"),
    ("gemini", "/v1beta/models/m:generateContent"),
    ("gemini", "/v1/models/m:streamGenerateContent?alt=sse"),
    ("gemini", "/v1/models/m:countTokens"),
    ("gemini", "/v1/models/m:batchEmbedContents"),
    ("gemini", "/v1/models/m:embedContent"),
    ("gemini", "/v1/projects/p/locations/l/publishers/google/models/m:predict"),
    ("bedrock", "/model/m/converse"),
    ("bedrock", "/model/m/converse-stream"),
    ("bedrock", "/model/m/invoke"),
    ("bedrock", "/model/m/invoke-with-response-stream"),
    ("bedrock", "/model/m/count-tokens"),
    ("openai", "/v1/completions"),
    ("azure", "/openai/deployments/m/completions?api-version=1"),
    ("cohere", "/v2/chat"),
    ("cohere", "/v2/embed"),
    ("ollama", "/api/chat"),
    ("ollama", "/api/embed"),
    ("ollama", "/api/embeddings"),
    ("ollama", "/api/show"),
    ("ollama", "/v1/chat/completions"),
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = (
    *("model", "messages", "input", "tools", "tool_choice", "max_tokens", "stream", "n", "stop"),
    *("contents", "generationConfig", "toolConfig", "requests", "instances", "content"),
    *("think", "format", "options", "response_format", "embedding_types", "input_type", "echo"),
    *("system", "prompt", "inputText", "texts", "anthropic_version", "reasoning", "thinking"),
)


@pytest.mark.parametrize(("kind", "target"), PATHS)
@settings(max_examples=EXAMPLES)
@given(body=st.dictionaries(st.sampled_from(KEYS), JSON) | st.binary())
def test_any_body_has_an_answer(
    kind: ProviderKindName, target: str, body: dict[str, object] | bytes
) -> None:
    full = {} if kind in ("gemini", "cohere") else {"model": "m", "max_tokens": 3, "input": "hi"}
    received = Received(
        method="POST",
        target=target,
        headers=(("anthropic-version", "2023-06-01"),),
        body=body if isinstance(body, bytes) else json.dumps({**full, **body}).encode(),
    )
    answer = platform_of(kind).answer(received, SETTING)
    if isinstance(answer, Stream):
        pieces = [piece.data for piece in answer.pieces]
        assert kind in ("bedrock", "ollama") or pieces[-1].endswith(STREAM_ENDS)
    else:
        assert answer.status in (200, *REFUSALS)
        json.loads(answer.body)
