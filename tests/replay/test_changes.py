"""Another price or capacity is the present one with that one change."""

from decimal import Decimal
from pathlib import Path

import msgspec

from detente.canonical.usage import Usage
from detente.canonical.world import World
from detente.ledger.pricing import PriceBook
from detente.replay.changes import PriceChange, with_capacity, with_prices
from tests.replay.test_ordered import PTU
from tests.replay.test_replaying import DAY, configured, usage

INPUT, OUTPUT = "uncached_input_tokens", "visible_output_tokens"


def cost(world: World, place: str, used: Usage) -> int | None:
    deployment = next(d for d in world.deployments if d.id == place)
    tariff = PriceBook(world.cost_prices).tariff_of(deployment, DAY, used)
    return None if tariff is None else tariff.cost_pico_usd(used)


def change(provider: str = "azure", **meters: int) -> PriceChange:
    return PriceChange(
        model="openai/gpt-9",
        provider=provider,
        meters={name: Decimal(amount) for name, amount in meters.items()},
    )


def test_only_what_is_named_changes(tmp_path: Path) -> None:
    world = configured(tmp_path).world
    other = with_prices(world, (change(uncached_input_tokens=7),))
    assert cost(other, "azure/gpt-9", usage(1, 0)) == 7_000_000
    for used in (usage(0, 1), usage(0, 0, 1), Usage(reasoning_output_tokens=1)):
        assert cost(other, "azure/gpt-9", used) == cost(world, "azure/gpt-9", used)
    assert cost(other, "openai/gpt-9", usage(1, 0)) == cost(world, "openai/gpt-9", usage(1, 0))


def test_reasoning_goes_along_with_output(tmp_path: Path) -> None:
    world = configured(tmp_path).world
    reasoned = Usage(reasoning_output_tokens=1)
    assert (
        cost(with_prices(world, (change(visible_output_tokens=9),)), "azure/gpt-9", reasoned)
        == 9_000_000
    )
    apart = change(visible_output_tokens=9, reasoning_output_tokens=2)
    assert cost(with_prices(world, (apart,)), "azure/gpt-9", reasoned) == 2_000_000


def test_a_place_without_a_price_gets_one(tmp_path: Path) -> None:
    world = msgspec.structs.replace(configured(tmp_path).world, cost_prices=())
    other = with_prices(world, (change(uncached_input_tokens=7),))
    assert cost(other, "azure/gpt-9", usage(1, 0)) == 7_000_000
    assert cost(other, "azure/gpt-9", usage(0, 1)) is None


def test_conditions_stay_and_the_last_change_wins(tmp_path: Path) -> None:
    world = configured(tmp_path).world
    meters = {INPUT: Decimal(1), OUTPUT: Decimal(2)}
    standard = world.cost_prices[0]
    flex = msgspec.structs.replace(standard, id="flex", tier="flex", meters=meters)
    world = msgspec.structs.replace(world, cost_prices=(flex, *world.cost_prices))
    two = (change(uncached_input_tokens=7), change(uncached_input_tokens=8))
    other = with_prices(world, two)
    used = Usage(uncached_input_tokens=1, visible_output_tokens=1, tier="flex")
    assert cost(other, "azure/gpt-9", used) == 10_000_000


def test_another_size(tmp_path: Path) -> None:
    agreements = configured(tmp_path, PTU).agreements
    other = with_capacity(agreements, {"ptu/units": Decimal(5), "ptu/none": Decimal(1)})
    [clause] = other.clauses
    assert clause == msgspec.structs.replace(agreements.clauses[0], size=Decimal(5))
    assert other.fingerprints == agreements.fingerprints
    assert with_capacity(agreements, {}) == agreements
