"""Between which instants an answer cannot change.

Every date that a clause which may speak of the model, an agreement, an event, an offer or a
price row of the set could turn at is a boundary; between two of them the same class of question
has the same answer.
"""

from bisect import bisect_right
from collections.abc import Set
from datetime import UTC, datetime, timedelta

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause, forbids
from detente.agreements.clauses.commit import Commit
from detente.agreements.matching import fits, speaks_of_model
from detente.agreements.moment import after_ms, earliest, latest
from detente.canonical.model import Model
from detente.canonical.question import Question
from detente.canonical.world import World


class Boundaries(msgspec.Struct, frozen=True, kw_only=True):
    """Sorted instants: of valid time (`at`), and of knowledge time (`known_at`).

    `waits_ms` are the times after which an unanswered offer may have lapsed.
    """

    valid: tuple[datetime, ...]
    known: tuple[datetime, ...]
    waits_ms: tuple[int, ...] = ()


def boundaries(world: World, agreements: AgreementSet, model: Model) -> Boundaries:
    """All instants at which an answer about `model` may change, events and offers apart."""
    clauses = [c for c in agreements.clauses if c.role != "term" and _speaks_of(c, model)]
    replacing = [c for c in agreements.clauses if c.amends is not None]
    succeeding = [a for a in agreements.agreements if a.supersedes]
    listings = tuple(c for c in clauses if c.role == "listing")
    valid = {i for clause in clauses for i in clause.instants(model, listings)}
    for start in (replaces.from_ for replaces in (*replacing, *succeeding)):
        valid |= set() if start is None else {earliest(start), latest(start)}
    for deployment in world.deployments_of(model.name):
        valid |= {a.expires for a in deployment.attestations if a.expires is not None}
    for price in world.cost_prices:
        if fits(model.name, price.model):
            valid |= {instant for instant in (price.from_, price.until) if instant is not None}
    recorded = (known.recorded_at for known in (*clauses, *replacing, *succeeding))
    waits_ms = {c.wait_ms for c in clauses if forbids(c) and c.wait_ms is not None}
    return bounded(valid, {at for at in recorded if at is not None}, waits_ms)


def bounded(valid: Set[datetime], known: Set[datetime], waits_ms: Set[int]) -> Boundaries:
    """The instants in their order."""
    return Boundaries(
        valid=tuple(sorted(valid)), known=tuple(sorted(known)), waits_ms=tuple(sorted(waits_ms))
    )


def _speaks_of(clause: Clause, model: Model) -> bool:
    return speaks_of_model(clause.takes if isinstance(clause, Commit) else clause.scope, model)


def epoch(bounds: Boundaries, question: Question) -> tuple[datetime | None, datetime | None]:
    """The epoch around `question.at`, where `known_at` moves along with it."""
    at, known_at = question.at, question.known_at
    lead = known_at - at
    before: list[datetime] = []
    after: list[datetime] = []
    for instants, now in ((bounds.valid, at), (bounds.known, known_at)):
        turn = bisect_right(instants, now)
        moves = lead if instants is bounds.known else timedelta(0)
        before += (_earlier(instant, moves) for instant in instants[max(0, turn - 1) : turn])
        after += (_earlier(instant, moves) for instant in instants[turn : turn + 1])
    for instant in _acts(bounds, question, lead):
        (before if instant <= at else after).append(instant)
    return max(before, default=None), min(after, default=None)


def _acts(bounds: Boundaries, question: Question, lead: timedelta) -> list[datetime]:
    """When what people declared, verified, offered and answered happens, and is known."""
    found: list[datetime] = []
    for event in question.events:
        found += (event.occurred_at, _earlier(event.recorded_at, lead))
    for offer in question.offers:
        found += (offer.opened_at, _earlier(offer.recorded_at, lead))
        found += (after_ms(offer.opened_at, wait_ms) for wait_ms in bounds.waits_ms)
        if offer.answered_at is not None:
            found.append(offer.answered_at)
        if offer.answer_recorded_at is not None:
            found.append(_earlier(offer.answer_recorded_at, lead))
    return found


def _earlier(instant: datetime, lead: timedelta) -> datetime:
    """`instant - lead`, or the end of time that lies in that direction."""
    try:
        return instant - lead
    except OverflowError:
        end = datetime.max if lead < timedelta(0) else datetime.min
        return end.replace(tzinfo=UTC)
