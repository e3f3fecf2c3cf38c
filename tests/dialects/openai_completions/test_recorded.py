"""Recorded completions: every round trip is lossless, every split of a stream alike."""

import json

from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.openai_completions import CODEC
from tests.conftest import Recorded
from tests.dialects.roundtrip import (
    Share,
    assert_splits_alike,
    request_difference,
    response_difference,
    stream_difference,
)

SEEDS_IN_ALL = 2_000


def cut(stream: bytes) -> list[tuple[str, object]]:
    """The events of a stream; its last line is no JSON."""
    cutter = EventCutter()
    return [
        (name.decode(), data if data == b"[DONE]" else json.loads(data))
        for name, data in cutter.feed(stream) + cutter.close()
    ]


def test_round_trips(recorded: Recorded) -> None:
    own = recorded("openai-completions")
    share = Share()
    streams: list[bytes] = []
    for one in own:
        assert request_difference(CODEC, one["request"]["text"].encode(), share) is None, one["id"]
        body = one["response"]["text"].encode()
        if one["stream"]:
            streams.append(body)
            assert stream_difference(CODEC, body, share, cut=cut) is None, one["id"]
        else:
            assert response_difference(CODEC, body, share) is None, one["id"]
    print(f"openai_completions: {len(own)} of {len(own)} round trips lossless; {share}")  # noqa: T201 - a figure to read
    assert len(own) >= 56
    for stream in streams:
        bytewise = stream is streams[0]
        assert_splits_alike(CODEC, stream, seeds=SEEDS_IN_ALL // len(streams), bytewise=bytewise)
