"""No bytes break the codec of Ollama's chat."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detente.dialects.ollama_chat import CODEC
from tests.dialects.codec_laws import json_values, mutated, survives
from tests.dialects.ollama_chat.test_recorded import cut
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
    "thinking",
    "images",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "tool_name",
    "tool_call_id",
    "tools",
    "parameters",
    "format",
    "options",
    "stop",
    "num_predict",
    "seed",
    "think",
    "keep_alive",
    "stream",
    "message",
    "done",
    "done_reason",
    "created_at",
    "eval_count",
    "prompt_eval_count",
    "logprobs",
    "token",
    "logprob",
    "bytes",
    "top_logprobs",
    "error",
    "id",
    "index",
    "type",
]
WORDS = ["user", "assistant", "tool", "system", "stop", "json", "high", "2024-01-01T00:00:00Z"]
VALUES = json_values(NAMES, WORDS)
REQUEST = (
    b'{"model": "m", "messages": [{"role": "user", "content": "hi", "images": ["iVBORw0KGgo="]},'
    b'{"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [{"function": {"name":'
    b'"f", "arguments": {"a": 1}}}]}, {"role": "tool", "tool_name": "f", "content": "2"}], "tools":'
    b'[{"type": "function", "function": {"name": "f", "parameters": {}}}], "options": {"seed": 1,'
    b'"stop": ["x"], "num_ctx": 5}, "format": {"type": "object"}, "think": true}'
)
ANSWER = (
    b'{"model": "m", "created_at": "2024-05-24T21:01:59.481632Z", "message": {"role": "assistant",'
    b'"content": "hi", "thinking": "hm", "tool_calls": [{"function": {"name": "f", "arguments": {}}'
    b'}]}, "done_reason": "stop", "done": true, "prompt_eval_count": 1, "eval_count": 2,'
    b'"logprobs": [{"token": "hi", "logprob": -0.1, "top_logprobs": []}]}'
)


@given(body=st.binary(max_size=80))
def test_any_bytes(body: bytes) -> None:
    survives(CODEC, body)


@given(body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
def test_any_json(body: dict[str, Any]) -> None:
    survives(CODEC, json.dumps(body).encode())


@given(
    seed=st.sampled_from([REQUEST, ANSWER]),
    at=st.integers(0, 200),
    value=VALUES,
    lines=st.booleans(),
)
def test_mutations(seed: bytes, at: int, value: Any, lines: bool) -> None:
    body = mutated(seed, at, value)
    survives(CODEC, body + b"\n" + ANSWER + b"\n" if lines else body)


def test_nesting_is_a_fault() -> None:
    survives(CODEC, b'{"model":"m","messages":' + b"[" * 100_000)


def test_what_no_recording_has_is_lossless_too() -> None:
    share = Share()
    assert request_difference(CODEC, REQUEST, share) is None
    assert response_difference(CODEC, ANSWER, share) is None
    assert stream_difference(CODEC, ANSWER + b"\n", share, cut=cut) is None
    assert share.unknown == 0
