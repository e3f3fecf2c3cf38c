"""Amounts of money and of use, and the periods in which they are counted.

Values and calendar arithmetic; balances are counted elsewhere (`detente.reports`).

>>> period_around("month", day("2026-01-15"), None, at=day("2026-03-20"))
(datetime(2026, 3, 15), datetime(2026, 4, 15))
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal, cast

import msgspec
from msgspec import Meta

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
"""ISO 4217: `USD`, `EUR`."""
USD: Final = "USD"
"""What the ledger counts in."""

Amount = Decimal
"""Finite and not negative, which `amount_mistakes` sees to: msgspec bounds no decimals."""
Percent = Decimal
"""An `Amount` of at most 100; the fields that hold one are those of `PERCENTS`."""
PERCENTS: Final = frozenset(("percent", "rate"))
ALL_PERCENT: Final = 100
AMOUNT_MAX: Final = Decimal(10) ** 15
RATE_MAX: Final = Decimal(10) ** 6
PLACES_MAX: Final = 18
"""No contract counts beyond these; what is reckoned from such amounts never overflows."""

Period = Literal["term", "year", "quarter", "month"]
"""In what an amount has to be taken: the clause's whole term, or each year, quarter or month of
it, counted from its start (not calendar years)."""

_MONTHS: Final[dict[Period, int]] = {"year": 12, "quarter": 3, "month": 1}


def amount_mistakes(terms: msgspec.Struct) -> Iterator[tuple[str, str]]:
    """The amounts in `terms` that cannot be meant: the key and a sentence for each."""
    rate: object = getattr(terms, "usd_per_unit", None)
    if rate not in (None, 1) and getattr(terms, "currency", USD) == USD:
        yield "usd_per_unit", "a dollar is one dollar; name another `currency`, or leave this out"
    for key in terms.__struct_fields__:
        value: object = getattr(terms, key)
        if isinstance(value, Decimal):
            mistake = _mistake(key, value)
            if mistake is not None:
                yield key, mistake
        elif isinstance(value, tuple):
            tiers = cast("tuple[object, ...]", value)
            for tier in tiers:
                if isinstance(tier, msgspec.Struct):
                    yield from ((key, said) for _, said in amount_mistakes(tier))


def _mistake(key: str, value: Decimal) -> str | None:
    """Why `key` cannot be that much, None where it can."""
    most = RATE_MAX if key == "usd_per_unit" else AMOUNT_MAX
    if not value.is_finite() or value < 0:
        return f"`{value}` is no amount; give 0 or more"
    if key in PERCENTS and value > ALL_PERCENT:
        return f"`{value}` per cent is more than all; give at most {ALL_PERCENT}"
    if value > most:
        return f"more than {most:,f}; give a smaller amount"
    if _places(value) > PLACES_MAX:
        return f"more than {PLACES_MAX} decimal places; round it"
    return None


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def period_around(
    period: Period, start: datetime, until: datetime | None, *, at: datetime
) -> tuple[datetime, datetime | None]:
    """The period of a clause from `start` to `until` in which `at` lies, half-open.

    The last one ends with the clause. A term without end has none. `at` is not before `start`.
    """
    if period == "term":
        return start, until
    months = _MONTHS[period]
    elapsed = (at.year - start.year) * 12 + at.month - start.month
    count = elapsed // months
    if add_months(start, count * months) > at:
        count -= 1
    begins, ends = add_months(start, count * months), add_months(start, (count + 1) * months)
    return begins, ends if until is None or ends < until else until


def add_months(start: datetime, months: int) -> datetime:
    """The same day that many months later, or the last of its month where there is none."""
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    if year > datetime.max.year:
        return datetime.max.replace(tzinfo=UTC)
    for day in range(start.day, 27, -1):
        try:
            return start.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return start.replace(year=year, month=month + 1)
