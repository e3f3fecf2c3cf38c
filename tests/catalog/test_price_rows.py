"""What is written as a price is read as that price."""

import tomllib
from datetime import date
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detente.catalog.price_rows import WrittenPrice, in_order, usd, written
from detente.catalog.prices import price_of
from detente.configuration.schema import PriceEntry

AMOUNTS = st.decimals(0, 10**6, places=9, allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
ROWS = st.builds(
    WrittenPrice,
    model=TEXTS,
    provider=TEXTS,
    meters=st.dictionaries(st.sampled_from(["input", "output", "cache_read"]), AMOUNTS),
    source=TEXTS,
    from_=st.none() | st.dates(),
    input_tokens_over=st.integers(0, 10**6),
    tier=st.none() | TEXTS,
    zone=st.none() | TEXTS,
)


@given(st.lists(ROWS, min_size=1, max_size=4))
def test_a_written_row_is_read_as_what_it_says(rows: list[WrittenPrice]) -> None:
    tables = tomllib.loads(written(rows))["prices"]
    found = [msgspec.convert(_dated(table), PriceEntry) for table in tables]
    for row, entry in zip(in_order(rows), found, strict=True):
        assert (entry.model, entry.provider, entry.source) == (row.model, row.provider, row.source)
        assert (entry.tier, entry.zone) == (row.tier, row.zone)
        assert entry.input_tokens_over == row.input_tokens_over
        assert (entry.from_ and entry.from_.date()) == row.from_
        assert {word: getattr(entry, word) for word in row.meters} == row.meters
        assert price_of(entry).input_tokens_over == row.input_tokens_over


def _dated(table: dict[str, object]) -> dict[str, object]:
    """A day as the moment that a configuration makes of it."""
    day = table.get("from")
    return {**table, "from": f"{day.isoformat()}T00:00:00Z"} if isinstance(day, date) else table


def test_the_first_that_holds_is_the_newest_and_for_the_longest_prompts() -> None:
    def row(model: str, over: int, since: date | None) -> WrittenPrice:
        return WrittenPrice(model=model, meters={}, source="s", input_tokens_over=over, from_=since)

    old, new, long = row("m", 0, None), row("m", 0, date(2026, 1, 1)), row("m", 9, date(2026, 1, 1))
    other = row("a", 0, None)
    assert in_order([old, new, long, other]) == [other, long, new, old]


def test_an_amount_has_no_digits_that_say_nothing() -> None:
    amounts = ("2.50", "3E+1", "0", "100", "0.000000150")
    assert [usd(Decimal(text)) for text in amounts] == ["2.5", "30", "0", "100", "0.00000015"]
