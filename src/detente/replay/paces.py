"""Commitments as a replay takes them: which are behind their pace, hour by hour.

The balances that are reported are `reports.commitments`'; here only what orders deployments.

>>> paces = Paces(terms)
>>> paces.behind(at)
('azure-2026/commitment',)
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from detente.agreements.clauses.commit import Measure
from detente.agreements.moment import earliest
from detente.agreements.money import period_around
from detente.agreements.rates import amount_usd
from detente.agreements.reckoning import speaks_of_deployment
from detente.canonical.decision import ClauseId
from detente.canonical.tariff import usd_of_pico
from detente.ledger.uses import UseClass
from detente.replay.terms import Terms
from detente.reports.commitments import Commitment, commitments_of, pace_at
from detente.reports.counting import takes_in

HOUR_US: Final = 3_600_000_000
"""How often it is looked which commitments are behind: the gateway looks more often, and a pace of
a month moves by a seven hundredth meanwhile."""


class Pace(msgspec.Struct, frozen=True):
    """Of each commitment: when its period began, and what is taken and carried over in it."""

    starts: tuple[datetime | None, ...]
    taken: tuple[Decimal, ...]
    carried: tuple[Decimal, ...]


class Paces:
    """What was taken of each commitment in its present period.

    `taken` is what was before the replay begins, in the period that holds then, with all that was
    taken elsewhere.
    """

    def __init__(self, terms: Terms, taken: Mapping[ClauseId, Decimal] = {}) -> None:
        self._commitments = commitments_of(terms.agreements, terms.events)
        self._places = {(d.id, d.model): d for d in terms.world.deployments}
        self._starts: list[datetime | None] = [None] * len(self._commitments)
        self._given = frozenset(taken)
        self._taken = [taken.get(c.clause.id, Decimal(0)) for c in self._commitments]
        self._carried = [Decimal(0)] * len(self._commitments)
        self._counts: dict[UseClass, tuple[int, ...]] = {}
        self._measures: list[Measure] = [c.clause.measure for c in self._commitments]
        self._fresh = [0] * len(self._commitments)  # whole picodollars or tokens add up faster
        self.needs_tokens = "tokens" in self._measures
        self.models = frozenset(
            d.model
            for d in terms.world.deployments
            if any(speaks_of_deployment(c.clause.takes, d) for c in self._commitments)
        )

    @property
    def pace(self) -> Pace:
        """What was taken so far."""
        self._fold()
        return Pace(tuple(self._starts), tuple(self._taken), tuple(self._carried))

    def go_on(self, pace: Pace) -> None:
        """Goes on from what another has taken."""
        self._starts, self._taken = list(pace.starts), list(pace.taken)
        self._carried, self._fresh = list(pace.carried), [0] * len(self._commitments)

    def behind(self, at: datetime) -> tuple[ClauseId, ...]:
        """Those of which less was taken than a straight line asks for, sorted."""
        self._fold()
        found = [
            commitment.clause.id
            for place, commitment in enumerate(self._commitments)
            if self._is_behind(place, commitment, at)
        ]
        return tuple(sorted(found))

    def take(self, of: UseClass, *, cost_pico_usd: int | None, tokens: int) -> None:
        """One request was served."""
        self.add(self.counting(of), cost_pico_usd=cost_pico_usd, tokens=tokens)

    def counting(self, of: UseClass) -> tuple[int, ...]:
        """The commitments that such requests count towards, by place."""
        places = self._counts.get(of)
        if places is None:
            places = self._counts[of] = tuple(
                place
                for place, commitment in enumerate(self._commitments)
                if takes_in(commitment.clause.takes, of, self._places)
            )
        return places

    def add(self, places: tuple[int, ...], *, cost_pico_usd: int | None, tokens: int) -> None:
        """One request was served that counts towards the commitments at those `places`."""
        for place in places:
            match self._measures[place]:
                case "money":
                    self._fresh[place] += cost_pico_usd or 0
                case "tokens":
                    self._fresh[place] += tokens
                case "requests":
                    self._fresh[place] += 1

    def _fold(self) -> None:
        for place, fresh in enumerate(self._fresh):
            money = self._measures[place] == "money"
            amount = usd_of_pico(fresh) if money else Decimal(fresh)
            self._taken[place] += amount or Decimal(0)
            self._fresh[place] = 0

    def _is_behind(self, place: int, commitment: Commitment, at: datetime) -> bool:
        clause, window = commitment.clause, commitment.window
        money = clause.measure == "money"
        amount = (
            amount_usd(clause.amount, clause.currency, clause.usd_per_unit)
            if money
            else clause.amount
        )
        if window.start is None or amount is None or not window.holds(at):
            return False
        own_end = None if clause.until is None else earliest(clause.until)
        start, end = period_around(clause.period, window.start, own_end, at=at)
        self._begin(place, commitment, start, amount)
        if end is None:
            return False
        due = amount + self._carried[place]
        return self._taken[place] < pace_at(due, start, end, at)

    def _begin(self, place: int, commitment: Commitment, start: datetime, amount: Decimal) -> None:
        """A new period, where one has begun: with what the one before has left over."""
        before = self._starts[place]
        if before == start:
            return
        self._starts[place] = start
        clause = commitment.clause
        if before is not None:
            missing = max(amount + self._carried[place] - self._taken[place], Decimal(0))
            self._carried[place] = missing if clause.shortfall == "carried_over" else Decimal(0)
            self._taken[place] = Decimal(0)
        elif (
            start == commitment.window.start
            and clause.already_taken is not None
            and clause.id not in self._given
        ):
            already = clause.already_taken
            usd = amount_usd(already, clause.currency, clause.usd_per_unit)
            self._taken[place] += already if clause.measure != "money" else usd or Decimal(0)
