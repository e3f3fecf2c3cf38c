"""The OpenAPI 3.1 document of the admin API, made from its operations and their structs.

Its schemas are JSON Schema 2020-12, which is what msgspec writes
(https://spec.openapis.org/oas/v3.1.1.html, read 2026-11-22). A HEAD is answered as the GET is, and
not told apart here.

>>> document()["openapi"]
'3.1.1'
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec

from detente import __version__
from detente.configuration.tables import NAME_PATTERN
from detente.gateway.admin.operation import (
    JSON,
    REFUSAL_STATUS,
    Answer,
    Call,
    Code,
    Operation,
    Refusal,
)
from detente.gateway.admin.operations import OPERATIONS
from detente.gateway.admin.parts import AdminParts

PATH: Final = "/admin/v1/openapi.json"
REFERENCE: Final = "#/components/schemas/{name}"
DESCRIPTION: Final = (
    "Administers a running Detente: its state, drills, projects, keys, budgets. Commands are JSON. "
    "Callers send an administrator's key as a bearer; without any administrator, whoever calls "
    "over loopback is the owner."
)
NAME_PARAMETER: Final[Mapping[str, object]] = {
    "type": "string",
    "pattern": NAME_PATTERN,
    "maxLength": 100,
}
"""What a name in a path looks like (`configuration.tables.Name`)."""
DECIMAL: Final = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
Json = dict[str, Any]


def document(operations: Iterable[Operation] | None = None) -> Json:
    """The whole document; `operations` are all that are served, unless others are given."""
    told = (*OPERATIONS, *OPENAPI) if operations is None else tuple(operations)
    schemas, components = _schemas(told)
    paths: dict[str, Json] = {}
    for operation in told:
        item = paths.setdefault(operation.path, {})
        item[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Detente admin API",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "administrator": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the key of `[administrators.NAME]`, or a token of an issuer "
                    "that says roles",
                }
            },
        },
    }


async def show_document(_parts: AdminParts, _call: Call) -> Answer:
    """The document."""
    return Answer(document())


def _schemas(operations: Iterable[Operation]) -> tuple[dict[type, Json], Json]:
    kinds: dict[type, None] = {Refusal: None}
    for operation in operations:
        kinds |= dict.fromkeys(operation.answers.values())
        kinds |= {kind: None for kind in (operation.body, operation.query) if kind is not None}
    listed = list(kinds)
    schemas, components = msgspec.json.schema_components(listed, ref_template=REFERENCE)
    _spell_decimals(components)
    return dict(zip(listed, schemas, strict=True)), components


def _spell_decimals(schema: Any) -> None:
    """Says how a decimal number looks, which `format` alone tells nobody who checks."""
    if isinstance(schema, dict):
        found = cast("Json", schema)
        if found.get("format") == "decimal":
            found["pattern"] = DECIMAL
        for inner in found.values():
            _spell_decimals(inner)
    elif isinstance(schema, list):
        for inner in cast("list[Any]", schema):
            _spell_decimals(inner)


def _operation(operation: Operation, schemas: Mapping[type, Json]) -> Json:
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": _responses(operation, schemas),
    }
    if operation.permission is not None:
        told["description"] = f"Needs the permission `{operation.permission}`."
        told["security"] = [{"administrator": []}]
    else:
        told["security"] = []
    if parameters := [*_path_parameters(operation), *_query_parameters(operation)]:
        told["parameters"] = parameters
    if operation.body is not None:
        content = {JSON: {"schema": schemas[operation.body]}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _path_parameters(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": NAME_PARAMETER}
        for name in operation.parameters
    ]


def _query_parameters(operation: Operation) -> list[Json]:
    if operation.query is None:
        return []
    own = msgspec.json.schema(operation.query)
    schema: Json = own["$defs"][operation.query.__name__]
    required: list[str] = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": found}
        for name, found in schema["properties"].items()
    ]


def _responses(operation: Operation, schemas: Mapping[type, Json]) -> Json:
    found: Json = {}
    for status, kind in operation.answers.items():
        schema = schemas[kind] if operation.media == JSON else {"type": "string"}
        found[str(status)] = _response(status, operation.media, schema)
    for status, codes in _refusals(operation).items():
        said = "Refused: " + ", ".join(f"`{code}`" for code in codes) + "."
        if str(status) in found:  # one status, and two forms of body
            either = found[str(status)]["content"][JSON]
            either["schema"] = {"anyOf": [either["schema"], schemas[Refusal]]}
            found[str(status)]["description"] += f" {said}"
        else:
            found[str(status)] = {**_response(status, JSON, schemas[Refusal]), "description": said}
    return dict(sorted(found.items()))


def _response(status: int, media: str, schema: Json) -> Json:
    phrase = f"{HTTPStatus(status).phrase}."
    return {"description": phrase, "content": {media: {"schema": schema}}}


def _refusals(operation: Operation) -> dict[int, list[Code]]:
    """Every code that the operation may refuse with, by status."""
    codes: list[Code] = ["host_invalid", *operation.refuses]
    if operation.permission is not None:
        codes.extend(("key_invalid", "role_missing", "store_unavailable"))
    if operation.query is not None:
        codes.append("request_invalid")
    if operation.parameters:
        codes.append("unknown")
    if operation.changes:
        codes.extend(("not_json", "audit_unavailable"))
    if operation.body is not None:
        codes.extend(("request_invalid", "request_too_large", "body_invalid"))
    found: dict[int, list[Code]] = {}
    for code in dict.fromkeys(codes):
        found.setdefault(REFUSAL_STATUS[code], []).append(code)
    return found


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenAPI document; see https://spec.openapis.org/oas/v3.1.1.html."""

    openapi: str
    info: dict[str, msgspec.Raw]
    paths: dict[str, msgspec.Raw]
    components: dict[str, msgspec.Raw]


OPENAPI: Final = (
    Operation(
        name="show_openapi",
        method="GET",
        path=PATH,
        summary="This document.",
        permission=None,
        answers={200: Document},
        handler=show_document,
    ),
)
