"""Behaviours of a hostile or broken peer: bytes that are no answer.

Each ends by closing the connection; the endless ones end when the reader hangs up.

>>> HugeBody().size_bytes == 1 << 30
True
"""

from typing import Annotated, Final

from msgspec import Meta

from detente.simulator.behaviours.behaviour import Amount, Behaviour
from detente.simulator.delivery import Stage, begin, deliver, play, reply_bytes
from detente.simulator.exchange import Answer, Reply

GARBAGE: Final = bytes(range(256)) * 4

BLOCK: Final = b"x" * 65536

ENDLESS_BYTES_MAX: Final = 1 << 32
"""An endless answer ends here even if nobody hangs up, so that no test runs for ever."""


class Garbage(Behaviour, tag="garbage", frozen=True, kw_only=True):
    """Bytes that are no HTTP at all."""

    async def perform(self, answer: Answer, stage: Stage) -> None:  # noqa: ARG002 - they misbehave alike
        """Instead of a status line."""
        stage.wire.write(GARBAGE)
        await stage.wire.drain()
        stage.wire.close()


class GarbageChunk(Behaviour, tag="garbage_chunk", frozen=True, kw_only=True):
    """A chunk whose size is `size` after `after_tokens` tokens."""

    after_tokens: Amount = 0
    size: str = "zz"

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """A whole answer is sent chunked, and its only chunk is the bad one."""
        if isinstance(answer, Reply):
            headers = (*answer.headers, ("transfer-encoding", "chunked"))
            stage.wire.write(stage.head(answer.status, headers))
        else:
            begin(answer, stage)
            await play(answer.pieces, stage, tokens=self.after_tokens)
        stage.wire.write(self.size.encode("latin-1", "replace") + b"\r\n" + GARBAGE)
        await stage.wire.drain()
        stage.wire.close()


class EndlessHeaders(Behaviour, tag="endless_headers", frozen=True, kw_only=True):
    """Headers without end."""

    async def perform(self, answer: Answer, stage: Stage) -> None:  # noqa: ARG002 - they misbehave alike
        """Bounded by the reader hanging up."""
        stage.wire.write(b"HTTP/1.1 200 OK\r\n")
        line = b"x-endless: " + BLOCK[:1000] + b"\r\n"
        for _ in range(ENDLESS_BYTES_MAX // len(line)):
            stage.wire.write(line)
            await stage.wire.drain()
        stage.wire.close()


class HugeBody(Behaviour, tag="huge_body", frozen=True, kw_only=True):
    """A 200 whose JSON string is `size_bytes` long, truthfully declared."""

    size_bytes: Annotated[int, Meta(ge=2, le=ENDLESS_BYTES_MAX)] = 1 << 30

    async def perform(self, answer: Answer, stage: Stage) -> None:  # noqa: ARG002 - they misbehave alike
        """Bounded by the reader hanging up."""
        declared = ("content-length", str(self.size_bytes))
        stage.wire.write(stage.head(200, (("content-type", "application/json"), declared)))
        stage.wire.write(b'"')
        left = self.size_bytes - 2
        while left:
            block = BLOCK[:left]
            stage.wire.write(block)
            left -= len(block)
            await stage.wire.drain()
        stage.wire.write(b'"')


class WrongLength(Behaviour, tag="wrong_length", frozen=True, kw_only=True):
    """A whole answer whose `content-length` is off by `by` bytes.

    More than there is: the connection is closed when the body ends. Less: the rest of the
    body follows as if it were the next answer. A stream is sent whole with that length.
    """

    by: int

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """Never lies by less than nothing."""
        if not isinstance(answer, Reply):
            body = b"".join(piece.data for piece in answer.pieces)
            answer = Reply(headers=answer.headers, body=body)
        length = max(0, len(answer.body) + self.by)
        stage.wire.write(reply_bytes(answer, stage, length=length))
        await stage.wire.drain()
        if self.by > 0:
            stage.wire.close()


class NotJson(Behaviour, tag="not_json", frozen=True, kw_only=True):
    """A 200 that is no JSON: what a captive portal or a broken proxy says."""

    body: str = "<html><body>It works!</body></html>"
    content_type: str = "text/html"

    async def perform(self, answer: Answer, stage: Stage) -> None:  # noqa: ARG002 - they misbehave alike
        """In correct HTTP."""
        headers = (("content-type", self.content_type),)
        await deliver(Reply(headers=headers, body=self.body.encode()), stage)
