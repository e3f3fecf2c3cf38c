"""What is spent, held and left of each account, and of whom."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.stores.embedded.stage import EmbeddedStage
from tests.stores.suite import HOLDERS, MACHINE, Counter, Spender

from detente.accounts.rules import account_of, rules_of
from detente.canonical.allowance import Budget, Limit
from detente.canonical.principal import Key, Project, Scope
from detente.gateway.allowances.budget_book import (
    BudgetBook,
    BudgetsShown,
    Owners,
    fractions_reached,
    shown_account,
    unspent,
)
from detente.stores.interface import Balance

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = "project:shop/usd/day@2026-11-22"
WINDOW = "key:app1/requests/1s"
USD = 10**12


def owners() -> Owners:
    budget = Budget(usd=Decimal(10), period="day", alert_at=(Decimal(1), Decimal("0.25")))
    limit = Limit(measure="requests", amount=10, window_ms=1_000)
    scope = Scope(limits=(limit,))
    return Owners(
        organisation=Scope(),
        projects=(Project(name="shop", scope=Scope(budgets=(budget,))),),
        keys=(
            Key(name="app1", project="shop", secrets=(), scope=scope),
            Key(name="old", project="shop", secrets=(), scope=scope, revoked_at=AT),
        ),
    )


async def known() -> Owners:
    return owners()


def shown(folder: Path, *, project: str | None = None, key: str | None = None) -> BudgetsShown:
    """After 3 dollars were spent, 2 more are held, and 4 units too."""

    async def found() -> BudgetsShown:
        stage = EmbeddedStage(folder)
        money, windows = await stage.money(), await stage.windows()
        await Spender(money, HOLDERS[0]).ask(5 * USD, limit=10 * USD, account=DAY)
        await stage.spend(DAY, HOLDERS[0], 3 * USD)
        await money.first_told(DAY, "0.25")
        await windows.keep(MACHINE, lease_us=60_000_000)
        await Counter(windows, HOLDERS[0]).ask(1, limit=10, account=WINDOW)
        book = BudgetBook(money, windows, owners=known, wall=lambda: AT)
        answer = await book.shown(project=project, key=key, past=False)
        await money.close()
        await windows.close()
        return answer

    return asyncio.run(found())


def test_amounts_are_in_the_units_that_people_set_them_in(tmp_path: Path) -> None:
    day, window = shown(tmp_path).accounts
    assert (day.account, day.unit) == (DAY, "usd")
    amounts = (day.limit, day.spent, day.held, day.left)
    assert amounts == (Decimal(10), Decimal(3), Decimal(2), Decimal(5))
    assert day.ends_at == datetime(2026, 11, 23, tzinfo=UTC)
    assert (window.account, window.unit, window.limit) == (WINDOW, "requests", Decimal(10))
    assert window.held >= 1
    assert window.ends_at is None


def test_of_a_key_or_a_project_only_theirs_is_shown(tmp_path: Path) -> None:
    found = shown(tmp_path, key="app1")
    assert [one.account for one in found.accounts] == [WINDOW]
    assert found.alerts == ()
    of_shop = shown(tmp_path, project="shop")
    assert [one.account for one in of_shop.accounts] == [DAY, WINDOW]
    assert [(alert.account, alert.fraction) for alert in of_shop.alerts] == [(DAY, "0.25")]
    assert shown(tmp_path, project="other", key="app1").accounts == ()


def test_fractions_are_those_that_are_reached() -> None:
    (project,) = owners().projects
    (rule,) = rules_of(Scope(), project, None)
    account = account_of(rule, AT)
    spent = [2 * USD, 5 * USD // 2, 10 * USD]
    reached = [
        fractions_reached(account, Balance(account=DAY, spent=amount, held=0)) for amount in spent
    ]
    assert reached == [(), (Decimal("0.25"),), (Decimal("0.25"), Decimal(1))]
    assert shown_account(account, None).left == 10


def test_where_nothing_was_spent_all_is_left_and_nothing_is_written_as_zero() -> None:
    told = unspent(owners(), project="shop", key=None, at=AT)
    assert [one.account for one in told.accounts] == [DAY, WINDOW]
    day = told.accounts[0]
    assert [str(day.spent), str(day.held)] == ["0", "0"]
    assert day.left == day.limit == 10
    assert unspent(owners(), project="lab", key=None, at=AT) == BudgetsShown()
