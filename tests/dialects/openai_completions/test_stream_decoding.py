"""Chunks of a stream as events."""

import json
from typing import Any

import pytest

from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.openai_completions import CODEC

STARTED = Started(id="cmpl-1", model="m", created_s=5)
DONE = b"data: [DONE]\n\n"


def chunk(*choices: dict[str, Any], **members: Any) -> bytes:
    told = {"id": "cmpl-1", "created": 5, "model": "m", "choices": choices, **members}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def events(*wire: bytes) -> list[Event]:
    decoder = CODEC.stream_decoder()
    return decoder.feed(b"".join(wire)) + decoder.close()


def test_two_choices() -> None:
    assert events(
        chunk({"text": "a", "index": 0, "finish_reason": None}),
        chunk({"text": "b", "index": 1}, {"text": "c", "index": 0}),
        chunk({"text": "", "index": 0, "finish_reason": "stop", "stop_reason": "x"}),
        chunk({"text": "late", "index": 0}),
        chunk({"text": "", "index": 1, "finish_reason": "length"}),
        chunk(usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}),
        DONE,
        chunk({"text": "never", "index": 0}),
    ) == [
        STARTED,
        PartStarted(kind="text", index=0),
        Delta(kind="text", index=0, text="a"),
        PartStarted(kind="text", index=0, choice=1),
        Delta(kind="text", index=0, text="b", choice=1),
        Delta(kind="text", index=0, text="c"),
        PartStopped(index=0),
        Stopped(stop="stop_sequence", stop_sequence="x"),
        PartStopped(index=0, choice=1),
        Stopped(stop="length", choice=1),
        UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2)),
        Ended(),
    ]


def test_the_end_is_seen_without_the_last_line_where_all_choices_ended() -> None:
    ended = chunk({"text": "a", "index": 0, "finish_reason": "stop"})
    assert isinstance(events(ended)[-1], Ended)
    assert not any(
        isinstance(one, Ended) for one in events(ended, chunk({"text": "b", "index": 1}))
    )
    assert isinstance(events(chunk({"text": "a", "index": 0}), DONE)[-1], Ended)
    assert events(DONE) == [Started(id="", model=""), Ended()]


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        ({"message": "m", "code": "c"}, Failed(code="c", message="m", status=502)),
        ("m", Failed(code="server_error", message="m", status=502)),
        (
            {"code": 3},
            Failed(code="server_error", message="the provider reported an error", status=502),
        ),
    ],
)
def test_an_error_ends_it(error: Any, failed: Failed) -> None:
    assert events(chunk(error=error), DONE) == [failed]


@pytest.mark.parametrize("wire", [b"data: x\n\n", b"data: []\n\n", b'data: {"choices": 3}\n\n'])
def test_what_is_no_chunk(wire: bytes) -> None:
    with pytest.raises(ProviderFault):
        events(wire)


def test_a_stream_has_a_bound_of_choices() -> None:
    with pytest.raises(ProviderFault):
        events(*[chunk({"text": "a", "index": index}) for index in range(1025)])
