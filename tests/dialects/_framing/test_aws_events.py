"""Amazon's framing: as botocore writes and reads it, at every split; broken frames are faults."""

import importlib
import struct
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ProviderFault
from detente.dialects._framing.aws_events import (
    AwsEvent,
    AwsEventCutter,
    aws_event,
    framed,
    header_block,
    read_event,
)

BOTOCORE: Any = importlib.import_module("botocore.eventstream")

EVENT = {":event-type": "messageStart", ":content-type": "application/json"}
STREAM = aws_event(EVENT, b'{"role":"assistant"}') + aws_event({}, b"") + aws_event(EVENT, b"x" * 9)
HEADERS = st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=5)


def frame_of(block: bytes, payload: bytes) -> bytes:
    """As `framed`, written down once more from the description of the format."""
    total = 16 + len(block) + len(payload)
    prelude = struct.pack(">II", total, len(block))
    head = prelude + struct.pack(">I", crc32(prelude))
    body = head + block + payload
    return body + struct.pack(">I", crc32(body))


def shown_by_botocore(stream: bytes) -> list[tuple[dict[str, object], bytes]]:
    buffer = BOTOCORE.EventStreamBuffer()
    buffer.add_data(stream)
    return [(dict(message.headers), message.payload) for message in buffer]


@given(HEADERS, st.binary(max_size=200))
def test_botocore_reads_what_is_written(headers: dict[str, str], payload: bytes) -> None:
    assert shown_by_botocore(aws_event(headers, payload)) == [(headers, payload)]


@given(HEADERS, st.binary(max_size=200))
def test_what_is_written_is_read(headers: dict[str, str], payload: bytes) -> None:
    event = AwsEvent(headers=headers, payload=payload)
    assert read_event(aws_event(headers, payload)) == event
    assert framed(header_block(headers), payload) == aws_event(headers, payload)


def test_every_split_gives_the_same_frames() -> None:
    whole = AwsEventCutter().feed(STREAM)
    assert [event.payload for event in whole] == [b'{"role":"assistant"}', b"", b"x" * 9]
    for size in range(1, len(STREAM) + 1):
        cutter = AwsEventCutter()
        found: list[AwsEvent] = []
        for start in range(0, len(STREAM), size):
            found += cutter.feed(STREAM[start : start + size])
        assert found + cutter.close() == whole, size


def test_frames_are_cut_as_they_came() -> None:
    cutter = AwsEventCutter()
    found: list[bytes] = []
    for start in range(0, len(STREAM), 7):
        found += cutter.frames(STREAM[start : start + 7])
    assert b"".join(found) == STREAM
    assert len(found) == 3
    assert not cutter.holds


def test_half_a_frame_is_no_event() -> None:
    cutter = AwsEventCutter()
    assert cutter.feed(STREAM[:-1]) == AwsEventCutter().feed(STREAM)[:2]
    assert cutter.holds
    assert cutter.close() == []
    assert not cutter.holds


def test_header_values_of_all_types_are_read_as_botocore_reads_them() -> None:
    values = (
        (0, b""),
        (1, b""),
        (2, b"\xff"),
        (3, b"\x01\x02"),
        (4, b"\xff\xff\xff\xfe"),
        (5, b"\x00" * 7 + b"\x09"),
        (6, b"\x00\x02hi"),
        (7, b"\x00\x02yo"),
        (8, b"\x00\x00\x01\x93\x00\x00\x00\x00"),
        (9, bytes(range(16))),
    )
    block = b"".join(bytes((1, 97 + kind, kind)) + value for kind, value in values)
    shown = read_event(frame_of(block, b"")).headers
    assert shown == {
        "a": "true",
        "b": "false",
        "c": "-1",
        "d": "258",
        "e": "-2",
        "f": "9",
        "g": "aGk=",
        "h": "yo",
        "i": str(0x19300000000),
        "j": "00010203-0405-0607-0809-0a0b0c0d0e0f",
    }
    by_botocore = shown_by_botocore(frame_of(block, b""))[0][0]
    assert [str(by_botocore[key]) for key in "cdefhi"] == [shown[key] for key in "cdefhi"]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (STREAM[:8] + b"\x00\x00\x00\x00" + STREAM[12:], "lengths is wrong"),
        (STREAM[:30] + b"!" + STREAM[31:], "checksum of an event"),
        (frame_of(b"\x01a\x0a", b""), "unknown type"),
        (frame_of(b"\x01a\x07\x00\x09xy", b""), "longer than the headers"),
        (frame_of(b"\x01a\x07\x00", b""), "longer than the headers"),
        (frame_of(b"\x09a", b""), "cannot be read"),
        (frame_of(b"\x01\xff\x00", b""), "cannot be read"),
        (struct.pack(">III", 15, 0, crc32(struct.pack(">II", 15, 0))) + b"x" * 9, "contradict"),
        (struct.pack(">III", 40, 99, crc32(struct.pack(">II", 40, 99))) + b"x" * 99, "contradict"),
    ],
)
def test_a_broken_frame_is_the_providers_fault(frame: bytes, reason: str) -> None:
    with pytest.raises(ProviderFault, match=reason):
        AwsEventCutter().feed(frame)


def test_a_frame_beyond_the_bound_is_refused_before_it_is_held() -> None:
    frame = aws_event({}, b"x" * 100)
    assert AwsEventCutter(event_bytes_max=len(frame)).feed(frame)
    with pytest.raises(ProviderFault, match="more than 115 bytes"):
        AwsEventCutter(event_bytes_max=len(frame) - 1).feed(frame[:12])


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda rest: STREAM + rest)))
def test_arbitrary_bytes_give_frames_or_a_fault(body: bytes) -> None:
    try:
        AwsEventCutter().feed(body)
    except ProviderFault:
        return


@given(st.integers(0, len(STREAM) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(at: int, change: int) -> None:
    changed = STREAM[:at] + bytes((STREAM[at] ^ change,)) + STREAM[at + 1 :]
    with pytest.raises(ProviderFault):
        AwsEventCutter().feed(changed)
