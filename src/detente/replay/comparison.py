"""What recorded traffic was and what it would have been, counted by fate.

Only counts and adds; who decides what a request's fate is stands in `fates`.

>>> comparison.total.requests, comparison.moved.requests
(1_000_000, 40_000)
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from detente.canonical.decision import ClauseId, Outcome
from detente.canonical.model import Interface
from detente.canonical.question import Labels
from detente.canonical.tariff import usd_of_pico

Mode = Literal["by class", "in time order"]
"""How a replay went: `by class` where no request's fate depends on another's, else one after the
other as they started."""


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What became of requests, and what would have.

    `before` is the deployment that had them in hand, `after` the one that would have, None where
    nobody. `tried` and `in_vain` are those that were asked before that one, then and now.
    `clauses_before` and `clauses_after` determined the decisions; `outcome` is that of the last
    new one. `owed` are first refusals whose holders would have had to be offered the requests, and
    were not. `gone` are the absent ones among `in_vain`. `unlike` is true where the terms of
    before do not give what was recorded: they were changed since. `interface`, `labels` and `span`
    (the number of cuts that lie before) are told apart only where terms of money count by them.
    Where `drilled`, a drill kept the requests from `before`, which would have had them: where they
    went instead is the drill's doing, and no difference.
    """

    model: str
    project: str | None
    before: str | None
    after: str | None
    tried: tuple[str, ...] = ()
    in_vain: tuple[str, ...] = ()
    outcome: Outcome = "allow"
    clauses_before: tuple[ClauseId, ...] = ()
    clauses_after: tuple[ClauseId, ...] = ()
    owed: tuple[ClauseId, ...] = ()
    gone: tuple[str, ...] = ()
    unlike: bool = False
    rehearsed: bool = False
    drilled: bool = False
    interface: Interface | None = None
    labels: Labels = ()
    span: int = 0

    @property
    def is_moved(self) -> bool:
        """Whether another deployment would have had them, or nobody, or somebody at last."""
        return self.before != self.after


class Tally(msgspec.Struct, kw_only=True):
    """Counts of requests, in whole picodollars.

    A cost that is not known is not zero: `unpriced_before` and `unpriced_after` count the requests
    that consumed tokens at no known price, `unmetered` those that nobody served then and whose use
    nobody knows. `repriced` are requests whose cost is another though they stayed. `first_byte_ms`
    sums over the `timed` ones. `answered` are those that a deployment answered then;
    tokens are counted only where somebody asks for them, `meters` by their class.
    """

    requests: int = 0
    cost_before_pico_usd: int = 0
    cost_after_pico_usd: int = 0
    unpriced_before: int = 0
    unpriced_after: int = 0
    unmetered: int = 0
    repriced: int = 0
    answered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    meters: Counter[str] = msgspec.field(default_factory=Counter[str])
    first_byte_ms: float = 0.0
    timed: int = 0

    def add(self, other: "Tally") -> None:
        """Adds another's counts to this one's."""
        for name in Tally.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def cost_before_usd(self) -> Decimal:
        """The known cost as recorded, exactly."""
        return usd_of_pico(self.cost_before_pico_usd) or Decimal(0)

    @property
    def cost_after_usd(self) -> Decimal:
        """The known cost as it would have been, exactly."""
        return usd_of_pico(self.cost_after_pico_usd) or Decimal(0)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded traffic under other terms.

    `fates` count requests by what became of them. `undecided` are requests that no decision was
    made for (a wrong key, an unknown model), which no terms change. `since` and `until` are the
    starts of the first and the last request.
    """

    mode: Mode
    fates: dict[Fate, Tally]
    undecided: int = 0
    since: datetime | None = None
    until: datetime | None = None

    @property
    def total(self) -> Tally:
        """All requests that decisions were made for."""
        return self.sum_of(lambda _: True)

    @property
    def moved(self) -> Tally:
        """Those that another deployment would have served, from one to the other."""
        return self.sum_of(lambda f: f.is_moved and None not in (f.before, f.after))

    @property
    def lost(self) -> Tally:
        """Those that were served and would have had no route."""
        return self.sum_of(lambda f: f.before is not None and f.after is None)

    @property
    def gained(self) -> Tally:
        """Those that nobody served and somebody would have."""
        return self.sum_of(lambda f: f.before is None and f.after is not None)

    @property
    def drilled(self) -> Tally:
        """Those that a drill kept from where they would have gone."""
        return self.sum_of(lambda f: f.drilled)

    @property
    def differences(self) -> int:
        """Requests that would have gone elsewhere, or cost something else."""
        return sum(
            tally.requests if fate.is_moved else tally.repriced
            for fate, tally in self.fates.items()
        )

    def sum_of(self, chosen: Callable[[Fate], bool]) -> Tally:
        """The counts of the chosen fates."""
        return summed(tally for fate, tally in self.fates.items() if chosen(fate))

    def by(self, key: Callable[[Fate], Iterable[str]]) -> dict[str, Tally]:
        """The counts by group; a fate with several keys stands in the group of each."""
        found: dict[str, Tally] = {}
        for fate, tally in self.fates.items():
            for name in key(fate):
                found.setdefault(name, Tally()).add(tally)
        return found


def joined(parts: Iterable[Comparison]) -> Comparison:
    """What several counted, each a part of the same traffic under the same terms."""
    parts = tuple(parts)
    fates: dict[Fate, Tally] = {}
    for part in parts:
        for fate, tally in part.fates.items():
            fates.setdefault(fate, Tally()).add(tally)
    return Comparison(
        mode=parts[0].mode if parts else "by class",
        fates=fates,
        undecided=sum(part.undecided for part in parts),
        since=min((p.since for p in parts if p.since is not None), default=None),
        until=max((p.until for p in parts if p.until is not None), default=None),
    )


def summed(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
