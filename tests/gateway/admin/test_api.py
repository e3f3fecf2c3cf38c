"""The admin API, called as a server calls it: who may, with what, and what it says."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from tests.gateway.admin.admin_props import (
    KEYS,
    Desk,
    Reload,
    administered,
    asked,
    parts_in,
    reloaded,
)

from detente.canonical.principal import Role
from detente.gateway.admin.access import Asker
from detente.gateway.admin.api import admin_api
from detente.gateway.admin.operation import Answer, Call, Method, Operation
from detente.gateway.admin.parts import AdminParts
from detente.gateway.drills import DrillDesk
from detente.stores.interface import StoreUnavailable


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
    assert call("GET", "/admin/v1/nothing")[0] == 404
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


def headers_of(role: Role, **further: str) -> list[tuple[str, str]]:
    own = [("host", "127.0.0.1"), ("authorization", f"Bearer {KEYS[role]}")]
    return [*own, *((name.replace("_", "-"), said) for name, said in further.items())]


@pytest.fixture
def parts(tmp_path: Path) -> AdminParts:
    return parts_in(tmp_path, configuration=administered())


def test_who_nobody_knows_is_told_how_to_ask(parts: AdminParts) -> None:
    status, head, body = asked(admin_api(parts), "GET", "/admin/v1/status")
    assert (status, head["www-authenticate"]) == (401, "Bearer")
    said = msgspec.json.decode(body)
    assert said["code"] == "key_invalid"
    assert "`DETENTE_ADMIN_KEY`" in said["errors"][0]


def test_refusals_are_counted(parts: AdminParts) -> None:
    app = admin_api(parts)
    asked(app, "GET", "/admin/v1/status")
    asked(app, "GET", "/admin/v1/status")
    asked(app, "GET", "/admin/v1/audit", headers_of("member"))
    asked(app, "GET", "/admin/v1/status", [("host", "evil.example")])
    asked(app, "GET", "/admin/v1/status", headers_of("owner"))
    counted = {"key_invalid": 2, "role_missing": 1, "host_invalid": 1}
    assert parts.figures.admin_refused == counted


def test_who_may_not_is_told_who_may(parts: AdminParts) -> None:
    headers = headers_of("auditor", content_type="application/json")
    status, _, body = asked(admin_api(parts), "POST", "/admin/v1/reload", headers)
    said = msgspec.json.decode(body)
    assert (status, said["code"]) == (403, "role_missing")
    assert said["errors"] == [
        "this needs the role `owner` or `operator`, and you have `auditor`; ask somebody who has it"
    ]


def test_health_is_everybodys(parts: AdminParts) -> None:
    assert asked(admin_api(parts), "GET", "/admin/v1/health", client=("203.0.113.9", 1))[0] == 200


def test_what_is_changed_is_written_down_and_told(
    parts: AdminParts, capsys: pytest.CaptureFixture[str]
) -> None:
    app = admin_api(parts)
    headers = headers_of("operator", content_type="application/json")
    asked(app, "POST", "/admin/v1/drill", headers, body=b'{"without":"host:h","seconds":9}')
    asked(app, "POST", "/admin/v1/drill", headers, body=b'{"without":"host:h"}')
    asked(app, "POST", "/admin/v1/drill", headers, body=b'{"without":5}')
    asked(app, "DELETE", "/admin/v1/drill", headers_of("auditor"))
    asked(app, "GET", "/admin/v1/drill", headers)
    _, _, body = asked(app, "GET", "/admin/v1/audit", headers_of("auditor"))
    changes = msgspec.json.decode(body)["changes"]
    assert [(one["name"], one["operation"], one["status"]) for one in changes] == [
        ("auditor", "end_drill", 403),
        ("operator", "begin_drill", 409),
        ("operator", "begin_drill", 200),
    ]
    assert changes[2]["said"] == {"without": "host:h", "seconds": 9.0}
    said = capsys.readouterr().err
    assert "admin: `operator` (operator) asked to `begin_drill` (200, c1)" in said
    assert "dt-" not in said


def test_a_change_that_cannot_be_written_down_is_not_made(
    parts: AdminParts, tmp_path: Path
) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    headers = headers_of("owner", content_type="application/json")
    body = b'{"without":"host:h"}'
    status, _, said = asked(admin_api(parts), "POST", "/admin/v1/drill", headers, body=body)
    assert (status, msgspec.json.decode(said)["code"]) == (503, "audit_unavailable")
    assert parts.drills.running is None


def test_the_audit_list_is_not_every_bodys(parts: AdminParts) -> None:
    app = admin_api(parts)
    statuses = {role: asked(app, "GET", "/admin/v1/audit", headers_of(role))[0] for role in KEYS}
    assert statuses == {"owner": 200, "operator": 403, "auditor": 200, "member": 403}


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("limit=1", 200), ("limit=0", 400), ("limit=x", 400), ("limit=1&limit=2", 400),
     ("limit=1001", 400), ("no=1", 400)],
)  # fmt: skip
def test_the_query_is_what_is_asked_for(parts: AdminParts, query: str, status: int) -> None:
    path = f"/admin/v1/audit?{query}"
    assert asked(admin_api(parts), "GET", path, headers_of("owner"))[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"\xff", 422),
        (b'{"without":"\xff"}', 422),
        (b'{"without":"\\ud800"}', 422),
        (b"[" * 100_000, 422),
        (b'{"without":"' + b"x" * 2_000_000 + b'"}', 413),
    ],
)
def test_bodies_that_nobody_wants(parts: AdminParts, body: bytes, status: int) -> None:
    headers = headers_of("owner", content_type="application/json")
    found, _, said = asked(admin_api(parts), "POST", "/admin/v1/drill", headers, body=body)
    assert found == status
    assert len(msgspec.json.decode(said)["errors"]) == 1


def test_a_store_that_is_away_is_told(parts: AdminParts) -> None:
    async def away(_parts: AdminParts, _call: Call) -> Answer:
        raise StoreUnavailable("the store `db` does not answer; look after it")

    def served(method: Method) -> Operation:
        return Operation(
            name="away", method=method, path="/admin/v1/away", summary="", permission="read",
            answers={}, handler=away,
        )  # fmt: skip

    app = admin_api(parts, (served("GET"), served("DELETE")))
    for method in ("GET", "DELETE"):
        status, _, body = asked(app, method, "/admin/v1/away", headers_of("owner"))
        assert status == 503
        assert msgspec.json.decode(body) == {
            "code": "store_unavailable",
            "errors": ["the store `db` does not answer; look after it"],
        }
    assert parts.audit.latest(1)[0].status == 503


def test_a_member_sees_its_own_project_alone() -> None:
    asker = Asker(name="m", role="member", project="shop")
    own = Call(asker=asker, reach="own")
    assert own.sees("shop")
    assert not own.sees("other")
    assert not own.sees(None)
    everything = Call(asker=Asker(name="a", role="auditor"), reach="all")
    assert everything.sees("other")
    assert everything.sees(None)
    nowhere = Call(asker=Asker(name="m", role="member"), reach="own")
    assert not nowhere.sees(None)


def test_nothing_is_kept_on_the_way(parts: AdminParts) -> None:
    _, head, _ = asked(admin_api(parts), "GET", "/admin/v1/status", headers_of("owner"))
    assert head["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/admin/v1/status/", "//evil.example", "/", "/admin/v1/../x"])
def test_no_path_leads_elsewhere(parts: AdminParts, path: str) -> None:
    status, head, _ = asked(admin_api(parts), "GET", path, headers_of("owner"))
    assert status == 404
    assert "location" not in head
