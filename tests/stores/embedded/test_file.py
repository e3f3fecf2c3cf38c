"""One file, one thread: acts share transactions, happen whole or not at all, and stop no loop."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.stores.embedded.file import ACTS_WAITING_MAX, EmbeddedFile
from detente.stores.interface import StoreUnavailable


def opener(path: Path) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
        return connection

    return connect


def adds(number: int) -> Callable[[sqlite3.Connection], int]:
    def add(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return add


def numbers(connection: sqlite3.Connection) -> list[int]:
    return [n for (n,) in connection.execute("SELECT n FROM t ORDER BY n")]


def fails(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (99)")
    connection.execute("INSERT INTO missing VALUES (1)")


def test_acts_are_answered_each_with_its_own(tmp_path: Path) -> None:
    async def acts() -> None:
        file = EmbeddedFile("t", opener(tmp_path / "t"))
        assert await asyncio.gather(*(file.act(adds(n)) for n in range(50))) == list(range(50))
        assert await file.act(numbers) == list(range(50))
        await file.close()
        assert await file.act(numbers) == list(range(50))
        await file.close()

    asyncio.run(acts())


def test_who_shares_a_transaction_with_a_failure_did_nothing(tmp_path: Path) -> None:
    async def acts() -> None:
        file = EmbeddedFile("t", opener(tmp_path / "t"))
        await file.act(adds(1))
        first, second = await asyncio.gather(
            file.act(adds(2)), file.act(fails), return_exceptions=True
        )
        assert isinstance(first, StoreUnavailable)
        assert isinstance(second, StoreUnavailable)
        assert "no such table" in str(second)
        assert await file.act(numbers) == [1]
        await file.close()

    asyncio.run(acts())


def test_a_bug_of_an_act_does_not_stop_the_file(tmp_path: Path) -> None:
    def bug(_: sqlite3.Connection) -> None:
        raise ZeroDivisionError

    async def acts() -> None:
        shown: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: shown.append(context.get("exception")))
        file = EmbeddedFile("t", opener(tmp_path / "t"))
        with pytest.raises(StoreUnavailable, match="could not be worked on"):
            await file.act(bug)
        assert await file.act(adds(1)) == 1
        await file.close()

    asyncio.run(acts())


def test_an_act_that_stands_still_stops_no_loop_and_a_bound_holds(tmp_path: Path) -> None:
    async def acts() -> None:
        go_on = threading.Event()
        file = EmbeddedFile("t", opener(tmp_path / "t"))

        def waits(_: sqlite3.Connection) -> bool:
            return go_on.wait(20)

        slow = asyncio.create_task(file.act(waits))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        queued = [asyncio.create_task(file.act(adds(n))) for n in range(ACTS_WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="too much to do"):
            await file.act(adds(0))
        for task in queued[100:]:
            task.cancel()
        go_on.set()
        assert await slow
        assert await asyncio.gather(*queued[:100]) == list(range(100))
        await file.close()

    asyncio.run(acts())
