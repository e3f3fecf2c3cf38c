"""What one party owes another of revenue: accrued from the ledger, period by period, capped.

Sets `revenue_share` clauses against sums of the ledger; pays nothing and decides nothing.

>>> accruals(shares, world.deployments, uses, at=day("2026-07-01"))[0].owed_usd
Decimal('1250.00')
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clauses.revenue_share import Base, RevenueShare
from detente.agreements.moment import earliest
from detente.agreements.rates import amount_usd
from detente.agreements.window import Window, windows_of
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment
from detente.canonical.question import Event
from detente.ledger.uses import Use
from detente.reports.counting import counted, scoped
from detente.reports.periods import Span, spans_until

_END: Final = datetime.max.replace(tzinfo=UTC)


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A `revenue_share` clause with the time in which it holds."""

    clause: RevenueShare
    window: Window


class Accrual(msgspec.Struct, frozen=True, kw_only=True):
    """What a clause makes `payer` owe `payee` for one period of its cap's basis.

    `base_usd` is what is shared, as far as it is known; `unknown` are the requests that consumed
    tokens at an unknown price, which it leaves out. `accrued_usd` is the rate's part of it,
    exact; `owed_usd` what the cap leaves of that, None where there is a cap in a currency for
    which the agreement fixes no rate. `capped_usd` is what the cap took off, `left_usd` what
    may still accrue under it, both None where there is no cap.
    """

    clause: ClauseId
    payer: str
    payee: str
    base: Base
    rate_percent: Decimal
    period_start: datetime | None
    period_end: datetime | None
    base_usd: Decimal
    unknown: int
    accrued_usd: Decimal
    owed_usd: Decimal | None
    cap_usd: Decimal | None = None
    capped_usd: Decimal | None = None
    left_usd: Decimal | None = None

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in its period."""
        begun = self.period_start is None or self.period_start <= at
        return begun and (self.period_end is None or at < self.period_end)


def shares_of(agreements: AgreementSet, events: Iterable[Event]) -> tuple[Share, ...]:
    """The revenue shares of all agreements, by id; those that never hold are left out."""
    windows = windows_of(agreements, events)
    return tuple(
        Share(clause=clause, window=windows[clause.id])
        for clause in agreements.clauses
        if isinstance(clause, RevenueShare) and not windows[clause.id].is_empty
    )


def cuts_of(shares: Iterable[Share], at: datetime) -> tuple[datetime, ...]:
    """The instants at which use has to be cut, so that each period can be summed."""
    found = {at}
    for share in shares:
        bounds = [share.window.start, share.window.until]
        bounds += [bound for span in _periods(share, at) for bound in (span.start, span.end)]
        found |= {bound for bound in bounds if bound is not None}
    return tuple(sorted(found))


def accruals(
    shares: Iterable[Share],
    deployments: Iterable[Deployment],
    uses: Sequence[Use],
    *,
    at: datetime,
) -> tuple[Accrual, ...]:
    """Every share in each period of its cap's basis that had begun by `at`, oldest first.

    `uses` are cut at `cuts_of`. A clause without a basis has one period, its term.
    """
    places = tuple(deployments)
    found: list[Accrual] = []
    for share in shares:
        counts = scoped(uses, share.clause.scope, places)
        for span in _periods(share, at):
            ends = (span.end, share.window.until, at)
            count = counted(counts, span.start, min(e or _END for e in ends))
            charged = share.clause.base == "charge"
            found.append(
                _accrual(
                    share.clause,
                    span,
                    count.charge_usd if charged else count.cost_usd,
                    count.charge_unknown if charged else count.cost_unknown,
                )
            )
    return tuple(found)


def _periods(share: Share, at: datetime) -> tuple[Span, ...]:
    clause, window = share.clause, share.window
    own_end = None if clause.until is None else earliest(clause.until)
    return spans_until(clause.cap_basis or "term", window, own_end, at)


def _accrual(clause: RevenueShare, span: Span, base_usd: Decimal, unknown: int) -> Accrual:
    accrued = base_usd * clause.rate / 100
    cap = None
    owed: Decimal | None = accrued
    if clause.cap is not None:
        cap = amount_usd(clause.cap, clause.currency, clause.usd_per_unit)
        owed = None if cap is None else min(accrued, cap)
    return Accrual(
        clause=clause.id,
        payer=clause.payer,
        payee=clause.payee,
        base=clause.base,
        rate_percent=clause.rate,
        period_start=span.start,
        period_end=span.end,
        base_usd=base_usd,
        unknown=unknown,
        accrued_usd=accrued,
        owed_usd=owed,
        cap_usd=cap,
        capped_usd=None if cap is None or owed is None else accrued - owed,
        left_usd=None if cap is None or owed is None else cap - owed,
    )
