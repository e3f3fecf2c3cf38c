"""Rules 1 and 3 for one clause: whether it is live, speaks of a deployment, and rejects it.

The lower half of the plain evaluator; `reference` puts it together.
"""

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause, Prohibition, forbids
from detente.agreements.matching import (
    belongs,
    speaks_of_caller,
    speaks_of_place,
    speaks_of_use,
)
from detente.agreements.moment import reached
from detente.agreements.scope import Holders, Words, words
from detente.agreements.truth import Truth, all_of, any_of, not_
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question
from detente.canonical.world import World


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One question with all that answers it."""

    world: World
    agreements: AgreementSet
    question: Question
    model: Model
    candidates: tuple[Deployment, ...]

    def held_by(self, holders: Holders) -> tuple[Deployment, ...]:
        """The candidates that belong to any of `holders`."""
        return tuple(d for d in self.candidates if any(belongs(d, h) for h in words(holders)))

    def barred(self, deployment: Deployment) -> Truth:
        """Rule 7: whether a clause other than a first refusal rejects `deployment`.

        By the key's own labels: a label of the request would else discharge a first refusal.
        """
        asked = msgspec.structs.replace(self.question, header_labels=())
        own = msgspec.structs.replace(self, question=asked)
        return any_of(*(rejects(own, p, deployment) for p in prohibitions(own) if p.bars_holder))

    def happened(self, events: Words | None) -> bool:
        """Rule 5: an event that is not recorded has not happened."""
        q = self.question
        return any(
            e.name in words(events) and e.occurred_at <= q.at and e.recorded_at <= q.known_at
            for e in q.events
        )

    def listings_of(self, holders: Holders) -> tuple[tuple[Clause, Truth], ...]:
        """Rule 8: the listings known by now, and whether each speaks of what `holders` have."""
        theirs = self.held_by(holders)
        return tuple(
            (clause, any_of(*(all_of(in_place(self, clause, d)) for d in theirs)))
            for clause in self.agreements.clauses
            if clause.role == "listing" and clause.known_by(self.question.known_at)
        )

    def refused(self) -> tuple[Deployment, ...]:
        """The candidates that have refused this very request."""
        named = {refusal.deployment for refusal in self.question.refusals}
        return tuple(d for d in self.candidates if d.id in named)

    def offers_of(self, type_: str, deployment: Deployment) -> tuple[tuple[Clause, Truth], ...]:
        """Rule 3: the offering clauses of a type, and whether each is in force there."""
        return tuple((c, helps(self, c, deployment)) for c in self._offering(type_))

    def offers_known(self, type_: str, deployment: Deployment) -> tuple[Clause, ...]:
        """Rule 10: those that are known and speak of `deployment`, in force yet or not."""
        q = self.question
        return tuple(
            c
            for c in self._offering(type_)
            if c.known_by(q.known_at)
            and in_place(self, c, deployment) is True
            and speaks_of_caller(c.scope, q, q.labels)
        )

    def _offering(self, type_: str) -> tuple[Clause, ...]:
        return tuple(c for c in self.agreements.clauses if c.role == "offering" and c.type == type_)


def is_live(case: Case, clause: Clause) -> Truth:
    """Rule 1: `from ≤ t < until`, `recorded_at ≤ k`, not superseded, not ended by an event."""
    t, k = case.question.at, case.question.known_at
    return all_of(
        clause.known_by(k),
        not_(case.happened(clause.ends_on)),
        clause.from_ is None or reached(clause.from_, t, f"start of {clause.id}"),
        clause.until is None or not_(reached(clause.until, t, f"end of {clause.id}")),
        not_(is_superseded(case, clause)),
        not_(is_amended(case, clause)),
    )


def is_superseded(case: Case, clause: Clause) -> Truth:
    """Rule 1: supersession holds from the successor's `from` on, for good."""
    t, k = case.question.at, case.question.known_at
    return any_of(
        *(
            reached(successor.from_, t, f"start of {successor.id}")
            for successor in case.agreements.successors_of(clause.agreement)
            if successor.recorded_at <= k and successor.from_ is not None
        )
    )


def is_amended(case: Case, clause: Clause) -> Truth:
    """Rule 3: an amendment replaces the clause that it names, from its own `from` on, for good."""
    t, k = case.question.at, case.question.known_at
    return any_of(
        *(
            amender.from_ is None or reached(amender.from_, t, f"start of {amender.id}")
            for amender in case.agreements.amenders_of(clause.id)
            if amender.known_by(k)
        )
    )


def in_place(case: Case, clause: Clause, d: Deployment) -> Truth:
    """Whether the clause speaks of the model and the deployment, whoever calls and whenever."""
    place = speaks_of_place(clause.scope, case.model, case.question, d)
    return all_of(place, clause.covers(case, d))


def helps(case: Case, clause: Clause, d: Deployment) -> Truth:
    """A live grant, listing or exception in scope: only the key's own labels count."""
    caller = speaks_of_caller(clause.scope, case.question, case.question.labels)
    return all_of(is_live(case, clause), in_place(case, clause, d), caller)


def stands(case: Case, clause: Prohibition, d: Deployment) -> Truth:
    """Rule 3: a live prohibition in scope that no exception suspends; all labels count."""
    in_force = is_in_force(case, clause, d)
    return all_of(in_force, not_(is_excepted(case, clause, d)))


def is_in_force(case: Case, clause: Clause, d: Deployment) -> Truth:
    """A live prohibition or preference in scope: labels of the request count as well."""
    labels = (*case.question.labels, *case.question.header_labels)
    caller = speaks_of_caller(clause.scope, case.question, labels)
    if clause.beyond:
        place: Truth = speaks_of_use(clause.scope, case.model, case.question)
    else:
        place = in_place(case, clause, d)
    return all_of(is_live(case, clause), place, caller)


def is_excepted(case: Case, clause: Clause, d: Deployment) -> Truth:
    """Rule 3: an exception suspends the clause that it names, within its own scope."""
    naming = (e for e in case.agreements.exceptions_to(clause.id) if e.excepts)
    return any_of(*(helps(case, e, d) for e in naming))


def rejects(case: Case, clause: Prohibition, d: Deployment) -> Truth:
    """Rule 3: whether the prohibition stands and rejects this deployment."""
    stand = stands(case, clause, d)
    return all_of(stand, clause.rejects(case, d)) if stand is not False else False


def prohibitions(case: Case) -> tuple[Prohibition, ...]:
    """The clauses that can reject."""
    return tuple(c for c in case.agreements.clauses if forbids(c))
