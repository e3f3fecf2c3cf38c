"""E16: prices of one meter that leave a gap, contradict each other or cannot be compared.

A gap lies between two `price` clauses of one deployment and meter; in it another price would
hold, of the configuration or the catalog. An overlap is two different prices at one time, of
which neither is written over the other (`amends`, `supersedes`). Money in another currency than
US dollars needs its rate of exchange. Tiers that do not begin at 0 are errors of the file; whether
a deployment has a price at all is not asked.

>>> [finding.code for finding in price_mismatches(survey)]
['E16']
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from detente.agreements.agreement import AgreementSet
from detente.agreements.checking.domain import merged
from detente.agreements.checking.places import Places
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.windows import Window, outside, possible_windows, windows
from detente.agreements.clause import Clause
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.price import Price, PriceUnit
from detente.agreements.clauses.revenue_share import RevenueShare
from detente.agreements.money import USD
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment

MILLIONTHS: Final[dict[PriceUnit, Decimal]] = {
    "million_tokens": Decimal(1),
    "thousand_tokens": Decimal(1_000),
    "token": Decimal(1_000_000),
}
"""How often a unit goes into a million tokens."""


def price_mismatches(survey: Survey) -> Iterator[CheckFinding]:
    """Clauses that are wrong by themselves, then pairs of them, one finding a pair."""
    agreements = survey.agreements
    live = windows(agreements)
    for clause in agreements.clauses:
        for problem in _problems(clause):
            yield _finding(agreements, problem, (clause,), (live[clause.id],), None)
    by_meter: dict[tuple[str, str], list[Price]] = {}
    deployments: dict[str, Deployment] = {}
    places = Places(survey.world)
    for clause in agreements.clauses:
        if isinstance(clause, Price):
            for deployment in places.of(clause.scope):
                deployments[deployment.id] = deployment
                by_meter.setdefault((deployment.id, clause.meter), []).append(clause)
    yield from _overlaps(agreements, by_meter, deployments, live)
    yield from _gaps(agreements, by_meter, deployments)


def _problems(clause: Clause) -> Iterator[str]:
    """What is wrong with one clause, each a sentence with its cure."""
    if isinstance(clause, Price | Commit | RevenueShare):
        in_money = not isinstance(clause, Commit) or clause.measure == "money"
        if in_money and clause.currency != USD and clause.usd_per_unit is None:
            yield (
                f"`{clause.id}` counts in {clause.currency}, which cannot be compared with what "
                f"the ledger counts in ({USD}); give `usd_per_unit`"
            )


def _overlaps(
    agreements: AgreementSet,
    by_meter: Mapping[tuple[str, str], list[Price]],
    deployments: Mapping[str, Deployment],
    live: Mapping[ClauseId, Window],
) -> Iterator[CheckFinding]:
    told: dict[tuple[ClauseId, ClauseId], tuple[Price, Price, Deployment, Window]] = {}
    for (deployment, _), prices in by_meter.items():
        ordered = sorted(prices, key=lambda price: (live[price.id].since, price.id))
        for index, first in enumerate(ordered):
            for second in ordered[index + 1 :]:
                if live[second.id].since >= live[first.id].until:
                    break
                both = live[first.id].meet(live[second.id])
                if both and _amounts(first) != _amounts(second):
                    a, b = sorted((first, second), key=lambda price: price.id)
                    told.setdefault((a.id, b.id), (a, b, deployments[deployment], both))
    for a, b, deployment, both in told.values():
        message = (
            f"`{a.id}` and `{b.id}` state different prices of `{a.meter}` at `{deployment.id}` "
            f"for the same time; end one, narrow its `scope`, or write which one replaces the "
            f"other (`amends`)"
        )
        yield _finding(agreements, message, (a, b), (both,), deployment)


def _gaps(
    agreements: AgreementSet,
    by_meter: Mapping[tuple[str, str], list[Price]],
    deployments: Mapping[str, Deployment],
) -> Iterator[CheckFinding]:
    live = possible_windows(agreements)
    told: dict[tuple[ClauseId, ClauseId], tuple[Price, Price, Deployment, Window]] = {}
    for (deployment, _), prices in by_meter.items():
        held = [price for price in prices if live[price.id]]
        if len(held) < 2:
            continue
        spans = [live[price.id] for price in held]
        whole = Window(since=min(s.since for s in spans), until=max(s.until for s in spans))
        for gap in outside(whole, spans):
            before = min(p.id for p in held if live[p.id].until == gap.since)
            after = min(p.id for p in held if live[p.id].since == gap.until)
            pair = next(p for p in held if p.id == before), next(p for p in held if p.id == after)
            told.setdefault((before, after), (*pair, deployments[deployment], gap))
    for before, after, deployment, gap in told.values():
        message = (
            f"`{before.meter}` at `{deployment.id}` has no price between `{before.id}` and "
            f"`{after.id}`; let them join"
        )
        yield _finding(agreements, message, (before, after), (gap,), deployment)


def _amounts(price: Price) -> object:
    """What a million tokens cost, by tier; in dollars where the rate is known."""
    rate = price.usd_per_unit if price.currency != USD else Decimal(1)
    factor = MILLIONTHS[price.unit] * (rate or Decimal(1))
    currency = USD if rate is not None else price.currency
    if price.amount is not None:  # one price is one tier, which begins at 0
        return (currency, ((Decimal(0), price.amount * factor),))
    return (currency, tuple((tier.over, tier.amount * factor) for tier in price.tiers))


def _finding(
    agreements: AgreementSet,
    message: str,
    clauses: tuple[Clause, ...],
    when: tuple[Window, ...],
    deployment: Deployment | None,
) -> CheckFinding:
    return CheckFinding(
        code="E16",
        message=message,
        clauses=tuple(clause.id for clause in clauses),
        place=agreements.places.get(clauses[0].id),
        model=None if deployment is None else deployment.model,
        periods=merged(window.period for window in when),
        fact=message.partition(";")[0],
    )
