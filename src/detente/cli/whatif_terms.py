"""Other terms as they stand on a command line: a configuration, agreements, prices, sizes, somebody
who is absent.

Reads files and text into `Terms`, and says in one sentence what is wrong; replays nothing.

>>> price_change("openai/gpt-5.5@aws input=4 output=20", setup).meters["uncached_input_tokens"]
Decimal('4')
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from detente import catalog
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.questions import model_named
from detente.canonical.drill import known_in, readings_of
from detente.canonical.failure import ClientFault
from detente.canonical.price import METERS, Price
from detente.canonical.world import World
from detente.cli.facts import one_of, read_input
from detente.configuration.located import did_you_mean, read_toml
from detente.configuration.schema import PriceEntry
from detente.replay.changes import PriceChange, with_capacity, with_prices
from detente.replay.terms import Terms, terms_of
from detente.wiring import Setup, build, load, read_sources


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a user supposes; what is left out stays as it is."""

    other: Path | None = None
    agreements: Path | None = None
    prices: tuple[str, ...] = ()
    price_file: Path | None = None
    capacity: tuple[str, ...] = ()
    without: str | None = None


class _PriceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prices: tuple[PriceEntry, ...] = ()


def changed(config: Path, setup: Setup, changes: Changes) -> Terms:
    """The terms of `setup`, which was read from `config`, with the changes.

    Raises `LocatedErrors` for what is wrong in a file, `ClientFault` for what is in the text.
    """
    if changes.other is not None:
        config, setup = changes.other, load(changes.other)
    if changes.agreements is not None:
        setup = _with_agreements(config, changes.agreements)
    terms = terms_of(setup)
    world = terms.world
    if changes.price_file is not None:
        world = _with_rows(world, price_rows(changes.price_file))
    world = with_prices(world, (price_change(text, setup) for text in changes.prices))
    sizes = dict(_size(text, terms) for text in changes.capacity)
    without = changes.without
    return msgspec.structs.replace(
        terms,
        world=world,
        agreements=with_capacity(terms.agreements, sizes) if sizes else terms.agreements,
        without=None if without is None else absent(without, world),
    )


def price_change(text: str, setup: Setup) -> PriceChange:
    """`model@provider meter=amount …` as a change; raises `ClientFault`."""
    place, *parts = text.split()
    name, at, provider = place.rpartition("@")
    if not at or not parts:
        raise _wrong(
            f"`--price` is no price: `{text}`; write `publisher/model@provider input=4 output=20`,"
            " in US dollars a million tokens"
        )
    model = model_named(setup.world, name)
    if model is None:
        one_of(name, [known.name for known in setup.world.models], "model")
    one_of(provider, list(setup.configuration.providers), "provider")
    served = {(d.model, d.provider) for d in setup.world.deployments}
    canonical = name if model is None else model.name
    if (canonical, provider) not in served:
        raise _wrong(f"`--price`: `{canonical}` has no deployment at `{provider}`; name another")
    meters = dict(_meter(part) for part in parts)
    return PriceChange(model=canonical, provider=provider, meters=meters)


def price_rows(path: Path) -> tuple[Price, ...]:
    """The `[[prices]]` of a file, as a configuration writes them; raises `LocatedErrors`."""
    found = read_toml(read_input(path), str(path), _PriceFile)
    return tuple(catalog.price_of(row) for row in found.prices if row.side == "cost")


def absent(text: str, world: World) -> str:
    """The full name of who is absent; raises `ClientFault` where nobody or several may be meant."""
    readings = readings_of(text, world)
    if len(readings) == 1:
        return readings[0]
    if readings:
        raise _wrong(f"`{text}` may be " + " or ".join(f"`{r}`" for r in readings) + "; say which")
    raise _wrong(f"nobody is called `{text}` here; {did_you_mean(text, list(known_in(world)))}")


def _with_agreements(config: Path, folder: Path) -> Setup:
    if not folder.is_dir():
        raise _wrong(f"no folder `{folder}`; name one with agreement files")
    files = sorted(name for name in folder.glob("*.toml") if name.name != "questions.toml")
    sources = msgspec.structs.replace(
        read_sources(config),
        agreements=tuple((str(name), read_input(name)) for name in files),
    )
    return build(sources)


def _with_rows(world: World, rows: Iterable[Price]) -> World:
    return msgspec.structs.replace(world, cost_prices=(*rows, *world.cost_prices))


def _meter(text: str) -> tuple[str, Decimal]:
    name, equals, value = text.partition("=")
    if name not in METERS:
        raise _wrong(f"`--price`: unknown meter `{name}`; {did_you_mean(name, list(METERS))}")
    return METERS[name], _number(value if equals else "", "--price")


def _size(text: str, terms: Terms) -> tuple[str, Decimal]:
    name, _, value = text.rpartition("=")
    known = [c.id for c in terms.agreements.clauses if isinstance(c, Capacity)]
    return one_of(name, known, "capacity"), _number(value, "--capacity")


def _number(text: str, option: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or number < 0:
        raise _wrong(f"`{option}`: `{text}` is no amount; write a number that is not negative")
    return number


def _wrong(message: str) -> ClientFault:
    return ClientFault("request_invalid", message)
