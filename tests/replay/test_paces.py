"""A commitment is behind while less was taken than a straight line from nothing asks for."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from detente.ledger.uses import UseClass
from detente.replay.paces import Paces
from detente.replay.terms import terms_of
from tests.replay.test_replaying import configured

COMMIT = """
id = "x"
recorded_at = 2026-01-01
from = 2026-06-01
until = 2026-06-11

[[clause]]
id = "c"
type = "commit"
amount = {amount}
scope = {{ provider = "azure" }}
{more}
"""
AZURE = UseClass(deployment="azure/gpt-9", model="openai/gpt-9", project="shop")
OPENAI = UseClass(deployment="openai/gpt-9", model="openai/gpt-9")
DOLLAR = 10**12


def day(number: int, month: int = 6) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def paces(
    folder: Path, more: str = "", amount: int = 100, taken: dict[str, Decimal] | None = None
) -> Paces:
    setup = configured(folder, COMMIT.format(amount=amount, more=more))
    return Paces(terms_of(setup), taken or {})


def test_behind_until_the_pace_is_reached(tmp_path: Path) -> None:
    found = paces(tmp_path)
    assert found.behind(day(1)) == ()
    assert found.behind(day(2)) == ("x/c",)
    found.take(OPENAI, cost_pico_usd=50 * DOLLAR, tokens=0)
    assert found.behind(day(2)) == ("x/c",)
    found.take(AZURE, cost_pico_usd=10 * DOLLAR - 1, tokens=0)
    found.take(AZURE, cost_pico_usd=None, tokens=0)
    assert found.behind(day(2)) == ("x/c",)
    found.take(AZURE, cost_pico_usd=1, tokens=0)
    assert found.behind(day(2)) == ()
    assert found.behind(day(3)) == ("x/c",)
    assert found.behind(day(11)) == ()


@pytest.mark.parametrize(("measure", "times"), [("tokens", 1), ("requests", 10)])
def test_tokens_and_requests(tmp_path: Path, measure: str, times: int) -> None:
    found = paces(tmp_path, f'measure = "{measure}"')
    for _ in range(times):
        assert found.behind(day(2)) == ("x/c",)
        found.take(AZURE, cost_pico_usd=None, tokens=10)
    assert found.behind(day(2)) == ()


def test_what_was_taken_before_counts_once(tmp_path: Path) -> None:
    already = "already_taken = 15"
    assert paces(tmp_path / "a", already).behind(day(2)) == ()
    assert paces(tmp_path / "b", already).behind(day(3)) == ("x/c",)
    given = {"x/c": Decimal(19)}
    assert paces(tmp_path / "c", already, taken=given).behind(day(3)) == ("x/c",)
    given = {"x/c": Decimal(20)}
    assert paces(tmp_path / "d", already, taken=given).behind(day(3)) == ()


@pytest.mark.parametrize(("shortfall", "due"), [("invoiced", 31), ("carried_over", 52)])
def test_a_new_month_begins_with_what_is_carried_over(
    tmp_path: Path, shortfall: str, due: int
) -> None:
    """31 a month: 10 of June's are taken, and on 2 July a day of July's 31 is due."""
    more = f'period = "month"\nuntil = 2026-09-01\nshortfall = "{shortfall}"'
    text = COMMIT.replace("until = 2026-06-11\n", "").format(amount=31, more=more)
    found = Paces(terms_of(configured(tmp_path, text)))
    assert found.behind(day(2)) == ("x/c",)
    found.take(AZURE, cost_pico_usd=10 * DOLLAR, tokens=0)
    assert found.behind(day(2, 7)) == ("x/c",)
    pace = -(-due * DOLLAR // 31)
    found.take(AZURE, cost_pico_usd=pace - 1, tokens=0)
    assert found.behind(day(2, 7)) == ("x/c",)
    found.take(AZURE, cost_pico_usd=1, tokens=0)
    assert found.behind(day(2, 7)) == ()


def test_foreign_money_without_a_rate_has_no_pace(tmp_path: Path) -> None:
    assert paces(tmp_path / "a", 'currency = "EUR"').behind(day(5)) == ()
    rated = paces(tmp_path / "b", 'currency = "EUR"\nusd_per_unit = 2')
    rated.take(AZURE, cost_pico_usd=19 * DOLLAR, tokens=0)
    assert rated.behind(day(2)) == ("x/c",)
    rated.take(AZURE, cost_pico_usd=DOLLAR, tokens=0)
    assert rated.behind(day(2)) == ()
