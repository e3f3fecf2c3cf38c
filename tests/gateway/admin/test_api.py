"""The admin API, called as a server calls it: who may, with what, and what it says."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from tests.gateway.admin.admin_props import Desk, Reload, asked, parts_in, reloaded

from detente.gateway.admin.api import admin_api
from detente.gateway.drills import DrillDesk


def call(
    method: str,
    path: str,
    *,
    host: str = "127.0.0.1:8081",
    reload: Reload = reloaded,
    drills: DrillDesk | None = None,
    body: bytes = b"",
    **headers: str,
) -> tuple[int, bytes]:
    named = [("host", host), *((name.replace("_", "-"), said) for name, said in headers.items())]
    with TemporaryDirectory() as state:
        app = admin_api(parts_in(Path(state), reload=reload, drills=drills))
        status, _, answer = asked(app, method, path, named, body=body)
    return status, answer


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


def drilled(
    desk: Desk, method: str, body: object = None, *, content_type: str = "application/json"
) -> tuple[int, Any]:
    data = b"" if body is None else msgspec.json.encode(body)
    code, said = call(method, "/admin/v1/drill", drills=desk, body=data, content_type=content_type)
    return code, msgspec.json.decode(said)


def test_a_drill_begins_is_shown_and_ends() -> None:
    desk = Desk()
    assert drilled(desk, "GET") == (200, {"drill": None, "errors": []})
    code, begun = drilled(desk, "POST", {"without": "host:h", "seconds": 5})
    assert (code, begun["errors"]) == (200, [])
    assert begun["drill"]["deployments"] == ["p/x"]
    assert begun["drill"]["ends_at"] == "2026-11-22T00:00:05Z"
    assert drilled(desk, "GET")[1]["drill"]["without"] == "host:h"
    assert drilled(desk, "DELETE")[1]["drill"]["without"] == "host:h"
    assert drilled(desk, "DELETE") == (200, {"drill": None, "errors": []})
    assert [told and told.without for told in desk.told] == ["host:h", None, None]


def test_a_second_drill_is_refused_with_the_end_of_the_first() -> None:
    desk = Desk()
    drilled(desk, "POST", {"without": "host:h"})
    code, said = drilled(desk, "POST", {"without": "provider:p"})
    assert (code, said["drill"]["without"]) == (409, "host:h")
    assert said["errors"][0].startswith("a drill without `host:h` runs until 00:01:00 UTC;")
    assert len(desk.told) == 1


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"without": "host:x"},
        {"without": "h"},
        {"seconds": 5},
        {"without": "host:h", "seconds": 0},
        {"without": "host:h", "seconds": 3601},
        {"without": "host:h", "seconds": "5"},
        {"without": "host:h", "for": 5},
    ],
)
def test_what_begins_no_drill(body: object) -> None:
    desk = Desk()
    code, said = drilled(desk, "POST", body)
    assert (code, len(said["errors"]), desk.told) == (422, 1, [])


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_form_orders_no_drill(method: str) -> None:
    desk = Desk()
    assert drilled(desk, method, {"without": "host:h"}, content_type="text/plain")[0] == 415
    assert desk.told == []
