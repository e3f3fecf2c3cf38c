"""Streamed completions, as the official client reads them."""

from typing import Any

import httpx2
import openai
import pytest

from detente.canonical.content import (
    Citation,
    Native,
    Opaque,
    Text,
    TokenLogprob,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import Failure
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.openai_completions import CODEC
from tests.dialects.from_elsewhere import asked

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
STATE = Opaque(origin="anthropic_messages", value="s")
TOKEN = TokenLogprob(token="hi", logprob=-0.5, top=(TokenLogprob(token="ho", logprob=-1.5),))
FILTER = ContentFilter(dialect="openai_chat", stage="output", name="f", value={})
REPLY = Reply(request=asked(asks_usage=True), request_id="r1", now_s=5)
ANSWERED: list[Event] = [
    Started(id="x", model="upstream"),
    PartStarted(kind="text", index=0),
    Delta(kind="text", index=0, text="hi", logprobs=(TOKEN,)),
    Pinged(),
    PartStarted(kind="text", index=0, choice=1),
    Delta(kind="text", index=0, text="ho", choice=1),
    Delta(kind="text", index=0, text="ho", logprobs=(TOKEN,)),
    PartStopped(index=0),
    Stopped(stop="stop_sequence"),
    PartStopped(index=0, choice=1),
    Stopped(stop="length", choice=1),
    UsageReported(usage=USAGE),
    Ended(),
]


def client(body: bytes, kind: str) -> openai.OpenAI:
    """The official client, answered with `body`."""
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, content=body, headers={"content-type": kind})
    )
    return openai.OpenAI(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))


def read_stream(body: bytes) -> list[Any]:
    """The chunks of a stream."""
    opened = client(body, "text/event-stream").completions.create(
        model="m", prompt="hi", stream=True
    )
    return list(opened)


def test_a_stream() -> None:
    encoder = CODEC.stream_encoder(REPLY)
    body = b"".join([encoder.feed([event]) for event in ANSWERED])
    assert body.endswith(b"data: [DONE]\n\n")
    chunks = read_stream(body)
    told = [(c.index, c.text, c.finish_reason) for chunk in chunks for c in chunk.choices]
    assert told == [
        (0, "hi", None),
        (1, "ho", None),
        (0, "ho", None),
        (0, "", "stop"),
        (1, "", "length"),
    ]
    assert [c.logprobs.text_offset for k in chunks for c in k.choices if c.logprobs] == [[0], [2]]
    assert {chunk.id for chunk in chunks} == {"cmpl-x"}
    assert chunks[-1].usage.total_tokens == 11
    assert encoder.losses == []


def test_usage_is_told_where_it_was_asked_for() -> None:
    body = CODEC.stream_encoder(Reply()).feed(ANSWERED)
    assert b'"usage"' not in body


def test_a_stream_that_breaks_off_has_no_end() -> None:
    assert b"[DONE]" not in CODEC.stream_encoder(REPLY).feed(ANSWERED[:-1])


@pytest.mark.parametrize("upstream", [True, False])
def test_an_error_in_a_stream_is_raised(upstream: bool) -> None:
    encoder = CODEC.stream_encoder(REPLY)
    body = encoder.feed(ANSWERED[:3])
    if upstream:
        body += encoder.feed([Failed(code="overloaded", message="too busy")])
    else:
        failure = Failure(code="upstream_failed", message="too busy", blame="provider", status=502)
        body += encoder.fail(failure, request_id="r1")
    assert encoder.feed(ANSWERED[3:]) == b""
    with pytest.raises(openai.APIError, match="too busy"):
        read_stream(body)


def test_what_a_stream_cannot_say_is_named() -> None:
    encoder = CODEC.stream_encoder(REPLY)
    events: list[Event] = [
        Started(id="cmpl-9", model="m", created_s=4),
        PartStarted(kind="reasoning", index=0, state=STATE),
        Delta(kind="reasoning", index=0, text="hm"),
        StateGiven(index=1, state=STATE),
        PartStarted(kind="tool_call", index=2, id="1", name="f"),
        PartGiven(index=3, part=Text(text="given")),
        PartGiven(index=4, part=Native(dialect="openai_responses", name="n", value={})),
        Cited(index=3, citation=Citation(kind="url")),
        Filtered(filter=FILTER),
        Stopped(stop="pause"),
        Ended(),
    ]
    body = encoder.feed(events)
    assert b'"id":"cmpl-9"' in body
    assert b'"created":4' in body
    assert b'"given"' in body
    assert [str(loss) for loss in encoder.losses] == [
        "reasoning_text@choices[0].parts[0]",
        "reasoning_state@choices[0].parts[1]",
        "tools@choices[0].parts[2]",
        "native_part@choices[0].parts[4]",
        "citations@choices[0].parts[3].citations",
        "content_filter@filters",
        "stop_reason@choices[0].stop",
    ]
