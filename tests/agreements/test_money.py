"""Amounts that can be meant, and the periods in which they are counted."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.discount import Discount
from detente.agreements.clauses.price import Price, PriceTier
from detente.agreements.clauses.revenue_share import RevenueShare
from detente.agreements.money import Period, add_months, amount_mistakes, period_around
from detente.agreements.parse import load
from detente.configuration.located import LocatedErrors


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
def test_an_amount_that_cannot_be_meant_is_told(amount: str) -> None:
    clause = Commit(id="c", amount=Decimal(amount))
    assert [key for key, _ in amount_mistakes(clause)] == ["amount"]


def test_nothing_and_much_are_amounts() -> None:
    assert list(amount_mistakes(Commit(id="c", amount=Decimal(0)))) == []
    assert list(amount_mistakes(Commit(id="c", amount=Decimal("250e9")))) == []


def test_more_than_all_is_no_per_cent() -> None:
    share = RevenueShare(id="s", payer="a", payee="b", rate=Decimal(101), cap=Decimal(200))
    assert [key for key, _ in amount_mistakes(share)] == ["rate"]
    assert list(amount_mistakes(Discount(id="d", percent=Decimal(100)))) == []


def test_a_tier_is_looked_at_too() -> None:
    tiers = (PriceTier(over=Decimal(0), amount=Decimal(-2)),)
    assert [key for key, _ in amount_mistakes(Price(id="p", meter="input", tiers=tiers))] == [
        "tiers"
    ]


@pytest.mark.parametrize("amount", ["-1", "nan", "inf", "99999999999999999999"])
def test_a_file_with_such_an_amount_is_a_located_error(amount: str) -> None:
    clause = f'[[clause]]\nid = "c"\ntype = "commit"\namount = {amount}\n'
    text = f'id = "a"\nrecorded_at = 2026-01-01\n{clause}'
    with pytest.raises(LocatedErrors) as found:
        load([("a.toml", text.encode())])
    assert all(error.file == "a.toml" for error in found.value.errors)


@pytest.mark.parametrize(
    ("period", "at", "begins", "ends"),
    [
        ("month", "2026-03-20", "2026-03-15", "2026-04-15"),
        ("month", "2026-01-15", "2026-01-15", "2026-02-15"),
        ("quarter", "2026-04-14", "2026-01-15", "2026-04-15"),
        ("year", "2027-01-14", "2026-01-15", "2027-01-15"),
        ("term", "2027-01-14", "2026-01-15", None),
    ],
)
def test_a_period_counts_from_the_start(
    period: Period, at: str, begins: str, ends: str | None
) -> None:
    found = period_around(period, day("2026-01-15"), None, at=day(at))
    assert found == (day(begins), None if ends is None else day(ends))


def test_the_last_period_ends_with_the_clause() -> None:
    found = period_around("year", day("2026-01-15"), day("2026-07-01"), at=day("2026-03-01"))
    assert found == (day("2026-01-15"), day("2026-07-01"))


def test_a_month_without_that_day_has_its_last() -> None:
    assert add_months(day("2027-01-31"), 1) == day("2027-02-28")
    assert add_months(day("2028-02-29"), 12) == day("2029-02-28")
    assert add_months(day("2028-02-29"), 48) == day("2032-02-29")
