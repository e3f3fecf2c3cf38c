"""`kill -9` under load: what was acknowledged is in the ledger, once, and nobody asked twice.

A request is acknowledged when its status line has come. Workers, the control process or
everything at once is killed while a crowd asks without pause.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from detente.canonical.entry import LedgerEntry
from tests.endurance.crowd import Got, ask
from tests.endurance.paced_upstream import paced_upstream
from tests.endurance.setting import crowd_setting
from tests.gateway_process import GatewayProcess, eventually
from tests.ledger_entries import entries, entry_of

SEED = 4
ASKERS = 8
TOKENS = 3


class Blow(msgspec.Struct, frozen=True, kw_only=True):
    """What is killed, how often, and whether it must be started again by hand."""

    victims: Callable[[GatewayProcess], list[int]]
    times: int
    restart: bool = False


def _workers(gateway: GatewayProcess) -> list[int]:
    return gateway.workers()


def _control(gateway: GatewayProcess) -> list[int]:
    return [gateway.control()]


def _everything(gateway: GatewayProcess) -> list[int]:
    return gateway.processes()


def _test_blow(folder: Path, blow: Blow) -> None:
    with (
        paced_upstream(0.01) as upstream,
        crowd_setting(folder, {"m": upstream.base_url}, workers=2) as gateway,
    ):
        got = asyncio.run(_under_load(gateway, blow))
        acknowledged = [one.request_id for one in got if one.request_id is not None]
        assert len(acknowledged) >= blow.times * ASKERS
        # Served again, and therefore ingested again.
        after = asyncio.run(ask(gateway.port, model="m", marker="after", tokens=1))
        assert after.status == 200
        assert after.request_id is not None
        entry_of(gateway.state, after.request_id)
        counts = Counter(entry.id for entry in _settled(gateway, acknowledged))
        assert [one for one in acknowledged if counts[one] != 1] == []
        assert [id_ for id_, count in counts.items() if count != 1] == []
        assert [marker for marker, count in upstream.asked().items() if count != 1] == []
        by_id = {entry.id: entry for entry in entries(gateway.state)}
        for one in got:
            if one.complete and one.request_id is not None:
                entry = by_id[one.request_id]
                assert entry.outcome == "answered", one
                assert entry.usage is not None
                assert entry.usage.visible_output_tokens == TOKENS


def _settled(gateway: GatewayProcess, acknowledged: list[str]) -> list[LedgerEntry]:
    wanted = set(acknowledged)

    def all_there() -> list[LedgerEntry] | None:
        found = entries(gateway.state)
        return found if wanted <= {entry.id for entry in found} else None

    return eventually(all_there, "every acknowledged request has its entry")


async def _under_load(gateway: GatewayProcess, blow: Blow) -> list[Got]:
    stop = asyncio.Event()
    got: list[Got] = []
    askers = [asyncio.create_task(_keep_asking(gateway, n, stop, got)) for n in range(ASKERS)]
    dice = random.Random(SEED)
    for _ in range(blow.times):
        await _until_acknowledged(got, dice.randrange(20, 80))
        for pid in await asyncio.to_thread(blow.victims, gateway):
            os.kill(pid, signal.SIGKILL)
        if blow.restart:
            await asyncio.to_thread(gateway.kill)
            await asyncio.to_thread(gateway.start)
    await _until_acknowledged(got, 40)
    stop.set()
    await asyncio.gather(*askers)
    return got


async def _until_acknowledged(got: list[Got], more: int) -> None:
    wanted = sum(one.complete for one in got) + more
    async with asyncio.timeout(60):
        while sum(one.complete for one in got) < wanted:
            await asyncio.sleep(0.005)


async def _keep_asking(
    gateway: GatewayProcess, asker: int, stop: asyncio.Event, got: list[Got]
) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        got.append(
            await ask(
                gateway.port,
                model="m",
                marker=f"k-{asker}-{number}",
                tokens=TOKENS,
                stream=bool(number % 2),
            )
        )
        # An absent gateway refuses at once: asking it in a tight loop would only burn time.
        await asyncio.sleep(0.001 if got[-1].status else 0.05)


BLOWS = {
    "workers": Blow(victims=_workers, times=2),
    "control": Blow(victims=_control, times=2),
    "everything": Blow(victims=_everything, times=2, restart=True),
}
LONG_BLOWS = {
    "workers": Blow(victims=_workers, times=40),
    "control": Blow(victims=_control, times=40),
    "everything": Blow(victims=_everything, times=25, restart=True),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", BLOWS)
def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path, name: str) -> None:
    _test_blow(tmp_path, BLOWS[name])


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", LONG_BLOWS)
def test_nothing_acknowledged_is_lost_or_doubled_at_many_points(tmp_path: Path, name: str) -> None:
    _test_blow(tmp_path, LONG_BLOWS[name])
