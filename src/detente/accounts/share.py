"""An account of a window as a store keeps it: the pool, and each holder's share.

Values, stored as one MessagePack blob; what becomes of them is told by `window` and `recall`.

>>> is_waiting(Share(needs=1, wants=1, said_us=0), 1)
True
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detente.accounts.messages import Cooling

ACTIVE_US: Final = 10_000_000
"""Who asked for more within this time uses the account, and has a share in it."""
WAITING_US: Final = 3_000_000
"""A want that was not said again for so long is forgotten: its holder may be gone."""


class Share(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a holder holds, in an epoch, and what it last wanted.

    `turn` is the number of its last want. `added` is what was granted since it last confirmed what
    it holds: (free at, amount). `needs` is what a request of it waits for since `since_us`, as was
    last said at `said_us`; `wants` what it would have, never less; `beyond` by how much that
    request exceeds all that it holds. `asked_us` is when it last asked for more.
    """

    held: int = 0
    epoch: int = 0
    turn: int = 0
    asked_us: int = 0
    since_us: int = 0
    said_us: int = 0
    needs: int = 0
    wants: int = 0
    beyond: int = 0
    added: tuple[Cooling, ...] = ()


class WindowState(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """An account: `pool` is (free at, amount) of what nobody holds and is not free yet.

    `born_us` is when the store first knew it: epochs before that are from a time that it forgot.
    """

    born_us: int
    epoch: int
    window_us: int = 0
    pool: tuple[Cooling, ...] = ()
    shares: dict[str, Share] = {}


def units(parts: Iterable[Cooling]) -> int:
    """How many units these are in all."""
    return sum(amount for _, amount in parts)


def is_active(share: Share, now_us: int) -> bool:
    """Whether its holder uses the account now."""
    return now_us - share.asked_us <= ACTIVE_US


def is_waiting(share: Share, now_us: int) -> bool:
    """Whether its holder would have more than it got."""
    return share.wants > 0 and now_us - share.said_us <= WAITING_US
