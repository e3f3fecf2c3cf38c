"""Windows on real servers: shared, exact, and never given twice by a server that forgot."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.stores.suite import WINDOW_LAWS, Law, name_of
from tests.valkey import KINDS, KeyServer

from detente.accounts.messages import Have, Want
from detente.stores import clock
from detente.stores.interface import MoneyAccounts, StoreUnavailable
from detente.stores.valkey.server import ValkeyPlace
from detente.stores.valkey.windows import ValkeyWindows

ACCOUNT = "key:app1/requests/60s"
WINDOW_US = 60_000_000
LEASE_US = 30_000_000
Play = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest) -> Iterator[KeyServer]:
    with KeyServer.started(request.param) as server:
        yield server


@pytest.fixture
def server(shared: KeyServer) -> KeyServer:
    """A running server that never knew anything, as after its installation."""
    shared.say("FLUSHALL")
    return shared


@pytest.fixture(params=KINDS)
def own_server(request: pytest.FixtureRequest) -> Iterator[KeyServer]:
    with KeyServer.started(request.param) as server:
        yield server


def windows_at(server: KeyServer, **said: Any) -> ValkeyWindows:
    remembered = said.pop("remembered", None)
    return ValkeyWindows(ValkeyPlace(url=server.url, **said), remembered=remembered)


def want(need: int = 1, *, limit: int = 600, window_us: int = WINDOW_US, **said: Any) -> Want:
    asked: dict[str, Any] = {"want": need, **said}
    return Want(account=ACCOUNT, limit=limit, window_us=window_us, need=need, **asked)


async def ask(windows: ValkeyWindows, holder: str, wants: Want, machine: str = "m1") -> Have:
    (have,) = await windows.exchange(machine, holder, (wants,))
    return have


class Stage:
    """Implements the windows of `tests.stores.suite.Stage`: time passes by itself."""

    def __init__(self, server: KeyServer) -> None:
        self.server = server

    async def money(self) -> MoneyAccounts:
        raise AssertionError("money is kept elsewhere")

    async def windows(self) -> ValkeyWindows:
        return windows_at(self.server, timeout_ms=20_000)

    async def spend(self, account: str, holder: str, amount: int) -> None:
        raise AssertionError(f"money is kept elsewhere: {account} {holder} {amount}")

    async def passes(self, us: int) -> None:
        until_s = time.monotonic() + us / 1_000_000
        while (left_s := until_s - time.monotonic()) > 0:
            await asyncio.sleep(left_s)


@pytest.mark.parametrize("law", WINDOW_LAWS, ids=name_of)
def test_the_laws_of_every_store(law: Law, server: KeyServer) -> None:
    async def obeyed() -> None:
        await law(Stage(server))

    asyncio.run(obeyed())


def test_a_lone_holder_gets_all(server: KeyServer) -> None:
    async def play() -> None:
        windows = windows_at(server)
        kept = await windows.keep("m1", lease_us=LEASE_US)
        assert kept.lease_us == LEASE_US
        have = await ask(windows, "a", want(want=600))
        assert (have.verdict, have.held) == ("granted", 600)
        (balance,) = await windows.balances()
        assert (balance.account, balance.held, balance.spent) == (ACCOUNT, 600, 0)
        await windows.close()

    asyncio.run(play())


def test_two_machines_share_one_limit(server: KeyServer) -> None:
    async def play() -> None:
        one, two = windows_at(server), windows_at(server)
        await one.keep("m1", lease_us=LEASE_US)
        await two.keep("m2", lease_us=LEASE_US)
        first = await ask(one, "a", want(want=600))
        second = await ask(two, "b", want(10), "m2")
        assert first.held + second.held <= 600
        assert second.verdict == "wait"
        assert await one.wanted("m1", (ACCOUNT, "other")) != ()
        assert await two.wanted("m2", (ACCOUNT,)) == ()
        await one.close()
        await two.close()

    asyncio.run(play())


def test_a_hundred_at_once_are_never_given_more_than_there_is(server: KeyServer) -> None:
    async def play() -> None:
        stores = [windows_at(server, timeout_ms=20_000) for _ in range(4)]
        for place, store in enumerate(stores):
            await store.keep(f"m{place}", lease_us=LEASE_US)
        haves = await asyncio.gather(
            *(
                ask(stores[place % 4], f"h{place}", want(20), f"m{place % 4}")
                for place in range(100)
            )
        )
        assert sum(have.held for have in haves) == 600
        for store in stores:
            await store.close()

    asyncio.run(play())


def test_what_a_gone_machine_held_cools(server: KeyServer) -> None:
    async def play() -> None:
        one, two = windows_at(server), windows_at(server)
        await one.keep("m1", lease_us=1_000)
        await two.keep("m2", lease_us=LEASE_US)
        assert (await ask(one, "a", want(want=600))).held == 600
        await _until_gone(server, "m1")
        later = await ask(two, "b", want(1), "m2")
        assert later.held == 0 or later.cooling
        (balance,) = await two.balances((ACCOUNT,))
        assert balance.spent + balance.held >= 600
        await one.close()
        await two.close()

    asyncio.run(play())


def test_machines_that_were_all_away_come_back_with_what_they_held(server: KeyServer) -> None:
    async def play() -> None:
        one, two = windows_at(server), windows_at(server)
        await one.keep("m1", lease_us=2_000)
        await two.keep("m2", lease_us=2_000)
        mine = await ask(one, "a", want(want=600))
        await _until_gone(server, "m1")
        await _until_gone(server, "m2")
        await two.keep("m2", lease_us=LEASE_US)
        assert (await ask(two, "b", want(1), "m2")).held == 0
        await one.keep("m1", lease_us=LEASE_US)
        again = await ask(one, "a", want(epoch=mine.epoch, held=600, turn=1))
        assert (again.held, again.epoch) == (600, mine.epoch)
        await one.close()
        await two.close()

    asyncio.run(play())


def test_what_an_ended_holder_held_cools(server: KeyServer) -> None:
    async def play() -> None:
        windows = windows_at(server)
        await windows.keep("m1", lease_us=LEASE_US)
        assert (await ask(windows, "a", want(want=600))).held == 600
        await windows.end("m1", "a")
        (balance,) = await windows.balances()
        assert (balance.held, balance.spent) == (0, 600)
        await windows.close()

    asyncio.run(play())


def test_an_ended_holder_that_nobody_remembers_is_gone(server: KeyServer) -> None:
    async def play() -> None:
        one, two = windows_at(server), windows_at(server)
        await one.keep("m1", lease_us=LEASE_US)
        assert (await ask(one, "a", want(want=600))).held == 600
        await two.end("m1", "a")
        after = await ask(two, "b", want(1))
        assert not after.held or after.cooling
        await one.close()
        await two.close()

    asyncio.run(play())


# A server that forgets.


def test_after_a_restart_holders_keep_what_they_hold_and_nobody_gets_the_rest(
    own_server: KeyServer,
) -> None:
    async def play() -> None:
        one, two = windows_at(own_server), windows_at(own_server)
        await one.keep("m1", lease_us=LEASE_US)
        await two.keep("m2", lease_us=LEASE_US)
        mine = await ask(one, "a", want(want=600))
        assert mine.held == 600
        own_server.kill()
        own_server.start()
        # the other machine comes first, and held nothing
        other = await _again(lambda: ask(two, "b", want(100, turn=1), "m2"))
        assert other.held == 0
        await one.keep("m1", lease_us=LEASE_US)
        known = await ask(
            one,
            "a",
            Want(account=ACCOUNT, limit=600, window_us=WINDOW_US, epoch=mine.epoch, held=600),
        )
        assert (known.epoch, known.held) == (mine.epoch, 600)
        other = await ask(two, "b", want(100, turn=2), "m2")
        assert other.held == 0
        await one.close()
        await two.close()

    asyncio.run(play())


def test_a_new_machine_is_given_nothing_that_was_held_before(own_server: KeyServer) -> None:
    """With what the server wrote to its disk a moment ago, of which the last grants are missing."""

    async def play() -> None:
        one = windows_at(own_server)
        await one.keep("m1", lease_us=LEASE_US)
        own_server.say("CONFIG SET save '3600 1'")
        own_server.say("SAVE")
        assert (await ask(one, "a", want(want=600))).held == 600
        own_server.kill()
        own_server.start()
        fresh = windows_at(own_server)
        await fresh.keep("m9", lease_us=LEASE_US)
        assert (await ask(fresh, "z", want(5), "m9")).held == 0
        await one.close()
        await fresh.close()

    asyncio.run(play())


def test_a_process_that_restarts_with_its_server_remembers(
    own_server: KeyServer, tmp_path: Path
) -> None:
    async def play(*, held: int) -> None:
        windows = windows_at(own_server, remembered=tmp_path / "life")
        await windows.keep("m1", lease_us=LEASE_US)
        assert (await ask(windows, "a", want(want=600))).held == held
        await windows.close()

    asyncio.run(play(held=600))
    own_server.kill()
    own_server.start()
    asyncio.run(play(held=0))


def test_nothing_is_told_once_the_leases_have_ended(own_server: KeyServer) -> None:
    async def play() -> None:
        windows = windows_at(own_server)
        await windows.keep("m1", lease_us=1)
        mine = await ask(windows, "a", want(want=600))
        own_server.kill()
        own_server.start()
        await windows.keep("m1", lease_us=LEASE_US)
        asked = want(0, epoch=mine.epoch, held=600)
        have = await ask(windows, "a", asked)
        assert have.epoch != mine.epoch
        assert have.held == 0
        await windows.close()

    asyncio.run(play())


def test_nothing_is_told_by_a_machine_that_slept_longer_than_its_leases(
    own_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        windows = windows_at(own_server)
        await windows.keep("m1", lease_us=LEASE_US)
        mine = await ask(windows, "a", want(want=600))
        monkeypatch.setattr(clock, "clock_gettime_ns", after_a_sleep)
        own_server.kill()
        own_server.start()
        await windows.keep("m1", lease_us=LEASE_US)
        assert (await ask(windows, "a", want(0, epoch=mine.epoch, held=600))).held == 0
        await windows.close()

    asyncio.run(play())


def after_a_sleep(which: int) -> int:
    """A clock of a machine that has just slept for as long as its leases hold."""
    slept_us = 0 if which == time.CLOCK_MONOTONIC else LEASE_US
    return time.clock_gettime_ns(which) + slept_us * 1_000


def test_a_flushed_server_has_forgotten(own_server: KeyServer) -> None:
    async def play() -> None:
        one, two = windows_at(own_server), windows_at(own_server)
        await one.keep("m1", lease_us=LEASE_US)
        await two.keep("m2", lease_us=LEASE_US)
        assert (await ask(one, "a", want(want=600))).held == 600
        own_server.say("FLUSHALL")
        assert (await ask(two, "b", want(5), "m2")).held == 0
        await one.close()
        await two.close()

    asyncio.run(play())


# A server that does not answer.


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    async def play() -> None:
        windows = ValkeyWindows(ValkeyPlace(url=f"unix://{tmp_path}/none", timeout_ms=500))
        with pytest.raises(StoreUnavailable, match="cannot be asked"):
            await windows.keep("m1", lease_us=LEASE_US)
        await windows.close()

    asyncio.run(play())


def test_a_server_that_is_stopped_is_bounded_and_recovers(own_server: KeyServer) -> None:
    async def play() -> None:
        windows = windows_at(own_server, timeout_ms=300)
        await windows.keep("m1", lease_us=LEASE_US)
        own_server.pause()
        with pytest.raises(StoreUnavailable, match="do not answer within 300 ms"):
            await asyncio.wait_for(ask(windows, "a", want()), 5)
        own_server.resume()
        assert (await _again(lambda: ask(windows, "a", want()))).verdict == "granted"
        await windows.close()

    asyncio.run(play())


def test_a_server_that_was_killed_is_told_and_recovers(own_server: KeyServer) -> None:
    async def play() -> None:
        windows = windows_at(own_server)
        await windows.keep("m1", lease_us=LEASE_US)
        own_server.kill()
        with pytest.raises(StoreUnavailable, match="cannot be asked"):
            await windows.keep("m1", lease_us=LEASE_US)
        own_server.start()
        await windows.keep("m1", lease_us=LEASE_US)
        await windows.close()

    asyncio.run(play())


def test_a_replica_is_told_and_no_longer_one_when_promoted(own_server: KeyServer) -> None:
    async def play() -> None:
        windows = windows_at(own_server)
        await windows.keep("m1", lease_us=LEASE_US)
        own_server.say("REPLICAOF 127.0.0.1 1")
        with pytest.raises(StoreUnavailable, match=r"is a replica|is reading its data"):
            await windows.keep("m1", lease_us=LEASE_US)
        own_server.say("REPLICAOF NO ONE")
        await windows.keep("m1", lease_us=LEASE_US)
        await windows.close()

    asyncio.run(play())


def test_a_wrong_password_is_told_without_it(own_server: KeyServer) -> None:
    own_server.say("CONFIG SET requirepass right-one")

    async def play() -> None:
        windows = windows_at(own_server, password="wrong-one")
        with pytest.raises(StoreUnavailable, match="limits_password") as raised:
            await windows.keep("m1", lease_us=LEASE_US)
        assert "wrong-one" not in str(raised.value)
        assert raised.value.__cause__ is None
        await windows.close()
        right = windows_at(own_server, password="right-one")
        await right.keep("m1", lease_us=LEASE_US)
        await right.close()

    asyncio.run(play())


def test_a_server_that_drops_keys_is_refused(own_server: KeyServer) -> None:
    own_server.say("CONFIG SET maxmemory 100mb")
    own_server.say("CONFIG SET maxmemory-policy allkeys-lru")

    async def play() -> None:
        windows = windows_at(own_server)
        with pytest.raises(StoreUnavailable, match="set it to `noeviction`"):
            await windows.keep("m1", lease_us=LEASE_US)
        own_server.say("CONFIG SET maxmemory-policy noeviction")
        await windows.keep("m1", lease_us=LEASE_US)
        await windows.close()

    asyncio.run(play())


async def _again(act: Callable[[], Coroutine[Any, Any, Have]]) -> Have:
    """What `act` answers once the server does: a broken connection is told once."""
    for _ in range(50):
        try:
            return await act()
        except StoreUnavailable:
            continue
    raise AssertionError("the server did not come back")


async def _until_gone(server: KeyServer, machine: str) -> None:
    for _ in range(1_000):
        if server.say("EXISTS", f"{{detente}}:alive:{machine}").startswith(b":0"):
            return
    raise AssertionError("its lease did not end")
