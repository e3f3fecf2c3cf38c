"""Who is asked for units back while others wait for them.

First whoever holds more than its fair share (nothing, for who has not asked lately): it parts even
with units that still cool. What a single request needs beyond its own holder's share is recalled
from all. And anybody is asked for what lies free with it (`spare`). Who waits itself is not asked
by those who came later.

>>> recalled(state, "w1-1", 600, now_us)
(300, 0)

Not here: which of its units a worker parts with (`window_lease`).
"""

from detente.accounts.share import Share, WindowState, is_active, is_waiting, units


def recalled(state: WindowState, holder: str, limit: int, now_us: int) -> tuple[int, int]:
    """How much the holder is asked for: (also with its cooling, only what is free and unused)."""
    shares = state.shares
    own = shares[holder]
    held = sum(share.held for share in shares.values())
    if (over := held - limit) > 0:  # the limit was lowered
        return min(own.held, _part(over, own.held, held)), 0
    waiting = {
        name: share
        for name, share in shares.items()
        if name != holder and is_waiting(share, now_us) and not _is_before(own, share, now_us)
    }
    if not waiting or own.held == 0:
        return 0, 0
    unclaimed = limit - held
    wanted = max(0, sum(share.wants for share in waiting.values()) - unclaimed)
    using = sum(1 for share in shares.values() if is_active(share, now_us))
    fair = limit // max(1, using)
    excess = {
        name: max(0, share.held - (fair if is_active(share, now_us) else 0))
        for name, share in shares.items()
        if name not in waiting
    }
    all_excess = sum(excess.values())
    recall = min(excess[holder], _part(wanted, excess[holder], all_excess))
    beyond = max(share.beyond for share in waiting.values()) - all_excess - unclaimed
    if beyond > 0:
        others = held - max(waiting.values(), key=lambda share: share.beyond).held
        recall = max(recall, min(own.held, excess[holder] + _part(beyond, own.held, others)))
    needed = sum(share.wants for share in waiting.values()) - (unclaimed - units(state.pool))
    return recall, max(0, min(needed, own.held) - recall)


def _is_before(own: Share, other: Share, now_us: int) -> bool:
    """Whether the holder's own request has waited for longer."""
    return own.needs > 0 and is_waiting(own, now_us) and own.since_us < other.since_us


def _part(amount: int, weight: int, weights: int) -> int:
    """The part of an amount that falls to a weight, rounded up."""
    return -(-amount * weight // weights) if weights > 0 else 0
