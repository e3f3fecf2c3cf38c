"""A client that sees every byte: what a behaviour does to HTTP is only visible below HTTP.

>>> with Raw(simulator.port) as raw:
...     raw.send(post("/v1/chat/completions", CHAT))
...     raw.read_all()
"""

import socket
import struct
from types import TracebackType
from typing import Self

import msgspec

TIMEOUT_S = 10.0

CHAT: dict[str, object] = {
    "model": "m",
    "messages": [{"role": "user", "content": "count to 5"}],
}
STREAM: dict[str, object] = {**CHAT, "stream": True}
PATH = "/v1/chat/completions"


def post(body: object, path: str = PATH, *, close: bool = False) -> bytes:
    """A POST of `body` as JSON."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    connection = "connection: close\r\n" if close else ""
    head = f"POST {path} HTTP/1.1\r\nhost: h\r\n{connection}content-length: {len(data)}\r\n\r\n"
    return head.encode() + data


def get(path: str) -> bytes:
    """A GET."""
    return f"GET {path} HTTP/1.1\r\nhost: h\r\n\r\n".encode()


class Raw:
    """One connection to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        """Sends all of it."""
        self._socket.sendall(data)

    def read_some(self) -> bytes:
        """What comes next, empty at the end; raises `ConnectionResetError` after RST."""
        return self._socket.recv(65536)

    def read_until(self, mark: bytes) -> bytes:
        """Everything up to and with `mark`; fails where the connection ends first."""
        while mark not in self._buffer:
            more = self.read_some()
            assert more, f"the connection ended before {mark!r}"
            self._buffer += more
        before, _, self._buffer = self._buffer.partition(mark)
        return before + mark

    def read_all(self) -> bytes:
        """Everything until the peer closes."""
        parts = [self._buffer]
        while more := self.read_some():
            parts.append(more)
        self._buffer = b""
        return b"".join(parts)

    def close(self) -> None:
        """Closes in order."""
        self._socket.close()

    def reset(self) -> None:
        """Closes by RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


def body_of(answer: bytes) -> bytes:
    """The body of a whole, unchunked answer."""
    return answer.partition(b"\r\n\r\n")[2]


def dechunked(answer: bytes) -> bytes:
    """The body of a chunked answer; fails where a chunk is not as it says."""
    rest = body_of(answer)
    body = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        assert rest[length : length + 2] == b"\r\n"
        if not length:
            return body
        body, rest = body + rest[:length], rest[length + 2 :]
