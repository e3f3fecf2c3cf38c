"""A crowd that asks without pause while a gateway is killed, and what it remembers.

Every request of it costs the same, whatever answers it: input is free, and as many tokens as it
allows are written. So a budget that is a multiple of that is emptied to the last picodollar.

>>> load = Load(gateway.port_of, askers=8)
>>> await load.until(20)
"""

import asyncio
from collections.abc import Callable
from random import Random

import msgspec

from tests.hostile.raw_client import parse_answers

TOKENS = 3
USD_PER_MILLION = 10
PICO_EACH = TOKENS * USD_PER_MILLION * 1_000_000
"""What one answered request is charged, in picodollars."""
BIG, LITTLE = "dt-of-the-big-budget", "dt-of-the-little-budget"
LITTLE_OF = 4
"""Every so many-th asker has the little budget."""
WITHIN_S = 60.0
READ_BYTES = 64 * 1024


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one client was told; `status` is None where no whole head came."""

    marker: str
    key: str
    status: int | None
    request_id: str | None
    complete: bool
    body: bytes = b""


class Load:
    """See the module; `port` says where the gateway listens now."""

    def __init__(self, port: Callable[[], int], *, askers: int, seed: int) -> None:
        self.told: list[Told] = []
        self._port = port
        self._askers = askers
        self._dice = Random(seed)
        self._going = asyncio.Event()
        self._under_way = 0
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Has everybody ask."""
        self._going.set()
        self._tasks = [asyncio.create_task(self._keep_asking(n)) for n in range(self._askers)]

    async def end(self) -> None:
        """Has everybody stop."""
        self._over = True
        self._going.set()
        await asyncio.gather(*self._tasks)

    async def until(self, more: int) -> None:
        """Waits for so many more answers in full."""
        await self._wait(lambda: len(self.told), more)

    async def until_answered(self, more: int) -> None:
        """Waits for so many more answers that a provider gave."""
        await self._wait(lambda: sum(one.status == 200 for one in self.told), more)

    async def _wait(self, counted: Callable[[], int], more: int) -> None:
        wanted = counted() + more
        async with asyncio.timeout(WITHIN_S):
            while counted() < wanted:
                await asyncio.sleep(0.005)

    async def rest(self) -> None:
        """Lets what is under way end, and begins nothing."""
        self._going.clear()
        async with asyncio.timeout(WITHIN_S):
            while self._under_way:
                await asyncio.sleep(0.005)

    def go_on(self) -> None:
        """Everybody asks again."""
        self._going.set()

    def counted(self) -> dict[str, int]:
        """How many were told what, for whoever reads the test's output."""
        found: dict[str, int] = {}
        for one in self.told:
            name = str(one.status)
            found[name] = found.get(name, 0) + 1
        return found

    def shown(self) -> str:
        """What is under way, and the last that were told, for whoever reads of a failure."""
        last = [(one.key, one.status, one.body) for one in self.told[-5:]]
        return f"{self._under_way} under way, going: {self._going.is_set()}, last {last}"

    async def _keep_asking(self, asker: int) -> None:
        key = BIG if (asker + 1) % LITTLE_OF else LITTLE
        number = 0
        while True:
            await self._going.wait()
            if self._over:
                return
            number += 1
            self._under_way += 1
            stream = self._dice.random() < 0.6
            try:
                told = await ask(self._port(), key, f"k-{asker}-{number}", stream=stream)
            finally:
                self._under_way -= 1
            if told.status is not None:
                self.told.append(told)
            # An absent gateway refuses at once: asking it in a tight loop would only burn time.
            await asyncio.sleep(0.02 if told.status in (None, 429) else 0.001)


async def ask(port: int, key: str, marker: str, *, stream: bool, tokens: int = TOKENS) -> Told:
    """One request on a connection of its own, read to its end."""
    received = bytearray()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return _told(marker, key, b"")
    try:
        writer.write(_request(key, marker, tokens, stream=stream))
        async with asyncio.timeout(WITHIN_S):
            while piece := await reader.read(READ_BYTES):
                received += piece
    except ConnectionError:
        pass
    finally:
        writer.close()
    return _told(marker, key, bytes(received))


def _request(key: str, marker: str, tokens: int, *, stream: bool) -> bytes:
    content = (
        b'{"model":"m","stream":%b,"max_tokens":%d,"messages":[{"role":"user","content":"%b %d"}]}'
    ) % (b"true" if stream else b"false", tokens, marker.encode(), tokens)
    return (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n"
        b"authorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
    ) % (key.encode(), len(content), content)


def _told(marker: str, key: str, received: bytes) -> Told:
    answers, _ = parse_answers(received, 1)
    if not answers:
        return Told(marker=marker, key=key, status=None, request_id=None, complete=False)
    (answer,) = answers
    return Told(
        marker=marker,
        key=key,
        status=answer.status,
        request_id=answer.headers.get("x-detente-request-id"),
        complete=answer.complete,
        body=b"" if answer.status == 200 else answer.body,
    )
