"""Agreements as loaded: every clause resolved, every name known, every place remembered.

A value without behaviour but look-up; `parse` makes one from files.
"""

import msgspec

from detente.agreements.clause import Clause
from detente.agreements.moment import At, Moment
from detente.canonical.decision import ClauseId


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


class AgreementSet(msgspec.Struct, frozen=True, kw_only=True):
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
        return next((c for c in self.clauses if c.id == id), None)

    def agreement(self, id: str) -> Agreement | None:
        """The agreement of that id."""
        return next((a for a in self.agreements if a.id == id), None)

    def successors_of(self, agreement: str) -> tuple[Agreement, ...]:
        """The agreements that supersede it."""
        return tuple(a for a in self.agreements if agreement in a.supersedes)

    def amenders_of(self, clause: ClauseId) -> tuple[Clause, ...]:
        """The clauses that amend it."""
        return tuple(c for c in self.clauses if c.amends == clause)

    def exceptions_to(self, clause: ClauseId) -> tuple[Clause, ...]:
        """The clauses that are exceptions to it."""
        return tuple(c for c in self.clauses if c.except_of == clause)

    def without(self, clause: ClauseId) -> "AgreementSet":
        """The set with that one clause left out, for questions of the kind "but for"."""
        return msgspec.structs.replace(
            self, clauses=tuple(c for c in self.clauses if c.id != clause)
        )
