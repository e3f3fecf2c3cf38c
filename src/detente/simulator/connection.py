"""One connection: bytes in, whole requests out, served one after another.

Parsing is httptools'. A hang-up cancels the performance under way, so that even an endless
behaviour ends with its reader.

>>> HEAD_BYTES_MAX < BODY_BYTES_MAX
True
"""

import asyncio
from collections import deque
from typing import Final, Protocol, cast

import httptools

from detente.simulator.exchange import Received
from detente.simulator.wire import Wire, head

HEAD_BYTES_MAX: Final = 128 * 1024
"""More than any official client sends."""

BODY_BYTES_MAX: Final = 128 * 1024 * 1024
"""Twice what the gateway accepts, so that its bound is the one that is met."""

PIPELINED_MAX: Final = 64
"""Requests that may wait on one connection."""

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Host(Protocol):
    """What a connection needs from the server it belongs to."""

    def opened(self, connection: "Connection") -> None:
        """A connection was accepted."""
        ...

    def closed(self, connection: "Connection") -> None:
        """A connection has ended, by whomever."""
        ...

    async def serve(self, received: Received, wire: Wire) -> None:
        """Answers one request; cancelled when the peer hangs up."""
        ...


class Connection(asyncio.Protocol):
    """The protocol object of one connection."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Received, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._start()

    def _start(self) -> None:
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._head_bytes = 0
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the peer connected."""
        transport = cast("asyncio.Transport", transport)  # uvloop has a class of its own
        self._transport = transport
        self.wire = Wire(transport)
        self._host.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        """asyncio: the connection is gone; nobody is left to perform for."""
        self.wire.resume()
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._host.closed(self)

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes from the peer."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(400)

    def pause_writing(self) -> None:
        """asyncio: the peer does not read fast enough."""
        self.wire.pause()

    def resume_writing(self) -> None:
        """asyncio: there is room again."""
        self.wire.resume()

    def on_message_begin(self) -> None:
        """httptools: a new request."""
        self._start()

    def on_url(self, url: bytes) -> None:
        """httptools: a part of the target."""
        self._target += url
        self._bound_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: one header."""
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))
        self._bound_head(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """httptools: the head is whole."""
        if ("expect", "100-continue") in self._headers:
            self.wire.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        """httptools: a part of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > BODY_BYTES_MAX:
            self._refuse(413)
        elif not self.wire.closed_by_us:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """httptools: the request is whole."""
        if self.wire.closed_by_us:
            return
        received = Received(
            method=self._parser.get_method().decode("latin-1"),
            target=self._target.decode("latin-1"),
            headers=tuple(self._headers),
            body=b"".join(self._body),
        )
        self._body = []
        self._waiting.append((received, self._parser.should_keep_alive()))
        if len(self._waiting) > PIPELINED_MAX:
            self._refuse(429)
        elif self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._serve())

    def end(self) -> None:
        """Closes the connection, in the middle of an answer if there is one."""
        self.wire.close()
        if self._task is not None:
            self._task.cancel()

    @property
    def serving(self) -> asyncio.Task[None] | None:
        """The task that answers, while there is something to answer."""
        return self._task

    async def _serve(self) -> None:
        try:
            while self._waiting and not self.wire.closed_by_us:
                received, keep_alive = self._waiting.popleft()
                self.wire.keep_alive = keep_alive
                await self._host.serve(received, self.wire)
                if not keep_alive:
                    self.wire.close()
        finally:
            self._task = None

    def _bound_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(431)

    def _refuse(self, status: int) -> None:
        """Ends the connection over a request that cannot be read."""
        if not self.wire.closed_by_us:
            self.wire.write(head(status, (("content-length", "0"), ("connection", "close"))))
            self.wire.close()
