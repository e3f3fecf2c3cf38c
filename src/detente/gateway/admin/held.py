"""What waits for an operator: list it, release or refuse it, look at it (`gateway.held_desk`).

Whoever may read sees that something is held and what for; who may operate, decides. What it says is
shown only where `guardrails.show_held` is set, by a command that the audit list keeps.
"""

from typing import Final

from detente.gateway.admin.operation import Answer, Call, Nothing, Operation, Refused
from detente.gateway.admin.parts import AdminParts
from detente.gateway.guarding.held_desk import (
    ContentHidden,
    HeldContent,
    HeldShown,
    NotHeld,
    WorkersSilent,
)
from detente.gateway.guarding.held_requests import Notice, Word

PATH: Final = "/admin/v1/held"
ONE: Final = f"{PATH}/{{id}}"


async def list_held(parts: AdminParts, _call: Call) -> Answer:
    """All that is held."""
    return Answer(await parts.held.shown())


async def release_held(parts: AdminParts, call: Call) -> Answer:
    """Lets a held request pass."""
    return await _said(parts, call, "release")


async def refuse_held(parts: AdminParts, call: Call) -> Answer:
    """Ends a held request."""
    return await _said(parts, call, "refuse")


async def look_at_held(parts: AdminParts, call: Call) -> Answer:
    """What a held request says."""
    try:
        return Answer(await parts.held.look(call.path["id"]))
    except NotHeld as fault:
        raise Refused("unknown", str(fault)) from None
    except WorkersSilent as fault:
        raise Refused("worker_silent", str(fault)) from None
    except ContentHidden as fault:
        raise Refused("conflict", str(fault)) from None


async def _said(parts: AdminParts, call: Call, word: Word) -> Answer:
    try:
        return Answer(await parts.held.say(call.path["id"], word, by=call.asker.name))
    except NotHeld as fault:
        raise Refused("unknown", str(fault)) from None
    except WorkersSilent as fault:
        raise Refused("worker_silent", str(fault)) from None


HELD: Final = (
    Operation(
        name="list_held",
        method="GET",
        path=PATH,
        summary="What waits for an operator's word, and what for; not what it says.",
        permission="read",
        answers={200: HeldShown},
        handler=list_held,
    ),
    Operation(
        name="release_held",
        method="POST",
        path=f"{ONE}/release",
        summary="Let a held request be sent, or a held answer be given.",
        permission="operate",
        body=Nothing,
        answers={200: Notice},
        handler=release_held,
        refuses=("unknown", "worker_silent"),
    ),
    Operation(
        name="refuse_held",
        method="POST",
        path=f"{ONE}/refuse",
        summary="Refuse what is held; its client gets an error.",
        permission="operate",
        body=Nothing,
        answers={200: Notice},
        handler=refuse_held,
        refuses=("unknown", "worker_silent"),
    ),
    Operation(
        name="look_at_held",
        method="POST",
        path=f"{ONE}/look",
        summary="What a held request or answer says, where `guardrails.show_held` is set.",
        permission="operate",
        body=Nothing,
        answers={200: HeldContent},
        handler=look_at_held,
        refuses=("unknown", "conflict", "worker_silent"),
    ),
)
