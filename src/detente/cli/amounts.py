"""Amounts as people read them: dollars to the cent, or to a millionth where there are only cents.

Rounds for the eye alone; JSON and CSV have every digit.

>>> usd(Decimal("1234.5")), usd(Decimal("0.0000042")), signed(Decimal("-3"))
('$1,234.50', '$0.000004', '-$3.00')
"""

from decimal import Decimal
from typing import Final

MICRODOLLAR: Final = Decimal("0.000001")


def usd(value: Decimal) -> str:
    """To the cent from a dollar on; below, where cents would hide what there is, to a millionth."""
    sign, size = "-" if value < 0 else "", abs(value)
    if size >= 1 or not size:
        return f"{sign}${size:,.2f}"
    if size < MICRODOLLAR:
        return f"{sign}<$0.000001"
    whole, _, decimals = f"{size:.6f}".partition(".")
    return f"{sign}${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def signed(value: Decimal) -> str:
    """A difference, with its sign also where it is more."""
    return usd(value) if value < 0 else f"+{usd(value)}"


def amount(value: Decimal | None, unit: str) -> str:
    """Dollars where the unit is `usd`, else a number without decimals; `unknown` without any."""
    if value is None:
        return "unknown"
    return usd(value) if unit == "usd" else f"{value:,.0f}"
