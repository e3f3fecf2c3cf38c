"""Who changed what: the audit list, for whoever may read it."""

import asyncio
from typing import Annotated, Final

import msgspec

from detente.gateway.admin.audit import Change
from detente.gateway.admin.operation import Answer, Call, Operation
from detente.gateway.admin.parts import AdminParts


class ChangesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many changes at most."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class ChangesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The last changes, the newest first."""

    changes: tuple[Change, ...]


async def show_changes(parts: AdminParts, call: Call) -> Answer:
    """Reads the files in a thread, for they may have some megabytes."""
    limit = call.query_of(ChangesAsked).limit
    return Answer(ChangesShown(changes=await asyncio.to_thread(parts.audit.latest, limit)))


CHANGES: Final = (
    Operation(
        name="show_changes",
        method="GET",
        path="/admin/v1/audit",
        summary="Who changed what, the newest first.",
        permission="audit_read",
        query=ChangesAsked,
        answers={200: ChangesShown},
        handler=show_changes,
    ),
)
