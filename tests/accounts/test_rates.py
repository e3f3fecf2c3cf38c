"""The dearest rates: no usage of any tier, length or deployment is charged more than reserved."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.rates import (
    Rates,
    cache_writes_of,
    missing_price,
    reservation,
    worst_rates,
)
from detente.canonical.price import Price
from detente.canonical.tariff import Tariff
from detente.canonical.usage import Usage

IN, OUT = "uncached_input_tokens", "visible_output_tokens"


def tariff(in_usd: str = "2", out_usd: str = "8", **said: Any) -> Tariff:
    meters = {IN: Decimal(in_usd), OUT: Decimal(out_usd)} | said.pop("meters", {})
    return Tariff(Price(id="row", model="m", provider="p", source="s", meters=meters, **said))


def test_one_row() -> None:
    assert worst_rates([((tariff(),), ())]) == Rates(
        input_pico=2_000_000,
        output_pico=8_000_000,
        long_input_pico=2_000_000,
        long_output_pico=8_000_000,
    )


def test_the_dearest_of_tiers_and_deployments_counts() -> None:
    rows = (tariff("4", "9", tier="priority"), tariff("2", "8", tier="standard"))
    rates = worst_rates([(rows, ()), ((tariff("1", "20"),), ())])
    assert rates is not None
    assert (rates.input_pico, rates.output_pico) == (4_000_000, 20_000_000)


def test_a_long_prompt_has_its_own_rates() -> None:
    rates = worst_rates([((tariff("4", "12", input_tokens_over=1_000), tariff()), ())])
    assert rates is not None
    assert reservation(rates, 1_000, 10) == 1_000 * 2_000_000 + 10 * 8_000_000
    assert reservation(rates, 1_001, 10) == 1_001 * 4_000_000 + 10 * 12_000_000


def test_charges_count_in_place_of_costs() -> None:
    assert worst_rates([((tariff("5", "5"),), (tariff("1", "1"),))]) == worst_rates(
        [((tariff("1", "1"),), ())]
    )


def test_costs_count_where_no_charge_is_sure_to() -> None:
    rates = worst_rates([((tariff("5", "5"),), (tariff("1", "1", tier="flex"),))])
    assert rates is not None
    assert rates.input_pico == 5_000_000


def test_no_price_is_never_free() -> None:
    assert worst_rates([((tariff(),), ()), ((), ())]) is None
    assert missing_price("p/m", ((), ())) == "no price of deployment `p/m` is known"


def test_a_missing_meter_is_named() -> None:
    half = Tariff(Price(id="row", model="m", provider="p", source="s", meters={IN: Decimal(1)}))
    assert worst_rates([((half,), ())]) is None
    said = missing_price("p/m", ((half,), ()))
    assert said == "price `row` of deployment `p/m` lacks `visible_output_tokens`"
    assert missing_price("p/m", ((tariff(),), ())) is None


def test_rates_are_rounded_up() -> None:
    rates = worst_rates([((tariff("0.0000001", "8"),), ())])
    assert rates is not None
    assert rates.input_pico == 1


def test_cache_writes_count_where_they_are_asked_for() -> None:
    row = tariff(meters={"cache_write_5m_tokens": Decimal(3), "cache_write_1h_tokens": Decimal(4)})
    found = [worst_rates([((row,), ())], cache_writes=asked) for asked in ("none", "5m", "1h")]
    assert [rates and rates.input_pico for rates in found] == [2_000_000, 3_000_000, 4_000_000]


def test_what_a_platform_caches_unasked_always_counts() -> None:
    rates = worst_rates([((tariff(meters={"cache_write_30m_tokens": Decimal(3)}),), ())])
    assert rates is not None
    assert rates.input_pico == 3_000_000


def test_audio_counts_where_it_is_asked_for() -> None:
    row = tariff(meters={"audio_input_tokens": Decimal(30), "audio_output_tokens": Decimal(60)})
    plain, spoken = worst_rates([((row,), ())]), worst_rates([((row,), ())], audio=True)
    assert plain is not None
    assert spoken is not None
    assert (plain.input_pico, spoken.input_pico) == (2_000_000, 30_000_000)
    assert (plain.output_pico, spoken.output_pico) == (8_000_000, 60_000_000)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (b'{"cache_control":{"type":"ephemeral","ttl":"1h"}}', "1h"),
        (b'{"cache_control":{"type":"ephemeral"}}', "5m"),
        (b'{"ttl":"1h"}', "none"),
    ],
)
def test_a_body_tells_for_how_long_it_is_cached(body: bytes, asked: str) -> None:
    assert cache_writes_of(body, "anthropic_messages") == asked
    assert cache_writes_of(body, "ollama_chat") == "none"


USD = st.decimals("0", "100", places=7)
COUNTS = st.integers(0, 2_000)


@given(
    rows=st.lists(st.tuples(USD, USD, st.sampled_from((0, 500)), st.sampled_from((None, "flex")))),
    counts=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS),
    tier=st.sampled_from((None, "flex", "priority")),
)
def test_no_usage_is_charged_more_than_was_reserved(
    rows: list[tuple[Decimal, Decimal, int, str | None]],
    counts: tuple[int, int, int, int],
    tier: str | None,
) -> None:
    tariffs = tuple(
        tariff(
            str(in_usd),
            str(out_usd),
            input_tokens_over=over,
            tier=word,
            meters={
                "cache_read_tokens": in_usd / 2,
                "cache_write_1h_tokens": in_usd * 2,
                "reasoning_output_tokens": out_usd * 3,
            },
        )
        for in_usd, out_usd, over, word in rows
    )
    usage = msgspec.structs.replace(
        Usage(
            uncached_input_tokens=counts[0],
            cache_write_1h_tokens=counts[1],
            visible_output_tokens=counts[2],
            reasoning_output_tokens=counts[3],
        ),
        tier=tier,
    )
    rates = worst_rates([(tariffs, ())], cache_writes="1h")
    if not tariffs:
        assert rates is None
        return
    assert rates is not None
    reserved = reservation(rates, usage.input_tokens, usage.output_tokens)
    for row in tariffs:
        if row.price.counts_for(usage):
            charged = row.cost_pico_usd(usage)
            assert charged is not None
            assert charged <= reserved
