"""What a worker holds of a window's units: free, reserved, or cooling until they may be used again.

A unit that was used is free again one window later, so nothing that happens in any window exceeds
what is held: an exact sliding window. With a window of 0, a unit is free again at once (what is
counted is open at the same time). Always `free + reserved + cooling = held`; `free` is below zero
after more was used than reserved, a debt that cools as use does.

>>> lease = WindowLease(60_000_000)
>>> lease.add(2, (), 0)
>>> lease.take(2, 0), lease.take(1, 0)
(True, False)
>>> lease.settle(2, 2, 1_000)
>>> lease.free(60_000_999), lease.free(60_001_000)
(0, 2)

Up to `EXACT_ENTRIES_MAX` moments are known to the microsecond. Beyond it, later ones are rounded up
to a grid of so many parts of a window: never too much, and at most that part too late.

What passes between worker and store is `ask` and `heard`. A worker numbers what it says (`turn`)
and gives back the same units with the same number until it is answered, so that a message may be
lost, repeated or late.
"""

from collections import deque
from typing import Final

from detente.accounts.messages import Cooling, Have, Want

EXACT_ENTRIES_MAX: Final = 4_096
IDLE_PARTS: Final = 16


class WindowLease:
    """On the hot path, hence plain integers in slots.

    `takes` and `taken` count what was ever taken, so that the pace is known (`slices.Pace`).
    """

    __slots__ = (
        "_answered",
        "_back",
        "_cooling",
        "_free",
        "_grid_us",
        "_order",
        "epoch",
        "held",
        "reserved",
        "taken",
        "takes",
        "turn",
        "window_us",
    )

    def __init__(self, window_us: int) -> None:
        self.window_us = window_us
        self.held = 0
        self.epoch = 0
        self.reserved = 0
        self.takes = 0
        self.taken = 0
        self.turn = 0
        self._free = 0
        self._cooling: deque[list[int]] = deque()
        """[when free, amount], the soonest first."""
        self._back: tuple[Cooling, ...] = ()
        """What the present turn gives back, with the times when it is free."""
        self._answered = True
        self._grid_us = max(1, window_us // EXACT_ENTRIES_MAX)

    @property
    def cooling(self) -> int:
        """What cools: was used, and is not known to be free again."""
        return sum(amount for _, amount in self._cooling)

    def free(self, now_us: int) -> int:
        """What may be taken now; below zero after more was used than reserved."""
        cooling = self._cooling
        while cooling and cooling[0][0] <= now_us:
            self._free += cooling.popleft()[1]
        return self._free

    def take(self, amount: int, now_us: int) -> bool:
        """Reserves the amount; False, and nothing happens, where so much is not free."""
        if amount > self._free and amount > self.free(now_us):
            return False
        self._free -= amount
        self.reserved += amount
        self.takes += 1
        self.taken += amount
        return True

    def settle(self, taken: int, used: int, now_us: int) -> None:
        """What was taken is no longer reserved; `used`, which may be more, cools from now on."""
        self.reserved -= taken
        self._free += taken - used
        if not used:
            return
        at_us, cooling = now_us + self.window_us, self._cooling
        if cooling and cooling[-1][0] < at_us and len(cooling) < EXACT_ENTRIES_MAX:
            cooling.append([at_us, used])  # as nearly always
        else:
            self._cool(at_us, used, now_us)

    def void(self, taken: int) -> None:
        """Nothing of it was used."""
        self.reserved -= taken
        self._free += taken

    def part_with(self, amount: int, now_us: int) -> tuple[Cooling, ...]:
        """Gives units away for good: free ones first, then those that are free soonest.

        Fewer than asked for where the rest is reserved, or pays a debt.
        """
        free = self.free(now_us)
        debt = max(0, -free)
        parts: list[Cooling] = []
        if (now := min(amount, max(0, free))) > 0:
            self._free -= now
            self.held -= now
            amount -= now
            parts.append((0, now))
        kept: deque[list[int]] = deque()
        while amount > 0 and self._cooling:
            entry = self._cooling.popleft()
            pays = min(debt, entry[1])
            debt -= pays
            gone = min(amount, entry[1] - pays)
            if gone:
                parts.append((entry[0] - now_us, gone))
                amount -= gone
                self.held -= gone
            if entry[1] > gone:
                kept.append([entry[0], entry[1] - gone])
        self._cooling.extendleft(reversed(kept))
        return tuple(parts)

    def add(self, amount: int, cooling: tuple[Cooling, ...], now_us: int) -> None:
        """Units come in: the last `amount` of `cooling`; what that does not speak of is free."""
        self.held += amount
        later: list[list[int]] = []
        for after_us, units in reversed(cooling):
            part = min(units, amount)
            amount -= part
            if after_us <= 0:
                self._free += part
            elif part > 0:
                later.append([now_us + after_us, part])
        self._free += amount
        if later:
            self._merge(later)

    def reset(self, epoch: int) -> None:
        """Nothing is held any more. What is reserved stays a debt until it is settled and cooled,
        so that units which come in later cover it first."""
        self.epoch = epoch
        self.held = 0
        self._cooling.clear()
        self._free = -self.reserved

    def owed(self, have: Have, now_us: int) -> int:
        """How much to give `back` after an answer, 0 where there is nothing to give: what is
        recalled, and of what others could use at most half of what lies free."""
        if have.recall == 0 and have.spare == 0:
            return 0
        free = self.free(now_us)
        spare = min(have.spare, max(0, free - have.recall + 1) // 2)
        return max(0, min(have.recall + spare, self.held - self.reserved))

    def next_free_us(self, need: int, now_us: int) -> int | None:
        """In how many microseconds `need` will be free, if nothing else happens; None for never."""
        free = self.free(now_us)
        if free >= need:
            return 0
        for at_us, amount in self._cooling:
            free += amount
            if free >= need:
                return at_us - now_us
        return None

    def ask(
        self,
        account: str,
        *,
        limit: int,
        need: int,
        want: int,
        now_us: int,
        back: int = 0,
        modest: bool = False,
    ) -> Want:
        """What to say to the store: `need` and `want` beyond what is free, or `back` to give back.

        Where others use the account too, it wants no more than twice what it uses in a window, so
        that units do not lie idle with it (`IDLE_PARTS`: and a little, to begin with). Who is
        `modest` knows by itself what it wants, and gets no more.
        Until the last one is answered, the same is given back with the same number, and nothing
        besides; needs may differ. A worker that waits no longer says so with `need=0`.
        """
        if self._answered:
            self.turn += 1
            self._answered = False
            parts = self.part_with(back, now_us) if back else ()
            self._back = tuple((now_us + after_us, units) for after_us, units in parts)
        given = tuple((max(0, at_us - now_us), units) for at_us, units in self._back)
        free = self.free(now_us)
        if not modest:
            want = min(want, need + 2 * max(0, self.held - free) + limit // IDLE_PARTS)
        return Want(
            account=account,
            limit=limit,
            window_us=self.window_us,
            need=need,
            want=max(need, want),
            epoch=self.epoch,
            held=self.held,
            back=given,
            turn=self.turn,
            free=max(0, free),
            modest=modest,
        )

    def heard(self, have: Have, now_us: int) -> bool:
        """Takes in an answer; False where it does not belong to what was said last."""
        if have.turn != self.turn:
            return False
        self._answered = True
        self._back = ()
        if have.epoch != self.epoch:
            self.reset(have.epoch)
        if have.held > self.held:
            self.add(have.held - self.held, have.cooling, now_us)
        return True

    def _cool(self, at_us: int, amount: int, now_us: int) -> None:
        if at_us <= now_us:
            self._free += amount
            return
        cooling = self._cooling
        if len(cooling) >= EXACT_ENTRIES_MAX:
            self.free(now_us)
            if len(cooling) >= EXACT_ENTRIES_MAX:
                at_us = -(-at_us // self._grid_us) * self._grid_us
        if not cooling or at_us > cooling[-1][0]:
            cooling.append([at_us, amount])
        elif at_us == cooling[-1][0]:
            cooling[-1][1] += amount
        else:
            self._merge([[at_us, amount]])

    def _merge(self, later: list[list[int]]) -> None:
        """Puts entries where they belong; rare, so all are gone through."""
        grid_us = 1 if len(self._cooling) + len(later) <= EXACT_ENTRIES_MAX else self._grid_us
        amounts: dict[int, int] = {}
        for at_us, amount in (*self._cooling, *later):
            moment = -(-at_us // grid_us) * grid_us
            amounts[moment] = amounts.get(moment, 0) + amount
        self._cooling = deque([at_us, amount] for at_us, amount in sorted(amounts.items()))
