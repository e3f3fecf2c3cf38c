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
from collections.abc import Collection, Iterable, Iterator, Mapping
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
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.hold import Hold
from detente.agreements.index import Index
from detente.agreements.model_plan import Entry, ModelPlan, compile_model
from detente.agreements.scope import words
from detente.agreements.sweep import Swept, sweep
from detente.canonical.decision import ClauseId
from detente.canonical.drill import DrillReport
from detente.canonical.model import Deployment, Interface, Model
from detente.canonical.question import Question
from detente.canonical.world import World

DECIDING: Final = frozenset(("grant", "listing", "prohibition", "offering"))
"""The roles of clauses that can turn an outcome; the others order, or say nothing of a request."""

NO_MODEL: Final = Model(name="", publisher="")
"""For clauses whose dates are the same whatever the model."""

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


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """When a clause may be live, whatever the model: `first ≤ t < until`.

    `sure` where all its dates are known to the instant; `turns` are all dates at which it may
    begin or end, or what it says may change, but for those that depend on the model. `asks` is
    what it asks of its callers, alike for clauses that ask the same.
    """

    first: datetime
    until: datetime
    sure: bool
    turns: frozenset[datetime]
    asks: object


class Spans:
    """The span of every clause that was asked for; most clauses reach many models."""

    def __init__(self) -> None:
        self._known: dict[ClauseId, Span] = {}

    def of(self, entry: Entry) -> Span:
        """The span of the entry's clause."""
        found = self._known.get(entry.clause.id)
        if found is None:
            found = self._known[entry.clause.id] = _span(entry)
        return found


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
        self.spans = Spans()
        self.subsets = Subsets(agreements)

    @cached_property
    def grounds(self) -> tuple["Ground", ...]:
        """One for each configured model."""
        deployments = {model.name: list[Deployment]() for model in self.world.models}
        for deployment in self.world.deployments:
            deployments.setdefault(deployment.model, []).append(deployment)
        return tuple(
            Ground(
                self,
                msgspec.structs.replace(
                    self.world,
                    models=(model,),
                    deployments=tuple(deployments[model.name]),
                    cost_prices=(),
                    charge_prices=(),
                ),
            )
            for model in self.world.models
        )

    @cached_property
    def index(self) -> Index:
        """The clauses as all models' plans share them; without prices, which no outcome reads."""
        return Index(msgspec.structs.replace(self.world, cost_prices=()), self.agreements)

    @cached_property
    def by_id(self) -> Mapping[ClauseId, Clause]:
        """Every clause by its id."""
        return {clause.id: clause for clause in self.agreements.clauses}


class Ground:
    """One model: the clauses that can reach it, and every spot at which it can be asked about.

    `world` holds this model alone, without prices. `plan` has an entry for every clause that can
    reach any of its deployments; `deciding` are those of them that can turn an outcome, and count
    here.
    """

    def __init__(self, survey: Survey, world: World) -> None:
        self.survey = survey
        self.world = world
        self.known_at = survey.known_at
        self.spans = survey.spans
        self.model: Model = world.models[0]
        self.interfaces = interfaces_of(world, self.model)

    @cached_property
    def agreements(self) -> AgreementSet:
        """The part of the set that can change an answer about the model."""
        return self.survey.subsets.about(self.model)

    @cached_property
    def plan(self) -> ModelPlan:
        """The clauses as sets of the model's deployments."""
        return compile_model(self.world, self.survey.agreements, self.model, self.survey.index)

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
        narrowed = Ground(self.survey, self.world)
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
        cuts = {turn for entry in self.deciding for turn in self.spans.of(entry).turns}
        cuts.update(self._waits())
        for deployment in self.world.deployments:
            cuts |= {a.expires for a in deployment.attestations if a.expires is not None}
        if self.model.released is not None:
            cuts.add(self.model.released)
        return tuple(sorted(cut for cut in cuts if _BEGINNING < cut < _END))

    def _waits(self) -> Iterator[datetime]:
        """The dates at which a hold may end, which depend on the model's release and listings."""
        holds = [e.clause for e in self.deciding if isinstance(e.clause, Hold)]
        if holds:
            # Listings that begin on one day end a wait on one day.
            listings = {c.from_: c for e in self.deciding if (c := e.clause).role == "listing"}
            for hold in holds:
                yield from hold.instants(self.model, tuple(listings.values()))

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """All of time, cut at every date at which an answer may turn."""
        return tuple(Period(from_=a, until=b) for a, b in pairwise((None, *self.cuts, None)))

    def shared(self, *entries: Entry) -> Period | None:
        """The time at which all may be live, by their dates; None where there is none."""
        return shared([self.spans.of(entry) for entry in entries])

    def periods_of(self, *entries: Entry) -> tuple[Period, ...]:
        """The periods in which all `entries` may be live, by their dates."""
        within = self._within(*entries)
        return self.periods[within.start : within.stop]

    def _within(self, *entries: Entry) -> range:
        spans = [self.spans.of(entry) for entry in entries]
        first, until = max(s.first for s in spans), min(s.until for s in spans)
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
            sure = self.spans.of(entry).sure
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

    def swept(self, spot: Spot, *sure: Entry) -> Swept:
        """What each clause says at the spot, as sets of deployments.

        Where `sure` are given, only they, as if live for certain.
        """
        live = tuple((entry, _SURE) for entry in sure) or self.live(spot.period)
        return sweep(self.plan, live, self.question(spot))


def shared(spans: Iterable[Span]) -> Period | None:
    """The time that `spans` have in common; None where there is none."""
    known = tuple(spans)
    first, until = max(span.first for span in known), min(span.until for span in known)
    if first >= until:
        return None
    return Period(
        from_=None if first == _BEGINNING else first, until=None if until == _END else until
    )


def _span(entry: Entry) -> Span:
    life, clause = entry.life, entry.clause
    ends = [ending.turn for ending in life.endings]
    own = () if isinstance(clause, Hold) else clause.instants(NO_MODEL, ())
    turns = {instant for turn in (life.start, *ends) for instant in (turn.first, turn.last)}
    return Span(
        first=life.start.first,
        until=min(turn.last for turn in ends),
        sure=all(turn.first == turn.last for turn in (life.start, *ends)),
        turns=frozenset(turns | set(own)),
        asks=_asks(clause),
    )


def _asks(clause: Clause) -> object:
    enrolment = clause.enrolment if isinstance(clause, Grant) else None
    labels = sorted((name, words(wanted)) for name, wanted in (clause.scope.labels or {}).items())
    return (clause.scope.project, tuple(labels), enrolment)
