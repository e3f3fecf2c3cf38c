"""Fractions of budgets are told once, by whoever notices, whatever restarts."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.stores.embedded.stage import EmbeddedStage

from detente.canonical.allowance import Budget
from detente.canonical.principal import Project, Scope
from detente.gateway.allowances.alerts import Alerts
from detente.gateway.allowances.budget_book import Owners
from detente.stores.interface import StoreUnavailable

ACCOUNT = "project:shop/usd/month@2026-11"
USD = 10**12


async def owners() -> Owners:
    budget = Budget(usd=Decimal(10), hard=False, alert_at=(Decimal(1), Decimal("0.5")))
    shop = Project(name="shop", scope=Scope(budgets=(budget,)))
    return Owners(organisation=Scope(), projects=(shop,), keys=())


def test_each_fraction_is_told_once_and_a_restart_tells_none_again(tmp_path: Path) -> None:
    async def told() -> list[str]:
        stage, said = EmbeddedStage(tmp_path), list[str]()
        money = await stage.money()

        def made() -> Alerts:
            wall = datetime(2026, 11, 22, tzinfo=UTC)
            return Alerts(money, owners=owners, wall=lambda: wall, said=said.append)

        alerts = made()
        for amount in (4, 1, 1, 5):
            await stage.spend(ACCOUNT, "w0-1p1", amount * USD)
            alerts.spent((ACCOUNT, "project:gone/usd/day@2026-11-22"))
            await alerts.look()
            await alerts.look()
        alerts = made()
        alerts.spent((ACCOUNT,))
        await alerts.look()
        await money.close()
        return said

    assert asyncio.run(told()) == [
        f"0.5 of the alerting budget `{ACCOUNT}` (10 dollars) is spent",
        f"1 of the alerting budget `{ACCOUNT}` (10 dollars) is spent",
    ]


def test_what_is_spent_while_others_are_looked_at_is_told_next(tmp_path: Path) -> None:
    async def told() -> list[str]:
        stage, said = EmbeddedStage(tmp_path), list[str]()
        money = await stage.money()
        wall, meanwhile = datetime(2026, 11, 22, tzinfo=UTC), [ACCOUNT]

        async def slowly() -> Owners:
            alerts.spent(meanwhile)  # the last before the budget refuses
            meanwhile.clear()
            return await owners()

        alerts = Alerts(money, owners=slowly, wall=lambda: wall, said=said.append)
        alerts.spent(("key:app1/usd/day@2026-11-22",))
        await alerts.look()
        await stage.spend(ACCOUNT, "w0-1p1", 5 * USD)
        await alerts.look()
        await money.close()
        return said

    assert len(asyncio.run(told())) == 1


def test_what_a_store_did_not_say_is_looked_at_again(tmp_path: Path) -> None:
    async def told() -> list[str]:
        stage, said = EmbeddedStage(tmp_path), list[str]()
        money, fails = await stage.money(), [True]
        wall = datetime(2026, 11, 22, tzinfo=UTC)

        async def failing() -> Owners:
            if fails.pop():
                raise StoreUnavailable
            return await owners()

        alerts = Alerts(money, owners=failing, wall=lambda: wall, said=said.append)
        await stage.spend(ACCOUNT, "w0-1p1", 5 * USD)
        alerts.spent((ACCOUNT,))
        with pytest.raises(StoreUnavailable):
            await alerts.look()
        fails.append(False)
        await alerts.look()
        await money.close()
        return said

    assert len(asyncio.run(told())) == 1


def test_what_was_not_enough_is_not_told(tmp_path: Path) -> None:
    async def told() -> list[str]:
        stage, said = EmbeddedStage(tmp_path), list[str]()
        money = await stage.money()
        wall = datetime(2026, 12, 1, tzinfo=UTC)
        alerts = Alerts(money, owners=owners, wall=lambda: wall, said=said.append)
        await stage.spend(ACCOUNT, "w0-1p1", 10 * USD)  # of a period that is over by now
        alerts.spent((ACCOUNT,))
        await alerts.look()
        await money.close()
        return said

    assert asyncio.run(told()) == []
