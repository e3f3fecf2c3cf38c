"""The store's arithmetic of a window's units: who holds how many, and which cool until when.

    free = limit - what holders hold - what cools in the pool

A holder's units are its own business until it gives them back, with the time when each is free. How
many it gets is told in `granting`, who is asked for some of them back in `recall`.

Holder and store agree by level and number: a want says what is `held`, and has a number (`turn`)
that stands for what it gives back, so that repeats do nothing. What was granted and is not yet
confirmed (`Share.added`) is told again. So a holder's last want may be said again at any time, to
learn of a late grant or a recall.

Times are microseconds of the store's clock. Not here: keeping the state (`stores`).

>>> state, have = exchange(opened(now_us), "w0-1", want, now_us=now_us)
"""

from collections.abc import Collection
from typing import Final

import msgspec

from detente.accounts.granting import granted
from detente.accounts.messages import Cooling, Have, Verdict, Want
from detente.accounts.recall import recalled
from detente.accounts.share import Share, WindowState, is_active, is_waiting, units

ENTRIES_MAX: Final = 1_024
"""Moments that a pool tells apart; beyond it, times are rounded up to a grid of so many parts of
the window: a thousandth of it too late at most, never too early."""


def opened(now_us: int) -> WindowState:
    """An account that the store sees for the first time, or after it forgot everything."""
    return WindowState(born_us=now_us, epoch=now_us)


def exchange(
    state: WindowState, holder: str, want: Want, *, now_us: int, gone: Collection[str] = ()
) -> tuple[WindowState, Have]:
    """The account after a want, and the answer.

    `gone` are holders that ended, or whose machine's leases did: what they held cools for a whole
    window from now.
    """
    assert want.window_us is not None
    state = _settled(state, want.window_us, now_us, gone)
    known = state.shares.get(holder)
    if known is not None and want.turn < known.turn:
        return state, _have(state, holder, want, now_us)  # overtaken by a later one
    state, share = _told(state, holder, want, now_us)
    if want.epoch != share.epoch and want.need > 0:  # what it took for free is not there
        want = msgspec.structs.replace(
            want, need=want.need + want.free, want=want.want + want.free, free=0
        )
    state = granted(state, holder, share, want, now_us)
    recall, spare = recalled(state, holder, want.limit, now_us)
    have = _have(state, holder, want, now_us)
    return state, msgspec.structs.replace(have, recall=recall, spare=spare)


def ended(state: WindowState, holder: str, now_us: int) -> WindowState:
    """The account without the holder: what it held cools for a whole window from now."""
    return _settled(state, state.window_us, now_us, (holder,))


def wanted(state: WindowState, others_than: Collection[str], now_us: int) -> int:
    """How much all holders but these wait for."""
    return sum(
        share.wants
        for name, share in state.shares.items()
        if name not in others_than and is_waiting(share, now_us)
    )


def _settled(state: WindowState, window_us: int, now_us: int, gone: Collection[str]) -> WindowState:
    """What has cooled is free, and what those held who are gone begins to cool.

    Nothing cools for longer than a window: what says so was written before a clock was set back.
    """
    latest = now_us + window_us
    pool = [(min(at_us, latest), amount) for at_us, amount in state.pool if at_us > now_us]
    shares = dict(state.shares)
    for name in gone:
        share = shares.pop(name, None)
        if share is not None and share.held > 0:
            pool.append((latest, share.held))
    idle = [
        name for name, share in shares.items() if share.held == 0 and not is_active(share, now_us)
    ]
    for name in idle:
        del shares[name]
    return msgspec.structs.replace(
        state, window_us=window_us, pool=_merged(pool, window_us, now_us), shares=shares
    )


def _told(state: WindowState, holder: str, want: Want, now_us: int) -> tuple[WindowState, Share]:
    """What the want says of what is held and given back, taken in.

    What the store thinks is held, and the holder neither confirms nor was granted lately, cools for
    a window; of what the holder knows better, the store lost its last moments.
    """
    window_us = state.window_us
    latest = now_us + window_us
    given_back = units(want.back)
    pool = list(state.pool)
    share = state.shares.get(holder)
    if share is None:
        if 0 < want.epoch < state.born_us:  # the store forgot it, and it was used nevertheless
            pool.append((latest, want.held + given_back))
        share, new = Share(epoch=max(state.epoch + 1, now_us)), True
    else:
        new = want.turn > share.turn
    if want.epoch == share.epoch:  # else it never heard of this share: all of that is told again
        known = want.held + (given_back if new else 0)
        added = _last(share.added, share.held - known)
        if (unknown := share.held - known - units(added)) > 0:
            pool.append((latest, unknown))
        if new:
            pool += [(now_us + min(after_us, window_us), n) for after_us, n in want.back]
        share = msgspec.structs.replace(share, held=want.held + units(added), added=added)
    state = msgspec.structs.replace(
        state,
        epoch=max(state.epoch, share.epoch),
        pool=_merged(pool, window_us, now_us),
        shares={**state.shares, holder: share},
    )
    if new and want.want > 0:
        share = msgspec.structs.replace(share, asked_us=now_us)
    if new:
        share = msgspec.structs.replace(share, turn=want.turn, said_us=now_us)
    return state, share


def _have(state: WindowState, holder: str, want: Want, now_us: int) -> Have:
    share = state.shares[holder]
    verdict: Verdict = "granted" if share.needs == 0 else "wait"
    if want.need + want.free > want.limit:
        verdict = "never"
    alone = all(other.held == 0 for name, other in state.shares.items() if name != holder)
    known = verdict == "wait" and alone  # else others may have some that are free sooner
    return Have(
        account=want.account,
        verdict=verdict,
        epoch=share.epoch,
        held=share.held,
        cooling=tuple((max(0, at_us - now_us), n) for at_us, n in share.added),
        retry_after_us=_retry_after_us(share, want.need, now_us) if known else None,
        turn=want.turn,
    )


def _retry_after_us(share: Share, need: int, now_us: int) -> int | None:
    """When what was told now suffices; None where it does not, and others have to give back."""
    for at_us, amount in sorted(share.added):
        need -= amount
        if need <= 0:
            return max(0, at_us - now_us)
    return None


def _last(parts: tuple[Cooling, ...], amount: int) -> tuple[Cooling, ...]:
    """The last units of what was added."""
    last: list[Cooling] = []
    for at_us, there in reversed(parts):
        part = min(amount, there)
        if part <= 0:
            break
        amount -= part
        last.append((at_us, part))
    return tuple(reversed(last))


def _merged(pool: list[Cooling], window_us: int, now_us: int) -> tuple[Cooling, ...]:
    """Sorted, one entry a moment, and not too many of them; what is free now is left out."""
    grid_us = max(1, window_us // ENTRIES_MAX) if len(pool) > ENTRIES_MAX else 1
    amounts: dict[int, int] = {}
    for at_us, amount in pool:
        if at_us > now_us and amount > 0:
            moment = -(-at_us // grid_us) * grid_us
            amounts[moment] = amounts.get(moment, 0) + amount
    return tuple(sorted(amounts.items()))
