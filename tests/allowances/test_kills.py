"""`kill -9` under load, with budgets and limits: nothing is lost, doubled, overspent or kept back.

Workers, the control process, the supervisor alone, or everything is killed at random points while a
crowd asks, streams and whole answers. After each blow, once it is quiet: every request of which a
client saw the status line has one entry, what stands in every account is the sum of its entries,
and nothing more is granted than there is. At the end a budget is emptied to its last picodollar,
nothing is reserved, and every place of a limit of requests at once is there.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final, Literal

import msgspec
import pytest

from tests.allowances.kill_books import Books, FileBooks, Lines, SharedBooks
from tests.allowances.kill_load import BIG, LITTLE, PICO_EACH, USD_PER_MILLION, Load, Told, ask
from tests.endurance.paced_upstream import PacedThread, paced_upstream
from tests.gateway_configuration import (
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.postgres import Server
from tests.valkey import KeyServer

ASKERS: Final = 8
TOKENS_A_MINUTE: Final = 50_000_000
FREED_WITHIN_S: Final = 20.0
IDLE_WITHIN_S: Final = 20.0
"""A lease that nobody uses is given back after five seconds."""
PLACES_TRIES: Final = 10
"""A place that lies with another worker may be refused before it is given back."""
LITTLE_ACCOUNT: Final = "key:little/usd/ever@ever"
CONCURRENT: Final = "project:tests/concurrent"

Victim = Literal["worker", "control", "supervisor", "everything"]


class Blows(msgspec.Struct, frozen=True, kw_only=True):
    """What is killed in turn, how often, and of how many requests the little budget is."""

    victims: tuple[Victim, ...]
    times: int
    little_requests: int
    seed: int = 6


class Figures(msgspec.Struct, kw_only=True):
    """What the test prints."""

    freed_s: list[float] = []
    served_s: list[float] = []
    places: list[int] = []


def configuration(upstream: PacedThread, blows: Blows, store: str) -> tuple[str, dict[str, str]]:
    """The gateway's file and those that it refers to."""
    provider = ProviderRow(
        name="m", kind="openai_compatible", base_url=upstream.base_url, settings='host = "m"'
    )
    little_usd = Decimal(PICO_EACH * blows.little_requests).scaleb(-12)
    more = f"""
{store}
[[prices]]
model = "tests/*"
side = "cost"
input = 0
output = {USD_PER_MILLION}
source = "a test"

[organisation]
budgets = [{{ usd = 900, period = "ever" }}]
limits = [{{ requests_per_hour = 900_000 }}]

[projects.tests]
budgets = [{{ usd = 500, period = "month" }}, {{ usd = 0.001, period = "day", hard = false }}]
limits = [
  {{ tokens_per_minute = {TOKENS_A_MINUTE} }},
  {{ requests_per_minute = 900_000, model = "tests/*" }},
  {{ concurrent_requests = {ASKERS} }},
]

[keys.little]
hash = "sha256:{sha256(LITTLE.encode()).hexdigest()}"
project = "tests"
budgets = [{{ usd = {little_usd:f}, period = "ever" }}]
"""
    text = gateway_toml(
        providers=[provider],
        models=[ModelRow(name="tests/m", aliases=("m",), deployments=(("m", "m"),))],
        keys=[KeyRow(name="big", key=BIG)],
        workers=2,
        sync_interval_ms=None,
        more=more,
    )
    return text, credential_files([provider])


