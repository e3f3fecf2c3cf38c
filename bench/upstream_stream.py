"""An upstream that streams completions, with exactly the pieces that a measurement wants.

Modes: `paced` writes 100 events a stream, each with its own write and a pause between; `burst`
writes all of them at once; `hold` writes one and keeps the stream open. It speaks just enough
HTTP for the load that is used here. Example: `python -m bench.upstream_stream paced 9003 10`.
"""

import asyncio
import sys
from typing import Final

import uvloop

from bench import workload

HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
BACKLOG = 8192
END_OF_BODY: Final = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """`data` as one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Stream(asyncio.Protocol):
    """One connection: reads a request to its end, then streams an answer."""

    def __init__(self, mode: str, pause_s: float) -> None:
        self.mode = mode
        self.pause_s = pause_s
        self.loop = asyncio.get_running_loop()
        self.received = b""
        self.event = chunk(workload.event("agreed "))
        self.transport: asyncio.Transport | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.closing = {
            asked: chunk(workload.closing_events(with_usage=asked)) + END_OF_BODY
            for asked in (True, False)
        }
        self.burst = {
            asked: HEAD + self.event * workload.EVENTS_PER_STREAM + closing
            for asked, closing in self.closing.items()
        }
        self.usage_asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # pyright: ignore[reportAttributeAccessIssue] uvloop's own type

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop writing."""
        del exc
        self.transport = None
        if self.timer is not None:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Collect until head and body are complete, then answer."""
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or len(body) < content_length(head):
            return
        self.received = b""
        self.usage_asked = b'"include_usage":true' in body.replace(b" ", b"")
        self.answer()

    def answer(self) -> None:
        """Write the head, and the events as the mode says."""
        assert self.transport is not None
        if self.mode == "burst":
            self.transport.write(self.burst[self.usage_asked])
        elif self.mode == "hold":
            self.transport.write(HEAD + self.event)
        else:
            self.transport.write(HEAD)
            self.next_event(workload.EVENTS_PER_STREAM)

    def next_event(self, left: int) -> None:
        """Write one event and come back for the next after the pause."""
        if self.transport is None:
            return
        if left == 0:
            self.transport.write(self.closing[self.usage_asked])
            return
        self.transport.write(self.event)
        self.timer = self.loop.call_later(self.pause_s, self.next_event, left - 1)


def content_length(head: bytes) -> int:
    """The length that a request's head announces; 0 when it announces none."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def serve(mode: str, port: int, pause_s: float) -> None:
    """Answer on loopback until the process is told to stop."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Stream(mode, pause_s), "127.0.0.1", port, backlog=BACKLOG
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 1000))
