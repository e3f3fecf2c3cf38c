"""The admin API as an application: finds the operation, checks who asks and with what, answers.

It answers only requests that name a host of its own (a web page that was rebound to this address
cannot read it) and takes commands only as JSON (a form cannot send one). Not here: what the
operations do, and which there are (`operations`).
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NoReturn

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from detente.gateway.admin.access import LOCAL_OWNER, LOOPBACK_NAMES, Asker
from detente.gateway.admin.operation import JSON, Answer, Call, Operation, Refused
from detente.gateway.admin.operations import OPERATIONS
from detente.gateway.admin.parts import AdminParts
from detente.principals.roles import reach_of, roles_with

BODY_BYTES_MAX: Final = 1024 * 1024
"""The largest command is a project with hundreds of rules; more is a mistake or an attack."""
NOT_JSON: Final = "send `content-type: application/json`"


def admin_api(parts: AdminParts, operations: Iterable[Operation] = OPERATIONS) -> Starlette:
    """The application."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return Starlette(
        routes=[_route(path, methods, parts) for path, methods in by_path.items()],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK_NAMES))],
        exception_handlers={HTTPException: _not_served},
    )


def _route(path: str, methods: dict[str, Operation], parts: AdminParts) -> Route:
    """One route a path, so that a wrong method is told all those that there are."""

    async def serve(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await _served(methods[method], parts, request)

    endpoint: Callable[[Request], Awaitable[Response]] = serve
    return Route(path, endpoint, methods=list(methods))


async def _served(operation: Operation, parts: AdminParts, request: Request) -> Response:
    try:
        asker = LOCAL_OWNER
        _check_role(operation, asker)
        call = await _call_of(operation, request, asker)
        answer = await operation.handler(parts, call)
    except Refused as refused:
        answer = Answer(refused.refusal, status=refused.status)
        return _response(answer, JSON)
    return _response(answer, operation.media)


def _check_role(operation: Operation, asker: Asker) -> None:
    if operation.permission is None or reach_of(asker.role, operation.permission) is not None:
        return
    roles = " or ".join(f"`{role}`" for role in roles_with(operation.permission))
    message = f"this needs the role {roles}, and you have `{asker.role}`; ask one who has it"
    raise Refused("role_missing", message)


async def _call_of(operation: Operation, request: Request, asker: Asker) -> Call:
    """What the request says, decoded as the operation declares it; raises `Refused`."""
    if operation.changes and not _is_json(request):
        raise Refused("not_json", NOT_JSON)
    return Call(
        asker=asker,
        path={name: str(request.path_params[name]) for name in operation.parameters},
        query=None if operation.query is None else _query(request, operation.query),
        body=None if operation.body is None else await _body(request, operation.body),
    )


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON


def _query(request: Request, kind: type[msgspec.Struct]) -> msgspec.Struct:
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Refused("request_invalid", "a parameter of the query stands twice; send it once")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        _invalid("request_invalid", "the query", error)


async def _body(request: Request, kind: type[msgspec.Struct]) -> msgspec.Struct:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            message = f"a command has at most {BODY_BYTES_MAX} bytes; send a shorter one"
            raise Refused("request_too_large", message)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _invalid("body_invalid", "the body", error)


def _invalid(code: str, what: str, error: Exception) -> NoReturn:
    """msgspec's messages name types and members, never values."""
    assert code in ("request_invalid", "body_invalid")
    said = str(error)
    message = f"{what} is not what is asked for ({said[:1].lower()}{said[1:]})"
    raise Refused(code, f"{message}; see `/admin/v1/openapi.json`")


async def _not_served(request: Request, error: Exception) -> Response:
    """A path or method that nobody serves, said as every other refusal is."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        refused = Refused("method_not_allowed", f"`{request.method}` means nothing here; {allowed}")
    else:
        refused = Refused("unknown", "nothing is served here; see `/admin/v1/openapi.json`")
    response = _response(Answer(refused.refusal, status=refused.status), JSON)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _response(answer: Answer, media: str) -> Response:
    body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
    return Response(body, answer.status, media_type=media)
