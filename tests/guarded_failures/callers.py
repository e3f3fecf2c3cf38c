"""A crowd that asks a gateway one request after the other, each on a connection of its own.

>>> await Crowd(port).ask([Call(number=1, key="dt-…", asked=asked)])
"""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from tests.guarded_failures.dialect_requests import Asked

CALLERS: Final = 12
ANSWER_S: Final = 30.0
READ_BYTES: Final = 256 * 1024
ID: Final = re.compile(rb"(?i)\r\nx-detente-request-id: (\S+)\r\n")
DEPLOYMENT: Final = re.compile(rb"(?i)\r\nx-detente-deployment: ([^/]+)/")
TEXT: Final = re.compile(rb'"(?:text|content|delta)":\s?("(?:[^"\\]|\\.)*")')
CHUNK: Final = re.compile(rb"\r?\n?([0-9a-f]+)\r\n")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is to ask; who `hangs_up` does so when all is sent."""

    number: int
    key: str
    asked: Asked
    headers: str = ""
    hangs_up: bool = False


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; `status` is 0 where nothing did: the caller is `gone`, or a worker died."""

    number: int
    gone: bool = False
    status: int = 0
    request_id: str = ""
    deployment: str = ""
    body: bytes = b""
    raw: bytes = b""

    @property
    def text(self) -> str:
        """The answer's text, whatever its dialect, with its pieces put together."""
        return "".join(json.loads(found) for found in TEXT.findall(self.body))


class Crowd:
    """See the module; `heard` are the answers by their numbers."""

    def __init__(self, port: int) -> None:
        self.heard: dict[int, Heard] = {}
        self._port = port
        self._came = asyncio.Event()

    async def ask(self, calls: Iterable[Call]) -> None:
        """Ask all of them, some at a time."""
        waiting = iter(calls)

        async def one() -> None:
            for call in waiting:
                self.heard[call.number] = await self.call(call)
                came, self._came = self._came, asyncio.Event()
                came.set()

        await asyncio.gather(*(one() for _ in range(CALLERS)))

    async def reached(self, count: int) -> None:
        """Until so many answers have come."""
        while len(self.heard) < count:
            await self._came.wait()

    async def call(self, call: Call) -> Heard:
        """One request and its answer; raises `TimeoutError` where none comes."""
        raw = bytearray()
        async with asyncio.timeout(ANSWER_S):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(sent(call))
                if call.hangs_up:
                    await writer.drain()
                    writer.close()
                    return Heard(number=call.number, gone=True)
                while piece := await reader.read(READ_BYTES):
                    raw += piece
                writer.close()
            except ConnectionError:  # its worker was killed
                pass
        return heard(call.number, bytes(raw))


def sent(call: Call) -> bytes:
    """The request as it goes out."""
    head = (
        f"POST {call.asked.target} HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n"
        f"authorization: Bearer {call.key}\r\n{call.headers}content-type: application/json\r\n"
        f"content-length: {len(call.asked.body)}\r\n\r\n"
    )
    return head.encode() + call.asked.body


def heard(number: int, raw: bytes) -> Heard:
    """An answer, taken apart."""
    head, mark, body = raw.partition(b"\r\n\r\n")
    if not mark:
        return Heard(number=number, raw=raw)
    found, place = ID.search(head + b"\r\n"), DEPLOYMENT.search(head + b"\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = _joined(body)
    return Heard(
        number=number,
        status=int(head[9:12]),
        request_id=found[1].decode() if found else "",
        deployment=place[1].decode() if place else "",
        body=body,
        raw=raw,
    )


def _joined(body: bytes) -> bytes:
    """What chunks hold, as far as they came."""
    out, at = bytearray(), 0
    while found := CHUNK.match(body, at):
        length = int(found[1], 16)
        out += body[found.end() : found.end() + length]
        at = found.end() + length
    return bytes(out)
