"""A worker's end of the link: it says hello, hands on what it hears, and comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from tests.gateway.props import Waiter
from tests.gateway.scripts import CONFIGURATION

from detente.accounts.messages import Ask, Kept
from detente.accounts.rules import Rule, account_of
from detente.canonical.allowance import Limit
from detente.configuration.guardrails import Guardrails
from detente.gateway.allowances.holds import Hold, Terms
from detente.gateway.guarding.held_requests import Content, Notice, Refused
from detente.gateway.link.client import WorkerLink
from detente.gateway.link.messages import Counted, HeldAsked, HeldTold, Hello, KeysUnknown
from detente.gateway.link.server import LinkServer
from detente.gateway.processes.worker import Worker
from detente.ledger.store.journal import JournalWriter
from detente.stores.clock import now_us
from detente.wiring import Sources, build

WAIT_S = 10.0
T = TypeVar("T")


def made_worker(folder: Path) -> Worker:
    path = str(folder / "detente.toml")
    setup = build(Sources(path=path, main=CONFIGURATION.encode(), agreements=()))
    journal = JournalWriter(
        folder / "journal", "w0", segment_bytes=65536, bytes_max=1 << 24, now_us=now_us
    )
    return Worker(setup, journal, None)


class Control:
    """The other end, which remembers what it was told."""

    def __init__(self, state: Path) -> None:
        self.server = LinkServer(state)
        self.hellos: list[Hello] = []
        self.asks: list[Ask] = []
        self.counted: list[Counted] = []
        self.held: list[HeldTold] = []
        self.said = asyncio.Event()
        self.server.greet(lambda hello, _: self._note(self.hellos, hello))
        self.server.hear(Ask, lambda _, ask: self._note(self.asks, ask))
        self.server.hear(Counted, lambda _, counted: self._note(self.counted, counted))
        self.server.hear(HeldTold, lambda _, told: self._note(self.held, told))

    def _note(self, kept: list[T], message: T) -> None:
        kept.append(message)
        self.said.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds():
                self.said.clear()
                await self.said.wait()


def run(test: Callable[[Worker, WorkerLink, Path], Awaitable[None]], folder: Path) -> None:
    async def all_of_it() -> None:
        worker = made_worker(folder)
        link = WorkerLink("w0", worker, folder)
        running = asyncio.create_task(link.run())
        try:
            await test(worker, link, folder)
        finally:
            running.cancel()
            worker.journal.close()

    asyncio.run(all_of_it())


def test_it_says_who_it_is_and_comes_back(tmp_path: Path) -> None:
    async def test(worker: Worker, link: WorkerLink, folder: Path) -> None:
        del link
        for _ in range(2):  # the control process begins, and begins again
            control = Control(folder)
            await control.server.open()
            await control.until(lambda control=control: bool(control.hellos))
            (hello,) = control.hellos
            assert (hello.worker, hello.holder) == ("w0", worker.journal.owner)
            assert hello.keys_version == -1
            control.server.close()

    run(test, tmp_path)


def test_what_it_hears_reaches_purse_and_keys(tmp_path: Path) -> None:
    async def test(worker: Worker, link: WorkerLink, folder: Path) -> None:
        del link
        control = Control(folder)
        await control.server.open()
        await control.until(lambda: bool(control.hellos))
        until_us = now_us() + 5_000_000
        control.server.broadcast(KeysUnknown(outage=True))
        control.server.broadcast(Kept(good_until_us=until_us))
        async with asyncio.timeout(WAIT_S):
            while worker.purse.usable_until_us != until_us:
                await asyncio.sleep(0)
        assert worker.stored.outage
        control.server.close()

    run(test, tmp_path)


def test_what_was_wanted_before_is_asked_at_the_first_word(tmp_path: Path) -> None:
    class Nobody:
        def resume(self, value: object) -> None:
            del value

        def throw(self, error: BaseException) -> None:
            raise error

    async def test(worker: Worker, link: WorkerLink, folder: Path) -> None:
        limit = Limit(measure="requests", amount=5, window_ms=60_000)
        account = account_of(Rule(owner="key:app", limit=limit), worker.now)
        worker.purse.wait(Nobody(), Hold(Terms(0, (worker.purse.pocket(account),))))
        control = Control(folder)
        await control.server.open()
        worker.purse.heard(Kept(good_until_us=now_us() + 5_000_000))
        await control.until(lambda: bool(control.asks))
        assert [want.account for want in control.asks[0].wants] == ["key:app/requests/60s"]
        await link.close()
        await control.until(lambda: bool(control.counted))
        assert control.counted[-1].waited == 1
        assert not link.send(Ask(number=1, holder="", wants=()))
        control.server.close()

    run(test, tmp_path)


def test_an_operator_sees_what_is_held_and_decides(tmp_path: Path) -> None:
    async def test(worker: Worker, link: WorkerLink, folder: Path) -> None:
        del link
        notice, waiter = a_notice(worker), Waiter()
        worker.held_requests.follow(Guardrails(show_held=True))
        assert worker.held_requests.hold(waiter, notice, b"hello") is None
        control = Control(folder)
        await control.server.open()
        await control.until(lambda: bool(control.hellos))
        asked = [
            HeldAsked(number=1),
            HeldAsked(number=2, id="req_1"),
            HeldAsked(number=3, id="req_2"),
            HeldAsked(number=4, id="req_2", word="refuse", by="ops"),
        ]
        for question in asked:
            control.server.broadcast(question)
        await control.until(lambda: len(control.held) == len(asked))
        assert control.held == [
            HeldTold(number=1, held=(notice,)),
            HeldTold(number=2, held=(notice,), content=Content(text="hello", whole=True)),
            HeldTold(number=3),
            HeldTold(number=4),
        ]
        assert waiter.heard == []
        control.server.broadcast(HeldAsked(number=5, id="req_1", word="refuse", by="ops"))
        await control.until(lambda: len(control.held) > len(asked))
        assert control.held[-1] == HeldTold(number=5, held=(notice,))
        assert waiter.heard == [Refused(why="operator", by="ops")]
        control.server.close()

    run(test, tmp_path)


def test_what_waits_is_among_the_figures(tmp_path: Path) -> None:
    class Nobody:
        def resume(self, value: object) -> None:
            del value

        def throw(self, error: BaseException) -> None:
            raise error

    async def test(worker: Worker, link: WorkerLink, folder: Path) -> None:
        worker.held_requests.hold(Nobody(), a_notice(worker))
        control = Control(folder)
        await control.server.open()
        await control.until(lambda: bool(control.hellos))
        await link.close()
        await control.until(lambda: bool(control.counted))
        assert control.counted[-1].held == 1
        control.server.close()

    run(test, tmp_path)


def a_notice(worker: Worker) -> Notice:
    return Notice(
        id="req_1",
        since=worker.now,
        until=worker.now,
        project=None,
        key=None,
        model="tests/m",
        stage="input",
        policy="p",
        category="prompt_attack",
        severity=2,
        source="detente",
    )
