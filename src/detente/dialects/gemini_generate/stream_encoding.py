"""Canonical events as the streamed answer that Google's clients expect.

Each event is a whole answer in small, unnamed, with exactly one space behind the colon, and nothing
stands between events: the official SDK takes neither comments nor names. Calls go out whole. Why
the answer ended, its usage and its sources stand in the last event, which is written only when all
was said: a stream that broke off never looks finished.

>>> encoder = GenerateEncoder(Reply())
>>> encoder.feed([Started(id="r", model="m"), Delta(kind="text", index=0, text="hi")])[:60]
b'data: {"candidates":[{"content":{"parts":[{"text":"hi"}],"ro'
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detente.canonical.content import Inline, Media, Opaque, Reasoning, Text, ToolCall
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.canonical.usage import Usage
from detente.dialects._codec.losses import Losses
from detente.dialects._google.failure import status_name, stream_error
from detente.dialects._google.tokens import usage_metadata
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.frames import unframed, without_parts
from detente.dialects.gemini_generate.part_encoding import PartWriter
from detente.dialects.gemini_generate.probabilities import logprobs_result
from detente.dialects.gemini_generate.response_decoding import block_reason
from detente.dialects.gemini_generate.response_encoding import add_filter, name_usage
from detente.dialects.gemini_generate.stream_calls import CallBuffer
from detente.dialects.gemini_generate.stream_ending import Ending

D: Final = words.NAME
_ENCODE: Final = msgspec.json.Encoder().encode
_HEAD: Final = b'data: {"candidates":[{"content":{"parts":['
_TEXT: Final = _HEAD + b'{"text":'
_SOUND: Final = "audio/L16;codec=pcm;rate=24000"
"""What other APIs stream as sound is 16 bit PCM at 24 kHz, and this is how it is called here."""
_OF_PARTS: Final = (Started, PartStarted, Delta, StateGiven, PartStopped, PartGiven)
_CALLS: Final = ("tool_call", "custom_call")
_TEXTS: Final = ("text", "refusal")
_THOUGHTS: Final = ("reasoning", "summary")


class GenerateEncoder:
    """See `StreamEncoder`."""

    __slots__ = (
        "_blocked",
        "_calls",
        "_ending",
        "_found",
        "_framed",
        "_id",
        "_kinds",
        "_model",
        "_over",
        "_signed",
        "_states",
        "_summarised",
        "_tails",
        "_tier",
        "_usage",
        "_writer",
        "losses",
    )

    def __init__(self, reply: Reply) -> None:
        self._found = Losses()
        self.losses: list[Loss] = self._found.found
        self._writer = PartWriter(self._found, own=False, upstream=False)
        self._ending = Ending(self._found)
        self._calls = CallBuffer()
        self._id = reply.request_id
        self._model = ""
        self._tails: dict[int, bytes] = {}
        self._kinds: dict[tuple[int, int], PartKind] = {}
        self._states: dict[tuple[int, int], Opaque] = {}
        self._summarised: set[int] = set()
        self._signed: set[int] = set()
        self._usage: Usage | None = None
        self._tier: str | None = None
        self._blocked = False
        self._framed = False
        self._over = False

    def feed(self, events: Iterable[Event]) -> bytes:
        """The bytes of `events`."""
        out: list[bytes] = []
        frame: Framed | None = None
        within: list[Event] = []
        for event in events:
            if isinstance(event, Framed):
                if event.dialect == D:
                    if frame is not None:
                        self._write_frame(frame, within, out)
                    frame, within, self._framed = event, [], True
            elif self._framed:
                within.append(event)
            elif not self._over:
                self._write(event, out)
        if frame is not None:
            self._write_frame(frame, within, out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The stream ends with an error of the gateway's."""
        self._over = True
        return stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _write_frame(self, frame: Framed, within: list[Event], out: list[bytes]) -> None:
        """The event as it came; where its parts were cut anew on the way, they stand before it."""
        texts = [event.text for event in within if isinstance(event, Delta)]
        chunk = unframed(frame.members, texts)
        if chunk is None:
            for event in within:
                if isinstance(event, _OF_PARTS):
                    self._write(event, out)
            chunk = without_parts(frame.members)
        out.append(_event(chunk))

    def _write(self, event: Event, out: list[bytes]) -> None:
        if isinstance(event, Delta):
            self._write_delta(event, out)
        elif isinstance(event, PartStarted):
            self._begin(event)
        elif isinstance(event, PartStopped):
            self._end(event.choice, event.index, out)
        elif isinstance(event, StateGiven):
            if not self._calls.sign(event.choice, event.index, event.state):
                self._states[event.choice, event.index] = event.state
        elif isinstance(event, PartGiven):
            path = f"choices[{event.choice}].parts[{event.index}]"
            parts = self._writer.parts(event.part, path)
            out += [self._part(part, event.choice) for part in parts]
        else:
            self._note(event, out)

    def _note(self, event: Event, out: list[bytes]) -> None:
        """What is told of the answer as a whole; a ping has no form that the clients survive."""
        if isinstance(event, Started):
            self._id, self._model = event.id or self._id, event.model
            self._tier = event.service_tier
        elif isinstance(event, Cited):
            self._ending.cite(event)
        elif isinstance(event, Filtered):
            self._judge(event, out)
        elif isinstance(event, Stopped):
            if event.stop == "content_filter":
                self._calls.drop_open(event.choice)
            for call in self._calls.rest(event.choice):
                self._write_call(call, event.choice, out)
            self._ending.stop(event)
        elif isinstance(event, UsageReported):
            self._usage = event.usage
            self._tier = event.service_tier or self._tier
        elif isinstance(event, Failed):
            self._over = True
            error: Obj = {"code": event.status, "message": event.message}
            error["status"] = status_name(event.status)
            out.append(_event({"error": error}))
        elif isinstance(event, Ended):
            self._over = True
            out.append(self._last())

    def _write_delta(self, event: Delta, out: list[bytes]) -> None:
        kind = event.kind
        if kind in _TEXTS:
            self._ending.keep(event)
            if event.logprobs:
                said: Obj = {"text": event.text}
                more: Obj = {"logprobsResult": logprobs_result(event.logprobs)}
                out.append(self._part(said, event.choice, more))
            else:
                out.append(_TEXT + _ENCODE(event.text) + b"}" + self._tail(event.choice))
        elif kind in _THOUGHTS:
            text = event.text
            if event.choice in self._summarised:
                self._summarised.discard(event.choice)
                text = "\n\n" + text
            out.append(_TEXT + _ENCODE(text) + b',"thought":true}' + self._tail(event.choice))
        elif kind == "audio":
            sound = Media(kind="audio", source=Inline(media_type=_SOUND, data=event.text))
            parts = self._writer.parts(sound, f"choices[{event.choice}]")
            out += [self._part(part, event.choice) for part in parts]
        else:
            self._calls.add(event)

    def _begin(self, event: PartStarted) -> None:
        key = event.choice, event.index
        if event.kind in _CALLS:
            self._calls.begin(event)
            return
        if (
            event.kind == "summary"
            and self._kinds.get((event.choice, event.index - 1)) == "summary"
        ):
            self._summarised.add(event.choice)
        self._kinds[key] = event.kind
        if event.state is not None:
            self._states[key] = event.state

    def _end(self, choice: int, index: int, out: list[bytes]) -> None:
        """A part is complete: its state stands in a part of its own, a call goes out whole."""
        state = self._states.pop((choice, index), None)
        if state is not None:
            thought = self._kinds.get((choice, index)) in _THOUGHTS
            part = Reasoning(state=state) if thought else Text(text="", state=state)
            parts = self._writer.parts(part, f"choices[{choice}].parts[{index}]")
            out += [self._part(said, choice) for said in parts]
        for call in self._calls.end(choice, index):
            self._write_call(call, choice, out)

    def _write_call(self, call: ToolCall, choice: int, out: list[bytes]) -> None:
        """A whole call; the first of another platform's has the sentinel, as in a whole answer."""
        for part in self._writer.parts(call, f"choices[{choice}]"):
            if choice not in self._signed and type(part) is dict:
                self._signed.add(choice)
                part.setdefault("thoughtSignature", words.SENTINEL_BASE64)
            out.append(self._part(part, choice))

    def _judge(self, event: Filtered, out: list[bytes]) -> None:
        if event.choice is not None:
            self._ending.judge(event)
            return
        told: Obj = {}
        add_filter(event.filter, told, "filters", self._found)
        if told:
            self._blocked = self._blocked or block_reason(event.filter) is not None
            out.append(_event({**told, **self._envelope()}))

    def _last(self) -> bytes:
        """The last event."""
        chunk: Obj = {}
        candidates = self._ending.candidates()
        if candidates and not self._blocked:  # of a blocked prompt there are none
            chunk["candidates"] = candidates
        if self._usage is not None:
            name_usage(self._usage, self._found)
            chunk["usageMetadata"] = usage_metadata(self._usage, self._tier)
        return _event({**chunk, **self._envelope()})

    def _part(self, part: Json, choice: int, more: Obj | None = None) -> bytes:
        content: Obj = {"parts": [part], "role": "model"}
        candidate: Obj = {"content": content, "index": choice}
        if more:
            candidate.update(more)
        return _event({"candidates": [candidate], **self._envelope()})

    def _envelope(self) -> Obj:
        return {"modelVersion": self._model, "responseId": self._id}

    def _tail(self, choice: int) -> bytes:
        """What follows a lone part of a choice, to the end of its event."""
        tail = self._tails.get(choice)
        if tail is None:
            envelope = _ENCODE(self._envelope())[1:]
            tail = b'],"role":"model"},"index":%d}],%b\n\n' % (choice, envelope)
            self._tails[choice] = tail
        return tail


def _event(chunk: Obj) -> bytes:
    return b"data: " + _ENCODE(chunk) + b"\n\n"
