"""A cost is exact, or unknown; never guessed and never silently zero."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.canonical.values import LEAVES, structs_of

from detente.canonical.price import LEDGER_QUANTUM_USD, Price, cost_usd
from detente.canonical.usage import TOKEN_CLASSES, Usage

METERS = st.fixed_dictionaries(dict.fromkeys(TOKEN_CLASSES, LEAVES[Decimal]))
START = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2024, 2, 1, tzinfo=UTC)


def price_of(
    meters: dict[str, Decimal], from_: datetime | None = None, until: datetime | None = None
) -> Price:
    return Price(
        id="x", model="m", provider="p", source="s", meters=meters, from_=from_, until=until
    )


@given(structs_of(Usage), METERS)
def test_a_cost_is_the_exact_sum_rounded_once(usage: Usage, meters: dict[str, Decimal]) -> None:
    cost = cost_usd(price_of(meters), usage)
    exact = sum(meters[name] * getattr(usage, name) for name in TOKEN_CLASSES) / Decimal(10**6)
    assert cost is not None
    assert abs(cost - exact) <= LEDGER_QUANTUM_USD / 2
    assert cost.as_tuple().exponent == LEDGER_QUANTUM_USD.as_tuple().exponent


@given(structs_of(Usage), METERS, st.sampled_from(TOKEN_CLASSES))
def test_a_meter_without_price_is_unknown_where_it_counts(
    usage: Usage, meters: dict[str, Decimal], name: str
) -> None:
    del meters[name]
    assert (cost_usd(price_of(meters), usage) is None) == (getattr(usage, name) > 0)


def test_no_price_is_unknown_and_no_tokens_are_free() -> None:
    assert cost_usd(None, Usage()) is None
    assert cost_usd(price_of({}), Usage()) == 0


def test_a_price_holds_from_its_first_instant_until_before_its_last() -> None:
    price = price_of({}, START, END)
    second = timedelta(seconds=1)
    instants = (START - second, START, END - second, END)
    assert [price.holds_at(at) for at in instants] == [False, True, True, False]
    assert price_of({}).holds_at(START)


def test_a_price_under_conditions_counts_only_where_they_are_met() -> None:
    long = msgspec.structs.replace(price_of({}), input_tokens_over=10)
    assert not long.counts_for(Usage(uncached_input_tokens=4, cache_read_tokens=6))
    assert long.counts_for(Usage(uncached_input_tokens=4, cache_read_tokens=7))
    plain, flex = (msgspec.structs.replace(price_of({}), tier=t) for t in ("standard", "flex"))
    assert [p.counts_for(Usage()) for p in (plain, flex)] == [True, False]
    assert [p.counts_for(Usage(tier="flex")) for p in (plain, flex)] == [False, True]
    assert price_of({}).counts_for(Usage(tier="flex"))
    assert [p.depends_on_usage for p in (price_of({}), long, flex)] == [False, True, True]


@pytest.mark.parametrize(
    ("wanted", "zone", "holds"),
    [
        (None, None, True),
        ("eu", "eu", True),
        ("eu-*", "eu-central-1", True),
        ("eu", "us", False),
        ("eu", None, False),
        ("!global", "us", True),
        ("!global", "global", False),
        ("!global", None, False),
    ],
)
def test_a_zone_that_is_not_known_meets_no_condition(
    wanted: str | None, zone: str | None, holds: bool
) -> None:
    assert msgspec.structs.replace(price_of({}), zone=wanted).holds_in(zone) is holds
