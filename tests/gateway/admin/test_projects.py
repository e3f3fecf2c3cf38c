"""Projects by the admin API: of the store they change, of the configuration they do not."""

from pathlib import Path

import msgspec
import pytest
from starlette.types import ASGIApp
from tests.gateway.admin.admin_props import administered, parts_in
from tests.gateway.admin.test_keys import NOTHING, answer

from detente.configuration.callers import Project
from detente.gateway.admin.api import admin_api

PATH = "/admin/v1/projects"
SCOPE = {
    "labels": {"data": "internal"},
    "models": ["openai/*"],
    "deployments": None,
    "budgets": [
        {
            "usd": "5",
            "period": "week",
            "time_zone": "UTC",
            "hard": True,
            "alert_at": ["0.8", "1"],
            "model": None,
        }
    ],
}


@pytest.fixture
def app(tmp_path: Path) -> ASGIApp:
    configuration = msgspec.structs.replace(administered(), projects={"shop": Project()})
    return admin_api(parts_in(tmp_path, configuration=configuration))


def test_a_project_is_made_replaced_and_removed(app: ASGIApp) -> None:
    status, got = answer(app, "POST", PATH, {"name": "new", **SCOPE})
    assert status == 201
    assert {name: got[name] for name in SCOPE} == SCOPE
    assert answer(app, "GET", f"{PATH}/new") == (200, got)
    status, after = answer(app, "PUT", f"{PATH}/new", {})
    assert (status, after["models"], after["labels"], after["budgets"]) == (200, None, {}, [])
    assert answer(app, "DELETE", f"{PATH}/new")[0] == 200
    for method, body in (("GET", None), ("PUT", NOTHING), ("DELETE", None)):
        assert answer(app, method, f"{PATH}/new", body)[0] == 404


def test_one_that_is_there_is_not_made_again(app: ASGIApp) -> None:
    for status in (201, 409):
        assert answer(app, "POST", PATH, {"name": "new"})[0] == status
    assert answer(app, "POST", PATH, {"name": "shop"})[0] == 409


def test_configured_ones_are_changed_elsewhere(app: ASGIApp) -> None:
    for method, body in (("PUT", NOTHING), ("DELETE", None)):
        status, got = answer(app, method, f"{PATH}/shop", body)
        assert status == 409
        assert "`[projects.shop]`" in str(got["errors"])


def test_one_with_keys_stays(app: ASGIApp) -> None:
    answer(app, "POST", PATH, {"name": "new"})
    answer(app, "POST", "/admin/v1/keys", {"name": "k", "project": "new"})
    assert answer(app, "DELETE", f"{PATH}/new")[0] == 409


def test_a_member_sees_the_own_alone(app: ASGIApp) -> None:
    answer(app, "POST", PATH, {"name": "new"})
    found = answer(app, "GET", PATH, role="member")[1]["projects"]
    assert [project["name"] for project in found] == ["shop"]
    assert answer(app, "GET", f"{PATH}/shop", role="member")[0] == 200
    assert answer(app, "GET", f"{PATH}/new", role="member")[0] == 404
    assert answer(app, "PUT", f"{PATH}/shop", {}, role="member")[0] == 403


def test_what_means_nothing_is_refused(app: ASGIApp) -> None:
    assert answer(app, "POST", PATH, {"name": "new", "limits": [{}]})[0] == 422
    assert answer(app, "PUT", f"{PATH}/shop", {"limits": [{}]})[0] == 422
