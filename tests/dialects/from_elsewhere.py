"""Requests as other dialects' clients make them, for the tables that say what becomes of them.

>>> asked(seed=1).seed
1
"""

import json
from typing import Any

import msgspec

from detente.canonical.content import Part, Text, Turn
from detente.canonical.request import Request
from detente.dialects.codec import Codec, Target

HI = Turn(role="user", parts=(Text(text="hi"),))
BASE = Request(model="asked", origin="openai_responses", turns=(HI,))


def asked(**members: Any) -> Request:
    """A request that says hi, with `members` beside it."""
    return msgspec.structs.replace(BASE, **members)


def user(*parts: Part) -> Request:
    """A request of one turn."""
    return asked(turns=(Turn(role="user", parts=parts),))


def told(codec: Codec, request: Request, *beside: str) -> tuple[Any, list[str]]:
    """The body without the members `beside`, and the losses with their severities."""
    encoded = codec.encode_request(request, Target(model="m"))
    body = json.loads(encoded.body)
    for name in beside:
        body.pop(name)
    return body, [f"{loss} {loss.severity}" for loss in encoded.losses]
