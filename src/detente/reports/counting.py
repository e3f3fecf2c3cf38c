"""Adds up use: what of it a scope takes in, and what lies between two instants.

>>> counted(scoped(uses, clause.takes, world.deployments), start, at).cost_usd
Decimal('1250.00')
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from detente.agreements.reckoning import speaks_of_deployment, speaks_of_request
from detente.agreements.scope import Scope
from detente.canonical.model import Deployment
from detente.ledger.uses import Use, UseClass


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """A sum of use in `since ≤ t < until`, None where there is no bound.

    Money is what is known, and the requests whose price is not are counted.
    """

    since: datetime | None = None
    until: datetime | None = None
    requests: int = 0
    tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    cost_unknown: int = 0
    charge_usd: Decimal = Decimal(0)
    charge_unknown: int = 0


def scoped(
    uses: Iterable[Use], scope: Scope, deployments: Sequence[Deployment]
) -> tuple[Count, ...]:
    """The use that a scope takes in, a sum for each span in which there is any.

    Of a deployment that is no longer configured only its model and provider are known.
    """
    places = {(d.id, d.model): d for d in deployments}
    known: dict[UseClass, bool] = {}
    found: dict[tuple[datetime | None, datetime | None], list[Use]] = {}
    for use in uses:
        takes = known.get(use.of)
        if takes is None:
            takes = known[use.of] = takes_in(scope, use.of, places)
        if takes:
            found.setdefault((use.since, use.until), []).append(use)
    return tuple(_sum(mine, *span) for span, mine in found.items())


def counted(counts: Iterable[Count | Use], since: datetime | None, until: datetime | None) -> Count:
    """The sum of what lies in `since ≤ t < until`, where both were cuts of the use."""
    return _sum([count for count in counts if _lies_in(count, since, until)], since, until)


def takes_in(scope: Scope, of: UseClass, places: Mapping[tuple[str, str], Deployment]) -> bool:
    """Whether a scope takes in a class of use; `places` are the deployments by id and model."""
    deployment = places.get((of.deployment, of.model)) or _gone(of)
    return speaks_of_deployment(scope, deployment) and speaks_of_request(
        scope, of.interface, of.project, of.labels
    )


def _lies_in(count: Count | Use, since: datetime | None, until: datetime | None) -> bool:
    begins = since is None or (count.since is not None and count.since >= since)
    return begins and (until is None or (count.until is not None and count.until <= until))


def _sum(mine: Sequence[Count | Use], since: datetime | None, until: datetime | None) -> Count:
    return Count(
        since=since,
        until=until,
        requests=sum(count.requests for count in mine),
        tokens=sum(count.tokens for count in mine),
        cost_usd=sum((count.cost_usd for count in mine), Decimal(0)),
        cost_unknown=sum(count.cost_unknown for count in mine),
        charge_usd=sum((count.charge_usd for count in mine), Decimal(0)),
        charge_unknown=sum(count.charge_unknown for count in mine),
    )


def _gone(of: UseClass) -> Deployment:
    provider, _, upstream_id = of.deployment.partition("/")
    return Deployment(
        id=of.deployment,
        model=of.model,
        provider=provider,
        kind="",
        upstream_id=upstream_id,
        host="",
    )
