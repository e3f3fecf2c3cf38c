"""Leases kept alive: how long they hold, outages and their end, clocks that jump."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from detente.accounts.messages import Have, Kept, Want
from detente.gateway.allowances import heartbeat as module
from detente.gateway.allowances.heartbeat import Heartbeat, Terms
from detente.stores.interface import Balance, StoreUnavailable
from detente.stores.interface import Kept as StoreKept

WITHIN_S = 20.0
TERMS = Terms(machine="m1", lease_us=30_000_000, skew_us=1_000_000, timeout_s=0.05)


class Store:
    """A store that does as it is told."""

    def __init__(self) -> None:
        self.up = True
        self.silent = False
        self.clock_us = 1_000_000
        self.asked = 0
        self.lost: tuple[str, ...] = ()

    async def keep(self, machine: str, *, lease_us: int) -> StoreKept:
        assert machine == "m1"
        await self.answer()
        return StoreKept(lease_us=lease_us, now_us=self.clock_us, lost=self.lost)

    async def answer(self) -> None:
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        if not self.up:
            raise StoreUnavailable("`here` is down")

    async def exchange(self, machine: str, holder: str, wants: tuple[Want, ...]) -> tuple[Have]:
        raise AssertionError((machine, holder, wants))

    async def end(self, machine: str, holder: str) -> None: ...

    async def holders(self, machine: str) -> frozenset[str]:
        raise AssertionError(machine)

    async def wanted(self, machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        raise AssertionError((machine, accounts))

    async def balances(self, accounts: tuple[str, ...] | None = None) -> tuple[Balance, ...]:
        raise AssertionError(accounts)

    async def close(self) -> None: ...


class Stage:
    """A heartbeat with a store, a clock that is set, and what was told and said."""

    def __init__(self) -> None:
        self.store = Store()
        self.now_us = 50_000_000
        self.told: list[Kept] = []
        self.said: list[str] = []
        self.heartbeat = Heartbeat(
            (self.store, self.store),
            TERMS,
            tell=self.told.append,
            now_us=lambda: self.now_us,
            said=self.said.append,
        )

    def passes(self, us: int, *, store_us: int | None = None) -> None:
        self.now_us += us
        self.store.clock_us += us if store_us is None else store_us


def run(story: Callable[[Stage], Awaitable[None]]) -> None:
    async def told() -> None:
        async with asyncio.timeout(WITHIN_S):
            await story(Stage())

    asyncio.run(told())


def test_leases_hold_until_a_skew_before_the_stores_end() -> None:
    async def story(stage: Stage) -> None:
        stage.heartbeat.greet(stage.told.append)
        assert stage.told == [], "who has heard of leases before goes on with them"
        assert await stage.heartbeat.beat()
        assert stage.told == [Kept(good_until_us=79_000_000)]
        assert stage.store.asked == 1, "one store for both kinds is asked once"
        stage.passes(7_000_000)
        await stage.heartbeat.beat()
        assert stage.told[-1] == Kept(good_until_us=86_000_000)

    run(story)


def test_an_outage_at_the_beginning_says_nothing_of_leases_told_before() -> None:
    async def story(stage: Stage) -> None:
        stage.store.up = False
        assert not await stage.heartbeat.beat()
        stage.heartbeat.greet(stage.told.append)
        assert stage.told == [Kept(good_until_us=None, outage=True)] * 2
        stage.store.up = True
        assert await stage.heartbeat.beat()
        stage.heartbeat.greet(stage.told.append)
        assert stage.told[2:] == [Kept(good_until_us=79_000_000)] * 2

    run(story)


def test_a_machine_that_is_lost_is_told_once_and_so_is_its_return() -> None:
    async def story(stage: Stage) -> None:
        for lost in ((), ("m9",), ("m9",), ()):
            stage.store.lost = lost
            await stage.heartbeat.beat()
        assert [said.partition(" ")[0] for said in stage.said] == ["machine", "machine"]
        assert "`m9` was silent for `store.lost_after_ms`" in stage.said[0]
        assert "`m9` is not lost any more" in stage.said[1]

    run(story)


@pytest.mark.parametrize("how", ["down", "silent"])
def test_an_outage_is_told_at_once_and_ends_by_itself(how: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.heartbeat.beat()
        stage.store.up, stage.store.silent = how != "down", how == "silent"
        assert not await stage.heartbeat.beat()
        assert not await stage.heartbeat.beat()
        assert stage.heartbeat.outage
        assert stage.told[1:] == [Kept(good_until_us=79_000_000, outage=True)]
        stage.passes(3_000_000)
        stage.store.up, stage.store.silent = True, False
        assert await stage.heartbeat.beat()
        assert stage.told[-1] == Kept(good_until_us=82_000_000)
        assert (stage.heartbeat.outage, stage.heartbeat.outages) == (False, 1)
        assert stage.heartbeat.outage_s == 3.0
        why = "`here` is down" if how == "down" else "no answer within 0.05 s"
        assert stage.said == [
            f"the store of budgets and limits does not answer ({why}); trying again",
            "the store of budgets and limits answers again, after 3.0 s",
        ]

    run(story)


def test_a_fault_that_nobody_foresaw_is_an_outage_and_not_the_end() -> None:
    async def story(stage: Stage) -> None:
        stopping, told = asyncio.Event(), stage.told.append

        def fails(kept: Kept) -> None:
            told(kept)
            if len(stage.told) == 1:
                raise RuntimeError("my secret")
            if not kept.outage:
                stopping.set()

        stage.heartbeat = Heartbeat(
            (stage.store,), TERMS, tell=fails, now_us=lambda: stage.now_us, said=stage.said.append
        )
        async with asyncio.timeout(5):
            await stage.heartbeat.run(stopping)
        assert stage.heartbeat.good_until_us > 0
        assert "(RuntimeError)" in stage.said[0]
        assert "secret" not in "".join(stage.said)

    run(story)


def test_what_is_asked_in_an_outage_is_answered_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.001)

    async def story(stage: Stage) -> None:
        stopping = asyncio.Event()
        running = asyncio.create_task(stage.heartbeat.run(stopping))
        await stage.heartbeat.asked(stage.store.answer)
        stage.store.up = False
        asking = asyncio.create_task(stage.heartbeat.asked(stage.store.answer))
        while not stage.heartbeat.outage:
            await asyncio.sleep(0)
        assert not asking.done()
        stage.store.up = True
        await asking
        assert not stage.heartbeat.outage
        stopping.set()
        await running

    run(story)


@pytest.mark.parametrize(("moved_us", "jumps"), [(2_000_000, 1), (-2_000_000, 1), (500_000, 0)])
def test_a_clock_that_jumps_ends_all_leases_at_once(moved_us: int, jumps: int) -> None:
    async def story(stage: Stage) -> None:
        await stage.heartbeat.beat()
        stage.passes(5_000_000, store_us=5_000_000 + moved_us)
        await stage.heartbeat.beat()
        assert stage.heartbeat.jumps == jumps
        assert (Kept(good_until_us=0) in stage.told) == bool(jumps)
        assert stage.told[-1] == Kept(good_until_us=84_000_000)
        stage.passes(5_000_000)
        await stage.heartbeat.beat()
        assert stage.heartbeat.jumps == jumps

    run(story)


def test_a_renewal_that_takes_long_goes_on_until_it_is_done() -> None:
    async def story(stage: Stage) -> None:
        renewals: list[asyncio.Event] = []

        async def renew() -> None:
            renewals.append(asyncio.Event())
            await renewals[-1].wait()

        stage.heartbeat.renew = renew
        await stage.heartbeat.beat()
        stage.passes(5_000_000, store_us=600_000_000)
        for _ in range(2):
            assert not await stage.heartbeat.beat()
            assert stage.told[-1] == Kept(good_until_us=0, outage=True)
            stage.passes(1_000_000)
        assert len(renewals) == 1
        stage.passes(2 * TERMS.lease_us)  # others may hold by now what was told in the meantime
        assert not await stage.heartbeat.beat()
        assert len(renewals) == 2
        renewals[0].set()
        assert not await stage.heartbeat.beat()
        renewals[1].set()
        assert await stage.heartbeat.beat()
        assert stage.told[-1].good_until_us == stage.now_us + 29_000_000
        assert await stage.heartbeat.beat()
        assert len(renewals) == 2

    run(story)
