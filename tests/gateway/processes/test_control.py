"""The control process: it answers for the gateway, reloads it, and takes journals in."""

import http.client
import re
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.ledger_entries import entries_when

from detente.principals.hashing import hash_text

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


def answered(address: str, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address.partition("//")[2], timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_what_is_counted_can_be_scraped(gateway: GatewayProcess) -> None:
    before = len(entries_when(gateway.state, 0))
    ask(gateway.base_url, "GET", "/v1/models")

    def scraped() -> bool:
        status, text = answered(gateway.admin_url, "/metrics")
        assert status == 200
        return f'outcome="answered",project="",status="200"}} {before + 1}.0\n' in text

    eventually(scraped, "the request is counted")
    text = answered(gateway.admin_url, "/metrics")[1]
    assert 'detente_store_up{store="accounts"} 1.0\n' in text
    assert 'detente_store_up{store="keys"} 1.0\n' in text
    assert 'detente_store_up{store="ledger"} 1.0\n' in text
    left = re.search(r'detente_lease_left_seconds\{store="accounts"\} (\S+)\n', text)
    assert left is not None
    assert 0 < float(left[1]) <= 30


def test_every_worker_is_asked_what_it_holds(gateway: GatewayProcess) -> None:
    path = "/admin/v1/held"
    assert ask(gateway.admin_url, "GET", path) == (200, {"held": [], "silent": []})
    status, body = ask(gateway.admin_url, "POST", f"{path}/req_0/release")
    assert (status, body["code"]) == (404, "unknown")


def test_reloads_are_in_the_audit_list(gateway: GatewayProcess) -> None:
    ask(gateway.admin_url, "POST", "/admin/v1/reload")
    _, text = answered(gateway.admin_url, "/admin/v1/audit?limit=1")
    (change,) = msgspec.json.decode(text)["changes"]
    assert (change["name"], change["operation"], change["status"]) == ("loopback", "reload", 200)
    assert "admin: `loopback` (owner) asked to `reload` (200, " in gateway.errors()


def test_named_administrators_are_asked_for_their_keys(tmp_path: Path) -> None:
    named = f'[administrators.ops]\nhash = "{hash_text("dt-ops")}"\nrole = "auditor"\n'
    with running_gateway(tmp_path, CONFIGURATION + named) as gateway:
        assert answered(gateway.admin_url, "/admin/v1/status")[0] == 401
        assert answered(gateway.admin_url, "/admin/v1/health")[0] == 200
        right = {"authorization": "Bearer dt-ops"}
        assert answered(gateway.admin_url, "/admin/v1/status", **right)[0] == 200
        assert answered(gateway.admin_url, "/admin/v1/status", host="evil.example")[0] == 400
        for wrong in ("dt-op", "dt-ops2", ""):
            status, text = answered(
                gateway.admin_url, "/admin/v1/status", authorization=f"Bearer {wrong}"
            )
            assert status == 401
            assert "dt-" not in text
        assert "dt-ops" not in gateway.errors()
