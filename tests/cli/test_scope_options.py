"""Budgets, limits and patterns as options."""

from decimal import Decimal

import msgspec
import pytest

from detente.canonical.failure import ClientFault
from detente.cli.scope_options import LIMITS, budget_text, limit_text, scope_from


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


BUDGETS = [
    "100/month",
    "0.5/day@Europe/Berlin",
    "5/ever~openai/*",
    "1/week@UTC+x~a soft",
    "2/year soft",
]


@pytest.mark.parametrize("text", BUDGETS)
def test_a_budget_is_shown_as_its_option_says_it(text: str) -> None:
    (budget,) = scope_from(budgets=(text,)).budgets
    assert budget_text(budget) == text
    assert budget.hard == (not text.endswith(" soft"))
    assert (budget.model is None) == ("~" not in text)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("model", ["", "~openai/*"])
def test_a_limit_is_shown_as_its_option_says_it(name: str, model: str) -> None:
    (limit,) = scope_from(limits=(f"{name}=7{model}",)).limits
    assert (getattr(limit, name), limit.model) == (7, model[1:] or None)
    assert limit_text(limit) == f"{name}=7{model}"


def test_amounts_are_shown_as_they_are_typed() -> None:
    (budget,) = scope_from(budgets=("1000/month",)).budgets
    assert budget_text(msgspec.structs.replace(budget, usd=Decimal("1E+3"))) == "1000/month"


def test_a_narrowing_to_nothing_is_left_to_whoever_checks_patterns() -> None:
    assert scope_from(limits=("requests_per_minute=1~",)).limits[0].model == ""