class Killing:
    """One gateway, its load and its books, through all blows."""

    def __init__(self, gateway: GatewayProcess, books: Books, blows: Blows) -> None:
        self.figures = Figures()
        self._gateway = gateway
        self._books = books
        self._blows = blows
        self._dice = Random(blows.seed)
        self._load = Load(lambda: gateway.port, askers=ASKERS, seed=blows.seed)
        self._checked = 0
        self._asked_last = 0

    async def run(self) -> None:
        """All blows, and what must hold after each and at the end."""
        self._load.begin()
        await self._load.until(ASKERS)
        for number in range(self._blows.times):
            victim = self._blows.victims[number % len(self._blows.victims)]
            try:
                await self._round(victim)
            except (AssertionError, TimeoutError) as failed:
                failed.add_note(f"blow {number + 1}, {victim}, seed {self._blows.seed}")
                failed.add_note(f"told {self._load.counted()}, {self._load.shown()}")
                failed.add_note(self._gateway.errors()[-4000:])
                raise
        await self._load.end()
        await self._empty_the_little()
        await self._all_places_are_there()
        await asyncio.to_thread(self._nothing_is_kept_back)
        await asyncio.to_thread(self._check_when_quiet)
        print(self._load.counted(), self._summary())  # noqa: T201 - the figures that were promised

    async def _round(self, victim: Victim) -> None:
        dice = self._dice
        await self._load.until(dice.randrange(1, 40))
        await asyncio.sleep(dice.random() * 0.03)  # anywhere in the life of what is under way
        dead = await asyncio.to_thread(self._strike, victim)
        struck_at = time.monotonic()
        freed = asyncio.create_task(asyncio.to_thread(self._freed, dead, struck_at))
        await self._load.until_answered(1)
        self.figures.served_s.append(time.monotonic() - struck_at)
        await self._load.until(2 * ASKERS)
        await freed
        await self._load.rest()
        await asyncio.to_thread(self._check_when_quiet)
        self._load.go_on()

    def _strike(self, victim: Victim) -> set[int]:
        """Kills; the pids of workers that are gone."""
        gateway = self._gateway
        control = eventually(lambda: _control_of(gateway), "a control process runs")
        workers = [pid for pid in gateway.processes() if pid not in (gateway.pid, control)]
        match victim:
            case "worker":
                dead = self._dice.sample(workers, self._dice.randint(1, len(workers)))
                _kill(dead)
                return set(dead)
            case "control":
                _kill([control])
                return set()
            case "supervisor":
                _kill([gateway.pid])
            case "everything":
                all_of_them = gateway.processes()
                if self._dice.random() < 0.5:
                    all_of_them.reverse()  # the supervisor last
                _kill(all_of_them)
        gateway.kill()
        gateway.start()
        return set(workers)

    def _freed(self, dead: set[int], struck_at: float) -> None:
        """Waits until nobody dead holds money, and notes how long that took."""

        def gone() -> bool:
            holders = {holder for of in self._books.lines().values() for holder in of if holder}
            return not dead & {int(holder.rpartition("p")[2]) for holder in holders}

        eventually(gone, "what the dead held is free", FREED_WITHIN_S)
        if dead:
            self.figures.freed_s.append(time.monotonic() - struck_at)

    def _check_when_quiet(self) -> None:
        """Nothing is under way: the ledger has all, once, and the accounts say the same."""
        seen = {one.request_id for one in self._load.told if one.request_id is not None}

        def all_there() -> bool:
            self._books.read_on()
            return seen <= {e.id for e in self._books.entries} and self._books.open() == 0

        eventually(all_there, "every acknowledged request has its entry")
        counts = Counter(entry.id for entry in self._books.entries)
        assert [id_ for id_, count in counts.items() if count != 1] == []
        self._check_told()
        self._check_lines(self._books.lines())

    def _check_told(self) -> None:
        by_id = {entry.id: entry for entry in self._books.entries}
        for one in self._load.told[self._checked :]:
            assert one.request_id is not None, one
            if one.complete and one.status == 200:
                entry = by_id[one.request_id]
                assert (entry.outcome, entry.status) == ("answered", 200), one
                assert entry.charge_usd == Decimal(PICO_EACH).scaleb(-12)
        self._checked = len(self._load.told)

    def _check_lines(self, lines: Lines) -> None:
        """What was spent is the sum of the entries; nobody was granted what is not there."""
        booked: Counter[str] = Counter()
        for entry in self._books.entries:
            for account in entry.accounts:
                assert entry.charge_usd is not None
                booked[account] += int(entry.charge_usd.scaleb(12))
        spent = {
            account: total
            for account, of in lines.items()
            if account and (total := sum(line.spent for line in of.values()))
        }
        assert spent == dict(booked)
        for account, of in lines.items():
            for holder, line in of.items():
                if holder and "day" not in account:  # that one is not hard: nothing is granted
                    assert line.outstanding >= 0, (account, holder, line)
        little = lines.get(LITTLE_ACCOUNT, {})
        outstanding = sum(line.outstanding for holder, line in little.items() if holder)
        limit = PICO_EACH * self._blows.little_requests
        assert spent.get(LITTLE_ACCOUNT, 0) + outstanding <= limit

    async def _empty_the_little(self) -> None:
        """Asks until the little budget is spent, to the last picodollar."""
        limit = PICO_EACH * self._blows.little_requests
        async with asyncio.timeout(FREED_WITHIN_S * 3):
            while True:
                told = await asyncio.gather(*self._asked(LITTLE, 4, tokens=3))
                assert {one.status for one in told} <= {200, 429}, told
                if self._spent_little() == limit:
                    break
        (last,) = await asyncio.gather(*self._asked(LITTLE, 1, tokens=3))
        assert last.status == 429
        assert b"budget_exhausted" in last.body
        assert self._spent_little() == limit

    def _spent_little(self) -> int:
        of = self._books.lines().get(LITTLE_ACCOUNT, {})
        return sum(line.spent for line in of.values())

    async def _all_places_are_there(self) -> None:
        """As many streams at once as the limit allows are served: no place is lost for good."""
        for _ in range(PLACES_TRIES):
            told = await asyncio.gather(*self._asked(BIG, ASKERS, tokens=30))
            self.figures.places.append(sum(one.status == 200 for one in told))
            if self.figures.places[-1] == ASKERS:
                assert all(one.complete for one in told)
                return
        raise AssertionError(self.figures.places)

    def _asked(self, key: str, count: int, *, tokens: int) -> list[Coroutine[object, object, Told]]:
        self._asked_last += 1
        return [
            ask(self._gateway.port, key, f"last-{self._asked_last}-{n}", stream=True, tokens=tokens)
            for n in range(count)
        ]

    def _nothing_is_kept_back(self) -> None:
        """Nobody asks any more: all that was not spent is given back, so nothing is reserved."""

        def given_back() -> bool:
            lines = self._books.lines()
            return all(
                line.outstanding == 0
                for account, of in lines.items()
                for holder, line in of.items()
                if account and holder and "day" not in account
            )

        eventually(given_back, "leases are given back", IDLE_WITHIN_S)

    def _summary(self) -> str:
        freed, served = self.figures.freed_s, self.figures.served_s
        return (
            f"{self._blows.times} blows; leases of the dead were free after at most"
            f" {max(freed, default=0):.2f} s, answers came after at most {max(served):.2f} s,"
            f" of {ASKERS} places at once there were {self.figures.places}"
        )


