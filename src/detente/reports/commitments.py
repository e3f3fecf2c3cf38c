"""What was taken of each commitment, what should have been by now, and what will be missing.

Sets `commit` clauses against sums of the ledger. Decides nothing: what a balance does to the
order of deployments is rule 9's. Time arrives as an argument.

>>> balances(terms, uses, at=day("2026-07-01"), began_at=day("2026-01-01"))[0].state
'behind'
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Final, Literal

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clauses.commit import Commit, Measure, Shortfall
from detente.agreements.moment import earliest
from detente.agreements.rates import amount_usd
from detente.agreements.window import Window, windows_of
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment
from detente.canonical.question import Event
from detente.ledger.uses import Use
from detente.reports.counting import Count, counted, scoped
from detente.reports.periods import Span, spans_until

RATE_DAYS: Final = 30
"""Over how many days the present rate is taken: long enough for weekends to be evened out."""

State = Literal["not_begun", "on_pace", "behind", "open", "met", "missed", "ended", "unknown"]
"""`open` has no pace, for want of an end or a beginning. `ended` is a period that was cut short,
by a successor or an event: what is owed for it then, the clause does not say. `unknown` is owed
in a currency for which the agreement fixes no rate."""


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """A `commit` clause with the time in which it holds."""

    clause: Commit
    window: Window


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """One commitment in one period, `period_start ≤ t < period_end`, as it stood at a time.

    Amounts are US dollars, tokens or requests (`unit`). `due` is the clause's amount with what
    the period before carried over, None where unknown; `taken` counts what was taken elsewhere
    as well. `pace` is what a straight line from nothing to `due` asks for by now; `forecast` is
    what will have been taken at the rate of the last 30 days. `shortfall` is what is missing: at
    the end of a period that is over, else by the forecast. `cost_unknown` are requests that
    consumed tokens at an unknown price, which `taken` leaves out.
    """

    clause: ClauseId
    unit: Literal["usd", "tokens", "requests"]
    state: State
    period_start: datetime | None
    period_end: datetime | None
    due: Decimal | None
    taken: Decimal
    carried_over: Decimal = Decimal(0)
    remaining: Decimal | None = None
    pace: Decimal | None = None
    forecast: Decimal | None = None
    shortfall: Decimal | None = None
    shortfall_is: Shortfall = "invoiced"
    cost_unknown: int = 0

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in its period."""
        begun = self.period_start is None or self.period_start <= at
        return begun and (self.period_end is None or at < self.period_end)


def commitments_of(agreements: AgreementSet, events: Iterable[Event]) -> tuple[Commitment, ...]:
    """The commitments of all agreements, by id; those that never hold are left out."""
    windows = windows_of(agreements, events)
    return tuple(
        Commitment(clause=clause, window=windows[clause.id])
        for clause in agreements.clauses
        if isinstance(clause, Commit) and not windows[clause.id].is_empty
    )


def cuts_of(commitments: Iterable[Commitment], at: datetime) -> tuple[datetime, ...]:
    """The instants at which use has to be cut, so that each period and the rate can be summed."""
    found = {at, at - timedelta(days=RATE_DAYS)}
    for commitment in commitments:
        bounds = [commitment.window.start, commitment.window.until]
        bounds += [b for span in _periods(commitment, at) for b in (span.start, span.end)]
        found |= {bound for bound in bounds if bound is not None}
    return tuple(sorted(found))


def balances(
    commitments: Iterable[Commitment],
    deployments: Iterable[Deployment],
    uses: Sequence[Use],
    *,
    at: datetime,
    began_at: datetime | None,
) -> tuple[Balance, ...]:
    """Every commitment in each of its periods that had begun by `at`, oldest first; a commitment
    that has not begun in its first.

    `uses` are cut at `cuts_of`; `began_at` is when the ledger began, None where it is empty.
    """
    places = tuple(deployments)
    found: list[Balance] = []
    for commitment in commitments:
        mine = scoped(uses, commitment.clause.takes, places)
        found += _balances_of(commitment, mine, at, began_at)
    return tuple(found)


def behind(found: Iterable[Balance], at: datetime) -> tuple[ClauseId, ...]:
    """The commitments that are behind their pace at `at`, sorted."""
    return tuple(sorted({b.clause for b in found if b.state == "behind" and b.holds(at)}))


def measured(measure: Measure, count: Count) -> Decimal:
    """What counts towards a commitment: dollars, tokens or requests."""
    match measure:
        case "money":
            return count.cost_usd
        case "tokens":
            return Decimal(count.tokens)
        case "requests":
            return Decimal(count.requests)


