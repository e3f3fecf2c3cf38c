"""Leases of money whose accounts a worker has forgotten, kept for when they are used again; and of
those that it only counts, should they be leased one day.

What was granted, given back and spent are totals over the worker's whole life, and the treasury
answers with them: a lease that began anew would take all that was ever granted for free. So of a
forgotten account these few numbers stay, until a day after its period.

>>> past = PastLeases()
>>> past.keep(account, lease, now)
>>> past.of(account) is lease
True
"""

from datetime import datetime, timedelta
from typing import Final

from detente.accounts.money_lease import MoneyLease
from detente.accounts.rules import Account

KEPT_AFTER_END: Final = timedelta(days=1)
"""Far more than a wall clock is ever set back by."""
LOOKED_THROUGH_FROM: Final = 1_024
"""So many are not looked through; after that each time that there are twice as many as stayed."""


class PastLeases:
    """See the module."""

    def __init__(self) -> None:
        self._leases: dict[str, tuple[MoneyLease, datetime | None]] = {}
        self._look_at = LOOKED_THROUGH_FROM

    def __len__(self) -> int:
        return len(self._leases)

    def keep(self, account: Account, lease: MoneyLease, now: datetime) -> None:
        """Keep the lease of an account; `now` (aware) tells whose period is long over."""
        if lease.granted > 0:  # else as good as a new one
            self._put(account, lease, now)

    def counting(self, account: Account, now: datetime) -> MoneyLease:
        """The lease of an account in which nothing is reserved, for what is spent of it."""
        if account.id not in self._leases:
            self._put(account, MoneyLease(), now)
        return self._leases[account.id][0]

    def _put(self, account: Account, lease: MoneyLease, now: datetime) -> None:
        self._leases[account.id] = (lease, account.ends_at)
        if len(self._leases) < self._look_at:
            return
        over = now - KEPT_AFTER_END
        self._leases = {
            name: (kept, ends_at)
            for name, (kept, ends_at) in self._leases.items()
            if ends_at is None or ends_at > over
        }
        self._look_at = max(LOOKED_THROUGH_FROM, 2 * len(self._leases))

    def of(self, account: Account) -> MoneyLease:
        """The lease that the worker has in an account, whose pace begins anew; a new one where it
        never had any."""
        kept = self._leases.pop(account.id, None)
        if kept is None:
            return MoneyLease()
        lease, _ = kept
        lease.takes = lease.taken = 0
        return lease
