"""What is measured moves traffic: commitments behind their pace, first, and nothing when met."""

import asyncio
import http.client
import json
import os
import signal
import sqlite3
from collections.abc import Generator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.gateway_configuration import ModelRow, ProviderRow, credential_files, gateway_toml
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.ledger.records import START_US, ingested, intent, journal, settlement

from detente.agreements import AgreementSet
from detente.canonical.headroom import Headroom
from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot
from detente.configuration.schema import SimulatedProvider
from detente.gateway.measures import measuring as measuring_module
from detente.gateway.measures.headroom_report import HeadroomReport
from detente.gateway.measures.headrooms import Reading, Readings
from detente.gateway.measures.measuring import (
    TELL_AGAIN,
    Measuring,
    keep_measuring,
    matters,
    scarce_of,
)
from detente.ledger.entries import time_of
from detente.ledger.failures import LedgerUnusable
from detente.reports.latencies import SAMPLES_MIN
from detente.simulator import Simulator, SimulatorThread
from detente.wiring import Setup, Sources, build

WAIT_S = 20.0
MODEL = "gpt-4"
NOW = time_of(START_US) + timedelta(days=1)
CONFIGURATION = """
[providers.openai]
kind = "openai"
[providers.azure]
kind = "openai"
base_url = "http://127.0.0.1:1/v1"
host = "microsoft"
[[models."openai/gpt-4".deployments]]
provider = "openai"
id = "gpt-4"
[[models."openai/gpt-4".deployments]]
provider = "azure"
id = "gpt-4"
[agreements]
path = "agreements"
"""
QUICK = "[ledger]\nmeasure_interval_ms = 100\n"
COMMITMENT = """
id = "a"
recorded_at = 2020-01-01
from = 2026-01-01
until = 2027-01-01
[[clause]]
id = "c"
type = "commit"
measure = "requests"
amount = {amount}
"""


def setup(
    *,
    amount: int = 10,
    configuration: str = CONFIGURATION,
    more: str = "",
    without_end: bool = False,
) -> Setup:
    text = COMMITMENT.format(amount=amount) + more
    if without_end:
        text = text.replace("until = 2027-01-01\n", "")
    return build(
        Sources(
            path="detente.toml", main=configuration.encode(), agreements=(("a", text.encode()),)
        )
    )


def record(state: Path, count: int, first: int = 0) -> None:
    writer = journal(state / "journal")
    for number in range(first, first + count):
        writer.append(intent(f"r{number}"))
        writer.append(settlement(f"r{number}"))
    writer.close()
    ingested(state)


class Wall:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def looked(measuring: Measuring, heard: Readings | None = None) -> Snapshot:
    return asyncio.run(measuring.look(heard or {}))


def test_balances_begin_with_the_ledger_and_follow_it(tmp_path: Path) -> None:
    record(tmp_path, 2)
    wall = Wall()
    measuring = Measuring(setup(), tmp_path / "ledger.sqlite3", wall)
    snapshot = looked(measuring)
    # by the end of May some 4.1 of 10 requests should have been made
    assert (snapshot.behind, snapshot.taken_at) == (("a/c",), NOW)
    assert snapshot.latency_ms == {}
    record(tmp_path, 8, first=2)
    snapshot = looked(measuring)
    assert snapshot.behind == ()
    assert snapshot.latency_ms == {"openai/gpt-4": 16}
    measuring.stop()


def test_a_new_process_knows_what_the_last_one_knew(tmp_path: Path) -> None:
    record(tmp_path, 10)
    measuring = Measuring(setup(), tmp_path / "ledger.sqlite3", Wall())
    snapshot = looked(measuring)
    assert (snapshot.behind, snapshot.latency_ms) == ((), {"openai/gpt-4": 16})
    measuring.stop()


def test_where_nothing_is_counted_only_the_last_blocks_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring_module, "BLOCKS_BEFORE", 1)
    record(tmp_path, 1)
    measuring = Measuring(setup(without_end=True), tmp_path / "ledger.sqlite3", Wall())
    assert looked(measuring).latency_ms == {}
    record(tmp_path, SAMPLES_MIN, first=100)  # overtaken by the next before anybody looks
    record(tmp_path, SAMPLES_MIN - 2, first=200)
    assert looked(measuring).latency_ms == {}
    record(tmp_path, 1, first=300)
    assert looked(measuring).latency_ms == {"openai/gpt-4": 16}
    measuring.stop()


