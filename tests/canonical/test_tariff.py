"""A tariff costs what its price does, to the picodollar."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.canonical.test_price import METERS, price_of
from tests.canonical.values import LEAVES, structs_of

from detente.canonical.price import cost_usd
from detente.canonical.tariff import Tariff, pico_of_usd, tokens_of, usd_of_pico
from detente.canonical.usage import TOKEN_CLASSES, Usage


@given(structs_of(Usage), METERS | st.dictionaries(st.sampled_from(TOKEN_CLASSES), LEAVES[Decimal]))
def test_a_tariff_costs_what_its_price_does(usage: Usage, meters: dict[str, Decimal]) -> None:
    price = price_of(meters)
    assert Tariff(price).cost_pico_usd(usage) == pico_of_usd(cost_usd(price, usage))


@given(structs_of(Usage))
def test_no_token_is_left_out(usage: Usage) -> None:
    assert tokens_of(usage) == usage.tokens


def test_a_price_finer_than_a_picodollar_is_still_exact() -> None:
    price = price_of({"uncached_input_tokens": Decimal("0.00000015")})
    assert Tariff(price).cost_pico_usd(Usage(uncached_input_tokens=20)) == 3


@given(st.integers(-(10**20), 10**20))
def test_picodollars_and_dollars_are_the_same(pico: int) -> None:
    assert pico_of_usd(usd_of_pico(pico)) == pico


def test_an_unknown_amount_stays_unknown() -> None:
    assert pico_of_usd(None) is None
    assert usd_of_pico(None) is None
