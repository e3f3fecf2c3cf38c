"""What the supervisor and its processes say arrives whole, at any split."""

import asyncio
import socket
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.headroom import Headroom
from detente.canonical.snapshot import Snapshot
from detente.gateway.drills import Drill
from detente.gateway.link.channel import (
    Channel,
    DrillOrdered,
    Frames,
    HeadroomAsked,
    HeadroomTold,
    Measured,
    Message,
    Ready,
    Reload,
    Reloaded,
    Stop,
    frame,
)
from detente.gateway.measures.headrooms import Reading
from detente.wiring import Sources

SOURCES = Sources(path="a.toml", main=b"[server]", agreements=(("b.toml", b"id = 'b'"),))
READING = Reading(at=datetime(2026, 11, 22, tzinfo=UTC), headroom=Headroom(requests_remaining=9))
DRILL = Drill(
    without="host:one",
    began_at=datetime(2026, 11, 22, tzinfo=UTC),
    ends_at=datetime(2026, 11, 22, 0, 1, tzinfo=UTC),
    deployments=("p/x",),
    until_s=1234.5,
)
MESSAGES: list[Message] = [
    Ready(pid=7),
    Reload(sources=SOURCES),
    Reload(),
    Reloaded(errors=("a.toml:1: wrong",)),
    Reloaded(),
    HeadroomAsked(number=3),
    HeadroomTold(number=3, readings={"p/x": READING}, worker="w0"),
    DrillOrdered(drill=DRILL),
    DrillOrdered(),
    Measured(snapshot=Snapshot(taken_at=READING.at, behind=("a/c",), latency_ms={"p/x": 16})),
    Stop(),
]


@given(st.lists(st.integers(1, 40), min_size=1))
def test_every_split_gives_the_same_messages(sizes: list[int]) -> None:
    data = b"".join(frame(message) for message in MESSAGES)
    frames, got, at, turn = Frames(), list[Message](), 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        got += frames.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert got == MESSAGES


def test_what_is_no_message_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        Frames().feed(b"\x01\x00\x00\x00\xff")


async def _talk() -> list[Message | None]:
    ours, theirs = socket.socketpair()
    channel = await Channel.open(theirs)
    for message in MESSAGES:
        ours.sendall(frame(message))
    ours.shutdown(socket.SHUT_WR)
    got = [await channel.receive() for _ in range(len(MESSAGES) + 1)]
    channel.send(Ready(pid=1))
    await channel.flush()
    assert Frames().feed(ours.recv(4096)) == [Ready(pid=1)]
    ours.close()
    return got


def test_a_channel_ends_with_none() -> None:
    assert asyncio.run(_talk()) == [*MESSAGES, None]
