"""One account as a worker sees it: its lease there, who waits for it, and what it last asked.

Two kinds, as accounts are: money and windows. The arithmetic is the lease's (`accounts`), the order
of waiting and asking the purse's (`purse`).

>>> pocket = MoneyPocket(account, now_us)
>>> pocket.want(now_us)
Want(account='project:shop/usd/month@2026-11', limit=100000000000000, ...)
"""

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from detente.accounts.messages import Have, Want
from detente.accounts.money_lease import MoneyLease
from detente.accounts.rules import Account
from detente.accounts.slices import REQUESTS_PER_SLICE, Pace
from detente.accounts.window_lease import WindowLease

if TYPE_CHECKING:
    from detente.gateway.allowances.holds import Hold, Waiter

Kind = Literal["money", "requests", "tokens", "concurrent"]

LOW_PART: Final = 4
"""More units of a window are asked for where less than so large a part of them is free."""
WANTED_MIN: Final = 16
WANTED_PARTS: Final = 8
WANTED_SLICES: Final = 4
"""Of a window are wanted a few slices, but no larger part of the limit than that, or what is in use
once more. For when a worker is killed, all that it holds cools for a whole window, which may be a
day, and that must not be all of the limit."""
WAITING_SUMMED_MAX: Final = 1_024
"""Waiters whose needs are added up for one ask; those behind them are served by the next."""


class Pocket:
    """What both kinds share.

    `asked` is the number of the ask that is under way, 0 where none is; `asked_amount` what the
    first waiter needed then, or who waits elsewhere and will need it (`hint`), and `asked_need`
    what of that was not free. What is at least `refused_from` is refused until `refused_until_us`,
    and may be tried again at `retry_at_us`, where that is known. Since `dry_since_us` the treasury
    has had nothing for it, 0 where it had.
    """

    __slots__ = (
        "account",
        "asked",
        "asked_amount",
        "asked_need",
        "dry_since_us",
        "hint",
        "id",
        "idle_looks",
        "kind",
        "patient_until_us",
        "refused_from",
        "refused_until_us",
        "retry_at_us",
        "takes_seen",
        "waiting",
    )

    def __init__(self, account: Account) -> None:
        self.account = account
        self.id = account.id
        limit = account.rule.limit
        self.kind: Kind = "money" if limit is None else limit.measure
        self.waiting: deque[Waiter] = deque()
        self.asked = 0
        self.asked_amount = 0
        self.asked_need = 0
        self.dry_since_us = 0
        self.hint = 0
        self.patient_until_us = 0
        self.refused_from = 0
        self.refused_until_us = 0
        self.retry_at_us: int | None = None
        self.idle_looks = 0
        self.takes_seen = 0

    def amount_of(self, hold: "Hold") -> int:
        """What a request needs of this account."""
        if self.kind == "money":
            return hold.pico_usd
        return hold.tokens if self.kind == "tokens" else 1

    def refuses(self, amount: int, now_us: int) -> bool:
        """Whether `amount` need not be asked for."""
        if amount > self.account.limit:
            return True
        return amount >= self.refused_from and now_us < self.refused_until_us

    def refuse_from(self, amount: int, until_us: int, retry_at_us: int | None) -> None:
        """Remember that `amount` and more cannot be had before `until_us`."""
        self.refused_from, self.refused_until_us = amount, until_us
        self.retry_at_us = retry_at_us

    def forget_refusal(self) -> None:
        """Something came: whoever needs it may try."""
        self.refused_until_us = 0
        self.dry_since_us = 0

    def first_amount(self) -> int:
        """What the first waiter needs, or who is about to be; 0 where nobody is."""
        hint, self.hint = self.hint, 0
        return self.amount_of(self.waiting[0].hold) if self.waiting else hint


