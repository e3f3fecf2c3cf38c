"""The document says what the API does: every operation is called as the document allows and as it
forbids, by everybody who may ask, and every answer is held against it."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi.checks import UndefinedStatusCode
from schemathesis.specs.openapi import checks
from tests.gateway.admin.admin_props import KEYS, administered, asked, parts_in

from detente.canonical.principal import Role
from detente.gateway.admin.api import admin_api
from detente.gateway.admin.openapi import OPENAPI, PATH, document
from detente.gateway.admin.operation import Operation
from detente.gateway.admin.operations import OPERATIONS
from detente.principals.roles import reach_of

EXAMPLES = 5
"""For each operation and mode; with all askers some seconds."""
BOUNDS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
ALL = (*OPERATIONS, *OPENAPI)
ALLOWANCES = "which budgets mean something (a time zone, an amount) no document says"
ASKERS: tuple[Role | None, ...] = ("owner", "auditor", "member", None)
JUDGED = {
    "begin_drill": "whom a drill can do without stands in the configuration",
    "create_project": ALLOWANCES,
    "set_project": ALLOWANCES,
    "create_key": ALLOWANCES,
    "rotate_key": "a whole number is written without a fraction, which JSON Schema does not tell",
}
"""Operations that refuse some of what the document allows, and why no document could say it."""
CHECKS: Any = checks
HOST = {"Host": "127.0.0.1"}


def headers_of(role: Role | None) -> dict[str, str]:
    return HOST if role is None else HOST | {"Authorization": f"Bearer {KEYS[role]}"}


def exercised(app: Any, operation: Operation) -> dict[Role | None, set[int]]:
    """Every status that the operation answered with, for each asker.

    Each answer is held to the document and its bad requests to be refused; where the asker may,
    good ones to be taken. All ask the same, which takes longer to make than to answer.
    """
    schema: Any = schemathesis.openapi.from_asgi(PATH, app, headers=HOST)
    case_of = schema[operation.path][operation.method]
    lax: list[Any] = [CHECKS.positive_data_acceptance] if operation.name in JUDGED else []
    seen: dict[Role | None, set[int]] = {asker: set() for asker in ASKERS}
    for mode in GenerationMode:

        @given(case=case_of.as_strategy(mode))
        @BOUNDS
        def call(case: Any) -> None:
            for asker in ASKERS:
                answer = case.call_and_validate(headers=headers_of(asker), excluded_checks=lax)
                seen[asker].add(answer.status_code)

        try:
            call()
        except Unsatisfiable:  # nothing about it could be said wrongly
            assert mode is GenerationMode.NEGATIVE
    return seen


def may(role: Role, operation: Operation) -> bool:
    return operation.permission is None or reach_of(role, operation.permission) is not None


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One for all: what one test changes is no business of another's, they look at forms."""
    folder = tmp_path_factory.mktemp("admin")
    return admin_api(parts_in(folder, configuration=administered()))


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_every_answer_is_as_the_document_says(app: Any, operation: Operation) -> None:
    for asker, seen in exercised(app, operation).items():
        if asker is None:  # nobody in particular is served nothing
            assert 200 in seen if operation.permission is None else seen <= {400, 401, 405}
        elif may(asker, operation):
            assert seen & {200, 201, 404} or operation.name in JUDGED, asker
        else:
            assert seen <= {400, 401, 403, 405}, asker
            assert 403 in seen, asker


def test_an_auditor_changes_nothing() -> None:
    assert [one.name for one in ALL if one.changes and may("auditor", one)] == []


def test_every_path_refuses_other_methods(app: Any) -> None:
    paths: dict[str, set[str]] = {}
    for operation in ALL:
        paths.setdefault(operation.path, set()).add(operation.method)
    for path, methods in paths.items():
        headers = [("host", "127.0.0.1"), ("authorization", f"Bearer {KEYS['owner']}")]
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "LOCK"} - methods:
            status, head, body = asked(app, method, path.replace("{", "").replace("}", ""), headers)
            assert status == 405
            assert methods <= set(head["allow"].split(", "))
            assert json.loads(body)["code"] == "method_not_allowed"


def test_the_document_is_served(app: Any) -> None:
    status, head, body = asked(app, "GET", PATH, [("host", "localhost")])
    assert (status, head["content-type"]) == (200, "application/json")
    assert json.loads(body) == json.loads(json.dumps(document()))


def test_every_operation_is_told_once() -> None:
    told = [
        (path, method.upper(), item["operationId"])
        for path, methods in document()["paths"].items()
        for method, item in methods.items()
    ]
    assert sorted(told) == sorted((one.path, one.method, one.name) for one in ALL)
    assert len({name for _, _, name in told}) == len(told)


def test_a_lie_of_the_document_is_found(tmp_path: Path) -> None:
    """The checks can fail: here a status is answered that is not told of."""
    plain = next(one for one in ALL if one.name == "show_status")
    served = admin_api(parts_in(tmp_path, configuration=administered()))

    async def lying(scope: Any, receive: Any, send: Any) -> None:
        async def changed(message: Any) -> None:
            if message["type"] == "http.response.start" and scope["path"] == plain.path:
                message = {**message, "status": 418}
            await send(message)

        await served(scope, receive, changed)

    with pytest.raises(FailureGroup) as found:
        exercised(lying, plain)
    assert any(isinstance(one, UndefinedStatusCode) for one in found.value.exceptions)
