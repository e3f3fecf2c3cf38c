"""A streamed answer, event by event, given to something that may change its texts: one walk.

What `value_rewriting` is for whole answers. Each part waits for itself; what is said of a part
while its text waits (a citation, its state) waits behind it. The end of a part, of a choice and of
the stream, and an error, let go first what was held. `Framed` is dropped: it is the wire event as
it came, and a stream that is rewritten is written anew.

Not here: what becomes of a text (`event_restoring`, `event_screening`).

>>> class Silent(EventRewriter[OpenPart]):
...     def opened(self, first):
...         return OpenPart(first)
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, Protocol, TypeAlias, TypeVar, assert_never

from msgspec.structs import replace

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
from detente.guardrails.value_rewriting import ValueRewriter

OfPart: TypeAlias = StateGiven | Cited
"""What is said of a part besides its text."""
_Whole: TypeAlias = Framed | Started | PartStarted | PartGiven | Filtered | UsageReported | Pinged


class StreamedPart(Protocol):
    """One part whose text comes in pieces."""

    def feed(self, event: Delta) -> list[Event]:
        """What may go now that there is more text."""
        ...

    def say(self, event: OfPart) -> list[Event]:
        """What may go now that something was said of the part."""
        ...

    def flush(self) -> list[Event]:
        """All that waits."""
        ...


_PartT = TypeVar("_PartT", bound=StreamedPart)


class EventRewriter(ABC, Generic[_PartT]):
    """One stream; `values` rewrites what comes at once and whole."""

    __slots__ = ("_parts", "_values")

    def __init__(self, values: ValueRewriter) -> None:
        self._values = values
        self._parts: dict[tuple[int, int], _PartT] = {}

    @abstractmethod
    def opened(self, first: Delta) -> _PartT:
        """The part that `first` is the beginning of."""

    @property
    def is_over(self) -> bool:
        """Whether nothing may go any more, whatever comes."""
        return False

    def feed(self, event: Event) -> list[Event]:
        """What may go now that `event` is there."""
        if self.is_over:
            return []
        if type(event) is Delta and event.kind != "audio":
            part = self._parts.get((event.choice, event.index))
            if part is None:
                part = self._parts[event.choice, event.index] = self.opened(event)
            return part.feed(event)
        return self._other(event)

    def close(self) -> list[Event]:
        """What was held of a stream that was cut off."""
        return list(self._flushed())

    def _other(self, event: Event) -> list[Event]:
        match event:
            case Delta():
                self._values.unseen("audio")
                out: list[Event] = [event]
            case StateGiven() | Cited():
                return self._of_part(event)
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
        return out[:-1] if self.is_over else out

    def _of_part(self, event: OfPart) -> list[Event]:
        part = self._parts.get((event.choice, event.index))
        if part is not None:
            return part.say(event)
        if isinstance(event, StateGiven):
            return [event]
        said = replace(event, citation=self._values.citation(event.citation))
        return [] if self.is_over else [said]

    def _of_none(self, event: _Whole) -> list[Event]:
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

    def _flushed(self, choice: int | None = None) -> Iterator[Event]:
        for (of_choice, _), part in sorted(self._parts.items(), key=_place):
            if (choice is None or choice == of_choice) and not self.is_over:
                yield from part.flush()


def _place(opened: tuple[tuple[int, int], StreamedPart]) -> tuple[int, int]:
    return opened[0]
