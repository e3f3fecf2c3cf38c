"""Machines, workers, a store and a ledger that lags, in one seeded run that can be repeated.

What each part does here is what the real one does, with the arithmetic of `accounts` and nothing
else: a worker reserves, settles and voids, and asks; a machine carries messages, loses them and
says them twice, ingests journals, crashes and is cut off; the store exchanges. Truth is kept beside
all of them: what was really spent, and when what was really used.

Not here: what must hold (`test_simulation`).
"""

import heapq
from collections.abc import Callable
from random import Random

from tests.accounts.truth import Truth

from detente.accounts import book, window
from detente.accounts.book import Line, MoneyState
from detente.accounts.messages import Have, Want
from detente.accounts.money_lease import MoneyLease
from detente.accounts.share import WindowState, units
from detente.accounts.window_lease import WindowLease

LEASE_US = 30_000_000
SKEW_US = 1_000_000
WINDOWS = {"requests": 60_000_000, "tokens": 60_000_000, "concurrent": 0}
LIMITS = {"requests": 400, "tokens": 40_000, "concurrent": 40}
MONEY = ("usd/a", "usd/b")
USD = 150_000
POKE_US = 20_000
"""While somebody waits, the others are asked again at most so often."""


class Store:
    """Its own clock, which may be set back but never runs ahead."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.behind_us = 0
        self.money: dict[str, dict[str, Line]] = {name: {} for name in MONEY}
        self.windows: dict[str, WindowState] = {}
        self.until_us: dict[str, int] = {}
        self.machine_of: dict[str, str] = {}
        self.exchanges = 0

    @property
    def now_us(self) -> int:
        return self.world.now_us - self.behind_us

    def keep(self, machine: str) -> None:
        self.until_us[machine] = self.now_us + LEASE_US

    def exchange(self, machine: str, holder: str, want: Want) -> Have:
        self.exchanges += 1
        self.machine_of[holder] = machine
        if want.window_us is None:
            state = MoneyState(lines=self.money[want.account])
            state, have = book.exchange(state, holder, want)
            self.money[want.account] = dict(state.lines)
            assert state.spent + state.outstanding <= want.limit + self.world.truth.excess
            return have
        known = self.windows.get(want.account) or window.opened(self.now_us)
        gone = self.gone()
        for name in gone:
            if name in known.shares:
                self.world.truth.detached(want.account, name, self.world.now_us)
        state, have = window.exchange(known, holder, want, now_us=self.now_us, gone=gone)
        held = sum(share.held for share in state.shares.values())
        assert held + units(state.pool) <= want.limit
        self.windows[want.account] = state
        return have

    def gone(self) -> list[str]:
        """Holders of machines whose leases ended."""
        return [
            holder
            for holder, machine in self.machine_of.items()
            if self.until_us.get(machine, 0) < self.now_us
        ]

    def end_money(self, holder: str) -> None:
        for lines in self.money.values():
            if (line := lines.get(holder)) is not None:
                lines[holder] = Line(
                    granted=line.granted, returned=line.returned, spent=line.spent, ended=True
                )

    def end_windows(self, holder: str) -> None:
        for name, state in self.windows.items():
            if holder in state.shares:
                self.world.truth.detached(name, holder, self.world.now_us)
                self.windows[name] = window.ended(state, holder, self.now_us)


class Open:
    """A request under way."""

    def __init__(self, worker: "Worker", money: str, pico_usd: int, tokens: int) -> None:
        self.worker, self.money, self.pico_usd, self.tokens = worker, money, pico_usd, tokens


class Worker:
    """One life of a worker: its leases, its journal, and what it said last of each account."""

    def __init__(self, world: "World", machine: "Machine", name: str) -> None:
        self.world, self.machine, self.name = world, machine, name
        self.alive = True
        self.money = {account: MoneyLease() for account in MONEY}
        self.windows = {account: WindowLease(us) for account, us in WINDOWS.items()}
        self.journal: list[tuple[str, int]] = []
        self.open: list[Open] = []
        self.said: dict[str, Want] = {}
        self.admitted = self.settled = self.voided = 0

    def request(self, money: str, pico_usd: int, tokens: int, *, want: int = 0) -> bool:
        """Reserve in all accounts or in none; what lacks is asked for."""
        now_us = self.world.now_us
        if now_us >= self.machine.good_until_us:
            return False
        amounts = {"requests": 1, "tokens": tokens, "concurrent": 1}
        done: list[str] = []
        for account, amount in amounts.items():
            if not self.windows[account].take(amount, now_us):
                break
            done.append(account)
        lacking = next((account for account in amounts if account not in done), None)
        if lacking is None and not self.money[money].take(pico_usd):
            lacking = money
        if lacking is not None:
            for account in done:
                self.windows[account].void(amounts[account])
            self.ask(lacking, amounts.get(lacking, pico_usd), want=want)
            return False
        self.windows["requests"].settle(1, 1, now_us)
        self.admitted += 1
        request = Open(self, money, pico_usd, tokens)
        self.open.append(request)
        self.world.truth.admitted(request, self.name, now_us)
        return True

    def end(self, request: Open, pico_usd: int, tokens: int, *, void: bool) -> None:
        """Settle or void; the journal has it before anybody hears of it."""
        if not self.alive:
            return
        now_us = self.world.now_us
        self.open.remove(request)
        self.windows["concurrent"].void(1)
        if void:
            self.voided += 1
            self.money[request.money].void(request.pico_usd)
            self.windows["tokens"].void(request.tokens)
            pico_usd = tokens = 0
        else:
            self.settled += 1
            self.money[request.money].settle(request.pico_usd, pico_usd)
            self.windows["tokens"].settle(request.tokens, tokens, now_us)
        self.journal.append((request.money, pico_usd))
        self.world.truth.ended(request, pico_usd, tokens, now_us)

    def ask(self, account: str, amount: int = 0, *, want: int = 0, back: int = 0) -> None:
        """Ask for what a request needs, or only say what is given back."""
        now_us = self.world.now_us
        if account in self.money:
            lease = self.money[account]
            need = max(0, amount - lease.free)
            lease.give_back(back)
            said = lease.ask(account, limit=USD, need=need, want=want or 20 * amount)
        else:
            held = self.windows[account]
            need = max(0, amount - held.free(now_us))
            said = held.ask(
                account, limit=LIMITS[account], need=need, want=LIMITS[account] - held.held
                if amount else 0, now_us=now_us, back=back,
            )  # fmt: skip
        self.said[account] = said
        self.machine.carry(self, said)

    def heard(self, have: Have) -> None:
        if have.account in self.money:
            lease = self.money[have.account]
            lease.heard(have)
            if have.recall and lease.free > 0:
                self.ask(have.account, back=have.recall)
            return
        held = self.windows[have.account]
        if held.heard(have, self.world.now_us) and (back := held.owed(have, self.world.now_us)):
            self.ask(have.account, back=back)


class Machine:
    """One gateway: its workers, its way to the store, and its ledger, which lags."""

    def __init__(self, world: "World", name: str, workers: int) -> None:
        self.world, self.name = world, name
        self.cut_off = False
        self.good_until_us = 0
        self.workers: list[Worker] = []
        self.dead: list[Worker] = []
        self.unread: dict[str, int] = {}
        self.lives = 0
        self.start(workers)

    def start(self, workers: int) -> None:
        for _ in range(workers):
            self.lives += 1
            self.workers.append(Worker(self.world, self, f"{self.name}-{self.lives}"))
        self.keep()

    def keep(self) -> None:
        if not self.cut_off:
            self.good_until_us = self.world.now_us + LEASE_US - SKEW_US
            self.world.store.keep(self.name)

    def carry(self, worker: Worker, want: Want) -> None:
        """A message to the store and the answer back, either of which may be lost or doubled."""
        fate = self.world.random.random() if self.world.faults else 1.0

        def there() -> None:
            if self.cut_off or not worker.alive or fate < 0.05:
                return
            have = self.world.store.exchange(self.name, worker.name, want)
            if fate < 0.1:
                have = self.world.store.exchange(self.name, worker.name, want)
            self.poke(worker, have.account)
            if fate < 0.15:
                return
            self.world.later(self.world.delay_us(), lambda: worker.alive and worker.heard(have))

        self.world.later(self.world.delay_us(), there)

    def poke(self, asking: Worker, account: str) -> None:
        """While somebody waits: the others hear of recalls, and those who wait of late grants."""
        state = self.world.store.windows.get(account)
        lines = self.world.store.money.get(account, {})
        waits = any(line.wanted for line in lines.values()) or (
            state is not None and window.wanted(state, (), self.world.store.now_us) > 0
        )
        if not waits or self.world.now_us < self.world.poked_us.get(account, 0) + POKE_US:
            return
        self.world.poked_us[account] = self.world.now_us
        for machine in self.world.machines:
            for worker in machine.workers:
                want = worker.said.get(account)
                if worker is not asking and want is not None and not machine.cut_off:
                    have = self.world.store.exchange(machine.name, worker.name, want)
                    self.world.later(
                        self.world.delay_us(),
                        lambda worker=worker, have=have: worker.alive and worker.heard(have),
                    )

    def crash(self, worker: Worker) -> None:
        """Its open requests end as interrupted, with what was reserved at most."""
        worker.alive = False
        self.workers.remove(worker)
        self.dead.append(worker)
        for request in worker.open:
            pico_usd = self.world.random.randint(0, request.pico_usd)
            worker.journal.append((request.money, pico_usd))
            self.world.truth.crashed(request, pico_usd, self.world.now_us)

    def ingest(self, records_max: int) -> None:
        """The ledger reads on, exactly once; who is dead and read to the end has ended."""
        if self.cut_off:
            return
        for worker in [*self.workers, *self.dead]:
            read = self.unread.get(worker.name, 0)
            for account, pico_usd in worker.journal[read : read + records_max]:
                lines = self.world.store.money[account]
                line = lines.get(worker.name, Line())
                lines[worker.name] = Line(
                    granted=line.granted, returned=line.returned, wanted=line.wanted,
                    spent=line.spent + pico_usd,
                )  # fmt: skip
            self.unread[worker.name] = min(len(worker.journal), read + records_max)
        for worker in [*self.dead]:
            if self.unread[worker.name] == len(worker.journal):
                self.world.store.end_money(worker.name)
                self.world.store.end_windows(worker.name)
                self.dead.remove(worker)


class World:
    """Everything, and the one clock that is true."""

    def __init__(
        self, seed: int, *, machines: int = 3, workers: int = 3, faults: bool = True
    ) -> None:
        self.random = Random(seed)
        self.faults = faults
        self.now_us = 1_000_000_000
        self.truth = Truth(WINDOWS)
        self.store = Store(self)
        self._events: list[tuple[int, int, Callable[[], object]]] = []
        self._count = 0
        self.machines: list[Machine] = []
        self.poked_us: dict[str, int] = {}
        for number in range(machines):
            self.machines.append(Machine(self, f"m{number}", workers))

    @property
    def workers(self) -> list[Worker]:
        return [worker for machine in self.machines for worker in machine.workers]

    def delay_us(self) -> int:
        return int(self.random.expovariate(1 / 2_000))

    def later(self, after_us: int, act: Callable[[], object]) -> None:
        self._count += 1
        heapq.heappush(self._events, (self.now_us + after_us, self._count, act))

    def run_until(self, until_us: int) -> None:
        """Do what is due, in order."""
        while self._events and self._events[0][0] <= until_us:
            self.now_us, _, act = heapq.heappop(self._events)
            act()
        self.now_us = until_us
