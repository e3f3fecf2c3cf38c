"""A loopback server that answers requests with what the real platforms once said.

Does not judge requests: one that was never recorded is a 599 with a sentence. A recorded
stream is sent in pieces that a seed chooses, chunked; everything else with its length. Where
the gateway asks for usage that the recorded client did not ask for, the server adds the
usage chunk as the platform would, before `[DONE]`.

>>> with replaying(seed=7) as replay:
...     replay.origin
'http://127.0.0.1:40123'
"""

import asyncio
import random
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import h11
import msgspec

from tests.h11_server import READ_BYTES, next_request
from tests.loop_thread import loop_thread
from tests.recorded.exchanges import Exchange, match_key
from tests.recorded.expected_usage import expected_usage

PIECE_BYTES_MAX = 900
UNKNOWN_STATUS = 599
USAGE = {"prompt_tokens": 41, "completion_tokens": 17, "total_tokens": 58}
"""What the added usage chunk says."""
DONE = b"data: [DONE]"
SKIPPED_HEADERS = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})
"""Headers of the recorded connection, not of the answer."""


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came."""

    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    exchange: str | None


class Replay:
    """The running server; `load` says which exchanges it knows at the moment."""

    def __init__(self, seed: int) -> None:
        self.origin = ""
        self.received: list[Received] = []
        self._random = random.Random(seed)  # cuts streams, keeps no secret
        self._known: dict[tuple[str, bytes], Exchange] = {}

    def load(self, rows: Sequence[Exchange]) -> None:
        """Makes `rows` what it knows, forgetting all others; their requests differ."""
        self._known = {
            match_key(f"/at/{row.host}{row.path}", row.request.text.encode()): row for row in rows
        }
        assert len(self._known) == len(rows)
        self.received.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        connection = h11.Connection(h11.SERVER)
        try:
            while await self._one(connection, reader, writer):
                connection.start_next_cycle()
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        read = await next_request(connection, reader)
        if read is None:
            return False
        await self._answer(connection, writer, *read)
        return connection.our_state is h11.DONE

    async def _answer(
        self,
        connection: h11.Connection,
        writer: asyncio.StreamWriter,
        request: h11.Request,
        body: bytes,
    ) -> None:
        target = request.target.decode()
        path = target.partition("?")[0]
        row = self._known.get(match_key(path, body))
        self.received.append(
            Received(
                target=target,
                headers=tuple((k.decode(), v.decode()) for k, v in request.headers),
                body=body,
                exchange=row.id if row else None,
            )
        )
        if row is None:
            answer = b'{"error":{"message":"this request was never recorded"}}'
            headers = [("content-type", "application/json"), ("content-length", str(len(answer)))]
            await self._send(connection, writer, UNKNOWN_STATUS, headers, [answer])
            return
        answer = response_bytes(row, body)
        headers = [
            (k, v) for k, v in row.response.headers.items() if k.lower() not in SKIPPED_HEADERS
        ]
        if row.stream:
            headers.append(("transfer-encoding", "chunked"))
            pieces = self._pieces(answer)
        else:
            headers.append(("content-length", str(len(answer))))
            pieces = [answer]
        await self._send(connection, writer, row.response.status, headers, pieces)

    async def _send(
        self,
        connection: h11.Connection,
        writer: asyncio.StreamWriter,
        status: int,
        headers: list[tuple[str, str]],
        pieces: Sequence[bytes],
    ) -> None:
        writer.write(connection.send(h11.Response(status_code=status, headers=headers)) or b"")
        for piece in pieces:
            writer.write(connection.send(h11.Data(data=piece)) or b"")
            await writer.drain()
            # Lets the other connections in, so that pieces of many answers interleave.
            await asyncio.sleep(0)
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        await writer.drain()

    def _pieces(self, answer: bytes) -> list[bytes]:
        pieces: list[bytes] = []
        at = 0
        while at < len(answer):
            size = self._random.randint(1, PIECE_BYTES_MAX)
            pieces.append(answer[at : at + size])
            at += size
        return pieces


def adds_usage(row: Exchange, forwarded: bytes) -> bool:
    """Whether the forwarded request asks for the usage chunk and the recorded one did not."""
    if row.dialect != "openai-chat" or not row.stream or "stream_options" in row.body:
        return False
    members = msgspec.json.decode(forwarded, type=dict[str, object])
    return members.get("stream_options") == {"include_usage": True}


def response_bytes(row: Exchange, forwarded: bytes) -> bytes:
    """The recorded body, with the usage chunk where the platform would have added it."""
    recorded = row.response.text.encode()
    if not adds_usage(row, forwarded) or expected_usage(row.dialect, recorded, stream=True):
        return recorded
    chunk: dict[str, object] = {
        "id": "chatcmpl-added",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": row.model,
        "choices": [],
        "usage": USAGE,
    }
    event = b"data: " + msgspec.json.encode(chunk) + b"\n\n"
    head, done, tail = recorded.rpartition(DONE)
    return head + event + done + tail if done else recorded + event


@contextmanager
def replaying(seed: int) -> Generator[Replay]:
    """A running replay server on a free loopback port, in a thread of its own."""
    replay = Replay(seed)
    with loop_thread() as thread:
        server = thread.run(start(replay))
        try:
            yield replay
        finally:
            thread.loop.call_soon_threadsafe(server.close)


async def start(replay: Replay) -> asyncio.Server:
    """Has `replay` listen in the running loop."""
    server = await asyncio.start_server(replay.serve, "127.0.0.1", 0, limit=READ_BYTES)
    host, port = server.sockets[0].getsockname()[:2]
    replay.origin = f"http://{host}:{port}"
    return server
