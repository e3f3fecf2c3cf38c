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
from detente.gateway.http.message import Response
from detente.gateway.http.outbox import Outbox
from detente.gateway.suspension import Suspension
from detente.gateway.upstream.dial import Address

INFORMATIONAL_MAX: Final = 8
"""1xx answers before the real one; more is noise or an attack."""
JOINED_BYTES_MAX: Final = 64 * 1024
"""Below it copying a body behind its head costs less than a second write."""
STREAMS: Final = (
    b"text/event-stream",
    b"application/vnd.amazon.eventstream",
    b"application/x-ndjson",
)
"""Content types of answers that are passed on piece by piece."""


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


class HasPool(Protocol):
    """Whatever is reached through a pool; `pool` knows the address."""

    @property
    def pool(self) -> "Pool": ...


class UpstreamConnection:
    """One connection to one provider, pooled or fresh, an `asyncio.Protocol` by its shape."""

    transport: asyncio.Transport

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool
        self.sink: Sink | None = None
        self.owner: Suspension | None = None
        self.reused = False
        self.idle_since = 0.0
        self._limits = pool.limits
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._body: list[bytes] = []
        self._response: Response | None = None
        self._complete = False
        self._keep_alive = False
        self._surplus = False
        self._bare_bytes = 0
        self._body_bytes = 0
        self._informational = 0

    def _reset(self) -> None:
        """Ready for the next request on this connection."""
        self.reused = True
        self.sink = self.owner = self._response = None
        self._complete = self._keep_alive = self._surplus = False
        self._bare_bytes = self._body_bytes = self._informational = 0
        self._body = []

    # What an exchange calls.

    def send(self, owner: Suspension, head: bytes, body: bytes) -> None:
        """Write one request; its answer resumes `owner`."""
        self.owner = owner
        outbox = self.pool.outbox
        if len(body) < JOINED_BYTES_MAX:
            outbox.write(self.transport, head + body)
        else:  # joining would copy it once more
            outbox.flush_one(self.transport)
            self.transport.write(head)
            self.transport.write(body)

    def release(self) -> None:
        """Give the connection back after a whole answer, or close it if it cannot be kept."""
        keep = (
            self._complete
            and self._keep_alive
            and not self._surplus
            and not self.transport.is_closing()
            and not self.transport.get_write_buffer_size()
            and not self.pool.outbox.holds(self.transport)  # it answered before it was asked
        )
        if keep:
            self._reset()
            self.pool.keep(self)
        else:
            self.abandon()

    def abandon(self) -> None:
        """Close at once: nobody waits for the rest of this answer."""
        self.owner = None
        self.pool.outbox.forget(self.transport)
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
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._complete:
                self._fail(owner, f"its answer is not valid HTTP ({_reason(error)})")
                return
            self._surplus = True  # the answer is whole; what follows it is nobody's
        self._bare_bytes = 0 if self._pieces else self._bare_bytes + len(data)
        if self._bare_bytes > self._limits.response_head_bytes_max and not self._complete:
            self._fail(owner, "the head of its answer is larger than `response_head_bytes_max`")
        elif self._response is not None:
            self._deliver(owner, self._response)

    def eof_received(self) -> None:
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self.pool.forget(self)
        self.pool.outbox.forget(self.transport)
        owner = self.owner
        if owner is None:
            return
        if self._until_close() and exc is None and self._response is not None:
            self._complete = True
            self._deliver(owner, self._response)
            return
        self.owner = None
        if self.reused and not self._answered:
            owner.throw(StaleConnection())
        else:
            owner.throw(self._lost())

    def pause_writing(self) -> None:
        """The request's body is already held in memory, so there is nothing to pause."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    # What llhttp calls.

    def on_message_begin(self) -> None:
        if self._complete:
            self._surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._response is None:  # else a trailer, or of an answer that nobody asked for
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._response is not None:
            self._surplus = True
            return
        status = self._parser.get_status_code()
        headers, self._headers = self._headers, []
        if status < 200:
            self._informational += 1
            if status == 101 or self._informational > INFORMATIONAL_MAX:
                raise ValueError("too many informational answers")
            return
        response = Response(status, headers)
        response.streaming = status < 300 and response.content_type.lower().startswith(STREAMS)
        self._response = response

    def on_body(self, data: bytes) -> None:
        if not self._surplus:
            self._pieces.append(data)

    def on_message_complete(self) -> None:
        if self._response is not None and not self._surplus:
            self._complete = True
            self._keep_alive = self._parser.should_keep_alive()  # llhttp forgets it afterwards

    @property
    def _answered(self) -> bool:
        """Whether a byte of the answer has come."""
        return self._bare_bytes > 0 or self._response is not None

    def _until_close(self) -> bool:
        return self._response is not None and self._response.until_close

    def _deliver(self, owner: Suspension, response: Response) -> None:
        """Hand on what has come: a piece, a head, or the whole answer."""
        pieces, self._pieces = self._pieces, []
        if response.streaming:
            self._deliver_stream(owner, response, pieces)
            return
        if not self._complete or self._body:
            self._body += pieces
            self._body_bytes += sum(map(len, pieces))
            pieces = self._body
            if self._body_bytes > self._limits.response_body_bytes_max:
                self._fail(owner, "its answer is larger than `response_body_bytes_max`")
                return
        if self._complete:
            response.body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            owner.resume(response)

    def _deliver_stream(self, owner: Suspension, response: Response, pieces: list[bytes]) -> None:
        if self.sink is None:
            owner.resume(response)
        if pieces and self.sink is not None:
            self.sink.piece(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if self._complete and self.sink is not None and self.owner is owner:
            owner.resume(None)

    def _lost(self) -> ProviderFault:
        said = f"provider `{self.pool.name}` closed the connection"
        if self._answered:
            return ProviderFault(
                "upstream_failed", f"{said} in the middle of its answer; try again"
            )
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
        self,
        name: str,
        address: Address,
        *,
        limits: Limits,
        outbox: Outbox,
        now: Callable[[], float],
    ) -> None:
        self.name = name
        self.address = address
        self.limits = limits
        self.outbox = outbox
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
