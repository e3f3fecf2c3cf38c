"""A streamed chat completion as events.

The end is `[DONE]`; hosts that leave it out have ended where each choice has its reason.

>>> decoder = stream_decoder()
>>> events = decoder.feed(b'data: {"id":"a","model":"m","choices":[{"index":0,"delta":'
...                       b'{"content":"hi"},"finish_reason":"stop"}]}\\n\\ndata: [DONE]\\n\\n')
>>> [type(event).__name__ for event in events]
['Started', 'PartStarted', 'Delta', 'PartStopped', 'Stopped', 'Ended']
"""

from typing import Final

from detente.canonical.events import (
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    Started,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.response import ContentFilter
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.openai_chat.choice_decoding import ChoiceDecoder
from detente.dialects.openai_chat.counts import rest_of, usage_of
from detente.dialects.openai_chat.frame_filling import END, index_of
from detente.dialects.openai_chat.response import error_code, moderation_filters, prompt_filters
from detente.dialects.openai_chat.words import CHAT
from detente.dialects.spec import EVENT_BYTES_MAX

CHOICES_MAX: Final = 1024
"""Choices that one stream can have; OpenAI allows 128."""

_DONE: Final = b"[DONE]"
_STATUSES: Final = range(400, 600)


def stream_decoder(
    *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX
) -> "ChatStreamDecoder":
    """A fresh decoder (see `Codec.stream_decoder`)."""
    return ChatStreamDecoder(id_prefix=id_prefix, frames=frames, event_bytes_max=event_bytes_max)


class ChatStreamDecoder:
    """See `StreamDecoder`."""

    __slots__ = ("_choices", "_cutter", "_filters", "_frames", "_over", "_prefix", "_started")

    def __init__(self, *, id_prefix: str, frames: bool, event_bytes_max: int) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._prefix = id_prefix
        self._frames = frames
        self._choices: dict[int, ChoiceDecoder] = {}
        self._filters: list[ContentFilter] = []
        self._started = False
        self._over = False

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        events: list[Event] = []
        for name, data in self._cutter.feed(piece):
            self._read(name, data, events)
        return events

    def close(self) -> list[Event]:
        """What was held, if it is a whole event; raises `ProviderFault`."""
        events: list[Event] = []
        for name, data in self._cutter.close():
            if data.strip() == _DONE or _is_whole(data):
                self._read(name, data, events)
        finished = self._choices and all(one.stopped for one in self._choices.values())
        if finished and not self._over:
            self._over = True
            events.append(Ended())
        return events

    def _read(self, name: bytes, data: bytes, events: list[Event]) -> None:
        """One wire event; nothing counts after the end."""
        if self._over:
            return
        if data == _DONE or data.strip() == _DONE:
            if self._frames:
                events.append(Framed(dialect=CHAT, name=END, members={}))
            self._end(events)
            return
        try:
            chunk = fields.read_object(data)
            if self._frames:
                frame = name.decode("utf-8", "replace")
                events.append(Framed(dialect=CHAT, name=frame, members=chunk))
            self._chunk(chunk, events)
        except Misfit as misfit:
            raise misfit.provider_fault() from None

    def _chunk(self, chunk: Obj, events: list[Event]) -> None:
        error = chunk.get("error")
        if error is not None:
            self._fail(error, chunk, events)
            return
        choices = chunk.get("choices")
        if not self._started and (choices or chunk.get("id")):
            self._start(chunk, events)
        if type(choices) is list:
            frames = self._frames and (len(choices) == 1 or _are_apart(choices))
            for choice in choices:
                if type(choice) is dict:
                    self._choice_of(choice).read(choice, events, frames=frames)
        if (
            "usage" in chunk
            or "prompt_filter_results" in chunk
            or "moderation" in chunk
            or "x_groq" in chunk
        ):
            self._beside(chunk, events)

    def _choice_of(self, choice: Obj) -> ChoiceDecoder:
        index = index_of(choice)
        found = self._choices.get(index)
        if found is None:
            if len(self._choices) >= CHOICES_MAX:
                raise Misfit("choices", "are too many")
            found = ChoiceDecoder(index, f"{self._prefix}_{index}")
            self._choices[index] = found
        return found

    def _start(self, chunk: Obj, events: list[Event]) -> None:
        self._started = True
        name, model, created = chunk.get("id"), chunk.get("model"), chunk.get("created")
        tier = chunk.get("service_tier")
        events.append(
            Started(
                id=name if type(name) is str else "",
                model=model if type(model) is str else "",
                created_s=created if type(created) is int else None,
                service_tier=tier if type(tier) is str else None,
            )
        )
        events.extend(Filtered(filter=one) for one in self._filters)
        self._filters = []

    def _beside(self, chunk: Obj, events: list[Event]) -> None:
        """What stands beside the choices: filters of the prompt, moderation, usage."""
        if "prompt_filter_results" in chunk:
            self._filter(prompt_filters(chunk), events)
        if "moderation" in chunk:
            self._filter(moderation_filters(chunk["moderation"]), events)
        wire = chunk.get("usage")
        if wire is None:
            wire = _groq_usage(chunk.get("x_groq"))
        usage = None if wire is None else usage_of(wire)
        if usage is None:
            return
        tier = chunk.get("service_tier")
        events.append(UsageReported(usage=usage, service_tier=tier if type(tier) is str else None))
        if self._frames and type(chunk.get("usage")) is dict and type(wire) is dict:
            chunk["usage"] = list[Json](rest_of(wire, usage))

    def _filter(self, filters: tuple[ContentFilter, ...], events: list[Event]) -> None:
        if self._started:
            events.extend(Filtered(filter=one) for one in filters)
        else:
            self._filters += filters

    def _fail(self, error: Json, chunk: Obj, events: list[Event]) -> None:
        self._over = True
        held: Obj = error if type(error) is dict else {"message": error}
        message = held.get("message")
        status = held.get("code")
        if type(status) is not int:
            status = chunk.get("status")
        events.append(
            Failed(
                code=error_code(held) or "server_error",
                message=message if type(message) is str else "the provider reported an error",
                status=status if type(status) is int and status in _STATUSES else 502,
            )
        )

    def _end(self, events: list[Event]) -> None:
        self._over = True
        if not self._started:
            self._start({}, events)
        for choice in self._choices.values():
            choice.end(events)
        events.append(Ended())


def _is_whole(data: bytes) -> bool:
    """Whether an event without its blank line is one, and not the half of one."""
    try:
        fields.read_object(data)
    except Misfit:
        return False
    return True


def _are_apart(choices: list[Json]) -> bool:
    """Whether each choice has an index of its own."""
    indexes = [index_of(choice) for choice in choices if type(choice) is dict]
    return len(set(indexes)) == len(indexes)


def _groq_usage(held: Json) -> Json:
    """Groq's usage, where the client asked for none."""
    return held.get("usage") if type(held) is dict else None
