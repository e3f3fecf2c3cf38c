"""No bytes break the codec of Oracle's chat, and what its client sends and reads is lossless."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.dialects.oci_chat import CODEC
from tests.dialects.codec_laws import json_values, mutated, survives
from tests.dialects.oci_chat.bodies import (
    ANSWERS,
    COHERE_ANSWER,
    COHERE_REQUEST,
    GENERIC_ANSWER,
    GENERIC_REQUEST,
    REQUESTS,
    STREAMS,
    cut,
)
from tests.dialects.roundtrip import (
    Share,
    assert_splits_alike,
    request_difference,
    response_difference,
    stream_difference,
)

NAMES = [
    "apiFormat",
    "chatRequest",
    "chatResponse",
    "servingMode",
    "modelId",
    "messages",
    "message",
    "role",
    "content",
    "type",
    "text",
    "toolCalls",
    "toolCallId",
    "function",
    "name",
    "arguments",
    "id",
    "index",
    "choices",
    "finishReason",
    "usage",
    "promptTokens",
    "logprobs",
    "tokens",
    "tokenLogprobs",
    "annotations",
    "urlCitation",
    "citations",
    "sources",
    "tools",
    "parameters",
    "toolChoice",
    "responseFormat",
    "jsonSchema",
    "imageUrl",
    "url",
    "detail",
    "streamOptions",
    "isStream",
    "topK",
    "reasoningEffort",
    "code",
    "timeCreated",
    "serviceTier",
    "stop",
    "metadata",
]
WORDS = [
    "GENERIC",
    "COHEREV2",
    "COHERE",
    "USER",
    "ASSISTANT",
    "TOOL",
    "SYSTEM",
    "TEXT",
    "IMAGE",
    "FUNCTION",
    "JSON_SCHEMA",
    "AUTO",
    "stop",
    "-0.5",
    "2025-05-01T12:00:00.123Z",
]
VALUES = json_values(NAMES, WORDS)


@given(body=st.binary(max_size=80))
def test_any_bytes(body: bytes) -> None:
    survives(CODEC, body)


@given(body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
def test_any_json(body: dict[str, Any]) -> None:
    survives(CODEC, json.dumps(body).encode())


@given(
    seed=st.sampled_from([GENERIC_REQUEST, COHERE_REQUEST, GENERIC_ANSWER, COHERE_ANSWER]),
    at=st.integers(0, 300),
    value=VALUES,
)
def test_mutations(seed: bytes, at: int, value: Any) -> None:
    survives(CODEC, mutated(seed, at, value))


@given(
    stream=st.sampled_from(list(STREAMS.values())),
    line=st.integers(0, 20),
    at=st.integers(0, 60),
    value=VALUES,
)
def test_mutated_streams(stream: bytes, line: int, at: int, value: Any) -> None:
    events = [event for event in stream.split(b"\n\n") if event.startswith(b"data: {")]
    chosen = line % len(events)
    events[chosen] = b"data: " + mutated(events[chosen][6:], at, value)
    survives(CODEC, b"\n\n".join(events) + b"\n\n")


def test_nesting_is_a_fault() -> None:
    survives(CODEC, b'{"servingMode":{"modelId":"m"},"chatRequest":{"messages":' + b"[" * 100_000)


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_are_lossless(name: str) -> None:
    share = Share()
    assert request_difference(CODEC, REQUESTS[name], share) is None
    assert share.unknown == 0


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_lossless(name: str) -> None:
    share = Share()
    assert response_difference(CODEC, ANSWERS[name], share) is None
    assert share.unknown == 0


@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_lossless_however_they_are_split(name: str) -> None:
    share = Share()
    assert stream_difference(CODEC, STREAMS[name], share, cut=cut) is None
    assert_splits_alike(CODEC, STREAMS[name], seeds=40, bytewise=True)
