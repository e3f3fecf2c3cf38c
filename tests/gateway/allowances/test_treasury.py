"""The treasury between workers and the embedded stores: answers, late grants, recalls, ends."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.stores.embedded.stage import EmbeddedStage
from tests.stores.suite import HOLDERS, MONTH, REQUESTS, WINDOW_US

from detente.accounts.messages import Answer, Ask, Have, Kept, Want
from detente.accounts.money_lease import MoneyLease
from detente.accounts.window_lease import WindowLease
from detente.gateway.allowances import treasury as module
from detente.gateway.allowances.heartbeat import Heartbeat, Terms
from detente.gateway.allowances.treasury import Stores, Treasury

WITHIN_S = 20.0
TERMS = Terms(machine="m1", lease_us=30_000_000, skew_us=1_000_000, timeout_s=5.0)


class Worker:
    """A worker's life: its leases, and what it hears."""

    def __init__(self, stage: "Stage", holder: str) -> None:
        self.stage = stage
        self.holder = holder
        self.heard: asyncio.Queue[Answer] = asyncio.Queue()
        self.money = MoneyLease()
        self.window = WindowLease(WINDOW_US)
        self.number = 0

    def say(self, *wants: Want) -> None:
        self.number += 1
        ask = Ask(number=self.number, holder=self.holder, wants=wants)
        self.stage.treasury.heard(self.holder, ask)

    def ask_money(self, need: int, *, limit: int = 1_000) -> None:
        self.say(self.money.ask(MONTH, limit=limit, need=need, want=need))

    def ask_window(self, need: int, *, limit: int = 10, back: int = 0) -> None:
        want = self.window.ask(REQUESTS, limit=limit, need=need, want=need, now_us=0, back=back)
        self.say(want)

    async def next(self) -> Answer:
        async with asyncio.timeout(WITHIN_S):
            answer = await self.heard.get()
        for have in answer.haves:
            if have.account == MONTH:
                self.money.heard(have)
            else:
                self.window.heard(have, 0)
        return answer

    async def have(self) -> Have:
        (have,) = (await self.next()).haves
        return have


class Stage:
    """A treasury over embedded stores, and workers that are connected."""

    def __init__(self, folder: Path) -> None:
        self.embedded = EmbeddedStage(folder)
        self.workers: dict[str, Worker] = {}
        self.kept: list[Kept] = []
        self.said: list[str] = []

    async def open(self) -> None:
        stores = Stores(money=await self.embedded.money(), windows=await self.embedded.windows())
        self.stores = stores
        pair = (stores.money, stores.windows)
        self.heartbeat = Heartbeat(pair, TERMS, tell=self.kept.append, said=self.said.append)
        self.treasury = Treasury(stores, self.heartbeat, machine="m1", tell=self._tell)

    def worker(self, place: int) -> Worker:
        holder = HOLDERS[place]
        return self.workers.setdefault(holder, Worker(self, holder))

    def _tell(self, holder: str, answer: Answer) -> bool:
        worker = self.workers.get(holder)
        if worker is not None:
            worker.heard.put_nowait(answer)
        return worker is not None


def run(folder: Path, story: Callable[[Stage], Awaitable[None]]) -> None:
    async def told() -> None:
        stage, stopping = Stage(folder), asyncio.Event()
        await stage.open()
        parts = [
            asyncio.create_task(part.run(stopping)) for part in (stage.heartbeat, stage.treasury)
        ]
        try:
            async with asyncio.timeout(WITHIN_S):
                await story(stage)
        finally:
            stopping.set()
            await asyncio.gather(*parts)
            await stage.stores.money.close()
            await stage.stores.windows.close()

    asyncio.run(told())


