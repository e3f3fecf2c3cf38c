"""The first row that names a deployment and holds counts; holding an answer changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.model import Deployment
from detente.canonical.price import Price
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
    )
    for provider in ("p", "q-east")
    for model in ("m", "n/m")
]


def row(
    model: str = "m",
    provider: str = "p",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Price:
    return Price(
        id=f"{model}@{provider}#{since}",
        model=model,
        provider=provider,
        meters={"uncached_input_tokens": Decimal(1)},
        source="here",
        from_=since,
        until=until,
    )


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["m", "n/*", "*"]),
        st.sampled_from(["p", "q-*", "*", "z"]),
        st.none() | st.sampled_from(DAYS),
        st.none() | st.sampled_from(DAYS),
    ),
    max_size=6,
)


def test_the_first_row_that_holds_counts() -> None:
    rows = (row(until=DAYS[2]), row(since=DAYS[1]), row("*", "*"))
    assert price_at(rows, "m", "p", DAYS[1]) is rows[0]
    assert price_at(rows, "m", "p", DAYS[2]) is rows[1]
    assert price_at(rows, "n/m", "p", DAYS[2]) is rows[2]


def test_without_a_row_the_price_is_unknown() -> None:
    assert price_at((row(),), "m", "q-east", DAYS[0]) is None
    assert PriceBook(()).tariff_of(PLACES[0], DAYS[0]) is None


@given(ROWS, st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(DAYS)), max_size=20))
def test_a_book_answers_as_the_rows_do(
    rows: list[Price], asked: list[tuple[Deployment, datetime]]
) -> None:
    book = PriceBook(tuple(rows))
    for place, at in asked:
        for moment in (at - timedelta(microseconds=1), at, at + timedelta(hours=1)):
            tariff = book.tariff_of(place, moment)
            price = price_at(rows, place.model, place.provider, moment)
            assert (None if tariff is None else tariff.price) is price
