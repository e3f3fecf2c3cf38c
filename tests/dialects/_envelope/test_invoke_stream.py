"""InvokeModel's streams, opened and framed: what was recorded, and what the clients read."""

import base64
import json
from typing import Any

import botocore.eventstream  # pyright: ignore[reportMissingTypeStubs] - it has none
import pytest
from anthropic.lib.bedrock._stream_decoder import (
    AWSEventStreamDecoder,
)
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.failure import ProviderFault
from detente.dialects import spec_of
from detente.dialects._bedrock.failure import exception_frame
from detente.dialects._envelope.invoke_stream import (
    EventsFramed,
    FramedTap,
    FramesOpened,
    OpenedTap,
    error_told,
    read_error,
)
from detente.dialects._framing.aws_events import AwsEventCutter, aws_event
from detente.dialects.spec import RequestHead, StreamTap
from tests.conftest import Recorded
from tests.dialects.splits import SIZES, pieces, same_for_every_split

HEAD = RequestHead(model="claude", stream=True)
CHUNK = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 3, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hé"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}},
]


def frame(event: object, **headers: str) -> bytes:
    data = base64.b64encode(json.dumps(event).encode()).decode()
    payload = json.dumps({"bytes": data, "p": "abcd"}).encode()
    return aws_event({**CHUNK, **headers}, payload)


def native(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


FRAMES = b"".join(frame(event) for event in EVENTS)
NATIVE = b"".join(native(event) for event in EVENTS)


def fresh() -> StreamTap:
    return spec_of("anthropic_messages").tap(HEAD)


def test_frames_are_opened_at_every_split() -> None:
    seen = same_for_every_split(lambda: OpenedTap(fresh()), FRAMES)
    assert seen.shown == NATIVE
    assert (seen.complete, seen.failed) == (True, False)
    assert seen.usage is not None
    assert (seen.usage.input_tokens, seen.usage.output_tokens) == (3, 2)


def test_events_are_framed_at_every_split() -> None:
    seen = same_for_every_split(lambda: FramedTap(fresh()), NATIVE)
    assert seen.complete
    shown = AwsEventCutter().feed(seen.shown)
    assert [event.headers for event in shown] == [CHUNK] * len(EVENTS)
    inner = [base64.b64decode(json.loads(event.payload)["bytes"]) for event in shown]
    assert [json.loads(data) for data in inner] == EVENTS


def test_from_frames_to_frames() -> None:
    seen = same_for_every_split(lambda: FramedTap(OpenedTap(fresh())), FRAMES)
    assert seen.complete
    assert FramesOpened().feed(seen.shown) == NATIVE


def test_anthropics_own_client_reads_the_frames() -> None:
    framed = EventsFramed().feed(NATIVE)
    decoder = AWSEventStreamDecoder()
    events = list(decoder.iter_bytes(iter(pieces(framed, [7, 100]))))
    assert [json.loads(event.data) for event in events] == EVENTS
    assert [event.event for event in events] == [event["type"] for event in EVENTS]


def test_it_raises_on_what_became_an_exception() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    framed = EventsFramed().feed(native(error))
    (event,) = AWSEventStreamDecoder().iter_bytes(iter([framed]))
    assert event.event == "error"
    assert json.loads(event.data)["error"]["message"] == "busy"
    (message,) = AwsEventCutter().feed(framed)
    assert message.headers[":message-type"] == "exception"
    assert message.headers[":exception-type"] == "serviceUnavailableException"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (b'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error"}}', "throttling"),
        (b'event: error\ndata: {"error":{"type":"invalid_request_error"}}', "validation"),
        (b'event: error\ndata: {"error":{"type":"api_error"}}', "internalServer"),
        (b"event: error\ndata: what?", "internalServer"),
        (b'data: {"error":{"message":"x","code":"rate_limit_exceeded"}}', "throttling"),
        (b'data: {"error":{"message":"x","code":503}}', "internalServer"),
    ],
)
def test_errors_become_exceptions(error: bytes, kind: str) -> None:
    (event,) = AwsEventCutter().feed(EventsFramed().feed(error + b"\n\n"))
    assert event.headers[":exception-type"] == kind + "Exception"
    assert json.loads(event.payload)["message"]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("throttlingException", "rate_limit_error"),
        ("serviceUnavailableException", "overloaded_error"),
        ("modelTimeoutException", "timeout_error"),
        ("validationException", "invalid_request_error"),
        ("internalServerException", "api_error"),
        ("modelStreamErrorException", "api_error"),
        ("anotherException", "api_error"),
    ],
)
def test_exceptions_become_errors(kind: str, word: str) -> None:
    tap = OpenedTap(fresh())
    shown = tap.feed(frame(EVENTS[0]) + exception_frame(kind, b'{"message": "too much"}'))
    error = {"type": "error", "error": {"type": word, "message": "too much"}}
    assert shown.startswith(native(EVENTS[0]))
    assert json.loads(shown.rpartition(b"data: ")[2]) == error
    assert (tap.failed, tap.complete) == (True, False)


