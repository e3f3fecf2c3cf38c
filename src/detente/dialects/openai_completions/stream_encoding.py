"""Events as a stream of a completion: chunks of text, and a line `[DONE]`."""

from collections.abc import Iterable
from typing import Final, assert_never

import msgspec

from detente.canonical.content import TokenLogprob
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.canonical.usage import Usage
from detente.dialects._codec.leftovers import over
from detente.dialects._codec.losses import Losses
from detente.dialects._openai.failure import chat_stream_error, error_type
from detente.dialects.codec import Reply
from detente.dialects.openai_completions.frames import DONE, chunk_of
from detente.dialects.openai_completions.logprobs import logprobs_told
from detente.dialects.openai_completions.response import (
    answer_text,
    envelope,
    finish_of,
    usage_told,
)
from detente.dialects.openai_completions.wire import NAME

_ENCODE: Final = msgspec.json.Encoder().encode
_DONE_LINE: Final = b"data: [DONE]\n\n"
_KEEP_ALIVE: Final = b": keep-alive\n\n"
_SHOWN: Final = ("text", "refusal")
_FEATURES: Final = {
    "reasoning": "reasoning_text",
    "summary": "reasoning_text",
    "tool_call": "tools",
    "custom_call": "tools",
    "audio": "audio_output",
}


def stream_encoder(reply: Reply) -> "CompletionEncoder":
    """A fresh encoder (see `Codec.stream_encoder`)."""
    return CompletionEncoder(reply)


class CompletionEncoder:
    """See `StreamEncoder`."""

    __slots__ = (
        "_begun",
        "_frame",
        "_framed",
        "_losses",
        "_lost",
        "_offsets",
        "_over",
        "_reply",
        "_usage",
        "losses",
    )

    losses: list[Loss]

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._losses = Losses()
        self.losses = self._losses.found
        self._begun = envelope("", None, "", reply, own=False)
        self._offsets: dict[int, int] = {}
        self._lost: set[str] = set()
        self._over = False
        self._usage: Usage | None = None
        self._frame: Framed | None = None
        self._framed: list[Event] = []

    def feed(self, events: Iterable[Event]) -> bytes:
        """The chunks of `events`."""
        out: list[bytes] = []
        for event in events:
            if isinstance(event, Framed) and event.dialect == NAME:
                self._flush(out)
                self._frame = event
            elif self._frame is not None:
                self._framed.append(event)
            elif not self._over:
                self._one(event, out)
        self._flush(out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """One more chunk, on which the clients raise."""
        self._over = True
        return chat_stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _flush(self, out: list[bytes]) -> None:
        """The wire event that a frame of this dialect stood for."""
        frame = self._frame
        if frame is None:
            return
        if frame.name == DONE:
            out.append(_DONE_LINE)
        else:
            wire = over(chunk_of(self._framed), frame.members)
            head = f"event: {frame.name}\n".encode() if frame.name else b""
            out.append(head + b"data: " + _ENCODE(wire) + b"\n\n")
        self._frame = None
        self._framed = []

    def _one(self, event: Event, out: list[bytes]) -> None:  # noqa: C901, PLR0912 -- one case each
        match event:
            case Delta():
                if event.kind in _SHOWN:
                    self._text(event.choice, event.text, event.logprobs, out)
            case Started():
                self._begun = envelope(
                    event.id, event.created_s, event.model, self._reply, own=False
                )
            case PartStarted():
                path = f"choices[{event.choice}].parts[{event.index}]"
                if event.kind in _FEATURES:
                    self._lose(_FEATURES[event.kind], path)
                if event.state is not None:
                    self._lose("reasoning_state", path)
            case PartGiven():
                path = f"choices[{event.choice}].parts[{event.index}]"
                text, tokens = answer_text(event.part, path, self._losses)
                if text:
                    self._text(event.choice, text, tokens, out)
            case StateGiven():
                self._lose("reasoning_state", f"choices[{event.choice}].parts[{event.index}]")
            case Cited():
                path = f"choices[{event.choice}].parts[{event.index}].citations"
                self._lose("citations", path)
            case Filtered():
                self._lose("content_filter", "filters")
            case Stopped():
                path = f"choices[{event.choice}].stop"
                finish = finish_of(event.stop, path, self._losses)
                self._chunk(event.choice, "", None, finish, out)
            case UsageReported():
                self._usage = event.usage
            case Ended():
                self._end(out)
            case Failed():
                self._fail(event, out)
            case Pinged():
                out.append(_KEEP_ALIVE)
            case PartStopped() | Framed():
                pass
            case _:
                assert_never(event)

    def _text(
        self, choice: int, text: str, tokens: tuple[TokenLogprob, ...], out: list[bytes]
    ) -> None:
        offset = self._offsets.get(choice, 0)
        self._offsets[choice] = offset + len(text)
        self._chunk(choice, text, logprobs_told(tokens, offset) if tokens else None, None, out)

    def _chunk(
        self, choice: int, text: str, logprobs: Json, finish: str | None, out: list[bytes]
    ) -> None:
        held: Obj = {
            "text": text,
            "index": choice,
            "logprobs": logprobs,
            "finish_reason": finish,
        }
        out.append(b"data: " + _ENCODE({**self._begun, "choices": [held]}) + b"\n\n")

    def _end(self, out: list[bytes]) -> None:
        self._over = True
        asked = self._reply.request
        if asked is not None and asked.asks_usage:
            usage = usage_told(self._usage or Usage())
            told: Obj = {**self._begun, "choices": [], "usage": usage}
            out.append(b"data: " + _ENCODE(told) + b"\n\n")
        out.append(_DONE_LINE)

    def _fail(self, event: Failed, out: list[bytes]) -> None:
        self._over = True
        error: Obj = {
            "message": event.message,
            "type": error_type(event.status),
            "param": None,
            "code": event.code,
        }
        out.append(b"data: " + _ENCODE({"error": error}) + b"\n\n")

    def _lose(self, feature: str, path: str) -> None:
        """Once for each place, however many events tell of it."""
        if path not in self._lost:
            self._lost.add(path)
            self._losses.lose(feature, path, "a completion is text", "drop")
