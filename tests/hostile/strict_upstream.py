"""A provider that writes down exactly what reaches it, and parses it strictly with h11.

Answers every request with the same chat completion. What h11 does not accept, and bytes that
belong to no request, are kept as `faults`: there must never be any.

>>> with strict_upstream() as upstream:
...     upstream.base_url
'http://127.0.0.1:40123/v1'
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import h11
import msgspec

from tests.h11_server import READ_BYTES, next_request
from tests.loop_thread import loop_thread

ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}'
)


class Forwarded(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the provider received it; header names as they came."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> list[bytes]:
        """All values of one header."""
        return [value for key, value in self.headers if key.lower() == name]


class StrictUpstream:
    """The running provider."""

    def __init__(self) -> None:
        self.base_url = ""
        self.received: list[Forwarded] = []
        self.faults: list[str] = []
        self.raw = bytearray()

    def holding(self, marker: bytes) -> list[Forwarded]:
        """The requests whose body, target or headers hold `marker`."""
        return [
            got
            for got in list(self.received)
            if marker in got.body
            or marker in got.target
            or any(marker in key + value for key, value in got.headers)
        ]

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port of the running loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=READ_BYTES)
        try:
            while await self._one(connection, reader, writer):
                connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            self.faults.append(str(error))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        read = await next_request(connection, reader, self.raw)
        if read is None:
            return False
        request, body = read
        self.received.append(
            Forwarded(
                method=request.method,
                target=request.target,
                headers=tuple(request.headers.raw_items()),
                body=body,
            )
        )
        if connection.trailing_data[0]:
            self.faults.append("bytes after the request")
        head = h11.Response(
            status_code=200,
            headers=[("content-type", "application/json"), ("content-length", str(len(ANSWER)))],
        )
        for event in (head, h11.Data(data=ANSWER), h11.EndOfMessage()):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        return connection.our_state is h11.DONE


@contextmanager
def strict_upstream() -> Generator[StrictUpstream]:
    """A running strict provider."""
    upstream = StrictUpstream()
    with loop_thread() as thread:
        server = thread.run(upstream.start())
        try:
            yield upstream
        finally:
            thread.loop.call_soon_threadsafe(server.close)