def test_an_ask_of_both_kinds_is_answered_in_its_order(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        worker = stage.worker(0)
        worker.say(
            worker.window.ask(REQUESTS, limit=10, need=1, want=1, now_us=0),
            worker.money.ask(MONTH, limit=1_000, need=5, want=5),
        )
        answer = await worker.next()
        assert answer.number == 1
        assert answer.good_until_us == stage.heartbeat.good_until_us > 0
        assert [have.account for have in answer.haves] == [REQUESTS, MONTH]
        assert (worker.window.held, worker.money.granted) == (10, 5)

    run(tmp_path, story)


def test_what_comes_back_goes_to_who_waits(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = stage.worker(0), stage.worker(1)
        first.ask_money(1_000)
        await first.next()
        second.ask_money(400)
        assert (await second.have()).verdict == "wait"
        recall = await first.next()
        assert (recall.number, recall.haves[0].recall) == (0, 400)
        first.money.give_back(400)
        first.ask_money(0)
        late = await second.next()
        assert late.number == 0
        assert second.money.granted == 400

    run(tmp_path, story)


def test_units_are_recalled_and_shared(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = stage.worker(0), stage.worker(1)
        first.ask_window(1)
        await first.next()
        assert first.window.held == 10
        second.ask_window(1)
        assert (await second.have()).verdict == "wait"
        have = (await first.next()).haves[0]
        first.ask_window(0, back=have.recall + have.spare)
        late = await second.next()
        assert late.number == 0
        assert second.window.free(0) >= 1
        assert first.window.held + second.window.held <= 10

    run(tmp_path, story)


def test_what_the_ledger_learns_may_let_waiters_go_on(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = stage.worker(0), stage.worker(1)
        first.ask_money(1_000)
        await first.next()
        second.ask_money(400)
        await second.next()
        await stage.embedded.spend(MONTH, first.holder, 700)
        stage.treasury.settled((MONTH,))
        late = await second.next()
        assert late.haves[0].verdict == "never", "only 300 are left, however all others end"

    run(tmp_path, story)


def test_an_ended_life_frees_what_it_held_and_is_not_answered(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = stage.worker(0), stage.worker(1)
        first.ask_money(1_000)
        await first.next()
        second.ask_money(400)
        await second.next()
        await first.next()  # the recall
        await stage.embedded.spend(MONTH, first.holder, 100)
        stage.treasury.ended((first.holder,))
        first.ask_money(1)
        await second.next()
        assert second.money.granted == 400
        assert first.heard.empty()

    run(tmp_path, story)


def test_who_is_not_alive_when_it_begins_holds_nothing(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = stage.worker(0), stage.worker(1)
        await stage.stores.money.exchange(
            "m1", "w9-0p0", (MoneyLease().ask(MONTH, limit=1_000, need=900, want=900),)
        )
        first.ask_money(50)
        await first.next()
        second.ask_money(900)
        assert (await second.have()).verdict == "wait"
        stage.treasury.alive(frozenset({first.holder}))
        while second.money.granted < 900:
            second.ask_money(900)
            await second.next()

    run(tmp_path, story)


def test_who_begins_while_a_store_is_asked_for_others_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        worker, left = stage.worker(0), MoneyLease()
        left_over = left.ask(MONTH, limit=1_000, need=900, want=900)
        await stage.stores.money.exchange("m1", "w9-0p0", (left_over,))
        asked, answers, holders = asyncio.Event(), asyncio.Event(), stage.stores.money.holders

        async def slow(machine: str) -> frozenset[str]:
            asked.set()
            await answers.wait()
            return await holders(machine)

        monkeypatch.setattr(stage.stores.money, "holders", slow)
        stage.treasury.alive(frozenset())
        await asked.wait()
        worker.ask_money(50)
        assert (await worker.have()).verdict == "granted"
        answers.set()
        while worker.money.granted < 950:
            worker.ask_money(900)
            await worker.next()
        (balance,) = await stage.stores.money.balances((MONTH,))
        assert balance.held == 950

    run(tmp_path, story)


def test_a_store_that_is_locked_is_an_outage_and_the_ask_is_answered_later(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        worker = stage.worker(0)
        worker.ask_money(1)
        await worker.next()
        hidden = stage.embedded.ledger.with_name("hidden")
        await stage.stores.money.close()
        stage.embedded.ledger.rename(hidden)
        worker.ask_money(10)
        while not stage.heartbeat.outage:
            await asyncio.sleep(0.001)
        assert stage.kept[-1].outage
        hidden.rename(stage.embedded.ledger)
        assert (await worker.have()).granted >= 10
        assert not stage.heartbeat.outage

    run(tmp_path, story)


def test_asks_that_nobody_answers_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKS_MAX", 3)

    async def story(stage: Stage) -> None:
        worker = stage.worker(0)
        for _ in range(10):
            worker.ask_money(1)
        numbers = [(await worker.next()).number for _ in range(3)]
        assert numbers == [8, 9, 10]

    run(tmp_path, story)


def test_lives_that_ended_are_remembered_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENDED_MAX", 2)

    async def story(stage: Stage) -> None:
        worker = stage.worker(0)
        stage.treasury.ended((worker.holder, "w7-0p0", "w8-0p0"))
        worker.ask_money(1)
        await worker.next()

    run(tmp_path, story)


def test_other_machines_needs_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wanted(_machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        return tuple((account, 3) for account in accounts)

    async def story(stage: Stage) -> None:
        worker = stage.worker(0)
        worker.ask_window(1)
        await worker.next()
        other = WindowLease(WINDOW_US).ask(REQUESTS, limit=10, need=3, want=3, now_us=0)
        await stage.stores.windows.exchange("m2", "w0-2p2", (other,))
        monkeypatch.setattr(stage.stores.windows, "wanted", wanted)
        recall = await worker.next()
        assert recall.number == 0
        assert recall.haves[0].recall + recall.haves[0].spare > 0

    run(tmp_path, story)


def test_leases_that_had_ended_are_told_anew_before_they_may_be_used(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        worker = stage.worker(0)
        worker.ask_window(1)
        await worker.next()
        epoch = worker.window.epoch
        await stage.embedded.passes(2 * TERMS.lease_us)  # the machine slept
        assert await stage.heartbeat.beat()
        told = await worker.next()
        assert (told.number, told.good_until_us) == (0, 0)
        assert worker.window.epoch == epoch, "nobody else could have taken it"
        assert [bool(kept.good_until_us) for kept in stage.kept[-2:]] == [False, True]
        assert stage.heartbeat.jumps == 1

    run(tmp_path, story)


def test_a_bug_ends_one_exchange_and_not_those_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        exchange, failed = stage.stores.money.exchange, asyncio.Event()

        async def broken(*_: object) -> tuple[Have, ...]:
            monkeypatch.setattr(stage.stores.money, "exchange", exchange)
            failed.set()
            raise ValueError

        monkeypatch.setattr(stage.stores.money, "exchange", broken)
        worker = stage.worker(0)
        worker.ask_money(5)
        async with asyncio.timeout(WITHIN_S):
            await failed.wait()
        worker.ask_money(7)
        assert (await worker.have()).granted >= 7

    run(tmp_path, story)
