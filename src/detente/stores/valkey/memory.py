"""What a gateway remembers of its machine's holdings, to tell a store that forgot them.

>>> memory = Memory()
>>> memory.hold("key:app1/requests/60s", "w0-1p1", state, 600)
>>> memory.accounts_of("w0-1p1")["key:app1/requests/60s"].limit
600
"""

import math

import msgspec

from detente.accounts.share import Share, WindowState


class Held(msgspec.Struct):
    """One account: its limit, its window, and what each holder of the machine holds."""

    limit: int
    window_us: int
    shares: dict[str, Share]


class Memory:
    """Of one machine. By its own clock, its leases end at `kept_until_us`, and at `touched_us` it
    last told the store that what is held is of use."""

    def __init__(self) -> None:
        self.kept_until_us = -math.inf
        self.touched_us = -math.inf
        self.held: dict[str, Held] = {}

    def hold(self, account: str, holder: str, state: WindowState, limit: int) -> None:
        """What the holder holds of the account from now on."""
        share = state.shares.get(holder)
        held = self.held.get(account)
        if share is None or share.held <= 0:
            if held is not None:
                held.shares.pop(holder, None)
                if not held.shares:
                    del self.held[account]
            return
        if held is None:
            held = self.held[account] = Held(limit, state.window_us, {})
        held.limit, held.window_us = limit, state.window_us
        held.shares[holder] = share

    def accounts_of(self, holder: str) -> dict[str, Held]:
        """The accounts of which the holder holds something."""
        return {name: held for name, held in self.held.items() if holder in held.shares}

    def holders(self) -> frozenset[str]:
        """Who holds something."""
        return frozenset(holder for held in self.held.values() for holder in held.shares)

    def forget(self, holder: str) -> None:
        """The holder is gone."""
        for name in list(self.accounts_of(holder)):
            shares = self.held[name].shares
            del shares[holder]
            if not shares:
                del self.held[name]
