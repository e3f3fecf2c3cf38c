"""What volume takes off a month: by hand, in the months and the scope of the clause."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from detente.replay.replaying import Order, replay
from detente.replay.terms import terms_of
from detente.replay.volume import VolumeSaving, months_between, savings, tiered
from tests.replay.ledgers import Written
from tests.replay.test_replaying import DAY, configured, usage

PRICE = """
id = "x"
recorded_at = 2026-01-01
from = 2026-01-01

[[clause]]
id = "volume"
type = "price"
scope = { provider = "aws" }
meter = "input"
tiers = [{ over = 0, amount = 5 }, { over = 1000, amount = 2 }]
"""
DISCOUNT = """
id = "x"
recorded_at = 2026-01-01
from = 2026-01-01

[[clause]]
id = "off"
type = "discount"
scope = { provider = "aws" }
tiers = [{ over = 0, percent = 0 }, { over = 0.01, percent = 50 }]
"""


def saved(folder: Path, text: str) -> tuple[VolumeSaving, ...]:
    """Of 4,000 tokens in at aws in June, and 500 in July."""
    now = configured(folder / "now")
    ledger = Written(now)
    for days, tokens in ((0, 3_000), (1, 1_000), (30, 500)):
        at = DAY + timedelta(days=days)
        ledger.request("anthropic/claude-9", at=at, usage=usage(tokens, 0))
        ledger.request("openai/gpt-9", at=at, usage=usage(9_000, 0))
    after = terms_of(configured(folder / "next", text))
    cuts = months_between(DAY, DAY + timedelta(days=30))
    order = Order(before=terms_of(now), after=after, cuts=cuts, with_tokens=True)
    return savings(after, replay(ledger.close(folder), order), cuts)


def test_tokens_beyond_a_tier_cost_less(tmp_path: Path) -> None:
    """3,000 of June's lie beyond 1,000 and cost 3 a million less: 0.009."""
    june, july = saved(tmp_path, PRICE)
    assert (june.clause, june.month, june.before_usd) == ("x/volume", "2026-06", Decimal("0.009"))
    assert june.after_usd == june.before_usd
    assert (july.month, july.after_usd) == ("2026-07", 0)


def test_money_beyond_a_tier_is_discounted(tmp_path: Path) -> None:
    """June's 0.02 lie 0.01 beyond the tier, of which half comes off."""
    june, july = saved(tmp_path, DISCOUNT)
    assert june.after_usd == Decimal("0.005")
    assert july.after_usd == 0


def test_a_discount_of_some_meters_is_named_only(tmp_path: Path) -> None:
    june, _ = saved(tmp_path, DISCOUNT + 'meters = ["input"]\n')
    assert june.after_usd is None


@pytest.mark.parametrize(("text", "count"), [(PRICE, 1), (DISCOUNT, 1), ("", 0)])
def test_only_tiers_depend_on_volume(tmp_path: Path, text: str, count: int) -> None:
    texts = (text,) if text else ()
    assert len(tiered(terms_of(configured(tmp_path, *texts)))) == count


def test_months() -> None:
    first, last = datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    found = [(month.year, month.month) for month in months_between(first, last)]
    assert found == [(2026, 11), (2026, 12), (2027, 1), (2027, 2)]
