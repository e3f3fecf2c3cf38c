"""Callers of gateways whose stores fail, and the provider behind: both keep times, for exact sums.

Callers are few and steady: they are there to see what happens, not how fast. Times are seconds of
the machine's monotonic clock, which threads and network namespaces share.

>>> with counted_provider() as provider, calling([Caller("a", port, "dt-paid")]) as calls:
...     wait_for_something()
>>> len(calls.of(key="dt-paid", status=503))
"""

import asyncio
import re
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import msgspec

from tests.loop_thread import loop_thread

LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
CODE = re.compile(rb'"code":\s*"([a-z_]+)"')
MARKER = re.compile(rb'"content":"([A-Za-z0-9-]+)"')
INPUT_TOKENS = 10
OUTPUT_TOKENS = 20
"""What every request asks for at most, and gets."""
TIMEOUT_S = 20.0
BODY = b'{"model":"m","max_tokens":%d,"messages":[{"role":"user","content":"%b"}]}'
ANSWER = (
    b'{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":'
    b'{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}'
) % (INPUT_TOKENS, OUTPUT_TOKENS, INPUT_TOKENS + OUTPUT_TOKENS)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks again and again: which gateway, with which key, `pause_s` after each
    answer. `key` has the form `dt-NAME`; the provider counts by NAME."""

    gateway: str
    port: int
    key: str
    pause_s: float = 0.02
    count: int = 1


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call; `status` is 0 where no whole answer came."""

    gateway: str
    key: str
    sent_s: float
    done_s: float
    status: int
    code: str = ""

    @property
    def took_s(self) -> float:
        """How long the answer took."""
        return self.done_s - self.sent_s


class Calls:
    """All calls so far, of all callers."""

    def __init__(self) -> None:
        self.all: list[Call] = []

    def of(
        self,
        *,
        gateway: str | None = None,
        key: str | None = None,
        status: int | None = None,
        since: float = 0.0,
        until: float = float("inf"),
    ) -> list[Call]:
        """Those that were sent in `since ≤ time < until` and are like that."""
        return [
            call
            for call in tuple(self.all)
            if since <= call.sent_s < until
            and gateway in (None, call.gateway)
            and key in (None, call.key)
            and status in (None, call.status)
        ]

    def told(
        self,
        *,
        gateway: str | None = None,
        key: str | None = None,
        since: float = 0.0,
        until: float = float("inf"),
    ) -> Counter[str]:
        """How such calls were answered: `200`, `503 store_unavailable`."""
        found = self.of(gateway=gateway, key=key, since=since, until=until)
        return Counter(f"{call.status} {call.code}".strip() for call in found)


class Provider:
    """The running provider: when each request came, by the name in its prompt."""

    def __init__(self) -> None:
        self.port = 0
        self.pause_s = 0.0
        self.came: dict[str, list[float]] = {}

    @property
    def base_url(self) -> str:
        """What gateways are given."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def start(self) -> asyncio.Server:
        """Listens on a free port of the loopback."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.port = int(server.sockets[0].getsockname()[1])
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = LENGTH.search(head)
                body = await reader.readexactly(int(found[1]) if found else 0)
                named = MARKER.search(body)
                name = named[1].decode() if named else ""
                self.came.setdefault(name, []).append(time.monotonic())
                if self.pause_s:
                    await asyncio.sleep(self.pause_s)
                head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                writer.write(head + b"content-length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@contextmanager
def counted_provider() -> Generator[Provider]:
    """A running provider, on a loop in a thread of its own."""
    provider = Provider()
    with loop_thread() as thread:
        server = thread.run(provider.start())
        try:
            yield provider
        finally:
            server.close()


@contextmanager
def calling(callers: Sequence[Caller], calls: Calls | None = None) -> Generator[Calls]:
    """Callers at work for as long as the block lasts."""
    calls = Calls() if calls is None else calls
    with loop_thread() as thread:
        stop = asyncio.Event()

        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as group:
                for caller in callers:
                    for _ in range(caller.count):
                        group.create_task(_keep_calling(caller, calls.all, stop))

        async def begun() -> "asyncio.Task[None]":
            return asyncio.get_running_loop().create_task(all_of_them())

        async def ended(task: "asyncio.Task[None]") -> None:
            stop.set()
            await task

        task = thread.run(begun())
        try:
            yield calls
        finally:
            thread.run(ended(task), 2 * TIMEOUT_S)


async def _keep_calling(caller: Caller, calls: list[Call], stop: asyncio.Event) -> None:
    wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    body = BODY % (OUTPUT_TOKENS, caller.key.removeprefix("dt-").encode())
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\nauthorization: Bearer %b\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
    ) % (caller.key.encode(), len(body), body)
    while not stop.is_set():
        sent_s = time.monotonic()
        status, code = 0, ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                if wire is None:
                    wire = await asyncio.open_connection("127.0.0.1", caller.port)
                wire[1].write(request)
                status, code, goes_on = await _answer(wire[0])
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            goes_on = False
        done_s = time.monotonic()
        calls.append(
            Call(
                gateway=caller.gateway,
                key=caller.key,
                sent_s=sent_s,
                done_s=done_s,
                status=status,
                code=code,
            )
        )
        if wire is not None and not goes_on:
            wire[1].close()
            wire = None
        await asyncio.sleep(caller.pause_s)
    if wire is not None:
        wire[1].close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str, bool]:
    """Status, code, and whether the connection goes on."""
    head = await reader.readuntil(b"\r\n\r\n")
    found, status = LENGTH.search(head), STATUS.match(head)
    assert found is not None
    assert status is not None
    body = await reader.readexactly(int(found[1]))
    code = CODE.search(body) if status[1] != b"200" else None
    return int(status[1]), code[1].decode() if code else "", b"connection: close" not in head


def most_in(times: Sequence[float], window_s: float) -> int:
    """The most of these moments in any window of that length."""
    moments = sorted(times)
    return max(
        (at + 1 - bisect_right(moments, moment - window_s) for at, moment in enumerate(moments)),
        default=0,
    )
