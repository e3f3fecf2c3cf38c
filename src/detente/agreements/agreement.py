"""Agreements as loaded: every clause resolved, every name known, every place remembered.

A value without behaviour but look-up; `parse` makes one from files.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar

import msgspec

from detente.agreements.clause import Clause
from detente.agreements.moment import At, Moment
from detente.agreements.scope import words
from detente.canonical.decision import ClauseId

T = TypeVar("T")


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement's own facts; its clauses stand in the set.

    `supersedes` names the agreements that it replaces from its start on, for good.
    """

    id: str
    recorded_at: At
    title: str | None = None
    parties: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    from_: Moment | None = None
    until: Moment | None = None
    source: str | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where something was written; lines count from 1."""

    file: str
    line: int


class AgreementSet(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All agreements of a configuration, sorted by id: the order of files does not exist.

    `fingerprints` pairs each agreement's id with the SHA-256 of its RFC 8785 canonical JSON.
    `places` tells where an agreement or a clause was written, by id.
    """

    agreements: tuple[Agreement, ...] = ()
    clauses: tuple[Clause, ...] = ()
    fingerprints: tuple[tuple[str, str], ...] = ()
    places: dict[str, Place] = {}

    def clause(self, id: ClauseId) -> Clause | None:
        """The clause of that id (`agreement/clause`)."""
        return self._clauses.get(id)

    def agreement(self, id: str) -> Agreement | None:
        """The agreement of that id."""
        return next((a for a in self.agreements if a.id == id), None)

    def successors_of(self, agreement: str) -> tuple[Agreement, ...]:
        """The agreements that supersede it; in a circle none does, so that nothing vanishes."""
        return self._successors.get(agreement, ())

    def amenders_of(self, clause: ClauseId) -> tuple[Clause, ...]:
        """The clauses that amend it; in a circle none does, so that nothing vanishes."""
        return self._amenders.get(clause, ())

    def exceptions_to(self, clause: ClauseId) -> tuple[Clause, ...]:
        """The clauses that are exceptions to it."""
        return self._exceptions.get(clause, ())

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all fingerprints: what decisions were made under, in one word."""
        return hashlib.sha256(msgspec.json.encode(self.fingerprints)).hexdigest()

    @cached_property
    def labels_that_count(self) -> frozenset[tuple[str, str]]:
        """The labels, by name and value, that the scope of any clause mentions."""
        return frozenset(
            (name, value)
            for clause in self.clauses
            for scope in clause.scopes
            for name, values in (scope.labels or {}).items()
            for value in words(values)
        )

    @cached_property
    def _clauses(self) -> dict[ClauseId, Clause]:
        return {clause.id: clause for clause in self.clauses}

    @cached_property
    def _successors(self) -> dict[str, tuple[Agreement, ...]]:
        edges = {a.id: a.supersedes for a in self.agreements if a.supersedes}
        return _grouped(
            (name, a)
            for a in self.agreements
            for name in dict.fromkeys(a.supersedes)
            if not _leads_to(edges, name, a.id)
        )

    @cached_property
    def _amenders(self) -> dict[ClauseId, tuple[Clause, ...]]:
        edges = {c.id: (c.amends,) for c in self.clauses if c.amends is not None}
        return _grouped(
            (c.amends, c)
            for c in self.clauses
            if c.amends is not None and not _leads_to(edges, c.amends, c.id)
        )

    @cached_property
    def _exceptions(self) -> dict[ClauseId, tuple[Clause, ...]]:
        return _grouped((c.except_of, c) for c in self.clauses if c.except_of is not None)

    def without(self, clause: ClauseId) -> "AgreementSet":
        """The set with that one clause left out, for questions of the kind "but for"."""
        return msgspec.structs.replace(
            self, clauses=tuple(c for c in self.clauses if c.id != clause)
        )


def _leads_to(edges: Mapping[str, tuple[str, ...]], start: str, goal: str) -> bool:
    """Whether `goal` is reached from `start`."""
    seen, ahead = set[str](), [start]
    while ahead:
        name = ahead.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            ahead += edges.get(name, ())
    return False


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}
