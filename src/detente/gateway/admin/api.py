"""The admin API as an application: finds the operation, checks who asks and with what, answers.

It answers only requests that name a host of its own (a web page that was rebound to this address
cannot read it) and takes commands only as JSON (a form cannot send one); there are no cookies. A
change is written down before it is tried, and told in the log. Not here: what the operations do,
and which there are (`operations`).
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from detente.gateway.admin.access import Access, Asker, NotKnown
from detente.gateway.admin.audit import shown
from detente.gateway.admin.openapi import OPENAPI
from detente.gateway.admin.operation import (
    JSON,
    REFUSAL_STATUS,
    Answer,
    Call,
    Operation,
    Refused,
)
from detente.gateway.admin.operations import OPERATIONS
from detente.gateway.admin.parts import AdminParts
from detente.gateway.admin.reading import body_of, query_of, says_json
from detente.gateway.measures.metrics import Figures
from detente.gateway.say import say
from detente.principals.roles import reach_of, roles_with
from detente.stores.interface import StoreUnavailable

NOT_JSON: Final = "send `content-type: application/json`"
FOREIGN: Final = (
    "the `Host` is not one of this gateway's admin API; call it by an address of loopback, "
    "or add the name to `server.admin_hosts`"
)
NOTHING: Final = "nothing is served here; see `/admin/v1/openapi.json`"
UNWRITTEN: Final = "the audit list cannot be written, so nothing was changed; free the disk"


def admin_api(
    parts: AdminParts, operations: Iterable[Operation] = (*OPERATIONS, *OPENAPI)
) -> Starlette:
    """The application."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    app = Starlette(
        routes=[_route(path, methods, parts) for path, methods in by_path.items()],
        middleware=[Middleware(_OwnHost, parts=parts)],
        exception_handlers={HTTPException: _not_served},
    )
    app.router.redirect_slashes = False  # a redirection would repeat what `Host` said
    return app


class _OwnHost:
    """Refuses what names another host, whatever its path."""

    def __init__(self, app: ASGIApp, parts: AdminParts) -> None:
        self._app = app
        self._access = parts.access
        self._figures = parts.figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._access.is_own_host(_all(scope, b"host")):
            refusal = _counted(Refused("host_invalid", FOREIGN), self._figures)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _route(path: str, methods: dict[str, Operation], parts: AdminParts) -> Route:
    """One route a path, so that a wrong method is told all those that there are."""

    async def serve(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        operation = methods[method]
        try:
            return _response(await _served(operation, parts, request), operation.media)
        except Refused as refused:
            return _counted(refused, parts.figures)
        except StoreUnavailable as fault:
            return _counted(Refused("store_unavailable", str(fault)), parts.figures)

    return Route(path, serve, methods=list(methods))


async def _served(operation: Operation, parts: AdminParts, request: Request) -> Answer:
    if operation.permission is None:
        return await operation.handler(parts, Call())
    asker = _asker(parts.access, request)
    reach = reach_of(asker.role, operation.permission)
    if reach is None:
        if operation.changes:
            _end(parts, _begin(parts, operation, asker, request, {}), operation, asker, 403)
        raise _role_missing(operation, asker)
    if operation.changes and not says_json(request, operation):
        raise Refused("not_json", NOT_JSON)
    call = Call(
        asker=asker,
        reach=reach,
        path={name: str(request.path_params[name]) for name in operation.parameters},
        query=None if operation.query is None else query_of(request, operation.query),
        body=None if operation.body is None else await body_of(request, operation.body),
    )
    if not operation.changes:
        return await operation.handler(parts, call)
    return await _changed(operation, parts, call, request)


async def _changed(operation: Operation, parts: AdminParts, call: Call, request: Request) -> Answer:
    """Writes down what is about to be changed, and how it ended, whichever way it does."""
    said = {name: getattr(call.body, name) for name in operation.told}
    change = _begin(parts, operation, call.asker, request, said)
    try:
        answer = await operation.handler(parts, call)
    except Refused as refused:
        _end(parts, change, operation, call.asker, refused.status)
        raise
    except StoreUnavailable:
        _end(parts, change, operation, call.asker, REFUSAL_STATUS["store_unavailable"])
        raise
    _end(parts, change, operation, call.asker, answer.status)
    return answer


def _begin(
    parts: AdminParts,
    operation: Operation,
    asker: Asker,
    request: Request,
    said: Mapping[str, object],
) -> str:
    try:
        return parts.audit.begin(asker, operation.name, request.scope["path"], said)
    except OSError:
        raise Refused("audit_unavailable", UNWRITTEN) from None


def _end(parts: AdminParts, change: str, operation: Operation, asker: Asker, status: int) -> None:
    say(f"admin: `{asker.name}` ({asker.role}) asked to `{operation.name}` ({status}, {change})")
    try:
        parts.audit.end(change, status)
    except OSError as error:
        say(f"the audit list cannot be written ({error.strerror}); free the disk")


def _asker(access: Access, request: Request) -> Asker:
    client = None if request.client is None else request.client.host
    try:
        return access.asker(_all(request.scope, b"authorization"), client)
    except NotKnown as unknown:
        raise Refused("key_invalid", str(unknown)) from None


def _role_missing(operation: Operation, asker: Asker) -> Refused:
    assert operation.permission is not None
    roles = " or ".join(f"`{role}`" for role in roles_with(operation.permission))
    message = f"this needs the role {roles}, and you have `{asker.role}`; ask somebody who has it"
    return Refused("role_missing", message)


async def _not_served(request: Request, error: Exception) -> Response:
    """A path or method that nobody serves, said as every other refusal is."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow")
    if allowed is None:
        return _refusal(Refused("unknown", NOTHING))
    message = f"`{shown(request.method)}` means nothing here; use {allowed}"
    response = _refusal(Refused("method_not_allowed", message))
    response.headers["allow"] = allowed
    return response


def _counted(refused: Refused, figures: Figures) -> Response:
    """Where many are refused, somebody may be trying keys."""
    figures.admin_refused[refused.refusal.code] += 1
    return _refusal(refused)


def _refusal(refused: Refused) -> Response:
    response = _response(Answer(refused.refusal, status=refused.status), JSON)
    if refused.status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _response(answer: Answer, media: str) -> Response:
    """What a key was made of, or who may what, is nobody's to keep on the way."""
    body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
    return Response(body, answer.status, {"cache-control": "no-store"}, media)


def _all(scope: Scope, name: bytes) -> tuple[bytes, ...]:
    return tuple(value for header, value in scope["headers"] if header == name)
