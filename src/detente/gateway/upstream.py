"""Connections to providers, and the pools that keep them.

One `UpstreamConnection` carries one exchange at a time. It hands over a whole answer, or the head
of an event stream and then its pieces, one call a network read. A provider is an untrusted peer:
heads, informational answers and bodies are bounded, and whatever it says unasked closes the
connection.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

import httptools
import msgspec

from detente.canonical.failure import ProviderFault
from detente.configuration.schema import Limits
from detente.gateway.dial import Address
from detente.gateway.message import Response
from detente.gateway.suspension import Suspension

INFORMATIONAL_MAX: Final = 8
"""1xx answers before the real one; more is noise or an attack."""
EVENT_STREAM: Final = b"text/event-stream"


class StaleConnection(Exception):
    """A kept connection was closed by the provider before a byte of the answer came."""


class Unreachable(ProviderFault):
    """The provider gave no sign: no connection, or none that lasted to the first byte."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.failure = msgspec.structs.replace(self.failure, signal="unreachable", retryable=True)


class Sink(Protocol):
    """Where the pieces of an event stream go."""

    def piece(self, data: bytes) -> None: ...


class UpstreamConnection(asyncio.Protocol):
    """One connection to one provider, from the pool or fresh."""

    __slots__ = (
        "_body",
        "_bytes",
        "_complete",
        "_head_bytes",
        "_headers",
        "_informational",
        "_keep_alive",
        "_limits",
        "_parser",
        "_pieces",
        "_response",
        "idle_since",
        "owner",
        "pool",
        "reused",
        "sink",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool
        self.owner: Suspension | None = None
        self.sink: Sink | None = None
        self.reused = False
        self.idle_since = 0.0
        self._limits = pool.limits
        self._parser = httptools.HttpResponseParser(self)
        self._reset()

    def _reset(self) -> None:
        self.sink = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._body: list[bytes] = []
        self._bytes = 0
        self._head_bytes = 0
        self._informational = 0
        self._response: Response | None = None
        self._complete = False
        self._keep_alive = False

    # What an exchange calls.

    def send(self, owner: Suspension, head: bytes, body: bytes) -> None:
        """Write one request; its answer resumes `owner`."""
        self.owner = owner
        self.transport.write(head + body if len(body) < 65536 else head)
        if len(body) >= 65536:
            self.transport.write(body)

    def release(self) -> None:
        """Give the connection back after a whole answer, or close it if it cannot be kept."""
        keep = (
            self._complete
            and self._keep_alive
            and not self.transport.is_closing()
            and not self.transport.get_write_buffer_size()
        )
        self.owner = None
        if keep:
            self._reset()
            self.reused = True
            self.pool.keep(self)
        else:
            self.transport.abort()

    def abandon(self) -> None:
        """Close at once: nobody waits for the rest of this answer."""
        self.owner = None
        self.transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        owner = self.owner
        if owner is None:  # an idle connection that speaks is not to be trusted
            self.pool.forget(self)
            self.transport.abort()
            return
        if self._response is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(owner, f"its answer is not valid HTTP ({_reason(error)})")
            return
        if self._response is None:
            if self._head_bytes > self._limits.response_head_bytes_max:
                self._fail(owner, "the head of its answer is larger than `response_head_bytes_max`")
            return
        self._deliver(owner, self._response)

    def eof_received(self) -> None:
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self.pool.forget(self)
        owner, self.owner = self.owner, None
        if owner is None:
            return
        if self._until_close() and exc is None and self._response is not None:
            self._complete = True
            self._deliver(owner, self._response)
        elif self.reused and not self._head_bytes:
            owner.throw(StaleConnection())
        else:
            owner.throw(self._lost())

    def pause_writing(self) -> None:
        """The request's body is already held in memory, so there is nothing to pause."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    # What llhttp calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        headers, self._headers = self._headers, []
        if status < 200:
            self._informational += 1
            if status == 101 or self._informational > INFORMATIONAL_MAX:
                raise ValueError("too many informational answers")
            return
        response = Response(status, headers)
        response.streaming = status < 300 and response.content_type.lower().startswith(EVENT_STREAM)
        self._response = response

    def on_body(self, data: bytes) -> None:
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        if self._response is not None:
            self._complete = True
            self._keep_alive = self._parser.should_keep_alive()  # llhttp forgets it afterwards

    def _until_close(self) -> bool:
        return self._response is not None and self._response.until_close

    def _deliver(self, owner: Suspension, response: Response) -> None:
        """Hand on what has come: a piece, a head, or the whole answer."""
        pieces, self._pieces = self._pieces, []
        if response.streaming:
            if self.sink is None:
                owner.resume(response)
                if self.sink is None:
                    return  # the exchange wants nothing of it
            if pieces:
                self.sink.piece(pieces[0] if len(pieces) == 1 else b"".join(pieces))
            if self._complete and self.owner is owner:
                owner.resume(None)
            return
        for piece in pieces:
            self._bytes += len(piece)
        self._body += pieces
        if self._bytes > self._limits.response_body_bytes_max:
            self._fail(owner, "its answer is larger than `response_body_bytes_max`")
        elif self._complete:
            body = self._body
            response.body = body[0] if len(body) == 1 else b"".join(body)
            owner.resume(response)

    def _lost(self) -> ProviderFault:
        said = f"provider `{self.pool.name}` closed the connection"
        if self._head_bytes:
            return ProviderFault("upstream_failed", f"{said} in the middle of its answer; try again")
        return Unreachable("upstream_failed", f"{said} without an answer; try again")

    def _fail(self, owner: Suspension, reason: str) -> None:
        self.abandon()
        owner.throw(
            ProviderFault(
                "upstream_failed", f"provider `{self.pool.name}` cannot be used: {reason}"
            )
        )


class Pool:
    """Kept connections to one provider's origin, newest first."""

    def __init__(
        self, name: str, address: Address, limits: Limits, now: Callable[[], float]
    ) -> None:
        self.name = name
        self.address = address
        self.limits = limits
        self._now = now
        self._idle: dict[UpstreamConnection, None] = {}

    def take(self) -> UpstreamConnection | None:
        """The kept connection that was used last, or None."""
        while self._idle:
            connection, _ = self._idle.popitem()
            if not connection.transport.is_closing():
                return connection
        return None

    def keep(self, connection: UpstreamConnection) -> None:
        """Take a connection back; above the bound it is closed."""
        if len(self._idle) >= self.limits.pool_connections_max:
            connection.transport.abort()
            return
        connection.idle_since = self._now()
        self._idle[connection] = None

    def forget(self, connection: UpstreamConnection) -> None:
        """A connection is gone."""
        self._idle.pop(connection, None)

    def close_idle(self, before: float) -> None:
        """Close what has been idle since before the monotonic time `before`."""
        for connection in list(self._idle):
            if connection.idle_since >= before:
                break  # kept in order of return
            del self._idle[connection]
            connection.transport.abort()


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:80].lower()
