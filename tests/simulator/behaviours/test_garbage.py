"""Bytes that are no answer."""

import pytest

from detente.simulator import (
    EndlessHeaders,
    Garbage,
    GarbageChunk,
    HugeBody,
    NotJson,
    SimulatorThread,
    WrongLength,
)
from detente.simulator.behaviours.garbage import GARBAGE
from tests.simulator.raw import CHAT, STREAM, Raw, body_of, post


def whole(simulator: SimulatorThread, body: object = CHAT) -> bytes:
    with Raw(simulator.port) as raw:
        raw.send(post(body, close=True))
        return raw.read_all()


def test_garbage_instead_of_a_status_line(simulator: SimulatorThread) -> None:
    simulator.script(Garbage())
    assert whole(simulator) == GARBAGE


@pytest.mark.parametrize("body", [CHAT, STREAM])
def test_a_chunk_of_garbage_size(simulator: SimulatorThread, body: object) -> None:
    simulator.script(GarbageChunk(after_tokens=2, size="-1"))
    answer = whole(simulator, body)
    assert answer.endswith(b"\r\n-1\r\n" + GARBAGE)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert (b'" 2"' in answer) == (body is STREAM)


def test_headers_without_end_end_with_the_reader(simulator: SimulatorThread) -> None:
    simulator.script(EndlessHeaders())
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT))
        received = b""
        while len(received) < 1_000_000:
            received += raw.read_some()
        assert b"\r\n\r\n" not in received
    simulator.until(lambda gauge: gauge.connections_open == 0 and gauge.hangups == 1)


def test_a_huge_body_is_bounded_by_the_reader(simulator: SimulatorThread) -> None:
    simulator.script(HugeBody())
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT))
        assert b"content-length: 1073741824" in raw.read_until(b"\r\n\r\n")
        for _ in range(10):
            raw.read_some()
    simulator.until(lambda gauge: gauge.connections_open == 0 and gauge.hangups == 1)


def test_a_huge_body_has_the_size_it_says(simulator: SimulatorThread) -> None:
    simulator.script(HugeBody(size_bytes=200_000))
    body = body_of(whole(simulator))
    assert len(body) == 200_000
    assert body.startswith(b'"x')
    assert body.endswith(b'x"')


@pytest.mark.parametrize("by", [-10, 10])
def test_a_length_that_is_off(simulator: SimulatorThread, by: int) -> None:
    simulator.script(WrongLength(by=by))
    answer = whole(simulator)
    length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert length - len(body_of(answer)) == by


def test_a_stream_with_a_length_that_is_off(simulator: SimulatorThread) -> None:
    simulator.script(WrongLength(by=5))
    answer = whole(simulator, STREAM)
    assert b"transfer-encoding" not in answer
    assert answer.endswith(b"data: [DONE]\n\n")


def test_a_page_instead_of_json(simulator: SimulatorThread) -> None:
    simulator.script(NotJson())
    answer = whole(simulator)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/html")
    assert body_of(answer).startswith(b"<html>")
