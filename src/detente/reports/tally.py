"""The balances of the present, kept up to date as requests come.

Begins with what a ledger's sums say, and adds what comes after; who is behind its pace now is
then a matter of microseconds. What was taken in periods that are over is `commitments`'.

>>> tally = Tally(commitments, deployments, balances(commitments, ...), at=now)
>>> tally.add([used])
>>> tally.behind(now)
('azure-2026/macc',)
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from detente.agreements.clauses.commit import Measure
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment
from detente.canonical.tariff import usd_of_pico
from detente.ledger.entries import us_of
from detente.ledger.uses import UseClass, Used
from detente.reports.commitments import Balance, Commitment, pace_at
from detente.reports.counting import takes_in


class _Account:
    """One commitment in the period that lies around now, or its first where none has begun."""

    __slots__ = ("_commitment", "_start", "added", "balance", "end_us", "measure", "start_us")

    def __init__(self, commitment: Commitment, balance: Balance, start: datetime) -> None:
        self._commitment = commitment
        self._start = start
        self.balance = balance
        self.measure: Measure = commitment.clause.measure
        self.start_us = us_of(start)
        ends = (balance.period_end, commitment.window.until)
        self.end_us = min(us_of(end) for end in ends if end is not None)
        self.added = 0
        """Picodollars, tokens or requests, since the balance was struck."""

    def takes(self, of: UseClass, places: dict[tuple[str, str], Deployment]) -> bool:
        """Whether a class of use counts."""
        return takes_in(self._commitment.clause.takes, of, places)

    def is_behind(self, at: datetime) -> bool:
        """Whether less was taken by `at` than the pace asks for."""
        due, end = self.balance.due, self.balance.period_end
        if due is None or end is None or not self.start_us <= us_of(at) < self.end_us:
            return False
        added = usd_of_pico(self.added) if self.measure == "money" else Decimal(self.added)
        taken = self.balance.taken + (added or Decimal(0))
        return taken < due and taken < pace_at(due, self._start, end, at)


class Tally:
    """Running balances; one that has no pace (no beginning, no end) never is behind."""

    def __init__(
        self,
        commitments: Iterable[Commitment],
        deployments: Iterable[Deployment],
        balances: Sequence[Balance],
        *,
        at: datetime,
    ) -> None:
        self._places = {(d.id, d.model): d for d in deployments}
        self._of: dict[UseClass, tuple[_Account, ...]] = {}
        self._accounts: list[_Account] = []
        latest = {balance.clause: balance for balance in balances}
        for commitment in commitments:
            balance = latest.get(commitment.clause.id)
            if balance is None or balance.period_start is None or balance.period_end is None:
                continue
            self._accounts.append(_Account(commitment, balance, balance.period_start))
        now_us = us_of(at)
        ends = [account.end_us for account in self._accounts if account.end_us > now_us]
        self.until_us = min(ends, default=None)
        """When a period ends and the sums have to be made anew, None for never."""

    @property
    def counts(self) -> bool:
        """Whether any balance depends on what is added."""
        return bool(self._accounts)

    def add(self, uses: Iterable[Used]) -> None:
        """Counts requests."""
        if not self._accounts:
            return
        known = self._of
        for used in uses:
            accounts = known.get(used.of)
            if accounts is None:
                accounts = known[used.of] = self._taking(used.of)
            for account in accounts:
                if account.start_us <= used.started_us < account.end_us:
                    account.added += _amount(account.measure, used)

    def behind(self, at: datetime) -> tuple[ClauseId, ...]:
        """The commitments that are behind their pace at `at`, sorted."""
        return tuple(sorted(a.balance.clause for a in self._accounts if a.is_behind(at)))

    def _taking(self, of: UseClass) -> tuple[_Account, ...]:
        return tuple(account for account in self._accounts if account.takes(of, self._places))


def _amount(measure: Measure, used: Used) -> int:
    match measure:
        case "money":
            return used.cost_pico_usd or 0
        case "tokens":
            return used.tokens
        case "requests":
            return used.requests
