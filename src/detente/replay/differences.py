"""What a replay's counts amount to: rows by model, provider, project and clause, and reasons.

Only groups and adds what `comparison` holds; lays nothing out.

>>> rows_by(comparison, "provider")[0].cost_after_usd
Decimal('12.50')
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec

from detente.canonical.decision import ClauseId
from detente.replay.comparison import Comparison, Fate, Tally

Dimension = Literal["model", "provider", "deployment", "project", "clause"]


class DifferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group, before and after; costs are what is known of them.

    `requests_before` and `requests_after` are all of the group, those that nobody served included
    (`unserved_before`, `unserved_after`). `arrived` and `left` are those that changed to and from
    the group's deployments, or got and lost a route.
    """

    group: str
    requests_before: int = 0
    requests_after: int = 0
    unserved_before: int = 0
    unserved_after: int = 0
    arrived: int = 0
    left: int = 0
    cost_before_usd: Decimal = Decimal(0)
    cost_after_usd: Decimal = Decimal(0)
    unpriced_after: int = 0

    @property
    def cost_difference_usd(self) -> Decimal:
        """What it would have cost more, or less."""
        return self.cost_after_usd - self.cost_before_usd


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one model that would have gone from one deployment to another."""

    model: str
    project: str | None
    before: str | None
    after: str | None
    requests: int
    cost_before_usd: Decimal
    cost_after_usd: Decimal


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one model that would have had no route, and why.

    `clauses` determined the decision, none where only a deployment is missing; `absent` are
    deployments that were asked in vain because somebody is cut out.
    """

    model: str
    outcome: str
    clauses: tuple[ClauseId, ...]
    absent: tuple[str, ...]
    requests: int


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that the holder of a first refusal would have had to be offered, and was not."""

    clause: ClauseId
    requests: int


Groups = Callable[[Fate], tuple[tuple[str, ...], tuple[str, ...]]]

NOBODY: Final = "nobody"
NONE: Final = "-"


def rows_by(comparison: Comparison, dimension: Dimension) -> list[DifferenceRow]:
    """The groups of a dimension, those with the largest difference of cost first.

    By clause, a request stands in the group of each clause that determined a decision.
    """
    sums: dict[str, dict[str, int]] = {}
    for fate, tally in comparison.fates.items():
        before, after = _GROUPS[dimension](fate)
        for name in before:
            held = sums.setdefault(name, dict.fromkeys(_COUNTED, 0))
            held["requests_before"] += tally.requests
            held["unserved_before"] += tally.requests if fate.before is None else 0
            held["left"] += tally.requests if _leaves(fate, name, after) else 0
            held["cost_before"] += tally.cost_before_pico_usd
        for name in after:
            held = sums.setdefault(name, dict.fromkeys(_COUNTED, 0))
            held["requests_after"] += tally.requests
            held["unserved_after"] += tally.requests if fate.after is None else 0
            held["arrived"] += tally.requests if _arrives(fate, name, before) else 0
            held["cost_after"] += tally.cost_after_pico_usd
            held["unpriced_after"] += tally.unpriced_after
    rows = [_row(name, held) for name, held in sums.items()]
    return sorted(rows, key=lambda r: (-abs(r.cost_difference_usd), -r.requests_before, r.group))


def moves_of(comparison: Comparison) -> list[Move]:
    """Who would have gone where, most requests first."""
    found: dict[tuple[str, str | None, str | None, str | None], Tally] = {}
    for fate, tally in comparison.fates.items():
        if fate.is_moved:
            key = (fate.model, fate.project, fate.before, fate.after)
            found.setdefault(key, Tally()).add(tally)
    moves = [
        Move(
            model=model,
            project=project,
            before=before,
            after=after,
            requests=tally.requests,
            cost_before_usd=tally.cost_before_usd,
            cost_after_usd=tally.cost_after_usd,
        )
        for (model, project, before, after), tally in found.items()
    ]
    return sorted(moves, key=lambda m: (-m.requests, m.model, m.project or ""))


def blocked_of(comparison: Comparison) -> list[Blocked]:
    """Those that were served and would have had no route, most requests first."""
    found: dict[tuple[str, str, tuple[ClauseId, ...], tuple[str, ...]], int] = {}
    for fate, tally in comparison.fates.items():
        if fate.before is not None and fate.after is None:
            key = (fate.model, fate.outcome, fate.clauses_after, fate.gone)
            found[key] = found.get(key, 0) + tally.requests
    blocked = [
        Blocked(model=model, outcome=outcome, clauses=clauses, absent=gone, requests=requests)
        for (model, outcome, clauses, gone), requests in found.items()
    ]
    return sorted(blocked, key=lambda b: (-b.requests, b.model, b.clauses))


def owed_of(comparison: Comparison) -> list[Owed]:
    """First refusals owed, by clause, most requests first."""
    sums = comparison.by(lambda fate: fate.owed)
    owed = [Owed(clause=clause, requests=tally.requests) for clause, tally in sums.items()]
    return sorted(owed, key=lambda o: (-o.requests, o.clause))


def provider_of(deployment: str | None) -> str:
    """The configured provider of a deployment's id, `nobody` where there is none."""
    return NOBODY if deployment is None else deployment.partition("/")[0]


def _leaves(fate: Fate, name: str, after: Iterable[str]) -> bool:
    return fate.before is not None and (fate.after is None or (fate.is_moved and name not in after))


def _arrives(fate: Fate, name: str, before: Iterable[str]) -> bool:
    return fate.after is not None and (
        fate.before is None or (fate.is_moved and name not in before)
    )


def _row(name: str, held: Mapping[str, int]) -> DifferenceRow:
    return DifferenceRow(
        group=name,
        requests_before=held["requests_before"],
        requests_after=held["requests_after"],
        unserved_before=held["unserved_before"],
        unserved_after=held["unserved_after"],
        arrived=held["arrived"],
        left=held["left"],
        cost_before_usd=Tally(cost_before_pico_usd=held["cost_before"]).cost_before_usd,
        cost_after_usd=Tally(cost_after_pico_usd=held["cost_after"]).cost_after_usd,
        unpriced_after=held["unpriced_after"],
    )


_COUNTED: Final = (
    "requests_before",
    "requests_after",
    "unserved_before",
    "unserved_after",
    "arrived",
    "left",
    "cost_before",
    "cost_after",
    "unpriced_after",
)
_GROUPS: Final[Mapping[Dimension, Groups]] = {
    "model": lambda f: ((f.model,), (f.model,)),
    "project": lambda f: ((f.project or NONE,), (f.project or NONE,)),
    "provider": lambda f: ((provider_of(f.before),), (provider_of(f.after),)),
    "deployment": lambda f: ((f.before or NOBODY,), (f.after or NOBODY,)),
    "clause": lambda f: (f.clauses_before or (NONE,), f.clauses_after or (NONE,)),
}
