"""The client's side of the data plane: bytes of HTTP/1.1 in, exchanges out.

llhttp (through httptools) parses and is strict; this module adds the bounds: head, headers, body,
connections, pipelined requests, and the time for each. One connection runs one exchange at a time.
"""

import asyncio
from collections import deque
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Final, cast

import httptools

from detente.canonical.failure import ClientFault, Fault, OurBug
from detente.gateway.exchange import ClientGone, DeadlinePassed, Exchange
from detente.gateway.http.deadlines import NEVER, Watched
from detente.gateway.http.message import CONTINUE, Request

if TYPE_CHECKING:
    from detente.gateway.processes.worker import Worker

PIPELINED_MAX: Final = 8
"""Whole requests that may wait behind the one being served; then reading pauses."""
WAITING_MAX: Final = 64
"""Of them that one read may bring, before reading can pause; more is a flood."""
TARGET_BYTES_MAX: Final = 8 * 1024
"""Azure's paths with their query are the longest real ones, below 300 bytes."""
STRANGER_BYTES_MAX: Final = 64 * 1024
"""Of a body, before its sender's key is checked: strangers hold little memory."""
SINGLE_HEADERS: Final = frozenset(
    (
        b"authorization",
        b"x-api-key",
        b"api-key",
        b"x-goog-api-key",
        b"x-amz-date",
        b"host",
        b"content-type",
        b"content-length",
        b"transfer-encoding",
        b"expect",
        b"anthropic-version",
        b"x-detente-at",
        b"x-detente-labels",
        b"x-detente-on-loss",
        b"x-detente-route",
    )
)
"""Headers that mean something else to whoever reads the other copy; twice is an error."""


