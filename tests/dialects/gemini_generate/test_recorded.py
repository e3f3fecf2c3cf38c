"""The law of the codec over all recorded exchanges: what came in this dialect goes out unchanged.

There are no exceptions.
"""

import json
from typing import Any

import msgspec
import pytest

from detente.canonical.content import ToolCall
from detente.canonical.response import Response
from detente.dialects._translation import whole
from detente.dialects.codec import Reply
from detente.dialects.gemini_count_tokens import SPEC as COUNTING
from detente.dialects.gemini_generate import CODEC, SPEC
from detente.dialects.spec import RequestHead
from tests.conftest import Recorded
from tests.dialects.gemini_generate.sdk import cut, read_response, read_stream, said
from tests.dialects.roundtrip import (
    Share,
    assert_splits_alike,
    events_of,
    request_difference,
    response_difference,
    stream_difference,
)

REQUESTS_MIN = 235
RESPONSES_MIN = 226
STREAMS_MIN = 7
SEEDS = 286
"""For each of the 7 streams: 2,002 splits."""

REPLY = Reply(request_id="r", now_s=7)


def model_of(exchange: dict[str, Any]) -> str:
    return exchange["path"].split("/models/")[1].split(":")[0]


def test_recorded_requests_lose_nothing(recorded: Recorded) -> None:
    share = Share()
    found: list[str | None] = []
    for exchange in recorded("gemini-generate"):
        body = exchange["request"]["text"].encode()
        found.append(request_difference(CODEC, body, share, model=model_of(exchange)))
    print(f"requests: {found.count(None)} of {len(found)} alike; {share}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(found) >= REQUESTS_MIN
    assert share.unknown < 0.001 * share.whole


def test_recorded_responses_lose_nothing(recorded: Recorded) -> None:
    share = Share()
    bodies = [
        exchange["response"]["text"].encode()
        for exchange in recorded("gemini-generate")
        if not exchange["stream"] and exchange["response"]["status"] == 200
    ]
    found = [response_difference(CODEC, body, share) for body in bodies]
    told = f"{found.count(None)} of {len(bodies)} alike; {share}"
    print(f"responses: {told}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(bodies) >= RESPONSES_MIN
    assert share.unknown == 0


@pytest.fixture
def streams(recorded: Recorded) -> list[bytes]:
    """The recorded streams."""
    return [
        exchange["response"]["text"].encode()
        for exchange in recorded("gemini-generate")
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
        assert_splits_alike(CODEC, stream, seeds=SEEDS, bytewise=True)
    print(f"splits: {SEEDS * len(streams)} alike")  # noqa: T201 - a figure to read
    assert SEEDS * len(streams) >= 2_000


def test_recorded_errors_are_read(recorded: Recorded) -> None:
    told = [
        CODEC.read_error(exchange["response"]["text"].encode())
        for file in ("gemini-generate", "gemini-aux")
        for exchange in recorded(file)
        if exchange["response"]["status"] >= 400
    ]
    assert [error.code for error in told if error is not None] == [
        "NOT_FOUND",
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "NOT_FOUND",
    ]


def test_the_pass_through_lane_reads_every_exchange(recorded: Recorded) -> None:
    for exchange in recorded("gemini-generate"):
        body = exchange["request"]["text"].encode()
        head = SPEC.read_request(body)
        assert SPEC.edit_request(body, head, model="other") is body
        assert ("tools" in head.features) is bool(json.loads(body).get("tools"))
        if exchange["response"]["status"] != 200:
            continue
        answer = exchange["response"]["text"].encode()
        if exchange["stream"]:
            tap = SPEC.tap(RequestHead(model="m"))
            assert tap.feed(answer) + tap.close() == answer
            assert (tap.complete, tap.failed) == (True, False)
            usage, reported = tap.usage, cut(answer)[-1][1]["usageMetadata"]
        else:
            usage, reported = SPEC.read_usage(answer), json.loads(answer)["usageMetadata"]
        assert usage is not None
        total = usage.input_tokens + usage.output_tokens
        assert total == reported.get("totalTokenCount", 0), exchange["id"]


def test_counting_reads_every_exchange(recorded: Recorded) -> None:
    counted = [row for row in recorded("gemini-aux") if row["path"].endswith(":countTokens")]
    assert len(counted) == 2
    for exchange in counted:
        COUNTING.read_request(exchange["request"]["text"].encode())
        assert COUNTING.read_usage(exchange["response"]["text"].encode()) is None


def test_recorded_responses_written_anew_say_the_same_to_the_sdk(recorded: Recorded) -> None:
    seen = 0
    for exchange in recorded("gemini-generate"):
        if exchange["stream"] or exchange["response"]["status"] != 200:
            continue
        body = exchange["response"]["text"].encode()
        response = _as_from_elsewhere(CODEC.decode_response(body))
        straight = said([read_response(body)])
        straight["calls"] = _with_ids(straight["calls"], response)
        assert said([read_response(CODEC.encode_response(response, REPLY).body)]) == straight
        encoder = CODEC.stream_encoder(REPLY)
        streamed = encoder.feed(whole.events_of(response))
        assert said(read_stream(streamed)) == straight, exchange["id"]
        seen += 1
    assert seen >= RESPONSES_MIN


def test_recorded_streams_written_anew_say_the_same_to_the_sdk(streams: list[bytes]) -> None:
    for stream in streams:
        events = events_of(CODEC.stream_decoder(), iter((stream,)))
        encoder = CODEC.stream_encoder(REPLY)
        told, straight = said(read_stream(encoder.feed(events))), said(read_stream(stream))
        assert [call[1:] for call in told.pop("calls")] == [
            call[1:] for call in straight.pop("calls")
        ]
        assert told == straight
        assert encoder.losses == []


def _with_ids(calls: list[Any], response: Response) -> list[Any]:
    """The calls with the ids that the codec made where the platform gave none."""
    parts = response.choices[0].parts if response.choices else ()
    ids = [part.id for part in parts if isinstance(part, ToolCall)]
    return [(id_, name, args) for id_, (_, name, args) in zip(ids, calls, strict=True)]


def _as_from_elsewhere(response: Response) -> Response:
    """As it would be had it come in another dialect."""
    return msgspec.structs.replace(
        response,
        origin="openai_chat",
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
