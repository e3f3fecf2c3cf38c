"""Every recorded exchange: a round trip in the same dialect loses nothing, however it is split.

No exception is needed: all bodies and all streams come back as they were.
"""

import json
from typing import Any

from detente.canonical.events import Ended, Event, UsageReported
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.anthropic_messages.counts import usage_wire
from detente.dialects.anthropic_messages.usage import read_usage
from detente.dialects.anthropic_messages.words import NATIVE_MEMBERS
from tests.conftest import Recorded
from tests.dialects.roundtrip import (
    Share,
    assert_splits_alike,
    difference,
    events_of,
    request_difference,
    response_difference,
    stream_difference,
)

FILE = "anthropic-messages"
SPLITS = 2000
BYTEWISE_BYTES_MAX = 20_000


def cut(stream: bytes) -> list[tuple[str, object]]:
    """The events of a stream, each with its name and its JSON."""
    found: list[tuple[str, object]] = []
    for block in stream.decode().replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            found.append((lines.get("event", ""), json.loads(lines["data"])))
    return found


def streams(rows: list[dict[str, Any]]) -> list[bytes]:
    return [row["response"]["text"].encode() for row in rows if row["stream"]]


def test_requests_come_back_as_they_were(recorded: Recorded) -> None:
    share, lossless = Share(), 0
    differing: list[object] = []
    for row in recorded(FILE):
        version = row["request"]["headers"].get("anthropic-version", "2023-06-01")
        found = request_difference(
            CODEC, row["request"]["text"].encode(), share, api_version=version
        )
        lossless += found is None
        if found is not None:
            differing.append((row["id"], found))
    print(f"{lossless} requests without loss; {share}")  # noqa: T201 -- the counts are what is shown
    assert differing == []
    assert lossless >= 223
    assert set(share.names) <= NATIVE_MEMBERS


def test_answers_come_back_as_they_were(recorded: Recorded) -> None:
    share, lossless = Share(), 0
    differing: list[object] = []
    for row in recorded(FILE):
        if row["stream"] or row["response"]["status"] != 200:
            continue
        found = response_difference(CODEC, row["response"]["text"].encode(), share)
        lossless += found is None
        if found is not None:
            differing.append((row["id"], found))
    print(f"{lossless} answers without loss; {share}")  # noqa: T201 -- the counts are what is shown
    assert differing == []
    assert lossless >= 191
    assert set(share.names) <= NATIVE_MEMBERS


def test_streams_come_back_as_they_were(recorded: Recorded) -> None:
    share, lossless = Share(), 0
    differing: list[object] = []
    for stream in streams(recorded(FILE)):
        found = stream_difference(CODEC, stream, share, cut=cut)
        lossless += found is None
        if found is not None:
            differing.append(found)
    print(f"{lossless} streams without loss; {share}")  # noqa: T201 -- the counts are what is shown
    assert differing == []
    assert lossless >= 30
    assert set(share.names) <= NATIVE_MEMBERS


def test_every_split_of_a_stream_gives_the_same_events(recorded: Recorded) -> None:
    found = streams(recorded(FILE))
    seeds = -(-SPLITS // len(found))
    bytewise = 0
    for stream in found:
        small = len(stream) < BYTEWISE_BYTES_MAX
        bytewise += small
        assert_splits_alike(CODEC, stream, seeds=seeds, bytewise=small)
    print(f"{seeds * len(found)} seeded splits, {bytewise} streams byte by byte")  # noqa: T201 -- the counts are what is shown
    assert seeds * len(found) >= SPLITS
    assert bytewise >= 20


def test_every_stream_ends_and_only_at_its_end(recorded: Recorded) -> None:
    for stream in streams(recorded(FILE)):
        whole = events_of(CODEC.stream_decoder(), iter((stream,)))
        assert isinstance(whole[-1], Ended)
        broken = stream[: len(stream) // 2]
        assert not any(
            isinstance(event, Ended) for event in events_of(CODEC.stream_decoder(), iter((broken,)))
        )


def test_usage_is_what_the_pass_through_lane_reads(recorded: Recorded) -> None:
    for row in recorded(FILE):
        body = row["response"]["text"].encode()
        if row["stream"]:
            events: list[Event] = events_of(CODEC.stream_decoder(), iter((body,)))
            reported = [event for event in events if isinstance(event, UsageReported)]
            assert reported[-1].usage.output_tokens == cut(body)[-2][1]["usage"]["output_tokens"]  # type: ignore[index] -- message_delta
        elif row["response"]["status"] == 200:
            response = CODEC.decode_response(body)
            assert response.usage == read_usage(body)
            told = json.loads(body)["usage"]
            projected = usage_wire(response.usage, response.service_tier)
            shared = {name: value for name, value in told.items() if name in projected}
            assert difference(shared, {name: projected[name] for name in shared}) is None


def test_error_answers_are_read(recorded: Recorded) -> None:
    read = 0
    for row in recorded(FILE):
        if row["response"]["status"] == 200:
            continue
        body = row["response"]["text"].encode()
        told = json.loads(body)["error"]
        error = CODEC.read_error(body)
        assert error is not None
        assert (error.message, error.code) == (told["message"], told["type"])
        read += 1
    assert read == 2
