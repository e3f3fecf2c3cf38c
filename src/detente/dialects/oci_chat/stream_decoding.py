"""A streamed answer of Oracle Cloud's chat as events, in either format.

A chunk adds to a message. Calls have no indexes: what has an id or a name begins one, what has
neither adds to the last. The stream ends by closing, after a finish reason; some hosts send a line
`[DONE]`.

>>> decoder = stream_decoder()
>>> text = b'{"index":0,"message":{"content":[{"type":"TEXT","text":"hi"}]}}'
>>> events = decoder.feed(b"data: " + text + b'\\n\\ndata: {"finishReason":"stop"}\\n\\n')
>>> [type(event).__name__ for event in events + decoder.close()]
['Started', 'PartStarted', 'Delta', 'PartStopped', 'Stopped', 'Ended']
"""

from typing import Final

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Framed,
    PartKind,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.leftovers import left
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.oci_chat.frames import DONE, chunk_of
from detente.dialects.oci_chat.logprobs import read_logprobs
from detente.dialects.oci_chat.parts_decoding import read_citation
from detente.dialects.oci_chat.response_decoding import stop_of
from detente.dialects.oci_chat.usage import read_counts
from detente.dialects.oci_chat.wire import COHERE, NAME
from detente.dialects.spec import EVENT_BYTES_MAX

_DONE: Final = DONE.encode()
_STATUS: Final = 502
_THOUGHTS: Final = ("reasoningContent", "toolPlan")
_CHOICES_MAX: Final = 128
"""Answers that one request can ask for, as in the APIs that this one is like."""


def stream_decoder(
    *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX
) -> "ChatStreamDecoder":
    """A fresh decoder (see `Codec.stream_decoder`)."""
    return ChatStreamDecoder(id_prefix=id_prefix, frames=frames, event_bytes_max=event_bytes_max)


class _Answer:
    """One choice on its way: the part that is open, and what was said of it already."""

    __slots__ = ("at", "call_id", "calls", "kind", "next", "said", "text_at")

    def __init__(self) -> None:
        self.next = 0
        self.at = 0
        self.kind: PartKind | None = None
        self.call_id = ""
        self.calls: set[str] = set()
        self.said: dict[str, list[str]] = {}
        self.text_at: int | None = None