class MoneyPocket(Pocket):
    """Money in a period. More is asked for where less than `low` is free; `left` is what of the
    limit nobody has spent, as far as the treasury last knew."""

    __slots__ = ("_pace", "_said_returned", "_wanted", "lease", "left", "low")

    def __init__(self, account: Account, now_us: int) -> None:
        super().__init__(account)
        self.lease = MoneyLease()
        self.left = account.limit
        self.low = 0
        self._wanted = 0
        self._said_returned = 0
        self._pace = Pace(now_us)

    def free(self, now_us: int) -> int:
        """What may be reserved now."""
        del now_us
        return self.lease.free

    def used(self) -> bool:
        """Whether anything was taken since this was last asked, or is held by a request."""
        lease = self.lease
        used = lease.takes != self.takes_seen or lease.reserved > 0
        self.takes_seen = lease.takes
        return used

    def want(self, now_us: int) -> Want:
        """What to say of it: the first waiter's need, and a slice for those after it.

        Where neither anybody waits nor the lease is low, only that something came back.
        """
        lease, amount = self.lease, self.first_amount()
        free = lease.free
        self.asked_amount = amount
        self._said_returned = lease.returned
        if not amount and free >= self.low:
            self._wanted = 0
            return lease.ask(self.id, limit=self.account.limit, need=0, want=0)
        pace = self._pace.seen(lease.takes, lease.taken, now_us)
        portion = pace or REQUESTS_PER_SLICE * amount
        self.low = portion
        behind = sum(one.hold.pico_usd for one in islice(self.waiting, WAITING_SUMMED_MAX))
        self.asked_need = need = max(0, amount - free)
        self._wanted = max(need, behind + 2 * portion - free)
        return lease.ask(self.id, limit=self.account.limit, need=need, want=self._wanted)

    def told(self, have: Have, now_us: int) -> bool:
        """Take what the treasury says; whether that concerns the lease as it is."""
        del now_us
        lease = self.lease
        more = have.granted - lease.granted
        lease.heard(have)
        self.left = have.left
        if more > 0:
            self.forget_refusal()
        if more < self._wanted:
            self.low = 0  # there is no more to be had before somebody needs it
        if have.verdict == "wait" and self.waiting:
            # Too little for who is first in line, so nobody here may use it. Were it kept, several
            # workers could each hold a part of what would do for one of them.
            lease.give_back(lease.free)
        elif have.recall or have.spare:
            lease.give_back(max(have.recall, min(have.spare, lease.free // 2)))
        return True

    def give_back(self, now_us: int) -> bool:
        """Give back what is free; whether that is anything."""
        del now_us
        self.low = 0
        return self.lease.give_back(self.lease.free) > 0

    @property
    def can_give(self) -> bool:
        """Whether something is to be said of what came back."""
        return self.lease.returned > self._said_returned

    @property
    def empty(self) -> bool:
        """Whether nothing is held or waited for."""
        return not (self.waiting or self.asked or self.lease.reserved) and self.lease.free <= 0


class WindowPocket(Pocket):
    """Requests or tokens in a window, or requests at once."""

    __slots__ = ("_back", "_pace", "lease")

    def __init__(self, account: Account, now_us: int) -> None:
        super().__init__(account)
        self._pace = Pace(now_us)
        self.lease = WindowLease(account.window_us or 0)
        self._back = 0

    def free(self, now_us: int) -> int:
        """What may be used now."""
        return self.lease.free(now_us)

    def used(self) -> bool:
        """Whether anything was taken since this was last asked, or is held by a request."""
        lease = self.lease
        used = lease.takes != self.takes_seen or lease.reserved > 0
        self.takes_seen = lease.takes
        return used

    def runs_low(self, now_us: int) -> bool:
        """Whether more should be asked for before somebody has to wait for it."""
        held = self.lease.held
        return not self.has_all and self.lease.free(now_us) < held // LOW_PART

    @property
    def has_all(self) -> bool:
        """Whether nobody else can have any of it."""
        return self.lease.held >= self.account.limit

    def want(self, now_us: int) -> Want:
        """What to say of it: the first waiter's need, and what those after it may need soon; where
        nobody waits, only what comes back."""
        lease, amount = self.lease, self.first_amount()
        self.asked_amount = amount
        limit, turn, free = self.account.limit, lease.turn, lease.free(now_us)
        self.asked_need = need = max(0, amount - free)
        portion = self._pace.seen(lease.takes, lease.taken, now_us) or REQUESTS_PER_SLICE * amount
        want = max(need, self._soon(free, portion)) if amount else 0
        said = lease.ask(
            self.id,
            limit=limit,
            need=need,
            want=min(want, max(need, limit - lease.held)),
            now_us=now_us,
            back=self._back,
            modest=lease.window_us > 0,
        )
        if lease.turn != turn:
            self._back = 0
        return said

    def _soon(self, free: int, portion: int) -> int:
        """How much those who wait need, and whoever comes next, beyond what is free."""
        lease, limit = self.lease, self.account.limit
        if not lease.window_us:
            return limit
        awaited = sum(self.amount_of(w.hold) for w in islice(self.waiting, WAITING_SUMMED_MAX))
        least = max(WANTED_MIN, min(WANTED_SLICES * portion, limit // WANTED_PARTS))
        return awaited + max(least, lease.held - free + awaited)

    def told(self, have: Have, now_us: int) -> bool:
        """Take what the treasury says; whether that concerns the lease as it is."""
        free_before = self.lease.free(now_us)
        if not self.lease.heard(have, now_us):
            return False
        free = self.lease.free(now_us)
        if free > free_before:  # what still cools is no reason to wait for more
            self.forget_refusal()
        self._back = max(have.recall, min(have.spare, (free + 1) // 2))
        return True

    def give_back(self, now_us: int) -> bool:
        """Give back all that nobody uses; whether that is anything."""
        del now_us
        self._back = self.lease.held
        return self._back > 0

    @property
    def can_give(self) -> bool:
        """Whether anything that is to come back is not in a request's hands."""
        return self._back > 0 and self.lease.held > self.lease.reserved

    @property
    def empty(self) -> bool:
        """Whether nothing is held or waited for."""
        return not (self.waiting or self.asked or self.lease.held)


AnyPocket = MoneyPocket | WindowPocket


def pocket_for(account: Account, now_us: int) -> AnyPocket:
    """An empty pocket of the account's kind."""
    return (
        MoneyPocket(account, now_us) if account.window_us is None else WindowPocket(account, now_us)
    )
