"""Requests of other dialects, for tests of what they become.

>>> asking(user("hi")).turns[0].role
'user'
"""

import json
from typing import Any

from detente.canonical.capability import Capabilities
from detente.canonical.content import (
    Part,
    Role,
    Text,
    Turn,
)
from detente.canonical.request import (
    Request,
    Tool,
)
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import Target

CLAUDE = "us.anthropic.claude-sonnet-4-6"


NOVA = "us.amazon.nova-2-lite-v1:0"


LLAMA = "us.meta.llama4-maverick-17b-instruct-v1:0"


SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}


WEATHER = Tool(name="weather", description="Tell it", parameters=SCHEMA)


WEATHER_WIRE = {
    "toolSpec": {"name": "weather", "description": "Tell it", "inputSchema": {"json": SCHEMA}}
}


HI = {"role": "user", "content": [{"text": "hi"}]}


def said(role: Role, *parts: Part) -> Turn:
    return Turn(role=role, parts=parts)


def user(text: str = "hi") -> Turn:
    return said("user", Text(text=text))


def encoded(
    request: Request, model: str = CLAUDE, capabilities: Capabilities | None = None
) -> tuple[dict[str, Any], list[str]]:
    """The body, and the losses as `severity feature@path`."""
    target = Target(model=model)
    if capabilities is not None:
        target = Target(model=model, capabilities=capabilities)
    found = CODEC.encode_request(request, target)
    return json.loads(found.body), [f"{loss.severity} {loss}" for loss in found.losses]


def asking(*turns: Turn, **members: Any) -> Request:
    return Request(model="m", turns=turns or (user(),), origin="openai_chat", **members)
