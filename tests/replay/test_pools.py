"""So much a minute, then full until the next; what was there before takes what it took."""

from decimal import Decimal
from pathlib import Path

import pytest

from detente.canonical.usage import Usage
from detente.ledger.entries import us_of
from detente.replay.pools import MINUTE_US, Need, PoolLoad, need_of, pools_of
from detente.replay.terms import Terms, terms_of
from tests.replay.test_ordered import PTU
from tests.replay.test_replaying import DAY, configured

MODEL, PLACE = "openai/gpt-9", "azure/gpt-9"
NOON_US = us_of(DAY)
USED = Need(input_tokens=300, output_tokens=100)


def terms(folder: Path, text: str) -> Terms:
    return terms_of(configured(folder, text))


def load(folder: Path, text: str = PTU) -> PoolLoad:
    return PoolLoad(pools_of(terms_of(configured(folder / "now")), terms(folder / "next", text)))


def test_a_minute_is_full_and_the_next_is_not(tmp_path: Path) -> None:
    pools = load(tmp_path)
    for _ in range(2):
        assert pools.full(NOON_US, USED, MODEL, None) == ()
        pools.take(USED, MODEL, PLACE)
    assert pools.full(NOON_US + MINUTE_US - 1, USED, MODEL, None) == (PLACE,)
    assert pools.full(NOON_US, Need(200, 0), MODEL, None) == ()
    assert pools.full(NOON_US, USED, "anthropic/claude-9", None) == ()
    assert pools.full(NOON_US + MINUTE_US, USED, MODEL, None) == ()


def test_use_elsewhere_takes_nothing(tmp_path: Path) -> None:
    pools = load(tmp_path)
    for _ in range(9):
        pools.take(USED, MODEL, "openai/gpt-9")
        pools.take(USED, MODEL, None)
    assert pools.full(NOON_US, USED, MODEL, None) == ()


def test_before_it_begins_there_is_no_bound(tmp_path: Path) -> None:
    pools = load(tmp_path, PTU.replace("from = 2026-01-01", "from = 2026-06-10T12:01:00Z"))
    big = Need(5_000, 0)
    assert pools.full(NOON_US, big, MODEL, None) == ()
    assert pools.full(NOON_US + MINUTE_US, big, MODEL, None) == (PLACE,)


def test_what_was_there_before_takes_what_it_took(tmp_path: Path) -> None:
    now = terms(tmp_path, PTU)
    pools = PoolLoad(pools_of(now, now))
    assert [pool.as_before for pool in pools.pools] == [True]
    big = Need(5_000, 0)
    assert pools.full(NOON_US, big, MODEL, PLACE) == ()
    assert pools.full(NOON_US, big, MODEL, "openai/gpt-9") == (PLACE,)


@pytest.mark.parametrize(
    ("unit", "needed"),
    [
        ("requests_per_minute", 1),
        ("tokens_per_minute", 400),
        ("input_tokens_per_minute", 300),
        ("output_tokens_per_minute", 100),
    ],
)
def test_units(tmp_path: Path, unit: str, needed: int) -> None:
    [pool] = load(tmp_path, PTU.replace("tokens_per_minute", unit)).pools
    assert (pool.needed(USED), pool.per_minute) == (needed, Decimal(1_000))


def test_units_of_a_platform_need_their_rate(tmp_path: Path) -> None:
    text = PTU.replace('"tokens_per_minute"', '"ptu"')
    assert load(tmp_path / "a", text).pools == ()
    [pool] = load(tmp_path / "b", text + "tokens_per_minute_per_unit = 50\n").pools
    assert (pool.needed(USED), pool.per_minute) == (400, Decimal(50_000))


def test_the_need_of_a_request() -> None:
    assert need_of(None) == Need(0, 0)
    used = Usage(uncached_input_tokens=1, cache_read_tokens=2, reasoning_output_tokens=4)
    assert need_of(used) == Need(3, 4)
