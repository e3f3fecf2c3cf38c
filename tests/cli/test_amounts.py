"""Amounts: to the cent, or to what is there below a dollar."""

from decimal import Decimal

import pytest

from detente.cli.amounts import amount, signed, usd


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "$0.00"),
        ("1234567.891", "$1,234,567.89"),
        ("-1234.5", "-$1,234.50"),
        ("0.5", "$0.50"),
        ("0.0024", "$0.0024"),
        ("0.0376054", "$0.037605"),
        ("-0.0000014", "-$0.000001"),
        ("0.0000001", "<$0.000001"),
    ],
)
def test_dollars(value: str, shown: str) -> None:
    assert usd(Decimal(value)) == shown


def test_signs() -> None:
    assert signed(Decimal("-1.5")) == "-$1.50"
    assert signed(Decimal("1.5")) == "+$1.50"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [("2500000", "tokens", "2,500,000"), ("0.5", "usd", "$0.50"), (None, "usd", "unknown")],
)
def test_units(value: str | None, unit: str, shown: str) -> None:
    assert amount(None if value is None else Decimal(value), unit) == shown
