"""A configuration and its agreements, laid out so that checks can ask fast and leave nothing out.

Per model a `Ground`: only the clauses that can reach it, compiled, and the periods between the
dates at which one of them turns. In one period, for one class of callers, after one course of
events, all questions have the same answer; so who asks each `Spot` once has asked all. Finds
nothing wrong itself.

>>> survey = Survey(world, agreements)
>>> [ground.model.name for ground in survey.grounds]
['openai/gpt-5.5']
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.checking.domain import (
    Caller,
    Course,
    Period,
    all_recorded_at,
    ask,
    interfaces_of,
)
from detente.agreements.checking.subsets import Subsets
from detente.agreements.clause import Clause
from detente.agreements.life import Life
from detente.agreements.model_plan import Entry, ModelPlan, compile_model
from detente.agreements.sweep import Swept, sweep
from detente.canonical.decision import ClauseId
from detente.canonical.drill import DrillReport
from detente.canonical.model import Deployment, Interface, Model
from detente.canonical.question import Question
from detente.canonical.world import World

DECIDING: Final = frozenset(("grant", "listing", "prohibition", "offering"))
"""The roles of clauses that can turn an outcome; the others order, or say nothing of a request."""

_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_END: Final = datetime.max.replace(tzinfo=UTC)
_SURE: Final[frozenset[str]] = frozenset()


Live = tuple[tuple[Entry, frozenset[str]], ...]


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """All questions about one model that no clause can tell apart."""

    interface: Interface
    period: Period
    caller: Caller = Caller()
    course: Course = ()


class Survey:
    """Everything that checks look at; each part is worked out once, when it is first wanted.

    `drills` are reports of drills, where there are any.
    """

    def __init__(
        self, world: World, agreements: AgreementSet, drills: tuple[DrillReport, ...] = ()
    ) -> None:
        self.world = world
        self.agreements = agreements
        self.drills = drills
        self.known_at = all_recorded_at(agreements)
        self._subsets = Subsets(agreements)

    @cached_property
    def grounds(self) -> tuple["Ground", ...]:
        """One for each configured model."""
        deployments = {model.name: list[Deployment]() for model in self.world.models}
        for deployment in self.world.deployments:
            deployments.setdefault(deployment.model, []).append(deployment)
        return tuple(
            Ground(
                msgspec.structs.replace(
                    self.world,
                    models=(model,),
                    deployments=tuple(deployments[model.name]),
                    cost_prices=(),
                    charge_prices=(),
                ),
                self._subsets.about(model),
                self.known_at,
            )
            for model in self.world.models
        )

    @cached_property
    def by_id(self) -> Mapping[ClauseId, Clause]:
        """Every clause by its id."""
        return {clause.id: clause for clause in self.agreements.clauses}


class Ground:
    """One model: the clauses that can reach it, and every spot at which it can be asked about.

    `world` holds this model alone, without prices; `agreements` holds what can change an answer
    about it. `plan` has an entry for every clause that can reach any of its deployments,
    `deciding` are those of them that can turn an outcome, and count here.
    """

    def __init__(self, world: World, agreements: AgreementSet, known_at: datetime) -> None:
        self.world = world
        self.agreements = agreements
        self.known_at = known_at
        self.model: Model = world.models[0]
        self.interfaces = interfaces_of(world, self.model)

    @cached_property
    def plan(self) -> ModelPlan:
        """The clauses as sets of the model's deployments."""
        return compile_model(self.world, self.agreements, self.model)

    @cached_property
    def deciding(self) -> tuple[Entry, ...]:
        """The entries of clauses that can turn an outcome."""
        return tuple(e for e in self.plan.entries if e.clause.role in DECIDING)

    @cached_property
    def entries(self) -> Mapping[ClauseId, Entry]:
        """All entries of the plan, those that only order included, by their clauses' ids."""
        return {entry.clause.id: entry for entry in self.plan.entries}

    def only(self, clauses: Collection[ClauseId]) -> "Ground":
        """The same as if no more than `clauses` decided: fewer dates, and a fraction of the work.

        For what other clauses cannot change, such as whether a clause is in force.
        """
        narrowed = Ground(self.world, self.agreements, self.known_at)
        narrowed.plan = self.plan
        narrowed.deciding = tuple(e for e in self.deciding if e.clause.id in clauses)
        return narrowed

    def with_exceptions(self, *clauses: ClauseId) -> frozenset[ClauseId]:
        """The clauses with those that are exceptions to one of them: what tells if they stand."""
        excepted = (name for id in clauses for name in self.plan.excepted_by.get(id, ()))
        return frozenset((*clauses, *excepted))

    @cached_property
    def cuts(self) -> tuple[datetime, ...]:
        """Every date at which an answer may turn, in order."""
        listings = tuple(e.clause for e in self.deciding if e.clause.role == "listing")
        cuts = {i for e in self.deciding for i in e.clause.instants(self.model, listings)}
        for entry in self.deciding:
            for turn in (entry.life.start, *(ending.turn for ending in entry.life.endings)):
                cuts |= {turn.first, turn.last}
        for deployment in self.world.deployments:
            cuts |= {a.expires for a in deployment.attestations if a.expires is not None}
        if self.model.released is not None:
            cuts.add(self.model.released)
        return tuple(sorted(cut for cut in cuts if _BEGINNING < cut < _END))

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """All of time, cut at every date at which an answer may turn."""
        return tuple(Period(from_=a, until=b) for a, b in pairwise((None, *self.cuts, None)))

    def overlap(self, first: Entry, second: Entry) -> bool:
        """Whether both can be live at the same time, by their dates; quick."""
        begins = max(first.life.start.first, second.life.start.first)
        return begins < min(_last(first.life), _last(second.life))

    def periods_of(self, *entries: Entry) -> tuple[Period, ...]:
        """The periods in which all `entries` may be live, by their dates."""
        within = self._within(*entries)
        return self.periods[within.start : within.stop]

    def _within(self, *entries: Entry) -> range:
        first = max(entry.life.start.first for entry in entries)
        until = min(_last(entry.life) for entry in entries)
        if first >= until:
            return range(0)
        return range(bisect_right(self.cuts, first), bisect_left(self.cuts, until) + 1)

    def live(self, period: Period) -> Live:
        """The deciding clauses that are live in `period` or may be, with what would tell."""
        return self._live[0 if period.from_ is None else bisect_right(self.cuts, period.from_)]

    @cached_property
    def _live(self) -> tuple[Live, ...]:
        found: list[list[tuple[Entry, frozenset[str]]]] = [[] for _ in self.periods]
        for entry in self.deciding:
            sure = _is_sure(entry.life)
            for index in self._within(entry):
                at = self.periods[index].at
                facts = _SURE if sure else entry.life.at(at, max(at, self.known_at), None)
                if facts is not None:
                    found[index].append((entry, facts))
        return tuple(map(tuple, found))

    def question(self, spot: Spot) -> Question:
        """The question that stands for all of the spot."""
        return ask(
            self.model,
            spot.interface,
            spot.period,
            caller=spot.caller,
            course=spot.course,
            known_at=self.known_at,
        )

    def swept(self, spot: Spot) -> Swept:
        """What each clause says at the spot, as sets of deployments."""
        return sweep(self.plan, self.live(spot.period), self.question(spot))


def _last(life: Life) -> datetime:
    """From when on the clause is over for certain, whatever is still unknown."""
    return min(ending.turn.last for ending in life.endings)


def _is_sure(life: Life) -> bool:
    """Whether all its dates are known to the instant."""
    return all(turn.first == turn.last for turn in (life.start, *(e.turn for e in life.endings)))
