"""What a token may cost at most, over all deployments that may answer; and what to reserve.

Budgets count what is charged: of each deployment the prices of the book of charges count, and
those of the book of costs where no charge is sure to. Which row counts is only known from the
answer (its tier, its length), so the dearest does. In whole picodollars a token, rounded up.

Not here: how many tokens there are (`bound`), and what an answer did cost (`canonical.tariff`).

>>> reservation(Rates(input_pico=2_000_000, output_pico=8_000_000), 1_000, 500)
6000000000
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING
from typing import Final, Literal

from detente.accounts.marks import MARKS
from detente.canonical.model import Dialect
from detente.canonical.price import PER_MILLION, PICO_DIGITS, Price
from detente.canonical.tariff import Tariff

CacheWrites = Literal["none", "5m", "1h"]
"""The longest lifetime for which a request asks a prompt to be cached. What platforms cache unasked
(OpenAI: 30 minutes or 12 hours) always counts."""
Priced = tuple[tuple[Tariff, ...], tuple[Tariff, ...]]
"""One deployment: the rows of the book of costs and of the book of charges that may count now, each
as `PriceBook.tariffs_at` gives them."""

_INPUT: Final = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_30m_tokens",
    "cache_write_12h_tokens",
)
_ASKED_WRITES: Final[dict[CacheWrites, tuple[str, ...]]] = {
    "none": (),
    "5m": ("cache_write_5m_tokens",),
    "1h": ("cache_write_5m_tokens", "cache_write_1h_tokens"),
}
_OUTPUT: Final = ("visible_output_tokens", "reasoning_output_tokens")
_NEEDED: Final = ("uncached_input_tokens", "visible_output_tokens")


@dataclass(frozen=True, kw_only=True)
class Rates:
    """The dearest rates in picodollars a token; `long_…` for prompts of more than `long_over`
    tokens, None where length changes nothing."""

    input_pico: int
    output_pico: int
    long_over: int | None = None
    long_input_pico: int = 0
    long_output_pico: int = 0


def reservation(rates: Rates, input_tokens: int, output_tokens: int) -> int:
    """Picodollars that a request of so many tokens costs at most."""
    if rates.long_over is not None and input_tokens > rates.long_over:
        return input_tokens * rates.long_input_pico + output_tokens * rates.long_output_pico
    return input_tokens * rates.input_pico + output_tokens * rates.output_pico


def cache_writes_of(body: bytes, dialect: Dialect) -> CacheWrites:
    """For how long `body` asks a prompt to be cached, at most."""
    word = MARKS[dialect].cache
    if not word or word not in body:
        return "none"
    return "1h" if b'"1h"' in body else "5m"


def worst_rates(
    priced: Iterable[Priced], *, cache_writes: CacheWrites = "none", audio: bool = False
) -> Rates | None:
    """The dearest rates of all deployments; None where one has no price, or a row of one lacks a
    meter that every answer needs (`missing_price` names it).

    `audio` is whether sound may be sent or asked for.
    """
    classes = _INPUT + _ASKED_WRITES[cache_writes] + (("audio_input_tokens",) if audio else ())
    spoken = (*_OUTPUT, "audio_output_tokens") if audio else _OUTPUT
    short, long, long_over = (0, 0), (0, 0), None
    for costs, charges in priced:
        rows = tuple(_counting(costs, charges))
        if not rows or any(name not in row.meters for row in rows for name in _NEEDED):
            return None
        for row in rows:
            rates = (_dearest(row, classes), _dearest(row, spoken))
            long = (max(long[0], rates[0]), max(long[1], rates[1]))
            if row.input_tokens_over:
                over = row.input_tokens_over
                long_over = over if long_over is None else min(long_over, over)
            else:
                short = (max(short[0], rates[0]), max(short[1], rates[1]))
    return Rates(
        input_pico=short[0],
        output_pico=short[1],
        long_over=long_over,
        long_input_pico=long[0],
        long_output_pico=long[1],
    )


def missing_price(deployment: str, priced: Priced) -> str | None:
    """What the deployment of that id lacks, as the end of a sentence; None where nothing is."""
    rows = tuple(_counting(*priced))
    if not rows:
        return f"no price of deployment `{deployment}` is known"
    for row in rows:
        for name in _NEEDED:
            if name not in row.meters:
                return f"price `{row.id}` of deployment `{deployment}` lacks `{name}`"
    return None


def _counting(costs: tuple[Tariff, ...], charges: tuple[Tariff, ...]) -> Iterator[Price]:
    """The rows by which an answer may be charged: those of charges, and those of costs unless one
    of charges counts for every answer."""
    for tariff in charges:
        yield tariff.price
    if not charges or charges[-1].price.depends_on_usage:
        for tariff in costs:
            yield tariff.price


def _dearest(row: Price, classes: tuple[str, ...]) -> int:
    rate = max(row.meters[name] for name in classes if name in row.meters)
    pico = rate.scaleb(PICO_DIGITS) / PER_MILLION
    return int(pico.to_integral_value(ROUND_CEILING))
