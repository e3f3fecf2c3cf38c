"""A price made ready for the hot path: whole picodollars a token.

Not a second way to price: whatever `price.cost_usd` says, a tariff says in whole picodollars.

>>> tariff = Tariff(Price(id="x", model="m", provider="p", source="example",
...                       meters={"uncached_input_tokens": Decimal(2)}))
>>> tariff.cost_pico_usd(Usage(uncached_input_tokens=3))
6000000
"""

from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from detente.canonical.price import PER_MILLION, PICO_DIGITS, Price, cost_usd
from detente.canonical.usage import TOKEN_CLASSES, Usage

assert Usage.__struct_fields__[: len(TOKEN_CLASSES)] == TOKEN_CLASSES  # what `Tariff` relies on


class Tariff:
    """A price made ready for the hot path: whole picodollars a token, in the order of `Usage`.

    Equal to `cost_usd` for every usage; a price that is finer than a picodollar a token takes
    that exact way.
    """

    __slots__ = ("_input", "_output", "_rates", "price")

    def __init__(self, price: Price) -> None:
        self.price = price
        rates = [price.meters.get(name) for name in TOKEN_CLASSES]
        pico = [None if rate is None else rate.scaleb(PICO_DIGITS) / PER_MILLION for rate in rates]
        exact = all(rate is None or rate == rate.to_integral_value() for rate in pico)
        self._rates = tuple(None if r is None else int(r) for r in pico) if exact else None
        known = dict(zip(TOKEN_CLASSES, self._rates or (), strict=False))
        self._input = known.get("uncached_input_tokens")
        self._output = known.get("visible_output_tokens")

    def cost_pico_usd(self, usage: Usage) -> int | None:
        """What `usage` costs in whole picodollars, or None where any part of it is unknown."""
        into, out = self._input, self._output
        if into is None or out is None or _is_special(usage):
            return self._summed(usage)
        return usage.uncached_input_tokens * into + usage.visible_output_tokens * out

    def _summed(self, usage: Usage) -> int | None:
        """Class by class."""
        if self._rates is None:
            return pico_of_usd(cost_usd(self.price, usage))
        total = 0
        for tokens, rate in zip(msgspec.structs.astuple(usage), self._rates, strict=False):
            if tokens:
                if rate is None:
                    return None
                total += tokens * rate
        return total


def tokens_of(usage: Usage) -> int:
    """All of its tokens, as `usage.tokens` says them, for a third of the time where it is plain."""
    if _is_special(usage):
        return usage.tokens
    return usage.uncached_input_tokens + usage.visible_output_tokens


def _is_special(usage: Usage) -> bool:
    """Whether there is more to it than plain text in and out, as there mostly is not."""
    return bool(
        usage.cache_read_tokens
        or usage.cache_write_5m_tokens
        or usage.cache_write_30m_tokens
        or usage.cache_write_1h_tokens
        or usage.cache_write_12h_tokens
        or usage.audio_input_tokens
        or usage.reasoning_output_tokens
        or usage.audio_output_tokens
    )


def pico_of_usd(amount: Decimal | None) -> int | None:
    """Dollars as whole picodollars, rounded half to even where finer."""
    if amount is None:
        return None
    return int(amount.scaleb(PICO_DIGITS).to_integral_value(ROUND_HALF_EVEN))


def usd_of_pico(amount: int | None) -> Decimal | None:
    """Whole picodollars as dollars, exactly."""
    return None if amount is None else Decimal(amount).scaleb(-PICO_DIGITS)
