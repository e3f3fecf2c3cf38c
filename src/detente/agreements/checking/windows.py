"""When a clause is in force for certain, as one window, whoever asks.

From its own dates, its successors' and its amenders', with everything on record; events apart.
Only arithmetic on dates.

>>> windows(agreements)["azure/commitment"].until
datetime(2028, 1, 1)
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.checking.domain import Period
from detente.agreements.life import Life, lives
from detente.canonical.decision import ClauseId

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
END: Final = datetime.max.replace(tzinfo=UTC)


class Window(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """`since ≤ t < until`; empty where `until` is not after `since`."""

    since: datetime = BEGINNING
    until: datetime = END

    def __bool__(self) -> bool:
        return self.since < self.until

    def __contains__(self, instant: datetime) -> bool:
        return self.since <= instant < self.until

    def meet(self, other: "Window") -> "Window":
        """What both have in common, perhaps nothing."""
        return Window(since=max(self.since, other.since), until=min(self.until, other.until))

    @property
    def period(self) -> Period:
        """As reports write it."""
        return Period(
            from_=None if self.since == BEGINNING else self.since,
            until=None if self.until == END else self.until,
        )


def windows(agreements: AgreementSet) -> Mapping[ClauseId, Window]:
    """Of every clause, when it is in force for certain; a doubtful date shortens it."""
    return {clause: _certain(life) for clause, life in lives(agreements).items()}


def possible_windows(agreements: AgreementSet) -> Mapping[ClauseId, Window]:
    """Of every clause, when it may be in force; a doubtful date prolongs it."""
    return {clause: _possible(life) for clause, life in lives(agreements).items()}


def instant_in(window: Window) -> datetime:
    """An instant in it, the first where there is one."""
    return window.period.at


def joined(found: Iterable[Window]) -> tuple[Window, ...]:
    """Windows that touch or overlap as one, in order of time, without the empty ones."""
    result: list[Window] = []
    for window in sorted(window for window in found if window):
        if result and window.since <= result[-1].until:
            last = result[-1]
            result[-1] = Window(since=last.since, until=max(last.until, window.until))
        else:
            result.append(window)
    return tuple(result)


def outside(window: Window, found: Iterable[Window]) -> tuple[Window, ...]:
    """The parts of `window` that none of `found` covers."""
    parts: list[Window] = []
    since = window.since
    for other in joined(found):
        if since < other.since:
            parts.append(Window(since=since, until=min(other.since, window.until)))
        since = max(since, other.until)
    parts.append(Window(since=since, until=window.until))
    return tuple(part.meet(window) for part in parts if part.meet(window))


def _certain(life: Life) -> Window:
    return Window(
        since=life.start.last,
        until=min((ending.turn.first for ending in life.endings), default=END),
    )


def _possible(life: Life) -> Window:
    return Window(
        since=life.start.first,
        until=min((ending.turn.last for ending in life.endings), default=END),
    )
