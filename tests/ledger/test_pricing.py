"""The first row that names a deployment, holds and counts; holding an answer changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.model import Deployment
from detente.canonical.price import Price
from detente.canonical.usage import Usage
from detente.ledger.pricing import PriceBook, price_at

DAYS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(6)]
PLACES = [
    Deployment(
        id=f"{provider}/{model}",
        model=model,
        provider=provider,
        kind="openai",
        upstream_id=model,
        host="h",
        processing_zone=zone,
    )
    for zone in (None, "eu", "global")
    for provider in ("p", "q-east")
    for model in ("m", "n/m")
]


def row(
    model: str = "m",
    provider: str = "p",
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    over: int = 0,
    tier: str | None = None,
    zone: str | None = None,
) -> Price:
    return Price(
        id=f"{model}@{provider}#{since}{over}{tier}{zone}",
        model=model,
        provider=provider,
        meters={"uncached_input_tokens": Decimal(1)},
        source="here",
        from_=since,
        until=until,
        input_tokens_over=over,
        tier=tier,
        zone=zone,
    )


def place(model: str, provider: str = "p", zone: str | None = None) -> Deployment:
    return next(
        d for d in PLACES if (d.model, d.provider, d.processing_zone) == (model, provider, zone)
    )


USAGES = [
    Usage(uncached_input_tokens=tokens, tier=tier)
    for tokens in (0, 10, 11)
    for tier in (None, "flex", "fast")
]
ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["m", "n/*", "*"]),
        st.sampled_from(["p", "q-*", "*", "z"]),
        st.none() | st.sampled_from(DAYS),
        st.none() | st.sampled_from(DAYS),
        over=st.sampled_from([0, 0, 10]),
        tier=st.sampled_from([None, None, "standard", "flex"]),
        zone=st.sampled_from([None, None, "eu", "!eu"]),
    ),
    max_size=6,
)


def test_the_first_row_that_holds_counts() -> None:
    rows = (row(until=DAYS[2]), row(since=DAYS[1]), row("*", "*"))
    assert price_at(rows, place("m"), DAYS[1], Usage()) is rows[0]
    assert price_at(rows, place("m"), DAYS[2], Usage()) is rows[1]
    assert price_at(rows, place("n/m"), DAYS[2], Usage()) is rows[2]


def test_without_a_row_the_price_is_unknown() -> None:
    assert price_at((row(),), place("m", "q-east"), DAYS[0], Usage()) is None
    assert PriceBook(()).tariff_of(PLACES[0], DAYS[0], Usage()) is None


def test_the_answers_length_and_tier_choose_the_row() -> None:
    rows = (row(over=10, tier="standard"), row(tier="standard"), row(tier="flex"))
    book = PriceBook(rows)

    def found(tokens: int, tier: str | None) -> Price | None:
        usage = Usage(uncached_input_tokens=tokens, tier=tier)
        tariff = book.tariff_of(place("m"), DAYS[0], usage)
        return None if tariff is None else tariff.price

    assert found(10, None) is rows[1]
    assert found(11, None) is rows[0]
    assert found(11, "flex") is rows[2]
    assert found(11, "ultrafast") is None


def test_a_row_for_a_zone_holds_only_where_the_zone_is_known() -> None:
    for zone, found in (("eu", 0), ("global", 1), (None, None)):
        rows = (row(zone="eu"), row(zone="!eu"))
        price = price_at(rows, place("m", zone=zone), DAYS[0], Usage())
        assert price is (None if found is None else rows[found])


def test_two_models_of_one_id_keep_their_own_prices() -> None:
    one, other = place("m"), msgspec.structs.replace(place("m"), model="n/m")
    book = PriceBook((row("m"), row("n/m")))
    for deployment in (one, other, one):
        tariff = book.tariff_of(deployment, DAYS[0], Usage())
        assert tariff is not None
        assert tariff.price.model == deployment.model


@given(
    ROWS,
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(DAYS), st.sampled_from(USAGES)),
        max_size=20,
    ),
)
def test_a_book_answers_as_the_rows_do(
    rows: list[Price], asked: list[tuple[Deployment, datetime, Usage]]
) -> None:
    book = PriceBook(tuple(rows))
    for deployment, at, usage in asked:
        for moment in (at - timedelta(microseconds=1), at, at + timedelta(hours=1)):
            tariff = book.tariff_of(deployment, moment, usage)
            price = price_at(rows, deployment, moment, usage)
            assert (None if tariff is None else tariff.price) is price
