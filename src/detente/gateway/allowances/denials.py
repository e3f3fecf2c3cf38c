"""What a request is told that a budget, a limit or the store's outage refuses.

Sentences and waits only; who is refused is the purse's. Budgets and limits are named by their
account, which says whose they are; amounts are not told, since an account may be everybody's.

>>> refused(pocket, 5, now_us=0, now=now).failure.code
'budget_exhausted'
"""

from datetime import UTC, datetime
from typing import Final

from detente.canonical.failure import ClientFault, Fault
from detente.gateway.allowances.pocket import AnyPocket, MoneyPocket, WindowPocket

AGAIN_MS: Final = 1_000
"""What a request is told to wait where it would fit once others are done, and nobody knows when."""
_MICROSECONDS: Final = 1_000


class Denial(ClientFault):
    """A refusal by an account; `owner` is whose it is (`project:shop`)."""

    def __init__(
        self, code: str, message: str, owner: str, *, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(code, message, retry_after_ms=retry_after_ms)
        self.owner = owner


def code_of(pocket: AnyPocket) -> str:
    """The code of a refusal by this account."""
    return "budget_exhausted" if isinstance(pocket, MoneyPocket) else "rate_limited"


def refused(pocket: AnyPocket, amount: int, *, now_us: int, now: datetime) -> Denial:
    """The refusal of a request that needs `amount` of an account; `now` is the wall's clock."""
    if isinstance(pocket, MoneyPocket):
        said, wait_ms = _budget(pocket, amount, now)
    else:
        said, wait_ms = _limit(pocket, amount, now_us)
    owner = pocket.account.rule.owner
    return Denial(code_of(pocket), said, owner, retry_after_ms=wait_ms)


def _budget(pocket: MoneyPocket, amount: int, now: datetime) -> tuple[str, int | None]:
    """What is said, and the milliseconds after which to try again."""
    name = f"budget `{pocket.id}`"
    if amount > pocket.account.limit:
        said = f"the request may cost more than all of the {name}; ask for less output"
        return f"{said}, or have the budget raised", None
    if amount <= pocket.left:
        said = f"what is left of the {name} is reserved for other requests; try again, or ask"
        return f"{said} for less output", AGAIN_MS
    ends_at = pocket.account.ends_at
    cure = "ask for less output, or have the budget raised"
    if ends_at is None:
        return f"the {name} has not enough left for this request; {cure}", None
    until = ends_at.astimezone(UTC)
    said = f"the {name} has not enough left for this request until {until:%Y-%m-%dT%H:%M:%SZ}"
    wait_ms = max(1, int((until - now).total_seconds() * 1000))
    return f"{said}; wait, {cure}", wait_ms


def _limit(pocket: WindowPocket, amount: int, now_us: int) -> tuple[str, int | None]:
    name, limit = f"limit `{pocket.id}`", pocket.account.limit
    if amount > limit:
        said = f"the request may take {amount} tokens, and the {name} allows {limit}"
        return f"{said}; send less, or ask for less output", None
    if pocket.kind == "concurrent":
        said = f"the {name} is reached: {limit} requests at once; wait until one of them ends"
        return said, AGAIN_MS
    waits_us = [pocket.lease.next_free_us(amount, now_us)]
    if pocket.retry_at_us is not None and pocket.retry_at_us > now_us:
        waits_us.append(pocket.retry_at_us - now_us)
    known = [wait_us for wait_us in waits_us if wait_us is not None]
    wait_us = min(known) if known else pocket.account.window_us or 0
    wait_ms = max(1, -(-wait_us // _MICROSECONDS))
    said = f"the {name} is reached: {limit} {pocket.kind} in {_window(pocket)}"
    return f"{said}; try again in {wait_ms / 1000:g} s", wait_ms


def _window(pocket: AnyPocket) -> str:
    seconds = (pocket.account.window_us or 0) / 1_000_000
    return f"{seconds:g} s"


def store_unavailable(pocket: AnyPocket) -> Denial:
    """The store of budgets and limits cannot be asked, or does not answer."""
    said = "budgets and limits cannot be checked now, since their store does not answer; try again"
    owner = pocket.account.rule.owner
    return Denial("store_unavailable", said, owner, retry_after_ms=AGAIN_MS)


def waits_in_vain(pocket: AnyPocket, waiting_max: int) -> Denial:
    """So many requests wait for their accounts that one more is not let in."""
    said = f"{waiting_max} requests already wait (`budget_waiting_max`) for budgets and limits"
    owner = pocket.account.rule.owner
    return Denial(code_of(pocket), f"{said}; try again", owner, retry_after_ms=AGAIN_MS)


def price_unknown(reason: str) -> Fault:
    """A hard budget of money, and something that has no price."""
    said = f"a hard budget applies, and {reason}"
    return ClientFault("price_unknown", f"{said}; add it under `[[prices]]`, or ask another model")
