"""Every recorded exchange: a round trip in the same dialect loses nothing, however it is split.

One recorded request is no JSON (a brace is missing at its end), and the platform's answer to it was
written by hand; it is the one exception.
"""

import base64
import json
from typing import Any
from urllib.parse import unquote

import pytest

from detente.canonical.events import Ended, UsageReported
from detente.canonical.failure import ClientFault
from detente.canonical.usage import in_tier
from detente.dialects._framing.aws_events import AwsEventCutter
from detente.dialects.bedrock_converse import CODEC, SPEC
from detente.dialects.codec import Reply
from tests.conftest import Recorded
from tests.dialects.bedrock_converse.boto import converse, converse_stream
from tests.dialects.roundtrip import (
    Share,
    assert_splits_alike,
    events_of,
    request_difference,
    response_difference,
    stream_difference,
)

FILE = "bedrock-converse"
SPLITS = 2000
NO_JSON = "pydantic-ai/test_bedrock/test_bedrock_model_other_parameters#0"

Row = dict[str, Any]


def cut(stream: bytes) -> list[tuple[str, object]]:
    """The frames of a stream, each with its type and its JSON."""
    return [
        (event.headers.get(":event-type", ""), json.loads(event.payload))
        for event in AwsEventCutter().feed(stream)
    ]


def streams(rows: list[Row]) -> list[bytes]:
    return [
        base64.b64decode(row["response"]["base64"])
        for row in rows
        if row["stream"] and row["response"]["status"] == 200
    ]


def answers(rows: list[Row]) -> list[bytes]:
    return [
        row["response"]["text"].encode()
        for row in rows
        if not row["stream"] and row["response"]["status"] == 200
    ]


def model_of(row: Row) -> str:
    return unquote(row["path"].split("/")[2])


def test_requests_come_back_as_they_were(recorded: Recorded) -> None:
    share, lossless = Share(), 0
    rows = recorded(FILE)
    for row in rows:
        body = row["request"]["text"].encode()
        if row["id"] == NO_JSON:
            with pytest.raises(ClientFault, match="not JSON"):
                CODEC.decode_request(body, model="m")
            continue
        difference = request_difference(CODEC, body, share, model=model_of(row))
        assert difference is None, (row["id"], difference)
        lossless += 1
    print(f"{lossless} of {len(rows)} requests without loss; {share}")  # noqa: T201 - a figure to read
    assert lossless >= 128
    assert lossless >= 0.99 * len(rows)
    assert share.names == {}


def test_the_model_in_the_path_changes_nothing_of_what_was_read(recorded: Recorded) -> None:
    """What was spelt for one family of models is written again for any."""
    for row in recorded(FILE):
        if row["id"] != NO_JSON:
            body = row["request"]["text"].encode()
            assert request_difference(CODEC, body, Share(), model="profile/abc") is None


def test_answers_come_back_as_they_were(recorded: Recorded) -> None:
    share, lossless = Share(), 0
    for body in answers(recorded(FILE)):
        difference = response_difference(CODEC, body, share)
        assert difference is None, difference
        lossless += 1
    print(f"{lossless} answers without loss; {share}")  # noqa: T201 - a figure to read
    assert lossless >= 116
    assert set(share.names) <= {"usage"}  # one was recorded behind a gateway that adds a member
    assert share.unknown < 100


def test_streams_come_back_as_they_were(recorded: Recorded) -> None:
    share, lossless = Share(), 0
    for stream in streams(recorded(FILE)):
        difference = stream_difference(CODEC, stream, share, cut=cut)
        assert difference is None, difference
        lossless += 1
    print(f"{lossless} streams without loss; {share}")  # noqa: T201 - a figure to read
    assert lossless >= 7
    assert share.names == {}


def test_every_split_of_a_stream_gives_the_same_events(recorded: Recorded) -> None:
    found = streams(recorded(FILE))
    seeds = -(-SPLITS // len(found))
    for stream in found:
        assert_splits_alike(CODEC, stream, seeds=seeds, bytewise=True)
    print(f"{seeds * len(found)} seeded splits, {len(found)} streams byte by byte")  # noqa: T201 - a figure to read
    assert seeds * len(found) >= SPLITS


def test_every_stream_ends_and_only_at_its_end(recorded: Recorded) -> None:
    for stream in streams(recorded(FILE)):
        assert isinstance(events_of(CODEC.stream_decoder(), iter((stream,)))[-1], Ended)
        for end in (len(stream) // 2, len(stream) - 1):
            broken = events_of(CODEC.stream_decoder(), iter((stream[:end],)))
            assert not any(isinstance(event, Ended) for event in broken)


def test_usage_is_what_the_pass_through_lane_reads(recorded: Recorded) -> None:
    rows = recorded(FILE)
    for body in answers(rows):
        response = CODEC.decode_response(body)
        usage = response.usage
        assert usage is not None
        assert in_tier(usage, response.service_tier) == SPEC.read_usage(body)
        told = json.loads(body)["usage"]
        assert usage.input_tokens + usage.output_tokens == told["totalTokens"]
    for stream in streams(rows):
        head = SPEC.read_request(b"{}")
        tap = SPEC.tap(head)
        assert tap.feed(stream) == stream
        assert (tap.complete, tap.failed) == (True, False)
        reported = [
            event
            for event in events_of(CODEC.stream_decoder(), iter((stream,)))
            if isinstance(event, UsageReported)
        ]
        assert [event.usage for event in reported] == [tap.usage]


def test_error_answers_are_read(recorded: Recorded) -> None:
    read = 0
    for row in recorded(FILE):
        if row["response"]["status"] != 200:
            body = row["response"]["text"].encode()
            error = CODEC.read_error(body)
            assert error is not None
            assert error.message == json.loads(body)["message"]
            read += 1
    assert read == 6


def test_the_client_reads_what_is_written_as_it_reads_the_recording(recorded: Recorded) -> None:
    rows = recorded(FILE)
    for body in answers(rows):
        written = CODEC.encode_response(CODEC.decode_response(body), Reply()).body
        assert converse(written) == converse(body)
    for stream in streams(rows):
        events = events_of(CODEC.stream_decoder(frames=True), iter((stream,)))
        assert converse_stream(CODEC.stream_encoder(Reply()).feed(events)) == converse_stream(
            stream
        )