def test_a_period_that_ends_is_counted_anew(tmp_path: Path) -> None:
    record(tmp_path, 10)
    wall = Wall()
    measuring = Measuring(setup(more='period = "month"'), tmp_path / "ledger.sqlite3", wall)
    assert looked(measuring).behind == ()
    wall.now = NOW + timedelta(days=31)
    assert looked(measuring).behind == ("a/c",)
    measuring.stop()


def test_a_ledger_that_cannot_be_read_is_told_and_read_again_later(tmp_path: Path) -> None:
    measuring = Measuring(setup(), tmp_path / "ledger.sqlite3", Wall())
    with pytest.raises(LedgerUnusable):
        looked(measuring)
    record(tmp_path, 1)
    assert looked(measuring).behind == ("a/c",)
    measuring.stop()


def test_stopping_ends_a_look(tmp_path: Path) -> None:
    record(tmp_path, 1)
    measuring = Measuring(setup(), tmp_path / "ledger.sqlite3", Wall())
    looked(measuring)
    measuring.stop()
    with pytest.raises(RuntimeError):
        looked(measuring)


@pytest.mark.parametrize(
    ("left", "before", "age_s", "scarce"),
    [
        (5, False, 0, True),
        (10, False, 0, False),
        (15, True, 0, True),
        (15, False, 0, False),
        (25, True, 0, False),
        (5, True, 61, False),
    ],
)
def test_scarce_is_what_hardly_anything_is_left_of(
    left: int, age_s: int, *, before: bool, scarce: bool
) -> None:
    headroom = Headroom(requests_limit=100, requests_remaining=left)
    heard = {"x": Reading(at=NOW - timedelta(seconds=age_s), headroom=headroom)}
    assert scarce_of(heard, frozenset({"x"} if before else ()), NOW) == (
        {"x"} if scarce else frozenset()
    )
    assert scarce_of({"x": Reading(at=NOW, headroom=Headroom())}, frozenset(), NOW) == frozenset()


def test_where_no_model_has_two_deployments_nothing_needs_measuring() -> None:
    assert matters(setup())
    alone = CONFIGURATION.replace(
        '[[models."openai/gpt-4".deployments]]\nprovider = "azure"\nid = "gpt-4"\n', ""
    )
    assert not matters(setup(configuration=alone))


class Told:
    """What workers would hear, and the end after so many looks."""

    def __init__(self, looks: int, wall: Wall) -> None:
        self.snapshots: list[Snapshot] = []
        self.stopping = asyncio.Event()
        self._left = looks
        self._wall = wall

    async def ask(self) -> HeadroomReport:
        self._left -= 1
        self._wall.now += TELL_AGAIN / 2
        if self._left < 0:
            self.stopping.set()
            await asyncio.Event().wait()
        return HeadroomReport(deployments={})


def test_what_is_no_news_is_told_once_a_minute(tmp_path: Path) -> None:
    record(tmp_path, 1)
    wall, quick = Wall(), setup(configuration=CONFIGURATION + QUICK)

    async def scene() -> list[Snapshot]:
        told = Told(5, wall)
        async with asyncio.timeout(WAIT_S):
            await keep_measuring(
                setup=lambda: quick,
                path=tmp_path / "ledger.sqlite3",
                wall=wall,
                ask=told.ask,
                tell=told.snapshots.append,
                stopping=told.stopping,
            )
        return told.snapshots

    found = asyncio.run(scene())
    assert [snapshot.behind for snapshot in found] == [("a/c",)] * 3
    times = [snapshot.taken_at for snapshot in found]
    assert [time and time - NOW for time in times] == [TELL_AGAIN * n for n in (0.5, 1.5, 2.5)]


