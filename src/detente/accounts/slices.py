"""How much a worker wants at once, when it asks, and how much of it a store grants.

A slice is what about a hundred requests take, or a second, whichever is more: so one round trip
serves at least a hundred requests at a steady load. A worker asks when less than a slice is left,
before it is dry. Near the end of a budget a store grants less, so that it does not lie idle with
one worker while another refuses.

Not here: holdings (`money_lease`, `window_lease`).
"""

from typing import Final

REQUESTS_PER_SLICE: Final = 100
SLICE_US: Final = 1_000_000
SHARES_PER_HOLDER: Final = 4
"""What is available is cut in so many slices for each holder, when it gets scarce."""


class Pace:
    """How fast an account is used by this worker, seen each time that it asks."""

    __slots__ = ("_seen_us", "_taken", "_takes", "slice")

    def __init__(self, now_us: int) -> None:
        self._seen_us = now_us
        self._takes = 0
        self._taken = 0
        self.slice = 0

    def seen(self, takes: int, taken: int, now_us: int) -> int:
        """The slice to want, from what the lease ever took (`lease.takes`, `lease.taken`).

        Where little was taken since it was last seen, half of the former slice is kept.
        """
        new_takes, new_taken = takes - self._takes, taken - self._taken
        if new_takes <= 0:
            return self.slice
        elapsed_us = max(1, now_us - self._seen_us)
        by_count = REQUESTS_PER_SLICE * new_taken // new_takes
        by_time = new_taken * SLICE_US // max(elapsed_us, SLICE_US // 100)
        self.slice = max(by_count, by_time, self.slice // 2)
        self._takes, self._taken, self._seen_us = takes, taken, now_us
        return self.slice


def money_slice(*, need: int, want: int, available: int, holders: int, contended: bool) -> int:
    """What to grant of `available`: nothing at all where `need` does not fit.

    Where others wait (`contended`), only what is needed.
    """
    if available <= 0 or need > available:
        return 0
    share = 0 if contended else available // (SHARES_PER_HOLDER * max(1, holders))
    return min(max(want, need), max(need, share))
