"""What the policies say of an answer that streams: events in, events out, looked at and masked.

Each part waits for itself, with as much of its text as has to be followed by more before it is
known (`sliding`); what is said of a part while its text waits (a citation, its state) waits behind
it. The end of a part, of a choice and of the stream, and an error, let go first what was held,
looked at. Deltas go on as they came but where something is masked in them, and where the text that
may go ends within one; one with log probabilities goes whole. Of tokens that were masked, log
probabilities are dropped.

Once something withholds the answer (`blocked`), nothing goes any more: the text before it has gone,
and whoever called ends the stream. `Framed` is dropped, which is the wire event as it came.

>>> screen = EventScreen(rules)
>>> screen.feed(Delta(kind="text", index=0, text="to ann@exa")), screen.holds
([], True)
>>> screen.feed(Delta(kind="text", index=0, text="mple.com")), screen.close()[-1].text
([], '[EMAIL]')
"""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

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
from detente.canonical.guardrail import Screened
from detente.canonical.safety import SafetySignal
from detente.guardrails.answer_judging import AnswerJudge, AnswerRules
from detente.guardrails.answer_screening import ValueScreener
from detente.guardrails.open_part import OpenPart

_Whole: TypeAlias = Framed | Started | PartStarted | PartGiven | Filtered | UsageReported | Pinged


class EventScreen:
    """One stream."""

    __slots__ = ("_judge", "_parts", "_values")

    def __init__(self, rules: AnswerRules) -> None:
        self._judge = AnswerJudge(rules)
        self._values = ValueScreener(self._judge)
        self._parts: dict[tuple[int, int], OpenPart] = {}

    @property
    def holds(self) -> bool:
        """Whether something waits."""
        return not self.blocked and any(part.waits for part in self._parts.values())

    @property
    def screened(self) -> tuple[Screened, ...]:
        """What was found so far of data, what failed and what was unread, and what was done."""
        return self._judge.screened

    @property
    def signals(self) -> tuple[SafetySignal, ...]:
        """The content risks so far, each once."""
        return self._judge.signals

    @property
    def blocked(self) -> bool:
        """Whether something withholds the answer."""
        return self._judge.blocked

    def feed(self, event: Event) -> list[Event]:
        """What may go now that `event` is there."""
        if self._judge.blocked:
            return []
        if type(event) is Delta and event.kind != "audio":
            part = self._parts.get((event.choice, event.index))
            if part is None:
                part = self._parts[event.choice, event.index] = OpenPart(event, self._values)
            return part.feed(event)
        return self._other(event)

    def due(self) -> list[Event]:
        """What may go of what has waited for long enough (`Policy.output_delay_ms`)."""
        out: list[Event] = []
        for part in self._parts.values():
            if self._judge.blocked:
                break
            if part.waits:
                out += part.due()
        return out

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
        return out[:-1] if self._judge.blocked else out

    def _of_part(self, event: StateGiven | Cited) -> list[Event]:
        part = self._parts.get((event.choice, event.index))
        if part is not None:
            return part.say(event)
        if isinstance(event, StateGiven):
            return [event]
        said = replace(event, citation=self._values.citation(event.citation))
        return [] if self._judge.blocked else [said]

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
        for (of_choice, _), part in sorted(self._parts.items()):
            if (choice is None or choice == of_choice) and not self._judge.blocked:
                yield from part.flush()
