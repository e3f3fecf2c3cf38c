"""No bytes break the codec of completions."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detente.dialects.openai_completions import CODEC
from tests.dialects.codec_laws import json_values, mutated, survives
from tests.dialects.openai_completions.test_recorded import cut
from tests.dialects.roundtrip import (
    Share,
    request_difference,
    response_difference,
    stream_difference,
)

NAMES = ["model", "prompt", "stream", "stream_options", "include_usage", "max_tokens", "n", "stop"]
NAMES.extend(("logprobs", "suffix", "echo", "best_of", "logit_bias", "user", "seed", "id"))
NAMES.extend(("choices", "text", "index", "finish_reason", "stop_reason", "usage", "object"))
NAMES.extend(("tokens", "token_logprobs", "top_logprobs", "text_offset", "error", "message"))
NAMES.extend(("prompt_tokens", "completion_tokens", "total_tokens", "created", "code"))
WORDS = ["stop", "length", "content_filter", "text_completion", "cmpl-1", "hi"]
VALUES = json_values(NAMES, WORDS)
REQUEST = (
    b'{"model": "m", "prompt": ["hi"], "stream": true, "stream_options": {"include_usage": true},'
    b'"max_tokens": 5, "n": 2, "stop": "x", "logprobs": 2, "suffix": "end", "echo": false,'
    b'"best_of": 3, "logit_bias": {"50256": -100}, "user": "u", "seed": 1, "temperature": null}'
)
ANSWER = (
    b'{"id": "cmpl-1", "object": "text_completion", "created": 5, "model": "m", "choices":'
    b'[{"text": "hi", "index": 0, "finish_reason": "stop", "logprobs": {"tokens": ["h", "i"],'
    b'"token_logprobs": [-0.5, -1], "top_logprobs": [{"h": -0.5}, {"i": -1, "o": -2}],'
    b'"text_offset": [0, 1]}}], "usage": {"prompt_tokens": 3, "completion_tokens": 2,'
    b'"total_tokens": 5, "prompt_tokens_details": {"cached_tokens": 1}}}'
)
CHUNKS = [
    b'{"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"text":"h",'
    b'"index":0,"finish_reason":null,"logprobs":null}]}',
    b'{"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"text":"",'
    b'"index":0,"finish_reason":"stop","stop_reason":"x","logprobs":null}]}',
    b'{"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[],'
    b'"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}',
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


@given(seed=st.sampled_from([REQUEST, ANSWER]), at=st.integers(0, 100), value=VALUES)
def test_mutations(seed: bytes, at: int, value: Any) -> None:
    survives(CODEC, mutated(seed, at, value))


@given(which=st.integers(0, len(CHUNKS) - 1), at=st.integers(0, 50), value=VALUES)
def test_mutated_events(which: int, at: int, value: Any) -> None:
    events = [*CHUNKS]
    events[which] = mutated(events[which], at, value)
    survives(CODEC, stream_of(events))


def test_nesting_is_a_fault() -> None:
    survives(CODEC, b'{"model":"m","prompt":' + b"[" * 100_000)


def test_what_no_recording_has_is_lossless_too() -> None:
    share = Share()
    assert request_difference(CODEC, REQUEST, share) is None
    assert response_difference(CODEC, ANSWER, share) is None
    assert stream_difference(CODEC, stream_of(CHUNKS), share, cut=cut) is None
    assert share.unknown == 0
