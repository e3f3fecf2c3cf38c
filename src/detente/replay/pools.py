"""Provisioned capacity as a replay spends it: so much a minute, then full until the next.

What is provisioned is counted by calendar minutes of UTC. Only counts; what a full pool means for
a request is the walk's (`capacity_error`, and where overflow may go).

>>> load = PoolLoad(pools_of(before, after))
>>> load.full(at_us, need)
frozenset()
"""

from collections.abc import Sequence
from decimal import Decimal
from math import floor
from typing import Final

import msgspec

from detente.agreements.clauses.capacity import Capacity
from detente.agreements.reckoning import speaks_of_deployment
from detente.agreements.window import windows_of
from detente.canonical.usage import Usage
from detente.ledger.entries import us_of
from detente.replay.fates import EVER_US, NEVER_US
from detente.replay.terms import Terms

MINUTE_US: Final = 60_000_000


class Need(msgspec.Struct, frozen=True):
    """What one request takes of a minute."""

    input_tokens: int = 0
    output_tokens: int = 0


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """One `capacity` clause: `per_minute` of its unit, for deployments by model, while
    `since_us ≤ t < until_us`.

    `as_before` is whether the same capacity was there when the traffic ran: what it took then it
    takes again, and only what comes on top needs room. `most` is `per_minute` in whole ones, which
    compare faster.
    """

    clause: Capacity
    since_us: int
    until_us: int
    per_minute: Decimal
    most: int
    deployments: dict[str, frozenset[str]]
    as_before: bool

    def needed(self, need: Need) -> int:
        """What a request takes of it."""
        match self.clause.unit:
            case "requests_per_minute":
                return 1
            case "input_tokens_per_minute":
                return need.input_tokens
            case "output_tokens_per_minute":
                return need.output_tokens
            case "tokens_per_minute" | "ptu":
                return need.input_tokens + need.output_tokens


class Load(msgspec.Struct, frozen=True):
    """What is taken of each pool in a minute."""

    minute: int
    taken: tuple[int, ...]


class PoolLoad:
    """How much of each pool is taken in the current minute."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self.pools = tuple(pools)
        self._minute = 0
        self._taken = [0] * len(self.pools)
        self._rooms: dict[tuple[str, str | None], tuple[tuple[int, Pool], ...]] = {}
        self._places: dict[tuple[str, str | None], tuple[tuple[int, Pool], ...]] = {}

    @property
    def load(self) -> Load:
        """What was taken so far."""
        return Load(self._minute, tuple(self._taken))

    def go_on(self, load: Load) -> None:
        """Goes on from what another has taken."""
        self._minute, self._taken = load.minute, list(load.taken)

    def full(self, at_us: int, need: Need, model: str, held_by: str | None) -> tuple[str, ...]:
        """The deployments of `model` without room at that moment for a request that `held_by` had.

        Times may not go back by a minute.
        """
        minute = at_us // MINUTE_US
        if minute != self._minute:
            self._minute = minute
            self._taken = [0] * len(self.pools)
        rooms = self._rooms.get((model, held_by))
        if rooms is None:
            rooms = self._rooms[model, held_by] = tuple(
                (place, pool)
                for place, pool in enumerate(self.pools)
                if (mine := pool.deployments.get(model))
                and not (pool.as_before and held_by in mine)
            )
        found: frozenset[str] = frozenset()
        for place, pool in rooms:
            if self._taken[place] + pool.needed(need) <= pool.most:
                continue
            if pool.since_us <= at_us < pool.until_us:
                found |= pool.deployments[model]
        return tuple(sorted(found)) if found else ()

    def take(self, need: Need, model: str, served_by: str | None) -> None:
        """A request is served there."""
        places = self._places.get((model, served_by))
        if places is None:
            places = self._places[model, served_by] = tuple(
                (place, pool)
                for place, pool in enumerate(self.pools)
                if served_by in pool.deployments.get(model, ())
            )
        for place, pool in places:
            self._taken[place] += pool.needed(need)


def pools_of(before: Terms, after: Terms) -> tuple[Pool, ...]:
    """The capacities of `after` whose size is known in requests or tokens."""
    windows = windows_of(after.agreements, after.events)
    found: list[Pool] = []
    for clause in after.agreements.clauses:
        if not isinstance(clause, Capacity):
            continue
        window = windows[clause.id]
        per_unit = clause.tokens_per_minute_per_unit if clause.unit == "ptu" else Decimal(1)
        if per_unit is None:
            continue
        places: dict[str, frozenset[str]] = {}
        for d in after.world.deployments:
            if speaks_of_deployment(clause.scope, d):
                places[d.model] = places.get(d.model, frozenset()) | {d.id}
        found.append(
            Pool(
                clause=clause,
                since_us=EVER_US if window.start is None else us_of(window.start),
                until_us=NEVER_US if window.until is None else us_of(window.until),
                per_minute=clause.size * per_unit,
                most=floor(clause.size * per_unit),
                deployments=places,
                as_before=before.agreements.clause(clause.id) == clause,
            )
        )
    return tuple(found)


def need_of(usage: Usage | None) -> Need:
    """What a request takes; of one that nobody served nobody knows the tokens."""
    return Need() if usage is None else Need(usage.input_tokens, usage.output_tokens)
