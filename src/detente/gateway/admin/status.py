"""What the gateway is doing: health, status, headroom; and reading its configuration again."""

import time
from typing import Final

import msgspec

from detente.gateway.admin.operation import Answer, Call, Nothing, Operation
from detente.gateway.admin.parts import AdminParts, Status
from detente.gateway.measures.headroom_report import HeadroomReport


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That the control process answers."""

    status: str = "ok"


class StatusShown(Status, kw_only=True):
    """The status, and for how many seconds the control process has run."""

    uptime_s: float


class Reloaded(msgspec.Struct, frozen=True, kw_only=True):
    """What kept the configuration that was read from being in force; nothing where it is."""

    errors: tuple[str, ...]


async def health(_parts: AdminParts, _call: Call) -> Answer:
    """Everybody may know that somebody is here."""
    return Answer(Health())


async def show_status(parts: AdminParts, _call: Call) -> Answer:
    """The status now."""
    facts = msgspec.structs.asdict(parts.status)
    return Answer(StatusShown(uptime_s=round(time.time() - parts.status.started_at, 3), **facts))


async def show_headroom(parts: AdminParts, _call: Call) -> Answer:
    """What the workers have heard of limits."""
    return Answer(await parts.headroom())


async def reload(parts: AdminParts, _call: Call) -> Answer:
    """Reads the configuration again."""
    errors = await parts.reload()
    return Answer(Reloaded(errors=errors), status=422 if errors else 200)


STATUS: Final = (
    Operation(
        name="health",
        method="GET",
        path="/admin/v1/health",
        summary="Whether the control process answers.",
        permission=None,
        answers={200: Health},
        handler=health,
    ),
    Operation(
        name="show_status",
        method="GET",
        path="/admin/v1/status",
        summary="What the gateway is doing.",
        permission="read",
        answers={200: StatusShown},
        handler=show_status,
    ),
    Operation(
        name="show_headroom",
        method="GET",
        path="/admin/v1/headroom",
        summary="What providers have said of their limits.",
        permission="read",
        answers={200: HeadroomReport},
        handler=show_headroom,
    ),
    Operation(
        name="reload",
        method="POST",
        path="/admin/v1/reload",
        summary="Read the configuration again; what is wrong keeps the old one in force.",
        permission="operate",
        body=Nothing,
        answers={200: Reloaded, 422: Reloaded},
        handler=reload,
    ),
)
