"""One small document over HTTPS, within bounds: what the control process asks issuers for.

The name is looked up, checked and connected to as for providers (`dial`); redirects are not
followed; what is too slow, too large, or anything but a whole 200 is a failure. Not for requests of
clients: those have pools.

>>> await fetch("https://id.example/keys", private=False, tls=client_tls())
b'{"keys": […]}'
"""

import asyncio
import os
import ssl
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

from detente import __version__
from detente.gateway.upstream.dial import DialError, address_of, dial

CONNECT_TIMEOUT_MS: Final = 5_000
TIMEOUT_S: Final = 10.0
"""For all of it."""
BODY_BYTES_MAX: Final = 256 * 1024
HEAD_BYTES_MAX: Final = 32 * 1024
"""With the framing of chunks."""


class FetchError(Exception):
    """No document; the sentence says why, and names no address."""


async def fetch(
    url: str, *, private: bool, tls: ssl.SSLContext, timeout_s: float = TIMEOUT_S
) -> bytes:
    """The body at `url`; `private` is whether its name may lead into a private network.

    Raises `FetchError`.
    """
    address = address_of(url, os.environ, private=private)
    reader = _Reader(url)
    try:
        async with asyncio.timeout(timeout_s):
            await dial(address, lambda: reader, tls, CONNECT_TIMEOUT_MS)
            return await reader.body
    except TimeoutError:
        raise FetchError(f"it did not answer within {timeout_s:g} s; check the network") from None
    except DialError as error:
        raise FetchError(_of_issuers(str(error))) from None
    finally:
        reader.abandon()


def _of_issuers(said: str) -> str:
    """What `dial` says of providers, said of issuers."""
    return said.replace("`base_url`", "its address").replace("for this provider ", "for it ")


class _Reader(asyncio.Protocol):
    """Asks once and reads one answer."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._request = (
            f"GET {target} HTTP/1.1\r\nhost: {parts.netloc}\r\naccept: application/json\r\n"
            f"accept-encoding: identity\r\nuser-agent: detente/{__version__}\r\n"
            "connection: close\r\n\r\n"
        ).encode("ascii")
        self.body: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._read = 0
        self._framed = False
        self._transport: asyncio.Transport | None = None

    def abandon(self) -> None:
        """Close the connection, whatever was or was not read."""
        if self._transport is not None:
            self._transport.abort()
        if self.body.done() and not self.body.cancelled():
            self.body.exception()  # seen, even where nobody waits any more

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        # Those of uvloop are transports by their shape alone.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read on, to the end or the bound."""
        if self.body.done():
            return
        self._read += len(data)
        if self._read > BODY_BYTES_MAX + HEAD_BYTES_MAX:
            self._fail(f"its answer has more than {BODY_BYTES_MAX} bytes")
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail("its answer is no HTTP; check the address")

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of an answer that has no other, or of a broken one."""
        if exc is None and not self._framed and self._pieces:
            self.on_message_complete()
        self._fail("it closed the connection in the middle of its answer; it is asked again")

    # What the parser tells.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note how the body ends."""
        del value
        self._framed |= name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        """Refuse everything but a plain answer."""
        status = self._parser.get_status_code()
        if 300 <= status < 400:
            self._fail("it redirects, which is not followed; configure the address it leads to")
        elif status != 200:
            self._fail(f"it answered {status}; check the address")

    def on_body(self, body: bytes) -> None:
        """Keep a piece."""
        self._pieces.append(body)
        if sum(map(len, self._pieces)) > BODY_BYTES_MAX:
            self._fail(f"its answer has more than {BODY_BYTES_MAX} bytes")

    def on_message_complete(self) -> None:
        """All is there."""
        if not self.body.done():
            self.body.set_result(b"".join(self._pieces))

    def _fail(self, reason: str) -> None:
        if not self.body.done():
            self.body.set_exception(FetchError(reason))
