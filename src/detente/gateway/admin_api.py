"""The admin API, `/admin/v1`: health, status, headroom, reload, drill. On loopback only.

It has no keys yet, so it answers only requests that name a loopback host (a web page that was
rebound to this address cannot read it) and takes commands only as JSON (a form cannot send one).
"""

import time
from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from detente import __version__
from detente.canonical.failure import ClientFault
from detente.gateway.drills import SECONDS_DEFAULT, Drill, DrillDesk, DrillRuns
from detente.gateway.headroom_report import HeadroomReport

NOT_JSON = "send `content-type: application/json`"
LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"]


class DrillAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What begins a drill."""

    without: str
    seconds: float = SECONDS_DEFAULT


class DrillShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the admin API says of drills: the one that runs, began or was ended, if any."""

    drill: Drill | None = None
    errors: tuple[str, ...] = ()


class Status(msgspec.Struct, kw_only=True):
    """What the control process knows of the gateway now.

    `configuration` is the file that it runs; `reload_errors` are what kept its last reload from
    being in force, by whatever way it was asked for.
    """

    started_at: float
    workers: int
    configuration: str = ""
    version: str = __version__
    entries: int = 0
    open: int = 0
    reloads: int = 0
    reload_errors: tuple[str, ...] = ()


def admin_api(
    status: Status,
    reload: Callable[[], Awaitable[tuple[str, ...]]],
    headroom: Callable[[], Awaitable[HeadroomReport]],
    drills: DrillDesk,
) -> Starlette:
    """The application; `reload` returns the errors that kept the old configuration, `headroom` what
    the workers have heard of limits, `drills` begins and ends them."""

    async def health(_: Request) -> Response:
        return _json({"status": "ok"})

    async def show(_: Request) -> Response:
        facts = msgspec.to_builtins(status)
        return _json({**facts, "uptime_s": round(time.time() - status.started_at, 3)})

    async def show_headroom(_: Request) -> Response:
        return _json(await headroom())

    async def reloading(request: Request) -> Response:
        if not _is_json(request):
            return _json({"errors": [NOT_JSON]}, 415)
        errors = await reload()
        return _json({"errors": list(errors)}, 422 if errors else 200)

    async def drilling(request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return _json(DrillShown(drill=drills.running))
        if not _is_json(request):
            return _json(DrillShown(errors=(NOT_JSON,)), 415)
        if request.method == "DELETE":
            return _json(DrillShown(drill=drills.end()))
        return _begun(drills, await request.body())

    return Starlette(
        routes=[
            Route("/admin/v1/health", health),
            Route("/admin/v1/status", show),
            Route("/admin/v1/headroom", show_headroom),
            Route("/admin/v1/reload", reloading, methods=["POST"]),
            Route("/admin/v1/drill", drilling, methods=["GET", "POST", "DELETE"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES)],
    )


def _begun(drills: DrillDesk, body: bytes) -> Response:
    """A drill that began, or why it did not."""
    try:
        asked = msgspec.json.decode(body, type=DrillAsked)
        return _json(DrillShown(drill=drills.begin(asked.without, asked.seconds)))
    except msgspec.DecodeError as error:
        message = f"the body does not ask for a drill ({str(error).lower()})"
        cure = 'send `{"without": "provider:NAME", "seconds": 60}`'
        return _json(DrillShown(errors=(f"{message}; {cure}",)), 422)
    except DrillRuns as fault:
        return _json(DrillShown(drill=drills.running, errors=(str(fault),)), 409)
    except ClientFault as fault:
        return _json(DrillShown(errors=(str(fault),)), 422)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0] == "application/json"


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
