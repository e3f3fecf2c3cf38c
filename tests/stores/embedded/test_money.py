"""Money in the ledger's file: the laws of every store, and what is this one's own."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from tests.stores.embedded.stage import EmbeddedStage
from tests.stores.suite import DAY, HOLDERS, MACHINE, MONEY_LAWS, MONTH, Law, Spender, name_of

from detente.accounts.messages import Want
from detente.ledger.store.batch import Batch
from detente.ledger.store.database import Ledger
from detente.stores.embedded import money as money_module
from detente.stores.embedded.money import EmbeddedMoney
from detente.stores.interface import StoreUnavailable


@pytest.mark.parametrize("law", MONEY_LAWS, ids=name_of)
def test_the_laws_of_every_store(law: Law, tmp_path: Path) -> None:
    async def obeyed() -> None:
        await law(EmbeddedStage(tmp_path))

    asyncio.run(obeyed())


def test_the_last_word_of_the_dead_is_granted_nothing(tmp_path: Path) -> None:
    async def dies() -> None:
        store = await EmbeddedStage(tmp_path).money()
        spender = Spender(store, HOLDERS[0])
        await spender.ask(10, limit=100)
        await store.end(MACHINE, HOLDERS[0])
        have = await spender.ask(20, limit=100)
        assert (have.verdict, have.granted) == ("never", 10)
        assert await store.balances((MONTH,)) == ()
        await store.close()

    asyncio.run(dies())


def test_lines_do_not_grow_with_the_lives_of_workers(tmp_path: Path) -> None:
    async def lives() -> None:
        stage = EmbeddedStage(tmp_path)
        store = await stage.money()
        for life in range(20):
            holder = f"w0-{life}p1"
            for account in (MONTH, DAY):
                await Spender(store, holder).ask(10, limit=10_000, account=account)
                await stage.spend(account, holder, 3)
            await store.end(MACHINE, holder)
        assert [b.spent for b in await store.balances((MONTH, DAY))] == [60, 60]
        await store.close()
        connection = sqlite3.connect(stage.ledger)
        assert connection.execute("SELECT count(*) FROM spends").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM grants").fetchone() == (0,)
        connection.close()

    asyncio.run(lives())


def test_what_the_ledger_says_of_the_ended_is_folded_when_the_file_is_opened(
    tmp_path: Path,
) -> None:
    async def restarts() -> None:
        stage = EmbeddedStage(tmp_path)
        store = await stage.money()
        await Spender(store, HOLDERS[0]).ask(90, limit=100)
        await stage.spend(MONTH, HOLDERS[0], 10)
        await store.close()
        connection = sqlite3.connect(stage.ledger)
        connection.execute("INSERT INTO ended VALUES (?)", (HOLDERS[0],))
        connection.commit()
        connection.close()
        store = await stage.money()
        (balance,) = await store.balances((MONTH,))
        assert (balance.spent, balance.held) == (10, 0)
        await store.close()

    asyncio.run(restarts())


def test_a_file_that_is_locked_is_an_outage_that_ends(tmp_path: Path) -> None:
    async def locked() -> None:
        stage = EmbeddedStage(tmp_path)
        store = EmbeddedMoney(stage.ledger, timeout_ms=50)
        other = sqlite3.connect(stage.ledger, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"`ledger.sqlite3` cannot be used now"):
            await Spender(store, HOLDERS[0]).ask(10, limit=100)
        other.execute("ROLLBACK")
        assert (await Spender(store, HOLDERS[0]).ask(10, limit=100)).granted == 10
        other.close()
        await store.close()

    asyncio.run(locked())


def test_a_file_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    async def missing() -> None:
        store = EmbeddedMoney(tmp_path / "none.sqlite3", timeout_ms=50)
        with pytest.raises(StoreUnavailable):
            await store.keep(MACHINE, lease_us=1)
        assert not (tmp_path / "none.sqlite3").exists()
        await store.close()

    asyncio.run(missing())


def test_asks_that_come_together_are_one_transaction(tmp_path: Path) -> None:
    async def together() -> int:
        stage = EmbeddedStage(tmp_path)
        store = await stage.money()
        await store.keep(MACHINE, lease_us=1)
        before = sqlite3.connect(stage.ledger)
        version = before.execute("PRAGMA data_version").fetchone()[0]
        assert version
        want = Want(account=MONTH, limit=10_000, need=1, want=1)
        asks = [store.exchange(MACHINE, f"w{n}-1p1", (want,)) for n in range(100)]
        await asyncio.gather(*asks)
        grants = before.execute("SELECT count(*) FROM grants").fetchone()[0]
        before.close()
        await store.close()
        return grants

    assert asyncio.run(together()) == 100


def test_what_the_ended_spent_is_folded_once_though_that_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(connection: sqlite3.Connection, holder: str) -> None:
        connection.execute(money_module._FOLD, (holder,))  # pyright: ignore[reportPrivateUsage] - half
        raise sqlite3.OperationalError("disk I/O error")

    async def opened() -> None:
        stage = EmbeddedStage(tmp_path)
        await stage.spend(MONTH, HOLDERS[0], 7)
        ledger = Ledger.open(stage.ledger, now_us=0)
        ledger.commit(Batch(ended=[(HOLDERS[0],)]))
        ledger.close()
        store = await stage.money()
        with monkeypatch.context() as broken:
            broken.setattr(money_module, "_fold", breaks_off)
            for _ in range(3):
                with pytest.raises(StoreUnavailable):
                    await store.balances((MONTH,))
        (balance,) = await store.balances((MONTH,))
        assert balance.spent == 7
        await store.close()

    asyncio.run(opened())
