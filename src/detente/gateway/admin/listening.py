"""The server of the admin API: uvicorn over h11, with bounds of its own, off the data plane.

Not here: what it serves (`api`), and when it runs (`gateway.control`).
"""

import asyncio
import contextlib
import ssl
from collections.abc import Generator
from typing import Final, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

CONNECTIONS_MAX: Final = 500
"""At once; people, a scraper and some scripts need a handful. More are closed when they come."""
HEAD_S_MAX: Final = 10
"""For a request's head, from the connection's begin or the answer before it."""
BODY_S_MAX: Final = 30
"""For a body: the largest command at 35 KB a second."""
GRACE_S: Final = 1


class BoundedProtocol(H11Protocol):
    """uvicorn's own waits for heads and bodies as long as a client likes, and so anybody could take
    all connections, without a key: this one has deadlines, which no single byte moves."""

    _awaited: tuple[RequestResponseCycle | None, float | None] | None = None
    """After which request, and for how long: what the deadline is for."""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """One more, or one too many."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()
        self._await()

    def data_received(self, data: bytes) -> None:
        """Perhaps all that was waited for."""
        super().data_received(data)
        self._await()

    def on_response_complete(self) -> None:
        """Another request may come."""
        super().on_response_complete()
        self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing comes any more."""
        self._rest()
        super().connection_lost(exc)

    def _await(self) -> None:
        """Set the deadline for what is to come from the client now, unless it runs."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_complete:
            bound_s = HEAD_S_MAX
        else:
            bound_s = BODY_S_MAX if cycle.more_body else None
        if (cycle, bound_s) == self._awaited:
            return
        self._awaited = (cycle, bound_s)
        self._rest()
        if bound_s is not None:
            self._deadline = self.loop.call_later(bound_s, self._end)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def _end(self) -> None:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is not None and cycle.response_complete:
            self.transport.close()  # the client may still read the answer
        else:
            self.transport.abort()  # without a goodbye, for which TLS would wait


class AdminServer(uvicorn.Server):
    """Signals are the control process's own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves them alone."""
        yield


def admin_server(app: ASGIApp, tls: ssl.SSLContext | None) -> AdminServer:
    """The server for `app`, with `tls` where it is given.

    h11 bounds a request's head (64 KiB); a proxy's `X-Forwarded-For` is not believed, since who
    comes from loopback may be the owner.
    """
    return AdminServer(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=GRACE_S,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls,
        )
    )
