"""How an answer reaches the peer when nothing goes wrong, in parts that behaviours reuse.

The pace is the stage's: a stream waits before each token, a whole answer for all of them.
Does not decide what to send.

>>> Stage.__slots__[:2]
('wire', 'fail')
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, assert_never

from detente.simulator.exchange import Answer, Headers, Piece, Reply, Stream
from detente.simulator.wire import LAST_CHUNK, Wire, chunk, head

CLOSE: Final = (("connection", "close"),)


class Stage:
    """Where one answer is performed: the wire, the pace, and how far it has come."""

    __slots__ = ("wire", "fail", "released", "token_ms", "tokens_sent", "events_sent")  # noqa: RUF023 - in reading order

    def __init__(
        self,
        wire: Wire,
        *,
        fail: Callable[[int], Reply],
        released: Callable[[], Awaitable[None]],
        token_ms: int,
    ) -> None:
        self.wire = wire
        self.fail = fail
        self.released = released
        self.token_ms = token_ms
        self.tokens_sent = 0
        self.events_sent = 0

    def head(self, status: int, headers: Headers) -> bytes:
        """The head, saying so where the connection will not be kept."""
        return head(status, headers if self.wire.keep_alive else (*headers, *CLOSE))


async def deliver(answer: Answer, stage: Stage) -> None:
    """Sends the whole of `answer` as it should be sent."""
    match answer:
        case Reply():
            await generate(answer, stage)
            stage.wire.write(reply_bytes(answer, stage))
            await stage.wire.drain()
        case Stream():
            begin(answer, stage)
            await play(answer.pieces, stage)
            end(stage)
        case _:
            assert_never(answer)


async def generate(reply: Reply, stage: Stage) -> None:
    """The time that a whole answer takes to generate."""
    if reply.tokens and stage.token_ms:
        await asyncio.sleep(reply.tokens * stage.token_ms / 1000)


def reply_bytes(reply: Reply, stage: Stage, *, length: int | None = None) -> bytes:
    """The answer as bytes; `length` overrides the truth about the body's."""
    declared = str(len(reply.body) if length is None else length)
    return stage.head(reply.status, (*reply.headers, ("content-length", declared))) + reply.body


def begin(stream: Stream, stage: Stage) -> None:
    """Sends the head of a stream."""
    stage.wire.write(stage.head(200, (*stream.headers, ("transfer-encoding", "chunked"))))


def end(stage: Stage) -> None:
    """Ends a chunked body."""
    stage.wire.write(LAST_CHUNK)


async def play(pieces: Iterator[Piece], stage: Stage, *, tokens: int | None = None) -> None:
    """Sends pieces, one write each, up to and with token number `tokens` of the stream.

    Yields to other streams after each, so that many advance together.
    """
    pause_s = stage.token_ms / 1000
    while tokens is None or stage.tokens_sent < tokens:
        piece = next(pieces, None)
        if piece is None:
            return
        if piece.token and pause_s:
            await asyncio.sleep(pause_s)
        note(piece, stage)
        stage.wire.write(chunk(piece.data))
        await stage.wire.drain()


def note(piece: Piece, stage: Stage) -> None:
    """Counts a piece that is about to be sent."""
    stage.events_sent += 1
    stage.tokens_sent += piece.token
