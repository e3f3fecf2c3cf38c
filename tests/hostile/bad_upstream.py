"""A provider that does to each request what the model's name says (`misbehaviour.py`).

Counts what it was asked and who hung up, nothing else.

>>> with bad_upstream() as upstream:
...     upstream.base_url
'http://127.0.0.1:40123/v1'
"""

import asyncio
import re
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from tests.hostile.misbehaviour import MISDEEDS, UNASKED
from tests.loop_thread import loop_thread

MODEL = re.compile(rb'"model"\s*:\s*"([^"]*)"')
LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
BODY_BYTES_READ = 4_096
HEAD_BYTES_MAX = 1024 * 1024


class BadUpstream:
    """The running provider."""

    def __init__(self) -> None:
        self.base_url = ""
        self.asked: Counter[str] = Counter()
        self.open = 0
        self.flooding = 0

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port of the running loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_BYTES_MAX)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while model := await _model(reader):
                self.flooding += model == "flood"
                self.asked[model] += 1
                try:
                    await (MISDEEDS | UNASKED)[model](reader, writer)
                finally:
                    self.flooding -= model == "flood"
                if model not in ("two-answers", "one-interim"):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()


async def _model(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    found = LENGTH.search(head)
    size = int(found[1]) if found else 0
    # A large body stays unread: the model stands at its beginning.
    body = await reader.readexactly(min(size, BODY_BYTES_READ))
    asked = MODEL.search(body)
    return asked[1].decode() if asked else ""


@contextmanager
def bad_upstream() -> Generator[BadUpstream]:
    """A running bad provider."""
    upstream = BadUpstream()
    with loop_thread() as thread:
        server = thread.run(upstream.start())
        try:
            yield upstream
        finally:
            thread.loop.call_soon_threadsafe(server.close)
