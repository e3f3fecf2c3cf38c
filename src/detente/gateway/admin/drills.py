"""Live drills: begin one, see it, end it (`gateway.drills`)."""

from typing import Annotated, Final

import msgspec

from detente.canonical.failure import ClientFault
from detente.gateway.admin.operation import Answer, Call, Operation
from detente.gateway.admin.parts import AdminParts
from detente.gateway.drills import SECONDS_DEFAULT, SECONDS_MAX, Drill, DrillRuns

PATH: Final = "/admin/v1/drill"
WITHOUT_CHARACTERS_MAX: Final = 512
"""Longer than any name of a provider, a host or a deployment."""


class DrillAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What begins a drill: without whom (`provider:NAME`, `host:NAME`, …), and for how long."""

    without: Annotated[str, msgspec.Meta(min_length=1, max_length=WITHOUT_CHARACTERS_MAX)]
    seconds: Annotated[float, msgspec.Meta(gt=0, le=SECONDS_MAX)] = SECONDS_DEFAULT


class DrillShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the admin API says of drills: the one that runs, began or was ended, if any."""

    drill: Drill | None = None
    errors: tuple[str, ...] = ()


async def show_drill(parts: AdminParts, _call: Call) -> Answer:
    """The drill that runs."""
    return Answer(DrillShown(drill=parts.drills.running))


async def begin_drill(parts: AdminParts, call: Call) -> Answer:
    """A drill that began, or why it did not."""
    asked = call.body_of(DrillAsked)
    try:
        return Answer(DrillShown(drill=parts.drills.begin(asked.without, asked.seconds)))
    except DrillRuns as fault:
        return Answer(DrillShown(drill=parts.drills.running, errors=(str(fault),)), status=409)
    except ClientFault as fault:
        return Answer(DrillShown(errors=(str(fault),)), status=422)


async def end_drill(parts: AdminParts, _call: Call) -> Answer:
    """Ends the drill that runs."""
    return Answer(DrillShown(drill=parts.drills.end()))


DRILLS: Final = (
    Operation(
        name="show_drill",
        method="GET",
        path=PATH,
        summary="The drill that runs, if any.",
        permission="read",
        answers={200: DrillShown},
        handler=show_drill,
    ),
    Operation(
        name="begin_drill",
        method="POST",
        path=PATH,
        summary="Behave as if somebody were gone, for a bounded time.",
        permission="operate",
        body=DrillAsked,
        answers={200: DrillShown, 409: DrillShown, 422: DrillShown},
        handler=begin_drill,
        told=("without", "seconds"),
    ),
    Operation(
        name="end_drill",
        method="DELETE",
        path=PATH,
        summary="End the drill that runs.",
        permission="operate",
        answers={200: DrillShown},
        handler=end_drill,
    ),
)
