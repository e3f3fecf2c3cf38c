"""Deadlines fire once, never early, at most a tick late; dead watchers are forgotten."""

import asyncio
import gc
import time
import weakref

from detente.gateway.http.deadlines import HORIZON_S, NEVER, TICK_S, Alarm, Deadlines, Watched


class Watcher(Watched):
    def __init__(self) -> None:
        super().__init__()
        self.fired: list[float] = []
        self.done = asyncio.Event()

    def deadline_passed(self) -> None:
        self.fired.append(time.monotonic())
        self.done.set()


async def run_one(wait_s: float) -> tuple[float, Watcher]:
    deadlines = Deadlines(asyncio.get_running_loop())
    deadlines.start()
    watcher = Watcher()
    due = time.monotonic() + wait_s
    deadlines.watch(watcher, due)
    async with asyncio.timeout(5):
        await watcher.done.wait()
    deadlines.stop()
    return due, watcher


def test_fires_once_and_not_early() -> None:
    due, watcher = asyncio.run(run_one(0.12))
    assert len(watcher.fired) == 1
    assert watcher.fired[0] >= due
    assert watcher.deadline == NEVER


def test_a_later_deadline_replaces_an_earlier_one() -> None:
    async def moved() -> tuple[float, float]:
        deadlines = Deadlines(asyncio.get_running_loop())
        deadlines.start()
        watcher = Watcher()
        deadlines.watch(watcher, time.monotonic() + 0.06)
        later = time.monotonic() + 0.3
        watcher.deadline = later
        async with asyncio.timeout(5):
            await watcher.done.wait()
        deadlines.stop()
        return later, watcher.fired[0]

    later, fired = asyncio.run(moved())
    assert fired >= later


def test_an_earlier_deadline_is_filed_again() -> None:
    async def moved() -> int:
        deadlines = Deadlines(asyncio.get_running_loop())
        deadlines.start()
        watcher = Watcher()
        deadlines.watch(watcher, time.monotonic() + 100)
        deadlines.watch(watcher, time.monotonic() + TICK_S)
        async with asyncio.timeout(HORIZON_S / 2):
            await watcher.done.wait()
        deadlines.stop()
        return len(watcher.fired)

    assert asyncio.run(moved()) == 1


def test_no_deadline_never_fires_and_is_forgotten() -> None:
    async def forgotten() -> bool:
        deadlines = Deadlines(asyncio.get_running_loop())
        watcher = Watcher()
        deadlines.watch(watcher, time.monotonic() + 1000)
        watcher.deadline = NEVER
        gone = weakref.ref(watcher)
        del watcher
        deadlines.advance(time.monotonic() + HORIZON_S + 1)
        gc.collect()
        return gone() is None

    assert asyncio.run(forgotten())


def test_a_far_deadline_survives_many_horizons() -> None:
    async def far() -> list[int]:
        deadlines = Deadlines(asyncio.get_running_loop())
        watcher = Watcher()
        start = time.monotonic()
        deadlines.watch(watcher, start + 20)
        counts: list[int] = []
        for elapsed in (4, 9, 14, 19.9, 20.2, 30):
            deadlines.advance(start + elapsed)
            counts.append(len(watcher.fired))
        return counts

    assert asyncio.run(far()) == [0, 0, 0, 0, 1, 1]


def test_an_alarm_rings_once() -> None:
    rung: list[int] = []

    async def run() -> None:
        deadlines = Deadlines(asyncio.get_running_loop())
        alarm = Alarm(lambda: rung.append(1))
        deadlines.watch(alarm, deadlines.now + TICK_S)
        for later_s in (TICK_S / 2, 3 * TICK_S, HORIZON_S + 1):
            deadlines.advance(deadlines.now + later_s)

    asyncio.run(run())
    assert rung == [1]
