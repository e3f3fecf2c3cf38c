"""Originals put back into an answer that streams: events in, events out.

Each part waits for itself, and only with a tail that can become a stand-in (`StreamRestorer`);
what is said of a part while its tail waits (a citation, a signature) waits behind it. The end of a
part, of a choice and of the stream, and an error, let go first what was held. The log probabilities
of tokens travel with the text that they came with, as they came (`response_restoring`).

`Framed` is dropped: it is the wire event as it came, with stand-ins in it. A stream that is
restored is written anew.

>>> restorer = EventRestorer({"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"})
>>> [event.text for event in restorer.feed(Delta(kind="text", index=0, text="to ⟨EMA"))]
['to ']
>>> [event.text for event in restorer.feed(Delta(kind="text", index=0, text="IL_abcdefghijklm⟩!"))]
['ann@contoso.com!']
"""

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from msgspec.structs import replace

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
from detente.guardrails.response_restoring import ValueRestorer
from detente.guardrails.restoring import Originals, StreamRestorer
from detente.guardrails.value_rewriting import form_of

_OfPart: TypeAlias = StateGiven | Cited


class EventRestorer:
    """One stream; `structured` where the request asked for JSON."""

    __slots__ = ("_parts", "_values")

    def __init__(self, originals: Originals, *, structured: bool = False) -> None:
        self._values = ValueRestorer(originals, structured=structured)
        self._parts: dict[tuple[int, int], _OpenPart] = {}

    def feed(self, event: Event) -> list[Event]:
        """What can go now that `event` is there."""
        out: list[Event]
        match event:
            case Delta():
                out = self._delta(event)
            case StateGiven() | Cited():
                out = self._of_part(event)
            case PartStopped():
                part = self._parts.get((event.choice, event.index))
                out = [event] if part is None else [*part.flush(), event]
            case Stopped():
                out = [*self._flushed(event.choice), self._stopped(event)]
            case Failed():
                out = [*self._flushed(), self._failed(event)]
            case Ended():
                out = [*self._flushed(), event]
            case _:
                out = self._of_none(event)
        return out

    def close(self) -> list[Event]:
        """What was held of a stream that was cut off."""
        return list(self._flushed())

    def _delta(self, event: Delta) -> list[Event]:
        if event.kind == "audio":
            return [event]
        part = self._parts.get((event.choice, event.index))
        if part is None:
            part = self._parts[event.choice, event.index] = _OpenPart(event, self._values)
        return part.feed(event)

    def _of_part(self, event: _OfPart) -> list[Event]:
        part = self._parts.get((event.choice, event.index))
        if part is not None:
            return part.say(event)
        if isinstance(event, Cited):
            return [replace(event, citation=self._values.citation(event.citation))]
        return [event]

    def _of_none(
        self, event: Framed | Started | PartStarted | PartGiven | Filtered | UsageReported | Pinged
    ) -> list[Event]:
        match event:
            case Framed():
                return []
            case Started() | PartStarted():
                if event.extras is None:
                    return [event]
                return [replace(event, extras=self._values.extras(event.extras))]
            case PartGiven():
                return [replace(event, part=self._values.part(event.part))]
            case Filtered():
                return [replace(event, filter=self._values.filter(event.filter))]
            case UsageReported() | Pinged():
                return [event]
            case _:
                assert_never(event)

    def _stopped(self, event: Stopped) -> Stopped:
        return replace(
            event,
            stop_sequence=self._values.words(event.stop_sequence),
            stop_detail=self._values.words(event.stop_detail),
            extras=self._values.extras(event.extras),
        )

    def _failed(self, event: Failed) -> Failed:
        message = self._values.words(event.message)
        return replace(event, message=message, extras=self._values.extras(event.extras))

    def _flushed(self, choice: int | None = None) -> Iterable[Event]:
        for (of_choice, _), part in sorted(self._parts.items()):
            if choice is None or choice == of_choice:
                yield from part.flush()


class _OpenPart:
    """The text of one part, and what waits behind its tail."""

    __slots__ = ("_logprobs", "_model", "_restorer", "_values", "_waiting")

    def __init__(self, first: Delta, values: ValueRestorer) -> None:
        self._model = Delta(kind=first.kind, index=first.index, text="", choice=first.choice)
        self._values = values
        self._restorer = StreamRestorer(values.stand_ins, form_of(first.kind, values.text_form))
        self._logprobs: tuple[TokenLogprob, ...] = ()
        self._waiting: list[_OfPart] = []

    def feed(self, event: Delta) -> list[Event]:
        text = self._restorer.feed(event.text)
        if text is event.text and not self._logprobs:
            return [event]
        self._logprobs += event.logprobs
        return self._let_go(text)

    def say(self, event: _OfPart) -> list[Event]:
        self._waiting.append(event)
        return self._let_go("")

    def flush(self) -> list[Event]:
        return self._let_go(self._restorer.close())

    def _let_go(self, text: str) -> list[Event]:
        out: list[Event] = []
        held = self._restorer.held
        if text or (self._logprobs and not held):
            out.append(replace(self._model, text=text, logprobs=self._logprobs))
            self._logprobs = ()
        if self._waiting and not held:
            out += (self._said(event) for event in self._waiting)
            self._waiting.clear()
        return out

    def _said(self, event: _OfPart) -> Event:
        if isinstance(event, StateGiven):
            return event
        citation = self._values.citation(event.citation, self._restorer.moved)
        return replace(event, citation=citation)
