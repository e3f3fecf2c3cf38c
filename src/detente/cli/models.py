"""`detente models`: what is publicly known of models, and what a configuration makes of it.

Without a configuration the catalog: names, release dates, limits, ids on each platform, list prices
of today, and the page of each fact. With one, its models and deployments, with the platforms' facts
and today's prices filled in. Sends nothing, changes nothing.

    detente models --publisher anthropic
    detente models detente.toml --json
"""

import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from detente import catalog
from detente.canonical.capability import Capabilities
from detente.canonical.failure import ClientFault
from detente.canonical.model import Deployment
from detente.canonical.price import METERS, STANDARD, Price
from detente.canonical.usage import Usage
from detente.catalog.models import IdRow, ModelRow
from detente.configuration.located import did_you_mean
from detente.ledger.pricing import price_at
from detente.terminal import console
from detente.wiring import Setup, load

OWN_KINDS: Final = {
    "amazon": "bedrock",
    "google": "gemini",
    "meta": "bedrock",
    "microsoft": "foundry",
}
"""Where a publisher sells its models, if not at a kind of provider of its own name."""
WIDE: Final = 100
"""Columns of a terminal from which on a table shows ids and limits as well."""
USUAL: Final = 60
"""Columns from which on it shows release dates, too."""
UNKNOWN: Final = "-"
CAPTION: Final = "US dollars a million tokens; - is not known; sources with --json"


class ListedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price that holds today, in US dollars a million tokens."""

    id: str
    provider: str
    meters: dict[str, Decimal]
    source: str
    from_: date | None
    tier: str | None
    input_tokens_over: int
    zone: str | None


class ListedDeployment(msgspec.Struct, frozen=True, kw_only=True):
    """A configured deployment, with the platform's facts where the configuration has none."""

    id: str
    kind: str
    host: str
    region: str | None
    tier: str | None
    processing_zone: str | None
    storage_zone: str | None
    retention: str | None
    fact_sources: tuple[str, ...]
    prices: tuple[ListedPrice, ...]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One model; `source` is None where only the configuration knows it."""

    name: str
    publisher: str
    released: date | None
    aliases: tuple[str, ...]
    open_weights: bool
    context_tokens: int | None
    output_tokens_max: int | None
    source: str | None
    ids: tuple[IdRow, ...]
    prices: tuple[ListedPrice, ...]
    deployments: tuple[ListedDeployment, ...] = ()


def models(
    config: Path | None = None,
    /,
    *,
    provider: str | None = None,
    publisher: str | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """List the models that are known, with ids, limits and today's list prices.

    Parameters
    ----------
    config
        A configuration: then its models and deployments, and what is known of them.
    provider
        Only models at this kind of provider or, with a configuration, at this provider.
    publisher
        Only models of this publisher.
    as_json
        Print one JSON object a model, with everything that is known and its source.
    """
    now = datetime.now(UTC)
    found = _of_catalog(now) if config is None else _configured(load(config), now)
    found = _narrowed(found, provider, publisher)
    if as_json:
        for model in found:
            sys.stdout.write(msgspec.json.encode(_facts(model)).decode() + "\n")
    else:
        out = console()
        deployed = config is not None
        out.print(_deployed(found) if deployed else _table(found, provider, out.width))


def _of_catalog(now: datetime) -> list[Listed]:
    kinds = sorted(catalog.priced_kinds())
    rows = [price for kind in kinds for price in catalog.prices(kind) if price.holds_at(now)]
    known, ids = catalog.capability_rows(), catalog.platform_ids()
    return [
        _listed(
            row.name,
            row,
            ids,
            catalog.capabilities_of(row.name, known),
            tuple(price for price in rows if price.model == row.name),
        )
        for row in catalog.model_rows()
    ]


def _configured(setup: Setup, now: datetime) -> list[Listed]:
    world, rows = setup.world, {row.name: row for row in catalog.model_rows()}
    found: list[Listed] = []
    ids = catalog.platform_ids()
    for model in world.models:
        row = rows.get(model.name)
        known = world.capabilities.get(model.name)
        listed = _listed(model.name, row, ids, known)
        places = tuple(_place(d, world.cost_prices, now) for d in world.deployments_of(model.name))
        released = listed.released if model.released is None else model.released.date()
        found.append(
            msgspec.structs.replace(
                listed,
                released=released,
                aliases=model.aliases,
                open_weights=model.open_weights or listed.open_weights,
                deployments=places,
            )
        )
    return found


def _place(d: Deployment, prices: Iterable[Price], now: datetime) -> ListedDeployment:
    """A deployment with today's prices of all tiers and lengths, the standard one first."""
    tiers = dict.fromkeys([STANDARD, *(price.tier or STANDARD for price in prices)])
    lengths = sorted({0, *(price.input_tokens_over for price in prices)})
    held: list[Price] = []
    for tier in tiers:
        for over in lengths:
            usage = Usage(uncached_input_tokens=over + 1, tier=None if tier == STANDARD else tier)
            price = price_at(prices, d, now, usage)
            if price is not None and price not in held:
                held.append(price)
    told = catalog.facts_of(d.kind, d.region, d.tier, d.upstream_id)
    return ListedDeployment(
        id=d.id,
        kind=d.kind,
        host=d.host,
        region=d.region,
        tier=d.tier,
        processing_zone=d.processing_zone,
        storage_zone=d.storage_zone,
        retention=d.retention,
        fact_sources=told.sources,
        prices=tuple(map(_price, held)),
    )