class ChatStreamDecoder:
    """See `StreamDecoder`."""

    __slots__ = ("_answers", "_cutter", "_finished", "_frames", "_over", "_prefix", "_started")

    def __init__(self, *, id_prefix: str, frames: bool, event_bytes_max: int) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._prefix = id_prefix
        self._frames = frames
        self._started = False
        self._finished = False
        self._over = False
        self._answers: dict[int, _Answer] = {}

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        events: list[Event] = []
        for _, data in self._cutter.feed(piece):
            self._read(data, events)
        return events

    def close(self) -> list[Event]:
        """What was held, if it is a whole event; the end, where a finish reason was seen."""
        events: list[Event] = []
        for _, data in self._cutter.close():
            if data.strip() == _DONE or data.rstrip().endswith(b"}"):
                self._read(data, events)
        if self._finished and not self._over:
            self._over = True
            events.append(Ended())
        return events

    def _read(self, data: bytes, events: list[Event]) -> None:
        """One wire event; nothing counts after the end."""
        if self._over or not data.strip():
            return
        if data.strip() == _DONE:
            if self._frames:
                events.append(Framed(dialect=NAME, name=DONE, members={}))
            if self._finished:
                self._over = True
                events.append(Ended())
            return
        told: list[Event] = []
        try:
            wire = fields.read_object(data)
            self._chunk(wire, told)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        if self._frames:
            events.append(Framed(dialect=NAME, name="", members=left(wire, chunk_of(told))))
        events += told

    def _chunk(self, wire: Obj, events: list[Event]) -> None:
        code, message = wire.get("code"), wire.get("message")
        if code is not None and type(message) is not dict:
            self._over = True
            said = message if type(message) is str else "the provider reported an error"
            events.append(Failed(code="server_error", message=said, status=_STATUS))
            return
        if not self._started:
            self._started = True
            model = wire.get("modelId")
            events.append(Started(id="", model=model if type(model) is str else ""))
        told = wire.get("index")
        index = told if type(told) is int and told >= 0 else 0
        ends = wire.get("finishReason") is not None
        if type(message) is dict or ends:
            answer = self._answer(index)
            if type(message) is dict:
                self._message(wire, message, index, answer, events, ends=ends)
            if ends:
                self._stop(answer, index, events)
                stop = stop_of(wire["finishReason"])
                events.append(Stopped(stop=stop or "end", choice=index))
                self._finished = True
        usage = read_counts(wire.get("usage"))
        if usage is not None:
            events.append(UsageReported(usage=usage))

    def _answer(self, index: int) -> _Answer:
        if index not in self._answers:
            if len(self._answers) >= _CHOICES_MAX:
                raise Misfit("index", "has too many values")
            self._answers[index] = _Answer()
        return self._answers[index]

    def _message(
        self,
        wire: Obj,
        message: Obj,
        index: int,
        answer: _Answer,
        events: list[Event],
        *,
        ends: bool,
    ) -> None:
        restates = ends and wire.get("apiFormat") == COHERE
        logprobs = read_logprobs(wire.get("logprobs"))
        for kind, source, text in _texts(message):
            if restates and "".join(answer.said.get(source, ())) == text:
                continue  # the last chunk can say again what all others said
            if not text and not (logprobs and kind == "text"):
                continue
            self._open(answer, kind, index, events)
            if wire.get("apiFormat") == COHERE:
                answer.said.setdefault(source, []).append(text)
            events.append(
                Delta(
                    kind=kind,
                    index=answer.at,
                    text=text,
                    choice=index,
                    logprobs=logprobs if kind == "text" else (),
                )
            )
            if kind == "text":
                answer.text_at, logprobs = answer.at, ()
        for item in fields.items(message, "toolCalls"):
            if type(item) is not dict:
                raise Misfit("message.toolCalls", "must be a list of objects")
            self._call(item, index, answer, events, restates=restates)
        for item in fields.items(message, "annotations"):
            citation = read_citation(item) if type(item) is dict else None
            if citation is not None and answer.text_at is not None:
                events.append(Cited(index=answer.text_at, citation=citation, choice=index))

    def _open(self, answer: _Answer, kind: PartKind, index: int, events: list[Event]) -> None:
        """Have a part of `kind` open; the one before it ends."""
        if answer.kind != kind:
            self._stop(answer, index, events)
            self._begin(answer, kind)
            events.append(PartStarted(kind=kind, index=answer.at, choice=index))

    def _begin(self, answer: _Answer, kind: PartKind) -> None:
        answer.kind = kind
        answer.at = answer.next
        answer.next += 1

    def _stop(self, answer: _Answer, index: int, events: list[Event]) -> None:
        if answer.kind is not None:
            events.append(PartStopped(index=answer.at, choice=index))
            answer.kind = None
            answer.call_id = ""

    def _call(
        self, item: Obj, index: int, answer: _Answer, events: list[Event], *, restates: bool
    ) -> None:
        function = item.get("function")
        held = function if type(function) is dict else item
        call_id = fields.text_or_none(item, "id") or ""
        name = fields.text_or_none(held, "name") or ""
        if restates and call_id in answer.calls:
            return
        goes_on = answer.kind == "tool_call" and (
            call_id == answer.call_id if call_id else not name
        )
        if not goes_on:
            if not call_id and not name:
                return  # an empty piece behind the last call
            self._stop(answer, index, events)
            self._begin(answer, "tool_call")
            made = f"{self._prefix}_{len(answer.calls)}"
            answer.call_id = call_id or (made if index == 0 else f"{made}_{index}")
            answer.calls.add(answer.call_id)
            events.append(
                PartStarted(
                    kind="tool_call",
                    index=answer.at,
                    choice=index,
                    id=answer.call_id,
                    name=name,
                )
            )
        arguments = fields.text_or_none(held, "arguments")
        if arguments:
            events.append(Delta(kind="tool_call", index=answer.at, text=arguments, choice=index))


def _texts(message: Obj) -> list[tuple[PartKind, str, str]]:
    """What a chunk adds in words: thoughts, plans, texts and refusals, each with the member that it
    stands in."""
    thoughts = [(key, fields.text_or_none(message, key)) for key in _THOUGHTS]
    found: list[tuple[PartKind, str, str]] = [
        ("reasoning", key, told) for key, told in thoughts if told
    ]
    content: Json = message.get("content")
    if type(content) is str:
        found.append(("text", "text", content))
    for item in content if type(content) is list else ():
        if type(item) is not dict:
            raise Misfit("message.content", "must be a list of objects")
        text, thinking = item.get("text"), item.get("thinking")
        if type(text) is str:
            found.append(("text", "text", text))
        elif type(thinking) is str:
            found.append(("reasoning", "thinking", thinking))
    if refusal := fields.text_or_none(message, "refusal"):
        found.append(("refusal", "refusal", refusal))
    return found
