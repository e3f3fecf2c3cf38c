"""A set of agreements laid out for compiling: what of each clause depends on no model.

Built once for a set; `model_plan` asks it for each model. Clauses that name their models or
publishers are found by those names, so that a model meets only what may speak of it.

>>> [core.clause.id for core in Index(world, agreements).cores_of(model)]
['azure-2026/first', 'house/eu']
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import product
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause, forbids
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.hold import Hold
from detente.agreements.epochs import Boundaries, bounded
from detente.agreements.life import Life, lives
from detente.agreements.moment import earliest, latest
from detente.agreements.reach import pattern
from detente.agreements.scope import Scope, Words, words
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment, Model
from detente.canonical.price import Price
from detente.canonical.world import World

_OPPOSING: Final = ("prohibition", "preference")
NO_MODEL: Final = Model(name="", publisher="")
"""For the dates of clauses that are the same whatever the model."""


class Core(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A clause with what of it depends on no model.

    `scope` is what it reaches. `helps` where it can speak for a deployment, `opposes` where it
    can speak against one. `position` is its place among all clauses.
    """

    position: int
    clause: Clause
    scope: Scope
    life: Life
    ends_on: frozenset[str]
    helps: bool
    opposes: bool
    interfaces: frozenset[str] | None
    projects: re.Pattern[str] | None
    labels: tuple[tuple[str, frozenset[str]], ...]
    instants: frozenset[datetime]
    wait_ms: int | None