def test_a_new_process_tells_even_that_nothing_was_measured(tmp_path: Path) -> None:
    record(tmp_path, 0)
    wall, calm = Wall(), setup(configuration=CONFIGURATION + QUICK, amount=10**9)
    calm = msgspec.structs.replace(calm, agreements=AgreementSet())

    async def scene() -> list[Snapshot]:
        told = Told(1, wall)
        async with asyncio.timeout(WAIT_S):
            await keep_measuring(
                setup=lambda: calm,
                path=tmp_path / "ledger.sqlite3",
                wall=wall,
                ask=told.ask,
                tell=told.snapshots.append,
                stopping=told.stopping,
            )
        return told.snapshots

    (snapshot,) = asyncio.run(scene())
    assert snapshot.orders_as(NOTHING_MEASURED)


def test_a_reload_begins_anew(tmp_path: Path) -> None:
    record(tmp_path, 1)
    wall = Wall()
    setups = iter([setup(configuration=CONFIGURATION + QUICK)] * 3)
    last = setup(configuration=CONFIGURATION + QUICK, amount=1)

    async def scene() -> list[Snapshot]:
        told = Told(4, wall)
        async with asyncio.timeout(WAIT_S):
            await keep_measuring(
                setup=lambda: next(setups, last),
                path=tmp_path / "ledger.sqlite3",
                wall=wall,
                ask=told.ask,
                tell=told.snapshots.append,
                stopping=told.stopping,
            )
        return told.snapshots

    assert [snapshot.behind for snapshot in asyncio.run(scene())][-1] == ()


# A real gateway, simulated providers, a real ledger.

PRICES = "".join(
    f'[[prices]]\nmodel = "*"\nprovider = "{name}"\ninput = {usd}\noutput = {usd}\n'
    'source = "the test\'s own"\n'
    for name, usd in (("near", 1), ("far", 2))
)
FAR = """
id = "a"
recorded_at = 2020-01-01
from = 2020-01-01
until = 2099-01-01
[[clause]]
id = "c"
type = "commit"
measure = "requests"
amount = 120
scope = { provider = "far" }
"""
"""By the autumn of 2026 ten of these hundred and twenty requests should have been made."""


@pytest.fixture(name="gateway")
def _gateway(tmp_path: Path) -> Generator[GatewayProcess]:
    with ExitStack() as stack:
        rows: list[ProviderRow] = []
        for name in ("near", "far"):
            simulator = Simulator(
                "openai", models=[MODEL], api_key="sk-x", behaviour=SimulatedProvider(tokens=2)
            )
            platform = stack.enter_context(SimulatorThread(simulator))
            row = ProviderRow(name=name, kind="openai", base_url=platform.base_url, api_key="sk-x")
            rows.append(row)
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(name=f"openai/{MODEL}", deployments=(("near", MODEL), ("far", MODEL)))
            ],
            more=PRICES + QUICK + '[agreements]\npath = "agreements"\n',
        )
        folder = tmp_path / "served"
        (folder / "agreements").mkdir(parents=True)
        (folder / "agreements" / "a.toml").write_text(FAR, encoding="utf-8")
        yield stack.enter_context(running_gateway(folder, text, files=credential_files(rows)))


def served_by(gateway: GatewayProcess) -> str:
    connection = http.client.HTTPConnection(gateway.base_url.partition("//")[2], timeout=WAIT_S)
    try:
        body = {"model": f"openai/{MODEL}", "messages": [{"role": "user", "content": "hi"}]}
        headers = {"content-type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        return str(answer.headers["x-detente-deployment"]).partition("/")[0]
    finally:
        connection.close()


def test_a_commitment_behind_its_pace_draws_the_traffic_until_it_is_met(
    gateway: GatewayProcess,
) -> None:
    eventually(lambda: served_by(gateway) == "far", "what is behind comes first")
    (worker,) = gateway.workers()
    os.kill(worker, signal.SIGKILL)  # the next one has heard of it before its first request
    eventually(lambda: gateway.workers() not in ([], [worker]), "the worker runs again")
    made = 1
    while served_by(gateway) == "far":
        made += 1
        assert made < 1_000, "the commitment is met at some time"
    # ten of them, and what came before the gateway had heard of these
    assert made >= 10
    eventually(
        lambda: {served_by(gateway) for _ in range(5)} == {"near"}, "then the cheaper one is first"
    )
    with sqlite3.connect(gateway.state / "ledger.sqlite3") as ledger:
        decided = ledger.execute("SELECT record FROM decisions").fetchall()
    assert any(b"a/c" in bytes(record) for (record,) in decided)
