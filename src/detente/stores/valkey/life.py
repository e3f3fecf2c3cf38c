"""Lives of a store that may forget, and what becomes of leases when it has.

A Valkey forgets: all of it where it keeps nothing on disk, its last moments where it does, and what
a replica had not yet heard when that is promoted. Each start of a server has an id (`run_id`), so a
**life** is what one start has known. In a life that follows another, nobody may be given what
somebody else still holds, or has used less than a window ago. So

- each machine whose lease has not ended tells what its workers hold (`retold`), and they go on;
- all else is held by nobody in particular (`UNKNOWN`) for one lease, in which every machine has
  told or stopped, and then cools for one window.

Pure. A store without any life before it begins empty and free.

>>> Life.read(b"5f0c:1700000000000000:1:30000000").forgot
True
"""

from typing import Final

import msgspec

from detente.accounts.share import Share, WindowState
from detente.accounts.window import opened

UNKNOWN: Final = ""
"""Who holds, in a life that follows another, what nobody has told of."""


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One life of the store: the server's start, when it began, and whether another was before;
    within `lease_us` of its beginning the machines of that one tell what they hold."""

    run: str
    born_us: int
    forgot: bool
    lease_us: int

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return f"{self.run}:{self.born_us}:{int(self.forgot)}:{self.lease_us}"

    @classmethod
    def read(cls, text: bytes) -> "Life | None":
        """A life by its text; None where it is none."""
        parts = text.decode().split(":")
        if len(parts) != 4 or not all(part.isdigit() for part in parts[1:]):
            return None
        run, born, forgot, lease = parts
        return cls(run=run, born_us=int(born), forgot=forgot == "1", lease_us=int(lease))

    @property
    def told_until_us(self) -> int:
        """When every machine of the life before has told what it holds, or has stopped."""
        return self.born_us + self.lease_us


def first_state(life: Life, limit: int, window_us: int, now_us: int) -> WindowState:
    """An account of which the store knows nothing."""
    if not life.forgot or now_us >= life.told_until_us + window_us:
        return opened(now_us)
    unknown = Share(held=limit, epoch=1)
    # born at 0: whatever somebody held in the life before is among what nobody has told of
    return _settled_unknown(
        WindowState(born_us=0, epoch=now_us, window_us=window_us, shares={UNKNOWN: unknown}),
        life,
        now_us,
    )


def settled(state: WindowState, life: Life, now_us: int) -> WindowState:
    """The account at that time: what nobody told of begins to cool when all could have told."""
    return _settled_unknown(state, life, now_us) if UNKNOWN in state.shares else state


def retold(state: WindowState, holder: str, share: Share, now_us: int) -> WindowState:
    """The account with what a holder of the life before still holds; what it was granted last may
    have had times of another clock, and cools for a window."""
    if holder in state.shares:
        return state
    shares = dict(state.shares)
    unknown = shares.get(UNKNOWN)
    if unknown is not None:
        left = max(0, unknown.held - share.held)
        shares[UNKNOWN] = msgspec.structs.replace(unknown, held=left)
    later = now_us + state.window_us
    shares[holder] = msgspec.structs.replace(
        share,
        asked_us=now_us,
        since_us=now_us,
        said_us=now_us,
        needs=0,
        wants=0,
        beyond=0,
        added=tuple((later, amount) for _, amount in share.added),
    )
    return msgspec.structs.replace(state, shares=shares, epoch=max(state.epoch, share.epoch))


def _settled_unknown(state: WindowState, life: Life, now_us: int) -> WindowState:
    if now_us < life.told_until_us:
        return state
    shares = dict(state.shares)
    unknown = shares.pop(UNKNOWN)
    free_us = life.told_until_us + state.window_us
    pool = state.pool
    if unknown.held and free_us > now_us:
        pool = tuple(sorted((*pool, (free_us, unknown.held))))
    return msgspec.structs.replace(state, shares=shares, pool=pool)
