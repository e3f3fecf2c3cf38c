"""Streams, as the official client of Cohere reads them."""

from typing import Any

import cohere
import httpx

from detente.canonical.content import (
    Citation,
)
from detente.canonical.events import (
    Cited,
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
from detente.dialects.cohere_chat import CODEC

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
CITATION = Citation(kind="url", url="https://e.example", title="E", start=2, end=6)
CALLED: list[Event] = [
    Started(id="x", model="upstream"),
    PartStarted(kind="reasoning", index=0),
    Delta(kind="reasoning", index=0, text="hm"),
    PartStopped(index=0),
    PartStarted(kind="text", index=1),
    Delta(kind="text", index=1, text="I "),
    Pinged(),
    Delta(kind="text", index=1, text="look."),
    Cited(index=1, citation=CITATION),
    PartStopped(index=1),
    PartStarted(kind="tool_call", index=2, id="c1", name="weather"),
    Delta(kind="tool_call", index=2, text='{"city"'),
    PartStarted(kind="tool_call", index=3, id="c2", name="time"),
    Delta(kind="tool_call", index=3, text="{}"),
    Delta(kind="tool_call", index=2, text=':"Oslo"}'),
    PartStopped(index=2),
    PartStopped(index=3),
    Stopped(stop="tool_calls"),
    UsageReported(usage=USAGE),
    Ended(),
]


def client(body: bytes, kind: str, sent: list[bytes] | None = None) -> cohere.ClientV2:
    """The official client, answered with `body`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body, headers={"content-type": kind})

    return cohere.ClientV2(
        api_key="k",
        base_url="http://x.example",
        httpx_client=httpx.Client(transport=httpx.MockTransport(answer)),
    )


def read_stream(body: bytes) -> list[Any]:
    """The events of a stream."""
    return list(
        client(body, "text/event-stream").chat_stream(
            model="m", messages=[cohere.UserChatMessageV2(content="hi")]
        )
    )


def test_a_stream() -> None:
    encoder = CODEC.stream_encoder(Reply())
    events = read_stream(b"".join([encoder.feed([event]) for event in CALLED]))
    assert [event.type for event in events] == [
        "message-start",
        "content-start",
        "content-delta",
        "content-end",
        "content-start",
        "content-delta",
        "content-delta",
        "citation-start",
        "citation-end",
        "content-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-delta",
        "tool-call-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "message-end",
    ]
    assert events[0].id == "x"
    assert [e.index for e in events if e.type == "content-start"] == [0, 1]
    starts = [e for e in events if e.type == "tool-call-start"]
    assert [(e.index, e.delta.message.tool_calls.id) for e in starts] == [(0, "c1"), (1, "c2")]
    deltas = [e for e in events if e.type == "tool-call-delta"]
    arguments = ["".join(d.delta.message.tool_calls.function.arguments for d in deltas[:2])]
    assert [*arguments, deltas[2].delta.message.tool_calls.function.arguments] == [
        '{"city":"Oslo"}',
        "{}",
    ]
    citation = next(e for e in events if e.type == "citation-start").delta.message.citations
    assert (citation.text, citation.content_index) == ("look", 1)
    assert events[-1].delta.finish_reason == "TOOL_CALL"
    assert events[-1].delta.usage.billed_units.output_tokens == 3
    assert encoder.losses == []


def test_a_stream_that_breaks_off_has_no_end() -> None:
    body = CODEC.stream_encoder(Reply()).feed(CALLED[:-3])
    assert b"message-end" not in body
    assert b"[DONE]" not in body


def test_errors_in_a_stream() -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed([*CALLED[:6], Failed(code="overloaded", message="too busy")])
    last = read_stream(body)[-1]
    assert (last.delta.error, last.delta.finish_reason) == ("too busy", "ERROR")
    failure = Failure(code="upstream_failed", message="gone", blame="provider", status=502)
    body = CODEC.stream_encoder(Reply()).feed(CALLED[:6])
    body += CODEC.stream_encoder(Reply()).fail(failure, request_id="r1", decision_id="d1")
    last = read_stream(body)[-1]
    assert (last.delta.error, last.delta.finish_reason) == ("gone (decision `d1`)", "ERROR")
    assert b"[DONE]" not in body
