"""The server of the admin API: uvicorn over h11, with bounds of its own, off the data plane.

Not here: what it serves (`api`), and when it runs (`gateway.control`).
"""

import contextlib
import ssl
from collections.abc import Generator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

CONNECTIONS_MAX: Final = 500
"""At once; people, a scraper and some scripts need a handful."""
GRACE_S: Final = 1


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
            http="h11",
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
