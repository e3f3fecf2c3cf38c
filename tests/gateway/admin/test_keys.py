"""Keys by the admin API: what is answered to whom, and how often a secret."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.types import ASGIApp
from tests.gateway.admin.admin_props import KEYS, administered, asked, parts_in

from detente.canonical.principal import Role
from detente.configuration.callers import Key, Project
from detente.gateway.admin.api import admin_api
from detente.principals.hashing import hash_text

PATH = "/admin/v1/keys"
NOTHING: dict[str, Any] = {}
CONFIGURED = Key(hash=hash_text("dt-configured"), project="shop")


@pytest.fixture
def app(tmp_path: Path) -> ASGIApp:
    configuration = msgspec.structs.replace(
        administered(),
        keys={"configured": CONFIGURED},
        projects={"shop": Project(), "other": Project()},
    )
    return admin_api(parts_in(tmp_path, configuration=configuration))


def answer(
    app: ASGIApp, method: str, path: str, body: Any = None, *, role: Role = "owner"
) -> tuple[int, dict[str, Any]]:
    headers = [
        ("host", "127.0.0.1:8081"),
        ("authorization", f"Bearer {KEYS[role]}"),
        ("content-type", "application/json"),
    ]
    sent = b"" if body is None else json.dumps(body).encode()
    status, _, got = asked(app, method, path, headers, body=sent)
    return status, json.loads(got)


def made(app: ASGIApp, name: str, project: str = "shop", *, role: Role = "owner") -> str:
    status, got = answer(app, "POST", PATH, {"name": name, "project": project}, role=role)
    assert status == 201, got
    return str(got["secret"])


def names(app: ASGIApp, role: Role = "owner") -> list[str]:
    status, got = answer(app, "GET", PATH, role=role)
    assert status == 200
    return [key["name"] for key in got["keys"]]


def test_a_secret_is_in_one_answer(app: ASGIApp, tmp_path: Path) -> None:
    secret = made(app, "app")
    assert secret.startswith("dt-")
    for path in (PATH, f"{PATH}/app", "/admin/v1/audit"):
        status, got = answer(app, "GET", path)
        assert status == 200
        assert secret not in json.dumps(got)
    assert all(secret.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    status, got = answer(app, "POST", f"{PATH}/app/rotate", {})
    assert status == 200
    assert got["secret"] != secret


def test_names_stay_taken_and_projects_have_to_be_there(app: ASGIApp) -> None:
    made(app, "app")
    assert answer(app, "POST", f"{PATH}/app/revoke", {})[1]["state"] == "revoked"
    status, got = answer(app, "POST", PATH, {"name": "app", "project": "shop"})
    assert (status, got["code"]) == (409, "conflict")
    status, got = answer(app, "POST", PATH, {"name": "b", "project": "shpo"})
    assert (status, got["code"]) == (404, "unknown")
    assert answer(app, "POST", f"{PATH}/app/rotate", {})[0] == 409


@pytest.mark.parametrize("what", ["rotate", "revoke"])
def test_configured_keys_are_shown_and_not_changed(app: ASGIApp, what: str) -> None:
    assert "configured" in names(app)
    assert answer(app, "GET", f"{PATH}/configured")[1]["source"] == "configuration"
    status, got = answer(app, "POST", f"{PATH}/configured/{what}", {})
    assert (status, got["code"]) == (409, "conflict")
    assert "`[keys.configured]`" in str(got["errors"])


def test_a_budget_that_means_nothing_is_refused(app: ASGIApp) -> None:
    body = {"name": "app", "project": "shop", "budgets": [{"usd": "1", "time_zone": "Nowhere"}]}
    status, got = answer(app, "POST", PATH, body)
    assert (status, got["code"]) == (422, "body_invalid")
    assert "budgets.0.time_zone" in str(got["errors"])
    assert names(app) == ["configured"]


def test_a_member_has_the_own_projects_keys_alone(app: ASGIApp) -> None:
    made(app, "theirs", "other")
    made(app, "mine", role="member")
    assert names(app, "member") == ["configured", "mine"]
    assert answer(app, "POST", f"{PATH}/mine/rotate", {}, role="member")[0] == 200
    for method, path, body in (
        ("GET", f"{PATH}/theirs", None),
        ("POST", f"{PATH}/theirs/rotate", NOTHING),
        ("POST", f"{PATH}/theirs/revoke", NOTHING),
    ):
        status, got = answer(app, method, path, body, role="member")
        nobody = answer(app, method, path.replace("theirs", "nobody"), body, role="member")
        assert (status, got["code"]) == (404, "unknown")
        assert json.dumps(nobody[1]) == json.dumps(got).replace("theirs", "nobody")
    for project in ("other", "none"):
        body = {"name": "new", "project": project}
        assert answer(app, "POST", PATH, body, role="member")[0] == 404
    assert answer(app, "GET", f"{PATH}/theirs")[1]["state"] == "active"


def test_an_auditor_reads_alone(app: ASGIApp) -> None:
    assert names(app, "auditor") == ["configured"]
    body = {"name": "a", "project": "shop"}
    assert answer(app, "POST", PATH, body, role="auditor")[0] == 403


@pytest.mark.parametrize("role", ["member", "operator"])
def test_no_member_chooses_by_which_labels_agreements_decide(tmp_path: Path, role: Role) -> None:
    shop = Project(labels={"data": "confidential"})
    configuration = msgspec.structs.replace(administered(), projects={"shop": shop})
    app = admin_api(parts_in(tmp_path, configuration=configuration))
    said = {"data": "public"}, {"approved": "yes"}, {"data": "confidential"}
    expected = (403, 403, 201) if role == "member" else (201, 201, 201)
    for number, (labels, status) in enumerate(zip(said, expected, strict=True)):
        body = {"name": f"k{number}", "project": "shop", "labels": labels}
        got = answer(app, "POST", PATH, body, role=role)
        assert got[0] == status
        assert status == 201 or got[1]["code"] == "role_missing"