class ClientConnection(Watched):
    """One client's connection, an `asyncio.Protocol` by its shape."""

    __slots__ = (
        "_bare_bytes",
        "_body",
        "_body_awaited",
        "_body_bytes",
        "_deaf",
        "_fault",
        "_head_complete",
        "_headers",
        "_in_message",
        "_known",
        "_modern",
        "_parser",
        "_queue",
        "_read_bytes",
        "_repeated",
        "_target",
        "_unsent_bytes",
        "closed",
        "exchange",
        "last_request",
        "paused",
        "transport",
        "worker",
    )

    transport: asyncio.Transport

    def __init__(self, worker: "Worker") -> None:
        super().__init__()
        self.worker = worker
        self.exchange: Exchange | None = None
        self.paused = False
        self.closed = False
        self.last_request = False
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Request] | None = None
        self._fault: Fault | None = None
        self._in_message = False
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._bare_bytes = 0
        self._head_complete = False
        self._known = False
        self._body_awaited = False
        self._modern = False
        self._deaf = False
        self._read_bytes = 0
        self._repeated = 0
        self._unsent_bytes = 0

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        worker = self.worker
        if not worker.admit(self):
            self.closed = True
            self.transport.abort()
            return
        limits = worker.plane.limits
        self.transport.set_write_buffer_limits(high=limits.write_buffer_bytes_max)
        worker.deadlines.watch(self, worker.deadlines.now + limits.client_head_timeout_ms / 1000)

    def data_received(self, data: bytes) -> None:
        if self.closed or self._deaf:
            return
        body_bytes = self._body_bytes
        self._read_bytes = len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # CONNECT, which was answered like any other mistake
            self._deaf = True
            self.last_request = True
            if self.exchange is None:
                self.close()
            return
        except httptools.HttpParserCallbackError:
            self._reject(self._fault or OurBug("internal_error", "the request was not understood"))
            return
        except httptools.HttpParserError as error:
            reason = (str(error) or "malformed").splitlines()[0][:80].lower()
            self._reject(ClientFault("request_invalid", f"not valid HTTP: {reason}"))
            return
        if self._in_message:
            self._receiving(0 if self._body_bytes > body_bytes else len(data))

    def eof_received(self) -> None:
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.closed = True
        self.worker.outbox.forget(self.transport)
        self.deadline = NEVER
        self.worker.dismiss(self)
        self._drop_body()
        if self.exchange is not None:
            self.exchange.throw(ClientGone())

    def pause_writing(self) -> None:
        self.paused = True
        if self.exchange is not None:
            self.exchange.pause()

    def resume_writing(self) -> None:
        self.paused = False
        if self.exchange is not None:
            self.exchange.unpause()
        else:
            self._serve_next()

    def deadline_passed(self) -> None:
        """The current wait took too long; which one decides what to say."""
        if self.exchange is not None:
            self.exchange.throw(DeadlinePassed())
        elif self._in_message and not self.closed:
            self._reject(
                ClientFault("request_timeout", "the request did not arrive in time; send it again")
            )
        else:
            self._part()

    # What llhttp calls.

    def on_message_begin(self) -> None:
        self._in_message = True
        self._target = b""
        self._headers = {}
        self._repeated = 0
        self._bare_bytes = 0
        self._head_complete = False
        self._known = False
        self._body_awaited = False

    def on_url(self, url: bytes) -> None:
        self._target += url
        if len(self._target) > TARGET_BYTES_MAX:
            self._stop("head_too_large", f"the target is longer than {TARGET_BYTES_MAX} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_complete:
            return  # a trailer: it came too late to mean anything
        name = name.lower()
        headers = self._headers
        if name in headers:
            if name in SINGLE_HEADERS:
                self._stop("request_invalid", f"the header `{name.decode('latin-1')}` came twice")
            self._repeated += 1
            if self._repeated > self.worker.plane.limits.headers_max:
                self._stop("head_too_large", "more headers than `headers_max`")
            value = headers[name] + b", " + value
        headers[name] = value

    def on_headers_complete(self) -> None:
        self._head_complete = True
        headers = self._headers
        limits = self.worker.plane.limits
        if len(headers) + self._repeated > limits.headers_max:
            self._stop("head_too_large", "more headers than `headers_max`")
        if self._read_bytes > limits.head_bytes_max and self._head_bytes() > limits.head_bytes_max:
            self._stop("head_too_large", "the head is larger than `head_bytes_max`")
        length = headers.get(b"content-length")
        if length is not None and int(length) > limits.request_body_bytes_max:
            self._stop("request_too_large", "the body is larger than `request_body_bytes_max`")
        self._check_framing(headers)
        if b"expect" in headers:
            if headers[b"expect"].lower() != b"100-continue":
                self._stop("request_invalid", "`expect` can only be `100-continue`")
            if self.exchange is None:
                self.write(CONTINUE)

    def _is_modern(self, headers: dict[bytes, bytes]) -> bool:
        """Whether this is HTTP/1.1; of the versions that llhttp reads, only that one keeps a
        connection of which nothing is said, and asking so costs a fifth."""
        if b"connection" not in headers and self._parser.should_keep_alive():
            return True
        return self._parser.get_http_version() == "1.1"

    def _check_framing(self, headers: dict[bytes, bytes]) -> None:
        """Only what everybody on the way reads alike."""
        self._modern = modern = self._is_modern(headers)
        if modern:
            if b"host" not in headers:
                self._stop("request_invalid", "HTTP/1.1 needs a `host` header")
        elif self._parser.get_http_version() != "1.0":
            self._stop("request_invalid", "only HTTP/1.1 and HTTP/1.0 are spoken here")
        if b"upgrade" in headers and self._parser.should_upgrade():
            self._stop("request_invalid", "upgrades are not offered; send none")
        encoding = headers.get(b"transfer-encoding")
        if encoding is not None and (not modern or encoding.lower() != b"chunked"):
            self._stop("request_invalid", "`transfer-encoding` can only be `chunked`, in HTTP/1.1")

    def on_body(self, data: bytes) -> None:
        self._body.append(data)
        self._body_bytes += len(data)
        self.worker.buffered_bytes += len(data)
        limits = self.worker.plane.limits
        if self._body_bytes > STRANGER_BYTES_MAX and not self._known:
            self._recognise()
        if self._body_bytes > limits.request_body_bytes_max:
            self._stop("request_too_large", "the body is larger than `request_body_bytes_max`")
        if self.worker.buffered_bytes > limits.buffered_bytes_max:
            self._stop("overloaded", "too many large requests at once; try again")

    def _recognise(self) -> None:
        """A large body: whose key comes with it? The request itself is judged when it is whole."""
        try:
            now_us = time_ns() // 1000
            self.worker.plane.keys.authenticate(self._target, self._headers, now_us, None)
        except Fault as fault:
            self._fault = fault
            raise
        self._known = True

    def on_message_complete(self) -> None:
        self._in_message = False
        if self.closed:
            return  # it came behind the last request
        body = self._body
        parser = self._parser
        modern = self._modern
        request = Request(
            parser.get_method(),
            self._target,
            self._headers,
            body[0] if len(body) == 1 else b"".join(body),
            keep_alive=modern and parser.should_keep_alive(),
            chunked=modern,
            received_at=monotonic(),
        )
        self._body = []
        self._body_bytes = 0
        if self.exchange is None and not self.paused:
            self._begin(request)
        else:
            self._wait(request)

    # What an exchange calls.

    def write(self, data: bytes) -> None:
        """Write `data`, when this turn of the loop ends."""
        self.worker.outbox.write(self.transport, data)

    def close(self) -> None:
        """Close after what was written has been sent; serve nothing more."""
        self.closed = True
        self.worker.outbox.flush_one(self.transport)
        self.transport.close()
        self._unsent_bytes = self.transport.get_write_buffer_size()
        if self._unsent_bytes:
            self._idle()

    def abort(self) -> None:
        """Close at once: what was written cannot be completed honestly."""
        self.closed = True
        self.worker.outbox.forget(self.transport)
        self.transport.abort()

    def exchange_ended(self, request: Request) -> None:
        """The exchange is over: serve the next request or wait for one."""
        self.exchange = None
        self.worker.in_flight -= 1
        self.worker.buffered_bytes -= len(request.body)
        if self.closed:
            return
        if self.last_request or not request.keep_alive or self.worker.draining:
            self.close()
            return
        self._idle()
        if self._queue:
            self._serve_next()

    # Private.

    def _idle(self) -> None:
        """Nothing is under way: bound how long that may be."""
        deadlines = self.worker.deadlines
        idle_s = self.worker.plane.limits.client_idle_timeout_ms / 1000
        deadlines.watch(self, deadlines.now + idle_s)

    def _part(self) -> None:
        """Close an idle connection; one that is owed something as soon as it takes no more."""
        unsent_bytes = self.transport.get_write_buffer_size()
        if unsent_bytes and unsent_bytes == self._unsent_bytes:
            self.abort()
        elif unsent_bytes:
            self._unsent_bytes = unsent_bytes
            self._idle()
        elif not self.closed:
            self.close()

    def _wait(self, request: Request) -> None:
        """Keep a request until its turn comes: the one before is served, and its answer taken."""
        if self._queue is None:
            self._queue = deque()
        self._queue.append(request)
        if len(self._queue) > WAITING_MAX:
            self._stop("overloaded", "too many requests sent ahead; wait for their answers")
        if len(self._queue) >= PIPELINED_MAX:
            self.transport.pause_reading()

    def _serve_next(self) -> None:
        if self._queue and not self.paused and not self.closed:
            self.transport.resume_reading()
            self._begin(self._queue.popleft())

    def _begin(self, request: Request) -> None:
        worker = self.worker
        worker.in_flight += 1
        self.exchange = exchange = Exchange(self, request, worker)
        exchange.drive(exchange.run())

    def _receiving(self, received: int) -> None:
        """A request has begun and not ended: bound its time, and what comes without body.

        `received` bytes came, none of them of the body: a head, or what stands between chunks
        and behind the last one.
        """
        worker = self.worker
        limits = worker.plane.limits
        wait_ms = 0
        if not self._head_complete:
            if not self._bare_bytes:
                wait_ms = limits.client_head_timeout_ms
        elif not self._body_awaited:
            self._body_awaited = True
            wait_ms = limits.client_body_timeout_ms
        self._bare_bytes = self._bare_bytes + received if received else 0
        if self._bare_bytes > limits.head_bytes_max:
            message = "the head, or the trailers, are larger than `head_bytes_max`"
            self._reject(ClientFault("head_too_large", message))
        elif wait_ms and self.exchange is None:
            worker.deadlines.watch(self, worker.deadlines.now + wait_ms / 1000)

    def _head_bytes(self) -> int:
        """The size of a head that came in one large read, which nothing else has bounded."""
        lines = sum(len(name) + len(value) + 4 for name, value in self._headers.items())
        return len(self._target) + lines

    def _stop(self, code: str, message: str) -> None:
        """End parsing from inside one of llhttp's callbacks."""
        self._fault = ClientFault(code, message)
        raise self._fault

    def _reject(self, fault: Fault) -> None:
        """Answer what could not be parsed, and close: nothing after it can be trusted.

        A request that was whole before is still served to its end.
        """
        self._in_message = False
        self._deaf = True
        self.last_request = True
        if self.exchange is not None or self.closed:
            return
        self._drop_body()
        request = Request(
            b"",
            self._target,
            {},
            b"",
            keep_alive=False,
            chunked=False,
            received_at=monotonic(),
        )
        worker = self.worker
        worker.in_flight += 1
        self.exchange = exchange = Exchange(self, request, worker)
        exchange.drive(exchange.refuse_unread(fault))

    def _drop_body(self) -> None:
        self.worker.buffered_bytes -= self._body_bytes
        self._body = []
        self._body_bytes = 0
        while self._queue:
            self.worker.buffered_bytes -= len(self._queue.popleft().body)
