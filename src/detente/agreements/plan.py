"""What the compiled form knows before a question comes, and what a question adds.

A `Plan` is one model with its deployments as bits; `Asked` one question reduced to what
clauses look at. Both are what a clause type's compiled form is given.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from detente.agreements.grid import Grid
from detente.agreements.moment import Moment
from detente.agreements.scope import Holders, words
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Event, HolderRefusal, Offer

if TYPE_CHECKING:
    from detente.agreements.clause import Clause


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One model: bit `1 << i` is `deployments[i]`; `all` has every bit.

    `prepared` holds, by clause, what of it depends on no question (`Clause.prepare`).
    """

    model: Model
    deployments: tuple[Deployment, ...]
    all: int
    by_host: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_provider: Mapping[str, int]
    by_interface: Mapping[str, int]
    prepared: Mapping[ClauseId, tuple[Grid, ...]] = {}

    def held(self, holders: Holders) -> int:
        """The deployments of any of `holders`."""
        mask = 0
        for holder in words(holders):
            kind, _, name = holder.rpartition(":")
            match kind:
                case "kind":
                    mask |= self.by_kind.get(name, 0)
                case "provider":
                    mask |= self.by_provider.get(name, 0)
                case _:
                    mask |= self.by_host.get(name, 0)
        return mask

    def everywhere(self, facts: frozenset[str]) -> Grid:
        """A truth that is open for all deployments, for want of `facts`."""
        return Grid(0, {1 << i: facts for i in range(len(self.deployments))})

    def bit_of(self, deployment: str) -> int:
        """The bit of a deployment's id, 0 where the model has no such deployment."""
        for index, known in enumerate(self.deployments):
            if known.id == deployment:
                return 1 << index
        return 0


class ListingStart(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded listing: since when, and of which deployments."""

    start: Moment | None
    clause: str
    where: Grid
    recorded_at: datetime
    interfaces: frozenset[str] | None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question: times, happened events, the key's labels, refusals, and what is barred.

    `offered` are the live offers by clause type, `coming` all that are known, each with where
    it speaks.
    """

    at: datetime
    interface: str
    serving: int
    known_at: datetime
    happened: tuple[Event, ...]
    events: frozenset[str]
    labels: Mapping[str, str]
    offers: tuple[Offer, ...]
    refusals: tuple[HolderRefusal, ...]
    refused: int
    listings: tuple[ListingStart, ...] = ()
    offered: Mapping[str, tuple[tuple["Clause", Grid], ...]] = {}
    coming: tuple[tuple["Clause", Grid], ...] = ()
    barred: Grid = Grid()
