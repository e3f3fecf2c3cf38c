"""List prices of platforms, and prices as users write them, as `Price`.

A catalog row speaks of a *kind* of provider (`openai`), and stands in that kind's own file, so that
nobody reads what is not configured; `prices_for` binds it to the configured providers of that kind,
so that everything else only ever compares configured names.

>>> price_of(entry).meters["visible_output_tokens"]
Decimal('60.0')
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Protocol

import msgspec

from detente.canonical.model import Deployment
from detente.canonical.price import METERS, Price
from detente.catalog.loader import Sourced, midnight, read_rows, shipped, shipped_in


class Meters(Protocol):
    """The meters of a row, in US dollars a million tokens; None is unknown.

    `reasoning` left out is `output`: every platform counts reasoning into its output tokens.
    """

    @property
    def input(self) -> Decimal | None: ...
    @property
    def cache_read(self) -> Decimal | None: ...
    @property
    def cache_write_5m(self) -> Decimal | None: ...
    @property
    def cache_write_30m(self) -> Decimal | None: ...
    @property
    def cache_write_1h(self) -> Decimal | None: ...
    @property
    def cache_write_12h(self) -> Decimal | None: ...
    @property
    def output(self) -> Decimal | None: ...
    @property
    def reasoning(self) -> Decimal | None: ...
    @property
    def audio_input(self) -> Decimal | None: ...
    @property
    def audio_output(self) -> Decimal | None: ...


class PriceEntry(Meters, Protocol):
    """A price as a user's configuration has it; `provider` is a configured name or pattern."""

    @property
    def model(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def from_(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def source(self) -> str: ...
    @property
    def input_tokens_over(self) -> int: ...
    @property
    def tier(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...


class PriceRow(Sourced, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `prices/KIND.toml`: one model at one kind of provider, from a day on.

    `input_tokens_over`, `tier` and `zone` are its conditions, see `canonical.price.Price`.
    """

    model: str
    kind: str
    from_: date = msgspec.field(name="from")
    until: date | None = None
    input: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_30m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    cache_write_12h: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None
    audio_input: Decimal | None = None
    audio_output: Decimal | None = None
    input_tokens_over: int = 0
    tier: str | None = None
    zone: str | None = None


def priced_kinds() -> frozenset[str]:
    """The kinds of provider that have list prices."""
    return shipped_in("prices")


@cache
def prices(kind: str) -> tuple[Price, ...]:
    """The list prices of a kind, newest first; `provider` is the kind (see `prices_for`)."""
    return load_prices(shipped(f"prices/{kind}.toml")) if kind in priced_kinds() else ()


def prices_for(deployments: Iterable[Deployment]) -> tuple[Price, ...]:
    """The list prices of what is configured, one row a configured provider and model."""
    names = sorted({(d.kind, d.model, d.provider) for d in deployments})
    rows = {kind: prices(kind) for kind in sorted({kind for kind, _, _ in names})}
    return tuple(
        msgspec.structs.replace(row, provider=provider)
        for kind, model, provider in names
        for row in rows[kind]
        if row.model == model
    )


def load_prices(data: bytes) -> tuple[Price, ...]:
    """A catalog file as prices; raises `ValueError` where a row lacks its page or date.

    The newest first, of one day the longest prompts, and of those the rows for a zone: the first
    that holds counts.
    """
    rows = sorted(
        read_rows(data, "prices", PriceRow),
        key=lambda row: (row.from_, row.input_tokens_over, row.zone is not None),
        reverse=True,
    )
    return tuple(
        Price(
            id=f"{row.model}@{row.kind}#{row.from_.isoformat()}{_condition(row)}",
            model=row.model,
            provider=row.kind,
            meters=_meters(row),
            source=row.source,
            from_=midnight(row.from_),
            until=midnight(row.until),
            input_tokens_over=row.input_tokens_over,
            tier=row.tier,
            zone=row.zone,
        )
        for row in rows
    )


def price_of(entry: PriceEntry) -> Price:
    """A user's own row as a price; its id says what it names, and since when."""
    since = "" if entry.from_ is None else f"#{entry.from_.date().isoformat()}"
    return Price(
        id=f"{entry.model}@{entry.provider}{since}{_condition(entry)}",
        model=entry.model,
        provider=entry.provider,
        meters=_meters(entry),
        source=entry.source,
        from_=entry.from_,
        until=entry.until,
        input_tokens_over=entry.input_tokens_over,
        tier=entry.tier,
        zone=entry.zone,
    )


def _condition(row: PriceEntry | PriceRow) -> str:
    """A row's conditions in its id: `:flex:over-200000:!global`."""
    over = f"over-{row.input_tokens_over}" if row.input_tokens_over else None
    return "".join(f":{word}" for word in (row.tier, over, row.zone) if word)


def _meters(row: Meters) -> dict[str, Decimal]:
    given = {
        "input": row.input,
        "cache_read": row.cache_read,
        "cache_write_5m": row.cache_write_5m,
        "cache_write_30m": row.cache_write_30m,
        "cache_write_1h": row.cache_write_1h,
        "cache_write_12h": row.cache_write_12h,
        "output": row.output,
        "reasoning": row.output if row.reasoning is None else row.reasoning,
        "audio_input": row.audio_input,
        "audio_output": row.audio_output,
    }
    return {METERS[word]: price for word, price in given.items() if price is not None}