class Index:
    """The clauses of a set by what they speak of, and the prices of a world by model."""

    def __init__(self, world: World, agreements: AgreementSet) -> None:
        self.agreements = agreements
        self._patterns: dict[Words, re.Pattern[str]] = {}
        self._life = lives(agreements)
        self._by_model: dict[str, list[Core]] = {}
        self._by_publisher: dict[str, list[Core]] = {}
        self._by_pattern: dict[Words, list[Core]] = {}
        self._everywhere: list[Core] = []
        self._place_all()
        self._prices = _by_model(world)
        self._deployments: dict[str, list[Deployment]] = {}
        for deployment in world.deployments:
            self._deployments.setdefault(deployment.model, []).append(deployment)

    def pattern(self, wanted: Words) -> re.Pattern[str]:
        """The expression for some patterns, made once."""
        found = self._patterns.get(wanted)
        if found is None:
            found = self._patterns[wanted] = pattern(wanted)
        return found

    def cores_of(self, model: Model) -> list[Core]:
        """The clauses that may speak of `model`, in the order of their ids."""
        found = [
            *self._everywhere,
            *self._by_model.get(model.name, ()),
            *self._by_publisher.get(model.publisher, ()),
        ]
        for wanted, cores in self._by_pattern.items():
            if self.pattern(wanted).fullmatch(model.name) is not None:
                found += cores
        fitting = [core for core in found if self._speaks_of(core.scope, model)]
        return sorted(fitting, key=lambda core: core.position)

    def deployments_of(self, model: Model) -> tuple[Deployment, ...]:
        """The deployments of `model`, in the order of the configuration."""
        return tuple(self._deployments.get(model.name, ()))

    def rows_of(self, model: Model) -> list[Price]:
        """The price rows that may speak of `model`, in their order."""
        exact, patterns = self._prices
        found = list(exact.get(model.name, ()))
        for wanted, rows in patterns.items():
            if self.pattern(wanted).fullmatch(model.name) is not None:
                found += rows
        return [row for _, row in sorted(found, key=lambda placed: placed[0])]

    def bounds_of(
        self, model: Model, cores: Sequence[Core], deployments: tuple[Deployment, ...]
    ) -> Boundaries:
        """As `epochs.boundaries`: all instants at which an answer about `model` may change."""
        listings = tuple(core.clause for core in cores if core.clause.role == "listing")
        valid = set(self._always[0]).union(*(core.instants for core in cores))
        known = self._always[1] | {core.life.recorded_at for core in cores}
        waits_ms = {core.wait_ms for core in cores if core.wait_ms is not None}
        # Only waits turn with the model and its listings; those of one length turn alike.
        holds = (core.clause for core in cores if isinstance(core.clause, Hold))
        for hold in {(hold.lag_days, hold.anchor_date): hold for hold in holds}.values():
            valid.update(hold.instants(model, listings))
        valid.update(a.expires for d in deployments for a in d.attestations if a.expires)
        for row in self.rows_of(model):
            valid.update(instant for instant in (row.from_, row.until) if instant is not None)
        return bounded(valid, known, waits_ms)

    @cached_property
    def amending(self) -> frozenset[ClauseId]:
        """The clauses that replace others."""
        return frozenset(c.id for c in self.agreements.clauses if c.amends is not None)

    @cached_property
    def excepted_by(self) -> Mapping[ClauseId, tuple[ClauseId, ...]]:
        """By clause, the exceptions that name it."""
        found: dict[ClauseId, tuple[ClauseId, ...]] = {}
        for clause in self.agreements.clauses:
            if clause.excepts and clause.except_of is not None:
                found[clause.except_of] = (*found.get(clause.except_of, ()), clause.id)
        return found

    def ranked(self, rivals: Sequence[Clause]) -> frozenset[frozenset[ClauseId]]:
        """The pairs of `rivals` of which one is written over the other."""
        ids = {clause.id for clause in rivals}
        agreed: dict[str, list[ClauseId]] = {}
        for clause in rivals:
            agreed.setdefault(clause.agreement, []).append(clause.id)
        found = {pair for pair in self._written_over if pair <= ids}
        for later, earlier in self._replaced:
            pairs = product(agreed.get(later, ()), agreed.get(earlier, ()))
            found.update(frozenset(pair) for pair in pairs)
        return frozenset(found)

    @cached_property
    def _written_over(self) -> frozenset[frozenset[ClauseId]]:
        return frozenset(
            frozenset((clause.id, other))
            for clause in self.agreements.clauses
            for other in (clause.amends, clause.except_of)
            if other is not None and other != clause.id
        )

    @cached_property
    def _replaced(self) -> tuple[tuple[str, str], ...]:
        successors = self.agreements.agreements
        return tuple((later.id, name) for later in successors for name in later.supersedes)

    @cached_property
    def _always(self) -> tuple[frozenset[datetime], frozenset[datetime]]:
        """What may turn any answer: the clauses and agreements that replace others."""
        valid, known = set[datetime](), set[datetime]()
        amending = (c for c in self.agreements.clauses if c.amends is not None)
        succeeding = (a for a in self.agreements.agreements if a.supersedes)
        for replacing in (*amending, *succeeding):
            if replacing.from_ is not None:
                valid |= {earliest(replacing.from_), latest(replacing.from_)}
            if replacing.recorded_at is not None:
                known.add(replacing.recorded_at)
        return frozenset(valid), frozenset(known)

    def _place_all(self) -> None:
        for position, clause in enumerate(self.agreements.clauses):
            if clause.role == "term":
                continue
            core = self._core(position, clause)
            exact = words(core.scope.model)
            if exact and not any(_is_pattern(word) for word in exact):
                for word in dict.fromkeys(exact):
                    self._by_model.setdefault(word, []).append(core)
            elif core.scope.publisher is not None:
                for word in dict.fromkeys(words(core.scope.publisher)):
                    self._by_publisher.setdefault(word, []).append(core)
            elif core.scope.model is not None:
                self._by_pattern.setdefault(core.scope.model, []).append(core)
            else:
                self._everywhere.append(core)

    def _core(self, position: int, clause: Clause) -> Core:
        role, scope = clause.role, clause.takes if isinstance(clause, Commit) else clause.scope
        return Core(
            position=position,
            clause=clause,
            scope=scope,
            life=self._life[clause.id],
            ends_on=frozenset(words(clause.ends_on)),
            helps=role not in _OPPOSING or clause.excepts,
            opposes=role in _OPPOSING,
            interfaces=None if scope.interface is None else frozenset(words(scope.interface)),
            projects=None if scope.project is None else self.pattern(scope.project),
            labels=tuple((n, frozenset(words(v))) for n, v in sorted((scope.labels or {}).items())),
            instants=frozenset(clause.instants(NO_MODEL, ())),
            wait_ms=clause.wait_ms if forbids(clause) else None,
        )

    def _speaks_of(self, scope: Scope, model: Model) -> bool:
        if scope.publisher is not None and model.publisher not in words(scope.publisher):
            return False
        return scope.model is None or self.pattern(scope.model).fullmatch(model.name) is not None


def _is_pattern(word: str) -> bool:
    return "*" in word or "?" in word


def _by_model(
    world: World,
) -> tuple[dict[str, list[tuple[int, Price]]], dict[str, list[tuple[int, Price]]]]:
    """The price rows with their places, by the models or patterns that they name."""
    exact: dict[str, list[tuple[int, Price]]] = {}
    patterns: dict[str, list[tuple[int, Price]]] = {}
    for place, price in enumerate(world.cost_prices):
        named = patterns if _is_pattern(price.model) else exact
        named.setdefault(price.model, []).append((place, price))
    return exact, patterns
