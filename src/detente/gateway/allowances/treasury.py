"""The control process's part in leases: it asks the store for what workers want.

Every ask of a worker is one exchange with the store, and an answer. Messages are levels, not
differences (`accounts.messages`), so what the store did not answer is simply said again once it
does. Where something is scarce, the treasury says other holders' last wants again: the store then
tells what it recalls from them, and what has become free for those who wait.

Not here: the arithmetic (`accounts`), the stores (`stores`), how leases are kept (`heartbeat`), the
other end (`purse`).

>>> treasury = Treasury(stores, heartbeat, machine="here", tell=server.tell)
>>> running = asyncio.create_task(treasury.run(stopping))
>>> treasury.heard("w0-1p1", ask)
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

import msgspec

from detente.accounts.messages import Answer, Ask, Have, Want
from detente.gateway.allowances.heartbeat import Heartbeat
from detente.gateway.allowances.holdings import Holdings
from detente.stores.interface import Accounts, StoreUnavailable

POLL_S: Final = 0.25
"""How often other machines' needs are looked at."""
ASKS_MAX: Final = 4_096
"""Asks of one worker that wait for an answer: it has at most one under way for each account."""
WANTS_MAX: Final = 256
"""Wants that are put to a store at once."""
ENDED_MAX: Final = 10_000
"""Lives remembered as over, so that a last word of theirs is not answered."""
AGAIN_PAUSE_S: Final = 0.02
"""While something is scarce, everybody's wants are said again at most so often."""


class Stores(msgspec.Struct, frozen=True, kw_only=True):
    """Where money and windows are counted; may be the same."""

    money: Accounts
    windows: Accounts


class Figures(msgspec.Struct, kw_only=True):
    """What the treasury has done since it began, for metrics. `told_late` are answers that nobody
    asked for: late grants and recalls."""

    asks: int = 0
    wants: int = 0
    exchanges: int = 0
    told_late: int = 0


class _Line:
    """One worker's life: what it asked, and of which accounts to speak again for it."""

    __slots__ = ("again", "asks", "task", "tell_all")

    def __init__(self) -> None:
        self.asks: deque[Ask] = deque()
        self.again: dict[str, None] = {}
        self.task: asyncio.Task[None] | None = None
        self.tell_all = False