def pace_at(due: Decimal, start: datetime, end: datetime, at: datetime) -> Decimal:
    """What a straight line from 0 at `start` to `due` at `end` has reached by `at`."""
    elapsed = min(max(at, start), end) - start
    return due * _us(elapsed) / _us(end - start)


def _periods(commitment: Commitment, at: datetime) -> tuple[Span, ...]:
    clause, window = commitment.clause, commitment.window
    return spans_until(clause.period, window, _own_end(clause), at)


def _own_end(clause: Commit) -> datetime | None:
    """When the clause ends by its own words, however it was cut short."""
    return None if clause.until is None else earliest(clause.until)


def _balances_of(
    commitment: Commitment, counts: Sequence[Count], at: datetime, began_at: datetime | None
) -> list[Balance]:
    clause = commitment.clause
    money = clause.measure == "money"
    amount = _in_unit(clause, clause.amount)
    already = _in_unit(clause, clause.already_taken or Decimal(0))
    rate = _rate(clause.measure, counts, at, began_at)
    found: list[Balance] = []
    carried = Decimal(0)
    for place, span in enumerate(_periods(commitment, at)):
        count = counted(counts, span.start, _earlier(span.end, commitment.window.until, at))
        taken = measured(clause.measure, count) + ((already or Decimal(0)) if place == 0 else 0)
        balance = Balance(
            clause=clause.id,
            unit="usd" if money else "tokens" if clause.measure == "tokens" else "requests",
            state="unknown",
            period_start=span.start,
            period_end=span.end,
            due=None if amount is None else amount + carried,
            taken=taken,
            carried_over=carried,
            shortfall_is=clause.shortfall,
            cost_unknown=count.cost_unknown if money else 0,
        )
        balance = _judged(balance, rate, commitment.window.until, at)
        found.append(balance)
        missing = balance.shortfall if clause.shortfall == "carried_over" else None
        carried = missing or Decimal(0)
    return found


def _judged(
    balance: Balance, rate: Decimal | None, ends_at: datetime | None, at: datetime
) -> Balance:
    """`balance` with its state, and what follows from what is due and what was taken."""
    due, taken, start, end = balance.due, balance.taken, balance.period_start, balance.period_end
    if due is None:
        return balance
    remaining = max(due - taken, Decimal(0))
    over = end is not None and at >= end
    pace = None if start is None or end is None else pace_at(due, start, end, at)
    forecast = taken if over else _forecast(taken, rate, at, end)
    missing = None if forecast is None else max(due - forecast, Decimal(0))
    cut = ends_at is not None and at >= ends_at and (end is None or ends_at < end)
    state: State
    if start is not None and at < start:
        state = "not_begun"
    elif remaining == 0:
        state = "met"
    elif cut:
        state, forecast, missing = "ended", None, None
    elif over:
        state = "missed"
    elif pace is None:
        state = "open"
    else:
        state = "behind" if taken < pace else "on_pace"
    return msgspec.structs.replace(
        balance,
        state=state,
        remaining=remaining,
        pace=None if pace is None else _rounded(pace),
        forecast=None if forecast is None else _rounded(forecast),
        shortfall=None if missing is None else _rounded(missing),
    )


def _forecast(
    taken: Decimal, rate: Decimal | None, at: datetime, end: datetime | None
) -> Decimal | None:
    """What will have been taken by `end`; None where there is no end or no rate."""
    return None if end is None or rate is None else taken + rate * _us(end - at)


def _rate(
    measure: Measure, counts: Sequence[Count], at: datetime, began_at: datetime | None
) -> Decimal | None:
    """What is taken a microsecond at present; None where the ledger holds nothing yet."""
    since = at - timedelta(days=RATE_DAYS)
    if began_at is None or began_at >= at:
        return None
    recent = measured(measure, counted(counts, since, at))
    return recent / _us(at - max(since, began_at))


def _in_unit(clause: Commit, amount: Decimal) -> Decimal | None:
    """An amount as it is counted; money in US dollars, None where there is no rate for it."""
    if clause.measure != "money":
        return amount
    return amount_usd(amount, clause.currency, clause.usd_per_unit)


def _earlier(*instants: datetime | None) -> datetime:
    return min((i for i in instants if i is not None), default=_END)


def _us(span: timedelta) -> Decimal:
    return Decimal((span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds)


def _rounded(amount: Decimal) -> Decimal:
    """To a picodollar, as the ledger does."""
    return amount.quantize(_QUANTUM, context=_WIDE)


_QUANTUM: Final = Decimal("0.000000000001")
_WIDE: Final = Context(prec=60)
"""Digits enough for the largest amount at the highest rate, to a picodollar."""
_END: Final = datetime.max.replace(tzinfo=UTC)
