"""Streams as load: opens many at once, reads each to its end, counts every event.

Prints one line of JSON; a stream that is cut, refused or lacks events is counted as failed.
`read` keeps that many streams going until the time is over; `hold` opens them once, waits for
each one's first event, and keeps them open until its standard input is closed.
Example: `python -m bench.load_stream read PORT STREAMS SECONDS`.
"""

import asyncio
import sys
import time

import msgspec
import uvloop

from bench import workload

OPENING_AT_ONCE = 100
OPEN_TIMEOUT_S = 120
DRAIN_TIMEOUT_S = 30


class Result(msgspec.Struct, kw_only=True):
    """What was seen so far."""

    streams: int = 0
    events: int = 0
    failed: int = 0
    opened: int = 0
    seconds: float = 0.0


class Reader(asyncio.Protocol):
    """One connection that asks for one stream after another."""

    def __init__(self, request: bytes, result: Result, until: float) -> None:
        self.request = request
        self.result = result
        self.until = until
        self.seen = b""
        self.events = 0
        self.first_event = asyncio.get_running_loop().create_future()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first stream."""
        self.transport: asyncio.WriteTransport = transport  # pyright: ignore[reportAttributeAccessIssue] uvloop's own type
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Count events; at the end of a stream ask for the next, while there is time."""
        # Events are counted by their closing blank line, which a split may cut in two.
        self.events += (self.seen[-1:] + data).count(b"\n\n")
        self.seen = (self.seen + data)[-32:] if self.events else self.seen + data
        if self.events and not self.first_event.done():
            self.first_event.set_result(None)
        if not self.events and refused(self.seen):
            self.finish_failed()
        if self.seen.endswith(b"0\r\n\r\n"):
            self.stream_ended()

    def stream_ended(self) -> None:
        """Judge the stream that just ended, and ask for another."""
        # The finish reason and `[DONE]` are events too.
        complete = self.events == workload.EVENTS_PER_STREAM + 2
        self.result.failed += not complete
        self.result.streams += complete
        self.result.events += workload.EVENTS_PER_STREAM if complete else 0
        self.seen = b""
        self.events = 0
        if complete and time.monotonic() < self.until:
            self.transport.write(self.request)
        else:
            self.finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that ends on its own before its stream does is a failure."""
        del exc
        if not self.done.done():
            self.finish_failed()

    def finish_failed(self) -> None:
        """The stream did not come to its end."""
        self.result.failed += 1
        self.finish()

    def finish(self) -> None:
        """No more from this connection."""
        for future in (self.first_event, self.done):
            if not future.done():
                future.set_result(None)
        self.transport.close()


def refused(seen: bytes) -> bool:
    """Whether the status line is there and is not 200."""
    return len(seen) >= 12 and not seen.startswith(b"HTTP/1.1 200")


def request_bytes(number: int, *, stream: bool) -> bytes:
    """A whole request; keys and models go round."""
    models = workload.MODELS
    body = workload.request_body(models[number % len(models)], stream=stream)
    key = workload.KEYS[number % len(workload.KEYS)]
    return (
        f"POST {workload.PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def open_all(port: int, streams: int, until: float, result: Result) -> list[Reader]:
    """Open `streams` connections, some at a time, each until its first event."""
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(OPENING_AT_ONCE)

    async def one(number: int) -> Reader:
        async with gate:
            request = request_bytes(number, stream=True)
            _, reader = await loop.create_connection(
                lambda: Reader(request, result, until), "127.0.0.1", port
            )
            await asyncio.wait_for(asyncio.shield(reader.first_event), OPEN_TIMEOUT_S)
            return reader

    return list(await asyncio.gather(*(one(number) for number in range(streams))))


async def read(port: int, streams: int, seconds: float) -> Result:
    """Keep `streams` streams going for some seconds, and read the last ones to their end."""
    result = Result()
    began = time.monotonic()
    readers = await open_all(port, streams, began + seconds, result)
    finished = asyncio.gather(*(reader.done for reader in readers))
    await asyncio.wait_for(finished, seconds + DRAIN_TIMEOUT_S)
    result.opened = len(readers)
    result.seconds = time.monotonic() - began
    return result


async def hold(port: int, streams: int) -> Result:
    """Open streams, say so, and keep them open until standard input ends."""
    result = Result()
    readers = await open_all(port, streams, 0.0, result)
    result.opened = sum(reader.events > 0 for reader in readers)
    tell(result)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    return result


def tell(result: Result) -> None:
    """Print the result as one line of JSON."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        uvloop.run(hold(int(sys.argv[2]), int(sys.argv[3])))
    else:
        tell(uvloop.run(read(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))))
