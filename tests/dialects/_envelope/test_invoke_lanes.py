"""Both lanes through InvokeModel: the envelope is around a dialect, and the dialect is the same."""

import json
from collections.abc import Iterable

import msgspec
import pytest

from detente.canonical.events import Ended, Event, Pinged
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.canonical.request import Request
from detente.canonical.response import Response
from detente.dialects import spec_of
from detente.dialects._envelope.invoke_lanes import (
    client_codec,
    client_spec,
    upstream_codec,
    upstream_spec,
)
from detente.dialects._envelope.invoke_stream import EventsFramed, FramesOpened
from detente.dialects._framing.aws_events import AwsEventCutter
from detente.dialects.codec import (
    AWS_EVENTS,
    Codec,
    Encoded,
    ErrorText,
    Reply,
    StreamDecoder,
    StreamEncoder,
    Target,
)
from detente.dialects.spec import RequestHead

STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
FRAME = EventsFramed().feed(STOP)
HEAD = RequestHead(model="claude", stream=True)
FAILURE = Failure(code="upstream_failed", message="it broke", blame="provider", status=502)
LOSS = Loss(path="seed", what="seed", why="it has none", severity="drop")


class Decoder:
    """Takes every byte of `message_stop` for the end."""

    def __init__(self) -> None:
        self.seen = b""

    def feed(self, piece: bytes) -> list[Event]:
        self.seen += piece
        return [Ended()] if piece == STOP else []

    def close(self) -> list[Event]:
        return [Pinged()]


class Encoder:
    """Says `message_stop` for every event, and loses something each time."""

    def __init__(self) -> None:
        self.losses: list[Loss] = []

    def feed(self, events: Iterable[Event]) -> bytes:
        self.losses = [*self.losses, LOSS]
        return STOP * len(list(events))

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        raise AssertionError((failure, request_id, decision_id))


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    raise AssertionError((body, model, stream))


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:
    raise AssertionError((body, id_prefix))


def encode_request(request: Request, target: Target) -> Encoded:
    assert request.model == "asked"
    body = {"model": target.model, "stream": True, "max_tokens": 8}
    return Encoded(body=msgspec.json.encode(body), losses=(LOSS,))


def encode_response(response: Response, reply: Reply) -> Encoded:
    raise AssertionError((response, reply))


def stream_decoder(
    *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = 9
) -> StreamDecoder:
    assert (id_prefix, frames, event_bytes_max) == ("c", True, 1000)
    return Decoder()


def stream_encoder(reply: Reply) -> StreamEncoder:
    assert reply.request_id == "r"
    return Encoder()


def native_error(body: bytes) -> ErrorText | None:
    raise AssertionError(body)


NATIVE = Codec(
    name="anthropic_messages",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=stream_decoder,
    stream_encoder=stream_encoder,
    read_error=native_error,
)


def test_a_client_is_sent_frames_and_exceptions() -> None:
    spec = client_spec(spec_of("anthropic_messages"))
    tap = spec.tap(HEAD)
    assert tap.feed(STOP) == FRAME
    assert tap.complete
    assert json.loads(spec.error_body(FAILURE, request_id="r"))["message"] == "it broke"
    (event,) = AwsEventCutter().feed(spec.stream_error(FAILURE, request_id="r"))
    assert event.headers[":exception-type"] == "internalServerException"


def test_an_upstream_sends_frames() -> None:
    native = spec_of("anthropic_messages")
    spec = upstream_spec(native)
    tap = spec.tap(HEAD)
    assert tap.feed(FRAME) == STOP
    assert tap.complete
    assert spec.error_body is native.error_body


@pytest.mark.parametrize(
    ("api_version", "version"), [(None, "bedrock-2023-05-31"), ("2026-10-21", "2026-10-21")]
)
def test_a_translated_request_is_wrapped(api_version: str | None, version: str) -> None:
    codec = upstream_codec(NATIVE)
    target = Target(model="m", api_version=api_version)
    encoded = codec.encode_request(Request(model="asked", turns=()), target)
    assert json.loads(encoded.body) == {"anthropic_version": version, "max_tokens": 8}
    assert encoded.losses == (LOSS,)
    assert codec.streams_by_path


def test_a_translated_stream_comes_in_frames() -> None:
    codec = upstream_codec(NATIVE)
    assert codec.stream_content_type == AWS_EVENTS
    decoder = codec.stream_decoder(id_prefix="c", frames=True, event_bytes_max=1000)
    assert decoder.feed(FRAME[:9]) == []
    assert decoder.feed(FRAME[9:]) == [Ended()]
    assert decoder.close() == [Pinged()]


def test_bedrocks_own_errors_are_read() -> None:
    found = upstream_codec(NATIVE).read_error(b'{"message": "no"}')
    assert found == ErrorText(message="no")


def test_a_translated_stream_goes_out_in_frames() -> None:
    codec = client_codec(NATIVE)
    assert codec.stream_content_type == AWS_EVENTS
    encoder = codec.stream_encoder(Reply(request_id="r"))
    framed = encoder.feed([Pinged(), Ended()])
    assert framed == FRAME * 2
    assert FramesOpened().feed(framed) == STOP * 2
    assert encoder.losses == [LOSS]
    failed = encoder.fail(FAILURE, request_id="r")
    (event,) = AwsEventCutter().feed(failed)
    assert event.headers[":message-type"] == "exception"
