"""Windows in a file of their own: the laws of every store, and what is this one's own."""

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest
from tests.stores.embedded.stage import EmbeddedStage
from tests.stores.suite import (
    HOLDERS,
    MACHINE,
    REQUESTS,
    WINDOW_LAWS,
    WINDOW_US,
    Counter,
    Law,
    name_of,
)

from detente.stores.embedded.windows import EmbeddedWindows
from detente.stores.interface import StoreUnavailable

LONG_US = 60_000_000


@pytest.mark.parametrize("law", WINDOW_LAWS, ids=name_of)
def test_the_laws_of_every_store(law: Law, tmp_path: Path) -> None:
    async def obeyed() -> None:
        await law(EmbeddedStage(tmp_path))

    asyncio.run(obeyed())


def test_another_start_of_the_machine_lets_everything_cool(tmp_path: Path) -> None:
    async def restarts() -> None:
        stage = EmbeddedStage(tmp_path)
        store = await stage.windows()
        await store.keep(MACHINE, lease_us=LONG_US)
        await Counter(store, HOLDERS[0]).ask(10, limit=10)
        await store.close()
        stage.boot, stage.now_us = "second", 3_000_000
        store = await stage.windows()
        await store.keep(MACHINE, lease_us=LONG_US)
        second = Counter(store, HOLDERS[1])
        await second.ask(1, limit=10)
        assert second.lease().free(0) == 0
        await stage.passes(WINDOW_US)
        second.now_us = WINDOW_US
        await second.ask(10, limit=10)
        assert second.lease().free(second.now_us) == 10
        await store.close()

    asyncio.run(restarts())


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    async def kept() -> None:
        store = EmbeddedWindows(tmp_path / "limits.sqlite3", timeout_ms=1_000)
        await store.keep(MACHINE, lease_us=LONG_US)
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
        await store.close()

    asyncio.run(kept())


def test_a_file_that_a_power_loss_broke_begins_anew_with_everything_used(tmp_path: Path) -> None:
    async def broken() -> None:
        stage = EmbeddedStage(tmp_path)
        stage.limits.write_bytes(os.urandom(8192))
        store = await stage.windows()
        await store.keep(MACHINE, lease_us=LONG_US)
        counter = Counter(store, HOLDERS[0])
        await counter.ask(1, limit=10)
        assert counter.lease().free(0) == 0
        await stage.passes(WINDOW_US)
        counter.now_us = WINDOW_US
        await counter.ask(1, limit=10)
        assert counter.lease().free(counter.now_us) == 10
        await store.close()

    asyncio.run(broken())


def test_a_second_process_is_refused_while_the_first_has_it(tmp_path: Path) -> None:
    async def refused() -> None:
        stage = EmbeddedStage(tmp_path)
        first = await stage.windows()
        await first.keep(MACHINE, lease_us=LONG_US)
        second = EmbeddedWindows(stage.limits, timeout_ms=50)
        with pytest.raises(StoreUnavailable, match="locked"):
            await second.keep(MACHINE, lease_us=LONG_US)
        await first.keep(MACHINE, lease_us=LONG_US)
        await first.close()
        await second.keep(MACHINE, lease_us=LONG_US)
        await second.close()

    asyncio.run(refused())


def test_what_was_written_survives_a_process_that_is_killed(tmp_path: Path) -> None:
    stage = EmbeddedStage(tmp_path)
    pid = os.fork()
    if pid == 0:

        async def dies() -> None:
            store = await stage.windows()
            await store.keep(MACHINE, lease_us=LONG_US)
            await Counter(store, HOLDERS[0]).ask(10, limit=10)
            os._exit(9)

        asyncio.run(dies())
    assert os.waitpid(pid, 0)[1] == 9 << 8

    async def goes_on() -> None:
        store = await stage.windows()
        await store.keep(MACHINE, lease_us=LONG_US)
        assert (await Counter(store, HOLDERS[1]).ask(1, limit=10)).verdict == "wait"
        await store.close()

    asyncio.run(goes_on())


def test_accounts_that_nobody_uses_are_dropped(tmp_path: Path) -> None:
    async def dropped() -> int:
        stage = EmbeddedStage(tmp_path)
        store = await stage.windows()
        await store.keep(MACHINE, lease_us=LONG_US)
        counter = Counter(store, HOLDERS[0])
        for n in range(20):
            await counter.ask(1, limit=10, account=f"key:k{n}/requests/1s")
        await counter.ask(1, limit=10, account=REQUESTS)
        await store.end(MACHINE, HOLDERS[0])
        await Counter(store, HOLDERS[1]).ask(1, limit=10)
        await stage.passes(2 * WINDOW_US)
        await store.keep(MACHINE, lease_us=LONG_US)
        await store.close()
        connection = sqlite3.connect(stage.limits)
        (left,) = connection.execute("SELECT count(*) FROM windows").fetchone()
        connection.close()
        return left

    assert asyncio.run(dropped()) == 1
