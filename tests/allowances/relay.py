"""A relay between a gateway and its store that fails as networks do: closed, silent, slow, cut off.

It carries bytes and knows nothing of what they say.

>>> with relay_to(("127.0.0.1", 5432)) as relay:
...     relay.delay_s = 0.5
...     relay.port
41233
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from tests.loop_thread import loop_thread

Target = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""
PIECE_BYTES = 64 * 1024
SILENCE_S = 0.02


class Relay:
    """The running relay. Its settings may be changed at any time, from any thread, and hold for
    connections that there are, too.

    `target` None closes each connection as soon as it is made. `silent` carries nothing on, in
    either direction, and closes nothing. `delay_s` holds every piece back, each way. After
    `cut_after` more bytes (None: never) all connections are cut, and it is None again; `cuts`
    counts that.
    """

    def __init__(self, target: Target | None) -> None:
        self.port = 0
        self.target = target
        self.silent = False
        self.delay_s = 0.0
        self.cut_after: int | None = None
        self.cuts = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> asyncio.Server:
        """Listens on a free port of the loopback."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        return server

    def cut(self) -> None:
        """Resets all connections."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._cut)

    def lead_to(self, target: Target | None) -> None:
        """New connections go there, and the old ones are reset."""
        self.target = target
        self.cut()

    def _cut(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: asyncio.StreamWriter | None = None
        self._writers.add(writer)
        try:
            await self._quiet()
            far_reader, far = await self._connected()
            self._writers.add(far)
            await asyncio.gather(self._carry(reader, far), self._carry(far_reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, far):
                if one is not None:
                    self._writers.discard(one)
                    one.transport.abort()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.target is None:
            raise ConnectionRefusedError
        if isinstance(self.target, str):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection(*self.target)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE_BYTES):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await self._quiet()
            if self.cut_after is not None:
                whole = len(piece)
                piece = piece[: self.cut_after]
                self.cut_after -= len(piece)
                if len(piece) < whole or self.cut_after == 0:
                    self.cut_after, self.cuts = None, self.cuts + 1
                    writer.write(piece)
                    # What came before the cut has arrived: it is what follows that is lost.
                    await writer.drain()
                    self._cut()
                    return
            writer.write(piece)
            await writer.drain()
        raise ConnectionResetError  # one side is gone, so both are

    async def _quiet(self) -> None:
        while self.silent:
            await asyncio.sleep(SILENCE_S)


@contextmanager
def relay_to(target: Target | None) -> Generator[Relay]:
    """A running relay, on a loop in a thread of its own."""
    relay = Relay(target)
    with loop_thread() as thread:
        server = thread.run(relay.start())
        try:
            yield relay
        finally:
            server.close()
            relay.silent = False
            relay.cut()
