"""How many units of a window a holder is granted.

A lone holder gets everything, or what it wants where it is modest. Where several use an account,
each may have its fair share, and more of what is free and nobody waits for. Whoever has a request
waiting is served in order of arrival: free units, and those that are free soonest, are kept for it.

>>> granted(state, "w1-1", state.shares["w1-1"], want, now_us)

Not here: what a want says of what is held (`window`).
"""

from collections.abc import Collection
from typing import Final

import msgspec

from detente.accounts.messages import Cooling, Want
from detente.accounts.share import Share, WindowState, is_active, is_waiting, units

ADDED_MAX: Final = 4_096
"""Parts granted and not confirmed that are told apart."""


def granted(state: WindowState, holder: str, share: Share, want: Want, now_us: int) -> WindowState:
    """The account with what the holder is granted, and what it still waits for."""
    others = {name: other for name, other in state.shares.items() if name != holder}
    needs = max(0, want.need - units(part for part in share.added if part[0] <= now_us))
    wants = max(needs, want.want - units(share.added))
    since_us = share.since_us if share.wants > 0 and is_waiting(share, now_us) else now_us
    ahead = sum(
        other.needs
        for other in others.values()
        if is_waiting(other, now_us) and other.since_us <= since_us
    )
    held = sum(one.held for one in state.shares.values())
    free = max(0, want.limit - held - units(state.pool))
    unclaimed = max(0, free - ahead)
    goal = _goal(share, others.values(), want, wants, now_us)
    now = min(max(goal, needs, min(wants, unclaimed)), unclaimed)
    cooling, pool = soonest(state.pool, skip=max(0, ahead - free), amount=max(goal, needs) - now)
    new = ((now_us, now), *cooling) if now else cooling
    given = units(new)
    lacking = max(0, needs - now)
    share = msgspec.structs.replace(
        share,
        held=share.held + given,
        since_us=since_us,
        needs=lacking,
        wants=max(lacking, (wants if lacking else goal) - given, 0),
        beyond=max(0, want.need + want.free - share.held - given) if lacking else 0,
        added=_bounded((*share.added, *new)),
    )
    return msgspec.structs.replace(state, pool=pool, shares={**others, holder: share})


def soonest(
    pool: tuple[Cooling, ...], *, skip: int, amount: int
) -> tuple[tuple[Cooling, ...], tuple[Cooling, ...]]:
    """The soonest units after `skip` ones, and the pool without them."""
    taken: list[Cooling] = []
    kept: list[Cooling] = []
    for at_us, there in pool:
        passed = min(skip, there)
        skip -= passed
        part = max(0, min(amount, there - passed))
        amount -= part
        if part:
            taken.append((at_us, part))
        if there > part:
            kept.append((at_us, there - part))
    return tuple(taken), tuple(kept)


def _goal(share: Share, others: Collection[Share], want: Want, wants: int, now_us: int) -> int:
    """How many units it should have besides what it holds, also such as still cool."""
    if wants <= 0:
        return 0
    limit = want.limit
    room = max(0, limit - share.held)
    if all(other.held == 0 and not is_active(other, now_us) for other in others):
        return min(wants, room) if want.modest else room
    using = 1 + sum(1 for other in others if is_active(other, now_us))
    return max(0, min(wants, limit // using - share.held, room))


def _bounded(added: tuple[Cooling, ...]) -> tuple[Cooling, ...]:
    """Not too many parts that nobody confirms: the older ones are taken for the latest of them."""
    if len(added) <= ADDED_MAX:
        return added
    old, new = added[: -ADDED_MAX // 2], added[-ADDED_MAX // 2 :]
    return ((max(at_us for at_us, _ in old), units(old)), *new)
