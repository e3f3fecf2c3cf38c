"""Servers killed under load: no window ever sees more than the limit, and service goes on."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from tests.valkey import KINDS, KeyServer

from detente.accounts.window_lease import WindowLease
from detente.stores.interface import StoreUnavailable
from detente.stores.valkey.server import ValkeyPlace
from detente.stores.valkey.windows import ValkeyWindows

ACCOUNT = "key:app1/requests/1s"
WINDOW_US = 500_000
LIMIT = 100
LEASE_US = 800_000
SKEW_US = 100_000
KILLS = 2
BETWEEN_S = 1.1


def now_us() -> int:
    return time.monotonic_ns() // 1_000


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[KeyServer]:
    with KeyServer.started(request.param) as server:
        yield server


class Machine:
    """A gateway's heartbeat, and its workers, which use whatever they may."""

    def __init__(self, server: KeyServer, name: str, used: list[int]) -> None:
        self.store = ValkeyWindows(ValkeyPlace(url=server.url, timeout_ms=300))
        self.name = name
        self.used = used
        self.good_until_us = 0
        self.lapses = 0
        self.over = asyncio.Event()

    async def beats(self) -> None:
        while not self.over.is_set():
            before_us = now_us()
            try:
                await self.store.keep(self.name, lease_us=LEASE_US)
            except StoreUnavailable:
                await asyncio.sleep(0.02)
                continue
            if before_us >= self.good_until_us:
                self.lapses += 1
            self.good_until_us = before_us + LEASE_US - SKEW_US
            await asyncio.sleep(LEASE_US / 4e6)

    async def works(self, holder: str) -> None:
        lease, lapses = WindowLease(WINDOW_US), 0
        back = 0
        while not self.over.is_set():
            at_us = now_us()
            if at_us < self.good_until_us and lapses == self.lapses:
                while lease.take(1, at_us):
                    lease.settle(1, 1, at_us)
                    self.used.append(at_us)
            known = self.lapses
            asked = lease.ask(ACCOUNT, limit=LIMIT, need=1, want=LIMIT, now_us=at_us, back=back)
            try:
                (have,) = await self.store.exchange(self.name, holder, (asked,))
            except StoreUnavailable:
                back = 0
                await asyncio.sleep(0.01)
                continue
            lease.heard(have, now_us())
            lapses = known  # after leases have ended, nothing is used before the store says so
            free = max(0, lease.free(now_us()))
            back = max(have.recall, min(have.spare, free // 2))
            await asyncio.sleep(0.01)


def test_a_server_that_is_killed_under_load_never_gives_a_window_twice(server: KeyServer) -> None:
    used: list[int] = []
    restarts: list[int] = []

    async def play() -> None:
        machines = [Machine(server, name, used) for name in ("m1", "m2")]
        tasks = [asyncio.create_task(machine.beats()) for machine in machines]
        for machine in machines:
            await machine.store.keep(machine.name, lease_us=LEASE_US)
            tasks += [asyncio.create_task(machine.works(f"{machine.name}-w{n}")) for n in range(2)]
        for _ in range(KILLS):
            await asyncio.sleep(BETWEEN_S)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            restarts.append(now_us())
        await asyncio.sleep(2 * BETWEEN_S)
        for machine in machines:
            machine.over.set()
        await asyncio.gather(*tasks)
        for machine in machines:
            await machine.store.close()

    asyncio.run(play())
    used.sort()
    assert most_within(used, WINDOW_US) <= LIMIT
    for restart in restarts:  # and it goes on: what was held is told, not lost
        assert any(restart <= at < restart + LEASE_US + 2 * WINDOW_US for at in used)


def most_within(moments: list[int], window_us: int) -> int:
    """The most moments of any half-open window."""
    most = first = 0
    for last, at in enumerate(moments):
        while moments[first] <= at - window_us:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_counting_would_notice() -> None:
    assert most_within([0, 1, 2, WINDOW_US, WINDOW_US + 1], WINDOW_US) == 3
    assert most_within([0, 0, 0], WINDOW_US) == 3
