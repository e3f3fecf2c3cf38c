"""Gateways that share a PostgreSQL: they start without it, lose nothing while it is away, and a
second of the same name is refused."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.postgres import Server

from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.reading import LedgerReader
from detente.stores.postgres.place import PostgresPlace

TIMEOUT_S = 20.0


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that may be killed."""
    with Server.started() as server:
        yield server


def configured(url: str, machine: str) -> str:
    return (
        '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:0"\n'
        f'[store]\nurl = "{url}"\nmachine = "{machine}"\ntimeout_ms = 2000\n'
    )


def ask(gateway: GatewayProcess) -> int:
    """A request that leaves an entry."""
    connection = http.client.HTTPConnection(gateway.base_url.partition("//")[2], timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/v1/models")
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def entries(url: str) -> int:
    """How many the ledger has; none while it cannot be read."""
    try:
        reader = LedgerReader.open(PostgresPlace(url=url))
        try:
            return sum(row.requests for row in reader.sums())
        finally:
            reader.close()
    except LedgerUnusable:
        return -1


def test_two_gateways_write_one_ledger_through_a_kill(server: Server, tmp_path: Path) -> None:
    url = server.database()
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with (
        running_gateway(first, configured(url, "gw-1")) as one,
        running_gateway(second, configured(url, "gw-2")) as other,
    ):
        for gateway in (one, other, one):
            ask(gateway)
        eventually(lambda: entries(url) == 3, "three entries", TIMEOUT_S)
        server.kill()
        for gateway in (one, other, one):
            ask(gateway)
        server.start()
        eventually(lambda: entries(url) == 6, "all six entries", TIMEOUT_S)


def test_a_gateway_starts_without_its_store_and_catches_up(server: Server, tmp_path: Path) -> None:
    url = server.database()
    server.kill()
    with running_gateway(tmp_path, configured(url, "gw-1")) as gateway:
        ask(gateway)
        server.start()
        eventually(lambda: entries(url) == 1, "the entry", TIMEOUT_S)
