"""E11: overflow of provisioned capacity may go, or is sent, where it must not.

Once what is provisioned has refused, its overflow may leave: the `spill_zone` of the clause
(whose `spill_to`, or the platform's own `spillover`, names somebody outside it); the zones of a
`residency` demand that holds for the same callers where the capacity stands; or, where the
clause names no zone, the zone of what is provisioned. What `spillover` names counts as it is
named, and so does a holder in `spill_to` who has nothing within; everything else counts where the
agreements allow it after the refusal. A zone that nobody supplied leaves nothing.

>>> [finding.code for finding in spill_leaves_zone(survey)]
['E11']
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
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
from detente.agreements.scope import Words, words
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
        takers = self._takers(capacity, provisioned)
        spills = {d.spillover for d in provisioned}
        stays, why = _home(capacity, provisioned)
        sent = _sent(capacity, takers, stays) | spills
        for d in takers:
            kept = stays(d) or (capacity.spill_zone is not None and d.id not in sent)
            caller = caller_in(capacity.scope)
            if not kept and caller is not None:
                named = d.id in sent
                yield _Leak(deployment=d, window=term, caller=caller, why=why, named=named)
        for demand, where in self.demands:
            caller = caller_in(capacity.scope, demand.scope)
            both = term.meet(self.live[demand.id])
            if not both or caller is None or not any(p.id in where for p in provisioned):
                continue
            meets = partial(_keeps, demand)
            sent = _sent(capacity, takers, meets) | spills
            why = f"the zones that `{demand.id}` demands"
            for d in takers:
                if not meets(d):
                    yield _Leak(
                        deployment=d,
                        window=both,
                        caller=caller,
                        why=why,
                        demand=demand,
                        named=d.id in sent,
                    )

    def _takers(self, capacity: Capacity, provisioned: list[Deployment]) -> list[Deployment]:
        """What may take overflow of one model, as far as holders go."""
        own = {d.id for d in provisioned}
        spills, to = {d.spillover for d in provisioned}, capacity.spill_to
        return [
            d
            for d in self.places.by_model[provisioned[0].model]
            if d.id not in own and (to is None or belongs(d, to) or d.id in spills)
        ]

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


def _home(
    capacity: Capacity, provisioned: list[Deployment]
) -> tuple[Callable[[Deployment], bool], str]:
    """Whether overflow to a deployment stays where the clause wants it, and where that is."""
    zones, homes = capacity.spill_zone, [d.processing_zone for d in provisioned]
    if zones is not None:
        named = ", ".join(f"`{wanted}`" for wanted in words(zones))
        return partial(_lies_in, zones), f"its own `spill_zone` ({named})"
    return partial(_lies_near, homes), f"the zone of what is provisioned (`{homes[0]}`)"


def _sent(
    capacity: Capacity, takers: list[Deployment], stays: Callable[[Deployment], bool]
) -> set[str | None]:
    """What is named in `spill_to` by a holder who has nothing that stays."""
    sent = set[str | None]()
    for holder in capacity.spill_to or ():
        theirs = [d for d in takers if belongs(d, holder)]
        if not any(stays(d) for d in theirs):
            sent |= {d.id for d in theirs}
    return sent


def _lies_in(zones: Words, d: Deployment) -> bool:
    return d.processing_zone is None or within(d.processing_zone, zones)


def _lies_near(homes: list[str | None], d: Deployment) -> bool:
    zone = d.processing_zone
    if zone is None or None in homes:
        return True
    return any(home is not None and _holds(home, zone) for home in homes)


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
