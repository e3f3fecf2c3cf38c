"""Clients by the thousand: each has one kept connection, asks, and notes what it was told.

They speak HTTP themselves, since a library costs more than the gateway does.

>>> told = asyncio.run(all_at_once(ports, [Question("a-1", 20, 30)] * 10_000))
>>> Counter(one.status for one in told)
Counter({200: 6_600, 429: 3_400})
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import msgspec

KEY: Final = "dt-tests-of-allowances"
OPENING_AT_ONCE: Final = 256
"""Connections that are opened side by side: listen queues are short."""
ANSWER_S: Final = 60.0
T = TypeVar("T")


class Question(msgspec.Struct, frozen=True):
    """What the provider will say to have used; `output_max` is what the client allows."""

    name: str
    input_tokens: int
    output_tokens: int
    output_max: int | None = None
    stream: bool = False

    def body(self, model: str) -> bytes:
        """As a client sends it."""
        most = "" if self.output_max is None else f'"max_tokens":{self.output_max},'
        stream = "true" if self.stream else "false"
        content = f"{self.name} {self.input_tokens} {self.output_tokens}"
        return (
            f'{{"model":"{model}","stream":{stream},{most}'
            f'"messages":[{{"role":"user","content":"{content}"}}]}}'
        ).encode()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a client was told, and when (monotonic seconds)."""

    question: Question
    status: int
    headers: dict[bytes, bytes]
    body: bytes
    asked_at: float
    told_at: float

    @property
    def request_id(self) -> str:
        """By which the ledger knows it."""
        return self.headers[b"x-detente-request-id"].decode()

    @property
    def retry_after_ms(self) -> int | None:
        """What the client was told to wait; None where it was not."""
        said = self.headers.get(b"retry-after-ms")
        return None if said is None else int(said)


class Client(asyncio.Protocol):
    """One connection; `ask` one after the other."""

    def __init__(self, model: str, key: str = KEY) -> None:
        self._model = model
        self._key = key
        self._received = bytearray()
        self._answered: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connected(cls, port: int, model: str = "m", key: str = KEY) -> "Client":
        """A client with its connection."""
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(lambda: cls(model, key), "127.0.0.1", port)
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("hung up"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        answered = self._answered
        if answered is not None and not answered.done() and _is_whole(self._received):
            answered.set_result(None)

    async def ask(self, question: Question) -> Told:
        """Ask, and read the answer to its end."""
        assert self._transport is not None, "the gateway has hung up"
        body = question.body(self._model)
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway.test\r\n"
            f"authorization: Bearer {self._key}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        self._received.clear()
        self._answered = asyncio.get_running_loop().create_future()
        asked_at = time.monotonic()
        self._transport.write(head.encode() + body)
        async with asyncio.timeout(ANSWER_S):
            await self._answered
        return _told(bytes(self._received), question, asked_at)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def _is_whole(received: bytearray) -> bool:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(received[:end]).lower()
    if b"transfer-encoding: chunked" in head:
        return received.endswith(b"0\r\n\r\n")
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(received) >= end + 4 + int(length or 0)


def _told(received: bytes, question: Question, asked_at: float) -> Told:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    return Told(
        question=question,
        status=int(first.split(b" ")[1]),
        headers={name.lower(): value.strip() for name, _, value in pairs},
        body=body,
        asked_at=asked_at,
        told_at=time.monotonic(),
    )


async def crowd(ports: Sequence[int], count: int, model: str = "m") -> list[Client]:
    """So many clients, spread evenly over the gateways at these ports."""
    gate = asyncio.Semaphore(OPENING_AT_ONCE)

    async def opened(number: int) -> Client:
        async with gate:
            return await Client.connected(ports[number % len(ports)], model)

    return list(await asyncio.gather(*(opened(number) for number in range(count))))


async def all_at_once(ports: Sequence[int], questions: Sequence[Question]) -> list[Told]:
    """Every question from a client of its own, all of them sent before any is answered."""
    clients = await crowd(ports, len(questions))
    try:
        pairs = zip(clients, questions, strict=True)
        return await asyncio.gather(*(client.ask(question) for client, question in pairs))
    finally:
        for client in clients:
            client.close()


async def for_each(
    ports: Sequence[int], count: int, play: Callable[[int, Client], Awaitable[T]]
) -> list[T]:
    """What `play` gives for each of so many connected clients, all of them side by side."""
    clients = await crowd(ports, count)
    try:
        return list(
            await asyncio.gather(*(play(number, client) for number, client in enumerate(clients)))
        )
    finally:
        for client in clients:
            client.close()


async def until_refused(
    ports: Sequence[int], count: int, question: Callable[[int], Question]
) -> list[Told]:
    """So many clients ask without pause until one of them is refused."""
    refused = asyncio.Event()

    async def play(number: int, client: Client) -> list[Told]:
        told: list[Told] = []
        while not refused.is_set():
            told.append(await client.ask(question(number)))
            if told[-1].status != 200:
                refused.set()
        return told

    return [told for part in await for_each(ports, count, play) for told in part]
