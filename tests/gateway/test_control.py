"""The control process: it answers for the gateway, reloads it, and takes journals in."""

import http.client
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.ledger_entries import entries_when

TIMEOUT_S = 20.0
CONFIGURATION = '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:0"\n'


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[GatewayProcess]:
    folder: Path = tmp_path_factory.mktemp("control")
    with running_gateway(folder, CONFIGURATION) as found:
        yield found


def ask(address: str, method: str, path: str) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(address.partition("//")[2], timeout=TIMEOUT_S)
    try:
        connection.request(method, path, headers={"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, msgspec.json.decode(answer.read(), type=dict[str, object])
    finally:
        connection.close()


def test_entries_are_taken_in_and_counted(gateway: GatewayProcess) -> None:
    before = len(entries_when(gateway.state, 0))
    for _ in range(3):
        ask(gateway.base_url, "GET", "/v1/models")
    entries_when(gateway.state, before + 3)

    def counted() -> bool:
        _, facts = ask(gateway.admin_url, "GET", "/admin/v1/status")
        return facts["entries"] == before + 3 and facts["open"] == 0

    eventually(counted, "the status counts the entries")


def test_a_reload_is_answered_when_it_is_in_force(gateway: GatewayProcess) -> None:
    path = "/admin/v1/reload"
    gateway.write(CONFIGURATION + "[ledger]\nsync_interval_ms = 50\n")
    assert ask(gateway.admin_url, "POST", path) == (200, {"errors": []})
    gateway.write(CONFIGURATION + "[ledgr]\n")
    status, body = ask(gateway.admin_url, "POST", path)
    assert status == 422
    assert "did you mean `ledger`?" in str(body["errors"])
    gateway.write(CONFIGURATION)
    assert ask(gateway.admin_url, "POST", path) == (200, {"errors": []})
    _, facts = ask(gateway.admin_url, "GET", "/admin/v1/status")
    assert (facts["reloads"], facts["reload_errors"]) == (2, [])


def test_two_who_ask_at_once_are_both_answered(gateway: GatewayProcess) -> None:
    first, second = (
        http.client.HTTPConnection(gateway.admin_url.partition("//")[2], timeout=TIMEOUT_S)
        for _ in range(2)
    )
    for connection in (first, second):
        connection.request("POST", "/admin/v1/reload", headers={"content-type": "application/json"})
    assert [connection.getresponse().status for connection in (first, second)] == [200, 200]
    first.close()
    second.close()
