"""Events as a stream of Ollama's lines.

Its client breaks on a blank line, so nothing keeps a stream alive, and calls go out whole.
"""

from collections.abc import Iterable
from typing import Final, assert_never

from detente.canonical.content import Part, ToolCall
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
from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec.losses import Losses
from detente.dialects._ollama.failure import stream_error
from detente.dialects._ollama.lines import written_line
from detente.dialects.codec import Reply
from detente.dialects.ollama_chat.frames import line_of
from detente.dialects.ollama_chat.logprobs import told_logprobs
from detente.dialects.ollama_chat.response import call_told, envelope, finish, write_part
from detente.dialects.ollama_chat.wire import DURATIONS, NAME

_EMPTY: Final[Obj] = {"role": "assistant", "content": ""}


def stream_encoder(reply: Reply) -> "ChatStreamEncoder":
    """A fresh encoder (see `Codec.stream_encoder`)."""
    return ChatStreamEncoder(reply)


class ChatStreamEncoder:
    """See `StreamEncoder`."""

    __slots__ = (
        "_arguments",
        "_begun",
        "_calls",
        "_frame",
        "_framed",
        "_losses",
        "_lost_choices",
        "_over",
        "_reply",
        "_stop",
        "_usage",
        "losses",
    )

    losses: list[Loss]

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._losses = Losses()
        self.losses = self._losses.found
        self._begun = envelope("", None, reply)
        self._calls: dict[int, PartStarted] = {}
        self._arguments: dict[int, list[str]] = {}
        self._stop: StopReason | None = None
        self._usage: Usage | None = None
        self._over = False
        self._lost_choices = False
        self._frame: Obj | None = None
        self._framed: list[Event] = []

    def feed(self, events: Iterable[Event]) -> bytes:
        """The lines of `events`."""
        out: list[bytes] = []
        for event in events:
            if isinstance(event, Framed) and event.dialect == NAME:
                self._flush(out)
                self._frame = event.members
            elif self._frame is not None:
                self._framed.append(event)
            elif not self._over:
                self._one(event, out)
        self._flush(out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The error as a line; nothing follows."""
        self._over = True
        return stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _flush(self, out: list[bytes]) -> None:
        """The line that a frame of this dialect stood for."""
        if self._frame is not None:
            out.append(written_line(line_of(self._framed, self._frame)))
            self._frame = None
            self._framed = []

    def _one(self, event: Event, out: list[bytes]) -> None:  # noqa: C901, PLR0912 -- one case each
        choice = getattr(event, "choice", 0)
        if choice:
            self._lose_choice()
            return
        match event:
            case Delta():
                self._delta(event, out)
            case PartStarted():
                if event.kind in ("tool_call", "custom_call"):
                    self._calls[event.index] = event
                    self._arguments[event.index] = []
                if event.state is not None:
                    self._lose_state(event.index)
            case PartStopped():
                self._stopped(event.index, out)
            case PartGiven():
                self._given(event.part, event.index, out)
            case Started():
                self._begun = envelope(event.model, event.created_s, self._reply)
            case Stopped():
                self._stop = event.stop
            case UsageReported():
                self._usage = event.usage
            case Ended():
                self._end(out)
            case Failed():
                self._over = True
                out.append(written_line({"error": event.message}))
            case StateGiven():
                self._lose_state(event.index)
            case Cited():
                self._losses.lose(
                    "citations", f"choices[0].parts[{event.index}]", "Ollama has no citations"
                )
            case Filtered():
                why = f"Ollama has no `{event.filter.name}`"
                self._losses.lose("content_filter", "filters", why)
            case Pinged() | Framed():
                pass
            case _:
                assert_never(event)

    def _delta(self, event: Delta, out: list[bytes]) -> None:
        match event.kind:
            case "tool_call" | "custom_call":
                self._arguments.setdefault(event.index, []).append(event.text)
                return
            case "reasoning" | "summary":
                message: Obj = {"role": "assistant", "content": "", "thinking": event.text}
            case "text" | "refusal":
                message = {"role": "assistant", "content": event.text}
            case "audio":
                path = f"choices[0].parts[{event.index}]"
                if not any(loss.path == path for loss in self.losses):
                    why = "Ollama answers in text only"
                    self._losses.lose("audio_output", path, why, "drop")
                return
            case _:
                assert_never(event.kind)
        self._line(message, out, told_logprobs(event.logprobs))

    def _stopped(self, index: int, out: list[bytes]) -> None:
        started = self._calls.pop(index, None)
        if started is None:
            return
        call = ToolCall(
            id=started.id,
            name=started.name,
            arguments="".join(self._arguments.pop(index, ())),
            kind="custom" if started.kind == "custom_call" else "function",
            extras=started.extras,
        )
        told = call_told(call, f"choices[0].parts[{index}]", self._losses)
        self._line({"role": "assistant", "content": "", "tool_calls": [told]}, out, [])

    def _given(self, part: Part, index: int, out: list[bytes]) -> None:
        message: Obj = dict(_EMPTY)
        logprobs: list[Json] = []
        write_part(message, logprobs, part, f"choices[0].parts[{index}]", self._losses)
        if message["content"] or len(message) > len(_EMPTY):
            self._line(message, out, logprobs)

    def _line(self, message: Obj, out: list[bytes], logprobs: list[Json]) -> None:
        wire: Obj = {**self._begun, "message": message, "done": False}
        if logprobs:
            wire["logprobs"] = logprobs
        out.append(written_line(wire))

    def _end(self, out: list[bytes]) -> None:
        self._over = True
        for index in sorted(self._calls):
            self._stopped(index, out)
        wire: Obj = {**self._begun, "message": {"role": "assistant", "content": ""}}
        finish(wire, self._stop, self._usage or Usage(), self._losses)
        out.append(written_line({**wire, **dict.fromkeys(DURATIONS, 0)}))

    def _lose_state(self, index: int) -> None:
        path = f"choices[0].parts[{index}]"
        self._losses.lose("reasoning_state", path, "Ollama carries no reasoning state")

    def _lose_choice(self) -> None:
        if not self._lost_choices:
            self._lost_choices = True
            self._losses.lose("choices", "choices[1]", "an answer of Ollama's has one message")
