"""Budgets over the admin API: everything for who may see it, a member's own for a member."""

from decimal import Decimal
from pathlib import Path

import msgspec
from tests.gateway.admin.admin_props import KEYS, administered, asked, parts_in

from detente.canonical.principal import Role
from detente.configuration.callers import BudgetEntry, Key, LimitEntry, Organisation, Project
from detente.configuration.schema import Configuration
from detente.gateway.admin.api import admin_api
from detente.gateway.allowances.budget_book import BudgetsShown
from detente.ledger.store.batch import Batch
from detente.ledger.store.database import Ledger

SHOP = "project:shop/usd/month@2026-11"


def configured() -> Configuration:
    budget = BudgetEntry(usd=Decimal(10))
    return msgspec.structs.replace(
        administered(),
        organisation=Organisation(budgets=(BudgetEntry(usd=Decimal(100), hard=False),)),
        projects={"shop": Project(budgets=(budget,)), "other": Project(budgets=(budget,))},
        keys={
            "app1": Key(
                hash="sha256:" + "0" * 64,
                project="shop",
                limits=(LimitEntry(requests_per_minute=60),),
            )
        },
    )


def shown(state: Path, role: Role, query: str = "") -> BudgetsShown:
    app = admin_api(parts_in(state, configuration=configured()))
    headers = [("host", "127.0.0.1"), ("authorization", f"Bearer {KEYS[role]}")]
    status, _, body = asked(app, "GET", f"/admin/v1/budgets{query}", headers)
    assert status == 200, body
    return msgspec.json.decode(body, type=BudgetsShown)


def spend(state: Path, account: str, amount: int) -> None:
    ledger = Ledger.open(state / "ledger.sqlite3", now_us=0)
    ledger.commit(Batch(spends={(account, "w0-1p1"): amount}))
    ledger.close()


def test_everything_is_shown_with_what_is_left(tmp_path: Path) -> None:
    spend(tmp_path, SHOP, 2_500_000_000_000)
    found = {one.account: one for one in shown(tmp_path, "auditor").accounts}
    assert list(found) == [
        "organisation/usd/month@2026-11",
        "project:other/usd/month@2026-11",
        SHOP,
        "key:app1/requests/60s",
    ]
    assert not found["organisation/usd/month@2026-11"].hard
    shop = found[SHOP]
    assert (shop.limit, shop.spent, shop.left) == (Decimal(10), Decimal("2.5"), Decimal("7.5"))
    assert found["key:app1/requests/60s"].limit == 60


def test_a_member_sees_the_own_project_alone(tmp_path: Path) -> None:
    own = [SHOP, "key:app1/requests/60s"]
    assert [one.account for one in shown(tmp_path, "member").accounts] == own
    assert shown(tmp_path, "member", "?project=other").accounts == ()
    assert [one.account for one in shown(tmp_path, "member", "?project=shop").accounts] == own
    assert shown(tmp_path, "member", "?key=nobodys").accounts == ()


def test_periods_that_are_over_are_shown_where_they_are_asked_for(tmp_path: Path) -> None:
    spend(tmp_path, "project:shop/usd/month@2026-10", 10**12)
    assert len(shown(tmp_path, "owner", "?key=app1").accounts) == 1
    found = shown(tmp_path, "owner", "?project=shop&past=true").accounts[-1]
    assert (found.account, found.spent) == ("project:shop/usd/month@2026-10", Decimal(1))
    assert (found.limit, found.left) == (None, None)
