"""`detente budgets`: from the files where no gateway runs, from the gateway where one does."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from detente.cli import run
from detente.gateway.allowances.budget_book import BudgetsShown
from detente.ledger.store.batch import Batch
from detente.ledger.store.database import Ledger
from tests.gateway_process import running_gateway

CONFIGURATION = """
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:1"
state = "state"

[projects.shop]
budgets = [{ usd = 10, period = "ever" }]
limits = [{ requests_per_minute = 600 }]
"""
SHOP = "project:shop/usd/ever@ever"


def spend(state: Path, amount: int) -> None:
    state.mkdir()
    ledger = Ledger.open(state / "ledger.sqlite3", now_us=0)
    ledger.commit(Batch(spends={(SHOP, "w0-1p1"): amount}))
    ledger.close()


def test_what_is_left_is_read_from_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    spend(tmp_path / "state", 2_500_000_000_000)
    assert run(["budgets", "--config", str(tmp_path), "--json"]) == 0
    shown = msgspec.json.decode(capsys.readouterr().out, type=BudgetsShown)
    assert [one.account for one in shown.accounts] == [SHOP, "project:shop/requests/60s"]
    assert (shown.accounts[0].spent, shown.accounts[0].left) == (Decimal("2.5"), Decimal("7.5"))
    assert run(["budgets", "--config", str(tmp_path), "--project", "shop"]) == 0
    out = capsys.readouterr().out
    assert "$2.50" in out
    assert "███░" in out


def test_a_gateway_that_never_ran_has_spent_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    assert run(["budgets", "--config", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert "no ledger" in shown.err
    assert SHOP in shown.out
    assert "$10.00" in shown.out
    assert run(["budgets", "--config", str(tmp_path), "--project", "lab"]) == 0
    assert "no budgets and no limits of `lab`" in capsys.readouterr().out


def test_less_than_a_cent_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "detente.toml").write_text(CONFIGURATION.replace("usd = 10", "usd = 0.002"))
    spend(tmp_path / "state", 500_000_000)
    assert run(["budgets", "--config", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "$0.002 " in out
    assert "$0.0005 " in out


def test_a_running_gateway_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONFIGURATION.replace("127.0.0.1:1", "127.0.0.1:0")
    with running_gateway(tmp_path, text) as gateway:
        admin = gateway.admin_url.partition("//")[2]
        asked = tmp_path / "asked.toml"
        asked.write_text(text.replace('admin_listen = "127.0.0.1:0"', f'admin_listen = "{admin}"'))
        assert run(["budgets", "--config", str(asked), "--json"]) == 0
    shown = msgspec.json.decode(capsys.readouterr().out, type=BudgetsShown)
    assert shown.accounts[0].limit == 10
