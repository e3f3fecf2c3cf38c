"""A provider that answers what it is told to use, after a pause, and remembers who came when.

A prompt is `NAME INPUT OUTPUT`: the answer says that it used so many tokens. It asks nothing of its
callers and speaks only OpenAI chat, whole or as a stream.

>>> with running_provider(Pause(0.05, 0.2)) as provider:
...     provider.base_url
'http://127.0.0.1:40123/v1'
"""

import asyncio
import random
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import msgspec

from tests.loop_thread import loop_thread

ASKED: Final = re.compile(rb'"content":"(\S+) (\d+) (\d+)"')
LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
BACKLOG: Final = 4_096
SEED: Final = 6
STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
WHOLE_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
)
USAGE: Final = b'"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}'
WHOLE: Final = (
    b'{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"agreed"},"finish_reason":"stop"}],'
)
EVENT: Final = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"agreed"},"finish_reason":"stop"}]}\n\n'
)
LAST_EVENT: Final = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],'
)


class Pause(msgspec.Struct, frozen=True):
    """How long an answer takes: anything between the two, in seconds."""

    least_s: float
    most_s: float


class Provider:
    """What the running provider knows.

    `arrivals` are the monotonic times at which requests were there, in order, `came_at` the same by
    the prompt's name; `most_open` is how many it had at once.
    """

    def __init__(self, pause: Pause) -> None:
        self.base_url = ""
        self.arrivals: list[float] = []
        self.came_at: dict[str, float] = {}
        self.open = 0
        self.most_open = 0
        self._pause = pause
        self._dice = random.Random(SEED)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> None:
        """Listen on a free loopback port of the running loop."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self, self._connections), "127.0.0.1", 0, backlog=BACKLOG
        )
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def stop(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.hang_up()

    def came(self, name: str) -> float:
        """A request is there; how long it takes."""
        self.arrivals.append(time.monotonic())
        self.came_at[name] = self.arrivals[-1]
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        return self._dice.uniform(self._pause.least_s, self._pause.most_s)


class _Connection(asyncio.Protocol):
    """One connection: one request after the other."""

    def __init__(self, provider: Provider, others: "set[_Connection]") -> None:
        self._provider = provider
        self._others = others
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._others.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._others.discard(self)

    def hang_up(self) -> None:
        """End it now."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        if not end or found is None or len(body) < int(found[1]):
            return
        self._received = b""
        asked = ASKED.search(body)
        assert asked is not None, body
        answer = answer_to(int(asked[2]), int(asked[3]), stream=b'"stream":true' in body)
        pause_s = self._provider.came(asked[1].decode())
        asyncio.get_running_loop().call_later(pause_s, self._answer, answer)

    def _answer(self, answer: bytes) -> None:
        self._provider.open -= 1
        if self._transport is not None:
            self._transport.write(answer)


def answer_to(input_tokens: int, output_tokens: int, *, stream: bool) -> bytes:
    """The whole answer that says to have used so much."""
    usage = USAGE % (input_tokens, output_tokens, input_tokens + output_tokens)
    if not stream:
        return WHOLE_HEAD % len(WHOLE + usage) + WHOLE + usage
    events = (EVENT, LAST_EVENT + usage + b"\n\n", b"data: [DONE]\n\n")
    return STREAM_HEAD + b"".join(b"%x\r\n%b\r\n" % (len(e), e) for e in events) + b"0\r\n\r\n"


@contextmanager
def running_provider(pause: Pause) -> Generator[Provider]:
    """A running provider, in a thread of its own."""
    provider = Provider(pause)
    with loop_thread() as thread:
        thread.run(provider.start())
        try:
            yield provider
        finally:
            thread.run(provider.stop())
