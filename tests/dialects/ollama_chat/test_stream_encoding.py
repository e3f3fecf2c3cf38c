"""Streams, as the official client of Ollama reads them."""

from typing import Any

import httpx
import ollama
import pytest

from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import Failure
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.ollama_chat import CODEC

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
CALLED: list[Event] = [
    Started(id="x", model="upstream", created_s=1_700_000_000),
    PartStarted(kind="reasoning", index=0),
    Delta(kind="reasoning", index=0, text="hm"),
    PartStopped(index=0),
    PartStarted(kind="text", index=1),
    Delta(kind="text", index=1, text="I "),
    Pinged(),
    Delta(kind="text", index=1, text="look."),
    PartStopped(index=1),
    PartStarted(kind="tool_call", index=2, id="c1", name="weather"),
    Delta(kind="tool_call", index=2, text='{"city"'),
    PartStarted(kind="tool_call", index=3, id="c2", name="time"),
    Delta(kind="tool_call", index=2, text=':"Oslo"}'),
    PartStopped(index=2),
    PartStopped(index=3),
    Stopped(stop="tool_calls"),
    UsageReported(usage=USAGE),
    Ended(),
]


def client(body: bytes, sent: list[bytes] | None = None) -> Any:
    """The official client, answered with `body`; it types its `chat` in part only."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body)

    return ollama.Client(host="http://x.example", transport=httpx.MockTransport(answer))


def read_stream(body: bytes) -> list[ollama.ChatResponse]:
    """The parts of a stream."""
    return list(client(body).chat(model="m", messages=[], stream=True))


def test_a_stream() -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = b"".join([encoder.feed([event]) for event in CALLED])
    assert b"\n\n" not in body
    parts = read_stream(body)
    assert "".join(part.message.content or "" for part in parts) == "I look."
    assert "".join(part.message.thinking or "" for part in parts) == "hm"
    calls = [call for part in parts for call in part.message.tool_calls or ()]
    assert [(call.function.name, call.function.arguments) for call in calls] == [
        ("weather", {"city": "Oslo"}),
        ("time", {}),
    ]
    last = parts[-1]
    assert (last.done, last.done_reason, last.model) == (True, "stop", "upstream")
    assert (last.prompt_eval_count, last.eval_count) == (8, 3)
    assert encoder.losses == []


def test_a_stream_that_breaks_off_has_no_end() -> None:
    body = CODEC.stream_encoder(Reply()).feed(CALLED[:-3])
    assert not any(part.done for part in read_stream(body))


@pytest.mark.parametrize("upstream", [True, False])
def test_an_error_in_a_stream_is_raised(upstream: bool) -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed(CALLED[:6])
    if upstream:
        body += encoder.feed([Failed(code="overloaded", message="too busy")])
    else:
        failure = Failure(code="upstream_failed", message="too busy", blame="provider", status=502)
        body += encoder.fail(failure, request_id="r1")
    with pytest.raises(ollama.ResponseError, match="too busy"):
        read_stream(body)
