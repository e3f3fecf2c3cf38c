"""A provider that lets kept connections die, in every way that a real one does.

What it does to a request is the first word of the prompt; on a connection that has served
nothing yet, the words that begin with `kept` mean `serve`. It counts every request by its
marker, the prompt's second word.

>>> with fickle_upstream() as upstream:
...     upstream.counts["marker"]
1
"""

import asyncio
import re
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from tests.hostile.strict_upstream import ANSWER
from tests.loop_thread import LoopThread, loop_thread

ASKED = re.compile(rb'"content":"([a-z-]+) ([a-z0-9-]+)"')
LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


class FickleUpstream:
    """The running provider."""

    def __init__(self, thread: LoopThread) -> None:
        self.base_url = ""
        self.counts: Counter[str] = Counter()
        self.open = 0
        self._thread = thread
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port of the running loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server

    def end_kept_connections(self) -> None:
        """Closes every connection, as a provider does with those that have been idle."""
        self._thread.run(self._end_all())

    async def _end_all(self) -> None:
        for writer in list(self._writers):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.open += 1
        served = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = LENGTH.search(head)
                body = await reader.readexactly(int(found[1]) if found else 0)
                asked = ASKED.search(body)
                assert asked is not None
                self.counts[asked[2].decode()] += 1
                if not await self._act(asked[1].decode(), served, writer):
                    return
                served += 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self._writers.discard(writer)
            writer.close()

    async def _act(self, word: str, served: int, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        if word.startswith("kept-"):
            word = word.removeprefix("kept-") if served else "serve"
        match word:
            case "serve":
                writer.write(HEAD % len(ANSWER) + ANSWER)
            case "reset":
                writer.transport.abort()
            case "half":
                writer.write(b"HTTP/1.1 2")
            case "cut":
                writer.write(HEAD % (2 * len(ANSWER)) + ANSWER)
            case _:  # `drop`: no byte at all
                pass
        await writer.drain()
        return word == "serve"


@contextmanager
def fickle_upstream() -> Generator[FickleUpstream]:
    """A running fickle provider."""
    with loop_thread() as thread:
        upstream = FickleUpstream(thread)
        server = thread.run(upstream.start())
        try:
            yield upstream
        finally:
            thread.loop.call_soon_threadsafe(server.close)
