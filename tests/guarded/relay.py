"""A relay between a client and the gateway that keeps every byte of the gateway's.

>>> with relaying(gateway.port) as relay:
...     OpenAI(base_url=relay.url + "/v1", api_key=key).chat.completions.create(...)
...     relay.answers()
"""

import asyncio
import re
from collections.abc import Generator
from contextlib import contextmanager

from tests.loop_thread import loop_thread

READ_BYTES = 65_536
_CHUNK_EDGE = re.compile(rb"\r\n[0-9a-f]+\r\n")


class Relay:
    """See the module; `url` is where clients find it."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self._port = port
        self._kept: list[bytes] = []
        self._server: asyncio.Server | None = None

    def answers(self) -> bytes:
        """What the gateway has answered since the last time, without the edges of HTTP's chunks."""
        kept, self._kept = self._kept, []
        return _CHUNK_EDGE.sub(b"", b"".join(kept))

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(
            self._pass(reader, ours, keeps=False), self._pass(theirs, writer, keeps=True)
        )

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keeps: bool
    ) -> None:
        while data := await reader.read(READ_BYTES):
            if keeps:
                self._kept.append(data)
            writer.write(data)
            await writer.drain()
        writer.close()


@contextmanager
def relaying(port: int) -> Generator[Relay]:
    """A relay to a port of this machine, stopped at the end."""
    with loop_thread() as loop:
        relay = Relay(port)
        loop.run(relay.start())
        try:
            yield relay
        finally:
            loop.run(relay.stop())
