"""Connections: kept, pipelined, refused."""

import pytest

from detente.simulator import Hold, SimulatorThread
from detente.simulator.connection import HEAD_BYTES_MAX, PIPELINED_MAX
from tests.simulator.raw import CHAT, Raw, get, post


def test_a_connection_is_kept(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        for _ in range(3):
            raw.send(get("/v1/models/m"))
            assert b"200 OK" in raw.read_until(b'"owned_by":"simulator"}')
        assert simulator.gauge.connections_open == 1


def test_a_connection_is_closed_where_asked(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT, close=True))
        assert b"\r\nconnection: close\r\n" in raw.read_all()


def test_pipelined_requests_are_answered_in_order(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        raw.send(get("/v1/models/m") + get("/v1/models/gone") + get("/v1/models/m"))
        statuses = [raw.read_until(b" ")[-9:] + raw.read_until(b"}") for _ in range(1)]
        assert b"200" in statuses[0]
        assert b"404" in raw.read_until(b"}}")
        assert b"200" in raw.read_until(b'"simulator"}')


def test_any_split_is_the_same_request(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        for at in range(0, len(post(CHAT)), 7):
            raw.send(post(CHAT)[at : at + 7])
        raw.read_until(b'"fp_simulated"}')
    assert simulator.requests[0].body == post(CHAT).partition(b"\r\n\r\n")[2]


def test_a_client_that_waits_to_be_asked_for_its_body(simulator: SimulatorThread) -> None:
    head, _, body = post(CHAT).partition(b"\r\n\r\n")
    with Raw(simulator.port) as raw:
        raw.send(head + b"\r\nexpect: 100-continue\r\n\r\n")
        assert raw.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.send(body)
        assert b"200 OK" in raw.read_until(b'"fp_simulated"}')


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01", b"400"),
        (b"GET / HTTP/1.1\r\nhost h\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nx: " + b"x" * HEAD_BYTES_MAX + b"\r\n\r\n", b"431"),
    ],
)
def test_what_cannot_be_read_is_refused(
    simulator: SimulatorThread, data: bytes, status: bytes
) -> None:
    with Raw(simulator.port) as raw:
        raw.send(data)
        assert raw.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)


def test_too_many_waiting_requests_are_refused(simulator: SimulatorThread) -> None:
    simulator.script(Hold())
    with Raw(simulator.port) as raw:
        raw.send(get("/v1/models/m") * (PIPELINED_MAX + 2))
        assert raw.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 429 ")
