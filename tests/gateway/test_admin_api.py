"""The admin API, called as a server calls it: who may, with what, and what it says."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detente.canonical.headroom import Headroom
from detente.gateway.admin_api import Status, admin_api
from detente.gateway.headroom_report import HeadroomReport
from detente.gateway.headrooms import Reading

Reload = Callable[[], Awaitable[tuple[str, ...]]]


async def reloaded() -> tuple[str, ...]:
    return ()


async def heard() -> HeadroomReport:
    reading = Reading(
        at=datetime(2026, 11, 22, tzinfo=UTC), headroom=Headroom(requests_remaining=9)
    )
    return HeadroomReport(deployments={"p/x": reading}, silent=("w1",))


async def _call(
    method: str, path: str, headers: dict[str, str], reload: Reload, status: Status
) -> tuple[int, bytes]:
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await admin_api(status, reload, heard)(scope, receive, send)
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent)


def call(
    method: str,
    path: str,
    *,
    host: str = "127.0.0.1:8081",
    reload: Reload = reloaded,
    status: Status | None = None,
    **headers: str,
) -> tuple[int, bytes]:
    named = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return asyncio.run(
        _call(method, path, named, reload, status or Status(started_at=0.0, workers=2))
    )


def test_health() -> None:
    assert call("GET", "/admin/v1/health") == (200, b'{"status":"ok"}')


def test_status() -> None:
    status, body = call("GET", "/admin/v1/status")
    facts = msgspec.json.decode(body)
    assert status == 200
    assert (facts["workers"], facts["entries"], facts["open"], facts["reloads"]) == (2, 0, 0, 0)
    assert facts["uptime_s"] > 0


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8081", "localhost:1", "LOCALHOST", "[::1]:8081", "[::1]"]
)
def test_hosts_of_this_machine(host: str) -> None:
    assert call("GET", "/admin/v1/health", host=host)[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil", ""])
def test_a_page_that_was_rebound_here_reads_nothing(host: str) -> None:
    status, body = call("GET", "/admin/v1/status", host=host)
    assert status == 400
    assert b"workers" not in body


def test_a_reload_that_is_in_force() -> None:
    got = call("POST", "/admin/v1/reload", content_type="application/json")
    assert got == (200, b'{"errors":[]}')


def test_a_reload_that_is_not_says_why() -> None:
    async def kept() -> tuple[str, ...]:
        return ("detente.toml:2: wrong; mend it",)

    code, body = call(
        "POST", "/admin/v1/reload", content_type="application/json; charset=utf-8", reload=kept
    )
    assert (code, msgspec.json.decode(body)) == (
        422,
        {"errors": ["detente.toml:2: wrong; mend it"]},
    )


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_form_commands_nothing(content_type: str) -> None:
    async def never() -> tuple[str, ...]:
        raise AssertionError("reloaded")

    assert call("POST", "/admin/v1/reload", content_type=content_type, reload=never)[0] == 415


def test_headroom() -> None:
    status, body = call("GET", "/admin/v1/headroom")
    assert (status, msgspec.json.decode(body)) == (
        200,
        {
            "deployments": {
                "p/x": {"at": "2026-11-22T00:00:00Z", "headroom": {"requests_remaining": 9}}
            },
            "silent": ["w1"],
        },
    )


def test_nothing_else_is_there() -> None:
    assert call("GET", "/admin/v1/keys")[0] == 404
    assert call("GET", "/admin/v1/reload")[0] == 405
