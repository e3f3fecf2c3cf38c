"""A stream in no dialect: the response's own events, and what hosts leave out."""

import json
from typing import Any

import pytest

from detente.canonical.content import Opaque
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import ProviderFault
from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from detente.dialects.openai_responses.stream_decoding import new_decoder
from tests.dialects.openai_responses.bare import bare

USAGE = {"input_tokens": 2, "output_tokens": 1}


def stream_of(*events: dict[str, Any]) -> bytes:
    """Those events, as the platform writes them."""
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode())
        for event in events
    )


def decoded(*events: dict[str, Any]) -> list[Event]:
    """What they mean."""
    decoder = new_decoder()
    return [bare(event) for event in decoder.feed(stream_of(*events)) + decoder.close()]


def created(**members: Any) -> dict[str, Any]:
    """The first event."""
    return {"type": "response.created", "response": {"id": "resp_1", "model": "gpt", **members}}


def ended(kind: str, **members: Any) -> dict[str, Any]:
    """A terminal event."""
    return {"type": f"response.{kind}", "response": {"id": "resp_1", "model": "gpt", **members}}


STARTED = Started(id="resp_1", model="gpt")


def test_the_least_stream() -> None:
    assert decoded(
        created(created_at=7.5, service_tier="auto"),
        {**created(), "type": "response.in_progress"},
        ended("completed", usage=USAGE, service_tier="flex"),
    ) == [
        Started(id="resp_1", model="gpt", created_s=7, service_tier="auto"),
        Stopped(stop="end"),
        UsageReported(
            usage=Usage(uncached_input_tokens=2, visible_output_tokens=1), service_tier="flex"
        ),
        Ended(),
    ]


@pytest.mark.parametrize(
    ("kind", "members", "stop", "detail"),
    [
        ("completed", {}, "end", None),
        (
            "incomplete",
            {"incomplete_details": {"reason": "max_output_tokens"}},
            "length",
            None,
        ),
        (
            "incomplete",
            {"incomplete_details": {"reason": "content_filter"}},
            "content_filter",
            None,
        ),
        ("incomplete", {"incomplete_details": {"reason": "steered"}}, "other", "steered"),
        ("cancelled", {}, "cancelled", None),
    ],
)
def test_every_end(
    kind: str, members: dict[str, Any], stop: StopReason, detail: str | None
) -> None:
    assert decoded(created(), ended(kind, **members))[1:] == [
        Stopped(stop=stop, stop_detail=detail),
        Ended(),
    ]


def test_a_failure_is_no_end() -> None:
    error = {"code": "rate_limit_exceeded", "message": "slow down"}
    assert decoded(created(), ended("failed", error=error, usage=USAGE))[1:] == [
        UsageReported(usage=Usage(uncached_input_tokens=2, visible_output_tokens=1)),
        Failed(code="rate_limit_exceeded", message="slow down", status=429),
    ]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "server_error", "message": "it broke", "param": None},
        {"type": "error", "error": {"code": "server_error", "message": "it broke"}},
    ],
)
def test_errors_inside_the_stream(event: dict[str, Any]) -> None:
    late = {"type": "response.output_text.delta", "delta": "late"}
    assert decoded(created(), event, late, ended("completed"))[1:] == [
        Failed(code="server_error", message="it broke")
    ]


def test_an_error_without_words() -> None:
    assert decoded({"type": "error"}) == [
        Failed(code="server_error", message="the provider reported an error")
    ]


def test_what_filters_said() -> None:
    found = decoded(created(), ended("completed", content_filters=[{"blocked": False}]))
    assert [event.filter.name for event in found if isinstance(event, Filtered)] == [
        "content_filters"
    ]


def test_keepalives_and_what_nobody_knows() -> None:
    events = decoded(created(), {"type": "keepalive"}, {"type": "response.brand_new"})
    assert events == [STARTED, Pinged()]
    decoder = new_decoder(frames=True)
    (framed,) = decoder.feed(stream_of({"type": "response.brand_new", "x": 1}))
    assert framed == Framed(
        dialect="openai_responses",
        name="response.brand_new",
        members={"type": "response.brand_new", "x": 1},
    )
    assert new_decoder().feed(b'data: {"type": 7}\n\ndata: [DONE]\n\n') == []


def test_answers_that_came_only_with_the_end() -> None:
    output: list[Any] = [
        7,
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
        {
            "type": "message",
            "content": [7, {"type": "output_text", "text": "hi"}, {"type": "new"}],
        },
    ]
    assert decoded(ended("completed", output=output)) == [
        STARTED,
        PartStarted(kind="reasoning", index=0, id="rs_1"),
        StateGiven(
            index=0, state=Opaque(origin="openai_responses", value="gAAA", kind="encrypted")
        ),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        Delta(kind="text", index=1, text="hi"),
        PartStopped(index=1),
        Stopped(stop="end"),
        Ended(),
    ]


def test_a_stream_that_breaks_off_has_no_end() -> None:
    decoder = new_decoder()
    whole = stream_of(created(), ended("completed"))
    events = decoder.feed(whole[:-40]) + decoder.close()
    assert events == [STARTED]
    last = new_decoder()
    assert (last.feed(whole[:-2]) + last.close())[-1] == Ended()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"<html>", "the provider's answer is not JSON; try another deployment"),
        (
            b'{"type":"response.output_text.delta"}',
            "`delta` in the provider's answer must be a string; try another deployment",
        ),
        (
            b'{"type":"response.created","response":7}',
            "`response` in the provider's answer must be an object; try another deployment",
        ),
    ],
)
def test_faults_say_where(data: bytes, told: str) -> None:
    with pytest.raises(ProviderFault) as raised:
        new_decoder().feed(b"data: " + data + b"\n\n")
    assert raised.value.failure.message == told
