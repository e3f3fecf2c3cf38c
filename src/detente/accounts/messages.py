"""What a worker's purse and the treasury say to each other about accounts.

Two kinds of account. **Money** (`window_us` is None): a worker's `granted` amount only grows, and
so does what it gave back; what it spent reaches the store through the ledger, exactly once. So
messages carry totals, and one that is lost or repeated does no harm.

**Windows** (`window_us` ≥ 0; 0 counts what is open at once): a worker holds capacity, of which each
part can be used again one window after it was used. A part may move with the time at which it is
free again (`Cooling`). The store counts what each worker holds, in an epoch; a worker that is told
another epoch holds nothing.

Amounts are picodollars, requests or tokens. Times are microseconds, and relative: whoever receives
them adds its own clock, so that no two clocks need to agree.
"""

from typing import Literal

import msgspec

Cooling = tuple[int, int]
"""(microseconds until it is free again, amount)."""

Verdict = Literal["granted", "wait", "never"]
"""`granted`: what was needed is there. `wait`: it may be, once others give back or settle.
`never`: not in this period, however open reservations end (money), or more than the whole limit
(windows)."""


class Want(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a worker says of one account; `MoneyLease.ask` and `WindowLease.ask` make it.

    `limit` is the account's whole amount under the configuration in force. `need` is what a
    request is waiting for beyond what is free, 0 where none is; `want` what it would rather have
    (a slice, `need` included). `held` is what it knows to hold, so that an answer that it never
    heard is not answered twice. Money: all that it knows to have been granted, and `returned` all
    that it ever gave back. Windows: what it holds besides `back`, which it gives back now; `free`
    is what of it is free. `turn` is the number of what is given back: with the same number, it is
    the same units, said again. `modest`: no more than `want`, also where nobody else would have it.
    """

    account: str
    limit: int
    window_us: int | None = None
    need: int = 0
    want: int = 0
    returned: int = 0
    epoch: int = 0
    held: int = 0
    back: tuple[Cooling, ...] = ()
    turn: int = 0
    free: int = 0
    modest: bool = False


class Have(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the treasury answers for one account; `heard` of the leases takes it in.

    Money: `granted` is all that was ever granted, `left` what of the limit nobody has spent.
    Windows: `held` is what the worker holds from now on, and `cooling` when what was added since it
    last said what it holds is free (0 for now), in order. `turn` is that of the want answered; an
    answer to any but the last one says nothing. `retry_after_us` is when more will be there, None
    where nobody knows, as while others hold some. `recall` asks for so much back, as soon as it is
    free (windows: or with its cooling), and `spare` for so much of what lies free and is not about
    to be used.
    """

    account: str
    verdict: Verdict = "granted"
    granted: int = 0
    left: int = 0
    epoch: int = 0
    held: int = 0
    cooling: tuple[Cooling, ...] = ()
    retry_after_us: int | None = None
    recall: int = 0
    turn: int = 0
    spare: int = 0


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One round trip's worth of wants; `holder` is the worker's life (its journal's owner)."""

    number: int
    holder: str
    wants: tuple[Want, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """To the ask of that number, or to none (0): told unasked, as a recall or a late grant is.

    `good_until_us` is the time by this machine's own clock (`stores.clock`) at which all that the
    worker holds must no longer be used, unless a later answer or `Kept` says otherwise.
    """

    number: int
    good_until_us: int
    haves: tuple[Have, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Until when this machine's leases hold, 0 where they have ended; None where who says it has
    not heard the store yet: what was said before holds. `outage` says that the store does not
    answer now."""

    good_until_us: int | None
    outage: bool = False
