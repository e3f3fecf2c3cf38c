"""HTTP/1.1 responses as bytes, and the one object through which bytes leave.

Everything is written by hand, so that a behaviour can write it wrongly. Does not parse.

>>> head(204, (("x-a", "b"),))
b'HTTP/1.1 204 No Content\\r\\nx-a: b\\r\\n\\r\\n'
"""

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import Final

from detente.simulator.exchange import Headers

LAST_CHUNK: Final = b"0\r\n\r\n"

_REASONS: Final = {status.value: status.phrase for status in HTTPStatus} | {529: "Overloaded"}


def head(status: int, headers: Headers) -> bytes:
    """The status line and headers, with the empty line."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One chunk of the chunked transfer coding."""
    return b"%x\r\n%s\r\n" % (len(data), data)


class Wire:
    """One connection's way out: write, wait for room, end well or badly."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._room: asyncio.Future[None] | None = None
        self.keep_alive = True
        self.closed_by_us = False

    def write(self, data: bytes) -> None:
        """Sends `data` in one write; nothing where the connection is closing."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Waits until the peer has taken enough of what was written.

        Always lets the loop turn once: an endless writer must notice that its reader left.
        """
        if self._room is None:
            await asyncio.sleep(0)
        else:
            await self._room

    def close(self) -> None:
        """Sends what is written, then FIN."""
        self.closed_by_us = True
        self._transport.close()

    def reset(self) -> None:
        """Ends the connection with RST; what is not yet sent is lost."""
        self.closed_by_us = True
        peer: socket.socket | None = self._transport.get_extra_info("socket")
        if peer is not None:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def pause(self) -> None:
        """The transport's buffer is full."""
        if self._room is None:
            self._room = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """The transport's buffer has room again."""
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)
