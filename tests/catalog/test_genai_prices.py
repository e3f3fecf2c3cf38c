"""Prices of `genai-prices` become rows that cost what it says, or are left out by name."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from genai_prices import types
from genai_prices.data import providers
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.price import cost_usd
from detente.canonical.usage import Usage
from detente.catalog.genai_prices import imported, verified_on
from detente.catalog.price_rows import WrittenPrice, in_order
from detente.catalog.prices import price_of
from detente.configuration.schema import PriceEntry
from detente.ledger.pricing import price_at
from tests.catalog.test_prices import place

TOKENS = st.integers(0, 400_000)
AT = [datetime(2026, month, 20, tzinfo=UTC) for month in (1, 8, 11)]
PLACES = {place.id: place for place in providers}
MODELS = [
    (there, entry.id)
    for there in ("openai", "anthropic", "google", "x-ai", "aws")
    for entry in PLACES[there].models
    if imported([PLACES[there]], "0", model=entry.id.replace("[", "[[]")).rows
]


def entry_of(row: WrittenPrice) -> PriceEntry:
    plain = PriceEntry(
        model="*",
        from_=_moment(row.from_),
        until=_moment(row.until),
        tier=row.tier,
        input_tokens_over=row.input_tokens_over,
        source=row.source,
    )
    meters: dict[str, Any] = {**row.meters}
    return msgspec.structs.replace(plain, **meters)


def _moment(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


@given(st.sampled_from(MODELS), TOKENS, TOKENS, st.sampled_from(AT))
def test_a_row_costs_what_the_package_says(
    named: tuple[str, str], tokens: int, output: int, at: datetime
) -> None:
    there, model = named
    entry = next(e for e in PLACES[there].models if e.id == model)
    rows = imported([PLACES[there]], "0", model=model.replace("[", "[[]")).rows
    prices = [price_of(entry_of(row)) for row in in_order(rows)]
    usage = Usage(uncached_input_tokens=tokens, visible_output_tokens=output)
    ours = cost_usd(price_at(prices, place("p", "k"), at, usage), usage)
    theirs = entry.calc_price(
        types.Usage(input_tokens=tokens, output_tokens=output),
        PLACES[there],
        genai_request_timestamp=at,
    )
    if ours is None:  # an embedding model has no price for output
        assert output > 0
        assert all("output" not in row.meters for row in rows)
    else:
        assert ours == theirs.total_price.quantize(ours)


@pytest.mark.parametrize(
    ("tier", "context"),
    [
        ("flex", {"service_tier": "flex"}),
        ("priority", {"service_tier": "priority"}),
        ("batch", {"processing": "batch"}),
    ],
)
def test_a_tier_costs_what_the_package_says(tier: str, context: dict[str, str]) -> None:
    entry = next(e for e in PLACES["openai"].models if e.id == "gpt-5.6-sol")
    rows = imported([PLACES["openai"]], "0", model="gpt-5.6-sol").rows
    prices = [price_of(entry_of(row)) for row in in_order(rows)]
    for tokens in (10, 272_000, 272_001):
        usage = Usage(uncached_input_tokens=tokens, visible_output_tokens=7, tier=tier)
        ours = cost_usd(price_at(prices, place("p", "k"), AT[2], usage), usage)
        theirs = entry.calc_price(
            types.Usage(input_tokens=tokens, output_tokens=7),
            PLACES["openai"],
            genai_request_timestamp=AT[2],
            price_context=context,
        )
        assert ours is not None
        assert ours == theirs.total_price.quantize(ours)


def made(*prices: types.ConditionalPrice, comments: str | None = None) -> types.Provider:
    model = types.ModelInfo(
        id="m",
        match=types.ClauseEquals("m"),
        prices=list(prices),
        price_comments=comments,
    )
    return types.Provider(
        id="p", name="P", api_pattern="p", pricing_urls=["https://p"], models=[model]
    )


def price(**meters: str) -> types.ModelPrice:
    return types.ModelPrice(**{key: Decimal(amount) for key, amount in meters.items()})


def reasons() -> Iterator[tuple[types.ConditionalPrice, str]]:
    night = types.TimeOfDateConstraint(start_time=time(0), end_time=time(8))
    yield types.ConditionalPrice(night, prices=price(input_mtok="1")), "hour of the day"
    yield types.ConditionalPrice(prices=price(input_mtok="1", requests_kcount="5")), "requests_k"
    yield types.ConditionalPrice(prices=price(web_searches_kcount="5")), "no price by tokens"


@pytest.mark.parametrize(("condition", "reason"), list(reasons()))
def test_what_no_row_can_say_is_left_out_by_name(
    condition: types.ConditionalPrice, reason: str
) -> None:
    found = imported([made(condition)], "1")
    assert found.rows == ()
    (sentence,) = found.left_out
    assert sentence.startswith("`p/m` is left out: ")
    assert reason in sentence


def test_a_period_ends_where_the_next_begins() -> None:
    later = types.StartDateConstraint(date(2026, 8, 1))
    found = imported(
        [
            made(
                types.ConditionalPrice(prices=price(input_mtok="2")),
                types.ConditionalPrice(later, prices=price(input_mtok="1")),
                comments="Rates verified on 2026-10-12 at https://p.",
            )
        ],
        "1",
    )
    assert [(row.from_, row.until, row.meters["input"]) for row in found.rows] == [
        (None, date(2026, 8, 1), 2),
        (date(2026, 8, 1), None, 1),
    ]
    assert {row.source for row in found.rows} == {
        "https://p, verified 2026-10-12, by genai-prices 1"
    }


def test_a_cached_sound_that_costs_otherwise_leaves_the_cache_unknown() -> None:
    prices = price(input_mtok="2", cache_read_mtok="1", cache_audio_read_mtok="3")
    (row,) = imported([made(types.ConditionalPrice(prices=prices))], "1").rows
    assert row.meters == {"input": 2}


@pytest.mark.parametrize(
    ("there", "word"), [("p", "cache_write_5m"), ("openai", "cache_write_30m")]
)
def test_a_cache_write_lasts_as_long_as_is_usual_there(there: str, word: str) -> None:
    place = made(types.ConditionalPrice(prices=price(input_mtok="2", cache_write_mtok="3")))
    place.id = there
    (row,) = imported([place], "1").rows
    assert row.meters[word] == 3


def test_models_and_providers_are_chosen_by_patterns() -> None:
    assert {row.provider for row in imported(providers, "1", provider="x-*").rows} == {"x-ai"}
    assert imported(providers, "1", provider="x-ai", model="nothing").rows == ()
    assert verified_on(made(types.ConditionalPrice(prices=price())).models[0]) is None
