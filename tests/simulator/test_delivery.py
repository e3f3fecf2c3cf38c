"""How an answer reaches the peer when nothing goes wrong."""

import pytest

from detente.simulator import SimulatorThread
from tests.simulator.raw import CHAT, STREAM, Raw, body_of, dechunked, post


def whole(simulator: SimulatorThread, body: object) -> bytes:
    with Raw(simulator.port) as raw:
        raw.send(post(body, close=True))
        return raw.read_all()


def test_a_whole_answer_says_its_length(simulator: SimulatorThread) -> None:
    answer = whole(simulator, CHAT)
    assert f"content-length: {len(body_of(answer))}\r\n".encode() in answer


def test_a_stream_has_one_chunk_an_event(simulator: SimulatorThread) -> None:
    answer = whole(simulator, STREAM)
    assert b"transfer-encoding: chunked\r\n" in answer
    events = dechunked(answer).split(b"\n\n")
    assert events.pop() == b""
    assert all(event.startswith(b"data: ") for event in events)
    chunks = answer.count(b"\n\n\r\n")
    assert chunks == len(events) == 1 + 5 + 1 + 1  # role, tokens, finish, end


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_without_keep_alive_the_connection_ends(simulator: SimulatorThread, version: bytes) -> None:
    with Raw(simulator.port) as raw:
        connection = b"connection: close\r\n" if version == b"1.1" else b""
        raw.send(b"GET /v1/models HTTP/" + version + b"\r\nhost: h\r\n" + connection + b"\r\n")
        assert b"connection: close" in raw.read_all()
