"""The open loop: due times, and latency counted from them."""

import socket
import threading

import pytest

from bench import load_open


def test_arrivals_are_the_same_in_every_run_and_have_the_rate() -> None:
    first = list(load_open.arrivals(1000, 5))
    assert first == list(load_open.arrivals(1000, 5))
    assert first == sorted(first)
    assert len(first) == pytest.approx(5000, rel=0.1)


@pytest.mark.parametrize(
    ("received", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", False),
    ],
)
def test_an_answer_is_whole_with_its_last_byte(received: bytes, whole: bool) -> None:
    assert load_open.answered(received) is whole


def test_the_summary_takes_the_99th_percentile() -> None:
    found = load_open.summary([float(n) for n in range(1, 101)], [0.0], 0, 1)
    assert (found.p50_ms, found.p99_ms) == (50.5, 100.0)


@pytest.mark.parametrize(("status", "failed"), [(200, False), (500, True)])
def test_a_short_run_against_a_server_that_answers(
    status: int, failed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_open, "WARM_UP_S", 0.0)
    answer = b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok" % status
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()
        thread = threading.Thread(target=serve, args=(server, answer, stop), daemon=True)
        thread.start()
        result = load_open.OpenLoop(server.getsockname()[1]).run(200, 0.2)
        stop.set()
    thread.join(5)
    assert result.requests + result.failed == len(list(load_open.arrivals(200, 0.2)))
    assert (result.failed > 0) is failed


def serve(server: socket.socket, answer: bytes, stop: threading.Event) -> None:
    """Answer every request on every connection until stopped."""
    server.settimeout(0.05)
    readers: list[threading.Thread] = []
    while not stop.is_set():
        try:
            connection, _ = server.accept()
        except (TimeoutError, OSError):
            continue
        reader = threading.Thread(target=reply, args=(connection, answer), daemon=True)
        reader.start()
        readers.append(reader)
    for reader in readers:
        reader.join(5)


def reply(connection: socket.socket, answer: bytes) -> None:
    """Answer what comes in until the other side closes."""
    received = b""
    with connection:
        while data := connection.recv(65536):
            received += data
            head, found, body = received.partition(b"\r\n\r\n")
            if found and len(body) >= load_open.content_length(head):
                received = b""
                connection.sendall(answer)
