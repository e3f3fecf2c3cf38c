"""Keys in a running gateway: made once, in force everywhere, over everywhere when revoked."""

import http.client
import json
import os
import signal
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.gateway_process import GatewayProcess, eventually, running_gateway

WAIT_S = 20.0
REVOKED_WITHIN_S = 1.0
CONFIGURATION = """
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
workers = 4

[projects.shop]
"""
CONNECTIONS = 24
"""Kept open, so that with four workers hardly any goes without one."""


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[GatewayProcess]:
    with running_gateway(tmp_path, CONFIGURATION) as found:
        yield found


def admin(
    gateway: GatewayProcess, method: str, path: str, body: object = None
) -> dict[str, object]:
    """What the admin API answers; it has to be a success."""
    host = gateway.admin_url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=WAIT_S)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, f"/admin/v1/{path}", sent, {"content-type": "application/json"})
        answer = connection.getresponse()
        read = answer.read()
        assert answer.status < 300, read
        return json.loads(read)
    finally:
        connection.close()


class Kept:
    """A connection that stays open, with one key."""

    def __init__(self, gateway: GatewayProcess, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=WAIT_S)
        self._headers = {"authorization": f"Bearer {key}"}

    def status(self) -> int:
        self._connection.request("GET", "/v1/models", headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        self._connection.close()


def test_a_key_lives_and_ends_on_all_workers(gateway: GatewayProcess) -> None:
    assert Kept(gateway, "dt-none").status() == 200  # no key anywhere: everybody on loopback
    made = admin(gateway, "POST", "keys", {"name": "app", "project": "shop"})
    key = str(made["secret"])
    strangers = [Kept(gateway, "dt-none") for _ in range(CONNECTIONS)]
    kept = [Kept(gateway, key) for _ in range(CONNECTIONS)]
    try:
        eventually(lambda: {one.status() for one in kept} == {200}, "the key counts everywhere")
        eventually(lambda: {one.status() for one in strangers} == {401}, "and only a key does")
        second = str(admin(gateway, "POST", "keys/app/rotate", {})["secret"])
        new = Kept(gateway, second)
        eventually(lambda: new.status() == 200, "the new secret counts")
        assert {one.status() for one in kept} == {200}
        admin(gateway, "POST", "keys/app/revoke", {})
        began = time.monotonic()
        eventually(lambda: {one.status() for one in [*kept, new]} == {401}, "it is over everywhere")
        assert time.monotonic() - began < REVOKED_WITHIN_S
        assert {one.status() for one in [*kept, new]} == {401}
    finally:
        for one in [*strangers, *kept]:
            one.close()
    said = gateway.errors() + "".join(gateway.output())
    assert key not in said
    for path in sorted(gateway.state.rglob("*")):
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path


def test_a_control_process_that_dies_takes_no_key_with_it(gateway: GatewayProcess) -> None:
    key = str(admin(gateway, "POST", "keys", {"name": "app", "project": "shop"})["secret"])
    kept = [Kept(gateway, key) for _ in range(4)]
    eventually(lambda: {one.status() for one in kept} == {200}, "the key counts")
    before = gateway.control()
    os.kill(before, signal.SIGKILL)
    assert {one.status() for one in kept} == {200}

    def revoked() -> bool:
        try:
            admin(gateway, "POST", "keys/app/revoke", {})
        except (OSError, http.client.HTTPException):
            return False
        return True

    eventually(revoked, "the control process is there again")
    eventually(lambda: {one.status() for one in kept} == {401}, "and it is heard")
