"""The law of the codec over all recorded exchanges: what came in this dialect goes out unchanged.

There are no exceptions.
"""

import json
from typing import Any

import msgspec
import pytest

from detente.canonical.response import Response
from detente.dialects._translation import whole
from detente.dialects.codec import Reply
from detente.dialects.openai_responses import CODEC
from tests.conftest import Recorded
from tests.dialects.openai_responses.sdk import cut, read_response, read_stream
from tests.dialects.roundtrip import (
    Share,
    assert_splits_alike,
    events_of,
    request_difference,
    response_difference,
    stream_difference,
)

REQUESTS_MIN = 229
RESPONSES_MIN = 182
STREAMS_MIN = 37
SEEDS = 55
"""For each of the 37 streams: 2,035 splits."""

BYTEWISE_BYTES_MAX = 20_000

REPLY = Reply(request_id="r", now_s=7)


def test_recorded_requests_lose_nothing(recorded: Recorded) -> None:
    share = Share()
    bodies = [
        exchange["request"]["text"].encode()
        for name in ("openai-responses", "openai-responses-aux")
        for exchange in recorded(name)
    ]
    found = [request_difference(CODEC, body, share) for body in bodies]
    print(f"requests: {found.count(None)} of {len(bodies)} alike; {share}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(bodies) >= REQUESTS_MIN


def test_recorded_responses_lose_nothing(recorded: Recorded) -> None:
    share = Share()
    bodies = [
        exchange["response"]["text"].encode()
        for exchange in recorded("openai-responses")
        if not exchange["stream"] and exchange["response"]["status"] == 200
    ]
    found = [response_difference(CODEC, body, share) for body in bodies]
    told = f"{found.count(None)} of {len(bodies)} alike; {share}"
    print(f"responses: {told}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(bodies) >= RESPONSES_MIN
    assert share.unknown < 0.02 * share.whole


@pytest.fixture
def streams(recorded: Recorded) -> list[bytes]:
    """The recorded streams."""
    return [
        exchange["response"]["text"].encode()
        for exchange in recorded("openai-responses")
        if exchange["stream"]
    ]


def test_recorded_streams_lose_nothing(streams: list[bytes]) -> None:
    share = Share()
    found = [stream_difference(CODEC, stream, share, cut=cut) for stream in streams]
    print(f"streams: {found.count(None)} of {len(streams)} alike; {share}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(streams) >= STREAMS_MIN


def test_every_split_of_a_stream_says_the_same(streams: list[bytes]) -> None:
    for stream in streams:
        bytewise = len(stream) < BYTEWISE_BYTES_MAX
        assert_splits_alike(CODEC, stream, seeds=SEEDS, bytewise=bytewise)
    print(f"splits: {SEEDS * len(streams)} alike")  # noqa: T201 - a figure to read
    assert SEEDS * len(streams) >= 2_000


def test_recorded_errors_are_read(recorded: Recorded) -> None:
    told = [
        CODEC.read_error(exchange["response"]["text"].encode())
        for exchange in recorded("openai-responses")
        if exchange["response"]["status"] >= 400
    ]
    assert {error.code for error in told if error is not None} == {
        "model_not_found",
        "invalid_value",
        "decimal_below_min_value",
    }
    assert len(told) == 3
    assert CODEC.read_error(b'{"id":"resp_1"}') is None


def test_recorded_streams_written_anew_say_the_same_to_the_sdk(streams: list[bytes]) -> None:
    for stream in streams:
        events = events_of(CODEC.stream_decoder(), iter((stream,)))
        encoder = CODEC.stream_encoder(REPLY)
        body = encoder.feed(events)
        assert encoder.losses == []
        _, told = read_stream(stream)
        _, final = read_stream(body)
        assert final.output_text == told.output_text
        assert _calls(final) == _calls(told)
        assert final.usage.total_tokens == told.usage.total_tokens


def test_recorded_responses_written_anew_say_the_same_to_the_sdk(recorded: Recorded) -> None:
    for exchange in recorded("openai-responses"):
        if exchange["stream"] or exchange["response"]["status"] != 200:
            continue
        body = exchange["response"]["text"].encode()
        if json.loads(body)["status"] == "queued":
            continue
        response = _without_rest(CODEC.decode_response(body))
        told = read_response(CODEC.encode_response(response, REPLY).body)
        _, streamed = read_stream(CODEC.stream_encoder(REPLY).feed(whole.events_of(response)))
        source = json.loads(body)
        texts = [
            part["text"]
            for item in source["output"]
            if item["type"] == "message"
            for part in item["content"]
            if part["type"] == "output_text"
        ]
        assert told.output_text == streamed.output_text == "".join(texts)
        assert _calls(told) == _calls(streamed)


def _calls(response: Any) -> list[tuple[str, str, str]]:
    return [
        (item.call_id, item.name, item.arguments)
        for item in response.output
        if item.type == "function_call"
    ]


def _without_rest(response: Response) -> Response:
    """As it would be had it come in another dialect."""
    return msgspec.structs.replace(
        response,
        extras=None,
        choices=tuple(
            msgspec.structs.replace(
                choice,
                extras=None,
                parts=tuple(
                    msgspec.structs.replace(part, extras=None) if hasattr(part, "extras") else part
                    for part in choice.parts
                ),
            )
            for choice in response.choices
        ),
    )
