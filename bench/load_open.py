"""Open-loop load: requests leave when they are due, whether or not others have come back.

Latency counts from when a request was due, so that a stall is charged to everyone it kept
waiting. The gaps are exponential from a fixed seed: every run has the same arrivals. `select`
is used because its timeout is finer than a millisecond.
Example: `python -m bench.load_open PORT 1000 10` prints one line of JSON.
"""

import random
import select
import socket
import sys
import time
from collections.abc import Iterator
from statistics import median

import msgspec

from bench.load_stream import request_bytes
from bench.upstream_stream import content_length

SEED = 20_260_101
ANSWER_TIMEOUT_S = 10
CONNECTIONS_MAX = 500
WARM_UP_S = 1.0
REQUESTS = 1000
"""Prepared before the start: every key with every model."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Latencies of one run in milliseconds, from due to answered."""

    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    late_p50_ms: float
    connections: int


class Pending(msgspec.Struct, kw_only=True):
    """A connection with a request under way."""

    due: float
    sent: float
    received: bytes = b""


def arrivals(rate_per_s: float, seconds: float) -> Iterator[float]:
    """Seconds from the start at which requests are due."""
    gaps = random.Random(SEED)
    at = gaps.expovariate(rate_per_s)
    while at < seconds:
        yield at
        at += gaps.expovariate(rate_per_s)


class OpenLoop:
    """The state of one run."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.idle: list[socket.socket] = []
        self.pending: dict[socket.socket, Pending] = {}
        self.latencies_ms: list[float] = []
        self.late_ms: list[float] = []
        self.failed = 0

    def run(self, rate_per_s: float, seconds: float) -> Latency:
        """Send at the rate for some seconds; what left during the warm-up is not counted."""
        requests = [request_bytes(number, stream=False) for number in range(REQUESTS)]
        began = time.perf_counter()
        counted_from = began + WARM_UP_S
        for number, at in enumerate(arrivals(rate_per_s, seconds + WARM_UP_S)):
            due = began + at
            while (left := due - time.perf_counter()) > 0:
                self.receive(left, counted_from)
            self.send(requests[number % len(requests)], due)
        until = time.perf_counter() + ANSWER_TIMEOUT_S
        while self.pending and time.perf_counter() < until:
            self.receive(0.1, counted_from)
        self.failed += len(self.pending)
        connections = len(self.idle) + len(self.pending)
        for connection in (*self.idle, *self.pending):
            connection.close()
        return summary(self.latencies_ms, self.late_ms, self.failed, connections)

    def send(self, request: bytes, due: float) -> None:
        """Send on an idle connection, or on a new one."""
        if self.idle:
            connection = self.idle.pop()
        elif len(self.pending) < CONNECTIONS_MAX:
            connection = socket.create_connection(("127.0.0.1", self.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self.failed += 1
            return
        connection.sendall(request)
        self.pending[connection] = Pending(due=due, sent=time.perf_counter())

    def receive(self, timeout_s: float, counted_from: float) -> None:
        """Take in what has arrived, waiting for it no longer than the timeout."""
        readable, _, _ = select.select(list(self.pending), [], [], timeout_s)
        for connection in readable:
            waiting = self.pending[connection]
            data = connection.recv(65536)
            waiting.received += data
            if not data:
                self.failed += 1
                del self.pending[connection]
                connection.close()
            elif answered(waiting.received):
                self.finish(connection, waiting, counted_from)

    def finish(self, connection: socket.socket, waiting: Pending, counted_from: float) -> None:
        """Note the latency, and keep the connection for the next request."""
        del self.pending[connection]
        self.idle.append(connection)
        if not waiting.received.startswith(b"HTTP/1.1 200"):
            self.failed += 1
        elif waiting.due >= counted_from:
            self.latencies_ms.append((time.perf_counter() - waiting.due) * 1e3)
            self.late_ms.append((waiting.sent - waiting.due) * 1e3)


def answered(received: bytes) -> bool:
    """Whether head and body of an answer with a content length are complete."""
    head, found, body = received.partition(b"\r\n\r\n")
    return bool(found) and len(body) >= content_length(head)


def summary(
    latencies_ms: list[float], late_ms: list[float], failed: int, connections: int
) -> Latency:
    """Median and 99th percentile of what was counted."""
    ordered = sorted(latencies_ms) or [0.0]
    return Latency(
        requests=len(latencies_ms),
        failed=failed,
        p50_ms=median(ordered),
        p99_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        late_p50_ms=median(late_ms or [0.0]),
        connections=connections,
    )


if __name__ == "__main__":
    result = OpenLoop(int(sys.argv[1])).run(float(sys.argv[2]), float(sys.argv[3]))
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
