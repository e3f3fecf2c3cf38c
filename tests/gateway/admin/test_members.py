"""A member reaches its own project and nothing of another's, whatever it names
(https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/, read
2026-11-22)."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.gateway.admin.admin_props import KEYS, administered, asked, parts_in

from detente.canonical.principal import Role
from detente.configuration.callers import BudgetEntry, Key, Organisation, Project
from detente.gateway.admin.api import admin_api
from detente.gateway.admin.operation import Operation
from detente.gateway.admin.operations import OPERATIONS
from detente.principals.hashing import hash_text
from detente.principals.roles import reach_of

CANARY = "canary-of-the-others"
REACHED = [one for one in OPERATIONS if one.permission and reach_of("member", one.permission)]


def call(app: Any, role: Role, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    headers = [
        ("host", "localhost"),
        ("authorization", f"Bearer {KEYS[role]}"),
        ("content-type", "application/json"),
    ]
    data = b"" if body is None else msgspec.json.encode(body)
    status, _, answer = asked(app, method, path, headers, body=data)
    return status, answer


@pytest.fixture
def app(tmp_path: Path) -> Any:
    made = admin_api(parts_in(tmp_path, configuration=administered()))
    for project in ("shop", "others"):
        body = {"name": project, "labels": {"note": CANARY if project == "others" else "own"}}
        assert call(made, "owner", "POST", "/admin/v1/projects", body)[0] == 201
        body = {"name": f"{project}-key", "project": project, "labels": body["labels"]}
        assert call(made, "owner", "POST", "/admin/v1/keys", body)[0] == 201
    return made


def test_its_own_is_there(app: Any) -> None:
    assert b"shop-key" in call(app, "member", "GET", "/admin/v1/keys")[1]
    assert call(app, "member", "GET", "/admin/v1/keys/shop-key")[0] == 200
    assert call(app, "member", "GET", "/admin/v1/projects/shop")[0] == 200
    made = {"name": "mine", "project": "shop"}
    assert call(app, "member", "POST", "/admin/v1/keys", made)[0] == 201
    assert call(app, "member", "POST", "/admin/v1/keys/mine/rotate", {})[0] == 200
    assert call(app, "member", "POST", "/admin/v1/keys/mine/revoke", {})[0] == 200


@pytest.mark.parametrize("operation", REACHED, ids=lambda operation: operation.name)
@pytest.mark.parametrize("name", ["others", "others-key", "OTHERS", "nobody"])
def test_anothers_is_as_if_it_were_not_there(app: Any, operation: Operation, name: str) -> None:
    body: object = None
    if operation.body is not None:
        asks_name = "name" in operation.body.__struct_fields__
        body = {"name": "new", "project": name} if asks_name else {}
    path = operation.path
    for parameter in operation.parameters:
        path = path.replace(f"{{{parameter}}}", name)
    status, answer = call(app, "member", operation.method, path, body)
    assert CANARY.encode() not in answer
    if operation.parameters or operation.name == "create_key":
        assert status == 404
        missing = path.replace(name, "missing") if operation.parameters else path
        other = call(app, "member", operation.method, missing, body)[1]
        assert answer.replace(name.encode(), b"missing") == other.replace(name.encode(), b"missing")
    else:
        assert b"others" not in answer


@pytest.mark.parametrize(
    "query",
    ["", "?past=true", "?project=others", "?key=others-app", "?project=shop&key=others-app"],
)
def test_anothers_budgets_are_not_there(tmp_path: Path, query: str) -> None:
    budget = BudgetEntry(usd=Decimal(10))
    configuration = msgspec.structs.replace(
        administered(),
        organisation=Organisation(budgets=(budget,)),
        projects={"shop": Project(budgets=(budget,)), "others": Project(budgets=(budget,))},
        keys={
            name: Key(hash=hash_text(name), project=project, budgets=(budget,))
            for name, project in (("app", "shop"), ("others-app", "others"))
        },
    )
    app = admin_api(parts_in(tmp_path, configuration=configuration))
    status, answer = call(app, "member", "GET", f"/admin/v1/budgets{query}")
    assert status == 200
    assert b"others" not in answer
    assert b"organisation" not in answer
    assert (b"project:shop" in answer) is (query in ("", "?past=true"))
    seen = call(app, "owner", "GET", f"/admin/v1/budgets{query}")[1]
    assert (b"others" in seen) is (query != "?project=shop&key=others-app")


def test_an_owner_sees_it(app: Any) -> None:
    """The canary can be seen."""
    assert CANARY.encode() in call(app, "owner", "GET", "/admin/v1/keys")[1]
    assert call(app, "auditor", "GET", "/admin/v1/keys/others-key")[0] == 200
