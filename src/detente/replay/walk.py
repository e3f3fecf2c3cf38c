"""Where a recorded request would go: the new order, with what it met then.

A deployment that refused or failed then would again at that moment; one that nobody asked would
have answered. After each refusal the agreements decide anew (rule 11).

>>> walk(decide, recorded, at=at, known_at=at, gone=frozenset()).served_by
'bedrock/claude-opus-4-7'
"""

from collections.abc import Callable, Collection
from datetime import datetime

import msgspec

from detente.canonical.decision import ClauseId, Decision
from detente.canonical.question import HolderRefusal, Question
from detente.replay.recorded import Failed, Recorded

Decide = Callable[[Question], Decision]
UNREACHABLE = Failed("unreachable", 0)
FULL = Failed("capacity_error", 0)


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes under some terms.

    `first` answered before anything was met, `last` is the decision that was used. `in_vain` are
    those asked before, in order. `served_by` is None where nobody was left. `since ≤ at < until`
    is when a request of the same class goes the same way, None meaning no bound.
    """

    first: Decision
    last: Decision
    served_by: str | None
    in_vain: tuple[str, ...]
    since: datetime | None
    until: datetime | None

    @property
    def offered_first(self) -> dict[str, tuple[ClauseId, ...]]:
        """The deployments whose turn it was by a first refusal, and the clauses that say so."""
        duties = {rank.deployment for rank in self.first.snapshot if rank.duty}
        return {
            verdict.deployment: tuple(
                reason.clause
                for reason in verdict.reasons
                if reason.rule == "first_refusal" and reason.clause is not None
            )
            for verdict in self.first.verdicts
            if verdict.deployment in duties
        }


def walk(
    decide: Decide,
    recorded: Recorded,
    *,
    at: datetime,
    known_at: datetime,
    gone: Collection[str] = (),
    full: Collection[str] = (),
) -> Path:
    """The way of a request of the class `recorded` at `at`, by what is known at `known_at`.

    `gone` are deployments that nobody reaches, `full` those that have no room at that moment.
    """
    question = msgspec.structs.replace(recorded.question, at=at, known_at=known_at)
    first = last = decide(question)
    since, until = first.valid_from, first.valid_until
    tried: dict[str, None] = {}
    refusals: tuple[HolderRefusal, ...] = ()
    while (name := next((name for name in last.order if name not in tried), None)) is not None:
        tried[name] = None
        if name in recorded.passed_over:
            continue
        met = recorded.failed.get(name)
        if name in gone:
            met = UNREACHABLE
        elif met is None and name in full:
            met = FULL
        if met is None:
            break
        if met.signal is not None:
            refusal = HolderRefusal(deployment=name, signal=met.signal, waited_ms=met.waited_ms)
            refusals = (*refusals, refusal)
            last = decide(msgspec.structs.replace(question, refusals=refusals))
            since, until = _later(since, last.valid_from), _sooner(until, last.valid_until)
    passed = recorded.passed_over
    return Path(
        first=first,
        last=last,
        served_by=name,
        in_vain=tuple(other for other in tried if other != name and other not in passed),
        since=since,
        until=until,
    )


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else max(a, b)


def _sooner(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else min(a, b)
