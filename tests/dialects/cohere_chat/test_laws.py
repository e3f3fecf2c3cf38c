"""No bytes break the codec of Cohere's chat."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detente.dialects.cohere_chat import CODEC
from tests.dialects.codec_laws import json_values, mutated, survives
from tests.dialects.cohere_chat.test_recorded import cut
from tests.dialects.roundtrip import (
    Share,
    request_difference,
    response_difference,
    stream_difference,
)

NAMES = [
    "model",
    "messages",
    "role",
    "content",
    "type",
    "text",
    "thinking",
    "image_url",
    "url",
    "document",
    "data",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "tool_call_id",
    "id",
    "tool_plan",
    "citations",
    "sources",
    "start",
    "end",
    "content_index",
    "tools",
    "stream",
    "strict_tools",
    "response_format",
    "json_schema",
    "tool_choice",
    "token_budget",
    "k",
    "message",
    "finish_reason",
    "usage",
    "billed_units",
    "tokens",
    "input_tokens",
    "delta",
    "logprobs",
    "token_ids",
    "error",
    "index",
    "documents",
    "safety_mode",
    "parameters",
]
WORDS = [
    "user",
    "assistant",
    "tool",
    "system",
    "text",
    "thinking",
    "image_url",
    "document",
    "COMPLETE",
    "ERROR",
    "TOOL_CALL",
    "json_object",
    "REQUIRED",
    "function",
    "enabled",
    "message-start",
    "content-start",
    "content-delta",
    "tool-call-start",
    "citation-start",
]
VALUES = json_values(NAMES, WORDS)
REQUEST = (
    b'{"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"},'
    b'{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"}}]},'
    b'{"role": "assistant", "tool_plan": "p", "content": [{"type": "thinking", "thinking": "t"},'
    b'{"type": "text", "text": "hi"}], "citations": [{"start": 0, "end": 2, "text": "hi",'
    b'"sources": [{"type": "document", "id": "d", "document": {"title": "T"}}]}], "tool_calls":'
    b'[{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},'
    b'{"role": "tool", "tool_call_id": "1", "content": [{"type": "document", "document":'
    b'{"data": {"a": 1}, "id": "x"}}]}], "tools": [{"type": "function", "function": {"name": "f",'
    b'"parameters": {"type": "object"}}}], "strict_tools": true, "tool_choice": "REQUIRED",'
    b'"response_format": {"type": "json_object", "json_schema": {"type": "object"}},'
    b'"thinking": {"type": "enabled", "token_budget": 5}, "documents": ["d"], "k": 3, "p": 0.5}'
)
ANSWER = (
    b'{"id": "1", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content":'
    b'[{"type": "text", "text": "hi"}], "tool_plan": "p", "citations": [{"start": 0, "end": 2,'
    b'"text": "hi", "sources": [], "content_index": 0}], "tool_calls": [{"id": "1", "type":'
    b'"function", "function": {"name": "f", "arguments": "{}"}}]}, "usage": {"billed_units":'
    b'{"input_tokens": 1, "output_tokens": 2.0}, "tokens": {}, "cached_tokens": 1},'
    b'"logprobs": [{"text": "hi", "token_ids": [1], "logprobs": [-0.5]}]}'
)
EVENTS = [
    b'{"id":"1","type":"message-start","delta":{"message":{"role":"assistant","content":[]}}}',
    b'{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I"}}}',
    b'{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}',
    b'{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"hi"}}},'
    b'"logprobs":{"text":"hi","token_ids":[1],"logprobs":[-0.5]}}',
    b'{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":2,'
    b'"text":"hi","sources":[{"type":"document","id":"d","document":{"title":"T"}}]}}}}',
    b'{"type":"content-end","index":0}',
    b'{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","type":'
    b'"function","function":{"name":"f","arguments":""}}}}}',
    b'{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":'
    b'{"arguments":"{}"}}}}}',
    b'{"type":"tool-call-end","index":0}',
    b'{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":'
    b'{"input_tokens":1,"output_tokens":2}}}}',
]


def stream_of(events: list[bytes]) -> bytes:
    """The events as the wire has them."""
    return b"".join(b"data: " + event + b"\n\n" for event in events) + b"data: [DONE]\n\n"


@given(body=st.binary(max_size=80))
def test_any_bytes(body: bytes) -> None:
    survives(CODEC, body)


@given(body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
def test_any_json(body: dict[str, Any]) -> None:
    survives(CODEC, json.dumps(body).encode())


@given(seed=st.sampled_from([REQUEST, ANSWER]), at=st.integers(0, 200), value=VALUES)
def test_mutations(seed: bytes, at: int, value: Any) -> None:
    survives(CODEC, mutated(seed, at, value))


@given(which=st.integers(0, len(EVENTS) - 1), at=st.integers(0, 50), value=VALUES)
def test_mutated_events(which: int, at: int, value: Any) -> None:
    events = [*EVENTS]
    events[which] = mutated(events[which], at, value)
    survives(CODEC, stream_of(events))


@given(order=st.permutations(EVENTS))
def test_events_in_any_order(order: list[bytes]) -> None:
    survives(CODEC, stream_of(order))


def test_nesting_is_a_fault() -> None:
    survives(CODEC, b'{"model":"m","messages":' + b"[" * 100_000)


def test_what_no_recording_has_is_lossless_too() -> None:
    share = Share()
    assert request_difference(CODEC, REQUEST, share) is None
    assert response_difference(CODEC, ANSWER, share) is None
    assert stream_difference(CODEC, stream_of(EVENTS), share, cut=cut) is None
    assert share.unknown == 0
