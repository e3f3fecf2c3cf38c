"""Requests as other dialects' decoders would give them, and what they become in Messages."""

import json
from typing import Any

from detente.canonical.content import (
    Part,
    Text,
    Turn,
)
from detente.canonical.request import (
    Request,
    Tool,
)
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.codec import Target

CLAUDE = Target(model="claude")
WITH_SAMPLING = Target(model="claude", api_version="2023-06-01")
WEATHER = Tool(
    name="weather",
    description="The weather in a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
WEATHER_WIRE = {
    "name": "weather",
    "description": "The weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def says(role: Any, *parts: Part | str) -> Turn:
    """A turn; texts may be plain."""
    told = tuple(Text(text=part) if isinstance(part, str) else part for part in parts)
    return Turn(role=role, parts=told)


HI = says("user", "hi")


def written(request: Request, target: Target = CLAUDE) -> tuple[dict[str, Any], list[str]]:
    """The body, and the losses: those that change what is asked end with `!`."""
    encoded = CODEC.encode_request(request, target)
    return json.loads(encoded.body), [
        f"{loss}!" if loss.severity == "refuse" else str(loss) for loss in encoded.losses
    ]


def asked(**members: Any) -> Request:
    """A request from another dialect."""
    return Request(model="gpt", origin="openai_chat", turns=members.pop("turns", (HI,)), **members)


LEAST: dict[str, Any] = {"model": "claude", "max_tokens": 5, "messages": []}
"""The least that a request of this dialect can be."""


def decoded(**members: Any) -> Request:
    """A request of this dialect."""
    return CODEC.decode_request(json.dumps(LEAST | members).encode())


def round_trip(body: dict[str, Any]) -> tuple[dict[str, Any], tuple[object, ...]]:
    """The body as it comes back, and the losses."""
    request = CODEC.decode_request(json.dumps(body).encode())
    target = Target(model=request.model, api_version="2023-06-01")
    encoded = CODEC.encode_request(request, target)
    return json.loads(encoded.body), encoded.losses