def _listed(
    name: str,
    row: ModelRow | None,
    ids: tuple[IdRow, ...],
    known: Capabilities | None,
    prices: tuple[Price, ...] = (),
) -> Listed:
    return Listed(
        name=name,
        publisher=name.partition("/")[0],
        released=None if row is None else row.released,
        aliases=() if row is None else row.aliases,
        open_weights=row is not None and row.open_weights,
        context_tokens=(known and known.context_tokens) or (row and row.context_tokens),
        output_tokens_max=(known and known.output_tokens_max) or (row and row.output_tokens_max),
        source=None if row is None else row.source,
        ids=tuple(r for r in ids if r.model == name),
        prices=tuple(map(_price, prices)),
    )


def _price(price: Price) -> ListedPrice:
    words = {meter: word for word, meter in METERS.items()}
    return ListedPrice(
        id=price.id,
        provider=price.provider,
        meters={words[meter]: amount for meter, amount in price.meters.items()},
        source=price.source,
        from_=None if price.from_ is None else price.from_.date(),
        tier=price.tier,
        input_tokens_over=price.input_tokens_over,
        zone=price.zone,
    )


def _narrowed(found: list[Listed], provider: str | None, publisher: str | None) -> list[Listed]:
    if publisher is not None:
        known = sorted({model.publisher for model in found})
        if publisher not in known:
            raise _wrong(f"unknown publisher `{publisher}`; {did_you_mean(publisher, known)}")
        found = [model for model in found if model.publisher == publisher]
    if provider is not None:
        places = sorted({place for model in found for place in _places(model)})
        if provider not in places:
            raise _wrong(f"no model is known at `{provider}`; {did_you_mean(provider, places)}")
        found = [model for model in found if provider in _places(model)]
    return found


def _places(model: Listed) -> set[str]:
    """The kinds of provider that have a model, or the configured providers and their kinds."""
    if model.deployments:
        configured = {d.id.partition("/")[0] for d in model.deployments}
        return configured | {d.kind for d in model.deployments}
    return {row.kind for row in model.ids} | {price.provider for price in model.prices}


def _table(found: list[Listed], provider: str | None, columns: int) -> Table:
    """One row a model. What a narrow terminal has no room for are dates and limits and, where all
    platforms are listed, ids; at one platform its id is what is looked for."""
    wide = columns >= WIDE
    dated = wide or (provider is None and columns >= USUAL)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model", overflow="fold")
    if dated:
        table.add_column("released", no_wrap=True)
    if wide:
        table.add_column("context", justify="right", no_wrap=True)
        table.add_column("output", justify="right", no_wrap=True)
    table.add_column("$ in", justify="right", no_wrap=True)
    table.add_column("$ out", justify="right", no_wrap=True)
    if provider is None:
        table.add_column("at", no_wrap=True)
    if wide or provider is not None:
        table.add_column("id there" if provider else "known at", overflow="fold")
    for model in found:
        table.add_row(*_cells(model, provider, dated=dated, wide=wide))
    table.caption = Text(CAPTION, style="dim")
    table.caption_justify = "left"
    return table


def _cells(model: Listed, provider: str | None, *, dated: bool, wide: bool) -> list[str]:
    price = _shown(model, provider)
    released = UNKNOWN if model.released is None else model.released.isoformat()
    limits = [_tokens(model.context_tokens), _tokens(model.output_tokens_max)]
    cells = [model.name]
    if dated:
        cells.append(released)
    cells += [*(limits if wide else []), *_amounts(price)]
    if provider is not None:
        return [*cells, ", ".join(_spelt(model, provider)) or UNKNOWN]
    cells.append(UNKNOWN if price is None else price.provider)
    return [*cells, ", ".join(sorted(_places(model)))] if wide else cells


def _deployed(found: list[Listed]) -> Table:
    """A heading for each model and its deployments below it, so that ids stay whole."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model, deployments", overflow="fold")
    table.add_column("processed in", no_wrap=True)
    table.add_column("kept", overflow="fold")
    for name in ("$ in", "$ out"):
        table.add_column(name, justify="right", no_wrap=True)
    for model in found:
        table.add_row(Text(model.name, style="bold"))
        for d in model.deployments:
            price = next((p for p in d.prices if _plain(p)), None)
            table.add_row(
                Text(f"  {d.id}"),
                d.processing_zone or UNKNOWN,
                d.retention or UNKNOWN,
                *_amounts(price),
            )
    table.caption = Text(CAPTION, style="dim")
    table.caption_justify = "left"
    return table


def _shown(model: Listed, provider: str | None) -> ListedPrice | None:
    """The price of a table's row: at `provider`, else where the publisher sells, else anywhere.

    Where a zone costs more, it is the price without one: what a deployment costs is said of a
    configuration.
    """
    own = OWN_KINDS.get(model.publisher, model.publisher)
    plain = [price for price in model.prices if _plain(price)]
    plain.sort(key=lambda price: price.zone not in (None, "global"))
    if provider is not None:
        return next((price for price in plain if price.provider == provider), None)
    return next((p for p in plain if p.provider == own), next(iter(plain), None))


def _plain(price: ListedPrice) -> bool:
    return price.tier in (None, STANDARD) and price.input_tokens_over == 0


def _spelt(model: Listed, provider: str) -> list[str]:
    return [row.id for row in model.ids if row.kind == provider]


def _amounts(price: ListedPrice | None) -> tuple[str, str]:
    found = (None if price is None else price.meters.get(word) for word in ("input", "output"))
    first, second = (UNKNOWN if amount is None else f"{amount:f}" for amount in found)
    return first, second


def _tokens(count: int | None) -> str:
    return UNKNOWN if count is None else f"{count:,}"


def _facts(model: Listed) -> dict[str, object]:
    ids = [{**msgspec.structs.asdict(row), "source": row.source} for row in model.ids]
    return {**msgspec.structs.asdict(model), "ids": ids}


def _wrong(message: str) -> ClientFault:
    return ClientFault("request_invalid", message)