class Treasury:
    """See the module. `tell` says something to one worker's life, as `LinkServer.tell`."""

    def __init__(
        self,
        stores: Stores,
        heartbeat: Heartbeat,
        *,
        machine: str,
        tell: Callable[[str, Answer], bool],
    ) -> None:
        self.figures = Figures()
        self._stores = stores
        self._heartbeat = heartbeat
        self._machine = machine
        self._tell = tell
        heartbeat.renew = self.renew
        self._holdings = Holdings()
        self._lines: dict[str, _Line] = {}
        self._ended: dict[str, None] = {}
        self._ending: dict[str, None] = {}
        self._alive: frozenset[str] | None = None
        self._scarce: dict[str, float] = {}
        """When an account's holders were last spoken for again."""

    def heard(self, holder: str, ask: Ask) -> None:
        """A worker asks; it is answered once the store has answered."""
        if holder in self._ended:
            return
        line = self._lines.get(holder)
        if line is None:
            line = self._lines[holder] = _Line()
        if len(line.asks) >= ASKS_MAX:
            line.asks.popleft()
        line.asks.append(ask)
        self._start(holder, line)

    def settled(self, accounts: Iterable[str]) -> None:
        """The ledger has learnt what was spent of these accounts: who waits may be served."""
        for account in accounts:
            self._again(account, self._holdings.waiting(account))

    def ended(self, holders: Iterable[str]) -> None:
        """These lives are over, and what they spent is in the ledger."""
        for holder in holders:
            self._ended[holder] = None
            self._ending[holder] = None
            line = self._lines.pop(holder, None)
            if line is not None and line.task is not None:
                line.task.cancel()
        while len(self._ended) > ENDED_MAX:
            del self._ended[next(iter(self._ended))]

    def alive(self, holders: frozenset[str]) -> None:
        """Only these live, and those that say so themselves: the ledger has all of all others."""
        self._alive = holders

    async def renew(self) -> None:
        """Leases had ended: tell every worker what the store says that it holds of windows."""
        lines = tuple(self._lines.items())
        for holder, line in lines:
            line.tell_all = True
            line.again.update(dict.fromkeys(self._holdings.windows_of(holder)))
            self._start(holder, line)
        tasks = [line.task for _, line in lines if line.task is not None]
        if tasks:
            await asyncio.wait(tasks)

    async def run(self, stopping: asyncio.Event) -> None:
        """End what has ended, and look at other machines' needs, until stopped."""
        while not stopping.is_set():
            if self._alive is not None:
                await self._end_others(self._alive)
            for holder in tuple(self._ending):
                await self._end(holder)
            if not self._heartbeat.outage:
                await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await stopping.wait()
        for line in self._lines.values():
            if line.task is not None:
                line.task.cancel()

    # One worker's life.

    def _start(self, holder: str, line: _Line) -> None:
        if line.task is None:
            line.task = task = asyncio.create_task(self._serve(holder, line))
            task.add_done_callback(lambda ended: self._go_on(holder, line, ended))

    def _go_on(self, holder: str, line: _Line, ended: asyncio.Task[None]) -> None:
        """What was asked while an exchange failed is served like anything else."""
        if not ended.cancelled() and (line.asks or line.again):
            self._start(holder, line)

    async def _serve(self, holder: str, line: _Line) -> None:
        """Everything of one holder in turn: its wants must not overtake each other."""
        try:
            while line.asks or line.again:
                if line.asks:
                    await self._serve_asks(holder, _together(line.asks))
                    continue
                accounts = tuple(line.again)[:WANTS_MAX]
                for account in accounts:
                    del line.again[account]
                await self._say_again(holder, accounts, tell_all=line.tell_all)
            line.tell_all = False
        finally:
            line.task = None  # a bug of ours ends one exchange, not all that follow

    async def _serve_asks(self, holder: str, asks: list[Ask]) -> None:
        """In one exchange, so that they wait for the disk together."""
        wants = tuple(want for ask in asks for want in ask.wants)
        haves = iter(await self._exchange(holder, wants))
        for ask in asks:
            self._answer(holder, ask.number, tuple(islice(haves, len(ask.wants))))
        self.figures.asks += len(asks)

    async def _say_again(self, holder: str, accounts: tuple[str, ...], *, tell_all: bool) -> None:
        known = ((account, self._holdings.again(holder, account)) for account in accounts)
        wants = tuple(want for _, want in known if want is not None)
        waited = {want.account for want in wants if holder in self._holdings.waiting(want.account)}
        haves = await self._exchange(holder, wants, again=True)
        news = tuple(
            have
            for have in haves
            if tell_all
            or have.recall
            or have.spare
            or (have.account in waited and have.verdict != "wait")
        )
        if news:
            self.figures.told_late += 1
            self._answer(holder, 0, news)

    def _answer(self, holder: str, number: int, haves: tuple[Have, ...]) -> None:
        good_until_us = self._heartbeat.good_until_us
        self._tell(holder, Answer(number=number, good_until_us=good_until_us, haves=haves))

    async def _exchange(
        self, holder: str, wants: tuple[Want, ...], *, again: bool = False
    ) -> tuple[Have, ...]:
        """What the stores answer, in the order of the wants."""
        money = tuple(want for want in wants if want.window_us is None)
        windows = tuple(want for want in wants if want.window_us is not None)
        found = await asyncio.gather(
            self._ask(self._stores.money, holder, money),
            self._ask(self._stores.windows, holder, windows),
        )
        haves = {have.account: have for part in found for have in part}
        self.figures.wants += len(wants)
        for want in wants:
            self._told(holder, want, haves[want.account], again=again)
        return tuple(haves[want.account] for want in wants)

    async def _ask(self, store: Accounts, holder: str, wants: tuple[Want, ...]) -> tuple[Have, ...]:
        if not wants:
            return ()
        self.figures.exchanges += 1
        return await self._heartbeat.asked(lambda: store.exchange(self._machine, holder, wants))

    def _told(self, holder: str, want: Want, have: Have, *, again: bool) -> None:
        """Remember it, and speak for others whom it concerns."""
        if again:
            if want.need and have.verdict != "wait":
                self._holdings.told(holder, want, have)
            return
        came_back = self._holdings.told(holder, want, have)
        account = want.account
        if came_back:
            waiting = self._holdings.waiting(account)
            self._again(account, (name for name in waiting if name != holder))
        if want.need and have.verdict == "wait" and self._may_recall(account):
            self._again(account, self._holdings.others(account))

    def _may_recall(self, account: str) -> bool:
        """Whether it is long enough ago that an account's holders were spoken for again."""
        now = asyncio.get_running_loop().time()
        if now - self._scarce.get(account, -AGAIN_PAUSE_S) < AGAIN_PAUSE_S:
            return False
        if len(self._scarce) > WANTS_MAX:
            self._scarce = {name: at for name, at in self._scarce.items() if now - at < 1}
        self._scarce[account] = now
        return True

    def _again(self, account: str, holders: Iterable[str]) -> None:
        for holder in holders:
            line = self._lines.get(holder)
            if line is not None:
                line.again[account] = None
                self._start(holder, line)

    # All of them.

    async def _end(self, holder: str) -> None:
        """What an ended life held is free again, and whoever waits for it may have it."""
        for store in dict.fromkeys((self._stores.money, self._stores.windows)):
            await self._heartbeat.asked(lambda store=store: store.end(self._machine, holder))
        del self._ending[holder]
        for account in self._holdings.gone(holder):
            self._again(account, self._holdings.waiting(account))

    async def _end_others(self, alive: frozenset[str]) -> None:
        """What a gateway left that was stopped or killed. Who has asked is known here before any
        store knows it: so it is looked at once they have said whom they know."""
        for store in dict.fromkeys((self._stores.money, self._stores.windows)):
            known = await self._heartbeat.asked(lambda store=store: store.holders(self._machine))
            self.ended(known.difference(alive, self._lines))
        self._alive = None

    async def _look(self) -> None:
        """Recall what other machines wait for."""
        used = self._holdings.used()
        kinds = (
            (self._stores.money, tuple(name for name in used if self._holdings.is_money(name))),
            (self._stores.windows, tuple(n for n in used if not self._holdings.is_money(n))),
        )
        for store, accounts in kinds:
            if not accounts:
                continue
            try:
                async with asyncio.timeout(POLL_S):
                    wanted = await store.wanted(self._machine, accounts)
            except (StoreUnavailable, TimeoutError):
                self._heartbeat.doubt()
                continue
            for account, _ in wanted:
                self._again(account, self._holdings.others(account))


def _together(asks: deque[Ask]) -> list[Ask]:
    """The first asks that can be put to a store at once: of different accounts, not too many."""
    taken = [asks.popleft()]
    accounts = {want.account for want in taken[0].wants}
    while asks and len(accounts) + len(asks[0].wants) <= WANTS_MAX:
        more = {want.account for want in asks[0].wants}
        if more & accounts:
            break
        accounts |= more
        taken.append(asks.popleft())
    return taken
