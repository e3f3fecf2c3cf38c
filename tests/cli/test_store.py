"""`detente store` tells of every store, and migrates one that is shared."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.ledger.store.database import Ledger
from detente.stores.postgres.revision import REVISIONS
from tests.cli.command import ended
from tests.postgres import Server
from tests.valkey import KeyServer


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "220")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server.started() as server:
        yield server


def asked(*words: str) -> int:
    """The exit status of `detente store`."""
    return ended(["store", *words])


def configured(folder: Path, store: str = "") -> str:
    (folder / "detente.toml").write_text(f'[server]\nstate = "s"\n{store}')
    return str(folder)


def shared(folder: Path, url: str) -> str:
    return configured(folder, f'[store]\nurl = "{url}"\ntimeout_ms = 10000\n')


def test_a_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked("status", "--config", configured(tmp_path)) == 1
    assert "start `detente serve`" in capsys.readouterr().out


def test_a_ledgers_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s").mkdir()
    Ledger.open(tmp_path / "s" / "ledger.sqlite3", now_us=0).close()
    asked("status", "--json", "--config", configured(tmp_path))
    ledger, _ = json.loads(capsys.readouterr().out)
    assert (ledger["kind"], ledger["entries"], ledger["behind"]) == ("sqlite", 0, [])


def test_only_a_shared_store_is_migrated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked("migrate", "--config", configured(tmp_path)) == 2
    assert "`[store] url`" in capsys.readouterr().err


def test_a_rehearsal_changes_nothing_and_a_migration_once(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.database()
    config = shared(tmp_path, url)
    for _ in range(2):
        assert asked("migrate", "--rehearse", "--config", config) == 0
        assert f"{', '.join(REVISIONS)} would be added" in capsys.readouterr().out
    assert asked("status", "--config", config) == 1
    assert "no schema yet" in capsys.readouterr().out
    assert asked("migrate", "--sql", "--config", config) == 0
    assert "CREATE TABLE entries" in capsys.readouterr().out
    assert server.ask("SELECT to_regclass('entries')::text", url) == [(None,)]
    assert asked("migrate", "--json", "--config", config) == 0
    assert json.loads(capsys.readouterr().out)["added"] == list(REVISIONS)
    assert asked("migrate", "--config", config) == 0
    assert "up to date" in capsys.readouterr().out


def test_machines_and_their_leases_are_told(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.database()
    config = shared(tmp_path, url)
    assert asked("migrate", "--config", config) == 0
    server.ask("INSERT INTO machines VALUES ('gw-1', 'money', clock_us(), 30000000)", url)
    capsys.readouterr()
    assert asked("status", "--config", config) == 0
    assert "gw-1" in (shown := capsys.readouterr().out)
    assert "ready" in shown
    assert asked("status", "--json", "--config", config) == 0
    (store,) = json.loads(capsys.readouterr().out)
    assert 20_000 < store["machines"][0]["ends_in_ms"] <= 30_000


def test_a_lost_machine_is_given_up_once_its_leases_have_ended(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.database()
    config = shared(tmp_path, url)
    assert asked("migrate", "--config", config) == 0
    server.ask("INSERT INTO machines VALUES ('gw-1', 'money', clock_us(), 30000000)", url)
    assert asked("release", "gw-2", "--config", config) == 2
    assert asked("release", "gw-1", "--config", config) == 2
    assert "still hold" in capsys.readouterr().err
    server.ask("UPDATE machines SET kept_us = clock_us() - 31000000", url)
    assert asked("release", "gw-1", "--json", "--config", config) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"released": "gw-1"}
    assert server.ask("SELECT kept_us FROM machines", url) == [(0,)]


def test_nothing_is_given_up_where_nothing_is_shared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked("release", "gw-1", "--config", configured(tmp_path)) == 2
    assert "`[store] url`" in capsys.readouterr().err


def test_limits_in_a_valkey_are_told_whether_it_answers_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s").mkdir()
    Ledger.open(tmp_path / "s" / "ledger.sqlite3", now_us=0).close()
    with KeyServer.started("valkey") as server:
        config = configured(tmp_path, f'[store]\nlimits_url = "{server.url}"\ntimeout_ms = 10000\n')
        assert asked("status", "--json", "--config", config) == 0
        _, limits = json.loads(capsys.readouterr().out)
        assert (limits["kind"], limits["problem"]) == ("valkey", None)
        assert limits["latency_ms"] > 0
        server.kill()
        assert asked("status", "--json", "--config", config) == 1
        _, limits = json.loads(capsys.readouterr().out)
        assert "see whether the server runs" in limits["problem"]
        assert limits["latency_ms"] is None


def test_a_server_that_is_down_is_told_without_a_credential(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARED_PASSWORD", "hunter2hunter2")
    config = configured(
        tmp_path,
        '[store]\nurl = "postgresql://app@127.0.0.1:1/d"\npassword = { env = "SHARED_PASSWORD" }\n',
    )
    assert asked("status", "--config", config) == 1
    assert asked("migrate", "--config", config) == 2
    found = capsys.readouterr()
    assert "127.0.0.1:1/d" in found.out
    assert "hunter2" not in found.out + found.err
