"""Budgets, limits and patterns as options."""

from decimal import Decimal

import pytest

from detente.canonical.failure import ClientFault
from detente.cli.scope_options import scope_from


def test_options_say_a_scope() -> None:
    scope = scope_from(
        labels=("a=b",),
        models=("x/*",),
        budgets=("100/month", "0.5/day@Europe/Berlin"),
        limits=("requests_per_minute=600",),
    )
    assert (scope.labels, scope.models, scope.deployments) == ({"a": "b"}, ("x/*",), None)
    assert [(b.usd, b.period, b.time_zone) for b in scope.budgets] == [
        (Decimal(100), "month", "UTC"),
        (Decimal("0.5"), "day", "Europe/Berlin"),
    ]
    assert scope.limits[0].requests_per_minute == 600


@pytest.mark.parametrize("text", ["", "100", "x/month", "-1/month", "1/", "1e3/day"])
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(ClientFault, match="`100/month`"):
        scope_from(budgets=(text,))


def test_an_unknown_period_or_limit_is_told_with_the_nearest() -> None:
    with pytest.raises(ClientFault, match="did you mean `month`"):
        scope_from(budgets=("1/months",))
    with pytest.raises(ClientFault, match="did you mean `requests_per_minute`"):
        scope_from(limits=("request_per_minute=1",))


@pytest.mark.parametrize("amount", ["", "0", "x", "1.5", "-1"])
def test_what_is_no_limit(amount: str) -> None:
    with pytest.raises(ClientFault, match="requests_per_minute=600"):
        scope_from(limits=(f"requests_per_minute={amount}",))
