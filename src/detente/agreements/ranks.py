"""Rule 9: the order of what is allowed, read plainly.

Duties, prepaid capacity, commitments behind their pace, preferences, price, measured latency,
headroom, name. The compiled form of the same stands in `ordering`.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from detente.agreements.case import Case, is_in_force, is_live, prohibitions
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.prefer import Prefer
from detente.agreements.finding import Found
from detente.agreements.matching import fits, speaks_of_caller, speaks_of_place
from detente.agreements.moment import latest
from detente.agreements.truth import all_of
from detente.canonical.decision import Rank
from detente.canonical.model import Deployment
from detente.canonical.price import cost_usd
from detente.canonical.snapshot import Snapshot
from detente.canonical.usage import Usage

THOUSAND_EACH = Usage(uncached_input_tokens=1000, visible_output_tokens=1000)
"""What deployments are compared by: a thousand tokens in, a thousand out."""

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

Place = tuple[bool, bool, bool, datetime, int, bool, Decimal, bool, int, bool, str]
"""What is compared, the first difference deciding; the smallest comes first."""


def ranks(case: Case, found: tuple[Found, ...], snapshot: Snapshot) -> tuple[Rank, ...]:
    """What is allowed and has not refused this request, best first."""
    gone = {refusal.deployment for refusal in case.question.refusals}
    allowed = tuple(f for f in found if f.outcome == "allow")
    choices = [_rank(case, f, allowed, snapshot) for f in allowed if f.deployment.id not in gone]
    return tuple(sorted(choices, key=lambda rank: _place(case, rank)))


def _place(case: Case, rank: Rank) -> Place:
    return (
        not rank.duty,
        not rank.prepaid,
        rank.commitment is None,
        _end(case.agreements.clause(rank.commitment)) if rank.commitment else _NEVER,
        -rank.preference,
        rank.price_usd is None,
        rank.price_usd or Decimal(0),
        rank.latency_ms is None,
        rank.latency_ms or 0,
        rank.scarce,
        rank.deployment,
    )


def _rank(case: Case, found: Found, allowed: tuple[Found, ...], snapshot: Snapshot) -> Rank:
    d = found.deployment
    return Rank(
        deployment=d.id,
        duty=found.duty,
        prepaid=is_prepaid(case, d),
        commitment=_commitment(case, d, snapshot),
        preference=sum(_vote(case, d, other.deployment) for other in allowed),
        price_usd=price_usd(case, d, case.question.at),
        latency_ms=snapshot.latency_ms.get(d.id),
        scarce=d.id in snapshot.scarce,
    )


def is_prepaid(case: Case, d: Deployment) -> bool:
    """Whether a live capacity in scope has paid for it."""
    return any(p.prepays(case, d) and is_in_force(case, p, d) is True for p in prohibitions(case))


def commitments(case: Case, d: Deployment) -> tuple[Commit, ...]:
    """The live commitments that the use of `d` counts for; only the key's own labels count."""
    q = case.question
    return tuple(
        c
        for c in case.agreements.clauses
        if isinstance(c, Commit)
        and speaks_of_caller(c.takes, q, q.labels)
        and all_of(is_live(case, c), speaks_of_place(c.takes, case.model, q, d)) is True
    )


def _commitment(case: Case, d: Deployment, snapshot: Snapshot) -> str | None:
    """Of those that are behind their pace the one that ends first."""
    behind = [c for c in commitments(case, d) if c.id in snapshot.behind]
    return min(((_end(c), c.id) for c in behind), default=(_NEVER, None))[1]


def _end(clause: object) -> datetime:
    return latest(clause.until) if isinstance(clause, Commit) and clause.until else _NEVER


def preferences(case: Case, d: Deployment) -> tuple[Prefer, ...]:
    """The live preferences that speak of `d`; labels of the request count as well."""
    return tuple(
        c
        for c in case.agreements.clauses
        if isinstance(c, Prefer) and is_in_force(case, c, d) is True
    )


def _vote(case: Case, d: Deployment, other: Deployment) -> int:
    """1 where more preferences want `d` before `other` than the other way round, -1 where fewer."""
    both = [p for p in preferences(case, d) if p in preferences(case, other)]
    ahead = sum(p.place_of(d) < p.place_of(other) for p in both)
    behind = sum(p.place_of(d) > p.place_of(other) for p in both)
    return (ahead > behind) - (ahead < behind)


def price_usd(case: Case, d: Deployment, at: datetime) -> Decimal | None:
    """What a thousand tokens each way cost there; None where any part is unknown."""
    for price in case.world.cost_prices:
        names = fits(d.model, price.model) and fits(d.provider, price.provider)
        names = names and price.speaks_of(d.id)
        counts = price.holds_in(d.processing_zone) and price.counts_for(THOUSAND_EACH)
        if names and counts and price.holds_at(at):
            return cost_usd(price, THOUSAND_EACH)
    return None
