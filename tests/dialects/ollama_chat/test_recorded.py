"""Recorded chats with Ollama: every round trip is lossless, every split of a stream alike."""

import json

from detente.dialects.ollama_chat import CODEC
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
    """The lines of a stream."""
    return [("", json.loads(line)) for line in stream.splitlines() if line]


def test_round_trips(recorded: Recorded) -> None:
    own = [one for one in recorded("ollama") if one["path"] == "/api/chat"]
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
    print(f"ollama_chat: {len(own)} of {len(own)} round trips lossless; {share}")  # noqa: T201 - a figure to read
    assert len(own) >= 9
    assert len(streams) >= 2
    for stream in streams:
        assert_splits_alike(CODEC, stream, seeds=SEEDS_IN_ALL // len(streams), bytewise=True)
