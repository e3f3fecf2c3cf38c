"""A live drill: for a bounded time the gateway behaves as if somebody were gone.

The control process begins and ends it (`DrillDesk`), the supervisor tells every worker, also one
that starts later; each worker keeps the end itself (`Cut`) and forgets the drill then, whoever
else has died. An attempt at a deployment that is cut out fails like a refused connection, without
one. Not here: what a drill showed (`replay.drill`).

>>> Cut(drill, world, now=time.monotonic).holds("azure/gpt-4")
True
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from detente.canonical.drill import cut_from, known_in
from detente.canonical.failure import ClientFault
from detente.canonical.model import Deployment
from detente.canonical.world import World

SECONDS_DEFAULT: Final = 60
SECONDS_MAX: Final = 3600
"""A drill that nobody ends is over after an hour at most."""
KNOWN_SHOWN_MAX: Final = 20
"""Of those who can be cut out, in an error's sentence."""


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """One drill. Without whom, from when until when (UTC), and what that cuts out at its begin.

    `until_s` is its end on the machine's monotonic clock, which all processes share: setting the
    time of day neither lengthens nor shortens a drill.
    """

    without: str
    began_at: datetime
    ends_at: datetime
    deployments: tuple[str, ...]
    until_s: float


class DrillRuns(ClientFault):
    """Another drill is under way."""

    def __init__(self, drill: Drill) -> None:
        super().__init__(
            "request_invalid",
            f"a drill without `{drill.without}` runs until {_clock(drill.ends_at)} UTC;"
            " wait for its end, or end it with `detente drill --end`",
        )


class Cut:
    """What a worker keeps of a drill; `now` is the monotonic time in seconds."""

    def __init__(self, drill: Drill, world: World, now: Callable[[], float]) -> None:
        self.drill = drill
        self._now = now
        self._gone = cut_from(world, drill.without)

    @property
    def over(self) -> bool:
        """Whether its time has passed."""
        return self._now() >= self.drill.until_s

    def holds(self, deployment: str) -> bool:
        """Whether the deployment of that id is cut out now."""
        return deployment in self._gone and not self.over

    def holds_place(self, place: Deployment) -> bool:
        """The same of what need be no deployment of any model: a platform's own service."""
        if self.holds(place.id):
            return True
        alone = World(models=(), deployments=(place,))
        return not self.over and place.id in cut_from(alone, self.drill.without)

    def sentence(self, provider: str) -> str:
        """Why nothing was sent to `provider`, and what helps."""
        drill = self.drill
        return (
            f"provider `{provider}` is cut out by a drill without `{drill.without}` until"
            f" {_clock(drill.ends_at)} UTC; try again then, or have `detente drill --end` end it"
        )


def cut_of(drill: Drill | None, world: World, now: Callable[[], float]) -> Cut | None:
    """What a worker keeps; None where there is no drill, or none any more."""
    if drill is None:
        return None
    cut = Cut(drill, world, now)
    return None if cut.over else cut


class DrillDesk:
    """Where drills are begun and ended, one at a time; `tell` has the workers obey.

    `world` is asked each time, for a reload may change it; `wall` is the time of day in UTC,
    `now` the monotonic time in seconds.
    """

    def __init__(
        self,
        *,
        world: Callable[[], World],
        tell: Callable[[Drill | None], None],
        wall: Callable[[], datetime],
        now: Callable[[], float] = time.monotonic,
        drill: Drill | None = None,
    ) -> None:
        self._world = world
        self._tell = tell
        self._wall = wall
        self._now = now
        self._drill = drill

    @property
    def running(self) -> Drill | None:
        """The drill that is under way."""
        if self._drill is not None and self._now() >= self._drill.until_s:
            self._drill = None
        return self._drill

    def begin(self, without: str, seconds: float) -> Drill:
        """Cut `without` out for that long.

        Raises `DrillRuns` while another drill does, and `ClientFault` for nobody known or a time
        out of bounds.
        """
        if self.running is not None:
            raise DrillRuns(self.running)
        world = self._world()
        known = known_in(world)
        if without not in known:
            shown = ", ".join(f"`{name}`" for name in known[:KNOWN_SHOWN_MAX])
            more = ", …" if len(known) > KNOWN_SHOWN_MAX else ""
            message = f"`without` names nobody that is configured; it is one of {shown}{more}"
            raise ClientFault("request_invalid", message)
        if not 0 < seconds <= SECONDS_MAX:
            message = f"`seconds` is more than 0 and at most {SECONDS_MAX}; choose another"
            raise ClientFault("request_invalid", message)
        began_at = self._wall()
        self._drill = drill = Drill(
            without=without,
            began_at=began_at,
            ends_at=began_at + timedelta(seconds=seconds),
            deployments=tuple(sorted(cut_from(world, without))),
            until_s=self._now() + seconds,
        )
        self._tell(drill)
        return drill

    def end(self) -> Drill | None:
        """End the drill that runs, and return it; None where there is none."""
        drill, self._drill = self.running, None
        self._tell(None)
        return drill


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S")
