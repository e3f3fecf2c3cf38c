"""E11: overflow of provisioned capacity may go, or is sent, where it must not.

Once what is provisioned has refused, its overflow may leave: the `spill_zone` of the clause
(whose `spill_to`, or the platform's own `spillover`, names somebody outside it); the zones of a
`residency` demand that holds for the same callers where the capacity stands; or, where the
clause names no zone, the zone of what is provisioned. What `spill_to` and `spillover` name counts
as it is named, everything else where the agreements allow it after the refusal. A zone that
nobody supplied leaves nothing.

>>> [finding.code for finding in spill_leaves_zone(survey)]
['E11']
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from detente.agreements.checking.asking import Asking
from detente.agreements.checking.domain import Caller
from detente.agreements.checking.places import Places, belongs, caller_in, interfaces_in, within
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.windows import Window, windows
from detente.agreements.checking.witness import after_refusals
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.residency import Residency
from detente.agreements.scope import words
from detente.canonical.model import Deployment
from detente.canonical.question import Question

GLOBAL: Final = "global"
"""The zone that holds every other."""


class _Leak(msgspec.Struct, frozen=True, kw_only=True):
    """Overflow that leaves: whither, in what time, for whom, and what it leaves."""

    deployment: Deployment
    window: Window
    caller: Caller
    why: str
    demand: Residency | None = None
    named: bool


def spill_leaves_zone(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a capacity and what it leaves, with the first deployment that takes it."""
    search = _Search(survey)
    for clause in survey.agreements.clauses:
        if isinstance(clause, Capacity):
            yield from search.about(clause)


class _Search:
    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.places = Places(survey.world)
        self.by_id = {d.id: d for d in survey.world.deployments}
        self.live = windows(survey.agreements)
        self.demands = [
            (clause, {d.id for d in self.places.of(clause.scope)})
            for clause in survey.agreements.clauses
            if isinstance(clause, Residency) and not clause.offered
        ]
        self.asking = Asking(survey)

    def about(self, capacity: Capacity) -> Iterator[CheckFinding]:
        """The findings about one capacity."""
        if not self.live[capacity.id]:
            return
        told: set[str | None] = set()
        by_model: dict[str, list[Deployment]] = {}
        for deployment in self.places.of(capacity.scope):
            by_model.setdefault(deployment.model, []).append(deployment)
        for provisioned in by_model.values():
            for leak in self._leaks(capacity, provisioned):
                cause = None if leak.demand is None else leak.demand.id
                if cause in told:
                    continue
                question = self._shown(capacity, provisioned, leak)
                if question is not None:
                    told.add(cause)
                    yield self._finding(capacity, leak, question)

    def _leaks(self, capacity: Capacity, provisioned: list[Deployment]) -> Iterator[_Leak]:
        """Where overflow would leave if it went there; whether it may is asked later."""
        term = self.live[capacity.id]
        for d, named in self._takers(capacity, provisioned):
            if d.processing_zone is not None:
                why = _left(capacity, provisioned, d.processing_zone, named=named)
                caller = caller_in(capacity.scope)
                if why is not None and caller is not None:
                    yield _Leak(deployment=d, window=term, caller=caller, why=why, named=named)
            for demand, where in self.demands:
                if not any(p.id in where for p in provisioned) or _keeps(demand, d):
                    continue
                both = term.meet(self.live[demand.id])
                caller = caller_in(capacity.scope, demand.scope)
                if both and caller is not None:
                    why = f"the zones that `{demand.id}` demands"
                    yield _Leak(
                        deployment=d,
                        window=both,
                        caller=caller,
                        why=why,
                        demand=demand,
                        named=named,
                    )

    def _takers(
        self, capacity: Capacity, provisioned: list[Deployment]
    ) -> Iterator[tuple[Deployment, bool]]:
        """What may take overflow of one model, and whether it was named for it."""
        own = {d.id for d in provisioned}
        spills = {d.spillover for d in provisioned}
        for d in self.places.by_model[provisioned[0].model]:
            to = capacity.spill_to
            sent = to is not None and belongs(d, to)
            if d.id not in own and (sent or to is None or d.id in spills):
                yield d, sent or d.id in spills

    def _shown(
        self, capacity: Capacity, provisioned: list[Deployment], leak: _Leak
    ) -> Question | None:
        """A question after the refusals: where the overflow goes, or what stops it if named."""
        for interface in interfaces_in(capacity.scope, provisioned[0]):
            if interface not in leak.deployment.interfaces:
                continue
            for at in self._instants(leak):
                question = after_refusals(
                    self.asking.question(leak.deployment.model, at, leak.caller, interface),
                    provisioned,
                )
                if leak.named or leak.deployment.id in self.asking.decide(question).order:
                    return question
        return None

    def _instants(self, leak: _Leak) -> Iterator[datetime]:
        yield leak.window.period.at
        yield from (c for c in self.asking.cuts(leak.deployment.model) if c in leak.window)

    def _finding(self, capacity: Capacity, leak: _Leak, question: Question) -> CheckFinding:
        demand, zone = leak.demand, leak.deployment.processing_zone
        return CheckFinding(
            code="E11",
            message=(
                f"overflow of `{capacity.id}` {'is sent' if leak.named else 'may go'} to "
                f"`{leak.deployment.id}`, which processes in `{zone}`, outside {leak.why}; name "
                f"what may take it (`spill_to`) or where (`spill_zone`)"
            ),
            clauses=(capacity.id,) if demand is None else (capacity.id, demand.id),
            place=self.survey.agreements.places.get(capacity.id),
            model=leak.deployment.model,
            periods=(leak.window.period,),
            witness=question,
        )


def _left(
    capacity: Capacity, provisioned: list[Deployment], zone: str, *, named: bool
) -> str | None:
    """What overflow to `zone` would leave, None where nothing."""
    if capacity.spill_zone is not None:
        if within(zone, capacity.spill_zone) or not named:
            return None
        zones = ", ".join(f"`{wanted}`" for wanted in words(capacity.spill_zone))
        return f"its own `spill_zone` ({zones})"
    homes = [d.processing_zone for d in provisioned]
    if None in homes or any(home is not None and _holds(home, zone) for home in homes):
        return None
    return f"the zone of what is provisioned (`{homes[0]}`)"


def _holds(home: str, zone: str) -> bool:
    """Whether `zone` is `home` or lies in it: `eu-west` in `eu`, everything in `global`."""
    return home in (GLOBAL, zone) or zone.startswith(f"{home}-")


def _keeps(demand: Residency, d: Deployment) -> bool:
    """Whether what is known of `d` meets the demand; what is not known is not held against it."""
    processes = demand.process is None or d.processing_zone is None
    stores = demand.store is None or d.storage_zone is None
    return (processes or within(d.processing_zone, demand.process or ())) and (
        stores or within(d.storage_zone, demand.store or ())
    )
