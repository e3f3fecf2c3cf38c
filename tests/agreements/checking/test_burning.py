"""The most that forecast use can take."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from detente.agreements.checking.burning import (
    MONTH,
    Option,
    monthly_measure,
    months,
    most,
    part_that_fits,
)
from detente.agreements.clauses.capacity import Capacity
from detente.canonical.forecast import Forecast
from detente.canonical.model import Capacity as Configured
from detente.canonical.price import Price
from tests.agreements.checking.worlds import day, place

NORTH = place("north", "north")
USE = Forecast(
    model="lab/one",
    requests_per_month=1_000,
    input_tokens_per_month=2_000_000,
    output_tokens_per_month=1_000_000,
)
DAY = day("2026-01-01")


def price(**changes: object) -> Price:
    plain = Price(
        id="p",
        model="lab/*",
        provider="north",
        meters={"uncached_input_tokens": Decimal(1), "visible_output_tokens": Decimal(4)},
        source="an example",
    )
    return msgspec.structs.replace(plain, **changes)


def test_a_month_is_a_twelfth_of_a_year() -> None:
    assert months(DAY, DAY + timedelta(days=365.25)) == 12
    assert timedelta(days=30.4375) == MONTH


def test_the_dearest_places_are_filled_first() -> None:
    options = [
        Option(deployment="a", monthly=Decimal(10), part=Decimal(1)),
        Option(deployment="b", monthly=Decimal(30), part=Decimal("0.25")),
    ]
    assert most(options) == Decimal("15.00")
    assert most(options[1:]) == Decimal("7.50")
    assert most([]) == 0


def test_money_is_the_price_of_a_month() -> None:
    assert monthly_measure("money", USE, NORTH, [price()], at=DAY) == 6
    assert monthly_measure("tokens", USE, NORTH, [], at=DAY) == 3_000_000
    assert monthly_measure("requests", USE, NORTH, [], at=DAY) == 1_000


@pytest.mark.parametrize(
    "other",
    [
        {"deployment": "north/two"},
        {"provider": "south"},
        {"model": "lab/two"},
        {"until": DAY},
        {"zone": "eu"},
        {"input_tokens_over": 2_000},
        {"meters": {"uncached_input_tokens": Decimal(1)}},
    ],
)
def test_a_price_that_does_not_hold_is_not_known(other: dict[str, object]) -> None:
    assert monthly_measure("money", USE, NORTH, [price(**other)], at=DAY) is None


def test_long_prompts_have_the_price_of_long_prompts() -> None:
    long = price(
        id="long",
        input_tokens_over=1_999,
        meters={"uncached_input_tokens": Decimal(2), "visible_output_tokens": Decimal(0)},
    )
    assert monthly_measure("money", USE, NORTH, [long, price()], at=DAY) == 4
    tokens = msgspec.structs.replace(USE, requests_per_month=0)
    assert monthly_measure("money", tokens, NORTH, [long, price()], at=DAY) == 6


@pytest.mark.parametrize(
    ("size", "unit", "each", "part"),
    [
        (10, "requests_per_minute", None, Decimal(1)),
        (Decimal("0.01"), "requests_per_minute", None, Decimal("0.4383")),
        (10, "input_tokens_per_minute", None, Decimal("0.21915")),
        (10, "output_tokens_per_minute", None, Decimal("0.4383")),
        (10, "tokens_per_minute", None, Decimal("0.1461")),
        (5, "ptu", 2, Decimal("0.1461")),
        (5, "ptu", None, Decimal(1)),
    ],
)
def test_what_fits_into_a_capacity(
    size: Decimal | int, unit: str, each: int | None, part: Decimal
) -> None:
    clause = msgspec.convert(
        {"type": "capacity", "id": "c", "size": size, "unit": unit}
        | ({} if each is None else {"tokens_per_minute_per_unit": each}),
        Capacity,
    )
    assert part_that_fits(USE, NORTH, [clause]) == part
    if part < 1 and each is None:
        assert part_that_fits(USE, NORTH, [clause, clause]) == 2 * part


def test_what_is_configured_bounds_too() -> None:
    bounded = msgspec.structs.replace(NORTH, capacity=Configured(tokens_per_minute=10))
    assert part_that_fits(USE, bounded, []) == Decimal("0.1461")
    assert part_that_fits(USE, NORTH, []) == 1
    nothing = Forecast(model="lab/one")
    assert part_that_fits(nothing, bounded, []) == 1
