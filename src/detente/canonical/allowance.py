"""What may be spent: money budgets and limits, as an organisation, a project or a key carries them.

A budget counts money in a calendar period; a limit counts requests or tokens in a sliding window,
or requests at once. Each may be narrowed to models by a pattern. What is counted where is an
*account* (`detente.accounts`).

>>> Limit(measure="requests", amount=600, window_ms=60_000)
Limit(measure='requests', amount=600, window_ms=60000, model=None)
"""

from decimal import Decimal
from typing import Literal

import msgspec

Period = Literal["hour", "day", "week", "month", "quarter", "year", "ever"]
"""A calendar period in a time zone; weeks begin on Monday (ISO 8601)."""
Measure = Literal["requests", "tokens", "concurrent"]


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Money that may be spent in each period; what counts is what the project is charged.

    `hard` refuses what no longer fits, otherwise it is only told. `alert_at` are fractions of `usd`
    at which it is told. `time_zone` is an IANA name. `model` is a pattern for canonical names
    (`openai/*`), None for all.
    """

    usd: Decimal
    period: Period = "month"
    time_zone: str = "UTC"
    hard: bool = True
    alert_at: tuple[Decimal, ...] = (Decimal("0.8"), Decimal(1))
    model: str | None = None


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """At most `amount` of `measure` in any `window_ms`, or at once where it is `concurrent`
    (`window_ms` is then 0). `model` is a pattern, None for all."""

    measure: Measure
    amount: int
    window_ms: int
    model: str | None = None
