"""What one request holds in its accounts, and what all requests of a plan share of that.

Values only: the purse takes, settles and gives back.

>>> hold = purse.reserve(terms, pico_usd, tokens, now_us)
"""

from typing import TYPE_CHECKING

from detente.accounts.rules import Account
from detente.gateway.allowances.outlook import Outlook
from detente.gateway.allowances.pocket import AnyPocket, MoneyPocket, WindowPocket

if TYPE_CHECKING:
    from detente.gateway.suspension import Suspension


class Terms:
    """The accounts that apply to the requests of a plan (`pockets`, in the order in which they are
    taken: money, those that count requests, tokens), and what is dear in it.

    They hold until `valid_until_us` (microseconds since the epoch): the end of the first period, or
    the next change of a price. `booked` are the money accounts that count the charge: also those of
    budgets that are not hard, in which nothing is reserved (`counted`). The other members are the
    outlook's.
    """

    __slots__ = (
        "booked",
        "concurrent",
        "context_tokens",
        "counted",
        "flat",
        "habits",
        "money",
        "ones",
        "output_tokens_max",
        "pockets",
        "priced",
        "rates",
        "requests",
        "tokens",
        "valid_until_us",
    )

    def __init__(
        self,
        valid_until_us: int,
        pockets: tuple[AnyPocket, ...] = (),
        counted: tuple[Account, ...] = (),
        *,
        outlook: Outlook | None = None,
    ) -> None:
        self.valid_until_us = valid_until_us
        self.money = tuple(one for one in pockets if isinstance(one, MoneyPocket))
        windows = [one for one in pockets if isinstance(one, WindowPocket)]
        self.concurrent = tuple(one for one in windows if one.kind == "concurrent")
        self.tokens = tuple(one for one in windows if one.kind == "tokens")
        self.requests = tuple(one for one in windows if one.kind == "requests")
        self.ones = (*self.concurrent, *self.requests)
        self.pockets: tuple[AnyPocket, ...] = (*self.money, *self.ones, *self.tokens)
        self.counted = counted
        self.booked = (*(one.id for one in self.money), *(one.id for one in counted))
        outlook = outlook or Outlook()
        self.priced = outlook.priced
        self.rates = outlook.rates
        self.flat = outlook.flat
        self.output_tokens_max = outlook.output_tokens_max
        self.context_tokens = outlook.context_tokens
        self.habits = outlook.habits

    def costs(self) -> "Terms":
        """Those accounts of which one request may need more than once: money and tokens."""
        return Terms(self.valid_until_us, (*self.money, *self.tokens))


class Hold:
    """What a request needs of its terms, and has reserved once the purse took it: picodollars in
    each money account, tokens in each window of tokens, one place in each of those that count
    requests at once.

    `output_tokens` is the answer's part of both; `certain` is whether the input's part is a bound,
    `closer` whether it was looked at closer. `prices` are the terms whose prices that is by: other
    ones than those it is reserved in, once the agreements decided again. Besides, `past_pico_usd`
    and `past_tokens` are held for `past_tries`: sent, not waited for, and perhaps billed.
    """

    __slots__ = (
        "certain",
        "closer",
        "output_tokens",
        "past_pico_usd",
        "past_tokens",
        "past_tries",
        "pico_usd",
        "prices",
        "terms",
        "tokens",
    )

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.prices = terms
        self.past_tries = 0
        self.past_pico_usd = 0
        self.past_tokens = 0
        self.pico_usd = 0
        self.tokens = 0
        self.output_tokens = 0
        self.certain = True
        self.closer = False

    def pass_on(self) -> None:
        """As much was taken again for the next try: what was held before is for the last one."""
        self.past_tries += 1
        self.past_pico_usd += self.pico_usd
        self.past_tokens += self.tokens

    def join(self) -> None:
        """All is over: what was held for past tries is settled with the rest."""
        self.pico_usd += self.past_pico_usd
        self.tokens += self.past_tokens
        self.past_tries = self.past_pico_usd = self.past_tokens = 0


class Waiter:
    """A request that waits for its accounts; `number` is its place among all of this worker.

    `heard` is set once the treasury has answered for it: the store does exist, and has nothing now.
    """

    __slots__ = ("heard", "hold", "number", "request")

    def __init__(self, request: "Suspension", hold: Hold, number: int) -> None:
        self.request = request
        self.hold = hold
        self.number = number
        self.heard = False


class Figures:
    """What a purse has counted since it was made; `refused` by code and kind of owner."""

    __slots__ = (
        "asks",
        "excess_pico_usd",
        "excess_requests",
        "excess_tokens",
        "refused",
        "reserved",
        "waited",
    )

    def __init__(self) -> None:
        self.asks = 0
        self.reserved = 0
        self.waited = 0
        self.refused: dict[str, int] = {}
        self.excess_requests = 0
        self.excess_pico_usd = 0
        self.excess_tokens = 0

    def refuse(self, code: str, owner: str) -> None:
        """Count a refusal; of the owner only whether it is a key, a project or the organisation."""
        name = f"{code} {owner.partition(':')[0]}"
        self.refused[name] = self.refused.get(name, 0) + 1
