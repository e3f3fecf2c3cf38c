"""What volume saves over a month, computed by hand; graduated tiers never jump."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements.clauses.discount import Discount, DiscountTier
from detente.agreements.clauses.price import Price, PriceTier
from detente.agreements.volume import volume_cost_usd, volume_discount_usd, volume_saving_usd

MILLION = 1_000_000
TIERED = Price(
    id="p",
    meter="input",
    tiers=(
        PriceTier(over=Decimal(0), amount=Decimal(2)),
        PriceTier(over=Decimal(MILLION), amount=Decimal("1.5")),
        PriceTier(over=Decimal(3 * MILLION), amount=Decimal(1)),
    ),
)
DISCOUNT = Discount(
    id="d",
    tiers=(
        DiscountTier(over=Decimal(0), percent=Decimal(0)),
        DiscountTier(over=Decimal(1000), percent=Decimal(10)),
    ),
)


def test_each_tier_prices_what_lies_in_it() -> None:
    # 1 * 2 + 2 * 1.5 + 1 * 1, where four millions at the first tier would be 8
    assert volume_cost_usd(TIERED, 4 * MILLION) == 6
    assert volume_saving_usd(TIERED, 4 * MILLION) == 2
    assert volume_cost_usd(TIERED, MILLION) == 2
    assert volume_cost_usd(TIERED, 0) == 0


def test_a_single_price_saves_nothing() -> None:
    flat = Price(id="p", meter="input", amount=Decimal("0.001"), unit="thousand_tokens")
    assert volume_cost_usd(flat, MILLION) == 1
    assert volume_saving_usd(flat, MILLION) == 0


def test_a_currency_without_a_rate_has_no_cost() -> None:
    euros = Price(id="p", meter="input", amount=Decimal(1), currency="EUR")
    assert volume_cost_usd(euros, MILLION) is None
    assert volume_saving_usd(euros, MILLION) is None


def test_a_discount_is_taken_off_what_lies_beyond() -> None:
    assert volume_discount_usd(DISCOUNT, Decimal(1500)) == 50
    assert volume_discount_usd(DISCOUNT, Decimal(1000)) == 0
    assert volume_discount_usd(Discount(id="d", percent=Decimal(5)), Decimal(100)) == 5


@given(tokens=st.integers(0, 10 * MILLION))
def test_one_more_token_costs_the_price_of_its_tier(tokens: int) -> None:
    now, then = volume_cost_usd(TIERED, tokens), volume_cost_usd(TIERED, tokens + 1)
    assert now is not None
    assert then is not None
    price = 2 if tokens < MILLION else Decimal("1.5") if tokens < 3 * MILLION else 1
    assert (then - now) * MILLION == price
