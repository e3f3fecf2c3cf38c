"""Behaviours that change when bytes come, never which.

>>> Hold(after_tokens=2).after_tokens
2
"""

import asyncio
from typing import Annotated

from msgspec import Meta

from detente.simulator.behaviours.behaviour import Amount, Behaviour
from detente.simulator.delivery import Stage, begin, deliver, end, note, play, reply_bytes
from detente.simulator.exchange import Answer, Reply
from detente.simulator.wire import LAST_CHUNK, chunk


class Slow(Behaviour, tag="slow", frozen=True, kw_only=True):
    """Answers at the pace of `first_byte_ms` and `token_ms`; without them, as usual."""


class Hold(Behaviour, tag="hold", frozen=True, kw_only=True):
    """Waits until it is released: before the head, or after so many tokens of a stream."""

    after_tokens: Amount | None = None

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """Sends the answer in two parts, the second after the release."""
        if isinstance(answer, Reply) or self.after_tokens is None:
            await stage.released()
            await deliver(answer, stage)
            return
        begin(answer, stage)
        await play(answer.pieces, stage, tokens=self.after_tokens)
        await stage.released()
        await play(answer.pieces, stage)
        end(stage)


class Burst(Behaviour, tag="burst", frozen=True, kw_only=True):
    """The first `events` events of a stream in one write."""

    events: Annotated[int, Meta(ge=1)]

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """A whole answer is sent as usual."""
        if isinstance(answer, Reply):
            await deliver(answer, stage)
            return
        begin(answer, stage)
        burst: list[bytes] = []
        for piece in answer.pieces:
            note(piece, stage)
            burst.append(chunk(piece.data))
            if len(burst) == self.events:
                break
        stage.wire.write(b"".join(burst))
        await play(answer.pieces, stage)
        end(stage)


class SlowLoris(Behaviour, tag="slow_loris", frozen=True, kw_only=True):
    """Everything, head included, one byte at a time."""

    byte_ms: Annotated[int, Meta(ge=0)] = 10

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """Ends when the answer does, or the reader's patience."""
        if isinstance(answer, Reply):
            await self._drip(reply_bytes(answer, stage), stage)
            return
        headers = (*answer.headers, ("transfer-encoding", "chunked"))
        await self._drip(stage.head(200, headers), stage)
        for piece in answer.pieces:
            note(piece, stage)
            await self._drip(chunk(piece.data), stage)
        await self._drip(LAST_CHUNK, stage)

    async def _drip(self, data: bytes, stage: Stage) -> None:
        for at in range(len(data)):
            stage.wire.write(data[at : at + 1])
            await asyncio.sleep(self.byte_ms / 1000)
            await stage.wire.drain()


class Fragment(Behaviour, tag="fragment", frozen=True, kw_only=True):
    """A stream in writes of `size` bytes, so that events and characters are torn apart."""

    size: Annotated[int, Meta(ge=1)]

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """Each piece of the torn body is a chunk of its own; a whole answer is torn too."""
        if isinstance(answer, Reply):
            data = reply_bytes(answer, stage)
            for at in range(0, len(data), self.size):
                await self._write(data[at : at + self.size], stage)
            return
        begin(answer, stage)
        for piece in answer.pieces:
            note(piece, stage)
            for at in range(0, len(piece.data), self.size):
                await self._write(chunk(piece.data[at : at + self.size]), stage)
        end(stage)

    async def _write(self, data: bytes, stage: Stage) -> None:
        stage.wire.write(data)
        await stage.wire.drain()
