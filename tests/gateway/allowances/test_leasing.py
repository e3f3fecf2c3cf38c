"""The parts that lease, joined: a gateway with budgets, its restarts, and what it leaves."""

import http.client
import json
import os
import signal
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.gateway_configuration import (
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, eventually, running_gateway

from detente.gateway.allowances.leasing import owners_of
from detente.ledger.store.segment import name_of
from detente.simulator.server import Simulator
from detente.simulator.thread import SimulatorThread

TIMEOUT_S = 30.0
BODY = json.dumps(
    {"model": "gpt-4o", "max_tokens": 20, "messages": [{"role": "user", "content": "hello"}]}
)
ACCOUNT = "project:tests/usd/ever@ever"
MORE = """
[[prices]]
model = "openai/*"
side = "cost"
input = 10
output = 30
source = "a test"

[projects.tests]
budgets = [{ usd = 0.02, period = "ever", alert_at = [0.5] }]
limits = [{ concurrent_requests = 100 }]
"""


def configuration(simulator: Simulator) -> tuple[str, dict[str, str]]:
    provider = ProviderRow(name="sim", kind="openai", base_url=simulator.base_url)
    model = ModelRow(name="openai/gpt-4o", deployments=(("sim", "gpt-4o"),), aliases=("gpt-4o",))
    key = KeyRow(name="app1", key="dt-test")
    text = gateway_toml(
        providers=[provider],
        models=[model],
        keys=[key],
        workers=2,
        sync_interval_ms=None,
        more=MORE,
    )
    return text, credential_files([provider])


def statuses(gateway: GatewayProcess, count: int) -> Counter[int]:
    """How so many requests were answered, each on a connection of its own."""
    address = gateway.base_url.partition("//")[2]
    headers = {"authorization": "Bearer dt-test", "content-type": "application/json"}

    def status(_: int) -> int:
        connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
        try:
            connection.request("POST", "/v1/chat/completions", BODY, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        return Counter(pool.map(status, range(count)))


def rows(gateway: GatewayProcess, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(gateway.state / "ledger.sqlite3", timeout=TIMEOUT_S)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def spent_pico(gateway: GatewayProcess) -> int:
    query = "SELECT coalesce(sum(spent_usd * 1000000000000 + spent_pico_usd), 0) FROM spends"
    found = rows(gateway, query)[0][0]
    assert isinstance(found, int)
    return found


def test_a_budget_holds_is_told_of_and_survives_a_killed_gateway(tmp_path: Path) -> None:
    with SimulatorThread(Simulator("openai", models=["gpt-4o"])) as simulator:
        text, files = configuration(simulator.simulator)
        with running_gateway(tmp_path, text, files=files) as gateway:
            first = statuses(gateway, 20)
            assert first == {200: 20}
            charged = "SELECT sum(charge_pico_usd) FROM entries"
            eventually(lambda: spent_pico(gateway) == rows(gateway, charged)[0][0], "all is booked")
            workers = rows(gateway, "SELECT DISTINCT holder FROM grants")
            assert workers
            for (holder,) in workers:
                os.kill(int(str(holder).rpartition("p")[2]), signal.SIGKILL)
            eventually(
                lambda: not set(rows(gateway, "SELECT holder FROM grants")) & set(workers),
                "what the dead held is free",
            )
            later = statuses(gateway, 60)
            assert set(later) <= {200, 429, 503}, "503: one that begins has heard of no lease yet"
            eventually(lambda: spent_pico(gateway) == rows(gateway, charged)[0][0], "all is booked")
            total = spent_pico(gateway)
            assert 0.9 * 20_000_000_000 < total <= 20_000_000_000
            eventually(lambda: "0.5 of the budget" in gateway.errors(), "it is told of")
        with running_gateway(tmp_path, text, files=files) as gateway:
            again = statuses(gateway, 20)
            assert again[429] >= 10, "what was spent is spent for good"
            eventually(lambda: spent_pico(gateway) == rows(gateway, charged)[0][0], "all is booked")
            assert total <= spent_pico(gateway) <= 20_000_000_000
            assert gateway.errors().count("0.5 of the budget") == 1, "also over restarts"


def test_while_the_control_process_restarts_workers_go_on_with_what_they_hold(
    tmp_path: Path,
) -> None:
    with SimulatorThread(Simulator("openai", models=["gpt-4o"])) as simulator:
        text, files = configuration(simulator.simulator)
        with running_gateway(tmp_path, text, files=files) as gateway:
            assert statuses(gateway, 8) == {200: 8}
            first = gateway.control()
            os.kill(first, signal.SIGKILL)
            assert statuses(gateway, 4) == {200: 4}
            eventually(lambda: gateway.control() != first, "another control process runs")
            assert statuses(gateway, 4) == {200: 4}


def test_owners_are_those_whose_segments_there_are(tmp_path: Path) -> None:
    assert owners_of(tmp_path / "none") == frozenset()
    (tmp_path / name_of("w0", "1p1", 0)).touch()
    (tmp_path / name_of("w0", "1p1", 1)).touch()
    (tmp_path / name_of("w1", "2p2", 0)).with_suffix(".preparing").touch()
    (tmp_path / "other.txt").touch()
    assert owners_of(tmp_path) == {"w0-1p1", "w1-2p2"}
