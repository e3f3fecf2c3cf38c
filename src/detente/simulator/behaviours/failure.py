"""Behaviours that refuse or break off: what a platform does when it is in trouble.

>>> Status(status=503).status
503
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from detente.simulator.behaviours.behaviour import Amount, Behaviour
from detente.simulator.delivery import Stage, begin, deliver, end, play, reply_bytes
from detente.simulator.exchange import Answer, Reply
from detente.simulator.wire import LAST_CHUNK, chunk


class Status(Behaviour, tag="status", frozen=True, kw_only=True):
    """Answers with `status` and the platform's own error body and headers for it.

    `body` replaces the body (it is sent as JSON), `headers` are added or replaced.
    """

    status: Annotated[int, Meta(ge=200, le=999)]
    body: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict[str, str])

    async def perform(self, answer: Answer, stage: Stage) -> None:  # noqa: ARG002 - they misbehave alike
        """The model is never asked."""
        reply = stage.fail(self.status)
        kept = tuple(pair for pair in reply.headers if pair[0] not in self.headers)
        body = reply.body if self.body is None else self.body.encode()
        changed = msgspec.structs.replace(reply, headers=(*kept, *self.headers.items()), body=body)
        await deliver(changed, stage)


class Close(Behaviour, tag="close", frozen=True, kw_only=True):
    """Closes the connection without a byte; with `reset`, by RST."""

    reset: bool = False

    async def perform(self, answer: Answer, stage: Stage) -> None:  # noqa: ARG002 - they misbehave alike
        """On a kept connection this is what a stale one looks like."""
        if self.reset:
            stage.wire.reset()
        else:
            stage.wire.close()


class Cut(Behaviour, tag="cut", frozen=True, kw_only=True):
    """Breaks a stream off after `after_tokens` tokens, a whole answer in the middle of its body.

    `how`: `close` is FIN inside the chunked body, `reset` is RST, `end` ends the HTTP body in
    order but without what the dialect ends with.
    """

    after_tokens: Amount = 0
    how: Literal["close", "reset", "end"] = "close"

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """What was sent before the cut is a correct beginning."""
        if isinstance(answer, Reply):
            data = reply_bytes(answer, stage)
            stage.wire.write(data[: len(data) - len(answer.body) // 2 - 1])
        else:
            begin(answer, stage)
            await play(answer.pieces, stage, tokens=self.after_tokens)
        await stage.wire.drain()
        if self.how == "reset":
            stage.wire.reset()
        elif self.how == "end" and not isinstance(answer, Reply):
            stage.wire.write(LAST_CHUNK)
        else:
            stage.wire.close()


class StreamError(Behaviour, tag="stream_error", frozen=True, kw_only=True):
    """The dialect's own error event after `after_tokens` tokens; a whole answer is a 500."""

    after_tokens: Amount = 0

    async def perform(self, answer: Answer, stage: Stage) -> None:
        """Nothing follows the error."""
        if isinstance(answer, Reply):
            await deliver(stage.fail(500), stage)
            return
        begin(answer, stage)
        await play(answer.pieces, stage, tokens=self.after_tokens)
        stage.wire.write(chunk(answer.failure(stage.events_sent)))
        end(stage)
