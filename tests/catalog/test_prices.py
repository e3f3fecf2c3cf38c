"""Prices keep their source and their dates, and what is left out stays unknown."""

from datetime import UTC, datetime
from decimal import Decimal

from detente.canonical.model import Deployment
from detente.canonical.price import cost_usd
from detente.canonical.usage import TOKEN_CLASSES, Usage
from detente.catalog.prices import METERS, load_prices, price_of, prices, prices_for
from detente.configuration.schema import PriceEntry

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROW = b"""
[[prices]]
model = "p/m"
kind = "openai"
from = 2026-10-14
until = 2027-01-01
input = "0.15"
output = "0.6"
page = "https://example.org/prices"
read = 2026-10-14
"""


def place(provider: str, kind: str) -> Deployment:
    return Deployment(
        id=f"{provider}/m",
        model="openai/gpt-4",
        provider=provider,
        kind=kind,
        upstream_id="m",
        host="h",
    )


def test_every_meter_is_a_token_class() -> None:
    assert set(METERS.values()) == set(TOKEN_CLASSES)


def test_every_row_that_ships_has_a_source_and_a_first_day() -> None:
    found = prices()
    assert len({price.id for price in found}) == len(found)
    for price in found:
        assert price.source.startswith("https://")
        assert ", read 20" in price.source
        assert price.from_ is not None
        assert price.meters["uncached_input_tokens"] > 0


def test_a_row_becomes_a_price() -> None:
    (price,) = load_prices(ROW)
    assert price.id == "p/m@openai#2026-10-14"
    assert price.holds_at(NOW)
    assert not price.holds_at(datetime(2027, 1, 1, tzinfo=UTC))
    assert price.meters == {
        "uncached_input_tokens": Decimal("0.15"),
        "visible_output_tokens": Decimal("0.6"),
        "reasoning_output_tokens": Decimal("0.6"),
    }


def test_the_newest_row_comes_first() -> None:
    later = ROW.replace(b"2026-10-14", b"2026-10-20")
    assert [price.from_ for price in load_prices(ROW + later)] == [
        datetime(2026, 10, 20, tzinfo=UTC),
        datetime(2026, 10, 14, tzinfo=UTC),
    ]


def test_list_prices_are_bound_to_the_configured_providers_of_their_kind() -> None:
    bound = prices_for([place("east", "openai"), place("west", "openai"), place("a", "azure")])
    gpt4 = [price for price in bound if price.model == "openai/gpt-4"]
    assert [price.provider for price in gpt4] == ["east", "west"]
    assert {price.provider for price in bound} == {"east", "west"}
    assert prices_for([]) == ()


def test_a_users_row_keeps_its_dates_and_leaves_the_rest_unknown() -> None:
    entry = PriceEntry(model="m", provider="p*", from_=NOW, input=Decimal(2), source="contract")
    price = price_of(entry)
    assert (price.id, price.from_, price.until) == ("m@p*#2026-11-01", NOW, None)
    assert cost_usd(price, Usage(uncached_input_tokens=1_000_000)) == Decimal(2)
    assert cost_usd(price, Usage(visible_output_tokens=1)) is None
    assert cost_usd(price, Usage(cache_read_tokens=1)) is None


def test_reasoning_costs_what_output_does_unless_it_is_given() -> None:
    entry = PriceEntry(model="m", output=Decimal(4), source="s")
    assert price_of(entry).meters["reasoning_output_tokens"] == Decimal(4)
    assert price_of(entry).id == "m@*"
    given = PriceEntry(model="m", output=Decimal(4), reasoning=Decimal(1), source="s")
    assert price_of(given).meters["reasoning_output_tokens"] == Decimal(1)