def test_an_error_without_an_exception() -> None:
    headers = {":message-type": "error", ":error-code": "500", ":error-message": "it broke"}
    shown = FramesOpened().feed(aws_event(headers, b""))
    assert json.loads(shown.rpartition(b"data: ")[2])["error"]["message"] == "it broke"
    shown = FramesOpened().feed(aws_event({":message-type": "error"}, b"\xff"))
    assert b'"message":"the provider broke' in shown


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"bytes": 1}',
        b'{"bytes": "!"}',
        b'{"bytes": "YQ"}',
        b'{"bytes": "YQ=="}',
        b'{"bytes": "W10="}',
        b'{"bytes": "\xc3\xa9"}',
    ],
)
def test_a_frame_without_an_event_is_the_providers_fault(payload: bytes) -> None:
    with pytest.raises(ProviderFault, match="without a JSON event"):
        FramesOpened().feed(aws_event(CHUNK, payload))


def test_what_is_no_chunk_is_left_out() -> None:
    assert FramesOpened().feed(frame(EVENTS[0], **{":event-type": "later"})) == b""


def test_an_event_on_several_lines_is_written_on_one() -> None:
    data = json.dumps(EVENTS[0], indent=1).encode()
    payload = b'{"bytes": "%b"}' % base64.b64encode(data)
    shown = FramesOpened().feed(aws_event(CHUNK, payload))
    assert shown.count(b"\n") == 3
    assert json.loads(shown.partition(b"data: ")[2]) == EVENTS[0]


def test_an_event_without_a_type_has_no_name() -> None:
    assert FramesOpened().feed(frame({"choices": []})) == b'data: {"choices": []}\n\n'
    assert FramesOpened().feed(frame({"type": "a\nb"})).startswith(b"data: ")


def test_what_bedrock_does_not_send() -> None:
    framed = EventsFramed()
    assert framed.feed(b'event: ping\ndata: {"type": "ping"}\n\n: comment\n\n') == b""
    assert framed.feed(b"data: [DONE]\n\n") == b""


def test_the_end_of_the_events() -> None:
    framed = EventsFramed()
    assert framed.feed(b'data: {"a": 1}') == b""
    (event,) = AwsEventCutter().feed(framed.close())
    assert event.headers == CHUNK
    assert framed.feed(b'data: {"a"') == b""
    assert framed.close() == b""


def test_a_stream_that_breaks_off_is_not_complete() -> None:
    tap = FramedTap(OpenedTap(fresh()))
    tap.feed(FRAMES[:-3])
    tap.close()
    assert (tap.complete, tap.failed) == (False, False)
    assert tap.output_tokens_seen() > 0


def test_events_are_bounded() -> None:
    with pytest.raises(ProviderFault, match="more than"):
        EventsFramed(event_bytes_max=100).feed(b"data: " + b"x" * 200)
    with pytest.raises(ProviderFault, match="more than"):
        FramesOpened(event_bytes_max=100).feed(frame({"x": "y" * 400})[:20])


@given(st.binary(max_size=300), SIZES)
def test_any_bytes_give_events_or_the_providers_fault(body: bytes, sizes: list[int]) -> None:
    for opening in (FramesOpened(), EventsFramed()):
        try:
            for piece in pieces(body, sizes):
                opening.feed(piece)
        except ProviderFault:
            continue


@given(st.binary(max_size=200))
def test_any_payload_gives_events_or_the_providers_fault(payload: bytes) -> None:
    wrapped = b'{"bytes": "%b"}' % base64.b64encode(payload)
    for inner in (payload, wrapped):
        try:
            FramesOpened().feed(aws_event(CHUNK, inner))
        except ProviderFault:
            continue


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (429, b'{"type":"error","error":{"message":"slow"}}', "ThrottlingException", "slow"),
        (400, b'{"error":{"message":"bad"}}', "ValidationException", "bad"),
        (500, b"<html>", "InternalServerException", "the provider broke"),
    ],
)
def test_error_answers(status: int, body: bytes, kind: str, message: str) -> None:
    name, told = error_told(status, body)
    assert name == kind
    assert json.loads(told)["message"].startswith(message)


def test_errors_of_bedrock() -> None:
    found = read_error(b'{"message": "no such model"}')
    assert found is not None
    assert found.message == "no such model"
    assert read_error(b"<html>") is None


def test_recorded_streams(recorded: Recorded) -> None:
    met = 0
    for row in recorded("bedrock-invoke"):
        if not row["stream"] or "anthropic" not in row["path"]:
            continue
        met += 1
        body = base64.b64decode(row["response"]["base64"])
        seen = same_for_every_split(lambda: OpenedTap(fresh()), body)
        assert (seen.complete, seen.failed) == (True, False), row["id"]
        assert seen.usage is not None
        assert contents(EventsFramed().feed(seen.shown)) == contents(body)
    assert met >= 2


def contents(stream: bytes) -> list[Any]:
    """The native events in the frames that the AWS client's own buffer cuts."""
    buffer: Any = botocore.eventstream.EventStreamBuffer()
    buffer.add_data(stream)
    return [json.loads(base64.b64decode(json.loads(event.payload)["bytes"])) for event in buffer]
