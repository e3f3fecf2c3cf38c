"""One part after the other, for dialects in which parts may not overlap.

Parts of the first choice are let through as they come; a part that begins while another is open
waits, with all that is added to it, until it is its turn. Nothing is lost and no order within a
part changes. Parts of other choices pass untouched.
"""

from collections.abc import Iterable
from typing import Final

from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    PartGiven,
    PartStarted,
    PartStopped,
    StateGiven,
    Stopped,
)
from detente.canonical.failure import ProviderFault

WAITING_EVENTS_MAX: Final = 100_000
"""Deltas of parallel parts that may wait for an earlier part to end; about 20 MB."""

_OF_A_PART: Final = (Delta, StateGiven, Cited, PartStopped)


class Sequencer:
    """See the module; one for each stream.

    `cut_off` are the parts of the first choice that a filter ended, and nobody else.
    """

    __slots__ = ("_count", "_open", "_waiting", "cut_off")

    def __init__(self) -> None:
        self.cut_off: set[int] = set()
        self._open: int | None = None
        self._waiting: dict[int, list[Event]] = {}
        self._count = 0

    def feed(self, events: Iterable[Event]) -> list[Event]:
        """`events` in an order in which at most one part is open; raises `ProviderFault`."""
        out: list[Event] = []
        for event in events:
            if isinstance(event, _OF_A_PART):
                if event.choice == 0 and event.index != self._open:
                    self._wait(event.index, event)
                    continue
                out.append(event)
                if isinstance(event, PartStopped) and event.choice == 0:
                    self._open = None
                    self._next(out)
            elif isinstance(event, (PartStarted, PartGiven)):
                self._begin(event, out)
            elif isinstance(event, Stopped) and event.choice == 0:
                self._flush(out, cut=event.stop == "content_filter")
                out.append(event)
            else:
                out.append(event)
        return out

    def _begin(self, event: PartStarted | PartGiven, out: list[Event]) -> None:
        if event.choice != 0:
            out.append(event)
        elif self._open is not None or self._waiting:
            self._wait(event.index, event)
        else:
            out.append(event)
            if isinstance(event, PartStarted):
                self._open = event.index

    def _wait(self, index: int, event: Event) -> None:
        self._count += 1
        if self._count > WAITING_EVENTS_MAX:
            raise ProviderFault(
                "upstream_failed",
                "the provider mixes too many parts of its answer; try another deployment",
            )
        self._waiting.setdefault(index, []).append(event)

    def _next(self, out: list[Event]) -> None:
        """Let the parts through whose turn it is: whole ones, then the first that is open."""
        while self._open is None and self._waiting:
            index = min(self._waiting)
            events = self._waiting.pop(index)
            self._count -= len(events)
            out.extend(events)
            if not isinstance(events[-1], (PartStopped, PartGiven)):
                self._open = index

    def _flush(self, out: list[Event], *, cut: bool) -> None:
        """The choice ends: what is open ends with it."""
        while self._open is not None:
            if cut:
                self.cut_off.add(self._open)
            out.append(PartStopped(index=self._open))
            self._open = None
            self._next(out)
        self._next(out)
