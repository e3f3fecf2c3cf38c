"""Prices keep their source and their dates, and what is left out stays unknown."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from detente.canonical.model import Deployment
from detente.canonical.price import METERS, cost_usd
from detente.canonical.usage import TOKEN_CLASSES, Usage
from detente.catalog.models import model_rows
from detente.catalog.prices import (
    load_prices,
    price_of,
    priced_kinds,
    prices,
    prices_for,
)
from detente.configuration.schema import PriceEntry
from detente.ledger.pricing import price_at

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


@pytest.mark.parametrize("kind", sorted(priced_kinds()))
def test_every_row_that_ships_has_a_source_a_first_day_and_a_tier(kind: str) -> None:
    found = prices(kind)
    assert len({price.id for price in found}) == len(found) > 0
    for price in found:
        assert price.provider == kind
        assert price.source.startswith("https://")
        assert ", read 20" in price.source
        assert price.from_ is not None
        assert price.tier is not None  # a list price holds for the tier that it is asked for
        assert price.meters["uncached_input_tokens"] > 0
        assert all(amount.is_finite() and amount >= 0 for amount in price.meters.values())


def test_a_kind_without_list_prices_has_none() -> None:
    assert prices("ollama") == ()


def test_every_publisher_has_list_prices() -> None:
    publishers = {row.model.partition("/")[0] for kind in priced_kinds() for row in prices(kind)}
    assert publishers >= {
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "meta",
        "microsoft",
        "mistral",
        "openai",
        "xai",
    }


def test_every_price_is_of_a_model_that_the_catalog_names() -> None:
    named = {row.name for row in model_rows()}
    assert {row.model for kind in priced_kinds() for row in prices(kind)} <= named


@pytest.mark.parametrize(
    ("tokens", "tier", "zone", "cost"),
    [
        (1_000, None, None, "0.004"),
        (272_000, None, None, "1.088"),
        (272_001, None, None, "2.176008"),
        (1_000, "flex", None, "0.002"),
        (1_000, "ultrafast", None, None),
        (1_000, None, "eu", "0.0044"),
    ],
)
def test_long_prompts_tiers_and_zones_cost_what_the_list_says(
    tokens: int, tier: str | None, zone: str | None, cost: str | None
) -> None:
    there = msgspec.structs.replace(
        place("o", "openai"), model="openai/gpt-5.6-sol", processing_zone=zone
    )
    usage = Usage(uncached_input_tokens=tokens, tier=tier)
    price = price_at(prices_for([there]), there, NOW, usage)
    assert cost_usd(price, usage) == (None if cost is None else Decimal(cost))


def test_rows_of_one_day_come_by_length_and_those_for_a_zone_first() -> None:
    over = ROW.replace(b'input = "0.15"', b'input_tokens_over = 10\ninput = "1"')
    zone = ROW.replace(b'input = "0.15"', b'zone = "eu"\ninput = "2"')
    found = load_prices(ROW + zone + over)
    assert [(p.input_tokens_over, p.zone) for p in found] == [(10, None), (0, "eu"), (0, None)]
    assert [p.id for p in found] == [
        "p/m@openai#2026-10-14:over-10",
        "p/m@openai#2026-10-14:eu",
        "p/m@openai#2026-10-14",
    ]


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
    rows = {name: [p.meters for p in bound if p.provider == name] for name in ("a", "east", "west")}
    assert rows["east"] == rows["west"] != []
    assert rows["a"] != []
    assert {price.model for price in bound} == {"openai/gpt-4"}
    assert {price.provider for price in bound} == {"a", "east", "west"}
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
