"""An upstream that keeps every byte it gets, says its texts back, and fails as fate will have it.

It speaks OpenAI's chat or Anthropic's messages, as it is asked. Errors quote the request.

>>> with recorders(own, eu):
...     b"ann@contoso.com" in own.seen
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, Final

from tests.loop_thread import LoopThread, loop_thread

LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
READ_BYTES: Final = 256 * 1024
SLOW_S: Final = 0.08
PIECE_MAX: Final = 40

STREAM: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)

FATES_OF_OWN: Final[Mapping[str, int]] = {
    "answer": 54,
    "500": 6,
    "503": 6,
    "429": 4,
    "400": 2,
    "hang": 1,
    "cut": 8,
    "reset": 5,
    "half": 4,
    "stale": 5,
    "slow": 3,
    "garbage": 2,
}
FATES_OF_OTHERS: Final[Mapping[str, int]] = {
    "answer": 80,
    "503": 5,
    "400": 2,
    "cut": 5,
    "reset": 3,
    "stale": 5,
}
"""What becomes of a request, by weight. `cut` dies in the middle of the answer, `reset` without a
byte, `half` within the status line; `stale` closes the kept connection after the answer."""


class Recorder:
    """One upstream."""

    def __init__(self, fates: Mapping[str, int], seed: int) -> None:
        self.seen = bytearray()
        self.fates: Counter[str] = Counter()
        self.port = 0
        self._weights = fates
        self._chance = Random(seed)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def base_url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listens, unless it does; the next time on the same port."""
        if self._server is not None:
            return
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, limit=READ_BYTES
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuses connections, and resets those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            kept = b""
            while True:
                head, body, kept = await self._request(reader, kept)
                if not head or not await self._answer(head, body, writer):
                    return
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _request(
        self, reader: asyncio.StreamReader, got: bytes
    ) -> tuple[bytes, bytes, bytes]:
        """The next request, and what came after it; each byte is noted as it comes."""
        while True:
            head, mark, rest = got.partition(b"\r\n\r\n")
            found = LENGTH.search(head)
            length = int(found[1]) if found else 0
            if mark and len(rest) >= length:
                return head, rest[:length], rest[length:]
            piece = await reader.read(READ_BYTES)
            if not piece:
                return b"", b"", b""
            self.seen += piece
            got += piece

    async def _answer(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        (fate,) = self._chance.choices(list(self._weights), list(self._weights.values()))
        self.fates[fate] += 1
        asked = json.loads(body)
        told = "\n".join(_texts(asked))
        if fate.isdigit():
            error = {"message": f"cannot do: {told}", "type": "api_error", "code": fate}
            writer.write(_whole(int(fate), json.dumps({"type": "error", "error": error}).encode()))
            await writer.drain()
            return True
        if fate == "hang":
            await asyncio.Event().wait()
        if fate == "reset":
            writer.transport.abort()
            return False
        if fate == "half":
            writer.write(b"HTTP/1.1 20")
            return False
        if fate == "slow":
            await asyncio.sleep(SLOW_S)
        speaks = _messages if head.startswith(b"POST /v1/messages ") else _chat
        answer = b"".join(speaks(told, bool(asked.get("stream")), self._chance))
        if fate == "garbage":
            answer = _whole(200, b"not json: " + told.encode())
        if fate == "cut":
            writer.write(answer[: self._chance.randrange(1, len(answer) - 1)])
            await writer.drain()
            return False
        writer.write(answer)
        await writer.drain()
        return fate != "stale"


def _texts(value: Any) -> Iterator[str]:
    """Every text of a request."""
    if isinstance(value, dict):
        for name, member in value.items():  # pyright: ignore[reportUnknownVariableType] - any JSON
            if name in ("content", "text") and isinstance(member, str):
                yield member
            else:
                yield from _texts(member)
    elif isinstance(value, list):
        for member in value:  # pyright: ignore[reportUnknownVariableType] - any JSON
            yield from _texts(member)


def _pieces(told: str, chance: Random) -> Iterator[str]:
    at = 0
    while at < len(told):
        step = chance.randint(1, PIECE_MAX)
        yield told[at : at + step]
        at += step


def _whole(status: int, body: bytes) -> bytes:
    head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def _streamed(events: Iterator[bytes]) -> Iterator[bytes]:
    yield STREAM
    for event in events:
        yield b"%x\r\n%b\r\n" % (len(event), event)
    yield b"0\r\n\r\n"


def _chat(told: str, stream: bool, chance: Random) -> Iterator[bytes]:
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    common = {"id": "c", "created": 1, "model": "m"}
    if stream:
        yield from _streamed(
            _chat_events(told, {**common, "object": "chat.completion.chunk"}, usage, chance)
        )
        return
    message = {"role": "assistant", "content": told}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    answer = {**common, "object": "chat.completion", "choices": [choice], "usage": usage}
    yield _whole(200, json.dumps(answer).encode())


def _chat_events(
    told: str, common: dict[str, Any], usage: dict[str, int], chance: Random
) -> Iterator[bytes]:
    for piece in _pieces(told, chance):
        choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
        yield _data({**common, "choices": [choice]})
    stop: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield _data({**common, "choices": [stop]})
    yield _data({**common, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _messages(told: str, stream: bool, chance: Random) -> Iterator[bytes]:
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 5},
    }
    if stream:
        yield from _streamed(_message_events(told, message, chance))
        return
    content = [{"type": "text", "text": told}]
    answer = {**message, "content": content, "stop_reason": "end_turn"}
    yield _whole(200, json.dumps(answer).encode())


def _message_events(told: str, message: dict[str, Any], chance: Random) -> Iterator[bytes]:
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    for piece in _pieces(told, chance):
        delta = {"type": "text_delta", "text": piece}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    events += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    for event in events:
        yield b"event: %b\n%b" % (event["type"].encode(), _data(event))


def _data(value: object) -> bytes:
    return b"data: %b\n\n" % json.dumps(value).encode()


@contextmanager
def recorders(*several: Recorder) -> Generator[LoopThread]:
    """They run while the block does, on one loop."""
    with loop_thread() as thread:
        for one in several:
            thread.run(one.start())
        try:
            yield thread
        finally:
            for one in several:
                thread.run(one.stop())