def _control_of(gateway: GatewayProcess) -> int | None:
    """The control process, by its niceness: with a shared store it locks no file."""
    own = os.getpriority(os.PRIO_PROCESS, gateway.pid)
    for pid in gateway.processes():
        with suppress(ProcessLookupError):
            if os.getpriority(os.PRIO_PROCESS, pid) > own:
                return pid
    return None


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _test(folder: Path, blows: Blows, store: str, books: Callable[[Path], Books]) -> None:
    with paced_upstream(0.01) as upstream:
        text, files = configuration(upstream, blows, store)
        with running_gateway(folder, text, files) as gateway:
            killing = Killing(gateway, books(gateway.state), blows)
            asyncio.run(killing.run())
        assert [marker for marker, count in upstream.asked().items() if count != 1] == []


WORKER = Blows(victims=("worker",), times=3, little_requests=60)
CONTROL = Blows(victims=("control",), times=3, little_requests=60)
EVERYTHING = Blows(victims=("everything", "supervisor"), times=2, little_requests=40)
SHORT = {"worker": WORKER, "control": CONTROL, "everything": EVERYTHING}


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("worker", marks=pytest.mark.long),
        pytest.param("control", marks=pytest.mark.long),
        "everything",
    ],
)
def test_nothing_is_lost_doubled_or_kept_back(tmp_path: Path, name: str) -> None:
    _test(tmp_path, SHORT[name], "", FileBooks)


@pytest.mark.proof
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(
    ("victims", "times"),
    [(("worker",), 70), (("control",), 60), (("everything", "supervisor"), 70)],
    ids=["worker", "control", "everything"],
)
def test_nothing_is_lost_at_two_hundred_points(
    tmp_path: Path, victims: tuple[Victim, ...], times: int
) -> None:
    blows = Blows(victims=victims, times=times, little_requests=20 * times)
    _test(tmp_path, blows, "", FileBooks)


def _test_shared(folder: Path, blows: Blows) -> None:
    with Server.started() as server, KeyServer.started("valkey") as limits:
        url = server.database()
        store = f'[store]\nurl = "{url}"\nlimits_url = "{limits.url}"\nmachine = "gw-1"\n'
        _test(folder, blows, store, lambda _: SharedBooks(server, url))


@pytest.mark.long
@pytest.mark.timeout(180)
def test_nothing_is_lost_with_shared_stores(tmp_path: Path) -> None:
    victims: tuple[Victim, ...] = ("worker", "control", "everything")
    _test_shared(tmp_path, Blows(victims=victims, times=3, little_requests=40))


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_nothing_is_lost_with_shared_stores_at_twenty_points(tmp_path: Path) -> None:
    victims: tuple[Victim, ...] = ("worker", "control", "everything", "supervisor")
    _test_shared(tmp_path, Blows(victims=victims, times=20, little_requests=300))
