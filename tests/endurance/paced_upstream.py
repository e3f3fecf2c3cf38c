"""A provider whose streams have a pace, and that remembers how each of them ended.

Every stream is a function of its length alone, so that a test knows each byte beforehand. It
asks nothing of its callers and speaks only OpenAI chat.

>>> with paced_upstream(token_s=0.02) as upstream:
...     upstream.base_url
'http://127.0.0.1:40123/v1'
"""

import asyncio
import re
import time
from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from tests.loop_thread import loop_thread

ASKED = re.compile(rb'"content":"([A-Za-z0-9-]+) (\d+)"')
"""A prompt is a marker and the number of tokens that are wanted."""
LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
BACKLOG = 2_048
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
DONE = b"data: [DONE]\n\n"
USAGE = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],'
    b'"usage":{"prompt_tokens":7,"completion_tokens":%d,"total_tokens":%d}}\n\n'
)


class Stream(msgspec.Struct, kw_only=True):
    """One stream as the provider knows it; changes while it runs.

    `tokens` were written; `ended_at` is the monotonic time at which it was over, by its own
    end (`finished`) or because the other side hung up.
    """

    marker: str
    wanted: int
    tokens: int = 0
    finished: bool = False
    ended_at: float | None = None


def event(number: int) -> bytes:
    """The event that carries token `number`."""
    return (
        b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",'
        b'"choices":[{"index":0,"delta":{"content":"t%d "},"finish_reason":null}]}\n\n' % number
    )


def expected_stream(tokens: int) -> bytes:
    """What a client that did not ask for usage gets of a stream that nothing disturbs."""
    return b"".join(event(number) for number in range(tokens)) + DONE


class PacedUpstream:
    """The running provider."""

    def __init__(self, token_s: float) -> None:
        self.base_url = ""
        self.token_s = token_s
        self.streams: dict[str, list[Stream]] = {}
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listens on a free loopback port of the running loop."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=BACKLOG)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def die(self) -> None:
        """Stops listening and resets every connection, as a killed process does."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = LENGTH.search(head)
                body = await reader.readexactly(int(found[1]) if found else 0)
                await self._answer(reader, writer, body)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
    ) -> None:
        asked = ASKED.search(body)
        assert asked is not None
        stream = Stream(marker=asked[1].decode(), wanted=int(asked[2]))
        self.streams.setdefault(stream.marker, []).append(stream)
        if b'"stream":true' in body:
            await self._stream(reader, writer, stream)
        else:
            stream.tokens, stream.finished = stream.wanted, True
            writer.write(_whole(stream.wanted))
            await writer.drain()

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: Stream
    ) -> None:
        writer.write(HEAD)
        try:
            for number in range(stream.wanted):
                await asyncio.sleep(self.token_s)
                # The other side sends nothing while it waits: an end of input is a hang-up.
                if reader.at_eof() or writer.is_closing():
                    raise ConnectionResetError
                writer.write(_chunk(event(number)))
                stream.tokens += 1
                await writer.drain()
            usage = USAGE % (stream.wanted, stream.wanted + 7)
            writer.write(_chunk(usage) + _chunk(DONE) + b"0\r\n\r\n")
            await writer.drain()
            stream.finished = True
        finally:
            stream.ended_at = time.monotonic()


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


def _whole(tokens: int) -> bytes:
    text = b"".join(b"t%d " % number for number in range(tokens))
    body = (
        b'{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
        b'"message":{"role":"assistant","content":"%b"},"finish_reason":"stop"}],'
        b'"usage":{"prompt_tokens":7,"completion_tokens":%d,"total_tokens":%d}}'
    ) % (text, tokens, tokens + 7)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


class PacedThread:
    """A paced provider with the thread it runs in."""

    def __init__(self, upstream: PacedUpstream, die: "asyncio.AbstractEventLoop") -> None:
        self.upstream = upstream
        self._loop = die

    @property
    def base_url(self) -> str:
        """What its clients are given."""
        return self.upstream.base_url

    def stream(self, marker: str) -> Stream:
        """The only stream with this marker."""
        (stream,) = self.upstream.streams[marker]
        return stream

    def asked(self) -> dict[str, int]:
        """How often each marker was asked for."""
        return {marker: len(streams) for marker, streams in self.upstream.streams.items()}

    def die(self) -> None:
        """Kills it."""
        asyncio.run_coroutine_threadsafe(self.upstream.die(), self._loop).result(10)


@contextmanager
def paced_upstream(token_s: float) -> Generator[PacedThread]:
    """A running paced provider."""
    upstream = PacedUpstream(token_s)
    with loop_thread() as thread:
        thread.run(upstream.start())
        try:
            yield PacedThread(upstream, thread.loop)
        finally:
            thread.run(upstream.die())
