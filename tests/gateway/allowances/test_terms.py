"""Which accounts apply to a plan, until when, and at which rates."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.gateway.scripts import CONFIGURATION, chat
from tests.gateway.stage import Stage, staged

from detente.canonical.failure import ClientFault
from detente.gateway.allowances.holds import Terms
from detente.gateway.allowances.terms import HELD_US, rates_of, terms_of
from detente.gateway.routing import microseconds

RULES = """
[organisation]
budgets = [{ usd = 100, period = "hour" }, { usd = 3, model = "tests/a*" }]
limits = [{ tokens_per_minute = 90000 }]

[projects.shop]
budgets = [{ usd = 5, period = "day", hard = false }]
limits = [{ requests_per_minute = 6, model = "tests/m" }, { concurrent_requests = 2 }]
"""


@pytest.fixture
def ruled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    with staged(tmp_path, monkeypatch, CONFIGURATION + RULES) as stage:
        yield stage


def made(stage: Stage, model: str, now: datetime) -> Terms:
    worker = stage.worker
    stage.client().sends(chat(model))  # makes the plan, and waits for nobody: there is no lease
    caller = next(one for one in worker.plane.keys.callers() if one.name == "app")
    plan = caller.plans[model, "openai_chat"]
    return terms_of(plan, caller, worker.plane, worker.purse, microseconds(now))


def ids(terms: Terms) -> list[str]:
    return [pocket.id for pocket in terms.pockets]


NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def test_rules_of_all_owners_apply_by_model(ruled: Stage) -> None:
    terms = made(ruled, "m", NOW)
    assert ids(terms) == [
        "organisation/usd/hour@2026-11-22T10",
        "project:shop/concurrent",
        "project:shop/requests/60s~tests/m",
        "organisation/tokens/60s",
    ]
    assert terms.booked == (
        "organisation/usd/hour@2026-11-22T10",
        "project:shop/usd/day@2026-11-22",
    )
    assert "organisation/usd/month@2026-11~tests/a*" in ids(made(ruled, "alone", NOW))
    ruled.wait(10)  # those who ask in this test are refused in time


def test_they_hold_for_a_minute_or_until_a_period_ends(ruled: Stage) -> None:
    assert made(ruled, "m", NOW).valid_until_us == microseconds(NOW) + HELD_US
    late = datetime(2026, 11, 22, 10, 59, 59, tzinfo=UTC)
    assert made(ruled, "m", late).valid_until_us == microseconds(late) + 1_000_000
    ruled.wait(10)


def test_the_dearest_rate_counts(ruled: Stage) -> None:
    rates = rates_of(made(ruled, "m", NOW), ("none", False))
    assert (rates.input_pico, rates.output_pico) == (1_000_000, 2_000_000)
    ruled.wait(10)


def test_what_has_no_price_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpriced = (CONFIGURATION + RULES).replace('model = "*"', 'model = "other/*"')
    with staged(tmp_path, monkeypatch, unpriced) as stage:
        terms = made(stage, "m", NOW)
        with pytest.raises(ClientFault, match="`first/m-first`") as raised:
            rates_of(terms, ("none", False))
        assert raised.value.failure.code == "price_unknown"


def test_a_price_that_changes_ends_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dated = CONFIGURATION.replace('model = "*"', 'model = "*"\nuntil = 2026-11-22T10:30:07Z')
    with staged(tmp_path, monkeypatch, dated + RULES) as stage:
        assert made(stage, "m", NOW).valid_until_us == microseconds(NOW) + 7_000_000
        stage.wait(10)
