"""What a worker holds of a money account: granted, given back, spent, reserved; in picodollars.

`granted`, `returned` and `spent` only grow, over the worker's whole life, so that what is said of
them can be said again. A request takes an amount, and settles or voids it once.

>>> lease = MoneyLease()
>>> lease.granted_now(100)
>>> lease.take(30), lease.take(80), lease.free
(True, False, 70)
>>> lease.settle(30, 12)
>>> lease.free
88

Not here: when to ask for more (`slices`), and what the store answers (`book`).
"""

from detente.accounts.messages import Have, Want


class MoneyLease:
    """On the hot path, hence plain integers in slots.

    `free` is what may be taken, `granted - returned - spent - reserved`: below zero where more was
    spent than had been reserved. `takes` and `taken` count what was ever taken, so that the pace is
    known (`slices.Pace`).
    """

    __slots__ = ("free", "granted", "reserved", "returned", "spent", "taken", "takes")

    def __init__(self) -> None:
        self.free = 0
        self.granted = 0
        self.returned = 0
        self.spent = 0
        self.reserved = 0
        self.takes = 0
        self.taken = 0

    def take(self, amount: int) -> bool:
        """Reserves the amount; False, and nothing happens, where so much is not free."""
        if amount > self.free:
            return False
        self.free -= amount
        self.reserved += amount
        self.takes += 1
        self.taken += amount
        return True

    def settle(self, reserved: int, spent: int) -> None:
        """What was reserved is no longer; `spent` of the lease is gone, which may be more."""
        self.reserved -= reserved
        self.spent += spent
        self.free += reserved - spent

    def count(self, spent: int) -> None:
        """Something was spent that was never leased, as where a budget is not hard: granted and
        gone in one, so that store and lease agree should it ever be leased."""
        self.granted += spent
        self.spent += spent

    def void(self, reserved: int) -> None:
        """Nothing of it was spent; also for a part, as a stream proceeds."""
        self.reserved -= reserved
        self.free += reserved

    def give_back(self, amount: int) -> int:
        """Gives back as much of the amount as is free, and says how much that is.

        The store hears of it with the next `ask`, however often that is said.
        """
        amount = max(0, min(amount, self.free))
        self.returned += amount
        self.free -= amount
        return amount

    def granted_now(self, total: int) -> None:
        """All that was ever granted; an older, smaller total says nothing."""
        more = total - self.granted
        if more > 0:
            self.granted = total
            self.free += more

    def ask(self, account: str, *, limit: int, need: int, want: int) -> Want:
        """What to say to the store. `need` and `want` are beyond what is free now.

        A worker that waits no longer says so with `need=0`.
        """
        return Want(
            account=account,
            limit=limit,
            need=need,
            want=max(need, want),
            returned=self.returned,
            held=self.granted,
        )

    def heard(self, have: Have) -> None:
        """Takes in an answer, also one that was told twice, late or unasked."""
        self.granted_now(have.granted)
